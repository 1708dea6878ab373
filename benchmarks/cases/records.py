"""What runs of the published cases have left: the JSON files that docs/cases.md is written from, and results read from
them."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.common import ROOT
from benchmarks.response.figures import cases_digest
from benchmarks.response.store import equations_digest
from models.data.files import write_whole
from sim.cases import Case, CaseResult, Figure, Mean, Told, read_cases, within
from sim.cases.results import PART, POINTS
from sim.results import beside_public

HERE = ROOT / "benchmarks" / "cases"
FULL, SENSITIVITY, LEFT_OUT = HERE / "full.json", HERE / "sensitivity.json", HERE / "left_out.json"
_DIGITS = 6


def about() -> dict[str, Any]:
    """Of what a run was: its date, siyu's version, the digests of the case files and of the equations."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "version": version("siyu"),
        "cases": cases_digest(),
        "equations": equations_digest(),
    }


def write_record(path: Path, head: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON object: the head's keys, and `rows`, each in a line of its own; numbers to six digits."""
    lines = ",\n".join("  " + json.dumps(_rounded(row), ensure_ascii=False) for row in rows)
    keys = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    write_whole(path, f'{{\n{keys} "rows": [\n{lines}\n ]\n}}\n')


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, (list, tuple)) else value


def read_record(path: Path) -> dict[str, Any] | None:
    """A record as it was written; None where that run has not been made."""
    if not path.is_file():
        return None
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def results_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[CaseResult]]:
    """The results that the rows of a run were written from, by response, in the order of the rows."""
    by_response: dict[str, dict[str, list[Told]]] = {}
    for row in rows:
        by_response.setdefault(row["response"], {}).setdefault(row["id"], []).append(_told(row))
    return {
        response: [CaseResult(case_called(name), response, tuple(told)) for name, told in of.items()]
        for response, of in by_response.items()
    }


@lru_cache
def case_called(name: str) -> Case:
    """The published case of this name, read once. Raises BadInput."""
    return read_cases([name])[0]


def _told(row: Mapping[str, Any]) -> Told:
    figure = next(figure for figure in case_called(row["id"]).text.figures if figure.name == row["figure"])
    naive = Mean(row["mean"], row["low"], row["high"])
    effect = Mean(row["effect"], row["effect_low"], row["effect_high"])
    return Told(figure, row["spelling"], naive, effect, row["members"], row["replicates"], row["precise"])


def near(figure: Figure, mean: float | None) -> bool:
    """True if a mean is as near to the figure's claim as the rules ask, however well it is known."""
    return mean is not None and within(figure.kind, figure.claim, mean)


def near_ends(figure: Figure) -> tuple[float, float]:
    """Between which values a mean is near to the figure's claim, in its own unit; infinite where there is no end."""
    claim = figure.claim
    off = {"ratio": PART * claim, "lift": max(PART * abs(claim), POINTS)}.get(figure.kind, POINTS)
    low = -math.inf if figure.kind == "ceiling" else claim - off
    high = math.inf if figure.kind == "floor" else claim + off
    return low, high


def nothing(figure: Figure) -> float:
    """What a figure is where the policy does nothing, or nothing is there: 1 of a ratio of two sides or groups, else 0."""
    is_multiple = figure.kind == "ratio" and (figure.side == "change" or figure.measure == beside_public.NAME)
    return 1.0 if is_multiple else 0.0


def part_of_claim(figure: Figure, value: float) -> float:
    """How much of the claim a value is: 0 of nothing, 1 of the claim itself."""
    return (value - nothing(figure)) / (figure.claim - nothing(figure))


class Gain(NamedTuple):
    """What a case says that its policy gains: as published, as its operator would have seen it, and on the same lives."""

    case: str
    published: float
    naive: float
    effect: float

    @property
    def seen(self) -> float:
        """Which part of what was published its operator would have seen."""
        return self.naive / self.published

    @property
    def real(self) -> float:
        """Which part of what was published is the effect."""
        return self.effect / self.published


def gains(result: CaseResult) -> list[Gain]:
    """The gains that a case speaks of, means over its spellings; none where it is about a level alone, or about a loss.

    A lift or a multiple is one by itself, less what nothing would give; figures before and after are one together.
    """
    figures = result.case.text.figures
    told = [
        Gain(result.case.id, f.claim - nothing(f), naive - nothing(f), effect - nothing(f))
        for f in figures
        if (f.side == "change" or f.measure == beside_public.NAME)
        and (naive := mean_over(result, f, "naive")) is not None
        and (effect := mean_over(result, f, "effect")) is not None
    ]
    for after in figures:
        before = before_of(figures, after)
        if before is not None:
            was, now = mean_over(result, before, "naive"), mean_over(result, after, "naive")
            effect = mean_over(result, after, "effect")
            if was is not None and now is not None and effect is not None:
                told.append(Gain(result.case.id, after.claim - before.claim, now - was, effect))
    return [gain for gain in told if gain.published > 0.0]


def before_of(figures: Sequence[Figure], after: Figure) -> Figure | None:
    """The same figure before the change, of one after it; None where the case tells none."""
    if after.side != "after":
        return None
    return next((f for f in figures if (f.side, f.measure, f.who) == ("before", after.measure, after.who)), None)


def mean_over(result: CaseResult, figure: Figure, which: str) -> float | None:
    """A figure's mean over the spellings of a case, `naive` or `effect`; None where no spelling defines it."""
    means = [getattr(row, which).mean for row in result.rows if row.figure.name == figure.name]
    known = [mean for mean in means if mean is not None]
    return float(np.mean(known)) if known else None
