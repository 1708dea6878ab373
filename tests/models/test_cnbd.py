"""MBG/NBD, BG/CNBD-k and MBG/CNBD-k: formulas at 50 digits, fits of simulated customers, one formula for k = 1.

Statistical tests have fixed seeds and tolerances of 5 standard errors (of the fit, or of the mean of draws), which a right
program misses once in 1.7 million comparisons.
"""

import warnings
from datetime import date

import numpy as np
import pytest

from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import WeaklyIdentified
from models.families.bg_nbd.likelihood import Histories, histories
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk, regularity
from models.families.cnbd import likelihood as lik
from models.families.cnbd.expectation import mean_purchases
from models.families.cnbd.regular import gamma_shape
from models.families.model import Model

# -- fitting -----------------------------------------------------------------------------------------------------------

TRUTH = (0.9, 20.0, 0.6, 2.2)


def within_five(fitted: Model, truth: tuple[float, ...]) -> None:
    errors = np.log(np.array(list(fitted.params_.values())) / truth) / np.sqrt(np.diag(fitted.covariance_))
    assert (abs(errors) < 5).all(), (fitted, errors)


@pytest.mark.parametrize(("kind", "k"), [(BGCNBDk, 2), (MBGCNBDk, 3), (MBGCNBDk, 1), (BGCNBDk, 6)])
def test_simulated_customers_give_back_the_parameters_and_k(kind: type[BGCNBDk | MBGCNBDk], k: int) -> None:
    rng = np.random.default_rng(31)
    summary = kind.known(*TRUTH, k=k).simulate(20_000, rng.uniform(100.0, 400.0, 20_000), rng).summary()
    fitted = kind().fit(summary)
    assert fitted.k_ == k == max(fitted.profile_, key=lambda tried: fitted.profile_[tried])
    assert f"k = {k} is the likeliest of 1 to {k + 2 if k > 1 else 3}" in fitted.message_
    assert fitted.converged_ and not fitted.prior_used_
    within_five(fitted, TRUTH)
    assert fitted.log_likelihood().sum() == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    again = kind(k=k).fit(summary)  # k given: found from another start
    assert again.params_ == pytest.approx(fitted.params_, rel=1e-7)
    assert fitted.aic_ == pytest.approx(again.aic_ + 2.0, abs=1e-4)  # an estimated k is a parameter
    assert fitted.bic_ == pytest.approx(again.bic_ + np.log(20_000), abs=1e-4)


def test_mbg_nbd_gives_back_its_parameters_also_where_a_plus_b_is_below_one() -> None:
    rng = np.random.default_rng(32)
    for truth in ((0.5, 6.0, 0.9, 1.6), (1.2, 8.0, 0.15, 0.35)):
        within_five(MBGNBD().fit(MBGNBD.known(*truth).simulate(20_000, 300.0, rng).summary()), truth)


def test_gradient_and_hessian_against_finite_differences() -> None:
    rng = np.random.default_rng(33)
    h = 1e-5 * np.eye(4)
    for kind, k in ((BGCNBDk, 1), (BGCNBDk, 2), (MBGCNBDk, 1), (MBGCNBDk, 5)):
        made = kind.known(*TRUTH, k=k).simulate(800, rng.uniform(50.0, 300.0, 800), rng).summary()
        objective = kind.known(*TRUTH, k=k)._objective(made)
        for _ in range(2):
            u = np.log(TRUTH) + rng.normal(0, 0.5, 4)
            value, gradient, hessian = objective(u)
            assert value == pytest.approx(kind.known(*np.exp(u), k=k).log_likelihood(made).sum(), rel=1e-12)
            numeric = [(objective(u + d)[0] - objective(u - d)[0]) / 2e-5 for d in h]
            numeric2 = np.array([(objective(u + d)[1] - objective(u - d)[1]) / 2e-5 for d in h])
            assert gradient == pytest.approx(numeric, rel=1e-6, abs=1e-3)
            assert hessian == pytest.approx(numeric2, rel=1e-6, abs=1e-3)
            assert hessian == pytest.approx(hessian.T, abs=1e-9)


def test_the_likelihood_is_finite_in_every_corner() -> None:
    """Value, gradient and Hessian where histories and parameters are extreme."""
    x = np.array([0.0, 0.0, 1.0, 1.0, 5_000.0, 5_000.0])
    t_x = np.array([0.0, 0.0, 1e-6, 1e4, 1e4, 3.0])
    summary = Summary(x, t_x, np.array([1e-6, 1e4, 1e4, 1e4, 1e4, 1e4]), log_gaps=np.where(x > 0, -8.6 * x - 14.0, 0.0))
    for first in (0, 1):
        for k in (1, 2, 20):
            for theta in np.exp(8.0 * (np.stack(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T)):
                value, gradient, hessian = lik.objective(_merged_of(summary), k, first, 0.0)(np.log(theta))
                assert np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all(), theta


def _merged_of(summary: Summary) -> Histories:
    return histories(summary.frequency, summary.recency, summary.T, None, None)


def test_weeks_or_days() -> None:
    rng = np.random.default_rng(34)
    days = MBGCNBDk.known(*TRUTH, k=2).simulate(3_000, rng.uniform(50.0, 300.0, 3_000), rng).summary()
    one, other = MBGCNBDk().fit(days), MBGCNBDk().fit(days.in_weeks())
    assert other.k_ == one.k_ == 2
    assert other.params_["alpha"] * 7 == pytest.approx(one.params_["alpha"], rel=1e-9)
    for name in ("r", "a", "b"):
        assert other.params_[name] == pytest.approx(one.params_[name], rel=1e-9)
    assert one.log_likelihood_ is not None
    shift = days.frequency.sum() * np.log(7.0)
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_ + shift, rel=1e-9)
    assert other.covariance_ == pytest.approx(one.covariance_, rel=1e-7)
    assert other.expected_purchases(52.0) == pytest.approx(one.expected_purchases(364.0), rel=1e-9)
    assert other.probability_alive() == pytest.approx(one.probability_alive(), rel=1e-9)


def test_daily_buyers_who_never_leave_get_an_answer_and_are_told() -> None:
    x = np.full(300, 100.0)
    summary = Summary(x, x, x, log_gaps=np.zeros(300))  # every day, all gaps equal: k has no maximum
    with pytest.warns(WeaklyIdentified, match="weak prior"):
        model = BGCNBDk().fit(summary)
    assert model.prior_used_
    assert "k = 20 is the likeliest of 1 to 20 (the most that is tried: k may be larger)" in model.message_
    assert model.expected_purchases(30.0) == pytest.approx(30.0, rel=0.05)


def test_small_subsamples_always_get_an_answer(sample: Summary) -> None:
    rng = np.random.default_rng(35)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)
        for i in range(30):
            some = sample[rng.choice(len(sample), int(rng.integers(10, 101)), replace=False)]
            if not (some.frequency > 0).any():
                continue
            model = (BGCNBDk, MBGCNBDk)[i % 2]().fit(some)
            assert model.converged_, model.message_
            assert all(np.isfinite(v) and v > 0 for v in model.params_.values())
            assert np.isfinite(model.expected_purchases(365.0)).all()


# -- predictions against simulated futures -----------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "k"), [(BGCNBDk, 2), (MBGCNBDk, 2), (BGCNBDk, 4), (MBGCNBDk, 1)])
def test_forecasts_of_what_is_then_simulated(kind: type[BGCNBDk | MBGCNBDk], k: int) -> None:
    """Purchases, P(alive) and P(none) after T against what then happens, by frequency and by recency: 5 errors."""
    rng, n, T, t = np.random.default_rng(36), 40_000, 60.0, 50.0
    model = kind.known(1.1, 12.0, 0.5, 1.6, k=k)
    made = model.simulate(n, T + t, rng)
    seen = made.time <= T
    x = np.bincount(made.customer[seen], minlength=n).astype(np.float64)
    recency = np.zeros(n)
    recency[made.customer[seen]] = made.time[seen]
    later = np.bincount(made.customer[~seen], minlength=n).astype(np.float64)
    history = Summary(x, recency, np.full(n, T))
    expected, chances = model.expected_purchases(t, history), model.purchase_distribution(t, 5, history)
    assert chances.sum(axis=1).max() <= 1 + 1e-12
    late = recency > 0.8 * T
    cells = [(x == i) for i in range(4)] + [(x > 3) & late, (x > 3) & ~late, (x == 2) & late]
    for cell in cells:
        size = int(cell.sum())
        assert size > 100
        spread = later[cell] - expected[cell]
        assert abs(spread.mean()) < 5 * spread.std() / np.sqrt(size)
        for i in (0, 1, 3):
            miss = (later[cell] == i) - chances[cell, i]
            assert abs(miss.mean()) < 5 * max(miss.std(), 1e-3) / np.sqrt(size)
    total = np.bincount(made.customer, minlength=n)
    assert abs(total.mean() - model.expected_purchases_new(T + t)) < 5 * total.std() / np.sqrt(n)
    # `alive` is told at T + t
    end = made.summary()
    wrong = made.alive - model.probability_alive(end)
    assert abs(wrong.mean()) < 5 * wrong.std() / np.sqrt(n)
    few = end.frequency == 0
    assert abs(wrong[few].mean()) <= 5 * wrong[few].std() / np.sqrt(few.sum())


def test_distribution_adds_up_to_one_and_to_the_expectation() -> None:
    x, t_x = np.array([0.0, 4.0, 30.0]), np.array([0.0, 30.0, 34.0])
    history = Summary(x, t_x, np.full(3, 35.0))
    for model in (BGCNBDk.known(0.8, 10.0, 0.7, 2.0, k=3), MBGCNBDk.known(0.8, 10.0, 0.7, 2.0, k=2)):
        chances = model.purchase_distribution(40.0, 600, history)
        assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-11)
        assert chances @ np.arange(601) == pytest.approx(model.expected_purchases(40.0, history), rel=1e-9)
        nothing = model.purchase_distribution(0.0, 2, history)
        assert (nothing == [[1.0, 0.0, 0.0]] * 3).all()
        assert (model.expected_purchases(0.0, history) == 0).all()
        assert model.expected_purchases_new([[0.0, 40.0]]).shape == (1, 2)


def test_interpolated_expectations_are_the_exact_ones() -> None:
    rng = np.random.default_rng(37)
    for k in (1, 2, 5):
        model = MBGCNBDk.known(*TRUTH, k=k)
        summary = model.simulate(3_000, rng.uniform(10.0, 700.0, 3_000), rng).summary()
        together = model.expected_purchases(365.0, summary)
        one_by_one = model.expected_purchases(np.full(3_000, 365.0), summary)
        np.testing.assert_allclose(together, one_by_one, rtol=1e-10)


def test_law_of_total_expectation() -> None:
    """What new customers buy in T..T+t is what those who have lived to T are expected to, averaged over x (t_x given T)."""
    k, T, t, n = 2, 30.0, 40.0, 60_000
    model = BGCNBDk.known(0.9, 8.0, 0.6, 1.9, k=k)
    summary = model.simulate(n, T, np.random.default_rng(38)).summary()
    ahead = model.expected_purchases(t, summary)
    new = model.expected_purchases_new(T + t) - model.expected_purchases_new(T)
    assert abs(ahead.mean() - new) < 5 * ahead.std() / np.sqrt(n)


def test_more_regular_customers_are_missed_sooner() -> None:
    """After three gaps of a week and two weeks of silence a regular customer is the more likely lost."""
    history = Summary([3.0], [21.0], [35.0])
    chances = [BGCNBDk.known(1.0, 7.0 / k, 0.5, 2.0, k=k).probability_alive(history)[0] for k in (1, 2, 4, 8)]
    assert (np.diff(chances) < 0).all()


def test_mean_purchases_of_a_huge_horizon_stay_exact() -> None:
    """For ever, a customer buys until she is lost: E[1/p] = (a + B - 1)/(a - 1) purchases."""
    for k in (2, 5):
        value = mean_purchases(np.full(1, 1e12), np.full(1, 3.0), np.ones(1), 3.0, np.full(1, 2.0), k, 0)
        assert value[0] == pytest.approx((3.0 + 2.0 - 1.0) / (3.0 - 1.0), rel=1e-9)


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_bad_input_is_refused(sample: Summary) -> None:
    bare = Summary(sample.frequency, sample.recency, sample.T)
    with pytest.raises(BadInput, match="BG/CNBD-k: the summary has no log_gaps"):
        BGCNBDk().fit(bare)
    with pytest.raises(BadInput, match="no log_gaps"):
        MBGCNBDk.known(1, 1, 1, 1, k=2).log_likelihood(bare)
    assert MBGCNBDk.known(1, 1, 1, 1, k=2).expected_purchases(9.0, bare).shape == (len(bare),)
    assert sample.log_gaps is not None
    mixed = Summary(sample.frequency, sample.recency / 7, sample.T / 7, log_gaps=sample.log_gaps)
    with pytest.raises(BadInput, match=r"log_gaps is .* in row \d+, where .* allow .* at most; count both in one unit"):
        MBGCNBDk().fit(mixed)
    one = np.ones(len(bare))
    bent = Summary(bare.frequency, bare.recency, bare.T, G_x=one, G_before=one)
    with pytest.raises(BadInput, match="MBG/NBD: it knows no loyalty exponents"):
        MBGNBD().fit(bent)
    for k in (0, -1, 1.5, 2_000):
        with pytest.raises(BadInput, match="it must be a whole number from 1 to 1000"):
            BGCNBDk(k)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give k"):
        BGCNBDk.known(1, 1, 1, 1)
    with pytest.raises(BadInput, match="give each of r, alpha, a, b once"):
        MBGCNBDk.known(1, 1, 1, k=2)
    with pytest.raises(BadInput, match="the horizon t must be"):
        BGCNBDk.known(1, 1, 1, 1, k=2).expected_purchases(-1.0, bare)
    with pytest.warns(WeaklyIdentified, match="MBG/NBD: none of the 3 customers"):
        MBGNBD().fit(Summary(np.zeros(3), np.zeros(3), np.ones(3)))
    with pytest.warns(WeaklyIdentified):
        given = BGCNBDk(3).fit(Summary(np.zeros(3), np.zeros(3), np.zeros(3), log_gaps=np.zeros(3)))
    rate = 365.0 * given.params_["r"] / (3.0 * given.params_["alpha"])  # of purchases, three hidden events each
    assert given.k_ == 3 and rate == pytest.approx(3.0, rel=1e-9)
    assert repr(BGCNBDk.known(1, 2, 3, 4, k=5)) == "BGCNBDk(r=1, alpha=2, a=3, b=4, k=5)"


# -- regularity --------------------------------------------------------------------------------------------------------


def log_of(times: list[tuple[str, float]]) -> object:
    import pandas as pd

    rows = [(who, np.datetime64("2024-01-01") + np.timedelta64(int(day), "D")) for who, day in times]
    return pd.DataFrame(rows, columns=["customer", "date"])


def test_regularity_by_hand() -> None:
    # last two gaps 1 and 3, then 2 and 2: shares 1/4 (or 3/4) and 1/2, variance (1/16 + 0)/2
    log = log_of(
        [("a", 0), ("a", 9), ("a", 10), ("a", 10), ("a", 13), ("b", 0), ("b", 2), ("b", 4), ("c", 1), ("c", 5)]
    )
    found = regularity(log, money=False)
    assert (found.wheat_morrison_customers, found.mle_customers) == (2, 0)
    assert found.wheat_morrison == pytest.approx((1 - 4 / 32) / (8 / 32), rel=1e-12)
    assert np.isnan(found.mle)
    assert regularity(log, least_gaps=3, money=False).mle_customers == 1
    with pytest.raises(CannotIdentify, match="nobody has bought on three days"):
        regularity(log, "2024-01-04", money=False)


def test_regularity_of_simulated_rhythms() -> None:
    """Gaps of gamma shape k: Wheat and Morrison's k within 5 errors, k itself for many gaps by likelihood."""
    rng = np.random.default_rng(39)
    for k in (1.0, 3.0):
        gaps = rng.gamma(k, 2_000.0, (400, 60))  # in days: rounding is small
        days = np.cumsum(np.concatenate([np.zeros((400, 1)), np.maximum(np.rint(gaps), 1)], axis=1), axis=1)
        days = days[:, -12:] - days[:, -12:-11]  # the last eleven gaps
        days = np.minimum(np.rint(days / 12.0), 8_000) if k == 1 else np.rint(days / 30.0)
        rows = [(str(i), day) for i, row in enumerate(days) for day in np.unique(row)]
        found = regularity(log_of(rows), money=False, today=date(2400, 1, 1))
        assert found.wheat_morrison_customers >= 398
        # sd of an estimated variance of Beta(k, k), through k = 1/(8 v) - 1/2
        v = 1 / (4 * (2 * k + 1))
        kurtosis = 3 - 6 / (2 * k + 3)
        error = np.sqrt((kurtosis - 1) / 400) * v / (8 * v * v)
        assert abs(found.wheat_morrison - k) < 5 * error
        assert k < found.mle < 2 * k  # eleven gaps: biased upwards by about 3/11
    shapes = rng.gamma(3.0, 1.0, (500, 400))
    fitted = gamma_shape(np.log(shapes.mean(axis=1)) - np.log(shapes).mean(axis=1))
    assert fitted.mean() == pytest.approx(3.0, abs=5 * fitted.std() / np.sqrt(500) + 3.0 * 3 / 400)
