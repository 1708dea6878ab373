"""BG/BB: formulas against mpmath at 50 digits, simulated lives against formulas, refusals; and periods from orders.

Simulations have fixed seeds and tolerances of 5 standard errors.
"""

import mpmath
import numpy as np
import pandas as pd
import pytest

from benchmarks.references import bgbb, bgbb_distribution, bgbb_periods, relative_error
from models.data.by_period import periods
from models.data.orders import read_orders
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_bb import BGBB
from models.families.bg_bb.likelihood import log_likelihood as _log_likelihood
from models.families.bg_bb.likelihood import silences_of as _silences
from models.families.identified import WeaklyIdentified

MODEL = BGBB.known(1.2, 0.75, 0.66, 2.8)

CORNERS = [
    # alpha, beta, gamma, delta, x, t_x, n
    (1.2, 0.75, 0.66, 2.8, 0, 0, 6),
    (1.2, 0.75, 0.66, 2.8, 6, 6, 6),
    (1.2, 0.75, 1.0, 2.8, 2, 3, 6),  # gamma = 1: a removable singularity
    (1.2, 0.75, 1.0 + 1e-14, 2.8, 2, 3, 6),
    (1.2, 0.75, 1.0 - 1e-14, 2.8, 2, 3, 6),
    (1.2, 0.75, 0.66, 2.8, 0, 0, 0),
    (1e-3, 1e-3, 1e-3, 1e-3, 3, 40, 300),
    (1e6, 1e-3, 0.5, 2.0, 10, 10, 12),  # nearly everybody buys always
    (1e-3, 1e6, 0.5, 2.0, 1, 5, 12),
    (300.0, 2e3, 1e-6, 1e4, 5, 30, 52),  # nearly nobody is lost
    (0.5, 0.5, 40.0, 0.02, 1, 1, 50),  # nearly everybody at once
    (2.0, 1.0, 0.7, 3.0, 5_000, 5_000, 5_020),
    (2.0, 1.0, 0.7, 3.0, 2_000, 2_500, 5_000),  # surely lost
]


def cases() -> list[tuple[float, ...]]:
    rng = np.random.default_rng(505)
    out = []
    for i in range(60):
        n = int(rng.choice([1, 2, 6, 30, 200]))
        last = int(rng.integers(0, n + 1))
        x = int(rng.integers(1, last + 1)) if last else 0
        theta = np.exp(rng.normal(0.0, 1.3, 4))
        out.append((*theta[:2], 1.0 if i % 10 == 0 else theta[2], theta[3], x, last, n))
    return out


@pytest.fixture(autouse=True)
def _fifty_digits() -> None:
    mpmath.mp.dps = 50


def one(case: tuple[float, ...]) -> Summary:
    return Summary([case[4]], [case[5]], [case[6]])


def near(value: float, wanted: mpmath.mpf) -> bool:
    return relative_error(value, wanted) <= 1e-9


@pytest.mark.parametrize("case", [*CORNERS, *cases()])
def test_likelihood_and_probability_alive(case: tuple[float, ...]) -> None:
    model, (whole, alive) = BGBB.known(*case[:4]), bgbb(case)
    assert near(model.log_likelihood(one(case))[0], mpmath.log(whole))
    assert near(model.probability_alive(one(case))[0], alive / whole)


@pytest.mark.parametrize("case", [*CORNERS, *cases()[::3]])
@pytest.mark.parametrize("t", [1, 7, 60])
def test_expected_purchases(case: tuple[float, ...], t: int) -> None:
    """Against the sum over periods to come, which has no singular case."""
    a, b, _, d, x, _, n = map(mpmath.mpf, case)
    whole, alive = bgbb(case)
    wanted = alive / whole * (a + x) / (a + b + n) * bgbb_periods(case[2], d + n, t)
    assert near(BGBB.known(*case[:4]).expected_purchases(t, one(case))[0], wanted)
    new = a / (a + b) * bgbb_periods(case[2], d, t)
    assert near(float(BGBB.known(*case[:4]).expected_purchases_new(t)), new)


@pytest.mark.parametrize("case", [*CORNERS[:7], *CORNERS[9:11], *cases()[::4]])
@pytest.mark.parametrize("discount", [1e-4, 0.1, 3.0])
def test_discounted_purchases(case: tuple[float, ...], discount: float) -> None:
    """Eq. 14 with its hypergeometric function."""
    a, b, g, d, x, _, n = map(mpmath.mpf, case)
    whole, alive = bgbb(case)
    z = 1 / (1 + mpmath.mpf(discount))
    lived = (d + n) / (g + d + n) * z * mpmath.hyp2f1(1, d + n + 1, g + d + n + 1, z)
    wanted = alive / whole * (a + x) / (a + b + n) * lived
    assert near(BGBB.known(*case[:4]).discounted_purchases(discount, one(case))[0], wanted)


def test_without_discount_the_sum_needs_gamma_above_one() -> None:
    model = BGBB.known(1.0, 1.0, 2.5, 3.0)
    history = Summary([2.0], [3.0], [4.0])
    assert model.discounted_purchases(0.0, history)[0] == pytest.approx(
        model.discounted_purchases(1e-9, history)[0], rel=1e-6
    )
    for wrong in (0.0, -0.1, float("nan")):
        with pytest.raises(BadInput, match="discount a period"):
            MODEL.discounted_purchases(wrong, history)


def test_purchase_distribution() -> None:
    """Eq. 10 term by term, and its mean is the expectation."""
    for case in [CORNERS[0], CORNERS[2], CORNERS[8], *cases()[::6]]:
        (whole, alive), t, model = bgbb(case), 9, BGBB.known(*case[:4])
        found = model.purchase_distribution(t, 12, one(case))[0]
        for k, chance in enumerate(bgbb_distribution(case, alive / whole, t, t)):
            assert near(found[k], chance), (case, k)
        assert (found[t + 1 :] == 0).all()
        assert found.sum() == pytest.approx(1.0, abs=1e-12)
        assert found @ np.arange(13) == pytest.approx(model.expected_purchases(t, one(case))[0], rel=1e-9)


def test_distribution_over_many_periods_neither_over_nor_underflows() -> None:
    history = Summary([0.0, 700.0], [0.0, 900.0], [1_000.0, 1_000.0])
    chances = BGBB.known(5.0, 5.0, 0.01, 5.0).purchase_distribution(2_000, 2_000, history)
    assert np.isfinite(chances).all()
    assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-9)


def test_gradient_is_that_of_the_value() -> None:
    rng = np.random.default_rng(8)
    n = rng.integers(1, 30, 400).astype(float)
    last = np.floor(rng.random(400) * (n + 1))
    x = np.where(last > 0, np.minimum(1 + np.floor(rng.random(400) * last), last), 0.0)
    silences = _silences(x, last, n)
    for u in rng.normal(0.0, 1.0, (5, 4)):
        gradient = _log_likelihood(silences, np.exp(u), True)[1]
        for i in range(4):
            h = np.zeros(4)
            h[i] = 1e-5
            up, down = (_log_likelihood(silences, np.exp(v), False)[0] for v in (u + h, u - h))
            np.testing.assert_allclose(gradient[i], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


def test_simulated_lives_agree_with_the_formulas() -> None:
    rng, n = np.random.default_rng(9), 200_000
    lives = MODEL.simulate(n, 18, rng)
    assert (np.diff(lives.customer) >= 0).all() and (lives.time == np.rint(lives.time)).all()
    assert (np.diff(lives.time)[np.diff(lives.customer) == 0] > 0).all()
    bought = np.bincount(lives.customer, minlength=n)
    assert abs(bought.mean() - MODEL.expected_purchases_new(18)) < 5 * bought.std() / np.sqrt(n)
    chances = MODEL.purchase_distribution(18, 18, Summary([0.0], [0.0], [0.0]))[0]
    share = np.bincount(bought, minlength=19) / n
    assert (np.abs(share - chances) < 5 * np.sqrt(chances * (1 - chances) / n)).all()
    assert abs(MODEL.probability_alive(lives.summary()).mean() - lives.alive.mean()) < 5 * np.sqrt(0.25 / n)
    # What comes in 6 periods after 12, given what was seen by then.
    early = lives.time <= 12
    seen = np.bincount(lives.customer[early], minlength=n).astype(float)
    recency = np.zeros(n)
    recency[lives.customer[early]] = lives.time[early]
    ahead = MODEL.expected_purchases(6, Summary(seen, recency, np.full(n, 12.0)))
    came = bought - seen
    assert abs((came - ahead).mean()) < 5 * (came - ahead).std() / np.sqrt(n)
    for group in (seen == 0, (seen == 2) & (recency == 5), (seen > 8) & (recency == 12)):
        assert group.sum() > 500
        rest = (came - ahead)[group]
        assert abs(rest.mean()) < 5 * rest.std() / np.sqrt(group.sum())


def test_fit_finds_the_parameters_of_simulated_lives() -> None:
    """Horizons that differ; each parameter's logarithm within 5 of its standard errors."""
    rng = np.random.default_rng(10)
    T = rng.integers(4, 25, 40_000)
    fitted = BGBB().fit(MODEL.simulate(40_000, T, rng).summary())
    assert fitted.converged_ and not fitted.prior_used_
    assert fitted.log_likelihood().sum() == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    for name, error in zip(MODEL.parameters, np.sqrt(np.diag(fitted.covariance_)), strict=True):
        assert abs(np.log(fitted.params_[name] / MODEL.params_[name])) < 5 * error, name
        assert error < 0.2


def test_fit_does_not_depend_on_the_order_of_customers() -> None:
    summary = MODEL.simulate(3_000, 8, np.random.default_rng(11)).summary()
    one, other = BGBB().fit(summary), BGBB().fit(summary[::-1])
    assert one.params_ == other.params_


def test_corners_of_simulation() -> None:
    assert MODEL.simulate(0, 5, np.random.default_rng(0)).time.size == 0
    assert MODEL.simulate(50, 0, np.random.default_rng(0)).time.size == 0
    lost = BGBB.known(1.0, 1.0, 1e6, 1e-6).simulate(100, 10, np.random.default_rng(0))
    assert lost.time.size == 0 and not lost.alive.any()
    loyal = BGBB.known(1e9, 1e-9, 1e-9, 1e9).simulate(100, 10, np.random.default_rng(0))
    assert loyal.time.size == 1_000 and loyal.alive.all()


def test_one_period_does_not_identify_four_parameters() -> None:
    summary = Summary(np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], 50), np.ones(100))
    with pytest.warns(WeaklyIdentified, match="do not identify"):
        fitted = BGBB().fit(summary)
    assert fitted.prior_used_ and np.isfinite(list(fitted.params_.values())).all()
    with pytest.warns(WeaklyIdentified, match="none of the 3 customers") as told:
        silent = BGBB().fit(Summary([0, 0, 0], [0, 0, 0], [5, 5, 5]))
    assert silent.converged_ and "a year" not in str(told[0].message)  # chances a period have no unit of time
    assert (silent.expected_purchases(5) < 0.5 * silent.expected_purchases_new(5)).all()


@pytest.mark.parametrize("history", [(3, 2, 6), (1, 1.5, 6), (1, 1, 6.2)], ids=["x > t_x", "half", "half T"])
def test_what_is_no_count_of_periods_is_refused(history: tuple[float, ...]) -> None:
    with pytest.raises(BadInput, match=r"row 0 has frequency .* no counts of periods"):
        MODEL.probability_alive(Summary(*([v] for v in history)))


def test_refusals() -> None:
    history = Summary([1.0], [2.0], [5.0])
    for t in (1.5, -1.0, float("nan")):
        with pytest.raises(BadInput, match="the horizon t counts periods"):
            MODEL.expected_purchases(t, history)
    with pytest.raises(BadInput, match="clock"):
        MODEL.probability_alive(Summary([1.0], [2.0], [5.0], tau_x=[1.0], tau_T=[2.0]))


# -- periods ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gifts() -> pd.DataFrame:
    rows = [
        ("anne", "1995-03-01", 10.0),
        ("anne", "1995-12-31", 10.0),  # still her first year
        ("anne", "1997-01-01", 10.0),
        ("anne", "1997-07-01", 10.0),  # one year, one purchase
        ("anne", "1999-05-05", 10.0),  # after the end
        ("bert", "1996-06-30", 5.0),
        ("bert", "1998-02-28", -5.0),  # a refund
        ("carl", "1995-01-01", -1.0),
        ("dora", "1998-12-31", 2.0),
    ]
    return pd.DataFrame(rows, columns=["customer", "date", "amount"])


def test_periods_by_year(gifts: pd.DataFrame) -> None:
    summary = periods(gifts, "year", "1998-12-31")
    assert summary.customer is not None and summary.first_day is not None
    assert list(summary.customer) == ["anne", "bert", "dora"]
    assert list(summary.frequency) == [1, 0, 0]
    assert list(summary.recency) == [2, 0, 0]
    assert list(summary.T) == [3, 2, 0]
    assert [str(d) for d in summary.first_day] == ["1995-01-01", "1996-01-01", "1998-01-01"]
    assert summary.dropped == {"order after the end of observation": 1, "customer with refunds only": 1}
    # A year that is not over does not count.
    early = periods(gifts, "year", "1998-12-30")
    assert early.customer is not None
    assert list(early.customer) == ["anne", "bert"] and list(early.T) == [2, 1] and str(early.end) == "1997-12-31"


def test_periods_by_month_quarter_week_and_day(gifts: pd.DataFrame) -> None:
    month = periods(gifts, "month", "1997-07-31")
    assert list(month.frequency) == [3, 0] and list(month.recency) == [28, 0] and list(month.T) == [28, 13]
    quarter = periods(gifts, "quarter", "1997-09-30")
    assert list(quarter.frequency) == [3, 0] and list(quarter.recency) == [10, 0] and list(quarter.T) == [10, 5]
    week = periods(gifts, "week", "1996-01-06")  # the last week is 12-31 to 01-06
    assert list(week.frequency) == [1] and list(week.recency) == list(week.T) == [44]
    assert week.first_day is not None and str(week.first_day[0]) == "1995-02-26" and week.time_unit == "week"
    day = periods(gifts, "day", "1996-01-06")
    assert list(day.frequency) == [1] and list(day.recency) == [305] and list(day.T) == [311]


def test_days_are_those_of_the_continuous_summary(sample: Summary) -> None:
    from models.data.orders import cdnow

    days = periods(cdnow(sample=True), "day", "1997-09-30")
    for name in ("frequency", "recency", "T"):
        assert (getattr(days, name) == getattr(sample, name)).all()
    assert (days.customer == sample.customer).all() and (days.first_day == sample.first_day).all()
    weeks = periods(cdnow(sample=True), "week", "1997-09-30")
    assert ((weeks.T - sample.T / 7) <= 1).all() and (weeks.frequency <= sample.frequency).all()
    assert BGBB().fit(weeks).converged_


def test_periods_refuse(gifts: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="every is 'decade'"):
        periods(gifts, "decade")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="no purchase lies in a whole year up to 1994-12-31"):
        periods(gifts, "year", "1995-12-30")
    with pytest.raises(BadInput, match="no day"):
        periods(read_orders(gifts), "year", "soon")
