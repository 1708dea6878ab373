"""What a planner should know of a scenario that is valid but does not do what its numbers seem to say."""

from sim.drafting.scale import out_of_scale
from sim.policies.push import Push
from sim.scenario.scenario import Scenario
from sim.words import Language, say

_WEEK = 7


def notes(scenario: Scenario, lang: Language = "en") -> list[str]:
    """One sentence each: key, what happens, what to do; those of money are in sim/drafting/scale.py."""
    policy = scenario.policy
    pushes = {"policy.push": policy.push}
    pushes |= {f"policy.segments.{n}.push": policy.for_segment(n).push for n in policy.segments}
    capped = [sentence for where, push in pushes.items() if (sentence := _capped(where, push, lang))]
    return [*capped, *out_of_scale(scenario, lang)]


def _capped(where: str, push: Push, lang: Language) -> str | None:
    most = _WEEK * push.cap_per_day
    if push.per_week <= most:
        return None
    return say(
        "{where}: cap_per_day {cap} lets {most} of the {per_week} messages a week through; raise it to send more",
        lang,
        where=where,
        cap=push.cap_per_day,
        most=most,
        per_week=f"{push.per_week:g}",
    )
