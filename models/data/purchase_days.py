"""The days on which each customer bought: what a clock needs beyond one row a customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from models.data.orders import Orders, OrdersLike, ReadOptions, orders_of
from models.data.rfm import DayLike, day_of, summarise
from models.data.summary import Summary
from models.errors import BadInput
from models.numerics.arrays import Floats
from models.numerics.merge import Whole


@dataclass(frozen=True)
class Visits:
    """A log by customer and day. Days are counted from `first_day`; the observation ends on day `end`.

    summary: one row a customer, in days; first, last (n,): days of the first and the last purchase; customer, day
    (visits,): repeat purchase days, sorted by customer and day; before (visits,): the customer's purchase day before.
    """

    summary: Summary
    first_day: np.datetime64
    end: int
    first: Whole
    last: Whole
    customer: Whole
    day: Whole
    before: Whole

    def counts(self) -> Floats:
        """Repeat purchase days of all customers by day, (end + 1,)."""
        return np.bincount(self.day, minlength=self.end + 1).astype(np.float64)

    def pick(self, rows: npt.NDArray[np.bool_]) -> "Visits":
        """The visits of the customers whom the mask (n,) picks."""
        place = np.cumsum(rows) - 1
        kept = rows[self.customer]
        return Visits(
            self.summary[rows],
            self.first_day,
            self.end,
            self.first[rows],
            self.last[rows],
            place[self.customer[kept]],
            self.day[kept],
            self.before[kept],
        )


def visits(orders: OrdersLike, end: DayLike | None = None, **columns: Unpack[ReadOptions]) -> Visits:
    """The log by customer and day, up to and with `end` (default: the last day), refunds left out.

    Takes what `summarise` takes. Raises BadInput as it does.
    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    """
    read = orders_of(orders, columns, money="auto")
    last = day_of(end, "end") if end is not None else read.last_day
    summary = summarise(read, last)
    if not len(summary):
        raise BadInput("{source}: nobody has bought anything by {last}.", source=read.source, last=last)
    customer, day = _purchase_days(read, last, summary)
    assert summary.first_day is not None
    start = summary.first_day.min()
    first = (summary.first_day - start).astype(np.int64)
    at = (day - start).astype(np.int64)
    order = np.lexsort((at, customer))
    customer, at = customer[order], at[order]
    repeat = np.concatenate([[False], customer[1:] == customer[:-1]])
    before = np.concatenate([[0], at[:-1]])[repeat]
    ends = int((np.datetime64(last, "D") - start).astype(np.int64))
    whole = np.rint(summary.recency).astype(np.int64)
    return Visits(summary, start, ends, first, first + whole, customer[repeat], at[repeat], before)


def _purchase_days(read: Orders, last: Any, summary: Summary) -> tuple[Whole, npt.NDArray[np.datetime64]]:
    """Each day on which a customer bought: her row in the summary, and the day."""
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.compute as pc

    morrow = datetime.combine(last + timedelta(days=1), datetime.min.time())
    bought = read.frame.filter((nw.col("amount") >= 0) & (nw.col("time") < nw.lit(morrow)))
    days = bought.select(customer=nw.col("customer"), day=nw.col("time").dt.truncate("1d")).unique()
    table = days.collect(backend="pyarrow").to_arrow()
    who = pc.cast(table["customer"], pa.large_string())
    row = pc.index_in(who, value_set=pa.array(summary.customer, pa.large_string()))
    return row.to_numpy().astype(np.int64), table["day"].to_numpy().astype("datetime64[D]")
