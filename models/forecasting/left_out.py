"""What became of every row and every customer of a log: what a forecast leaves out, and what it does not take for an order
of its own, counted by reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.data.door.problems import FUTURE, NO_AMOUNT, NO_DATE
from models.data.health import Finding, examine
from models.data.masking import ShownIds
from models.data.orders import Orders
from models.data.rfm import AFTER_END, ONLY_REFUNDS
from models.data.summary import Summary
from models.families.model import Model
from models.families.run_in import AfterRunIn
from models.words import Remark

REFUND, NO_VALUE, SAME_DAY, COPY, NO_SPEND, RUN_IN = (
    "refunds, taken off what was paid",
    "orders of amount 0, without value",
    "same-day orders, counted as one",
    "exact copies of another row",
    "repeat buyers whose repeats are worth 0",
    "customers first seen in the run-in",
)


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
    REFUND, NO_VALUE, SAME_DAY, COPY, NO_SPEND, RUN_IN, of what is in. health: what in the log would change the answer;
    remarks: the same in sentences.
    """

    left_out: Mapping[str, Tally]
    apart: Mapping[str, Tally]
    health: tuple[Finding, ...]
    remarks: tuple[Remark, ...]


def account(
    orders: Orders, last: date, summary: Summary, model: Model | None = None, shown: ShownIds | None = None
) -> Account:
    """The account of `orders` up to and with the day `last`, of which `summary` was made and `model` fitted.

    shown: how customers are called, None: with phone numbers and e-mail addresses masked. A few passes over the log
    (models/data/health); customers and copies are not looked at in more than ten million rows.
    """
    examined = examine(orders, last, shown)
    seen, copies = examined.kinds, examined.copies
    left_out = {reason: Tally(rows, _lost(orders, reason)) for reason, rows in orders.dropped.items()}
    left_out |= {
        AFTER_END: Tally(seen["late"], seen["late_customers"]),
        ONLY_REFUNDS: Tally(seen["lost"], seen["lost_customers"]),
    }
    apart = {
        REFUND: Tally(seen["refunds"], seen["refund_customers"]),
        SAME_DAY: Tally(seen["bought"] - int((summary.frequency + 1.0).sum()), None),
    }
    if copies is not None:
        apart[COPY] = Tally(copies.rows, copies.customers)
    if orders.has_amounts:
        apart[NO_VALUE] = Tally(seen["gifts"], seen["gift_customers"])
        if summary.spend_count is not None:
            apart[NO_SPEND] = Tally(None, int(((summary.frequency > 0) & (summary.spend_count == 0)).sum()))
    if isinstance(model, AfterRunIn):
        apart[RUN_IN] = Tally(None, int(model.present.sum()))
    return Account(_some(left_out), _some(apart), examined.findings, tuple(f.remark for f in examined.findings))


def _lost(orders: Orders, reason: str) -> int | None:
    """Customers without a usable row; None where the rows do not tell whose they are."""
    return orders.dropped_customers.get(reason, 0) if reason in (NO_DATE, NO_AMOUNT, FUTURE) else None


def _some(tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    return {reason: tally for reason, tally in tallies.items() if tally.rows or tally.customers}


__all__ = ["Account", "Tally", "account"]
