"""Welcome: what a new member gets in her first 72 hours."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sim.catalogue import Anchor
from sim.policies.touches import Touch

if TYPE_CHECKING:
    from sim.policies.policy import Policy


class WelcomeTouch(Touch):
    """One message of the welcome: on the day of joining, or one or two days later."""

    ANCHOR: ClassVar[Anchor | None] = "joined"

    delay: int = Field(ge=0, le=2, description="days after joining, 0 to 2; 0 is the day of joining")


NAME = "welcome"
WelcomeTouches = Annotated[tuple[WelcomeTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """Nobody is welcomed."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.welcome
