"""A block of members through a week: the loop around `live_one_day`, compiled and free of the interpreter lock."""

from typing import Any

import numpy as np

from sim.behaviour import MOST_ORDERS_A_DAY, live_one_day
from sim.compiling import compiled


@compiled
def live_days(
    members: np.ndarray,
    first_day: int,
    days: int,
    world: Any,
    tally: np.ndarray,
    purse: Any,
    orders: np.ndarray,
    keep: bool,
) -> np.ndarray:
    """Take one block through `days` days, day by day while it is in the cache.

    `tally` TALLY[days] is added to; `purse` is spent from and earned into. Returns the orders of the block (ORDER[n]) in
    the order of day and slot if `keep`, none otherwise.
    """
    n = 0
    for offset in range(days):
        day = first_day + offset
        today = tally[offset]
        for i in range(len(members)):
            member = members[i]
            if member.joined > day:
                continue
            if keep and len(orders) - n < MOST_ORDERS_A_DAY:
                larger = np.empty(2 * len(orders) + 2 * MOST_ORDERS_A_DAY, orders.dtype)
                larger[:n] = orders[:n]
                orders = larger
            n = live_one_day(member, day, world, None, today, purse, orders, n)
    return orders[:n] if keep else orders[:0]


@compiled
def live_alone(member: Any, day: int, world: Any, today: Any, purse: Any, orders: np.ndarray) -> int:
    """One member's day, for the engine in which members are Mesa agents. Returns the number of orders written."""
    return live_one_day(member, day, world, None, today, purse, orders, 0)
