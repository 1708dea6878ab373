"""What in a log would change a forecast made of it, each in a sentence with a count and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from models.data.door.problems import NO_CUSTOMER
from models.data.health.queries import Copies, Customers, Days
from models.data.masking import ShownIds
from models.data.orders import Orders
from models.words import Language, Remark

Kind: TypeAlias = Literal[
    "concentration", "many_a_day", "copies", "refunds_only", "refunds_first", "amounts_below_0", "zero_orders", "guests",
    "gaps", "spikes",
]  # fmt: skip
Unit: TypeAlias = Literal["customers", "rows", "days"]

# One customer out of many: a share of the whole, and times the mean of the others. The largest of the shops and the web
# store looked at holds 0.6 to 4 % (docs/decisions.md); a log of 20 even customers has 5 % each.
_LARGE: tuple[tuple[float, float], ...] = ((0.10, 5.0), (0.05, 20.0))
_FEWEST = 10  # customers below whom everybody holds a large share
_WEEKS_FULL = 14  # days of one month with several orders: half of it
_OF_ORDERS = 0.01  # share of the orders from which those who order so, or what is missing in gaps, move the result
_MANY_COPIES = 0.02  # share of rows: real logs have up to 0.7 %, two orders of one amount in one minute or day
_MANY_LOST = 0.05  # share of customers with refunds only, from which the column may be no payments
_MANY_REFUNDS = 0.3  # share of rows below 0, from which likewise
_REFUNDED_FIRST = 0.01  # share of customers whose first row is a refund
_MANY_ZERO = 0.02  # share of orders; in CDNOW 0.1 %, in three shops up to 0.3 %
_GUESTS = 0.02  # share of rows
_LONG, _TIMES_RHYTHM = 7, 3  # days of a gap at least, and times what is usual between two days with orders
_EXCESS = 0.02  # share of the orders that suspicious days have above the usual
_RARE, _FEW_DAYS = 0.01, 3  # share of days that may be suspicious, or so many: more are the shop's rhythm of campaigns


@dataclass(frozen=True)
class Finding:
    """What was seen: its kind, how many `unit`s it concerns, their share of all (of the value, the orders or the rows, as
    the sentence says), and the sentence."""

    kind: Kind
    count: int
    unit: Unit
    share: float
    remark: Remark

    def to_json(self) -> dict[str, Any]:
        """`health[]` of docs/json.md."""
        values = {"finding": self.kind, "count": self.count, "of": self.unit, "share": self.share}
        return {**values, "message": self.remark.say()}

    def say(self, lang: Language = "en") -> str:
        """The sentence in the language asked for."""
        return self.remark.say(lang)

    def __str__(self) -> str:
        return self.say()


_ONE_LARGE = (
    "Customer {customer} alone makes up {share:.0%} of {what} ({orders:,} orders from {first} to {last}), and moves the "
    "forecast of everybody else: if it is a reseller, a shared account or a test, leave it out (exclude)."
)
_SOME_LARGE = (
    "{count} customers make up {share:.0%} of {what}, customer {customer} alone {largest:.0%} ({orders:,} orders from "
    "{first} to {last}), and move the forecast of everybody else: if they are resellers, shared accounts or tests, leave "
    "them out (exclude)."
)
_FULL_DAYS = (
    "{count:,} {count:customer orders|customers order} more than once a day for weeks and {count:places|place} "
    "{share:.0%} of the orders (customer {customer}: {orders:,} from {first} to {last}): if these are tills, resellers or "
    "tests, leave them out (exclude); if an order stands in several rows, name the column of its number (order)."
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
_REFUNDS_ONLY = (
    "{lost:,} of {customers:,} customers are left out, as every amount of theirs is below 0: amounts below 0 are taken as "
    "refunds."
)
_NO_PAYMENTS = (
    "{share:.0%} of the rows have an amount below 0. If the column is a profit, a margin or a balance, name the one with "
    "what was paid (amount)."
)
_BACK_FIRST = (
    "The first row of {count:,} customers ({share:.0%}) is a refund, of a purchase that is not in the log: export from an "
    "earlier day, or take these refunds out."
)
_ZERO = (
    "{count:,} orders ({share:.0%}) have the amount 0. They count as orders but tell nothing of value: if they are samples, "
    "cancelled or not paid, leave them out of the export or by their status (status, keep)."
)
_NOBODY = (
    "{count:,} rows ({share:.0%}) name no customer: what guests buy is in no forecast, so totals are of the other customers "
    "alone. If another column tells them apart, a phone number or a card, name it (customer)."
)
_EMPTY_DAYS = (
    "{count:,} days are without any order although about {expected:,.0f} would be usual, the longest stretch from "
    "{first} to {last}: if part of the export is missing, add it; if the shop was closed, nothing is wrong."
)
_FULL = (
    "{count} {count:day stands|days stand} far above the usual, most of all {day} with {orders:,} orders where "
    "{usual:,.0f} are usual: a campaign belongs into the season as a peak of its own; orders that were entered in one go "
    "need the dates on which they were placed."
)


def of_customers(customers: Customers, has_amounts: bool, shown: ShownIds) -> Iterator[Finding]:
    """One or a few who hold much of all, those who order several times a day, and whose log begins with a refund."""
    everyone = customers.orders.size
    bought = int(customers.orders.sum())
    large = _large(customers, has_amounts)
    if large is not None:
        yield _of_large(customers, *large, shown)
    full = customers.full_days >= _WEEKS_FULL
    share = float(customers.orders[full].sum()) / max(bought, 1)
    if share >= _OF_ORDERS and not (large is not None and set(np.flatnonzero(full)) <= set(large[0].tolist())):
        rows = np.flatnonzero(full)
        told = _told(customers, rows[np.argmax(customers.orders[rows])], shown)
        remark = Remark(_FULL_DAYS, {**told, "count": rows.size, "share": share})
        yield Finding("many_a_day", rows.size, "customers", share, remark)
    first = int(customers.refund_first.sum())
    if first >= _REFUNDED_FIRST * everyone and first:
        share = first / everyone
        remark = Remark(_BACK_FIRST, {"count": first, "share": share})
        yield Finding("refunds_first", first, "customers", share, remark)


def _large(
    customers: Customers, has_amounts: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], str] | None:
    """Rows of those who hold much, largest first, everybody's share, and of what; None where nobody does."""
    wholes = {"the value": np.maximum(customers.value, 0.0)} if has_amounts else {}
    for what, whole in (wholes | {"the orders": customers.orders.astype(np.float64)}).items():
        total, n = float(whole.sum()), whole.size
        if n < _FEWEST or not total > 0:
            continue
        share = whole / total
        others = (total - whole) / (n - 1)
        large = np.zeros(n, dtype=bool)
        for least, times in _LARGE:
            large |= (share >= least) & (whole >= times * others)
        if large.any():
            rows = np.flatnonzero(large)
            return rows[np.argsort(-share[rows], kind="stable")], share, what
    return None


def _of_large(
    customers: Customers, rows: npt.NDArray[np.int64], share: npt.NDArray[np.float64], what: str, shown: ShownIds
) -> Finding:
    together = float(share[rows].sum())
    values = {**_told(customers, rows[0], shown), "share": together, "what": Remark(what)}
    values |= {"count": rows.size, "largest": float(share[rows[0]])}
    remark = Remark(_ONE_LARGE if rows.size == 1 else _SOME_LARGE, values)
    return Finding("concentration", rows.size, "customers", together, remark)


def _told(customers: Customers, row: np.int64, shown: ShownIds) -> dict[str, object]:
    """By what a customer is known, and by what she is found again in the export where her id is masked."""
    return {
        "customer": shown(customers.customer[int(row)].as_py()),
        "orders": int(customers.orders[row]),
        "first": customers.first[row],
        "last": customers.last[row],
    }


def of_copies(orders: Orders, copies: Copies | None) -> Iterator[Finding]:
    """Rows that are copies of others, where they are many."""
    if not orders.has_amounts or copies is None or copies.rows <= _MANY_COPIES * orders.orders:
        return
    share = copies.rows / orders.orders
    values: dict[str, Any] = {"rows": copies.rows, "share": share, "times": copies.times}
    values |= {"first": copies.first, "last": copies.last}
    yield Finding("copies", copies.rows, "rows", share, Remark(_EVERY_ROW if copies.times else _MANY_ROWS, values))


def of_amounts(kinds: Mapping[str, int], has_amounts: bool, returned: int = 0) -> Iterator[Finding]:
    """Refunds without a purchase, amounts that may be no payments, and orders of amount 0; `kinds`: of rows_by_kind.
    returned: rows below 0 that stand for orders that came back, not for amounts of the export."""
    lost, customers = kinds["lost_customers"], kinds["customers"]
    if lost:
        remark = Remark(_REFUNDS_ONLY, {"lost": lost, "customers": customers})
        yield Finding("refunds_only", lost, "customers", lost / customers, remark)
    below = max(kinds["lost"] + kinds["refunds"] - returned, 0)
    rows = below + kinds["bought"]
    if lost > _MANY_LOST * customers or below > _MANY_REFUNDS * rows:
        yield Finding("amounts_below_0", below, "rows", below / rows, Remark(_NO_PAYMENTS, {"share": below / rows}))
    zero, bought = kinds["gifts"], kinds["bought"]
    if has_amounts and _MANY_ZERO * bought <= zero < bought and zero:
        remark = Remark(_ZERO, {"count": zero, "share": zero / bought})
        yield Finding("zero_orders", zero, "rows", zero / bought, remark)


def of_guests(orders: Orders) -> Iterator[Finding]:
    """Rows without a customer, which are left out."""
    nobody = sum(n for reason, n in orders.dropped.items() if reason.startswith(NO_CUSTOMER))
    if nobody and nobody >= _GUESTS * orders.rows_read:
        share = nobody / orders.rows_read
        yield Finding("guests", nobody, "rows", share, Remark(_NOBODY, {"count": nobody, "share": share}))


def of_days(orders: Orders, days: Days) -> Iterator[Finding]:
    """Gaps that the log's own rhythm does not explain, and a few days far above the usual."""
    gaps = [gap for gap in days.gaps if gap.days >= max(_LONG, _TIMES_RHYTHM * days.rhythm)]
    expected = sum(gap.expected for gap in gaps)
    if gaps and expected >= _OF_ORDERS * orders.orders:
        longest, count = max(gaps, key=lambda gap: gap.days), sum(gap.days for gap in gaps)
        values = {"count": count, "expected": expected, "first": longest.first, "last": longest.last}
        yield Finding("gaps", count, "days", expected / orders.orders, Remark(_EMPTY_DAYS, values))
    excess = sum(day.orders - day.usual for day in days.busy)
    few = len(days.busy) <= max(_RARE * days.with_orders, _FEW_DAYS)
    if days.busy and few and excess >= _EXCESS * orders.orders:
        top = max(days.busy, key=lambda day: day.orders)
        told = {"count": len(days.busy), "day": top.day, "orders": top.orders, "usual": top.usual}
        yield Finding("spikes", len(days.busy), "days", excess / orders.orders, Remark(_FULL, told))
