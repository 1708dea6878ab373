"""Logs that nobody would make up and that exist: no traceback, no NaN, every interval around what it is of.

Fixed seeds. Logs are in the past of any clock.
"""

from collections.abc import Callable
from itertools import cycle
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from models.data.orders import Orders, read_orders
from models.data.rfm import summarise
from models.errors import CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.priors import widened
from models.forecasting.fitting import MODELS
from models.forecasting.pipeline import Forecast, forecast
from models.numerics.normal import normal_steps
from models.season import SeasonFit, estimate_season
from models.value.predictive import predict

Lives: TypeAlias = Callable[..., pd.DataFrame]
Check: TypeAlias = Callable[[Forecast], list[str]]


def rows(*given: tuple[str, object]) -> pd.DataFrame:
    """A log of (customer, day), amounts all different."""
    frame = pd.DataFrame(given, columns=["customer", "date"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(amount=10.0 + np.arange(len(frame)) % 7)


def months(frame: pd.DataFrame, last: bool = False) -> pd.DataFrame:
    period = frame["date"].dt.to_period("M")
    return frame.assign(date=period.dt.end_time.dt.normalize() if last else period.dt.start_time)


def weeks(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=frame["date"] - pd.to_timedelta(frame["date"].dt.weekday, unit="D"))


def busy(_: Lives) -> pd.DataFrame:
    """One customer with 5,000 purchase days among fifty ordinary ones."""
    begin = np.datetime64("2005-01-01")
    days = np.sort(np.random.default_rng(6).choice(6_000, 5_000, replace=False))
    return rows(
        *(("busy", begin + d) for d in days),
        *((f"c{i}", begin + 100 * i) for i in range(50)),
        *((f"c{i}", begin + 100 * i + 50) for i in range(10)),
    )


LOGS: dict[str, Callable[[Lives], pd.DataFrame]] = {
    "all on the first of a month": lambda lives: months(lives(300, 800, 1)),
    "the same of few": lambda lives: months(lives(25, 500, 2)),
    "all on the last of a month": lambda lives: months(lives(200, 800, 3), last=True),
    "less than a year by months": lambda lives: months(lives(200, 250, 4)),
    "all on Mondays": lambda lives: weeks(lives(200, 600, 5)),
    "all at nine": lambda lives: lives(100, 20, 6, r=2.0, alpha=5.0).assign(
        date=lambda f: f["date"] + pd.Timedelta("9h")
    ),
    "all on one day": lambda _: rows(*((f"c{i}", "2021-03-01") for i in range(50))),
    "two days": lambda _: rows(
        *((f"c{i}", d) for i in range(50) for d in ("2021-03-01", "2021-03-02")[: 1 + (i % 3 > 0)])
    ),
    "two customers": lambda _: rows(
        ("a", "2021-01-01"), ("a", "2021-02-01"), ("b", "2021-01-10"), ("b", "2021-05-01"), ("b", "2021-06-01")
    ),
    "two customers of years": lambda _: rows(
        ("a", "2017-01-01"), ("a", "2021-02-01"), ("b", "2019-01-10"), ("b", "2021-05-01"), ("b", "2021-06-01")
    ),
    "one with 5,000 orders": busy,
    "nothing for ten years": lambda _: rows(
        *(
            (f"c{i}", d)
            for i in range(40)
            for d in (("2010-03-01", "2020-03-02") if i % 2 else (f"2010-03-{1 + i % 28:02d}",))
        )
    ),
    "most begin on the last day": lambda lives: pd.concat(
        [lives(60, 200, 8), rows(*((f"z{i}", "2021-07-19") for i in range(400)))]
    ),
    "everybody every day": lambda _: rows(
        *((f"c{i}", np.datetime64("2021-01-01") + d) for i in range(4) for d in range(370))
    ),
    "nobody twice": lambda lives: lives(200, 600, 9).drop_duplicates("customer"),
    "one twice": lambda lives: pd.concat(
        [lives(100, 500, 12).drop_duplicates("customer"), rows(("c00000", "2022-05-15"), ("c00000", "2022-05-16"))]
    ),
    "ten customers": lambda lives: lives(10, 500, 10),
    "every month by the clock": lambda _: rows(
        *(
            (f"c{i}", pd.Timestamp("2021-01-01") + pd.DateOffset(months=m))
            for i in range(15)
            for m in range(1 + (i * 7) % 15)
        )
    ),
}
KEYS = cycle([*MODELS, "auto"])
CASES = [(name, next(KEYS)) for name in LOGS] + [("nothing for ten years", "bg-nbd"), ("nothing for ten years", "auto")]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_every_number_of_an_odd_log_is_one(name: str, key: str, lives: Lives, check: Check) -> None:
    found = forecast(read_orders(LOGS[name](lives)), model=key)
    assert check(found) == []
    drawn = predict(
        found.model, found.baskets, found.summary, rng=np.random.default_rng(0), draws=50, ahead=found.fitted.ahead
    )
    ends = (drawn.orders_low, drawn.orders_high, drawn.total.orders_low, drawn.total.orders_high)
    assert all(np.isfinite(end).all() for end in ends)
    assert (drawn.orders_low <= drawn.orders_high).all() and drawn.total.orders_low <= drawn.total.orders_high


def test_one_customer_and_no_customer_are_refused_by_every_model() -> None:
    alone = read_orders(rows(("a", "2021-01-05"), ("a", "2021-01-09")))
    for key in (*MODELS, "auto"):
        with pytest.raises(CannotIdentify, match="one customer cannot show how customers differ"):
            forecast(alone, model=key)


@pytest.fixture(scope="module")
def silent_decade(lives: Lives) -> Orders:
    return read_orders(LOGS["nothing for ten years"](lives))


def test_the_last_part_of_a_week_is_no_week(silent_decade: Orders) -> None:
    """What is left of the expectation after the last whole week belongs to it: alone it gave a dispersion of 6,000."""
    assert estimate_season(silent_decade).dispersion < 50


def test_a_dispersion_leaves_what_is_known_without_the_log(lives: Lives) -> None:
    """However little weeks that vary without bound say, the priors of last resort bound the errors: 1.5 in ln r and the
    like, 1.4 in the mean rate; and errors grow with the dispersion up to there."""
    model = BGNBD().fit(summarise(lives(400, 700, 21)))
    errors = [np.sqrt(np.diag(widened(model, d))) for d in (1.0, 2.0, 10.0, 1e3, 1e9)]
    assert (np.diff(errors, axis=0) > 0).all()
    assert errors[0] == pytest.approx(np.sqrt(np.diag(model.covariance_)))
    assert errors[1] == pytest.approx(np.sqrt(2.0) * errors[0], rel=0.1)
    r, alpha, *_ = errors[-1]
    assert r == pytest.approx(1.5, rel=1e-3)
    assert alpha < np.hypot(1.5, 1.4) * 1.001
    assert (errors[-1] < 3.0).all()


def test_draws_stay_within_reach() -> None:
    """A spread of 100 in a logarithm says that the normal approximation has ended: draws do not follow it."""
    rng = np.random.default_rng(1)
    wide = normal_steps(np.diag([1e4, 1e-4, 1.0]), 2_000, rng, 2)
    assert np.abs(wide[:, :2]).max() <= 8.0 + 1e-9
    plain = normal_steps(np.diag([0.04, 0.09]), 20_000, rng, 2)
    assert plain.std(axis=0) == pytest.approx([0.2, 0.3], rel=5 / np.sqrt(2 * 20_000))  # 5 standard errors


def test_a_forecast_of_the_season_is_a_number(silent_decade: Orders) -> None:
    found = estimate_season(silent_decade)
    assert isinstance(found, SeasonFit)
    made = found.forecast(np.random.default_rng(0))
    assert 0.0 <= made.low <= made.expected <= made.high < np.inf
