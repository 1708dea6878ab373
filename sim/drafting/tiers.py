"""What membership does, in words, and what a planner should know of it."""

from collections.abc import Iterator
from functools import partial

from sim.drafting.phrases import joined, written_share
from sim.drafting.turns import Turn
from sim.policies.in_use import writes
from sim.policies.membership import Membership, Tier, TierItem, tiers_meant
from sim.policies.policy import Policy
from sim.scenario.scenario import Scenario
from sim.words import Language, number, say, told_apart

_STACKING = {
    "best": "where a tier's discount meets a coupon or benefit, an order gets the larger",
    "sum": "a tier's discount and a coupon or benefit are both taken off",
}
_ITEMS = {
    "early_access": "early access",
    "vote": "a vote",
    "tasting": "a tasting",
    "member_day": "a members' day",
    "gift": "a gift",
}


def membership_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """A sentence for points, and one for each tier."""
    given = scenario.policy.membership
    if given is None:
        return
    parts = [_points(given, 0, lang)] if given.points else []
    if any(tier.discount for tier in given.tiers):
        parts.append(say(_STACKING[given.stacking], lang))
    if parts:
        yield say("{key}: {what}", lang, key="policy.membership", what=joined(parts, lang))
    for k, tier in enumerate(given.tiers, start=1):
        yield say(
            "{key}: {what}", lang, key=f"policy.membership.tiers.{k - 1}", what=_tier(scenario, given, k, tier, lang)
        )


def _points(given: Membership, tier: int, lang: Language) -> str:
    return say(
        "{share} of what is paid comes back as points, of which {redeemed} are redeemed",
        lang,
        share=written_share(given.points_of(tier), lang),
        redeemed=written_share(given.redeemed, lang),
    )


def _tier(scenario: Scenario, given: Membership, k: int, tier: Tier, lang: Language) -> str:
    currency = scenario.market.currency
    name = say("tier {k}", lang, k=k) if tier.name is None else say("tier {k} ({name})", lang, k=k, name=tier.name)
    parts = [
        say(
            "{tier}, from {spend} {currency} paid within a year on",
            lang,
            tier=name,
            spend=f"{tier.spend:,g}",
            currency=currency,
        )
    ]
    if tier.discount:
        parts.append(say("{off} off every order", lang, off=written_share(tier.discount, lang)))
    if tier.points is not None:
        parts.append(_points(given, k, lang))
    parts += [_item(item, currency, lang) for item in tier.items]
    meant = [f"policy.{key}" for key, whom in tiers_meant(scenario.policy) if whom == k]
    parts += [say("also {key}", lang, key=key) for key in meant]
    return joined(parts, lang)


def _item(item: TierItem, currency: str, lang: Language) -> str:
    return say(
        "{item} worth {worth} every {days:day|{days} days}, {cost} {currency} a member"
        if item.unit_cost
        else "{item} worth {worth} every {days:day|{days} days}",
        lang,
        item=say(_ITEMS[item.kind], lang),
        worth=f"{item.worth:g}",
        days=item.every_days,
        cost=f"{item.unit_cost:,g}",
        currency=currency,
    )


def notes_on_membership(turn: Turn, lang: Language) -> Iterator[str]:
    """Tiers that there are not, tiers of which nobody hears, more given away than an order leaves."""
    policy, margin = turn.policy, turn.scenario.market.margin
    given = policy.membership
    for key, meant in tiers_meant(policy):
        most = _most_tiers(turn, key)
        if meant > most:
            yield say(
                "policy.{key}: reaches nobody: policy.membership has {most} tiers, so there is no tier {tier}"
                if most > 1
                else "policy.{key}: reaches nobody: policy.membership has one tier, so there is no tier {tier}"
                if most
                else "policy.{key}: reaches nobody: there is no tier {tier}; write tiers into policy.membership",
                lang,
                key=key,
                most=most,
                tier=meant,
            )
    if given is None:
        return
    if not given.tiers and not given.points:
        yield say(
            "policy.membership: has neither points nor tiers, so it does nothing; give it points or tiers, or leave it out",
            lang,
        )
        return
    if not writes(policy):
        yield say(
            "policy.membership: nobody is written to, so nobody hears of points and tiers: they cost and move nobody; plan "
            "a push, a line or a touch",
            lang,
        )
    for k, tier in enumerate(given.tiers, start=1):
        away = tier.discount + (1.0 - tier.discount) * given.points_of(k) * given.redeemed  # points on what is paid
        if away > margin > 0:
            given_away, left = told_apart(
                (away, partial(number, away, "share", lang)), (margin, partial(written_share, margin, lang))
            )
            yield say(
                "policy.membership.tiers.{place}: gives {away} of every order away, more than the margin of {margin}: every "
                "order of this tier loses money",
                lang,
                place=k - 1,
                away=given_away,
                margin=left,
            )


def _most_tiers(turn: Turn, key: str) -> int:
    """The most tiers that there are from a policy's first day on, as long as what has a key is meant for the same one."""

    def meant(policy: Policy) -> int | None:
        return dict(tiers_meant(policy)).get(key)

    tiers = [policy.membership.tiers if policy.membership else () for policy in turn.policies_to_come(meant)]
    return max(map(len, tiers))
