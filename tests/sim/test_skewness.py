"""Intervals of skewed values: what they hold, how the bend is learnt, that chances and ends are of one distribution."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats

from sim.results.plots.canvas import band
from sim.results.statistics.chances import chance_within
from sim.results.statistics.one_pool import Lives
from sim.results.statistics.predictive import LOG, LOGIT, PLAIN, Scale, Scaled, ends_of_rows
from sim.results.statistics.skewness import ENOUGH, bends, bent, unbent
from sim.results.statistics.spread import Interval

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
LAUNCHES = 4000
DRAWS: dict[str, Draw] = {
    "normal": lambda rng, size: rng.standard_normal(size),
    "log-normal, sd 0.3": lambda rng, size: np.exp(0.3 * rng.standard_normal(size)),
    "log-normal, sd 0.5": lambda rng, size: np.exp(0.5 * rng.standard_normal(size)),
    "gamma, shape 4": lambda rng, size: rng.gamma(4.0, 1.0, size),
    "log-normal, mirrored": lambda rng, size: -np.exp(0.4 * rng.standard_normal(size)),
}


def student(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = rows.shape[1]
    half = stats.t.ppf(0.95, n - 1) * rows.std(axis=1, ddof=1) * np.sqrt(1 + 1 / n)
    return rows.mean(axis=1) - half, rows.mean(axis=1) + half


def score(ends: tuple[np.ndarray, np.ndarray], value: np.ndarray) -> float:
    """Mean interval score at 90 % (Gneiting & Raftery 2007): width and 20 times what lies outside; less is better."""
    low, high = ends
    return float((high - low + 20 * (np.maximum(low - value, 0) + np.maximum(value - high, 0))).mean())


def sample(n: int = 20, seed: int = 3) -> np.ndarray:
    return 50 + 20 * np.exp(0.5 * np.random.default_rng(seed).standard_normal(n))


@pytest.mark.parametrize("what", DRAWS)
def test_each_tail_holds_its_share(what: str) -> None:
    """4,000 launches of 20 replicates, within 5 standard errors and one point, which a skewness learnt from 20 leaves."""
    rows = DRAWS[what](np.random.default_rng(21), (LAUNCHES, 21))
    known, value = rows[:, 1:], rows[:, 0]
    low, high = ends_of_rows(known)
    allowed = 5 * np.sqrt(0.05 * 0.95 / LAUNCHES) + 0.01
    assert abs((value < low).mean() - 0.05) < allowed
    assert abs((value > high).mean() - 0.05) < allowed
    assert score((low, high), value) < 1.03 * score(student(known), value)


def test_students_interval_does_not_hold_the_skewed() -> None:
    """The same launches: so the test above can fail, and being skewed is worth 5 % of the interval score."""
    rows = DRAWS["log-normal, sd 0.5"](np.random.default_rng(21), (LAUNCHES, 21))
    low, _ = student(rows[:, 1:])
    assert (rows[:, 0] < low).mean() < 0.05 - 5 * np.sqrt(0.05 * 0.95 / LAUNCHES) - 0.01
    assert score(ends_of_rows(rows[:, 1:]), rows[:, 0]) < 0.95 * score(student(rows[:, 1:]), rows[:, 0])


def test_the_bend_is_the_mean_of_its_posterior() -> None:
    """Against integrals over a bend that is no grid; values allow for bends from -0.35 to 0.68 only (1 + g u > 0.05)."""
    x = sample()
    u = (x - x.mean()) / x.std(ddof=1)
    lowest, highest = -0.95 / u.max(), -0.95 / u.min()
    assert lowest > -1.2 and highest < 1.2

    def prior(g: float) -> float:
        return float(np.exp(-abs(g) / 0.4))

    def posterior(g: float) -> float:
        z = np.log1p(g * u) / g if g else u
        return prior(g) * float(np.prod(1 / (1 + g * u))) / float(z.std(ddof=1)) ** 19

    def moments(density: Callable[[float], float]) -> tuple[float, float]:
        whole, first, second = (
            integrate.quad(lambda g, k=k: density(g) * g**k, lowest, highest, points=[0.0], epsabs=0)[0]
            for k in range(3)
        )
        return first / whole, second / whole - (first / whole) ** 2

    bend, told = bends(u)
    mean, variance = moments(posterior)
    assert mean > 0.1
    assert bend == pytest.approx(mean, abs=0.01)
    assert told == pytest.approx(1 - variance / moments(prior)[1], abs=0.03)


def test_outliers_on_both_sides_allow_for_no_bend() -> None:
    known = np.zeros(2000)
    known[:2] = -1.0, 1.0
    bend, told = bends(known / known.std(ddof=1))
    assert bend == told == 0.0


def test_beyond_the_threshold_there_is_nothing() -> None:
    told = Scaled(np.exp(np.linspace(-2, 2, 40)), np.ones(40))
    assert told.place(-100.0, 1.0, 0.5) == 0.0 and 0.99 < told.place(100.0, 1.0, 0.5) < 1.0


def test_a_bend_is_undone() -> None:
    u = np.array([-0.7, 0.0, 0.4, 2.5])
    for g in (-0.35, 0.0, 1e-12, 0.5, 1.2):
        assert unbent(bent(u, g), g) == pytest.approx(u, abs=1e-9)
    assert bent(np.array([-2.0]), 0.6)[0] == -np.inf and bent(np.array([2.0]), -0.6)[0] == np.inf


@pytest.mark.parametrize("n", [2, 3, ENOUGH - 1])
def test_few_replicates_have_students_interval(n: int) -> None:
    known = sample(n)
    low, high = (float(end[0]) for end in student(known[None]))
    assert Scaled(known, np.ones(n)).ends() == pytest.approx((low, high))


@pytest.mark.parametrize("n", [8, 20, 200])
def test_units_and_signs_do_not_matter(n: int) -> None:
    known, ones = sample(n), np.ones(n)
    low, high = Scaled(known, ones).ends()
    assert Scaled(1000 - 7 * known, ones).ends() == pytest.approx((1000 - 7 * high, 1000 - 7 * low))
    assert high - np.median(known) > 1.3 * (np.median(known) - low)


@pytest.mark.parametrize("scale", [PLAIN, LOG, LOGIT])
def test_ends_are_where_the_places_are(scale: Scale) -> None:
    known = sample() / 200
    told = Scaled(known, np.full(20, 400.0), scale)
    low, high = told.ends()
    assert told.place(low, 400.0, 0.5) == pytest.approx(0.05) and told.place(high, 400.0, 0.5) == pytest.approx(0.95)


def test_many_series_at_once_have_the_ends_of_each() -> None:
    """A plot's band, a point in time each, one of them the same in every replicate."""
    rows = np.stack([sample(20, seed) for seed in range(6)] + [np.full(20, 3.0)])
    low, high = ends_of_rows(rows)
    for row, ends in zip(rows, zip(low, high, strict=True), strict=True):
        assert Scaled(row, np.ones(20)).ends() == pytest.approx(ends)
    mean, below, above = band(list(rows.T))
    assert mean == pytest.approx(rows.mean(axis=1)) and below == pytest.approx(low) and above == pytest.approx(high)


def test_chances_are_those_of_the_interval() -> None:
    """A difference whose interval begins at 0 is above 0 with 95 %; within a margin, what is left of both sides."""
    known = sample()
    low, high = Scaled(known, np.ones(20)).ends()
    for end, chance in ((low, 0.95), (high, 0.05)):
        moved = Interval.of([float(v - end) for v in known])
        assert moved.probability_above_zero() == pytest.approx(chance)
    about = Interval.of([float(v - (low + high) / 2) for v in known])
    assert chance_within(about, (high - low) / 2) == pytest.approx(0.9)


def test_a_part_of_a_pool_is_as_skewed_and_narrower() -> None:
    """Half of the variance is by chance in a tenth of the pool: one whole pool has some 0.75 of the width, skewed alike."""
    known, ones = sample(40), np.ones(40)
    lives = Lives(0.1, float(known.var(ddof=1)) / 2, 400.0)
    whole, part = Scaled(known, ones).ends(), Scaled(known, ones, lives=lives).ends()
    assert whole[0] < part[0] < np.median(known) < part[1] < whole[1]
    assert 0.6 < (part[1] - part[0]) / (whole[1] - whole[0]) < 0.9
    assert part[1] - np.median(known) > 1.2 * (np.median(known) - part[0])
