"""What users get wrong in a notebook, each answered by one sentence; and what objects show of themselves."""

import inspect
import re
from collections.abc import Callable
from datetime import date
from typing import Unpack, get_args, get_origin

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import models
from models import (
    BGBB,
    BGNBD,
    MBGNBD,
    NBD,
    BadInput,
    GammaGamma,
    GammaGammaWithCovariates,
    MBGCNBDk,
    Model,
    Orders,
    ParetoNBD,
    Summary,
    WithCovariates,
    forecast,
    lifetime_value,
    market_from_orders,
    predict,
    read_orders,
    residual_value,
    score_holdout,
    summarise,
)
from models.errors import NotFitted

# --- models that are not fitted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [BGNBD, MBGNBD, ParetoNBD, NBD, BGBB, lambda: MBGCNBDk(k=2)])
def test_a_model_of_purchases_says_that_it_is_not_fitted(make: Callable[[], Model], sample: Summary) -> None:
    model, rng = make(), np.random.default_rng(0)
    asked: list[Callable[[], object]] = [
        lambda: model.params_,
        lambda: model.covariance_,
        lambda: model.standard_errors_,
        lambda: model.aic_,
        lambda: model.bic_,
        lambda: model.expected_purchases_new(10),
        lambda: model.log_likelihood(sample),
        lambda: model.probability_alive(sample) if not isinstance(model, NBD) else model.params_,  # NBD's is 1 for all
        lambda: model.expected_purchases(10, sample),
        lambda: model.purchase_distribution(10, 3, sample),
        lambda: model.normal_draws(3, rng),
        lambda: model.simulate(3, 10, rng),
        lambda: lifetime_value(model, GammaGamma(), sample),
    ]
    for ask in asked:
        with pytest.raises(NotFitted, match=f"^{re.escape(model.name)}: fit it first.$"):
            ask()
    assert not hasattr(model, "params_") and not hasattr(model, "standard_errors_") and not hasattr(model, "bic_")


def test_models_of_spend_and_with_covariates_say_it_too(sample: Summary, rhythm: BGNBD) -> None:
    spend, rng = GammaGamma(), np.random.default_rng(0)
    informed, informed_spend = WithCovariates(BGNBD(), rhythm=["age"]), GammaGammaWithCovariates(["age"])
    asked: list[Callable[[], object]] = [
        lambda: spend.mean_exists_,
        lambda: spend.mean_spend_,
        lambda: spend.expected_average_spend(1, 20.0),
        lambda: spend.simulate([1], rng),
        lambda: lifetime_value(rhythm, spend, sample),
        lambda: informed.effects(),
        lambda: informed.reference_,
        lambda: informed.bic_,
        lambda: informed.expected_purchases_new(10),
        lambda: informed.simulate(3, 10, rng),
        lambda: informed_spend.expected_spend_new(),
        lambda: BGNBD.known(r=1, alpha=20, a=1, b=3).clone().expected_purchases_new(10),
    ]
    for ask in asked:
        with pytest.raises(NotFitted, match=r"^[^:]+: fit it first.$"):
            ask()


def test_a_misspelt_attribute_is_what_it_always_was(rhythm: BGNBD) -> None:
    for model, name in ((rhythm, "parms_"), (BGNBD(), "parms")):
        with pytest.raises(AttributeError, match=f"'BGNBD' object has no attribute '{name}'") as caught:
            getattr(model, name)
        assert not isinstance(caught.value, BadInput)


def test_lifetime_value_with_its_models_swapped(rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    with pytest.raises(
        BadInput, match=r"^lifetime value: GammaGamma and BGNBD were given; give the model of purchases"
    ):
        lifetime_value(baskets, rhythm, sample)  # type: ignore[arg-type]


# --- columns -----------------------------------------------------------------------------------------------------------


def test_what_is_no_column_is_named() -> None:
    frame = pd.DataFrame({"frequency": [1, 0, 2], "recency": [3, 0, 9], "T": [9, 9, 9], "monetary_value": [3, 0, 5]})
    columns = frame["frequency"], frame["recency"], frame["T"]
    wrong: list[tuple[tuple[object, ...], str]] = [
        ((1, 2, 3), "frequency is of type int"),
        ((np.float64(1), 2, 3), "frequency is of type float64"),
        (("frequency", "recency", "T"), "frequency is of type str"),
        ((frame[["frequency"]], *columns[1:]), "frequency is of type DataFrame"),
        ((columns[0], 3, columns[2]), "recency is of type int"),
        ((*columns[:2], frame[["T"]]), "T is of type DataFrame"),
    ]
    for given, said in wrong:
        with pytest.raises(BadInput, match=rf"^BG/NBD: {said}; it must be a column \(a list, an array or a series\)"):
            BGNBD().fit(*given)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"^Gamma-Gamma: monetary_value is of type int; it must be a column"):
        GammaGamma().fit(frame["frequency"], 20)
    with pytest.raises(BadInput, match=r"^BG/NBD: give either frequency"):
        BGNBD().fit(Summary(*columns), *columns[1:])
    assert len(Summary(range(3), (0, 1, 2), np.array([3, 3, 3]))) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", [["1", "2"], np.array(["1", "2"], object), pd.Series(["1", "2"]), np.array([b"1", b"2"])]
)
def test_text_is_no_number(text: object) -> None:
    with pytest.raises(BadInput, match=r"^summary: frequency holds text; turn it into numbers first.$"):
        BGNBD().fit(text, [2, 2], [3, 3])  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_dates_are_no_ages(zone: str | None) -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=2, tz=zone))
    for dates in (days, [date(2024, 1, 1)] * 2):
        with pytest.raises(
            BadInput, match=r"^summary: recency holds dates; give days since the first purchase, not dates.$"
        ):
            BGNBD().fit([1, 2], dates, [3, 3])  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1e300, 1e12, 1e9])
def test_a_count_that_nobody_reaches(count: float) -> None:
    with pytest.raises(BadInput, match=r"^summary: frequency is 1e\+\d+ in row 0; .* must be below 10,000,000.$"):
        BGNBD().fit([count, 2, 0, 3], [3, 2, 0, 4], [5, 5, 5, 5])


# --- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        BGNBD.known(r=1, alpha=20, a=1, b=3),
        MBGNBD.known(r=1, alpha=20, a=1, b=3),
        ParetoNBD.known(r=1, alpha=20, s=1, beta=30),
        NBD.known(r=1, alpha=20),
        BGBB.known(alpha=1, beta=2, gamma=1, delta=3),
    ],
)
@pytest.mark.parametrize("t", ["a", "90", -1, np.nan, np.timedelta64(3, "D")])
def test_a_horizon_is_a_number(model: Model, t: object) -> None:
    few = Summary([1, 0], [2, 0], [3, 3])
    asked: list[Callable[..., object]] = [
        model.expected_purchases_new,
        lambda t: model.expected_purchases(t, few),
        lambda t: model.purchase_distribution(t, 2, few),
    ]
    for ask in asked:
        with pytest.raises(
            BadInput, match=r"the horizon t (must be a number|counts periods; it must be a whole number) .*0.$"
        ):
            ask(t)
    with pytest.raises(BadInput, match=r"(must be|is|of a distribution is) (a|one) number"):
        model.purchase_distribution([1, 2], 2, few)  # type: ignore[arg-type]


def test_options_are_numbers(sample_orders: Orders, rhythm: BGNBD, baskets: GammaGamma, sample: Summary) -> None:
    rng = np.random.default_rng(0)
    asked: list[tuple[str, Callable[..., object]]] = [
        ("horizon", lambda **wrong: forecast(sample_orders, **wrong)),
        ("margin", lambda **wrong: forecast(sample_orders, **wrong)),
        ("yearly_discount", lambda **wrong: forecast(sample_orders, **wrong)),
        ("horizon", lambda **wrong: lifetime_value(rhythm, baskets, sample, **wrong)),
        ("level", lambda **wrong: lifetime_value(rhythm, baskets, sample, **wrong)),
        ("yearly_discount", lambda **wrong: lifetime_value(rhythm, baskets, sample, **wrong)),
        ("margin", lambda **wrong: market_from_orders(sample_orders, **wrong)),
        ("horizon", lambda **wrong: predict(rhythm, baskets, sample, rng=rng, **wrong)),
        ("yearly_discount", lambda **wrong: residual_value(rhythm, baskets, sample, **wrong)),
    ]
    for name, ask in asked:
        with pytest.raises(BadInput, match=rf"^[a-z ]+: {name} is '90d'; it must be a number.$"):
            ask(**{name: "90d"})


# --- what objects show -------------------------------------------------------------------------------------------------


def test_what_data_and_results_show(sample_orders: Orders, sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    assert repr(sample) == "Summary(2,357 customers, 2,457 repeat purchases, 1997-01-01 to 1997-09-30)"
    assert (
        repr(Summary([2, 0], [2, 0], [3, 4.5]).in_weeks())
        == "Summary(2 customers, 2 repeat purchases, up to 0.642857 weeks)"
    )
    assert repr(sample[:0]) == "Summary(0 customers, 0 repeat purchases, up to 0 days)"
    assert repr(sample_orders) == "Orders(cdnow sample: 6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30)"
    worth = lifetime_value(rhythm, baskets, sample)
    assert repr(worth).startswith(f"LifetimeValue(2,357 customers, 365 days: total {worth.total:,.0f} (")
    assert repr(lifetime_value(rhythm, baskets, sample, interval=False)).endswith(f"total {worth.total:,.0f})")
    scored = score_holdout(sample_orders, "1997-09-30")
    assert repr(scored) == (
        f"Holdout(2,357 customers, BG/NBD, 273 days after 1997-09-30: {scored.expected_orders:,.0f} orders expected, "
        f"{scored.actual_orders:,} came)"
    )


def test_orders_show_themselves_without_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"customer": ["a", "a", None], "date": ["2024-01-01", "2024-02-01", "2024-01-05"]})
    orders = read_orders(frame, money=False, bad_rows="drop")
    for name in ("collect", "__repr__"):
        monkeypatch.setattr(nw.LazyFrame, name, lambda *_, **__: pytest.fail("the frame was queried"))
    assert repr(orders) == (
        "Orders(frame: 2 orders of 1 customer, 2024-01-01 to 2024-02-01, no amounts, 1 row left out)"
    )


# --- what help() shows -------------------------------------------------------------------------------------------------


def test_help_names_the_options_and_the_functions_that_are_defaults() -> None:
    open_ended = []
    for name in models.__all__:
        function = getattr(models, name)
        if not inspect.isfunction(function):
            continue
        for option in inspect.signature(function).parameters.values():
            assert getattr(option.default, "__name__", "") != "<lambda>", f"{name}: {option.name}"
            if get_origin(option.annotation) is Unpack:
                open_ended.append(name)
                (options,) = get_args(option.annotation)
                text = inspect.getdoc(function) or ""
                assert [key for key in options.__annotations__ if not re.search(rf"\b{key}\b", text)] == [], name
    assert {"summarise", "choose", "score_holdout", "estimate_season", "market_from_orders"} <= set(open_ended)
    assert inspect.signature(summarise).parameters["columns"].kind is inspect.Parameter.VAR_KEYWORD
