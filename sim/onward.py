"""Some of the pool live on: what a member's life will be like after the run, told by a sample of those in the pool.

At the end of a run trust is still building up, habits form, joiners are still new. Their last 90 days are then no picture of
the years to come. So a sample of founders and of joiners lives two more years under the same policy, by the same day
and the same draws, and are watched: demand, trust, the hazard of leaving, costs. Nothing of that is booked or kept: it says
what the rest of everybody's life is valued with (sim/outlook.py).
"""

from datetime import date
from typing import Any

import mesa
import numpy as np

from sim.brand import Brand
from sim.catalogue import FOUNDER, MAX_DAYS, NEVER, PERSONAS, WEEK
from sim.communities import SampledCommunities
from sim.engine.compiling import compiled
from sim.living import live_days
from sim.outlook import PARTS, UNTIL, Watched
from sim.policies import crisis, experiments, referral, service, touches
from sim.policies.budgets import Budgets
from sim.records import PURSE, TALLY
from sim.roles import World
from sim.scenario import Scenario

# Founders in the sample, and as many joiners: so large that chance in it matters less than in the pool itself, and that it
# costs little beside the run.
ONE_IN, FEWEST, MOST = 32, 512, 2048
WINDOWS = ("window_demand", "window_exit", "window_cost")
# Of one member, sums over the weeks of each part of the time to come; all but costs, days and going weighed by spending.
SUMS = np.dtype(
    [(name, "f8", (PARTS,)) for name in ("demand", "trust", "habit", "leaving", "going", "cost", "stayed", "money")]
)


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
        self.in_pool = float(len(members))
        self.asked_so_far = 0.0  # by the whole pool, as it was when the run ended
        self.brand = Brand(self)
        self.world = world.copy()
        self.brand.plan_run(self.world)
        for name, planner in self.brand.planners.items():
            if isinstance(planner, Budgets):
                planner.inherit(planners[name], share)
        self.brand.planners[service.NAME].inherit(planners[service.NAME], share)
        self._pool = len(members) / share / float(world["share"])

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
        world[referral.NAME]["hazard"] = 0.0  # whom they would bring are lives of their own
        world[crisis.NAME]["on"] = 0  # happens once
        there = int((self.members["left"] == NEVER).sum())
        tally, purse = np.zeros((1, WEEK), TALLY), np.zeros(1, PURSE)
        purse["budget"] = brand.review(world, first_day, tally[:, 0])
        groups = brand.communities
        groups.begin_week(0, self.members, world, first_day, tally[0, :1])
        live_days(
            self.members, first_day, WEEK, world, tally[0], purse[0], False, brand.coupling, groups.of_block(0), 0
        )
        groups.look_back(0, self.members, first_day + WEEK, world)
        brand.settle(purse["budget"])
        # others join in place of those who leave, so the pool goes on asking as a pool of its size does
        self.asked_so_far += float(tally[0]["questions"].sum()) * self._pool / max(there, 1)
        days: np.ndarray = tally[0]
        return days


def places_sampled(blocks: list[np.ndarray]) -> np.ndarray:
    """int64[n]: the places, from the first block's on, of founders and of joiners in the pool with the smallest keys.

    A key is a hash of the seed and of where a member comes from: the sample is random, and in another scenario of the same
    seed it is the same people.
    """
    inside = np.concatenate([block["left"] == NEVER for block in blocks])
    keys = np.concatenate([block["key"] for block in blocks])
    founder = np.concatenate([block["group"] == FOUNDER for block in blocks])
    taken = np.zeros(len(keys), bool)
    for group in (inside & founder, inside & ~founder):
        places = np.flatnonzero(group)
        most = min(max(FEWEST, len(places) // ONE_IN), MOST)
        if len(places) > most:
            places = places[np.argpartition(keys[places], most - 1)[:most]]
        taken[places] = True
    return np.flatnonzero(taken)


def sampled(blocks: list[np.ndarray], places: np.ndarray) -> np.ndarray:
    """MEMBER[n]: the members at these places, which rise."""
    ends = np.cumsum([len(block) for block in blocks])
    parts = np.split(places, np.searchsorted(places, ends[:-1]))
    starts = [0, *ends[:-1].tolist()]
    return np.concatenate([block[part - start] for block, part, start in zip(blocks, parts, starts, strict=True)])


def can_live_on(scenario: Scenario) -> bool:
    """True if the calendar has room for two more years."""
    days = scenario.days + UNTIL[-1] + WEEK
    return days <= MAX_DAYS and (date.max - scenario.start).days >= days


def watch(scenario: Scenario, world: World, blocks: list[np.ndarray], brand: Brand, pool: float) -> Watched | None:
    """Let a sample of `brand`'s pool of `pool` members live on for two years; None if nobody is in the pool."""
    places = places_sampled(blocks)
    begun = sampled(blocks, places)
    if not len(begun):
        return None
    day, members = scenario.days, begun.copy()
    for name in WINDOWS:
        members[name] = 0.0
    going_on = scenario.going_on().under(experiments.over)  # they end with the run
    longer = going_on.model_copy(update={"days": day + UNTIL[-1] + WEEK})
    model = Onward(longer, world, members, brand.planners, len(members) / pool)
    model.brand.guarding.watchman = brand.guarding.watchman  # the act in force, if there is one, goes on
    model.brand.communities = SampledCommunities(brand.communities, places, begun["group"] == FOUNDER)
    model.world["window_from"], model.world["days"] = 0, longer.days
    model.world["season"][: longer.days] = scenario.market.daily(scenario.start, longer.days)
    return _watched(model, begun, day)


def _watched(model: Onward, begun: np.ndarray, day: int) -> Watched:
    members = model.members
    sums = np.zeros(len(begun), SUMS)
    given = np.zeros((2, len(PERSONAS)))
    for offset in range(0, UNTIL[-1], WEEK):
        part = int(np.searchsorted(UNTIL, offset, side="right"))
        spends = members["rate"] / members["basket_rate"] * ((members["left"] == NEVER) & (members["lost"] == 0))
        tally = model.live_week(day + offset)
        given += (tally["discounts_by_tag"].sum(axis=0), tally["gross_by_tag"].sum(axis=0))
        add_week(members, day + offset, part, spends, sums)
    long, some = np.diff((0, *UNTIL)), np.maximum(sums["money"], 1e-300)
    frailty = np.maximum(begun["frailty"].astype(float), 1e-30)[:, None]
    overall = given[0].sum() / max(given[1].sum(), 1e-9)
    return Watched(
        begun,
        demand=sums["demand"] / some,
        trust=sums["trust"] / some,
        habit=sums["habit"] / some,
        exit=sums["leaving"] / some / frailty,
        gone=sums["going"] / np.maximum(sums["stayed"], 1.0) / frailty,
        cost=sums["cost"] / long,
        present=sums["stayed"] / long,
        money=sums["money"],
        discounts=np.where(given[1] > 0.0, given[0] / np.maximum(given[1], 1e-9), overall),
    )


@compiled
def add_week(members: np.ndarray, first_day: int, part: int, spends: np.ndarray, sums: np.ndarray) -> None:
    """Add the week that MEMBER[n] have just lived to SUMS[n], in one part of the time to come.

    spends: float64[n], what each would spend in public a day, 0 for who was not in the pool or lost when it began.
    """
    for i in range(len(members)):
        member, own = members[i], sums[i]
        days = WEEK if member.left == NEVER else max(member.left - first_day, 0)
        passed = max(days, 1)
        own.demand[part] += spends[i] * (member.window_demand / passed if days > 0 else 1.0)
        own.leaving[part] += spends[i] * member.window_exit / passed
        own.going[part] += member.window_exit
        own.trust[part] += spends[i] * member.trust
        own.habit[part] += spends[i] * member.habit
        own.cost[part] += member.window_cost
        own.stayed[part] += days
        own.money[part] += spends[i]
        member.window_demand = member.window_exit = member.window_cost = 0.0
