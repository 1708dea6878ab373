"""Posteriors of every model: likelihoods of many points against the objective and mpmath, draws against slower ways."""

import warnings
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_bb import BGBB
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.covariates import WithCovariates
from models.families.covariates.informed import Informed
from models.families.covariates.target import target_of_informed
from models.families.identified import WeaklyIdentified
from models.families.model import Model
from models.families.nbd import NBD
from models.families.pareto_nbd import ParetoNBD
from models.families.pareto_nbd.points import log_lost
from models.families.posterior import ParameterDraws, sample_posterior
from models.families.posterior import draws as posterior_draws
from models.families.posterior.ensemble import WALKERS, effective_draws, walk
from models.families.posterior.targets import by_objective, target_of
from models.numerics.points import log_alive_or_lost, merged, rises

MODELS: dict[str, Model] = {
    "bg-nbd": BGNBD.known(0.25, 30.0, 0.8, 2.5),
    "mbg-nbd": MBGNBD.known(0.5, 40.0, 0.8, 2.5),
    "bg-cnbd-2": BGCNBDk.known(0.3, 15.0, 0.8, 2.5, k=2),
    "mbg-cnbd-3": MBGCNBDk.known(0.5, 12.0, 0.8, 2.5, k=3),
    "bg-cnbd-400": BGCNBDk.known(0.5, 0.1, 0.8, 2.5, k=400),
    "nbd": NBD.known(0.4, 70.0),
    "pareto-nbd": ParetoNBD.known(0.55, 74.0, 0.6, 80.0),
    "bg-bb": BGBB.known(1.2, 0.75, 0.66, 2.8),
}


def even_gaps(x: np.ndarray, tau_x: np.ndarray) -> np.ndarray:
    """Sums of the logarithms of gaps that are all alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x > 0, x * np.log(tau_x / x), 0.0)


def gathered(x: list[int], recency: list[int], T: list[int]) -> Summary:
    """A few histories."""
    each = np.array([x, recency, T], dtype=np.float64)
    return Summary(each[0], each[1], each[2], log_gaps=even_gaps(each[0], each[1]))


HEAVY = gathered([0, 1, 5_000, 3, 700, 1, 2, 0], [0, 3, 299, 300, 12, 1, 300, 0], [300, 300, 300, 300, 300, 1, 301, 0])
PERIODS = gathered([0, 1, 3, 3, 30, 299, 1, 0], [0, 3, 40, 300, 30, 300, 1, 0], [300, 300, 300, 300, 31, 300, 1, 2])


def on_clock(sample: Summary) -> Summary:
    """Times on no grid, some of which occur twice."""
    some = sample[:300]
    tau_T = some.T + 3.0 * np.sin(some.T)
    tau_x = some.recency * (tau_T / some.T)
    gaps = even_gaps(some.frequency, tau_x)
    return Summary(some.frequency, some.recency, some.T, tau_x=tau_x, tau_T=tau_T, log_gaps=gaps)


def in_periods(sample: Summary) -> Summary:
    """Weeks as periods."""
    some = sample[:300]
    last = np.where(some.frequency > 0, np.maximum(some.recency // 7, 1.0), 0.0)
    return Summary(np.minimum(some.frequency, last), last, np.maximum(some.T // 7, last))


# -- many points at once -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("spread", [0.3, 1.5, 4.0])
@pytest.mark.parametrize("of", ["log", "clock", "heavy"])
def test_many_points_have_the_values_of_the_objective(key: str, spread: float, of: str, sample: Summary) -> None:
    """To 1e-10 at random points, up to parameters a factor of e^12 away from the usual and from each other."""
    model = MODELS[key]
    if key == "bg-bb" and of == "clock":
        pytest.skip("a model of periods knows no clock")
    if key == "bg-cnbd-400" and of == "heavy":
        pytest.skip(
            "the objective adds up the logarithms of 2,000,000 hidden events, which costs it more digits than asked"
        )
    if key == "bg-bb":
        summary = PERIODS if of == "heavy" else in_periods(sample)
    else:
        summary = {"log": sample[:300], "clock": on_clock(sample), "heavy": HEAVY}[of]
    target = target_of(model, summary)
    rng = np.random.default_rng(31)
    points = 40 if key != "bg-bb" else 12
    u = np.log(list(model.params_.values())) + spread * rng.standard_normal((points, len(model.parameters)))
    np.testing.assert_allclose(target.many(u), by_objective(target.likelihood)(u), rtol=1e-10)
    np.testing.assert_array_equal(target.many(u[:0]), [])


def exact(x: float, tau_x: float, tau_T: float, theta: np.ndarray) -> mp.mpf:
    """ln L of one history under Pareto/NBD as published: Fader & Hardie (2005), eqs. 15 and 16, a difference."""
    r, alpha, s, beta = map(mp.mpf, map(float, theta))
    most, least, b, c = max(alpha, beta), min(alpha, beta), s + 1 if alpha >= beta else r + x, r + s + x + 1

    def term(t: float) -> mp.mpf:
        return mp.hyp2f1(c - 1, b, c, (most - least) / (most + t), maxterms=10**6) / (most + t) ** (c - 1)

    alive = (alpha + tau_T) ** -(r + x) * (beta + tau_T) ** -s
    likelihood = alpha**r * beta**s * (alive + s / (c - 1) * (term(tau_x) - term(tau_T)))
    return mp.loggamma(r + x) - mp.loggamma(r) + mp.log(likelihood)


@pytest.mark.parametrize(
    "history", [(0, 0, 273), (1, 2, 273), (3, 270, 273), (29, 31, 273), (400, 200, 273), (2, 9, 9)]
)
def test_pareto_nbd_of_one_history_against_mpmath(history: tuple[int, int, int]) -> None:
    """The error bound of a row: 1e-9, and in fact a few roundings of what is added up."""
    x, tau_x, tau_T = map(float, history)
    rng = np.random.default_rng(int(x))
    u = np.log([0.55, 74.0, 0.6, 80.0]) + np.concatenate([np.zeros((1, 4)), 2.0 * rng.standard_normal((7, 4))])
    found = ParetoNBD()._log_likelihoods(gathered([history[0]], [history[1]], [history[2]]))(u)
    with mp.workdps(60):
        for value, point in zip(found, u, strict=True):
            right = float(exact(x, tau_x, tau_T, np.exp(point)))
            assert abs(value - right) < min(1e-9, 1e-13 * (10.0 + 10.0 * x))


def test_chance_to_be_lost_before_the_next_purchase_against_mpmath() -> None:
    """s/(R+s) 2F1(1, R; R+s+1; 1 - e^y) in every corner, to 1e-12."""
    rng = np.random.default_rng(32)
    with mp.workdps(40):
        for _ in range(60):
            R, s, y = np.exp(rng.uniform(-10, 9)), np.exp(rng.uniform(-10, 9)), rng.uniform(-5.0, 5.0)
            c = mp.mpf(R) + mp.mpf(s) + 1
            right = mp.log(mp.mpf(s) / (c - 1) * mp.hyp2f1(1, mp.mpf(R), c, 1 - mp.exp(mp.mpf(y)), maxterms=10**6))
            found = log_lost(np.array([[R]]), np.array([s]), np.array([[y]]))
            assert found[0, 0, 0] == pytest.approx(float(right), abs=1e-12, rel=1e-13)


def test_pieces_of_the_sums() -> None:
    (a, b), count = merged(
        [np.array([1.5, 0.1, 1.5, 1.5]), np.array([2.0, 2.0, 2.0, 3.0])], np.array([1.0, 2.0, 4.0, 8.0])
    )
    assert [tuple(row) for row in zip(a, b, count, strict=True)] == [(0.1, 2.0, 2.0), (1.5, 2.0, 5.0), (1.5, 3.0, 8.0)]
    (none,), count = merged([np.zeros(0)], np.zeros(0))
    assert none.size == count.size == 0
    shape = np.array([1e-8, 0.5, 3.0, 1e9])
    for n in (np.arange(5.0), np.array([0.0, 20_000.0])):  # added up, and by ln Gamma
        with mp.workdps(40):
            right = [[float(mp.loggamma(mp.mpf(r) + i) - mp.loggamma(mp.mpf(r))) for r in shape] for i in n]
        np.testing.assert_allclose(rises(shape, n), right, rtol=1e-9 if n[-1] > 5 else 1e-12, atol=1e-8 * (n[-1] > 5))
    odds, later = np.array([[-np.inf, np.log(0.3), 20.0, 800.0]]), np.array([[0.0, 0.3, 0.5, 0.5]])
    np.testing.assert_allclose(log_alive_or_lost(odds, later), [[0.0, 0.0, 20.0, 800.0]], atol=1e-8)


# -- draws -------------------------------------------------------------------------------------------------------------


def of_simulated(key: str, n: int) -> Model:
    """The model fitted to customers it has made itself."""
    rng = np.random.default_rng(33)
    T = rng.integers(10, 30, n).astype(float) if key == "bg-bb" else rng.integers(100, 400, n).astype(float)
    model = MODELS[key]
    summary = model.simulate(n, T, rng).summary()
    made = type(model)(model.k_) if isinstance(model, (BGCNBDk, MBGCNBDk)) else type(model)()
    return made.fit(summary)


@pytest.mark.parametrize("key", ["mbg-cnbd-3", "nbd", "pareto-nbd"])
def test_the_slow_way_gives_the_same_draws(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same generator, each point by the objective with derivatives: the same draws to rounding."""
    model = of_simulated(key, 250)
    quick = sample_posterior(model, 150, np.random.default_rng(34), "weak")
    for owner in type(model).__mro__:
        for name in ("_log_likelihoods", "_log_weak_prior"):
            if name in vars(owner):
                monkeypatch.delattr(owner, name)
    monkeypatch.setattr(posterior_draws, "_WORK", 1e9)
    slow = sample_posterior(model, 150, np.random.default_rng(34), "weak")
    assert slow.method == quick.method and slow.pareto_k == pytest.approx(quick.pareto_k, abs=1e-6)
    for name in quick:
        np.testing.assert_allclose(slow[name], quick[name], rtol=1e-9)


@pytest.mark.parametrize("key", ["mbg-cnbd-3", "pareto-nbd", "bg-bb"])
def test_a_long_chain_gives_the_same_posterior(key: str) -> None:
    """Goodman & Weare's walkers from the exact density: means and spreads of the logarithms within 5 standard errors."""
    model = of_simulated(key, 600)
    draws = sample_posterior(model, 6_000, np.random.default_rng(35), "weak")
    assert draws.method in ("importance", "refitted importance") and draws.pareto_k < 0.7
    assert model.summary_ is not None
    target = target_of(model, model.summary_)
    start = np.log(list(model.params_.values()))
    starts = (
        start + 0.5 * np.random.default_rng(36).standard_normal((WALKERS, 4)) @ np.linalg.cholesky(model.covariance_).T
    )
    with np.errstate(all="ignore"):
        chain = walk(lambda u: target.many(u) + target.weak_prior(u), starts, 1_200, np.random.default_rng(37))[200:]
    ess = effective_draws(chain)
    assert ess > 500
    for i, x in enumerate(draws.values()):
        mine, other = np.log(x), chain[:, :, i]
        error = np.sqrt(1.0 / draws.ess + 1.0 / ess)
        kurtosis = (((other - other.mean()) / other.std()) ** 4).mean()
        assert abs(mine.mean() - other.mean()) < 5 * error * other.std()
        assert abs(mine.std() / other.std() - 1.0) < 5 * error * np.sqrt((kurtosis - 1.0) / 4.0)


@pytest.mark.parametrize("make", [BGNBD, MBGNBD, BGCNBDk, MBGCNBDk, NBD, ParetoNBD])
def test_every_model_on_a_real_log(make: Callable[[], Model], sample: Summary) -> None:
    """CDNOW's sample: importance sampling serves, k is good, and draws lie where the fit is, whatever the unit of time."""
    model = make().fit(sample)
    for prior in ("flat", "weak"):
        draws = model.sample_posterior(2_000, np.random.default_rng(38), prior)
        assert isinstance(draws, ParameterDraws)
        assert draws.method in ("importance", "refitted importance")
        assert draws.pareto_k < 0.7
        assert draws.ess > 800
        assert "2,000 draws by importance sampling" in draws.message
        for name, spread in zip(model.parameters, np.sqrt(np.diag(model.covariance_)), strict=True):
            assert abs(np.median(np.log(draws[name])) - np.log(model.params_[name])) < spread
        if make is ParetoNBD and prior == "flat":  # s and beta run off together: all customers of one hazard
            assert draws.prior == "weak" and "under a flat prior the posterior runs off" in draws.message
    weeks = make().fit(sample.in_weeks()).sample_posterior(2_000, np.random.default_rng(38), "weak")
    for name in model.parameters:
        np.testing.assert_allclose(draws[name], (7.0 if name in model.times else 1.0) * weeks[name], rtol=1e-6)


def test_nobody_has_bought_again(sample: Summary) -> None:
    """Then the prior on the mean rate joins the weak one, whatever the model."""
    none = np.zeros(50)
    for model in (BGNBD(), MBGNBD(), NBD(), ParetoNBD()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WeaklyIdentified)
            model.fit(Summary(none, none, none + 60.0))
        assert model.summary_ is not None
        target = target_of(model, model.summary_)
        u = np.log(list(model.params_.values())) + np.random.default_rng(39).standard_normal(
            (20, len(model.parameters))
        )
        alone = by_objective(target.weak)(u) - by_objective(target.likelihood)(u)
        np.testing.assert_allclose(target.weak_prior(u), alone, rtol=1e-9, atol=1e-9)
        draws = model.sample_posterior(200, np.random.default_rng(40))
        assert draws.prior == "weak" and all(np.isfinite(x).all() for x in draws.values())  # type: ignore[attr-defined]


def test_what_is_done_where_each_point_takes_long(sample: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The normal approximation only where exact weights agree with it, else few points, and both are said."""
    monkeypatch.setattr(posterior_draws, "_WORK", 1.0)
    skewed = BGNBD().fit(sample).sample_posterior(1_000, np.random.default_rng(41), "weak")
    assert isinstance(skewed, ParameterDraws)
    assert skewed.method == "importance" and "from 500 points" in skewed.message and "good below 0.63" in skewed.message
    assert 100 < skewed.ess < 500
    even = NBD().fit(sample).sample_posterior(1_000, np.random.default_rng(41), "weak")
    assert isinstance(even, ParameterDraws)
    assert even.method == "normal" and "40 draws weighed by the exact posterior" in even.message


# -- covariates --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[BGNBD, ParetoNBD])
def informed(request: pytest.FixtureRequest) -> tuple[Informed, Summary, pd.DataFrame]:
    rng = np.random.default_rng(42)
    n = 900
    frame = pd.DataFrame({"customer": [f"c{i}" for i in range(n)], "channel": rng.choice(["app", "shop", "web"], n)})
    frame["age"] = rng.integers(20, 60, n) * 1_000.0
    base = BGNBD.known(0.8, 12.0, 0.9, 4.0) if request.param is BGNBD else ParetoNBD.known(0.8, 12.0, 0.9, 40.0)
    made = base.simulate(n, np.full(n, 80.0), rng).summary()
    summary = Summary(made.frequency, np.ceil(made.recency), made.T, customer=frame["customer"].to_numpy(dtype=object))
    fitted = WithCovariates(type(base)(), rhythm=["channel"], loss=["channel"]).fit(summary, frame)
    return Informed(fitted, type(base)().fit(summary), frame), summary, frame


def test_covariates_many_points(informed: tuple[Informed, Summary, pd.DataFrame]) -> None:
    model, summary, frame = informed
    by_age = WithCovariates(type(model.base)(), rhythm=["age"], loss=["channel"]).fit(summary, frame)
    for fitted in (model.fitted, by_age):
        target = target_of_informed(fitted, model.base)
        values = np.array(list(fitted._flat().values()))
        here = target.at(values)
        np.testing.assert_allclose(target.values(here[None, :])[0], values, rtol=1e-12)
        u = here + 0.7 * np.random.default_rng(43).standard_normal((30, here.size))
        np.testing.assert_allclose(target.many(u), by_objective(target.likelihood)(u), rtol=1e-10)
        assert target.many(here[None, :])[0] == pytest.approx(fitted.log_likelihood_, rel=1e-10)


def test_covariates_draws(informed: tuple[Informed, Summary, pd.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact draws lie where the fit is; coefficients may be negative; the slow way agrees within 5 standard errors."""
    model, _, _ = informed
    draws = model.sample_posterior(2_000, np.random.default_rng(44), "weak")
    assert isinstance(draws, ParameterDraws)
    assert set(draws) == set(model.params_)
    assert "importance" in draws.method and draws.pareto_k < 0.7 and draws.ess > 600
    spread = np.sqrt(np.diag(model.covariance_))
    for name, sd in zip(model.parameters, spread, strict=True):
        logs = name in model.base.params_
        x, at = (np.log(draws[name]), np.log(model.params_[name])) if logs else (draws[name], model.params_[name])
        assert abs(np.median(x) - at) < sd
        assert 0.5 < x.std() / sd < 2.0
    assert min(draws[name].min() for name in draws if ": " in name) < 0
    monkeypatch.setattr("models.families.covariates.target._KINDS", 0)
    slow = model.sample_posterior(2_000, np.random.default_rng(45), "weak")
    assert isinstance(slow, ParameterDraws)
    for name, x in draws.items():
        if ": " in name:
            assert abs(x.mean() - slow[name].mean()) < 5 * x.std() * np.sqrt(1.0 / draws.ess + 1.0 / slow.ess)


def test_covariates_priors_and_refusals(informed: tuple[Informed, Summary, pd.DataFrame]) -> None:
    """An own prior speaks of the coefficients themselves, a sharp one decides; nonsense is refused."""
    model, _, _ = informed
    name = "rhythm: channel=web" if "rhythm: channel=web" in model.params_ else list(model.params_)[4]
    at = list(model.params_).index(name)
    sharp = model.sample_posterior(
        500,
        np.random.default_rng(46),
        lambda u: -0.5 * ((u[:, at] - 0.3) / 1e-3) ** 2 - 0.5 * (u[:, :4] ** 2).sum(axis=1) / 9.0,
    )
    assert sharp[name].mean() == pytest.approx(0.3, abs=5e-4)
    with pytest.raises(BadInput, match="ask for at least 1"):
        model.sample_posterior(0, np.random.default_rng(0))
    with pytest.raises(BadInput, match="the prior is 'normal'"):
        model.sample_posterior(1, np.random.default_rng(0), "normal")
