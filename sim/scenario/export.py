"""The customers of an orders export that a pool is founded from, read once: each one's x, t_x, T and spend."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.engine.fields import record

HISTORY = record(
    [
        ("frequency", "f8"),
        ("recency", "f8"),
        ("T", "f8"),
        ("spend_count", "f8"),
        ("monetary_value", "f8"),
        ("spend", "f8"),
    ]
)


def exported(orders: str, until: date | None) -> np.ndarray:
    """HISTORY[customers] of the export at the path `orders` up to the day `until`, by customer; it cannot be written to.

    Raises BadInput for an export that cannot be read, or whose last day used lies before its first order.
    """
    return _exported(orders, until, _written(orders))


def _written(orders: str) -> int | None:
    """When a file was last written: replicates read an export once, and again after an edit."""
    path = Path(orders)
    return path.stat().st_mtime_ns if path.is_file() else None


@lru_cache(maxsize=2)
def _exported(orders: str, until: date | None, written: int | None) -> np.ndarray:
    """HISTORY[customers], by customer. `spend` is that of repeat purchases: the first is counted in no history."""
    from models.data.orders import read_orders
    from models.data.rfm import summarise

    summary = summarise(read_orders(orders), end=until)
    records = np.zeros(len(summary), HISTORY)
    records["frequency"], records["recency"], records["T"] = summary.frequency, summary.recency, summary.T
    if summary.spend_count is not None and summary.monetary_value is not None:
        records["spend_count"], records["monetary_value"] = summary.spend_count, summary.monetary_value
        records["spend"] = summary.spend_count * summary.monetary_value
    records.flags.writeable = False  # shared by every run of this process
    return records
