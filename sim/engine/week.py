"""A block of members through a week: the loop around `live_one_day`, compiled and free of the interpreter lock."""

from typing import Any

import numpy as np

from sim.behaviour import live_one_day
from sim.engine.compiling import compiled
from sim.engine.lanes import LANES, TILE
from sim.tiles import count_all, load, place_due_orders, store, until_orders
from sim.world import MOST_ORDERS_A_DAY, ORDER


@compiled
def live_days(
    members: np.ndarray,
    first_day: int,
    days: int,
    world: Any,
    tally: np.ndarray,
    purse: Any,
    keep: bool,
    coupled: bool,
) -> np.ndarray:
    """Take one block through `days` days while it is in the cache.

    `tally` TALLY[days] is added to; `purse` is spent from. `coupled`: the members spend from a common budget, so they live
    day by day, one after the other; else a tile of them at a time lives all days, equal to the bit. Returns the orders of
    the block (ORDER[n]) if `keep`, none otherwise.
    """
    orders = np.empty(256 if keep else 0, ORDER)
    room = np.empty(1, TILE)  # indexed where it is used: a record alone would not keep it
    n, first = 0, 0
    while first < len(members):
        size = len(members) - first if coupled else min(LANES, len(members) - first)
        part = members[first : first + size]
        tiled = not coupled and have_joined(part, first_day)
        if tiled:
            load(room[0], part, size, world)
        at = 0
        while at < size * days:
            if tiled:
                at = live_in_tile(room[0], part, at, first_day, world, tally, purse)
            else:
                at = live_by_day(part, at, first_day, world, tally, purse)
            if keep:
                orders = with_room(orders, n, purse.ordered)
                orders[n : n + purse.ordered] = purse.orders[: purse.ordered]
                n += purse.ordered
            purse.ordered = 0
        if tiled:
            store(room[0], part, size)
        first += size
    return orders[:n]


@compiled
def have_joined(members: np.ndarray, day: int) -> bool:
    """Whether all are there from this day on."""
    return bool(members["joined"].max() <= day)


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
def live_in_tile(
    tile: Any, members: np.ndarray, at: int, first_day: int, world: Any, tally: np.ndarray, purse: Any
) -> int:
    """The rest of a tile's day, from `at` = day x members + place: 0 to begin it, else where its orders stopped."""
    n = len(members)
    offset, place = divmod(at, n)
    day, today = first_day + offset, tally[offset]
    if place == 0:
        until_orders(tile, members, n, day, world, today)
    place = place_due_orders(tile, members, place, n, day, world, today, purse)
    if place == n:
        count_all(tile, members, n, day, world, today)
    return offset * n + place


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
