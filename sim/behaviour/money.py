"""Money: what an order brings and what a message costs, booked on the day, the member and her cohort.

A day's totals are in whole millionths, so that their sums are exact.
"""

from typing import Any

from sim.engine.compiling import compiled, inlined
from sim.members import FOUNDER, NEVER, MemberRecord
from sim.world import MILLION, MONTH


@compiled
def settle(member: MemberRecord, day: int, basket: int, discount: int, world: Any, today: Any) -> None:
    """The order's money: margin on the basket's value less the discount."""
    market = world.market
    unit = MILLION / market.minor_units
    gross, off = basket * unit, discount * unit
    money = round(market.margin * gross) - off
    member.value += money / MILLION * world.discount[day - member.joined]
    book_today(member.group, member.joined, money, today)
    today.orders_by_group[member.group] += 1.0
    today.sales += gross - off
    today.discounts += off
    today.orders += 1.0
    if discount > 0:
        today.discounted_orders += 1.0
    member.spend += basket - discount
    if member.left == NEVER:
        today.gross_by_tag[member.tag] += gross
        today.discounts_by_tag[member.tag] += off


@inlined
def spend_on(member: MemberRecord, day: int, cost: float, world: Any, today: Any) -> None:
    """A cost of operations (millionths) that one member causes."""
    today.message_cost += cost
    pay(member, cost / MILLION, world.discount[day - member.joined], day >= world.window_from)
    book_today(member.group, member.joined, -cost, today)


@inlined
def pay(member: MemberRecord, money: float, discount: float, in_window: bool) -> None:
    """Her part in it: her own value, discounted to the day of joining, and what the last 90 days cost."""
    member.value -= money * discount
    member.window_cost += money if in_window else 0.0


@inlined
def book_today(group: int, joined: int, money: float, today: Any) -> None:
    """Contribution (millionths) of a group and of a cohort."""
    today.contribution[group] += money
    if group != FOUNDER:
        today.cohort_contribution[joined // MONTH] += money


@inlined
def count_present(group: int, joined: int, day: int, members: int, world: Any, today: Any) -> None:
    """So many members in the pool, who joined together."""
    today.present[group] += members * world.discount[day - joined]
    if group != FOUNDER:
        today.cohort_pool[joined // MONTH] += members
