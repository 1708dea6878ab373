"""The customers of an orders export that a pool is founded from, read once: each one's x, t_x, T and spend."""

import re
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.errors import BadInput
from sim.engine.fields import record

if TYPE_CHECKING:
    from models.data.orders import Orders
    from models.words import Remark

_YEAR = timedelta(days=365)
_OPTION = re.compile(  # how the refusals of read_orders name its options
    r"\b(lines|--?identity|date_format|--?timezone|timezone|keep|with (lines|keep|order|status|customer|date|amount|sheet)|"
    r"[a-z]+=|bad_rows|sheet)\b"
)

HISTORY = record(
    [
        ("frequency", "f8"),
        ("recency", "f8"),
        ("T", "f8"),
        ("spend_count", "f8"),
        ("monetary_value", "f8"),
        ("spend", "f8"),
        ("last_year", "f8"),  # paid in the last 365 days, all orders among them
    ]
)


def exported(orders: str, until: date | None) -> np.ndarray:
    """HISTORY[customers] of the export at the path `orders` up to the day `until`, by customer; it cannot be written to.

    Raises BadInput for an export that cannot be read, or whose last day used lies before its first order.
    """
    return _exported(orders, until, _written(orders))[0]


def said_of_export(orders: str, until: date | None) -> "tuple[Remark, ...]":
    """What is to be said of how the export is read: columns that are not read, rows left out. Raises as `exported`."""
    return _exported(orders, until, _written(orders))[1]


def _written(orders: str) -> int | None:
    """When a file was last written: replicates read an export once, and again after an edit."""
    path = Path(orders)
    return path.stat().st_mtime_ns if path.is_file() else None


@lru_cache(maxsize=2)
def _exported(orders: str, until: date | None, written: int | None) -> "tuple[np.ndarray, tuple[Remark, ...]]":
    """HISTORY[customers], by customer, and the remarks of the reading.

    `spend` is that of repeat purchases: the first is counted in no history.
    """
    from models.data.orders import read_orders
    from models.data.rfm import summarise

    try:
        read = read_orders(orders)
    except BadInput as problem:
        raise _refusal(orders, problem) from None
    summary = summarise(read, end=until)
    records = np.zeros(len(summary), HISTORY)
    records["frequency"], records["recency"], records["T"] = summary.frequency, summary.recency, summary.T
    if summary.spend_count is not None and summary.monetary_value is not None:
        records["spend_count"], records["monetary_value"] = summary.spend_count, summary.monetary_value
        records["spend"] = summary.spend_count * summary.monetary_value
    assert summary.customer is not None  # of an export everybody has a name
    records["last_year"] = _paid_in_last_year(read, until or read.last_day, summary.customer)
    records.flags.writeable = False  # shared by every run of this process
    return records, read.remarks


def _refusal(orders: str, problem: BadInput) -> BadInput:
    """Why an export cannot be read; where an option of reading would help, which a scenario has none of, how to give it."""
    if not Path(orders).is_file() or not _OPTION.search(str(problem)):
        return problem
    return BadInput(
        "{problem} A scenario has no such options: say it to siyu import {file} -o orders.parquet first, and name that file "
        "under orders.",
        problem=problem,
        file=Path(orders).name,
    )


def _paid_in_last_year(read: "Orders", last: date, customers: np.ndarray) -> np.ndarray:
    """float64[n]: what each of `customers` (text[n]) paid, less what was returned, in the 365 days up to the day `last`."""
    import narwhals as nw
    import pandas as pd

    day = nw.col("time").dt.date()
    lately = read.frame.filter((day > nw.lit(last - _YEAR)) & (day <= nw.lit(last)))
    paid = lately.group_by("customer").agg(nw.col("amount").sum()).collect(backend="pyarrow").to_pandas()
    by_customer = pd.Series(paid["amount"].to_numpy(float), index=paid["customer"].astype(str))
    own = by_customer.reindex(customers.astype(str)).fillna(0.0).to_numpy()
    paid_by: np.ndarray = np.maximum(own, 0.0)
    return paid_by
