"""Communities (docs/model.md, section 6): who takes part in a group, its mood and energy, what talk and costs come of it.

A group is 256 places one after the other, those of one account. What is said in it is read the more the better its mood is,
and answered the more the livelier it is. Mood moves once a week, at the review, by who has talked and what was written.
"""

import math

import numpy as np

from sim import draws
from sim.behaviour.delivering import Delivery, goes_out
from sim.behaviour.money import book_today, pay
from sim.behaviour.state import move_trust
from sim.catalogue import CONTENT_TYPES, MAX_SEGMENTS, MILLION, NEVER, WEEK
from sim.draws import Key, named_kind, normal, subkey, uniform
from sim.engine.arithmetic import lower, single
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here
from sim.roles import Group, Member, Tile, World

FIELDS = (Field("in_group", "u1", "1: she takes part in her community", fixed=True),)
COLUMNS = (
    Column("mood", "f4", "of her group, this week"),
    Column("energy", "f4", "of her group, this week"),
    Column("in_talk", "u1", "of the message that has just arrived: 1 written in her group, 3 a live session there"),
)
COUNTS = (
    Count("groups", "groups with somebody in them at the last review"),
    Count("mood", "sum of the moods of groups", daily=False),
    Count("group_messages", "messages delivered in groups"),
    Count("group_clicks", "clicks and replies in groups"),
    Count("live_reads", "mean number of live sessions in groups looked into"),
    Count("live_clicks", "live sessions in groups taken part in"),
    Count("community_cost", "managers, sessions and messages of groups", money=True, cost=True),
)
GROUP = named_kind("group")
PROMOTION = CONTENT_TYPES.index("promotion")
SPEED = 0.3  # of the way that mood moves in a week
YOUTH = 30.0  # days: half-life of what a young group talks more
MOST_ENGAGED = 0.95  # chance of an answer to what was read
_TAKEN_PART = 3  # `in_talk` of a live session


@compiled
def begin(member: Member, key: Key, world: World) -> None:
    """Whether she takes part, where there are communities at some time: the sociable more often, the busy less."""
    if world.community.ever != 0:
        member.in_group = uniform(key, draws.IN_GROUP, 0) < world.community.share[member.persona]


# --- a day ---------------------------------------------------------------------------------------------------------------


@inlined
def any_groups(here: Here) -> bool:
    """True if the policy has communities."""
    return here.world.community.on != 0


@inlined
def meet(member: Member, group: Group) -> None:
    """Her group as it is this week."""
    member.mood, member.energy = group.mood, group.energy


@inlined
def join_in(member: Member, delivery: Delivery, here: Here) -> None:
    """What a message gains in her group: its mood draws her on (b_mood mood), its energy lets her answer."""
    member.in_talk = delivery.grouped + 2 * delivery.live
    if delivery.grouped != 0:
        member.affinity += single(here.world.response.mood_on_attention) * member.mood
        member.engage = lower(member.engage * member.energy, single(MOST_ENGAGED))


@compiled
def count_talk(member: Member, here: Here) -> None:
    """A click on what was written in her group is talk that the group sees."""
    here.today.group_clicks += member.in_talk != 0
    here.today.live_clicks += member.in_talk == _TAKEN_PART


@compiled
def count_live(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """How many have looked into the live session that has just been announced."""
    reads = 0.0
    for i in range(n):
        reads += tile.amount[i] if tile.in_talk[i] == _TAKEN_PART else 0.0
    here.today.live_reads += reads


@inlined
def count_live_of_one(member: Member, here: Here) -> None:
    """The same of one member."""
    here.today.live_reads += member.amount if member.in_talk == _TAKEN_PART else 0.0


# --- a week --------------------------------------------------------------------------------------------------------------


@inlined
def belongs(member: Member, day: int) -> bool:
    """True if she is in her group on the morning of a day: in the pool, taking part, not joining only now; founders from the
    first day on."""
    return (member.in_group != 0) & (member.left == NEVER) & (member.joined < max(day, 1))


@compiled
def look_back(members: np.ndarray, day: int, worlds: np.ndarray, groups: np.ndarray, each: int) -> None:
    """At the end of a week, before `day`: who is in each group, who of them has talked, what of it were promotions.

    `groups` (COMMUNITY[n]) are those of `members`, `each` of whom in a row share one. A share of promotions is that of the
    messages that were for its members, by their segments. `worlds` is WORLD[1].
    """
    world = worlds[0]
    for g in range(len(groups)):
        group, heads = groups[g], np.zeros(MAX_SEGMENTS)
        group.talkers = 0.0
        for i in range(g * each, min((g + 1) * each, len(members))):
            member = members[i]
            if belongs(member, day):
                heads[member.segment] += 1.0
                group.talkers += member.last_talk >= world.week_start
        group.members = heads.sum()
        messages, promotions = 0.0, 0.0
        for segment in range(MAX_SEGMENTS):
            if heads[segment] > 0.0:
                written = posted(group, segment, world.week_start, world)
                messages += heads[segment] * written[0]
                promotions += heads[segment] * written[1]
        group.promotions = promotions / messages if messages > 0.0 else 0.0


@compiled
def posted(group: Group, segment: int, first_day: int, world: World) -> tuple[float, float, float]:
    """What this week's plan writes in a group for a segment: messages, promotions among them, and money (millionths)."""
    messages, promotions, money = 0.0, 0.0, 0.0
    for day in range(first_day, min(first_day + WEEK, world.days)):
        for slot in range(world.push.sends[segment, day - first_day]):
            message = world.push.messages[segment, day - first_day, slot]
            if message.grouped != 0 and goes_out(message, group.account, day, world):
                messages += 1.0
                promotions += message.content == PROMOTION
                money += message.post
    return messages, promotions, money


@compiled
def move_moods(groups: np.ndarray) -> None:
    """mood <- mood + 0.3 (share (1 - promo) - mood): by the share of a group who have talked, less what only sells."""
    for g in range(len(groups)):
        group = groups[g]
        share = group.talkers / group.members if group.members > 0.0 else 0.0
        group.mood += SPEED * (share * (1.0 - group.promotions) - group.mood)


@compiled
def rouse(groups: np.ndarray, day: int, world: World) -> None:
    """energy = exp(s z - s^2 / 2) (1 + 2^(-age / 30)): groups differ, and a young one's founding core talks more."""
    spread = world.response.energy_spread
    for g in range(len(groups)):
        age = max(day - groups[g].began, 0)
        level = math.exp(spread * groups[g].spirit - 0.5 * spread * spread)
        groups[g].energy = level * (1.0 + 0.5 ** (age / YOUTH))


@compiled
def share_costs(groups: np.ndarray, day: int, world: World, everybody: float) -> None:
    """What each member of a group pays for the week that begins (whole millionths).

    The group's own costs, and what is written in it, are shared by its members; sessions for all by `everybody` who is in a
    group. Where segments get different messages, as much is written as the one with most of them costs.
    """
    for g in range(len(groups)):
        group = groups[g]
        group.fee = 0.0
        if group.members > 0.0:
            most = 0.0
            for segment in range(MAX_SEGMENTS):
                most = max(most, posted(group, segment, day, world)[2])
            own = (world.community.fixed + most) * group.part / group.members
            group.fee = round(own + world.community.sessions / everybody)


@compiled
def come_together(
    members: np.ndarray, day: int, worlds: np.ndarray, tally: np.ndarray, groups: np.ndarray, each: int
) -> None:
    """At the review: R += mood_gain mood (1 - R) for a group's members, and each pays her part of the week's costs.

    `worlds` is WORLD[1], `tally` TALLY[1].
    """
    world, today = worlds[0], tally[0]
    days = min(WEEK, world.days - day)
    in_window = min(max(day + days - world.window_from, 0), days) / days
    for i in range(len(members)):
        member, group = members[i], groups[i // each]
        if belongs(member, day):
            move_trust(member, world.response.mood_gain * group.mood)
            money = group.fee / MILLION
            pay(member, money, world.discount[day - member.joined], False)
            member.window_cost += money * in_window
            book_today(member.segment, member.group, member.joined, -group.fee, today)
            today.community_cost += group.fee


@compiled
def found(groups: np.ndarray, first: int, seed: Key) -> None:
    """What groups `first`.. begin with: a spirit z_g of their own, and nobody in them."""
    for g in range(len(groups)):
        groups[g].spirit = normal(subkey(seed, GROUP, first + g), GROUP, 0)
        groups[g].account = (first + g) % (1 << 16)
        groups[g].began = NEVER
