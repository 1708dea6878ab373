"""What a policy does, in words: a sentence for the push, each line, each benefit and each touch."""

from collections.abc import Iterator
from functools import partial

from sim.catalogue import CONTENT_TYPES, MAX_DAYS
from sim.drafting.bringing import bringing
from sim.drafting.calendar import events_in_words, usual_schedules
from sim.drafting.groups import community_in_words, item_in_words
from sim.drafting.guarding import guard_in_words
from sim.drafting.joining import joining_in_words
from sim.drafting.phased import phases_in_words
from sim.drafting.phrases import joined, listed, short, written_share
from sim.drafting.responding import response_in_words
from sim.drafting.serving import crisis_in_words, returns_in_words, service_in_words
from sim.drafting.tiers import membership_in_words
from sim.drafting.trying import experiments_in_words
from sim.drafting.turns import Turn, turns
from sim.policies import benefits
from sim.policies.benefits import Benefit
from sim.policies.coupons import Coupon, keyed_rules
from sim.policies.events import EventCoupon, keyed_lines
from sim.policies.guard import keyed_surveys, keyed_touches
from sim.policies.lines import Regular, regular
from sim.policies.message import executed_share
from sim.policies.policy import Change, Policy
from sim.policies.routines import keyed_rows
from sim.policies.touches import Touch
from sim.scenario.scenario import Scenario
from sim.words import Language, say, told_apart
from sim.words.named import CHANNELS, CONTENTS

AUDIENCES = {
    "new": "to new members",
    "engaged": "to those who have not ordered yet",
    "customer": "to those with one order",
    "repeat": "to repeat customers",
    "loyal": "to the loyal",
    "silent": "to the silent",
    "high_value": "to members of high value",
    "price_sensitive": "to those whom the brand takes for price sensitive",
    "quality_seeker": "to those whom the brand takes for quality seekers",
    "sociable": "to those whom the brand takes for sociable",
    "busy": "to those whom the brand takes for busy",
    "tier1": "to members of tier 1",
    "tier2": "to members of tier 2",
    "tier3": "to members of tier 3",
    "tier4": "to members of tier 4",
}
_ON_THE_DAY = {
    "joined": "on the day of joining",
    "birthday": "on her birthday",
}
_AFTER = {
    "joined": "on day {days} after joining",
    "ordered": "on day {days} after her last order",
    "silent": "on day {days} without an interaction",
    "birthday": "on day {days} after her birthday",
    "complained": "on day {days} after her last complaint",
    "asked": "on day {days} after her last question",
}
_ACCOUNTS = {
    "friend": "policy.account: a friend writes: where a person speaks (one to one, calls, live sessions), what builds "
    "trust does so {times} times as much",
    "adviser": "policy.account: an adviser writes: where a person speaks (one to one, calls, live sessions), what builds "
    "trust does so {times} times as much",
}
_LIVE = CONTENT_TYPES.index("live")
# how often messages come, and live sessions: while an event lasts (True), or all the time
_RHYTHM = {False: "{n} a week", True: "{n} a week while it lasts"}
_LIVE_RHYTHM = {
    False: "{n} {n:session|sessions} a week",
    True: "{n} {n:session|sessions} a week while it lasts",
}
_KINDS = {
    "percent": "{off} off",
    "threshold": "{off} {currency} off orders of {min_spend} and more",
    "trial": "a trial worth {worth}, {cost} {currency} when it is used",
    "gift": "a gift worth {worth}, {cost} {currency} when it is handed out",
    "vote": "a vote worth {worth}, {cost} {currency} when it is handed out",
    "early_access": "early access worth {worth}, {cost} {currency} when it is used",
}


def explained(scenario: Scenario, lang: Language = "en") -> list[str]:
    """One sentence each: key, and what it does; nothing about what is not done.

    Last what each phase changes, and the response where it is not the default.
    """
    changed = phases_in_words(scenario, lang, _in_words) if scenario.phases else ()
    base = next(turns(scenario))
    return [*_in_words(base, lang), *changed, *response_in_words(scenario.response, lang)]


def _in_words(turn: Turn, lang: Language) -> list[str]:
    """What a policy does while it is in force."""
    scenario = turn.scenario
    return [
        *_size(scenario, lang),
        *_regular(scenario, lang),
        *_around(scenario, lang),
        *(_benefit(scenario, name, benefit, lang) for name, benefit in scenario.policy.benefits.items()),
        *(_coupon(scenario, f"policy.{key}", coupon, lang) for key, coupon in keyed_rules(scenario.policy)),
        *(joining_in_words(scenario, n, channel, lang) for n, channel in enumerate(scenario.policy.acquisition)),
        *(_touch(f"policy.{key}", touch, scenario, lang) for key, touch in keyed_rows(scenario.policy)),
        *membership_in_words(scenario, lang),
        *bringing(scenario, lang),
        *service_in_words(scenario, lang),
        *crisis_in_words(scenario, lang),
        *returns_in_words(scenario, lang),
        *guard_in_words(turn, lang),
        *(_touch(f"policy.{key}", touch, scenario, lang) for key, touch in keyed_surveys(scenario.policy)),
        *experiments_in_words(scenario, lang),
        *events_in_words(scenario, lang),
    ]


def _size(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Of which part of the pool lives are simulated, and what goes with them; an export is not read for it."""
    if scenario.lives is None:
        return
    if not scenario.members:
        yield say(
            "lives: {lives} {lives:customer of the export is|customers of the export are} simulated for all of them, a "
            "sample in order of value; joiners, budgets and tools go with them, and totals are the whole pool's",
            lang,
            lives=f"{scenario.lives:,}",
        )
        return
    yield say(
        "lives: {lives} of {members} founding {members:member|members} {lives:is|are} simulated, one for {times}; "
        "joiners, budgets and tools go with them, and totals are the whole pool's",
        lang,
        lives=f"{scenario.lives:,}",
        members=f"{scenario.members:,}",
        times=f"{scenario.members / scenario.lives:,.{0 if scenario.members >= 10 * scenario.lives else 1}f}",
    )


def lines_with_keys(scenario: Scenario) -> Iterator[tuple[str, list[tuple[str, Regular]]]]:
    """For the base plan, each segment and each arm (its key): the lines in force there, each with the key that says it."""
    policy = scenario.policy
    changes: list[tuple[str, Change | None]] = [("policy", None)]
    changes += [(f"policy.{key}", change) for key, change in policy.changes().items()]
    for (here, change), plan in zip(changes, policy.told_plans(), strict=True):
        push = "policy" if change and change.push is None else here
        more = "policy" if change and change.lines is None else here
        keys = [f"{push}.push", *(f"{more}.lines.{n}" for n in range(len(plan.lines)))]
        keys += [_key_of_item(n, policy) for n in range(len(plan.programme))]
        keys += [f"policy.{key}" for key, _, _ in keyed_lines(policy)]
        yield here, list(zip(keys, regular(plan), strict=True))


def _key_of_item(n: int, policy: Policy) -> str:
    """The key that says the n-th line of the groups: an item of the programme, after them the others' promotions."""
    there = policy.community is not None and n < len(policy.community.programme)
    return f"policy.community.programme.{n}" if there else "policy.community.moderated"


def hours_in_words(hours: tuple[int, ...], lang: Language) -> str:
    """One hour, or several taken in turn."""
    return say("at {hours} h", lang, hours=listed(hours, lang))


def _regular(scenario: Scenario, lang: Language) -> Iterator[str]:
    """The lines of the base plan, then what segments and arms have of their own; the week's total of several lines."""
    told: set[str] = set()
    plans = scenario.policy.told_plans()
    changes = (None, *scenario.policy.changes().values())
    for (here, lines), schedule, change, plan in zip(
        lines_with_keys(scenario), usual_schedules(scenario), changes, plans, strict=True
    ):
        for key, line in lines:
            if line.per_week and key not in told and (change is None or key.startswith(here)):
                yield say("{key}: {what}", lang, key=key, what=_what_happens(scenario, key, line, lang))
            told.add(key)
        if change is not None and change.content is not None and change.push is None:
            shares = tuple(change.content.shares[name] for name in CONTENT_TYPES)
            yield say("{key}: {what}", lang, key=f"{here}.content", what=joined(_about(shares, lang), lang))
        planned = sum(line.per_week for _, line in lines if line.occasion is None)
        other_lines = change is None or change.push is not None or change.lines is not None
        if planned and sum(line.occasion is None for _, line in lines) > 1 and other_lines:
            executed = [line.executed for _, line in lines if line.occasion is None]
            let_through = planned - schedule.fallen.lost_a_week
            sent = schedule.sent_a_week(executed, plan.push.cap_per_day)
            texts = told_apart(*((value, partial(short, value)) for value in (planned, let_through, sent)))
            yield say(
                "{key}: {planned} regular {planned:message|messages} a week in all, at most {out} fit the limits"
                if all(line.executed == 1 for _, line in lines if line.per_week and line.occasion is None)
                else "{key}: {planned} regular {planned:message|messages} a week in all, at most {out} fit the limits, "
                "{sent} sent by the accounts",
                lang,
                key=here,
                planned=texts[0],
                out=texts[1],
                sent=texts[2],
            )


def _what_happens(scenario: Scenario, key: str, line: Regular, lang: Language) -> str:
    """A line in words; of an item of the programme what it is and costs, too."""
    community = scenario.policy.community
    if community is None or not key.startswith("policy.community."):
        live = line.shares[_LIVE] == 1
        return _line(line, (_LIVE_RHYTHM if live else _RHYTHM)[line.occasion is not None], lang)
    if not line.paid:
        promotions = say("strangers' promotions, which nobody keeps out", lang)
        return joined([promotions, _line(line, _RHYTHM[False], lang)], lang)
    item = community.programme[int(key.rpartition(".")[2])]
    kind, costs = item_in_words(item, scenario.market.currency, lang)
    rhythm = _LIVE_RHYTHM[False] if item.kind == "live" else "{n} {n:time|times} a week"
    return joined([kind, _line(line, rhythm, lang), *costs], lang)


def _line(line: Regular, rhythm: str, lang: Language) -> str:
    """A line in words; `rhythm`: the text that says how often."""
    parts = [
        say(rhythm, lang, n=short(line.per_week)),
        say(CHANNELS[line.channel], lang),
        say("{hours} in turn", lang, hours=hours_in_words(line.hours, lang))
        if len(line.hours) > 1
        else hours_in_words(line.hours, lang),
        *_about(line.shares, lang),
        *_extras(line.aim, line.benefit, line.executed, lang),
    ]
    return joined(parts, lang)


def _about(shares: tuple[float, ...], lang: Language) -> list[str]:
    """What messages are about: one type, or several with their shares."""
    return [
        say(CONTENTS[name], lang)
        if share == 1
        else say("{content} {share}", lang, content=say(CONTENTS[name], lang), share=written_share(share, lang))
        for name, share in zip(CONTENT_TYPES, shares, strict=True)
        if share
    ]


def _extras(aim: bool, benefit: str | None, executed: float, lang: Language) -> list[str]:
    parts = [say("aimed at her taste", lang)] if aim else []
    if benefit is not None:
        parts.append(say("with {benefit}", lang, benefit=benefit))
    if executed < 1:
        parts.append(say("sent by {share} of the accounts", lang, share=written_share(executed, lang)))
    return parts


def _around(scenario: Scenario, lang: Language) -> Iterator[str]:
    policy = scenario.policy
    if policy.quiet_hours is not None:
        yield say(
            "policy.quiet_hours: what falls between {start} and {end} h goes out at {end} h of the same day",
            lang,
            start=policy.quiet_hours.from_,
            end=policy.quiet_hours.to,
        )
    about_groups = community_in_words(scenario, lang)
    if about_groups:
        yield say("{key}: {what}", lang, key="policy.community", what=joined(about_groups, lang))
    if policy.account != "shop":
        adviser = scenario.response.adviser
        times = adviser if policy.account == "adviser" else adviser**0.5
        yield say(_ACCOUNTS[policy.account], lang, times=f"{times:.2g}")
    aimed = any(line.aim for _, lines in lines_with_keys(scenario) for _, line in lines)
    if aimed or any(touch.aim for _, touch in keyed_touches(policy)):
        yield say(
            "policy.tag_accuracy: {share} of what the brand believes of tastes is right, from day {days} after joining on; "
            "whoever answers a survey is known",
            lang,
            share=written_share(policy.tag_accuracy, lang),
            days=policy.tag_lag,
        )


def _benefit(scenario: Scenario, name: str, benefit: Benefit, lang: Language) -> str:
    currency = scenario.market.currency
    parts = _what(benefit, currency, lang, worth=f"{benefit.worth or 0:g}", cost=f"{benefit.unit_cost:,g}")
    parts += _good_for(benefit, scenario, lang)
    carriers = [f"policy.{key}" for key, carried in benefits.carriers(scenario.policy).items() if carried == name]
    if carriers:
        parts.append(say("comes with {carriers}", lang, carriers=listed(carriers, lang)))
    return say("{key}: {what}", lang, key=f"policy.benefits.{name}", what=joined(parts, lang))


def _coupon(scenario: Scenario, key: str, coupon: Coupon, lang: Language) -> str:
    currency = scenario.market.currency
    parts = _what(coupon, currency, lang)
    if coupon.to != "all":
        parts.append(say(AUDIENCES[coupon.to], lang))
    if isinstance(coupon, EventCoupon):
        parts.append(say("on day {day} of the event", lang, day=coupon.start_day + 1))
    if coupon.every_days < MAX_DAYS or not isinstance(coupon, EventCoupon):
        parts.append(say("every {days:day|{days} days}", lang, days=coupon.every_days))
    if coupon.start_day and not isinstance(coupon, EventCoupon):
        parts.append(say("from day {day} of the run on", lang, day=coupon.start_day))
    return say("{key}: {what}", lang, key=key, what=joined([*parts, *_good_for(coupon, scenario, lang)], lang))


def _what(given: Benefit | Coupon, currency: str, lang: Language, **more: str) -> list[str]:
    """What is given, and on which orders."""
    off, percent = given.off or 0.0, given.kind == "percent"
    parts = [
        say(
            _KINDS[given.kind],
            lang,
            off=written_share(off, lang) if percent else f"{off:,g}",
            currency=currency,
            min_spend=f"{given.min_spend:,g}",
            **more,
        )
    ]
    if given.kind != "threshold" and given.min_spend:
        parts.append(
            say(
                "on orders of {min_spend} {currency} and more",
                lang,
                min_spend=f"{given.min_spend:,g}",
                currency=currency,
            )
        )
    return parts


def _good_for(given: Benefit | Coupon, scenario: Scenario, lang: Language) -> list[str]:
    """How long it may be used, and up to which budget, which lives may overspend by one use of one of them."""
    currency = scenario.market.currency
    good = "good for {days} days" if given.valid_days > 1 else "good on the day only"
    parts = [say(good, lang, days=given.valid_days)]
    if given.budget is not None:
        parts.append(say("up to {budget} {currency} in all", lang, budget=f"{given.budget:,g}", currency=currency))
        if scenario.lives is not None:
            parts.append(say("by chance one use of one life more", lang))
    return parts


def _touch(key: str, touch: Touch, scenario: Scenario, lang: Language) -> str:
    parts = [_when(touch, lang)]
    if touch.to != "all":
        parts.append(say(AUDIENCES[touch.to], lang))
    if touch.from_order:
        parts.append(say("from {n} {n:order|orders} on", lang, n=touch.from_order))
    parts += [
        say(CHANNELS[touch.channel], lang),
        hours_in_words((touch.hour,), lang),
        say(CONTENTS[touch.content], lang),
    ]
    parts += _extras(touch.aim, touch.benefit, executed_share(touch.channel, touch.executed), lang)
    if touch.cost:
        parts.append(
            say(
                "{cost} {currency} beside the channel's cost",
                lang,
                cost=f"{touch.cost:,g}",
                currency=scenario.market.currency,
            )
        )
    if touch.survey:
        parts.append(say("asks her taste", lang))
    if touch.consent:
        parts.append(say("asks how many messages she wants, and of which type none", lang))
    return say("{key}: {what}", lang, key=key, what=joined(parts, lang))


def _when(touch: Touch, lang: Language) -> str:
    anchor = touch.counts_from
    if touch.keeps_her_rhythm:
        when = say(
            "at 0.8 of her usual gap between orders, on day {days} until she has ordered three times",
            lang,
            days=touch.delay,
        )
    elif touch.delay < 0:
        when = say("{days} {days:day|days} before her birthday", lang, days=-touch.delay)
    elif touch.delay == 0 and anchor in _ON_THE_DAY:
        when = say(_ON_THE_DAY[anchor], lang)
    else:
        when = say(_AFTER[anchor], lang, days=touch.delay)
    if touch.every is not None:
        daily = touch.every == 1
        again = (
            "again every day, {times} {times:time|times} in all"
            if daily
            else "again every {days} days, {times} {times:time|times} in all"
        )
        when = joined(
            [when, say(again, lang, days=touch.every, times=touch.times)],
            lang,
        )
    return when
