"""Events: what a brand does on some days of the calendar, from Double 11 to the launch of a product with its pre-sale.

An event has lines and coupons of its own while it lasts. That people buy more on such days anyway is the market's season and
nothing that an event does. What it does and costs happens once: it is no part of what the rest of a member's life is like.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from sim.catalogue import MAX_DAYS, MAX_EVENT_LINES, MAX_RULES, MILLION, WEEK, NamedDay
from sim.engine.fields import record
from sim.policies import benefits
from sim.policies.coupons import Coupon
from sim.policies.in_force import InForce
from sim.policies.lines import Line
from sim.policies.occasions import Occasion
from sim.reading.part import Day, Misfit, Money, Name, Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

NAME = "events"
PLAN = record(
    [
        ("cost", "f8"),  # money, of those simulated: events that begin this week
        ("fee", "f8"),  # millionths that each who is in the pool pays of it
        ("sold_ahead", "i8", (WEEK,)),  # bits of the benefits that bring pre-orders on each day of the week
    ]
)
_TIMES = ("from_day", "from_date")


class EventCoupon(Coupon):
    """A coupon of an event, handed out on its first day."""

    every_days: int = Field(
        default=MAX_DAYS,
        ge=1,
        le=MAX_DAYS,
        description="days from one hand-out to the next while the event lasts; left out: it is handed out once",
    )
    start_day: int = Field(
        default=0, ge=0, le=MAX_DAYS, description="day of the event of the first hand-out; 0 is its first"
    )


EventLines = Annotated[tuple[Line, ...], Field(strict=False)]
EventCoupons = Annotated[tuple[EventCoupon, ...], Field(strict=False)]


class PreSale(Part):
    """The days before a launch on which members can order already, by a benefit that the pool alone has."""

    days: int = Field(ge=1, le=365, description="days of it, up to the day before the event's first")
    lines: EventLines = Field(
        description="messages while it lasts; at least one brings a benefit, such as early_access"
    )
    public_per_day: Annotated[float, Field(ge=0, le=1e9)] = Field(
        default=0, description="pre-orders a day outside the pool, an input that the share of the pool is measured by"
    )


def _text(value: Any) -> Any:
    """618 as the name that it is here."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Event(Part):
    """What is done on some days: its messages, its coupons, and what it costs."""

    on: Annotated[NamedDay | None, BeforeValidator(_text)] = Field(
        default=None,
        description="the day it is about: 618 (18 June), double_11 (11 November), chinese_new_year, or member_day, a day of "
        "each month; every year anew",
    )
    day_of_month: int | None = Field(default=None, ge=1, le=28, description="with member_day: which day of the month")
    days_before: int = Field(default=0, ge=0, le=90, description="days before that day that belong to it")
    days_after: int = Field(default=0, ge=0, le=90, description="days after that day that belong to it")
    from_day: int | None = Field(
        default=None, ge=0, le=MAX_DAYS, description="in place of `on`: its first day of the run"
    )
    until_day: int | None = Field(default=None, ge=0, le=MAX_DAYS, description="its last day of the run")
    from_date: Day | None = Field(default=None, description="in place of days of the run: its first date")
    until_date: Day | None = Field(default=None, description="its last date")
    lines: EventLines = Field(
        default=(), description="messages while it lasts; so many a week, the first on its first day"
    )
    coupons: EventCoupons = Field(default=(), description="coupons of its own, to members of all segments")
    cost: Money = Field(
        default=0,
        description="money each time that it takes place, beside messages and what is handed out: a host, adverts",
    )
    pre_sale: PreSale | None = Field(
        default=None, description="of a launch: the days on which members can order before everybody; left out: none"
    )
    _brought_on: int | None = PrivateAttr(default=None)  # the day on which a phase brought it, late

    @model_validator(mode="after")
    def _takes_place_once_said(self) -> "Event":
        said = [key for key in ("on", *_TIMES) if getattr(self, key) is not None]
        if not said:
            raise Misfit("says not when it is; give on, or from_day and until_day, or from_date and until_date")
        if len(said) > 1:
            raise Misfit("says when it is a second time, beside {first}; leave one of them out", said[1], first=said[0])
        for first, last in (("from_day", "until_day"), ("from_date", "until_date")):
            begins, ends = getattr(self, first), getattr(self, last)
            if (begins is None) != (ends is None):
                given, other = (first, last) if ends is None else (last, first)
                raise Misfit("goes with {other}; write both, or neither", given, other=other)
            if begins is not None and ends < begins:
                raise Misfit("must not lie before {first}", last, first=first)
        return self

    @model_validator(mode="after")
    def _of_a_named_day(self) -> "Event":
        if (self.on == "member_day") != (self.day_of_month is not None):
            if self.on == "member_day":
                raise Misfit("member_day needs day_of_month, from 1 to 28", "on")
            raise Misfit("goes with on: member_day only; leave it out", "day_of_month")
        for key in ("days_before", "days_after"):
            if self.on is None and getattr(self, key):
                raise Misfit("goes with on only; leave it out", key)
        return self

    @model_validator(mode="after")
    def _sells_ahead_by_something(self) -> "Event":
        if self.pre_sale is not None and all(line.benefit is None for line in self.pre_sale.lines):
            raise Misfit(
                "no line of it brings a benefit, and pre-orders are the orders that use one; name it as benefit in a line",
                *("pre_sale", "lines"),
            )
        return self

    @property
    def occasion(self) -> Occasion:
        """When it takes place."""
        return Occasion(
            self.on,
            self.day_of_month,
            self.days_before,
            self.days_after,
            self.from_day,
            self.until_day,
            self.from_date,
            self.until_date,
            brought_on=self._brought_on,
        )

    @property
    def ahead(self) -> Occasion | None:
        """When its pre-sale takes place."""
        return self.occasion._replace(leads=self.pre_sale.days) if self.pre_sale else None

    def takes_place(self, day: int, start: date, days: int) -> bool:
        """True if it, or its pre-sale, takes place on a day of the run."""
        occasions = [self.occasion, *([self.ahead] if self.ahead else [])]
        return any(first <= day <= last for occasion in occasions for first, last in occasion.spells(start, days))

    def brought_late(self, start: date, days: int) -> int | None:
        """The day of the run on which it would have begun, had the phase that brings it not begun later; None if in time."""
        if self._brought_on is None:
            return None
        whole = self.occasion._replace(brought_on=None).spells(start, days)
        return next((first for first, last in whole if first < self._brought_on <= last), None)

    def following(self, before: "Event | None", day: int, start: date, days: int) -> "Event":
        """The event as a phase brings it that begins on `day`: late, if it would be under way by then and is not.

        before: the event of its name in the policy before, which goes on where it is under way, be it with other lines: it
        does not begin, nor cost, a second time.
        """
        brought_on: int | None = day
        if not day or not self.takes_place(day - 1, start, days):
            brought_on = None
        elif before is not None and before.takes_place(day - 1, start, days):
            brought_on = before._brought_on
        if brought_on == self._brought_on:
            return self
        late = self.model_copy()
        late._brought_on = brought_on
        return late


Events = Annotated[dict[Name, Event], Field()]


def off(policy: "Policy") -> "Policy":
    """Nothing is done on any day that is not done on others."""
    return policy.model_copy(update={NAME: {}})


def without_coupons(policy: "Policy") -> "Policy":
    """The same events without coupons of their own."""
    bare = {name: event.model_copy(update={"coupons": ()}) for name, event in policy.events.items()}
    return policy.model_copy(update={NAME: bare})


def keyed_lines(policy: "Policy") -> Iterator[tuple[str, Line, Occasion]]:
    """The messages of all events with their keys within the policy, and when they come; those of a pre-sale first."""
    for name, event in policy.events.items():
        if event.pre_sale is not None and event.ahead is not None:
            for ordinal, line in enumerate(event.pre_sale.lines):
                yield f"{NAME}.{name}.pre_sale.lines.{ordinal}", line, event.ahead
        for ordinal, line in enumerate(event.lines):
            yield f"{NAME}.{name}.lines.{ordinal}", line, event.occasion


def check(policy: "Policy") -> None:
    """Raise Misfit where events have more lines than can be told apart."""
    lines = len(list(keyed_lines(policy)))
    if lines > MAX_EVENT_LINES:
        raise Misfit(
            "there are {lines} lines, over all events; at most {most}", NAME, lines=lines, most=MAX_EVENT_LINES
        )


class Planner:
    """What events cost, and what brings pre-orders, week by week."""

    def __init__(self, scenario: "Scenario") -> None:
        policies = InForce(scenario).policies
        self._share, self._days = scenario.share, -(-scenario.days // WEEK) * WEEK
        self._cost = [_cost_by_day(policy, scenario.start, self._days) for policy in policies]
        self._ahead = [_sold_ahead(policy, policies, scenario.start, self._days) for policy in policies]

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing."""

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """What events that begin this week cost, and which benefits bring pre-orders, into `plan` (a record of PLAN)."""
        week = slice(first_day, first_day + WEEK)
        plan["cost"], plan["fee"] = self._cost[place][week].sum() * self._share, 0.0
        ahead = self._ahead[place][week]
        plan["sold_ahead"] = 0
        plan["sold_ahead"][: len(ahead)] = ahead

    def share_cost(self, plan: Any, members: float) -> None:
        """Divide the week's cost by the members who are in the pool."""
        plan["fee"] = round(plan["cost"] / members * MILLION) if members else 0.0


def _cost_by_day(policy: "Policy", start: date, days: int) -> np.ndarray:
    """float64[days]: money, on the day on which an event begins."""
    cost = np.zeros(days)
    for event in policy.events.values():
        for first, _ in event.occasion.spells(start, days):
            if first >= 0:
                cost[first] += event.cost
    return cost


def _sold_ahead(policy: "Policy", policies: "tuple[Policy, ...]", start: date, days: int) -> np.ndarray:
    """int64[days]: bits of the benefits that bring pre-orders on each day."""
    bits = np.zeros(days, np.int64)
    for event in policy.events.values():
        if event.pre_sale is None or event.ahead is None:
            continue
        codes = {benefits.code_of(policy, line.benefit, policies) for line in event.pre_sale.lines if line.benefit}
        own = sum(1 << (code - 1 - MAX_RULES) for code in codes)
        for first, last in event.ahead.spells(start, days):
            bits[max(first, 0) : last + 1] |= own
    return bits


def public_pre_orders(scenario: "Scenario") -> float:
    """Pre-orders outside the pool over the run, of all pre-sales while the policy with them is in force; an input."""
    in_force, days = InForce(scenario), np.zeros(scenario.days)
    for place in range(len(in_force.phases)):
        from_day, until = in_force.days_of(place)
        for event in in_force.policies[place].events.values():
            if event.pre_sale is not None and event.ahead is not None:
                for first, last in event.ahead.spells(scenario.start, scenario.days):
                    days[max(first, from_day) : max(min(last + 1, until), 0)] += event.pre_sale.public_per_day
    return float(days.sum())
