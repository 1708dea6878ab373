"""What a pool notes of its weeks while it lives them, so that the run can be taken apart afterwards."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.behaviour.breakdown import QUANTITIES, SALES
from sim.breakdowns.broken_down import COLUMNS, CONTRIBUTION, JOINED, Breakdowns, month_of, names_of, rows_of_channels
from sim.breakdowns.reading_off import (
    FURTHER,
    STAGES,
    added_up,
    count_talk,
    move_stages,
    no_ends,
    read_ends,
    stages_at_start,
)
from sim.catalogue import BLOCK, FOUNDER, MILLION, MONTH, NOT_YET, WEEK
from sim.communities import NO_MOOD, have_moods
from sim.engine.lanes import LANES
from sim.policies.in_force import InForce
from sim.policies.membership import LEVELS
from sim.policies.rows import segments_of_rows
from sim.roles import Tally, World
from sim.run import summed
from sim.scenario import Scenario

_COUNTED = len(QUANTITIES)
# of a community, at the end of a month: who talked in the last 7 days; the mood at the last review, NO_MOOD of one that has
# had none; of a whole group the part that it counts as
GROUP = ("members", "talkers", "mood", "part")


class Noting:
    """Sums by week, stages by month, groups by month. `share`: the part of the pool that is simulated.

    by_segment: float64[weeks, segments, COLUMNS], the segments in the order of `names`; weeks yet to come are 0.
    """

    def __init__(self, scenario: Scenario, share: float) -> None:
        self._days, self._share = scenario.days, share
        policies, self.names = InForce(scenario).policies, names_of(scenario)
        self._in_groups = any(policy.community is not None for policy in policies)
        self._segments = [segments_of_rows(policy, self.names.segments) for policy in policies]
        self._channels = rows_of_channels(scenario, self.names)
        weeks, cohorts = -(-scenario.days // WEEK), 1 + -(-scenario.days // MONTH)
        self.by_segment = np.zeros((weeks, len(self.names.segments), len(COLUMNS)))
        self._by_cohort = np.zeros((weeks, cohorts, len(COLUMNS)))
        self._stages: list[np.ndarray] = []
        self._moved: dict[int, np.ndarray] = {}  # by block, of those that this month's end has been told of
        self._talk: dict[int, np.ndarray] = {}  # by block: who is in its groups, who of them has talked
        self._flows: list[np.ndarray] = []
        self._groups: list[np.ndarray] = []

    def begin(self, blocks: list[np.ndarray]) -> None:
        """The founders stand in their blocks."""
        self._stages = [stages_at_start(members) for members in blocks]

    def end_day(self, day: int, today: Tally, joined: float, place: int) -> None:
        """What a day (a record of TALLY of the whole pool) brought in money, and `joined` simulated members.

        place: of the policy in force.
        """
        week, money = day // WEEK, today["segment_contribution"]
        np.add.at(self.by_segment[week, :, CONTRIBUTION], self._segments[place], money)
        by_cohort = self._by_cohort[week]
        by_cohort[0, CONTRIBUTION] += today["contribution"][FOUNDER]
        by_cohort[1:, CONTRIBUTION] += today["cohort_contribution"][: len(by_cohort) - 1]
        by_cohort[1 + day // MONTH, JOINED] += joined / self._share

    def look(self, block: int, members: np.ndarray, day: int) -> None:
        """A block's members in the evening before `day`, while they are in the cache; the first look of a week counts."""
        if not self._ends_month(day) or block in self._moved:
            return
        while block >= len(self._stages):  # blocks come one after the other
            self._stages.append(np.zeros(0, np.uint8))
        before = self._stages[block]
        if len(before) < len(members):
            before = np.concatenate([before, np.full(len(members) - len(before), NOT_YET, np.uint8)])
            self._stages[block] = before
        flows = np.zeros((STAGES, STAGES))
        move_stages(members, day - 1, before, flows)
        talk = np.zeros((BLOCK // LANES if self._in_groups else 0, 2))
        if self._in_groups:
            count_talk(members, day, talk)
        self._moved[block], self._talk[block] = flows, talk

    def end_week(self, purses: np.ndarray, day: int, groups: np.ndarray, place: int) -> None:
        """The week before `day` is over: PURSE[blocks] with its sums, COMMUNITY[groups]; `place`: of the policy in force."""
        week = (day - 1) // WEEK
        by_row, by_cohort = purses["by_segment"].sum(axis=0), purses["by_cohort"].sum(axis=0)
        np.add.at(self.by_segment[week, :, :_COUNTED], self._segments[place], by_row / self._share)
        self._by_cohort[week, :, :_COUNTED] += by_cohort[: self._by_cohort.shape[1]] / self._share
        if self._ends_month(day):
            self._flows.append(sum(self._moved.values(), np.zeros((STAGES, STAGES))) / self._share)
            talk = np.concatenate([np.zeros((0, 2)), *(self._talk[block] for block in range(len(self._talk)))])
            mood, part = np.zeros((2, len(talk)))
            if len(groups):
                mood[:] = np.where(have_moods(groups, WEEK * week), groups["mood"], NO_MOOD)
                part[:] = groups["part"]
            else:  # a phase without communities
                talk[:] = 0.0
            self._groups.append(np.column_stack([talk, mood, part]))
            self._moved, self._talk = {}, {}

    def _ends_month(self, day: int) -> bool:
        """True if the week before `day` is the last that ends in its month, or in the run."""
        return day == self._days or month_of(day - 1) != month_of(min(day + WEEK, self._days) - 1)

    @property
    def ways_in(self) -> int:
        """How many ways into the pool the run has, by a member's code: terms that a phase changes are a way of their own."""
        return len(self._channels)

    def breakdowns(
        self, blocks: list[np.ndarray], rests: list[np.ndarray], world: World, each: Callable[..., Any]
    ) -> Breakdowns:
        """The run taken apart; `rests`: by block, what the rest of each one's life is worth."""
        names, n, ways = self.names, max(1, len(blocks)), self.ways_in
        channels = no_ends(n * ways).reshape(n, -1)
        tiers = no_ends(n * LEVELS).reshape(n, -1)
        further = np.zeros((n, ways + LEVELS, len(FURTHER)))

        def read(members: np.ndarray, rest: np.ndarray, *into: np.ndarray) -> None:
            read_ends(members, rest, self._days, world, *into)

        each(read, blocks, rests, *(list(sums[: len(blocks)]) for sums in (channels, tiers, further)))
        ends = [np.array([summed(of[:, row]) for row in range(of.shape[1])]) for of in (channels, tiers)]
        by_code, tier_ends = ((rows.view("f8") / self._share).view(rows.dtype) for rows in ends)
        channel_ends = no_ends(len(names.channels))
        channel_ends.view("f8")[:] = added_up(by_code.view("f8").reshape(ways, -1), self._channels).ravel()
        beside = further.sum(axis=0) / self._share
        beside = np.concatenate([added_up(beside[:ways], self._channels), beside[ways:]])
        groups = np.zeros((len(self._groups), max(map(len, self._groups), default=0), len(GROUP)))
        for sums in (self.by_segment, self._by_cohort):
            sums[:, :, SALES] /= MILLION
        for month, rows in enumerate(self._groups):
            groups[month, : len(rows)] = rows
        return Breakdowns(
            names, self._days, self.by_segment, self._by_cohort, np.array(self._flows), groups, channel_ends, tier_ends,
            beside,
        )  # fmt: skip
