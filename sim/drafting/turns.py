"""The policies of a run one after the other, each with its days: what `siyu check` speaks of at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sim.catalogue import WEEK
from sim.policies.guard import keyed_touches
from sim.policies.in_force import Days, InForce
from sim.policies.policy import Policy
from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Turn:
    """A policy of a run while it is in force.

    scenario: as it would be with this policy from the first day to the last. in_force: all policies of the run; of a base
    that never is in force, itself alone. place: where this one is among them.
    """

    scenario: Scenario
    in_force: InForce
    place: int

    @property
    def phase(self) -> int | None:
        """The number of the phase that brings it, None for the base."""
        return self.in_force.phases[self.place]

    @property
    def days(self) -> Days:
        """From which day on it is in force, and before which that ends."""
        return self.in_force.days_of(self.place)

    @property
    def policy(self) -> Policy:
        """The policy itself."""
        return self.scenario.policy

    def spell_of(self, said: Callable[[Policy], Any]) -> Days:
        """From which day on, and before which, the policies before and after it say the same of something as it does."""
        return self.in_force.spell_of(self.place, said)

    def policies(self, said: Callable[[Policy], Any], before: int = 0) -> list[Policy]:
        """The policies in force from the first day on which the same is said of something to the last, and `before` days
        earlier: on members who came under these it may still act."""
        first_day, end = self.spell_of(said)
        return self._between(first_day - before, end)

    def policies_to_come(self, said: Callable[[Policy], Any], before: int = 0) -> list[Policy]:
        """As `policies`, of which those from this one on: what does nothing now may do something later."""
        return self._between(self.days[0] - before, self.spell_of(said)[1])

    def _between(self, first_day: int, end: int) -> list[Policy]:
        """The policies in force on some day from one on and before another, acts of a guard left out."""
        spells = map(self.in_force.days_of, range(len(self.in_force.begins)))
        return [self.in_force.policies[n] for n, own in enumerate(spells) if own[0] < end and first_day < own[1]]


def turns(scenario: Scenario) -> Iterator[Turn]:
    """The base, then each phase that begins within the run.

    A base that is in force on no day is told as if there were no phases, as a planner who reads it takes it.
    """
    in_force = InForce(scenario)
    if in_force.phases[0] is not None:
        yield whole_run(scenario.model_copy(update={"phases": ()}))
    for place, under in enumerate(in_force.scenarios()[: len(in_force.begins)]):
        yield Turn(under, in_force, place)


def whole_run(scenario: Scenario) -> Turn:
    """The policy of a scenario without phases."""
    return Turn(scenario, InForce(scenario), 0)


def planned(key: str) -> Callable[[Policy], Any]:
    """What a policy says of a touch with a key within it: `turn.policies(planned(key))` are those that plan it alike."""

    def said(policy: Policy) -> Any:
        return dict(keyed_touches(policy)).get(key)

    return said


def last_review(end: int) -> int:
    """The day of the last weekly review before a day."""
    return (end - 1) // WEEK * WEEK
