"""What of the regular messages does not go out: beyond what a channel lets through, beyond the cap of a day.

Only what is in force on the same days is looked at together: the lines that come all the time by the week, those of events
on the days on which they last.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.catalogue import WEEK
from sim.drafting.calendar import days_in_words
from sim.drafting.explained import lines_with_keys
from sim.drafting.phrases import listed, short
from sim.policies.in_force import Days
from sim.policies.lines import Regular
from sim.policies.policy import SegmentPlan
from sim.policies.push import schedules
from sim.policies.schedule import LIMITS, Schedule
from sim.scenario.scenario import Scenario
from sim.words import Language, Remark, say, significant, told_apart
from sim.words.named import CHANNELS

_Days: TypeAlias = NDArray[np.bool_]  # bool[days]


class _Planned(NamedTuple):
    """The lines of a segment or an arm, and what becomes of their messages."""

    here: str  # its key
    lines: list[tuple[str, Regular]]
    schedule: Schedule
    plan: SegmentPlan
    within: _Days  # on which it is in force
    lasting: list[_Days]  # of each line: on which its event lasts, none of one that comes all the time

    @property
    def usual(self) -> list[tuple[str, Regular]]:
        """The lines that come all the time."""
        return [(key, line) for key, line in self.lines if line.occasion is None]

    @property
    def where(self) -> str:
        """Where its push is said; of one that has that of the base, whose plan it is."""
        return f"{self.here}.push" if self.has_own_push else self.here

    @property
    def has_own_push(self) -> bool:
        """True if it says something of the push, and with it of the cap."""
        return self.lines[0][0].startswith(self.here)


def fallen(scenario: Scenario, lang: Language, days: Days) -> Iterator[str]:
    """A sentence for each line beyond its channel's limit, and for each set of lines that is beyond the cap together.

    days: those on which the scenario's policy is in force.
    """
    plans = scenario.policy.told_plans()
    told = []  # texts and values without the key that they are said of: segments share what they do not change
    for (here, lines), schedule, plan in zip(lines_with_keys(scenario), schedules(scenario, plans), plans, strict=True):
        within, lasting = _in_force(scenario, here, days), [_lasting(scenario, line) for _, line in lines]
        planned = _Planned(here, lines, schedule, plan, within, lasting)
        if not within.any():
            continue
        yield from _beyond_limits(scenario, planned, lang)
        for remark in (*_usually(planned), *_during_events(scenario, planned, lang)):
            said = remark.text, {name: value for name, value in remark.values.items() if name != "where"}
            if said not in told:
                yield say(remark, lang)
            told.append(said)


def _in_force(scenario: Scenario, here: str, days: Days) -> _Days:
    """On which days of the run a plan is in force: an arm's on those of its experiment."""
    begins, ends = days
    if here.startswith("policy.experiments."):
        test = scenario.policy.experiments[int(here.rpartition(".")[2])]
        begins, ends = max(begins, test.first_day), int(min(ends, test.end_day))
    return _between(begins, ends, scenario.days)


def _between(first: int, end: int, days: int) -> _Days:
    at = np.arange(days)
    return np.asarray((at >= first) & (at < end))


def _lasting(scenario: Scenario, line: Regular) -> _Days:
    """On which days of the run a line of an event lasts."""
    lasts = np.zeros(scenario.days, bool)
    for first, last in line.occasion.spells(scenario.start, scenario.days) if line.occasion else ():
        lasts |= _between(first, last + 1, scenario.days)
    return lasts


def _spells(days: _Days) -> list[tuple[int, int]]:
    """First and last day of each row of days one after the other."""
    edges = np.flatnonzero(np.diff(np.r_[0, days.astype(np.int8), 0]))
    return [(int(first), int(end) - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]


# --- what channels let through ---------------------------------------------------------------------------------------


def _beyond_limits(scenario: Scenario, planned: _Planned, lang: Language) -> Iterator[str]:
    fate = planned.schedule.fallen
    each = zip(planned.lines, planned.lasting, fate.due, fate.beyond_limit, strict=True)
    for (key, line), lasting, due, beyond in each:
        if not (key.startswith(planned.here) or planned.here == "policy"):
            continue
        if line.occasion is None:
            if beyond.any():
                yield _beyond_limit(key, line, float(beyond.sum()) / fate.weeks, lang)
            continue
        on = lasting & planned.within
        if beyond[on].any():
            yield _beyond_limit_during(scenario, key, line, on, (int(beyond[on].sum()), int(due[on].sum())), lang)


def _beyond_limit(key: str, line: Regular, a_week: float, lang: Language) -> str:
    most, days = LIMITS[line.channel]
    fallen, planned = _part_of(a_week, line.per_week)
    return say(
        "{key}: {channel} no more than {most} in {days} days {most:reaches|reach} a member: {fallen} of the {per_week} a "
        "week {fallen:falls|fall} away; plan fewer, or use another channel"
        if days > 1
        else "{key}: {channel} no more than {most} a day {most:reaches|reach} a member: {fallen} of the {per_week} a week "
        "{fallen:falls|fall} away; plan fewer, or use another channel",
        lang,
        key=key,
        channel=say(CHANNELS[line.channel], lang),
        most=most,
        days=days,
        fallen=fallen,
        per_week=planned,
    )


def _part_of(lost: float, planned: float) -> list[str]:
    """How many messages a week fall away, and of how many: never more than there are. What is planned is told as it is
    written, since whole messages over the days of a short run make more or less."""
    return told_apart(
        (min(lost, planned), partial(significant, min(lost, planned), 2)), (planned, lambda _: short(planned))
    )


def _beyond_limit_during(
    scenario: Scenario, key: str, line: Regular, on: _Days, counts: tuple[int, int], lang: Language
) -> str:
    most, days = LIMITS[line.channel]
    return say(
        "{key}: {channel} no more than {most} in {days} days {most:reaches|reach} a member: {when} {fallen} of its "
        "{planned} {fallen:falls|fall} away; plan fewer, or use another channel"
        if days > 1
        else "{key}: {channel} no more than {most} a day {most:reaches|reach} a member: {when} {fallen} of its {planned} "
        "{fallen:falls|fall} away; plan fewer, or use another channel",
        lang,
        key=key,
        channel=say(CHANNELS[line.channel], lang),
        most=most,
        days=days,
        when=days_in_words(_spells(on), scenario, lang),
        fallen=f"{counts[0]:,}",
        planned=f"{counts[1]:,}",
    )


# --- the cap of a day ------------------------------------------------------------------------------------------------


def _usually(planned: _Planned) -> Iterator[Remark]:
    """What falls away a week on days without an event; a rate, so of all such days of the run."""
    cap, lines, fate = planned.plan.push.cap_per_day, planned.usual, planned.schedule.fallen
    quiet = ~np.any(planned.lasting, axis=0)
    lost = int(fate.over_cap[quiet].sum())
    if lost and len(lines) > 1:
        fallen, together = _part_of(lost / quiet.sum() * WEEK, sum(line.per_week for _, line in lines))
        yield Remark(
            "{where}: cap_per_day {cap} is for all lines together: {fallen} of {planned} {planned:message|messages} a week "
            "{fallen:falls|fall} away; raise it to send more",
            {
                "where": planned.where,
                "cap": cap,
                "fallen": fallen,
                "planned": together,
            },
        )
    elif lost and lines[0][1].per_week > WEEK * cap and planned.has_own_push:
        yield Remark(
            "{where}: cap_per_day {cap} lets {most} of the {per_week} messages a week through; raise it to send more",
            {"where": planned.where, "cap": cap, "most": WEEK * cap, "per_week": f"{lines[0][1].per_week:g}"},
        )


def _during_events(scenario: Scenario, planned: _Planned, lang: Language) -> Iterator[Remark]:
    """What falls away on the days of events, for each set of their lines that last at the same time."""
    fate, keys = planned.schedule.fallen, [key for key, _ in planned.lines]
    together: dict[tuple[str, ...], _Days] = defaultdict(lambda: np.zeros(scenario.days, bool))
    for day in np.flatnonzero(planned.within & np.any(planned.lasting, axis=0)):
        there = tuple(key for key, lasting in zip(keys, planned.lasting, strict=True) if lasting[day])
        together[there][day] = True
    for there, on in together.items():
        lost = int(fate.over_cap[on].sum())
        if lost:
            yield Remark(
                "{where}: cap_per_day {cap} is for all lines together: {when}, with {keys}, {fallen} of {planned} "
                "{planned:message|messages} {fallen:falls|fall} away; raise it to send more",
                {
                    "where": planned.where,
                    "cap": planned.plan.push.cap_per_day,
                    "when": days_in_words(_spells(on), scenario, lang),
                    "keys": listed(there, lang),
                    "fallen": f"{lost:,}",
                    "planned": f"{int(fate.due[:, on].sum()):,}",
                },
            )
