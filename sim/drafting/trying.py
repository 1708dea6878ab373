"""What experiments do, in words, and what a planner should know of one that can tell little."""

from collections.abc import Iterator

from sim.drafting.phrases import joined, written_share
from sim.engine.lanes import LANES
from sim.policies.experiments import Experiment, ties
from sim.scenario.scenario import Scenario
from sim.words import Language, say

_FEW = 20  # groups: with fewer chance decides which arm has the lively ones


def experiments_in_words(scenario: Scenario, lang: Language) -> Iterator[str]:
    """A sentence for each experiment: who gets something else, and from which review to which."""
    for n, test in enumerate(scenario.policy.experiments):
        share = written_share(test.share, lang)
        drawn = (
            "{share} of members, each drawn by herself"
            if test.by == "member"
            else "{share} of groups, drawn as a whole"
        )
        until = "to the end" if test.until_day is None else "until the review of day {day}"
        parts = [
            say("experiment {name}", lang, name=test.name),
            say(drawn, lang, share=share),
            say("from the review of day {day} on", lang, day=test.first_day),
            say(until, lang, day=test.end_day),
        ]
        if test.changes_nothing:
            parts.append(say("both arms get the same", lang))
        yield say("{key}: {what}", lang, key=f"policy.experiments.{n}", what=joined(parts, lang))


def notes_on_experiments(scenario: Scenario, lang: Language, days: tuple[int, int]) -> Iterator[str]:
    """Experiments that never begin, that have one arm only, whose arms meet in groups, or that have few groups.

    days: from which on the policy is in force, and before which that ends; groups of other days part no arms.
    """
    for n, test in enumerate(scenario.policy.experiments):
        key = f"policy.experiments.{n}"
        if test.first_day >= scenario.days:
            yield say(
                "{key}: it begins on day {day}, and the run has {days} {days:day|days}; begin earlier, or run longer",
                lang,
                key=key,
                day=test.first_day,
                days=scenario.days,
            )
        elif test.share in (0, 1):
            yield say(
                "{key}.share: everybody is in one arm, so there is nothing to compare; 0.5 sees the smallest effects",
                lang,
                key=key,
            )
        else:
            yield from _of_groups(scenario, n, test, lang, runs=test.first_day < days[1] and days[0] < test.end_day)


def _of_groups(scenario: Scenario, n: int, test: Experiment, lang: Language, runs: bool) -> Iterator[str]:
    key, groups = f"policy.experiments.{n}", int(-(-scenario.simulated // LANES))  # the last one perhaps not full
    if runs and "groups" in ties(scenario.policy, n):
        yield say(
            "{key}.by: members of both arms are in the same groups, whose mood carries over from one arm to the other; by: "
            "community keeps them apart",
            lang,
            key=key,
        )
    if test.by == "community" and scenario.simulated and groups < _FEW:
        yield say(
            "{key}.by: {members} founding {members:member is|members are} in {groups} {groups:group|groups}, few to "
            "draw from; take by: member, or more members",
            lang,
            key=key,
            members=f"{scenario.simulated:,}",
            groups=groups,
        )
