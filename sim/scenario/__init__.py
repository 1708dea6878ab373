"""What a planner writes: scenarios, markets, policies; read from YAML, checked, frozen."""

from sim.scenario.acquisition import Channel, FirstOrder
from sim.scenario.content import ContentMix
from sim.scenario.costs import Costs
from sim.scenario.coupons import Coupon
from sim.scenario.loading import load, load_market
from sim.scenario.market import Baskets, Market, Peak, PersonaShares, Rhythm, Season
from sim.scenario.policy import Policy, SegmentChange, SegmentPlan
from sim.scenario.push import Push, PushChange
from sim.scenario.response import Response
from sim.scenario.scenario import Scenario
from sim.scenario.targets import Target

__all__ = [
    "Baskets",
    "Channel",
    "ContentMix",
    "Costs",
    "Coupon",
    "FirstOrder",
    "Market",
    "Peak",
    "PersonaShares",
    "Policy",
    "Push",
    "PushChange",
    "Response",
    "Rhythm",
    "Scenario",
    "Season",
    "SegmentChange",
    "SegmentPlan",
    "Target",
    "load",
    "load_market",
]
