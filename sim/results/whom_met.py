"""Whom the channels of compared scenarios meet: where that differs, LTV differs by selection and not by operations alone."""

from sim.policies.acquisition import opened
from sim.results.outcomes import Outcomes
from sim.scenario import Scenario
from sim.words import Language, number, say

_MET = {"counter": "{share} met at the counter", "repeat_parcel": "{share} met by repeat parcels"}
_SELECTION = "value_multiple_by_selection"


def different_people(result: Outcomes, lang: Language = "en") -> str:
    """A sentence where the scenarios' channels choose different parts of their joiners among the shop's customers; else
    nothing. With what those joiners would be worth without operations, where that is known."""
    chosen = [_chosen(scenario) for scenario in result.scenarios]
    if all(each == chosen[0] for each in chosen):
        return ""
    who = [_who(result, scenario, mix, lang) for scenario, mix in zip(result.scenarios, chosen, strict=True)]
    return say(
        "The channels meet different people ({who}): a part of what LTV differs by is who joins, and not what is done with "
        "them; compare CAC, too",
        lang,
        who=say("; ", lang).join(who),
    ) + say(".", lang)


def _chosen(scenario: Scenario) -> dict[str, int]:
    """Of all who join through channels, the whole per cent that are met at the counter and by repeat parcels; those left out
    that are none."""
    met = dict.fromkeys(_MET, 0.0)
    everybody = 0.0
    for way in opened(scenario):
        joiners = float(way.expected(scenario.days)[-1])
        everybody += joiners
        if way.channel.meets in met:
            met[way.channel.meets] += joiners * way.channel.buyers
    whole = {how: round(100.0 * n / everybody) if everybody else 0 for how, n in met.items()}
    return {how: share for how, share in whole.items() if share}


def _who(result: Outcomes, scenario: Scenario, chosen: dict[str, int], lang: Language) -> str:
    parts = [say(_MET[how], lang, share=number(share / 100.0, "share", lang)) for how, share in chosen.items()]
    times = result.interval(scenario.name, _SELECTION).mean if chosen else None
    if times is not None:
        parts.append(say("worth {times} newcomers if left alone", lang, times=number(times, "ratio", lang)))
    if not parts:
        parts = [say("newcomers" if opened(scenario) else "nobody joins", lang)]
    return say("{name}: {what}", lang, name=scenario.name, what=say(", ", lang).join(parts))
