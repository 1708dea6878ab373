"""Budgets, channels and pools of which so few lives see so little that it says next to nothing."""

import math
from collections.abc import Iterator

from models.errors import BadInput
from sim.policies.coupons import keyed_rules
from sim.scenario.scenario import Scenario
from sim.words import Language, say

_FEW = 20  # uses, or joiners: less than these say next to nothing


def too_few(scenario: Scenario, lang: Language) -> Iterator[str]:
    """A sentence for each budget and channel of which lives have too little, and for a pool that hardly anybody joins."""
    if scenario.lives is None:
        yield from _hardly_anybody(scenario, lang)
        return
    try:
        share = scenario.share
    except BadInput:  # an export that cannot be read, which a run refuses in its own words
        return
    if share == 1.0:  # as many lives as members
        return
    for key, budget, usual in _budgets(scenario):
        if usual and budget * share < _FEW * usual:
            yield _budget(scenario, key, budget, budget / usual, lang)
    for number, channel in enumerate(scenario.policy.acquisition):
        joiners = float(channel.expected(scenario.days)[-1])
        if 0 < joiners * share < _FEW:
            yield _joiners(scenario, number, joiners, lang)


def _hardly_anybody(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Of a pool that begins empty."""
    joiners = sum(float(channel.expected(scenario.days)[-1]) for channel in scenario.policy.acquisition)
    if scenario.founding == "fresh" and not scenario.members and 0 < joiners < _FEW:
        yield say(
            "policy.acquisition: {join} a pool without founding members in {days} {days:day|days}, too few to tell "
            "much; raise how many join, or days",
            lang,
            join=_join(joiners, lang),
            days=scenario.days,
        )


def _budgets(scenario: Scenario) -> Iterator[tuple[str, float, float]]:
    """(key, money, what a usual use costs) of every budget."""
    basket, policy = scenario.market.baskets.mean, scenario.policy
    for key, rule in keyed_rules(policy):
        if rule.budget is not None:
            yield f"policy.{key}", rule.budget, rule.off * (basket if rule.kind == "percent" else 1.0)
    for name, benefit in policy.benefits.items():
        if benefit.budget is not None:
            off = (benefit.off or 0.0) * (basket if benefit.kind == "percent" else 1.0)
            yield f"policy.benefits.{name}", benefit.budget, off + benefit.unit_cost


def _budget(scenario: Scenario, key: str, budget: float, uses: float, lang: Language) -> str:
    told = {"key": key, "lives": f"{scenario.lives:,}", "budget": f"{budget:,.10g}"}
    if uses <= _FEW:
        return say(
            "{key}.budget: {budget} pays for {uses} in the whole pool, too few for {lives} {lives:life|lives} to stand "
            "for; leave lives out",
            lang,
            **told,
            uses=_uses(uses, lang),
        )
    return say(
        "{key}.budget: the part of it that {lives} {lives:life has|lives have} pays for {uses}, too few to stand for a "
        "budget of {budget}; give at least {enough} {enough:life|lives}",
        lang,
        **told,
        uses=_uses(uses * scenario.share, lang),
        enough=f"{_enough(scenario, uses):,}",
    )


def _joiners(scenario: Scenario, number: int, joiners: float, lang: Language) -> str:
    channel = scenario.policy.acquisition[number].channel
    told = {"number": number, "channel": channel, "lives": f"{scenario.lives:,}", "days": scenario.days}
    if joiners <= _FEW:
        return say(
            "policy.acquisition.{number}: through {channel} {join} the whole pool in {days} {days:day|days}, too few "
            "for {lives} {lives:life|lives} to stand for; leave lives out",
            lang,
            **told,
            join=_join(joiners, lang),
        )
    part = joiners * scenario.share
    return say(
        "policy.acquisition.{number}: through {channel} {joiners} of {lives} {lives:life|lives} {joiners:joins|join} "
        "in {days} {days:day|days}, too few to tell much of joiners; give at least {enough} {enough:life|lives}",
        lang,
        **told,
        joiners=say("fewer than one", lang) if part < 1 else f"{part:.2g}",
        enough=f"{_enough(scenario, joiners):,}",
    )


def _uses(number: float, lang: Language) -> str:
    return say("less than one use" if number < 1 else "{n} {n:use|uses}", lang, n=f"{number:.2g}")


def _join(number: float, lang: Language) -> str:
    return say("fewer than one joins" if number < 1 else "{n} {n:joins|join}", lang, n=f"{number:.2g}")


def _enough(scenario: Scenario, in_pool: float) -> int:
    """How many lives have enough of what the pool has more than enough of."""
    return min(scenario.pool_members, math.ceil(_FEW / in_pool * scenario.pool_members))
