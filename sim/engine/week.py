"""A block of members through a week: its tiles, its days, its orders; compiled and free of the interpreter lock.

What a day is, and which records it works on, is handed in: nothing here knows a stage, a policy or a field.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.engine.compiling import compiled, compiled_as
from sim.engine.fields import as_array
from sim.engine.lanes import LANES, lane
from sim.engine.loops import Here, OfTile
from sim.roles import Purse, Room, Tally, Tile, World


class Groups(NamedTuple):
    """Records of what members have in common for a week, a group's mood; `each` of them in a row share one."""

    entries: np.ndarray
    each: int


class Layout(NamedTuple):
    """What a week works on: records of a tile, of the orders of a tile's day, of an order; and how tiles are filled."""

    tile: np.dtype
    room: np.dtype
    order: np.dtype
    load: OfTile  # (tile, members, world, groups): take members, at most LANES of them, into a tile
    store: OfTile  # (tile, members): write a tile back to their records


def load_of(take: Callable[..., None], begin: OfTile) -> OfTile:
    """What fills a tile: `take` each lane from her record, then `begin(tile, members, n, world, groups)` once a week."""

    def load(tile: Tile, members: np.ndarray, world: World, groups: np.ndarray) -> None:
        for i in range(len(members)):
            take(lane(tile, members, i))
        begin(tile, members, len(members), world, groups)

    return compiled_as("load", load)


def store_of(put_back: Callable[..., None]) -> OfTile:
    """What empties a tile: `put_back` each lane to her record."""

    def store(tile: Tile, members: np.ndarray) -> None:
        for i in range(len(members)):
            put_back(lane(tile, members, i))

    return compiled_as("store", store)


def live_days_of(name: str, day: OfTile, layout: Layout) -> Callable[..., np.ndarray]:
    """The compiled function that takes one block through some days while it is in the cache.

    (members, first_day, days, world, tally, purse, keep, coupled, groups, apart) -> orders. `members` in the order of
    joining. `tally` TALLY[days] is added to; with `apart` each LANES members have their own, so many places after that of
    those before them (0: all count together). `purse` is spent from. `coupled`, 0: a tile of members at a time lives all
    days. 1: they spend from a common budget, so that all live a day before anybody lives the next, equal to the bit. 2:
    they spend from one at several hours of a day, so that each lives her day before the next does. Returns the orders of
    the block (ORDER[n]) if `keep`, none otherwise.
    """
    tile_record, room_record, order_record = layout.tile, layout.room, layout.order
    load, store = layout.load, layout.store
    one_day = _one_day_of(name, day)
    with_room = _with_room_of(name, order_record)

    def live_days(
        members: np.ndarray,
        first_day: int,
        days: int,
        worlds: np.ndarray,
        tally: np.ndarray,
        purse: Purse,
        keep: bool,
        coupled: int,
        groups: Groups,
        apart: int,
    ) -> np.ndarray:
        world, orders = worlds[0], np.empty(256 if keep else 0, order_record)
        n = 0
        width = 1 if coupled == 2 else LANES
        tiles = -(-len(members) // width)
        resident = tiles if coupled == 1 else 1
        room = np.empty(resident, tile_record)  # indexed where it is used: a record alone would not keep it
        placed = np.empty(1, room_record)
        placed[0]["ordered"] = 0
        for step in range(tiles * days):
            k, offset = (step % tiles, step // tiles) if coupled else (step // days, step % days)
            part, tile = members[k * width : (k + 1) * width], room[k % resident]
            if offset == 0 or coupled == 2:
                load(tile, part, world, groups_of(groups, k * width, len(part)))
            today = tally[k * width // LANES * apart + offset]
            one_day(tile, part, first_day + offset, world, today, purse, placed[0])
            if keep and placed[0]["ordered"]:
                orders = with_room(orders, n, placed[0]["ordered"])
                orders[n : n + placed[0]["ordered"]] = placed[0]["rows"][: placed[0]["ordered"]]
                n += placed[0]["ordered"]
            placed[0]["ordered"] = 0
            if offset == days - 1 or coupled == 2:
                store(tile, part)
        return orders[:n]

    compiled_days = compiled_as(f"{name}_live_days", live_days)

    def live(members: np.ndarray, first_day: int, days: int, world: World, *further: Any) -> np.ndarray:
        orders: np.ndarray = compiled_days(members, first_day, days, as_array(world), *further)
        return orders

    return live


@compiled
def groups_of(groups: Groups, first: int, n: int) -> np.ndarray:
    """The entries of n members from the `first` on: of a tile one, or one each."""
    return groups.entries[first // groups.each : (first + n - 1) // groups.each + 1]


# The loops stand alone: an array that can grow, in sight of them, has its references counted twice a member.


def _one_day_of(name: str, day: OfTile) -> Callable[..., None]:
    def one_day(
        tile: Tile, members: np.ndarray, day_now: int, world: World, today: Tally, purse: Purse, orders: Room
    ) -> None:
        day(tile, members, joined_by(members, day_now), Here(day_now, world, today, purse, orders, None))

    return compiled_as(f"{name}_one_day", one_day)


def _with_room_of(name: str, order_record: np.dtype) -> Callable[..., np.ndarray]:
    def with_room(orders: np.ndarray, n: int, more: int) -> np.ndarray:
        if n + more <= len(orders):
            return orders
        larger = np.empty(2 * (n + more), order_record)
        larger[:n] = orders[:n]
        return larger

    return compiled_as(f"{name}_with_room", with_room)


@compiled
def joined_by(members: np.ndarray, day: int) -> int:
    """How many have joined by this day: they stand in the order in which they joined."""
    n = len(members)
    while n > 0 and members[n - 1].joined > day:
        n -= 1
    return n


def live_alone_of(name: str, stage: OfTile, layout: Layout) -> Callable[..., None]:
    """The compiled function that takes one member through a day, or a stage of it, as a tile of one.

    (one, room, day, world, today, purse, orders, groups): `one` is MEMBER[1], `room` TILE[1], `today` TALLY[1], `groups` the
    entry of her group; what is in the room from her earlier stages of the day stays.
    """
    load, store = layout.load, layout.store

    def live_alone(
        one: np.ndarray,
        room: np.ndarray,
        day: int,
        worlds: np.ndarray,
        today: np.ndarray,
        purse: Purse,
        orders: Room,
        groups: np.ndarray,
    ) -> None:
        load(room[0], one, worlds[0], groups)
        stage(room[0], one, len(one), Here(day, worlds[0], today[0], purse, orders, None))
        store(room[0], one)

    compiled_alone = compiled_as(f"{name}_live_alone", live_alone)

    def live(one: np.ndarray, room: np.ndarray, day: int, world: World, *further: Any) -> None:
        compiled_alone(one, room, day, as_array(world), *further)

    return live
