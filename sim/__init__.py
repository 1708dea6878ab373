"""The simulator: members of a pool under strategies, compared on the same lives.

>>> from sim import compare
>>> result = compare(["scenarios/blast.yaml", "scenarios/nurture.yaml"], members=200, days=30, replicates=2)
>>> result
Comparison(blast, nurture; against blast; 2 replicates, all uncertainty)
>>> figure = result.plot()

Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agents import Member
    from sim.pool import PoolModel
    from sim.results import plots, report
    from sim.results.comparison import Comparison, compare
    from sim.results.parts import Parts, parts
    from sim.results.simulation import simulate
    from sim.results.story import Story, story
    from sim.results.sweeping import Sweep, sweep
    from sim.run import Run, members_frame
    from sim.scenario import Scenario, load

_WHERE = {
    "Comparison": "results.comparison",
    "Member": "agents",
    "Parts": "results.parts",
    "PoolModel": "pool",
    "Run": "run",
    "Scenario": "scenario",
    "Story": "results.story",
    "Sweep": "results.sweeping",
    "compare": "results.comparison",
    "load": "scenario",
    "members_frame": "run",
    "parts": "results.parts",
    "plots": "results",
    "report": "results",
    "simulate": "results.simulation",
    "story": "results.story",
    "sweep": "results.sweeping",
}

__all__ = [
    "Comparison", "Member", "Parts", "PoolModel", "Run", "Scenario", "Story", "Sweep", "compare", "load",
    "members_frame", "parts", "plots", "report", "simulate", "story", "sweep",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    home = f"sim.{_WHERE[name]}"
    return import_module(f"{home}.{name}") if name in ("plots", "report") else getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
