"""Static covariates: recovery, exactness, units, and tables that cannot be used. Tolerances: 5 standard errors, fixed
seeds.
"""

from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.covariates import GammaGammaWithCovariates, WithCovariates
from models.families.covariates.climb import Effect, objective, with_priors
from models.families.covariates.histories import of_summary
from models.families.covariates.model import _OWN
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.numerics.newton import Objective

from .with_effects import BASES, BG, COLUMNS, LOSS, PARETO, RHYTHM, histories, people, truth


def distances(fitted: Any, wanted: dict[str, float]) -> dict[str, float]:
    """How many standard errors each value lies from the wanted one (the base parameters': of their logarithms)."""
    found = fitted._flat()
    spread = np.sqrt(np.diag(fitted.covariance_))
    k, out = len(fitted.parameters), {}
    for i, name in enumerate(fitted.names_):
        off = found[name] - wanted[name] if i >= k else np.log(found[name] / wanted[name])
        out[name] = abs(off) / spread[i]
    return out


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people(400, 70)


# -- likelihood -------------------------------------------------------------------------------------------------------


def likelihood_of(base: Model, summary: Summary, frame: pd.DataFrame) -> tuple[Objective, np.ndarray]:
    model = truth(base, frame)
    profiles = model._profiles({name: frame[name].to_numpy(dtype=None) for name in frame} | ages(frame))
    own = _OWN[type(base)](of_summary(summary, {p: index for p, (_, index) in profiles.items()}))
    effects = [
        Effect(p, *own.shifted[p], z, own.h.profile[p])  # type: ignore[attr-defined]
        for p, (z, _) in profiles.items()
    ]
    start = np.concatenate([np.log(list(base.params_.values())), list(RHYTHM.values()), list(LOSS.values())])
    return objective(own, effects, 4), start


def ages(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    words = {name: frame[name].to_numpy().astype(str) for name in ("channel", "gender")}
    return words | {"age": frame["age"].to_numpy(dtype=np.float64)}


def differences_agree(likelihood: Objective, w: np.ndarray) -> None:
    _, gradient, hessian = likelihood(w)
    steps = 1e-5 * np.eye(w.size)
    numeric = np.array([(likelihood(w + d)[0] - likelihood(w - d)[0]) / 2e-5 for d in steps])
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=2e-5 * np.abs(gradient).max())
    bends = np.array([(likelihood(w + d)[1] - likelihood(w - d)[1]) / 2e-5 for d in steps])
    np.testing.assert_allclose(hessian, bends, rtol=1e-6, atol=1e-7 * np.abs(hessian).max())
    assert (hessian == hessian.T).all()


@pytest.mark.parametrize("base", BASES)
def test_gradient_and_hessian(base: Model, frame: pd.DataFrame) -> None:
    summary = histories(base, frame, 71)
    summary.frequency[:2], summary.recency[:2], summary.T[:2] = (300, 25), (79.0, 20.0), 80.0
    likelihood, w = likelihood_of(base, summary, frame)
    differences_agree(likelihood, w)
    differences_agree(likelihood, w + np.random.default_rng(1).normal(0.0, 0.3, w.size))
    differences_agree(with_priors(likelihood, 4, (4, 6, 9), base._with_weak_prior), w)


def test_gradient_and_hessian_with_loyalty_exponents(frame: pd.DataFrame) -> None:
    summary = histories(BG, frame, 72)
    rng = np.random.default_rng(73)
    before = np.maximum(summary.frequency - 1.0, 0.0) * rng.uniform(0.4, 1.5, len(summary))
    G_x = np.where(summary.frequency > 0, before + rng.uniform(0.4, 1.5, len(summary)), 0.0)
    own = Summary(summary.frequency, summary.recency, summary.T, G_x=G_x, G_before=before)
    likelihood, w = likelihood_of(BG, own, frame)
    differences_agree(likelihood, w)


def test_gradient_and_hessian_of_spend(frame: pd.DataFrame) -> None:
    from models.families.covariates.gamma_gamma import _Rows

    rng = np.random.default_rng(74)
    profile = rng.integers(0, 5, 400)
    x, z = rng.geometric(0.4, 400).astype(np.float64), np.exp(rng.normal(0.0, 1.0, 400))
    effect = Effect("spend", 2, 1.0, rng.normal(0.0, 1.0, (5, 2)), profile)
    differences_agree(objective(_Rows(x, z, profile), [effect], 3), np.array([1.8, 1.3, -0.5, 0.3, -0.2]))


def in_whole_days(summary: Summary) -> Summary:
    """As exports have it: many customers then share a history, and are worked out once."""
    return Summary(summary.frequency, np.ceil(summary.recency), np.ceil(summary.T))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("whole", [False, True])
def test_each_customer_has_the_likelihood_of_her_own_parameters(base: Model, whole: bool, frame: pd.DataFrame) -> None:
    """Customer by customer against the plain model with alpha_i and b_i (or beta_i), corners too."""
    summary = histories(base, frame, 75)
    if whole:
        summary, frame = in_whole_days(summary), frame.assign(age=np.rint(frame["age"] / 20.0))
        assert of_summary(summary, {"rhythm": np.zeros(400, np.int64)}).x.size < 350
    summary.frequency[:3], summary.recency[:3], summary.T[:3] = (5_000, 0, 1), (79.0, 0, 3.0), (80.0, 0, 3.0)
    model = truth(base, frame)
    age, second = frame["age"] - frame["age"].mean(), model.parameters[3]
    on_rhythm = RHYTHM["age"] * age + frame["channel"].map({"shop": 0.0, "app": 0.5, "web": -0.4})
    on_loss = frame["channel"].map({"shop": 0.0, "app": -0.6, "web": 0.3}) + 0.5 * (frame["gender"] == "m")
    each = model.log_likelihood(summary, frame)
    alive, future = model.probability_alive(summary, frame), model.expected_purchases(30.0, summary, frame)
    chances = model.purchase_distribution(30.0, 6, summary, frame)
    ahead = np.linspace(1.0, 90.0, len(frame))
    own_horizon, new = model.expected_purchases(ahead, summary, frame), model.expected_purchases_new(30.0, frame)
    for i in [*range(10), *range(10, 400, 23)]:
        params = dict(base.params_)
        params["alpha"] *= float(np.exp(-on_rhythm[i]))
        params[second] *= float(np.exp(-on_loss[i]))
        own, row = type(base).known(**params), summary[i : i + 1]
        assert each[i] == pytest.approx(own.log_likelihood(row)[0], rel=1e-11, abs=1e-13)
        assert alive[i] == pytest.approx(own.probability_alive(row)[0], rel=1e-11)
        assert future[i] == pytest.approx(own.expected_purchases(30.0, row)[0], rel=1e-10)
        assert own_horizon[i] == pytest.approx(own.expected_purchases(ahead[i], row)[0], rel=1e-10)
        assert new[i] == pytest.approx(float(own.expected_purchases_new(30.0)), rel=1e-10)
        np.testing.assert_allclose(chances[i], own.purchase_distribution(30.0, 6, row)[0], rtol=1e-10, atol=1e-300)


def test_loss_of_bg_nbd_is_odds_and_orders() -> None:
    """exp(delta) multiplies the odds of a loss, and speeds up the orders survived: what the module's head claims."""
    frame = pd.DataFrame({"channel": ["shop", "shop", "app"]})
    delta = float(np.log(2.0))
    model = WithCovariates.known(BGNBD.known(0.8, 12.0, 0.9, 40.0), frame, loss={"channel=app": delta})
    new = Summary(np.zeros(3), np.zeros(3), np.zeros(3))
    # After all time everybody has ordered, and has ordered n times who was lost at the nth.
    lost_at = model.purchase_distribution(1e15, 100, new, frame)[1:]
    first = lost_at[:, 1]
    odds = first / (1.0 - first)
    assert odds == pytest.approx([0.9 / 40.0, 1.8 / 40.0], rel=1e-9)
    assert odds[1] / odds[0] == pytest.approx(np.exp(delta), rel=1e-9)
    survived = 1.0 - np.cumsum(lost_at, axis=1)
    for n in (5, 20, 50):
        assert survived[1, n] == pytest.approx(survived[0, 2 * n], rel=0.02)  # alike up to 1/b
        assert survived[1, n] < 0.99 * survived[0, n]


def test_pareto_nbd_likelihood_against_adaptive_quadrature(frame: pd.DataFrame) -> None:
    summary, model = histories(PARETO, frame, 76), truth(PARETO, frame)
    each, r, s = model.log_likelihood(summary, frame), 0.9, 0.7
    age = frame["age"] - frame["age"].mean()
    for i in range(0, 400, 37):
        alpha = 10.0 * np.exp(-RHYTHM["age"] * age[i] - {"shop": 0.0, "app": 0.5, "web": -0.4}[frame["channel"][i]])
        beta = 20.0 * np.exp(
            -{"shop": 0.0, "app": -0.6, "web": 0.3}[frame["channel"][i]] - 0.5 * (frame["gender"][i] == "m")
        )
        x, t_x, T = summary.frequency[i], summary.recency[i], summary.T[i]
        front = float(mpmath.rf(r, int(x))) * alpha**-x
        alive = (1 + T / alpha) ** -(r + x) * (1 + T / beta) ** -s

        def lost_at(t: float, x: float = x, alpha: float = alpha, beta: float = beta) -> float:
            return float((1 + t / alpha) ** -(r + x) * s / (beta + t) * (1 + t / beta) ** -s)

        lost = quad(lost_at, t_x, T, epsabs=0.0, epsrel=1e-12)[0]
        assert each[i] == pytest.approx(np.log(front * (alive + lost)), rel=1e-9, abs=1e-10)


# -- no effect --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", BASES)
def test_without_effect_it_is_the_plain_model(base: Model, frame: pd.DataFrame) -> None:
    summary = histories(base, frame, 77)
    none = {"channel=app": 0.0, "channel=web": 0.0, "age": 0.0}
    model = WithCovariates.known(base, frame, rhythm=none, loss={"gender=m": 0.0})
    assert model.log_likelihood(summary, frame) == pytest.approx(base.log_likelihood(summary), rel=1e-12, abs=1e-12)
    assert model.probability_alive(summary, frame) == pytest.approx(base.probability_alive(summary), rel=1e-12)
    expected = base.expected_purchases(26.0, summary)
    assert model.expected_purchases(26.0, summary, frame) == pytest.approx(expected, rel=1e-12)
    chances = base.purchase_distribution(26.0, 5, summary)
    np.testing.assert_allclose(model.purchase_distribution(26.0, 5, summary, frame), chances, rtol=1e-12)
    t = np.array([[0.0, 1.0], [10.0, 500.0]])
    for covariates in (None, {"channel": "web", "age": 50, "gender": "m"}):
        new = model.expected_purchases_new(t, covariates)
        assert new.shape == (2, 2)
        assert new == pytest.approx(base.expected_purchases_new(t), rel=1e-12)
    ours = model.simulate(400, 50.0, np.random.default_rng(5), frame)
    theirs = base.simulate(400, 50.0, np.random.default_rng(5))
    assert (ours.customer == theirs.customer).all()
    assert ours.time == pytest.approx(theirs.time, rel=1e-12)


@pytest.mark.parametrize("base", BASES)
def test_covariates_that_do_nothing_are_told_so(base: Model) -> None:
    """12 data sets without effect: coefficients within 5 errors of 0, and p-values that are uniform, not small."""
    p_values = []
    for seed in range(12):
        frame = people(1_500, 100 + seed)
        rng = np.random.default_rng(200 + seed)
        summary = base.simulate(1_500, rng.uniform(30.0, 80.0, 1_500), rng).summary()
        fitted = WithCovariates(type(base)(), rhythm=["channel", "age"], loss=["gender"]).fit(summary, frame)
        assert fitted.converged_
        assert not fitted.prior_used_
        wanted = dict.fromkeys(fitted.names_, 0.0) | base.params_
        assert max(distances(fitted, wanted).values()) < 5
        assert fitted.likelihood_ratio_ is not None
        assert fitted.likelihood_ratio_.df == 4
        p_values.append(fitted.likelihood_ratio_.p_value)
    # Kolmogorov-Smirnov at 12: 0.53 is exceeded by chance 1 time in 1,000.
    ranked = np.sort(p_values)
    assert np.abs(ranked - (np.arange(12) + 0.5) / 12).max() < 0.53


def test_no_effect_on_spend(frame: pd.DataFrame) -> None:
    base, rng = GammaGamma.known(6.0, 3.7, 15.0), np.random.default_rng(78)
    counts = rng.geometric(0.4, 400) - 1.0
    summary = Summary(counts, counts * 1.0, counts + 10.0, base.simulate(counts, rng))
    model = GammaGammaWithCovariates.known(base, frame, {"channel=app": 0.0, "channel=web": 0.0})
    expected = base.expected_average_spend(summary)
    assert model.expected_average_spend(summary, frame) == pytest.approx(expected, rel=1e-12)
    assert model.expected_spend_new({"channel": "app"}) == pytest.approx(base.expected_spend_new_, rel=1e-12)
    fitted = GammaGammaWithCovariates(["channel"]).fit(summary, frame)
    assert fitted.likelihood_ratio_ is not None
    assert 1e-4 < fitted.likelihood_ratio_.p_value <= 1.0
    wanted = base.params_ | {"spend: channel=app": 0.0, "spend: channel=web": 0.0}
    assert max(distances(fitted, wanted).values()) < 5


# -- recovery ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=BASES)
def recovered(request: pytest.FixtureRequest) -> tuple[Model, pd.DataFrame, Summary, WithCovariates]:
    frame = people(12_000, 79)
    summary = histories(request.param, frame, 80)
    return request.param, frame, summary, WithCovariates(type(request.param)(), **COLUMNS).fit(summary, frame)


def test_coefficients_are_recovered(recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates]) -> None:
    base, _, summary, fitted = recovered
    assert fitted.converged_
    assert not fitted.prior_used_
    assert "channel = shop, age = 38" in fitted.message_
    wanted = base.params_ | {f"rhythm: {k}": v for k, v in RHYTHM.items()} | {f"loss: {k}": v for k, v in LOSS.items()}
    off = distances(fitted, wanted)
    assert set(off) == set(wanted)
    assert max(off.values()) < 5, off
    # Errors small enough that 5 of them do not excuse everything: every effect is seen.
    table = fitted.effects()
    assert (table["p_value"] < 1e-3).all()
    assert list(table["times"]) == pytest.approx(np.exp(table["coefficient"]))
    assert fitted.likelihood_ratio_ is not None
    assert (fitted.likelihood_ratio_.df, fitted.likelihood_ratio_.p_value) == (6, pytest.approx(0.0, abs=1e-20))
    assert fitted.log_likelihood().sum() == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    assert fitted.aic_ == pytest.approx(20 - 2 * fitted.log_likelihood().sum(), rel=1e-12)
    assert fitted.bic_ == pytest.approx(10 * np.log(len(summary)) - 2 * fitted.log_likelihood().sum(), rel=1e-12)
    assert (fitted.covariance_ == fitted.covariance_.T).all()


def test_it_is_a_maximum(recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates]) -> None:
    base, frame, summary, fitted = recovered
    assert fitted.log_likelihood_ is not None
    for process, name in (("rhythm", "age"), ("loss", "gender=m"), ("rhythm", "channel=app")):
        error = fitted.standard_errors_[f"{process}: {name}"]
        for side in (-0.1, 0.1):
            moved = {p: dict(values) for p, values in fitted.coefficients_.items()}
            moved[process][name] += side * error
            aside = WithCovariates.known(type(base).known(**fitted.params_), frame, **moved)
            assert aside.log_likelihood(summary, frame).sum() < fitted.log_likelihood_ - 1e-3


def test_draws_have_the_fitted_errors(recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates]) -> None:
    fitted = recovered[3]
    draws = fitted.sample_posterior(20_000, np.random.default_rng(6))
    assert tuple(draws) == fitted.names_
    for i, name in enumerate(fitted.names_):
        values = np.log(draws[name]) if i < 4 else draws[name]
        # A standard deviation of n normal draws is off by 1/sqrt(2n).
        assert values.std() == pytest.approx(np.sqrt(fitted.covariance_[i, i]), rel=5 / np.sqrt(40_000))


def test_forecasts_of_a_group_come_true(recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates]) -> None:
    """The app's new customers buy as expected of them; the model without covariates is wrong about them."""
    base, frame, _, fitted = recovered
    app = frame[frame["channel"] == "app"].reset_index(drop=True)
    rng = np.random.default_rng(81)
    bought = truth(base, frame).simulate(len(app), 60.0, rng, app).summary().frequency
    error = float(bought.std() / np.sqrt(bought.size))
    assert fitted.without_ is not None
    assert abs(bought.mean() - float(fitted.without_.expected_purchases_new(60.0))) > 5 * error
    assert abs(bought.mean() - fitted.expected_purchases_new(60.0, app).mean()) < 5 * error


def test_weeks_and_days_agree(recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates]) -> None:
    _, frame, summary, fitted = recovered
    weeks = WithCovariates(fitted._base(), **COLUMNS).fit(summary.in_weeks(), frame)
    for name in fitted.parameters:
        unit = 7.0 if name in fitted.times else 1.0
        assert weeks.params_[name] * unit == pytest.approx(fitted.params_[name], rel=1e-9)
    for process, values in fitted.coefficients_.items():
        assert weeks.coefficients_[process] == pytest.approx(values, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(weeks.covariance_, fitted.covariance_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(weeks.expected_purchases(10.0), fitted.expected_purchases(70.0), rtol=1e-9)


def test_a_climb_that_begins_on_some_customers_ends_at_the_same_maximum(
    recovered: tuple[Model, pd.DataFrame, Summary, WithCovariates], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, frame, summary, fitted = recovered
    monkeypatch.setattr("models.families.covariates.model._START_CUSTOMERS", 1_500)
    again = WithCovariates(fitted._base(), **COLUMNS).fit(summary, frame)
    assert again._flat() == pytest.approx(fitted._flat(), rel=1e-8, abs=1e-8)
    assert again.message_ != fitted.message_  # in other steps


def test_units_of_a_number_do_not_matter(frame: pd.DataFrame) -> None:
    summary = histories(BG, frame, 82)
    years = WithCovariates(BGNBD(), rhythm=["age"]).fit(summary, frame)
    hours = WithCovariates(BGNBD(), rhythm=["age"]).fit(summary, frame.assign(age=frame["age"] * 8_766.0))
    assert hours.coefficients_["rhythm"]["age"] * 8_766.0 == pytest.approx(
        years.coefficients_["rhythm"]["age"], rel=1e-9
    )
    name = "rhythm: age"
    assert hours.standard_errors_[name] * 8_766.0 == pytest.approx(years.standard_errors_[name], rel=1e-7)
    assert hours.log_likelihood_ == pytest.approx(years.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("q", [0.8, 3.7])
def test_effects_on_spend_are_recovered(q: float) -> None:
    frame, rng = people(12_000, 84), np.random.default_rng(85)
    base = GammaGamma.known(6.0, q, 15.0, mean_spend=40.0)
    effects = {"channel=app": -0.4, "channel=web": 0.25, "age": 0.01}
    model = GammaGammaWithCovariates.known(base, frame, effects)
    counts = rng.geometric(0.4, len(frame)) - 1.0
    summary = Summary(counts, counts * 1.0, counts + 10.0, model.simulate(counts, rng, frame))
    fitted = GammaGammaWithCovariates(["channel", "age"]).fit(summary, frame)
    assert fitted.converged_
    assert not fitted.prior_used_
    assert max(distances(fitted, base.params_ | {f"spend: {k}": v for k, v in effects.items()}).values()) < 5
    assert (fitted.effects()["p_value"] < 1e-4).all()
    assert fitted.mean_exists_ == (q > 1)
    assert ("infinite" in fitted.message_) == (q < 1)
    ratio = fitted.expected_spend_new({"channel": "app", "age": 38.0}) / fitted.expected_spend_new(
        {"channel": "shop", "age": 38.0}
    )
    assert ratio == pytest.approx(np.exp(fitted.coefficients_["spend"]["channel=app"]), rel=1e-12)
    assert (fitted.expected_average_spend() > 0).all()
    assert summary.monetary_value is not None
    # Another currency: the same effects, another v.
    yen = Summary(counts, summary.recency, summary.T, summary.monetary_value * 150.0)
    other = GammaGammaWithCovariates(["channel", "age"]).fit(yen, frame)
    assert other.coefficients_["spend"] == pytest.approx(fitted.coefficients_["spend"], rel=1e-8)
    assert other.params_["v"] == pytest.approx(150.0 * fitted.params_["v"], rel=1e-8)
    np.testing.assert_allclose(other.expected_average_spend(), 150.0 * fitted.expected_average_spend(), rtol=1e-8)
