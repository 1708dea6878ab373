"""Friends: whom members brought, how they begin, and in which tile the tree of their referrals has its root.

A friend joins at the review after she was referred, in the order of block, place and number; her key follows from that of
who referred her, so it depends on no place.
"""

from typing import Any

import numpy as np

from sim import draws
from sim.behaviour.referring import friends_of, waiting_of
from sim.catalogue import BLOCK, BROUGHT, OTHER_JOINER
from sim.draws import named_kind, subkey, uniform
from sim.engine.compiling import compiled
from sim.engine.fields import record
from sim.engine.lanes import LANES
from sim.members import begin_joiner
from sim.roles import World

FRIEND = record([("key", "u8"), ("nth", "i8"), ("place", "i8"), ("persona", "i8"), ("trust", "f8")])  # of who refers
_SHARED = named_kind("shared in public")  # those who come by what a member shares, and how many


@compiled
def waiting_friends(members: np.ndarray) -> np.ndarray:
    """FRIEND[n]: the friends whom a block's members have referred and who have not joined yet, by place and number."""
    n = 0
    for i in range(len(members)):
        n += waiting_of(members[i])
    friends = np.zeros(n, FRIEND)
    at = 0
    for i in range(len(members)):
        member = members[i]
        waiting = waiting_of(member)
        for k in range(waiting):
            friend = friends[at]
            friend["key"], friend["nth"], friend["place"] = member.key, friends_of(member) - waiting + k, i
            friend["persona"], friend["trust"] = member.persona, member.trust
            at += 1
    return friends


@compiled
def begin_friends(
    members: np.ndarray, friends: np.ndarray, day: int, index: int, ways: np.ndarray, brand: Any, world: World
) -> None:
    """Those whom members referred: trust is passed on to them, and some have the persona of who referred them.

    ways: CHANNEL[personas + 1], by the persona that a friend shares, and last where she shares none. index: of the way of
    friends, after all channels.
    """
    for i in range(len(members)):
        friend, member = friends[i], members[i]
        key = subkey(friend["key"], draws.FRIEND, friend["nth"])
        alike = uniform(key, draws.FRIEND_PERSONA, 0) < world.response.referred_alike
        way = ways[friend["persona"] if alike else len(ways) - 1]
        begin_joiner(member, key, day, index, way, brand, world)
        member.trust = world.response.trust_passed_on * friend["trust"]
        member.kept |= BROUGHT


@compiled
def begin_shared(
    members: np.ndarray, keys: np.ndarray, day: int, index: int, channel: Any, brand: Any, world: World
) -> None:
    """Those who come through a channel by what members shared in public; without the pool they would not have come."""
    for i in range(len(members)):
        member = members[i]
        begin_joiner(member, keys[i], day, index, channel, brand, world)
        member.group = OTHER_JOINER
        member.kept |= BROUGHT


@compiled
def shared_keys(friends: np.ndarray, per_share: float) -> np.ndarray:
    """uint64[n, 2]: the keys of those who join by what is shared with each friend, and which friend (from 0) it is.

    Whole people: the fraction of `per_share` is one more with that chance, keyed by who shares.
    """
    whole = int(per_share)
    n = 0
    for i in range(len(friends)):
        n += whole + (uniform(friends[i]["key"], _SHARED, friends[i]["nth"]) < per_share - whole)
    keys = np.zeros((n, 2), np.uint64)
    at = 0
    for i in range(len(friends)):
        friend = friends[i]
        more = uniform(friend["key"], _SHARED, friend["nth"]) < per_share - whole
        origin = subkey(friend["key"], _SHARED, friend["nth"])
        for k in range(whole + more):
            keys[at, 0], keys[at, 1] = subkey(origin, draws.ORIGIN, k), i
            at += 1
    return keys


class Trees:
    """In which tile each member's tree of referrals has its root: her own for who came by nobody's word.

    A tile is LANES places one after the other; what happens in a pool by chance is independent between such trees, tiles
    taken together.
    """

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []

    def of(self, block: int) -> np.ndarray:
        """int64[BLOCK]: the roots of the places of a block."""
        while len(self._blocks) <= block:
            first = len(self._blocks) * BLOCK
            self._blocks.append(np.arange(first, first + BLOCK) // LANES)
        return self._blocks[block]

    def plant(self, block: int, first: int, roots: np.ndarray) -> None:
        """Those in the places of a block from `first` on grow on these roots (int64[n])."""
        self.of(block)[first : first + len(roots)] = roots
