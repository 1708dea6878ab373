"""Gamma-Gamma: recovery, exactness, heavy tails, constant prices. Tolerances: 5 standard errors, fixed seeds."""

import warnings
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest

from benchmarks.references import gamma_gamma_log_likelihood, gamma_gamma_spend, relative_error
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import WeaklyIdentified
from models.families.gamma_gamma import GammaGamma
from models.families.gamma_gamma.likelihood import objective as _objective
from models.families.gamma_gamma.likelihood import with_prior as _with_prior


def summary_of(counts: np.ndarray, values: np.ndarray) -> Summary:
    return Summary(counts, np.where(counts > 0, 5.0, 0.0), counts * 0.0 + 10.0, values)


@pytest.mark.parametrize("q", [0.8, 1.5, 3.74])
def test_simulated_spend_gives_back_the_parameters(q: float) -> None:
    rng = np.random.default_rng(50)
    truth = GammaGamma.known(6.25, q, 15.44, mean_spend=40.0)
    counts = rng.geometric(0.4, 20_000) - 1.0
    fitted = GammaGamma().fit(summary_of(counts, truth.simulate(counts, rng)))
    assert fitted.converged_
    assert not fitted.prior_used_
    for k, name in enumerate(("p", "q", "v")):
        error = np.log(fitted.params_[name] / truth.params_[name]) / np.sqrt(fitted.covariance_[k, k])
        assert abs(error) < 5, (name, error)
    assert (fitted.covariance_ == fitted.covariance_.T).all()


def test_what_it_is_and_where_it_comes_from() -> None:
    known = GammaGamma.known(6.25, 3.74, 15.44)
    assert repr(GammaGamma()) == "GammaGamma()"
    assert repr(known) == "GammaGamma(p=6.25, q=3.74, v=15.44)"
    assert GammaGamma.from_lifetimes(SimpleNamespace(params_=known.params_)).params_ == known.params_


def test_likelihood_against_mpmath() -> None:
    rng = np.random.default_rng(51)
    mpmath.mp.dps = 50
    for i in range(300):
        p, q, v = np.exp(rng.normal(1, 1, 3)) * (10.0 ** rng.uniform(-3, 6, 3) if i % 3 == 0 else 1.0)
        x, z = float(rng.integers(1, 300)), float(np.exp(rng.normal(0, 2)))
        value = _objective(np.array([x]), np.array([z]))(np.log([p, q, v]))[0]
        assert relative_error(value, gamma_gamma_log_likelihood(p, q, v, x, z)) < 1e-9
        spend = GammaGamma.known(p, q + 1.0, v).expected_average_spend(x, z)[0]
        assert relative_error(spend, gamma_gamma_spend(p, q + 1.0, v, x, z)) < 1e-9


def test_gradient_and_hessian(sample: Summary) -> None:
    assert sample.spend_count is not None
    assert sample.monetary_value is not None
    spent = sample.spend_count > 0
    plain = _objective(sample.spend_count[spent], sample.monetary_value[spent])
    for objective in (plain, _with_prior(plain)):
        u, h = np.log([5.0, 3.0, 14.0]), 1e-5 * np.eye(3)
        _, gradient, hessian = objective(u)
        assert gradient == pytest.approx([(objective(u + d)[0] - objective(u - d)[0]) / 2e-5 for d in h], rel=1e-6)
        numeric = np.array([(objective(u + d)[1] - objective(u - d)[1]) / 2e-5 for d in h])
        assert hessian == pytest.approx(numeric, rel=1e-6, abs=1e-4)


def test_other_currency(sample: Summary, baskets: GammaGamma) -> None:
    assert sample.monetary_value is not None
    yen = Summary(sample.frequency, sample.recency, sample.T, sample.monetary_value * 150.0, sample.spend_count)
    fitted = GammaGamma().fit(yen)
    assert fitted.params_["v"] == pytest.approx(150.0 * baskets.params_["v"], rel=1e-9)
    assert fitted.params_["p"] == pytest.approx(baskets.params_["p"], rel=1e-9)
    assert fitted.expected_average_spend() == pytest.approx(150.0 * baskets.expected_average_spend(), rel=1e-9)
    assert fitted.covariance_ == pytest.approx(baskets.covariance_, rel=1e-6)


def test_heavy_tails_never_give_a_negative_spend() -> None:
    """q < 1: lifetimes expects -183.7 of a new customer; here the observed mean, said in the message."""
    rng = np.random.default_rng(52)
    counts = rng.geometric(0.5, 3_000) - 1.0
    truth = GammaGamma.known(4.0, 0.8, 20.0, mean_spend=1.0)
    fitted = GammaGamma().fit(summary_of(counts, truth.simulate(counts, rng)))
    assert not fitted.mean_exists_
    assert fitted.expected_spend_new_ == fitted.mean_spend_ > 0
    assert "infinite" in fitted.message_
    spend = fitted.expected_average_spend()
    assert np.isfinite(spend).all()
    assert (spend > 0).all()


@pytest.mark.parametrize("price", [9.9, 1e-3, 1e9])
def test_one_constant_price(price: float) -> None:
    fitted = GammaGamma().fit(summary_of(np.array([1.0, 2.0, 5.0, 0.0]), np.array([price, price, price, 0.0])))
    assert fitted.constant_
    assert "one constant price" in fitted.message_
    assert fitted.expected_average_spend() == pytest.approx(price, rel=1e-9)
    draw = fitted.simulate(np.full(1000, 3.0), np.random.default_rng(0))
    assert draw == pytest.approx(price, rel=0.02)


def test_nearly_constant_or_few_customers_get_an_answer() -> None:
    cases = [([1, 1], [5.0, 9.0]), ([3, 3, 3], [5.0, 5.0, 5.01]), ([1, 2, 3], [1e-4, 1.0, 1e6])]
    for counts, values in cases:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WeaklyIdentified)
            fitted = GammaGamma().fit(summary_of(np.array(counts, float), np.array(values)))
        assert fitted.converged_, fitted.message_
        assert np.isfinite(list(fitted.standard_errors_.values())).all()
        assert (fitted.expected_average_spend() > 0).all()
    with pytest.warns(WeaklyIdentified, match="do not identify both p and q"):
        GammaGamma().fit(summary_of(np.array([1.0, 1.0]), np.array([5.0, 9.0])))


def test_zeros_count_as_no_spend(sample: Summary) -> None:
    counts, values = np.array([0.0, 2.0, 3.0, 1.0, 4.0]), np.array([0.0, 0.0, 12.0, 30.0, 21.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)
        fitted = GammaGamma().fit(summary_of(counts, values))
        without = GammaGamma().fit(summary_of(counts[2:], values[2:]))
    assert fitted.params_ == pytest.approx(without.params_)
    spend = fitted.expected_average_spend()
    assert spend[0] == spend[1] == fitted.expected_spend_new_


def test_what_cannot_be_learnt_is_said() -> None:
    with pytest.raises(CannotIdentify, match="no customer has a repeat purchase of positive value"):
        GammaGamma().fit(summary_of(np.zeros(3), np.zeros(3)))
    with pytest.raises(CannotIdentify, match="only one customer has"):
        GammaGamma().fit(summary_of(np.array([0.0, 3.0]), np.array([0.0, 3.0])))
    with pytest.raises(BadInput, match="no monetary_value"):
        GammaGamma().fit(Summary(np.ones(3), np.ones(3), np.ones(3)))
    with pytest.raises(BadInput, match="p is 0"):
        GammaGamma.known(0, 1, 1)
    with pytest.raises(BadInput, match="the mean spend is infinite; give mean_spend"):
        GammaGamma.known(1, 0.5, 1)
    with pytest.raises(BadInput, match="numbers of at least 0"):
        GammaGamma.known(1, 2, 1).expected_average_spend(np.nan, 1.0)


def test_posterior_of_nu_gives_the_expected_spend(baskets: GammaGamma) -> None:
    rng = np.random.default_rng(53)
    shape, rate = baskets.posterior_parameters(4.0, 30.0)
    nu = rng.gamma(shape, 1 / rate, 400_000)
    means = baskets.params_["p"] / nu
    expected = baskets.expected_average_spend(4.0, 30.0)[0]
    assert abs(means.mean() - expected) < 5 * means.std() / np.sqrt(400_000)
