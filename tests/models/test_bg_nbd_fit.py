"""Fitting BG/NBD: what was simulated comes back; units, order and merging do not matter; what cannot be told is said.

Statistical tests have fixed seeds and tolerances of 5 standard errors (of the fit, or of the mean of draws), which a
right program misses once in 1.7 million comparisons.
"""

import warnings

import numpy as np
import pytest

from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD, WeaklyIdentified
from models.families.bg_nbd import likelihood as lik
from models.numerics.arrays import Floats

TRUTH = {"r": 0.25, "alpha": 33.0, "a": 0.75, "b": 2.2}


def within_five(fitted: BGNBD, truth: dict[str, float]) -> None:
    for k, name in enumerate(("r", "alpha", "a", "b")):
        error = np.log(fitted.params_[name] / truth[name]) / np.sqrt(fitted.covariance_[k, k])
        assert abs(error) < 5, (name, fitted.params_[name], error)


def test_simulated_customers_give_back_the_parameters() -> None:
    rng = np.random.default_rng(11)
    T = rng.uniform(100.0, 400.0, 30_000)
    within_five(BGNBD().fit(BGNBD.known(**TRUTH).simulate(30_000, T, rng).summary()), TRUTH)


def test_also_where_a_plus_b_is_below_one() -> None:
    truth = {"r": 0.4, "alpha": 8.0, "a": 0.15, "b": 0.35}
    rng = np.random.default_rng(12)
    within_five(BGNBD().fit(BGNBD.known(**truth).simulate(20_000, 300.0, rng).summary()), truth)


def simulate_clock(
    n: int, days: int, m: Floats, exponents: Floats, truth: dict[str, float], rng: np.random.Generator
) -> Summary:
    """Orders under daily multipliers `m` (days,) of the clock; the j-th order survived with (1-p)^exponents[j-1]."""
    clock = np.concatenate([[0.0], np.cumsum(m)])
    first = rng.integers(0, 60, n)
    rate = rng.gamma(truth["r"], 1 / truth["alpha"], n)
    loss = rng.beta(truth["a"], truth["b"], n)
    x, tau_x, G, before, logs = (np.zeros(n) for _ in range(5))
    last = np.zeros(n)
    now, alive = clock[first].copy(), np.ones(n, dtype=bool)
    while alive.any():
        now += rng.standard_exponential(n) / rate
        alive &= now <= clock[-1]
        day = np.searchsorted(clock, now[alive], side="right") - 1
        g = exponents[np.minimum(x[alive].astype(int), exponents.size - 1)]
        calendar = day + (now[alive] - clock[day]) / m[day]
        x[alive] += 1
        tau_x[alive] = now[alive] - clock[first[alive]]
        last[alive] = calendar - first[alive]
        before[alive] = G[alive]
        G[alive] += g
        logs[alive] += np.log(m[day])
        alive[alive] = rng.random(int(alive.sum())) < (1 - loss[alive]) ** g
    T = (days - first).astype(np.float64)
    tau_T = clock[-1] - clock[first]
    return Summary(x, last, T, tau_x=tau_x, tau_T=tau_T, G_x=G, G_before=before, log_rates=logs)


def test_operational_time_with_exponents_gives_back_the_parameters() -> None:
    rng = np.random.default_rng(13)
    days = 330
    m = 1.0 + 0.6 * np.sin(np.arange(days) / 9.0) + 1.5 * (rng.random(days) < 0.05)
    exponents = np.array([1.8, 1.2, 0.8, 0.5, 0.4])
    truth = {"r": 0.5, "alpha": 30.0, "a": 0.9, "b": 2.5}
    summary = simulate_clock(40_000, days, m, exponents, truth, rng)
    within_five(BGNBD().fit(summary), truth)
    # The calendar's clock with exponents 1 is the wrong model here, and the likelihood knows.
    right = BGNBD().fit(summary).log_likelihood_
    wrong = BGNBD().fit(Summary(summary.frequency, summary.recency, summary.T)).log_likelihood_
    assert right is not None
    assert wrong is not None
    assert right > wrong + 100


def test_the_effect_inside_the_clock_is_where_the_likelihood_peaks() -> None:
    """A multiplier of 1.5 on every second fortnight: the profile over it peaks within 5 standard errors of the truth."""
    rng = np.random.default_rng(14)
    days, truth = 300, {"r": 0.6, "alpha": 20.0, "a": 0.8, "b": 2.5}
    on = (np.arange(days) // 14) % 2 == 1
    one = np.ones(1)
    simulated = simulate_clock(20_000, days, np.where(on, 1.5, 1.0), one, truth, rng)
    assert simulated.log_rates is not None
    boosted = simulated.log_rates / np.log(1.5)  # orders on days of the effect
    first = np.rint(days - simulated.T).astype(int)

    def fitted(effect: float) -> float:
        clock = np.concatenate([[0.0], np.cumsum(np.where(on, effect, 1.0))])
        at = first + simulated.recency
        whole = np.minimum(at.astype(int), days - 1)
        tau_x = clock[whole] + (at - whole) * np.where(on, effect, 1.0)[whole] - clock[first]
        summary = Summary(
            simulated.frequency,
            simulated.recency,
            simulated.T,
            tau_x=np.where(simulated.frequency > 0, tau_x, 0.0),
            tau_T=clock[-1] - clock[first],
            log_rates=boosted * np.log(effect),
        )
        value = BGNBD().fit(summary).log_likelihood_
        assert value is not None
        return value

    grid = np.array([1.4, 1.5, 1.6])
    values = np.array([fitted(e) for e in grid])
    curve = np.polyfit(grid - 1.5, values, 2)
    peak, error = -curve[1] / (2 * curve[0]), np.sqrt(-0.5 / curve[0])
    assert abs(peak) < 5 * error
    assert error < 0.05


def test_gradient_and_hessian_against_finite_differences(sample: Summary) -> None:
    rng = np.random.default_rng(15)
    x = sample.frequency
    G_before = np.maximum(x - 1, 0) * 0.7
    plain = lik.objective(lik.histories(x, sample.recency, sample.T, None, None))
    bent = lik.objective(lik.histories(x, sample.recency, sample.T, np.where(x > 0, G_before + 1.3, 0.0), G_before))
    h = 1e-5 * np.eye(4)
    for objective in (plain, bent, lik.with_prior(plain)):
        for _ in range(3):
            u = np.log([0.3, 30.0, 0.8, 2.4]) + rng.normal(0, 0.5, 4)
            _, gradient, hessian = objective(u)
            numeric = [(objective(u + d)[0] - objective(u - d)[0]) / 2e-5 for d in h]
            numeric2 = np.array([(objective(u + d)[1] - objective(u - d)[1]) / 2e-5 for d in h])
            assert gradient == pytest.approx(numeric, rel=1e-6, abs=1e-4)
            assert hessian == pytest.approx(numeric2, rel=1e-6, abs=1e-4)
            assert hessian == pytest.approx(hessian.T, abs=1e-9)


def test_weeks_or_days(sample: Summary, rhythm: BGNBD) -> None:
    weeks = BGNBD().fit(sample.in_weeks())
    assert weeks.params_["alpha"] * 7 == pytest.approx(rhythm.params_["alpha"], rel=1e-9)
    for name in ("r", "a", "b"):
        assert weeks.params_[name] == pytest.approx(rhythm.params_[name], rel=1e-9)
    orders = sample.frequency.sum()
    assert rhythm.log_likelihood_ is not None
    assert weeks.log_likelihood_ == pytest.approx(rhythm.log_likelihood_ + orders * np.log(7.0), rel=1e-9)
    assert weeks.covariance_ == pytest.approx(rhythm.covariance_, rel=1e-7)
    assert weeks.expected_purchases(52.0) == pytest.approx(rhythm.expected_purchases(364.0), rel=1e-9)
    assert weeks.probability_alive() == pytest.approx(rhythm.probability_alive(), rel=1e-9)


def test_order_of_rows_does_not_matter(sample: Summary, rhythm: BGNBD) -> None:
    shuffled = sample[np.random.default_rng(16).permutation(len(sample))]
    again = BGNBD().fit(shuffled)
    assert again.params_ == pytest.approx(rhythm.params_, rel=1e-12)


def test_merging_does_not_matter(sample: Summary, rhythm: BGNBD) -> None:
    moved = Summary(sample.frequency, sample.recency * np.pi, sample.T * np.pi)  # on no grid of days
    assert lik.histories(moved.frequency, moved.recency, moved.T, None, None).count.size == len(sample)
    unmerged = BGNBD().fit(moved)
    assert unmerged.params_["alpha"] / np.pi == pytest.approx(rhythm.params_["alpha"], rel=1e-9)
    assert unmerged.params_["b"] == pytest.approx(rhythm.params_["b"], rel=1e-9)


def test_interpolated_expectations_are_the_exact_ones() -> None:
    rng = np.random.default_rng(17)
    model = BGNBD.known(**TRUTH)
    summary = model.simulate(3_000, rng.uniform(10.0, 700.0, 3_000), rng).summary()
    together = model.expected_purchases(365.0, summary)
    for i in rng.integers(0, 3_000, 100):
        alone = model.expected_purchases(365.0, summary[i : i + 1])[0]
        assert together[i] == pytest.approx(alone, rel=1e-10)


def test_the_global_seed_does_not_matter(sample: Summary, rhythm: BGNBD) -> None:
    np.random.seed(1)  # noqa: NPY002 - the point of the test
    assert BGNBD().fit(sample).params_ == rhythm.params_


def test_covariance_is_symmetric_and_right() -> None:
    """Over 60 data sets the estimates spread as their standard errors say: the ratio's own error is 1/sqrt(118)."""
    rng = np.random.default_rng(18)
    model = BGNBD.known(0.5, 20.0, 0.8, 2.5)
    fits = [BGNBD().fit(model.simulate(3_000, 200.0, rng).summary()) for _ in range(60)]
    assert all((f.covariance_ == f.covariance_.T).all() for f in fits)
    logs = np.log([[f.params_[k] for k in ("r", "alpha", "a", "b")] for f in fits])
    claimed = np.sqrt(np.mean([np.diag(f.covariance_) for f in fits], axis=0))
    assert logs.std(axis=0, ddof=1) / claimed == pytest.approx(1.0, abs=5 / np.sqrt(118))


def test_nobody_repeats() -> None:
    none = np.zeros(50)
    with pytest.warns(WeaklyIdentified, match="none of the 50 customers has bought on a second day"):
        model = BGNBD().fit(Summary(none, none, none + 30.0))
    assert model.converged_ and model.prior_used_
    assert model.log_likelihood_ == pytest.approx(model.log_likelihood().sum(), rel=1e-12)


@pytest.mark.parametrize(("n", "told"), [(0, "there are no customers to fit"), (1, "one customer cannot show how")])
def test_too_few(n: int, told: str) -> None:
    with pytest.raises(CannotIdentify, match=told):
        BGNBD().fit(Summary(np.full(n, 2.0), np.full(n, 5.0), np.full(n, 9.0)))


def test_loyal_daily_buyers_get_an_answer_and_are_told() -> None:
    """500 customers who buy nearly every day and are never lost: lifetimes raises ConvergenceError."""
    rng = np.random.default_rng(19)
    x = rng.binomial(100, 0.9, 500).astype(np.float64)
    with pytest.warns(WeaklyIdentified, match="weak prior"):
        model = BGNBD().fit(Summary(x, np.full(500, 100.0), np.full(500, 100.0)))
    assert model.prior_used_
    assert model.converged_
    assert "weak prior" in model.message_
    assert model.expected_purchases(30.0).mean() == pytest.approx(27.0, rel=0.1)
    assert (model.probability_alive() > 0.99).all()


def test_small_subsamples_always_get_an_answer(sample: Summary) -> None:
    """200 subsamples of 10 to 100 people of CDNOW: lifetimes fails on 98."""
    rng = np.random.default_rng(20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)
        for _ in range(200):
            some = sample[rng.choice(len(sample), int(rng.integers(10, 101)), replace=False)]
            if not (some.frequency > 0).any():
                continue
            model = BGNBD().fit(some)
            assert model.converged_, model.message_
            assert all(np.isfinite(v) and v > 0 for v in model.params_.values())
            assert np.isfinite(list(model.standard_errors_.values())).all()
            expected = model.expected_purchases(365.0)
            assert np.isfinite(expected).all()
            assert expected.sum() < 40 * len(some)


def test_bad_summaries_are_refused() -> None:
    good = np.array([1.0, 2.0])
    cases = [
        ({"frequency": [1, np.nan]}, "frequency is nan in row 1"),
        ({"frequency": [1, 1.5]}, "frequency is 1.5 in row 1; it counts whole purchases"),
        ({"recency": [1, np.nan]}, "recency is nan in row 1"),
        (
            {"recency": [1, 99.0]},
            "recency 99 is later than T 20, in row 1. Here recency is the age at the last purchase",
        ),
        (
            {"recency": [1, 0.0]},
            "recency 0 is too early for 2 repeat purchases, which come after the first .* in row 1",
        ),
        ({"recency": [1, 20.001]}, "recency 20.001 is later than T 20, in row 1"),
        ({"frequency": [0, 2], "recency": [5, 9]}, "recency 5 is above 0 without a repeat purchase, in row 0"),
        (
            {"frequency": [0, 2], "recency": [5, 9]},
            "if yours is RFM's, the time since the last purchase, give T less it",
        ),
        ({"T": [-1.0, 20.0]}, "T is -1.0 in row 0"),
        ({"T": [20.0]}, "T has 1 rows where frequency has 2"),
        ({"monetary_value": [1.0, -2.0]}, "monetary_value is -2.0 in row 1"),
        ({"tau_x": [1.0, 2.0]}, "come in pairs"),
    ]
    for change, message in cases:
        columns = {"frequency": good, "recency": good, "T": good + 18.0} | change
        with pytest.raises(BadInput, match=message):
            Summary(**columns)  # type: ignore[arg-type]


def test_recency_may_be_rounded_apart_from_age() -> None:
    """272 days in weeks, of which one column went through single precision: bought on the last day, or once."""
    T = np.array([272.0, 272.0, 350.0]) / 7
    recency = np.array([272.0 / 7, 1e-12, 0.7], dtype=np.float32)
    assert recency[0] > T[0]
    summary = Summary([1, 0, 2], recency, T)  # type: ignore[arg-type]
    assert summary.recency.tolist() == [T[0], 0.0, np.float32(0.7)]


def test_bad_arguments_are_refused(rhythm: BGNBD) -> None:
    with pytest.raises(BadInput, match="r is -1"):
        BGNBD.known(-1, 1, 1, 1)
    with pytest.raises(BadInput, match="give a history, or fit first"):
        BGNBD.known(1, 1, 1, 1).expected_purchases(3.0)
    with pytest.raises(BadInput, match="x >= 0 and 0 <= tau_x <= tau_T"):
        rhythm.probability_alive(2, 50.0, 40.0)
    with pytest.raises(BadInput, match="horizon t"):
        rhythm.expected_purchases(np.nan)
    with pytest.raises(BadInput, match="give G_before"):
        rhythm.probability_alive(2, 5.0, 40.0, G_x=2.0)
    assert rhythm.expected_purchases(0.0).sum() == 0.0


def test_to_and_from_lifetimes(rhythm: BGNBD, sample: Summary) -> None:
    fitter = rhythm.to_lifetimes()
    theirs = fitter.conditional_expected_number_of_purchases_up_to_time(
        90.0, sample.frequency, sample.recency, sample.T
    )
    assert rhythm.expected_purchases(90.0) == pytest.approx(np.asarray(theirs), rel=1e-8)
    assert BGNBD.from_lifetimes(fitter).params_ == rhythm.params_


def test_sample_posterior_has_the_covariance(rhythm: BGNBD) -> None:
    known = BGNBD.known(**rhythm.params_, covariance=rhythm.covariance_)
    draws = known.sample_posterior(20_000, np.random.default_rng(21))
    logs = np.log(np.array([draws[k] for k in ("r", "alpha", "a", "b")]))
    spread = np.sqrt(np.diag(rhythm.covariance_))
    assert logs.std(axis=1) == pytest.approx(spread, rel=5 / np.sqrt(2 * 20_000))
    centre = np.log([rhythm.params_[k] for k in ("r", "alpha", "a", "b")])
    assert (abs(logs.mean(axis=1) - centre) < 5 * spread / np.sqrt(20_000)).all()


def test_nothing_is_ordered_in_no_time() -> None:
    model = BGNBD.known(0.2, 4.0, 0.8, 2.4)
    chances = model.purchase_distribution(0.0, 3, np.array([0.0, 3.0]), np.array([0.0, 5.0]), np.array([9.0, 9.0]))
    np.testing.assert_allclose(chances, [[1, 0, 0, 0]] * 2, atol=1e-15)
    assert (model.expected_purchases(0.0, np.array([0.0, 3.0]), np.array([0.0, 5.0]), np.array([9.0, 9.0])) == 0).all()
