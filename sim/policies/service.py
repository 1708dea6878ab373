"""Service: who answers members' questions, how fast, how well, and what that costs.

Questions come with orders (sim/behaviour/service.py). What staff cannot answer within a week waits, so a team that is too
small answers later week by week.
"""

import math
from typing import TYPE_CHECKING, Any

from pydantic import Field

from sim.catalogue import HOURS_A_WEEK, MILLION, WEEK
from sim.engine.fields import record
from sim.policies.in_force import InForce
from sim.reading.part import Money, Part, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.response import Response
    from sim.scenario.scenario import Scenario

NAME = "service"
ORDINARY_REPLY = 12.0  # hours: the mean reply of a market's ordinary service, by people, with nothing waiting
IN_TIME = 24.0  # hours: an answer that comes later is none
HALVES_IN = 4.0  # hours in which what a right answer gains halves
COMPLAINS = 0.15  # chance of a complaint about a wrong or late answer
PLAN = record(
    [
        ("on", "i8"),
        ("bot", "f8"),  # chance that the bot takes a question
        ("skill", "f8"),  # and that it answers it right
        ("reply", "f8"),  # T, this week: mean hours until somebody of the staff answers
        ("ordinary", "f8"),  # the expected step of trust of the market's ordinary service
        ("fee", "f8"),  # millionths, this week: what each member in the pool pays of staff and bot
    ]
)


class Service(Part):
    """Who answers members' questions after orders."""

    bot: Share = Field(default=0.0, description="share of questions that a bot takes, at once; the staff get the rest")
    bot_skill: Share = Field(default=0.8, description="share of the bot's answers that are right")
    bot_per_month: Money = Field(default=0, description="money a month for the bot")
    staff: float = Field(
        ge=0, le=100_000, description="how many people answer questions, for the whole pool; fractions allowed"
    )
    answers_per_week: float = Field(default=400, gt=0, le=100_000, description="answers that one of them gives a week")
    staff_per_month: Money = Field(default=0, description="money a month for each of them")
    reply_hours: float = Field(
        default=ORDINARY_REPLY,
        gt=0,
        le=HOURS_A_WEEK,
        description="mean hours until somebody of the staff answers while nothing waits; a market's ordinary service "
        "takes 12",
    )

    @property
    def capacity(self) -> float:
        """Answers a week of the whole staff."""
        return self.staff * self.answers_per_week

    @property
    def cost_a_day(self) -> float:
        """Money a day for staff and bot: twelve months in 365 days."""
        return (self.staff * self.staff_per_month + self.bot_per_month) * 12 / 365

    def waiting(self, queue: float, asked: float) -> float:
        """Q at a week's end: what waited before it and the questions of the week that no bot takes, less the capacity."""
        return max(0.0, queue + asked * (1.0 - self.bot) - self.capacity)

    def reply(self, queue: float) -> float:
        """T = T0 + 168 Q / capacity: mean hours until an answer while so many questions wait, at most a week."""
        if queue <= 0.0 and (self.capacity or self.bot == 1):
            return self.reply_hours
        if not self.capacity:
            return HOURS_A_WEEK
        return min(self.reply_hours + HOURS_A_WEEK * queue / self.capacity, HOURS_A_WEEK)


def off(policy: "Policy") -> "Policy":
    """The market's ordinary service, which moves nobody's trust and costs nothing here."""
    return policy.model_copy(update={NAME: None})


def gained(hours: float) -> float:
    """E[2^(-W/4); W <= 24] of W ~ Exp(mean `hours`): what right answers gain, as a share of one at once."""
    rate = 1.0 / hours
    faster = rate + math.log(2.0) / HALVES_IN
    return rate / faster * -math.expm1(-faster * IN_TIME)


def expected_step(response: "Response", hours: float, bot: float = 0.0, skill: float = 1.0) -> float:
    """The expected step of trust of a question, at R = 0, by a service that answers in `hours` on average.

    A right answer within 24 hours gains service_gain 2^(-W/4), a wrong or later one loses service_loss, and with chance
    0.15 a complaint's complaint_trust besides; a bot answers at once. The closed form of the answers that
    sim/behaviour/service.py draws.
    """
    lost = response.service_loss + COMPLAINS * response.complaint_trust
    by_staff = response.service_gain * gained(hours) - lost * math.exp(-IN_TIME / hours)
    by_bot = response.service_gain * skill - lost * (1.0 - skill)
    return bot * by_bot + (1.0 - bot) * by_staff


class Planner:
    """How long the queue is, and so how late staff answer, week by week; who pays for them."""

    def __init__(self, scenario: "Scenario") -> None:
        self._by_place = [policy.service for policy in InForce(scenario).policies]
        self._service = self._by_place[0]  # who answers this week
        self._before = self._service  # who answered in the week before
        self._ordinary = expected_step(scenario.response, ORDINARY_REPLY)
        self._days, self._share = scenario.days, scenario.share
        self._asked = 0.0  # in the pool so far, up to the last review
        self._unpaid = 0.0  # millionths of weeks in which nobody was in the pool
        self._part = 1.0  # of those who are simulated, where some of them go on
        self._rests = False  # for a week: what waits has been counted
        self.queue = 0.0  # questions that wait

    def write(self, plan: Any) -> None:
        """What an ordinary service is worth, into `plan` (a record of PLAN)."""
        plan["ordinary"] = self._ordinary

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """Who answers this week; how late comes with `look_back`."""
        self._before, self._service = self._service, self._by_place[place]
        plan["on"] = self._service is not None
        if self._service is not None:
            plan["bot"], plan["skill"] = self._service.bot, self._service.bot_skill

    @property
    def told(self) -> dict[str, float]:
        """What is noted of a week: mean hours until the staff answer, questions that waited when it began."""
        return {} if self._service is None else {"reply_hours": self._service.reply(self.queue), "queue": self.queue}

    def look_back(self, plan: Any, first_day: int, asked: float, members: float) -> None:
        """The queue after the week that is over, and what the one that begins on `first_day` costs, into `plan`.

        asked: questions of the whole pool since the run began. members: those simulated who are in the pool, and pay. The
        team of the week that is over has worked off what it could; the one after it takes over what still waits. Where a
        service ends nothing waits any more.
        """
        if not self._rests and first_day:
            asked_then = asked - self._asked
            self.queue = 0.0 if self._before is None else self._before.waiting(self.queue, asked_then)
        self._rests, self._asked = False, asked
        plan["fee"] = 0.0
        if self._service is None:
            self.queue = 0.0
        else:
            here = self._part * self._share
            plan["reply"] = self._service.reply(self.queue)
            self._unpaid += self._service.cost_a_day * min(WEEK, self._days - first_day) * here * MILLION
        if members > 0.0:
            plan["fee"], self._unpaid = round(self._unpaid / members), 0.0

    def inherit(self, before: "Planner", part: float) -> None:
        """Go on with the queue of another for a part of its members, who pay their part; it has been counted already."""
        self.queue, self._part, self._rests = before.queue, part, True
