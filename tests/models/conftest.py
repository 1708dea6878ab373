"""The CDNOW log, read once, and simulated logs and what a forecast of them must be, for the tests of models/."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from models.data.orders import Orders, cdnow
from models.data.rfm import summarise
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.forecasting.pipeline import Forecast


@pytest.fixture(scope="session")
def sample_orders() -> Orders:
    return cdnow(sample=True)


@pytest.fixture(scope="session")
def sample(sample_orders: Orders) -> Summary:
    """The tenth of CDNOW that papers use, up to 1997-09-30, in days."""
    return summarise(sample_orders, "1997-09-30")


@pytest.fixture(scope="session")
def rhythm(sample: Summary) -> BGNBD:
    return BGNBD().fit(sample)


@pytest.fixture(scope="session")
def baskets(sample: Summary) -> GammaGamma:
    return GammaGamma().fit(sample)


@pytest.fixture(scope="session")
def lives() -> Callable[..., pd.DataFrame]:
    """A function that makes a log."""
    return _lives


@pytest.fixture(scope="session")
def check() -> Callable[[Forecast], list[str]]:
    """A function that says what is wrong with a forecast."""
    return _check


def _lives(
    n: int, days: int, seed: int, r: float = 0.6, alpha: float = 25.0, a: float = 0.8, b: float = 4.0
) -> pd.DataFrame:
    """Orders of `n` customers who begin evenly over `days` days from 2021 on."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, days, n)
    later = BGNBD.known(r, alpha, a, b).simulate(n, days - first - 1.0, rng)
    day = np.concatenate([first, first[later.customer] + np.ceil(later.time).astype(int)])
    who = np.concatenate([np.arange(n), later.customer])
    amount = np.round(rng.gamma(2.0, 20.0, who.size) + 1.0, 2)
    return pd.DataFrame(
        {
            "customer": [f"c{i:05d}" for i in who],
            "date": np.datetime64("2021-01-01", "s") + day * 86_400,
            "amount": amount,
        }
    )


def _check(found: Forecast) -> list[str]:
    """What is no number, out of its range or outside its own interval."""
    worth, totals, by = found.worth, found.totals, found.by()
    numbers = {
        "alive": worth.probability_alive, "orders": worth.expected_orders, "value": worth.value, "low": worth.low,
        "high": worth.high, "total": [worth.total, worth.total_low, worth.total_high],
        "mean": [worth.mean_low, worth.mean_high],
        "parameters": list(found.model.params_.values()), "covariance": found.model.covariance_,
        "errors": list(found.model.standard_errors_.values()), "by segment": by.to_numpy(),
        **{f"draws of {name}": drawn for name, drawn in found.draws.items()},
        **{name: getattr(totals, name) for name in ("orders", "orders_low", "orders_high")},
    }  # fmt: skip
    wrong = [name for name, value in numbers.items() if not np.isfinite(np.asarray(value, dtype=float)).all()]
    assert worth.low is not None and worth.high is not None
    assert worth.total_low is not None and worth.total_high is not None
    orders, low, high = worth.expected_orders.sum(), *found.orders_interval
    holds = {
        "P(alive) in 0 to 1": ((worth.probability_alive >= 0) & (worth.probability_alive <= 1)).all(),
        "a customer's ends": ((worth.low >= 0) & (worth.low <= worth.high)).all(),
        "the value's ends": worth.total_low <= worth.total <= worth.total_high,
        "the orders' ends": low <= orders <= high,
        "segments' ends": (
            (by["orders_low"] <= by["expected_orders"]) & (by["expected_orders"] <= by["orders_high"])
            & (by["ltv_total_low"] <= by["ltv_total"]) & (by["ltv_total"] <= by["ltv_total_high"])
        ).all(),
    }  # fmt: skip
    return wrong + [name for name, true in holds.items() if not true]
