"""Events (docs/model.md, section 4): what one costs is shared by who is in the pool; orders that a pre-sale brings."""

from sim.behaviour.money import book_today, pay
from sim.catalogue import MAX_RULES, MILLION
from sim.engine.compiling import compiled
from sim.engine.fields import Count
from sim.engine.loops import Here
from sim.roles import Member, Tally, World

COUNTS = (
    Count("event_cost", "what events cost beside messages and what is handed out", money=True, cost=True),
    Count("pre_orders", "orders of members in a pre-sale, by the benefit that it brings"),
)


@compiled
def pay_for_events(member: Member, day: int, world: World, today: Tally) -> None:
    """At the review: who is in the pool that morning pays her part of the events that begin this week, once."""
    if member.joined < max(day, 1):
        fee = world.events.fee
        pay(member, fee / MILLION, world.discount[day - member.joined], False)
        book_today(member.segment, member.group, member.joined, -fee, today)
        today.event_cost += fee


@compiled
def note_pre_order(code: int, here: Here) -> None:
    """An order that uses a benefit of a pre-sale while this lasts is a pre-order."""
    if code > MAX_RULES:
        ahead = here.world.events.sold_ahead[here.day - here.world.week_start]
        here.today.pre_orders += (ahead >> (code - 1 - MAX_RULES)) & 1
