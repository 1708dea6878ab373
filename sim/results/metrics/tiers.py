"""Membership: how members divide over tiers, what they pay, whom a tier loses; who rises and falls; what it costs."""

from collections.abc import Callable

from sim.catalogue import MAX_TIERS
from sim.policies import in_use
from sim.policies.in_force import InForce
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share

_LABELS = (
    ("base tier: share of the pool", "base tier: paid a year", "base tier: churn"),
    ("tier 1: share of the pool", "tier 1: paid a year", "tier 1: churn"),
    ("tier 2: share of the pool", "tier 2: paid a year", "tier 2: churn"),
    ("tier 3: share of the pool", "tier 3: paid a year", "tier 3: churn"),
    ("tier 4: share of the pool", "tier 4: paid a year", "tier 4: churn"),
)


def _there(a: Account) -> float:
    """1 where there is a membership, else 0: beside strategies that have one, a pool without is measured in none of this."""
    return float(any(map(in_use.has_membership, InForce(a.run.scenario).policies)))


def _there_at_the_end(a: Account) -> float:
    """1 where the last policy in force has a membership, else 0: one that has ended has no members."""
    in_force = InForce(a.run.scenario)
    return float(in_use.has_membership(in_force.policies[len(in_force.begins) - 1]))


def _of_tier(tier: int) -> None:
    """Register what is measured of one tier, 0 the base."""
    used: Callable[..., bool] = in_use.has_tier(tier)
    members_label, paid_label, churn_label = _LABELS[tier]

    def members(a: Account) -> tuple[float, float]:
        """Of members in the pool at the end, the share who are of this tier. Undefined without a membership at the end."""
        return a.end["tier_members"][tier], _there_at_the_end(a) * a.end["pool"]

    def paid(a: Account) -> float | None:
        """What members of this tier pay in the pool over a year of 365 days, per member: sales to them, after discounts,
        over the days on which somebody was of this tier at the weekly review."""
        return ratio(365.0 * a.total["tier_sales"][tier], _there(a) * a.total["tier_days"][tier])

    def churn(a: Account) -> tuple[float, float]:
        """Churn of those who are of this tier at the end, or were when they left the pool. Undefined without a membership
        at the end."""
        return a.end["tier_gone"][tier], _there_at_the_end(a) * a.end["tier_tenured"][tier]

    members.__name__, paid.__name__, churn.__name__ = (f"tier_{tier}_{what}" for what in ("members", "paid", "churn"))
    share(members_label, "neither", used=used)(members)
    measure(paid_label, "higher", positive=True, least=0.0, used=used)(paid)
    share(churn_label, "lower", used=used)(churn)


for _tier in range(1 + MAX_TIERS):
    _of_tier(_tier)


@share("who rise in tier, a month", "higher", used=in_use.has_tier(0))
def tier_rises(a: Account) -> tuple[float, float]:
    """Members who rise to a higher tier, over member-months in the pool. The tier that a founder begins with is no rise,
    nor is one that a phase gives or gives back to everybody."""
    return a.total["tier_ups"], _there(a) * a.pool_months


@share("who fall in tier, a month", "lower", used=in_use.has_tier(0))
def tier_falls(a: Account) -> tuple[float, float]:
    """Members who fall to a lower tier, at an anniversary, over member-months in the pool. Undefined where the run is over
    before the first anniversary, a year after its first day."""
    followed = a.run.scenario.days > 365
    return a.total["tier_downs"], _there(a) * a.pool_months * followed


@measure("points' cost a member", "lower", positive=True, least=0.0, used=in_use.has_membership)
def points_cost_per_member(a: Account) -> float | None:
    """Points for what was paid in the pool, as far as they are redeemed, over all who were ever members."""
    return ratio(a.total["points_cost"], _there(a) * a.end["members"])


@measure("tier discounts a member", "lower", positive=True, least=0.0, used=in_use.has_membership)
def tier_discounts_per_member(a: Account) -> float | None:
    """What tiers took off orders, over all who were ever members; part of the discounts."""
    return ratio(a.total["tier_discounts"], _there(a) * a.end["members"])


@measure("cost of what is new for tiers, a member", "lower", positive=True, least=0.0, used=in_use.has_membership)
def tier_items_cost_per_member(a: Account) -> float | None:
    """Unit costs of what is new for tiers (items), over all who were ever members."""
    return ratio(a.total["items_cost"], _there(a) * a.end["members"])
