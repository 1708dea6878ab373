"""Orders: how many, how soon again, the first one."""

from sim.metrics.account import Account, ratio
from sim.metrics.registry import measure


@measure("orders", "higher")
def orders(a: Account) -> float | None:
    """Orders of all who were ever members; an order made before joining is not counted."""
    return float(a.total["orders"])


@measure("orders a member a year", "higher")
def orders_per_year(a: Account) -> float | None:
    """Orders over member-years since joining, those who left included (they go on buying in public)."""
    return ratio(a.total["orders"], a.end["member_days"] / 365.0)


@measure("repurchase rate", "higher")
def repurchase_rate(a: Account) -> float | None:
    """Of customers with that follow-up, the share with a second order within the window (`repurchase_window`, 90 days
    by default) of the first; for founders of their founding, for joiners who had bought of their joining."""
    return ratio(a.end["second_in_time"], a.end["second_base"])


@measure("repurchase interval", "lower")
def repurchase_interval(a: Account) -> float | None:
    """Mean days between an order and the one before it."""
    return ratio(a.total["gap_days"], a.total["gaps"])


@measure("first-order conversion", "higher")
def first_order_conversion(a: Account) -> float | None:
    """Of those who joined without having bought, with that follow-up, the share with a first order within 30 days."""
    return ratio(a.end["first_in_time"], a.end["first_base"])
