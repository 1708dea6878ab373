"""NBD: its likelihood at 50 digits, what was simulated comes back, nobody is lost.

Statistical tests have fixed seeds and tolerances of 5 standard errors.
"""

import mpmath
import numpy as np
import pytest
from scipy.stats import nbinom

from benchmarks.references import nbd_log_likelihood, relative_error
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import WeaklyIdentified
from models.families.nbd import NBD

TRUTH = (0.45, 5.0)


def simulated(n: int, seed: int) -> Summary:
    rng = np.random.default_rng(seed)
    return NBD.known(*TRUTH).simulate(n, rng.uniform(10.0, 100.0, n), rng).summary()


def test_simulated_customers_give_back_the_parameters() -> None:
    fitted = NBD().fit(simulated(20_000, 51))
    errors = np.log(np.array(list(fitted.params_.values())) / TRUTH) / np.sqrt(np.diag(fitted.covariance_))
    assert (abs(errors) < 5).all()
    assert fitted.converged_ and not fitted.prior_used_
    assert fitted.log_likelihood().sum() == pytest.approx(fitted.log_likelihood_, rel=1e-12)


def test_likelihood_at_50_digits() -> None:
    mpmath.mp.dps = 50
    rng = np.random.default_rng(52)
    for i in range(200):
        r, alpha = np.exp(rng.normal([-0.5, 1.0], [3.0, 3.0]))
        x, T = float(rng.choice([0, 1, 7, 300, 5_000])), float(np.exp(rng.normal(3, 1)))
        r = 1e-9 if i % 20 == 0 else 1e7 if i % 20 == 1 else r
        exact = nbd_log_likelihood(r, alpha, int(x), T)
        model, one = NBD.known(r, alpha), Summary([x], [T if x else 0.0], [T])
        assert relative_error(model.log_likelihood(one)[0], exact) <= 1e-9
        assert model._objective(one)(np.log([r, alpha]))[0] == pytest.approx(float(exact), rel=1e-9)


def test_gradient_and_hessian_against_finite_differences() -> None:
    objective, h = NBD()._objective(simulated(1_000, 53)), 1e-5 * np.eye(2)
    for u in (np.log([0.3, 8.0]), np.log([5.0, 0.7])):
        _, gradient, hessian = objective(u)
        assert gradient == pytest.approx([(objective(u + d)[0] - objective(u - d)[0]) / 2e-5 for d in h], rel=1e-6)
        numeric = np.array([(objective(u + d)[1] - objective(u - d)[1]) / 2e-5 for d in h])
        assert hessian == pytest.approx(numeric, rel=1e-6, abs=1e-4)


def test_weeks_or_days() -> None:
    days = simulated(3_000, 54)
    one, other = NBD().fit(days), NBD().fit(days.in_weeks())
    assert other.params_["alpha"] * 7 == pytest.approx(one.params_["alpha"], rel=1e-9)
    assert other.params_["r"] == pytest.approx(one.params_["r"], rel=1e-9)
    assert other.expected_purchases(52.0) == pytest.approx(one.expected_purchases(364.0), rel=1e-9)
    assert one.log_likelihood_ is not None
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_ + days.frequency.sum() * np.log(7.0), rel=1e-9)


def test_predictions() -> None:
    model = NBD.known(*TRUTH)
    history = Summary([0.0, 3.0, 5_000.0], [0.0, 2.0, 30.0], [30.0, 30.0, 30.0])
    assert model.expected_purchases(7.0, history) == pytest.approx(7.0 * (0.45 + history.frequency) / 35.0, rel=1e-12)
    assert model.expected_purchases_new([[1.0, 10.0]]) == pytest.approx(np.array([[0.09, 0.9]]), rel=1e-12)
    assert (model.probability_alive(history) == 1.0).all()
    chances = model.purchase_distribution(7.0, 30, history)
    there = nbinom.pmf(np.arange(31)[None, :], (0.45 + history.frequency)[:, None], 35.0 / 42.0)
    np.testing.assert_allclose(chances, there, rtol=1e-9, atol=1e-300)
    assert (model.purchase_distribution(0.0, 2, history) == [[1.0, 0.0, 0.0]] * 3).all()


def test_forecasts_of_what_is_then_simulated() -> None:
    rng, n, T, t = np.random.default_rng(55), 40_000, 30.0, 40.0
    model = NBD.known(*TRUTH)
    made = model.simulate(n, T + t, rng)
    assert (np.diff(made.customer) >= 0).all() and made.alive.all()
    seen = made.time <= T
    x, later = (np.bincount(made.customer[part], minlength=n) for part in (seen, ~seen))
    miss = later - model.expected_purchases(t, Summary(x, np.where(x > 0, T, 0.0), np.full(n, T)))
    for cell in (x == 0, x == 1, x > 4):
        assert abs(miss[cell].mean()) < 5 * miss[cell].std() / np.sqrt(cell.sum())
    # gaps of one customer are exponential at her rate: the last purchase lies before T by 1/rate on average
    busy = made.rate > 1.0
    wait = (made.T - made.summary().recency)[busy] * made.rate[busy]
    assert abs(wait.mean() - 1.0) < 5 * wait.std() / np.sqrt(busy.sum())


def test_nobody_differs_or_nobody_repeats() -> None:
    x = np.full(300, 4.0)
    with pytest.warns(WeaklyIdentified, match="weak prior"):
        model = NBD().fit(Summary(x, x, np.full(300, 8.0)))
    assert model.prior_used_ and model.converged_
    assert model.expected_purchases(8.0) == pytest.approx(4.0, rel=0.02)
    none = np.zeros(5)
    with pytest.warns(WeaklyIdentified, match="NBD: none of the 5 customers"):
        NBD().fit(Summary(none, none, none + 9.0))
    with pytest.raises(BadInput, match="NBD: the horizon t must be"):
        model.expected_purchases(np.inf)
