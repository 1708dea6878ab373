"""What a planner writes: scenarios, markets, policies; read from YAML, checked, frozen."""

from sim.policies.acquisition import Channel, FirstOrder
from sim.policies.content import ContentMix
from sim.policies.coupons import Coupon
from sim.policies.personas import PersonaShares
from sim.policies.policy import Policy, SegmentChange, SegmentPlan
from sim.policies.push import Push, PushChange
from sim.scenario.costs import Costs
from sim.scenario.loading import load, load_market
from sim.scenario.market import Baskets, Market, Peak, Rhythm, Season
from sim.scenario.response import Response
from sim.scenario.response_file import load_response
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
    "load_response",
]
