"""Wake-up: what a member gets after so many days without an interaction."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sim.catalogue import Anchor
from sim.policies.touches import Touch

if TYPE_CHECKING:
    from sim.policies.policy import Policy


class WakeUpTouch(Touch):
    """One message to a silent member; an interaction of hers begins the count anew."""

    ANCHOR: ClassVar[Anchor | None] = "silent"


NAME = "wake_up"
WakeUpTouches = Annotated[tuple[WakeUpTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """The silent are left alone."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.wake_up
