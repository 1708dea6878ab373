"""Reading orders: every kind of frame and file gives the same table, and rows that cannot be used are said."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from models.data.orders import Orders, read_orders
from models.data.rfm import summarise
from models.data.summary import Summary
from models.errors import BadInput

TODAY = date(2026, 1, 1)


def same(a: Summary, b: Summary) -> None:
    assert (a.customer == b.customer).all()  # type: ignore[union-attr]
    for name in ("frequency", "recency", "T", "monetary_value", "spend_count"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-9)
    assert (a.first_day == b.first_day).all()  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    from models.data.orders import cdnow

    return cdnow(sample=True).to_frame()


@pytest.mark.parametrize(
    "kind",
    ["pandas", "polars", "polars lazy", "pyarrow", "duckdb", "csv", "parquet", "shuffled", "texts", "tz", "gb18030"],
)
def test_every_source_gives_the_same_summary(kind: str, frame: pd.DataFrame, sample: Summary, tmp_path: Path) -> None:
    csv, parquet = tmp_path / "o.csv", tmp_path / "o.parquet"
    source: object
    if kind == "csv":
        frame.to_csv(csv, index=False)
        source = csv
    elif kind == "gb18030":
        frame.rename(columns={"customer": "买家ID", "time": "订单创建时间", "amount": "实付金额"}).to_csv(
            csv, index=False, encoding="gb18030"
        )
        source = csv
    elif kind == "parquet":
        frame.to_parquet(parquet)
        source = str(parquet)
    elif kind == "shuffled":
        source = frame.sample(frac=1.0, random_state=3)
    elif kind == "texts":
        source = frame.assign(time=frame.time.dt.strftime("%Y/%m/%d"), amount=frame.amount.map("¥{:,.2f}".format))
    elif kind == "tz":
        source = frame.assign(time=frame.time.dt.tz_localize("Asia/Shanghai"))
    else:
        table = pa.Table.from_pandas(frame)
        source = {
            "pandas": frame,
            "polars": pl.from_pandas(frame),
            "polars lazy": pl.from_pandas(frame).lazy(),
            "pyarrow": table,
            "duckdb": duckdb.from_arrow(table),
        }[kind]
    same(summarise(read_orders(source), "1997-09-30"), sample)


def test_text_ids_survive(tmp_path: Path) -> None:
    ids = ["00001", "1", "1234567890123456789", "1234567890123456788", "张三", "a,b", '说"好"']
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        rows = pd.DataFrame({"客户": ids, "日期": "2024-05-01", "金额": "1.5"})
        rows.to_csv(path, index=False, encoding=encoding)
        read = read_orders(path, today=TODAY).to_frame()
        assert sorted(read["customer"]) == sorted(ids)
        assert (read["amount"] == 1.5).all()


def test_ids_in_frames(tmp_path: Path) -> None:
    day = pd.Timestamp("2024-05-01")
    whole = pd.DataFrame({"user_id": [7, 1234567890123456789], "date": day, "amount": 1})
    assert list(read_orders(whole).to_frame()["customer"]) == ["7", "1234567890123456789"]
    gaps = pd.DataFrame({"user_id": [7.0, np.nan], "date": day, "amount": 1})
    dropped = read_orders(gaps, bad_rows="drop")
    assert list(dropped.to_frame()["customer"]) == ["7"]
    assert dropped.dropped == {"no customer": 1}
    mixed = pd.DataFrame({"user_id": ["a", 7], "date": ["2024-05-01", date(2024, 5, 2)], "amount": [1, "2.5"]})
    assert sorted(read_orders(mixed).to_frame()["customer"]) == ["7", "a"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-05", date(2024, 1, 5)),
        ("2024/1/5", date(2024, 1, 5)),
        ("2024/1/5 3:04", date(2024, 1, 5)),
        ("2024-01-05 23:59:59", date(2024, 1, 5)),
        ("2024-01-05T23:30:00+08:00", date(2024, 1, 5)),  # as it stands on the wall
        ("2024-01-05T23:30:00.123Z", date(2024, 1, 5)),
        ("20240105", date(2024, 1, 5)),
        ("20240105 23:59:59", date(2024, 1, 5)),
        ("20240105235959", date(2024, 1, 5)),
        ("2024.01.05", date(2024, 1, 5)),
        ("2024年1月5日", date(2024, 1, 5)),
        ("2024年01月05日 10:00:00", date(2024, 1, 5)),
        (" 2024-01-05\t", date(2024, 1, 5)),
    ],
)
def test_dates(text: str, day: date) -> None:
    read = read_orders(pd.DataFrame({"customer": ["a"], "date": [text], "amount": ["1"]}), today=TODAY)
    assert read.first_day == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-13-01",
        "2024-02-30",
        "0000-00-00",
        "infinity",
        "now",
        "2024",
        "1e5",
    ],
)
def test_no_dates(text: str) -> None:
    with pytest.raises(BadInput, match=r"frame: row 1: '.*' in column 'date' is no date"):
        read_orders(pd.DataFrame({"customer": ["a"], "date": [text], "amount": ["1"]}), today=TODAY)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("1,234.50", 1234.5), ("¥12.30", 12.3), ("￥ 12.30", 12.3), ("12.30元", 12.3), ("-5", -5.0),
     ("$0.99", 0.99), ("1e3", 1000.0), (".5", 0.5), ("12345678.90", 12345678.9)],
)  # fmt: skip
def test_amounts(text: str, value: float) -> None:
    read = read_orders(pd.DataFrame({"customer": ["a"], "date": ["2024-01-05"], "amount": [text]}), today=TODAY)
    assert read.to_frame()["amount"][0] == value


@pytest.mark.parametrize("text", ["", "free", "nan", "inf", "1.234,56.7", "12,34,5", "1  000", "--", "1e999", "NULL"])
def test_no_amounts(text: str) -> None:
    with pytest.raises(BadInput, match="in column 'amount' is no amount"):
        read_orders(pd.DataFrame({"customer": ["a"], "date": ["2024-01-05"], "amount": [text]}), today=TODAY)


BAD_FILES: list[tuple[str, bytes, dict[str, object], str]] = [
    ("empty.csv", b"", {}, "empty.csv: the file is empty; export the orders again."),
    ("blank.csv", b"\n\n  \n", {}, "blank.csv: the file is empty; export the orders again."),
    (
        "header.csv",
        b"customer,date,amount\n",
        {},
        "header.csv: there are no orders in it; export the orders again.",
    ),
    (
        "latin.csv",
        "customer,date,amount\ncafé,2024-01-05,1\n".encode("latin-1"),
        {},
        "latin.csv: the text is neither UTF-8 nor GB18030; save the file as CSV in UTF-8.",
    ),
    (
        "binary.csv",
        b"customer,date\x00\x01\x02",
        {},
        "binary.csv: this is not a text file; give the orders as CSV, xlsx or Parquet.",
    ),
    (
        "book.csv",
        b"PK\x03\x04 what Excel writes",
        {},
        "book.csv: the workbook is damaged or none (BadZipFile); export it again.",
    ),
    (
        "not.parquet",
        b"customer,date,amount\n",
        {},
        "not.parquet: this is not a Parquet file although it is called one.",
    ),
    ("cut.parquet", b"PAR1 cut off", {}, "cut.parquet: the Parquet file is damaged or cut off; write it again."),
    (
        "column.csv",
        b"customer,date,amount\na,2024-01-05,1\n",
        {"customer": "custumer"},
        "column.csv: no column 'custumer' for the customer; there are customer, date, amount; did you mean customer?",
    ),
    (
        "unknown.csv",
        b"wer,wann,was\na,2024-01-05,1\n",
        {},
        "unknown.csv: no column is known as the customer (there are wer, wann, was); name it with customer=...",
    ),
    (
        "same.csv",
        b"customer,date,amount\na,2024-01-05,1\n",
        {"amount": "date"},
        "same.csv: column 'date' cannot be two things at once; name customer, date and amount apart.",
    ),
    (
        "date.csv",
        b"customer,date,amount\na,2024-01-05,1\nb,2024-31-12,2\nc,32/13/2024,2\n",
        {},
        "date.csv: row 3: '2024-31-12' in column 'date' is no date (write it as 2024-01-31); "
        "correct it, or leave all 2 rows like it out (bad_rows drop).",
    ),
    (
        "amount.csv",
        b"customer,date,amount\na,2024-01-05,1\nb,2024-01-06,two\n",
        {},
        "amount.csv: row 3: 'two' in column 'amount' is no amount (write it as 129.90); "
        "correct it, or leave this row out (bad_rows drop).",
    ),
    (
        "customer.csv",
        b"customer,date,amount\n,2024-01-05,1\n",
        {},
        "customer.csv: row 2: column 'customer' has no customer; correct it, or leave this row out (bad_rows drop).",
    ),
    (
        "future.csv",
        b"customer,date,amount\na,2024-01-05,1\na,2026-01-02,1\n",
        {},
        "future.csv: row 3: the date '2026-01-02' lies in the future; "
        "correct it, or leave this row out (bad_rows drop).",
    ),
    (
        "fields.csv",
        b"customer,date,amount\na,2024-01-05,1\na,2024-01-06,1,000\n",
        {},
        "fields.csv: row 3: there are 4 fields where the header has 3; quote values that contain the delimiter, "
        "or leave bad rows out (bad_rows drop).",
    ),
    (
        "all_bad.csv",
        b"customer,date,amount\na,x,1\n",
        {"bad_rows": "drop"},
        "all_bad.csv: there are no orders in it once bad rows are left out (1 unreadable date); "
        "say how dates are written with date_format (dmy, mdy, ymd or a pattern), or export the orders again.",
    ),
    (
        "twice.csv",
        b"customer,date,amount,customer\na,2024-01-05,1,b\n",
        {},
        "twice.csv: there are two columns called 'customer'; rename one of them.",
    ),
    (
        "mode.csv",
        b"customer,date,amount\na,2024-01-05,1\n",
        {"bad_rows": "ignore"},
        "bad_rows is 'ignore'; it must be refuse or drop.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "options", "sentence"), BAD_FILES, ids=[row[0] for row in BAD_FILES])
def test_bad_files(
    name: str, content: bytes, options: dict[str, object], sentence: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_orders(name, today=TODAY, **options)  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_other_bad_sources(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere.csv: there is no such file; check the name"):
        read_orders(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match=r"this is a folder; give the file"):
        read_orders(tmp_path)
    with pytest.raises(BadInput, match="a list is neither a file name nor a dataframe"):
        read_orders([1, 2, 3])
    lazy = pl.LazyFrame({"customer": ["a"], "date": ["2024-01-05"], "amount": [1.0]})
    with pytest.raises(BadInput, match="column 'date' of this lazy frame is no date"):
        read_orders(lazy)
    empty = pl.LazyFrame({"customer": [""], "date": [date(2024, 1, 5)], "amount": [1.0]})
    with pytest.raises(BadInput, match="there are bad rows"):
        read_orders(empty)
    assert read_orders(pl.concat([empty, empty.with_columns(customer=pl.lit("a"))]), bad_rows="drop").dropped == {
        "no customer": 1
    }


def test_dropping_counts_every_row(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "customer,date,amount\na,2024-01-05,1\n,2024-01-05,1\nb,never,1\nc,2024-01-05,x\nd,2030-01-05,1\n"
        "a,2024-01-06,1,000\na,2024-02-01,3\n"
    )
    read = read_orders(path, bad_rows="drop", today=TODAY)
    assert read.dropped == {
        "no customer": 1,
        "unreadable date": 1,
        "unreadable amount": 1,
        "date in the future": 1,
        "malformed row": 1,
    }
    assert (read.rows_read, read.rows_used, read.customers) == (7, 2, 1)
    assert summarise(read).dropped == read.dropped


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_quotes_and_line_breaks(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    row = delimiter.join(['"a\nb"', "2024-01-05", '"1,234.5"'])
    path.write_text(delimiter.join(["customer", "date", "amount"]) + "\n" + row + "\n")
    read = read_orders(path, today=TODAY).to_frame()
    assert read["customer"][0] == "a\nb"
    assert read["amount"][0] == 1234.5


def test_a_name_with_wildcards_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "o[1]*.csv").write_text("customer,date,amount\na,2024-01-05,1\n")
    (tmp_path / "o1x.csv").write_text("customer,date,amount\nb,2024-01-05,1\n")
    assert list(read_orders(tmp_path / "o[1]*.csv").to_frame()["customer"]) == ["a"]


def test_an_order_of_today_is_no_future() -> None:
    frame = pd.DataFrame({"customer": ["a"], "date": [datetime(2026, 1, 1, 23, 59)], "amount": [1.0]})
    assert read_orders(frame, today=TODAY).rows_used == 1
    with pytest.raises(BadInput, match="lies in the future"):
        read_orders(frame, today=date(2025, 12, 31))


def test_orders_pass_through_and_money_can_be_missing() -> None:
    frame = pd.DataFrame({"customer": ["a", "a"], "date": ["2024-01-05", "2024-01-09"]})
    read = read_orders(frame, money=False)
    assert isinstance(read, Orders)
    assert read_orders(read) is read
    summary = summarise(read)
    assert summary.frequency[0] == 1
    assert summary.spend_count is not None
    assert summary.spend_count[0] == 0


# --- orders that came back ---------------------------------------------------------------------------------------------

PLACED = {
    "customer": ["a", "a", "a", "b", "b", "b"],
    "date": ["2024-01-01", "2024-01-05", "2024-02-01", "2024-01-03", "2024-01-09", "2024-01-20"],
    "amount": [10.0, 20.0, 30.0, 5.0, 7.0, 0.0],
}
CAME_BACK = [False, False, True, False, False, True]  # the last one was a gift: nothing goes back
SAID = (
    "Column returned says that an order came back: {n}. Each counts as an order, and what was paid for it as a refund."
)


@pytest.mark.parametrize("kind", ["pandas", "polars lazy", "csv", "parquet", "words", "numbers"])
def test_what_came_back_is_an_order_and_its_refund(kind: str, tmp_path: Path) -> None:
    """As an export that writes refunds says it."""
    frame = pd.DataFrame(PLACED | {"returned": CAME_BACK})
    frame["date"] = pd.to_datetime(frame["date"])
    csv, parquet = tmp_path / "o.csv", tmp_path / "o.parquet"
    frame.to_csv(csv, index=False)
    frame.to_parquet(parquet)
    words = frame.assign(returned=["否", "no", "是", "", "0", "TRUE"])
    sources: dict[str, Any] = {
        "pandas": frame,
        "polars lazy": pl.from_pandas(frame).lazy(),
        "csv": csv,
        "parquet": parquet,
        "words": words,
        "numbers": frame.assign(returned=[0.0, None, 1.0, 0.0, None, 1.0]),
    }
    read = read_orders(sources[kind])
    refunds = pd.DataFrame({"customer": ["a"], "date": pd.to_datetime(["2024-02-01"]), "amount": [-30.0]})
    written = read_orders(pd.concat([frame.drop(columns="returned"), refunds]))
    assert [str(remark) for remark in read.remarks] == [SAID.format(n="2 orders did")] and not written.remarks
    assert read.rows_read == read.rows_used == written.rows_used == 7
    own, other = summarise(read, "2024-03-01"), summarise(written, "2024-03-01")
    assert own.to_frame().equals(other.to_frame()) and own.frequency.tolist() == [2, 2]
    assert own.monetary_value is not None and own.monetary_value.tolist() == [12.5, 7.0]


def test_a_column_of_that_name_that_says_something_else_is_left_alone() -> None:
    frame = pd.DataFrame(PLACED | {"returned": ["", "2024-02-03", "", "", "", ""]})
    for source in (frame, pl.from_pandas(frame.assign(date=pd.to_datetime(frame["date"]))).lazy()):
        read = read_orders(source)
        assert read.rows_used == 6 and "is not read" in str(read.remarks[0]) and "未使用" in read.remarks[0].say("zh")
    assert not read_orders(pd.DataFrame(PLACED | {"returned": False})).remarks
    assert read_orders(pd.DataFrame(PLACED | {"returned": CAME_BACK}), money=False).rows_used == 6
    one = read_orders(pd.DataFrame(PLACED | {"returned": [True] + [False] * 5}))
    assert str(one.remarks[0]) == SAID.format(n="1 order did")


def test_bad_rows_keep_their_numbers_beside_refunds(tmp_path: Path) -> None:
    frame = pd.DataFrame(PLACED | {"returned": CAME_BACK})
    frame.loc[5, "date"] = "never"
    frame.to_csv(tmp_path / "o.csv", index=False)
    with pytest.raises(BadInput, match="row 7: 'never' in column 'date' is no date"):
        read_orders(tmp_path / "o.csv")
    dropped = read_orders(tmp_path / "o.csv", bad_rows="drop")
    assert (dropped.rows_read, dropped.rows_used, dict(dropped.dropped)) == (7, 6, {"unreadable date": 1})
