"""Orders: how many, how soon again, the first one."""

from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@measure("orders", "higher", positive=True, least=0.0)
def orders(a: Account) -> float | None:
    """Orders of all who were ever members, in the pool or outside; an order made before joining, or the one with which a
    founder was won, is not counted."""
    return float(a.total["orders"])


@measure("orders a member a year", "higher", positive=True, least=0.0)
def orders_per_year(a: Account) -> float | None:
    """Orders over member-years from joining to the end of the run, those who left included (they go on buying in public);
    a year is 365 days."""
    return ratio(a.total["orders"], a.end["member_days"] / 365.0)


@share("repurchase rate", "higher")
def repurchase_rate(a: Account) -> tuple[float, float]:
    """Of customers followed for longer than the window (`repurchase_window`, 90 days by default) after the first order, the
    share with another order within the window. The first order is a founder's founding on day 0, the joining of a joiner
    who had bought, else the first order in the run; whole days are counted."""
    return a.end["second_in_time"], a.end["second_base"]


@measure("repurchase interval", "lower", positive=True, least=0.0)
def repurchase_interval(a: Account) -> float | None:
    """Mean days between an order and the one before it. Founding (for customers of an export their last order there) and
    the joining of a joiner who had bought count as the order before. Only intervals that ended within the run count, so it
    is short in a short run."""
    return ratio(a.total["gap_days"], a.total["gaps"])


@share("first-order conversion", "higher")
def first_order_conversion(a: Account) -> tuple[float, float]:
    """Of those who joined without having bought, at least 30 days before the end of the run, the share with a first order
    within 30 days (days 0 to 29)."""
    return a.end["first_in_time"], a.end["first_base"]
