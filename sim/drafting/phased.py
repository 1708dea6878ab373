"""Phases in words: from when on the brand does what else, and what of a phase does not do what it seems to."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from sim.drafting.phrases import listed
from sim.drafting.turns import Turn, turns
from sim.policies.in_force import InForce, review_of
from sim.scenario.scenario import Scenario
from sim.words import Language, say

InWords = Callable[[Turn, Language], list[str]]
_OF_POLICY = "policy"


def phases_in_words(scenario: Scenario, lang: Language, in_words: InWords) -> Iterator[str]:
    """Each phase that begins within the run: its day and date, what is new then, and which keys say nothing more.

    in_words: the sentences about a policy while it is in force, each of which begins with its key.
    """
    before: list[str] = []
    for turn in turns(scenario):
        now, number = in_words(turn, lang), turn.phase
        if number is not None:
            first_day = turn.days[0]
            yield say(
                "phases.{number}: from day {day} of the run on ({date}) the policy changes",
                lang,
                number=number,
                day=first_day,
                date=scenario.start + timedelta(days=first_day),
            )
            new = (sentence for sentence in now if sentence not in before and _can_be(sentence, turn))
            yield from (f"phases.{number}.{sentence}" for sentence in new)
            known = {*map(_key, now), _OF_POLICY, *(f"{_OF_POLICY}.{key}" for key in turn.policy.changes())}
            gone = [key for key in dict.fromkeys(map(_key, before)) if key not in known]
            if gone:
                yield say("phases.{number}: no more {keys}", lang, number=number, keys=listed(gone, lang))
        before = now


def _can_be(sentence: str, turn: Turn) -> bool:
    """False for a sentence about an experiment that does not run while a policy is in force."""
    about = re.match(r"policy\.experiments\.(\d+)", sentence)
    if about is None:
        return True
    test, days = turn.policy.experiments[int(about.group(1))], turn.days
    return test.first_day < days[1] and days[0] < test.end_day


def _key(sentence: str) -> str:
    """The key with which a sentence begins."""
    begins = re.match(r"[\w.\-]+", sentence)
    return begins.group() if begins else ""


def notes_on_phases(scenario: Scenario, lang: Language, notes_of: InWords) -> Iterator[str]:
    """Phases that begin later than they say or never, and what `notes_of` says of the policy of each."""
    in_force = InForce(scenario)
    for ordinal, phase in enumerate(scenario.phases):
        review = review_of(phase.from_day)
        if review >= scenario.days:
            yield say(
                "phases.{number}.from_day: never begins: the first weekly review on or after day {day} would be on day "
                "{review}, and the run has {days} {days:day|days}",
                lang,
                number=ordinal,
                day=phase.from_day,
                review=review,
                days=scenario.days,
            )
        elif ordinal not in in_force.phases:
            yield say(
                "phases.{number}.from_day: is in force on no day: the phase after it begins at the same weekly review, on "
                "day {review}",
                lang,
                number=ordinal,
                review=review,
            )
        elif review != phase.from_day:
            yield say(
                "phases.{number}.from_day: day {day} lies within a week; the changes hold from the weekly review on day "
                "{review} on",
                lang,
                number=ordinal,
                day=phase.from_day,
                review=review,
            )
    for place, number in enumerate(in_force.phases[1:], start=1):
        if in_force.policies[place] == in_force.policies[place - 1]:
            yield say("phases.{number}: changes nothing of what there was before it", lang, number=number)
    if scenario.phases and in_force.phases[0] is not None:
        yield say("policy: is in force on no day: phases.{number} begins on the first", lang, number=in_force.phases[0])
    told: set[str] = set()
    for turn in turns(scenario):
        said = notes_of(turn, lang)
        if turn.phase is not None:
            new = (note for note in said if note not in told and note.startswith(_OF_POLICY))
            yield from (f"phases.{turn.phase}.{note}" for note in new)
        told |= set(said)
