"""When the guard of a pool gave alarm, figure by figure: each alert from its first day to its last."""

from typing import TYPE_CHECKING

from sim.guarding import plain_alerts
from sim.policies.guard import LABELS, STATISTICS
from sim.results.alerts import watched
from sim.results.outcomes import Outcomes
from sim.results.plots.canvas import finished, legend_of, looks, mark_phases, panels, plain_numbers, spoken, titled
from sim.words import Language, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SPREAD = 0.6  # of the room between two figures: over it the replicates lie, one below the other


def alert_timeline(result: Outcomes, lang: Language = "en") -> "Figure":
    """The alerts of each scenario with a guard over time, a panel a scenario, a row a figure, in it the replicates.

    A mark where an alert begins, filled where it led to an act; a line as long as it lasts. A thin broken line is where a
    phase begins.
    """
    from matplotlib.lines import Line2D

    lang, names = spoken(lang), watched(result)
    figure, axes = panels(max(len(names), 1), 2, 4.7, 3.6, sharex=True, sharey=True)
    each = dict(zip(result.names, looks(result), strict=True))
    for panel, name in zip(axes, names, strict=False):
        _panel(panel, result, name, each[name].colour)
        # alerts begin on the mornings of reviews, as phases do
        mark_phases(panel, result.scenarios[result.names.index(name)], "black", start=0)
        titled(panel, each[name].label, say("day of the simulation", lang))
        plain_numbers(panel, "x")
    axes[0].set_yticks(range(len(STATISTICS)), [say(LABELS[s], lang) for s in STATISTICS], fontsize=9)
    axes[0].set_ylim(len(STATISTICS) - 0.5, -0.5)
    axes[0].set_xlim(0, max(scenario.days for scenario in result.scenarios))
    handles = [
        Line2D([], [], color="#333333", marker="o", mfc="white", lw=1, label=say("alert", lang)),
        Line2D([], [], color="#333333", marker="o", lw=1, label=say("alert that led to an act", lang)),
    ]
    legend_of(figure, handles, [str(handle.get_label()) for handle in handles], 2)
    return finished(figure, result, lang)


def _panel(axes: "Axes", result: Outcomes, name: str, colour: str) -> None:
    runs = len(result.replicates[result.kind])
    end = result.scenarios[result.names.index(name)].days
    for alert in plain_alerts(result.alerts(name)):
        y = STATISTICS.index(alert["statistic"]) + (alert["replicate"] - (runs - 1) / 2) / runs * _SPREAD
        last = end if alert["until"] is None else alert["until"]
        axes.plot([alert["day"], last], [y, y], color=colour, lw=0.8, alpha=0.6)
        inside = "white" if alert["act"] is None else colour
        axes.plot([alert["day"]], [y], marker="o", ms=4, color=colour, mfc=inside, ls="")
    axes.grid(axis="x", color="#E5E5E5", lw=0.8)
    axes.set_axisbelow(True)
