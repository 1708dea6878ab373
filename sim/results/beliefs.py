"""Whether what a strategy believes came true: its `expects` held against the expected values of the comparison.

As in the verdict, an expected value is surely above or below another's from 90 % on (Student's t of the mean paired
difference against its standard error, never surer than R replicates can be: R / (R + 1), so that fewer than 9 tell
nothing); else the comparison cannot tell. Where both are the same in every replicate, neither is higher: that is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from sim.reading.told import told_in
from sim.results.outcomes import Outcomes
from sim.results.statistics.chances import LIKELY, confidence, stated
from sim.results.statistics.spread import Interval
from sim.results.verdict import compared_values
from sim.results.wording import labelled
from sim.scenario import Scenario
from sim.scenario.expects import Expectation
from sim.words import Language, say

Word = Literal["right", "wrong", "open", "undefined", "untried"]
_SAID: dict[tuple[Word, int], str] = {
    ("right", 1): "right: {measure} higher than with {other} ({values})",
    ("right", -1): "right: {measure} lower than with {other} ({values})",
    ("wrong", 1): "wrong: {measure} lower than with {other}, not higher ({values})",
    ("wrong", -1): "wrong: {measure} higher than with {other}, not lower ({values})",
    ("open", 1): "cannot be told here: {measure} higher than with {other} ({values})",
    ("open", -1): "cannot be told here: {measure} lower than with {other} ({values})",
    ("undefined", 1): "cannot be told here: {measure} higher than with {other}; one of them is undefined",
    ("undefined", -1): "cannot be told here: {measure} lower than with {other}; one of them is undefined",
    ("untried", 1): "not tried here: {measure} higher than with {other}, which is not among these strategies",
    ("untried", -1): "not tried here: {measure} lower than with {other}, which is not among these strategies",
}


_SAME = "wrong: no difference in {measure} to {other} ({values})"


@dataclass(frozen=True)
class Belief:
    """A strategy's belief in its own words, and of each thing that it expects the word and the sentence on it."""

    name: str
    sentence: str
    said: tuple[tuple[Word, str], ...]


def beliefs(result: Outcomes, lang: Language = "en") -> list[Belief]:
    """The beliefs of the compared strategies that have one, or expect something."""
    return [
        Belief(scenario.name, told_in(scenario.believes, lang), tuple(_tried(result, scenario, lang)))
        for scenario in result.scenarios
        if scenario.believes or scenario.expects
    ]


def wrong_beliefs(result: Outcomes, lang: Language = "en") -> list[str]:
    """A sentence for each expectation that is wrong."""
    told = []
    for each in beliefs(result, lang):
        text = "What {name} believes ({belief}) is {what}" if each.sentence else "What {name} expects is {what}"
        values = {"name": each.name, "belief": each.sentence.strip().rstrip(".。")}
        told += [say(text, lang, what=what, **values) + say(".", lang) for word, what in each.said if word == "wrong"]
    return told


def came_true(result: Outcomes, name: str, measure: str, expectation: Expectation) -> Word:
    """Whether the measure of strategy `name` is above (or below) the other's, as far as the comparison can tell."""
    if expectation.other not in result.names:
        return "untried"
    difference = result.difference(name, measure, expectation.other).interval
    if difference.mean is None or not isfinite(difference.mean):
        return "undefined"
    if _is_none(difference):
        return "wrong"
    above = stated(confidence(difference), difference.n)
    if above is None:
        return "open"
    sure = above if expectation.sign > 0 else 1.0 - above
    return "right" if sure >= LIKELY else "wrong" if sure <= 1.0 - LIKELY else "open"


def _is_none(difference: Interval) -> bool:
    """True for a difference of exactly 0 in every one of several replicates, as between strategies that do the same."""
    return difference.n > 1 and difference.mean == 0 and not difference.sd


def _tried(result: Outcomes, scenario: Scenario, lang: Language) -> Iterator[tuple[Word, str]]:
    for measure, expectation in scenario.expects.items():
        word, other = came_true(result, scenario.name, measure, expectation), expectation.other
        known = word not in ("untried", "undefined")
        values = compared_values(result, scenario.name, measure, lang, other) if known else ""
        is_none = known and _is_none(result.difference(scenario.name, measure, other).interval)
        text = _SAME if is_none else _SAID[word, expectation.sign]
        yield word, say(text, lang, measure=labelled(measure, lang), other=other, values=values)
