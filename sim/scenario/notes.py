"""What a planner should know of a scenario that is valid but does not do what its numbers seem to say."""

from sim.scenario.push import Push
from sim.scenario.scenario import Scenario

_WEEK = 7


def notes(scenario: Scenario) -> list[str]:
    """One sentence each: key, what happens, what to do."""
    policy = scenario.policy
    pushes = {"policy.push": policy.push}
    pushes |= {f"policy.segments.{n}.push": policy.for_segment(n).push for n in policy.segments}
    return [sentence for where, push in pushes.items() if (sentence := _capped(where, push))]


def _capped(where: str, push: Push) -> str | None:
    most = _WEEK * push.cap_per_day
    if push.per_week <= most:
        return None
    return (
        f"{where}: cap_per_day {push.cap_per_day} lets {most} of the {push.per_week:g} messages a week through; "
        f"raise it to send more"
    )
