"""Founding members from an export: each customer's own x, t_x, T and spend."""

import numpy as np

from sim.draws import CUSTOMER_OF_EXPORT, Key, uniform
from sim.scenario import Scenario
from sim.scenario.export import exported


def histories(scenario: Scenario, key: Key) -> np.ndarray | None:
    """The histories of the founding members, HISTORY[members]; None when they are fresh.

    With fewer members than customers a subset is drawn by keyed numbers; with more, every customer stands for several.
    Raises BadInput for an export that cannot be read, or whose last day used lies before its first order.
    """
    if scenario.founding == "fresh":
        return None
    assert scenario.orders is not None  # a scenario from_export names its orders
    past = exported(scenario.orders, scenario.orders_until)
    n = scenario.members or len(past)
    order = np.argsort([uniform(key, CUSTOMER_OF_EXPORT, k) for k in range(len(past))], kind="stable")
    return past[order[np.arange(n) % len(past)]]
