"""Events in words: on which days, at what cost; and events that the run or the market knows nothing of."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np

from sim.drafting.phrases import joined, listed
from sim.drafting.turns import Turn
from sim.policies import events
from sim.policies.events import Event
from sim.policies.in_force import Days
from sim.policies.occasions import Occasion
from sim.policies.policy import Policy
from sim.policies.push import schedules
from sim.policies.schedule import Schedule
from sim.scenario.scenario import Scenario
from sim.words import Language, say

_MOST_SHOWN = 6  # times that an event takes place


def events_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """When each event takes place and what it costs; its messages and coupons have sentences of their own."""
    for name, event in scenario.policy.events.items():
        parts = [_when(event.occasion, scenario, lang)]
        if event.cost:
            cost, currency = f"{event.cost:,g}", scenario.market.currency
            parts.append(say("{cost} {currency} each time", lang, cost=cost, currency=currency))
        if event.pre_sale is not None:
            public = f"{event.pre_sale.public_per_day:,g}"
            parts.append(
                say(
                    "members can order {days} {days:day|days} ahead; {public} {public:pre-order|pre-orders} a day "
                    "{public:comes|come} from outside the pool",
                    lang,
                    days=event.pre_sale.days,
                    public=public,
                )
            )
        yield say("{key}: {what}", lang, key=f"policy.events.{name}", what=joined(parts, lang))


def _when(occasion: Occasion, scenario: Scenario, lang: Language) -> str:
    return days_in_words(occasion.spells(scenario.start, scenario.days), scenario, lang)


def days_in_words(spells: list[tuple[int, int]], scenario: Scenario, lang: Language) -> str:
    """The dates of spells of days of the run, each its first and last; of many the first few."""
    dates = [
        say("{first} to {last}", lang, first=_date(scenario, first), last=_date(scenario, last))
        if last > first
        else _date(scenario, first)
        for first, last in spells[:_MOST_SHOWN]
    ]
    if len(spells) > _MOST_SHOWN:
        more = len(spells) - _MOST_SHOWN
        return say("on {dates}, and {more} {more:time|times} more", lang, dates=listed(dates, lang), more=more)
    return say("on {dates}", lang, dates=listed(dates, lang)) if dates else say("on no day of the run", lang)


def _date(scenario: Scenario, day: int) -> str:
    return str(scenario.start + timedelta(days=day))


def usual_schedules(scenario: Scenario) -> list[Schedule]:
    """The schedules of the plans that there are to tell of a policy (`told_plans`), as on days without an event."""
    usual = scenario.model_copy(update={"policy": events.off(scenario.policy), "phases": ()})
    return schedules(usual, usual.policy.told_plans())


def notes_on_events(turn: Turn, lang: Language) -> Iterator[str]:
    """Events outside the run, or outside the days on which they are in force; events that do nothing, and events in days in
    which the market's season sees no peak."""
    scenario = turn.scenario
    for name, event in scenario.policy.events.items():
        key, spells = f"policy.events.{name}", event.occasion.spells(scenario.start, scenario.days)
        if not spells:
            yield say(
                "{key}: takes place on no day of the run; move it, or start the run earlier or later", lang, key=key
            )
            continue
        begins, end = turn.spell_of(_has_event(name))
        if not any(first < end and begins <= last for first, last in spells):
            yield say(
                "{key}: takes place on no day on which this is in force, day {first} to {last} of the run; write it into "
                "the policy or phase of its days",
                lang,
                key=key,
                first=begins,
                last=end - 1,
            )
            continue
        yield from _cut_short(key, event, (begins, end), scenario, lang)
        if _does_nothing(event):
            yield say("{key}: has neither lines nor coupons, so members do not notice it", lang, key=key)
        if event.on == "member_day" or event.pre_sale is not None:  # the brand's own days
            continue
        season = scenario.market.daily(scenario.start, scenario.days)
        days = np.concatenate([np.arange(max(first, 0), min(last + 1, scenario.days)) for first, last in spells])
        if season[days].mean() <= 1.0:
            yield say(
                "{key}: the market's season has no peak in these days: members buy more then only for what the event does; "
                "if everybody buys more then, write it into the season of the market",
                lang,
                key=key,
            )


def _has_event(name: str) -> Callable[[Policy], bool]:
    """Whether a policy has an event of this name, which goes on under it, be it with other lines."""

    def has(policy: Policy) -> bool:
        return name in policy.events

    return has


def _cut_short(key: str, event: Event, days: Days, scenario: Scenario, lang: Language) -> Iterator[str]:
    """An event that a phase brings late, or ends early; days: those on which it is in force."""
    begins, end = days
    begun = event.brought_late(scenario.start, scenario.days)
    if begun is not None:
        yield say(
            "{key}: its first day would be {date}, before the phase that brings it; it begins with that, on day {day} of "
            "the run: its coupons and its cost come then, and its messages count from then",
            lang,
            key=key,
            date=_date(scenario, begun),
            day=begins,
        )
    ended = [
        (first, last)
        for first, last in event.occasion.spells(scenario.start, scenario.days)
        if first < end <= last and end < scenario.days
    ]
    for _, last in ended:
        yield say(
            "{key}: would last until {date}, and the phase that begins on day {day} of the run ends it",
            lang,
            key=key,
            date=_date(scenario, last),
            day=end,
        )


def _does_nothing(event: Event) -> bool:
    ahead = event.pre_sale.lines if event.pre_sale else ()
    return not (event.coupons or any(line.per_week for line in (*event.lines, *ahead)))
