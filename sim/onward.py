"""Some of the pool live on: what a member's life will be like after the run, told by a sample of those in the pool.

At the end of a run trust is still building up, habits form, joiners are still new. Their last 90 days are then no picture of
the years to come. So up to `SAMPLE` founders and as many joiners live two more years under the same policy, by the same day
and the same draws, and are watched: demand, trust, the hazard of leaving, costs. Nothing of that is booked or kept: it says
what the rest of everybody's life is valued with (sim/outlook.py).
"""

from datetime import date
from typing import Any

import mesa
import numpy as np

from sim.brand import Brand
from sim.catalogue import FOUNDER, MAX_DAYS, NEVER, PERSONAS, WEEK
from sim.living import live_days
from sim.outlook import UNTIL, Watched
from sim.policies import touches
from sim.policies.budgets import Budgets
from sim.records import PURSE, TALLY
from sim.roles import World
from sim.scenario import Scenario

SAMPLE = 1024  # founders, and as many joiners; beyond that chance matters less than in the pool itself
SUMS = ("window_demand", "window_exit", "window_cost")


class Onward(mesa.Model):
    """A pool without joiners that goes on where another has ended; a Mesa model, since its brand is an agent.

    scenario: what was simulated, its days those to come included. members: MEMBER[n], changed. budgets: what is left of
    the planners' money is divided by heads, `share` of it is these members'.
    """

    def __init__(
        self, scenario: Scenario, world: World, members: np.ndarray, planners: dict[str, Any], share: float
    ) -> None:
        super().__init__(rng=0)  # never drawn from
        self._scenario_to_come = scenario
        self.members = members
        self.brand = Brand(self)
        self.world = world.copy()
        self.brand.plan_run(self.world)
        for name, planner in self.brand.planners.items():
            if isinstance(planner, Budgets):
                planner.inherit(planners[name], share)

    @property
    def scenario(self) -> Scenario:
        """What is simulated."""
        return self._scenario_to_come

    @scenario.setter
    def scenario(self, given: Any) -> None:
        # as in PoolModel: some versions of Mesa set a scenario of their own kind
        if isinstance(given, Scenario):
            self._scenario_to_come = given

    def member_blocks(self) -> list[np.ndarray]:
        """The members, as one block."""
        return [self.members]

    def each(self, work: Any, *arguments: Any) -> list[Any]:
        """`work` for each block."""
        return [work(*job) for job in zip(*arguments, strict=True)]

    def live_week(self, first_day: int) -> np.ndarray:
        """Live the week that begins on `first_day`; returns TALLY[WEEK]."""
        brand, world = self.brand, self.world
        brand.plan_week(world, first_day)
        world[touches.NAME]["rows"]["once"] = 0  # what is still to come of it is counted as a cost to come
        tally, purse = np.zeros((1, WEEK), TALLY), np.zeros(1, PURSE)
        purse["budget"] = brand.review(world, first_day, tally[:, 0])
        live_days(self.members, first_day, WEEK, world, tally[0], purse[0], False, brand.coupling)
        brand.settle(purse["budget"])
        days: np.ndarray = tally[0]
        return days


def sampled(blocks: list[np.ndarray]) -> np.ndarray:
    """MEMBER[n]: of founders and of joiners in the pool those with the smallest keys, in order of joining.

    A key is a hash of the seed and of where a member comes from: the sample is random, and in another scenario of the same
    seed it is the same people.
    """
    inside = np.concatenate([block["left"] == NEVER for block in blocks])
    keys = np.concatenate([block["key"] for block in blocks])
    founder = np.concatenate([block["group"] == FOUNDER for block in blocks])
    taken = np.zeros(len(keys), bool)
    for group in (inside & founder, inside & ~founder):
        places = np.flatnonzero(group)
        if len(places) > SAMPLE:
            places = places[np.argpartition(keys[places], SAMPLE - 1)[:SAMPLE]]
        taken[places] = True
    parts = np.split(taken, np.cumsum([len(block) for block in blocks])[:-1])
    chosen: np.ndarray = np.concatenate([block[part] for block, part in zip(blocks, parts, strict=True)])
    return chosen


def can_live_on(scenario: Scenario) -> bool:
    """True if the calendar has room for two more years."""
    days = scenario.days + UNTIL[-1] + WEEK
    return days <= MAX_DAYS and (date.max - scenario.start).days >= days


def watch(
    scenario: Scenario, world: World, blocks: list[np.ndarray], planners: dict[str, Any], pool: float
) -> Watched | None:
    """Let a sample of a pool of `pool` members live on for two years; None if nobody is in the pool."""
    begun = sampled(blocks)
    if not len(begun):
        return None
    day, members = scenario.days, begun.copy()
    for name in SUMS:
        members[name] = 0.0
    longer = scenario.model_copy(update={"days": day + UNTIL[-1] + WEEK})
    model = Onward(longer, world, members, planners, len(members) / pool)
    model.world["window_from"], model.world["days"] = 0, longer.days
    model.world["season"][: longer.days] = scenario.market.daily(scenario.start, longer.days)
    return _watched(model, begun, day)


def _watched(model: Onward, begun: np.ndarray, day: int) -> Watched:
    members, n, k = model.members, len(begun), len(UNTIL)
    demand, trust, habit, leaving, going, cost, stayed, money = (np.zeros((n, k)) for _ in range(8))
    frailty = np.maximum(begun["frailty"].astype(float), 1e-30)
    given = np.zeros((2, len(PERSONAS)))
    for offset in range(0, UNTIL[-1], WEEK):
        part = int(np.searchsorted(UNTIL, offset, side="right"))
        inside = members["left"] == NEVER
        spends = members["rate"] / members["basket_rate"] * (inside & (members["lost"] == 0))
        tally = model.live_week(day + offset)
        given += (tally["discounts_by_tag"].sum(axis=0), tally["gross_by_tag"].sum(axis=0))
        days = np.where(members["left"] == NEVER, WEEK, members["left"] - (day + offset)) * inside
        passed = np.maximum(days, 1)
        demand[:, part] += spends * np.where(days > 0, members["window_demand"] / passed, 1.0)
        leaving[:, part] += spends * members["window_exit"] / passed / frailty
        going[:, part] += members["window_exit"] / frailty
        trust[:, part] += spends * members["trust"]
        habit[:, part] += spends * members["habit"]
        cost[:, part] += members["window_cost"]
        stayed[:, part] += days
        money[:, part] += spends
        for name in SUMS:
            members[name] = 0.0
    long, some = np.diff((0, *UNTIL)), np.maximum(money, 1e-300)
    overall = given[0].sum() / max(given[1].sum(), 1e-9)
    return Watched(
        begun,
        demand=demand / some,
        trust=trust / some,
        habit=habit / some,
        exit=leaving / some,
        gone=going / np.maximum(stayed, 1.0),
        cost=cost / long,
        present=stayed / long,
        money=money,
        discounts=np.where(given[1] > 0.0, given[0] / np.maximum(given[1], 1e-9), overall),
    )
