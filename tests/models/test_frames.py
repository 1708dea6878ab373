"""One query for every engine: pandas, Polars, PyArrow, DuckDB, Parquet and PySpark frames give the same summary.

What it must be is worked out here order by order, without frames. Spark's tests run where the extra `spark` and Java 17
are there.
"""

import math
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from models.data.orders import read_orders
from models.data.rfm import summarise
from models.data.summary import Summary
from models.errors import BadInput

END = date(2024, 6, 30)
FAR_EAST = "Pacific/Kiritimati"  # 14 hours ahead of UTC: moments taken for what the wall shows would end on other days


class Order(NamedTuple):
    customer: str
    time: datetime
    amount: float


def make_log(customers: int = 400, seed: int = 11) -> list[Order]:
    """Orders at all hours, the day's first and last seconds among them; gifts, refunds, and orders after the end."""
    rng = np.random.default_rng(seed)
    orders = []
    hours = [timedelta(0), timedelta(hours=23, minutes=59, seconds=59), timedelta(microseconds=1), timedelta(hours=9.5)]
    for i in range(customers):
        name = ["{:05d}", "买家{}", "u-{}", "12345678901234{:05d}"][i % 4].format(i)
        first = date(2023, 12, 1) + timedelta(days=int(rng.integers(0, 200)))
        for _ in range(1 + rng.poisson(rng.gamma(0.8, 5.0))):
            day = first + timedelta(days=int(rng.integers(0, 90)))
            amount = float(rng.choice([0.0, -5.5, 19.9, 0.1, 1234.56], p=[0.1, 0.1, 0.4, 0.2, 0.2]))
            orders.append(Order(name, datetime.combine(day, datetime.min.time()) + rng.choice(hours), amount))
    return orders


def by_hand(orders: list[Order]) -> dict[str, tuple[float, ...]]:
    """frequency, recency, T, monetary_value, spend_count, log_gaps and the first day of each customer."""
    mine: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        if order.time.date() <= END:
            mine[order.customer].append(order)
    found = {}
    for name, hers in mine.items():
        worth: dict[date, float] = defaultdict(float)
        for order in hers:
            if order.amount >= 0:
                worth[order.time.date()] += order.amount
        if not worth:
            continue
        days = sorted(worth)
        paid, back = sum(worth.values()), -sum(o.amount for o in hers if o.amount < 0)
        net = max(paid - back, 0.0) / paid if paid else 0.0
        spends = [worth[day] * net for day in days[1:] if worth[day] * net > 0]
        found[name] = (
            len(days) - 1,
            (days[-1] - days[0]).days,
            (END - days[0]).days,
            sum(spends) / len(spends) if spends else 0.0,
            len(spends),
            sum(math.log((b - a).days) for a, b in pairwise(days)),
            days[0].toordinal(),
        )
    return found


LOG = make_log()


def check(source: Any, **options: Any) -> None:
    """The summary of `source` is what the orders of LOG say, in days and in weeks, to 1e-9."""
    summary = summarise(source, END, **options)
    wanted = by_hand(LOG)
    assert summary.customer is not None
    assert summary.first_day is not None
    assert list(summary.customer) == sorted(wanted)
    expected = np.array([wanted[name] for name in sorted(wanted)])
    assert [d.toordinal() for d in summary.first_day.tolist()] == list(expected[:, 6])
    names = ("frequency", "recency", "T", "monetary_value", "spend_count", "log_gaps")
    for i, name in enumerate(names):
        most = 1e-6 if name == "monetary_value" else 1e-9  # it is rounded to a millionth
        assert getattr(summary, name) == pytest.approx(expected[:, i], rel=1e-9, abs=most), name
    weeks = summary.in_weeks()
    assert weeks.recency * 7 == pytest.approx(expected[:, 1], rel=1e-9)
    late, refunds_only = sum(o.time.date() > END for o in LOG), len({o.customer for o in LOG if o.time.date() <= END})
    assert summary.dropped["order after the end of observation"] == late > 0
    assert summary.dropped["customer with refunds only"] == refunds_only - len(wanted) > 0
    SEEN.append(summary)
    for column in (*names, "first_day"):  # every engine the same, to 1e-9
        ours, first = getattr(summary, column), getattr(SEEN[0], column)
        assert (np.abs((ours - first).astype(np.float64)) <= 1e-9 * np.abs(first.astype(np.float64))).all(), column


SEEN: list[Summary] = []


def shuffled(orders: list[Order]) -> list[Order]:
    return [orders[i] for i in np.random.default_rng(5).permutation(len(orders))]


def columns(orders: list[Order]) -> dict[str, list[Any]]:
    return {name: [getattr(o, name) for o in orders] for name in Order._fields}


def pieces(orders: list[Order], n: int = 7) -> list[list[Order]]:
    return [orders[i::n] for i in range(n)]


def polars_in_chunks(orders: list[Order]) -> pl.DataFrame:
    made = pl.concat([pl.DataFrame(columns(piece)) for piece in pieces(orders)], rechunk=False)
    assert made.n_chunks() == 7
    return made


def arrow_in_chunks(orders: list[Order]) -> pa.Table:
    return pa.concat_tables([pa.table(columns(piece)) for piece in pieces(orders)])


def duckdb_in_parts(orders: list[Order]) -> duckdb.DuckDBPyRelation:
    first, *others = (duckdb.from_arrow(pa.table(columns(piece))) for piece in pieces(orders, 3))
    for other in others:
        first = first.union(other)
    return first


MAKERS: dict[str, Callable[[list[Order]], Any]] = {
    "pandas": lambda orders: pd.DataFrame(columns(orders)),
    "pandas categories": lambda orders: pd.DataFrame(columns(orders)).astype({"customer": "category"}),
    "pandas arrow": lambda orders: arrow_in_chunks(orders).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda orders: pl.DataFrame(columns(orders)),
    "polars in chunks": polars_in_chunks,
    "polars lazy": lambda orders: polars_in_chunks(orders).lazy(),
    "polars categories": lambda orders: pl.LazyFrame(columns(orders)).with_columns(pl.col("customer").cast(pl.Categorical)),
    "pyarrow": lambda orders: pa.table(columns(orders)),
    "pyarrow in chunks": arrow_in_chunks,
    "duckdb": lambda orders: duckdb.from_arrow(pa.table(columns(orders))),
    "duckdb in parts": duckdb_in_parts,
    "narwhals": lambda orders: nw.from_native(pl.LazyFrame(columns(orders))),
}  # fmt: skip


@pytest.mark.parametrize("order", ["as made", "shuffled"])
@pytest.mark.parametrize("kind", MAKERS)
def test_every_frame_gives_the_same_summary(kind: str, order: str) -> None:
    check(MAKERS[kind](LOG if order == "as made" else shuffled(LOG)))


def test_parquet_in_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    pl.DataFrame(columns(shuffled(LOG))).write_parquet(path, row_group_size=100)
    check(path)
    check(pl.scan_parquet(path))
    check(duckdb.read_parquet(str(path)))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_csv(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    pd.DataFrame(columns(LOG)).to_csv(path, index=False, encoding=encoding)
    check(path)


def test_frames_with_a_time_zone_stand_as_on_the_wall(tmp_path: Path) -> None:
    frame = pd.DataFrame(columns(LOG))
    zoned = frame.assign(time=frame.time.dt.tz_localize(FAR_EAST))
    check(zoned)
    check(pl.from_pandas(zoned))
    check(pl.from_pandas(zoned).lazy())
    check(pa.Table.from_pandas(zoned))
    path = tmp_path / "orders.parquet"
    zoned.to_parquet(path)
    check(path)  # whatever this machine's zone
    frame.assign(time=frame.time.dt.tz_localize("+05:30")).to_parquet(path)
    check(path)
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{FAR_EAST}'")
    check(connection.from_arrow(pa.Table.from_pandas(zoned)))


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "orders.parquet"
    time = pa.array([datetime(2024, 1, 1)], pa.timestamp("us", "Mars/Olympus"))
    pq.write_table(pa.table({"customer": ["a"], "time": time, "amount": [1.0]}), path)
    with pytest.raises(BadInput, match=r"column 'time' is in a time zone 'Mars/Olympus' that is not known"):
        read_orders(path)


def test_lazy_ids_are_trimmed_as_eager_ones() -> None:
    days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    frame = pl.DataFrame({"customer": [" a\u3000", "\ufeffa", "\u2003a"], "date": days, "amount": [1.0, 1.0, 1.0]})
    eager, lazy = summarise(frame), summarise(frame.lazy())
    assert list(eager.customer) == list(lazy.customer) == ["a", "\u2003a"]  # type: ignore[arg-type]


def test_polars_collects_one_row_a_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    heights: list[int] = []
    collect = pl.LazyFrame.collect

    def spy(self: pl.LazyFrame, *args: Any, **options: Any) -> Any:
        frame = collect(self, *args, **options)
        heights.append(frame.height)
        return frame

    monkeypatch.setattr(pl.LazyFrame, "collect", spy)
    check(pl.LazyFrame(columns(LOG)))
    assert heights[-1] == max(heights) <= len({o.customer for o in LOG})
    assert sum(heights[:-1]) <= 5


def test_files_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folder goes with the orders, and nothing is written where one works."""
    import tempfile

    work, scratch = tmp_path / "work", tmp_path / "scratch"
    work.mkdir()
    scratch.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = tmp_path / "orders.csv"
    pd.DataFrame(columns(LOG)).to_csv(path, index=False, encoding="gb18030")
    read = read_orders(path)
    assert len(list(scratch.iterdir())) == 1
    check(read)
    del read
    assert not list(scratch.iterdir())
    assert not list(work.iterdir())


# -- PySpark ------------------------------------------------------------------------------------------------------------


def java_version() -> int:
    """The major version of the Java that would run; 0 without one."""
    import os

    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not shutil.which(java):
        return 0
    said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    quoted = said.stderr.split('"')
    numbers = quoted[1].split(".") if len(quoted) > 1 else ["0"]
    return int("".join(c for c in numbers[0] if c.isdigit()) or 0)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed: pip install 'siyu[spark]'")
    if (version := java_version()) < 17:
        pytest.skip(f"PySpark needs Java 17 or later; there is {version or 'none'}")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than so few rows
        "spark.sql.session.timeZone": FAR_EAST,
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("siyu")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


pandas_is_new = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def spark_frame(session: Any, orders: list[Order]) -> Any:
    return session.createDataFrame(list(orders), "customer string, time timestamp_ntz, amount double")


@pandas_is_new
def test_spark_gives_the_same_summary(spark: Any) -> None:
    frame = spark_frame(spark, LOG)
    check(spark_frame(spark, shuffled(LOG)).repartition(7, "amount"))
    # moments in the session's zone, and money as Spark's tables hold it
    moments = frame.selectExpr(
        "customer", "CAST(time AS timestamp) AS time", "CAST(amount AS decimal(12, 2)) AS amount"
    )
    assert dict(moments.dtypes)["time"] == "timestamp"
    check(moments.coalesce(1))
    check(frame.selectExpr("customer", "CAST(time AS date) AS day", "amount"))


@pandas_is_new
def test_spark_names_and_bad_rows(spark: Any) -> None:
    frame = spark_frame(spark, LOG)
    dotted = frame.toDF("买家 ID", "order.date", "pay`d")
    check(dotted, date="order.date", amount="pay`d")
    with pytest.raises(BadInput, match="frame: no column 'when' for the date; there are customer, time, amount"):
        summarise(frame, date="when")
    with pytest.raises(BadInput, match="there are two columns called 'time'"):
        summarise(frame.toDF("customer", "time", "time"), amount="customer")
    with pytest.raises(BadInput, match="column 'time' of this lazy frame is no date; cast it to a date first"):
        summarise(frame.selectExpr("customer", "CAST(time AS string) AS time", "amount"))
    bad = frame.unionAll(
        spark.createDataFrame(
            [(" \u3000", datetime(2024, 1, 1), 1.0), ("a", None, 1.0), ("a", datetime(2024, 1, 1), math.nan),
             ("a", datetime(2024, 1, 1), None), ("a", datetime(2199, 1, 1), 1.0)],
            frame.schema,
        )
    )  # fmt: skip
    with pytest.raises(BadInput, match="frame: there are bad rows"):
        summarise(bad)
    counted = {"no customer": 1, "unreadable date": 1, "unreadable amount": 2, "date in the future": 1}
    read = read_orders(bad, bad_rows="drop")
    assert read.dropped == counted
    assert (read.rows_read, read.rows_used) == (len(LOG) + 5, len(LOG))
    check(read)


@pandas_is_new
def test_spark_collects_one_row_a_customer(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = spark_frame(spark, LOG)
    heights: list[int] = []
    to_arrow = type(frame).toArrow

    def spy(self: Any) -> Any:
        table = to_arrow(self)
        heights.append(table.num_rows)
        return table

    def refuse(self: Any, *_: Any) -> Any:
        raise AssertionError("a whole frame was collected")

    monkeypatch.setattr(type(frame), "toArrow", spy)
    for name in ("toPandas", "collect", "toLocalIterator"):
        monkeypatch.setattr(type(frame), name, refuse)
    check(frame)
    assert heights[-1] == max(heights) <= len({o.customer for o in LOG})
    assert sum(heights[:-1]) <= 5
