"""Service (docs/model.md, section 5): a question after an order, its answer, and orders that come back.

Only what a brand's service does better or worse than the market's ordinary one moves trust: without a policy of service
nobody asks here, and the null stands.
"""

import math
from typing import NamedTuple

from sim import draws
from sim.behaviour.money import book_today, pay
from sim.behaviour.state import move_trust
from sim.behaviour.touches import hang_on
from sim.catalogue import AT_COMPLAINT, AT_QUESTION, FOUNDER, MILLION, NEVER, TINY, WEEK
from sim.draws import Key, subkey, uniform
from sim.engine.arithmetic import on_grid
from sim.engine.compiling import compiled
from sim.engine.fields import Count, Field
from sim.engine.loops import Here
from sim.policies.crisis import FOR_DAYS
from sim.policies.service import COMPLAINS, HALVES_IN, IN_TIME
from sim.roles import Member, Tally, World

FIELDS = (Field("service_complaints", "u1", "complaints about the service so far, at most 255", daily=False),)
COUNTS = (
    Count("questions", "questions to the service"),
    Count("reply_hours", "hours until they were answered, in sum"),
    Count("answered", "questions answered right within 24 hours"),
    Count("service_complaints", "complaints about the service; part of the complaints"),
    Count("service_cost", "staff and bot of the service", money=True, cost=True),
)
MOST_COMPLAINTS = 255  # that the record can hold
_FURTHEST = 0.9  # of the way that one answer moves trust


class Answer(NamedTuple):
    """How a question was answered."""

    hours: float  # W
    right: bool
    complains: bool  # what she does if it was wrong or late


# --- with an order -----------------------------------------------------------------------------------------------------


@compiled
def comes_back(member: Member, here: Here) -> bool:
    """Keyed: True if the order that she places now comes back; more often in the days of a crisis."""
    chance = here.world.market.returns
    if chance <= 0.0:
        return False
    crisis = here.world.crisis
    if crisis.on != 0 and 0 <= here.day - crisis.day < FOR_DAYS:
        chance *= crisis.returns
    return uniform(member.key, draws.RETURN, member.orders) < chance


@compiled
def ask(member: Member, here: Here) -> None:
    """After an order in the pool, keyed: a question, and how it is answered."""
    if here.world.service.on == 0 or member.left != NEVER:
        return
    if uniform(member.key, draws.ASK, member.orders) < here.world.response.ask:
        take_answer(member, answer_of(member.key, member.orders, here.world), here)


@compiled
def answer_of(key: Key, order: int, world: World) -> Answer:
    """The answer to the question after her n-th order: the bot's at once, else a person's after W = -T ln U hours."""
    plan, own = world.service, subkey(key, draws.ANSWER, order)
    complains = uniform(own, draws.ANSWER, 3) < COMPLAINS
    if uniform(own, draws.ANSWER, 0) < plan.bot:
        return Answer(0.0, uniform(own, draws.ANSWER, 1) < plan.skill, complains)
    return Answer(-plan.reply * math.log(uniform(own, draws.ANSWER, 2)), True, complains)


@compiled
def take_answer(member: Member, answer: Answer, here: Here) -> None:
    """What a question and its answer, simulated or logged, do to her; only the difference to an ordinary service moves R."""
    today, response = here.today, here.world.response
    member.asked = here.day
    hang_on(member, AT_QUESTION, here)
    today.questions += 1.0
    today.reply_hours += on_grid(answer.hours)
    step = -here.world.service.ordinary
    if answer.right and answer.hours <= IN_TIME:
        today.answered += 1.0
        step += response.service_gain * 0.5 ** (answer.hours / HALVES_IN)
    else:
        step -= response.service_loss
        if answer.complains:
            step -= response.complaint_trust
            complain_of_service(member, here)
    move_trust(member, min(max(step, -_FURTHEST), _FURTHEST))


@compiled
def complain_of_service(member: Member, here: Here) -> None:
    """A complaint that no message brought about; what it costs of trust is part of the answer's step."""
    member.service_complaints = min(member.service_complaints + 1, MOST_COMPLAINTS)
    member.complained = here.day
    hang_on(member, AT_COMPLAINT, here)
    here.today.complaints += 1.0
    here.today.service_complaints += 1.0


@compiled
def ask_as_logged(member: Member, when: float, here: Here) -> None:
    """Replay: the question that the log has after the order at this time, or none, and the log-likelihood of that."""
    if here.world.service.on == 0 or member.left != NEVER:
        return
    at, chance, events = member.questions_met, here.world.response.ask, here.events
    if at < member.questions_end and events.question_times[at] == when:
        member.questions_met += 1
        member.ask_log += math.log(max(chance, TINY))
        told = Answer(events.reply_hours[at], events.answered_right[at] != 0, events.complained_of[at] != 0)
        take_answer(member, told, here)
    else:
        member.ask_log += math.log(max(1.0 - chance, TINY))


# --- the review --------------------------------------------------------------------------------------------------------


@compiled
def pay_for_service(member: Member, day: int, world: World, today: Tally) -> None:
    """At the review: each in the pool pays her part of what staff and bot cost in the week that begins."""
    if member.joined >= day and member.group != FOUNDER:  # who joins this week does not pay for it
        return
    days = min(WEEK, world.days - day)
    in_window = min(max(day + days - world.window_from, 0), days) / days
    money = world.service.fee / MILLION
    pay(member, money, world.discount[day - member.joined], False)
    member.window_cost += money * in_window
    book_today(member.segment, member.group, member.joined, -world.service.fee, today)
    today.service_cost += world.service.fee
