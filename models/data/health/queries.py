"""What a log's health is judged by: its rows by kind, copies, days, and one row a customer."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.data.day_counts import BusyDay, Gap, calendar
from models.data.orders import Orders
from models.numerics.arrays import Floats
from models.numerics.merge import Whole

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

_RHYTHM = 0.97
_ALL = 0.95  # share of rows that are there the same number of times, from which all are said to be


def _one(condition: "nw.Expr") -> "nw.Expr":
    """1 in rows for which it holds, else 0, to be added up."""
    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def rows_by_kind(orders: Orders, last: date) -> dict[str, int]:
    """Rows and customers: after `last`, with refunds only, refunds and orders of amount 0 of the others, purchases."""
    import narwhals as nw

    amount, day = nw.col("amount"), nw.col("time").dt.date()
    in_time = day <= nw.lit(last)
    each = (
        orders.frame.select(
            "customer",
            late=_one(~in_time),
            bought=_one(in_time & (amount >= 0)),
            back=_one(in_time & (amount < 0)),
            gift=_one(in_time & (amount == 0)),
        )
        .group_by("customer")
        .agg(*(nw.col(name).sum().cast(nw.Int64) for name in ("late", "bought", "back", "gift")))
    )
    buys, none = nw.col("bought") > 0, nw.col("bought") == 0
    refunded = nw.col("back") > 0
    marked = each.select(
        "late",
        "bought",
        late_customers=_one(none & ~refunded),
        lost=nw.when(none).then(nw.col("back")).otherwise(nw.lit(0)),
        lost_customers=_one(none & refunded),
        refunds=nw.when(buys).then(nw.col("back")).otherwise(nw.lit(0)),
        refund_customers=_one(buys & refunded),
        gifts=nw.col("gift"),
        gift_customers=_one(nw.col("gift") > 0),
        customers=nw.lit(1),
    )
    names = marked.collect_schema().names()
    sums = marked.select(*(nw.col(name).sum().cast(nw.Int64) for name in names)).collect(backend="pyarrow")
    return {name: int(sums[name][0]) for name in names}


@dataclass(frozen=True)
class Copies:
    """rows: that copy another one's customer, time and amount; customers: whose they are; times: how often every row is
    there where (nearly) all are there equally often, else 0; first, last: days between which nine tenths of them lie."""

    rows: int
    customers: int
    times: int
    first: date
    last: date


def copies_in(orders: Orders) -> Copies | None:
    """Rows that are there more than once; None where no row is."""
    import narwhals as nw

    kinds = orders.frame.group_by("customer", "time", "amount").agg(n=nw.len())
    several = kinds.filter(nw.col("n") > 1)
    by_times = (
        several.select("n", day=nw.col("time").dt.date())
        .group_by("n", "day")
        .agg(kinds=nw.len())
        .sort("day")
        .collect(backend="pyarrow")
        .to_arrow()
    )
    if not len(by_times):
        return None
    n, kinds = (by_times[name].to_numpy().astype(np.int64) for name in ("n", "kinds"))
    days = by_times["day"].to_numpy().astype("datetime64[D]")
    copies = (n - 1) * kinds
    ends = np.searchsorted(np.cumsum(copies), np.array([0.05, 0.95]) * copies.sum())
    rows_by_times = np.bincount(n, n * kinds)
    often = int(rows_by_times.argmax())
    whose = several.select("customer").unique().select(nw.len()).collect(backend="pyarrow")
    alike = rows_by_times[often] >= _ALL * orders.orders
    first, last = (days[end].astype(date) for end in ends)
    return Copies(int(copies.sum()), int(whose.item()), often if alike else 0, first, last)


@dataclass(frozen=True)
class Customers:
    """One row a customer, (n,): her id, the net value of her rows, her orders (no refunds), the most days of one calendar
    month on which she ordered more than once, the first and the last day of all her rows; refund_first: whether she bought,
    and a refund stands before it."""

    customer: "pa.ChunkedArray"
    value: Floats
    orders: Whole
    full_days: Whole
    first: npt.NDArray[np.datetime64]
    last: npt.NDArray[np.datetime64]
    refund_first: npt.NDArray[np.bool_]


def customers_in(orders: Orders) -> Customers:
    """The customers of the whole log, one row each."""
    import narwhals as nw

    bought = nw.col("amount") >= 0
    day, month = nw.col("time").dt.date(), nw.col("time").dt.truncate("1mo")
    by_day = (
        orders.frame.select("customer", "amount", day=day, month=month, bought=_one(bought))
        .group_by("customer", "month", "day")
        .agg(orders=nw.col("bought").sum().cast(nw.Int64), value=nw.col("amount").sum())
    )
    n = nw.col("orders")
    by_month = (
        by_day.select("customer", "month", "day", "value", "orders", full=_one(n > 1), buys=nw.when(n > 0).then("day"))
        .group_by("customer", "month")
        .agg(
            *(nw.col(name).sum() for name in ("value", "orders")),
            full=nw.col("full").sum().cast(nw.Int64),
            first=nw.col("day").min(),
            last=nw.col("day").max(),
            buys=nw.col("buys").min(),
        )
    )
    table = (
        by_month.group_by("customer")
        .agg(
            *(nw.col(name).sum() for name in ("value", "orders")),
            *(nw.col(name).max() for name in ("full", "last")),
            *(nw.col(name).min() for name in ("first", "buys")),
        )
        .collect(backend="pyarrow")
        .to_arrow()
    )
    first, last, buys = (table[name].to_numpy().astype("datetime64[D]") for name in ("first", "last", "buys"))
    n_orders, full = (table[name].to_numpy().astype(np.int64) for name in ("orders", "full"))
    value = table["value"].to_numpy().astype(np.float64)
    return Customers(table["customer"], value, n_orders, full, first, last, ~np.isnat(buys) & (first < buys))


@dataclass(frozen=True)
class Days:
    """How many days have orders; gaps and suspicious days; rhythm: an empty stretch that is usual in this log, in days,
    which 97 of 100 steps from one day with orders to the next do not exceed."""

    with_orders: int
    gaps: list[Gap]
    busy: list[BusyDay]
    rhythm: int


def days_in(orders: Orders) -> Days:
    """The days of the log, refunds left out."""
    import narwhals as nw

    table = (
        orders.frame.filter(nw.col("amount") >= 0)
        .select(day=nw.col("time").dt.date())
        .group_by("day")
        .agg(n=nw.len())
        .sort("day")
        .collect(backend="pyarrow")
        .to_arrow()
    )
    days: list[date] = table["day"].to_pylist()
    empty = np.diff(np.array(days, dtype="datetime64[D]").astype(np.int64)) - 1
    rhythm = int(np.quantile(empty, _RHYTHM, method="lower")) if empty.size else 0
    return Days(len(days), *calendar(days, table["n"].to_pylist()), rhythm)
