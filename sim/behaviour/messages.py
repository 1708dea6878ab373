"""Attention (docs/model.md, section 3): messages delivered, read with a probability, clicked or not."""

import math
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.behaviour.money import book_today, pay
from sim.behaviour.state import interact, move_trust
from sim.catalogue import MAX_SEGMENTS, MILLION, NEVER, TINY
from sim.draws import uniform
from sim.engine.arithmetic import expm1, on_grid, total
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.lanes import daily_lane
from sim.engine.loops import Here, Stage, stage_of
from sim.roles import Member, Message, Tile, World

FIELDS = (
    Field("attention", "f4", "o_i", fixed=True),
    Field("click_left", "f4", "exp(-hazard still to pass before the next click), grows to 1"),
    Field("clicks", "i4", "clicks so far"),
    Field("last_sent", "i2", "day of the last message, or NEVER"),
)
COLUMNS = (
    Column("fit", "f8", "between her channel's promise and the pool"),
    Column("reach", "f8", "what today's message does to her (Impact)"),
    Column("affinity", "f8", ""),
    Column("trust_gain", "f8", ""),
    Column("interest_gain", "f8", ""),
    Column("weight", "f8", ""),
)
COUNTS = (
    Count("delivered", "messages delivered"),
    Count("reads", "mean number of messages read"),
    Count("clicks", "messages clicked"),
)


class Impact(NamedTuple):
    """What a message does to one member, by her persona and channel."""

    reach: float  # channel x hour x sameness
    affinity: float  # of her persona to the content
    trust: float  # gains, if read
    interest: float
    weight: float  # fatigue, if not read


class Delivery(NamedTuple):
    """One message as it reaches the members of a segment: what it does, by persona, and what it costs."""

    on_0: Impact
    on_1: Impact
    on_2: Impact
    on_3: Impact
    cost: float  # millionths
    money: float  # the same in the currency
    day: int
    in_window: bool


@inlined
def impact_on(persona: int, message: Message, world: World) -> Impact:
    """What this message does to one of this persona."""
    response, content = world.response, message.content
    return Impact(
        message.reach[persona],
        response.affinity[persona, content],
        response.trust_gain[content],
        response.interest_gain[content],
        response.fatigue_weight[content],
    )


@inlined
def delivery_of(segment: int, slot: int, here: Here) -> Delivery:
    """The slot-th message of the day to a segment."""
    day, world = here.day, here.world
    message = world.push.messages[segment, day - world.week_start, slot]
    return Delivery(
        impact_on(0, message, world),
        impact_on(1, message, world),
        impact_on(2, message, world),
        impact_on(3, message, world),
        message.cost,
        message.cost / MILLION,
        day,
        day >= world.window_from,
    )


@inlined
def messages_today(segment: int, here: Here) -> int:
    """How many messages a segment gets today."""
    return here.world.push.sends[segment, here.day - here.world.week_start]


@inlined
def hear_nothing(member: Member) -> None:
    """The null message, which changes no state and costs nothing."""
    member.amount, member.reach, member.trust_gain, member.interest_gain, member.weight = 0.0, 0.0, 0.0, 0.0, 0.0


@inlined
def deliver(member: Member, delivery: Delivery) -> None:
    """One message reaches her, and is paid for."""
    persona, on_0, on_1, on_2, on_3 = member.persona, delivery.on_0, delivery.on_1, delivery.on_2, delivery.on_3
    member.reach = choose(persona, on_0.reach, on_1.reach, on_2.reach, on_3.reach)
    member.affinity = choose(persona, on_0.affinity, on_1.affinity, on_2.affinity, on_3.affinity)
    member.trust_gain = on_0.trust
    member.interest_gain = on_0.interest * member.fit
    member.weight = on_0.weight
    member.amount = delivery.cost
    member.last_sent = delivery.day
    pay(member, delivery.money, member.discount, delivery.in_window)


@inlined
def choose(persona: int, a: float, b: float, c: float, d: float) -> float:
    """Select one of four values by index, without a lookup table."""
    return (a if persona == 0 else b) if persona <= 1 else (c if persona == 2 else d)


@inlined
def attend(member: Member, here: Here) -> None:
    """The probability of reading moves the state, and the click hazard of this message is added; both 0 without one.

    The hazard is -log(1 - chance); its survival is multiplied up, which takes no logarithm per message.
    """
    q = take_in(member, here.world)
    member.click_left /= 1.0 - here.world.response.click_rate * q
    member.amount = on_grid(q)


@inlined
def take_in(member: Member, world: World) -> float:
    """A = o reach hour exp(affinity + b_R R - F / tolerance), q = 1 - e^-A; updates the state and returns q."""
    q = -expm1(-attention(member, world))
    move_trust(member, member.trust_gain * q)
    member.interest += member.interest_gain * q
    member.fatigue += member.weight * (1.0 - 0.5 * q)
    return q


@inlined
def attention(member: Member, world: World) -> float:
    """A: the attention hazard of one message; a lost customer keeps a share of her attention."""
    response = world.response
    if_lost = response.lost_attention
    pull = member.affinity + response.trust_on_attention * member.trust
    hazard = member.attention * member.reach * (1.0 + expm1(pull - member.fatigue / member.tolerance))
    return hazard * (if_lost if member.lost else 1.0)


@inlined
def is_tempted(member: Member, here: Here) -> bool:
    """True if the hazard of clicking has reached its threshold."""
    return member.click_left >= 1.0


@compiled
def click_and_go_on(member: Member, here: Here) -> None:
    """Register a click and draw the threshold of the next one."""
    click(member, here)
    member.click_left = uniform(member.key, draws.CLICK, member.clicks)


@inlined
def gather_attention(member: Member, here: Here) -> None:
    """Replay: the log-likelihood of clicking this message, or of not clicking it, given her attention."""
    q = take_in(member, here.world)
    member.amount = on_grid(q)
    member.clicked = 0
    if member.hears == 0:
        return
    chance = here.world.response.click_rate * q
    at = member.clicks_met
    if at < member.clicks_end and here.events.click_days[at] == here.day:
        member.clicks_met += 1
        member.clicked = 1
        member.click_log += math.log(max(chance, TINY))
    else:
        member.click_log += math.log(1.0 - chance)


@inlined
def clicked_as_logged(member: Member, here: Here) -> bool:
    """True if the log says that she clicked this message."""
    return member.clicked != 0


@compiled
def click(member: Member, here: Here) -> None:
    """What a click does."""
    response = here.world.response
    member.clicks += 1
    here.today.clicks += 1.0
    move_trust(member, response.click_trust)
    member.interest += response.click_interest
    interact(member, here)


READ = stage_of("read", attend, is_tempted, click_and_go_on).as_logged(gather_attention, clicked_as_logged, click)
read_all, read_all_as_logged = READ.of_tile, READ.of_tile_as_logged


@compiled
def deliver_all(tile: Tile, members: np.ndarray, n: int, slot: int, here: Here) -> int:
    """The slot-th message of the day to all who get one; returns how many. To the others it does nothing."""
    for i in range(n):
        hear_nothing(daily_lane(tile, members, i))
    heard = 0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1 and slot < messages_today(segment, here):
            heard += deliver_to(tile, members, n, segment, slot, here)
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
def deliver_to(tile: Tile, members: np.ndarray, n: int, segment: int, slot: int, here: Here) -> int:
    """One message to a segment; returns to how many."""
    delivery = delivery_of(segment, slot, here)
    heard = 0
    for i in range(n):
        member = daily_lane(tile, members, i)
        hears = (member.segment == segment) & (member.left == NEVER)
        heard += hears
        if hears:
            deliver(member, delivery)
    return heard


@compiled
def most_today(tile: Tile, here: Here) -> int:
    """The largest number of messages that any member of the tile gets today."""
    most = 0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1:
            most = max(most, messages_today(segment, here))
    return most


@compiled
def receive_all(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, one after the other."""
    for slot in range(most_today(tile, here)):
        if deliver_all(tile, members, n, slot, here):
            read_all(tile, members, n, here)
            here.today.reads += total(tile.amount, n)


@compiled
def receive_all_as_logged(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Today's messages, clicked as the log says."""
    for slot in range(most_today(tile, here)):
        if deliver_all(tile, members, n, slot, here):
            for i in range(n):
                member = daily_lane(tile, members, i)
                member.hears = (slot < messages_today(member.segment, here)) & (member.left == NEVER)
            read_all_as_logged(tile, members, n, here)
            here.today.reads += total(tile.amount, n)


def receive_one(member: Member, here: Here) -> None:
    """Today's messages to one member. Reading is latent: the state moves with its probability q, not with a draw."""
    if member.left != NEVER:
        return
    for slot in range(messages_today(member.segment, here)):
        deliver(member, delivery_of(member.segment, slot, here))
        here.today.delivered += 1.0
        here.today.message_cost += member.amount
        book_today(member.group, member.joined, -member.amount, here.today)
        READ.of_member(member, here)
        here.today.reads += member.amount


MESSAGES = Stage(
    "messages", receive_all, receive_one, logged=Stage("messages_as_logged", receive_all_as_logged, receive_one)
)
