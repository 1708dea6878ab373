"""Hours of the day, as a planner writes them: one, or several to take in turn."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from models.errors import BadInput
from models.words import Listed


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _one_if_one(hours: tuple[int, ...] | None) -> Any:
    return hours[0] if hours is not None and len(hours) == 1 else hours


def _hours(hours: tuple[int, ...]) -> tuple[int, ...]:
    if not hours:
        raise BadInput("must name at least one hour")
    if not all(0 <= hour <= 23 for hour in hours):
        raise BadInput("must be hours from 0 to 23, not {hours}", hours=Listed(hours, ","))
    return hours


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
