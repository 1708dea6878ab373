"""What published cases come to on other markets: `python -m benchmarks cases.sensitivity`.

No case states its market's numbers; they are trade knowledge (scenarios/cases/markets), frozen and never fitted. So each is
tried at 0.7 and at 1.3 times its value, one at a time, the same before and after, on the same draws. First spelling,
pools of `MEMBERS`, `REPLICATES` replicates, the default response.

It takes about 25 minutes of one core, so it runs only where it is named; what has been simulated is kept in results/cases/,
and a run that was stopped goes on from there. Writes benchmarks/cases/sensitivity.json, and its part of docs/cases.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks.cases.records import SENSITIVITY, about, near, write_record
from benchmarks.common import ROOT, Row
from benchmarks.kept_lines import append_line, key_of, read_lines
from benchmarks.response.figures import cases_digest, fitted_cases
from sim.cases import Case, Mean
from sim.cases.measuring import values_of
from sim.pool import compile_first
from sim.results.replication.kept import code_digest
from sim.results.replication.uncertainty import replicate_seed
from sim.results.simulation import resized
from sim.scenario import Scenario

MEMBERS, REPLICATES, FACTORS = 2_000, 5, (0.7, 1.3)
KEPT = ROOT / "results" / "cases" / "sensitivity.jsonl"
Changes: TypeAlias = Mapping[str, Any]
_Value: TypeAlias = float | None


def _times(dotted: str) -> Callable[[Scenario, float], Changes]:
    """One number of the market, times the factor."""

    def changes(scenario: Scenario, factor: float) -> Changes:
        value: Any = scenario.market
        for part in dotted.split("."):
            value = getattr(value, part)
        if isinstance(value, int):
            return {f"market.{dotted}": round(value * factor)}
        return {f"market.{dotted}": value * factor}

    return changes


def _persona(name: str) -> Callable[[Scenario, float], Changes]:
    """One persona's share, times the factor; the others make room, or fill it, in proportion."""

    def changes(scenario: Scenario, factor: float) -> Changes:
        shares = scenario.market.personas.model_dump()
        share = shares[name] * factor
        others = (1.0 - share) / (1.0 - shares[name])
        return {"market.personas": {key: share if key == name else others * old for key, old in shares.items()}}

    return changes


def _months(scenario: Scenario, factor: float) -> Changes:
    """How far the months are from the year's mean, times the factor."""
    season = scenario.market.season
    if season is None:
        return {}
    mean = float(np.mean(season.months))
    return {"market.season.months": [mean + factor * (month - mean) for month in season.months]}


def _peaks(scenario: Scenario, factor: float) -> Changes:
    """By how much a festival's demand exceeds its month's, times the factor."""
    season = scenario.market.season
    if season is None:
        return {}
    peaks = [peak.model_dump(by_alias=True) for peak in season.peaks]
    return {"market.season.peaks": [peak | {"lift": 1.0 + factor * (peak["lift"] - 1.0)} for peak in peaks]}


NUMBERS: Mapping[str, Callable[[Scenario, float], Changes]] = {
    **{
        dotted: _times(dotted)
        for dotted in (
            "rhythm.r",
            "rhythm.alpha",
            "rhythm.a",
            "rhythm.b",
            "baskets.p",
            "baskets.q",
            "baskets.v",
        )
    },
    **{f"personas.{name}": _persona(name) for name in ("price_sensitive", "quality_seeker", "sociable", "busy")},
    "tastes": _times("tastes"),
    "shop_age": _times("shop_age"),
    "returns": _times("returns"),
    "season.months": _months,
    "season.peaks": _peaks,
}
LEFT_OUT = ("margin",)  # no figure of a case is told in margin


def varied(scenario: Scenario, number: str, factor: float) -> Scenario:
    """The scenario on a market with one number changed by a factor. Raises BadInput."""
    return scenario.with_changes(NUMBERS[number](scenario, factor))


@dataclass(frozen=True)
class Tried:
    """A case with one number of its market changed (none: as it is), and its figures in each replicate.

    naive, effect: by figure, then by replicate; None where undefined.
    """

    case: Case
    number: str | None
    factor: float
    naive: Sequence[Sequence[_Value]]
    effect: Sequence[Sequence[_Value]]

    def records(self, base: "Tried") -> Iterator[dict[str, Any]]:
        """A record a figure: means, and the naive difference to the case as it is, on the same replicates, with its 90 %."""
        for k, figure in enumerate(self.case.text.figures):
            naive, difference = Mean.of(self.naive[k]).mean, Mean.of(_less(self.naive[k], base.naive[k]))
            yield {
                "id": self.case.id,
                "figure": figure.name,
                "number": self.number,
                "factor": self.factor,
                "naive": naive,
                "effect": Mean.of(self.effect[k]).mean,
                "difference": difference.mean,
                "difference_low": difference.low,
                "difference_high": difference.high,
                "near": near(figure, naive),
            }


def _less(values: Sequence[_Value], others: Sequence[_Value]) -> list[_Value]:
    pairs = zip(values, others, strict=True)
    return [None if value is None or other is None else value - other for value, other in pairs]


def tried(case: Case, kept: Path = KEPT, members: int = MEMBERS, replicates: int = REPLICATES) -> list[Tried]:
    """The case's first spelling as it is, first, and with each number of its market changed.

    Replicates that the file `kept` holds are not simulated again. A number whose change changes nothing (no returns at all)
    has the figures of the case as it is.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = read_lines(kept)
    first = case.with_spellings(case.spellings[:1]).under(lambda scenario: resized(scenario, members))
    compile_first(first.spellings[0].first)
    base = _lived(first, None, 1.0, kept, lines, replicates)
    others = [
        _lived(first.under(partial(varied, number=number, factor=factor)), number, factor, kept, lines, replicates)
        for number in NUMBERS
        for factor in FACTORS
    ]
    return [base, *others]


def _lived(case: Case, number: str | None, factor: float, kept: Path, lines: dict[str, Any], replicates: int) -> Tried:
    spelling = case.spellings[0]
    lived = [s.model_dump(mode="json", by_alias=True) for s in (spelling.before, spelling.after) if s is not None]
    pairs: list[list[list[_Value]]] = []
    for r in range(replicates):
        seed = replicate_seed(1, r)
        key = key_of([code_digest(), cases_digest(), case.id, lived, seed])
        if key not in lines:
            lines[key] = [list(value) for value in values_of(case, spelling, seed)]
            append_line(kept, key, lines[key], case=case.id, number=number, factor=factor, replicate=r)
        pairs.append(lines[key])
    figures = range(len(case.text.figures))
    naive, effect = ([[values[k][side] for values in pairs] for k in figures] for side in (0, 1))
    return Tried(case, number, factor, naive, effect)


def rows() -> list[Row]:
    """Try every case that counts, and write the record; a row a case: how many changes change what is near."""
    from benchmarks.cases.page import write

    records: list[dict[str, Any]] = []
    for case in fitted_cases():
        base, *others = tried(case)
        records += [record for each in (base, *others) for record in each.records(base)]
        print(f"{case.id}: {len(others)} markets", flush=True)
    write_record(SENSITIVITY, about() | {"members": MEMBERS, "replicates": REPLICATES}, records)
    write()
    return [_row(case.id, [record for record in records if record["id"] == case.id]) for case in fitted_cases()]


def _row(name: str, records: Sequence[Mapping[str, Any]]) -> Row:
    was = {record["figure"]: record["near"] for record in records if record["number"] is None}
    moved = {(r["number"], r["factor"]) for r in records if r["near"] != was[r["figure"]]}
    return Row(f"sensitivity, {name}", f"changes of a market number that change what is near: {len(moved)}")
