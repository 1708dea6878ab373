"""A log's own health: what in it would change the answer, before anything is fitted."""

from dataclasses import dataclass
from datetime import date

from models.data.health.findings import Finding, of_amounts, of_copies, of_customers, of_days, of_guests
from models.data.health.queries import Copies, copies_in, customers_in, days_in, rows_by_kind
from models.data.masking import ShownIds, shown_of
from models.data.orders import Orders

LARGEST = 10_000_000  # rows up to which copies and customers' days are looked at: a GB of memory


@dataclass(frozen=True)
class Examination:
    """What health was judged by, for who shows it in tables, too: rows by kind as of a day, copies (None where there are
    none, or were not looked for), and the findings."""

    kinds: dict[str, int]
    copies: Copies | None
    findings: tuple[Finding, ...]


def health(orders: Orders, *, show_ids: bool = False) -> tuple[Finding, ...]:
    """What in `orders` would change a forecast, one sentence each with a count and what to do; nothing for a sound log.

    Ids that look like phone numbers or e-mail addresses are masked unless `show_ids`. Said are, in this order:

    - concentration: customers with 10 % of the value (five times the mean of the others) or 5 % (twenty times it), else
      of the orders, among ten customers or more. The largest of CDNOW has 0.6 %, of a coffee machine 4.4 %;
    - many_a_day: customers who ordered more than once on 14 days or more of one calendar month, if theirs are 1 % of the
      orders: nobody in CDNOW but one with 0.1 %;
    - refunds_only: customers without any purchase, however few, since they are left out. amounts_below_0: if they are
      5 %, or if 30 % of all amounts are below 0, as in a column of profits. refunds_first: customers whose first row is a
      refund, 1 %;
    - zero_orders: 2 % of the orders have the amount 0; sound logs have up to 0.3 %;
    - copies: rows with another one's customer, time and amount, above 2 % of all; real logs have up to 0.7 %;
    - guests: 2 % of the rows name no customer;
    - gaps: stretches without orders of a week or more, three times as long as is usual in this log, in which 1 % of all
      orders would be expected. spikes: days above five times the usual (`calendar`) with 2 % of the orders, where they
      are no more than 1 % of the days (or three): more are the shop's rhythm.

    A log of more than ten million rows is not looked through for customers and copies.
    """
    shown = ShownIds() if show_ids else None
    return examine(orders, orders.last_day, shown).findings


def examine(orders: Orders, last: date, shown: ShownIds | None = None) -> Examination:
    """The same with what it was judged by. last: the day as of which rows are counted by kind; shown: how customers are
    called, None: with phone numbers and e-mail addresses masked."""
    kinds = rows_by_kind(orders, last)
    small = orders.orders <= LARGEST
    copies = copies_in(orders) if small else None
    findings: list[Finding] = []
    if small:
        customers = customers_in(orders)
        if shown is None:
            shown = shown_of(customers.customer)
        findings += of_customers(customers, orders.has_amounts, shown)
    findings += of_amounts(kinds, orders.has_amounts, 0 if orders.report is None else orders.report.returned)
    findings += of_copies(orders, copies)
    findings += of_guests(orders)
    findings += of_days(orders, days_in(orders))
    return Examination(kinds, copies, tuple(findings))


__all__ = ["LARGEST", "Copies", "Examination", "Finding", "examine", "health"]
