"""A mean over replicates and the interval of one more pool's outcome, as tables, plots and chances use them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.results.statistics.one_pool import TAIL, Lives, one_more
from sim.results.statistics.predictive import Scaled

Value = float | None


@dataclass(frozen=True)
class Interval:
    """A mean and where one pool's outcome lies with 90 %; None where undefined (or with too few replicates, unknown).

    Of a measure that can be censored `mean` is the median, `beyond` how long runs followed it, and `past` names which of
    mean, low and high lie beyond that; these are None. `one`: the distribution that the ends are of, where they are those of
    values as they are; without, chances are those of Student's t around the mean.
    """

    mean: Value
    low: Value
    high: Value
    sd: Value = None
    n: int = 0
    beyond: Value = None
    past: tuple[str, ...] = ()
    lives: Lives | None = None
    one: Scaled | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, values: Sequence[Value], share: bool = False, lives: Lives | None = None) -> "Interval":
        """From the replicates' values, those undefined left out: a prediction interval that is as skewed as they are
        (`Scaled`). A share's interval stays where shares can be. lives: where each replicate is a part of the pool."""
        known = known_of(values)
        if len(known) < 2:
            return without_ends(known)
        one = Scaled(known, np.ones(len(known)), lives=lives)
        low, high = one.ends()
        if share and known.min() >= 0 and known.max() <= 1:
            low, high = max(low, 0.0), min(high, 1.0)
        return replace(around(known, low, high, lives), one=one)

    def within(self, least: Value, most: Value) -> "Interval":
        """The same with ends no lower than `least` and no higher than `most`, where what is measured cannot be."""
        low, high = self.low, self.high
        if low is not None and least is not None:
            low = max(low, least)
        if high is not None and most is not None:
            high = min(high, most)
        return replace(self, low=low, high=high)

    @property
    def censored(self) -> bool:
        """True if half of the runs or more did not reach it: all that is known is that it lies beyond `beyond`."""
        return "mean" in self.past

    @property
    def plus_minus(self) -> Value:
        """Half the width of Student's prediction interval of these replicates, not skewed; None where it is not known."""
        from scipy.stats import t

        if self.sd is None:
            return None
        scale, freedom = self.one_more()
        return float(t.ppf(1 - TAIL, freedom) * scale)

    def one_more(self) -> tuple[float, float]:
        """Scale and degrees of freedom of Student's t around the mean, for one more pool's value; sd must be known."""
        assert self.sd is not None
        return one_more(self.sd, self.n, self.lives)

    def probability_above_zero(self) -> Value:
        """The chance that one pool's value is above 0; one half if it is always exactly 0."""
        return None if self.mean is None else self.chance_above(0.0)

    def chance_above(self, bound: float) -> float:
        """The chance that one pool's value is above `bound`, one half if it always is exactly that; mean must be known."""
        from scipy.stats import t

        assert self.mean is not None
        if not self.sd:
            return 0.5 if self.mean == bound else float(self.mean > bound)
        if self.one is not None:
            return 1.0 - self.one.place(bound, 1.0, 0.5)
        scale, freedom = self.one_more()
        return float(t.cdf((self.mean - bound) / scale, freedom))


def known_of(values: Sequence[Value]) -> np.ndarray:
    """The values that are defined, float64[n]."""
    return np.array([v for v in values if v is not None], float)


def without_ends(known: np.ndarray) -> Interval:
    """The mean of one value or none, of which no interval is known."""
    return Interval(float(known[0]), None, None, None, 1) if len(known) else Interval(None, None, None)


def around(known: np.ndarray, low: float, high: float, lives: Lives | None = None) -> Interval:
    """Around the first value: equal replicates have their mean and spread exactly."""
    mean = float(known[0] + np.mean(known - known[0]))
    sd = float(np.std(known - known[0], ddof=1))
    return Interval(mean, min(low, mean), max(high, mean), sd, len(known), lives=lives)
