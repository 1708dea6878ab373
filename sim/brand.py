"""The brand: one Mesa agent that plans each week from its policy and what it can observe, and carries the plan out.

At the weekly review it sees tags, spend, stage and interactions (never lambda, p, persona or "alive"), sorts members into
the policy's segments, says which coupon rules may reach whom, and allots what is left of budgets to blocks. Between two
reviews a member's day depends on her own record and this plan only.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from sim.behaviour.state import lifecycle
from sim.catalogue import NEVER
from sim.counting import Agent
from sim.engine.compiling import compiled
from sim.policies import acquisition, benefits, coupons
from sim.policies.audience import EVERYBODY, HIGH_VALUE, TAG, TARGET, target
from sim.policies.policy import POLICIES
from sim.roles import Member, World
from sim.scenario import Scenario


class Review(NamedTuple):
    """What is decided about members at a review."""

    segments: np.ndarray  # TARGET[segments]: in the policy's order, the first that fits counts
    rules: np.ndarray  # TARGET[rules]; `segment` holds the bits of the segments in which the rule is in force
    high_value: float  # spend (minor units) from which a member is of high value
    void: int  # bits of the coupon rules whose budget is spent: what is in hand of them draws nobody


class Reviewed(Protocol):
    """The part of a pool that the brand uses."""

    scenario: Scenario

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
        planning = [policy for policy in POLICIES if hasattr(policy, "Planner")]  # others bring rows to these' plans
        self.planners: dict[str, Any] = {policy.NAME: policy.Planner(scenario) for policy in planning}
        for planner in self.planners.values():
            if hasattr(planner, "carry"):
                planner.carry(self.planners[benefits.NAME])
        self.coupons: coupons.Planner = self.planners[coupons.NAME]
        self.acquisition: acquisition.Planner = self.planners[acquisition.NAME]
        self._segments = np.array([target(name) for name in scenario.policy.segments], TARGET).reshape(-1)
        self._rules = self.coupons.targets
        self._seeks_high_value = any((t["kind"] == HIGH_VALUE).any() for t in (self._segments, self._rules))
        self._spend: dict[int, np.ndarray] = {}

    def plan_run(self, world: World) -> None:
        """Write what holds for the whole run into `world` (a record of WORLD)."""
        for name, planner in self.planners.items():
            planner.write(world[name])

    def plan_week(self, world: World, first_day: int) -> None:
        """Write the plan of the week that begins on `first_day` into `world`."""
        world["week_start"] = first_day
        for name, planner in self.planners.items():
            planner.write_week(world[name], first_day)

    def review(self, first_day: int, sort_now: bool = True) -> np.ndarray:
        """Decide about segments and rules; returns the week's budgets, int64[blocks, rules], minor units.

        `sort_now`: sort all members now; else who lives a block sorts it first. Budgets need everybody sorted.
        """
        blocks = self.model.member_blocks()
        self._review = first_day, Review(self._segments, self._rules, self._high_value_from(blocks), self.coupons.void)
        eligible = np.zeros((len(blocks), len(self._rules)), np.int64)
        if sort_now or self.coupons.has_budgets:
            self.model.each(self.sort, blocks, eligible)
        return coupons.allot(self.coupons.remaining, self.coupons.unit, eligible)

    def sort(self, members: np.ndarray, eligible: np.ndarray | None = None) -> None:
        """Sort a block by the last review; adds to `eligible` (int64[rules]) how many each rule reaches."""
        if len(self._segments) or len(self._rules):
            counts = np.zeros(len(self._rules), np.int64) if eligible is None else eligible
            classify(members, *self._review, counts)

    def note_spend(self, block: int, members: np.ndarray) -> None:
        """Collect from a block, while it is in the cache, what the next review needs."""
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


@compiled
def meets(member: Member, day: int, test: Any, high_value: float) -> bool:
    """True if a member, as the brand sees her, is one whom a test means."""
    if test.kind == EVERYBODY:
        return True
    if test.kind == HIGH_VALUE:
        return member.spend >= high_value
    if test.kind == TAG:
        return member.tag == test.code
    return lifecycle(member, day) == test.code


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
def classify(members: np.ndarray, day: int, review: Review, eligible: np.ndarray) -> None:
    """Set each member's segment and eligible coupon rules; adds to `eligible` (int64[rules]) how many each rule reaches."""
    for i in range(len(members)):
        member = members[i]
        if member.left != NEVER:
            continue
        if member.coupon != 0 and (review.void >> (member.coupon - 1)) & 1:
            member.coupon_lift = 0.0
        member.segment = 0
        for k in range(len(review.segments)):
            if meets(member, day, review.segments[k], review.high_value):
                member.segment = k + 1
                break
        bits = 0
        for j in range(len(review.rules)):
            rule = review.rules[j]
            if (rule.segment >> member.segment) & 1 and meets(member, day, rule, review.high_value):
                bits |= 1 << j
                eligible[j] += 1
        if member.eligible != bits:  # most weeks nothing changes, and what is not written need not be carried back
            member.eligible = bits
