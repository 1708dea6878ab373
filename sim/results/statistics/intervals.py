"""Intervals of measures and of their differences: where one pool's outcome lies with 90 %."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.results.metrics import REGISTRY, Better, Measure
from sim.results.statistics.chances import confidence, stated
from sim.results.statistics.one_pool import Lives
from sim.results.statistics.predictive import FEW, LOG, LOGIT, PLAIN, Counted, Ordered, Predictive, Scale, Scaled
from sim.results.statistics.spread import Interval, Value, around, known_of, without_ends


@dataclass(frozen=True)
class Difference:
    """One measure's paired difference: scenario less the one it is compared against."""

    interval: Interval
    better: Better
    above: Value = None  # the chance that the difference is above 0, where its interval does not tell

    @property
    def probability_better(self) -> Value:
        """The chance that one pool sees the scenario as the better one, never above R / (R + 1) nor below 1 / (R + 1).

        None where neither way is better, and with one replicate.
        """
        return self._better(self.interval.probability_above_zero() if self.above is None else self.above)

    @property
    def probability_mean_better(self) -> Value:
        """The confidence that the scenario's expected value is the better one, bounded and None as above.

        Of times that can be censored, which have no mean, it is the chance that one pool sees it.
        """
        return self._better(confidence(self.interval) if self.above is None else self.above)

    def _better(self, above: Value) -> Value:
        if above is None or self.better == "neither":
            return None
        return stated(above if self.better == "higher" else 1.0 - above, self.interval.n)


def predictive(
    measure: Measure, values: Sequence[float], wholes: Sequence[float], lives: Lives | None = None
) -> Predictive:
    """The distribution of one more pool's value, given at least two; `wholes`: what each is a share of (1 else). lives:
    where each is a part of its pool."""
    known, whole = np.array(values, float), np.array(wholes, float)
    if measure.followed:
        return Ordered(known)
    if measure.parts is None:
        scale: Scale = LOG if measure.positive and known.min() > 0 else PLAIN
        return Scaled(known, whole, scale, lives)
    fewer = min((known * whole).mean(), ((1.0 - known) * whole).mean())
    if measure.counted and fewer < FEW:
        return Counted.of(known, whole, lives.share if lives else 1.0)
    return Scaled(known, whole, LOGIT, lives)


def interval(
    measure: Measure,
    values: Sequence[Value],
    wholes: Sequence[Value],
    followed: float | None = None,
    lives: Lives | None = None,
) -> Interval:
    """Mean and 90 % interval of a measure over replicates, those undefined left out.

    The mean is that of the replicates, and an interval that a long tail puts beside it reaches to it. followed: how long
    the runs followed a measure that can be censored. lives: where each replicate is a part of its pool; the interval of a
    measure that can be censored is that of a pool of the part's size.
    """
    return _interval(measure.name, tuple(values), tuple(wholes), followed, lives)


@lru_cache(maxsize=4096)  # tables, plots and the report ask for the same ones again and again
def _interval(
    name: str, values: tuple[Value, ...], wholes: tuple[Value, ...], followed: float | None, lives: Lives | None
) -> Interval:
    measure = REGISTRY[name]
    kept = [k for k, v in enumerate(values) if v is not None]
    known = known_of(values)
    if measure.followed:
        return _of_times(known, followed)
    if len(known) < 2:
        return without_ends(known)
    ends = predictive(measure, known.tolist(), [wholes[k] or 1.0 for k in kept], lives).ends()
    assert ends is not None
    return around(known, *ends, lives)


def by_chance(measure: Measure, about: Interval, values: Sequence[Value], lives: Lives | None = None) -> Interval:
    """The spread of `values`, replicates in which only the draws of lives differ, drawn around the mean of `about`."""
    if measure.followed:
        return Interval(about.mean, None, None, beyond=about.beyond, past=about.past)
    alone = Interval.of(values, lives=lives)
    if about.mean is None or alone.plus_minus is None:
        return Interval(about.mean, None, None)
    low, high = about.mean - alone.plus_minus, about.mean + alone.plus_minus
    if measure.kind == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    return Interval(about.mean, low, high, alone.sd, alone.n, lives=lives)


def difference(
    measure: Measure, mine: Sequence[Value], theirs: Sequence[Value], lives: Lives | None = None
) -> Difference:
    """The paired difference of a measure, replicate by replicate; lives: of the differences, where each replicate is a part
    of its pool.

    Of times that can be censored only the order is known where one is: the chance then counts ties, two that are censored
    among them, as half, and never goes beyond R / (R + 1); the difference has an interval where all are known.
    """
    pairs = [(x, y) for x, y in zip(mine, theirs, strict=True) if x is not None and y is not None]
    if not measure.followed:
        return Difference(Interval.of([x - y for x, y in pairs], lives=lives), measure.better)
    n = len(pairs)
    if not n:
        return Difference(Interval(None, None, None), measure.better)
    wins = sum((x > y) + 0.5 * (x == y) for x, y in pairs) / n
    above = min(max(wins, 1 / (n + 1)), n / (n + 1))
    if any(math.isinf(v) for pair in pairs for v in pair):
        return Difference(Interval(None, None, None, None, n), measure.better, above)
    apart = np.array([x - y for x, y in pairs])
    spread = _of_times(apart, None) if apart.any() else Interval(0.0, 0.0, 0.0, 0.0, n)
    return Difference(spread, measure.better, above)


def chance_of(met: Sequence[bool | None]) -> tuple[bool | None, float | None]:
    """Whether more than half of the runs meet a target, and the share that does; None: not known of that run.

    With runs of which it is not known the answer is given only where they cannot change it.
    """
    n, yes, no = len(met), sum(m is True for m in met), sum(m is False for m in met)
    if not n:
        return None, None
    answer = True if yes > n / 2 else False if no >= n / 2 else None
    return answer, yes / n if yes + no == n or answer else None


def _of_times(known: np.ndarray, followed: float | None) -> Interval:
    """Median and order statistics; what is infinite is told by `past`."""
    if not len(known):
        return Interval(None, None, None, beyond=followed)
    ordered = np.sort(known)
    half = len(known) // 2
    middle = ordered[half] if len(known) % 2 else (ordered[half - 1] + ordered[half]) / 2
    ends = Ordered(known).ends()
    told = {"mean": float(middle)} | ({} if ends is None else dict(zip(("low", "high"), ends, strict=True)))
    past = tuple(name for name, value in told.items() if math.isinf(value))
    finite = {name: None if name in past else value for name, value in told.items()}
    sd = float(np.std(known, ddof=1)) if len(known) > 1 and np.isfinite(known).all() else None
    return Interval(finite["mean"], finite.get("low"), finite.get("high"), sd, len(known), followed, past)
