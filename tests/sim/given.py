"""Comparisons with given values in place of simulated ones: what is said of them is what is tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import norm

from sim.results.comparison import Comparison
from sim.results.metrics import REGISTRY
from sim.results.statistics.intervals import interval
from sim.results.statistics.spread import Interval
from sim.scenario import load

from .test_metrics import SMALL

_MANY = 1e6
Values = Mapping[str, Mapping[str, Sequence[float | None]]]  # by scenario, by measure: a value a replicate


@dataclass(frozen=True, repr=False)
class Given(Comparison):
    """A comparison whose measures are `given`; a measure that is not given is undefined. messages: a member and day."""

    given: Values = field(default_factory=dict)
    messages: Mapping[str, float] = field(default_factory=dict)

    def values(self, name: str, measure: str, kind: Any = None) -> list[float | None]:
        own = self.given[name]
        n = len(next(iter(own.values())))
        return list(own.get(measure, [None] * n))

    def interval(self, name: str, measure: str, kind: Any = None) -> Interval:
        """Shares are of so many that chance does not blur them."""
        known, values = REGISTRY[measure], self.values(name, measure)
        followed = known.followed(self.scenarios[self._at(name)]) if known.followed else None
        return interval(known, values, [_MANY] * len(values), followed)

    def daily(self, name: str, column: str) -> np.ndarray:
        return np.full(10, 100.0 * (self.messages.get(name, 1.0) if column == "delivered" else 1.0))


def given(values: Values, messages: Mapping[str, float] | None = None, **changes: Any) -> Given:
    scenarios = tuple(
        load(SMALL | {"name": name, "days": 100, "market": SMALL["market"] | {"currency": "USD"}} | changes)
        for name in values
    )
    return Given(scenarios, scenarios[0].name, {"all": []}, 0.0, given=values, messages=messages or {})


def around(mean: float, sd: float, n: int = 20) -> list[float]:
    """n values of exactly this mean and standard deviation, spread as a normal distribution is, in no order."""
    ranks = np.argsort(np.argsort(np.sin(np.arange(1, n + 1) ** 2.0)))
    z = norm.ppf((ranks + 0.5) / n)
    z = (z - z.mean()) / z.std(ddof=1) if n > 1 else np.zeros(1)
    return [float(v) for v in mean + sd * z]


def shifted(values: Sequence[float], mean: float, sd: float, turn: int = 0) -> list[float]:
    """`values` plus a paired difference of exactly this mean and standard deviation; another `turn`, another one."""
    steps = np.roll(around(mean, sd, len(values))[::-1], turn)
    return [float(v + d) for v, d in zip(values, steps, strict=True)]
