"""What random data (test_fits_fuzz.py) once showed, held fast."""

import numpy as np
import pandas as pd
import pytest

from models.data.orders import read_orders
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD
from models.families.covariates import WithCovariates
from models.families.model import Model
from models.families.nbd import NBD
from models.families.pareto_nbd import ParetoNBD
from models.forecasting.pipeline import forecast

from .asked import ask, check_parameters, fitted, quiet

RHYTHMS = [BGNBD, MBGNBD, ParetoNBD, NBD]


@pytest.mark.parametrize("make", RHYTHMS)
def test_rates_far_from_the_mean_rate(make: type[Model]) -> None:
    """The likeliest alpha lies e^20 below a guess from the mean rate: the climb ended on its way, "not converged"."""
    busy = Summary([359.0, 0.0, 0.0], [3.1e-12, 0.0, 0.0], [0.00093, 0.00093, 0.00086])
    ask(make, busy)
    x = np.array([1.0, 3.0, 3.0, 625.0, 0.0, 0.0, 827.0, 19.0, 686.0, 63.0, 129.0, 0.0])
    T = np.array([1.6e-2, 5.1e-5, 2.6e-8, 5.9e-3, 2e-11, 6.7e-2, 4.9e-2, 5.1e-2, 1.1e-2, 4.5e-5, 4e-4, 1.1e-2])
    ask(make, Summary(x, np.where(x > 0, T, 0.0), T))


def test_a_repeat_purchase_in_no_time_at_all() -> None:
    """The density of such a purchase knows no bound: alpha went to e^-50, with infinite errors. It is refused; at age 0
    the summary itself is."""
    with pytest.raises(BadInput, match="recency 0 is too early for 1 repeat purchases"):
        Summary([1.0, 0.0], [0.0, 0.0], [825.6, 457.4])
    never = Summary([1.0, 0.0, 0.0, 0.0], [1e-250, 0.0, 0.0, 0.0], [825.6, 457.4, 1488.4, 900.0])
    for make in (BGNBD, MBGNBD):
        with pytest.raises(CannotIdentify, match="repeat purchases at recency 0"):
            make().fit(never)
    with pytest.raises(CannotIdentify, match="repeat purchases at recency 0"), quiet():
        WithCovariates(BGNBD(), rhythm=["app"], loss=["app"]).fit(never, {"app": np.array([1.0, 0.0, 1.0, 0.0])})


@pytest.mark.parametrize("make", RHYTHMS)
def test_the_value_of_customers_long_gone(make: type[Model]) -> None:
    """35 purchases in a day and a year of silence: what they are worth, about 1e-180, was squared to 0 and divided by."""
    gone = Summary(np.full(9, 35.0), np.full(9, 1.3), np.full(9, 365.0), 0.01 * (1.0 + 1e-6 * np.arange(9.0)))
    ask(make, gone)


@pytest.mark.parametrize("make", RHYTHMS)
def test_the_value_of_amounts_beyond_reason(make: type[Model]) -> None:
    """From a millionth to a billion after 5,000 purchases each: the grid of amounts overflowed."""
    n = 30
    spend = 10.0 ** np.linspace(-6.0, 9.0, n)
    ask(make, Summary(np.full(n, 5_000.0), np.full(n, 26.9), np.full(n, 30.0), spend))


def test_the_covariance_of_a_model_with_a_season_is_symmetric() -> None:
    """It was to 16 digits and not to the last."""
    rng = np.random.default_rng(3)
    day = np.datetime64("2024-01-01") + np.concatenate([[0, 399], rng.integers(0, 400, 58)]).astype("timedelta64[D]")
    log = pd.DataFrame(
        {"customer": rng.integers(0, 25, 60).astype(str), "date": day, "amount": 10.0 * rng.gamma(2.0, 1.0, 60)}
    )
    found = fitted(lambda: forecast(read_orders(log), model="bg-nbd"))
    assert found.season is not None
    check_parameters(found.model, 4)
