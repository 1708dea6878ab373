"""How much of what members are worth comes from whom a channel met, and not from what the brand does."""

from functools import lru_cache

import numpy as np

from models.families.bg_nbd import BGNBD
from sim.policies.acquisition import meets_customers
from sim.rest_of_life import LTV_DAYS
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure
from sim.run import YEARLY_DISCOUNT, Run
from sim.scenario import Scenario

_POINTS = 60  # of the integral over the days to come


@measure("LTV a member, times a public customer", "higher")
def ltv_times_public(a: Account) -> float | None:
    """Lifetime value a member over that of a public customer of the same market, a newcomer who never joins and is left
    alone (her first order left out). Who joins is in here as well as what operations do. Undefined where she is worth
    nothing, at a margin of 0."""
    newcomer = newcomers_value(a.run.scenario)
    return ratio(float(a.lifetime_value.sum()) / newcomer, float(a.end["members"])) if newcomer > 0 else None


@measure("chosen joiners, times a newcomer", "neither", positive=True, used=meets_customers)
def value_multiple(a: Account) -> float | None:
    """Lifetime value of joiners whom their channel chose among the shop's customers (met at the counter or by a card in a
    repeat parcel), before tools, over that of a newcomer to the brand without operations. Undefined without such joiners,
    and at a margin of 0."""
    return _multiple(a.run)


@measure("chosen joiners left alone, times a newcomer", "neither", positive=True, used=meets_customers)
def value_multiple_by_selection(a: Account) -> float | None:
    """The same for these joiners with no operations: the part of the multiple that is selection, whom the channel met; what
    the multiple is above it is operations. Undefined without such joiners, and at a margin of 0."""
    return _multiple(a.counterfactual)


def _multiple(run: Run) -> float | None:
    value = ratio(run.closing["chosen_value"], run.closing["chosen"])
    return None if value is None else ratio(value, newcomers_value(run.scenario))


def newcomers_value(scenario: Scenario) -> float:
    """What a newcomer to the brand is worth to it without operations, money, first order left out.

    Over three years from the first order, discounted by 10 % a year, every day alike: the market's margin and mean basket
    times the discounted orders of BG/NBD, e^-fH E(H) + f integral of e^-ft E(t) dt (Fader, Hardie & Lee 2005 for E).
    """
    market, rhythm = scenario.market, scenario.market.rhythm
    return float(market.margin * market.baskets.mean * _discounted(rhythm.r, rhythm.alpha, rhythm.a, rhythm.b))


@lru_cache(maxsize=256)  # leaving out one cluster after the other asks again and again
def _discounted(r: float, alpha: float, a: float, b: float) -> float:
    """Discounted orders of a newcomer over LTV_DAYS."""
    force = float(np.log1p(YEARLY_DISCOUNT)) / 365.0
    truth = BGNBD.known(r, alpha, a, b)
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    days, width = (nodes + 1.0) / 2.0 * LTV_DAYS, weights / 2.0 * LTV_DAYS
    orders = truth.expected_purchases_new(np.append(days, LTV_DAYS))
    return float(np.exp(-force * LTV_DAYS) * orders[-1] + force * (width * np.exp(-force * days)) @ orders[:-1])
