"""Draws of the parameters: against NUTS, against exact integration, in any unit of time; 5 standard errors, fixed seeds."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import genpareto, multivariate_normal, multivariate_t

from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.bg_nbd import likelihood as lik
from models.families.bg_nbd.points import log_weak_prior
from models.families.gamma_gamma import GammaGamma
from models.families.identified import WeaklyIdentified
from models.families.model import at_parameters
from models.families.posterior import ParameterDraws, importance, sample_posterior
from models.families.posterior import draws as posterior_draws
from models.families.posterior.ensemble import WALKERS, effective_draws, walk
from models.families.posterior.importance import around, pareto_fit, pareto_quantile, smooth_weights, weigh
from models.families.posterior.targets import target_of
from models.numerics.arrays import Floats

# CDNOW's sample in weeks under flat priors by NUTS: mean and standard deviation (8,000 draws, given to three digits).
NUTS = {"r": (0.2443, 0.0125), "alpha": (4.484, 0.379), "a": (0.979, 0.295), "b": (3.218, 1.234)}


@pytest.fixture(scope="module")
def weeks(sample: Summary) -> BGNBD:
    return BGNBD().fit(sample.in_weeks())


@pytest.fixture(scope="module")
def flat(weeks: BGNBD) -> ParameterDraws:
    return sample_posterior(weeks, 8_000, np.random.default_rng(1))


def test_equal_to_nuts(flat: ParameterDraws) -> None:
    """Means within 5 standard errors of both samplers; spreads likewise, whose error the fourth moment gives."""
    assert flat.method in ("importance", "refitted importance")
    assert flat.pareto_k < 0.5
    assert 4_000 < flat.ess <= 8_000
    assert "8,000 draws by importance sampling" in flat.message
    for name, (mean, sd) in NUTS.items():
        x = flat[name]
        error = np.sqrt(2.0 / flat.ess)  # of a mean in standard deviations: NUTS is worth no more than ours
        assert abs(x.mean() - mean) < 5 * error * sd + 5e-4 * mean
        kurtosis = (((x - x.mean()) / x.std()) ** 4).mean()
        assert abs(x.std() / sd - 1) < 5 * error * np.sqrt((kurtosis - 1) / 4) + 5e-3


@pytest.mark.parametrize("prior", ["flat", "weak"])
def test_equal_to_integration_on_a_grid(prior: str, baskets: GammaGamma, sample: Summary) -> None:
    """Gamma-Gamma has three parameters: a fine grid gives its posterior means without any sampling."""
    target = baskets._posterior_target(sample)
    centre = np.log(list(baskets.params_.values())) + target.shift
    draws = sample_posterior(baskets, 6_000, np.random.default_rng(3), prior)  # type: ignore[arg-type]
    root = np.linalg.cholesky(baskets.covariance_)
    axis = np.linspace(-6.0, 7.0, 44)
    u = centre + np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3) @ root.T
    log_density = target.many(u) + (u.sum(axis=1) if prior == "flat" else target.weak_prior(u))
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    values = np.exp(u - target.shift)
    for i, name in enumerate(("p", "q", "v")):
        mean = weight @ values[:, i]
        sd = np.sqrt(weight @ (values[:, i] - mean) ** 2)
        assert abs(draws[name].mean() - mean) < 5 * sd / np.sqrt(draws.ess)
        assert draws[name].std() == pytest.approx(sd, rel=5 / np.sqrt(draws.ess) * 1.5)


def test_the_unit_of_time_changes_nothing(weeks: BGNBD, rhythm: BGNBD, flat: ParameterDraws) -> None:
    days = sample_posterior(rhythm, 8_000, np.random.default_rng(1))
    for name, factor in (("r", 1.0), ("alpha", 7.0), ("a", 1.0), ("b", 1.0)):
        np.testing.assert_allclose(days[name], factor * flat[name], rtol=1e-9)
    assert days.ess == pytest.approx(flat.ess, rel=1e-9)


def test_only_the_generator_given_matters(weeks: BGNBD) -> None:
    np.random.seed(1)  # noqa: NPY002
    one = sample_posterior(weeks, 100, np.random.default_rng(5))
    np.random.seed(2)  # noqa: NPY002
    other = sample_posterior(weeks, 100, np.random.default_rng(5))
    assert (one["a"] == other["a"]).all()


# -- the likelihood of many points -------------------------------------------------------------------------------------


def exponents(sample: Summary) -> Summary:
    x = sample.frequency
    return Summary(x, sample.recency, sample.T, G_x=0.5 * x, G_before=0.5 * np.maximum(x - 1.0, 0.0))


@pytest.mark.parametrize("change", [lambda s: s, exponents], ids=["plain", "exponents"])
def test_many_points_have_the_values_of_the_objective(change: Callable[[Summary], Summary], sample: Summary) -> None:
    summary = change(sample[:400])
    model = BGNBD.known(0.25, 30.0, 0.8, 2.5)
    target = target_of(model, summary)
    u = np.log([0.25, 30.0, 0.8, 2.5]) + 1.5 * np.random.default_rng(6).standard_normal((700, 4))
    exact = np.array([target.likelihood(point)[0] for point in u])
    np.testing.assert_allclose(target.many(u), exact, rtol=1e-11)
    alone = lik.with_prior(lambda v: (0.0, np.zeros(4), np.zeros((4, 4))))
    np.testing.assert_allclose(log_weak_prior(u), [alone(point)[0] for point in u], rtol=1e-12)


def test_many_points_of_heavy_buyers_and_of_baskets(baskets: GammaGamma, sample: Summary) -> None:
    rng = np.random.default_rng(7)
    x = np.array([0.0, 1.0, 5_000.0, 3.0, 700.0])
    summary = Summary(x, np.array([0.0, 3.0, 299.0, 300.0, 12.0]), np.full(5, 300.0))
    model = BGNBD.known(1.0, 1.0, 0.1, 50.0)
    target = target_of(model, summary)
    u = 3.0 * rng.standard_normal((60, 4))
    np.testing.assert_allclose(target.many(u), [target.likelihood(point)[0] for point in u], rtol=1e-10)
    assert at_parameters(model, np.array([1.0, 2.0, 3.0, 4.0])).params_["b"] == 4.0
    assert model.params_["b"] == 50.0
    spend = baskets._posterior_target(sample)
    v = np.log(list(baskets.params_.values())) + spend.shift + rng.standard_normal((60, 3))
    np.testing.assert_allclose(spend.many(v), [spend.likelihood(point)[0] for point in v], rtol=1e-11)


def test_models_without_a_fast_way_of_their_own(sample: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any `Model` is served: the same points, from its objective alone, weigh the same."""
    model = BGNBD().fit(sample[:300])
    own = sample_posterior(model, 200, np.random.default_rng(8), "weak")
    many = model._log_likelihoods(sample[:300])
    # a constant more or less is nothing, and what a hook gives need not say what it costs
    monkeypatch.setattr(BGNBD, "_log_likelihoods", lambda self, some: lambda u: many(u) + 3.0)
    hooked = sample_posterior(model, 200, np.random.default_rng(8), "weak")
    monkeypatch.delattr(BGNBD, "_log_likelihoods")
    monkeypatch.delattr(BGNBD, "_log_weak_prior")
    monkeypatch.setattr(posterior_draws, "_WORK", 1e9)
    other = sample_posterior(model, 200, np.random.default_rng(8), "weak")
    for name in own:
        np.testing.assert_allclose(other[name], own[name], rtol=1e-9)
        np.testing.assert_allclose(hooked[name], own[name], rtol=1e-9)


# -- weights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.2, 0.6, 1.1])
def test_pareto_fit_against_scipy(shape: float) -> None:
    """Equal to the truth within 5 asymptotic standard errors, (1 + k)/sqrt(n), and no worse than scipy's likelihood."""
    n = 4_000
    x = np.sort(genpareto.rvs(shape, scale=2.0, size=n, random_state=np.random.default_rng(9)))
    k, scale = pareto_fit(x)
    assert k == pytest.approx(shape, abs=5 * (1 + max(shape, 0.0)) / np.sqrt(n) + 10 * abs(0.5 - shape) / n)
    their_k, _, their_scale = genpareto.fit(x, floc=0.0)
    ours, theirs = (genpareto.logpdf(x, c, scale=s).sum() for c, s in ((k, scale), (their_k, their_scale)))
    assert ours > theirs - 1.0
    np.testing.assert_allclose(
        pareto_quantile(np.array([0.1, 0.5, 0.99]), shape, 2.0), genpareto.ppf([0.1, 0.5, 0.99], shape, scale=2.0)
    )


def test_k_of_weights_with_known_tails() -> None:
    """A normal proposal of scale s for a standard normal has weights of tail k = 1 - s^2 (for s < 1)."""
    rng = np.random.default_rng(10)
    for scale, bad in ((0.95, False), (0.4, True)):
        x = scale * rng.standard_normal(100_000)
        log_weights, k = smooth_weights(-0.5 * x**2 + 0.5 * (x / scale) ** 2)
        assert (k > 0.7) == bad
        assert k == pytest.approx(1 - scale**2, abs=0.2)
        assert np.exp(log_weights).sum() == pytest.approx(1.0, rel=1e-12)
    alike, k = smooth_weights(np.zeros(1_000))
    assert k == -np.inf
    assert (alike == alike[0]).all()
    nothing, k = smooth_weights(np.full(100, np.nan))
    assert k == np.inf
    assert np.isfinite(nothing).all()


def banana(u: Floats) -> Floats:
    """A density bent far from any normal; its moments are known: mean (0, 0), variances 1 and 2.5."""
    return np.asarray(-0.5 * u[:, 0] ** 2 - 0.5 * (u[:, 1] - (u[:, 0] ** 2 - 1.0)) ** 2 / 0.5)


def test_a_refitted_proposal_reaches_what_the_first_does_not() -> None:
    rng = np.random.default_rng(11)
    first = around(np.zeros(2) - np.array([0.0, 1.0]), np.diag([0.1, 0.1]))
    poor = weigh(banana, first, 20_000, rng)
    good, refitted = importance.sample(banana, first, 20_000, rng)
    assert refitted
    assert good.ess > 5 * poor.ess
    assert good.pareto_k < 0.7
    draws = good.resample(8_000, rng)
    error = 5 * np.sqrt(1 / good.ess + 1 / 8_000)
    assert abs(draws[:, 0].mean()) < error
    assert abs(draws[:, 1].mean()) < error * np.sqrt(2.5)
    assert draws[:, 0].var() == pytest.approx(1.0, abs=error * np.sqrt(2.0))


def test_the_proposal_has_the_density_of_t() -> None:
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    proposal = around(np.array([1.0, -1.0]), covariance)
    points = proposal.draw(20_000, np.random.default_rng(12))
    np.testing.assert_allclose(
        proposal.log_density(points[:50]), multivariate_t([1.0, -1.0], covariance, df=7).logpdf(points[:50])
    )
    # variance of t: 7/5 of its scale; its relative error is that of t's fourth moment, kurtosis 5
    np.testing.assert_allclose(np.cov(points.T), 7 / 5 * covariance, atol=5 * 2.8 * np.sqrt(5 / 20_000))


def test_the_chain_of_walkers() -> None:
    """A correlated normal and the bent density: means and variances within 5 standard errors of the effective draws."""
    rng = np.random.default_rng(13)
    covariance = np.array([[1.0, 0.95], [0.95, 1.0]])
    normal = multivariate_normal(np.zeros(2), covariance)
    for density, variances in ((normal.logpdf, (1.0, 1.0)), (banana, (1.0, 2.5))):
        chain = walk(density, 0.3 * rng.standard_normal((WALKERS, 2)), 4_000, rng)[500:]
        ess = effective_draws(chain)
        assert 1_000 < ess < 100_000
        for i, variance in enumerate(variances):
            x = chain[:, :, i]
            kurtosis = (x**4).mean() / variance**2
            assert abs(x.mean()) < 5 * np.sqrt(variance / ess)
            assert x.var() == pytest.approx(variance, rel=5 * np.sqrt(kurtosis / ess))


def test_effective_draws_of_an_autoregression() -> None:
    """x' = .9 x + noise has an autocorrelation time of 1.9/.1 = 19."""
    rng = np.random.default_rng(14)
    chain = np.zeros((6_000, 64, 1))
    for i in range(1, 6_000):
        chain[i] = 0.9 * chain[i - 1] + rng.standard_normal((64, 1))
    assert effective_draws(chain) == pytest.approx(6_000 * 64 / 19, rel=0.1)
    assert effective_draws(np.ones((100, 4, 1))) == 0.0


# -- the ways taken ----------------------------------------------------------------------------------------------------


def test_a_chain_where_importance_sampling_fails(weeks: BGNBD, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were every k bad, the chain would give the same posterior."""
    exact = sample_posterior(weeks, 4_000, np.random.default_rng(15), "weak")
    monkeypatch.setattr(posterior_draws, "BAD_K", -9.0)
    monkeypatch.setattr(posterior_draws, "_STEPS", 600)
    chain = sample_posterior(weeks, 4_000, np.random.default_rng(15), "weak")
    assert chain.method == "ensemble"
    assert "Markov chain" in chain.message
    for name, x in exact.items():
        error = np.hypot(x.std() / np.sqrt(exact.ess), chain[name].std() / np.sqrt(chain.ess))
        assert abs(x.mean() - chain[name].mean()) < 5 * error
    # and a flat prior that k speaks against gives way to the weak one
    assert sample_posterior(weeks, 200, np.random.default_rng(15)).prior == "weak"


def test_few_customers_get_the_weak_prior(sample: Summary) -> None:
    rng = np.random.default_rng(16)
    with pytest.warns(WeaklyIdentified):
        model = BGNBD().fit(sample.in_weeks()[rng.choice(2357, 30, replace=False)])
    draws = sample_posterior(model, 500, rng)
    assert draws.prior == "weak"
    assert "weak prior" in draws.message
    assert all(np.isfinite(x).all() and (x > 0).all() for x in draws.values())
    # known, but under a flat prior its posterior runs off to one loss chance for all
    few = BGNBD().fit(sample.in_weeks()[np.random.default_rng(0).choice(2357, 200, replace=False)])
    assert not few.prior_used_
    draws = sample_posterior(few, 500, rng)
    assert draws.prior == "weak"
    assert "flat prior" in draws.message


def test_very_many_customers_have_a_normal_posterior() -> None:
    rng = np.random.default_rng(17)
    model = BGNBD.known(0.5, 20.0, 0.8, 3.0)
    model = BGNBD().fit(model.simulate(60_000, rng.uniform(100.0, 300.0, 60_000), rng).summary())
    draws = sample_posterior(model, 5_000, rng)
    assert draws.method == "normal"
    assert "normal approximation" in draws.message
    for name, sd in model.standard_errors_.items():
        assert (
            abs(draws[name].mean() - model.params_[name]) < 0.25 * sd
        )  # the flat prior's pull is far less than an error
        assert draws[name].std() == pytest.approx(sd, rel=5 / np.sqrt(2 * 5_000) + 0.03)


def test_an_own_prior(weeks: BGNBD) -> None:
    """A sharp normal prior far from the data decides, in weeks as the parameters are."""
    mean, sd = np.log([0.3, 6.0, 0.5, 1.5]), 1e-3
    draws = sample_posterior(
        weeks, 2_000, np.random.default_rng(18), lambda u: -0.5 * (((u - mean) / sd) ** 2).sum(axis=1)
    )
    assert draws.prior == "own"
    for at, x in zip(mean, draws.values(), strict=True):
        assert abs(np.log(x).mean() - at) < 0.5 * sd + 5 * sd / np.sqrt(draws.ess)
        assert np.log(x).std() == pytest.approx(sd, rel=5 / np.sqrt(draws.ess))


def test_known_parameters_and_bad_arguments(weeks: BGNBD, rhythm: BGNBD, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(19)
    same = sample_posterior(BGNBD.known(0.5, 10.0, 1.0, 2.0), 50, rng)
    assert (same["b"] == 2.0).all()
    assert "without covariance" in same.message
    given = sample_posterior(BGNBD.known(**rhythm.params_, covariance=rhythm.covariance_), 20_000, rng)
    assert given.method == "given"
    assert np.log(given["a"]).std() == pytest.approx(np.sqrt(rhythm.covariance_[2, 2]), rel=5 / np.sqrt(40_000))
    with pytest.raises(BadInput, match="ask for at least 1"):
        sample_posterior(weeks, 0, rng)
    with pytest.raises(BadInput, match="the prior is 'normal'"):
        sample_posterior(weeks, 10, rng, "normal")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="fit it first"):
        sample_posterior(BGNBD(), 10, rng)

    def fitted_already(self: BGNBD, summary: Summary) -> None:
        raise NotImplementedError("it comes fitted")

    with monkeypatch.context() as patch:
        patch.setattr(BGNBD, "_objective", fitted_already)
        with pytest.raises(BadInput, match="use its own sample_posterior"):
            sample_posterior(weeks, 10, rng)
    x = np.array([1.0, 2.0, 3.0])
    constant = GammaGamma().fit(Summary(x, x, 2 * x, monetary_value=np.full(3, 5.0)))
    assert (sample_posterior(constant, 5, rng)["p"] == constant.params_["p"]).all()
