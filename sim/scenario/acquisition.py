"""Acquisition: the channels through which people join the pool, what they cost and whom they bring."""

from pydantic import Field

from sim.reading.part import Money, Name, Part, Positive, Share
from sim.scenario.market import PersonaShares


class FirstOrder(Part):
    """When a prospect orders first: rates are Gamma over the channel's prospects, with mean 1 / mean_days."""

    mean_days: Positive = Field(
        default=60, description="days; prospects order for the first time at a mean rate of 1 / mean_days"
    )
    shape: Positive = Field(default=0.5, description="shape of the rates over prospects; small means very unequal")


class Channel(Part):
    """One way into the pool: a package card, an advertisement, a shop's QR code."""

    channel: Name = Field(description="what the channel is called; each name once")
    per_day: float = Field(ge=0, le=1_000_000, description="joiners a day; fractions allowed")
    cac: Money = Field(default=0, description="money per joiner on the first day")
    cac_growth: float = Field(
        default=0,
        ge=-0.9,
        le=10,
        description="growth of the cost per joiner, a year; 0.1 is 10 % dearer a year on",
    )
    buyers: Share = Field(default=0, description="share of joiners who have already bought")
    organic: Share = Field(default=0, description="share of joiners who would have bought anyway, without the pool")
    personas: PersonaShares | None = Field(
        default=None, description="how the joiners divide over the personas; left out: as the market"
    )
    fit: float = Field(
        default=1,
        ge=0,
        le=2,
        description="fit between what the channel promises and what the pool is; 1 is usual",
    )
    first_order: FirstOrder = Field(
        default_factory=FirstOrder, description="when joiners who have not bought order first"
    )
