"""Draws: the distributions asked for, independent of each other, pure functions of (key, kind, n), and pinned."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim import draws

N = 100_000
FIVE_SIGMA = 5.7e-7  # two-sided chance of a standard normal beyond 5
KEY = np.uint64(20260101)


def child(key: np.uint64, n: int) -> np.uint64:
    return np.uint64(draws.subkey(key, draws.ORIGIN, n))


def sample(draw: Callable[..., float], *more: float, kind: int = draws.RATE, n: int = N) -> np.ndarray:
    """`n` draws over keys as members have them: hashes, one draw each."""
    return np.array([draw(child(KEY, i), kind, 0, *more) for i in range(n)])


def numbered(draw: Callable[..., float], *more: float, kind: int = draws.RATE, n: int = N) -> np.ndarray:
    """`n` draws on one key, numbered 0, 1, ..."""
    return np.array([draw(KEY, kind, i, *more) for i in range(n)])


def fits(values: np.ndarray, distribution: Any) -> None:
    """Kolmogorov & Smirnov's test, and the first two moments, each at 5 sigma."""
    assert stats.kstest(values, distribution.cdf).pvalue > FIVE_SIGMA
    mean, variance, _, kurtosis = (float(m) for m in distribution.stats("mvsk"))
    n = len(values)
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / n)
    spread_of_variance = variance * np.sqrt((kurtosis + 2.0) / n)
    if kurtosis < 20:  # beyond, the variance's own estimate is far from normal at this n
        assert abs(values.var() - variance) < 5 * spread_of_variance


@pytest.mark.parametrize("how", [sample, numbered])
def test_uniform(how: Callable[..., np.ndarray]) -> None:
    values = how(draws.uniform)
    fits(values, stats.uniform())
    assert values.min() > 0 and values.max() < 1


@pytest.mark.parametrize("how", [sample, numbered])
def test_exponential_and_normal(how: Callable[..., np.ndarray]) -> None:
    fits(how(draws.exponential), stats.expon())
    fits(how(draws.normal), stats.norm())


@pytest.mark.parametrize("shape", [0.05, 0.25, 0.999, 1.0, 1.5, 6.25, 200.0])
def test_gamma(shape: float) -> None:
    fits(sample(draws.gamma, shape), stats.gamma(shape))


def test_gamma_numbered_on_one_key() -> None:
    """As baskets are drawn: many of one member."""
    fits(numbered(draws.gamma, 6.25), stats.gamma(6.25))


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.05), (0.72, 2.16), (0.5, 200.0), (200.0, 3.0), (1.0, 1.0)])
def test_beta(a: float, b: float) -> None:
    values = sample(draws.beta, a, b, kind=draws.LOSS_CHANCE)
    if a >= 0.5:
        fits(values, stats.beta(a, b))
    else:  # values lie so near 0 and 1 that they round to them: compare where the distribution function is told apart
        assert ((values >= 0) & (values <= 1)).all()
        for at in (1e-12, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-12):
            share = stats.beta(a, b).cdf(at)
            assert abs((values <= at).mean() - share) < 5 * np.sqrt(share * (1 - share) / N)


def test_beta_of_tiny_shapes_is_a_coin() -> None:
    """Where both gammas underflow there is still a draw, 1 with chance a / (a + b)."""
    values = sample(draws.beta, 1e-5, 3e-5, kind=draws.LOSS_CHANCE, n=20_000)
    assert np.isfinite(values).all()
    assert abs((values > 0.5).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 20_000)


STREAMS = {
    "next number": lambda key, i: (key, draws.ORDER, i + 1),
    "next kind": lambda key, i: (key, draws.LOSS, i),
    "next key": lambda key, i: (np.uint64(int(key) + 1), draws.ORDER, i),
    "a bit of the key": lambda key, i: (np.uint64(int(key) ^ (1 << 63)), draws.ORDER, i),
    "kind and number changed round": lambda key, i: (key, i, draws.ORDER),
    "child": lambda key, i: (child(key, i), draws.ORDER, i),
}


@pytest.mark.parametrize("other", STREAMS.values(), ids=STREAMS.keys())
def test_streams_are_independent(other: Callable[[np.uint64, int], tuple[int, int, int]]) -> None:
    """Correlation below 5 / sqrt(N), and the pair fills a grid of 16 x 16 evenly (chi-square, 5 sigma)."""
    one = np.array([draws.uniform(KEY, draws.ORDER, i) for i in range(N)])
    two = np.array([draws.uniform(*other(KEY, i)) for i in range(N)])
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(N)
    counts, _, _ = np.histogram2d(one, two, bins=16, range=[[0, 1], [0, 1]])
    assert stats.chisquare(counts.ravel()).pvalue > FIVE_SIGMA


def test_traits_of_members_are_independent() -> None:
    """Shaped draws of different kinds on the same members: rank correlations below 5 / sqrt(n)."""
    n = 20_000
    traits = [
        sample(draws.gamma, 0.25, kind=draws.RATE, n=n),
        sample(draws.beta, 0.72, 2.16, kind=draws.LOSS_CHANCE, n=n),
        sample(draws.gamma, 3.74, kind=draws.BASKET_RATE, n=n),
        sample(draws.gamma, 1.5, kind=draws.ATTENTION, n=n),
        sample(draws.normal, kind=draws.TOLERANCE, n=n),
        sample(draws.uniform, kind=draws.ORGANIC, n=n),
        sample(draws.exponential, kind=draws.ORDER, n=n),
    ]
    for one, two in itertools.combinations(traits, 2):
        assert abs(stats.spearmanr(one, two).statistic) < 5 / np.sqrt(n)


def test_rejections_do_not_tie_one_draw_to_the_next() -> None:
    """A gamma that needed several attempts says nothing about the next number's."""
    values = numbered(draws.gamma, 0.7, n=20_000)
    assert abs(stats.spearmanr(values[:-1], values[1:]).statistic) < 5 / np.sqrt(20_000)


def test_pure() -> None:
    """The same value whatever was drawn before, in whatever order."""
    calls = [
        (draw, (np.uint64(k), kind, n, *more))
        for draw, more in [
            (draws.uniform, ()),
            (draws.exponential, ()),
            (draws.normal, ()),
            (draws.gamma, (0.3,)),
            (draws.beta, (0.7, 2.0)),
        ]
        for k in (1, 2**63 + 5)
        for kind in (draws.RATE, draws.ORDER)
        for n in range(5)
    ]
    there = [draw(*at) for draw, at in calls]
    back = [draw(*at) for draw, at in reversed(calls)]
    assert there == back[::-1]
    assert len(set(there)) == len(there)


def test_pinned() -> None:
    """Every result rests on these: a change of the hash or of a kind's number must be made on purpose."""
    keys = [
        int(draws.subkey(np.uint64(k), kind, n)) for k, kind, n in [(0, 0, 0), (1, draws.ORDER, 0), (2**64 - 1, 24, 7)]
    ]
    assert keys == PINNED_KEYS
    assert [draws.uniform(np.uint64(1), draws.ORDER, n) for n in range(3)] == PINNED_UNIFORMS
    shaped = [
        draws.exponential(np.uint64(1), draws.ORDER, 0),
        draws.normal(np.uint64(1), draws.TOLERANCE, 0),
        draws.gamma(np.uint64(1), draws.RATE, 0, 0.25162),
        draws.gamma(np.uint64(1), draws.BASKET_RATE, 0, 3.74),
        draws.beta(np.uint64(1), draws.LOSS_CHANCE, 0, 0.72343, 2.1611),
    ]
    assert shaped == pytest.approx(PINNED_SHAPED, rel=1e-12)  # the mathematics library may differ in the last bit
    assert int(draws.name_key("package_card")) == PINNED_NAME


PINNED_KEYS = [16294208416658607535, 9318581102381752805, 14242380497216541541]
PINNED_UNIFORMS = [0.5051612937842331, 0.45542284704328145, 0.4705500529709075]
PINNED_SHAPED = [0.6828775070699205, 0.7329009333428566, 0.05263318475657909, 5.369642123647969, 0.0011521363943804983]
PINNED_NAME = 17311727352533326346


def test_kinds_are_never_shared() -> None:
    kinds = [
        value
        for name, value in vars(draws).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int)
    ]
    assert len(kinds) == 40
    assert len(set(kinds)) == len(kinds)
    assert max(kinds) < 64  # gamma and beta use kind + 64, + 128, + 192 on keys of their own


def test_choice() -> None:
    cumulative = np.cumsum([0.2, 0.0, 0.5, 0.3])
    assert [draws.choice(u, cumulative) for u in (0.0, 0.199, 0.2, 0.69, 0.71, 1.0)] == [0, 0, 2, 2, 3, 3]


def test_names() -> None:
    """A parameter's draw depends on seed, replicate and its own name only."""
    key = draws.prior_key(1, 3)
    assert draws.named_uniform(key, ".ceiling") == draws.named_uniform(draws.prior_key(1, 3), ".ceiling")
    others = [
        draws.named_uniform(draws.prior_key(s, r), n)
        for s, r, n in [(1, 4, ".ceiling"), (2, 3, ".ceiling"), (1, 3, ".other")]
    ]
    assert draws.named_uniform(key, ".ceiling") not in others
    values = np.array([draws.named_uniform(draws.prior_key(1, r), f"p{i}") for r in range(100) for i in range(100)])
    assert stats.kstest(values, stats.uniform().cdf).pvalue > FIVE_SIGMA
