"""Benefits that travel with messages: money off, and novelties."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from models.words import Listed
from sim.catalogue import MAX_BENEFITS, MAX_DAYS, MAX_RULES, MINOR_UNITS, BenefitKind
from sim.engine.fields import record
from sim.policies.budgets import Budgets
from sim.policies.coupons import COUPON, RuleId, rules_of, share_in_range
from sim.policies.coupons import different as different_rules
from sim.policies.in_force import InForce
from sim.policies.routines import ROUTINES, keyed_rows
from sim.reading.part import Misfit, Money, Name, Part, Positive

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

MONEY = ("percent", "threshold")  # kinds that take money off; the others are novelties
AT_USE = (
    "trial",
    "early_access",
)  # novelties whose unit cost is paid when they are used; of the others when handed out
_NOVELTIES = Listed(("trial", "gift", "vote", "early_access"), ",")


class Benefit(Part):
    """What a message can bring: money off orders, or a novelty such as a trial or a gift."""

    kind: BenefitKind = Field(
        description="percent: a share off the order; threshold: money off orders of at least min_spend; trial, gift, vote "
        "(a say in what comes next), early_access: something new to her, worth `worth`"
    )
    off: Positive | None = Field(
        default=None, description="percent: share of the order value, 0.1 is 10 % off; threshold: money"
    )
    min_spend: Money = Field(
        default=0, description="money; order value from which it may be used; threshold benefits need it"
    )
    worth: float | None = Field(
        default=None, ge=0, le=5, description="what a novelty is worth to members; 1 is a good sample"
    )
    unit_cost: Money = Field(
        default=0,
        description="money a novelty costs: gift and vote when handed out, trial and early_access when used",
    )
    valid_days: int = Field(
        default=7, ge=1, le=MAX_DAYS, description="days it may be used, the day of the message included"
    )
    budget: Positive | None = Field(
        default=None,
        description="money of discounts or unit costs over the whole run, then no more are handed out; left out: no limit",
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Benefit":
        if self.kind in MONEY:
            self._of_money()
        else:
            self._of_novelty()
        return self

    def _of_money(self) -> None:
        for key in ("worth", "unit_cost"):
            if getattr(self, key):
                raise Misfit("goes with {kinds} only; leave it out of a {kind}", key, kinds=_NOVELTIES, kind=self.kind)
        if self.off is None:
            raise Misfit("a {kind} needs off, what it takes off the order", kind=self.kind)
        if self.kind == "percent":
            share_in_range(self.off)
        if self.kind == "threshold" and not self.min_spend:
            raise Misfit("a threshold benefit needs min_spend, the order value from which it may be used")
        if self.kind == "threshold" and self.min_spend <= self.off:
            raise Misfit(
                "must be above off ({off:g}), not {min_spend:g}, or goods are free",
                "min_spend",
                off=self.off,
                min_spend=self.min_spend,
            )

    def _of_novelty(self) -> None:
        if self.off is not None:
            raise Misfit(
                "goes with percent and threshold only; a {kind} has worth and unit_cost in its place",
                "off",
                kind=self.kind,
            )
        if self.worth is None:
            raise Misfit("a {kind} needs worth, from 0 to 5; 1 is what a good sample is worth", kind=self.kind)


NAME = "benefits"
PLAN = record(
    [
        ("count", "i8"),
        ("carried", "i8"),  # 1: some message of the run carries one
        ("rules", COUPON, (MAX_BENEFITS,)),
    ]
)
Benefits = Annotated[dict[Name, Benefit], Field()]


def off(policy: "Policy") -> "Policy":
    """No message brings a benefit, in no segment."""
    bare = {"benefit": None}
    changes = policy.in_all_changes(
        lambda change: {
            "push": change.push and (change.push.model_copy(update=bare) if change.push.benefit else change.push),
            "lines": change.lines and tuple(line.model_copy(update=bare) for line in change.lines),
        }
    )
    rows = {routine: tuple(touch.model_copy(update=bare) for touch in getattr(policy, routine)) for routine in ROUTINES}
    lines = tuple(line.model_copy(update=bare) for line in policy.lines)
    push, community = policy.push.model_copy(update=bare), policy.community
    if community is not None:
        items = tuple(item.model_copy(update=bare) for item in community.programme)
        community = community.model_copy(update={"programme": items})
    guard = policy.guard
    if guard is not None:
        acts = [act.model_copy(update={"touch": act.touch and act.touch.model_copy(update=bare)}) for act in guard.acts]
        guard = guard.model_copy(update={"acts": tuple(acts)})
    events = {name: event.model_copy(update=_bare_event(event)) for name, event in policy.events.items()}
    changed = {"push": push, "lines": lines, "community": community, "guard": guard, "events": events}
    return policy.model_copy(update={"benefits": {}} | changed | changes | rows)


def _bare_event(event: Any) -> dict[str, Any]:
    """An event's messages, its pre-sale's among them, without what they bring."""
    bare, ahead = {"benefit": None}, event.pre_sale
    if ahead is not None:
        ahead = ahead.model_copy(update={"lines": tuple(line.model_copy(update=bare) for line in ahead.lines)})
    return {"lines": tuple(line.model_copy(update=bare) for line in event.lines), "pre_sale": ahead}


def carriers(policy: "Policy") -> dict[str, str]:
    """The name of the benefit of every message that brings one, by the dotted key of the message."""
    found: dict[str, str | None] = {"push": policy.push.benefit}
    found |= {f"lines.{n}": line.benefit for n, line in enumerate(policy.lines)}
    items = policy.community.programme if policy.community else ()
    found |= {f"community.programme.{n}": item.benefit for n, item in enumerate(items)}
    found |= {key: touch.benefit for key, touch in keyed_rows(policy)}
    acts = policy.guard.acts if policy.guard else ()
    found |= {f"guard.acts.{n}.touch": act.touch.benefit for n, act in enumerate(acts) if act.touch}
    for name, event in policy.events.items():
        ahead = event.pre_sale.lines if event.pre_sale else ()
        found |= {f"events.{name}.pre_sale.lines.{n}": line.benefit for n, line in enumerate(ahead)}
        found |= {f"events.{name}.lines.{n}": line.benefit for n, line in enumerate(event.lines)}
    for key, change in policy.changes().items():
        found[f"{key}.push"] = change.push.benefit if change.push else None
        found |= {f"{key}.lines.{n}": line.benefit for n, line in enumerate(change.lines or ())}
    return {key: benefit for key, benefit in found.items() if benefit is not None}


def names_by_code(*policies: "Policy", prefixes: Sequence[str] = ()) -> dict[int, str]:
    """What a member can have in hand, by its code: a coupon by its key within its policy, a benefit by its name.

    policies: those that can be in force in the run, in the order of their places. prefixes: what stands before the keys of
    each.
    """
    before = (*prefixes, *("" for _ in policies[len(prefixes) :]))
    named: dict[RuleId, str] = {}
    for prefix, policy in zip(before, policies, strict=False):
        for rule, key in rules_of(policy).items():
            named.setdefault(rule, f"{prefix}{key}")
    by_key = {code: named[rule] for code, rule in enumerate(different_rules(policies), start=1)}
    return by_key | {MAX_RULES + code: name for code, (name, _) in enumerate(different(policies), start=1)}


def names_in(scenario: "Scenario") -> dict[int, str]:
    """What a member can have in hand in a run of a scenario, by its code (`names_by_code`)."""
    in_force = InForce(scenario)
    prefixes = [in_force.key_of(place) for place in range(len(in_force.policies))]
    return names_by_code(*in_force.policies, prefixes=[f"{key}policy." if key else "" for key in prefixes])


def different(policies: "Sequence[Policy]") -> list[tuple[str, Benefit]]:
    """The benefits of policies with their names, in the order of their codes: one that is defined anew is another."""
    return list(dict.fromkeys((name, benefit) for policy in policies for name, benefit in policy.benefits.items()))


def named(codes: np.ndarray, names: Mapping[int, str]) -> np.ndarray:
    """object[n]: the names of codes (a member's `coupon`, an order's `used`); None for 0, the code itself where it has no
    name."""
    kinds, which = np.unique(codes, return_inverse=True)
    words = [None if code == 0 else names.get(int(code), str(code)) for code in kinds]
    return np.array([*words, None], dtype=object)[:-1][which]


def code_of(policy: "Policy", name: str | None, policies: "Sequence[Policy] | None" = None) -> int:
    """The code of a benefit, as a member's `coupon` has it; 0 for none. policies: those that can be in force in the run."""
    if name is None:
        return 0
    return MAX_RULES + 1 + different(policies or (policy,)).index((name, policy.benefits[name]))


class Planner(Budgets):
    """The benefits of a run, and what is left of their budgets."""

    def __init__(self, scenario: "Scenario") -> None:
        policies = InForce(scenario).policies
        benefits = [benefit for _, benefit in different(policies)]
        self._records = np.zeros(len(benefits), COUPON)
        for rule, benefit in zip(self._records, benefits, strict=True):
            rule["off"], rule["min_spend"] = benefit.off or 0.0, benefit.min_spend
            rule["worth"], rule["unit_cost"] = benefit.worth or 0.0, benefit.unit_cost
            rule["valid_days"], rule["percent"] = benefit.valid_days, benefit.kind == "percent"
            rule["novelty"], rule["at_use"] = benefit.kind not in MONEY, benefit.kind in AT_USE
        self._carried = any(carriers(policy) for policy in policies)
        self.spends_by_the_hour = any(_spends_by_the_hour(policy) for policy in policies)
        basket = scenario.market.baskets.mean
        usual = [MINOR_UNITS * _usual_cost(benefit, basket) for benefit in benefits]
        limits = [benefit.budget for benefit in benefits]
        super().__init__(limits, usual, first=MAX_RULES, share=scenario.share)

    def write(self, plan: Any) -> None:
        """The benefits, into `plan` (a record of PLAN)."""
        plan["count"], plan["carried"] = len(self._records), self._carried
        plan["rules"][: len(self._records)] = self._records

    @property
    def spent_in_hand(self) -> np.ndarray:
        """bool[benefits]: the budget is spent, from which what members have in hand would still have to be paid."""
        still_to_pay: np.ndarray = (self._records["novelty"] == 0) | (self._records["at_use"] == 1)
        return np.asarray(~self.funded & still_to_pay)

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """The benefits again: one that is void draws nobody, costs nothing, takes nothing off.

        What was paid for when it was handed out (gift, vote) is its holder's and stays what it is.
        """
        plan["rules"][: len(self._records)] = self._records
        for spent in np.flatnonzero(self.spent_in_hand):
            for key in ("off", "min_spend", "worth", "unit_cost"):
                plan["rules"][spent][key] = 0.0

    def withhold_spent(self, messages: np.ndarray) -> None:
        """Take benefits whose budget is spent out of `messages` (MESSAGE[n]), in place."""
        if self.funded.all():
            return
        codes = self.first + 1 + np.flatnonzero(~self.funded)
        messages["benefit"][np.isin(messages["benefit"], codes)] = 0


def _spends_by_the_hour(policy: "Policy") -> bool:
    """True if a benefit with a budget is paid for when a regular message brings it: at several hours of a day."""
    regular = {
        name
        for key, name in carriers(policy).items()
        if key.partition(".")[0] in ("push", "lines", "community", "segments", "events")
    }
    return any(
        benefit.budget is not None and benefit.kind not in (*MONEY, *AT_USE) and name in regular
        for name, benefit in policy.benefits.items()
    )


def _usual_cost(benefit: Benefit, basket: float) -> float:
    """What one use costs, money: the discount on a usual basket, or the unit cost."""
    if benefit.kind not in MONEY:
        return benefit.unit_cost
    return (benefit.off or 0.0) * (basket if benefit.kind == "percent" else 1.0)
