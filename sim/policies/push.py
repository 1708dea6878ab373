"""Push: how often, when and through which channel the brand writes to members, and what about."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from models.errors import BadInput
from sim.catalogue import CONTENT_TYPES, MAX_MESSAGES, MAX_SEGMENTS, MILLION, PERSONAS, WEEK, PushChannel
from sim.engine.fields import record
from sim.policies.message import MESSAGE
from sim.reading.part import Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy, SegmentPlan
    from sim.scenario.response import Persona, Response
    from sim.scenario.scenario import Scenario


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _one_if_one(hours: tuple[int, ...] | None) -> Any:
    return hours[0] if hours is not None and len(hours) == 1 else hours


def _hours(hours: tuple[int, ...]) -> tuple[int, ...]:
    if not hours:
        raise BadInput("must name at least one hour")
    if not all(0 <= hour <= 23 for hour in hours):
        raise BadInput("must be hours from 0 to 23, not {hours}", hours=", ".join(map(str, hours)))
    return hours


PerWeek = Annotated[float, Field(ge=0, le=70, description="messages a week to each member; 0 is none")]
_HOUR = {"type": "integer", "minimum": 0, "maximum": 23}
Hours = Annotated[
    tuple[int, ...],
    Field(
        strict=False,
        max_length=24,
        description="hour of the day, 0 to 23; or a list of hours to take in turn",
    ),
    BeforeValidator(_one_or_many),
    AfterValidator(_hours),
    PlainSerializer(_one_if_one),
    WithJsonSchema({"anyOf": [_HOUR, {"type": "array", "items": _HOUR, "minItems": 1, "maxItems": 24}]}),
]
CapPerDay = Annotated[int, Field(ge=1, le=MAX_MESSAGES, description="messages a day at most, to each member")]
Through = Annotated[PushChannel, Field(description="how messages reach members")]


class Push(Part):
    """The base rhythm of messages; `hour` is always a tuple of hours, taken in turn."""

    per_week: PerWeek = 0
    hour: Hours = (20,)
    cap_per_day: CapPerDay = 1
    channel: Through = "one_to_one"


class PushChange(Part):
    """What a segment does differently from the base push; what is left out stays."""

    per_week: PerWeek | None = None
    hour: Hours | None = None
    cap_per_day: CapPerDay | None = None
    channel: Through | None = None

    def applied_to(self, base: Push) -> Push:
        """`base` with this segment's changes."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        return base.model_copy(update=given)


NAME = "push"
PLAN = record(
    [
        ("cap", "i8", (MAX_SEGMENTS,)),  # messages a day that reach a member at most
        ("filtered", "i8", (MAX_SEGMENTS,)),  # 1: the cap and what she chose have to be asked
        ("sends", "i8", (MAX_SEGMENTS, WEEK)),  # messages a day
        ("messages", MESSAGE, (MAX_SEGMENTS, WEEK, MAX_MESSAGES)),
    ]
)
_SAME_AT_MOST = 5  # repetitions of a type beyond which attention falls no further


def off(policy: "Policy") -> "Policy":
    """Nobody is written to, in no segment."""
    segments = {name: change.model_copy(update={"push": None}) for name, change in policy.segments.items()}
    return policy.model_copy(update={"push": Push(), "segments": segments})


class Planner:
    """The messages of a run, week by week."""

    def __init__(self, scenario: "Scenario") -> None:
        plans = scenario.policy.plans()
        schedules = [Schedule(plan, scenario.response, scenario.costs.message, scenario.days) for plan in plans]
        slots = max(s.messages.shape[1] for s in schedules)
        self._sends = np.stack([s.sends for s in schedules])
        self._messages = np.stack([s.padded(slots) for s in schedules])

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing."""

    def write_week(self, plan: Any, first_day: int) -> None:
        """The messages of the week that begins on `first_day`, into `plan` (a record of PLAN)."""
        segments, slots = self._messages.shape[0], self._messages.shape[2]
        days = min(WEEK, self._sends.shape[1] - first_day)
        week = slice(first_day, first_day + days)
        plan["sends"][:segments, :days] = self._sends[:, week]
        plan["messages"][:segments, :days, :slots] = self._messages[:, week]


class Schedule:
    """The messages of one segment over the whole run, known beforehand: how many each day, of what type, at what hour."""

    def __init__(self, plan: "SegmentPlan", response: "Response", cost: float, days: int) -> None:
        push = plan.push
        due = np.floor(np.arange(days + 1) * push.per_week / WEEK + 1e-9).astype(np.int64)
        self.sends = np.minimum(np.diff(due), push.cap_per_day)
        self.messages = np.zeros((days, max(1, int(self.sends.max(initial=0)))), MESSAGE)
        total = int(self.sends.sum())
        shares = np.array([plan.content.shares[name] for name in CONTENT_TYPES])
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
        messages = np.zeros((len(self.messages), slots), MESSAGE)
        messages[:, : self.messages.shape[1]] = self.messages
        return messages


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


def hour_match(response: "Response", hour: float) -> np.ndarray:
    """float64[4]: relative attention of each persona at an hour, mean 1 over the day (von Mises density)."""
    from scipy.special import i0e

    people: list[Persona] = [getattr(response.personas, name) for name in PERSONAS]
    peak = np.array([p.peak_hour for p in people])
    strength = np.array([p.hour_match for p in people])
    angle = 2.0 * np.pi * (hour - peak) / 24.0
    relative: np.ndarray = np.exp(strength * (np.cos(angle) - 1.0)) / i0e(strength)
    return relative
