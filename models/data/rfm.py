"""From orders to one row a customer: frequency, recency, T and monetary value, the way the literature counts
them.

Fader & Hardie, "RFM and CLV" (2005): a customer's first purchase starts her clock and is not counted;
purchases of one day are one. Written once with Narwhals, so that pandas, Polars, DuckDB and PySpark frames
are summarised where they are; nothing is collected before there is one row a customer.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from models.data.orders import OrdersLike, ReadOptions, orders_of
from models.data.summary import Summary
from models.errors import BadInput

if TYPE_CHECKING:
    import narwhals as nw

DayLike = date | datetime | np.datetime64 | str

AFTER_END, ONLY_REFUNDS = "order after the end of observation", "customer with refunds only"


def day_of(value: DayLike, what: str) -> date:
    """A day from a date, a NumPy date or text like 1997-09-30. Raises BadInput where it is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise BadInput("{what}: {value!r} is no day; write it as 1997-09-30.", what=what, value=value) from None


def summarise(
    orders: OrdersLike, end: DayLike | None = None, *, first_spend: bool = False, **columns: Unpack[ReadOptions]
) -> Summary:
    """Summary of `orders` (Orders, or whatever `read_orders` takes, with its options) up to and with the day
    `end`.

    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    `end` (default: the last day there is) closes the observation; later orders are left out and counted. Per
    customer, in days: frequency = days with a purchase after the first; recency = last purchase day - first;
    T = end - first; log_gaps = sum of the logarithms of the days between successive purchase days, each 1 at
    least. monetary_value = mean value of the repeat purchases worth more than 0, spend_count of them.

    Refunds (negative amounts) are no purchases. They are netted against the customer's spend up to `end` in
    proportion: every purchase value is scaled by (paid - refunded) / paid, never below 0, since exports do
    not say which order a refund belongs to; fully refunded customers have spend_count 0. Gifts (amount 0) are
    purchases without spend. With `first_spend` the first purchase's value counts as a repeat purchase's does.

    Raises BadInput where `end` lies before the first order.
    """
    read = orders_of(orders, columns)
    last = day_of(end, "end") if end is not None else read.last_day
    if last < read.first_day:
        raise BadInput(
            "{source}: the observation ends on {last}, before the first order on {first_day}.",
            source=read.source,
            last=last,
            first_day=read.first_day,
        )
    table = _per_customer(_until(read.frame, last), first_spend).collect(backend="pyarrow").to_arrow()
    late = read.orders - int(table["orders"].to_numpy().sum())
    buyers, others = _buyers(table)
    dropped = dict(read.dropped)
    _count(dropped, AFTER_END, late)
    _count(dropped, ONLY_REFUNDS, others)
    kept = {name: buyers[name].to_numpy() for name in buyers.column_names if name != "customer"}
    customer = buyers["customer"].to_numpy(zero_copy_only=False)
    return _summary(kept, customer, last, dropped)


def _buyers(table: Any) -> tuple[Any, int]:
    """The customers who bought, in the order of their names, and how many others there are.

    Arrow's text throughout: a million of Python's takes seconds to sort and a hundred megabytes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # Long text: of a hundred million customers, the names of all would not fit into the other kind.
    place = table.column_names.index("customer")
    named = table.set_column(place, "customer", table["customer"].cast(pa.large_string()))
    order = pc.sort_indices(named["customer"])
    order = order.filter(pc.greater(named["days"], 0).take(order))
    return named.take(order), len(table) - len(order)


def _count(dropped: dict[str, int], reason: str, n: int) -> None:
    if n:
        dropped[reason] = dropped.get(reason, 0) + n


def _until(frame: "nw.LazyFrame[Any]", last: date) -> "nw.LazyFrame[Any]":
    """Each order up to and with the day `last`: its day, whether it is a purchase (0 or 1), what was paid or
    returned.

    Days, not moments, are compared: Spark reads a given moment in the machine's zone and gives back its own.
    """
    import narwhals as nw

    bought = nw.col("amount") >= 0
    return (
        frame.select("customer", "amount", day=nw.col("time").dt.date())
        .filter(nw.col("day") <= nw.lit(last))
        .select(
            "customer",
            "day",
            purchase=nw.when(bought).then(nw.lit(1)).otherwise(nw.lit(0)),
            paid=nw.when(bought).then(nw.col("amount")).otherwise(nw.lit(0.0)),
            returned=nw.when(~bought).then(-nw.col("amount")).otherwise(nw.lit(0.0)),
        )
    )


def _per_customer(orders: "nw.LazyFrame[Any]", first_spend: bool = False) -> "nw.LazyFrame[Any]":
    """One row a customer: days of purchase, first and last, gaps between them, money of repeat days (of all with
    `first_spend`), paid and refunded in all."""
    import narwhals as nw

    # There are nearly as many days as orders: as little as can be is kept of each.
    days = orders.group_by("customer", "day").agg(
        nw.col("purchase").max(), nw.col("paid").sum(), nw.col("returned").sum(), orders=nw.len()
    )
    bought = nw.col("purchase") > 0
    marked = days.with_columns(
        bought_on=nw.when(bought).then(nw.col("day")),
        is_day=nw.when(bought).then(nw.lit(1)).otherwise(nw.lit(0)),
        number=_day_number(),
    )
    # Days with refunds only stand apart, so that the day before is the purchase before: null at the first.
    before = nw.col("number").shift(1).over("customer", "is_day", order_by="day")
    marked = marked.with_columns(gap=nw.when(bought).then(nw.col("number") - before))
    worth = (bought if first_spend else ~nw.col("gap").is_null()) & (nw.col("paid") > 0)
    counted = marked.with_columns(
        log_gap=nw.col("gap").log(),
        is_worth=nw.when(worth).then(nw.lit(1)).otherwise(nw.lit(0)),
        repeat_paid=nw.when(worth).then(nw.col("paid")).otherwise(nw.lit(0.0)),
    )
    customers = counted.group_by("customer").agg(
        first=nw.col("bought_on").min(),
        last=nw.col("bought_on").max(),
        days=nw.col("is_day").sum(),
        log_gaps=nw.col("log_gap").sum(),
        spend_count=nw.col("is_worth").sum(),
        repeat_paid=nw.col("repeat_paid").sum(),
        paid=nw.col("paid").sum(),
        returned=nw.col("returned").sum(),
        orders=nw.col("orders").sum(),
    )
    # DuckDB adds whole numbers up to 128 bits, which NumPy has not.
    return customers.with_columns(nw.col("days", "spend_count", "orders").cast(nw.Int64))


def _day_number() -> "nw.Expr":
    """The day as a whole number, from what every engine can tell: PySpark through Narwhals has no length of
    a duration."""
    import narwhals as nw

    past = nw.col("day").dt.year() - 1
    leap_days = (past / 4.0).floor() - (past / 100.0).floor() + (past / 400.0).floor()
    return leap_days + past * 365 + nw.col("day").dt.ordinal_day()


def _summary(kept: Mapping[str, Any], customer: Any, last: date, dropped: Mapping[str, int]) -> Summary:
    first = kept["first"].astype("datetime64[D]")
    age = kept["last"].astype("datetime64[D]") - first
    paid = kept["paid"].astype(np.float64)
    net = np.where(paid > 0, np.maximum(paid - kept["returned"], 0.0) / np.where(paid > 0, paid, 1.0), 0.0)
    # What rounding leaves of a fully refunded customer is not spend.
    net = np.where(net < 1e-9, 0.0, net)
    spend_count = np.where(net > 0, kept["spend_count"], 0).astype(np.float64)
    spend = kept["repeat_paid"].astype(np.float64) * net
    end = np.datetime64(last, "D")
    return Summary(
        frequency=kept["days"].astype(np.float64) - 1.0,
        recency=age.astype(np.float64),
        T=(end - first).astype(np.float64),
        # Rounded to a millionth, far below a cent: engines add up in different orders.
        monetary_value=np.where(spend_count > 0, np.round(spend, 6) / np.maximum(spend_count, 1.0), 0.0),
        spend_count=spend_count,
        customer=customer,
        first_day=first,
        # None of a single purchase day; rounded since engines add up in different orders.
        log_gaps=np.where(kept["days"] > 1, np.round(np.nan_to_num(kept["log_gaps"].astype(np.float64)), 9), 0.0),
        end=end,
        dropped=dropped,
    )
