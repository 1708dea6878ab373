"""Personas: how people divide over them, in a market and in what a channel brings."""

from pydantic import Field, model_validator

from sim.reading.part import Part, Share, sum_to_one


class PersonaShares(Part):
    """How the members divide over the four personas; what is left out is 0, the sum is 1."""

    price_sensitive: Share = Field(default=0, description="share of members who look for the price")
    quality_seeker: Share = Field(default=0, description="share of members who look for quality and advice")
    sociable: Share = Field(default=0, description="share of members who like to take part and to share")
    busy: Share = Field(default=0, description="share of members who have little time for messages")

    @model_validator(mode="after")
    def _sum_to_one(self) -> "PersonaShares":
        sum_to_one(self.shares)
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Share by persona, in the catalogue's order, summing to 1."""
        return {name: getattr(self, name) for name in type(self).model_fields}
