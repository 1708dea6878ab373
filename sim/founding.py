"""Founding members from an export: each customer's own x, t_x, T and spend."""

import numpy as np

from sim.draws import CUSTOMER_OF_EXPORT, Key, uniform
from sim.members import HISTORY
from sim.scenario import Scenario


def histories(scenario: Scenario, key: Key) -> np.ndarray | None:
    """The histories of the founding members, HISTORY[members]; None when they are fresh.

    With fewer members than customers a subset is drawn by keyed numbers; with more, every customer stands for several.
    Raises BadInput for an export that cannot be read.
    """
    if scenario.founding == "fresh":
        return None
    past = _from_export(scenario)
    n = scenario.members or len(past)
    order = np.argsort([uniform(key, CUSTOMER_OF_EXPORT, k) for k in range(len(past))], kind="stable")
    return past[order[np.arange(n) % len(past)]]


def _from_export(scenario: Scenario) -> np.ndarray:
    from models.orders import read_orders
    from models.rfm import summarize

    summary = summarize(read_orders(scenario.orders), end=scenario.orders_until)
    made = np.zeros(len(summary), HISTORY)
    made["frequency"], made["recency"], made["T"] = summary.frequency, summary.recency, summary.T
    return made
