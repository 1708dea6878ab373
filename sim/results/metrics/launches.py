"""Events and launches: what they cost, and how much of a launch is ordered ahead by members."""

from sim.policies import in_use
from sim.policies.events import public_pre_orders
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@share("pre-orders from the pool", "higher", used=in_use.sells_ahead)
def pre_order_share(a: Account) -> tuple[float, float]:
    """Of the pre-orders of launches, the share that members place: their orders in a pre-sale that use a benefit of it, over
    these and the public's, which are an input (public_per_day). Undefined without a pre-order."""
    part = a.run.left_out.members if a.run.left_out else 1.0
    mine = float(a.total["pre_orders"])
    return mine, mine + part * public_pre_orders(a.run.scenario)


@measure("events' cost a member", "lower", positive=True, least=0.0, used=in_use.has_events)
def event_cost_per_member(a: Account) -> float | None:
    """What events cost beside their messages and what is handed out, per member ever in the pool."""
    return ratio(a.total["event_cost"], a.end["members"])
