"""What stands in the cells of a report's tables: a measure's label with its unit, a mean and its interval."""

from typing import Any

from sim.results.metrics import REGISTRY, Measure
from sim.results.outcomes import Outcomes
from sim.results.showing import beside_target, ends_of, mean_of, target_words
from sim.results.statistics.spread import Interval
from sim.scenario.targets import Target
from sim.words import Language, minus, say, with_unit

Row = dict[str, Any]
SIGNS: dict[bool | None, str] = {True: "good", False: "bad", None: "open"}  # how a page marks what met its target


def label_of(result: Outcomes, measure: Measure, lang: Language) -> str:
    """A measure's label with the unit of its numbers."""
    return with_unit(say(measure.label, lang), measure.kind, result.scenarios[0].market.currency, lang)


def range_of(interval: Interval, measure: Measure, lang: Language, unit: str = "") -> str:
    """`low to high`; empty where the ends are unknown or equal. `unit`: in place of the per cent of a share."""
    ends = ends_of(interval, measure.kind, "en" if unit else lang)  # "points" take the place of the per cent
    if ends is None:
        return ""
    low, high = ends
    if unit:
        low, high = low.removesuffix(" %"), high.replace(" %", unit)
    return say("{low} to {high}", lang, low=low, high=high)


def value_cell(result: Outcomes, name: str, measure: Measure, lang: Language) -> Row:
    """The label, the mean and the range of one measure of a scenario; the mean stands on its own side of a target."""
    interval, target = result.interval(name, measure.name), result.targets(name).get(measure.name)
    mean = mean_of(interval, measure.kind, lang)
    if target is not None:
        mean = beside_target(interval, measure.kind, Target.parse(target[0]), lang)
    return {
        "label": label_of(result, measure, lang),
        "mean": mean,
        "range": range_of(interval, measure, lang),
    }


def targets_told(result: Outcomes, name: str, lang: Language) -> list[Row]:
    """A text for each target of a scenario, `churn 44 %, target ≤ 30 %: missed`, and how a page marks it."""
    told = []
    for measure, (text, _, met) in result.targets(name).items():
        known = REGISTRY[measure]
        value = beside_target(result.interval(name, measure), known.kind, Target.parse(text), lang)
        values = {
            "measure": say(known.label, lang),
            "value": value,
            "target": in_signs(text),
            "met": target_words(lang, met, result.target_chance(name, measure)),
        }
        told.append({"text": say("{measure} {value}, target {target}: {met}", lang, **values), "sign": SIGNS[met]})
    return told


def in_signs(target: str) -> str:
    """A target with the signs of print."""
    return minus(target.replace(">=", "≥").replace("<=", "≤"))
