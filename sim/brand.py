"""The brand: one Mesa agent that plans each week from its policy and what it can observe, and carries the plan out.

At the weekly review it sees tags, spend, stage and interactions (never lambda, p, persona or "alive"), sorts members into
the policy's segments, says which coupon rules may reach whom, and allots what is left of budgets to blocks. Between two
reviews a member's day depends on her own record and this plan only.
"""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.errors import BadInput
from sim.behaviour import stage
from sim.compiling import compiled
from sim.counting import Agent
from sim.members import NEVER
from sim.scenario.policy import Policy, SegmentPlan
from sim.scenario.response import CONTENTS, PERSONAS, Response
from sim.world import (
    COUPON,
    EVERYBODY,
    HIGH_VALUE,
    MAX_RULES,
    MESSAGE,
    MILLION,
    STAGE,
    STAGES,
    TAG,
    TARGET,
    WEEK,
    hour_match,
)

if TYPE_CHECKING:
    from sim.pool import PoolModel

UNLIMITED = 1 << 60  # minor units
_SAME_AT_MOST = 5  # repetitions of a type beyond which attention falls no further


class Review(NamedTuple):
    """What is decided about members at a review."""

    segments: np.ndarray  # TARGET[segments]: in the policy's order, the first that fits counts
    rules: np.ndarray  # TARGET[rules]; `segment` holds the bits of the segments in which the rule is in force
    high_value: float  # spend (minor units) from which a member is of high value
    void: int  # bits of the coupon rules whose budget is spent: what is in hand of them draws nobody


class Brand(Agent):
    """Plans the week and carries it out day by day."""

    def __init__(self, model: "PoolModel") -> None:
        super().__init__(model)
        scenario = model.scenario
        self.policy: Policy = scenario.policy
        names: list[str | None] = [None, *self.policy.segments]
        plans = [self.policy.for_segment(name) for name in names]
        schedules = [Schedule(plan, scenario.response, scenario.costs.message, scenario.days) for plan in plans]
        slots = max(s.messages.shape[1] for s in schedules)
        self._sends = np.stack([s.sends for s in schedules])
        self._messages = np.stack([s.padded(slots) for s in schedules])
        self._coupons, self._rules = _coupon_rules(plans)
        self._segments = np.array([target(name) for name in names[1:]], TARGET).reshape(-1)
        self._seeks_high_value = any((t["kind"] == HIGH_VALUE).any() for t in (self._segments, self._rules))
        self._spend: dict[int, np.ndarray] = {}
        self._issued_on = _issue_days(self._coupons, scenario.days)
        minor = model.minor_units
        self.remaining = np.array(
            [UNLIMITED if c.budget is None else round(c.budget * minor) for c in self._coupons], np.int64
        )
        self.coupon_records = coupon_records(self._coupons)
        # a usual discount: while the budget does not cover one, the rule rests
        basket = scenario.market.baskets.mean
        usual = [minor * c.off * (basket if c.kind == "percent" else 1.0) for c in self._coupons]
        self._unit = np.maximum(np.ceil(usual), 1).astype(np.int64)

    @property
    def has_budgets(self) -> bool:
        """Whether a coupon rule has a budget, from which the members of a block spend together."""
        return any(coupon.budget is not None for coupon in self._coupons)

    def plan_week(self, world: Any, first_day: int) -> None:
        """Write the messages and hand-outs of the week that begins on `first_day` into `world` (a record of WORLD)."""
        segments, slots = self._messages.shape[0], self._messages.shape[2]
        days = min(WEEK, self._sends.shape[1] - first_day)
        week = slice(first_day, first_day + days)
        world["week_start"] = first_day
        world["sends"][:segments, :days] = self._sends[:, week]
        world["messages"][:segments, :days, :slots] = self._messages[:, week]
        funded = self.remaining >= self._unit
        world["issues"][:days] = self._issued_on[week] & int((funded << np.arange(len(funded))).sum())
        world["coupons"][: len(funded)] = self.coupon_records
        for unfunded in np.flatnonzero(~funded):  # what is in hand is void: it draws nobody and takes nothing off
            world["coupons"][unfunded]["off"] = world["coupons"][unfunded]["min_spend"] = 0.0

    def review(self, first_day: int, sort_now: bool = True) -> np.ndarray:
        """Decide about segments and rules; returns the week's budgets, int64[blocks, rules], minor units.

        `sort_now`: sort all members now; else who lives a block sorts it first. Budgets need everybody sorted.
        """
        blocks: list[np.ndarray] = self.model.member_blocks()
        void = int(((self.remaining < self._unit) << np.arange(len(self._unit))).sum())
        self._review = first_day, Review(self._segments, self._rules, self._high_value_from(blocks), void)
        eligible = np.zeros((len(blocks), len(self._rules)), np.int64)
        if sort_now or self.has_budgets:
            self.model.each(self.sort, blocks, eligible)
        return allot(self.remaining, self._unit, eligible)

    def sort(self, members: np.ndarray, eligible: np.ndarray | None = None) -> None:
        """Sort a block by the last review; adds to `eligible` (int64[rules]) how many each rule reaches."""
        if len(self._segments) or len(self._rules):
            counts = np.zeros(len(self._rules), np.int64) if eligible is None else eligible
            classify(members, *self._review, counts)

    def note_spend(self, block: int, members: np.ndarray) -> None:
        """Take what the next review asks of a block that has lived its week, while it is in the cache."""
        if self._seeks_high_value:
            self._spend[block] = spend_of_buyers(members)

    def settle(self, budgets: np.ndarray) -> None:
        """Take back what the blocks did not spend (int64[blocks, MAX_RULES])."""
        if not len(budgets):  # nobody has joined yet
            return
        limited = self.remaining < UNLIMITED
        self.remaining[limited] = budgets.sum(axis=0)[: len(limited)][limited]

    def _high_value_from(self, blocks: list[np.ndarray]) -> float:
        """The spend that separates the top fifth of buyers (the M of RFM, as CRM tools cut it)."""
        if not self._seeks_high_value:
            return np.inf
        noted, self._spend = self._spend, {}  # who has joined since has not paid yet
        found = [noted[k] if k in noted else spend_of_buyers(block) for k, block in enumerate(blocks)]
        spend = np.concatenate([np.empty(0, np.int64), *found])
        if not len(spend):
            return np.inf
        place = math.ceil(0.8 * (len(spend) - 1))
        spend.partition(place)
        return float(spend[place])


def allot(remaining: np.ndarray, unit: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Divide what is left of each budget over blocks by how many may use it, in whole `unit`s (usual discounts).

    The rest goes to the block with most of them, so that the last of a budget is not split into shares too small to use.
    `remaining`, `unit` int64[rules], minor units; `eligible` int64[blocks, rules]; returns int64[blocks, rules].
    """
    if not len(eligible):
        return np.zeros(eligible.shape, np.int64)
    total = np.maximum(eligible.sum(axis=0), 1)
    shares = np.floor(remaining / unit * (eligible / total)).astype(np.int64) * unit
    rules = np.arange(len(remaining))
    shares[eligible.argmax(axis=0), rules] += np.maximum(remaining - shares.sum(axis=0), 0)
    return np.where(remaining >= UNLIMITED, UNLIMITED, shares)


class Schedule:
    """The messages of one segment over the whole run, known beforehand: how many each day, of what type, at what hour."""

    def __init__(self, plan: SegmentPlan, response: Response, cost: float, days: int) -> None:
        push = plan.push
        due = np.floor(np.arange(days + 1) * push.per_week / WEEK + 1e-9).astype(np.int64)
        self.sends = np.minimum(np.diff(due), push.cap_per_day)
        self.messages = np.zeros((days, max(1, int(self.sends.max(initial=0)))), MESSAGE)
        total = int(self.sends.sum())
        shares = np.array([plan.content.shares[name] for name in CONTENTS])
        contents = spread_evenly(shares, total)
        reach = getattr(response.reach, push.channel)
        at_hour = np.array([hour_match(response, h) for h in push.hour])
        sameness = np.exp(-response.sameness * repetitions(contents))
        day = np.repeat(np.arange(days), self.sends)
        slot = np.arange(total) - np.repeat(np.cumsum(self.sends) - self.sends, self.sends)
        self.messages["content"][day, slot] = contents
        self.messages["cost"][day, slot] = round(cost * MILLION)
        self.messages["reach"][day, slot] = (
            reach * sameness[:, None] * at_hour[np.arange(total) % len(at_hour)].reshape(total, len(PERSONAS))
        )

    def padded(self, slots: int) -> np.ndarray:
        """The messages with room for `slots` a day, MESSAGE[days, slots]."""
        made = np.zeros((len(self.messages), slots), MESSAGE)
        made[:, : self.messages.shape[1]] = self.messages
        return made


def spread_evenly(shares: np.ndarray, n: int) -> np.ndarray:
    """Types of `n` messages in order, int64[n]: at every point each type is as near its share as whole messages allow."""
    sent = np.zeros(len(shares))
    order = np.empty(n, np.int64)
    for i in range(n):
        order[i] = np.argmax(np.round(shares * (i + 1) - sent, 9))
        sent[order[i]] += 1
    return order


def repetitions(contents: np.ndarray) -> np.ndarray:
    """How many messages of the same type went directly before each message, at most 5; int64[n]."""
    n = np.arange(len(contents))
    changed = np.r_[True, contents[1:] != contents[:-1]][: len(contents)]
    return np.minimum(n - np.maximum.accumulate(np.where(changed, n, 0)), _SAME_AT_MOST)


def target(name: str | None) -> tuple[int, int, int]:
    """The test (kind, code, segment bits) for a segment or audience by its name."""
    if name is None or name == "all":
        return EVERYBODY, 0, 0
    if name == "high_value":
        return HIGH_VALUE, 0, 0
    if name in PERSONAS:
        return TAG, PERSONAS.index(name), 0
    return STAGE, STAGES.index(name), 0


def _coupon_rules(plans: list[SegmentPlan]) -> tuple[list[Any], np.ndarray]:
    """The different coupons of all segments, and for each whom it may reach and in which segments (bits)."""
    coupons: list[Any] = []
    for plan in plans:
        coupons += [c for c in plan.coupons if c not in coupons]
    if len(coupons) > MAX_RULES:
        raise BadInput(
            "policy: {rules} different coupon rules; use at most {most}, over all segments together",
            rules=len(coupons),
            most=MAX_RULES,
        )
    rules = np.array([target(c.to) for c in coupons], TARGET).reshape(-1)
    for rule, coupon in zip(rules, coupons, strict=True):
        rule["segment"] = sum(1 << row for row, plan in enumerate(plans) if coupon in plan.coupons)
    return coupons, rules


def coupon_records(coupons: list[Any]) -> np.ndarray:
    """COUPON[rules] for the day function."""
    rows = [(c.kind == "percent", c.off, c.min_spend, c.valid_days) for c in coupons]
    return np.array(rows, COUPON).reshape(-1)


def _issue_days(coupons: list[Any], days: int) -> np.ndarray:
    """int64[days]: the bits of the rules that hand out on each day."""
    day = np.arange(days)
    bits = np.zeros(days, np.int64)
    for j, c in enumerate(coupons):
        bits |= np.where((day >= c.start_day) & ((day - c.start_day) % c.every_days == 0), 1 << j, 0)
    return bits


@compiled
def meets(member: Any, day: int, test: Any, high_value: float) -> bool:
    """Whether a member, as the brand sees her, is one whom a test means."""
    if test.kind == EVERYBODY:
        return True
    if test.kind == HIGH_VALUE:
        return member.spend >= high_value
    if test.kind == TAG:
        return member.tag == test.code
    return stage(member, day) == test.code


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
