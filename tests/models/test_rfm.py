"""From orders to summaries: days, gifts, refunds, windows."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from models.data.rfm import summarise
from models.data.summary import Summary
from models.errors import BadInput


def one(rows: list[tuple[str, float]], end: str | None = None, lazy: bool = False) -> Summary:
    frame = pd.DataFrame(rows, columns=["date", "amount"]).assign(customer="a")
    frame["date"] = pd.to_datetime(frame["date"], format="ISO8601")
    return summarise(pl.from_pandas(frame).lazy() if lazy else frame, end)


def values(summary: Summary) -> tuple[float, ...]:
    assert summary.monetary_value is not None
    assert summary.spend_count is not None
    columns = (summary.frequency, summary.recency, summary.T, summary.monetary_value, summary.spend_count)
    return tuple(float(c[0]) for c in columns)


@pytest.mark.parametrize("lazy", [False, True])
def test_counts(lazy: bool) -> None:
    rows = [("2024-01-01", 100.0), ("2024-01-11", 30.0), ("2024-01-21", 50.0)]
    assert values(one(rows, "2024-01-31", lazy)) == (2, 20, 30, 40, 2)
    assert values(one(rows, lazy=lazy)) == (2, 20, 20, 40, 2)
    # orders of one day are one purchase, at whatever hours
    more = [*rows, ("2024-01-11 23:59:59", 10.0), ("2024-01-01 00:00:01", 1.0)]
    assert values(one(more, "2024-01-31", lazy)) == (2, 20, 30, 45, 2)
    # a later order is left out and counted
    late = one([*rows, ("2024-02-01 00:00:00", 999.0)], "2024-01-31", lazy)
    assert values(late) == (2, 20, 30, 40, 2)
    assert late.dropped == {"order after the end of observation": 1}


@pytest.mark.parametrize("lazy", [False, True])
def test_gifts_and_refunds(lazy: bool) -> None:
    rows = [("2024-01-01", 100.0), ("2024-01-11", 0.0), ("2024-01-21", 50.0)]
    assert values(one(rows, lazy=lazy)) == (2, 20, 20, 50, 1)  # a gift is a purchase, not a spend
    refund = [("2024-01-01", 100.0), ("2024-01-11", 50.0), ("2024-01-15", -30.0)]
    assert values(one(refund, "2024-01-21", lazy)) == (1, 10, 20, 40, 1)  # 150 paid, 30 back: a fifth off all
    full = [("2024-01-01", 0.1), ("2024-01-11", 0.2), ("2024-01-15", -0.3)]
    assert values(one(full, "2024-01-21", lazy)) == (1, 10, 20, 0, 0)
    more = [("2024-01-01", 10.0), ("2024-01-11", 20.0), ("2024-01-15", -99.0)]
    assert values(one(more, "2024-01-21", lazy)) == (1, 10, 20, 0, 0)
    # a refund before the first purchase does not start the clock
    early = [("2023-12-01", -5.0), ("2024-01-01", 100.0), ("2024-01-11", 100.0)]
    assert values(one(early, lazy=lazy)) == (1, 10, 10, 97.5, 1)


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars lazy", "duckdb"])
def test_gaps_by_hand(engine: str) -> None:
    """Days between successive purchase days: a 10, 1 and 28 + 1 (2024 is a leap year), b 366, c none, d 1."""
    rows = [
        (
            "a",
            "2024-02-01 08:00",
            5.0,
        ),  # out of order, twice a day, a refund on a day of its own and one on a purchase day
        ("a", "2024-01-21 23:59", 5.0),
        ("a", "2024-01-22 00:01", 0.0),
        ("a", "2024-01-11 12:00", 5.0),
        ("a", "2024-01-22 09:00", 5.0),
        ("a", "2024-01-28 09:00", -5.0),
        ("a", "2024-03-01 09:00", 5.0),
        ("a", "2024-03-01 10:00", -1.0),
        ("a", "2024-03-05 10:00", 9.0),  # after the end
        ("b", "2023-03-01 10:00", 5.0),
        ("b", "2024-03-01 10:00", 5.0),
        ("c", "2023-12-30 10:00", -5.0),  # before the first purchase
        ("c", "2024-01-01 10:00", 5.0),
        ("d", "2023-12-31 22:00", 5.0),
        ("d", "2024-01-01 01:00", 5.0),
    ]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount"])
    frame["date"] = pd.to_datetime(frame["date"])
    made = {
        "pandas": lambda: frame,
        "polars": lambda: pl.from_pandas(frame),
        "polars lazy": lambda: pl.from_pandas(frame).lazy(),
        "duckdb": lambda: duckdb.from_df(frame),
    }[engine]()
    summary = summarise(made, "2024-03-02")
    assert list(summary.customer) == ["a", "b", "c", "d"]  # type: ignore[arg-type]
    assert list(summary.frequency) == [4, 1, 0, 1]
    assert summary.log_gaps is not None
    expected = np.log([10.0 * 1.0 * 10.0 * 29.0, 366.0, 1.0, 1.0])
    np.testing.assert_allclose(summary.log_gaps, expected, atol=1e-9)
    weeks = summary.in_weeks()
    assert weeks.log_gaps is not None
    np.testing.assert_allclose(weeks.log_gaps, expected - np.array([4, 1, 0, 1]) * np.log(7.0), atol=1e-9)


def test_gaps_of_a_long_log_are_those_of_its_days() -> None:
    """Over four centuries and any order of rows: gaps added up against NumPy's calendar."""
    rng = np.random.default_rng(3)
    days = [rng.choice(146_000, 200, replace=False) for _ in range(5)]
    start = np.datetime64("1700-01-01")
    rows = [(str(i), (start + int(day)).item()) for i, some in enumerate(days) for day in some]
    summary = summarise(
        pl.DataFrame(rows, schema=["customer", "date"], orient="row").lazy(), today=date(2101, 1, 1), money=False
    )
    assert summary.log_gaps is not None
    expected = [np.log(np.diff(np.sort(some))).sum() for some in days]
    np.testing.assert_allclose(summary.log_gaps, expected, atol=1e-9)
    most = summary.frequency * np.log(summary.recency / summary.frequency)
    assert (summary.log_gaps < most).all()  # logarithms bend down: equal gaps are the most


def test_only_refunds_is_no_customer() -> None:
    frame = pd.DataFrame(
        {"customer": ["a", "a", "b"], "date": ["2024-01-01", "2024-01-05", "2024-01-02"], "amount": [1.0, 2.0, -3.0]}
    )
    summary = summarise(frame)
    assert list(summary.customer) == ["a"]  # type: ignore[arg-type]
    assert summary.dropped == {"customer with refunds only": 1}


def test_customers_who_start_after_the_end_are_counted() -> None:
    frame = pd.DataFrame(
        {"customer": ["a", "a", "b"], "date": ["2024-01-01", "2024-01-05", "2024-03-02"], "amount": [1.0, 2.0, 3.0]}
    )
    summary = summarise(frame, "2024-01-31")
    assert list(summary.customer) == ["a"]  # type: ignore[arg-type]
    assert summary.dropped == {"order after the end of observation": 1}


def test_shares_of_units_and_rows() -> None:
    summary = one([("2024-01-01", 100.0), ("2024-01-15", 30.0)])
    weeks = summary.in_weeks()
    assert (weeks.recency[0], weeks.T[0], weeks.time_unit) == (2, 2, "week")
    assert weeks.in_days().T[0] == 14
    assert weeks.in_weeks() is weeks
    again = Summary.from_frame(summary.to_frame())
    assert (again.frequency == summary.frequency).all()
    assert len(summary[np.array([False])]) == 0


def test_bad_ends() -> None:
    rows = [("2024-01-01", 100.0), ("2024-01-15", 30.0)]
    with pytest.raises(BadInput, match="the observation ends on 2023-12-31, before the first order on 2024-01-01"):
        one(rows, "2023-12-31")
    with pytest.raises(BadInput, match="end: 'soon' is no day; write it as 1997-09-30"):
        one(rows, "soon")
    with pytest.raises(BadInput, match="no column 'frequency'; there are x"):
        Summary.from_frame(pd.DataFrame({"x": [1]}))
