"""Seasons: multipliers by the day, mean 1 over a year."""

from datetime import date, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from sim.scenario import Baskets, Market, Season

PARTS = {
    "margin": 0.5,
    "rhythm": {"r": 0.25, "alpha": 33, "a": 0.7, "b": 2.2},
    "baskets": {"p": 6, "q": 4, "v": 15},
}


def market(**season: object) -> Market:
    return Market.model_validate(PARTS | {"season": season})


def test_no_season_is_all_ones() -> None:
    assert np.array_equal(Market.model_validate(PARTS).daily(date(2026, 1, 1), 400), np.ones(400))
    assert np.array_equal(market().daily(date(2026, 1, 1), 400), np.ones(400))


@pytest.mark.parametrize("start", [date(2026, 1, 1), date(2026, 8, 17), date(2026, 12, 31)])
def test_mean_is_one_over_any_ordinary_year(start: date) -> None:
    months = [1.4, 0.6, 1, 1, 1.1, 1.3, 0.9, 0.8, 1, 1.2, 1.7, 1.2]
    daily = market(months=months, peaks=[{"name": "double 11", "from": "11-01", "to": "11-11", "lift": 3}]).daily(
        start, 365
    )
    assert daily.mean() == pytest.approx(1, abs=1e-12)
    assert daily.shape == (365,)


def test_months_and_peaks_fall_on_their_days() -> None:
    months = [2.0] + [1.0] * 11
    season = market(months=months, peaks=[{"name": "618", "from": "06-16", "to": "06-18", "lift": 2.5}])
    daily = season.daily(date(2026, 1, 1), 365)
    by_day = {date(2026, 1, 1) + timedelta(days=n): value for n, value in enumerate(daily)}
    usual = by_day[date(2026, 3, 1)]
    assert usual == pytest.approx(365 / (365 + 31 + 3 * 1.5))
    ratios = {day: value / usual for day, value in by_day.items()}
    assert ratios[date(2026, 1, 31)] == pytest.approx(2)
    assert ratios[date(2026, 2, 1)] == pytest.approx(1)
    assert [round(ratios[date(2026, 6, day)], 9) for day in (15, 16, 17, 18, 19)] == [1, 2.5, 2.5, 2.5, 1]
    assert ratios[date(2026, 12, 31)] == pytest.approx(1)


def test_only_ratios_of_months_matter() -> None:
    once, twice = market(months=[2.0] + [1.0] * 11), market(months=[4.0] + [2.0] * 11)
    np.testing.assert_allclose(once.daily(date(2026, 1, 1), 365), twice.daily(date(2026, 1, 1), 365), rtol=1e-12)


def test_peak_over_new_year_and_overlapping_peaks() -> None:
    year = Season.model_validate(
        {
            "peaks": [
                {"name": "new year", "from": "12-30", "to": "01-02", "lift": 3},
                {"name": "eve", "from": "12-31", "to": "12-31", "lift": 2},
            ]
        }
    ).year()
    usual = year[100]
    assert [round(value / usual, 9) for value in (*year[362:365], *year[:3])] == [1, 3, 6, 3, 3, 1]


def test_29_february_is_as_28_february() -> None:
    months = [1.0, 3.0] + [1.0] * 10
    daily = market(months=months).daily(date(2028, 2, 27), 4)
    assert daily[0] == daily[1] == daily[2]
    assert daily[3] == pytest.approx(daily[2] / 3)
    three_years = market(months=months).daily(date(2026, 1, 1), 3 * 365 + 1)
    assert np.array_equal(three_years[:365], three_years[365 : 2 * 365])


def test_mean_basket_and_covariances() -> None:
    assert Baskets(p=6, q=4, v=15).mean == pytest.approx(30)
    good = ((0.04, 0.01, 0.0), (0.01, 0.09, 0.0), (0.0, 0.0, 0.01))
    assert Baskets(p=6, q=4, v=15, covariance=good).covariance == good
    crooked = ((0.04, 0.01, 0.0), (0.02, 0.09, 0.0), (0.0, 0.0, 0.01))
    with pytest.raises(ValidationError, match="symmetric"):
        Baskets(p=6, q=4, v=15, covariance=crooked)
    with pytest.raises(ValidationError, match="less than or equal"):
        Baskets(p=6, q=4, v=15, covariance=((1e300,) * 3,) * 3)
