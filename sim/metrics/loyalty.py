"""Loyalty: churn, retention, activity, silence and waking."""

from sim.metrics.account import Account, ratio
from sim.metrics.registry import measure


@measure("churn", "lower")
def churn(a: Account) -> float | None:
    """Of members with at least 90 days' tenure, the share who have left the pool or are silent (90 days without an
    interaction) at the end."""
    return ratio(a.end["tenured_left"] + a.end["tenured_silent"], a.end["tenured"])


@measure("churn: left", "lower")
def left_share(a: Account) -> float | None:
    """The part of churn that has left the pool."""
    return ratio(a.end["tenured_left"], a.end["tenured"])


@measure("churn: silent", "lower")
def silent_share(a: Account) -> float | None:
    """The part of churn that is still in the pool and silent."""
    return ratio(a.end["tenured_silent"], a.end["tenured"])


@measure("lost as customers", "lower")
def lost_share(a: Account) -> float | None:
    """Of members with at least 90 days' tenure, the share who will never order again; latent, no brand can see it."""
    return ratio(a.end["tenured_lost"], a.end["tenured"])


@measure("D7 retention", "higher")
def d7_retention(a: Account) -> float | None:
    """Of joiners with that follow-up, the share still in the pool after day 7 who interacted on days 1 to 7."""
    return ratio(a.end["d7_kept"], a.end["d7_base"])


@measure("D30 retention", "higher")
def d30_retention(a: Account) -> float | None:
    """Of joiners with that follow-up, the share still in the pool after day 30 who interacted on days 24 to 30."""
    return ratio(a.end["d30_kept"], a.end["d30_base"])


@measure("active in 7 days", "higher")
def active_7_days(a: Account) -> float | None:
    """Of members in the pool at the end, the share who interacted in the last 7 days."""
    return ratio(a.end["active_7"], a.end["pool"])


@measure("active in 30 days", "higher")
def active_30_days(a: Account) -> float | None:
    """Of members in the pool at the end, the share who interacted in the last 30 days."""
    return ratio(a.end["active_30"], a.end["pool"])


@measure("dormancy", "lower")
def dormancy(a: Account) -> float | None:
    """Of members in the pool at the end, the share silent for 90 days."""
    return ratio(a.end["silent"], a.end["pool"])


@measure("wake-up rate", "higher")
def wake_up_rate(a: Account) -> float | None:
    """Of silences that reach day 90, with 14 days of follow-up, the share ended by an interaction in those 14 days."""
    return ratio(a.total["woken"], a.total["episodes"])


@measure("repurchase of the woken", "higher")
def woken_repurchase(a: Account) -> float | None:
    """Of members woken from 90 days of silence, with that follow-up, the share who order within 90 days."""
    return ratio(a.total["woken_bought"], a.total["woken_followed"])
