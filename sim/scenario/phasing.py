"""Whether the phases of a scenario can be: in order of time, each a policy, and all together within what a run can hold."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from sim.catalogue import MAX_BENEFITS, MAX_CHANNELS, MAX_RULES
from sim.policies import benefits
from sim.policies.coupons import rules_of
from sim.policies.in_force import InForce
from sim.policies.occasions import NEW_YEARS
from sim.policies.policy import Policy
from sim.policies.referral import ways
from sim.reading.part import Misfit

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def check_phases(scenario: "Scenario") -> None:
    """Raise Misfit, with where it is, for phases that cannot be lived."""
    if not scenario.phases:
        return
    policy, before = scenario.policy, -1
    for number, phase in enumerate(scenario.phases):
        if phase.from_day <= before:
            raise Misfit(
                "must be above the {before} of the phase before it, not {day}; phases come in order of time",
                *("phases", number, "from_day"),
                before=before,
                day=phase.from_day,
            )
        before, policy = phase.from_day, _checked(policy, scenario, number)
    _few_enough(scenario)


def _checked(before: Policy, scenario: "Scenario", number: int) -> Policy:
    """The policy that a phase makes of the one before it."""
    change = scenario.phases[number].policy
    values = {name: getattr(before, name) for name in Policy.model_fields} | change.changes(before)
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        problem = detail.get("ctx", {}).get("error")
        if not isinstance(problem, Misfit):
            raise
        problem.at = ("phases", number, "policy", *detail["loc"], *problem.at)
        raise problem from None


def _few_enough(scenario: "Scenario") -> None:
    """What holds for a whole run has room for what all phases bring."""
    policies = InForce(scenario).policies
    coupons = {rule for policy in policies for rule in rules_of(policy)}
    if len(coupons) > MAX_RULES:
        raise Misfit(
            "there are {coupons} different coupons, over all phases and segments; at most {most}",
            "phases",
            coupons=len(coupons),
            most=MAX_RULES,
        )
    given = len(benefits.different(policies))
    if given > MAX_BENEFITS:
        raise Misfit(
            "there are {benefits} different benefits, over all phases; at most {most}",
            "phases",
            benefits=given,
            most=MAX_BENEFITS,
        )
    channels = len(ways(scenario))
    if channels > MAX_CHANNELS:
        raise Misfit(
            "there are {channels} different channels, over all phases; at most {most}",
            "phases",
            channels=channels,
            most=MAX_CHANNELS,
        )


def check_calendar(scenario: "Scenario") -> None:
    """Raise Misfit for an event about a day that no year of the run is known to have."""
    policies = (
        (scenario.policy.events, ("policy",)),
        *(
            (phase.policy.get("events") or {}, ("phases", number, "policy"))
            for number, phase in enumerate(scenario.phases)
        ),
    )
    last_year = scenario.start.year + scenario.days // 365 + 1
    for events, at in policies:
        for name, event in events.items():
            if event.on == "chinese_new_year" and not {scenario.start.year, last_year} <= NEW_YEARS.keys():
                raise Misfit(
                    "the Chinese New Year is known from {first} to {last}; give from_date and until_date",
                    *(*at, "events", name, "on"),
                    first=min(NEW_YEARS),
                    last=max(NEW_YEARS),
                )
