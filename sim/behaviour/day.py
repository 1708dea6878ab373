"""The day: its stages in their order, and nowhere else (docs/model.md, section 5)."""

from importlib import import_module

import numpy as np

from sim.behaviour import buying, counting, coupons, leaving, messages, money, state
from sim.behaviour.messages import messages_today
from sim.catalogue import MAX_SEGMENTS, NEVER
from sim.engine.compiling import compiled
from sim.engine.lanes import lane
from sim.engine.loops import Here, Stage, beginning_of, in_order
from sim.policies.policy import POLICIES
from sim.roles import Member, Tile, World

# those that a policy brings with it come first: what they do, they do before the day's messages
OF_POLICIES = tuple(import_module(policy.MECHANISM) for policy in POLICIES if hasattr(policy, "MECHANISM"))
MECHANISMS = (state, money, coupons, messages, leaving, buying, counting, *OF_POLICIES)


@compiled
def look_up(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Table lookups of each member: by days since joining, and how many messages her segment gets today."""
    world = here.world
    if tile.together:
        age = here.day - tile.joined[0]
        early, discount = world.early[age], world.discount[age]
        for i in range(n):
            tile.early[i] = early
            tile.discount[i] = discount
    else:
        for i in range(n):
            age = here.day - tile.joined[i]
            tile.early[i] = world.early[age]
            tile.discount[i] = world.discount[age]
    for i in range(n):
        tile.sent[i] = 0
    for segment in range(MAX_SEGMENTS):
        sends = messages_today(segment, here)
        if sends and (tile.segments >> segment) & 1:
            for i in range(n):
                tile.sent[i] = sends if tile.segment[i] == segment else tile.sent[i]


def look_up_one(member: Member, here: Here) -> None:
    """The same table lookups for one member."""
    age = here.day - member.joined
    member.early, member.discount = here.world.early[age], here.world.discount[age]
    member.sent = messages_today(member.segment, here)


LOOK_UP = Stage("look_up", look_up, look_up_one)
STAGES = (
    in_order("age", state.NIGHT, LOOK_UP),
    in_order(
        "receive", *(mechanism.STAGE for mechanism in OF_POLICIES), coupons.HAND_OUT, messages.MESSAGES, inside=True
    ),
    leaving.EXIT,
    buying.BUY,
    counting.COUNT,
)
DAY = in_order("day", *STAGES)


begin_life = beginning_of([mechanism.begin for mechanism in MECHANISMS if hasattr(mechanism, "begin")])


@compiled
def begin_week(tile: Tile, members: np.ndarray, n: int, world: World) -> None:
    """Weekly facts about a tile's members. Members who have left get frailty 0, so that no hazard accumulates."""
    segments, apart = 0, 0
    for i in range(n):
        member = lane(tile, members, i)
        member.fit = world.acquisition.fit[member.channel]
        if member.left != NEVER:
            member.frailty = 0.0
        segments |= 1 << member.segment
        apart |= (member.joined != tile.joined[0]) | (member.group != tile.group[0])
    tile.segments = segments
    tile.together = apart == 0
