"""How many people there were."""

from sim.results.metrics.account import Account
from sim.results.metrics.registry import measure


@measure("members ever", "neither", positive=True, least=0.0)
def members(a: Account) -> float | None:
    """All who were ever members."""
    return float(a.end["members"])


@measure("joiners", "neither", positive=True, least=0.0)
def joiners(a: Account) -> float | None:
    """All who joined during the run."""
    return float(a.end["joiners"])
