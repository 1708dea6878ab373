"""Money beside the market's usual order: amounts of its size to start from, and which of a scenario's are out of scale.

An amount has a meaning only beside what customers spend: 12 is dear where an order is 36 US dollars and nothing where it is
8,000 yen. The yardsticks are the usual order (the mean basket) and what it leaves (times the margin).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sim.drafting.phrases import written_share
from sim.policies.benefits import Benefit
from sim.policies.coupons import REACH, Coupon
from sim.policies.routines import keyed_rows
from sim.scenario.market import Market
from sim.scenario.scenario import Scenario
from sim.words import Language, number, say, significant, told_apart

POOL = 20_000  # founding members of the scenario to start from, for which its tools are
GROUP = 256  # members of a group
# Bounds beyond which an amount is called out of scale; assumptions, wide on purpose: a wrong currency is off by 5 and more.
_CAC = (0.25, 5.0)  # of what a usual order leaves
_MESSAGE = (2e-5, 0.02)  # of what a usual order leaves: at 0.02 a message a week costs what one order leaves
_CALL = (2e-5, 0.2)  # somebody's minutes
_TOOLS = 0.5  # of what a month's orders leave if every member is active
_EASY = 0.5  # of the usual order: nearly every order reaches a threshold below
_MONTH = 365 / 12
_THINNEST = 0.1  # margin; with less, amounts to start from would be next to nothing
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_THRESHOLDS = (1.0, 1.2, 1.5, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0)


@dataclass(frozen=True)
class Amounts:
    """Amounts of a scenario to start from, in the market's money: round, and of the size of its usual order."""

    cac: float
    message: float
    tools_per_month: float
    off: float
    min_spend: float
    budget: float
    unit_cost: float
    tier_spend: float
    top_spend: float
    reward: float
    manager_per_month: float
    session_cost: float
    staff_per_month: float

    @classmethod
    def of(cls, market: Market) -> "Amounts":
        """The shares of the basket and of what it leaves that the shipped strategies have, on another market."""
        basket, left = market.baskets.mean, market.baskets.mean * max(market.margin, _THINNEST)
        return cls(
            cac=_near(0.65 * left, _ROUND),
            message=_near(0.0011 * left, _ROUND),
            tools_per_month=_near(0.0055 * left * POOL, _ROUND),
            off=_near(min(0.22 * basket, 0.8 * left), _ROUND),
            min_spend=_near(1.1 * basket, _THRESHOLDS, at_least=basket),
            budget=_near(140 * basket, _ROUND),
            unit_cost=_near(0.11 * left, _ROUND),
            tier_spend=_near(3 * basket, _ROUND),
            top_spend=_near(10 * basket, _ROUND),
            reward=_near(0.2 * left, _ROUND),
            manager_per_month=_near(0.005 * left * GROUP, _ROUND),
            session_cost=_near(5 * left, _ROUND),
            staff_per_month=_near(0.0055 * left * POOL, _ROUND),
        )


def _near(value: float, leading: tuple[float, ...], at_least: float = 0.0) -> float:
    """The number nearest to `value` in ratio among `leading` times powers of ten."""
    power = math.floor(math.log10(value))
    known = [float(f"{digits * 10.0**k:.3g}") for k in (power - 1, power, power + 1) for digits in leading]
    return min((x for x in known if x >= at_least), key=lambda x: abs(math.log(x / value)))


def out_of_scale(scenario: Scenario, lang: Language = "en") -> list[str]:
    """One sentence for each cost, coupon or benefit that does not fit the market's usual order: key, amount, yardstick."""
    market = scenario.market
    if not market.margin:
        return [say("market.margin: is 0: no order leaves anything, so nothing can pay", lang)]
    coupons = (s for at, c in _coupons(scenario) for s in _coupon(at, c, market, lang))
    named = ((f"policy.benefits.{name}", benefit) for name, benefit in scenario.policy.benefits.items())
    return [*_costs(scenario, lang), *coupons, *(s for at, b in named for s in _benefit(at, b, market, lang))]


def _costs(scenario: Scenario, lang: Language) -> Iterator[str]:
    market = scenario.market
    left = market.baskets.mean * market.margin
    for ordinal, joined in enumerate(scenario.policy.acquisition):
        cost = joined.cost_per_joiner
        if cost and not _CAC[0] <= cost / left <= _CAC[1]:
            key = " + ".join(name for name in ("cac", "cost_per_reached") if getattr(joined, name))
            yield _beside_an_order(f"policy.acquisition.{ordinal}.{key}", cost, market, lang)
    by_word = scenario.policy.referral
    if by_word is not None and by_word.rewards > _CAC[1] * left:
        key = " + ".join(name for name in ("reward", "friend_reward") if getattr(by_word, name))
        yield _beside_an_order(f"policy.referral.{key}", by_word.rewards, market, lang)
    message, tools = scenario.costs.message, scenario.costs.tools_per_month
    if message and not _MESSAGE[0] <= message / left <= _MESSAGE[1]:
        yield _beside_an_order("costs.message", message, market, lang)
    for name, cost in scenario.costs.channels.items():
        least, most = _CALL if name == "call" else _MESSAGE
        if cost and name != "group" and not least <= cost / left <= most:  # in a group what is written serves many
            yield _beside_an_order(f"costs.channels.{name}", cost, market, lang)
    for key, touch in keyed_rows(scenario.policy):
        if touch.cost > left:
            yield _beside_an_order(f"policy.{key}.cost", touch.cost, market, lang)
    members = (scenario.members + scenario.people) / 2
    month = members * market.rhythm.r / market.rhythm.alpha * _MONTH * left
    unknown = scenario.founding == "from_export" and not scenario.members  # how many the export has is not read here
    if tools and not unknown and tools > _TOOLS * month:
        yield say(
            "costs.tools_per_month: {value} {currency} is {times} times what a month's orders leave ({left} {currency}, if "
            "all of {members} {members:member is|members are} active); is it in {currency}, and for a pool of this size?",
            lang,
            value=_plain(tools),
            currency=market.currency,
            times=number(tools / month) if month else "∞",
            left=number(month),
            members=f"{members:,.0f}",
        )


def _plain(value: float) -> str:
    """An amount as it was written, thousands apart."""
    return f"{value:,.10g}"


def _beside_an_order(where: str, value: float, market: Market, lang: Language) -> str:
    basket = market.baskets.mean
    left = basket * market.margin
    times, _ = told_apart((value / left, partial(significant, value / left, 2)), (1.0, lambda _: "1"))
    _, shown_left = told_apart((value, lambda _: _plain(value)), (left, lambda finer: number(left, finer=finer)))
    return say(
        "{where}: {value} {currency} is {times} times what a usual order leaves ({left} {currency}: a basket of {basket} at "
        "a margin of {margin}); is it in {currency}?"
        if value > left
        else "{where}: {value} {currency} is only 1/{part} of what a usual order leaves ({left} {currency}: a basket of "
        "{basket} at a margin of {margin}); is it in {currency}?",
        lang,
        where=where,
        value=_plain(value),
        currency=market.currency,
        times=times,
        part=significant(left / value, 1 if value > 0.1 * left else 2),
        left=shown_left,
        basket=number(basket),
        margin=written_share(market.margin, lang),
    )


def _coupons(scenario: Scenario) -> Iterator[tuple[str, Coupon]]:
    """Every coupon with its key; one that is the base's too is told once."""
    lists = {"policy": scenario.policy.coupons}
    lists |= {f"policy.{key}": change.coupons or () for key, change in scenario.policy.changes().items()}
    seen: set[Coupon] = set()
    for where, coupons in lists.items():
        for ordinal, coupon in enumerate(coupons):
            if coupon not in seen:
                yield f"{where}.coupons.{ordinal}", coupon
            seen.add(coupon)


def _benefit(where: str, benefit: Benefit, market: Market, lang: Language) -> Iterator[str]:
    yield from _coupon(where, benefit, market, lang)
    if benefit.unit_cost > market.baskets.mean * market.margin:
        yield _beside_an_order(f"{where}.unit_cost", benefit.unit_cost, market, lang)


def _coupon(where: str, coupon: Coupon | Benefit, market: Market, lang: Language) -> Iterator[str]:
    basket, margin = market.baskets.mean, market.margin
    face, percent = coupon.off or 0.0, coupon.kind == "percent"  # of a novelty nothing
    least_left = margin * coupon.min_spend  # of an order that just reaches the threshold
    off, share = told_apart((face, partial(written_share, face, lang)), (margin, partial(written_share, margin, lang)))
    _, usual, left = told_apart(
        (face, lambda _: _plain(face)),
        (basket, lambda finer: number(basket, finer=finer)),
        (least_left, lambda finer: number(least_left, finer=finer)),
    )
    values = {
        "where": where,
        "off": off if percent else _plain(face),
        "currency": market.currency,
        "basket": usual,
        "min_spend": _plain(coupon.min_spend),
        "margin": share if percent else written_share(margin, lang),
    }
    if coupon.kind == "threshold" and face > basket:
        yield say(
            "{where}.off: {off} {currency} off is more than a usual order ({basket} {currency}); is it in {currency}?",
            lang,
            **values,
        )
    elif coupon.kind == "threshold" and face > least_left:
        yield say(
            "{where}.off: {off} {currency} off loses money on an order of {min_spend} {currency}, which leaves {left} "
            "{currency} at a margin of {margin}; lower it, or raise min_spend",
            lang,
            left=left,
            **values,
        )
    elif percent and face > margin:
        yield say(
            "{where}.off: {off} off is more than the margin of {margin}: every order with this benefit loses money"
            if isinstance(coupon, Benefit)
            else "{where}.off: {off} off is more than the margin of {margin}: every order with this coupon loses money",
            lang,
            **values,
        )
    if 0 < coupon.min_spend < _EASY * basket:
        yield say(
            "{where}.min_spend: nearly every order reaches {min_spend} {currency}, as a usual one is {basket} {currency}; "
            "is it in {currency}?",
            lang,
            **values,
        )
    if coupon.min_spend > REACH * basket:
        yield say(
            "{where}: min_spend {min_spend} {currency} is above three usual baskets of this market ({basket} {currency} "
            "each), so hardly anybody uses the benefit; set it to {most} at most"
            if isinstance(coupon, Benefit)
            else "{where}: min_spend {min_spend} {currency} is above three usual baskets of this market ({basket} "
            "{currency} each), so hardly anybody uses the coupon; set it to {most} at most",
            lang,
            most=_plain(math.floor(100 * REACH * basket) / 100),
            **values,
        )
