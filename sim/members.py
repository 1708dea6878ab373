"""The member record, and how a member begins: founding members and joiners.

A member is one record of a NumPy structured array, hot fields first. Records live in blocks that are allocated as members
join and never moved, so an agent that holds one never loses it. What a record begins with is a pure function of the
member's key (sim/draws.py) and of the market: it depends on no slot and on nobody else.
"""

import math
from typing import Any, TypeAlias

import numpy as np

from sim import draws
from sim.engine.compiling import compiled
from sim.draws import Key, beta, choice, exponential, gamma, normal, subkey, uniform

MemberRecord: TypeAlias = Any  # one element of an array of MEMBER; numba and mypy see it differently

BLOCK = 4096  # members a block: in the second-level cache while a week passes
FOUNDER, ORGANIC_JOINER, OTHER_JOINER = 0, 1, 2  # groups whose money is kept apart (counterfactual, LTV)
NEVER = -1
_LARGEST_BASKET = 1e13  # of the market's money, usually
_PATIENCE = 10_000  # attempts of a rejection that usually takes a few dozen

MEMBER = np.dtype(
    [
        # every day: two cache lines
        ("order_left", "f8"),  # hazard still to pass before the next order
        ("leave_left", "f8"),
        ("complaint_left", "f8"),
        ("rate", "f8"),  # orders a day of operational time (a prospect's: first orders)
        ("tau", "f8"),  # operational days since the first order
        ("value", "f8"),  # contribution so far, discounted to the day of joining, before acquisition
        ("trust", "f4"),  # R
        ("interest", "f4"),  # S
        ("fatigue", "f4"),  # F
        ("habit", "f4"),  # H
        ("pull", "f4"),  # what buying ahead takes from demand now
        ("attention", "f4"),  # o_i
        ("tolerance", "f4"),  # in units of fatigue
        ("frailty", "f4"),  # omega_i
        ("coupon_lift", "f4"),  # what the coupon in hand adds to demand while it is good
        ("click_left", "f4"),  # exp(-hazard still to pass before the next click), grows to 1
        ("window_demand", "f4"),  # sums over the last 90 days, for the rest of her life: m,
        ("window_cost", "f4"),  # cost of messages, and
        ("window_exit", "f4"),  # hazard of leaving
        ("frequency", "i4"),  # x: orders after the first, in the export and since
        ("orders", "i4"),  # orders in the simulation
        ("clicks", "i4"),
        ("joined", "i2"),
        ("left", "i2"),  # the day she left, or NEVER
        ("last_seen", "i2"),  # last day with an interaction; the day of joining before the first
        ("last_sent", "i2"),
        ("coupon_until", "i2"),  # last day on which the coupon in hand is good
        ("segment", "u1"),  # her row in this week's plan
        ("persona", "u1"),
        ("channel", "u1"),  # 0 founder, else 1 + acquisition channel
        ("group", "u1"),
        ("prospect", "u1"),  # has not bought yet
        ("lost", "u1"),  # no longer alive as a customer; nobody sees it
        # at events and at the review
        ("key", "u8"),
        ("loss_chance", "f8"),  # p_i
        ("tau_last", "f8"),  # operational time of the last order (t_x)
        ("exponents", "f8"),  # G_x
        ("spend", "i8"),  # paid so far, minor units
        ("last_exponent", "f4"),  # g_x
        ("basket_rate", "f4"),  # nu_i
        ("last_order", "f4"),  # calendar day of the last order
        ("complaints", "i2"),
        ("woken", "i2"),  # the day she woke from 90 days of silence, until she buys or 90 days pass
        ("bought_at", "i2"),  # day from which the second order is counted (first order, or founding)
        ("converted", "i2"),  # the day of her last message that an order followed, and
        ("blamed", "i2"),  # of the last that a complaint followed: each message counts once
        ("eligible", "u2"),  # bit j: coupon rule j may reach her this week
        ("coupon", "u1"),  # 1 + the rule whose coupon she has in hand, 0 for none
        ("tag", "u1"),  # the persona that the brand believes she has
        ("kept", "u1"),  # bits: KEPT_*
    ],
    align=True,
)

KEPT_7, KEPT_30, FIRST_IN_TIME, SECOND_IN_TIME, CAME_AS_PROSPECT = 1, 2, 4, 8, 16

BRAND_VIEW = np.dtype(
    [("cumulative", "f8", (4,)), ("market_cumulative", "f8", (4,)), ("tag_accuracy", "f8")], align=True
)

CHANNEL = np.dtype(
    [
        ("key", "u8"),
        ("buyers", "f8"),
        ("organic", "f8"),
        ("first_shape", "f8"),
        ("first_rate", "f8"),  # rate of the gamma of first-order rates: shape x mean days
        ("cumulative", "f8", (4,)),
    ],
    align=True,
)

HISTORY = np.dtype(
    [
        ("frequency", "f8"),
        ("recency", "f8"),
        ("T", "f8"),
        ("spend_count", "f8"),
        ("monetary_value", "f8"),
        ("spend", "f8"),
    ],
    align=True,
)


@compiled
def _draw_person(member: MemberRecord, key: Key, cumulative: np.ndarray, brand: Any, world: Any) -> None:
    """Draw what she is: persona, attention, tolerance, frailty; and the tag that the brand sees."""
    response = world.response
    member.key = key
    persona = choice(uniform(key, draws.PERSONA, 0), cumulative)
    member.persona = persona
    member.tag = persona
    if uniform(key, draws.TAG, 0) >= brand.tag_accuracy:
        member.tag = _wrong_tag(persona, uniform(key, draws.TAG_WRONG, 0), brand.market_cumulative)
    shape = response.attention_shape
    member.attention = response.attention_mean[persona] * gamma(key, draws.ATTENTION, 0, shape) / shape
    spread = response.tolerance_spread
    member.tolerance = response.tolerance_mean[persona] * math.exp(
        spread * normal(key, draws.TOLERANCE, 0) - 0.5 * spread * spread
    )
    k = response.frailty_shape
    member.frailty = gamma(key, draws.FRAILTY, 0, k) / k
    member.order_left = exponential(key, draws.ORDER, 0)
    member.leave_left = exponential(key, draws.LEAVE, 0)
    member.complaint_left = exponential(key, draws.COMPLAINT, 0)
    member.click_left = uniform(key, draws.CLICK, 0)
    member.left = NEVER
    member.last_sent = NEVER
    member.converted = NEVER
    member.blamed = NEVER
    member.woken = NEVER
    member.bought_at = NEVER
    member.coupon_until = NEVER


@compiled
def _wrong_tag(persona: int, u: float, cumulative: np.ndarray) -> int:
    """Another persona than hers, by their shares in the market; any other if the market knows only hers."""
    below = cumulative[persona - 1] if persona > 0 else 0.0
    own = cumulative[persona] - below
    if own > 1.0 - 1e-9:
        others = len(cumulative) - 1
        return (persona + 1 + int(u * others)) % len(cumulative)
    at = u * (1.0 - own)
    return choice(at if at < below else at + own, cumulative)


@compiled
def rhythm_rate(member: MemberRecord, world: Any) -> float:
    """The gamma rate of lambda_i given her attention: alpha (o_i / o_mean)^-c (docs/model.md section 2).

    o_i / o_mean is held within a thousand either way: beyond, one who never looks would order without end (c < 0).
    """
    c = world.response.attention_on_rhythm
    if c == 0.0:
        return world.market.alpha
    relative = member.attention / world.response.attention_mean[member.persona]
    return world.market.alpha * min(max(relative, 1e-3), 1e3) ** (-c)


@compiled
def customer_rate(member: MemberRecord, world: Any) -> float:
    """lambda_i, drawn fresh: orders a day of operational time of one who has just bought first."""
    return gamma(member.key, draws.RATE, 0, world.market.r) / rhythm_rate(member, world)


@compiled
def _draw_customer(member: MemberRecord, world: Any) -> None:
    market = world.market
    member.loss_chance = beta(member.key, draws.LOSS_CHANCE, 0, market.a, market.b)
    member.basket_rate = countable(gamma(member.key, draws.BASKET_RATE, 0, market.q) / market.v, market.p)


@compiled
def countable(rate: float, p: float) -> float:
    """nu_i, held where her baskets stay within 64 bits of minor units: q just above 1 has no bound otherwise."""
    return max(rate, max(p, 1.0) / _LARGEST_BASKET)


@compiled
def begin_fresh(members: np.ndarray, seed: Key, ordinal: int, brand: Any, world: Any) -> None:
    """Founding members `ordinal`..: each bought once on day 0 (that order is not counted)."""
    for i in range(len(members)):
        member = members[i]
        key = subkey(subkey(seed, draws.ORIGIN, 0), draws.ORIGIN, ordinal + i)
        _draw_person(member, key, brand.cumulative, brand, world)
        _draw_customer(member, world)
        member.rate = customer_rate(member, world)
        member.group = FOUNDER
        member.bought_at = 0


@compiled
def begin_from_history(
    members: np.ndarray, seed: Key, ordinal: int, histories: np.ndarray, brand: Any, world: Any
) -> None:
    """Founding members with the histories of an export: lambda and p from the posterior given x, t_x, T.

    Alive with P(alive): lambda ~ Gamma(r + x, alpha + T), p ~ Beta(a, b + x). Else lambda ~ Gamma(r + x, alpha + t_x) and
    p ~ Beta(a, b + x - 1) accepted with its own p: lost at the last order (docs/model.md section 5).
    """
    for i in range(len(histories)):
        member, past = members[i], histories[i]
        key = subkey(subkey(seed, draws.ORIGIN, 0), draws.ORIGIN, ordinal + i)
        _draw_person(member, key, brand.cumulative, brand, world)
        market = world.market
        x, alpha = past.frequency, rhythm_rate(member, world)
        member.lost = uniform(key, draws.ALIVE, 0) >= probability_alive(x, past.recency, past.T, market, alpha)
        until = past.recency if member.lost else past.T
        member.rate = gamma(key, draws.RATE, 0, market.r + x) / (alpha + until)
        member.loss_chance = _posterior_loss_chance(key, x, member.lost, market)
        shape, rate = (
            market.q + market.p * past.spend_count,
            market.v + past.spend_count * past.monetary_value,
        )
        member.basket_rate = countable(gamma(key, draws.BASKET_RATE, 0, shape) / rate, market.p)
        member.tau, member.tau_last = past.T, past.recency
        member.frequency, member.exponents, member.last_exponent = int(x), x, 1.0
        member.last_order = past.recency - past.T
        member.spend = round(past.spend * world.market.minor_units)
        member.group = FOUNDER
        member.bought_at = 0
        if member.lost:
            member.order_left = math.inf


@compiled
def probability_alive(x: float, recency: float, T: float, market: Any, alpha: float) -> float:
    """P(alive | x, t_x, T) of BG/NBD (Fader, Hardie & Lee 2008, note 021), 1 for who never came back."""
    if x == 0.0:
        return 1.0
    log_odds = math.log(market.a / (market.b + x - 1.0)) + (market.r + x) * math.log((alpha + T) / (alpha + recency))
    return 1.0 / (1.0 + math.exp(min(log_odds, 700.0)))


@compiled
def _posterior_loss_chance(key: Key, x: float, lost: bool, market: Any) -> float:
    if not lost:
        return beta(key, draws.LOSS_CHANCE, 0, market.a, market.b + x)
    for attempt in range(_PATIENCE):
        p = beta(key, draws.LOSS_CHANCE, attempt, market.a, market.b + x - 1.0)
        if uniform(key, draws.LOSS, 1_000_000 + attempt) < p:
            return p
    # where a loss is next to impossible nothing is accepted: the same distribution, drawn at once
    return beta(key, draws.LOSS_CHANCE, _PATIENCE, market.a + 1.0, market.b + x - 1.0)


@compiled
def begin_joiners(
    members: np.ndarray,
    seed: Key,
    day: int,
    ordinal: int,
    index: int,
    channel: Any,
    brand: Any,
    world: Any,
) -> None:
    """Those who join through a channel on a day, `ordinal`..; prospects have a first-order rate of their own, f_i."""
    origin = subkey(subkey(seed, draws.ORIGIN, 1) ^ channel.key, draws.ORIGIN, day)
    for i in range(len(members)):
        member = members[i]
        key = subkey(origin, draws.ORIGIN, ordinal + i)
        _draw_person(member, key, channel.cumulative, brand, world)
        _draw_customer(member, world)
        member.joined = day
        member.last_seen = day
        member.last_order = day
        member.channel = index + 1
        organic = uniform(key, draws.ORGANIC, 0) < channel.organic
        member.group = ORGANIC_JOINER if organic else OTHER_JOINER
        if uniform(key, draws.BUYER, 0) < channel.buyers:
            member.rate = customer_rate(member, world)
            member.bought_at = day
        else:
            member.prospect = 1
            member.kept = CAME_AS_PROSPECT
            member.rate = gamma(key, draws.FIRST_RATE, 0, channel.first_shape) / channel.first_rate
