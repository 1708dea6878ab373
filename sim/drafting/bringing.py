"""What a policy of referral does, in words, and what a planner should know of one that does little."""

from collections.abc import Iterator
from functools import partial

from sim.catalogue import K_DAYS, MAX_REFERRALS
from sim.policies.referral import friends_at_full_trust
from sim.scenario.scenario import Scenario
from sim.scenario.self_ignition import MOST_FRIENDS
from sim.words import Language, say, significant, told_apart

_KEY = "policy.referral"


def bringing(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Whom members bring, what that costs, and how many friends it can be at most."""
    referral, currency = scenario.policy.referral, scenario.market.currency
    if referral is None:
        return
    yield say(
        "{key}: members who trust bring friends, up to {most} each, of a market of {market} {market:person|people}; at "
        "full trust {friends} in {days} days",
        lang,
        key=_KEY,
        most=MAX_REFERRALS,
        market=f"{referral.market:,.0f}",
        friends=significant(friends_at_full_trust(scenario)),
        days=K_DAYS,
    )
    if referral.rewards:
        yield say(
            "{key}.reward: {reward} {currency} to her and {friend} {currency} to the friend when the friend joins; what "
            "counts is that there is a reward, not its size",
            lang,
            key=_KEY,
            reward=f"{referral.reward:,g}",
            friend=f"{referral.friend_reward:,g}",
            currency=currency,
        )
    if referral.outward is not None:
        yield say(
            "{key}.outward: with each friend {n} more {n:joins|join} through {channel} by what is shared in public; "
            "nothing is paid for them",
            lang,
            key=_KEY,
            n=f"{referral.per_share:g}",
            channel=referral.outward,
        )


def unfruitful(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Where nobody can be brought."""
    referral = scenario.policy.referral
    if referral is None:
        return
    if referral.market <= scenario.members:
        yield say(
            "{key}.market: {market} {market:person is|people are} no more than the {members} founding "
            "{members:member|members}, so nobody is left to bring; say how many could be members at most",
            lang,
            key=_KEY,
            market=f"{referral.market:,.0f}",
            members=f"{scenario.members:,}",
        )
    friends = friends_at_full_trust(scenario)
    if friends >= MOST_FRIENDS:
        brought, most = told_apart(
            *((value, partial(significant, value, 2)) for value in (friends, MOST_FRIENDS)),
        )
        yield say(
            "{key}: at full trust a member brings {friends} {friends:friend|friends} in {days} days, with the meet-ups "
            "and the members' own content that are planned; from {most} on only the market ends the growth",
            lang,
            key=_KEY,
            friends=brought,
            days=K_DAYS,
            most=most,
        )
    if scenario.response.refer == 0:
        yield say(
            "{key}: response.refer is 0, so nobody brings a friend; raise it, or leave referral out", lang, key=_KEY
        )
