"""The calendar's messages (docs/model.md, section 3): what the plan sends today, to whom it arrives, one after the other."""

import numpy as np

from sim.behaviour.benefits import any_carried, take_offer
from sim.behaviour.breakdown import DELIVERED, READS, note, note_delivered, note_read
from sim.behaviour.community import any_groups, count_live, count_live_of_one, join_in
from sim.behaviour.delivering import (
    Delivery,
    allows_of,
    deliver,
    delivery_of,
    fit_to_her,
    has_room,
    hear_nothing,
    is_meant,
    is_plain,
    is_sent,
    is_wanted,
    look_up_terms,
    look_up_terms_of_all,
    say,
)
from sim.behaviour.money import book_joined, book_today
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
    """The slot-th message of the day to all who get one; returns the bits of the segments that somebody got it in.

    To the others it does nothing.
    """
    for i in range(n):
        hear_nothing(daily_lane(tile, members, i))
    heard = 0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1 and slot < messages_today(segment, here):
            message = here.world.push.messages[segment, here.day - here.world.week_start, slot]
            heard |= (deliver_to(tile, members, n, segment, message, here) > 0) << segment
    return heard


@compiled
def deliver_to(tile: Tile, members: np.ndarray, n: int, segment: int, message: Message, here: Here) -> int:
    """One message to a segment; returns to how many it came."""
    meant = 0
    if not is_sent(message, tile.account, here):
        for i in range(n):
            meant += is_meant(daily_lane(tile, members, i), message, segment)
        here.today.unsent += meant
        return 0
    if here.world.push.filtered[segment]:
        return deliver_to_some(tile, members, n, segment, message, here)
    delivery = delivery_of(message, segment, message.once == 0, here)
    for i in range(n):
        member = daily_lane(tile, members, i)
        hears = is_meant(member, message, segment)
        meant += hears
        if hears:
            deliver(member, delivery)
    say_to_all(tile, members, n, meant, delivery, here)
    return meant


@compiled
def say_to_all(tile: Tile, members: np.ndarray, n: int, heard: int, delivery: Delivery, here: Here) -> None:
    """What a message does to the `heard` members of a segment who have just got it, and what it costs."""
    cost = delivery.cost * heard
    here.today.delivered += heard
    here.today.group_messages += heard * delivery.grouped
    here.today.message_cost += cost
    here.today.segment_contribution[delivery.mark - 1] -= cost
    note_delivered(tile, n, heard, delivery.mark, here)
    if tile.together:
        book_joined(tile.group[0], tile.joined[0], -cost, here.today)
    else:
        for i in range(n):
            book_joined(
                tile.group[i], tile.joined[i], -delivery.cost if tile.hears[i] == delivery.mark else 0.0, here.today
            )
    for i in range(n):
        if tile.hears[i] == delivery.mark:
            say(daily_lane(tile, members, i), delivery)
    if not is_plain(delivery):
        for i in range(n):
            if tile.hears[i] == delivery.mark:
                fit_to_her(daily_lane(tile, members, i), delivery)
    if any_groups(here):
        for i in range(n):
            if tile.hears[i] == delivery.mark:
                join_in(daily_lane(tile, members, i), delivery, here)


@compiled
def deliver_to_some(tile: Tile, members: np.ndarray, n: int, segment: int, message: Message, here: Here) -> int:
    """The same where a member's choice and the cap have to be asked."""
    delivery, cap = delivery_of(message, segment, message.once == 0, here), here.world.push.cap[segment]
    meant, wanted, heard = 0, 0, 0
    for i in range(n):
        member = daily_lane(tile, members, i)
        means = is_meant(member, message, segment)
        wants = means & is_wanted(member, allows_of(member, message))
        hears = wants & has_room(member, cap, delivery.per_order, here.day)
        meant += means
        wanted += wants
        heard += hears
        if hears:
            deliver(member, delivery)
    say_to_all(tile, members, n, heard, delivery, here)
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
def take_offers(tile: Tile, members: np.ndarray, n: int, slot: int, here: Here) -> None:
    """What came with the slot-th message of the day goes to those who got it, with the chance that they noticed.

    In the order of members, whichever segments they are of: a common budget may run out among them.
    """
    if not any_offers(tile, slot, here):
        return
    for i in range(n):
        if tile.hears[i]:
            message = here.world.push.messages[tile.hears[i] - 1, here.day - here.world.week_start, slot]
            if message.benefit:
                take_offer(lane(tile, members, i), message, message.once == 0, here)


@compiled
def any_offers(tile: Tile, slot: int, here: Here) -> bool:
    """True if the slot-th message of the day to any segment of the tile carries a benefit."""
    for segment in range(MAX_SEGMENTS):
        there = (tile.segments >> segment) & 1 and slot < messages_today(segment, here)
        if there and here.world.push.messages[segment, here.day - here.world.week_start, slot].benefit:
            return True
    return False


@compiled
def count_reads(tile: Tile, n: int, heard: int, here: Here) -> None:
    """What has been read of the last message; `heard`: the bits of the segments that got it."""
    read = total(tile.amount, n)
    here.today.reads += read
    note_read(tile, n, read, heard, here)


@compiled
def receive_all(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, one after the other."""
    most = most_today(tile, here)
    if most:
        look_up_terms_of_all(tile, members, n, here)
    for slot in range(most):
        heard = deliver_all(tile, members, n, slot, here)
        if heard:
            read_all(tile, members, n, here)
            count_reads(tile, n, heard, here)
            if any_groups(here):
                count_live(tile, members, n, here)
            if any_carried(here):
                take_offers(tile, members, n, slot, here)


@compiled
def receive_all_as_logged(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, clicked as the log says."""
    most = most_today(tile, here)
    if most:
        look_up_terms_of_all(tile, members, n, here)
    for slot in range(most):
        heard = deliver_all(tile, members, n, slot, here)
        if heard:
            read_all_as_logged(tile, members, n, here)
            count_reads(tile, n, heard, here)
            if any_groups(here):
                count_live(tile, members, n, here)
            if any_carried(here):
                take_offers(tile, members, n, slot, here)


def receive_one(member: Member, here: Here) -> None:
    """Today's messages to one member."""
    if member.left != NEVER:
        return
    push, weekday, segment = here.world.push, here.day - here.world.week_start, member.segment
    for slot in range(messages_today(segment, here)):
        message = push.messages[segment, weekday, slot]
        if not is_meant(member, message, segment):
            continue
        if not is_sent(message, member.account, here):
            here.today.unsent += 1.0
        elif push.filtered[segment] and not is_wanted(member, allows_of(member, message)):
            here.today.declined += 1.0
        elif push.filtered[segment] and not has_room(member, push.cap[segment], message.per_order, here.day):
            here.today.capped += 1.0
        else:
            hear_one(member, message, here)


def hear_one(member: Member, message: Message, here: Here) -> None:
    """A message reaches one member."""
    delivery = delivery_of(message, member.segment, message.once == 0, here)
    look_up_terms(member, here)
    deliver(member, delivery)
    say(member, delivery)
    fit_to_her(member, delivery)
    if any_groups(here):
        join_in(member, delivery, here)
    here.today.delivered += 1.0
    here.today.group_messages += delivery.grouped
    here.today.message_cost += delivery.cost
    book_today(member.segment, member.group, member.joined, -delivery.cost, here.today)
    note(member, DELIVERED, 1.0, here)
    READ.of_member(member, here)
    here.today.reads += member.amount
    note(member, READS, member.amount, here)
    if any_groups(here):
        count_live_of_one(member, here)
    if message.benefit:
        take_offer(member, message, message.once == 0, here)


MESSAGES = Stage(
    "messages", receive_all, receive_one, logged=Stage("messages_as_logged", receive_all_as_logged, receive_one)
)
