"""Push: how often, when and through which channel the brand writes to members; and the plan of all regular messages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from sim.catalogue import CONTENT_TYPES, MAX_MESSAGES, MAX_SEGMENTS, WEEK
from sim.engine.fields import record
from sim.policies import benefits
from sim.policies.consent import allowed
from sim.policies.hours import Hours
from sim.policies.in_force import InForce
from sim.policies.lines import PerWeek, Regular, number_of, regular
from sim.policies.message import MESSAGE, Aim, Carried, Decided, Executed, Through, hour_match, message_of
from sim.policies.routines import all_rows
from sim.policies.schedule import Schedule
from sim.reading.part import Name, Part, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy, SegmentPlan
    from sim.scenario.scenario import Scenario

CapPerDay = Annotated[
    int,
    Field(ge=1, le=MAX_MESSAGES, description="messages a day at most, to each member, of all lines together"),
]


class Push(Part):
    """The base rhythm of messages; `hour` is always a tuple of hours, taken in turn."""

    per_week: PerWeek = 0
    hour: Hours = (20,)
    cap_per_day: CapPerDay = 1
    channel: Through = "one_to_one"
    aim: Aim = False
    benefit: Carried = None
    executed: Executed = None


_MAY_BE_NONE = tuple(name for name, field in Push.model_fields.items() if field.default is None)


class PushChange(Part):
    """What a segment does differently from the base push; what is left out stays."""

    per_week: PerWeek | None = None
    hour: Hours | None = None
    cap_per_day: CapPerDay | None = None
    channel: Through | None = None
    aim: Aim | None = None
    benefit: Name | None = Field(
        default=None,
        description="name of the benefit that comes with each; left out: as in the base push; null: none",
    )
    executed: Share | None = Field(
        default=None,
        description="share of the accounts that send it when it is due; left out: as in the base push; null: as usual on "
        "the channel",
    )

    @property
    def nulls(self) -> tuple[str, ...]:
        """The keys given as null where the push itself may have none: they take away what the base push has."""
        return tuple(name for name in _MAY_BE_NONE if name in self.model_fields_set and getattr(self, name) is None)

    def applied_to(self, base: Push) -> Push:
        """`base` with this segment's changes."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        return base.model_copy(update=given | dict.fromkeys(self.nulls))

    @model_serializer(mode="wrap")
    def _with_nulls(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A null that was given stays, and only that: whether it is written is what it says."""
        values: dict[str, Any] = serialized(self)
        kept = {name: value for name, value in values.items() if name not in _MAY_BE_NONE or value is not None}
        return kept | dict.fromkeys(self.nulls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PushChange) and super().__eq__(other) and self.nulls == other.nulls


NAME = "push"
PLAN = record(
    [
        ("cap", "i8", (MAX_SEGMENTS,)),  # messages a day that reach a member at most
        ("filtered", "i8", (MAX_SEGMENTS,)),  # 1: the cap and what she chose have to be asked
        ("sends", "i8", (MAX_SEGMENTS, WEEK)),  # messages a day
        ("messages", MESSAGE, (MAX_SEGMENTS, WEEK, MAX_MESSAGES)),
    ]
)
_HOURS = 24


def off(policy: "Policy") -> "Policy":
    """Nobody is written to, in no segment."""
    return policy.model_copy(update={"push": Push()} | policy.in_all_changes(lambda change: {"push": None}))


class Planner:
    """The regular messages of a run, week by week."""

    def __init__(self, scenario: "Scenario") -> None:
        in_force = InForce(scenario)
        self._by_place = [_Messages(under, in_force.policies) for under in in_force.scenarios()]

    def carry(self, planner: benefits.Planner) -> None:
        """Let messages carry the benefits of `planner` while their budgets last."""
        for messages in self._by_place:
            messages.carry(planner)

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing."""

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """Caps and messages of the week that begins on `first_day`, into `plan` (a record of PLAN)."""
        plan["sends"] = 0
        self._by_place[place].write_week(plan, first_day)


class _Messages:
    """The regular messages of one policy, as if it were in force from the first day to the last.

    policies: those that can be in force in the run, which benefits have their codes by.
    """

    def __init__(self, scenario: "Scenario", policies: "Sequence[Policy]") -> None:
        policy, plans = scenario.policy, scenario.policy.rows()
        self._caps = [plan.push.cap_per_day for plan in plans]
        self._schedules = schedules(scenario, plans)
        crowded = [schedule.crowded for schedule in self._schedules]
        self._filtered = [full or filtered(policy, plan) for full, plan in zip(crowded, plans, strict=True)]
        self._kinds = [_kinds(scenario, regular(plan), policies) for plan in plans]
        self._at_hour = np.stack([hour_match(scenario.response, hour) for hour in range(_HOURS)])
        self._sameness = scenario.response.sameness
        self._consent = any(touch.consent for touch in all_rows(policy))
        self._benefits: benefits.Planner | None = None

    def carry(self, planner: benefits.Planner) -> None:
        """Let messages carry the benefits of `planner` while their budgets last."""
        self._benefits = planner

    def write_week(self, plan: Any, first_day: int) -> None:
        """Caps, whether they are asked, and the week's messages, into `plan`; no benefit whose budget is spent."""
        plan["cap"][: len(self._caps)] = self._caps
        plan["filtered"][: len(self._filtered)] = self._filtered
        week = slice(first_day, first_day + WEEK)
        for segment, (schedule, kinds) in enumerate(zip(self._schedules, self._kinds, strict=True)):
            sends = schedule.sends[week]
            plan["sends"][segment] = sends
            day = np.repeat(np.arange(WEEK), sends)
            slot = np.arange(len(day)) - np.searchsorted(day, day)
            plan["messages"][segment, day, slot] = self._messages(schedule, kinds, first_day)

    def _messages(self, schedule: Schedule, kinds: np.ndarray, first_day: int) -> np.ndarray:
        """MESSAGE[n]: those of the week, in order; `kinds` MESSAGE[lines, types]."""
        week = schedule.week(first_day)
        content = schedule.content[week]
        messages = kinds[schedule.line[week], content]
        sameness = np.exp(-self._sameness * schedule.repetitions[week])
        messages["reach"] = messages["reach"] * sameness[:, None] * self._at_hour[schedule.hour[week]]
        if self._consent:
            messages["allows"] = messages["allows_outside"] = allowed(content, first_day // WEEK)
            if (messages["grouped"] == 1).any():  # who is in no group is asked about the others alone
                outside = messages["grouped"] == 0
                messages["allows_outside"][outside] = allowed(content[outside], first_day // WEEK)
        if self._benefits is not None:
            self._benefits.withhold_spent(messages)
        return messages


def schedules(scenario: "Scenario", plans: "Sequence[SegmentPlan] | None" = None) -> list[Schedule]:
    """The schedule of each of a policy's plans: of its rows, or of `plans`."""
    policy = scenario.policy
    return [
        Schedule(
            regular(plan),
            plan.push.cap_per_day,
            scenario.days,
            policy.quiet_hours,
            apart=policy.community is not None,
            start=scenario.start,
        )
        for plan in (policy.rows() if plans is None else plans)
    ]


def filtered(policy: "Policy", plan: "SegmentPlan") -> bool:
    """True if members of a segment may get different messages on one day, so that each is asked.

    They are asked, too, where the lines have more on a day than the cap, so that what it keeps back is counted. Different
    messages come where personal touches count toward the cap or let her choose, where accounts send a share of the messages
    only, and where a member has to have allowed each (mini-programs).
    """
    lines = [line for line in regular(plan) if line.per_week]
    return bool(all_rows(policy)) or any(n.executed < 1 or n.channel == "mini_program" for n in lines)


def _kinds(scenario: "Scenario", lines: list[Regular], policies: "Sequence[Policy]") -> np.ndarray:
    """MESSAGE[lines, types]: each line's message of each type; hour, sameness and consent come with the week."""
    kinds = np.zeros((len(lines), len(CONTENT_TYPES)), MESSAGE)
    for j, line in enumerate(lines):
        benefit = benefits.code_of(scenario.policy, line.benefit, policies)
        for k, content in enumerate(CONTENT_TYPES):
            kinds[j, k] = message_of(
                scenario,
                Decided(
                    line.channel,
                    content,
                    number_of(line, j),
                    line.aim,
                    benefit,
                    line.executed,
                    weight=line.weight,
                    regular=True,
                    paid=line.paid,
                    once=line.occasion is not None,
                ),
            )
    return kinds
