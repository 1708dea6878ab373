"""The brand: one Mesa agent that plans each week from its policy and what it can observe, and carries the plan out.

At the weekly review it sees tags, spend, stage and interactions (never lambda, p, persona or "alive"), sorts members into
the policy's segments, says which coupon rules may reach whom, and allots what is left of budgets to blocks. Between two
reviews a member's day depends on her own record and this plan only.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from sim.behaviour.arms import arms_of
from sim.behaviour.audience import meets
from sim.behaviour.benefits import grow_old
from sim.behaviour.coupons import put_down
from sim.behaviour.events import pay_for_events
from sim.behaviour.membership import have_no_standing, review_standing
from sim.behaviour.service import pay_for_service
from sim.behaviour.tags import tag
from sim.catalogue import MAX_BENEFITS, MAX_RULES, NEVER
from sim.communities import Communities
from sim.counting import Agent
from sim.draws import Key
from sim.engine.compiling import compiled
from sim.engine.fields import as_array
from sim.engine.lanes import LANES
from sim.guarding import Guarding
from sim.policies import acquisition, benefits, coupons, events, referral, service, touches
from sim.policies.audience import HIGH_VALUE, TARGET, target
from sim.policies.budgets import UNLIMITED
from sim.policies.experiments import Arms
from sim.policies.in_force import InForce
from sim.policies.policy import POLICIES, Policy
from sim.policies.rows import moved_rows, segment_names, segments_of_rows
from sim.roles import Tally, World
from sim.scenario import Scenario


class Review(NamedTuple):
    """What is decided about members at a review."""

    segments: np.ndarray  # TARGET[segments]: in the policy's order, the first that fits counts
    rules: np.ndarray  # TARGET[rules]; `segment` holds the bits of the segments in which the rule is in force
    high_value: float  # spend (minor units) from which a member is of high value
    void: int  # bits of the coupon rules and benefits whose budget is spent: what is in hand of them is gone
    tests: np.ndarray  # TEST[k]: the experiments that run this week
    arms: np.ndarray  # int64[2^k]: the place of a set of arms, by the bits of those that she is in
    moved: np.ndarray  # int64[rows]: by a row of last week's plan that of its segment now; empty where all stay


class Reviewed(Protocol):
    """The part of a pool that the brand uses."""

    scenario: Scenario

    @property
    def in_pool(self) -> float:
        """How many were in the pool last evening; before the first day the founders."""
        ...

    @property
    def asked_so_far(self) -> float:
        """Questions of the whole pool since the run began."""
        ...

    def member_blocks(self) -> list[np.ndarray]:
        """The members, MEMBER[n] a block."""
        ...

    def each(self, work: Callable[..., Any], *arguments: Any) -> list[Any]:
        """`work` for each block."""
        ...


class Brand(Agent):
    """Plans the week and carries it out day by day."""

    model: Reviewed

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        scenario: Scenario = model.scenario
        self.in_force = InForce(scenario)
        self.guarding = Guarding(scenario, self.in_force)
        self.place = 0  # of the policy in force this week
        planning = [policy for policy in POLICIES if hasattr(policy, "Planner")]  # others bring rows to these' plans
        self.planners: dict[str, Any] = {policy.NAME: policy.Planner(scenario) for policy in planning}
        for planner in self.planners.values():
            if hasattr(planner, "carry"):
                planner.carry(self.planners[benefits.NAME])
        self.coupons: coupons.Planner = self.planners[coupons.NAME]
        self.benefits: benefits.Planner = self.planners[benefits.NAME]
        self.acquisition: acquisition.Planner = self.planners[acquisition.NAME]
        self.communities = Communities()
        self._segments = [_segments_of(policy) for policy in self.in_force.policies]
        self._arms = [Arms(policy) for policy in self.in_force.policies]
        names = segment_names(self.in_force.policies)
        self._rows = [segments_of_rows(policy, names) for policy in self.in_force.policies]
        self._place_before: int | None = None  # of the policy by which members were sorted last
        sought = any((tests["kind"] == HIGH_VALUE).any() for tests in self._segments) or self.coupons.seeks_high_value
        self._seeks_high_value = sought or self.planners[touches.NAME].seeks_high_value
        self._spend: dict[int, np.ndarray] = {}

    def round_budgets(self, key: Key) -> None:
        """Make whole uses of the parts of budgets that a part of the pool has (Budgets.round_by_chance)."""
        self.coupons.round_by_chance(key)
        self.benefits.round_by_chance(key)

    def plan_run(self, world: World) -> None:
        """Write what holds for the whole run into `world` (a record of WORLD)."""
        for name, planner in self.planners.items():
            planner.write(world[name])

    @property
    def has_budgets(self) -> bool:
        """True if something has a budget, from which the members of a block spend together."""
        return self.coupons.has_budgets or self.benefits.has_budgets

    @property
    def coupling(self) -> int:
        """How budgets couple the members of a block, as `live_days` has it: 0 not, 1 day by day, 2 member by member."""
        return 2 if self.benefits.spends_by_the_hour else int(self.has_budgets)

    def plan_week(self, world: World, first_day: int) -> None:
        """Write the plan of the week that begins on `first_day` into `world`."""
        world["week_start"] = first_day
        self.place = self.guarding.place(first_day)
        policy = self.in_force.policies[self.place]
        world["tag_accuracy"], world["tag_lag"] = policy.tag_accuracy, policy.tag_lag
        for name, planner in self.planners.items():
            planner.write_week(world[name], first_day, self.place)
        self.planners[referral.NAME].look_around(world, self.model.in_pool / world["share"])
        asked, members = self.model.asked_so_far, self.model.in_pool
        self.planners[events.NAME].share_cost(world[events.NAME], members)
        self.planners[service.NAME].look_back(world[service.NAME], first_day, asked, members)

    @property
    def told(self) -> dict[str, float]:
        """What plans note of the week that has been planned, by name."""
        told: dict[str, float] = {}
        for planner in self.planners.values():
            told |= getattr(planner, "told", {})
        return told

    def review(self, world: World, first_day: int, tally: np.ndarray, sort_now: bool = True) -> np.ndarray:
        """Decide about segments, rules and budgets; returns the week's budgets, int64[blocks, PURSE's], minor units.

        `tally` (TALLY[blocks], or TALLY[blocks, tiles]) counts what the review itself does. `sort_now`: sort all members
        now; else who lives a block sorts it first. Budgets need everybody sorted.
        """
        blocks = self.model.member_blocks()
        high_value = self._high_value_from(blocks)
        world[touches.NAME]["high_value"] = high_value
        self.communities.review(blocks, world, first_day)
        void = self.coupons.void | self.benefits.void
        tests, arms = self._arms[self.place].at(first_day)
        segments, targets = self._segments[self.place], self.coupons.targets
        self._review = first_day, Review(segments, targets, high_value, void, tests, arms, self._moved())
        reached = np.zeros((len(blocks), len(targets) + 1), np.int64)
        if sort_now or self.has_budgets:
            each = tally[:, None] if tally.ndim == 1 else tally
            self.model.each(lambda block, sums, today: self.sort(block, world, today, sums), blocks, reached, each)
        budgets = np.full((len(blocks), MAX_RULES + MAX_BENEFITS), UNLIMITED)
        if not self.has_budgets:
            return budgets
        rules, given = len(targets), len(self.benefits.remaining)
        budgets[:, :rules] = coupons.allot(self.coupons.remaining, self.coupons.unit, reached[:, :rules])
        in_pool = np.repeat(reached[:, rules:], given, axis=1)  # a benefit comes with messages, which anybody may get
        budgets[:, MAX_RULES : MAX_RULES + given] = coupons.allot(self.benefits.remaining, self.benefits.unit, in_pool)
        return budgets

    def _moved(self) -> np.ndarray:
        """`moved_rows` from the last review's policy to this one's."""
        before, self._place_before = self._place_before, self.place
        now = self._rows[self.place]
        return moved_rows(now if before is None else self._rows[before], now)

    def settle(self, budgets: np.ndarray) -> None:
        """Take back what the blocks did not spend (int64[blocks, PURSE's])."""
        self.coupons.settle(budgets)
        self.benefits.settle(budgets)

    def sort(self, members: np.ndarray, world: World, tally: np.ndarray, reached: np.ndarray | None = None) -> None:
        """Sort a block by the last review.

        Adds to `reached` (int64[rules + 1]) how many each rule reaches, and last how many are in the pool. `tally` counts
        what happens: TALLY[1], or TALLY[tiles] by tile.
        """
        if reached is None:
            reached = np.zeros(len(self.coupons.targets) + 1, np.int64)
        each = len(members) if len(tally) == 1 else LANES
        for tile, first in enumerate(range(0, len(members), each)):
            mine = tally[tile : tile + 1]
            classify(members[first : first + each], *self._review, as_array(world), mine, reached)

    def look_over(self, block: int, members: np.ndarray, day: int) -> None:
        """Collect from a block, while it is in the cache, what the review before `day` needs."""
        self.guarding.note(block, members, day)
        if self._seeks_high_value:
            self._spend[block] = spend_of_buyers(members)

    def _high_value_from(self, blocks: list[np.ndarray]) -> float:
        """The spend that separates the top fifth of buyers (the M of RFM, as CRM tools cut it)."""
        if not self._seeks_high_value:
            return np.inf
        noted, self._spend = self._spend, {}  # who has joined since has not paid yet
        paid = [noted[k] if k in noted else spend_of_buyers(block) for k, block in enumerate(blocks)]
        spend = np.concatenate([np.empty(0, np.int64), *paid])
        if not len(spend):
            return np.inf
        place = math.ceil(0.8 * (len(spend) - 1))
        spend.partition(place)
        return float(spend[place])


def _segments_of(policy: Policy) -> np.ndarray:
    """TARGET[segments] of a policy, in its order."""
    return np.array([target(name) for name in policy.segments], TARGET).reshape(-1)


@compiled
def spend_of_buyers(members: np.ndarray) -> np.ndarray:
    """What those in the pool who have paid anything have paid so far, int64[n]."""
    spend = np.empty(len(members), np.int64)
    n = 0
    for i in range(len(members)):
        member = members[i]
        if member.left == NEVER and member.spend > 0:
            spend[n] = member.spend
            n += 1
    return spend[:n].copy()


@compiled
def classify(
    members: np.ndarray, day: int, review: Review, worlds: np.ndarray, tally: np.ndarray, reached: np.ndarray
) -> None:
    """Set each member's row in the plan (segment, arms), coupon rules, tag and tier; what she has of a spent budget is void.

    Who has left stays of her last segment, whichever row it has now.

    Adds to `reached` (int64[rules + 1]) how many each rule reaches, and last how many are in the pool. `worlds` is WORLD[1],
    `tally` TALLY[1].
    """
    renew(members, day, review.void, worlds[0], tally[0])
    sort_by_segment(members, day, review, worlds[0].seed, reached)


@compiled
def renew(members: np.ndarray, day: int, void: int, world: World, today: Tally) -> None:
    """What a review does before members are sorted, each part only where it is in use."""
    # asked once: the loop writes, so it would ask again
    carried, tags, paid = world.benefits.carried != 0, world.lags != 0, world.service.fee > 0.0
    renewed, events_cost = world.touches.renewed != 0, world.events.fee > 0.0
    in_tiers, once_in_tiers = world.membership.on != 0, world.membership.ever != 0
    if not (void != 0 or carried or tags or renewed or events_cost or in_tiers or once_in_tiers or paid):
        return
    for i in range(len(members)):
        member = members[i]
        if member.left != NEVER:
            continue
        if void != 0 and member.coupon != 0 and (void >> (member.coupon - 1)) & 1:
            if day <= member.coupon_until:
                today.benefits_voided += 1.0
            else:
                today.benefits_expired += 1.0
            put_down(member)
        if carried:
            grow_old(member, world)
        if tags:
            tag(member, day, world)
        if renewed:
            member.next_touch = day
        if events_cost:
            pay_for_events(member, day, world, today)
        if in_tiers:
            review_standing(member, day, world, today)
        elif once_in_tiers:
            have_no_standing(member, day, world)
        if paid:
            pay_for_service(member, day, world, today)


@compiled
def sort_by_segment(members: np.ndarray, day: int, review: Review, seed: int, reached: np.ndarray) -> None:
    """Set each member's row in the plan and the coupon rules that mean her; `reached` as `classify` has it."""
    n, segments, rules, tried = 0, len(review.segments), len(review.rules), len(review.tests) > 0
    rows_moved = len(review.moved) > 0
    for i in range(len(members)):
        member = members[i]
        if member.left != NEVER:
            if rows_moved:
                member.segment = review.moved[member.segment]
            continue
        n += 1
        row = 0
        for k in range(segments):
            if meets(member, day, review.segments[k], review.high_value):
                row = k + 1
                break
        if tried:
            row += (1 + segments) * review.arms[arms_of(member, review.tests, seed)]
        member.segment = row
        bits = 0
        for j in range(rules):
            rule = review.rules[j]
            if (rule.segment >> row) & 1 and meets(member, day, rule, review.high_value):
                bits |= 1 << j
                reached[j] += 1
        if member.eligible != bits:  # most weeks nothing changes, and what is not written need not be carried back
            member.eligible = bits
    reached[rules] += n
