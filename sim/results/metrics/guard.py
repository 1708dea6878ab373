"""Health alerts: how often a figure that the brand watches was beyond its line."""

from sim.policies import in_use
from sim.results.metrics.account import Account
from sim.results.metrics.registry import measure


@measure("health alerts", "lower", positive=True, least=0.0, used=in_use.is_watched)
def health_alerts(a: Account) -> float | None:
    """Alerts of the guard that began during the run: how often a figure that the brand can count and watches was beyond its
    line. One that stays beyond it counts once, until it has been a tenth on the good side again."""
    return float(len(a.run.alerts)) if "alerts" in a.run.weekly else None
