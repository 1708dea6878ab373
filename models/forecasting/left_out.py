"""What became of every row and every customer of a log: what a forecast leaves out, and what it does not take for an order
of its own, counted by reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from models.data.door.problems import FUTURE, NO_AMOUNT, NO_DATE
from models.data.orders import Orders
from models.data.rfm import AFTER_END, ONLY_REFUNDS
from models.data.summary import Summary
from models.families.model import Model
from models.families.run_in import AfterRunIn
from models.words import Remark

if TYPE_CHECKING:
    import narwhals as nw

REFUND, NO_VALUE, SAME_DAY, COPY, NO_SPEND, RUN_IN = (
    "refunds, taken off what was paid",
    "orders of amount 0, without value",
    "same-day orders, counted as one",
    "exact copies of another row",
    "repeat buyers whose repeats are worth 0",
    "customers first seen in the run-in",
)

_LARGEST = 10_000_000  # rows up to which copies are looked for: a GB of memory
_MANY_COPIES = 0.02  # share of rows: real logs have up to 0.7 %, two orders of one amount in one minute or day
_MANY_LOST = 0.05  # share of customers with refunds only, from which the column may be no payments
_MANY_REFUNDS = 0.3  # share of rows below 0, from which likewise
_ALL = 0.95  # share of rows that are there the same number of times, from which all are said to be


@dataclass(frozen=True)
class Tally:
    """How many rows and customers; None where a reason is not counted in them. Of what is left out, customers are those
    who have no order left."""

    rows: int | None
    customers: int | None


@dataclass(frozen=True)
class Account:
    """What was left out of a forecast, and what was not taken for an order of its own, by reason.

    left_out: the reader's reasons (data/orders), orders after the last day looked at, customers with refunds only. apart:
    REFUND, NO_VALUE, SAME_DAY, COPY, NO_SPEND, RUN_IN, of what is in. remarks: what of it may be a mistake, in sentences.
    """

    left_out: Mapping[str, Tally]
    apart: Mapping[str, Tally]
    remarks: tuple[Remark, ...]


def account(orders: Orders, last: date, summary: Summary, model: Model | None = None) -> Account:
    """The account of `orders` up to and with the day `last`, of which `summary` was made and `model` fitted.

    One pass over the log for what customers did, one for copies (not for more than ten million rows).
    """
    seen = _seen(orders, last)
    left_out = {reason: Tally(rows, _lost(orders, reason)) for reason, rows in orders.dropped.items()}
    left_out |= {
        AFTER_END: Tally(seen["late"], seen["late_customers"]),
        ONLY_REFUNDS: Tally(seen["lost"], seen["lost_customers"]),
    }
    apart = {
        REFUND: Tally(seen["refunds"], seen["refund_customers"]),
        SAME_DAY: Tally(seen["bought"] - int((summary.frequency + 1.0).sum()), None),
    }
    copies = _copies(orders) if orders.orders <= _LARGEST else None
    if copies is not None:
        apart[COPY] = Tally(copies.rows, copies.customers)
    if orders.has_amounts:
        apart[NO_VALUE] = Tally(seen["gifts"], seen["gift_customers"])
        if summary.spend_count is not None:
            apart[NO_SPEND] = Tally(None, int(((summary.frequency > 0) & (summary.spend_count == 0)).sum()))
    if isinstance(model, AfterRunIn):
        apart[RUN_IN] = Tally(None, int(model.present.sum()))
    return Account(_some(left_out), _some(apart), tuple(_remarks(orders, seen, copies)))


def _lost(orders: Orders, reason: str) -> int | None:
    """Customers without a usable row; None where the rows do not tell whose they are."""
    return orders.dropped_customers.get(reason, 0) if reason in (NO_DATE, NO_AMOUNT, FUTURE) else None


def _some(tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    return {reason: tally for reason, tally in tallies.items() if tally.rows or tally.customers}


def _seen(orders: Orders, last: date) -> dict[str, int]:
    """Rows and customers: after `last`, with refunds only, refunds and orders of amount 0 of the others, purchases."""
    import narwhals as nw

    def one(condition: "nw.Expr") -> "nw.Expr":
        return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))

    amount, day = nw.col("amount"), nw.col("time").dt.date()
    in_time = day <= nw.lit(last)
    each = (
        orders.frame.select(
            "customer",
            late=one(~in_time),
            bought=one(in_time & (amount >= 0)),
            back=one(in_time & (amount < 0)),
            gift=one(in_time & (amount == 0)),
        )
        .group_by("customer")
        .agg(*(nw.col(name).sum().cast(nw.Int64) for name in ("late", "bought", "back", "gift")))
    )
    buys, none = nw.col("bought") > 0, nw.col("bought") == 0
    refunded = nw.col("back") > 0
    marked = each.select(
        "late",
        "bought",
        late_customers=one(none & ~refunded),
        lost=nw.when(none).then(nw.col("back")).otherwise(nw.lit(0)),
        lost_customers=one(none & refunded),
        refunds=nw.when(buys).then(nw.col("back")).otherwise(nw.lit(0)),
        refund_customers=one(buys & refunded),
        gifts=nw.col("gift"),
        gift_customers=one(nw.col("gift") > 0),
        customers=nw.lit(1),
    )
    names = marked.collect_schema().names()
    sums = marked.select(*(nw.col(name).sum().cast(nw.Int64) for name in names)).collect(backend="pyarrow")
    return {name: int(sums[name][0]) for name in names}


@dataclass(frozen=True)
class _Copies:
    """rows: that copy another one's customer, time and amount; customers: whose they are; times: how often every row is
    there where (nearly) all are there equally often, else 0; first, last: days between which nine tenths of them lie."""

    rows: int
    customers: int
    times: int
    first: date
    last: date


def _copies(orders: Orders) -> _Copies | None:
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
    return _Copies(int(copies.sum()), int(whose.item()), often if alike else 0, first, last)


_REFUNDS_ONLY = (
    "{lost:,} of {customers:,} customers are left out, as every amount of theirs is below 0: amounts below 0 are taken as "
    "refunds."
)
_NO_PAYMENTS = (
    "{share:.0%} of the rows have an amount below 0. If the column is a profit, a margin or a balance, name the one with "
    "what was paid (amount)."
)
_EVERY_ROW = (
    "Every row is there {times} times (the same customer, time and amount), as when an export is joined to itself. All are "
    "counted, so value is about {times} times what it should be: export again, or remove the copies first."
)
_MANY_ROWS = (
    "{rows:,} rows ({share:.0%}), most of them dated {first} to {last}, are exact copies of another row (the same "
    "customer, time and amount), as when two exports overlap or one is joined to itself. All are counted, so value may be "
    "too high: if they are the same orders, remove the copies first."
)


def _remarks(orders: Orders, seen: Mapping[str, int], copies: _Copies | None) -> list[Remark]:
    out: list[Remark] = []
    if seen["lost_customers"]:
        out.append(Remark(_REFUNDS_ONLY, {"lost": seen["lost_customers"], "customers": seen["customers"]}))
    below = seen["lost"] + seen["refunds"]
    rows = below + seen["bought"]
    if seen["lost_customers"] > _MANY_LOST * seen["customers"] or below > _MANY_REFUNDS * rows:
        out.append(Remark(_NO_PAYMENTS, {"share": below / rows}))
    if orders.has_amounts and copies is not None and copies.rows > _MANY_COPIES * orders.orders:
        values: dict[str, Any] = {"rows": copies.rows, "share": copies.rows / orders.orders, "times": copies.times}
        values |= {"first": copies.first, "last": copies.last}
        out.append(Remark(_EVERY_ROW if copies.times else _MANY_ROWS, values))
    return out


__all__ = ["Account", "Tally", "account"]
