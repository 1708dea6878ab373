"""Which policy is in force in which week of a run.

A brand decides once a week, at the review: a policy that changes on a day is in force from the first review on that day or
after it. Tables that hold for the whole run (coupon rules, benefits, channels) are the union over all policies that can be
in force in it, so that what a member holds keeps its code; a week's plan says what of them is active. A planner is asked for
a week by the place of the policy in force then.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from sim.catalogue import WEEK

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario

Days: TypeAlias = tuple[int, int]  # of the run: from the first on, before the second


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
            first_day = review_of(phase.from_day)
            if first_day >= scenario.days:
                break
            policy = self._on_time(phase.policy.applied_to(policy), policy, first_day)
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

    def _on_time(self, policy: "Policy", before: "Policy", first_day: int) -> "Policy":
        """A policy that begins on a day after another, with the events of which a part is over by then beginning on it."""
        start, days = self._scenario.start, self._scenario.days
        events = {
            name: event.following(before.events.get(name), first_day, start, days)
            for name, event in policy.events.items()
        }
        same = all(event is policy.events[name] for name, event in events.items())
        return policy if same else policy.model_copy(update={"events": events})

    def at(self, day: int) -> int:
        """The place of the policy in force in the week that begins on `day`, nothing but days considered."""
        return sum(first_day <= day for first_day in self.begins) - 1

    def days_of(self, place: int) -> Days:
        """From which day on the policy of a phase is in force, and before which day that ends."""
        ends = (*self.begins[1:], self._scenario.days)
        return self.begins[place], ends[place]

    def between(self, first_day: int, end: int) -> "list[Policy]":
        """The policies that can be in force on a day from `first_day` on and before `end`, acts of a guard considered."""
        spells = enumerate(map(self.days_of, range(len(self.begins))))
        there = [place for place, (begins, ends) in spells if begins < end and first_day < ends]
        acted = [other for (place, _), other in self.alternatives.items() if place in there]
        return [self.policies[place] for place in (*there, *acted)]

    def spell_of(self, place: int, said: "Callable[[Policy], Any]") -> Days:
        """From which day on, and before which, the policies of phases say the same of something as the one at `place` does.

        said: what a policy says of it.
        """
        first = last = place
        while first and said(self.policies[first - 1]) == said(self.policies[place]):
            first -= 1
        while last + 1 < len(self.begins) and said(self.policies[last + 1]) == said(self.policies[place]):
            last += 1
        return self.days_of(first)[0], self.days_of(last)[1]

    def scenarios(self) -> "list[Scenario]":
        """The scenario as it would be with each of the policies from the first day to the last, in the order of places."""
        if not self._scenario.phases and len(self.policies) == 1:
            return [self._scenario]
        return [self._scenario.model_copy(update={"policy": policy, "phases": ()}) for policy in self.policies]

    def key_of(self, place: int) -> str:
        """What stands before `policy` in the keys of a policy: nothing, or `phases.0.`."""
        number = self.phases[place] if place < len(self.phases) else None
        return "" if number is None else f"phases.{number}."
