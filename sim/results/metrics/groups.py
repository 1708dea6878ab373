"""Communities: who talks in the groups, how their mood is, whom they lose."""

import math

from sim.policies import in_use
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@share("talkers in 7 days", "higher", used=in_use.has_groups)
def talkers_7_days(a: Account) -> tuple[float, float]:
    """Of members who take part in a group and are in the pool at the end, the share who have talked in the last 7 days: a
    click, a reply or a check-in. A visit is none, nobody in the group sees it."""
    return a.end["talked"], a.end["grouped"]


@measure("interactions a group a day", "higher", positive=True, least=0.0, used=in_use.has_groups)
def group_interactions_per_day(a: Account) -> float | None:
    """Clicks, replies and check-ins on what is written in the groups, over the days of all groups with somebody in them."""
    return ratio(a.total["group_clicks"], a.total["groups"])


@share("community loss in 7 days", "lower", used=in_use.has_groups)
def group_loss_7_days(a: Account) -> tuple[float, float]:
    """Of joiners who take part in a group, with at least 8 days from joining to the end of the run, the share who have left
    the pool by day 7; the day of joining is day 0."""
    return a.end["group_lost"], a.end["group_base"]


@measure("mood of groups", "higher", positive=True, least=0.0, most=1.0, used=in_use.has_groups)
def mood(a: Account) -> float | None:
    """Mean mood of the groups with somebody in them at the last review, from 0 to 1: the smoothed share of members who talk
    in a week, less what is only promotion (by half in about two weeks). A group that has only just begun has no mood yet and
    is left out; where lives stand for a pool, one that is still filling counts by the share of its places that are taken."""
    return ratio(a.end["moods"], a.end["groups"])


@measure("spread of moods", "neither", positive=True, least=0.0, used=in_use.has_groups)
def mood_spread(a: Account) -> float | None:
    """Standard deviation of mood over the groups that count in the mood of groups, as they count there: some are lively
    where others sleep."""
    mean = mood(a)
    if mean is None:
        return None
    return math.sqrt(max(float(a.end["moods_squared"]) / float(a.end["groups"]) - mean**2, 0.0))


@share("quiet groups", "lower", used=in_use.has_groups)
def quiet_groups(a: Account) -> tuple[float, float]:
    """Of the groups that count in the mood of groups, and as they count there, the share whose mood was below 0.1: hardly
    anybody talks there, or nothing but promotions is written."""
    return a.end["quiet_groups"], a.end["groups"]


@share("live sessions taken part in", "higher", counted=False, used=in_use.goes_live)
def live_completion(a: Account) -> tuple[float, float]:
    """Of live sessions in the groups that members looked into (the mean number, since reading is not seen), the share in
    which they took part (a click or a reply): who stays to the end, as far as a platform shows it."""
    clicks = a.total["live_clicks"]
    return clicks, max(a.total["live_reads"], clicks)  # of a handful more may take part than look into it on average
