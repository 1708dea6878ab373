"""Coupons: what is given, to whom, how often, for how long, and from which budget."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from models.errors import BadInput
from sim.catalogue import MAX_DAYS, MAX_RULES, MINOR_UNITS, WEEK, Audience
from sim.engine.fields import record
from sim.policies.audience import HIGH_VALUE, TARGET, target
from sim.policies.budgets import UNLIMITED, Budgets
from sim.policies.in_force import InForce
from sim.policies.occasions import Occasion
from sim.reading.part import Misfit, Money, Part, Positive

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

SMALLEST_SHARE = 1e-4  # of an order that a percentage takes off: less is a slip, since no bill shows it
REACH = 3.0  # baskets: nobody fills one up to a threshold above three of them


class Coupon(Part):
    """One coupon, handed out every so many days: a percentage, or money off orders that reach a threshold."""

    kind: Literal["percent", "threshold"] = Field(
        description="percent: a share off the order; threshold: money off orders of at least min_spend"
    )
    off: Positive = Field(description="percent: share of the order value, 0.1 is 10 % off; threshold: money")
    min_spend: Money = Field(
        default=0,
        description="money; order value from which the coupon may be used; threshold coupons need it",
    )
    to: Audience = Field(
        default="all",
        description="who receives it: all, a stage, high_value, a tier (tier1 to tier4), or a tag as the brand sees it",
    )
    every_days: int = Field(ge=1, le=MAX_DAYS, description="days from one hand-out to the next")
    valid_days: int = Field(
        ge=1, le=MAX_DAYS, description="days a coupon may be used, the day of the hand-out included"
    )
    start_day: int = Field(
        default=0, ge=0, le=MAX_DAYS, description="day of the run of the first hand-out; 0 is the first"
    )
    budget: Positive | None = Field(
        default=None,
        description="money of discounts over the whole run, then no more are handed out; left out: no limit",
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Coupon":
        if self.kind == "percent":
            share_in_range(self.off)
        if self.kind == "threshold" and not self.min_spend:
            raise Misfit("a threshold coupon needs min_spend, the order value from which it may be used")
        if self.kind == "threshold" and self.min_spend <= self.off:
            raise Misfit(
                "must be above off ({off:g}), not {min_spend:g}, or goods are free",
                "min_spend",
                off=self.off,
                min_spend=self.min_spend,
            )
        return self


def share_in_range(off: float) -> None:
    """Raise Misfit unless `off` can be a share of the order value: at most all of it, and enough to be seen on a bill."""
    if off > 1:
        raise Misfit("must be a share of the order value, at most 1, not {off:g}; write 0.1 for 10 %", "off", off=off)
    if off < SMALLEST_SHARE:
        raise Misfit(
            "must be at least {least}, 0.01 % of the order value, not {off:g}; write 0.1 for 10 %, or leave it out",
            "off",
            least=f"{SMALLEST_SHARE:g}",
            off=off,
        )


NAME = "coupons"
# what a member can have in hand: a coupon, or a benefit that came with a message (sim/policies/benefits.py)
COUPON = record(
    [
        ("off", "f8"),  # share of the value, or currency
        ("min_spend", "f8"),  # currency
        ("worth", "f8"),  # of a novelty: 1 is what a good sample is worth
        ("unit_cost", "f8"),  # currency, of a novelty
        ("valid_days", "i8"),
        ("percent", "i8"),  # 1: off is a share
        ("novelty", "i8"),  # 1: no money is taken off
        ("at_use", "i8"),  # 1: the unit cost is paid when it is used, 0: when it is handed out
    ]
)
PLAN = record(
    [
        ("issues", "i8", (WEEK,)),  # bits of the rules that hand out today
        ("count", "i8"),  # of rules
        ("rules", COUPON, (MAX_RULES,)),
    ]
)


def off(policy: "Policy") -> "Policy":
    """No coupon is handed out, in no segment."""
    return policy.model_copy(update={"coupons": ()} | policy.in_all_changes(lambda change: {"coupons": None}))


class Planner(Budgets):
    """The hand-outs of a run, and what is left of its budgets."""

    def __init__(self, scenario: "Scenario") -> None:
        in_force = InForce(scenario)
        rules = different(in_force.policies)
        coupons = [rule.coupon for rule in rules]
        self._by_place = [_targets(rules, policy) for policy in in_force.policies]
        self._place = 0
        self._issued_on = _issue_days(rules, scenario.start, scenario.days)
        self._records = coupon_records(coupons)
        basket = scenario.market.baskets.mean
        usual = [MINOR_UNITS * c.off * (basket if c.kind == "percent" else 1.0) for c in coupons]
        super().__init__([c.budget for c in coupons], usual, first=0, share=scenario.share)

    @property
    def targets(self) -> np.ndarray:
        """TARGET[rules]: whom each rule may reach this week, and in which segments (bits); in none one that rests."""
        return self._by_place[self._place]

    @property
    def seeks_high_value(self) -> bool:
        """True if some coupon of the run is for members of high value."""
        return any(bool((targets["kind"] == HIGH_VALUE).any()) for targets in self._by_place)

    def write(self, plan: Any) -> None:
        """The rules, into `plan` (a record of PLAN)."""
        plan["count"] = len(self._records)
        plan["rules"][: len(self._records)] = self._records

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """The hand-outs of the week that begins on `first_day`, of rules in force that have money left."""
        self._place = place
        days = min(WEEK, len(self._issued_on) - first_day)
        funded = self.funded
        bits = int(((funded & (self.targets["segment"] != 0)) << np.arange(len(funded))).sum())
        plan["issues"][:days] = self._issued_on[first_day : first_day + days] & bits
        plan["rules"][: len(funded)] = self._records
        for unfunded in np.flatnonzero(~funded):  # what is in hand is void: it draws nobody and takes nothing off
            plan["rules"][unfunded]["off"] = plan["rules"][unfunded]["min_spend"] = 0.0


def allot(remaining: np.ndarray, unit: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Divide what is left of each budget over blocks by how many may use it, in whole `unit`s (usual discounts).

    What is left over by rounding goes in whole units to the blocks with most of them, one each, and what is less than a unit
    to the first of these: the last of a budget is not split into shares too small to use, nor kept by one block that cannot
    use it, while all others' coupons still draw orders. `remaining`, `unit` int64[rules], minor units; `eligible`
    int64[blocks, rules]; returns int64[blocks, rules].
    """
    if not len(eligible):
        return np.zeros(eligible.shape, np.int64)
    total = np.maximum(eligible.sum(axis=0), 1)
    shares = np.floor(remaining / unit * (eligible / total)).astype(np.int64) * unit
    rules = np.arange(len(remaining))
    over = np.maximum(remaining - shares.sum(axis=0), 0)
    each = np.minimum(over // unit, len(eligible))
    rank = np.empty_like(eligible)
    np.put_along_axis(rank, np.argsort(-eligible, axis=0, kind="stable"), np.arange(len(eligible))[:, None], axis=0)
    shares += np.where(rank < each, unit, 0)
    shares[eligible.argmax(axis=0), rules] += over - each * unit
    return np.where(remaining >= UNLIMITED, UNLIMITED, shares)


class RuleId(NamedTuple):
    """What makes a coupon a rule of its own, in whichever policy of a run it is."""

    coupon: Coupon
    occasion: Occasion | None = None  # the event that it belongs to; None: to none
    nth: int = 0  # of equal ones: what is written twice is handed out twice


def keyed_rules(policy: "Policy") -> list[tuple[str, Coupon]]:
    """The different coupons of segments, arms and events with their keys within the policy, in the order of their codes."""
    return [(key, rule.coupon) for rule, key in rules_of(policy).items()]


def rules_of(policy: "Policy") -> dict[RuleId, str]:
    """The different coupons of all segments and arms, then those of events, in the order of their codes; with their keys."""
    keyed: list[tuple[str, Coupon, Occasion | None]] = [(*own, None) for own in _of_segments(policy)]
    keyed += [
        (f"events.{name}.coupons.{n}", coupon, event.occasion)
        for name, event in policy.events.items()
        for n, coupon in enumerate(event.coupons)
    ]
    rules: dict[RuleId, str] = {}
    for key, coupon, occasion in keyed:
        nth = sum(rule[:2] == (coupon, occasion) for rule in rules)
        rules[RuleId(coupon, occasion, nth)] = key
    return rules


def _of_segments(policy: "Policy") -> list[tuple[str, Coupon]]:
    """The different coupons of all segments and arms with their keys within the policy."""
    rules: list[tuple[str, Coupon]] = []
    lists = {"": policy.coupons} | {f"{key}.": change.coupons or () for key, change in policy.changes().items()}
    for where, own in lists.items():
        known = [coupon for _, coupon in rules]
        rules += [(f"{where}coupons.{n}", coupon) for n, coupon in enumerate(own) if coupon not in known]
    return rules


def different(policies: "Sequence[Policy]") -> list[RuleId]:
    """The different coupons of policies, over all segments and events, in the order of their codes.

    Those of events come last, so that without events all others have the same codes. Raises BadInput if there are too many.
    """
    rules = dict.fromkeys(rule for policy in policies for rule in rules_of(policy))
    if len(rules) > MAX_RULES:
        raise BadInput(
            "policy: {rules} different coupon rules; use at most {most}, over all segments together",
            rules=len(rules),
            most=MAX_RULES,
        )
    return sorted(rules, key=lambda rule: rule.occasion is not None)


def _targets(rules: list[RuleId], policy: "Policy") -> np.ndarray:
    """TARGET[rules]: whom each rule may reach under a policy and in which segments (bits), 0 for one that it has not."""
    targets = np.array([target(rule.coupon.to) for rule in rules], TARGET).reshape(-1)
    plans, own = policy.rows(), rules_of(policy)
    for reached, rule in zip(targets, rules, strict=True):
        if rule in own:
            within = (rule.occasion is not None or rule.coupon in plan.coupons for plan in plans)
            reached["segment"] = sum(1 << row for row, there in enumerate(within) if there)
    return targets


def coupon_records(coupons: list[Any]) -> np.ndarray:
    """COUPON[rules] for the day function."""
    rules = np.zeros(len(coupons), COUPON)
    for rule, c in zip(rules, coupons, strict=True):
        rule["off"], rule["min_spend"], rule["valid_days"] = c.off, c.min_spend, c.valid_days
        rule["percent"] = c.kind == "percent"
    return rules


def _issue_days(rules: list[RuleId], start: date, days: int) -> np.ndarray:
    """int64[days]: the bits of the rules that hand out on each day; an event's count from its first day."""
    day = np.arange(days)
    bits = np.zeros(days, np.int64)
    for j, (coupon, occasion, _) in enumerate(rules):
        for first, last in ((0, days),) if occasion is None else occasion.spells(start, days):
            since = day - first - coupon.start_day
            bits |= np.where((since >= 0) & (since % coupon.every_days == 0) & (day <= last), 1 << j, 0)
    return bits
