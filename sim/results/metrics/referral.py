"""Referral: how many friends members bring, and how much of the pool grows by that."""

from sim.policies import in_use
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@measure("K-factor", "higher", positive=True, least=0.0, used=in_use.refers)
def k_factor(a: Account) -> float | None:
    """Friends whom members referred within 90 days of joining (of founders: of the first day), per member with at least 90
    days from joining to the end of the run. Below 1 a pool does not grow by its members alone."""
    return ratio(a.total["referrals_followed"], a.end["tenured"])


@share("self-propagation", "higher", used=in_use.refers)
def self_propagation(a: Account) -> tuple[float, float]:
    """Of those who joined during the run, the share whom members brought: friends, and those who came by what members shared
    in public. Friends referred in the last week have not joined yet."""
    return a.total["friends_joined"] + a.total["shared_joined"], a.end["joiners"]
