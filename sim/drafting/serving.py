"""Service and crisis in words: who answers and what that costs, how late a crisis is answered; what to know of both."""

from collections.abc import Iterator
from functools import partial

from sim.catalogue import WEEK
from sim.drafting.phrases import joined, written_share
from sim.drafting.turns import Turn, planned
from sim.policies.crisis import CLOSED_BY, FOR_DAYS, NOTICE_BY, OFFER_BY, PERSON_BY, Crisis
from sim.policies.guard import keyed_touches
from sim.policies.policy import Policy
from sim.policies.service import ORDINARY_REPLY, Service, expected_step
from sim.scenario.scenario import Scenario
from sim.words import Language, number, say, significant, told_apart, whole

_KEY, _CRISIS = "policy.service", "policy.crisis"
_CLOSE = 0.002  # of the way: below, a service is an ordinary one


def service_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Who answers, how fast, what that costs, and what it is worth beside an ordinary service."""
    service, currency = scenario.policy.service, scenario.market.currency
    if service is None:
        return
    parts = [
        say("members ask after {share} of their orders", lang, share=written_share(scenario.response.ask, lang)),
    ]
    if service.bot:
        parts.append(
            say(
                "a bot takes {share} of the questions and answers {right} of them right",
                lang,
                share=written_share(service.bot, lang),
                right=written_share(service.bot_skill, lang),
            )
        )
    if service.bot < 1:
        parts.append(
            say(
                "{staff} {staff:person gives|people give} up to {capacity} {capacity:answer|answers} a week, {hours} "
                "{hours:hour|hours} after the question while nothing waits",
                lang,
                staff=f"{service.staff:g}",
                capacity=f"{service.capacity:,g}",
                hours=f"{service.reply_hours:g}",
            )
        )
    if service.cost_a_day:
        a_month = f"{service.cost_a_day * 365 / 12:,g}"
        parts.append(say("{cost} {currency} a month", lang, cost=a_month, currency=currency))
    yield say("{key}: {what}", lang, key=_KEY, what=joined(parts, lang))
    yield say(_beside_ordinary(scenario, service), lang, key=_KEY, hours=f"{ORDINARY_REPLY:g}")


def _beside_ordinary(scenario: Scenario, service: Service) -> str:
    given = expected_step(scenario.response, service.reply_hours, service.bot, service.bot_skill)
    gain = given - expected_step(scenario.response, ORDINARY_REPLY)
    if abs(gain) < _CLOSE:
        return (
            "{key}: while nothing waits, as good as a market's ordinary service ({hours} hours): trust stays as it is"
        )
    if gain > 0:
        return (
            "{key}: while nothing waits, better than a market's ordinary service ({hours} hours): answers build trust"
        )
    return "{key}: even while nothing waits, worse than a market's ordinary service ({hours} hours): answers cost trust"


def crisis_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Whom it hits, how late each answer is, and what follows."""
    crisis = scenario.policy.crisis
    if crisis is None:
        return
    steps = [
        (say("a bot first, which is no person", lang), PERSON_BY)
        if crisis.bot_first
        else (say("a person after {hours} h", lang, hours=f"{crisis.person:g}"), PERSON_BY),
        (say("an offer after {hours} h", lang, hours=f"{crisis.offer:g}"), OFFER_BY),
        (say("a notice after {hours} h", lang, hours=f"{crisis.notice:g}"), NOTICE_BY),
        (say("closed after {hours} h", lang, hours=f"{crisis.closed:g}"), CLOSED_BY),
    ]
    told = [say("{what} (in time: {target} h)", lang, what=what, target=f"{target:g}") for what, target in steps]
    parts = [
        say(
            "on day {day} of the run, hits {share} of the members",
            lang,
            day=crisis.day,
            share=written_share(crisis.hit, lang),
        ),
        *told,
        say("late by {late} in all", lang, late=number(crisis.late, "share", lang)),
    ]
    if scenario.market.returns and crisis.late:
        parts.append(
            say(
                "{times} times as many orders come back for {days} days",
                lang,
                times=f"{crisis.returns:.2g}",
                days=FOR_DAYS,
            )
        )
    if crisis.offer_cost:
        cost, currency = f"{crisis.offer_cost:,g}", scenario.market.currency
        parts.append(say("{cost} {currency} for each member hit", lang, cost=cost, currency=currency))
    yield say("{key}: {what}", lang, key=_CRISIS, what=joined(parts, lang))


def returns_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Which share of orders comes back, where some do."""
    if scenario.market.returns:
        yield say(
            "market.returns: {share} of orders come back; what was paid for them is in no sales, spend or contribution",
            lang,
            share=written_share(scenario.market.returns, lang),
        )


def notes_on_service(turn: Turn, lang: Language) -> Iterator[str]:
    """Too few people for the questions, touches after questions that nobody asks."""
    scenario, policy = turn.scenario, turn.policy
    for key, touch in keyed_touches(policy):
        if touch.counts_from != "asked":
            continue
        answered = any(other.service for other in turn.policies_to_come(planned(key), before=touch.last_delay))
        if not answered or not scenario.response.ask:
            yield say(
                "policy.{key}: never comes: response.ask is 0, so nobody asks"
                if answered
                else "policy.{key}: never comes: without policy.service nobody is seen to ask",
                lang,
                key=key,
            )
    service, market = policy.service, scenario.market
    before = [one.service for one in turn.in_force.policies[: turn.place] if one.service]
    if service and service.staff and not service.staff_per_month and any(one.staff_per_month for one in before):
        yield say(
            "policy.service: the staff cost nothing from here on, since staff_per_month is 0: a phase says a policy whole",
            lang,
        )
    if service is None or not scenario.members:
        return
    orders = scenario.members * market.rhythm.r / market.rhythm.alpha * WEEK
    asked = orders * scenario.response.ask * (1.0 - service.bot)
    if asked > service.capacity:
        questions, answers = told_apart(
            *((value, partial(whole, value)) for value in (asked, service.capacity)),
        )
        yield say(
            "policy.service: at the market's rate {members} founding {members:member asks|members ask} the staff "
            "{asked} {asked:time|times} in the first week, and the staff can give {capacity} "
            "{capacity:answer|answers}: the queue grows, and with it the time until an answer; more staff, or a larger "
            "share for the bot",
            lang,
            members=f"{scenario.members:,}",
            asked=questions,
            capacity=answers,
        )


def _crisis(policy: Policy) -> Crisis | None:
    return policy.crisis


def notes_on_crises(turn: Turn, lang: Language) -> Iterator[str]:
    """A crisis whose day lies beyond the run, or outside the days on which the policy has it."""
    crisis, days = turn.policy.crisis, turn.scenario.days
    if crisis is None:
        return
    if crisis.day >= days:
        yield say(
            "policy.crisis: day {day} lies after the last one of the run, {last}; nothing happens",
            lang,
            day=crisis.day,
            last=days - 1,
        )
        return
    slowest = max(crisis.person, crisis.offer, crisis.notice)
    if crisis.closed < slowest:
        yield say(
            "policy.crisis: closed after {closed} h, before all is done that closes it: the last step takes {slowest} h",
            lang,
            closed=significant(crisis.closed, 3),
            slowest=significant(slowest, 3),
        )
    begins, end = turn.spell_of(_crisis)
    if not begins <= crisis.day < end:
        yield say(
            "policy.crisis: day {day} lies outside the days on which this is in force, {first} to {last}; nothing happens: "
            "write it into the policy or phase of that day",
            lang,
            day=crisis.day,
            first=begins,
            last=end - 1,
        )
