"""Money: what an order brings and what a message costs, booked on the day, the member and her cohort.

A day's totals are in whole millionths, so that their sums are exact.
"""

from sim.behaviour.breakdown import ORDERS, SALES, note
from sim.catalogue import FOUNDER, MAX_COHORTS, MAX_SEGMENTS, MILLION, MONTH, NEVER, PERSONAS
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here
from sim.roles import Member, Tally, World

FIELDS = (
    Field("value", "f8", "contribution so far, discounted to the day of joining, before acquisition"),
    Field("spend", "i8", "paid so far, minor units", daily=False),
    Field("window_cost", "f4", "sum over the last 90 days, for the rest of her life: cost of messages"),
)
COLUMNS = (Column("discount", "f8", "present value of one unit today"),)
COUNTS = (
    Count("message_cost", "cost of delivered messages", money=True, cost=True),
    Count("orders", "orders, in and out of the pool"),
    Count("sales", "baskets less discounts, without orders that came back", money=True),
    Count("pool_sales", "the same of those in the pool", money=True),
    Count("discounts", "taken off by coupons, benefits and tiers", money=True, cost=True),
    Count("discounted_orders", "orders with money taken off by a coupon or benefit"),
    Count("contribution", "by group: margin less discounts, gifts and messages", (3,), money=True),
    Count("returned", "orders that came back; part of the orders"),
    Count("returned_sales", "what was paid for them and went back", money=True),
    Count("orders_by_group", "orders by group", (3,)),
    Count("gross_by_tag", "baskets before discounts of those in the pool, by tag", (len(PERSONAS),), money=True),
    Count("discounts_by_tag", "and what was taken off them or came back as points", (len(PERSONAS),), money=True),
    Count("present", "in the pool, discounted to the day of joining: carries the tools' cost; by group", (3,)),
    Count("cohort_contribution", "contribution of joiners, by month of joining", (MAX_COHORTS,), money=True),
    Count("cohort_pool", "joiners in the pool, by month of joining", (MAX_COHORTS,)),
    Count("segment_contribution", "contribution by segment of this week's plan", (MAX_SEGMENTS,), money=True),
)


@compiled
def settle(member: Member, basket: int, discount: int, by_tier: int, returned: bool, here: Here) -> None:
    """The order's money: margin on the basket's value less the discount, of which `by_tier` is her tier's (minor units).

    Of one that came back (`returned`) nothing is kept: it is counted, and its money goes back whole.
    """
    market, today = here.world.market, here.today
    unit = MILLION / market.minor_units
    gross, off = basket * unit, discount * unit
    today.orders_by_group[member.group] += 1.0
    today.orders += 1.0
    note(member, ORDERS, 1.0, here)
    if discount > by_tier:
        today.discounted_orders += 1.0
    if returned:
        today.returned += 1.0
        today.returned_sales += gross - off
        return
    money = round(market.margin * gross) - off
    member.value += money / MILLION * here.world.discount[here.day - member.joined]
    book_today(member.segment, member.group, member.joined, money, today)
    today.sales += gross - off
    note(member, SALES, gross - off, here)
    today.discounts += off
    member.spend += basket - discount
    if member.left == NEVER:
        today.pool_sales += gross - off
        today.gross_by_tag[member.tag] += gross
        today.discounts_by_tag[member.tag] += off


@compiled
def spend_on(member: Member, cost: float, here: Here, recurs: bool = True) -> None:
    """A cost of operations (millionths) that one member causes; the caller adds it to its own count.

    recurs: False for what happens once, which is no part of what the rest of her life costs.
    """
    in_window = recurs and here.day >= here.world.window_from
    pay(member, cost / MILLION, here.world.discount[here.day - member.joined], in_window)
    book_today(member.segment, member.group, member.joined, -cost, here.today)


@inlined
def pay(member: Member, money: float, discount: float, in_window: bool) -> None:
    """Charge her part of an operating cost: to her value, discounted to the day of joining, and to her last 90 days."""
    member.value -= money * discount
    member.window_cost += money if in_window else 0.0


@inlined
def book_today(segment: int, group: int, joined: int, money: float, today: Tally) -> None:
    """Contribution (millionths) of a segment, of a group and of a cohort."""
    today.segment_contribution[segment] += money
    book_joined(group, joined, money, today)


@inlined
def book_joined(group: int, joined: int, money: float, today: Tally) -> None:
    """The same where it is booked on the segment as a whole."""
    today.contribution[group] += money
    if group != FOUNDER:
        today.cohort_contribution[joined // MONTH] += money


@inlined
def count_present(group: int, joined: int, day: int, members: int, world: World, today: Tally) -> None:
    """Count members who joined together (a group, a cohort) as present."""
    today.present[group] += members * world.discount[day - joined]
    if group != FOUNDER:
        today.cohort_pool[joined // MONTH] += members
