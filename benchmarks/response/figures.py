"""The published figures as residuals, and what they come to in a small pool under a response.

A share is compared on the logit, a ratio and 1 + lift on the log scale; a figure of a case is the mean over its three
spellings on that scale, so that none of the three is chosen. The sd of a residual follows from the grade of the source: A
its standard error, B 0.25, C 0.5, D 0.8. A floor or a ceiling that is met leaves no residual. Cases marked as input, which
mostly follow from what their scenarios put in, are not fitted.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.cases.case import Case, Figure, cases_folder, digests, read_cases
from sim.cases.measuring import values_of
from sim.cases.running import responded
from sim.results.replication.uncertainty import replicate_seed
from sim.results.simulation import resized
from sim.scenario.response import Response

SD_BY_GRADE = {"B": 0.25, "C": 0.5, "D": 0.8}
GRADE = "C"  # of every figure: what companies say of themselves (docs/evidence.md); none has a standard error
_LEAST_SHARE = 0.001  # a small pool may show none at all, or all
_LEAST_RATIO = 0.01


@dataclass(frozen=True)
class Claim:
    """One published figure: its case, its place there, what was claimed on its scale, and the sd of its residual."""

    case: Case
    place: int
    target: float
    sd: float

    @property
    def figure(self) -> Figure:
        """The figure as the case has it."""
        return self.case.text.figures[self.place]

    @property
    def name(self) -> str:
        """Case and figure; the case alone where it has one figure."""
        return self.case.id if len(self.case.text.figures) == 1 else f"{self.case.id}: {self.figure.name}"

    def residual(self, on_scale: np.ndarray | float) -> np.ndarray:
        """(simulated - claimed) / sd on the figure's scale; 0 where a floor or a ceiling is met."""
        off = (np.asarray(on_scale, float) - self.target) / self.sd
        if self.figure.kind == "floor":
            return np.minimum(off, 0.0)
        return np.maximum(off, 0.0) if self.figure.kind == "ceiling" else off

    def shown(self, on_scale: float) -> float:
        """What a number on the figure's scale is as it was published: a share, a ratio or a lift."""
        if self.figure.kind in ("share", "floor", "ceiling"):
            return float(1.0 / (1.0 + np.exp(-on_scale)))
        return float(np.exp(on_scale)) - (1.0 if self.figure.kind == "lift" else 0.0)


def on_scale(figure: Figure, value: float) -> float:
    """A share on the logit, a ratio or 1 + lift on the log scale; what a small pool shows as 0 or 1 stays finite."""
    if figure.kind in ("share", "floor", "ceiling"):
        share = min(max(value, _LEAST_SHARE), 1.0 - _LEAST_SHARE)
        return float(np.log(share / (1.0 - share)))
    return float(np.log(max(value + (1.0 if figure.kind == "lift" else 0.0), _LEAST_RATIO)))


def fitted_cases() -> list[Case]:
    """The published cases that are fitted: those that count."""
    return [case for case in read_cases() if not case.text.input]


def claims_of(cases: Sequence[Case], grade: str = GRADE) -> list[Claim]:
    """The figures of cases, in their order."""
    return [
        Claim(case, place, on_scale(figure, figure.claim), SD_BY_GRADE[grade])
        for case in cases
        for place, figure in enumerate(case.text.figures)
    ]


def simulated(cases: Sequence[Case], response: Response, members: int, seed: int) -> list[list[list[float | None]]]:
    """Every figure of every spelling as its operator would have measured it, by case, spelling and figure.

    members: founding members; joiners are scaled with them. Draws depend on `seed` alone: responses are tried on the same
    lives. None: not defined in this pool.
    """

    def of(case: Case) -> list[list[float | None]]:
        there = case.under(lambda scenario: resized(responded(scenario, response), members))
        lives = replicate_seed(seed, 0)
        return [[value.naive for value in values_of(there, s, lives, effects=False)] for s in there.spellings]

    return [of(case) for case in cases]


def means_on_scale(claims: Sequence[Claim], values: Sequence[list[list[float | None]]]) -> np.ndarray:
    """float64[claims]: each figure's mean over spellings on its scale; NaN where no spelling defines it.

    values: as `simulated` gives them, for the cases of the claims in their order.
    """
    by_case = dict(zip(dict.fromkeys(claim.case.id for claim in claims), values, strict=True))

    def mean(claim: Claim) -> float:
        known = [spelling[claim.place] for spelling in by_case[claim.case.id]]
        scaled = [on_scale(claim.figure, value) for value in known if value is not None]
        return float(np.mean(scaled)) if scaled else float("nan")

    return np.array([mean(claim) for claim in claims])


def cases_digest() -> str:
    """SHA-256 over the digests of all case files, markets and rules (those of scenarios/cases/frozen.json)."""
    return hashlib.sha256(json.dumps(digests(cases_folder()), sort_keys=True).encode()).hexdigest()
