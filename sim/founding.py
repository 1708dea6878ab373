"""Founding members from an export: each customer's own x, t_x, T and spend."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from sim.draws import CUSTOMER_OF_EXPORT, Key, uniform
from sim.members import HISTORY
from sim.scenario import Scenario


def histories(scenario: Scenario, key: Key) -> np.ndarray | None:
    """The histories of the founding members, HISTORY[members]; None when they are fresh.

    With fewer members than customers a subset is drawn by keyed numbers; with more, every customer stands for several.
    Raises BadInput for an export that cannot be read, or whose last day used lies before its first order.
    """
    if scenario.founding == "fresh":
        return None
    assert scenario.orders is not None  # a scenario from_export names its orders
    past = _from_export(scenario.orders, scenario.orders_until, _written(scenario.orders))
    n = scenario.members or len(past)
    order = np.argsort([uniform(key, CUSTOMER_OF_EXPORT, k) for k in range(len(past))], kind="stable")
    return past[order[np.arange(n) % len(past)]]


def customers(scenario: Scenario) -> int:
    """How many customers the export of a scenario from_export has. Raises BadInput as `histories` does."""
    assert scenario.orders is not None  # a scenario from_export names its orders
    return len(_from_export(scenario.orders, scenario.orders_until, _written(scenario.orders)))


def _written(orders: str) -> int | None:
    """When a file was last written: replicates read an export once, and again after an edit."""
    path = Path(orders)
    return path.stat().st_mtime_ns if path.is_file() else None


@lru_cache(maxsize=2)
def _from_export(orders: str, until: date | None, written: int | None) -> np.ndarray:
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
