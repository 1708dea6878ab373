"""Push: how often, when and through which channel the brand writes to members."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from models.errors import BadInput
from sim.scenario.base import Part
from sim.scenario.catalogue import PushChannel


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _one_if_one(hours: tuple[int, ...] | None) -> Any:
    return hours[0] if hours is not None and len(hours) == 1 else hours


def _hours(hours: tuple[int, ...]) -> tuple[int, ...]:
    if not hours:
        raise BadInput("must name at least one hour")
    if not all(0 <= hour <= 23 for hour in hours):
        raise BadInput("must be hours from 0 to 23, not {hours}", hours=", ".join(map(str, hours)))
    return hours


PerWeek = Annotated[float, Field(ge=0, le=70, description="messages a week to each member; 0 is none")]
_HOUR = {"type": "integer", "minimum": 0, "maximum": 23}
Hours = Annotated[
    tuple[int, ...],
    Field(
        strict=False,
        max_length=24,
        description="hour of the day, 0 to 23; or a list of hours to take in turn",
    ),
    BeforeValidator(_one_or_many),
    AfterValidator(_hours),
    PlainSerializer(_one_if_one),
    WithJsonSchema({"anyOf": [_HOUR, {"type": "array", "items": _HOUR, "minItems": 1, "maxItems": 24}]}),
]
CapPerDay = Annotated[int, Field(ge=1, le=10, description="messages a day at most, to each member")]
Through = Annotated[PushChannel, Field(description="how messages reach members")]


class Push(Part):
    """The base rhythm of messages; `hour` is always a tuple of hours, taken in turn."""

    per_week: PerWeek = 0
    hour: Hours = (20,)
    cap_per_day: CapPerDay = 1
    channel: Through = "one_to_one"


class PushChange(Part):
    """What a segment does differently from the base push; what is left out stays."""

    per_week: PerWeek | None = None
    hour: Hours | None = None
    cap_per_day: CapPerDay | None = None
    channel: Through | None = None

    def applied_to(self, base: Push) -> Push:
        """`base` with this segment's changes."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        return base.model_copy(update=given)
