"""Birthday: what a member gets about her birthday, every year."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sim.catalogue import Anchor
from sim.policies.touches import Touch

if TYPE_CHECKING:
    from sim.policies.policy import Policy


class BirthdayTouch(Touch):
    """One message about her birthday; a negative delay is before it."""

    ANCHOR: ClassVar[Anchor | None] = "birthday"


NAME = "birthday"
BirthdayTouches = Annotated[tuple[BirthdayTouch, ...], Field(strict=False)]


def off(policy: "Policy") -> "Policy":
    """Birthdays pass by."""
    return policy.model_copy(update={NAME: ()})


def rows(policy: "Policy") -> tuple[Touch, ...]:
    """The touches that this policy brings."""
    return policy.birthday
