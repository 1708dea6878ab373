"""Money: what an order brings and what a message costs, booked on the day, the member and her cohort."""

from typing import Any

from sim.compiling import compiled
from sim.members import FOUNDER, NEVER, MemberRecord
from sim.world import MONTH


@compiled
def settle(member: MemberRecord, day: int, basket: int, discount: int, world: Any, today: Any) -> None:
    """The order's money: margin on the basket's value less the discount."""
    market = world.market
    book(member, day, (basket * market.margin - discount) / market.minor_units, world, today)
    today.orders_by_group[member.group] += 1.0
    today.sales += (basket - discount) / market.minor_units
    today.discounts += discount / market.minor_units
    today.orders += 1.0
    if discount > 0:
        today.discounted_orders += 1.0
    member.spend += basket - discount
    if member.left == NEVER:
        today.gross_by_tag[member.tag] += basket / market.minor_units
        today.discounts_by_tag[member.tag] += discount / market.minor_units


@compiled
def spend_on(member: MemberRecord, day: int, cost: float, world: Any, today: Any) -> None:
    """A cost of operations that one member causes."""
    today.message_cost += cost
    book(member, day, -cost, world, today)
    if day >= world.window_from:
        member.window_cost += cost


@compiled
def book(member: MemberRecord, day: int, money: float, world: Any, today: Any) -> None:
    """Contribution of one member: to her group's day, to her own value discounted to the day of joining, to her cohort."""
    today.contribution[member.group] += money
    member.value += money * world.discount[day - member.joined]
    if member.group != FOUNDER:
        today.cohort_contribution[member.joined // MONTH] += money
