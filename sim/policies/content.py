"""Content: what the messages are about."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from models.errors import BadInput
from sim.catalogue import CONTENT_TYPES, ContentType
from sim.reading.part import Part, Share, suggestion, sum_to_one


class ContentMix(Part):
    """The mix of messages; what is left out is 0, the sum is 1."""

    education: Share = Field(default=0, description="share of messages that teach something useful")
    emotion: Share = Field(default=0, description="share of messages that keep company: stories, greetings, people")
    promotion: Share = Field(default=0, description="share of messages that sell")
    live: Share = Field(default=0, description="share of messages that invite to a live session")
    ugc: Share = Field(default=0, description="share of messages that show what members made, or ask for it")

    @model_validator(mode="after")
    def _sum_to_one(self) -> "ContentMix":
        sum_to_one(self.shares)
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Share by content type, in the catalogue's order, summing to 1."""
        return {name: getattr(self, name) for name in type(self).model_fields}


def of_one_type(content: str) -> tuple[float, ...]:
    """Shares by type of content, in the catalogue's order, of messages that are all about one."""
    return tuple(float(name == content) for name in CONTENT_TYPES)


def even() -> ContentMix:
    """Thirds: the mix of a policy that says nothing about content."""
    return ContentMix(education=1 / 3, emotion=1 / 3, promotion=1 / 3)


def _mix_of_one(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in CONTENT_TYPES:
        raise BadInput(
            "{word!r} is not known; {suggestion}", word=value[:40], suggestion=suggestion(value, CONTENT_TYPES)
        )
    return {value: 1.0}


# one type of content alone, or a mix
TypeOrMix = Annotated[ContentMix, BeforeValidator(_mix_of_one, json_schema_input_type=ContentType | ContentMix)]
