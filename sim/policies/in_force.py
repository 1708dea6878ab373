"""Which policy is in force in which week of a run.

A brand decides once a week, at the review: a policy that changes on a day is in force from the first review on that day or
after it. Tables that hold for the whole run (coupon rules, benefits, channels) are the union over all policies that can be
in force in it, so that what a member holds keeps its code; a week's plan says what of them is active. A planner is asked for
a week by the place of the policy in force then.
"""

from typing import TYPE_CHECKING

from sim.catalogue import WEEK

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario


def review_of(day: int) -> int:
    """The day of the first review on or after a day of the run."""
    return -(-day // WEEK) * WEEK


class InForce:
    """The policies that can be in force in a run, in the order of their places, and which one is, week by week.

    policies: those that begin within the run, each after the one before; then whatever else can take their place. begins:
    the day on which each of the former begins. phases: the number of the phase that brings it, None for the base.
    alternatives: the place of a phase's policy as acts change it, by (place of the phase's own policy, names of the acts).
    """

    def __init__(self, scenario: "Scenario") -> None:
        self._scenario = scenario
        policy = scenario.policy
        turns: list[tuple[int, int | None, Policy]] = [(0, None, policy)]
        for number, phase in enumerate(scenario.phases):
            policy, first_day = phase.policy.applied_to(policy), review_of(phase.from_day)
            if first_day >= scenario.days:
                break
            if turns[-1][0] == first_day:  # the policy before it is never in force
                turns.pop()
            turns.append((first_day, number, policy))
        self.begins = tuple(first_day for first_day, _, _ in turns)
        self.phases = tuple(number for _, number, _ in turns)
        self.policies: tuple[Policy, ...] = tuple(policy for _, _, policy in turns)
        changed = {
            (place, (act.act,)): act.applied_to(policy)
            for place, policy in enumerate(self.policies)
            for act in (policy.guard.acts if policy.guard else ())
        }
        self.alternatives = {acts: len(self.policies) + n for n, acts in enumerate(changed)}
        self.policies = (*self.policies, *changed.values())

    def at(self, day: int) -> int:
        """The place of the policy in force in the week that begins on `day`, nothing but days considered."""
        return sum(first_day <= day for first_day in self.begins) - 1

    def days_of(self, place: int) -> tuple[int, int]:
        """From which day on the policy of a phase is in force, and before which day that ends."""
        ends = (*self.begins[1:], self._scenario.days)
        return self.begins[place], ends[place]

    def between(self, first_day: int, end: int) -> "list[Policy]":
        """The policies that can be in force on a day from `first_day` on and before `end`, acts of a guard considered."""
        spells = enumerate(map(self.days_of, range(len(self.begins))))
        there = [place for place, (begins, ends) in spells if begins < end and first_day < ends]
        acted = [other for (place, _), other in self.alternatives.items() if place in there]
        return [self.policies[place] for place in (*there, *acted)]

    def scenarios(self) -> "list[Scenario]":
        """The scenario as it would be with each of the policies from the first day to the last, in the order of places."""
        if not self._scenario.phases and len(self.policies) == 1:
            return [self._scenario]
        return [self._scenario.model_copy(update={"policy": policy, "phases": ()}) for policy in self.policies]

    def key_of(self, place: int) -> str:
        """What stands before `policy` in the keys of a policy: nothing, or `phases.0.`."""
        number = self.phases[place] if place < len(self.phases) else None
        return "" if number is None else f"phases.{number}."
