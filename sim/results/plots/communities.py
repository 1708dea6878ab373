"""How lively the communities are: their distribution by the share of members who talk."""

from typing import TYPE_CHECKING

import numpy as np

from sim.results.plots.canvas import COLOURS, GREY, as_percent, finished, legend_below, looks, panels, spoken, titled
from sim.results.views import Shown
from sim.words import Language, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.breakdowns import Breakdowns

_BINS = np.linspace(0.0, 1.0, 21)
_QUIET = 0.1  # mood below which a group has gone quiet (sim/communities.py)


def communities(result: Shown, lang: Language = "en") -> "Figure":
    """Groups by the share of their members who talked in the last week of the run, a panel a scenario that has groups.

    Those whose mood is below 0.1 (quiet groups) stand apart in grey; the dotted line is the mean of all.
    """
    lang = spoken(lang)
    shown = [(look, result.breakdowns(name)) for look, name in zip(looks(result), result.names, strict=True)]
    shown = [(look, breakdowns) for look, breakdowns in shown if len(breakdowns.by_community())]
    figure, axes = panels(len(shown), 3, 4.0, 3.0, sharex=True)
    for panel, (look, breakdowns) in zip(axes, shown, strict=True):
        _draw(panel, breakdowns, lang)
        titled(panel, look.label, say("share of members who talked in the last week", lang), say("groups", lang))
    legend_below(figure, axes[0], 2)
    return finished(figure, result, lang)


def any_communities(result: Shown) -> bool:
    """True if a scenario has groups with somebody in them at the end."""
    return any(len(result.breakdowns(name).by_community()) for name in result.names)


def _draw(axes: "Axes", breakdowns: "Breakdowns", lang: Language) -> None:
    groups = breakdowns.by_community()
    quiet = (groups["mood"] < _QUIET).to_numpy()
    talk, weight = groups["talk"].to_numpy(), 1.0 / breakdowns.runs
    parts, labels = [talk[~quiet], talk[quiet]], [say("groups that talk", lang), say("groups gone quiet", lang)]
    weights = [np.full(len(part), weight) for part in parts]
    axes.hist(
        parts,
        _BINS.tolist(),
        weights=weights,
        stacked=True,
        color=[COLOURS[2], "#C4C4C4"],
        label=labels,
        ec="white",
        lw=0.5,
    )
    mean = float(talk.mean())
    axes.axvline(mean, color="black", lw=1.2, ls=":")
    axes.annotate(
        say("mean {share}", lang, share=number(mean, "share", lang)),
        (mean, 1.0),
        (4, -9),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=8.5,
        color=GREY,
    )
    axes.set_xlim(0.0, 1.0)
    axes.margins(y=0.12)
    axes.locator_params(axis="y", integer=breakdowns.runs == 1)
    as_percent(axes, "x")
