"""What a guard watches and does, in words, and what a planner should know of one that says or does nothing."""

from collections.abc import Iterator

from sim.catalogue import CONTENT_TYPES
from sim.drafting.phrases import joined, listed, written_share
from sim.policies.guard import DEEDS, LABELS, SHARES, Act, Guard, Statistic, Watch, under
from sim.policies.lines import regular
from sim.scenario.scenario import Scenario
from sim.watching import ENOUGH, MATURE, WEEKS
from sim.words import Language, say, whole

_KEY = "policy.guard"
_PROMOTION = CONTENT_TYPES.index("promotion")
_LINES: dict[Statistic, str] = {
    "group_interactions": "interactions a group a day, no fall of {line} and more from 4 weeks to 4 weeks",
    "complaints": "complaints a member, no rise of {line} and more two weeks running",
}
_FIRST_DAYS: dict[Statistic, int] = {  # of a run: before, the figure says nothing
    "group_interactions": 2 * WEEKS,
    "cohort_return": MATURE + 29,
    "wake_up_rate": 90 + 14 + 1,
    "d30_retention": 31,
}

_MUTE = {
    "no_groups": "there are no communities",
    "nobody_joins": "nobody joins",
    "free": "nothing is paid to win members",
    "no_complaints": "nobody complains while response.complaint_share is 0",
    "short": "the run is too short for it",
}


def guard_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """What is watched, with its lines, and what is done on an alert."""
    guard = scenario.policy.guard
    if guard is None:
        return
    told = [_line(statistic, guard, lang) for statistic in watched(scenario)]
    if told:
        yield say(
            "{key}: every week the brand watches, over 4 weeks and from {enough} events on: {what}",
            lang,
            key=_KEY,
            enough=ENOUGH,
            what=say("; ", lang).join(told),
        )
    for ordinal, act in enumerate(guard.acts):
        yield say("{key}: {what}", lang, key=f"{_KEY}.acts.{ordinal}", what=_act(act, lang))
    if guard.acts and scenario.policy.experiments:
        yield say(
            "{key}: acts are for every member, whatever arm of an experiment she is in; while one is in force arms differ "
            "in what it leaves of their changes",
            lang,
            key=f"{_KEY}.acts",
        )


def watched(scenario: Scenario) -> list[Statistic]:
    """The figures with a line that can say something in this scenario."""
    guard = scenario.policy.guard
    if guard is None:
        return []
    return [name for name in LABELS if guard.line(name) is not None and _why_mute(name, scenario) is None]


def _why_mute(statistic: Statistic, scenario: Scenario) -> str | None:
    """Why a figure never says anything, a key of _MUTE; None if it may."""
    policy = scenario.policy
    if statistic == "group_interactions" and policy.community is None:
        return "no_groups"
    joins = bool(policy.acquisition or policy.referral)
    if statistic in ("d7_retention", "d30_retention", "cohort_return") and not joins:
        return "nobody_joins"
    costs = any(channel.cost_per_joiner for channel in policy.acquisition) or (
        policy.referral and policy.referral.rewards
    )
    if statistic == "cohort_return" and not costs:
        return "free"
    if statistic == "complaints" and not scenario.response.complaint_share:
        return "no_complaints"
    if scenario.days <= _FIRST_DAYS.get(statistic, WEEKS):
        return "short"
    return None


def _line(statistic: Statistic, guard: Guard, lang: Language) -> str:
    line = guard.line(statistic)
    assert line is not None  # of what is watched
    if statistic in _LINES:
        return say(_LINES[statistic], lang, line=written_share(line, lang))
    written = written_share(line, lang) if statistic in SHARES else whole(line, 6)
    return say("{what}, at least {line}", lang, what=say(LABELS[statistic], lang), line=written)


def _act(act: Act, lang: Language) -> str:
    answered = listed([say(LABELS[statistic], lang) for statistic in act.on], lang)
    parts = [
        say(DEEDS[act.act], lang),
        say("on an alert of {figures}", lang, figures=answered)
        if act.on
        else say("on an alert of messages or loyalty", lang),
        say(
            "until the figure is a tenth on the good side of its line again, at most one act in 4 weeks",
            lang,
        ),
    ]
    return joined(parts, lang)


def guard_notes(scenario: Scenario, lang: Language) -> Iterator[str]:
    """Figures that were asked for and cannot say anything, acts that can never come or change nothing, and seasons."""
    guard = scenario.policy.guard
    if guard is None:
        return
    usual = Watch()
    for statistic in (name for name in LABELS if guard.line(name) not in (None, getattr(usual, name))):
        why = _why_mute(statistic, scenario)
        if why is not None:
            key = f"{_KEY}.watch.{statistic}"
            yield say("{key}: never says anything, since {why}", lang, key=key, why=say(_MUTE[why], lang))
    for ordinal, act in enumerate(guard.acts):
        key = f"{_KEY}.acts.{ordinal}"
        if not any(act.answers(statistic) for statistic in watched(scenario)):
            yield say("{key}: can never come: no figure that it answers says anything in this scenario", lang, key=key)
        elif act.act == "drop_promotions" and not _writes_promotions(scenario):
            yield say("{key}: changes nothing: no regular message is a promotion", lang, key=key)
        elif act.act == "change_mix" and under(scenario.policy, act) == scenario.policy:
            yield say("{key}: changes nothing: this is the mix already", lang, key=key)
    if guard.acts and scenario.market.season is not None:
        yield say(
            "{key}: the market has a season, and figures that move with it alert too: an act may answer the calendar",
            lang,
            key=_KEY,
        )


def _writes_promotions(scenario: Scenario) -> bool:
    """True if the brand has a regular message that is a promotion, in some segment or arm."""
    lines = [line for plan in scenario.policy.rows() for line in regular(plan)]
    return any(line.per_week and line.paid and line.shares[_PROMOTION] for line in lines)
