"""The calendar's messages (docs/model.md, section 3): what the plan sends today, to whom it arrives, one after the other."""

import numpy as np

from sim.behaviour.benefits import any_carried, take_offer
from sim.behaviour.delivering import (
    deliver,
    delivery_of,
    has_room,
    hear_nothing,
    is_sent,
    is_wanted,
)
from sim.behaviour.money import book_today
from sim.behaviour.reading import READ
from sim.catalogue import MAX_SEGMENTS, NEVER
from sim.engine.arithmetic import total
from sim.engine.compiling import compiled, inlined
from sim.engine.lanes import daily_lane, lane
from sim.engine.loops import Here, Stage
from sim.roles import Member, Message, Tile

read_all, read_all_as_logged = READ.of_tile, READ.of_tile_as_logged


@inlined
def messages_today(segment: int, here: Here) -> int:
    """How many messages a segment is to get today."""
    return here.world.push.sends[segment, here.day - here.world.week_start]


@compiled
def deliver_all(tile: Tile, members: np.ndarray, n: int, slot: int, here: Here) -> int:
    """The slot-th message of the day to all who get one; returns how many. To the others it does nothing."""
    for i in range(n):
        hear_nothing(daily_lane(tile, members, i))
    heard = 0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1 and slot < messages_today(segment, here):
            message = here.world.push.messages[segment, here.day - here.world.week_start, slot]
            heard += deliver_to(tile, members, n, segment, message, here)
    if heard == 0:
        return 0
    cost = total(tile.amount, n)
    here.today.delivered += heard
    here.today.message_cost += cost
    if tile.together:
        book_today(tile.group[0], tile.joined[0], -cost, here.today)
    else:
        for i in range(n):
            book_today(tile.group[i], tile.joined[i], -tile.amount[i], here.today)
    return heard


@compiled
def deliver_to(tile: Tile, members: np.ndarray, n: int, segment: int, message: Message, here: Here) -> int:
    """One message to a segment; returns to how many it came."""
    meant = 0
    if not is_sent(message, tile.account, here):
        for i in range(n):
            meant += (tile.segment[i] == segment) & (tile.left[i] == NEVER)
        here.today.unsent += meant
        return 0
    if here.world.push.filtered[segment]:
        return deliver_to_some(tile, members, n, segment, message, here)
    delivery = delivery_of(message, True, here)
    for i in range(n):
        member = daily_lane(tile, members, i)
        hears = (member.segment == segment) & (member.left == NEVER)
        meant += hears
        if hears:
            deliver(member, delivery)
    return meant


@compiled
def deliver_to_some(tile: Tile, members: np.ndarray, n: int, segment: int, message: Message, here: Here) -> int:
    """The same where a member's choice and the cap have to be asked."""
    delivery, allows, cap = delivery_of(message, True, here), message.allows, here.world.push.cap[segment]
    meant, wanted, heard = 0, 0, 0
    for i in range(n):
        member = daily_lane(tile, members, i)
        means = (member.segment == segment) & (member.left == NEVER)
        wants = means & is_wanted(member, allows)
        hears = wants & has_room(member, cap, delivery.per_order, here.day)
        meant += means
        wanted += wants
        heard += hears
        if hears:
            deliver(member, delivery)
    here.today.declined += meant - wanted
    here.today.capped += wanted - heard
    return heard


@compiled
def most_today(tile: Tile, here: Here) -> int:
    """The largest number of messages that the plan has today for any member of the tile."""
    most = 0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1:
            most = max(most, messages_today(segment, here))
    return most


@compiled
def take_offers(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """What came with the message goes to those who got it, with the chance that they noticed."""
    for i in range(n):
        if tile.offered[i]:
            take_offer(lane(tile, members, i), True, here)


@compiled
def receive_all(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, one after the other."""
    for slot in range(most_today(tile, here)):
        if deliver_all(tile, members, n, slot, here):
            read_all(tile, members, n, here)
            here.today.reads += total(tile.amount, n)
            if any_carried(here):
                take_offers(tile, members, n, here)


@compiled
def receive_all_as_logged(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, clicked as the log says."""
    for slot in range(most_today(tile, here)):
        if deliver_all(tile, members, n, slot, here):
            read_all_as_logged(tile, members, n, here)
            here.today.reads += total(tile.amount, n)
            if any_carried(here):
                take_offers(tile, members, n, here)


def receive_one(member: Member, here: Here) -> None:
    """Today's messages to one member."""
    if member.left != NEVER:
        return
    push, weekday, segment = here.world.push, here.day - here.world.week_start, member.segment
    for slot in range(messages_today(segment, here)):
        message = push.messages[segment, weekday, slot]
        if not is_sent(message, member.account, here):
            here.today.unsent += 1.0
        elif push.filtered[segment] and not is_wanted(member, message.allows):
            here.today.declined += 1.0
        elif push.filtered[segment] and not has_room(member, push.cap[segment], message.per_order, here.day):
            here.today.capped += 1.0
        else:
            hear_one(member, message, here)


def hear_one(member: Member, message: Message, here: Here) -> None:
    """A message reaches one member."""
    deliver(member, delivery_of(message, True, here))
    here.today.delivered += 1.0
    here.today.message_cost += member.amount
    book_today(member.group, member.joined, -member.amount, here.today)
    READ.of_member(member, here)
    here.today.reads += member.amount
    if member.offered:
        take_offer(member, True, here)


MESSAGES = Stage(
    "messages", receive_all, receive_one, logged=Stage("messages_as_logged", receive_all_as_logged, receive_one)
)
