"""Everything a brand can do, one file a policy: its keys in a scenario, its plan, what it adds to records, and `off`."""

from types import ModuleType

from sim.policies import acquisition, coupons, push

POLICIES: tuple[ModuleType, ...] = (acquisition, push, coupons)
