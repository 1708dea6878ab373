"""Published figures for the grocery log of the R package BTYDplus; the data are not shipped."""

import os
from pathlib import Path

import pytest

from models.checks.holdout import score_holdout
from models.data.orders import read_orders

FOLDER = os.environ.get("SIYU_PUBLISHED_DATA", "")


@pytest.mark.skipif(
    not (Path(FOLDER) / "groceryElog.csv").is_file(),
    reason="set SIYU_PUBLISHED_DATA to a folder with groceryElog.csv",
)
def test_bg_nbd() -> None:
    orders = read_orders(Path(FOLDER) / "groceryElog.csv", customer="cust", date="date", money=False)
    scored = score_holdout(orders, "2006-12-31", end="2007-12-30")
    assert len(scored.calibration) == 1_525
    assert scored.actual_orders == 3_389
    params = scored.model.params_
    assert params["r"] == pytest.approx(0.349, abs=6e-4)
    assert params["alpha"] / 7 == pytest.approx(2.581, abs=1e-3)
    assert params["a"] == pytest.approx(0.504, abs=6e-4)
    assert params["b"] == pytest.approx(3.644, abs=6e-4)
    orders_in_all = scored.calibration.frequency.sum()
    in_weeks = (scored.model.log_likelihood_ or 0.0) + orders_in_all * 1.945910149055313  # ln 7 an order
    assert in_weeks == pytest.approx(-15_837, abs=0.6)
    assert scored.expected_orders == pytest.approx(3_996, abs=0.6)
    assert scored.mae == pytest.approx(1.577, abs=6e-4)
