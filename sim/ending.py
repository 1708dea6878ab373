"""What the end of a run knows of the time after it, for the rest of its members' lives (sim/rest_of_life.py)."""

from typing import Any

import numpy as np

from sim.brand import Brand
from sim.onward import watch
from sim.outlook import as_before, outlook
from sim.policies.acquisition import meets_customers
from sim.policies.referral import ways
from sim.quadrature import MOST_LOSSES, USUAL_LOSSES, quadrature
from sim.rest_of_life import HORIZON
from sim.roles import World
from sim.run import YEARLY_DISCOUNT
from sim.scenario import Scenario


def horizon_of(
    scenario: Scenario,
    world: World,
    brand: Brand,
    blocks: list[np.ndarray],
    pool: float,
    discounts: np.ndarray,
    lives_on: bool,
) -> tuple[Any, Any]:
    """A record of HORIZON, and the nodes of the quadrature over lambda and p.

    pool: members in it on the last evening. discounts: of the last WINDOW days, by tag. lives_on: whether a sample of the
    members lives on under the policy in force, for what is to come; else every day is like the last.
    """
    market = scenario.market.rhythm
    chosen = any(map(meets_customers, brand.in_force.policies))  # their p is more spread out
    nodes = quadrature(market.r, market.a, market.b, losses=MOST_LOSSES if chosen else USUAL_LOSSES)
    foreseen = as_before()
    if lives_on:
        watched = watch(scenario, world, blocks, brand, pool * float(world["share"]))
        if watched is not None:
            foreseen, discounts = outlook(watched, scenario.days), watched.discounts
    horizon = np.zeros(1, HORIZON)[0]
    horizon["day"], horizon["force"] = scenario.days, np.log1p(YEARLY_DISCOUNT) / 365.0
    horizon["tools"] = scenario.costs.tools_per_day / pool if pool else 0.0
    for place, first in enumerate((channel.first_order for channel in ways(scenario)), 1):
        horizon["first_shape"][place], horizon["first_rate"][place] = first.shape, first.shape * first.mean_days
    horizon["discounts"], horizon["outlook"] = discounts, foreseen
    return horizon, nodes
