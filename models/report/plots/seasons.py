"""The season of a year: how much more or less is ordered on each day, and how well that is known."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from models.report.plots.canvas import EXPECTED, MARK, figure_in, label, legend
from models.season import Season, SeasonFit
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DAYS = 366
_NORMAL_90 = 1.6448536269514722


def season(fitted: SeasonFit | Season, last: date | np.datetime64 | None, lang: Language = "en") -> "Figure":
    """The multiplier of the 366 days after `last`, with its 90 % interval where the season was estimated.

    `fitted`: a Season, or a SeasonFit, whose errors are drawn.
    """
    start = date.fromisoformat(str(last)[:10]) + timedelta(days=1) if last is not None else date.today()
    shape = fitted.season if isinstance(fitted, SeasonFit) else fitted
    value = shape.daily(start, _DAYS)
    when = np.datetime64(start, "D") + np.arange(_DAYS)
    figure, axes, shown, font = figure_in(lang)
    if isinstance(fitted, SeasonFit):
        spread = np.exp(_NORMAL_90 * fitted.errors(start, _DAYS))
        axes.fill_between(
            when, value / spread, value * spread, color=EXPECTED, alpha=0.25, lw=0, label=say("90 % interval", shown)
        )
    axes.plot(when, value, color=EXPECTED, lw=1.2, label=say("orders against a usual day", shown))
    axes.axhline(1.0, color=MARK, lw=1.0, ls=":")
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="x", labelsize=8)
    label(axes, say("Season of the coming year", shown), say("day", shown), say("times a usual day", shown), font)
    legend(axes, shown)
    return figure
