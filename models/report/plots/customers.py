"""Histories of single customers: when each ordered, and how the chance that she is still a customer went."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from models.data.summary import Summary
from models.errors import BadInput
from models.families.model import Model
from models.numerics.arrays import Floats
from models.report.plots.canvas import EXPECTED, MARK, drawable, figure_in, label, literal, name_fonts
from models.words import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 12  # customers that can be told apart on one page


# Operational time at the end of each of some days, datetime64[D] (m,), from any day on.
DayClock: TypeAlias = Callable[[np.ndarray], Floats]


def _calendar(days: np.ndarray) -> Floats:
    return (days - np.datetime64("1970-01-01", "D")).astype(np.float64)


def histories(
    model: Model,
    days: Mapping[Any, Sequence[date] | np.ndarray],
    end: date | np.datetime64,
    lang: Language = "en",
    clock: DayClock = _calendar,
) -> "Figure":
    """P(alive) of a few customers, day by day from the first order to `end`, with a stroke for each order.

    `days`: each customer's purchase days, by her name, in any order; one whose name no font can show is
    numbered. `clock`: that of the season the model was fitted on.
    Raises BadInput for none, too many, or orders after the end.
    """
    if not 1 <= len(days) <= _MOST:
        raise BadInput("histories: give 1 to {most} customers, not {customers}.", most=_MOST, customers=len(days))
    figure, axes, shown, font = figure_in(lang, height=1.2 + 0.6 * len(days))
    last = np.datetime64(str(end)[:10], "D")
    for row, bought in enumerate(days.values()):
        at = np.unique(np.asarray(bought, dtype="datetime64[D]"))
        if at.size == 0 or at[-1] > last:
            raise BadInput("histories: customer {number} has no order up to {last}.", number=row + 1, last=last)
        when, alive = _path(model, at, last, clock)
        base = len(days) - 1 - row
        axes.fill_between(when, base, base + 0.85 * alive, color=EXPECTED, alpha=0.3, lw=0)
        axes.plot(when, base + 0.85 * alive, color=EXPECTED, lw=1.2)
        axes.vlines(at, base, base + 0.85, color=MARK, lw=1.2)
    names = [
        drawable(literal(name)) or say("customer {number}", shown, number=number) for number, name in enumerate(days, 1)
    ]
    axes.set_yticks(np.arange(len(days)) + 0.4, names[::-1], fontfamily=name_fonts())
    axes.set_ylim(0, len(days))
    title = say("Chance to be still a customer, and orders (strokes)", shown)
    label(axes, title, say("day", shown), say("customer", shown), font)
    axes.tick_params(axis="x", labelsize=8)
    return figure


def _path(model: Model, at: np.ndarray, last: np.datetime64, clock: DayClock) -> tuple[np.ndarray, Floats]:
    """Every day from the first order to the last day, and P(alive) as of its evening."""
    when = np.arange(at[0], last + np.timedelta64(1, "D"))
    x = np.searchsorted(at, when, side="right") - 1
    age, T = clock(at) - clock(at[:1]), clock(when) - clock(at[:1])
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(np.diff(age), 1e-9)))])
    return when, model.probability_alive(Summary(x.astype(np.float64), age[x], T, log_gaps=logs[x]))
