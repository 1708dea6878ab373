"""How models are called: with a Summary or with columns as in lifetimes; options as in scikit-learn; what they show."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

from models import (
    BGBB,
    BGNBD,
    MBGNBD,
    NBD,
    BadInput,
    BGCNBDk,
    GammaGamma,
    GammaGammaWithCovariates,
    MBGCNBDk,
    Model,
    Orders,
    ParetoNBD,
    Summary,
    WithCovariates,
    fit_after_run_in,
    forecast,
    lifetime_value,
    periods,
    rfm_segments,
    score,
)
from models.families.covariates.informed import Informed

MAKERS: list[Callable[[], Model]] = [BGNBD, MBGNBD, ParetoNBD, NBD, lambda: BGCNBDk(k=2), lambda: MBGCNBDk(k=3)]


@pytest.fixture(scope="module")
def few(sample: Summary) -> Summary:
    return sample[::6]


@pytest.fixture(scope="module")
def frame(few: Summary) -> pd.DataFrame:
    return few.to_frame()


# -- columns as in lifetimes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series, pl.Series])
def test_columns_are_the_summary(make: Callable[[], Model], kind: Callable[..., object], few: Summary) -> None:
    more = {"log_gaps": kind(few.log_gaps)} if make().uses_gaps else {}
    by_columns = make().fit(kind(few.frequency), kind(few.recency), kind(few.T), **more)  # type: ignore[arg-type]
    assert by_columns.params_ == make().fit(few).params_ == make().fit(summary=few).params_
    np.testing.assert_array_equal(by_columns.probability_alive(), make().fit(few).probability_alive())


def test_columns_by_the_names_of_lifetimes(few: Summary, frame: pd.DataFrame) -> None:
    by_name = BGNBD().fit(frequency=frame["frequency"], recency=frame["recency"], T=frame["T"])
    assert by_name.params_ == BGNBD().fit(few).params_
    spend = GammaGamma().fit(frequency=frame["frequency"], monetary_value=frame["monetary_value"])
    assert spend.params_ == pytest.approx(GammaGamma().fit(few).params_, rel=1e-12)
    assert spend.sample_posterior(50, np.random.default_rng(1))["p"].shape == (50,)
    np.testing.assert_allclose(
        spend.expected_average_spend(frame["frequency"], frame["monetary_value"]), spend.expected_average_spend()
    )


def test_columns_are_those_that_lifetimes_fits(few: Summary, frame: pd.DataFrame) -> None:
    from lifetimes import BetaGeoFitter

    theirs = BetaGeoFitter().fit(frame["frequency"], frame["recency"], frame["T"])
    ours = BGNBD().fit(frame["frequency"], frame["recency"], frame["T"])
    assert ours.log_likelihood_ is not None
    assert ours.log_likelihood_ >= float(BGNBD.from_lifetimes(theirs).log_likelihood(few).sum()) - 1e-6


def test_periods_of_lifetimes(sample_orders: Orders) -> None:
    years = periods(sample_orders, "month")
    by_name = BGBB().fit(frequency=years.frequency, recency=years.recency, n_periods=years.T)
    assert by_name.params_ == BGBB().fit(years).params_ == BGBB().fit(years.frequency, years.recency, years.T).params_


def test_a_k_that_is_open_needs_the_gaps(few: Summary) -> None:
    with pytest.raises(BadInput, match="has no log_gaps"):
        BGCNBDk().fit(few.frequency, few.recency, few.T)
    given = BGCNBDk().fit(few.frequency, few.recency, few.T, log_gaps=few.log_gaps)
    assert (given.k_, given.params_) == (BGCNBDk().fit(few).k_, BGCNBDk().fit(few).params_)


def test_columns_are_checked_as_a_summary_is() -> None:
    for columns, said in (
        (([1, 2], [3, 4], [5]), r"T has 1 rows where frequency has 2"),
        (([1, 2], [3, 9], [5, 6]), r"recency 9 is later than T 6, in row 1"),
        (([1, 0.5], [3, 2], [5, 6]), r"frequency is 0.5 in row 1; it counts whole purchases"),
        ((pd.Series([1, None], dtype="Int64"), [3, 3], [5, 6]), r"frequency is nan in row 1"),
        ((["a"], [3], [5]), r"frequency holds text; turn it into numbers first"),
        (([{}], [3], [5]), r"frequency holds something that is no number; give one number a customer"),
    ):
        with pytest.raises(BadInput, match=said):
            BGNBD().fit(*columns)
    with pytest.raises(BadInput, match="monetary_value has 1 rows where frequency has 2"):
        GammaGamma().fit([1, 2], [3])


def test_what_is_no_history_is_told_what_to_pass(frame: pd.DataFrame, sample_orders: Orders, few: Summary) -> None:
    said = r"this takes a Summary of customers, not {}; pass summarise\(orders, end\)"
    orders = sample_orders.to_frame()
    for given, kind in (
        (orders, "DataFrame"),
        (pl.from_pandas(orders), "DataFrame"),
        (sample_orders, "Orders"),
        ("cdnow", "str"),
    ):
        for make in (BGNBD, ParetoNBD, BGCNBDk, BGBB, GammaGamma):
            with pytest.raises(BadInput, match=f"^{make.name}: {said.format(kind)}"):
                make().fit(given)  # type: ignore[arg-type]
    model, baskets = BGNBD.known(0.5, 10.0, 1.0, 2.0), GammaGamma.known(6.0, 4.0, 15.0)
    for ask in (
        lambda: model.probability_alive(frame),
        lambda: ParetoNBD.known(0.5, 10.0, 0.6, 12.0).expected_purchases(10.0, frame),  # type: ignore[arg-type]
        lambda: baskets.expected_average_spend(frame),
        lambda: lifetime_value(model, baskets, frame),  # type: ignore[arg-type]
        lambda: rfm_segments(frame, None),  # type: ignore[arg-type]
        lambda: score(model, frame, few.frequency, 10.0),  # type: ignore[arg-type]
        lambda: fit_after_run_in(frame, 10),  # type: ignore[arg-type]
        lambda: WithCovariates(BGNBD(), rhythm=["channel"]).fit(frame, {}),  # type: ignore[arg-type]
    ):
        with pytest.raises(
            BadInput, match=rf"{said.format('DataFrame')}, or Summary.from_frame\(frame\) if it has the"
        ):
            ask()
    assert BGNBD().fit(Summary.from_frame(frame)).params_ == BGNBD().fit(few).params_


def test_columns_that_are_missing_or_too_many(few: Summary) -> None:
    x, t, end = few.frequency, few.recency, few.T
    for columns in ((), (x,), (x, t), (None, t, end), (few, t, end)):
        with pytest.raises(BadInput, match=r"^BG/NBD: give either frequency, recency and T of each customer"):
            BGNBD().fit(*columns)
    with pytest.raises(BadInput, match="give either frequency"):
        BGNBD().fit(x, t, end, summary=few)
    for pair in ((), (x,), (few, x)):
        with pytest.raises(BadInput, match=r"^Gamma-Gamma: give either frequency and monetary_value"):
            GammaGamma().fit(*pair)


def test_a_warning_points_at_the_call(few: Summary) -> None:
    spend = 10.0 + 0.1 * np.arange(30)
    alike = Summary(np.ones(30), np.full(30, 10.0), np.full(30, 20.0), spend)
    for make in (BGNBD, ParetoNBD, MBGNBD, GammaGamma):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            make().fit(alike)
        assert [warning.filename for warning in caught] == [__file__]


# -- options as in scikit-learn ----------------------------------------------------------------------------------------

UNFITTED = [
    BGNBD(),
    ParetoNBD(),
    BGCNBDk(),
    MBGCNBDk(k=1_000),
    BGBB(),
    GammaGamma(),
    WithCovariates(BGNBD(), rhythm=["channel"], loss=["age"]),
    GammaGammaWithCovariates(["channel"]),
]


@pytest.mark.parametrize("model", UNFITTED, ids=repr)
def test_the_constructor_s_options_are_kept_untouched(model: Model) -> None:
    """The protocol: a constructor given what get_params says makes the same, and keeps the very objects."""
    options = model.get_params(deep=False)
    again = type(model)(**options)
    assert all(again.get_params(deep=False)[name] is value for name, value in options.items())
    assert model.set_params(**options) is model
    copy = model.clone()
    assert type(copy) is type(model) and copy is not model and repr(copy) == repr(model)


def test_options_are_set_and_a_fit_is_forgotten(few: Summary) -> None:
    model = BGCNBDk(k=2).fit(few)
    assert model.get_params() == {"k": 2}
    assert model.set_params() is model and model.k_ == 2 and hasattr(model, "params_")
    assert model.set_params(k=1).get_params() == {"k": 1} and not hasattr(model, "params_")
    assert model.fit(few).params_ == pytest.approx(BGNBD().fit(few).params_, rel=1e-5)
    with pytest.raises(BadInput, match="k is 0; it must be a whole number"):
        model.set_params(k=0)
    with pytest.raises(BadInput, match=r"^BGCNBDk: there is no option 'kk'; the options are: k\.$"):
        model.set_params(kk=2)
    with pytest.raises(BadInput, match=r"there is no option 'k__m'"):
        model.set_params(k__m=2)
    with pytest.raises(BadInput, match=r"^BGNBD: there is no option 'k'; the options are: none\.$"):
        BGNBD().set_params(k=2)
    assert not hasattr(BGNBD().fit(few).clone(), "params_")


def test_options_of_a_base_model() -> None:
    model = WithCovariates(BGNBD(), rhythm=["channel"])
    assert model.get_params()["rhythm"] == ["channel"]
    other = model.clone()
    assert other.base is not model.base and isinstance(other.base, BGNBD)
    assert other.set_params(base=ParetoNBD(), loss=["age"]).name == "Pareto/NBD with covariates"
    assert other.columns == {"rhythm": ("channel",), "loss": ("age",)}
    with pytest.raises(BadInput, match="there are none for NBD"):
        other.set_params(base=NBD())
    with pytest.raises(BadInput, match="BGNBD: there is no option 'k'"):
        model.set_params(base__k=2)


def test_a_model_that_comes_fitted_is_not_cloned(few: Summary) -> None:
    after = fit_after_run_in(few, 20)
    channel = {"channel": np.where(np.arange(len(few)) % 3, "app", "shop")}
    informed = Informed(WithCovariates(BGNBD(), rhythm=["channel"]).fit(few, channel), BGNBD().fit(few), channel)
    for model in (after, informed):
        with pytest.raises(BadInput, match="it comes fitted and has no options"):
            model.clone()
        with pytest.raises(BadInput, match="it comes fitted and has no options"):
            model.set_params(k=2)


@pytest.mark.parametrize("model", UNFITTED, ids=repr)
def test_scikit_learn_clones_them(model: Model) -> None:
    base = pytest.importorskip("sklearn.base")
    copy = base.clone(model)
    assert type(copy) is type(model) and repr(copy) == repr(model) and copy is not model


# -- what they show ----------------------------------------------------------------------------------------------------


def test_what_models_show(few: Summary) -> None:
    assert repr(BGNBD()) == "BGNBD()"
    assert repr(BGCNBDk()) == "BGCNBDk()" and repr(MBGCNBDk(k=2)) == "MBGCNBDk(k=2)"
    assert repr(BGNBD.known(0.25, 4.0, 0.8, 2.5)) == "BGNBD(r=0.25, alpha=4, a=0.8, b=2.5)"
    assert repr(GammaGamma.known(6.25, 3.74, 15.4)) == "GammaGamma(p=6.25, q=3.74, v=15.4)"
    fitted = BGCNBDk(k=2).fit(few)
    values = ", ".join(f"{name}={value:.4g}" for name, value in fitted.params_.items())
    assert repr(fitted) == f"BGCNBDk({values}, k=2; 393 customers)"
    covariates = WithCovariates(BGNBD(), rhythm=["channel"], loss=["age", "channel"])
    assert repr(covariates) == "WithCovariates(BG/NBD, rhythm: channel, loss: age and channel)"
    channel = {"channel": np.where(np.arange(len(few)) % 3, "app", "shop")}
    spend = GammaGammaWithCovariates(["channel"]).fit(few, channel)
    assert repr(spend).startswith("GammaGammaWithCovariates(Gamma-Gamma, p=") and repr(spend).endswith(
        "spend: channel; 393 customers)"
    )
    after = fit_after_run_in(few, 20)
    assert repr(after) == f"AfterRunIn({after.model!r}, present: {after.present_model!r})"


def test_a_forecast_shows_its_table(lives: Callable[..., pd.DataFrame]) -> None:
    orders = lives(300, 300, 7)
    found = forecast(orders, model="bg-nbd", season=None, run_in=None, horizon=100)
    low, high = found.orders_interval
    shown = repr(found)
    assert shown.startswith("Forecast(frame: 300 customers, BG/NBD, 100 days: orders ") and len(shown) < 200
    assert f"({low:,.0f} to {high:,.0f}), value " in shown
    page = found._repr_html_()
    table = found.by()
    assert page.count("<tr") == len(table) + 1 and all(str(name) in page for name in table.index)
    assert f"{table['ltv_total'].iloc[0]:,.0f}" in page
    labels = dict.fromkeys(found.summary.customer.tolist(), "<b>x</b>")  # type: ignore[union-attr]
    assert "<b>x</b>" in found.by(labels).index
    from dataclasses import replace

    named = replace(found, orders=replace(found.orders, source="<script>"), segments=replace(
        found.segments, name=np.full(len(found.summary), "<b>x</b>")))  # fmt: skip
    assert "<script>" not in named._repr_html_() and "<b>x</b>" not in named._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in named._repr_html_()


def test_a_forecast_without_amounts_shows_orders_alone(lives: Callable[..., pd.DataFrame]) -> None:
    orders = lives(200, 200, 8).drop(columns="amount")
    found = forecast(orders, model="bg-nbd", season=None, run_in=None)
    assert "value" not in repr(found) and "ltv" not in found._repr_html_()
    assert "expected_orders" in found._repr_html_()
