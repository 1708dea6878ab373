"""How a member begins: founding members and joiners.

A member is one record of MEMBER (sim/records.py). Records live in blocks that are allocated as members join and never moved,
so an agent that holds one never loses it. What a record begins with is a pure function of the member's key (sim/draws.py)
and of the market: it depends on no slot and on nobody else.
"""

import math
from typing import Any

import numpy as np

from sim import draws
from sim.behaviour.buying import customer_rate, rhythm_rate
from sim.behaviour.day import begin_life
from sim.behaviour.membership import note_year_spend
from sim.behaviour.tags import believed_taste
from sim.catalogue import CAME_AS_PROSPECT, EVERYONE, FOUNDER, NEVER, ORGANIC_JOINER, OTHER_JOINER, UNKNOWN
from sim.draws import Key, beta, choice, exponential, gamma, normal, subkey, uniform
from sim.engine.compiling import compiled
from sim.engine.fields import record
from sim.roles import Market, Member, World
from sim.selection import whom_it_meets

_LARGEST_BASKET = 1e13  # of the market's money, usually
_PATIENCE = 10_000  # attempts of a rejection that usually takes a few dozen

BRAND_VIEW = record([("cumulative", "f8", (4,)), ("market_cumulative", "f8", (4,)), ("tag_accuracy", "f8")])


@compiled
def _draw_person(member: Member, key: Key, cumulative: np.ndarray, brand: Any, world: World) -> None:
    """Draw the latent traits (persona, attention, tolerance, frailty), first thresholds, and the tag that the brand sees."""
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
    member.taste = int(uniform(key, draws.TASTE, 0) * world.tastes)
    member.known = believed_taste(member, world)
    member.left = NEVER
    member.last_sent = NEVER
    member.last_talk = NEVER
    member.complained = NEVER
    member.asked = NEVER
    member.converted = NEVER
    member.blamed = NEVER
    member.woken = NEVER
    member.bought_at = NEVER
    member.coupon_until = NEVER
    begin_life(member, key, world)


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
def _draw_loss_and_basket(member: Member, world: World) -> None:
    market = world.market
    member.loss_chance = beta(member.key, draws.LOSS_CHANCE, 0, market.a, market.b)
    member.basket_rate = countable(gamma(member.key, draws.BASKET_RATE, 0, market.q) / market.v, market.p)


@compiled
def countable(rate: float, p: float) -> float:
    """nu_i, bounded so that baskets fit into 64 bits of minor units; for q just above 1 it would be unbounded."""
    return max(rate, max(p, 1.0) / _LARGEST_BASKET)


@compiled
def begin_fresh(members: np.ndarray, seed: Key, ordinal: int, brand: Any, world: World) -> None:
    """Founding members `ordinal`..: each bought once on day 0 (that order is not counted)."""
    for i in range(len(members)):
        member = members[i]
        key = subkey(subkey(seed, draws.ORIGIN, 0), draws.ORIGIN, ordinal + i)
        _draw_person(member, key, brand.cumulative, brand, world)
        _draw_loss_and_basket(member, world)
        member.rate = customer_rate(member, world)
        member.group = FOUNDER
        member.bought_at = 0
        member.subscribed = 1
        if world.membership.ever != 0:
            note_year_spend(member, round(world.market.p / member.basket_rate * world.market.minor_units))


@compiled
def begin_from_history(
    members: np.ndarray, seed: Key, ordinal: int, histories: np.ndarray, brand: Any, world: World
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
        member.first_order = -past.T
        member.subscribed = 1
        member.spend = round(past.spend * world.market.minor_units)
        if world.membership.ever != 0:
            note_year_spend(member, round(past.last_year * world.market.minor_units))
        member.group = FOUNDER
        member.bought_at = 0
        if member.lost:
            member.order_left = math.inf


@compiled
def probability_alive(x: float, recency: float, T: float, market: Market, alpha: float) -> float:
    """P(alive | x, t_x, T) of BG/NBD (Fader, Hardie & Lee 2008, note 021), 1 for who never came back."""
    if x == 0.0:
        return 1.0
    log_odds = math.log(market.a / (market.b + x - 1.0)) + (market.r + x) * math.log((alpha + T) / (alpha + recency))
    return 1.0 / (1.0 + math.exp(min(log_odds, 700.0)))


@compiled
def _posterior_loss_chance(key: Key, x: float, lost: bool, market: Market) -> float:
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
    world: World,
) -> None:
    """Those who join through a channel on a day, `ordinal`..; prospects have a first-order rate of their own, f_i."""
    origin = subkey(subkey(seed, draws.ORIGIN, 1) ^ channel.key, draws.ORIGIN, day)
    for i in range(len(members)):
        begin_joiner(members[i], subkey(origin, draws.ORIGIN, ordinal + i), day, index, channel, brand, world)


@compiled
def begin_joiner(member: Member, key: Key, day: int, index: int, channel: Any, brand: Any, world: World) -> None:
    """One who joins on a day through a channel, the `index`-th."""
    _draw_person(member, key, channel.cumulative, brand, world)
    _draw_loss_and_basket(member, world)
    member.joined = day
    member.last_seen = day
    member.last_order = day
    member.first_order = day
    member.next_touch = day
    if world.tag_lag > 0:
        member.known = UNKNOWN
    member.channel = index + 1
    organic = uniform(key, draws.ORGANIC, 0) < channel.organic
    member.group = ORGANIC_JOINER if organic else OTHER_JOINER
    if uniform(key, draws.BUYER, 0) < channel.buyers:
        if channel.meets == EVERYONE:
            member.rate = customer_rate(member, world)
        else:
            member.rate, member.loss_chance = whom_it_meets(
                key, channel.meets, rhythm_rate(member, world), world.market
            )
        member.bought_at = day
        member.subscribed = 1
    else:
        member.prospect = 1
        member.kept = CAME_AS_PROSPECT
        member.rate = gamma(key, draws.FIRST_RATE, 0, channel.first_shape) / channel.first_rate
