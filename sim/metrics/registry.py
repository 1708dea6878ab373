"""The registry of measures: a function, what kind of number it gives, which way is better, what it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.metrics.account import Account
from sim.scenario.measures import MEASURES, Kind

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Measure:
    """One measure: how it is computed, what kind of number it is, which way is better."""

    name: str
    compute: Callable[[Account], float | None]
    kind: Kind
    better: Better
    label: str

    @property
    def definition(self) -> str:
        """One paragraph, quoted in reports."""
        return " ".join((self.compute.__doc__ or "").split())


REGISTRY: dict[str, Measure] = {}


def measure(
    label: str, better: Better
) -> Callable[[Callable[[Account], float | None]], Callable[[Account], float | None]]:
    """Register a function as a measure; its kind of number is the one in sim/scenario/measures.py."""

    def register(compute: Callable[[Account], float | None]) -> Callable[[Account], float | None]:
        name = compute.__name__
        REGISTRY[name] = Measure(name, compute, MEASURES[name], better, label)
        return compute

    return register


def measures(account: Account) -> dict[str, float | None]:
    """All measures of a run by name; None where one is undefined."""
    return {name: _plain(known.compute(account)) for name, known in REGISTRY.items()}


def _plain(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
