"""Channels in words: who joins through them, whom they meet, what that costs."""

from sim.drafting.phrases import joined, short, written_share
from sim.policies.acquisition import Channel
from sim.scenario.scenario import Scenario
from sim.words import Language, say

_PERSONAS = {
    "price_sensitive": "{share} of them look for the price",
    "quality_seeker": "{share} of them look for quality",
    "sociable": "{share} of them like to take part",
    "busy": "{share} of them have little time",
}
_MEETS = {
    "counter": "any living customer of a shop {days} {days:day|days} old is met",
    "repeat_parcel": "living customers of a shop {days} {days:day|days} old are met by how often they order",
}


def joining_in_words(scenario: Scenario, ordinal: int, channel: Channel, lang: Language) -> str:
    """Who joins through a channel, and what that costs."""
    currency = scenario.market.currency
    a_day = channel.expected(1)[1]
    parts = [
        say(
            "{n} {n:joins|join} a day through {channel}",
            lang,
            n=f"{a_day:.2g}" if a_day < 1 else short(a_day),
            channel=channel.channel,
        ),
        say("{cac} {currency} each", lang, cac=f"{channel.cost_per_joiner:,g}", currency=currency),
    ]
    if channel.cac_growth:
        growth = written_share(abs(channel.cac_growth), lang)
        rising = "a cost that rises by {growth} a year"
        parts.append(
            say(rising if channel.cac_growth > 0 else "a cost that falls by {growth} a year", lang, growth=growth)
        )
    if channel.budget_a_day:
        bought = "for {money} {currency} a day, so fewer as the cost rises"
        plain = "for {money} {currency} a day"
        money = f"{channel.budget_a_day:,.4g}"
        parts.append(say(bought if channel.cac_growth > 0 else plain, lang, money=money, currency=currency))
    if channel.conversion:
        converted = written_share(channel.conversion, lang)
        if channel.reached_per_day is None:
            parts.append(say("{share} of the people reached join", lang, share=converted))
        else:
            reached = short(channel.reached_per_day)
            parts.append(
                say("{share} of the {n} {n:person|people} reached a day join", lang, share=converted, n=reached)
            )
    for text, share in (
        ("{share} of them have bought before", channel.buyers),
        ("{share} of them would have bought without the pool", channel.organic),
    ):
        if share:
            parts.append(say(text, lang, share=written_share(share, lang)))
    if channel.fit != 1:
        parts.append(say("what it promises fits the pool {fit} times as well as usual", lang, fit=f"{channel.fit:g}"))
    if channel.personas is not None:
        parts += [
            say(_PERSONAS[name], lang, share=written_share(share, lang))
            for name, share in channel.personas.shares.items()
            if share
        ]
    if channel.meets != "everyone":
        age = f"{scenario.market.shop_age:,g}"
        parts.append(say(_MEETS[channel.meets], lang, days=age))
    return say("{key}: {what}", lang, key=f"policy.acquisition.{ordinal}", what=joined(parts, lang))
