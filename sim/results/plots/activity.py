"""Weekly and monthly activity of a pool."""

from typing import TYPE_CHECKING

import numpy as np

from sim.results.plots.canvas import (
    as_percent,
    band,
    finished,
    legend_below,
    looks,
    mark_phases,
    panels,
    some_days,
    spoken,
    titled,
)
from sim.results.views import Shown
from sim.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = {"active_7": "Active in 7 days", "active_30": "Active in 30 days"}


def activity(result: Shown, lang: Language = "en") -> "Figure":
    """Share of the members in the pool who interacted in the last 7 and in the last 30 days; bands of 90 %, all uncertainty.

    Left of the 7th and the 30th day fewer days than that have been lived. A thin broken line is where a phase begins.
    """
    lang = spoken(lang)
    figure, axes = panels(2, 2, 4.7, 3.4, sharey=True)
    for panel, (column, title) in zip(axes, _PANELS.items(), strict=True):
        for look, scenario in zip(looks(result), result.scenarios, strict=True):
            name = scenario.name
            pools = result.series(name, "pool")
            shares = [n / np.maximum(pool, 1.0) for n, pool in zip(result.series(name, column), pools, strict=True)]
            mean, low, high = band(shares)
            at = some_days(len(mean))
            panel.fill_between(at + 1, low[at], high[at], color=look.colour, alpha=0.13, lw=0)
            panel.plot(at + 1, mean[at], color=look.colour, ls=look.line, lw=1.8, label=look.label)
            mark_phases(panel, scenario, look.colour)
        titled(panel, say(title, lang), say("day of the simulation", lang), say("share of members", lang))
        panel.margins(x=0.01)
        panel.locator_params(axis="x", integer=True)
        panel.grid(axis="y", color="#E5E5E5", lw=0.8)
        panel.set_axisbelow(True)
        as_percent(panel, "y")
    axes[0].set_ylim(bottom=0.0)
    legend_below(figure, axes[0])
    return finished(figure, result, lang)
