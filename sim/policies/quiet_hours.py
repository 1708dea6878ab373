"""Quiet hours: when nobody is written to; what falls into them is moved to their end, on the same day."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from sim.reading.part import Misfit, Part

if TYPE_CHECKING:
    from sim.policies.policy import Policy

_Hour = Annotated[int, Field(ge=0, le=23)]


class QuietHours(Part):
    """From which hour to which no message goes out; from 22 to 8 spans midnight."""

    from_: _Hour = Field(default=22, alias="from", description="the first quiet hour, 0 to 23")
    to: _Hour = Field(default=8, description="the hour at which they end, to which messages in them are moved")

    @model_validator(mode="after")
    def _some_hours(self) -> "QuietHours":
        if self.from_ == self.to:
            raise Misfit("must differ from `from`, or every hour is quiet; leave quiet_hours out for none", "to")
        return self

    def holds(self, hour: int) -> bool:
        """True if `hour` is a quiet one."""
        if self.from_ < self.to:
            return self.from_ <= hour < self.to
        return hour >= self.from_ or hour < self.to


NAME = "quiet_hours"


def off(policy: "Policy") -> "Policy":
    """No hour is quiet."""
    return policy.model_copy(update={"quiet_hours": None})


def moved(hour: int, quiet: QuietHours | None) -> int:
    """The hour at which a message planned for `hour` goes out."""
    return quiet.to if quiet is not None and quiet.holds(hour) else hour
