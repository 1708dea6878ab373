"""MBG/NBD, BG/CNBD-k and MBG/CNBD-k against mpmath at 50 digits, and one formula for k = 1."""

from collections.abc import Iterator
from typing import TypeAlias

import mpmath
import numpy as np
import pytest

from models.bg_nbd import BGNBD
from models.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.cnbd.model import Family
from models.cnbd.regularity import gamma_shape
from models.summary import Summary

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


def braces(case: Case) -> tuple[mpmath.mpf, mpmath.mpf, list[mpmath.mpf]]:
    """Alive and lost braces of the likelihood over alpha^-kx, and the alive brace's terms over hidden events."""
    k, first, r, alpha, a, b, x, t_x, T, _ = case
    R, s, end = m(r) + k * x, x + int(first), m(alpha) + m(T)
    v = (m(T) - m(t_x)) / end
    front = (m(alpha) / end) ** m(r) * (m(alpha) / end) ** (k * x)
    terms = [front * mpmath.rf(R, j) * v**j / mpmath.factorial(j) for j in range(k)]
    base = mpmath.beta(a, b)
    alive = [mpmath.beta(a, m(b) + s) / base * term for term in terms]
    lost = mpmath.beta(m(a) + 1, m(b) + s - 1) / base * (m(alpha) / (m(alpha) + m(t_x))) ** R if s else m(0)
    return sum(alive), lost, terms


def exact_log_likelihood(case: Case, log_gaps: float) -> mpmath.mpf:
    k, _, r, alpha, _, _, x, _, _, _ = case
    alive, lost, _ = braces(case)
    gaps = (k - 1) * m(log_gaps) - x * mpmath.loggamma(k)
    return gaps + mpmath.log(mpmath.rf(r, k * x)) - k * x * mpmath.log(alpha) + mpmath.log(alive + lost)


def exact_alive(case: Case) -> mpmath.mpf:
    alive, lost, _ = braces(case)
    return alive / (alive + lost)


def by_counting(y: mpmath.mpf, R: mpmath.mpf, a: float, B: mpmath.mpf, k: int, j: int) -> mpmath.mpf:
    """Sum over n of P(Y >= kn - j) S_{n-1} for Y ~ NB(R, y/(1+y)), summed until nothing is left."""
    z, chance, total, survived, S, n = y / (1 + y), (1 + y) ** -R, m(0), m(0), m(1), 0
    i = 0
    while True:
        total += chance * survived
        if i > R * y and chance * (survived + 1) * (1 + y) * 100 < total * m(10) ** -16:
            return total
        chance *= z * (R + i) / (i + 1)
        i += 1
        if (i + j) // k > n:
            survived += S
            S *= (B + n) / (m(a) + B + n)
            n += 1


def by_integral(y: mpmath.mpf, R: mpmath.mpf, a: float, B: mpmath.mpf, k: int) -> list[mpmath.mpf]:
    """E over p of the purchases given p, from the linear differential equations of the expected purchases by stage, for
    j = 0..k-1 hidden events and R + j."""

    def given(p: mpmath.mpf, q: mpmath.mpf) -> list[mpmath.mpf]:
        totals, root = [m(0)] * k, mpmath.exp(mpmath.log(q) / k)
        for i in range(k):
            omega = root * mpmath.expjpi(m(2) * i / k)
            away = -mpmath.expm1(mpmath.log1p(-p) / k) if i == 0 else 1 - omega
            log_rise = mpmath.log1p(y * away)
            left, phase = mpmath.exp(-R * log_rise), omega ** (1 - k)
            for j in range(k):
                bought = -mpmath.expm1(-(R + j) * log_rise) if i == 0 else 1 - left
                totals[j] += mpmath.re(phase * bought / away)
                left, phase = left / (1 + y * away), phase * omega
        return [total / k for total in totals]

    step = m(1) / 32
    # Beyond these the density of p has fallen below e^-40 of the whole on either side.
    count = [int(mpmath.asinh(40 / rate + abs(mpmath.log(B / a)) + 40) / step) + 1 for rate in (m(a), B)]
    totals = [m(0)] * k
    for i in range(-count[0], count[1] + 1):
        s = mpmath.sinh(i * step)  # ln(p/(1-p)): the trapezium rule in i is the double exponential one
        with mpmath.workdps(50 + max(int(s), 0)):  # the roots cancel as 1 - p vanishes
            p, q = 1 / (1 + mpmath.exp(-s)), 1 / (1 + mpmath.exp(s))
            weight = p ** m(a) * q**B * mpmath.cosh(i * step)
            totals = [total + weight * value for total, value in zip(totals, given(p, q), strict=True)]
    return [step * total / mpmath.beta(a, B) for total in totals]


def exact_expected(case: Case) -> mpmath.mpf:
    k, first, r, alpha, a, b, x, _, T, t = case
    alive, lost, terms = braces(case)
    R, y, B = m(r) + k * x, m(t) / (m(alpha) + m(T)), m(b) + x + int(first)
    if y < 100 and R * y < 4_000:
        values = [by_counting(y, R + j, a, B, k, j) for j in range(k)]
    else:
        values = by_integral(y, R, a, B, k)
    return alive / (alive + lost) * sum(v * w for v, w in zip(values, terms, strict=True)) / sum(terms)


def model_of(case: Case) -> tuple[Family, Summary]:
    k, first, r, alpha, a, b, x, t_x, T, _ = case
    gaps = x * np.log(t_x / x) if x else 0.0
    one = Summary(*(np.array([float(v)]) for v in (x, t_x, T)), log_gaps=np.array([gaps]))
    if k == 1 and first:
        return MBGNBD.known(r, alpha, a, b), one
    return (MBGCNBDk if first else BGCNBDk).known(r, alpha, a, b, k=k), one


def near(value: float, exact: mpmath.mpf, least: float = 1e-290) -> bool:
    return bool(abs(m(float(value)) - exact) <= m("1e-9") * abs(exact) + m(least))


def check(case: Case) -> None:
    model, one = model_of(case)
    assert one.log_gaps is not None
    assert near(model.probability_alive(one)[0], exact_alive(case)), case
    # A log-likelihood near 0 is the logarithm of a likelihood near 1: there its absolute error is what counts.
    assert near(model.log_likelihood(one)[0], exact_log_likelihood(case, float(one.log_gaps[0])), 1e-12), case
    assert near(model.expected_purchases(case[-1], one)[0], exact_expected(case)), case


@pytest.mark.parametrize("case", CORNERS)
def test_corners(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("seed", range(4))
def test_random_cases(seed: int) -> None:
    for case in random_cases(15, seed):
        check(case)


def test_the_two_exact_expectations_agree() -> None:
    for k, y, R, a, B in (
        (2, 3.0, 0.4, 0.3, 0.6),
        (3, 0.7, 12.0, 1.0, 3.0),
        (5, 9.0, 2.0, 0.8, 1.5),
        (4, 3.0, 400.0, 2.0, 9.0),
    ):
        for j, value in enumerate(by_integral(m(y), m(R), a, m(B), k)):
            assert abs(value / by_counting(m(y), m(R) + j, a, m(B), k, j) - 1) < 1e-11


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
    from models.bg_nbd.expectation import mean_orders
    from models.cnbd.expectation import _by_integral, _by_sum

    y = np.array([0.01, 0.3, 2.0])
    for R, a, B in ((0.3, 0.4, 0.9), (7.0, 1.0, 3.0), (60.0, 0.8, 40.0)):
        there = mean_orders(y, np.full(3, R), np.ones(3), a, np.full(3, B))
        np.testing.assert_allclose(_by_sum(y, R, a, B, 1, 0, 2_000), there, rtol=1e-11)
        np.testing.assert_allclose(_by_integral(y, R, a, B, 1, 0, 0), there, rtol=1e-11)


def test_sum_and_integral_are_the_same_expectation() -> None:
    from models.cnbd.expectation import _by_integral, _by_sum

    y = np.array([8.0, 15.0, 20.0])
    for k in (2, 3, 4, 9):
        for R, a, B in ((0.3, 0.4, 0.9), (7.0, 1.0, 3.0), (30.0, 0.02, 0.03)):
            for j in (0, k - 1):
                one, other = _by_sum(y, R, a, B, k, j, 4_000), _by_integral(y, R, a, B, k, j, 0)
                np.testing.assert_allclose(one, other, rtol=2e-11)


def test_distribution_at_50_digits() -> None:
    """P(N = n) by counting hidden events, every case of them, far into the tail."""
    for k, first, r, alpha, a, b, x, t_x, T, t in random_cases(12, 77):
        case = (k, first, r, alpha, a, b, min(x, 40), t_x, T, min(t, 3.0 * (alpha + T)))
        model, one = model_of(case)
        x, t = case[6], case[9]
        _, _, terms = braces(case)
        y, B, out = m(t) / (m(alpha) + m(T)), m(b) + x + int(first), [m(0)] * 9
        for j, weight in enumerate(terms):
            R = m(r) + k * x + j
            event = [mpmath.rf(R, i) / mpmath.factorial(i) * (y / (1 + y)) ** i * (1 + y) ** -R for i in range(9 * k)]
            for n in range(9):
                made = sum(event[max(k * n - j, 0) : k * (n + 1) - j])
                at_least = mpmath.betainc(k * n - j, R, 0, y / (1 + y), regularized=True) if n else m(1)
                kept = [mpmath.beta(a, B + i) / mpmath.beta(a, B) for i in (n, max(n - 1, 0))]
                out[n] += weight * (made * kept[0] + at_least * (kept[1] - kept[0]))
        share = exact_alive(case) / sum(terms)
        chances = model.purchase_distribution(t, 8, one)[0]
        for n in range(9):
            exact = share * out[n] + (1 - exact_alive(case) if n == 0 else 0)
            assert near(chances[n], exact), (case, n)


def test_gamma_shape_solves_its_equation() -> None:
    s = np.array([1e-6, 1e-5, 9.9e-5, 1.01e-4, 0.01, 0.3, 1.0, 10.0, 100.0])
    for value, k in zip(s, gamma_shape(s), strict=True):
        assert abs((mpmath.log(m(k)) - mpmath.psi(0, m(k))) / m(value) - 1) < 1e-9
    assert np.isinf(gamma_shape(np.zeros(1))).all()
