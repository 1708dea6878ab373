"""Membership: points for what is paid, tiers by what is paid within a year, and what a tier gives all the time.

Votes, gifts, a greeting on the birthday and whatever else comes with a message are touches with `to: tier1` to `tier4`.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.catalogue import (
    CONTENT_TYPES,
    MAX_DAYS,
    MAX_SEGMENTS,
    MAX_TIERS,
    MILLION,
    MINOR_UNITS,
    PERSONAS,
    WEEK,
    TierItemKind,
)
from sim.engine.fields import record
from sim.policies.audience import TIERS
from sim.policies.in_force import InForce
from sim.policies.lines import always
from sim.policies.message import affinity
from sim.policies.routines import all_rows
from sim.reading.part import Misfit, Money, Name, Part, Positive, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

NOVEL_FOR = 90  # days: half-life of what a tier's last new item is worth
_MOST_WORTH = 1.5


class TierItem(Part):
    """Something new that a tier gets every so many days: it is new to them for a while."""

    kind: TierItemKind = Field(
        description="early_access, vote, tasting, member_day or gift; a word only, since worth says what it is to members"
    )
    worth: float = Field(ge=0, le=_MOST_WORTH, description="what it is worth while it is new; 1 is a good sample")
    every_days: int = Field(ge=1, le=MAX_DAYS, description="days from one of its kind to the next")
    start_day: int = Field(default=0, ge=0, le=MAX_DAYS, description="day of the run of the first one; 0 is the first")
    unit_cost: Money = Field(default=0, description="money each time, for every member who is of the tier on that day")


class Tier(Part):
    """One tier: from which spend, and what it gives. Nothing is inherited from the tier below."""

    name: Name | None = Field(default=None, description="what the tier is called; left out: tier and its number")
    spend: Positive = Field(description="money paid since her last anniversary from which a member is of this tier")
    discount: float = Field(default=0, ge=0, le=0.9, description="share off every order in the pool; 0.05 is 5 % off")
    points: Share | None = Field(
        default=None, description="share of what is paid that comes back as points; left out: as in membership.points"
    )
    items: Annotated[tuple[TierItem, ...], Field(strict=False, max_length=16)] = Field(
        default=(), description="what is new for the tier, each with its rhythm; the one worth most that day counts"
    )


class Membership(Part):
    """Points and tiers."""

    points: Share = Field(
        default=0, description="share of what members pay in the pool that comes back as points; 0.02 is 2 %"
    )
    redeemed: Share = Field(default=0.7, description="share of points that are ever redeemed, and so cost something")
    stacking: Literal["best", "sum"] = Field(
        default="best",
        description="a tier's discount beside a coupon or benefit: best: an order gets the larger one; sum: both",
    )
    tiers: Annotated[tuple[Tier, ...], Field(strict=False, max_length=MAX_TIERS)] = Field(
        default=(), description="tier 1 to 4, each from a higher spend on; who reaches none is of the base tier"
    )

    @model_validator(mode="after")
    def _rising(self) -> "Membership":
        for n, (lower, higher) in enumerate(zip(self.tiers, self.tiers[1:], strict=False), start=1):
            if round(higher.spend * MINOR_UNITS) <= round(lower.spend * MINOR_UNITS):
                raise Misfit(
                    "must be above the {lower:g} of the tier before it, not {higher:g}; tiers rise with spend",
                    *("tiers", n, "spend"),
                    lower=lower.spend,
                    higher=higher.spend,
                )
        return self

    @model_validator(mode="after")
    def _named_once(self) -> "Membership":
        names = [tier.name for tier in self.tiers]
        for n, name in enumerate(names):
            if name is not None and name in names[:n]:
                raise Misfit("there is a tier {name} already; give each its own name", *("tiers", n, "name"), name=name)
        return self

    def points_of(self, tier: int) -> float:
        """Share of what is paid that comes back as points in a tier, 0 the base."""
        own = self.tiers[tier - 1].points if tier else None
        return self.points if own is None else own


NAME = "membership"
MECHANISM = "sim.behaviour.membership"
LEVELS = 1 + MAX_TIERS  # the base tier first
PLAN = record(
    [
        ("on", "i8"),
        ("ever", "i8"),  # 1: there are tiers at some time of the run, so that it is known what is paid within a year
        ("begins", "i8"),  # 1: there were none in the week before, so whoever is of a tier is given it
        ("tiers", "i8"),  # these and what they need: in a pause, those of the membership before it
        ("adds_up", "i8"),  # 1: a tier's discount and a coupon are both taken off
        ("reviewed_on", "i8"),  # the first day of this week, and how many days the one before had
        ("since", "i8"),
        ("needed", "f8", (LEVELS,)),  # minor units in a year, by tier
        ("discount", "f8", (LEVELS,)),
        ("points", "f8", (LEVELS,)),  # share of what is paid that comes back and is redeemed
        ("novelty", "f8", (LEVELS,)),  # worth of what is new, at this week's review
        ("item_days", "i8"),  # bit d: on day d of the week an item costs something
        ("item_cost", "f8", (WEEK, LEVELS)),  # millionths a member of the tier
        (
            "reach",
            "f8",
            (MAX_SEGMENTS, len(PERSONAS)),
        ),  # reach x e^affinity of a message as the plan has them, in the mean
    ]
)


def off(policy: "Policy") -> "Policy":
    """No points and no tiers: everybody is of the base tier."""
    return policy.model_copy(update={NAME: None})


class Planner:
    """What tiers need and give; what is new, and what that costs, week by week."""

    def __init__(self, scenario: "Scenario") -> None:
        in_force = InForce(scenario)
        self._by_place = [policy.membership for policy in in_force.policies]
        self._known = _known_tiers(in_force)
        self._days = scenario.days
        self._reach = [
            np.zeros((0, len(PERSONAS))) if under.policy.membership is None else _mean_reach(under)
            for under in in_force.scenarios()
        ]

    def write(self, plan: Any) -> None:
        """Whether there are tiers at any time, into `plan` (a record of PLAN)."""
        plan["ever"] = any(given is not None for given in self._by_place)

    def _write_terms(self, plan: Any, place: int) -> None:
        """Thresholds, discounts and points."""
        given, known = self._by_place[place], self._known[place]
        for name in ("needed", "discount", "points", "novelty"):
            plan[name] = 0.0
        plan["begins"] = given is not None and not plan["on"]
        plan["on"], plan["item_days"], plan["item_cost"] = given is not None, 0, 0.0
        plan["tiers"], plan["adds_up"] = len(known), 0
        for k, tier in enumerate(known, start=1):
            plan["needed"][k] = round(tier.spend * MINOR_UNITS)
        if given is None:
            return
        plan["adds_up"] = given.stacking == "sum"
        plan["points"][0] = given.points_of(0) * given.redeemed
        for k, tier in enumerate(given.tiers, start=1):
            plan["discount"][k] = tier.discount
            plan["points"][k] = given.points_of(k) * given.redeemed
        plan["reach"][: len(self._reach[place])] = self._reach[place]

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """The terms of the week that begins on `first_day`, what is new at its review, what new items cost on its days."""
        self._write_terms(plan, place)
        plan["since"], plan["reviewed_on"] = first_day - plan["reviewed_on"], first_day
        given = self._by_place[place]
        for k, tier in enumerate(given.tiers if given else (), start=1):
            plan["novelty"][k] = max((novelty(item, first_day) for item in tier.items), default=0.0)
            for item in tier.items:
                for day in range(first_day, min(first_day + WEEK, self._days)):
                    if item.unit_cost and is_new_on(item, day):
                        plan["item_cost"][day - first_day, k] += round(item.unit_cost * MILLION)
                        plan["item_days"] |= 1 << (day - first_day)


def _known_tiers(in_force: InForce) -> list[tuple[Tier, ...]]:
    """By place: the tiers in force, or where there are none those of the phase before it that had some last."""
    known: list[tuple[Tier, ...]] = []
    for policy in in_force.policies[: len(in_force.begins)]:
        before = known[-1] if known else ()
        known.append(policy.membership.tiers if policy.membership else before)
    return known + [known[place] for place, _ in in_force.alternatives]  # an act changes no tiers


def is_new_on(item: TierItem, day: int) -> bool:
    """True on the days on which there is a new one."""
    return day >= item.start_day and (day - item.start_day) % item.every_days == 0


def novelty(item: TierItem, day: int) -> float:
    """What an item is worth on a day: worth 2^(-days since the last new one / 90); 0 before the first."""
    if day < item.start_day:
        return 0.0
    return float(item.worth * 0.5 ** ((day - item.start_day) % item.every_days / NOVEL_FOR))


def _mean_reach(scenario: "Scenario") -> np.ndarray:
    """float64[rows, personas]: reach x e^affinity of the regular messages of each row of the plan, in the mean over a week;
    of the touches where there are none; 0 where nobody is ever written to."""
    policy = scenario.policy
    touched = [(1.0, touch.channel, touch.content) for touch in all_rows(policy)]
    rows = []
    for plan in policy.rows():
        sent = [
            (line.per_week * share, line.channel, content)
            for line in always(plan)
            for content, share in zip(CONTENT_TYPES, line.shares, strict=True)
            if line.per_week * share > 0
        ]
        rows.append(_mean(scenario, sent or touched))
    return np.array(rows)


def _mean(scenario: "Scenario", messages: Sequence[tuple[float, str, str]]) -> np.ndarray:
    """float64[personas]: the weighted mean over messages (weight, channel, content)."""
    response = scenario.response
    total = np.zeros(len(PERSONAS))
    for weight, channel, content in messages:
        total += weight * getattr(response.reach, channel) * np.exp(affinity(response, content))
    return total / max(sum(weight for weight, _, _ in messages), 1e-300)


def tiers_meant(policy: "Policy") -> Iterator[tuple[str, int]]:
    """(key within the policy, tier) of everything that is meant for one tier."""
    from sim.policies.coupons import keyed_rules
    from sim.policies.guard import keyed_touches

    meant: dict[str, str] = {key: touch.to for key, touch in keyed_touches(policy)}
    meant |= {key: rule.to for key, rule in keyed_rules(policy)}
    for key, audience in meant.items():
        if audience in TIERS:
            yield key, 1 + TIERS.index(audience)
