"""A block of members through a week: the loop around `live_one_day`, compiled and free of the interpreter lock."""

from typing import Any

import numpy as np

from sim.behaviour import live_one_day
from sim.compiling import compiled
from sim.world import MOST_ORDERS_A_DAY, ORDER


@compiled
def live_days(
    members: np.ndarray, first_day: int, days: int, world: Any, tally: np.ndarray, purse: Any, keep: bool
) -> np.ndarray:
    """Take one block through `days` days, day by day while it is in the cache.

    `tally` TALLY[days] is added to; `purse` is spent from. Returns the orders of the block (ORDER[n]) in the order of day
    and slot if `keep`, none otherwise.
    """
    orders = np.empty(256 if keep else 0, ORDER)
    n = 0
    for offset in range(days):
        place = 0
        while place < len(members):
            place = live_from(members, place, first_day + offset, world, tally[offset], purse)
            if keep:
                orders = with_room(orders, n, purse.ordered)
                orders[n : n + purse.ordered] = purse.orders[: purse.ordered]
                n += purse.ordered
            purse.ordered = 0
    return orders[:n]


@compiled
def live_from(members: np.ndarray, place: int, day: int, world: Any, today: Any, purse: Any) -> int:
    """Members from `place` on live a day, while the purse has room for their orders. Returns the next place.

    A loop of its own: an array that can grow, in sight of it, has its references counted twice a member.
    """
    room = len(purse.orders) - MOST_ORDERS_A_DAY
    while place < len(members) and purse.ordered <= room:
        member = members[place]
        if member.joined <= day:
            live_one_day(member, day, world, None, today, purse)
        place += 1
    return place


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
