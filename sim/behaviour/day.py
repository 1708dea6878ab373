"""The day: its stages in their order, and nowhere else (docs/model.md, section 5)."""

from importlib import import_module

import numpy as np

from sim.behaviour import (
    benefits,
    breakdown,
    buying,
    community,
    counting,
    coupons,
    delivering,
    events,
    leaving,
    messages,
    money,
    reading,
    referring,
    service,
    state,
    touches,
    visits,
    week_ends,
)
from sim.behaviour.delivering import say_nothing_yet
from sim.catalogue import FOUNDER, NEVER
from sim.engine.compiling import compiled, inlined
from sim.engine.lanes import daily_lane, lane
from sim.engine.loops import Here, Stage, beginning_of, in_order
from sim.policies.policy import POLICIES
from sim.roles import Member, Tile, World

# those that a policy brings with it come first: what they do, they do before the day's messages
OF_POLICIES = tuple(import_module(policy.MECHANISM) for policy in POLICIES if hasattr(policy, "MECHANISM"))
MECHANISMS = (
    state, money, coupons, reading, delivering, benefits, touches, messages, visits, leaving, buying, referring, counting,
    community, breakdown, service, events,
    *OF_POLICIES,
)  # fmt: skip


@compiled
def look_up(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Table lookups by the days since she joined. Founders are not new: they do not leave early, as the week began with."""
    if not tile.together:
        for i in range(n):
            look_up_one(daily_lane(tile, members, i), here)
    elif tile.group[0] != FOUNDER:
        early = here.world.early[here.day - tile.joined[0]]
        for i in range(n):
            tile.early[i] = early * tile.hasty[i]


@inlined
def look_up_one(member: Member, here: Here) -> None:
    """The same table lookups for one member."""
    member.early = here.world.early[here.day - member.joined] * member.hasty


LOOK_UP = Stage("look_up", look_up, look_up_one)
RECEIVED = (
    *(mechanism.STAGE for mechanism in OF_POLICIES),
    coupons.HAND_OUT,
    touches.TOUCHES,
    messages.MESSAGES,
    visits.VISITS,
)
STAGES = (
    in_order("age", state.NIGHT, LOOK_UP),
    in_order("receive", *RECEIVED, inside=True),
    leaving.EXIT,
    buying.BUY,
    referring.REFER,
    in_order("count", counting.COUNT, week_ends.WEEK_ENDS),
)
DAY = in_order("day", *STAGES)


begin_life = beginning_of([mechanism.begin for mechanism in MECHANISMS if hasattr(mechanism, "begin")])


@compiled
def begin_week(tile: Tile, members: np.ndarray, n: int, world: World, groups: np.ndarray) -> None:
    """Weekly facts about a tile's members, whom one account serves; `groups`: theirs, COMMUNITY[1], or one each.

    Members who have left get frailty 0, so that no hazard accumulates.
    """
    segments, apart, inside = 0, 0, 0
    for i in range(n):
        member = lane(tile, members, i)
        member.fit = world.acquisition.fit[member.channel]
        member.hasty = 0.0 if member.group == FOUNDER else 2.0 - min(1.0, member.fit)
        member.early = 0.0
        member.interacted = (member.clicks | member.visits | member.orders) != 0
        say_nothing_yet(member)
        if member.left != NEVER:
            member.frailty = 0.0
        inside |= member.left == NEVER
        segments |= 1 << member.segment
        apart |= (member.joined != tile.joined[0]) | (member.group != tile.group[0])
    if world.community.on != 0:
        for i in range(n):
            community.meet(lane(tile, members, i), groups[i if len(groups) > 1 else 0])
    tile.account = members[0].account
    tile.segments = segments
    tile.inside = inside
    tile.together = apart == 0
