"""How a message arrives (docs/model.md, section 3): what it does to one member, who gets it, and what it costs."""

import math
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.behaviour.money import pay
from sim.catalogue import CONTENT_TYPES, FOUNDER, LIMITS, MILLION, NEVER, UNKNOWN
from sim.draws import named_kind, normal, subkey, uniform
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.lanes import daily_lane
from sim.engine.loops import Here
from sim.roles import Member, Message, Tile, World

FIELDS = (
    Field("last_sent", "i2", "day of the last message, or NEVER"),
    Field("taste", "u1", "what she likes of the market's tastes", fixed=True),
    Field("known", "u1", "the taste that the brand believes she has, or UNKNOWN"),
    Field("choice", "u1", "the level of LIMITS that she chose + 8 x the type she muted (0 none, else 1 + its code)"),
    Field("subscribed", "u1", "1: one mini-program message may reach her, as after each order"),
    Field("account", "u2", "the account that writes to her: that of her tile", daily=False),
)
COLUMNS = (
    Column("fit", "f4", "between her channel's promise and the pool"),
    Column("sent", "i4", "messages that have arrived today, if her last one is of today"),
)
COUNTS = (
    Count("delivered", "messages delivered"),
    Count("touched", "messages delivered that a date of the member's own brings about"),
    Count("unsent", "messages that an account did not send"),
    Count("declined", "messages that a member's choice kept back: a type that she muted, more than she wants"),
    Count("capped", "messages that the cap a day kept back, or a mini-program's limit of one an order"),
    Count("surveyed", "surveys answered"),
    Count("chose", "members who said how many messages they want", daily=True),
)
CONSENT = named_kind("consent")
LIVE = CONTENT_TYPES.index("live")
_SURVEY_RIGHT = 0.97  # chance that an answer tells her taste
_MISJUDGED = 0.4  # sd of the log of how far people misjudge what they can stand
_DISLIKED = -0.3  # affinity below which she mutes a type of content


class Delivery(NamedTuple):
    """One message as it reaches members: what it does, by persona where that differs, and what it costs."""

    reach_0: float
    reach_1: float
    reach_2: float
    reach_3: float
    affinity_0: float
    affinity_1: float
    affinity_2: float
    affinity_3: float
    trust: float
    interest: float
    weight: float
    engage: float
    heard: float
    aim: int  # 1 if it is fitted to what the brand knows of her
    fit: float  # b_fit: what a right or wrong fit adds to the affinity, or takes from it
    fit_up: float  # e^b_fit, e^-b_fit: the same for the interest
    fit_down: float
    per_order: int
    grouped: int  # 1 if it is for those in a group
    live: int  # 1 if it is a live session there
    mark: int  # what a member's `hears` becomes: 1 + the segment, 0 is for none
    cost: float  # millionths
    money: float  # the same in the currency
    day: int
    in_window: bool


@inlined
def delivery_of(message: Message, segment: int, recurs: bool, here: Here) -> Delivery:
    """A message of today's to a segment; `recurs`: whether its cost goes on for the rest of a member's life."""
    response, reach, affinity = here.world.response, message.reach, message.affinity
    return Delivery(
        reach[0], reach[1], reach[2], reach[3],
        affinity[0], affinity[1], affinity[2], affinity[3],
        message.trust, message.interest, message.weight, message.engage, message.heard,
        message.aim, response.aim_on_attention, response.fit_up, response.fit_down,
        message.per_order, message.grouped, message.grouped * (message.content == LIVE), segment + 1,
        message.cost, message.cost / MILLION, here.day,
        recurs and here.day >= here.world.window_from,
    )  # fmt: skip


@inlined
def hear_nothing(member: Member) -> None:
    """The null message, which changes no state and costs nothing: without reach nothing is read, whatever it says."""
    member.reach, member.weight = 0.0, 0.0
    member.hears = 0


@inlined
def say_nothing_yet(member: Member) -> None:
    """Before the first message of a week: what a message would do is some number, since none is read."""
    member.affinity, member.trust_gain, member.interest_gain, member.engage, member.heard = 0.0, 0.0, 0.0, 0.0, 0.0


@inlined
def look_up_terms(member: Member, here: Here) -> None:
    """Before a day's first message: what tables have for her by the days since she joined. Founders are not new."""
    age, world = here.day - member.joined, here.world
    member.discount = world.discount[age]
    member.newness = 1.0 if member.group == FOUNDER else world.newness[age]


@compiled
def look_up_terms_of_all(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """The same for a tile."""
    if tile.together:
        age, world = here.day - tile.joined[0], here.world
        discount = world.discount[age]
        newness = 1.0 if tile.group[0] == FOUNDER else world.newness[age]
        for i in range(n):
            tile.discount[i] = discount
            tile.newness[i] = newness
    else:
        for i in range(n):
            look_up_terms(daily_lane(tile, members, i), here)


@inlined
def deliver(member: Member, delivery: Delivery) -> None:
    """One message reaches her, and is paid for."""
    member.hears = delivery.mark
    member.sent = (member.sent if member.last_sent == delivery.day else 0) + 1
    member.last_sent = delivery.day
    pay(member, delivery.money, member.discount, delivery.in_window)


@inlined
def say(member: Member, delivery: Delivery) -> None:
    """What the message does to her if she reads it."""
    persona, d = member.persona, delivery
    member.reach = choose(persona, d.reach_0, d.reach_1, d.reach_2, d.reach_3)
    member.affinity = choose(persona, d.affinity_0, d.affinity_1, d.affinity_2, d.affinity_3)
    member.trust_gain = d.trust
    member.interest_gain = d.interest * member.fit
    member.weight = d.weight
    member.engage = d.engage
    member.heard = d.heard


@inlined
def is_plain(delivery: Delivery) -> bool:
    """True if a message says the same to everybody, and nothing is used up by it: most do."""
    return (delivery.aim | delivery.per_order) == 0


@inlined
def fit_to_her(member: Member, delivery: Delivery) -> None:
    """What only some messages have: a fit to what the brand knows of her, a mini-program's limit."""
    d = delivery
    v = fit_of(member) if d.aim else 0.0
    member.affinity += d.fit * v
    member.interest_gain *= d.fit_up if v > 0.0 else (d.fit_down if v < 0.0 else 1.0)
    member.subscribed = member.subscribed & (1 - d.per_order)


@inlined
def fit_of(member: Member) -> float:
    """v of a message that is fitted to her: 1 if what the brand believes is right, -1 if wrong, 0 if it knows nothing."""
    return (1.0 if member.known == member.taste else -1.0) if member.known != UNKNOWN else 0.0


@inlined
def choose(persona: int, a: float, b: float, c: float, d: float) -> float:
    """Select one of four values by index, without a lookup table."""
    return (a if persona == 0 else b) if persona <= 1 else (c if persona == 2 else d)


# --- what keeps a message back, in this order: not sent, her choice, the cap -------------------------------------------


@compiled
def is_sent(message: Message, account: int, here: Here) -> bool:
    """True if an account sends this message today: staff forget, or do not get round to, a line for all whom they serve."""
    return goes_out(message, account, here.day, here.world)


@compiled
def goes_out(message: Message, account: int, day: int, world: World) -> bool:
    """The same of any day."""
    if message.executed >= 1.0:
        return True
    key = subkey(world.seed, draws.EXECUTE, account)
    return uniform(key, draws.EXECUTE, 64 * day + message.line) < message.executed


@inlined
def is_meant(member: Member, message: Message, segment: int) -> bool:
    """True if a regular message is for her: in the pool, of its segment, and in a group if it is written there."""
    return (member.segment == segment) & (member.left == NEVER) & (member.in_group >= message.grouped)


@inlined
def allows_of(member: Member, message: Message) -> int:
    """The choices that let a message through to her: in a group one of those that are written there, too."""
    return message.allows if member.in_group else message.allows_outside


@inlined
def is_wanted(member: Member, allows: int) -> bool:
    """True if her choice lets a message through: its bit for the limit that she set and the type that she muted."""
    return (allows >> member.choice) & 1 != 0


@inlined
def arrived_today(member: Member, day: int) -> int:
    """How many messages have reached her today."""
    return member.sent if member.last_sent == day else 0


@inlined
def has_room(member: Member, cap: int, per_order: int, day: int) -> bool:
    """True if she can get one more message today, and a mini-program's one an order has not been used up."""
    return (arrived_today(member, day) < cap) & (member.subscribed >= per_order)


# --- what a member's answer tells --------------------------------------------------------------------------------------


@compiled
def answer_survey(member: Member, here: Here) -> None:
    """She says what she likes; the brand gets it right in most cases."""
    here.today.surveyed += 1.0
    if uniform(member.key, draws.SURVEY, 0) < _SURVEY_RIGHT:
        member.known = member.taste


@compiled
def state_choice(member: Member, here: Here) -> None:
    """She says how many messages a week she wants, and of which type none.

    The largest level below 7 tolerance e^(0.4 z), tolerance in messages a day and z keyed, since people misjudge
    themselves; she mutes the type of her lowest affinity if that is below -0.3.
    """
    response = here.world.response
    if member.choice == 0:
        here.today.chose += 1.0
    a_day = member.tolerance * (1.0 - response.fatigue_decay)
    a_week = 7.0 * a_day * math.exp(_MISJUDGED * normal(member.key, CONSENT, 0))
    level = 1
    for higher_level in range(2, len(LIMITS)):
        if LIMITS[higher_level] < a_week:
            level = higher_level
    muted, lowest = 0, _DISLIKED
    for content in range(response.affinity.shape[1]):
        if response.affinity[member.persona, content] < lowest:
            muted, lowest = 1 + content, response.affinity[member.persona, content]
    member.choice = level + 8 * muted
