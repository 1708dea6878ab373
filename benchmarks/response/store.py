"""What has been simulated, kept as it ends: a search that was stopped goes on where it stood.

A line of JSON a point in WORK/points.jsonl. A point is used again only for the same values of all parameters, seed, size,
case files and equations. Equations are told by what they come to: the figures of small pools under the default response, to
the last digit, so that another name in the code voids nothing and another number does.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.kept_lines import append_line, key_of, read_lines
from benchmarks.response.figures import Claim, cases_digest, fitted_cases, means_on_scale, simulated
from benchmarks.response.space import Space
from sim.cases.case import Case
from sim.pool import compile_first
from sim.scenario.response import Response

POINTS_FILE = "points.jsonl"
_SMALL = 60  # members of the pools that tell equations apart
_DIGITS = 9  # of their figures: compilers differ in the last ones


@lru_cache(maxsize=1)
def equations_digest() -> str:
    """SHA-256 of every figure of the fitted cases in pools of 60 members under the default response, to 9 digits."""
    cases = fitted_cases()
    compile_first(cases[0].spellings[0].first)
    values = simulated(cases, Response(), _SMALL, 1)
    rounded = [[[None if v is None else f"{v:.{_DIGITS}g}" for v in spelling] for spelling in of] for of in values]
    return hashlib.sha256(json.dumps(rounded).encode()).hexdigest()


@dataclass
class Store:
    """Points that were simulated in a folder, and those that are simulated now."""

    folder: Path
    space: Space
    cases: Sequence[Case]
    kept: dict[str, list[list[list[float | None]]]] = field(default_factory=dict)
    simulated_now: int = 0

    @classmethod
    def at(cls, folder: Path, space: Space, cases: Sequence[Case]) -> "Store":
        """The store in a folder, which is created. A last line that was cut off by a stop is left out."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, space, cases, read_lines(folder / POINTS_FILE))

    def figures(self, claims: Sequence[Claim], point: np.ndarray, seed: int, members: int) -> np.ndarray:
        """float64[claims] on their scales at a point, simulated unless it has been."""
        named = self.space.values(point)
        content = [cases_digest(), equations_digest(), [case.id for case in self.cases], named, seed, members]
        key = key_of(content)
        if key not in self.kept:
            self.kept[key] = simulated(self.cases, self.space.response(point), members, seed)
            self.simulated_now += 1
            append_line(self.folder / POINTS_FILE, key, self.kept[key], seed=seed, members=members)
        return means_on_scale(claims, self.kept[key])
