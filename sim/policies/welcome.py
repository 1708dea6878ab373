"""Welcome: what a new member gets in her first 72 hours."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, model_validator

from sim.catalogue import Anchor
from sim.policies.touches import Touch
from sim.reading.part import Misfit

if TYPE_CHECKING:
    from sim.policies.policy import Policy


_LAST = 2  # day after joining: her first 72 hours


class WelcomeTouch(Touch):
    """One message of the welcome: on the day of joining, or one or two days later."""

    ANCHOR: ClassVar[Anchor | None] = "joined"

    delay: int = Field(ge=0, le=_LAST, description="days after joining, 0 to 2; 0 is the day of joining")

    @model_validator(mode="after")
    def _within_72_hours(self) -> "WelcomeTouch":
        if self.last_delay > _LAST:
            raise Misfit(
                "the last of {times} would come on day {day} after joining, and a welcome ends on day {last}; repeat it "
                "less, or write it under touches with the anchor joined",
                "times",
                times=self.times,
                day=self.last_delay,
                last=_LAST,
            )
        return self


NAME = "welcome"
WelcomeTouches = Annotated[tuple[WelcomeTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """Nobody is welcomed."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.welcome
