"""Communities in words: who is in them, what happens there, what it costs, and what does not do what it seems to."""

from collections.abc import Iterator

from sim.catalogue import CONTENT_TYPES
from sim.policies.community import Item, takes_part
from sim.policies.lines import regular
from sim.scenario.scenario import Scenario
from sim.words import Language, number, say

_PROMOTION = CONTENT_TYPES.index("promotion")
_KINDS = {
    "live": "a live session",
    "ugc": "a drive for members' own content",
    "check_in": "a check-in",
    "game": "a game or lottery",
    "flash_sale": "a flash sale",
    "meet_up": "a meet-up to which members bring friends",
}


def community_in_words(scenario: Scenario, lang: Language) -> list[str]:
    """Who takes part, who speaks there, and who looks after the groups; nothing without communities."""
    community = scenario.policy.community
    if community is None:
        return []
    chances = takes_part(scenario.response.group_share)
    share = sum(chances * list(scenario.market.personas.shares.values()))
    parts = [
        say(
            "about {share} of members take part, in groups of up to {most} places",
            lang,
            share=number(share, "share", lang),
            most=256,
        )
    ]
    if community.adviser:
        times = f"{scenario.response.adviser:.2g}"
        parts.append(
            say(
                "an adviser speaks there: what builds trust in the groups does so {times} times as much",
                lang,
                times=times,
            )
        )
    if community.manager_per_month:
        cost, currency = f"{community.manager_per_month:,g}", scenario.market.currency
        parts.append(say("each group's manager costs {cost} {currency} a month", lang, cost=cost, currency=currency))
    return parts


def item_in_words(item: Item, currency: str, lang: Language) -> tuple[str, list[str]]:
    """What an item is, and what it costs each time."""
    costs = []
    if item.cost:
        each = "{cost} {currency} a session" if item.kind == "live" else "{cost} {currency} each time"
        costs.append(say(each, lang, cost=f"{item.cost:,g}", currency=currency))
    if item.cost_per_group:
        cost = f"{item.cost_per_group:,g}"
        each = (
            "{cost} {currency} a session for each group"
            if item.kind == "live"
            else "{cost} {currency} each time for each group"
        )
        costs.append(say(each, lang, cost=cost, currency=currency))
    return say(_KINDS[item.kind], lang), costs


def group_notes(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Groups in which nobody is, nothing is written, or nothing but promotions."""
    if scenario.policy.community is None:
        return
    if not takes_part(scenario.response.group_share).any():
        yield say(
            "response.group_share: is 0, so nobody takes part in the groups: policy.community does nothing, and what is "
            "sent there reaches nobody; raise it, or leave community out",
            lang,
        )
        return
    written = [
        line
        for plan in scenario.policy.rows()
        for line in regular(plan)
        if line.channel == "group" and line.per_week and line.executed
    ]
    promotions = [line.shares[_PROMOTION] for line in written]
    if not any(line.paid for line in written):
        yield say(
            "policy.community: the brand writes nothing in the groups; give it a programme, or a line with channel: group",
            lang,
        )
    elif all(share == 1 for share in promotions):
        yield say(
            "policy.community: nothing but promotions is written in the groups, about which nobody talks: within two months "
            "their mood is gone; add something useful, or a game",
            lang,
        )
