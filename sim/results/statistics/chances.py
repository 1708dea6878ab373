"""How sure: chances that R replicates can support, what they say of one difference, and which of several is best.

Two questions are kept apart. *Which has the higher expected value* is what to choose by: the mean of the paired
differences against its standard error, by Student's t with R - 1 degrees of freedom. *Whether one pool will see it* is a
prediction: the spread of single pools, as skewed as the replicates tell (`Interval.one`).

R exchangeable replicates that all fall on one side leave a chance of 1 in R + 1 that the next one does not, whatever the
distribution. So no chance is stated above R / (R + 1): 20 replicates never say 100 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from sim.draws import NOISE, Key, child_key, name_key, normal, subkey, uniform
from sim.engine.compiling import compiled
from sim.results.statistics.one_pool import Lives
from sim.results.statistics.skewness import bends, bent, unbent
from sim.results.statistics.spread import Interval

CLEARLY, LIKELY = 0.95, 0.90
ALIKE = 0.01  # of the reference's value: a smaller difference is none in practice
_PAIRS = 10_000  # antithetic pairs of joint draws: a chance errs by at most 0.4 % (one standard error)
_CHUNK = 500  # pairs at a time: memory with 400 swept values
_TIE = 1e-9  # of the values' size

Word = Literal["undefined", "alone", "equal", "alike", "clearly", "likely", "open"]


def highest(n: int) -> float:
    """The highest chance that n replicates can support: n / (n + 1)."""
    return n / (n + 1)


def stated(chance: float | None, n: int) -> float | None:
    """A chance held between 1 / (n + 1) and n / (n + 1); None with fewer than two replicates, which tell none."""
    return None if chance is None or n < 2 else float(np.clip(chance, 1.0 - highest(n), highest(n)))


def usual_size(values: Sequence[float | None]) -> float:
    """The size to which per cents of a measure refer: the absolute value of its mean, or, where the mean is near 0 (less
    than half of the mean absolute value), that mean absolute value: 1 % of next to nothing would be no margin."""
    known = np.array([v for v in values if v is not None], float)
    if not len(known):
        return 0.0
    mean, size = abs(float(known.mean())), float(np.abs(known).mean())
    return size if near_zero(values) else mean


def near_zero(values: Sequence[float | None]) -> bool:
    """True if the mean is less than half of the values' mean size: they lie on both sides of 0."""
    known = np.array([v for v in values if v is not None], float)
    return bool(len(known)) and abs(float(known.mean())) < 0.5 * float(np.abs(known).mean())


def confidence(interval: Interval) -> float | None:
    """The confidence that the expected value is above 0: t of mean / (sd / sqrt(n)). None with fewer than two values."""
    from scipy.stats import t

    if interval.mean is None or interval.n < 2:
        return None
    if not interval.sd:
        return 0.5 if interval.mean == 0 else float(interval.mean > 0)
    return float(t.cdf(interval.mean / (interval.sd * np.sqrt(1.0 / interval.n)), interval.n - 1))


def chance_within(interval: Interval, margin: float) -> float | None:
    """The chance that one pool's value lies strictly within +-margin. None with fewer than two values."""
    if interval.mean is None or interval.n < 2:
        return None
    return interval.chance_above(-margin) - interval.chance_above(margin)


@dataclass(frozen=True)
class Finding:
    """What a paired difference says.

    word: `equal` if always exactly 0, `alike` if below 1 % of the reference with 90 %, `clearly` from 95 % and `likely`
    from 90 % that one pool sees the mean's sign, else `open`; `alone` with one replicate, `undefined` without any.
    sign: of the mean difference. chance: that one pool sees it. sure: that the expected value has it. alike: that one
    pool's difference is below 1 %. Chances are as stated. held_back: more replicates might say more.
    """

    word: Word
    sign: int
    chance: float | None = None
    sure: float | None = None
    alike: float | None = None
    held_back: bool = False


def finding(difference: Interval, reference: Sequence[float | None]) -> Finding:
    """What a paired difference says; `reference` has the reference's values, a replicate each."""
    if difference.mean is None:
        return Finding("undefined", 0)
    sign = int(np.sign(difference.mean))
    if difference.n < 2:
        return Finding("alone", sign)
    if difference.mean == 0 and not difference.sd:
        return Finding("equal", 0)
    above = difference.probability_above_zero() or 0.0
    raw = above if sign >= 0 else 1.0 - above
    mean_above = confidence(difference) or 0.0
    sure = stated(mean_above if sign >= 0 else 1.0 - mean_above, difference.n)
    chance = stated(raw, difference.n)
    alike = stated(chance_within(difference, ALIKE * usual_size(reference)), difference.n)
    word = _word(chance or 0.0, alike or 0.0)
    return Finding(word, sign, chance, sure, alike, word != "alike" and _word(raw, 0.0) != word)


def _word(chance: float, alike: float) -> Word:
    if alike >= LIKELY:
        return "alike"
    return "clearly" if chance >= CLEARLY else "likely" if chance >= LIKELY else "open"


# --- several ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranking:
    """Which of several has the highest expected value, and what one pool would see, from the same paired replicates.

    means, chances, regrets: one each; None where a strategy's measure is undefined. A chance is that of being the best in
    one pool (None with one replicate), a regret what choosing it gives up on average against the best of that pool
    (None with fewer than three replicates: its expectation does not exist). n: the replicates that all of them have.
    """

    means: tuple[float | None, ...]
    chances: tuple[float | None, ...]
    regrets: tuple[float | None, ...]
    n: int

    @property
    def best(self) -> int | None:
        """The highest mean, the first of equals; None if nothing is defined."""
        return _largest(self.means)

    @property
    def most_often(self) -> int | None:
        """The one most often best in one pool: the best by mean where no other comes first more often."""
        top, often = self.best, _largest(self.chances)
        if top is None or often is None:
            return top
        mine, other = self.chances[top], self.chances[often]
        return top if mine is not None and other is not None and mine >= other - _TIE else often

    @property
    def order(self) -> list[int]:
        """All that are defined, the highest mean first."""
        return sorted((k for k, m in enumerate(self.means) if m is not None), key=lambda k: -(self.means[k] or 0.0))


def _largest(values: Sequence[float | None]) -> int | None:
    known = [-np.inf if v is None else v for v in values]
    return int(np.argmax(known)) if any(v is not None for v in values) else None


@dataclass(frozen=True)
class SharedLives:
    """What is known of chance where each replicate of all strategies simulates the same part of the pool."""

    share: float
    chance: np.ndarray  # float64[strategies, strategies]: covariances by chance, the mean over replicates
    freedom: float  # degrees of freedom of these

    def of_difference(self, one: int, other: int) -> Lives:
        """Of the paired difference of two strategies."""
        c = self.chance
        return Lives(self.share, float(c[one, one] - 2.0 * c[one, other] + c[other, other]), self.freedom)


def ranking(rows: Sequence[Sequence[float | None]], seed: int, lives: SharedLives | None = None) -> Ranking:
    """The ranking of strategies by a measure to make large; rows: [strategy][replicate], None where undefined.

    Joint draws of one further replicate of all strategies: multivariate t, X = mean + sqrt(1 + 1/R) D'z / sqrt(R - 1)
    sqrt(nu / chi2), D the deviations (float64[R, strategies]), z normal, nu = R - 1. These tell regrets. Chances are
    told by the differences to the one with the highest mean, of which each is as skewed as its own line in the table
    has it: multivariate t on their bent scales (`_Behind`); of two alone they are exactly those of their difference.
    Draws are keyed by the seed and antithetic: means are exact, and who has the higher mean has the lower regret. A
    strategy that is undefined in more than half of the replicates is left out, then the replicates in which another is
    undefined. lives: where replicates are a part of the pool; the covariances of the draws are then those of one whole
    pool (`one_more`'s, in every direction).
    """
    values = np.array([[np.nan if v is None else v for v in row] for row in rows], float)
    kept = np.isnan(values).mean(axis=1) <= 0.5
    common = ~np.isnan(values[kept]).any(axis=0)
    shared = values[kept][:, common].T  # [replicate, strategy]
    nothing: list[float | None] = [None] * len(values)
    n = len(shared)
    if not n or not kept.any():
        return Ranking(tuple(nothing), tuple(nothing), tuple(nothing), 0)
    means = shared[0] + (shared - shared[0]).mean(axis=0)
    common_lives = lives and SharedLives(lives.share, lives.chance[np.ix_(kept, kept)], lives.freedom)
    chances, regrets = _drawn(shared, means, seed, common_lives) if n > 1 else (None, None)
    at = {int(k): i for i, k in enumerate(np.flatnonzero(kept))}

    def spread(defined: np.ndarray | None) -> tuple[float | None, ...]:
        return tuple(float(defined[at[k]]) if defined is not None and k in at else None for k in range(len(values)))

    return Ranking(spread(means), spread(chances), spread(regrets), n)


def _drawn(
    shared: np.ndarray, means: np.ndarray, seed: int, lives: SharedLives | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Chances of being best, and regrets, float64[strategies] each; equals share a first place."""
    n, k = shared.shape
    behind = _behind(shared, means, lives)
    deviations = _deviations(shared, means, lives)
    z, stretch = _noise(seed, n)
    tie = _TIE * max(float(np.abs(shared).max()), 1e-300)
    wins, lost = np.zeros(k), np.zeros(k)
    for start in range(0, len(z), _CHUNK):
        normal_numbers, wide = z[start : start + _CHUNK], stretch[start : start + _CHUNK, None]
        steps = normal_numbers[:, : len(deviations)] @ deviations * wide
        bent_steps = normal_numbers[:, : len(behind.deviations)] @ behind.deviations * wide
        for sign in (1.0, -1.0):
            drawn = means + sign * steps
            lost += np.maximum(drawn.max(axis=1, keepdims=True) - drawn, 0.0).sum(axis=0)
            gaps = behind.drawn(sign * bent_steps)
            first = gaps >= gaps.max(axis=1, keepdims=True) - tie
            wins += (first / first.sum(axis=1, keepdims=True)).sum(axis=0)
    chances, regrets = wins / (2 * len(z)), lost / (2 * len(z))
    if k == 2:
        chances = _of_two(shared, lives)  # exactly what the pair's own line says
    regrets[regrets <= tie] = 0.0
    return np.minimum(chances, highest(n)) if k > 1 else chances, regrets if n > 2 else None


def _deviations(values: np.ndarray, means: np.ndarray, lives: SharedLives | None) -> np.ndarray:
    """D, float64[m, strategies]: the steps of joint draws are D'z; of whole pools m is the number of replicates."""
    if lives is not None:
        return _pooled(values, means, lives)
    n = len(values)
    whole: np.ndarray = (values - means) * np.sqrt((1.0 + 1.0 / n) / (n - 1))
    return whole


@dataclass(frozen=True)
class _Behind:
    """Joint draws of how far each is from the one with the highest mean: as skewed as these differences are each.

    On the bent scale of each difference (skewness.py) they are multivariate t; float64[strategies] each, D as above.
    """

    centre: np.ndarray
    size: np.ndarray
    bend: np.ndarray
    mean: np.ndarray  # of the bent values
    deviations: np.ndarray

    def drawn(self, steps: np.ndarray) -> np.ndarray:
        """The differences for steps on the bent scale; float64[draws, strategies], 0 for the one with the highest mean."""
        gaps: np.ndarray = self.centre + self.size * unbent(self.mean + steps, self.bend)
        return gaps


def _behind(shared: np.ndarray, means: np.ndarray, lives: SharedLives | None) -> _Behind:
    top, n = int(np.argmax(means)), len(shared)
    gaps = shared - shared[:, [top]]
    centre = gaps[0] + (gaps - gaps[0]).mean(axis=0)
    size = (gaps - gaps[0]).std(axis=0, ddof=1)
    u = np.where(size > 0, (gaps - centre) / np.where(size > 0, size, 1.0), 0.0)
    bend, told = np.zeros(len(size)), np.zeros(len(size))
    bend[size > 0], told[size > 0] = bends(u.T[size > 0])
    z = bent(u, bend)
    mean = z.mean(axis=0)
    widened = mean + (z - mean) * np.sqrt((n - 1.0) / (n - 1.0 - told))
    if lives is not None:
        c, ratio = lives.chance, widened.std(axis=0, ddof=1) / np.where(size > 0, size, 1.0)
        apart = c - c[[top]] - c[:, [top]] + c[top, top]  # covariances by chance of the differences
        lives = SharedLives(lives.share, apart * np.outer(ratio, ratio), lives.freedom)
    return _Behind(centre, size, bend, mean, _deviations(widened, mean, lives))


def _pooled(shared: np.ndarray, means: np.ndarray, lives: SharedLives) -> np.ndarray:
    """D, float64[m, strategies], m < replicates: D'D = S / n + f C + what S has beyond C, in the space that replicates span.

    S: covariances between replicates; C: by chance; f: the share of the pool that is simulated.
    """
    n = len(shared)
    _, sizes, directions = np.linalg.svd((shared - means) / np.sqrt(n - 1.0), full_matrices=False)
    directions = directions[sizes > _TIE * max(float(sizes.max(initial=0.0)), 1e-300)]
    between = directions @ (shared - means).T @ (shared - means) @ directions.T / (n - 1.0)
    chance = directions @ lives.chance @ directions.T
    apart, axes = np.linalg.eigh(between - chance)
    beyond = axes @ (np.maximum(apart, 0.0)[:, None] * axes.T)
    values, vectors = np.linalg.eigh(between / n + lives.share * chance + beyond)
    pooled: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))).T @ directions
    return pooled


def _of_two(shared: np.ndarray, lives: SharedLives | None) -> np.ndarray:
    apart = [float(d) for d in shared[:, 0] - shared[:, 1]]
    above = Interval.of(apart, lives=lives.of_difference(0, 1) if lives else None).probability_above_zero()
    first = stated(above, len(shared)) or 0.0
    return np.array([first, 1.0 - first])


@lru_cache(maxsize=4)
def _noise(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal numbers, float64[_PAIRS, n], and sqrt(nu / chi2), float64[_PAIRS], nu = n - 1: the same for one seed."""
    from scipy.stats import chi2

    key = child_key(np.uint64(seed) ^ name_key("which of several is best"), NOISE, n)
    z, u = np.empty((_PAIRS, n)), np.empty(_PAIRS)
    _fill(key, z, u)
    return z, np.sqrt((n - 1) / chi2.ppf(u, n - 1))


@compiled
def _fill(key: Key, z: np.ndarray, u: np.ndarray) -> None:
    """Keyed numbers, compiled by numba: Python calls would take seconds with 200 replicates."""
    for pair in range(z.shape[0]):
        own = subkey(key, NOISE, pair)
        for r in range(z.shape[1]):
            z[pair, r] = normal(own, NOISE, r)
        u[pair] = uniform(own, NOISE, z.shape[1])
