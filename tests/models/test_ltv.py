"""Lifetime value against direct integration and simulated futures; 5 standard errors where drawn, fixed seeds."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from models.data.summary import Summary
from models.errors import BadInput
from models.families.ahead import Ahead
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.numerics.arrays import Floats
from models.value.ltv import DAYS_IN_YEAR, discounted_orders, lifetime_value


def test_without_discount_it_is_orders_times_spend(sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    worth = lifetime_value(rhythm, baskets, sample, 365, yearly_discount=0.0, margin=0.4, interval=False)
    assert worth.value == pytest.approx(
        0.4 * rhythm.expected_purchases(365.0) * baskets.expected_average_spend(), rel=1e-12
    )
    assert worth.low is None
    assert worth.mean_low is None
    assert worth.total == worth.value.sum()


@pytest.mark.parametrize(
    "params", [(0.25, 33.0, 0.75, 2.2), (0.4, 5.0, 0.15, 0.35), (3.0, 20.0, 1.0, 9.0), (0.5, 0.2, 0.5, 1.0)]
)
def test_discounted_orders_against_integration(params: tuple[float, float, float, float]) -> None:
    model = BGNBD.known(*params)
    x, t_x, T = np.array([0.0, 0.0, 3.0, 40.0]), np.array([0.0, 0.0, 80.0, 99.0]), np.array([0.0, 90.0, 100.0, 100.0])
    state = model.posterior_parameters(x, t_x, T)
    for t, yearly in ((365.0, 0.1), (1095.0, 0.1), (3650.0, 0.5)):
        delta = np.log1p(yearly) / DAYS_IN_YEAR
        got = discounted_orders(state, t, delta)
        whole = model.orders_if_alive(t, state)
        for i in range(x.size):

            def orders(s: float, i: int = i, delta: float = delta) -> float:
                return float(
                    model.orders_if_alive(s, model.posterior_parameters(x[i], t_x[i], T[i]))[0] * np.exp(-delta * s)
                )

            # split where orders are dense: quad by itself misses the first days of long horizons
            points = [0.0, *(t * 10.0**k for k in range(-4, 1))]
            rest = sum(quad(orders, u, v, epsabs=0, epsrel=1e-9)[0] for u, v in pairwise(points))
            assert got[i] == pytest.approx(whole[i] * np.exp(-delta * t) + delta * rest, rel=1e-6)


def test_weeks_or_days(sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    days = lifetime_value(rhythm, baskets, sample)
    weeks = lifetime_value(BGNBD().fit(sample.in_weeks()), baskets)
    assert weeks.value == pytest.approx(days.value, rel=1e-9)
    assert weeks.total_high == pytest.approx(days.total_high, rel=1e-6)


def futures(rhythm: BGNBD, baskets: GammaGamma, some: Summary, n: int, t: float, rng: np.random.Generator) -> Floats:
    """Discounted spend of each customer of `some` in `n` simulated futures, (n, customers)."""
    assert some.spend_count is not None
    assert some.monetary_value is not None
    draws = rhythm.posterior(some, n=n, rng=rng)
    shape, rate = baskets.posterior_parameters(some.spend_count, some.monetary_value)
    nu = rng.gamma(shape, 1 / rate, draws.rate.shape)
    clock, spent, on = np.zeros(nu.shape), np.zeros(nu.shape), draws.alive.copy()
    delta = np.log(1.1) / DAYS_IN_YEAR
    while on.any():
        clock += rng.standard_exponential(nu.shape) / draws.rate
        on &= clock <= t
        spent += np.where(on, rng.gamma(baskets.params_["p"], 1 / nu) * np.exp(-delta * np.minimum(clock, t)), 0.0)
        on &= rng.random(nu.shape) >= draws.loss
    return spent


def test_values_and_intervals_against_simulated_futures(sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    worth = lifetime_value(rhythm, baskets, sample, 365)
    best = np.argsort(-worth.value)
    rows = best[[0, 3, 20, 100, 400, 900, 1500, 2300]]
    n = 20_000
    spent = futures(rhythm, baskets, sample[rows], n, 365.0, np.random.default_rng(60))
    assert worth.low is not None
    assert worth.high is not None
    assert (abs(spent.mean(axis=0) - worth.value[rows]) < 5 * spent.std(axis=0) / np.sqrt(n)).all()
    # P(spend > high) is 5 %, but for what tabling the distribution (1 %) and drawing (5 standard errors) add
    above = (spent > worth.high[rows]).mean(axis=0)
    assert above == pytest.approx(0.05, abs=0.003 + 5 * np.sqrt(0.05 * 0.95 / n))
    for i, row in enumerate(rows):
        if worth.low[row] > 0:
            assert (spent[:, i] < worth.low[row]).mean() == pytest.approx(0.05, abs=0.011)
        else:
            assert (spent[:, i] == 0).mean() > 0.04


def test_the_total_of_known_parameters_covers_simulated_totals(
    sample: Summary, rhythm: BGNBD, baskets: GammaGamma
) -> None:
    known = BGNBD.known(**rhythm.params_)
    spend = GammaGamma.known(**baskets.params_)
    worth = lifetime_value(known, spend, sample, 365)
    totals = futures(known, spend, sample, 400, 365.0, np.random.default_rng(61)).sum(axis=1)
    assert worth.total_low is not None
    assert worth.total_high is not None
    inside = ((totals > worth.total_low) & (totals < worth.total_high)).mean()
    assert inside == pytest.approx(0.9, abs=5 * np.sqrt(0.9 * 0.1 / 400))
    # parameters that were estimated make it wider
    fitted = lifetime_value(rhythm, baskets, sample, 365)
    assert fitted.total_low is not None
    assert fitted.total_low < worth.total_low
    assert fitted.mean == fitted.total / len(sample)


def test_total_interval_covers_the_truth() -> None:
    """100 data sets of 400 customers: the 90 % interval of the year's spend covers it in 75 to 100 of 100 (5 sigma)."""
    rng = np.random.default_rng(62)
    rhythm = BGNBD.known(0.8, 40.0, 0.8, 3.0)  # and baskets of Gamma-Gamma 6, 4, 15
    covered = 0
    for _ in range(100):
        lives = rhythm.simulate(400, 600.0, rng)
        early = lives.time <= 300.0
        x = np.bincount(lives.customer[early], minlength=400).astype(float)
        recency = np.zeros(400)
        recency[lives.customer[early]] = lives.time[early]
        later = np.bincount(lives.customer[~early], minlength=400).astype(float)
        nu = rng.gamma(4.0, 1 / 15.0, 400)
        z = np.where(x > 0, rng.gamma(np.maximum(6.0 * x, 1e-9)) / nu / np.maximum(x, 1), 0.0)
        came = np.where(later > 0, rng.gamma(np.maximum(6.0 * later, 1e-9)) / nu, 0.0).sum()
        known = Summary(x, recency, np.full(400, 300.0), z)
        worth = lifetime_value(BGNBD().fit(known), GammaGamma().fit(known), horizon=300, yearly_discount=0.0)
        assert worth.total_low is not None
        assert worth.total_high is not None
        covered += worth.total_low <= came <= worth.total_high
    assert 75 <= covered <= 100


def test_many_distinct_histories(rhythm: BGNBD, baskets: GammaGamma) -> None:
    """Continuous times: the tabled intervals of 6,000 customers agree with those of a few worked out alone."""
    rng = np.random.default_rng(63)
    lives = rhythm.simulate(6_000, rng.uniform(50, 400, 6_000), rng).summary()
    summary = Summary(lives.frequency, lives.recency, lives.T, baskets.simulate(lives.frequency, rng))
    together = lifetime_value(rhythm, baskets, summary)
    some = np.argsort(-together.value)[:200:7]
    alone = lifetime_value(rhythm, baskets, summary[some])
    assert together.value[some] == pytest.approx(alone.value, rel=1e-9)
    assert together.high is not None
    assert alone.high is not None
    assert together.high[some] == pytest.approx(alone.high, rel=0.03)


def test_extremes_give_numbers(baskets: GammaGamma) -> None:
    x = np.array([0.0, 1.0, 5_000.0, 5_000.0, 0.0])
    summary = Summary(x, np.array([0, 10, 99.9, 10, 0]), np.array([0, 100, 100, 100.0, 1e4]), np.where(x > 0, 20.0, 0))
    for params in ((0.25, 33.0, 0.75, 2.2), (0.01, 0.1, 0.01, 0.01), (50.0, 50.0, 1.0, 100.0)):
        for heavy in (baskets, GammaGamma.known(6.0, 0.5, 10.0, mean_spend=80.0), GammaGamma.known(1e6, 1e6, 20.0)):
            worth = lifetime_value(BGNBD.known(*params), heavy, summary, 365)
            assert worth.low is not None
            assert worth.high is not None
            for column in (worth.value, worth.low, worth.high, worth.expected_orders):
                assert np.isfinite(column).all()
                assert (column >= 0).all()
            assert (worth.low <= worth.high).all()
            assert worth.total_low is not None
            assert np.isfinite(worth.total_low)


def test_bad_arguments(sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    with pytest.raises(BadInput, match="the horizon is -3"):
        lifetime_value(rhythm, baskets, sample, -3)
    with pytest.raises(BadInput, match="yearly_discount is -1"):
        lifetime_value(rhythm, baskets, sample, yearly_discount=-1)
    with pytest.raises(BadInput, match="the level is 90"):
        lifetime_value(rhythm, baskets, sample, level=90)
    with pytest.raises(BadInput, match="no monetary_value"):
        lifetime_value(rhythm, baskets, Summary(sample.frequency, sample.recency, sample.T))
    with pytest.raises(BadInput, match="give the summary"):
        lifetime_value(BGNBD.known(1, 1, 1, 1), baskets)


def test_the_general_way_gives_what_the_closed_form_gives(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    """BG/NBD on the calendar, once as any model on any clock: values to 1e-6, ends of intervals to a hundredth."""
    closed = lifetime_value(rhythm, baskets, sample, 365.0)
    general = lifetime_value(rhythm, baskets, sample, 365.0, ahead=Ahead(lambda days: days))
    np.testing.assert_allclose(general.value, closed.value, rtol=1e-6)
    np.testing.assert_allclose(general.expected_orders, closed.expected_orders, rtol=1e-12)
    assert closed.high is not None and general.high is not None and closed.low is not None and general.low is not None
    np.testing.assert_allclose(general.high, closed.high, rtol=1e-2)
    np.testing.assert_allclose(general.low, closed.low, rtol=2e-2, atol=1e-9)
    assert general.total_low == pytest.approx(closed.total_low, rel=2e-3)
    assert general.total_high == pytest.approx(closed.total_high, rel=2e-3)


def test_a_slower_clock_brings_less(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    """Half the operational time ahead is half the calendar ahead, but for the discount of the days that pass."""
    slow = lifetime_value(
        rhythm, baskets, sample, 200.0, yearly_discount=0.0, interval=False, ahead=Ahead(lambda days: 0.5 * days)
    )
    half = lifetime_value(rhythm, baskets, sample, 100.0, yearly_discount=0.0, interval=False)
    np.testing.assert_allclose(slow.value, half.value, rtol=1e-12)
