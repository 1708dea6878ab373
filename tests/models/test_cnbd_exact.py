"""MBG/NBD, BG/CNBD-k and MBG/CNBD-k against mpmath at 50 digits, and one formula for k = 1."""

from collections.abc import Iterator
from typing import TypeAlias

import mpmath
import numpy as np
import pytest

from benchmarks.references import Regular, alive, distribution, expected, log_likelihood, relative_error
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.cnbd.model import Family
from models.families.cnbd.regular import gamma_shape

# k, whether she may be lost after the first purchase, r, alpha, a, b, x, t_x, T, t
Case: TypeAlias = tuple[int, bool, float, float, float, float, int, float, float, float]

CORNERS: list[Case] = [
    (2, False, 0.11, 2.24, 0.31, 0.50, 0, 0.0, 1.0, 30.0),  # a + b < 1
    (2, True, 0.11, 2.24, 0.31, 0.50, 0, 0.0, 1.0, 30.0),
    (3, True, 0.25, 4.4, 1.0, 2.4, 3, 20.0, 39.0, 52.0),  # a = 1
    (2, True, 0.25, 4.4, 1.0 + 1e-14, 2.4, 3, 20.0, 39.0, 52.0),
    (2, False, 0.8, 6.0, 0.8, 2.4, 5_000, 99.9, 100.0, 52.0),
    (2, True, 0.8, 6.0, 0.8, 2.4, 5_000, 99.0, 100.0, 52.0),
    (3, True, 0.8, 6.0, 1.0, 2.4, 5_000, 99.9, 100.0, 500.0),
    (8, False, 0.8, 6.0, 1.0, 2.4, 5_000, 100.0, 100.0, 500.0),
    (2, True, 1e-8, 10.0, 0.5, 0.5, 0, 0.0, 30.0, 52.0),  # tiny r
    (2, False, 1e-8, 1e-4, 0.5, 0.5, 0, 0.0, 30.0, 1_000.0),
    (3, True, 0.05, 1e-3, 0.02, 0.03, 0, 0.0, 0.0, 1_000.0),  # a heavy tail
    (2, False, 0.05, 1e-3, 0.02, 0.03, 1, 1e-3, 1e-3, 1e4),
    (4, True, 30.0, 500.0, 40.0, 60.0, 2, 3.0, 10.0, 1_000.0),
    (2, False, 0.25, 33.5, 1e-3, 5.0, 1, 10.0, 20.0, 365.0),
    (2, True, 0.25, 33.5, 0.7, 1e-3, 1, 10.0, 20.0, 365.0),
    (5, False, 0.25, 33.5, 0.7, 1e-3, 1, 10.0, 20.0, 1e-6),  # nearly nothing can come: 1e-35 and less
    (12, True, 2.0, 3.0, 0.7, 2.0, 4, 10.0, 20.0, 52.0),
    (8, False, 2.0, 0.01, 0.7, 2.0, 4, 10.0, 10.5, 520.0),
    (9, True, 0.3, 1e-3, 0.4, 0.2, 1, 0.5, 0.6, 50.0),
    (3, False, 2.02, 0.59, 1.68, 0.257, 0, 0.0, 4.4, 941.0),
    (1, True, 0.25, 4.4, 0.3, 0.7, 0, 0.0, 39.0, 52.0),
    (1, True, 0.8, 6.0, 0.8, 2.4, 5_000, 99.9, 100.0, 52.0),
]


def random_cases(n: int, seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    for i in range(n):
        k = int(rng.choice([1, 2, 2, 3, 4, 7, 12]))
        r, alpha, a, b = np.exp(rng.normal([-0.5, 1.0, 0.0, 0.0], [1.0, 1.5, 1.2, 1.2]))
        x = int(rng.choice([0, 0, 1, 2, 7, 40, 300, 5_000]))
        T = float(np.exp(rng.normal(3.0, 1.0)))
        t_x = T * float(rng.beta(5.0, 1.0)) if x else 0.0
        a = 1.0 if i % 15 == 0 else float(a)
        t = float(np.exp(rng.normal(3.0, 1.5)))
        yield k, bool(rng.random() < 0.5), float(r), float(alpha), a, float(b), x, t_x, T, t


@pytest.fixture(autouse=True)
def _fifty_digits() -> None:
    mpmath.mp.dps = 50


m = mpmath.mpf


def customer(case: Case) -> Regular:
    k, first, r, alpha, a, b, x, t_x, T, _ = case
    return Regular(k, int(first), r, alpha, a, b, x, t_x, T)


def model_of(case: Case) -> tuple[Family, Summary]:
    k, first, r, alpha, a, b, x, t_x, T, _ = case
    gaps = x * np.log(t_x / x) if x else 0.0
    one = Summary(*(np.array([float(v)]) for v in (x, t_x, T)), log_gaps=np.array([gaps]))
    if k == 1 and first:
        return MBGNBD.known(r, alpha, a, b), one
    return (MBGCNBDk if first else BGCNBDk).known(r, alpha, a, b, k=k), one


def near(value: float, exact: mpmath.mpf) -> bool:
    return relative_error(value, exact) <= 1e-9


def check(case: Case) -> None:
    (model, one), c = model_of(case), customer(case)
    assert one.log_gaps is not None
    assert near(model.probability_alive(one)[0], alive(c)), case
    assert near(model.log_likelihood(one)[0], log_likelihood(c, float(one.log_gaps[0]))), case
    assert near(model.expected_purchases(case[-1], one)[0], expected(c, case[-1])), case
    assert near(float(model.expected_purchases_new(case[-1])), expected(c.new(), case[-1])), case


@pytest.mark.parametrize("case", CORNERS)
def test_corners(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("seed", range(4))
def test_random_cases(seed: int) -> None:
    for case in random_cases(15, seed):
        check(case)


# -- one formula for k = 1 ---------------------------------------------------------------------------------------------


def test_with_k_1_they_are_bg_nbd_and_mbg_nbd(sample: Summary, rhythm: BGNBD) -> None:
    theta = list(rhythm.params_.values())
    for ours, theirs in (
        (BGCNBDk.known(*theta, k=1), BGNBD.known(*theta)),
        (MBGCNBDk.known(*theta, k=1), MBGNBD.known(*theta)),
    ):
        np.testing.assert_allclose(ours.log_likelihood(sample), theirs.log_likelihood(sample), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(ours.probability_alive(sample), theirs.probability_alive(sample), rtol=1e-12)
        expected = theirs.expected_purchases(90.0, sample)
        np.testing.assert_allclose(ours.expected_purchases(90.0, sample), expected, rtol=1e-12)
        np.testing.assert_allclose(ours.expected_purchases_new([1.0, 90.0]), theirs.expected_purchases_new([1.0, 90.0]))
        # BG/NBD takes its factorials from log-gammas, which keep 12 digits only.
        there = theirs.purchase_distribution(90.0, 12, sample[:200])
        np.testing.assert_allclose(ours.purchase_distribution(90.0, 12, sample[:200]), there, rtol=1e-11, atol=1e-300)
    fitted = BGCNBDk(k=1).fit(sample)
    assert fitted.params_ == pytest.approx(rhythm.params_, rel=1e-9)
    assert fitted.log_likelihood_ == pytest.approx(rhythm.log_likelihood_, rel=1e-12)
    assert BGCNBDk(k=1).fit(Summary(sample.frequency, sample.recency, sample.T)).params_ == fitted.params_


def test_stages_and_expectations_of_any_k_have_the_case_of_one() -> None:
    """The general sum and integral with k = 1, which the models do not use there, against BG/NBD's integral."""
    from models.families.bg_nbd.expectation import mean_orders
    from models.families.cnbd.expectation import _by_integral, _by_sum

    y = np.array([0.01, 0.3, 2.0])
    for R, a, B in ((0.3, 0.4, 0.9), (7.0, 1.0, 3.0), (60.0, 0.8, 40.0)):
        there = mean_orders(y, np.full(3, R), np.ones(3), a, np.full(3, B))
        np.testing.assert_allclose(_by_sum(y, R, a, B, 1, 0, 2_000), there, rtol=1e-11)
        np.testing.assert_allclose(_by_integral(y, R, a, B, 1, 0, 0), there, rtol=1e-11)


def test_sum_and_integral_are_the_same_expectation() -> None:
    from models.families.cnbd.expectation import _by_integral, _by_sum

    y = np.array([8.0, 15.0, 20.0])
    for k in (2, 3, 4, 9):
        for R, a, B in ((0.3, 0.4, 0.9), (7.0, 1.0, 3.0), (30.0, 0.02, 0.03)):
            for j in (0, k - 1):
                one, other = _by_sum(y, R, a, B, k, j, 4_000), _by_integral(y, R, a, B, k, j, 0)
                np.testing.assert_allclose(one, other, rtol=2e-11)


def test_distribution_at_50_digits() -> None:
    """P(N = n) by counting hidden events, every case of them, far into the tail."""
    for k, first, r, alpha, a, b, x, t_x, T, t in random_cases(40, 77):
        case = (k, first, r, alpha, a, b, x, t_x, T, t)
        model, one = model_of(case)
        chances = model.purchase_distribution(t, 8, one)[0]
        for n, exact in enumerate(distribution(customer(case), t, 8)):
            assert near(chances[n], exact), (case, n)


def test_gamma_shape_solves_its_equation() -> None:
    s = np.array([1e-6, 1e-5, 9.9e-5, 1.01e-4, 0.01, 0.3, 1.0, 10.0, 100.0])
    for value, k in zip(s, gamma_shape(s), strict=True):
        assert abs((mpmath.log(m(k)) - mpmath.psi(0, m(k))) / m(value) - 1) < 1e-9
    assert np.isinf(gamma_shape(np.zeros(1))).all()
