"""How lively the communities are: their distribution by the share of members who talk."""

from typing import TYPE_CHECKING

import numpy as np

from sim.communities import QUIET
from sim.results.plots.canvas import COLOURS, GREY, as_percent, finished, legend_below, looks, panels, spoken, titled
from sim.results.views import Shown
from sim.words import Language, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.breakdowns import Breakdowns

_BINS = np.linspace(0.0, 1.0, 21)
_LOOKS = {
    "groups that talk": COLOURS[2],
    "groups gone quiet": "#C4C4C4",
    "groups too new to have a mood": COLOURS[5],
}


def communities(result: Shown, lang: Language = "en") -> "Figure":
    """Groups by the share of their members who talked in the last week of the run, a panel a scenario that has groups.

    Those whose mood is below 0.1 (quiet groups) stand apart in grey, those that have no mood yet in light blue; the dotted
    line is the mean of all. A group counts as in the measures: where lives stand for a pool, by its share of places taken.
    """
    lang = spoken(lang)
    shown = [(look, result.breakdowns(name)) for look, name in zip(looks(result), result.names, strict=True)]
    shown = [(look, breakdowns) for look, breakdowns in shown if len(breakdowns.by_community())]
    figure, axes = panels(len(shown), 3, 4.0, 3.0, sharex=True)
    for panel, (look, breakdowns) in zip(axes, shown, strict=True):
        _draw(panel, breakdowns, lang)
        titled(panel, look.label, say("share of members who talked in the last week", lang), say("groups", lang))
    legend_below(figure, max(axes, key=lambda panel: len(panel.get_legend_handles_labels()[1])), 3)
    return finished(figure, result, lang)


def any_communities(result: Shown) -> bool:
    """True if a scenario has groups with somebody in them at the end."""
    return any(len(result.breakdowns(name).by_community()) for name in result.names)


def _draw(axes: "Axes", breakdowns: "Breakdowns", lang: Language) -> None:
    groups = breakdowns.by_community()
    talk, weights = groups["talk"].to_numpy(), groups["part"].to_numpy() / breakdowns.runs
    fresh, quiet = groups["mood"].isna().to_numpy(), (groups["mood"] < QUIET).to_numpy()
    kinds = dict(zip(_LOOKS, (~quiet & ~fresh, quiet, fresh), strict=True))
    shown = {kind: of for kind, of in kinds.items() if kind != "groups too new to have a mood" or of.any()}
    axes.hist(
        [talk[of] for of in shown.values()],
        _BINS.tolist(),
        weights=[weights[of] for of in shown.values()],
        stacked=True,
        color=[_LOOKS[kind] for kind in shown],
        label=[say(kind, lang) for kind in shown],
        ec="white",
        lw=0.5,
    )
    mean = float(np.average(talk, weights=weights)) if weights.any() else float(talk.mean())
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
