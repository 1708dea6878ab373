"""Phases in words: from when on the brand does what else, and what of a phase does not do what it seems to."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from sim.drafting.phrases import listed
from sim.drafting.turns import Turn, turns
from sim.policies.in_force import InForce, review_of
from sim.policies.policy import Policy
from sim.scenario.scenario import Scenario
from sim.words import Language, say

InWords = Callable[[Turn, Language], list[str]]
_OF_POLICY = "policy"
_OTHERWISE = {  # what it means where the sentence of a key goes and its part stays
    "policy.account": "{key}: the shop itself writes from then on",
    "policy.community.moderated": "{key}: strangers' promotions are kept out of the groups from then on",
    "policy.membership": "{key}: no points for everybody, and no discount of a tier, from then on",
    "policy.tag_accuracy": "{key}: nothing is fitted to what the brand believes of tastes any more",
}


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
            gone = [key for key in dict.fromkeys(map(_key, before)) if key not in map(_key, now)]
            yield from _ended(gone, number, turn.policy, lang)
        before = now


def _ended(gone: list[str], number: int, policy: Policy, lang: Language) -> Iterator[str]:
    """What ends with a phase, of the keys that say nothing any more under its policy.

    Of a part and what is in it the part alone; nothing of a part that goes on, of which only a sentence has gone.
    """
    ended = []
    for key in gone:
        if key in _OTHERWISE and getattr(policy, _part(key)) is not None:
            yield f"phases.{number}.{say(_OTHERWISE[key], lang, key=key)}"
        elif not _goes_on(key, policy):
            ended.append(key)
    keys = [key for key in ended if not any(key.startswith(f"{other}.") for other in ended)]
    if keys:
        yield say("phases.{number}: no more {keys}", lang, number=number, keys=listed(keys, lang))


def _part(key: str) -> str:
    """The part of the policy to which a key belongs."""
    return key.split(".")[1]


def _goes_on(key: str, policy: Policy) -> bool:
    """True of a key that says what a policy still has: itself, a segment or an arm, or a part that is there or not."""
    if key == _OF_POLICY or key.removeprefix(f"{_OF_POLICY}.") in policy.changes():
        return True
    is_part = key == f"{_OF_POLICY}.{_part(key)}" and Policy.model_fields[_part(key)].default is None
    return is_part and getattr(policy, _part(key)) is not None


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
