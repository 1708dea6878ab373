"""Messages and coupons: what is read, clicked, redeemed, and what it costs in complaints and departures."""

from sim.metrics.account import Account, ratio
from sim.metrics.registry import measure


@measure("read rate", "higher")
def read_rate(a: Account) -> float | None:
    """Mean probability that a delivered message is read."""
    return ratio(a.total["reads"], a.total["delivered"])


@measure("click rate", "higher")
def click_rate(a: Account) -> float | None:
    """Clicks over delivered messages."""
    return ratio(a.total["clicks"], a.total["delivered"])


@measure("complaint rate", "lower")
def complaint_rate(a: Account) -> float | None:
    """Complaints over delivered messages."""
    return ratio(a.total["complaints"], a.total["delivered"])


@measure("opt-out rate", "lower")
def opt_out_rate(a: Account) -> float | None:
    """Members who left over delivered messages."""
    return ratio(a.total["departed"], a.total["delivered"])


@measure("conversion per push", "higher")
def conversion_per_push(a: Account) -> float | None:
    """Orders of members who were sent a message on that day or the two before, over delivered messages."""
    return ratio(a.total["orders_after_message"], a.total["delivered"])


@measure("coupon redemption", "higher")
def coupon_redemption(a: Account) -> float | None:
    """Coupons redeemed over coupons handed out."""
    return ratio(a.total["discounted_orders"], a.total["issued"])


@measure("bought anyway", "lower")
def bought_anyway(a: Account) -> float | None:
    """1 less the orders gained by coupons (on the same draws without them) over redemptions: the share of discounts
    given to orders that would have come anyway. Below 0 where coupons also bring orders that redeem none."""
    if a.without_coupons is None or not a.total["discounted_orders"]:
        return None
    gained = float(a.total["orders"] - a.without_coupons.totals["orders"])
    return 1.0 - gained / float(a.total["discounted_orders"])
