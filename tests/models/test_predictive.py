"""Predictive draws against exact distributions, direct integration and each other; 5 standard errors, fixed seeds."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from models.data.summary import Summary
from models.errors import BadInput
from models.families.ahead import calendar
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.value.ltv import DAYS_IN_YEAR, lifetime_value
from models.value.ltv.groups import rhythm_variance, spend_variance
from models.value.predictive import Prediction, groups, new_customer_value, predict, residual_orders, residual_value
from models.value.predictive.counts import count_at, count_interval, distinct_histories, draw_from_state, draw_orders
from models.value.predictive.discount import forever, nodes

MODEL = BGNBD.known(0.8, 40.0, 0.8, 3.0)
SPEND = GammaGamma.known(6.0, 4.0, 15.0)
DELTA = np.log(1.1) / DAYS_IN_YEAR


class Unknown(BGNBD):
    """Stands where the package asks whether a model is BG/NBD, so that BG/NBD is taken as any model."""


@pytest.fixture
def any_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("groups", "discount"):
        monkeypatch.setattr(f"models.value.predictive.{module}.BGNBD", Unknown)


@pytest.fixture(scope="module")
def forecast(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> Prediction:
    rng = np.random.default_rng(1)
    return predict(rhythm, baskets, sample, 365.0, rng=rng, by=np.minimum(sample.frequency, 3), margin=0.5)


HISTORIES = Summary(
    [0.0, 0.0, 3.0, 40.0, 1.0], [0.0, 0.0, 80.0, 99.0, 2.0], [0.0, 90.0, 100.0, 100.0, 300.0],
    G_x=[0.0, 0.0, 2.0, 40.0, 0.7], G_before=[0.0, 0.0, 1.5, 39.0, 0.0],
)  # fmt: skip


@pytest.mark.parametrize("params", [(0.8, 40.0, 0.8, 3.0), (0.05, 1.0, 0.01, 0.02), (5.0, 10.0, 2.0, 1.0)])
def test_drawn_orders_have_the_exact_distribution(params: tuple[float, float, float, float]) -> None:
    model, rng, n = BGNBD.known(*params), np.random.default_rng(2), 40_000
    state = model.posterior_parameters(HISTORIES[np.repeat(np.arange(5), n)])
    drawn = draw_from_state(state, 60.0, rng).reshape(5, n)
    exact = model.purchase_distribution(60.0, 12, HISTORIES)
    for i in range(5):
        seen = np.bincount(np.minimum(drawn[i], 13).astype(int), minlength=14)[:13] / n
        assert (abs(seen - exact[i]) <= 5 * np.sqrt(exact[i] * (1 - exact[i]) / n) + 1e-4).all()
    any_way = draw_orders(model, (HISTORIES, np.arange(5)), 60.0, 8_000, rng)
    for k in range(4):
        seen = (any_way == k).mean(axis=0)
        assert (abs(seen - exact[:, k]) <= 5 * np.sqrt(exact[:, k] * (1 - exact[:, k]) / 8_000) + 1e-4).all()


def test_count_quantiles_are_those_of_the_distribution(rhythm: BGNBD, sample: Summary) -> None:
    low, high = count_interval(rhythm, sample, 365.0, 0.8)
    rows = np.unique(np.r_[np.argsort(-sample.frequency)[:5], np.arange(0, len(sample), 40)])
    below = np.cumsum(rhythm.purchase_distribution(365.0, 3_000, sample[rows]), axis=1)
    for chance, end in ((0.1, low), (0.9, high)):
        assert (end[rows] == (below < chance).sum(axis=1)).all()
    heavy = Summary([5_000.0, 0.0], [365.0, 0.0], [365.0, 365.0])
    model = BGNBD.known(1.0, 10.0, 0.01, 5.0)
    middle = count_at(model, heavy, np.arange(2), 365.0, np.array([0.5, 0.5]))
    assert 3_000 < middle[0] < 5_500
    assert middle[1] == 0


class ByName(BGNBD):
    """Looks customers up by name: those named c are expected to buy twice as much."""

    def expected_purchases(self, t, summary=None):  # type: ignore[no-untyped-def, override]
        summary = self.customers(summary)
        double = np.zeros(len(summary)) if summary.customer is None else summary.customer == "c"
        return super().expected_purchases(t, summary) * (1.0 + double)


def test_distinct_histories_give_every_customer_hers(sample: Summary) -> None:
    rows, place = distinct_histories(MODEL, sample, 100.0)
    assert len(rows) < len(sample)
    for name in ("frequency", "recency", "T"):
        assert (getattr(rows, name)[place] == getattr(sample, name)).all()
    rough = Summary(sample.frequency, sample.recency / np.pi, sample.T / np.pi)
    assert (distinct_histories(MODEL, rough, 100.0)[1] == np.arange(len(sample))).all()
    # a model that sees more than the history gets the customers as they are
    x = np.zeros(4)
    named = Summary(x, x, x + 9.0, customer=np.array(list("abca")))
    assert len(distinct_histories(MODEL, named, 100.0)[0]) == 1
    assert distinct_histories(ByName.known(0.8, 40.0, 0.8, 3.0), named, 100.0)[0] is named


# -- discounted for ever -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [(0.25, 33.0, 0.75, 2.2), (0.4, 5.0, 0.15, 0.35), (3.0, 20.0, 1.0, 9.0)])
def test_residual_orders_against_integration(params: tuple[float, float, float, float]) -> None:
    """DERT by parts: the integral of delta e^(-delta s) E[N(s)] over all s."""
    model = BGNBD.known(*params)
    some = Summary(HISTORIES.frequency, HISTORIES.recency, HISTORIES.T)
    got = residual_orders(model, some)
    for i in range(len(some)):

        def orders(s: float, i: int = i) -> float:
            return float(model.expected_purchases(s, some[[i]])[0]) * DELTA * np.exp(-DELTA * s)

        points = [0.0, *(10.0**k for k in range(-3, 6)), 5e5]
        exact = sum(quad(orders, u, v, epsabs=0, epsrel=1e-10)[0] for u, v in pairwise(points))
        assert got[i] == pytest.approx(exact, rel=1e-7)
    assert (got > model.expected_purchases(365.0, some) * np.exp(-DELTA * 365.0)).all()


def test_every_model_is_discounted_alike(any_model: None, rhythm: BGNBD, sample: Summary) -> None:
    some = sample[::300]
    for t in (None, 365.0, 3650.0):
        total = np.zeros(len(some))
        for s, w in zip(*nodes(t, DELTA), strict=True):
            total += w * rhythm.expected_purchases(float(s), some)
        assert total == pytest.approx(exact_discount(rhythm, t, some), rel=1e-8)
        if t is None:
            assert forever(rhythm, DELTA, some) == pytest.approx(total, rel=1e-13)


def exact_discount(model: BGNBD, t: float | None, some: Summary) -> list[float]:
    ends = [0.0, *(10.0**k for k in range(-2, 6)), 5e5] if t is None else [0.0, *(t * 10.0**k for k in range(-4, 1))]
    found = []
    for i in range(len(some)):

        def orders(s: float, i: int = i) -> float:
            return float(model.expected_purchases(s, some[[i]])[0]) * DELTA * np.exp(-DELTA * s)

        total = sum(quad(orders, u, v, epsabs=0, epsrel=1e-10)[0] for u, v in pairwise(ends))
        if t is not None:
            total += float(model.expected_purchases(t, some[[i]])[0]) * np.exp(-DELTA * t)
        found.append(total)
    return found


def test_residual_value_is_orders_times_spend(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    got = residual_value(rhythm, baskets, margin=0.4)
    assert got == pytest.approx(0.4 * residual_orders(rhythm) * baskets.expected_average_spend())
    weeks = BGNBD().fit(sample.in_weeks())
    assert residual_orders(weeks) == pytest.approx(residual_orders(rhythm), rel=1e-7)
    with pytest.raises(BadInput, match="value for ever is infinite"):
        residual_orders(rhythm, yearly_discount=0.0)


def test_a_new_customer(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    rng = np.random.default_rng(3)
    new = Summary([0.0], [0.0], [0.0], monetary_value=[0.0], spend_count=[0.0])
    year = new_customer_value(rhythm, baskets, 365.0, margin=0.5, rng=rng, draws=400)
    assert year.value == pytest.approx(lifetime_value(rhythm, baskets, new, 365.0, margin=0.5).total, rel=1e-8)
    # the delta method's spread, which at this size is near: within a fifth
    spread = np.log(lifetime_delta(rhythm, baskets, new))
    assert np.log(year.draws).std() == pytest.approx(spread, rel=0.2)
    assert year.low < year.value < year.high
    forever = new_customer_value(rhythm, baskets, rng=rng, draws=100)
    assert forever.orders == pytest.approx(float(residual_orders(rhythm, new)[0]), rel=1e-9)
    first = new_customer_value(rhythm, baskets, rng=rng, draws=100, with_first=True)
    assert first.value == pytest.approx(forever.value + baskets.expected_spend_new_)
    known = new_customer_value(MODEL, SPEND, 100.0, rng=rng)
    assert known.low == known.high == pytest.approx(known.value)
    infinite = GammaGamma.known(6.0, 1.05, 15.0, covariance=np.diag([0.01, 0.04, 0.01]), mean_spend=30.0)
    assert "mean spend is infinite" in new_customer_value(MODEL, infinite, 100.0, rng=rng).message


def lifetime_delta(rhythm: BGNBD, baskets: GammaGamma, new: Summary) -> float:
    """exp of the delta method's standard error of the logarithm of a new customer's value."""
    value = lifetime_value(rhythm, baskets, new, 365.0, interval=False).value
    one = np.zeros(len(new), dtype=np.int64)
    variance = rhythm_variance(rhythm, new, 365.0, value, calendar(1.0), one, 1) + spend_variance(
        baskets, new, value, one, 1
    )
    return float(np.exp(np.sqrt(variance[0])))


# -- predictions -------------------------------------------------------------------------------------------------------


def test_customers_and_sums(forecast: Prediction, rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    worth = lifetime_value(rhythm, baskets, sample, 365.0, margin=0.5)
    assert forecast.orders == pytest.approx(rhythm.expected_purchases(365.0))
    for ours, theirs in (
        (forecast.value, worth.value),
        (forecast.value_low, worth.low),
        (forecast.value_high, worth.high),
    ):
        assert ours == pytest.approx(theirs)
    total, parts = forecast.total, forecast.segments
    assert list(parts) == [0.0, 1.0, 2.0, 3.0]
    assert sum(g.customers for g in parts.values()) == total.customers == len(sample)
    assert sum(g.orders for g in parts.values()) == pytest.approx(total.orders)
    assert sum(g.orders_draws for g in parts.values()) == pytest.approx(total.orders_draws)
    assert total.value == pytest.approx(worth.total)
    for group in (total, *parts.values()):
        assert group.orders_low < group.orders < group.orders_high
        assert group.value_low is not None
        assert group.value is not None
        assert group.value_high is not None
        assert group.value_low < group.value < group.value_high
    assert len(forecast.to_frame()) == len(sample)
    assert list(forecast.segments_to_frame().index) == list(parts)
    assert "baskets: " in forecast.message


def test_totals_of_known_parameters_have_the_exact_moments(sample: Summary) -> None:
    some, draws = sample[:300], 4_000
    total = predict(MODEL, SPEND, some, 200.0, rng=np.random.default_rng(4), draws=draws, yearly_discount=0.0).total
    chances = MODEL.purchase_distribution(200.0, 400, some)
    n = np.arange(401)
    variance = float((chances @ n**2 - (chances @ n) ** 2).sum())
    assert total.orders_draws.mean() == pytest.approx(total.orders, abs=5 * np.sqrt(variance / draws))
    assert total.orders_draws.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / draws) + 0.02)
    # S given nu: mean N p/nu; E[1/nu] = rate/(shape-1), E[1/nu^2] = rate^2/((shape-1)(shape-2))
    assert some.spend_count is not None
    assert some.monetary_value is not None
    shape, rate = SPEND.posterior_parameters(some.spend_count, some.monetary_value)
    square = (36.0 * (chances @ n**2) + 6.0 * (chances @ n)) * rate**2 / ((shape - 1) * (shape - 2))
    mean = 6.0 * (chances @ n) * rate / (shape - 1)
    spread = float((square - mean**2).sum())
    assert total.value_draws is not None
    assert total.value_draws.mean() == pytest.approx(mean.sum(), abs=5 * np.sqrt(spread / draws))
    assert total.value_draws.var() == pytest.approx(spread, rel=0.25)  # whose own error is heavy-tailed


def test_large_groups_agree_with_simulation_of_all(
    forecast: Prediction, rhythm: BGNBD, baskets: GammaGamma, sample: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that stands for all: mean and spread of the draws as by simulation, to their errors plus what the part adds."""
    monkeypatch.setattr(groups, "_WORK", 900_000)
    rng = np.random.default_rng(5)
    part = predict(rhythm, baskets, sample, 365.0, rng=rng, by=np.minimum(sample.frequency, 3), margin=0.5)
    pairs = [(part.total, forecast.total), *zip(part.segments.values(), forecast.segments.values(), strict=True)]
    for ours, theirs in pairs:
        assert ours.orders == theirs.orders
        for a, b in ((ours.orders_draws, theirs.orders_draws), (ours.value_draws, theirs.value_draws)):
            assert a is not None
            assert b is not None
            assert a.mean() == pytest.approx(b.mean(), abs=5 * b.std() * np.sqrt(2 / 700) + 0.002 * b.mean())
            assert a.std() == pytest.approx(b.std(), rel=5 * np.sqrt(1 / 700) + 0.1)


def test_any_model_is_predicted(any_model: None, forecast: Prediction, rhythm: BGNBD, baskets: GammaGamma) -> None:
    """Through the interface of `Model` alone the answers are the same as those of BG/NBD's own formulas and draws."""
    rng = np.random.default_rng(6)
    got = predict(rhythm, baskets, horizon=365.0, rng=rng, margin=0.5, draws=200)
    assert got.value == pytest.approx(forecast.value, rel=1e-6)
    assert (got.orders_high == forecast.orders_high).all()
    for a, b in (
        (got.total.orders_draws, forecast.total.orders_draws),
        (got.total.value_draws, forecast.total.value_draws),
    ):
        assert a is not None
        assert b is not None
        # draws for 200 futures are worth at least 150 independent ones, the fixture's 1,000 at least 700
        assert a.mean() == pytest.approx(b.mean(), abs=5 * b.std() * np.sqrt(1 / 150 + 1 / 700))
        assert a.std() == pytest.approx(b.std(), rel=5 * np.sqrt(0.5 / 150 + 0.5 / 700))


def test_the_unit_of_time_changes_nothing(forecast: Prediction, baskets: GammaGamma, sample: Summary) -> None:
    weeks = BGNBD().fit(sample.in_weeks())
    rng = np.random.default_rng(1)
    by = np.minimum(sample.frequency, 3)
    other = predict(weeks, GammaGamma().fit(sample.in_weeks()), None, 365.0, rng=rng, by=by, margin=0.5)
    assert other.orders == pytest.approx(forecast.orders, rel=1e-9)
    assert other.orders_high == pytest.approx(forecast.orders_high)
    assert other.total.orders_low == pytest.approx(forecast.total.orders_low, rel=1e-6)
    assert other.total.value_high == pytest.approx(forecast.total.value_high, rel=1e-6)


def test_orders_only_and_bad_arguments(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    rng = np.random.default_rng(7)
    bare = Summary(sample.frequency, sample.recency, sample.T)
    got = predict(rhythm, None, bare[:50], 30.0, rng=rng, draws=50)
    assert got.value is None
    assert got.total.value_draws is None
    assert "value" not in got.to_frame()
    assert got.segments == {}
    with pytest.raises(BadInput, match="no monetary_value"):
        predict(rhythm, baskets, bare, 30.0, rng=rng)
    with pytest.raises(BadInput, match="the horizon is -1"):
        predict(rhythm, baskets, sample, -1.0, rng=rng)
    with pytest.raises(BadInput, match="the level is 1"):
        predict(rhythm, baskets, sample, 30.0, rng=rng, level=1.0)
    with pytest.raises(BadInput, match="3 draws give no interval"):
        predict(rhythm, baskets, sample, 30.0, rng=rng, draws=3)
    with pytest.raises(BadInput, match="one label for each of the 2,357"):
        predict(rhythm, baskets, sample, 30.0, rng=rng, by=[1, 2])
    with pytest.raises(BadInput, match="no customer"):
        predict(rhythm, baskets, sample[:0], 30.0, rng=rng)
