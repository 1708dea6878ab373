"""A block of members through a week: the loop around `live_one_day`, compiled and free of the interpreter lock."""

from typing import Any

import numpy as np

from sim.behaviour import live_one_day
from sim.compiling import compiled
from sim.world import MOST_ORDERS_A_DAY, ORDER


@compiled
def live_days(
    members: np.ndarray, first_day: int, days: int, world: Any, tally: np.ndarray, purse: Any, keep: bool, coupled: bool
) -> np.ndarray:
    """Take one block through `days` days while it is in the cache.

    `tally` TALLY[days] is added to; `purse` is spent from. `coupled`: the members spend from a common budget, so they live
    day by day; else each lives all days in one go, a tenth faster and equal to the bit (every day's sums are added in the
    order of places). Returns the orders of the block (ORDER[n]) if `keep`, none otherwise.
    """
    orders = np.empty(256 if keep else 0, ORDER)
    n = 0
    at = 0
    while at < len(members) * days:
        if coupled:
            at = live_by_day(members, at, first_day, world, tally, purse)
        else:
            at = live_by_member(members, at, first_day, days, world, tally, purse)
        if keep:
            orders = with_room(orders, n, purse.ordered)
            orders[n : n + purse.ordered] = purse.orders[: purse.ordered]
            n += purse.ordered
        purse.ordered = 0
    return orders[:n]


# The loops stand alone: an array that can grow, in sight of them, has its references counted twice a member.


@compiled
def live_by_day(members: np.ndarray, at: int, first_day: int, world: Any, tally: np.ndarray, purse: Any) -> int:
    """Every member's one day after the other, from `at` = day x members + place, while the purse has room for orders."""
    room = len(purse.orders) - MOST_ORDERS_A_DAY
    offset, place = divmod(at, len(members))
    day, today = first_day + offset, tally[offset]
    while place < len(members) and purse.ordered <= room:
        member = members[place]
        if member.joined <= day:
            live_one_day(member, day, world, None, today, purse)
        place += 1
    return offset * len(members) + place


@compiled
def live_by_member(
    members: np.ndarray, at: int, first_day: int, days: int, world: Any, tally: np.ndarray, purse: Any
) -> int:
    """Every member's days, one member after the other, from `at` = place x days + day, while the purse has room."""
    room = len(purse.orders) - MOST_ORDERS_A_DAY
    place, offset = divmod(at, days)
    while place < len(members) and purse.ordered <= room:
        member = members[place]
        while offset < days and purse.ordered <= room:
            if member.joined <= first_day + offset:
                live_one_day(member, first_day + offset, world, None, tally[offset], purse)
            offset += 1
        if offset == days:
            place, offset = place + 1, 0
    return place * days + offset


@compiled
def with_room(orders: np.ndarray, n: int, more: int) -> np.ndarray:
    """`orders` with room for `more` after the first `n`."""
    if n + more <= len(orders):
        return orders
    larger = np.empty(2 * (n + more), ORDER)
    larger[:n] = orders[:n]
    return larger


@compiled
def live_alone(member: Any, day: int, world: Any, today: Any, purse: Any) -> None:
    """One member's day, for the engine in which members are Mesa agents."""
    live_one_day(member, day, world, None, today, purse)
