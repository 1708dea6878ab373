"""Care: what a member gets after she has complained."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sim.catalogue import Anchor
from sim.policies.touches import Touch

if TYPE_CHECKING:
    from sim.policies.policy import Policy


class CareTouch(Touch):
    """One message after a complaint."""

    ANCHOR: ClassVar[Anchor | None] = "complained"


NAME = "care"
CareTouches = Annotated[tuple[CareTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """Whoever complained hears nothing special."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.care
