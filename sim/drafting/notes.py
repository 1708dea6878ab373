"""What a planner should know of a scenario that is valid but does not do what its numbers seem to say."""

from collections.abc import Iterator

from models.errors import BadInput
from sim.catalogue import MAX_DAYS, MOST_ORDERS_A_DAY, SILENT_AFTER
from sim.drafting.bringing import unfruitful
from sim.drafting.calendar import notes_on_events
from sim.drafting.crowding import crowded
from sim.drafting.explained import hours_in_words, lines_with_keys
from sim.drafting.falling import fallen
from sim.drafting.groups import group_notes
from sim.drafting.guarding import guard_notes
from sim.drafting.phased import notes_on_phases
from sim.drafting.scale import out_of_scale
from sim.drafting.serving import notes_on_crises, notes_on_service
from sim.drafting.tiers import notes_on_membership
from sim.drafting.too_few import too_few
from sim.drafting.trying import notes_on_experiments
from sim.drafting.turns import Turn, planned, turns
from sim.policies import benefits
from sim.policies.guard import keyed_touches
from sim.policies.in_force import InForce
from sim.policies.message import executed_share
from sim.policies.policy import Policy
from sim.policies.quiet_hours import moved
from sim.policies.touches import Touch
from sim.scenario.export import said_of_export
from sim.scenario.scenario import Scenario
from sim.words import Language, say
from sim.words.named import CHANNELS

_NEW_DAYS = 3  # of the stage "new"


def notes(scenario: Scenario, lang: Language = "en") -> list[str]:
    """One sentence each: key, what happens, what to do; those of money are in sim/drafting/scale.py."""
    changed = notes_on_phases(scenario, lang, _notes) if scenario.phases else ()
    base = _notes(next(turns(scenario)), lang)
    return list(dict.fromkeys([*_of_export(scenario, lang), *_uncarried(scenario, lang), *base, *changed]))


def _of_export(scenario: Scenario, lang: Language) -> Iterator[str]:
    """What the reading of the export has left out, or not looked at."""
    if scenario.founding != "from_export" or scenario.orders is None:
        return
    try:
        said = said_of_export(scenario.orders, scenario.orders_until)
    except BadInput:  # a run refuses it in its own words
        return
    for remark in said:
        yield say("orders: {remark}", lang, remark=remark)


def _notes(turn: Turn, lang: Language) -> list[str]:
    """The notes on a policy while it is in force."""
    scenario, days = turn.scenario, turn.days
    return [
        *fallen(scenario, lang, days),
        *_unsent(scenario, lang),
        *_crowded(turn, lang),
        *_never_due(turn, lang),
        *_quiet(scenario, lang),
        *_unknown_tastes(scenario, lang),
        *_free(scenario, lang),
        *_before_silence(scenario, lang),
        *too_few(scenario, lang),
        *group_notes(scenario, lang),
        *unfruitful(scenario, lang),
        *out_of_scale(scenario, lang),
        *notes_on_membership(turn, lang),
        *notes_on_service(turn, lang),
        *notes_on_crises(turn, lang),
        *guard_notes(turn, lang),
        *notes_on_experiments(scenario, lang, days),
        *notes_on_events(turn, lang),
    ]


def _unsent(scenario: Scenario, lang: Language) -> Iterator[str]:
    """What no account sends, and personal messages where only everybody can be told."""
    sent = [(key, n.channel, n.executed) for _, lines in lines_with_keys(scenario) for key, n in lines if n.per_week]
    touches = [(f"policy.{key}", touch) for key, touch in keyed_touches(scenario.policy)]
    sent += [(key, touch.channel, executed_share(touch.channel, touch.executed)) for key, touch in touches]
    for key, _, executed in sent:
        if executed == 0:
            yield say("{key}: executed is 0, so no account ever sends it; raise it, or leave it out", lang, key=key)
    for key, touch in touches:
        if touch.channel in ("group", "moments"):
            yield say(
                "{key}: what is posted {channel} is there for everybody, and this is meant for one member; one_to_one, "
                "official or sms reach her alone",
                lang,
                key=key,
                channel=say(CHANNELS[touch.channel], lang),
            )


def _never_due(turn: Turn, lang: Language) -> Iterator[str]:
    for key, touch in keyed_touches(turn.policy):
        why = _why_never(key, touch, turn, lang)
        if why is not None:
            yield say("{key}: can never be due: {why}", lang, key=f"policy.{key}", why=why)


def _crowded(turn: Turn, lang: Language) -> Iterator[str]:
    """Touches that may come more often than their channel lets through."""
    scenario = turn.scenario
    due = [
        (f"policy.{key}", touch)
        for key, touch in keyed_touches(scenario.policy)
        if _why_never(key, touch, turn, lang) is None
    ]
    # an export's dates lie before the run
    yield from crowded(due, MAX_DAYS if scenario.founding == "from_export" else scenario.days, lang)


def _why_never(key: str, touch: Touch, turn: Turn, lang: Language) -> str | None:
    """Why a touch reaches nobody whatever members do, as long as it is planned; None if it may reach somebody."""
    last, scenario = touch.last_delay, turn.scenario
    anchor, days = touch.counts_from, scenario.days
    policies = turn.policies_to_come(planned(key), before=last)
    if anchor == "joined" and not any(policy.acquisition or policy.referral for policy in policies):
        return say(
            "it counts from joining, and nobody joins; founders are not new. Give policy.acquisition a channel", lang
        )
    if anchor == "joined" and touch.from_order > _most_orders(policies, last):
        return say(
            "it asks for {orders} {orders:order|orders}, and nobody has {orders:it|them} {days} {days:day|days} after "
            "joining",
            lang,
            orders=touch.from_order,
            days=last,
        )
    begins_before = scenario.founding == "from_export" and anchor in ("ordered", "silent")
    if anchor != "birthday" and touch.delay >= days and not begins_before:
        return say(
            "its delay of {delay} {delay:day|days} goes beyond the {days} {days:day|days} of the run",
            lang,
            delay=touch.delay,
            days=days,
        )
    end = turn.spell_of(planned(key))[1]
    if anchor != "birthday" and touch.delay >= end and not begins_before:
        return say(
            "it is planned until day {last} of the run only, and its delay is {delay} {delay:day|days}",
            lang,
            last=end - 1,
            delay=touch.delay,
        )
    if anchor == "complained" and not scenario.response.complaint_share and not any(p.service for p in policies):
        return say("nobody complains while response.complaint_share is 0", lang)
    if anchor == "joined" and touch.to == "new" and touch.delay >= _NEW_DAYS:
        return say("members are new for {days} days after joining only", lang, days=_NEW_DAYS)
    if anchor == "joined" and touch.to == "silent" and last < SILENT_AFTER:
        return say("nobody is silent before {days} days without an interaction", lang, days=SILENT_AFTER)
    if anchor == "silent" and touch.to == "silent" and last < SILENT_AFTER:
        return say("nobody is silent before {days} days without an interaction", lang, days=SILENT_AFTER)
    if (
        anchor == "silent"
        and touch.delay >= SILENT_AFTER
        and touch.to in ("new", "engaged", "customer", "repeat", "loyal")
    ):
        return say("who has not interacted for {days} days is silent, and in no other stage", lang, days=SILENT_AFTER)
    if touch.to == "engaged" and (anchor == "ordered" or touch.from_order):
        return say("engaged are those who have not ordered yet", lang)
    return None


def _most_orders(policies: list[Policy], days: int) -> int:
    """The most orders that somebody can have so many days after joining; touches come before the day's orders."""
    came_with = any(channel.buyers > 0 for policy in policies for channel in policy.acquisition)
    return came_with + MOST_ORDERS_A_DAY * days


def _quiet(scenario: Scenario, lang: Language) -> Iterator[str]:
    """What quiet hours move."""
    quiet = scenario.policy.quiet_hours
    at = [(key, n.hours) for _, lines in lines_with_keys(scenario) for key, n in lines if n.per_week]
    at += [(f"policy.{key}", (touch.hour,)) for key, touch in keyed_touches(scenario.policy)]
    for key, hours in at:
        within = tuple(dict.fromkeys(hour for hour in hours if moved(hour, quiet) != hour))
        if quiet is not None and within:
            yield say(
                "{key}: {hours} is within the quiet hours, so what is planned then goes out at {end} h",
                lang,
                key=key,
                hours=hours_in_words(within, lang),
                end=quiet.to,
            )


def _unknown_tastes(scenario: Scenario, lang: Language) -> Iterator[str]:
    policy = scenario.policy
    if policy.tag_lag < scenario.days or any(touch.survey for _, touch in keyed_touches(policy)):
        return
    aimed = [key for _, lines in lines_with_keys(scenario) for key, line in lines if line.aim]
    aimed += [f"policy.{key}" for key, touch in keyed_touches(policy) if touch.aim]
    for key in aimed:
        yield say(
            "{key}: aim does nothing to those who join: tag_lag is {lag} {lag:day|days}, the run has {days}, and no "
            "touch is a survey",
            lang,
            key=key,
            lag=policy.tag_lag,
            days=scenario.days,
        )


def _uncarried(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Benefits that no message brings under any policy of the run."""
    in_force = InForce(scenario)
    policies = in_force.policies[: len(in_force.begins)]
    carried = {name for policy in policies for name in benefits.carriers(policy).values()}
    for number, policy in zip(in_force.phases, policies, strict=True):
        for name in (name for name in policy.benefits if name not in carried):
            carried.add(name)  # said where it stands first
            yield say(
                "{policy}.benefits.{name}: no message brings it; name it as benefit in push, a line or a touch, or drop it",
                lang,
                policy="policy" if number is None else f"phases.{number}.policy",
                name=name,
            )


def _free(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Things handed out for which no cost was written."""
    for name, benefit in scenario.policy.benefits.items():
        if benefit.kind in ("gift", "vote", "trial") and not benefit.unit_cost:
            yield say("policy.benefits.{name}: costs nothing; write unit_cost, what one of them costs", lang, name=name)


def _before_silence(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Wake-ups that the wake-up rate does not see."""
    for number, touch in enumerate(scenario.policy.wake_up):
        if touch.last_delay < SILENT_AFTER:
            yield say(
                "{key}: comes before day {days} of a silence, so the wake-up rate does not show it; that counts silences "
                "from day {days} on",
                lang,
                key=f"policy.wake_up.{number}",
                days=SILENT_AFTER,
            )
