"""Measures over some days of a run, as an operator reads them off a dashboard: the last 90 days, weeks 5 to 8.

Measures of the registry (sim/results/metrics) that need no more than sums over days and members' records at the end are
computed by their own functions, from the sums of these days and the records in the evening of the last; who joined, and
retention and first orders of joiners, are of those who joined within the window. What only a window has is defined below.

Sums are known for every day, records only where a week of the simulation ends (at its reviews) and on the run's last
evening. So a window should end there; where it begins does not matter, but for `at_start`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.behaviour.breakdown import CLICKS, DELIVERED
from sim.breakdowns.reading_off import FURTHER, no_ends, read_ends
from sim.catalogue import FOUNDER, MINOR_UNITS, NEVER, WAKES_WITHIN, WEEK
from sim.guarding import alerts_frame
from sim.policies.acquisition import Open, opened
from sim.policies.membership import LEVELS
from sim.pool import PoolModel
from sim.records import MEMBER, TALLY
from sim.results.metrics.account import Account, advertising_by_day, joined_by_day, ratio
from sim.results.metrics.registry import REGISTRY
from sim.run import Run, summed, version

# measures of the registry that say over a window what they say over a run
OF_THE_REGISTRY = (
    "d7_retention", "d30_retention", "first_order_conversion", "active_7_days", "active_30_days", "dormancy",
    "talkers_7_days", "read_rate", "click_rate", "conversion_per_push", "complaint_rate", "opt_out_rate", "benefit_use",
    "coupon_redemption", "sleeping_dogs", "average_basket", "cac",
)  # fmt: skip
_OF_JOINERS = (
    "joiners", "d7_base", "d7_kept", "d30_base", "d30_kept", "first_base", "first_in_time", "group_base", "group_lost",
)  # fmt: skip
_YEAR = 365.0


class Window(NamedTuple):
    """Days of a run, from the morning of `first` until the morning of `end`."""

    first: int
    end: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.end - self.first

    @property
    def week_ends(self) -> list[int]:
        """The mornings on which a week of the run that lies wholly within it is over."""
        return [day for day in range(self.first + WEEK, self.end + 1) if day % WEEK == 0]


@dataclass(frozen=True)
class WindowAccount(Account):
    """What a measure may look at in some days of a run: `total` and `end` are those of the window.

    at_start, at_end: MEMBER[n] on its first morning, and on the morning after its last day, where the former stand first in
    their order. daily: TALLY[days], what each of its days counted. talked: of each week of it, who had talked in its 7 days
    and how many had ever joined by then. by_segment: float64[weeks, segments, COLUMNS] of the whole run.
    """

    window: Window = field(default_factory=lambda: Window(0, 0))
    at_start: np.ndarray = field(default_factory=lambda: np.zeros(0, MEMBER))
    at_end: np.ndarray = field(default_factory=lambda: np.zeros(0, MEMBER))
    daily: np.ndarray = field(default_factory=lambda: np.zeros(0, TALLY))
    talked: tuple[tuple[float, float], ...] = ()
    by_segment: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0)))
    segments: tuple[str, ...] = ()

    @cached_property
    def advertising(self) -> float:
        """Advertising of the window's days."""
        return float(advertising_by_day(self.run)[self.window.first : self.window.end].sum())

    @property
    def joined_within(self) -> np.ndarray:
        """bool[n] of the members seen at the end: who joined in the window, founders apart."""
        return _joined_within(self.at_end, self.window)


class Sights:
    """A pool lived until its last window is over, and looked at where windows begin and end.

    `model` is lived here, day by day; a scenario that ends with the last window (`days_of`) is seen to its last evening.
    `progress` is told each day.
    """

    def __init__(
        self, model: PoolModel, windows: Iterable[Window], progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._model, self._windows = model, tuple(windows)
        self._edges = {day for window in self._windows for day in window}
        self._week_ends = {day for window in self._windows for day in window.week_ends}
        self._members: dict[int, np.ndarray] = {}
        self._talked: dict[int, tuple[float, float]] = {}
        self._totals = [model.totals[0].copy()]
        self._look(0)
        last = days_of(self._windows)
        while model.day < last:
            model.step()
            self._totals.append(model.totals[0].copy())
            self._look(model.day)
            if progress:
                progress(model.day, last)

    def _look(self, day: int) -> None:
        if day not in self._edges | self._week_ends:
            return
        members = np.concatenate([np.zeros(0, MEMBER), *self._model.member_blocks()])
        members = members[members["joined"] < max(day, 1)]  # who joins later in this week stands in its block already
        if day in self._week_ends:
            talks = (members["left"] == NEVER) & (members["last_talk"] != NEVER) & (members["last_talk"] >= day - WEEK)
            self._talked[day] = float(talks.sum()), float(len(members))
        if day in self._edges:
            self._members[day] = members

    def account(self, window: Window) -> WindowAccount:
        """What measures may look at of one of the windows."""
        model, members = self._model, self._members[window.end]
        sums = np.array(self._totals[window.first : window.end + 1]).view("f8").reshape(window.days + 1, -1)
        run = Run(
            scenario=model.scenario,
            seed=int(model.key),
            version=version(),
            daily=pd.DataFrame(),
            totals=(sums[-1] - sums[0]).view(TALLY)[0],
            followed=(sums[-1] - sums[0]).view(TALLY)[0],
            closing=_closing_of(model, members, window),
            cohorts=np.zeros((0, 2, 0)),
            tools=np.zeros(3),
            seconds=model.seconds,
            weekly=pd.DataFrame(),
            alerts=alerts_frame([]),
        )
        return WindowAccount(
            run,
            run,
            window=window,
            at_start=self._members[window.first],
            at_end=members,
            daily=np.diff(sums, axis=0).reshape(-1).view(TALLY),
            talked=tuple(self._talked[day] for day in window.week_ends),
            by_segment=model.noting.by_segment,
            segments=model.noting.names.segments,
        )


def days_of(windows: Iterable[Window]) -> int:
    """Days that a run needs for these windows."""
    return max(window.end for window in windows)


def _joined_within(members: np.ndarray, window: Window) -> np.ndarray:
    """bool[n]: who joined in the window, founders apart."""
    return np.asarray((members["group"] != FOUNDER) & (members["joined"] >= window.first))


def _closing_of(model: PoolModel, members: np.ndarray, window: Window) -> Any:
    """A record of CLOSING on the morning after a window: of joiners what is told of those who joined in it."""
    everybody = _closing(model, members, window.end)
    of_joiners = _closing(model, members[_joined_within(members, window)], window.end)
    for name in _OF_JOINERS:
        everybody[name] = of_joiners[name]
    return everybody


def _closing(model: PoolModel, members: np.ndarray, day: int) -> Any:
    """A record of CLOSING of these members on a morning, as breakdowns read it; what lives are still worth is left out."""
    channels = model.noting.ways_in
    by_channel, by_tier = no_ends(channels), no_ends(LEVELS)
    further = np.zeros((channels + LEVELS, len(FURTHER)))
    read_ends(members, np.zeros(len(members)), day, model.world, by_channel, by_tier, further)
    return summed(by_channel)


# --- measures that only a window has ---------------------------------------------------------------------------------


def orders_per_year(a: WindowAccount) -> float | None:
    """Orders of members in the pool, over their days in it, a year of 365 days; who has left is not seen."""
    return ratio(a.total["pool_orders"] * _YEAR, a.total["pool"])


def pool_sales(a: WindowAccount) -> float | None:
    """What members in the pool paid, of whoever was in it on the day; money."""
    return float(a.total["pool_sales"])


def repurchase_in_window(a: WindowAccount) -> float | None:
    """Of members in the pool on the first morning who had bought before, the share who order within the window."""
    members, first = a.at_end, a.window.first
    there = (members["joined"] < max(first, 1)) & ((members["left"] == NEVER) | (members["left"] >= first))
    old = there & (members["bought_at"] != NEVER) & (members["bought_at"] < max(first, 1))
    return ratio((old & (members["orders"] > 0) & (members["last_order"] >= first)).sum(), old.sum())


def wake_up_rate(a: WindowAccount) -> float | None:
    """Of silences that reach day 90 (or the wake-up touch after it) in the window and are followed for 14 days more within
    it, the share that end by an interaction on that day or within these 14."""
    followed = len(a.daily) - WAKES_WITHIN
    if followed <= 0:
        return None
    woken = sum(a.daily["woken_after"][lag : lag + followed, lag].sum() for lag in range(WAKES_WITHIN + 1))
    return ratio(woken, a.daily["episodes"][:followed].sum())


def activity_7_days_of_all(a: WindowAccount) -> float | None:
    """Of all places, those of members who left among them, the share whose member talked (a click, a reply, a check-in; no
    visit, no order) in 7 days, the mean over the weeks of the window. Who left is silent."""
    shares = [talked / ever for talked, ever in a.talked if ever]
    return float(np.mean(shares)) if shares else None


def novelty_use(a: WindowAccount) -> float | None:
    """Of novelties handed out (trial, gift, vote, early access), the share used with an order."""
    return ratio(a.total["benefits_used"] - a.total["discounted_orders"], a.total["novelties"])


def newcomers_in_pool(a: WindowAccount) -> float | None:
    """Members who joined in the window and are in the pool at its end."""
    return float((a.joined_within & (a.at_end["left"] == NEVER)).sum())


def joined_of_reached(a: WindowAccount) -> float | None:
    """Of people reached by channels that count them, the share who joined."""
    ways = [way for way in opened(a.run.scenario) if way.channel.reached_per_day is not None]
    days = slice(a.window.first, a.window.end)
    joined = sum(float(joined_by_day(a.run, way)[days].sum()) for way in ways)
    return ratio(joined, sum(_reached(way, a.window) for way in ways))


def _reached(way: Open, window: Window) -> float:
    """People whom a channel reaches in the days of a window on which it is open."""
    days = sum(max(0, min(end, window.end) - max(start, window.first)) for start, end in way.spells)
    return (way.channel.reached_per_day or 0.0) * days


def attributed_sales_per_advertising(a: WindowAccount) -> float | None:
    """What those who joined in the window paid in it, whoever brought them, over its advertising."""
    return ratio(a.at_end["spend"][a.joined_within].sum() / MINOR_UNITS, a.advertising)


OF_WINDOWS: Mapping[str, Callable[[WindowAccount], float | None]] = {
    function.__name__: function
    for function in (
        orders_per_year,
        pool_sales,
        repurchase_in_window,
        wake_up_rate,
        activity_7_days_of_all,
        novelty_use,
        newcomers_in_pool,
        joined_of_reached,
        attributed_sales_per_advertising,
    )
}


def click_rate_of(a: WindowAccount, segment: str) -> float | None:
    """Clicks over delivered messages of a segment, in the weeks of the run that lie wholly within the window."""
    weeks = slice(-(-a.window.first // WEEK), a.window.end // WEEK)
    counted = a.by_segment[weeks, a.segments.index(segment)].sum(axis=0)
    return ratio(counted[CLICKS], counted[DELIVERED])


LABELS: Mapping[str, str] = {
    "orders_per_year": "orders a member in the pool a year",
    "pool_sales": "sales in the pool",
    "repurchase_in_window": "repurchase within 90 days",
    "wake_up_rate": "wake-up rate",
    "activity_7_days_of_all": "talked in 7 days, of all places",
    "novelty_use": "use of novelties",
    "newcomers_in_pool": "newcomers in the pool",
    "joined_of_reached": "joined, of those reached",
    "attributed_sales_per_advertising": "sales of joiners over advertising",
}
OF_SEGMENTS: Mapping[str, Callable[[WindowAccount, str], float | None]] = {"click_rate": click_rate_of}
NAMES = (*OF_WINDOWS, *OF_THE_REGISTRY)


def measured(account: WindowAccount, name: str, segment: str | None = None) -> float | None:
    """A measure by its name (one of NAMES; of a segment one of OF_SEGMENTS) over a window; None where it is undefined."""
    if segment is not None:
        return OF_SEGMENTS[name](account, segment)
    value = OF_WINDOWS[name](account) if name in OF_WINDOWS else REGISTRY[name].compute(account)
    return None if value is None else float(value)
