"""The same file gives the same orders by import, in Python, through a forecast, a calibration and founding."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.data.orders import read_orders
from models.data.rfm import summarise
from models.forecasting.market import calibrate_market
from models.forecasting.pipeline import forecast
from sim.scenario.export import exported

from .case import Case, Totals
from .cases_of_chinese_platforms import CHINESE
from .cases_of_files import WORKBOOKS
from .cases_of_platforms import WESTERN
from .doors import of_orders, through
from .shop import FORMATS, write

# A scenario names the file alone.
FOUNDING = [
    pytest.param(case, id=case.name)
    for case in [*WORKBOOKS, *WESTERN, *CHINESE]
    if isinstance(case.wanted, Totals) and not case.options and len(case.doors) == 2
]


@pytest.fixture(scope="module")
def log(lives: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Some 300 orders of 60 customers over a year."""
    return lives(60, 365, seed=3, alpha=20.0)


@pytest.mark.parametrize("case", FOUNDING)
def test_founders_are_the_customers_of_the_file(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    founders, summary = exported(str(path), None), summarise(read_orders(path))
    assert len(founders) == len(summary) == case.wanted.customers  # type: ignore[union-attr]
    for name in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_array_equal(founders[name], getattr(summary, name))


@pytest.mark.filterwarnings("ignore::models.families.identified.WeaklyIdentified")
@pytest.mark.parametrize("kind", FORMATS)
def test_one_shop_in_every_format(kind: str, log: pd.DataFrame, tmp_path: Path) -> None:
    """All doors, and through them all fits, give what the log itself gives."""
    path = write(log, kind, tmp_path / "orders")
    truth = of_orders(read_orders(log)).by_customer
    assert through("import", path).by_customer == through("forecast", path).by_customer == truth
    ahead = forecast(path, model="bg-nbd", season=None, run_in=None, horizon=90)
    assert of_orders(ahead.orders).by_customer == truth
    # The currency is asked for where the file does not say it.
    market = calibrate_market(path, currency=None if kind in ("shopify", "youzan") else "EUR").market
    assert (market["source"]["orders"], market["source"]["customers"]) == (len(log), log["customer"].nunique())
    of_log = calibrate_market(log, currency="EUR").market
    for part in ("rhythm", "baskets"):
        assert market[part].keys() == of_log[part].keys()
        for name, value in of_log[part].items():
            np.testing.assert_allclose(market[part][name], value, rtol=1e-4, err_msg=f"{part}, {name}")
    assert len(exported(str(path), None)) == log["customer"].nunique()
