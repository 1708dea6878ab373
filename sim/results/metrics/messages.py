"""Messages and coupons: what is read, clicked, redeemed, and what it costs in complaints and departures."""

from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@share("read rate", "higher", counted=False)
def read_rate(a: Account) -> tuple[float, float]:
    """Mean probability that a delivered message is read."""
    return a.total["reads"], a.total["delivered"]


@share("click rate", "higher")
def click_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that are clicked; each counts once."""
    return a.total["clicks"], a.total["delivered"]


@share("complaints per message", "lower")
def complaint_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before a complaint on that day or the two after; each
    message counts once. Complaints later than that are in the daily series only."""
    return a.total["blamed"], a.total["delivered"]


@share("opt-outs per message", "lower")
def opt_out_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before the member left the pool on that day or the two
    after. Who leaves without a message in those days is in churn and not in here."""
    return a.total["opted_out"], a.total["delivered"]


@share("conversion per push", "higher")
def conversion_per_push(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before an order in the pool on that day or the two after (72
    hours); each message counts once, however many orders follow. By time, as dashboards count it: no effect."""
    return a.total["converted"], a.total["delivered"]


@share("coupon redemption", "higher")
def coupon_redemption(a: Account) -> tuple[float, float]:
    """Of coupons handed out, the share that are redeemed; one that a better or newer coupon replaces counts as handed
    out."""
    return a.total["discounted_orders"], a.total["issued"]


@share("bought anyway", "lower")
def bought_anyway(a: Account) -> tuple[float, float]:
    """Of redemptions, the share whose member would have ordered within that coupon's days (from the day it was handed out to
    its last) without any coupons, on the same draws; each such order stands for one redemption. Orders that coupons only
    brought forward from later days are not in here: orders gained per redemption has them."""
    return (a.coupons.anyway, a.coupons.redeemed) if a.coupons is not None else (0.0, 0.0)


@measure("orders gained per redemption", "higher")
def orders_gained(a: Account) -> float | None:
    """Orders of the run less those on the same draws without coupons, over redemptions: what a coupon brings net of orders
    that would have come later, or at all; 1 less this is the part bought anyway over the whole run. Above 1 where coupons
    also bring orders that redeem none, below 0 where members have learned to wait for them."""
    if a.coupons is None:
        return None
    return ratio(a.total["orders"] - a.coupons.run.totals["orders"], a.total["discounted_orders"])
