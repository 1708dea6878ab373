"""What cases come to: means with their intervals, and whether a claim is met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.cases.case import Case, Figure, Kind
from sim.results.statistics.one_pool import TAIL

POINTS = 0.05  # how far a share may be off, and of a lift at least
PART = 0.15  # how far a ratio may be off, or a lift, as a part of it
ENOUGH = 2 / 3  # of the spellings of a case
_SLACK = 1e-9  # of sums of decimals


def within(kind: Kind, claim: float, mean: float) -> bool:
    """True if a simulated mean is as near to a claim as its kind asks.

    A share within 5 percentage points, a ratio within 15 %, a lift L within the greater of 0.15 |L| and 5 points; a floor
    is met from 5 points below it up, a ceiling up to 5 points above it.
    """
    if kind == "share":
        return abs(mean - claim) <= POINTS + _SLACK
    if kind == "ratio":
        return abs(mean / claim - 1.0) <= PART + _SLACK
    if kind == "lift":
        return abs(mean - claim) <= max(PART * abs(claim), POINTS) + _SLACK
    if kind == "floor":
        return mean >= claim - POINTS - _SLACK
    return mean <= claim + POINTS + _SLACK


@dataclass(frozen=True)
class Mean:
    """A mean over replicates and its 90 % interval (Student's t of the mean); None where it is not known."""

    mean: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, values: Sequence[float | None]) -> "Mean":
        """From the values of replicates; undefined ones are left out."""
        from scipy.stats import t

        known = np.array([value for value in values if value is not None], float)
        if not len(known):
            return cls(None, None, None)
        mean = float(known[0] + np.mean(known - known[0]))
        if len(known) == 1:
            return cls(mean, None, None)
        half = float(t.ppf(1.0 - TAIL, len(known) - 1) * np.std(known - known[0], ddof=1) / np.sqrt(len(known)))
        return cls(mean, mean - half, mean + half)

    def known_to(self, part: float) -> bool:
        """True if half the width of the interval is at most this part of the mean."""
        if self.mean is None or self.low is None:
            return False
        return self.mean - self.low <= part * abs(self.mean)


@dataclass(frozen=True)
class Told:
    """One figure of one spelling: the claim, what its operator would have measured, and the effect on the same lives."""

    figure: Figure
    spelling: int
    naive: Mean
    effect: Mean
    members: int
    replicates: int
    precise: bool  # the mean's interval is as narrow as the rules ask

    @property
    def near(self) -> bool:
        """True if the mean is near enough to the claim, however well it is known."""
        return self.naive.mean is not None and within(self.figure.kind, self.figure.claim, self.naive.mean)

    @property
    def met(self) -> bool:
        """True if the mean is near enough and known well enough."""
        return self.near and self.precise


@dataclass(frozen=True)
class CaseResult:
    """A case under one response: a row a figure and spelling."""

    case: Case
    response: str
    rows: tuple[Told, ...]
    resumed: int = 0  # replicates that an earlier run had kept

    @property
    def spellings(self) -> dict[int, bool]:
        """Of each spelling whether all its figures are met."""
        numbers = sorted({row.spelling for row in self.rows})
        return {number: all(row.met for row in self.rows if row.spelling == number) for number in numbers}

    @property
    def met(self) -> bool | None:
        """True if two of three spellings are met; None where not all of the case's spellings were run."""
        met = self.spellings
        if len(met) < len(self.case.spellings):
            return None
        return sum(met.values()) >= ENOUGH * len(met)

    def records(self) -> list[dict[str, Any]]:
        """A record a figure and spelling, as `siyu cases --json` has them (docs/json.md)."""
        text = self.case.text
        return [
            {
                "id": text.id,
                "input": text.input,
                "figure": row.figure.name,
                "measure": row.figure.measure,
                "who": row.figure.who,
                "side": row.figure.side,
                "claim": row.figure.claim,
                "kind": row.figure.kind,
                "mean": row.naive.mean,
                "low": row.naive.low,
                "high": row.naive.high,
                "effect": row.effect.mean,
                "effect_low": row.effect.low,
                "effect_high": row.effect.high,
                "response": self.response,
                "spelling": row.spelling,
                "members": row.members,
                "replicates": row.replicates,
                "precise": row.precise,
                "met": row.met,
            }
            for row in self.rows
        ]


def counted(results: Sequence[CaseResult]) -> tuple[int, int]:
    """How many cases are met, of how many: those marked as input, and those not run whole, do not count."""
    judged = [result.met for result in results if not result.case.text.input and result.met is not None]
    return sum(map(bool, judged)), len(judged)
