"""Static covariates: tables of any kind, tables and questions that are refused, effects beyond reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from models.data.customers import read_customers
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD
from models.families.covariates import GammaGammaWithCovariates, WithCovariates
from models.families.identified import WeaklyIdentified
from models.families.model import Model

from .with_effects import BASES, BG, PARETO, people, truth


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("gone.csv", None, "there is no such file"),
        ("torn.parquet", b"PAR1 and no more", "cannot be read as a table with one row a customer"),
        ("empty.csv", b"", "cannot be read as a table with one row a customer"),
        ("names.csv", b"name,age\nanna,31\n", "no column 'customer'; there are name, age"),
        ("bare.csv", b"13900010001,31\n13900010002,32\n", "the first row is no header; put the names of"),
        (
            "twice.csv",
            b"customer,age\nanna,31\nanna,32\n",
            r"row 3: this customer stands in a row before, too \(1 row too many\)",
        ),
    ],
)
def test_a_table_of_customers_that_cannot_be_used(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as refused:
        read_customers(tmp_path / name)
    assert name in str(refused.value)


def histories(base: Model, frame: pd.DataFrame, seed: int) -> Summary:
    rng = np.random.default_rng(seed)
    return base.simulate(len(frame), rng.uniform(20.0, 80.0, len(frame)), rng).summary()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people(400, 70)


# -- tables -----------------------------------------------------------------------------------------------------------


def named(summary: Summary) -> Summary:
    customer = np.array([f"{i}" for i in range(len(summary))], dtype=object)
    return Summary(summary.frequency, summary.recency, summary.T, customer=customer)


def test_tables_of_any_kind_and_order(frame: pd.DataFrame) -> None:
    summary = named(histories(BG, frame, 90))
    model = WithCovariates(BGNBD(), rhythm=["channel"], loss=["gender"])
    keyed = frame.assign(customer=np.arange(400))
    shuffled = keyed.sample(frac=1.0, random_state=1)
    extra = pd.concat([shuffled, pd.DataFrame({"customer": [1_000], "channel": ["tv"], "gender": ["f"], "age": [1.0]})])
    tables: list[Any] = [
        keyed,
        shuffled,
        extra,
        shuffled.set_index("customer"),
        shuffled.assign(customer=shuffled["customer"].astype(float)),
        shuffled.assign(channel=shuffled["channel"].astype("category")),
        shuffled.assign(customer=shuffled["customer"].astype(str)),
        pl.DataFrame(shuffled.to_dict("list")),
        pl.DataFrame(shuffled.to_dict("list")).lazy(),
        {"channel": frame["channel"].to_numpy(), "gender": frame["gender"].to_list()},
    ]
    first = model.fit(summary, tables[0])
    values, likelihood, future = dict(first._flat()), first.log_likelihood_, first.expected_purchases(20.0)
    for table in tables[1:]:
        again = WithCovariates(BGNBD(), rhythm=["channel"], loss=["gender"]).fit(summary, table)
        assert again._flat() == pytest.approx(values, rel=1e-12)
        assert again.log_likelihood_ == pytest.approx(likelihood, rel=1e-12)
        np.testing.assert_allclose(again.expected_purchases(20.0), future, rtol=1e-12)
    other = WithCovariates(BGNBD(), rhythm=["channel"], loss=["gender"]).fit(
        summary, shuffled.rename(columns={"customer": "Id"}), customer="Id"
    )
    assert other._flat() == pytest.approx(values, rel=1e-12)
    some = summary[np.array([5, 3, 350])]
    np.testing.assert_allclose(other.expected_purchases(20.0, some, keyed), future[[5, 3, 350]], rtol=1e-12)


def test_tables_that_cannot_be_used(frame: pd.DataFrame) -> None:
    summary = named(histories(BG, frame, 91))
    keyed = frame.assign(customer=np.arange(400).astype(str))

    def refused(table: Any, message: str, columns: tuple[str, ...] = ("channel",)) -> None:
        with pytest.raises(BadInput, match=message) as error:
            WithCovariates(BGNBD(), rhythm=list(columns)).fit(summary, table)
        assert str(error.value).count("\n") == 0

    refused(keyed.iloc[7:], r"7 of the 400 customers have no row \(the first is number 1 of the summary\)")
    refused(keyed.iloc[:0], "400 of the 400 customers have no row")
    refused(pd.concat([keyed, keyed.iloc[3:4]]), "rows 4 and 401 are of the same customer")
    refused(keyed.drop(columns="channel"), "no column 'channel'; there are gender, age, customer")
    refused(frame.iloc[:30], "30 rows for 400 customers and no column 'customer'")
    refused(keyed.assign(channel=None), "'channel' is empty for 400 customers")
    refused(keyed.assign(age=np.where(frame["age"] > 40, np.nan, 1.0)), "'age' is empty for", ("age",))
    refused(keyed.assign(age=np.inf), "'age' is infinite for 400", ("age",))
    refused(keyed.assign(channel="shop"), "'channel' is 'shop' for every customer")
    refused(keyed.assign(age=3.0), "'age' is 3 for every customer", ("age",))
    refused(keyed.assign(channel=keyed["customer"]), "'channel' has 400 different words")
    refused(keyed.assign(channel=pd.Timestamp("2026-01-01")), "'channel' holds Datetime")
    refused(keyed.assign(double=2.0 * keyed["age"] + 3), "'double' of rhythm says nothing that", ("age", "double"))
    refused(keyed.assign(copy=keyed["channel"]), "'copy=app' of rhythm says nothing", ("channel", "copy"))
    refused(keyed.assign(customer=np.arange(400) + 0.5), "customers as decimals")
    refused({"channel": ["a", "b"], "age": [1.0]}, "columns of different length")
    refused("channel", "a str is no table")
    unnamed = Summary(summary.frequency, summary.recency, summary.T)
    with pytest.raises(BadInput, match="the summary does not"):
        WithCovariates(BGNBD(), rhythm=["channel"]).fit(unnamed, keyed)


def test_models_that_cannot_be_had(frame: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="name at least one column for rhythm or loss"):
        WithCovariates(BGNBD())
    with pytest.raises(BadInput, match="as a list of names"):
        WithCovariates(BGNBD(), rhythm="channel")
    with pytest.raises(BadInput, match="as a list of names, each once"):
        WithCovariates(BGNBD(), rhythm=["channel", "channel"])
    with pytest.raises(BadInput, match="take BG/NBD or Pareto/NBD"):
        WithCovariates(MBGNBD(), rhythm=["channel"])
    with pytest.raises(BadInput, match="coefficients of rhythm are channel=app, channel=web"):
        WithCovariates.known(BG, frame, rhythm={"channel=app": 0.1})
    with pytest.raises(BadInput, match="with parameters"):
        WithCovariates.known(BGNBD(), frame, rhythm={"age": 0.1})
    nobody = Summary(np.zeros(400), np.zeros(400), np.full(400, 10.0), np.zeros(400))
    with pytest.warns(WeaklyIdentified, match="channel=.* the base parameters"):
        silent = WithCovariates(BGNBD(), rhythm=["channel"]).fit(nobody, frame)
    assert silent.converged_ and "none of the 400 customers has bought on a second day" in silent.message_
    with pytest.raises(CannotIdentify, match="one customer"):
        WithCovariates(BGNBD(), rhythm=["channel"]).fit(nobody[:1], frame)
    with pytest.raises(CannotIdentify):
        GammaGammaWithCovariates(["channel"]).fit(nobody, frame)
    same = Summary(np.ones(400), np.ones(400), np.full(400, 10.0), np.full(400, 9.9))
    with pytest.raises(CannotIdentify, match="no covariate can explain"):
        GammaGammaWithCovariates(["channel"]).fit(same, frame)


@pytest.mark.parametrize("base", BASES)
def test_questions_that_cannot_be_answered(base: Model, frame: pd.DataFrame) -> None:
    summary, model = histories(base, frame, 92), truth(base, frame)
    with pytest.raises(BadInput, match="fit it first"):
        _ = model.aic_
    with pytest.raises(BadInput, match="fit first"):
        model.probability_alive()
    with pytest.raises(BadInput, match="give the covariates of these customers"):
        model.probability_alive(summary)
    with pytest.raises(
        BadInput, match=r"'channel' is 'tv' for 400 customers, which the fit has not seen; it knows shop"
    ):
        model.probability_alive(summary, frame.assign(channel="tv"))
    with pytest.raises(BadInput, match="now holds words"):
        model.probability_alive(summary, frame.assign(age="old"))
    for t in (-1.0, np.nan, np.inf):
        with pytest.raises(BadInput, match="at least 0"):
            model.expected_purchases(t, summary, frame)
        with pytest.raises(BadInput, match="at least 0"):
            model.expected_purchases_new(t)
    with pytest.raises(BadInput, match="t has 3 values for 400"):
        model.expected_purchases(np.ones(3), summary, frame)
    with pytest.raises(BadInput, match="t has 3 values for 400"):
        model.expected_purchases_new(np.ones(3), frame)
    with pytest.raises(BadInput, match="400 rows for 10 new customers"):
        model.simulate(10, 5.0, np.random.default_rng(1), frame)
    with pytest.raises(BadInput, match="no column 'gender'"):
        model.expected_purchases_new(3.0, {"channel": "app", "age": 30.0})


@pytest.mark.parametrize(("base", "size"), [(BG, 30.0), (BG, -30.0), (PARETO, 40.0), (PARETO, -40.0)])
def test_effects_beyond_reason_do_not_break_it(base: Model, size: float, frame: pd.DataFrame) -> None:
    """Rates 1e13 (1e17) times as fast or slow, and every answer still a number."""
    summary = histories(base, frame, 93)
    model = WithCovariates.known(base, frame, rhythm={"gender=m": size}, loss={"gender=m": -size})
    assert np.isfinite(model.log_likelihood(summary, frame)).all()
    alive = model.probability_alive(summary, frame)
    assert ((alive >= 0) & (alive <= 1)).all()
    future = model.expected_purchases(10.0, summary, frame)
    assert (np.isfinite(future) & (future >= 0)).all()
    chances = model.purchase_distribution(10.0, 5, summary, frame)
    assert (np.isfinite(chances) & (chances >= 0)).all()
    assert (chances.sum(axis=1) <= 1 + 1e-12).all()


def test_a_number_of_two_values_is_a_word_of_two_levels(frame: pd.DataFrame) -> None:
    summary = histories(BG, frame, 83)
    number = frame.assign(gender=(frame["gender"] == "m").astype(float))
    truth_value = frame.assign(gender=frame["gender"] == "m")
    fits = [WithCovariates(BGNBD(), loss=["gender"]).fit(summary, table) for table in (frame, number, truth_value)]
    for fitted, name in zip(fits, ("gender=m", "gender", "gender=True"), strict=True):
        value = fits[0].coefficients_["loss"]["gender=m"]
        assert fitted.coefficients_["loss"] == pytest.approx({name: value}, rel=1e-7)
        np.testing.assert_allclose(fitted.expected_purchases(20.0), fits[0].expected_purchases(20.0), rtol=1e-7)
