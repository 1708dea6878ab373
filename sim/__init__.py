"""siyu (私域): a wind tunnel for private-domain strategies.

    from sim import compare
    result = compare(["scenarios/blast.yaml", "scenarios/balanced.yaml", "scenarios/nurture.yaml"])
    result.plot()

Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents import Member
    from sim.pool import PoolModel
    from sim.results.comparison import Comparison, compare
    from sim.results.sweeping import Sweep, sweep
    from sim.run import Run
    from sim.scenario import Scenario, load
    from sim.simulation import simulate

_WHERE = {
    "Comparison": "results.comparison",
    "Member": "agents",
    "PoolModel": "pool",
    "Run": "run",
    "Scenario": "scenario",
    "Sweep": "results.sweeping",
    "compare": "results.comparison",
    "load": "scenario",
    "simulate": "simulation",
    "sweep": "results.sweeping",
}

__all__ = [
    "Comparison", "Member", "PoolModel", "Run", "Scenario", "Sweep", "compare", "load", "simulate", "sweep",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(f"sim.{_WHERE[name]}"), name)
