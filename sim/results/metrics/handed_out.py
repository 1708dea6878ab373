"""Coupons and benefits: what becomes of what is handed out, what it costs, what it brings."""

from sim.policies import in_use
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@share("coupon redemption", "higher", used=in_use.takes_money_off)
def coupon_redemption(a: Account) -> tuple[float, float]:
    """Of coupons and benefits with money off (percent, threshold) handed out, the share that are redeemed; one that a
    better or newer one replaces counts as handed out."""
    return a.total["discounted_orders"], a.handed_out - a.total["novelties"]


@share("benefit use", "higher", used=in_use.hands_out)
def benefit_use(a: Account) -> tuple[float, float]:
    """Of all coupons and benefits handed out, novelties among them (trial, gift, vote, early access), the share used with an
    order. A novelty is used with the order of a member who knows of it. The others ran out, were replaced by something
    better, void when a budget was spent, lost with members who left, or are still in hand at the end."""
    return a.total["benefits_used"], a.handed_out


@share("benefit use within 7 days", "higher", used=in_use.hands_out)
def benefit_use_7_days(a: Account) -> tuple[float, float]:
    """Of coupons and benefits handed out at least 7 days before the end of the run, the share used with an order within 7
    days, that of the hand-out included."""
    return a.total["benefits_soon"], float(a.run.followed["issued"] + a.run.followed["benefits_issued"])


@measure("benefits' cost an order", "lower", positive=True, least=0.0, used=in_use.hands_out)
def benefit_cost_per_order(a: Account) -> float | None:
    """Discounts and the unit costs of novelties, over all orders; discounts of tiers are not in here."""
    return ratio(_cost(a), a.total["orders"])


@measure("benefits' cost a member", "lower", positive=True, least=0.0, used=in_use.hands_out)
def benefit_cost_per_member(a: Account) -> float | None:
    """Discounts and the unit costs of novelties, over all who were ever members; discounts of tiers are not in here."""
    return ratio(_cost(a), a.end["members"])


def _cost(a: Account) -> float:
    """What coupons and benefits cost over the run."""
    return float(a.total["discounts"] - a.total["tier_discounts"] + a.total["gifts"])


@share("bought anyway", "lower", used=in_use.hands_out)
def bought_anyway(a: Account) -> tuple[float, float]:
    """Of uses of coupons and benefits, the share whose member would have ordered within the days of that coupon or
    benefit (from the day it was handed out to its last) if none were handed out, on the same draws and with the same
    messages; each such order stands for one use. Orders that were only brought forward from later days are not in here:
    orders gained per redemption has them."""
    bare = a.without_benefits
    return (bare.anyway, bare.used) if bare is not None else (0.0, 0.0)


@measure("orders gained per redemption", "higher", used=in_use.hands_out)
def orders_gained(a: Account) -> float | None:
    """Orders of the run less those on the same draws and with the same messages without coupons and benefits, over their
    uses: what a coupon or benefit brings net of orders that would have come later, or at all; 1 less this is the part
    bought anyway over the whole run. Above 1 where they also bring orders that use none, below 0 where members have
    learned to wait for them."""
    if a.without_benefits is None:
        return None
    return ratio(a.total["orders"] - a.without_benefits.run.totals["orders"], a.total["benefits_used"])
