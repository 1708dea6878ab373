"""Flows between lifecycle stages from month to month: an alluvial diagram."""

from typing import TYPE_CHECKING

import numpy as np

from sim.breakdowns import Breakdowns
from sim.catalogue import LIFECYCLE
from sim.results.plots.canvas import PHONE, finished, is_narrow, legend_of, looks, panels, plain_numbers, spoken, titled
from sim.results.plots.over_time import STAGE_COLOURS
from sim.results.views import Shown
from sim.words import Language, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ON_A_PHONE = 6  # months
_MOST_MONTHS = 13  # a year's: its last days begin one more
_BAR = 0.16  # width, of the way from month to month
_BEND = 3 * np.linspace(0, 1, 25) ** 2 - 2 * np.linspace(0, 1, 25) ** 3  # from level to level, flat at both ends


def stage_flows(result: Shown, lang: Language = "en") -> "Figure":
    """Members by lifecycle stage at the end of each month, and who moved from which stage to which; a panel a scenario.

    A flow has the colour of the stage that it comes from; who joins comes from nowhere. Of longer runs the last 13 months,
    on a phone the last 6.
    """
    from matplotlib.patches import Patch

    lang = spoken(lang)
    figure, axes = panels(len(result.names), 1, PHONE if is_narrow() else 9.4, 3.1, sharey=True)
    for panel, look, name in zip(axes, looks(result), result.names, strict=True):
        _draw(panel, result.breakdowns(name), lang)
        titled(panel, look.label, "", say("members", lang))
    axes[-1].set_xlabel(say("day of the simulation", lang), fontsize=9)
    handles = [Patch(color=STAGE_COLOURS[stage], label=say(stage, lang)) for stage in LIFECYCLE]
    legend_of(figure, handles, [str(handle.get_label()) for handle in handles], len(LIFECYCLE))
    return finished(figure, result, lang)


def _draw(axes: "Axes", breakdowns: Breakdowns, lang: Language) -> None:
    n = len(LIFECYCLE)
    most = _ON_A_PHONE if is_narrow() else _MOST_MONTHS
    months = breakdowns.periods("month")[-most:]
    flows = breakdowns.flows[-most:, :, :n]
    at_first = flows[0, :n].sum(axis=1)
    levels = [at_first, *(month.sum(axis=0) for month in flows)]
    bottoms = [np.concatenate([[0.0], np.cumsum(level)[:-1]]) for level in levels]
    for month, moved in enumerate(flows):
        _flow(axes, month, moved[:n], bottoms[month], bottoms[month + 1])
    for month, (level, bottom) in enumerate(zip(levels, bottoms, strict=True)):
        for stage, name in enumerate(LIFECYCLE):
            axes.bar(month, level[stage], _BAR, bottom[stage], color=STAGE_COLOURS[name], ec="white", lw=0.3)
    began = months[0].first_day
    axes.set_xticks(range(len(levels)), [f"{day:,}" for day in (began, *(month.last_day + 1 for month in months))])
    axes.margins(x=0.01, y=0.02)
    plain_numbers(axes)


def _flow(axes: "Axes", month: int, moved: np.ndarray, below: np.ndarray, above: np.ndarray) -> None:
    """Bands from the bars of one month's end to those of the next; who moved: float64[from, to]."""
    x = np.linspace(month + _BAR / 2, month + 1 - _BAR / 2, len(_BEND))
    left, right = below.copy(), above.copy()
    for before, name in enumerate(LIFECYCLE):
        for after in range(len(LIFECYCLE)):
            n = moved[before, after]
            if n > 0:
                low = left[before] + (right[after] - left[before]) * _BEND
                axes.fill_between(x, low, low + n, color=STAGE_COLOURS[name], alpha=0.45, lw=0)
                left[before] += n
                right[after] += n
