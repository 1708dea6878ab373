"""Money: lifetime value, acquisition, return, contribution, sales."""

from sim.catalogue import FOUNDER, ORGANIC_JOINER, OTHER_JOINER
from sim.records import COSTS
from sim.results.metrics.account import Account, joined, ratio
from sim.results.metrics.payback import days_until_paid, followed
from sim.results.metrics.registry import measure, share

_JOINERS = [ORGANIC_JOINER, OTHER_JOINER]
_WOULD_HAVE_COME = [FOUNDER, ORGANIC_JOINER]  # whose orders the brand would have had without the pool


@measure("LTV/CAC", "higher", positive=True)
def ltv_cac(a: Account) -> float | None:
    """LTV over CAC, both per joiner; undefined without joiners or without cost. The usual line is 3 to 1."""
    value, cost = ltv(a), cac(a)
    return None if value is None or not cost else value / cost


@measure("LTV a joiner", "higher")
def ltv(a: Account) -> float | None:
    """Lifetime value per joiner: contribution before acquisition over three years from joining, discounted by 10 % a
    year; realised within the run, plus the rest in closed form with the scenario's own parameters, with the demand, cost
    and hazard of leaving that a sample of the pool shows as it lives on for two years. Undefined without joiners."""
    return ratio(a.lifetime_value[_JOINERS].sum(), a.end["joiners"])


@measure("LTV a founder", "higher")
def ltv_founders(a: Account) -> float | None:
    """Lifetime value as for joiners, per founding member, over three years from the first day."""
    return ratio(a.lifetime_value[FOUNDER], a.end["founders"])


@measure("LTV a member", "higher")
def ltv_member(a: Account) -> float | None:
    """Lifetime value over all who were ever members, founders and joiners together, per member."""
    return ratio(a.lifetime_value.sum(), a.end["members"])


@measure("LTV a founder without the pool", "neither", positive=True, least=0.0)
def ltv_public(a: Account) -> float | None:
    """Lifetime value per founding member of the same people with no operations: what they would be worth in public."""
    untouched = Account(a.counterfactual, a.counterfactual)
    return ratio(untouched.end["value"][FOUNDER] + untouched.end["rest"][FOUNDER], untouched.end["founders"])


@measure("CAC", "lower", positive=True, least=0.0)
def cac(a: Account) -> float | None:
    """Acquisition cost per joiner: advertising, and rewards for referrals, over all joiners, those whom members brought
    among them. Undefined without joiners."""
    return ratio(a.acquisition, a.end["joiners"])


@measure("paid CAC", "lower", positive=True, least=0.0)
def paid_cac(a: Account) -> float | None:
    """Advertising over the joiners of channels that cost money."""
    paid = sum(n for channel, n in joined(a.run).items() if channel.cost_per_joiner > 0)
    return ratio(a.advertising, paid)


@measure("payback", "lower", least=0.0, followed=followed)
def payback_days(a: Account) -> float | None:
    """Days from joining until what joiners have contributed, tools included, has paid their CAC and stays above it. The
    monthly cohorts are joined as ratios: at each age what the cohorts followed to that age earned, over what they cost.
    Censored where the run does not reach it (> the days followed); undefined without joiners or without cost."""
    return None if not cac(a) else days_until_paid(a.run)


@measure("ROI", "higher")
def roi(a: Account) -> float | None:
    """Contribution after all spend, less the contribution of the same people with no operations (founders, and joiners
    who would have come anyway), over spend. Undefined if nothing was spent."""
    without = float(a.counterfactual.totals["contribution"][_WOULD_HAVE_COME].sum())
    return ratio(a.contribution - a.acquisition - without, spend(a) or 0.0)


@measure("ROI of operations", "higher")
def roi_operations(a: Account) -> float | None:
    """The gain of operations over the same joiners left alone, over the spend on operations. Advertising is left out of
    both; whom members brought, and the rewards for it, are the work of operations."""
    without = float(a.counterfactual.totals["contribution"].sum())
    return ratio(a.contribution - a.rewards - without, (spend(a) or 0.0) - a.advertising)


@measure("spend", "neither", positive=True, least=0.0)
def spend(a: Account) -> float | None:
    """All costs after the product margin: discounts, gifts (the unit costs of novelties), points and what is new for
    tiers, messages, communities, service, what was offered in a crisis, tools and acquisition, rewards for referrals
    included."""
    return float(sum(a.total[cost] for cost in COSTS)) + a.tools + a.acquisition


@measure("contribution", "higher")
def contribution(a: Account) -> float | None:
    """Order value times margin, orders that came back left out, less discounts, gifts, points and what is new for tiers,
    messages, communities, service, what was offered in a crisis and tools, before acquisition, over the run."""
    return a.contribution


@measure("contribution a member", "higher")
def contribution_per_member(a: Account) -> float | None:
    """Contribution over all who were ever members."""
    return ratio(a.contribution, a.end["members"])


@measure("profit", "higher")
def profit(a: Account) -> float | None:
    """Contribution after acquisition, over the run."""
    return a.contribution - a.acquisition


@measure("profit a member", "higher")
def profit_per_member(a: Account) -> float | None:
    """Profit over all who were ever members."""
    return ratio(a.contribution - a.acquisition, a.end["members"])


@measure("sales", "higher", positive=True, least=0.0)
def sales(a: Account) -> float | None:
    """Sales (GMV) of all who were ever members, after discounts and without what was paid for orders that came back, whether
    they are still in the pool or not."""
    return float(a.total["sales"])


@share("private share of sales", "higher", counted=False)
def private_share(a: Account) -> tuple[float, float]:
    """Of the sales of all who were ever members, the part that came while they were in the pool. Customers who never joined
    are not in here."""
    return a.total["pool_sales"], a.total["sales"]


@measure("average basket", "higher", positive=True, least=0.0)
def average_basket(a: Account) -> float | None:
    """Sales over orders; where some come back, over those that did not."""
    return ratio(a.total["sales"], a.total["orders"] - a.total["returned"])
