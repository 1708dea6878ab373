"""Formulas against mpmath at 50 digits, in random and in corner cases: 1e-9 relative everywhere."""

import mpmath
import numpy as np
import pytest

from benchmarks.exact import MODELS, compared
from benchmarks.references import Regular, alive, by_counting, by_integral, by_series, relative_error
from models.families.bg_nbd import BGNBD
from models.families.bg_nbd.expectation import mean_orders
from models.families.bg_nbd.likelihood import histories, log_likelihood
from models.numerics.merge import distinct_rows
from models.numerics.special import log_beta_chance, log_beta_ratio

CASES = 300
CORNERS = [
    # r, alpha, a, b, x, t_x, T, t
    (0.11, 2.24, 0.31, 0.50, 0, 0.0, 1.0, 30.0),  # lifetimes: NaN
    (0.25, 4.4, 1.0, 2.4, 3, 20.0, 39.0, 52.0),  # a = 1: a removable singularity
    (0.25, 4.4, 1.0 + 1e-14, 2.4, 3, 20.0, 39.0, 52.0),
    (0.25, 4.4, 1.0 - 1e-14, 2.4, 0, 0.0, 39.0, 52.0),
    (0.25, 4.4, 0.3, 0.7, 0, 0.0, 39.0, 52.0),  # a + b = 1
    (0.25, 4.4, 0.3, 0.7 - 1e-15, 0, 0.0, 39.0, 52.0),
    (0.8, 6.0, 0.8, 2.4, 5_000, 99.9, 100.0, 52.0),
    (0.8, 6.0, 0.8, 2.4, 5_000, 50.0, 100.0, 52.0),  # surely lost
    (0.8, 6.0, 1.0, 2.4, 5_000, 99.9, 100.0, 500.0),
    (0.05, 1e-3, 0.02, 0.03, 0, 0.0, 0.0, 1_000.0),
    (30.0, 500.0, 40.0, 60.0, 2, 3.0, 10.0, 1_000.0),
    (0.25, 33.5, 1e-3, 5.0, 1, 10.0, 20.0, 365.0),
    (0.25, 33.5, 0.7, 1e-3, 1, 10.0, 20.0, 365.0),
]


def random_cases() -> list[tuple[float, ...]]:
    rng = np.random.default_rng(20260)
    cases = []
    for i in range(CASES):
        r, alpha, a, b = np.exp(rng.normal([-0.5, 1.0, 0.0, 0.0], [1.0, 1.5, 1.2, 1.2]))
        x = int(rng.choice([0, 0, 1, 2, 7, 40, 300, 5_000]))
        T = float(np.exp(rng.normal(3.0, 1.0)))
        t_x = T * float(rng.beta(5.0, 1.0)) if x else 0.0
        a = 1.0 if i % 15 == 0 else float(a)
        cases.append((float(r), float(alpha), a, float(b), x, t_x, T, float(np.exp(rng.normal(3.0, 1.5)))))
    return cases


@pytest.fixture(autouse=True)
def _fifty_digits() -> None:
    mpmath.mp.dps = 50


def customer(case: tuple[float, ...]) -> Regular:
    r, alpha, a, b, x, t_x, T, _ = case
    return Regular(1, 0, r, alpha, a, b, int(x), t_x, T)


def near(value: float, exact: mpmath.mpf) -> bool:
    return relative_error(value, exact) <= 1e-9


@pytest.mark.parametrize("case", CORNERS)
def test_corners(case: tuple[float, ...]) -> None:
    r, alpha, a, b, x, t_x, T, t = case
    model, exact = BGNBD.known(r, alpha, a, b), alive(customer(case))
    assert near(model.probability_alive(x, t_x, T)[0], exact)
    assert near(model.expected_purchases(t, x, t_x, T)[0], exact * by_series(customer(case), t))


@pytest.mark.parametrize("part", range(6))
def test_expectations_and_probability_alive(part: int) -> None:
    for case in random_cases()[part::6]:
        r, alpha, a, b, x, t_x, T, t = case
        model, exact = BGNBD.known(r, alpha, a, b), alive(customer(case))
        assert near(model.probability_alive(x, t_x, T)[0], exact), case
        assert near(model.expected_purchases(t, x, t_x, T)[0], exact * by_series(customer(case), t)), case


# Of the 2,000 cases of each model that `python -m benchmarks exact` compares, so many are here.
FEW = {
    "bg": 60,
    "mbg": 60,
    "pareto": 30,
    "bg-k": 16,
    "mbg-k": 16,
    "nbd": 200,
    "bgbb": 30,
    "spend": 400,
    "many-bg": 0,
    "many-k": 0,
}


@pytest.mark.parametrize("key", [key for key in FEW if FEW[key]])
def test_every_formula_of_every_model(key: str) -> None:
    assert set(FEW) == set(MODELS)
    for case, errors in compared(key, 0, FEW[key]):
        assert max(errors.values()) <= 1e-9, (errors, case)
        assert len(errors) >= (2 if key == "spend" else 6)


def test_customers_worked_out_at_once() -> None:
    for first in (0, 400, 700):
        for case, errors in compared("many-bg", first, first + 8) + compared("many-k", first, first + 4):
            assert max(errors.values()) <= 1e-9, (errors, case)


def test_expectations_of_customers_nearly_alike_or_of_extreme_kinds() -> None:
    """Narrow densities of the loss chance, and edges far from their centre, need nodes of their own."""
    for r, alpha, a, b, T, t in (
        (0.7, 30.0, 400.0, 900.0, 29.0, 30.0),
        (0.7, 30.0, 98_582.0, 315_790.0, 29.0, 1.8),
        (18.5, 11.0, 657_174.0, 170_393.0, 13.0, 4.5),
        (0.5, 0.4, 0.0056, 5_001.0, 13.4, 65.6),
        (1.07, 8.8e-8, 1.06, 1.6e-7, 0.0, 68.5),
        (0.97, 17.0, 9.7, 1.7e-6, 0.0, 64.0),
        (0.8, 10.0, 1e6, 1e6, 30.0, 40.0),
    ):
        one = Regular(1, 0, r, alpha, a, b, 0, 0.0, T)
        ours = mean_orders(*(np.array([v]) for v in (t, r, alpha + T)), a, np.array([b]))
        assert near(float(ours[0]), by_counting(one, t)), (r, alpha, a, b)


def test_beta_chance_keeps_its_digits() -> None:
    rng = np.random.default_rng(8)
    for i in range(300):
        p, q = 10.0 ** rng.uniform(-4.0, 9.0, 2)
        s = float(10.0 ** rng.uniform(-3.0, 3.0))
        v = (
            s * q / p * float(np.exp(rng.normal() / np.sqrt(min(p, q))))
            if i % 3
            else float(10.0 ** rng.uniform(-3.0, 3.0))
        )
        m = mpmath.mpf
        y = m(s) / (m(s) + m(v))
        exact = m(p) * mpmath.log(y) + m(q) * mpmath.log(1 - y) - mpmath.log(mpmath.beta(p, q))
        assert relative_error(float(log_beta_chance(p, q, s, v)), exact, 1e-3) <= 1e-9, (p, q, s, v)


def test_times_are_merged_only_where_equal() -> None:
    """A long time's rounding is all that is taken for equality: purchases are many, so times must keep their digits."""
    (T,), _ = distinct_rows([np.array([414_850.0299782754, 30.0 / 7.0])])
    assert (np.abs(T / [414_850.0299782754, 30.0 / 7.0] - 1.0) < 1e-14).all()


def test_references_agree_with_each_other() -> None:
    """Events counted one by one, the hypergeometric series, and the integral over the chances of loss."""
    for case in (*CORNERS[1:5], *CORNERS[10:]):
        c, t = customer(case), case[-1]
        counted, series, integral = by_counting(c, t), by_series(c, t), by_integral(c, t)
        assert abs(series / counted - 1) < 1e-18 and abs(integral / counted - 1) < 1e-14
    for k, a, b in ((2, 0.8, 2.4), (5, 1.0, 0.02), (3, 362.0, 6_138.0)):
        c = Regular(k, 1, 0.8, 6.0, a, b, 3, 20.0, 30.0)
        assert abs(by_integral(c, 300.0) / by_counting(c, 300.0) - 1) < 1e-14


def test_value_lifetimes_lost() -> None:
    model = BGNBD.known(0.11, 2.24, 0.31, 0.50)
    assert model.expected_purchases(30.0, 0, 0.0, 1.0)[0] == pytest.approx(0.564589, abs=5e-7)


def test_expectation_with_exponents_is_the_sum_of_the_specification() -> None:
    rng = np.random.default_rng(4)
    for _ in range(40):
        r, alpha, a, b, g = np.exp(rng.normal([-0.5, 2.0, 0.0, 0.5, 0.0], 0.5))
        x, T, t = int(rng.integers(1, 8)), 30.0, float(rng.uniform(5, 60))
        G_before = float(rng.uniform(0.3, 2.0)) * (x - 1)
        G_x = G_before + float(rng.uniform(0.3, 2.0))
        m = mpmath.mpf
        z, shape, total = m(t) / (m(alpha) + m(T) + m(t)), m(r) + x, m(0)
        for n in range(1, 400):
            at_least = mpmath.betainc(n, shape, 0, z, regularized=True)
            term = at_least * mpmath.beta(a, m(b) + m(G_x) + m(g) * (n - 1)) / mpmath.beta(a, m(b) + m(G_x))
            total += term
            if term < total * mpmath.mpf("1e-14"):
                break
        lost = mpmath.beta(a, m(b) + m(G_before)) / mpmath.beta(a, m(b) + m(G_x)) - 1
        alive = 1 / (1 + lost * ((m(alpha) + m(T)) / (m(alpha) + m(25.0))) ** shape)
        model = BGNBD.known(r, alpha, a, b)
        expected = model.expected_purchases(t, x, 25.0, T, G_x=G_x, G_before=G_before, g=float(g))[0]
        assert near(expected, alive * total)
        assert near(model.probability_alive(x, 25.0, T, G_x=G_x, G_before=G_before)[0], alive)


def test_likelihood() -> None:
    rng = np.random.default_rng(5)
    for i in range(200):
        r, alpha, a, b = np.exp(rng.normal([-0.5, 1.0, 0.0, 0.5], 1.0))
        x = float(rng.choice([0, 1, 2, 10, 200, 5_000]))
        T = float(np.exp(rng.normal(3, 1)))
        t_x = T * float(rng.uniform(0.2, 1.0)) if x else 0.0
        before = max(x - 1.0, 0.0) * float(rng.uniform(0.2, 3.0)) if i % 2 else max(x - 1.0, 0.0)
        G = before + (float(rng.uniform(0.2, 3.0)) if i % 2 and x else min(x, 1.0))
        m = mpmath.mpf
        base = mpmath.beta(a, b)
        alive = mpmath.beta(a, m(b) + m(G)) / base * (m(alpha) + m(T)) ** -(m(r) + m(x))
        lost = m(0)
        if x:
            step = (mpmath.beta(a, m(b) + m(before)) - mpmath.beta(a, m(b) + m(G))) / base
            lost = step * (m(alpha) + m(t_x)) ** -(m(r) + m(x))
        front = mpmath.loggamma(m(r) + m(x)) - mpmath.loggamma(r) + m(r) * mpmath.log(alpha)
        exact = front + mpmath.log(alive + lost)
        rows = histories(*(np.array([v]) for v in (x, t_x, T, G, before)))
        assert near(log_likelihood(rows, np.array([r, alpha, a, b]))[0], exact)


def test_log_beta_ratio_keeps_its_digits() -> None:
    rng = np.random.default_rng(6)
    for i in range(300):
        a, b, g = np.exp(rng.normal(0, 3, 3))
        b = b + 5_000 if i % 5 == 0 else b
        exact = mpmath.log(mpmath.beta(a, mpmath.mpf(b) + mpmath.mpf(g)) / mpmath.beta(a, b))
        assert near(float(log_beta_ratio(a, b, g)), exact)
    assert float(log_beta_ratio(1e-10, 3.0, 1.0)) == pytest.approx(-1e-10 / 3.0, rel=1e-9)


def test_purchase_distribution() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        r, alpha, a, b = np.exp(rng.normal([-0.5, 1.0, 0.0, 0.5], 0.7))
        t = float(np.exp(rng.normal(2, 1)))
        chances = BGNBD.known(r, alpha, a, b).purchase_distribution(t, 12, 0, 0, 0)[0]
        m = mpmath.mpf
        z = m(t) / (m(alpha) + t)
        count = [mpmath.rf(r, n) / mpmath.factorial(n) * (1 - z) ** m(r) * z**n for n in range(13)]
        for n in range(13):
            kept = mpmath.beta(a, m(b) + n) / mpmath.beta(a, b)
            left = mpmath.beta(m(a) + 1, m(b) + n - 1) / mpmath.beta(a, b) if n else m(0)
            exact = count[n] * kept + left * (1 - sum(count[:n]))
            assert near(chances[n], exact)


def test_distribution_adds_up_to_the_expectation() -> None:
    model = BGNBD.known(0.8, 10.0, 0.7, 2.0)
    chances = model.purchase_distribution(40.0, 400, np.array([0.0, 4.0]), np.array([0.0, 30.0]), 35.0)
    assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    expected = model.expected_purchases(40.0, np.array([0.0, 4.0]), np.array([0.0, 30.0]), 35.0)
    assert chances @ np.arange(401) == pytest.approx(expected, rel=1e-9)
