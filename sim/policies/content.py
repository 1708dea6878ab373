"""Content: what the messages are about."""

from pydantic import Field, model_validator

from sim.reading.part import Part, Share, sum_to_one


class ContentMix(Part):
    """The mix of messages; what is left out is 0, the sum is 1."""

    education: Share = Field(default=0, description="share of messages that teach something useful")
    emotion: Share = Field(default=0, description="share of messages that keep company: stories, greetings, people")
    promotion: Share = Field(default=0, description="share of messages that sell")

    @model_validator(mode="after")
    def _sum_to_one(self) -> "ContentMix":
        sum_to_one(self.shares)
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Share by content type, in the catalogue's order, summing to 1."""
        return {name: getattr(self, name) for name in type(self).model_fields}


def even() -> ContentMix:
    """Thirds: the mix of a policy that says nothing about content."""
    return ContentMix(education=1 / 3, emotion=1 / 3, promotion=1 / 3)
