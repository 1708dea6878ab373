"""The season: calendar, clock, estimation, forecasts, contacts.

Statistical tests have fixed seeds and tolerances of 5 standard errors.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.data.orders import Orders
from models.data.rfm import summarise
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.numerics.arrays import Floats
from models.season import (
    ContactClock,
    Peak,
    Season,
    Shape,
    Visits,
    chinese_new_year,
    estimate_contacts,
    estimate_season,
    forecast_orders,
    operational,
    visits,
    with_clock,
)
from models.season.clock import on_clock
from models.season.derivatives import Customers, at_parameters, hessian, merged, position_of
from models.season.shape import level_columns, moments

TRUTH = (0.6, 25.0, 0.8, 4.0)
START = "2021-01-01"


def simulate(season: Season, n: int, days: int, rng: np.random.Generator, growth: float = 0.0) -> pd.DataFrame:
    """Orders of `n` customers who come over `days` days, `growth` times as fast (in logarithms) at the end."""
    r, alpha, a, b = TRUTH
    clock = np.concatenate([[0.0], np.cumsum(season.daily(START, days))])
    u = rng.random(n)
    first = np.floor(days * (np.log1p(u * np.expm1(growth)) / growth if growth else u)).astype(int)
    rate, loss = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    who, now = np.arange(n), clock[first + 1].copy()
    customers, on = [who], [first]
    while who.size:
        now = now + rng.standard_exponential(who.size) / rate[who]
        seen = now < clock[-1]
        who, now = who[seen], now[seen]
        customers.append(who)
        on.append(np.searchsorted(clock, now, side="right") - 1)
        kept = rng.random(who.size) >= loss[who]
        who, now = who[kept], now[kept]
    customer, day = np.concatenate(customers), np.concatenate(on)
    return pd.DataFrame({"customer": [f"{c:06d}" for c in customer], "date": np.datetime64(START) + day, "amount": 1.0})


def later_orders(log: pd.DataFrame, end: str, days: int) -> int:
    """Purchase days in the `days` days after `end` of those seen by then."""
    last = np.datetime64(end)
    known = set(log.customer[log.date <= last])
    after = log[(log.date > last) & (log.date <= last + days) & log.customer.isin(known)]
    return len(after.drop_duplicates(["customer", "date"]))


# -- calendar ---------------------------------------------------------------------------------------------------------


def test_chinese_new_year_on_known_days() -> None:
    known = [
        "1997-02-07",
        "2000-02-05",
        "2008-02-07",
        "2020-01-25",
        "2023-01-22",
        "2024-02-10",
        "2025-01-29",
        "2033-01-31",
    ]
    for day in known:
        assert str(chinese_new_year(int(day[:4]))) == day
    starts = [chinese_new_year(year) for year in range(1970, 2100)]
    gaps = np.diff(np.array(starts)).astype(int)
    assert set(gaps) <= {353, 354, 355, 383, 384, 385}  # twelve or thirteen moons
    for year in (1969, 2100):
        with pytest.raises(BadInput, match="tabled for 1970 to 2099"):
            chinese_new_year(year)


def test_a_window_around_the_new_year_reaches_over_the_year_s_end() -> None:
    days = np.arange("2022-12-20", "2023-02-01", dtype="datetime64[D]")
    on = Peak("shopping", -21, 6).on(days)
    assert str(days[on][0]) == "2023-01-01" and str(days[on][-1]) == "2023-01-28" and on.sum() == 28
    assert Peak("sale", "12-25", "01-02").on(days).sum() == 9
    once = Peak("own", dates=(("2023-01-10", "2023-01-11"),)).on(days)
    assert [str(d) for d in days[once]] == ["2023-01-10", "2023-01-11"]


def test_mean_is_one_and_dicts_go_both_ways() -> None:
    season = Season(
        months=tuple(np.linspace(0.5, 1.6, 12)),
        harmonics=((0.2, -0.1), (0.0, 0.3)),
        weekdays=(1.0, 1.0, 1.1, 1.0, 0.9, 1.4, 1.5),
        peaks=(Peak("618", "06-16", "06-20", 3.0), Peak("own", dates=(("2024-05-20", "2024-05-21"),), lift=2.0)),
    )
    assert Season.from_dict(season.to_dict()) == season
    fixed = replace(season, weekdays=(1.0,) * 7, peaks=season.peaks[:1])
    assert fixed.daily("2023-01-01", 365).mean() == pytest.approx(1.0, abs=1e-12)
    assert (Season().daily("2023-06-01", 800) == 1.0).all()
    lunar = Season(peaks=(Peak("Chinese New Year", -10, -1, 2.0),))
    reference = np.arange("2001-01-01", "2029-01-01", dtype="datetime64[D]")
    assert lunar.at(reference).mean() == pytest.approx(1.0, abs=1e-4)
    assert lunar.cumulative("2024-01-01", 30)[[0, -1]] == pytest.approx([0.0, lunar.daily("2024-01-01", 30).sum()])


def test_a_market_s_season_is_read_and_written() -> None:
    plain = {"months": [1.0] * 11 + [2.0], "peaks": [{"name": "618", "from": "06-16", "to": "06-18", "lift": 2.5}]}
    season = Season.from_dict(plain)
    daily = season.daily("2023-01-01", 365)
    demand = np.repeat([1.0] * 11 + [2.0], [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    demand[166:169] = 2.5  # 16 June is the 167th day
    assert daily == pytest.approx(demand / demand.mean(), rel=1e-12)
    again = Season.from_dict(replace(season, peaks=(*season.peaks, Peak("CNY", -7, -1, 1.5))).market(2024))
    assert [(p.name, p.from_, p.to) for p in again.peaks] == [("618", "06-16", "06-18"), ("CNY", "02-03", "02-09")]


def test_bad_seasons_are_refused() -> None:
    for bad, message in (
        (lambda: Season(months=(1.0,) * 11), "months must be 12 positive"),
        (lambda: Season(weekdays=(1.0,) * 6 + (0.0,)), "weekdays must be 7 positive"),
        (lambda: Season(harmonics=((np.nan, 0.0),)), "harmonics must be"),
        (lambda: Peak("x", "06-31", "07-01"), "'06-31' of the peak 'x' is no month and day"),
        (lambda: Peak("x", 3, -3), "runs from 3 to -3"),
        (lambda: Peak("x", "06-16", 3), "runs from '06-16' to 3"),
        (lambda: Peak("x", "06-16", "06-18", -1.0), "lift of the peak 'x' is -1"),
        (lambda: Peak("x", dates=(("2024-05-21", "2024-05-20"),)), "must be pairs"),
        (lambda: Season.from_dict({"month": []}), "'month' is not known"),
        (lambda: Shape(peaks=(Peak("x", 0, 1), Peak("x", 2, 3))), "two peaks are called 'x'"),
    ):
        with pytest.raises(BadInput, match=message):
            bad()


# -- clock ------------------------------------------------------------------------------------------------------------


def test_a_flat_season_is_the_calendar(sample_orders: Orders) -> None:
    plain, clock = summarise(sample_orders, "1997-09-30"), with_clock(sample_orders, Season(), "1997-09-30")
    assert (clock.tau_x == plain.recency).all() and (clock.tau_T == plain.T).all()
    assert clock.log_rates is not None and not clock.log_rates.any()
    fitted = BGNBD().fit(clock)
    assert fitted.params_ == pytest.approx(BGNBD().fit(plain).params_, rel=1e-9)
    assert forecast_orders(fitted, clock, Season(), days=100) == pytest.approx(
        fitted.expected_purchases(100.0), rel=1e-12
    )


def test_the_clock_by_hand() -> None:
    season = Season(months=tuple(np.linspace(0.5, 1.6, 12)), weekdays=(0.5, 1.0, 1.0, 1.0, 1.0, 1.5, 2.0))
    orders = pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "a"],
            "date": ["2023-03-03", "2023-03-30", "2023-04-02", "2023-03-31", "2023-03-30"],
            "amount": 1.0,
        }
    )
    summary = with_clock(orders, season, "2023-04-10")
    s = season.daily("2023-03-03", 60)  # 3 March is 0, 30 March 27, 2 April 30, 10 April 38
    assert summary.tau_T == pytest.approx([s[1:39].sum(), s[29:39].sum()], rel=1e-12)
    assert summary.tau_x == pytest.approx([s[1:31].sum(), 0.0], rel=1e-12)
    assert summary.log_rates == pytest.approx([np.log(s[27] * s[30]), 0.0], abs=1e-12)
    assert summary.log_gaps == pytest.approx([np.log(s[1:28].sum() * s[28:31].sum()), 0.0], abs=1e-12)
    assert operational(season, "2023-03-04", "2023-04-10") == pytest.approx(s[1:39].sum(), rel=1e-12)
    assert operational(season, "2023-03-04", "2023-04-10", "week") == pytest.approx(s[1:39].sum() / 7, rel=1e-12)
    model = BGNBD.known(*TRUTH)
    parts = forecast_orders(model, summary, season, days=20) + forecast_orders(model, summary, season, "2023-05-01", 30)
    assert parts == pytest.approx(forecast_orders(model, summary, season, days=50), rel=1e-9)
    weeks = BGNBD.known(TRUTH[0], TRUTH[1] / 7, *TRUTH[2:])
    by_week = forecast_orders(weeks, summary.in_weeks(), season, days=50)
    assert by_week == pytest.approx(forecast_orders(model, summary, season, days=50), rel=1e-9)
    with pytest.raises(BadInput, match="purchases are known up to"):
        forecast_orders(model, summary, season, "2023-04-10", 30)


# -- estimation -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Visits:
    return visits(simulate(Season(), 400, 300, np.random.default_rng(7)), "2021-10-20")


def test_score_and_hessian_against_differences(small: Visits) -> None:
    """The slope of the log-likelihood in season and level, and its bend, are what differences of fits' values say."""
    shape = Shape(harmonics=2, peaks=(Peak("618", "06-16", "06-20"),), weekly=False)
    columns = shape.columns(small.first_day + np.arange(small.end + 1))
    level = level_columns(small.end + 1)
    at = np.array([0.2, -0.1, 0.05, 0.1, 0.4, 0.1, -0.2])
    model = BGNBD.known(*TRUTH)

    def value(coefficients: Floats, position: Floats) -> float:
        rates = moments(shape, columns, coefficients, level).rates
        return float(at_parameters(model, position).log_likelihood(on_clock(small, rates)).sum())

    def score(coefficients: Floats, position: Floats) -> Floats:
        season = moments(shape, columns, coefficients, level)
        exposure = Customers(merged(small), season.rates, 1.0).exposure(at_parameters(model, position))
        return np.asarray((small.counts() - season.rates * exposure) @ season.slopes)

    centre = position_of(model)
    steps = 1e-4 * np.eye(at.size)
    numeric = [(value(at + h, centre) - value(at - h, centre)) / 2e-4 for h in steps]
    assert score(at, centre) == pytest.approx(numeric, rel=1e-5, abs=2e-3)
    season = moments(shape, columns, at, level)
    customers = Customers(merged(small), season.rates, 1.0)
    found = hessian(customers, model, season, customers.exposure(model), small.counts())
    numeric2 = np.array([(score(at + h, centre) - score(at - h, centre)) / 2e-4 for h in steps])
    scale = np.sqrt(np.outer(np.diag(-found.season), np.diag(-found.season)))
    assert np.abs((found.season - numeric2) / scale).max() < 2e-3
    moves = 1e-4 * np.eye(4)
    across = np.array([(score(at, centre + h) - score(at, centre - h)) / 2e-4 for h in moves])
    assert np.abs(found.across - across).max() < 2e-3 * np.abs(across).max()


def test_a_season_comes_back_with_its_errors() -> None:
    """Truth within the family: parameters, peaks and every day's multiplier within 5 standard errors."""
    truth = Season(
        harmonics=((0.15, 0.2), (-0.1, 0.05)),
        weekdays=(0.9, 0.9, 0.9, 1.0, 1.1, 1.2, 1.1),
        peaks=(Peak("618", "06-16", "06-20", 2.5), Peak("Double 11", "11-10", "11-12", 4.0)),
    )
    log = simulate(truth, 15_000, 730, np.random.default_rng(21), growth=1.0)
    fit = estimate_season(log, end="2022-12-31")
    assert fit.converged and fit.dispersion < 1.7
    days = 730
    z = np.log(fit.season.daily(START, days) / truth.daily(START, days)) / fit.errors(START, days)
    assert np.abs(z).max() < 5
    assert 0.6 < np.sqrt((z**2).mean()) < 1.5
    for name, lift in (("618", 2.5), ("Double 11", 4.0)):
        value, error = fit.lifts()[name]
        assert abs(np.log(value / lift)) < 5 * error < 1.0
    for k, (name, true) in enumerate(zip(("r", "alpha", "a", "b"), TRUTH, strict=True)):
        assert abs(np.log(fit.model.params_[name] / true)) < 5 * np.sqrt(fit.model.covariance_[k, k]), name


@pytest.mark.parametrize("end", ["2021-12-24", "2022-12-24"])
def test_a_window_that_ends_on_a_peak(end: str) -> None:
    """One or two years that end in December's peak: plain BG/NBD overshoots the next year by a third or more; ours not.

    The season is not told, and its peaks are none of those that are looked for by name.
    """
    truth = Season(peaks=(Peak("autumn", "11-01", "11-12", 4.0), Peak("December", "11-25", "12-24", 2.5)))
    log = simulate(truth, 12_000, 1095, np.random.default_rng(22), growth=1.5)
    actual = later_orders(log, end, 365)
    plain = BGNBD().fit(summarise(log, end))
    assert plain.expected_purchases(365.0).sum() > 1.33 * actual
    fit = estimate_season(log, end=end)
    forecast = fit.forecast(np.random.default_rng(1), level=0.95)
    assert forecast.low < actual < forecast.high
    assert abs(forecast.expected / actual - 1) < 0.2
    assert forecast.sd_log < 0.25
    assert ("seen to return" in fit.message) or ("the rest of the year" in fit.message)


def test_no_season_is_flat_and_harmless() -> None:
    log = simulate(Season(), 8_000, 1095, np.random.default_rng(23), growth=1.0)
    fit = estimate_season(log, end="2022-12-31")
    logarithm, error = np.log(fit.season.daily("2022-01-01", 365)), fit.errors("2022-01-01", 365)
    assert np.abs(logarithm / error).max() < 5
    assert np.sqrt((logarithm**2).mean()) < 0.1
    actual = later_orders(log, "2022-12-31", 365)
    plain = float(BGNBD().fit(summarise(log, "2022-12-31")).expected_purchases(365.0).sum())
    forecast = fit.forecast(np.random.default_rng(1))
    assert forecast.low < actual < forecast.high
    # Chance alone moves the total by 5 of its standard deviations at most beyond what the plain model misses.
    assert abs(forecast.expected - actual) < abs(plain - actual) + 5 * forecast.chance_sd
    assert abs(forecast.expected / plain - 1) < 0.1


def test_other_models_on_the_clock(small: Visits) -> None:
    from models.families.pareto_nbd import ParetoNBD

    fit = estimate_season(small, ParetoNBD, harmonics=2, peaks=())
    assert isinstance(fit.model, ParetoNBD) and fit.converged
    logarithm = np.log(fit.season.daily(START, 365))
    assert np.abs(logarithm / fit.errors(START, 365)).max() < 5


def test_one_short_log_says_how_little_it_knows(small: Visits) -> None:
    fit = estimate_season(small)
    assert "the rest of the year is the prior's" in fit.message
    seen, unseen = fit.errors("2021-05-01", 1)[0], fit.errors("2021-11-11", 1)[0]
    assert unseen > 0.5 > seen  # nothing is known of Double 11
    rng = [np.random.default_rng(3) for _ in range(2)]
    assert fit.forecast(rng[0], days=60, draws=20).low == fit.forecast(rng[1], days=60, draws=20).low
    narrow, wide = fit.forecast(rng[0], "2022-05-01", 3, draws=60), fit.forecast(rng[0], "2021-11-10", 3, draws=60)
    assert wide.sd_log > 1.2 * narrow.sd_log
    with pytest.raises(BadInput, match="the level is 90"):
        fit.forecast(rng[0], level=90.0)


def test_nobody_repeats() -> None:
    orders = pd.DataFrame(
        {"customer": ["a", "b", "c"], "date": ["2023-03-03", "2023-03-04", "2023-06-01"], "amount": 1.0}
    )
    with pytest.raises(CannotIdentify, match="second day"):
        estimate_season(orders)


# -- contacts ---------------------------------------------------------------------------------------------------------


def contacted(
    effect: float, rng: np.random.Generator, n: int = 3_000, days: int = 280
) -> tuple[Visits, ContactClock, Floats]:
    """Orders drawn day by day with contacts at random, and c_i(day), (n, days)."""
    sent = rng.random((n, days)) < 0.03
    recent = np.zeros((n, days))
    for lag in range(71):
        recent[:, lag:] += sent[:, : days - lag] * 0.5 ** (lag / 7.0)
    r, alpha, a, b = 1.0, 40.0, 0.5, 5.0
    rate, loss, first = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n), rng.integers(0, 60, n)
    alive = np.ones(n, dtype=bool)
    who, on = [np.arange(n)], [first]
    for day in range(days):
        buys = (first < day) & alive & (rng.random(n) < -np.expm1(-rate * np.exp(effect * recent[:, day])))
        who.append(np.flatnonzero(buys))
        on.append(np.full(who[-1].size, day))
        alive[buys] = rng.random(int(buys.sum())) >= loss[buys]
    names = np.array([f"{i:05d}" for i in range(n)])
    day = np.datetime64(START) + np.concatenate(on)
    log = visits(
        pd.DataFrame({"customer": names[np.concatenate(who)], "date": day, "amount": 1.0}),
        str(np.datetime64(START) + days - 1),
    )
    customer, at = np.nonzero(sent)
    return log, ContactClock(names[customer], np.datetime64(START) + at, effect, 7.0), recent


def test_contacts_run_the_clock() -> None:
    log, contacts, recent = contacted(0.4, np.random.default_rng(31))
    season = Season(months=tuple(np.linspace(0.5, 1.6, 12)))
    summary = with_clock(log, season, contacts=contacts)
    assert str(log.first_day) == START
    clock = np.cumsum(np.exp(0.4 * recent) * season.daily(START, recent.shape[1]), axis=1)
    rows = np.arange(len(log.summary))
    begun = clock[rows, log.first]
    assert summary.tau_T == pytest.approx(clock[:, -1] - begun, rel=1e-9)
    assert summary.tau_x == pytest.approx(clock[rows, log.last] - begun, rel=1e-9, abs=1e-9)
    rates = np.diff(clock, axis=1, prepend=0.0)
    logs = np.bincount(log.customer, np.log(rates[log.customer, log.day]), minlength=rows.size)
    assert summary.log_rates == pytest.approx(logs, rel=1e-9, abs=1e-9)
    gaps = np.bincount(
        log.customer, np.log(clock[log.customer, log.day] - clock[log.customer, log.before]), minlength=rows.size
    )
    assert summary.log_gaps == pytest.approx(gaps, rel=1e-9, abs=1e-9)
    whole = contacts.ahead(log, season, str(log.first_day), recent.shape[1])
    assert whole == pytest.approx(clock[:, -1], rel=1e-9)


def test_the_effect_of_contacts_comes_back() -> None:
    log, contacts, _ = contacted(0.4, np.random.default_rng(32))
    found = estimate_contacts(log, replace(contacts, effect=0.0))
    assert abs(found.effect - 0.4) < 5 * found.error < 0.2
    assert found.clock.effect == found.effect
    nobody = ContactClock(np.array(["unknown"]), np.array(["2021-03-01"], dtype="datetime64[D]"), 0.3)
    assert with_clock(log, Season(), contacts=nobody).tau_T == pytest.approx(log.summary.T, rel=1e-12)
    with pytest.raises(CannotIdentify, match="no customer of the log was contacted"):
        estimate_contacts(log, nobody)
    with pytest.raises(BadInput, match="half-life"):
        replace(contacts, half_life=0.0)
