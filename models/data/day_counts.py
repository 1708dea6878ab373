"""Days of a log on which nobody ordered although many usually do, and days far above the usual."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from models.numerics.arrays import Floats

_LIKELY = 10.0  # orders expected in a gap before it is called one: a chance of e^-10 that it is none
_ABOVE, _AT_LEAST = 5.0, 20  # a day is suspicious from five times the median day, and twenty orders
_NEAR = 28  # days on either side that say what is usual: four of each weekday
_CAPPED = 3.0  # times the median day: what a campaign beside a gap counts at most


@dataclass(frozen=True)
class Gap:
    """Days without a single order; expected: how many the weeks before and after let expect in them."""

    first: date
    last: date
    days: int
    expected: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class BusyDay:
    """A day far above the usual: a festival, or a batch of orders entered at once."""

    day: date
    orders: int
    usual: float


def calendar(days: Sequence[date], orders: Sequence[int]) -> tuple[list[Gap], list[BusyDay]]:
    """Gaps and suspicious days. `days`: those with orders, in order; `orders`: how many each has.

    What is usual is told by the four weeks before and after, so a shop that grows or rests on Sundays has neither. A gap is
    one where the mean of each of its weekdays adds up to 10 orders or more. A suspicious day has more than five times the
    median day with orders, 20 at least, and ten times the spread of a Poisson count above it.
    """
    if not days:
        return [], []
    each = np.zeros((days[-1] - days[0]).days + 1)
    each[[(day - days[0]).days for day in days]] = orders
    gaps = list(_gaps(days, each))
    busy = []
    for day, n in zip(days, orders, strict=True):
        if n <= _AT_LEAST:
            continue
        at = (day - days[0]).days
        near = each[max(at - _NEAR, 0) : at + _NEAR + 1]
        usual = float(np.median(near[near > 0]))
        if n > max(_ABOVE * usual, usual + 10 * usual**0.5):
            busy.append(BusyDay(day, n, usual))
    return gaps, busy


def _gaps(days: Sequence[date], each: Floats) -> Iterator[Gap]:
    for before, after in pairwise(days):
        first, last = (before - days[0]).days + 1, (after - days[0]).days  # empty: from first up to last
        if last > first and (expected := _expected(each, first, last)) >= _LIKELY:
            yield Gap(before + timedelta(days=1), after - timedelta(days=1), last - first, expected)


def _expected(each: Floats, first: int, last: int) -> float:
    """Orders that the days from `first` up to `last` would have, were they like the same weekdays around them."""
    around = np.r_[max(first - _NEAR, 0) : first, last : min(last + _NEAR, each.size)]
    near = each[around]
    near = np.minimum(near, _CAPPED * np.median(near[near > 0]))
    total, weekday = 0.0, around % 7
    for k in range(7):
        empty = np.count_nonzero(np.arange(first, last) % 7 == k)
        if empty:
            alike = near[weekday == k]
            total += empty * float(alike.mean() if alike.size else near.mean())
    return total
