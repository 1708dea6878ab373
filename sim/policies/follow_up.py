"""Follow-up: what a member gets after an order, so many days later or at her own rhythm."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sim.catalogue import Anchor
from sim.policies.touches import RhythmicTouch, Touch

if TYPE_CHECKING:
    from sim.policies.policy import Policy


class FollowUpTouch(RhythmicTouch):
    """One message after an order; the next order begins the count anew."""

    ANCHOR: ClassVar[Anchor | None] = "ordered"


NAME = "follow_up"
FollowUpTouches = Annotated[tuple[FollowUpTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """An order is followed by nothing special."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.follow_up
