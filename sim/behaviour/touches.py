"""Touches (docs/model.md, section 4): messages that a member gets so many days after something that happened to her.

Due or not is a subtraction of two days. `next_touch` is a day before which none can be due, so that a day without one costs
one comparison: what moves an anchor nearer lowers it; an interaction, which begins a new silence, is allowed for beforehand.
"""

import math
from collections.abc import Callable
from typing import Any

from sim import draws
from sim.behaviour.audience import meets
from sim.behaviour.benefits import take_offer
from sim.behaviour.breakdown import DELIVERED, READS, note
from sim.behaviour.community import any_groups, count_live_of_one, join_in
from sim.behaviour.delivering import (
    answer_survey,
    deliver,
    delivery_of,
    fit_to_her,
    has_room,
    is_sent,
    is_wanted,
    look_up_terms,
    say,
    state_choice,
)
from sim.behaviour.money import book_today
from sim.behaviour.reading import attend, click, click_and_go_on, clicked_as_logged, gather_attention, is_tempted
from sim.catalogue import AT_BIRTHDAY, AT_COMPLAINT, AT_JOINING, AT_ORDER, AT_SILENCE, FOUNDER, NEVER, NO_DAY
from sim.draws import uniform
from sim.engine.compiling import compiled, compiled_as, inlined
from sim.engine.fields import Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member

FIELDS = (
    Field("next_touch", "i2", "no touch is due before this day"),
    Field("complained", "i2", "day of her last complaint, or NEVER", daily=False),
    Field("asked", "i2", "day of her last question to the service, or NEVER", daily=False),
    Field("first_order", "f4", "calendar day of the first order", daily=False),
)
YEAR = 365
_NO_CAP = 1 << 30
_SOONER = 0.8  # of her mean gap between orders: when a touch at her own rhythm is due


@inlined
def any_touches(here: Here) -> bool:
    """True if the policy has touches."""
    return here.world.touches.count != 0


@inlined
def may_be_due(member: Member, here: Here) -> bool:
    """True if a touch may be due today."""
    return (member.next_touch <= here.day) & (member.left == NEVER)


@compiled
def since_anchor(member: Member, touch: Any, day: int) -> int:
    """Days since what the touch hangs on happened to her; NEVER where it has not, or cannot count."""
    if touch.anchor == AT_JOINING:
        return NEVER if member.group == FOUNDER else day - member.joined
    if touch.anchor == AT_ORDER:
        return NEVER if member.prospect else day - math.floor(member.last_order)
    if touch.anchor == AT_SILENCE:
        return day - member.last_seen
    if touch.anchor == AT_BIRTHDAY:
        return (day - birthday(member) - touch.delay) % YEAR
    since = member.complained if touch.anchor == AT_COMPLAINT else member.asked
    return NEVER if since == NEVER else day - since


@compiled
def birthday(member: Member) -> int:
    """Her birthday as a day of the run's year, from 0: spread evenly."""
    return int(YEAR * uniform(member.key, draws.BIRTHDAY, 0))


@compiled
def delay_of(member: Member, touch: Any) -> int:
    """Days from the anchor to the touch; at her own rhythm 0.8 of her mean gap between orders, once she has two gaps."""
    if touch.anchor == AT_BIRTHDAY:  # already taken off, so that a greeting can come before the day
        return 0
    if touch.own_rhythm and member.frequency >= 2:
        gap = (member.last_order - member.first_order) / member.frequency
        return max(1, round(_SOONER * gap))
    return touch.delay


@compiled
def days_to_wait(member: Member, touch: Any, day: int) -> int:
    """Days from `day` until the touch is due by today's anchors: 0 on the day, NO_DAY if it is not going to be."""
    since = since_anchor(member, touch, day)
    if since == NEVER:
        return NO_DAY
    late = since - delay_of(member, touch)
    if late <= 0:
        return -late
    if touch.anchor == AT_BIRTHDAY:
        return YEAR - late
    if touch.every == 0:
        return NO_DAY
    rounds = (late + touch.every - 1) // touch.every
    return rounds * touch.every - late if rounds < touch.times else NO_DAY


@compiled
def next_touch_after(member: Member, here: Here) -> int:
    """The first day after today on which a touch can be due, by today's anchors and whoever it is for.

    An interaction, from today on, begins a new silence: what counts from it can be due `delay` days from now, even where it
    has come as often as it does in one silence.
    """
    soonest = NO_DAY
    for k in range(here.world.touches.count):
        touch = here.world.touches.rows[k]
        soonest = min(soonest, days_to_wait(member, touch, here.day + 1))
        if touch.anchor == AT_SILENCE:
            soonest = min(soonest, touch.delay - 1)
    return min(here.day + 1 + soonest, NO_DAY)


@compiled
def is_kept_back(member: Member, touch: Any, here: Here) -> bool:
    """True, and counted, if a due touch does not reach her: not sent, muted, or above the cap."""
    message, today = touch.message, here.today
    if not is_sent(message, member.account, here):
        today.unsent += 1.0
        return True
    if not is_wanted(member, message.allows):
        today.declined += 1.0
        return True
    cap = _NO_CAP if touch.exempt else here.world.push.cap[member.segment]
    if not has_room(member, cap, message.per_order, here.day):
        today.capped += 1.0
        return True
    return False


def _touching(name: str, passes: Callable[..., Any], crossed: Callable[..., Any], happens: Callable[..., Any]) -> Any:
    """The compiled function (member, here) that delivers her touches of today; read and clicked as the three say."""

    def receive(member: Member, touch: Any, here: Here) -> None:
        delivery = delivery_of(touch.message, member.segment, touch.once == 0, here)
        look_up_terms(member, here)
        deliver(member, delivery)
        say(member, delivery)
        fit_to_her(member, delivery)
        if any_groups(here):
            join_in(member, delivery, here)
        here.today.delivered += 1.0
        here.today.group_messages += delivery.grouped
        here.today.touched += 1.0
        here.today.message_cost += delivery.cost
        book_today(member.segment, member.group, member.joined, -delivery.cost, here.today)
        note(member, DELIVERED, 1.0, here)
        passes(member, here)
        here.today.reads += member.amount
        note(member, READS, member.amount, here)
        if any_groups(here):
            count_live_of_one(member, here)
        if touch.message.benefit:
            take_offer(member, touch.message, touch.once == 0, here)
        if crossed(member, here):
            happens(member, here)
            if touch.survey:
                answer_survey(member, here)
            if touch.consent:
                state_choice(member, here)

    receive = compiled_as(f"receive_{name}", receive)

    def touch_all(member: Member, here: Here) -> None:
        touches = here.world.touches
        for k in range(touches.count):
            touch = touches.rows[k]
            if (
                days_to_wait(member, touch, here.day) == 0
                and orders_so_far(member) >= touch.from_order
                and member.in_group >= touch.message.grouped
                and meets(member, here.day, touch, touches.high_value)
                and not is_kept_back(member, touch, here)
            ):
                receive(member, touch, here)
        member.next_touch = next_touch_after(member, here)

    return compiled_as(name, touch_all)


@inlined
def orders_so_far(member: Member) -> int:
    """Orders in the export and since, the first one included."""
    return member.frequency + 1 - member.prospect


@inlined
def hang_on(member: Member, anchor: int, here: Here) -> None:
    """Something has happened to her today that touches may hang on: from tomorrow on one may be due."""
    if (here.world.touches.anchored >> anchor) & 1:
        member.next_touch = min(member.next_touch, here.day + 1)


TOUCHES = stage_of(
    "touches", None, may_be_due, _touching("touch", attend, is_tempted, click_and_go_on), on=any_touches
).as_logged(None, may_be_due, _touching("touch_as_logged", gather_attention, clicked_as_logged, click), on=any_touches)
