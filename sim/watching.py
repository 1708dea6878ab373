"""What a brand can count in its own pool in the last 4 weeks: the figures that a guard holds against their lines.

They come from sums that a pool has anyway: its daily series, the contribution of its cohorts. Whether joiners came back is
read off the records once a week, block by block, while they are in the cache. Nothing latent is read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.catalogue import FOUNDER, KEPT_7, KEPT_30, MONTH, NEVER, WAKES_WITHIN, WEEK
from sim.engine.compiling import compiled
from sim.policies.guard import Guard, Statistic

WEEKS = 4 * WEEK  # days that a figure looks back
ENOUGH = 400  # events: a figure on fewer says nothing
MATURE = 90  # days since joining from which a cohort's contribution is held against its CAC
FOLLOWED = np.dtype([(name, "i8") for name in ("d7_base", "d7_kept", "d30_base", "d30_kept")])


class Figure(NamedTuple):
    """A figure as it stands at a review, beside its line; value and line are None where it says nothing."""

    value: float | None
    line: float | None
    at_most: bool = False  # whether the line is one to stay below


class Seen(NamedTuple):
    """What a brand has counted by a review."""

    day: int  # of the review: the first of the week to come
    daily: Mapping[str, Sequence[float]]  # the pool's daily series so far
    earned: np.ndarray  # float64[days, cohorts]: contribution of joiners less tools, by month of joining
    paid: np.ndarray  # float64[days]: advertising and rewards of each day
    woken: (
        np.ndarray
    )  # float64[days, WAKES_WITHIN + 1]: silences ended each day, by days since they counted as silences
    followed: Any  # FOLLOWED: members who can be told by now, those simulated
    share: float  # the part of the pool that is simulated: events are counted in those who are

    def last(self, name: str, days: int = WEEKS, before: int = 0) -> float:
        """The sum of a daily count over so many days, up to `before` days ago; 0 for days before the run."""
        end = self.day - before
        return float(sum(self.daily[name][max(end - days, 0) : max(end, 0)]))

    def enough(self, events: float) -> bool:
        """True if a number of the pool's events, as far as they are simulated, says something."""
        return events * self.share >= ENOUGH - 1e-6


@compiled
def follow(members: np.ndarray, day: int, followed: Any) -> None:
    """Add to `followed` (a record of FOLLOWED) whom of a block's members a review before `day` can tell about.

    Joiners whose seventh or thirtieth day lies in the last 4 weeks, and who of them was kept, as retention is measured.
    """
    for i in range(len(members)):
        member = members[i]
        age = day - member.joined
        stayed = age if member.left == NEVER else member.left - member.joined
        if member.group != FOUNDER and 7 < age <= 7 + WEEKS:
            followed.d7_base += 1
            followed.d7_kept += stayed > 7 and (member.kept & KEPT_7) != 0
        if member.group != FOUNDER and 30 < age <= 30 + WEEKS:
            followed.d30_base += 1
            followed.d30_kept += stayed > 30 and (member.kept & KEPT_30) != 0


def _no_figure(at_most: bool = False) -> Figure:
    return Figure(None, None, at_most)


def _group_interactions(seen: Seen, fall: float) -> Figure:
    """Interactions a group a day in the last 4 weeks; the line is so much below the 4 weeks before."""
    groups, before = seen.last("groups"), seen.last("groups", before=WEEKS)
    if not seen.last("groups", WEEK):  # there are none any more
        return _no_figure()
    if seen.day < 2 * WEEKS or not groups or not before or not seen.enough(seen.last("group_clicks", before=WEEKS)):
        return _no_figure()
    line = (1.0 - fall) * seen.last("group_clicks", before=WEEKS) / before
    return Figure(seen.last("group_clicks") / groups, line)


def _complaints(seen: Seen, rise: float) -> Figure:
    """By what complaints a member rose from week to week, the lesser of the last two rises: 1.2 is by a fifth."""
    if seen.day < WEEKS or not seen.enough(seen.last("complaints")):
        return _no_figure(at_most=True)
    weeks = [(seen.last("complaints", WEEK, ago), seen.last("pool", WEEK, ago)) for ago in (2 * WEEK, WEEK, 0)]
    if not all(count and pool for count, pool in weeks[:2]) or not weeks[2][1]:
        return _no_figure(at_most=True)
    first, second, third = (count / pool for count, pool in weeks)
    return Figure(min(second / first, third / second), 1.0 + rise, at_most=True)


def _click_rate(seen: Seen, line: float) -> Figure:
    """Clicks over delivered messages."""
    delivered = seen.last("delivered")
    if seen.day < WEEKS or not seen.enough(delivered):
        return _no_figure()
    return Figure(seen.last("clicks") / delivered, line)


def _cohort_return(seen: Seen, line: float) -> Figure:
    """Contribution so far of all cohorts whose last joiner came 90 days ago or more, over what winning them cost."""
    cohorts = max(seen.day - MATURE + 1, 0) // MONTH
    days = cohorts * MONTH
    paid = float(seen.paid[:days].sum())
    if not paid > 0.0 or not seen.enough(sum(seen.daily["joined"][:days])):
        return _no_figure()
    return Figure(float(seen.earned[: seen.day, :cohorts].sum()) / paid, line)


def _wake_up_rate(seen: Seen, line: float) -> Figure:
    """Of those fallen silent in the 4 weeks that are followed for 14 days by now, the share who woke within these."""
    first, end = seen.day - WAKES_WITHIN - WEEKS, seen.day - WAKES_WITHIN
    silences = seen.last("episodes", before=WAKES_WITHIN)
    if first < 0 or not seen.enough(silences):
        return _no_figure()
    woken = sum(float(seen.woken[first + k : end + k, k].sum()) for k in range(WAKES_WITHIN + 1))
    return Figure(woken / silences, line)


def _kept(base: str, kept: str) -> Callable[[Seen, float], Figure]:
    def figure(seen: Seen, line: float) -> Figure:
        joiners = float(seen.followed[base])
        if joiners < ENOUGH:
            return _no_figure()
        return Figure(float(seen.followed[kept]) / joiners, line)

    return figure


_FIGURES: dict[Statistic, Callable[[Seen, float], Figure]] = {
    "group_interactions": _group_interactions,
    "complaints": _complaints,
    "click_rate": _click_rate,
    "cohort_return": _cohort_return,
    "wake_up_rate": _wake_up_rate,
    "d7_retention": _kept("d7_base", "d7_kept"),
    "d30_retention": _kept("d30_base", "d30_kept"),
}


def figures(seen: Seen, guard: Guard) -> dict[Statistic, Figure]:
    """The figures that a guard watches, as they stand at a review."""
    lines = {statistic: guard.line(statistic) for statistic in _FIGURES}
    return {statistic: _FIGURES[statistic](seen, line) for statistic, line in lines.items() if line is not None}
