"""Which policy is in force in which week of a run.

Tables that hold for the whole run (coupon rules, benefits, channels) are the union over all policies that can be in force in
it, so that what a member holds keeps its code; a week's plan says what of them is active. A planner is asked for a week by
the place of the policy in force then.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario


class InForce:
    """The policies that can be in force in a run, in the order of their places, and which one is, week by week.

    policies: the base first, then each phase's, then whatever else can take their place. alternatives: the place of a
    phase's policy as acts change it, by (place of the phase's own policy, names of the acts).
    """

    def __init__(self, scenario: "Scenario") -> None:
        self._scenario = scenario
        self.policies: tuple[Policy, ...] = (scenario.policy,)
        changed = {
            (place, (act.act,)): act.applied_to(policy)
            for place, policy in enumerate(self.policies)
            for act in (policy.guard.acts if policy.guard else ())
        }
        self.alternatives = {acts: len(self.policies) + n for n, acts in enumerate(changed)}
        self.policies = (*self.policies, *changed.values())

    def at(self, day: int) -> int:
        """The place of the policy in force in the week that begins on `day`, nothing but days considered."""
        return 0

    def scenarios(self) -> "list[Scenario]":
        """The scenario as it would be with each of the policies from the first day to the last, in the order of places."""
        return [
            self._scenario if policy is self._scenario.policy else self._scenario.model_copy(update={"policy": policy})
            for policy in self.policies
        ]
