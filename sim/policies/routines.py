"""The routines that bring personal touches, in the order in which their rows act."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.policies.touches import Touch

ROUTINES = ("welcome", "follow_up", "wake_up", "birthday", "care", "touches")


def keyed_rows(policy: "Policy") -> "Iterator[tuple[str, Touch]]":
    """The touches of all routines with their keys within the policy, in the order in which they act."""
    for routine in ROUTINES:
        for ordinal, touch in enumerate(getattr(policy, routine)):
            yield f"{routine}.{ordinal}", touch


def all_rows(policy: "Policy") -> "list[Touch]":
    """The touches of all routines, in the order in which they act."""
    return [touch for _, touch in keyed_rows(policy)]
