"""What a planner should know of a scenario that is valid but does not do what its numbers seem to say."""

from sim.scenario.coupons import REACH, Coupon
from sim.scenario.market import Market
from sim.scenario.push import Push
from sim.scenario.scenario import Scenario

_WEEK = 7


def notes(scenario: Scenario) -> list[str]:
    """One sentence each: key, what happens, what to do."""
    policy = scenario.policy
    pushes = {"policy.push": policy.push}
    pushes |= {f"policy.segments.{n}.push": policy.for_segment(n).push for n in policy.segments}
    coupons = {f"policy.coupons.{k}": coupon for k, coupon in enumerate(policy.coupons)}
    for name, change in policy.segments.items():
        coupons |= {f"policy.segments.{name}.coupons.{k}": coupon for k, coupon in enumerate(change.coupons or ())}
    return [
        *(sentence for where, push in pushes.items() if (sentence := _capped(where, push))),
        *(sentence for where, coupon in coupons.items() if (sentence := _out_of_reach(where, coupon, scenario.market))),
    ]


def _capped(where: str, push: Push) -> str | None:
    most = _WEEK * push.cap_per_day
    if push.per_week <= most:
        return None
    return (
        f"{where}: cap_per_day {push.cap_per_day} lets {most} of the {push.per_week:g} messages a week through; "
        f"raise it to send more"
    )


def _out_of_reach(where: str, coupon: Coupon, market: Market) -> str | None:
    most = REACH * market.baskets.mean
    if coupon.min_spend <= most:
        return None
    return (
        f"{where}: min_spend {coupon.min_spend:,.2f} is above three usual baskets of this market "
        f"({market.baskets.mean:,.2f} {market.currency} each), so hardly anybody uses the coupon; "
        f"set it to {most:,.2f} at most"
    )
