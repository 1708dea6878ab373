"""Lines: further regular messages beside the push, each with a rhythm, a channel and a content of its own."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from sim.catalogue import CONTENT_TYPES, FIRST_EVENT_LINE, MAX_LINES
from sim.policies.content import TypeOrMix
from sim.policies.hours import Hours
from sim.policies.message import Aim, Carried, Executed, Through, executed_share
from sim.policies.occasions import Occasion
from sim.reading.part import Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy, SegmentPlan

PerWeek = Annotated[float, Field(ge=0, le=280, description="messages a week to each member; 0 is none")]


class Line(Part):
    """A regular message, so many times a week: a programme's item, a members' day, a second channel."""

    per_week: PerWeek
    hour: Hours = (20,)
    channel: Through = "one_to_one"
    content: TypeOrMix | None = Field(
        default=None, description="one type of content, or a mix whose shares sum to 1; left out: the policy's mix"
    )
    aim: Aim = False
    benefit: Carried = None
    executed: Executed = None


NAME = "lines"
Lines = Annotated[tuple[Line, ...], Field(strict=False, max_length=MAX_LINES - 1)]


def off(policy: "Policy") -> "Policy":
    """Nothing regular beside the push, in no segment."""
    return policy.model_copy(update={"lines": ()} | policy.in_all_changes(lambda change: {"lines": None}))


class Regular(NamedTuple):
    """One line of a segment with everything resolved; the push is the first."""

    per_week: float
    hours: tuple[int, ...]
    channel: str
    shares: tuple[float, ...]  # by type of content
    aim: bool
    benefit: str | None
    executed: float
    number: int | None = None  # by which lines are set apart and accounts forget one; None: its place in the list
    weight: float | None = None  # fatigue if not read, in messages; None: that of its type of content
    paid: bool = True  # False: others write it, the brand does not pay
    occasion: Occasion | None = None  # when it comes; None: all the time


def regular(plan: "SegmentPlan") -> list[Regular]:
    """The lines of a segment: the push, `lines` in file order, then what happens in the groups, then what events bring."""
    push = plan.push
    first = (push.per_week, push.hour, push.channel, plan.content, push.aim, push.benefit, push.executed)
    more = [
        (n.per_week, n.hour, n.channel, n.content or plan.content, n.aim, n.benefit, n.executed) for n in plan.lines
    ]
    usual = [
        Regular(
            per_week,
            hours,
            channel,
            tuple(content.shares[name] for name in CONTENT_TYPES),
            aim,
            benefit,
            executed_share(channel, executed),
        )
        for per_week, hours, channel, content, aim, benefit, executed in (first, *more)
    ]
    return [*usual, *plan.programme, *(_of_event(n, *own, plan) for n, own in enumerate(plan.events))]


def _of_event(ordinal: int, line: Line, occasion: Occasion, plan: "SegmentPlan") -> Regular:
    """The line of an event, by a number of its own: no other line moves it."""
    content = line.content or plan.content
    return Regular(
        line.per_week,
        line.hour,
        line.channel,
        tuple(content.shares[name] for name in CONTENT_TYPES),
        line.aim,
        line.benefit,
        executed_share(line.channel, line.executed),
        number=FIRST_EVENT_LINE + ordinal,
        occasion=occasion,
    )


def always(plan: "SegmentPlan") -> list[Regular]:
    """The lines of a segment without those of events."""
    return [line for line in regular(plan) if line.occasion is None]


def number_of(line: Regular, place: int) -> int:
    """The number of a line that stands at a place in its segment's list."""
    return place if line.number is None else line.number
