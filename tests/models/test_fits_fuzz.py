"""Hypothesis over fits: one clear sentence, or parameters, errors and forecasts without a NaN.

Summaries of every shape that exports have, and worse ones. What thousands of examples a model have found is kept in
test_fits_of_odd_data.py; the environment variable SIYU_FUZZ_EXAMPLES sets how many are drawn, new ones in every run.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.data.orders import read_orders
from models.data.summary import Summary
from models.families.bg_bb import BGBB
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.covariates import GammaGammaWithCovariates, WithCovariates
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.families.nbd import NBD
from models.families.pareto_nbd import ParetoNBD
from models.forecasting.fitting import MODELS
from models.forecasting.pipeline import forecast
from models.numerics.arrays import Floats

from .asked import ask, check_draws, check_forecasts, check_parameters, fitted, quiet

EXAMPLES = int(os.environ.get("SIYU_FUZZ_EXAMPLES", "0"))


def drawn(n: int) -> settings:
    """`n` examples, the same in every run; or as many as the environment asks for, new ones in every run."""
    return settings(
        max_examples=EXAMPLES or n,
        deadline=None,
        derandomize=not EXAMPLES,
        phases=[Phase.explicit, Phase.generate],  # shrinking fits takes minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        database=None,
    )


# -- what is drawn ----------------------------------------------------------------------------------------------------

SCALES = st.sampled_from([1e-3, 0.1, 1.0, 30.0, 365.0, 5_000.0])
COUNTS = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 40), st.integers(0, 5_000))
SHARES = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0.0, 1.0))
MONEY = st.one_of(
    st.sampled_from([0.0, 1e-6, 0.01, 9.9, 20.0, 1e9]),
    st.floats(0.01, 500.0),
    st.floats(-7.0, 9.0).map(lambda e: 10.0**e),
)


@st.composite
def summaries(draw: Any) -> Summary:
    """1 to 60 customers; alike, busy or silent; whole days or moments; a T that may be 0."""
    n = draw(st.one_of(st.integers(1, 5), st.integers(1, 60)))
    kind = draw(st.sampled_from(["any", "any", "alike", "silent", "one busy", "loyal", "one repeat", "cohort"]))
    scale, whole = draw(SCALES), draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    most = draw(COUNTS)
    x = (
        rng.integers(0, most + 1, n)
        if draw(st.booleans())
        else np.array(draw(st.lists(COUNTS, min_size=n, max_size=n)))
    )
    T = scale * (
        np.full(n, 1.0) if kind in ("alike", "cohort") else rng.random(n) ** draw(st.sampled_from([0.2, 1.0, 4.0]))
    )
    share = np.array(draw(st.lists(SHARES, min_size=n, max_size=n))) if n <= 8 else rng.random(n) ** rng.gamma(1.0)
    if kind == "alike":
        x, share = np.full(n, x[0]), np.full(n, share[0])
    elif kind == "silent":
        x = np.zeros(n, dtype=np.int64)
    elif kind in ("one busy", "one repeat"):
        x = np.where(np.arange(n) == 0, max(x[0], 1) if kind == "one busy" else 1, 0)
    elif kind == "loyal":
        share = np.ones(n)
    if whole:
        T, x = np.ceil(T), np.minimum(x, np.ceil(T)).astype(np.int64)
    if draw(st.integers(0, 9)) == 0:
        T = T * (rng.random(n) < 0.5)
    # a summary refuses repeat purchases at age 0, and no till tells apart what lies closer together than a second
    x = np.where(T * share > 1e-6, x, 0)
    recency = np.where(x > 0, T * share, 0.0)
    if whole:
        recency = np.where(x > 0, np.clip(np.rint(recency), x, T), 0.0)
    gaps = np.where(x > 0, x * np.log(np.maximum(recency, 1e-300) / np.maximum(x, 1)), 0.0)
    gaps -= np.where(x > 1, rng.gamma(0.5, 1.0, n) * x * draw(st.sampled_from([0.0, 0.01, 1.0])), 0.0)
    return Summary(
        x, recency, T, monetary_value=draw(spends(n)), log_gaps=gaps, time_unit=draw(st.sampled_from(["day", "week"]))
    )


@st.composite
def spends(draw: Any, n: int) -> Floats:
    """Mean values of n customers: one price, heavy tails, gifts, next to nothing and fortunes."""
    kind = draw(st.sampled_from(["price", "heavy", "usual", "any", "nearly"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    unit = draw(MONEY)
    if kind == "price":
        return np.full(n, unit)
    if kind == "nearly":
        return unit * (1.0 + 1e-6 * rng.random(n))
    if kind == "heavy":
        return np.minimum(unit / rng.random(n) ** draw(st.sampled_from([1.0, 3.0, 8.0])), 1e15)
    if kind == "usual":
        return unit * rng.gamma(2.0, 0.5, n)
    return np.array(draw(st.lists(MONEY, min_size=n, max_size=n)))


# -- what is asked of a fit -------------------------------------------------------------------------------------------


MAKERS: dict[str, Callable[[], Model]] = {
    "bg-nbd": BGNBD,
    "mbg-nbd": MBGNBD,
    "pareto-nbd": ParetoNBD,
    "bg-cnbd-k": BGCNBDk,
    "mbg-cnbd-k": MBGCNBDk,
    "bg-cnbd-3": lambda: BGCNBDk(3),
    "nbd": NBD,
}


@pytest.mark.parametrize("key", [key for key in MAKERS if key[-1] != "k"])
@drawn(8)
@given(summary=summaries())
def test_models(key: str, summary: Summary) -> None:
    ask(MAKERS[key], summary)


@pytest.mark.parametrize("key", [key for key in MAKERS if key[-1] == "k"])
@drawn(3)  # up to 20 fits each
@given(summary=summaries())
def test_models_that_look_for_a_rhythm(key: str, summary: Summary) -> None:
    ask(MAKERS[key], summary)


@st.composite
def in_periods(draw: Any) -> Summary:
    """Customers of BG/BB: whole periods, at most one purchase in each."""
    n = draw(st.one_of(st.integers(1, 5), st.integers(1, 60)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    T = rng.integers(0, draw(st.sampled_from([1, 3, 12])) + 1, n).astype(float)
    if draw(st.booleans()):
        T[:] = T.max()
    last = np.rint(T * rng.random(n) ** draw(st.sampled_from([0.0, 1.0, 5.0])))
    if draw(st.booleans()):
        last = last * (rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.9])))
    x = np.where(last > 0, np.maximum(np.rint(last * rng.random(n) ** draw(st.sampled_from([0.0, 1.0, 5.0]))), 1), 0)
    return Summary(x, last, T)


@drawn(6)
@given(summary=in_periods())
def test_bg_bb(summary: Summary) -> None:
    ask(BGBB, summary, whole=True)


@drawn(25)
@given(summary=summaries())
def test_gamma_gamma(summary: Summary) -> None:
    model = fitted(lambda: GammaGamma().fit(summary))
    if model is None:
        return
    with quiet():
        check_parameters(model, 3)
        assert model.constant_ or np.isfinite(model.log_likelihood_)
        spend = model.expected_average_spend()
        assert (np.isfinite(spend) & (spend > 0)).all(), (model.params_, model.mean_spend_, spend)
        assert np.isfinite(model.expected_spend_new_) and model.expected_spend_new_ > 0


@pytest.mark.parametrize("base", [BGNBD, ParetoNBD])
@drawn(8)
@given(summary=summaries(), ones=st.lists(st.booleans(), min_size=60, max_size=60))
def test_covariates(base: type[Model], summary: Summary, ones: list[bool]) -> None:
    table = {"app": np.array(ones[: len(summary)], dtype=float)}
    model = fitted(lambda: WithCovariates(base(), rhythm=["app"], loss=["app"]).fit(summary, table))
    if model is None:
        return
    with quiet():
        check_parameters(model, len(model.names_))
        assert np.isfinite(model.log_likelihood_)
        check_forecasts(model, summary)
        assert np.isfinite(model.effects()[["coefficient", "standard_error", "times", "p_value"]].to_numpy()).all()
        assert all(np.isfinite(v).all() for v in model.sample_posterior(50, np.random.default_rng(0)).values())


@drawn(12)
@given(summary=summaries(), ones=st.lists(st.booleans(), min_size=60, max_size=60))
def test_covariates_of_spend(summary: Summary, ones: list[bool]) -> None:
    table = {"app": np.array(ones[: len(summary)], dtype=float)}
    model = fitted(lambda: GammaGammaWithCovariates(["app"]).fit(summary, table))
    if model is None:
        return
    with quiet():
        check_parameters(model, len(model.names_))
        assert np.isfinite(model.log_likelihood_)
        spend = model.expected_average_spend()
        assert (np.isfinite(spend) & (spend > 0)).all()


@pytest.mark.parametrize("key", list(MAKERS))
@drawn(2)
@given(summary=summaries())
def test_posterior(key: str, summary: Summary) -> None:
    model = fitted(lambda: MAKERS[key]().fit(summary))
    if model is None:
        return
    with quiet():
        draws: Any = model.sample_posterior(200, np.random.default_rng(0))
        check_draws(draws, model.parameters)
        assert draws.message and draws.ess > 0


# -- from orders to a forecast ----------------------------------------------------------------------------------------


@st.composite
def logs(draw: Any) -> pd.DataFrame:
    """Small logs: few customers, days that coincide, refunds, gifts, or a single day."""
    n, people = draw(st.integers(1, 60)), draw(st.sampled_from([1, 2, 8, 60]))
    span = draw(st.sampled_from([0, 1, 7, 60, 400]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    day = np.datetime64("2024-01-01") + rng.integers(0, span + 1, n).astype("timedelta64[D]")
    amount = np.round(draw(spends(n)), 2)
    kind = draw(st.sampled_from(["paid", "paid", "refunds", "gifts", "negative"]))
    if kind == "refunds":
        amount = np.where(rng.random(n) < 0.2, -amount, amount)
    elif kind == "gifts":
        amount = np.where(rng.random(n) < 0.5, 0.0, amount)
    elif kind == "negative":
        amount = -amount
    return pd.DataFrame({"customer": rng.integers(0, people, n).astype(str), "date": day, "amount": amount})


@pytest.mark.parametrize("key", list(MODELS))
@drawn(3)
@given(log=logs(), held=st.sampled_from([None, 0.5, 0.8]), horizon=st.sampled_from([1.0, 365.0]))
def test_orders_to_forecast(key: str, log: pd.DataFrame, held: float | None, horizon: float) -> None:
    def make() -> Any:
        orders = read_orders(log)
        days = (orders.last_day - orders.first_day).days
        last = None if held is None else orders.first_day + pd.Timedelta(days=int(held * days))
        return forecast(orders, model=key, holdout=last, horizon=horizon)

    found = fitted(make)
    if found is None:
        return
    with quiet():
        check_parameters(found.model, len(found.model.parameters))
        worth, n = found.worth, len(found.summary)
        money = (
            () if worth is None else (worth.value, worth.low, worth.high)
        )  # None: no amount tells what an order is worth
        for values in (*money, found.expected_orders, found.probability_alive):
            assert values.shape == (n,)
            assert (np.isfinite(values) & (values >= 0)).all()
        low, high = found.orders_interval
        assert 0 <= low <= found.expected_orders.sum() * (1 + 1e-9) and np.isfinite(high)
        assert found.expected_orders.sum() <= high * (1 + 1e-9)
        assert not found.to_frame().drop(columns="customer").isna().to_numpy().any()
        assert found.by()["customers"].sum() == n
        for column in found.draws.values():
            assert np.isfinite(column).all()
        if found.scored is not None:
            assert np.isfinite([found.scored.mae, found.scored.rmse]).all()
