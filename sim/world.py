"""The world of a run before its first day: the response, the market, the season, tables by age, and what the brand knows."""

from typing import Any

import numpy as np

from sim.catalogue import EARLY_DAYS, MAX_DAYS, WINDOW
from sim.engine.arithmetic import on_grid
from sim.members import BRAND_VIEW
from sim.policies.acquisition import cumulative
from sim.policies.in_force import InForce
from sim.records import WORLD, market_record
from sim.rest_of_life import LTV_DAYS
from sim.roles import World
from sim.run import YEARLY_DISCOUNT
from sim.scenario import Scenario
from sim.scenario.response_record import response_record


def world_of(scenario: Scenario, key: Any) -> World:
    """A record of WORLD for a run with this key; the policy's plans are not in it yet."""
    days, age = scenario.days, np.arange(MAX_DAYS + 1)
    world = np.zeros(1, WORLD)
    world["response"] = response_record(scenario.response)
    world["market"] = market_record(scenario.market)
    world["window_from"], world["days"] = days - WINDOW, days
    world["repurchase_window"] = scenario.repurchase_window
    world["seed"] = key
    world["share"] = scenario.share
    world["tastes"] = scenario.market.tastes
    policies = InForce(scenario).policies
    world["tag_accuracy"], world["tag_lag"] = policies[0].tag_accuracy, policies[0].tag_lag
    world["lags"] = any(policy.tag_lag > 0 for policy in policies)
    world["season"][0, :days] = scenario.market.daily(scenario.start, days)
    world["early"] = scenario.response.leave_early * np.exp(-age / EARLY_DAYS)
    world["newness"] = 1.0 + scenario.response.newness * np.exp(-age / EARLY_DAYS)
    world["discount"] = np.where(age < LTV_DAYS, on_grid((1.0 + YEARLY_DISCOUNT) ** (-age / 365.0)), 0.0)
    return world[0]


def brand_view(scenario: Scenario) -> Any:
    """A record of BRAND_VIEW: how people divide over personas, and how accurate tags are."""
    view = np.zeros(1, BRAND_VIEW)
    view["cumulative"] = view["market_cumulative"] = cumulative(scenario.market.personas.shares)
    view["tag_accuracy"] = InForce(scenario).policies[0].tag_accuracy
    return view[0]
