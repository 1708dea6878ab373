"""Hypothesis over the order reader: one clear sentence or a table without NaN, and every row accounted for."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.data.orders import read_orders
from models.data.rfm import summarise
from models.errors import BadInput

TODAY = date(2026, 1, 1)

ids = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["1", "00001", "1234567890123456789", " 张三 ", "nan"]))
dates = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.dates(date(1960, 1, 1), date(2040, 1, 1)).map(str),
    st.datetimes().map(str),
    st.sampled_from(["2024/1/5 3:04", "20240105", "2024年1月5日", "9999-12-31", "2024-01-05+08"]),
)
amounts = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.floats().map(str),
    st.floats(-1e6, 1e6).map(str),
    st.sampled_from(["¥1,000.00", "0"]),
)
rows = st.lists(st.tuples(ids, dates, amounts), max_size=12)
FAST = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def check(source: object, n: int | None) -> None:
    try:
        read = read_orders(source, bad_rows="drop", today=TODAY)
    except BadInput as problem:
        assert "\n" not in str(problem).strip()
        return
    assert read.rows_read == read.rows_used + sum(read.dropped.values())
    if n is not None:
        assert read.rows_read == n
    table = read.to_frame()
    assert len(table) == read.rows_used
    assert table["customer"].notna().all()
    assert np.isfinite(table["amount"]).all()
    assert table["time"].notna().all()
    try:
        summary = summarise(read)
    except BadInput:
        return
    assert summary.frequency.sum() + len(summary) <= read.rows_used
    assert np.isfinite(summary.monetary_value).all()  # type: ignore[call-overload]


@FAST
@given(rows)
def test_frames(data: list[tuple[str | None, str | None, str | None]]) -> None:
    frame = pd.DataFrame(data, columns=["customer", "date", "amount"], dtype=object)
    check(frame, len(data))


@FAST
@given(rows, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_written_files(data: list[tuple[str | None, str | None, str | None]], encoding: str) -> None:
    frame = pd.DataFrame(data, columns=["customer", "date", "amount"], dtype=object)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "o.csv"
        try:
            frame.to_csv(path, index=False, encoding=encoding)
        except UnicodeEncodeError:
            return
        check(path, None)


@FAST
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(lambda t: ("customer,date,amount\n" + t).encode("utf-8", "replace")),
    )
)
def test_any_bytes(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "o.csv"
        path.write_bytes(content)
        check(path, None)
        check(path.rename(path.with_suffix(".parquet")), None)
