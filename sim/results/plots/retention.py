"""The retention triangle: how many of each cohort are still active, month after month."""

from typing import TYPE_CHECKING

import numpy as np

from sim.results.plots.canvas import PHONE, finished, is_narrow, looks, panels, spoken, titled
from sim.results.views import Shown, retained
from sim.words import Language, number, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WITH_NUMBERS = 14  # months up to which a cell is large enough for a number; half as many on a phone
_ROWS = 40  # cohorts beyond which rows become narrower
_COLOURS = "YlGnBu"


def retention(result: Shown, lang: Language = "en") -> "Figure":
    """Of each cohort the share in the pool and active in the last 30 days, by months since joining; a panel a scenario.

    A cohort are the founders, or those who joined within a month of 30 days; in brackets how many they are.
    """
    lang = spoken(lang)
    known = [retained(result.breakdowns(name)) for name in result.names]
    columns = max(share.shape[1] for share, _ in known)
    rows = max(_cohorts(share) for share, _ in known)
    width = PHONE if is_narrow() else max(PHONE, 0.52 * min(columns, _WITH_NUMBERS) + 2.0)
    height = max(2.0, 0.27 * min(rows, _ROWS) + 1.1)
    figure, axes = panels(len(known), 2, width, height)
    for panel, look, (share, joined) in zip(axes, looks(result), known, strict=True):
        _draw(panel, share[: _cohorts(share)], joined, lang)
        titled(panel, look.label, say("months since joining", lang))
    return finished(figure, result, lang)


def any_retention(result: Shown) -> bool:
    """True if a cohort is followed for a month."""
    return any(not np.isnan(retained(result.breakdowns(name))[0]).all() for name in result.names)


def _cohorts(share: np.ndarray) -> int:
    """How many cohorts there are up to the last that is followed at all; the founders at least."""
    followed = np.flatnonzero(~np.isnan(share).all(axis=1))
    return int(followed[-1]) + 1 if len(followed) else 1


def _draw(axes: "Axes", share: np.ndarray, joined: np.ndarray, lang: Language) -> None:
    cohorts, months = share.shape
    axes.pcolormesh(np.ma.masked_invalid(share), cmap=_COLOURS, vmin=0.0, vmax=1.0, edgecolors="white", linewidth=0.6)
    names = [say("founders", lang), *(say("month {n}", lang, n=n) for n in range(1, cohorts))]
    steps = slice(None, None, -(-cohorts // 16))
    labels = [f"{name} ({n:,.0f})" for name, n in zip(names, joined[:cohorts], strict=True)]
    axes.set_yticks((np.arange(cohorts) + 0.5)[steps], labels[steps])
    room = _WITH_NUMBERS // 2 if is_narrow() else _WITH_NUMBERS
    across = slice(None, None, -(-months // room))
    axes.set_xticks((np.arange(months) + 0.5)[across], [str(month + 1) for month in range(months)][across])
    axes.set_ylim(cohorts, 0)
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    if months > room or cohorts > _ROWS:
        return
    for (row, column), value in np.ndenumerate(share):
        if not np.isnan(value):
            text = number(float(value), "share", lang).replace(" %", "").replace("%", "")
            colour = "white" if value > 0.55 else "black"
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7.5, color=colour)
