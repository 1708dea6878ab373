"""Every measure, one definition each. What a report quotes is the docstring of the function that computes it.

A measure is a function of an `Account`: the run, and where it needs them the same draws with no operations (the
counterfactual) and without coupons. Undefined is None, never NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sim.members import FOUNDER, ORGANIC_JOINER, OTHER_JOINER
from sim.run import Run
from sim.scenario.measures import MEASURES, Kind
from sim.world import MONTH

Better = Literal["higher", "lower", "neither"]
_JOINERS = [ORGANIC_JOINER, OTHER_JOINER]
_WOULD_HAVE_COME = [FOUNDER, ORGANIC_JOINER]  # whose orders the brand would have had without the pool


@dataclass(frozen=True)
class Account:
    """What a measure may look at: the run, the counterfactual, the same without coupons (None if there are none)."""

    run: Run
    counterfactual: Run
    without_coupons: Run | None = None

    @property
    def total(self) -> Any:
        """Sums over all days (a record of TALLY)."""
        return self.run.totals

    @property
    def end(self) -> Any:
        """What was read off the members at the end (a record of CLOSING)."""
        return self.run.closing

    @cached_property
    def tools(self) -> float:
        """Tools and accounts over the run."""
        return self.run.scenario.costs.tools_per_day * self.run.scenario.days

    @cached_property
    def acquisition(self) -> float:
        """Advertising over the run: joiners of each channel and day at that day's CAC."""
        return float(_cost_by_day(self.run).sum())

    @cached_property
    def contribution(self) -> float:
        """Margin less discounts, messages and tools, before acquisition."""
        return float(self.total["contribution"].sum()) - self.tools

    @cached_property
    def lifetime_value(self) -> np.ndarray:
        """Sum of lifetime values by group, float64[3]: realised, less tools, plus the rest in closed form."""
        value: np.ndarray = self.end["value"] + self.end["rest"] - self.run.tools
        return value


@dataclass(frozen=True)
class Measure:
    """One measure: how it is computed, what kind of number it is, which way is better."""

    name: str
    compute: Callable[[Account], float | None]
    kind: Kind
    better: Better
    label: str

    @property
    def definition(self) -> str:
        """One paragraph, quoted in reports."""
        return " ".join((self.compute.__doc__ or "").split())


REGISTRY: dict[str, Measure] = {}


def _measure(
    label: str, better: Better
) -> Callable[[Callable[[Account], float | None]], Callable[[Account], float | None]]:
    def register(compute: Callable[[Account], float | None]) -> Callable[[Account], float | None]:
        name = compute.__name__
        REGISTRY[name] = Measure(name, compute, MEASURES[name], better, label)
        return compute

    return register


def measures(account: Account) -> dict[str, float | None]:
    """All measures of a run by name; None where one is undefined."""
    return {name: _plain(measure.compute(account)) for name, measure in REGISTRY.items()}


def _plain(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def ratio(above: float, below: float) -> float | None:
    """above / below, None where there is nothing below."""
    return float(above) / float(below) if below else None


# --- money -----------------------------------------------------------------------------------------------------------


@_measure("LTV/CAC", "higher")
def ltv_cac(a: Account) -> float | None:
    """LTV over CAC, both per joiner; undefined without joiners or without cost. The usual line is 3 to 1."""
    value, cost = ltv(a), cac(a)
    return None if value is None or not cost else value / cost


@_measure("LTV a joiner", "higher")
def ltv(a: Account) -> float | None:
    """Lifetime value per joiner: contribution before acquisition over three years from joining, discounted by 10 % a
    year; realised within the run, plus the rest in closed form with the scenario's own parameters, at the member's
    last-90-day mean demand, cost and hazard of leaving. Undefined without joiners."""
    return ratio(a.lifetime_value[_JOINERS].sum(), a.end["joiners"])


@_measure("LTV a founder", "higher")
def ltv_founders(a: Account) -> float | None:
    """Lifetime value as for joiners, per founding member, over three years from the first day."""
    return ratio(a.lifetime_value[FOUNDER], a.end["founders"])


@_measure("LTV a member", "higher")
def ltv_member(a: Account) -> float | None:
    """Lifetime value over all who were ever members, founders and joiners together, per member."""
    return ratio(a.lifetime_value.sum(), a.end["members"])


@_measure("LTV a founder without the pool", "neither")
def ltv_public(a: Account) -> float | None:
    """Lifetime value per founding member of the same people with no operations: what they would be worth in public."""
    untouched = Account(a.counterfactual, a.counterfactual)
    return ratio(untouched.end["value"][FOUNDER] + untouched.end["rest"][FOUNDER], untouched.end["founders"])


@_measure("CAC", "lower")
def cac(a: Account) -> float | None:
    """Acquisition cost per joiner: advertising over all joiners. Undefined without joiners."""
    return ratio(a.acquisition, a.end["joiners"])


@_measure("paid CAC", "lower")
def paid_cac(a: Account) -> float | None:
    """Advertising over the joiners of channels that cost money."""
    paid = sum(n for channel, n in _joined(a.run).items() if _cac_of(a.run, channel) > 0)
    return ratio(a.acquisition, paid)


@_measure("payback", "lower")
def payback_days(a: Account) -> float | None:
    """Days from joining until the mean joiner's contribution, tools included, has paid her CAC; cohorts of a month
    pooled. Undefined (censored) if the run ends before."""
    cost = cac(a)
    if not cost:
        return None
    cumulative = np.cumsum(cohort_curve(a.run))
    paid = np.flatnonzero(cumulative >= cost)
    if not len(paid):
        return None
    k = int(paid[0])
    before = cumulative[k - 1] if k else 0.0
    start, end = (k * MONTH - MONTH / 2 if k else 0.0), (k + 1) * MONTH - MONTH / 2
    return float(start + (end - start) * (cost - before) / (cumulative[k] - before))


@_measure("ROI", "higher")
def roi(a: Account) -> float | None:
    """Contribution after all spend, less the contribution of the same people with no operations (founders, and joiners
    who would have come anyway), over spend. Undefined if nothing was spent."""
    without = float(a.counterfactual.totals["contribution"][_WOULD_HAVE_COME].sum())
    return ratio(a.contribution - a.acquisition - without, spend(a) or 0.0)


@_measure("ROI of operations", "higher")
def roi_operations(a: Account) -> float | None:
    """The gain of operations over the same joiners left alone, over the spend on operations (acquisition left out of
    both)."""
    without = float(a.counterfactual.totals["contribution"].sum())
    return ratio(a.contribution - without, (spend(a) or 0.0) - a.acquisition)


@_measure("spend", "neither")
def spend(a: Account) -> float | None:
    """All costs after the product margin: discounts, messages, tools and acquisition."""
    return float(a.total["discounts"] + a.total["message_cost"]) + a.tools + a.acquisition


@_measure("contribution", "higher")
def contribution(a: Account) -> float | None:
    """Order value times margin, less discounts, messages and tools, before acquisition, over the run."""
    return a.contribution


@_measure("contribution a member", "higher")
def contribution_per_member(a: Account) -> float | None:
    """Contribution over all who were ever members."""
    return ratio(a.contribution, a.end["members"])


@_measure("profit", "higher")
def profit(a: Account) -> float | None:
    """Contribution after acquisition, over the run."""
    return a.contribution - a.acquisition


@_measure("profit a member", "higher")
def profit_per_member(a: Account) -> float | None:
    """Profit over all who were ever members."""
    return ratio(a.contribution - a.acquisition, a.end["members"])


@_measure("sales", "higher")
def sales(a: Account) -> float | None:
    """Sales (GMV) of all who were ever members, after discounts, whether they are still in the pool or not."""
    return float(a.total["sales"])


@_measure("average basket", "higher")
def average_basket(a: Account) -> float | None:
    """Sales over orders."""
    return ratio(a.total["sales"], a.total["orders"])


# --- loyalty ---------------------------------------------------------------------------------------------------------


@_measure("churn", "lower")
def churn(a: Account) -> float | None:
    """Of members with at least 90 days' tenure, the share who have left the pool or are silent (90 days without an
    interaction) at the end."""
    return ratio(a.end["tenured_left"] + a.end["tenured_silent"], a.end["tenured"])


@_measure("churn: left", "lower")
def left_share(a: Account) -> float | None:
    """The part of churn that has left the pool."""
    return ratio(a.end["tenured_left"], a.end["tenured"])


@_measure("churn: silent", "lower")
def silent_share(a: Account) -> float | None:
    """The part of churn that is still in the pool and silent."""
    return ratio(a.end["tenured_silent"], a.end["tenured"])


@_measure("lost as customers", "lower")
def lost_share(a: Account) -> float | None:
    """Of members with at least 90 days' tenure, the share who will never order again; latent, no brand can see it."""
    return ratio(a.end["tenured_lost"], a.end["tenured"])


@_measure("D7 retention", "higher")
def d7_retention(a: Account) -> float | None:
    """Of joiners with that follow-up, the share still in the pool after day 7 who interacted on days 1 to 7."""
    return ratio(a.end["d7_kept"], a.end["d7_base"])


@_measure("D30 retention", "higher")
def d30_retention(a: Account) -> float | None:
    """Of joiners with that follow-up, the share still in the pool after day 30 who interacted on days 24 to 30."""
    return ratio(a.end["d30_kept"], a.end["d30_base"])


@_measure("active in 7 days", "higher")
def active_7_days(a: Account) -> float | None:
    """Of members in the pool at the end, the share who interacted in the last 7 days."""
    return ratio(a.end["active_7"], a.end["pool"])


@_measure("active in 30 days", "higher")
def active_30_days(a: Account) -> float | None:
    """Of members in the pool at the end, the share who interacted in the last 30 days."""
    return ratio(a.end["active_30"], a.end["pool"])


@_measure("dormancy", "lower")
def dormancy(a: Account) -> float | None:
    """Of members in the pool at the end, the share silent for 90 days."""
    return ratio(a.end["silent"], a.end["pool"])


@_measure("wake-up rate", "higher")
def wake_up_rate(a: Account) -> float | None:
    """Of silences that reach day 90, with 14 days of follow-up, the share ended by an interaction in those 14 days."""
    return ratio(a.total["woken"], a.total["episodes"])


@_measure("repurchase of the woken", "higher")
def woken_repurchase(a: Account) -> float | None:
    """Of members woken from 90 days of silence, with that follow-up, the share who order within 90 days."""
    return ratio(a.total["woken_bought"], a.total["woken_followed"])


# --- orders ----------------------------------------------------------------------------------------------------------


@_measure("orders", "higher")
def orders(a: Account) -> float | None:
    """Orders of all who were ever members; an order made before joining is not counted."""
    return float(a.total["orders"])


@_measure("orders a member a year", "higher")
def orders_per_year(a: Account) -> float | None:
    """Orders over member-years since joining, those who left included (they go on buying in public)."""
    return ratio(a.total["orders"], a.end["member_days"] / 365.0)


@_measure("repurchase rate", "higher")
def repurchase_rate(a: Account) -> float | None:
    """Of customers with that follow-up, the share with a second order within the window (`repurchase_window`, 90 days
    by default) of the first; for founders of their founding, for joiners who had bought of their joining."""
    return ratio(a.end["second_in_time"], a.end["second_base"])


@_measure("repurchase interval", "lower")
def repurchase_interval(a: Account) -> float | None:
    """Mean days between an order and the one before it."""
    return ratio(a.total["gap_days"], a.total["gaps"])


@_measure("first-order conversion", "higher")
def first_order_conversion(a: Account) -> float | None:
    """Of those who joined without having bought, with that follow-up, the share with a first order within 30 days."""
    return ratio(a.end["first_in_time"], a.end["first_base"])


# --- messages and coupons --------------------------------------------------------------------------------------------


@_measure("read rate", "higher")
def read_rate(a: Account) -> float | None:
    """Mean probability that a delivered message is read."""
    return ratio(a.total["reads"], a.total["delivered"])


@_measure("click rate", "higher")
def click_rate(a: Account) -> float | None:
    """Clicks over delivered messages."""
    return ratio(a.total["clicks"], a.total["delivered"])


@_measure("complaint rate", "lower")
def complaint_rate(a: Account) -> float | None:
    """Complaints over delivered messages."""
    return ratio(a.total["complaints"], a.total["delivered"])


@_measure("opt-out rate", "lower")
def opt_out_rate(a: Account) -> float | None:
    """Members who left over delivered messages."""
    return ratio(a.total["departed"], a.total["delivered"])


@_measure("conversion per push", "higher")
def conversion_per_push(a: Account) -> float | None:
    """Orders of members who were sent a message on that day or the two before, over delivered messages."""
    return ratio(a.total["orders_after_message"], a.total["delivered"])


@_measure("coupon redemption", "higher")
def coupon_redemption(a: Account) -> float | None:
    """Coupons redeemed over coupons handed out."""
    return ratio(a.total["discounted_orders"], a.total["issued"])


@_measure("bought anyway", "lower")
def bought_anyway(a: Account) -> float | None:
    """1 less the orders gained by coupons (on the same draws without them) over redemptions: the share of discounts
    given to orders that would have come anyway. Below 0 where coupons also bring orders that redeem none."""
    if a.without_coupons is None or not a.total["discounted_orders"]:
        return None
    gained = float(a.total["orders"] - a.without_coupons.totals["orders"])
    return 1.0 - gained / float(a.total["discounted_orders"])


# --- people ----------------------------------------------------------------------------------------------------------


@_measure("members ever", "neither")
def members(a: Account) -> float | None:
    """All who were ever members."""
    return float(a.end["members"])


@_measure("joiners", "neither")
def joiners(a: Account) -> float | None:
    """All who joined during the run."""
    return float(a.end["joiners"])


# --- cohorts and acquisition -----------------------------------------------------------------------------------------


def cohort_curve(run: Run) -> np.ndarray:
    """Mean contribution per joiner in each 30 days of membership, tools included; float64[months], pooled over the
    monthly cohorts that were followed through the whole of that month."""
    days = run.scenario.days
    months = days // MONTH
    joined = _joined_by_cohort(run)
    tools = run.scenario.costs.tools_per_day / np.maximum(run.daily["pool"].to_numpy(), 1.0)
    money = run.cohorts[:, 0] - tools[:, None] * run.cohorts[:, 1]
    curve = np.zeros(months)
    for k in range(months):
        followed = np.arange(months - k)
        earned = sum(money[(c + k) * MONTH : (c + k + 1) * MONTH, c].sum() for c in followed)
        curve[k] = earned / max(joined[followed].sum(), 1.0)
    return curve


def _joined_by_cohort(run: Run) -> np.ndarray:
    joined = np.zeros(run.cohorts.shape[2])
    np.add.at(joined, np.arange(run.scenario.days) // MONTH, run.daily["joined"].to_numpy())
    return joined


def _cac_of(run: Run, channel: str) -> float:
    return next(c.cac for c in run.scenario.policy.acquisition if c.channel == channel)


def _joined(run: Run) -> dict[str, int]:
    from sim.pool import joiners_on

    days = range(run.scenario.days)
    return {c.channel: sum(joiners_on(c.per_day, d) for d in days) for c in run.scenario.policy.acquisition}


def _cost_by_day(run: Run) -> np.ndarray:
    """Advertising of each day, float64[days]: joiners times CAC (1 + growth)^(years passed)."""
    from sim.pool import joiners_on

    days = run.scenario.days
    years = np.arange(days) / 365.0
    cost = np.zeros(days)
    for channel in run.scenario.policy.acquisition:
        joined = np.array([joiners_on(channel.per_day, d) for d in range(days)])
        cost += joined * channel.cac * (1.0 + channel.cac_growth) ** years
    return cost
