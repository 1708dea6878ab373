"""A crisis: on one day something goes wrong for a share of the members, and the brand answers it sooner or later."""

import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sim.catalogue import MAX_DAYS, MILLION
from sim.engine.fields import record
from sim.policies.in_force import InForce
from sim.reading.part import Money, Part, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

NAME = "crisis"
MECHANISM = "sim.behaviour.crisis"
PERSON_BY, OFFER_BY, NOTICE_BY, CLOSED_BY = 1.0, 4.0, 24.0, 48.0  # hours: what members expect
MOST_LOST = 0.9  # of the way to -1 that one crisis moves trust
MORE_COME_BACK, FOR_DAYS = 2.0, 3  # orders come back 1 + 2 late times as often, on the day and the two after
PLAN = record(
    [
        ("on", "i8"),
        ("day", "i8"),
        ("closes", "i8"),  # the day on which it is closed
        ("hit", "f8"),  # share of the members
        ("loss", "f8"),  # share of the way to -1 that their trust moves
        ("heal", "f8"),  # share of the way to 1 that it moves back when it is closed
        ("returns", "f8"),  # times as many orders come back in the days after it
        ("offer", "f8"),  # millionths for each of them
    ]
)
Hours = Annotated[float, Field(ge=0, le=24 * MAX_DAYS)]


class Crisis(Part):
    """What went wrong, whom it hit, and how fast the brand answered; all hours count from its beginning."""

    day: int = Field(ge=0, lt=MAX_DAYS, description="day of the run, from 0")
    hit: Share = Field(description="share of the members in the pool whom it hits")
    person: Hours = Field(default=PERSON_BY, description="hours until a person answers; in time is 1")
    bot_first: bool = Field(
        default=False, description="true: a bot answers first, so that no person answers in time, however soon one does"
    )
    offer: Hours = Field(default=OFFER_BY, description="hours until those hit are offered something; in time is 4")
    notice: Hours = Field(default=NOTICE_BY, description="hours until everybody is told what happened; in time is 24")
    closed: Hours = Field(default=CLOSED_BY, description="hours until it is closed; in time is 48")
    offer_cost: Money = Field(default=0, description="money for what each of those hit is offered")

    @property
    def late(self) -> float:
        """0 in time to 1 too late: the mean over the four of min(1, max(0, hours / target - 1))."""
        steps = ((self.person, PERSON_BY), (self.offer, OFFER_BY), (self.notice, NOTICE_BY), (self.closed, CLOSED_BY))
        late = [min(1.0, max(0.0, hours / target - 1.0)) for hours, target in steps]
        if self.bot_first:
            late[0] = 1.0
        return sum(late) / len(late)

    @property
    def closes_on(self) -> int:
        """The day of the run on which it is closed; it begins in the morning."""
        return self.day + math.floor(self.closed / 24.0)

    @property
    def returns(self) -> float:
        """How many times as many orders come back on its day and the two after."""
        return 1.0 + MORE_COME_BACK * self.late


def off(policy: "Policy") -> "Policy":
    """No crisis."""
    return policy.model_copy(update={NAME: None})


class Planner:
    """The crisis, known from the first day on, though nobody acts on it before."""

    def __init__(self, scenario: "Scenario") -> None:
        self._by_place = _courses(InForce(scenario))
        self._loss, self._heal = scenario.response.crisis_loss, scenario.response.crisis_heal

    def write(self, plan: Any) -> None:
        """What holds for the whole run: nothing; it comes with the week, as the policy in force has it."""

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """When it happens and what it does, into `plan` (a record of PLAN); what has happened is closed in its time.

        R -= min(0.9, crisis_loss (0.5 + late)) (1 + R) on its day, R += crisis_heal (1 - late) (1 - R) when it is closed.
        """
        crisis = self._by_place[place]
        plan["on"] = crisis is not None
        if crisis is None:
            return
        plan["day"], plan["closes"], plan["hit"] = crisis.day, crisis.closes_on, crisis.hit
        plan["loss"] = min(MOST_LOST, self._loss * (0.5 + crisis.late))
        plan["heal"] = self._heal * (1.0 - crisis.late)
        plan["returns"], plan["offer"] = crisis.returns, round(crisis.offer_cost * MILLION)


def _courses(in_force: InForce) -> list[Crisis | None]:
    """By place: the crisis that takes its course while a policy is in force, None for none.

    It happens if its day lies within the days of a policy that has it. Then it is closed in its time, also where a phase
    begins before that, unless another one happens by then.
    """
    courses: list[Crisis | None] = []
    happened: Crisis | None = None
    for place in range(len(in_force.begins)):
        begins, ends = in_force.days_of(place)
        own = in_force.policies[place].crisis
        if own is not None and begins <= own.day < ends:
            happened = own
        courses.append(happened)
    return courses + [courses[place] for place, _ in in_force.alternatives]  # an act changes no crisis
