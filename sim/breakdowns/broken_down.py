"""The breakdowns of a run as tables: sums that add up to the run's totals, and shares of them.

A week is the run's (the last may be shorter). A month has the weeks whose last day is in it, four or five: the run's days
30 m to 30 m + 29. Where a part of the pool was simulated, every sum is the whole pool's.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from sim.behaviour.breakdown import QUANTITIES
from sim.catalogue import LIFECYCLE, MONTH, NOT_YET, WEEK
from sim.closing import CLOSING
from sim.communities import NO_MOOD
from sim.policies.in_force import InForce
from sim.policies.referral import ways
from sim.policies.rows import segment_names
from sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Every: TypeAlias = Literal["week", "month"]
COLUMNS = (*QUANTITIES, "contribution", "joined")
CONTRIBUTION, JOINED = len(QUANTITIES), len(QUANTITIES) + 1
_IN_THE_EVENING = ("pool", "active_7", "active_30")  # of the last day; all others are sums over the days
_STAGES = (*LIFECYCLE, "not_joined")  # by the codes of a lifecycle stage, NOT_YET the last
_FOLLOWED = ("d7", "d30")
_AVERAGED = ("weekly_by_segment", "weekly_by_cohort", "flows", "further")
_ENDS = ("channel_ends", "tier_ends")


class Names(NamedTuple):
    """What the rows are called."""

    segments: tuple[str, ...]  # of all policies of the run: first who is of no segment
    channels: tuple[str, ...]  # founders, then each way in once, whichever terms it had
    tiers: tuple[str, ...]  # the base first; none where there is no membership at the end


def names_of(scenario: Scenario) -> Names:
    """What the rows of a scenario's breakdowns are called."""
    in_force = InForce(scenario)
    policies, last = in_force.policies, in_force.policies[len(in_force.begins) - 1]
    tiers = [policy.membership.tiers for policy in policies if policy.membership]
    levels = tuple(f"tier{n}" for n in range(1, 1 + max(map(len, tiers), default=0)))
    channels = ("founders", *dict.fromkeys(channel.channel for channel in ways(scenario)))
    return Names(segment_names(policies), channels, ("base", *levels) if last.membership else ())


def rows_of_channels(scenario: Scenario, names: Names) -> np.ndarray:
    """The place in `names.channels` by a member's `channel`, int64[ways + 1]: a way whose terms a phase changes is one."""
    ways_in = names.channels[1:]
    return np.array([0, *(1 + ways_in.index(channel.channel) for channel in ways(scenario))])


def month_of(day: int) -> int:
    """The month of 30 days in which a day of the run is."""
    return day // MONTH


class Period(NamedTuple):
    """A week, or a month of weeks: its number, its days, and the weeks that it has."""

    number: int
    first_day: int
    last_day: int
    weeks: slice


@dataclass(frozen=True, repr=False)
class Breakdowns:
    """A run taken apart. Methods give tables, one row a part and period; attributes are the arrays behind them."""

    names: Names
    days: int
    weekly_by_segment: np.ndarray  # float64[weeks, segments, COLUMNS]
    weekly_by_cohort: np.ndarray  # float64[weeks, cohorts, COLUMNS]: founders, then by month of joining
    flows: np.ndarray  # float64[months, 8, 8]: members by stage at the end of the month before, and at its end
    groups: np.ndarray  # float64[months, groups, 4]: members, talkers of the last 7 days, mood (or NO_MOOD), part
    channel_ends: np.ndarray  # CLOSING[channels], by name
    tier_ends: np.ndarray  # CLOSING[LEVELS]
    further: np.ndarray  # float64[channels + LEVELS, FURTHER] of sim/breakdowns/reading_off.py
    runs: int = 1  # of which this is the mean: all numbers but `groups`, which holds those of all runs

    def __repr__(self) -> str:
        of = f"{len(self.names.segments)} segments, {self.weekly_by_cohort.shape[1]} cohorts"
        return (
            f"Breakdowns({of}, {len(self.names.channels)} channels, {self.groups.shape[1]} groups; {self.days:,} days)"
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """What `mean_of` takes, by name: float64 arrays; of the groups those at the end."""
        there = self.groups[-1][self.groups[-1, :, 0] > 0.0]
        told = {name: getattr(self, name) for name in _AVERAGED}
        return told | {"groups": there} | {name: _plain(getattr(self, name)) for name in _ENDS}

    @classmethod
    def mean_of(cls, names: Names, days: int, runs: list[dict[str, np.ndarray]]) -> "Breakdowns":
        """The mean of several runs' `arrays`, whose scenarios differ in nothing that sets the names."""
        means: dict[str, Any] = {name: np.mean([run[name] for run in runs], axis=0) for name in _AVERAGED}
        ends = {name: np.mean([run[name] for run in runs], axis=0).view(CLOSING).reshape(-1) for name in _ENDS}
        groups = np.concatenate([run["groups"] for run in runs])[None]
        return cls(names, days, groups=groups, runs=len(runs), **means, **ends)

    def periods(self, every: Every) -> list[Period]:
        """The weeks or months of the run."""
        ends = [min(WEEK * (week + 1), self.days) - 1 for week in range(len(self.weekly_by_segment))]
        if every == "week":
            return [Period(week, WEEK * week, end, slice(week, week + 1)) for week, end in enumerate(ends)]
        months = [month_of(end) for end in ends]
        periods = []
        for number in sorted(set(months)):
            first, after = months.index(number), len(months) - months[::-1].index(number)
            periods.append(Period(number, WEEK * first, ends[after - 1], slice(first, after)))
        return periods

    def by_segment(self, every: Every = "week") -> "pd.DataFrame":
        """Who is in the pool and active on the last evening, messages, reads, clicks, visits, orders, money and departures
        by segment.

        A member is of the segment that the week's plan has her in; who has left the pool of her last one, as long as a
        plan has a row to spare for it. `others`: of none.
        """
        rows = self._summed(self.weekly_by_segment, self.names.segments, "segment", every)
        return rows.drop(columns="joined")  # who joins is of a segment from the next review on

    def by_cohort(self, every: Every = "week") -> "pd.DataFrame":
        """The same by cohort: founders, and joiners by the month of 30 days in which they joined; months yet to come are
        left out. `joined`: how many joined in the period."""
        names = ["founders", *(f"month {n}" for n in range(1, self.weekly_by_cohort.shape[1]))]
        rows = self._summed(self.weekly_by_cohort, names, "cohort", every)
        begins = {name: MONTH * max(n - 1, 0) for n, name in enumerate(names)}
        return rows[rows["cohort"].map(begins) <= rows["last_day"]].reset_index(drop=True)

    def _summed(self, weekly: np.ndarray, names: Any, what: str, every: Every) -> "pd.DataFrame":
        import pandas as pd

        tables = []
        for period in self.periods(every):
            sums = weekly[period.weeks].sum(axis=0)
            for column in _IN_THE_EVENING:
                at = COLUMNS.index(column)
                sums[:, at] = weekly[period.weeks.stop - 1, :, at]
            table = pd.DataFrame(sums, columns=list(COLUMNS))
            table.insert(0, what, names)
            for column in ("last_day", "first_day"):
                table.insert(0, column, getattr(period, column))
            table.insert(0, every, period.number + 1)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def by_channel(self) -> "pd.DataFrame":
        """Retention by the channel through which members joined, founders apart; of a channel on any terms.

        D7 and D30 retention are those of the measures. `stayed_90`: of those followed for more than 90 days the share still
        in the pool after 90. `value` a member: contribution so far and the rest of three years, before tools and
        acquisition. `interacted`, `customers`, `repeat`, `loyal`: how many came so far, each a part of the one before.
        """
        frame = self._ends(self.channel_ends, self.further[: len(self.channel_ends)], self.names.channels, "channel")
        for name in _FOLLOWED:
            base, kept = (self.channel_ends[f"{name}_{part}"] for part in ("base", "kept"))
            frame[f"{name}_retention"] = _share(kept, base)
        return frame

    def by_tier(self) -> "pd.DataFrame":
        """Repurchase and value by tier, that at the end or on leaving; no rows where there is no membership then."""
        n = len(self.names.tiers)
        ends, further = self.tier_ends[:n], self.further[len(self.channel_ends) :][:n]
        return self._ends(ends, further, self.names.tiers, "tier")

    def _ends(self, ends: np.ndarray, further: np.ndarray, names: tuple[str, ...], what: str) -> "pd.DataFrame":
        import pandas as pd

        from sim.breakdowns.reading_off import FURTHER

        known = dict(zip(FURTHER, further.T, strict=True))
        money = ends["value"].sum(axis=1) + ends["rest"].sum(axis=1)
        return pd.DataFrame(
            {
                what: list(names),
                "members": ends["members"],
                "pool": ends["pool"],
                "active_30": ends["active_30"],
                **{name: known[name] for name in ("interacted", "customers", "repeat", "loyal", "orders")},
                "orders_per_year": _share(known["orders"], ends["member_days"] / 365.0),
                "repurchase_rate": _share(ends["second_in_time"], ends["second_base"]),
                "stayed_90": _share(known["stayed_90"], known["followed_90"]),
                "value": _share(money, ends["members"]),
            }
        )

    def by_community(self, every: Literal["end", "month"] = "end") -> "pd.DataFrame":
        """Talk and mood by community, at the end or at the end of each month; groups with nobody in them are left out.

        `talkers`: members of it who talked in the last 7 days, `talk` their share. `mood` is that of the last review,
        missing of a group that has had none. `part`: of a whole group what it counts as in the measures: 1, but where lives
        stand for a pool the share of its places that are taken.
        """
        import pandas as pd

        ends = self.periods("month")[-len(self.groups) :]
        months = range(len(self.groups)) if every == "month" else range(len(self.groups))[-1:]
        tables = []
        for month in months:
            members, talkers, mood, part = self.groups[month].T
            there = np.flatnonzero(members > 0.0)
            rows = {"month": ends[month].number + 1, "last_day": ends[month].last_day, "group": there + 1}
            rows |= {"members": members[there], "talkers": talkers[there]}
            rows |= {"talk": talkers[there] / members[there]}
            rows |= {"mood": np.where(mood == NO_MOOD, np.nan, mood)[there], "part": part[there]}
            tables.append(pd.DataFrame(rows))
        empty = pd.DataFrame(columns=["month", "last_day", "group", "members", "talkers", "talk", "mood", "part"])
        return pd.concat(tables, ignore_index=True) if tables else empty

    def stage_flows(self) -> "pd.DataFrame":
        """How many members were in one lifecycle stage at the end of a month and in which one a month before.

        Before the first month founders are where their orders put them; who has yet to join is `not_joined`.
        """
        import pandas as pd

        months, before, after = np.nonzero(self.flows[:, :, :NOT_YET])
        ends = self.periods("month")
        return pd.DataFrame(
            {
                "month": [ends[m].number + 1 for m in months],
                "last_day": [ends[m].last_day for m in months],
                "before": [_STAGES[k] for k in before],
                "after": [_STAGES[k] for k in after],
                "members": self.flows[months, before, after],
            }
        )

    def tables(self, every: Every = "week") -> "dict[str, pd.DataFrame]":
        """Every table by the name of its file, by week where there are weeks; those of what is not there are left out."""
        told = {
            "by_segment": self.by_segment(every),
            "by_cohort": self.by_cohort(every),
            "by_channel": self.by_channel(),
            "by_tier": self.by_tier(),
            "by_community": self.by_community("month"),
            "stage_flows": self.stage_flows(),
        }
        return {name: table for name, table in told.items() if len(table)}


def _plain(records: np.ndarray) -> np.ndarray:
    """float64[n, numbers] of records that have no others."""
    return np.ascontiguousarray(records).view("f8").reshape(len(records), -1)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Shares or ratios, float64[n]; NaN, which a table shows as missing, where there is nothing."""
    shares: np.ndarray = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0.0)
    return shares
