"""Loyalty: churn, retention, activity, silence and waking."""

from sim.policies import in_use
from sim.results.metrics.account import Account
from sim.results.metrics.registry import share


@share("churn", "lower")
def churn(a: Account) -> tuple[float, float]:
    """Of members with at least 90 days' tenure (days from joining to the end of the run, whether she stayed or not; founders
    joined on day 0), the share who have left the pool or are silent at the end. Silent: 90 days or more between the last
    interaction and the last day; an interaction is a click, a visit, or an order in the pool; before the first one silence
    counts from the day of joining, which is no interaction itself."""
    return a.end["tenured_left"] + a.end["tenured_silent"], a.end["tenured"]


@share("churn: left", "lower")
def left_share(a: Account) -> tuple[float, float]:
    """The part of churn that has left the pool, at any time."""
    return a.end["tenured_left"], a.end["tenured"]


@share("churn: silent", "lower")
def silent_share(a: Account) -> tuple[float, float]:
    """The part of churn that is still in the pool and silent."""
    return a.end["tenured_silent"], a.end["tenured"]


@share("lost as customers", "lower")
def lost_share(a: Account) -> tuple[float, float]:
    """Of members with at least 90 days' tenure, the share who will never order again; latent, no brand can see it."""
    return a.end["tenured_lost"], a.end["tenured"]


@share("D7 retention", "higher")
def d7_retention(a: Account) -> tuple[float, float]:
    """Of joiners with at least 8 days from joining to the end of the run, the share still in the pool after day 7 who
    interacted on days 1 to 7; the day of joining is day 0."""
    return a.end["d7_kept"], a.end["d7_base"]


@share("D30 retention", "higher")
def d30_retention(a: Account) -> tuple[float, float]:
    """Of joiners with at least 31 days from joining to the end of the run, the share still in the pool after day 30 who
    interacted on days 24 to 30; the day of joining is day 0."""
    return a.end["d30_kept"], a.end["d30_base"]


@share("active in 7 days", "higher")
def active_7_days(a: Account) -> tuple[float, float]:
    """Of members in the pool at the end, the share who interacted (clicked, visited or ordered) on the last 7 days;
    joining is no interaction."""
    return a.end["active_7"], a.end["pool"]


@share("active in 30 days", "higher")
def active_30_days(a: Account) -> tuple[float, float]:
    """Of members in the pool at the end, the share who interacted (clicked, visited or ordered) on the last 30 days;
    joining is no interaction."""
    return a.end["active_30"], a.end["pool"]


@share("dormancy", "lower")
def dormancy(a: Account) -> tuple[float, float]:
    """Of members in the pool at the end, whatever their tenure, the share silent for 90 days, counted from the last
    interaction, or from joining."""
    return a.end["silent"], a.end["pool"]


@share("wake-up rate", "higher")
def wake_up_rate(a: Account) -> tuple[float, float]:
    """Of silences that reach day 90 and are followed for 14 days more within the run, the share ended by an interaction
    on day 90 or within 14 days of it; those who leave in between count as not woken. Where the policy's first touch to
    all the silent from day 90 on comes later, and the run can follow it for 14 days, that day stands for day 90."""
    return a.total["woken"], a.total["episodes"]


@share("sleeping dogs", "lower", used=in_use.writes)
def sleeping_dogs(a: Account) -> tuple[float, float]:
    """Of members who left the pool, the share who had been silent for 90 days or more and left on the day of a message or on
    one of the two days after: whom writing to them reminded to go."""
    return a.total["dogs_woken"], a.total["departed"]


@share("repurchase of the woken", "higher")
def woken_repurchase(a: Account) -> tuple[float, float]:
    """Of members woken from 90 days of silence, with 90 days to the end of the run, the share who order within 90 days; the
    order that ends the silence counts."""
    return a.total["woken_bought"], a.total["woken_followed"]
