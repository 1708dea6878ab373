"""What a guard watches and does, in words, and what a planner should know of one that says or does nothing."""

from collections.abc import Iterator

from sim.catalogue import CONTENT_TYPES, MAX_DAYS, MONTH, SILENT_AFTER, WAKES_WITHIN, WEEK
from sim.drafting.phrases import joined, listed, written_share
from sim.drafting.turns import Turn, last_review
from sim.policies.guard import DEEDS, LABELS, SHARES, Act, Guard, Statistic, Watch, keyed_surveys, under
from sim.policies.lines import regular
from sim.policies.policy import Policy
from sim.watching import ENOUGH, MATURE, WEEKS
from sim.words import Language, say, whole

_KEY = "policy.guard"
_PROMOTION = CONTENT_TYPES.index("promotion")
_LINES: dict[Statistic, str] = {
    "group_interactions": "interactions a group a day, no fall of {line} and more from 4 weeks to 4 weeks",
    "complaints": "complaints a member, no rise of {line} and more two weeks running",
}
_FIRST_DAYS: dict[Statistic, int] = {  # of a run: at a review before, the figure says nothing
    "group_interactions": 2 * WEEKS,
    "cohort_return": MATURE + MONTH - 1,
    "wake_up_rate": SILENT_AFTER + WAKES_WITHIN + 1,
    "d7_retention": 8,
    "d30_retention": 31,
}
_LOOKS_BACK: dict[
    Statistic, int
] = {  # days: for how long after groups, or joining, have ended there is something to tell
    "group_interactions": WEEK,
    "cohort_return": MAX_DAYS,
    "d7_retention": 7 + WEEKS,
    "d30_retention": 30 + WEEKS,
}

_MUTE = {
    "no_groups": "there are no communities",
    "nobody_joins": "nobody joins",
    "free": "nothing is paid to win members",
    "no_complaints": "nobody complains while response.complaint_share is 0",
    "short": "the run is too short for it",
    "over": "the guard ends before there is enough to tell",
}


def guard_in_words(turn: Turn, lang: Language) -> Iterator[str]:
    """What is watched, with its lines, and what is done on an alert."""
    guard = turn.policy.guard
    if guard is None:
        return
    told = [_line(statistic, guard, lang) for statistic in watched(turn)]
    if not told:
        yield say("{key}: watches nothing that can say anything in this run", lang, key=_KEY)
    else:
        yield say(
            "{key}: every week the brand watches, over 4 weeks and from {enough} events on: {what}",
            lang,
            key=_KEY,
            enough=ENOUGH,
            what=say("; ", lang).join(told),
        )
    for ordinal, act in enumerate(guard.acts):
        yield say("{key}: {what}", lang, key=f"{_KEY}.acts.{ordinal}", what=_act(act, lang))
    if guard.acts and turn.policy.experiments:
        yield say(
            "{key}: acts are for every member, whatever arm of an experiment she is in; while one is in force arms differ "
            "in what it leaves of their changes",
            lang,
            key=f"{_KEY}.acts",
        )


def _guard(policy: Policy) -> Guard | None:
    return policy.guard


def watched(turn: Turn) -> list[Statistic]:
    """The figures with a line that can say something as long as the same guard watches."""
    guard = turn.policy.guard
    if guard is None:
        return []
    return [name for name in LABELS if guard.line(name) is not None and _why_mute(name, turn) is None]


def _why_mute(statistic: Statistic, turn: Turn) -> str | None:
    """Why a figure says nothing as long as the same guard watches, a key of _MUTE; None if it may.

    What a figure counts was brought about by all policies on whose days it looks back.
    """
    policies = turn.policies(_guard, before=_LOOKS_BACK.get(statistic, 0))
    if statistic == "group_interactions" and all(policy.community is None for policy in policies):
        return "no_groups"
    joins = any(policy.acquisition or policy.referral for policy in policies)
    if statistic in ("d7_retention", "d30_retention", "cohort_return") and not joins:
        return "nobody_joins"
    if statistic == "cohort_return" and not any(map(_costs_to_win, policies)):
        return "free"
    answered = any(policy.service for policy in policies)  # about whose answers members complain, too
    if statistic == "complaints" and not turn.scenario.response.complaint_share and not answered:
        return "no_complaints"
    end = turn.spell_of(_guard)[1]
    if last_review(end) < _FIRST_DAYS.get(statistic, WEEK):
        return "short" if end == turn.scenario.days else "over"
    return None


def _costs_to_win(policy: Policy) -> bool:
    """True if something is paid for members who join."""
    rewards = policy.referral is not None and policy.referral.rewards > 0
    return rewards or any(channel.cost_per_joiner for channel in policy.acquisition)


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


def guard_notes(turn: Turn, lang: Language) -> Iterator[str]:
    """Figures that were asked for and cannot say anything, acts that can never come or change nothing, and seasons."""
    guard = turn.policy.guard
    if guard is None:
        return
    usual = Watch()
    for statistic in (name for name in LABELS if guard.line(name) not in (None, getattr(usual, name))):
        why = _why_mute(statistic, turn)
        if why is not None:
            key = f"{_KEY}.watch.{statistic}"
            yield say("{key}: never says anything, since {why}", lang, key=key, why=say(_MUTE[why], lang))
    for ordinal in range(len(guard.acts)):
        yield from _act_notes(turn, guard, ordinal, lang)
    for key, touch in keyed_surveys(turn.policy):
        if not touch.survey:
            yield say(
                "policy.{key}.survey: is false, so the message asks nothing; leave it out, and whoever answers is known",
                lang,
                key=key,
            )
    if guard.acts and turn.scenario.market.season is not None:
        yield say(
            "{key}: the market has a season, and figures that move with it alert too: an act may answer the calendar",
            lang,
            key=_KEY,
        )


def _act_notes(turn: Turn, guard: Guard, ordinal: int, lang: Language) -> Iterator[str]:
    """What keeps an act from coming, or from changing anything, as long as the same guard watches."""
    key, act = f"{_KEY}.acts.{ordinal}", guard.acts[ordinal]
    answered = [statistic for statistic in watched(turn) if act.answers(statistic)]
    # on an alert the first act in file order that answers it is taken
    taken = {next(n for n, other in enumerate(guard.acts) if other.answers(statistic)) for statistic in answered}
    policies = turn.policies(_guard)
    if not answered:
        yield say("{key}: can never come: no figure that it answers says anything in this scenario", lang, key=key)
    elif ordinal not in taken:
        earlier = [f"{_KEY}.acts.{n}" for n in sorted(taken) if n < ordinal]
        yield say(
            "{key}: can never come: whatever it answers is answered before it, by {earlier}; put it first, or name with "
            "`on` what each act answers",
            lang,
            key=key,
            earlier=listed(earlier, lang),
        )
    elif act.act == "drop_promotions" and not any(map(_writes_promotions, policies)):
        yield say("{key}: changes nothing: no regular message is a promotion", lang, key=key)
    elif act.act == "change_mix" and all(under(policy, act) == policy for policy in policies):
        yield say("{key}: changes nothing: this is the mix already", lang, key=key)


def _writes_promotions(policy: Policy) -> bool:
    """True if the brand has a regular message that is a promotion, in some segment or arm."""
    lines = [line for plan in policy.rows() for line in regular(plan)]
    return any(line.per_week and line.paid and line.shares[_PROMOTION] for line in lines)
