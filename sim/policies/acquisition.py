"""Acquisition: the channels through which people join the pool, what they cost and whom they bring."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from sim.catalogue import MAX_CHANNELS, PERSONAS
from sim.engine.fields import record
from sim.policies.personas import PersonaShares
from sim.reading.part import Money, Name, Part, Positive, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario


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


NAME = "acquisition"
PLAN = record([("fit", "f8", (MAX_CHANNELS + 2,))])  # between a channel's promise and the pool; of others 1
CHANNEL = record(
    [
        ("key", "u8"),
        ("buyers", "f8"),
        ("organic", "f8"),
        ("first_shape", "f8"),
        ("first_rate", "f8"),  # rate of the gamma of first-order rates: shape x mean days
        ("cumulative", "f8", (len(PERSONAS),)),
    ]
)


def off(policy: "Policy") -> "Policy":
    """Nobody joins but friends whom members bring; nobody by what they share, which leads to a channel."""
    shared_with = policy.referral and policy.referral.model_copy(update={"outward": None, "per_share": 0.0})
    return policy.model_copy(update={"acquisition": (), "referral": shared_with})


class Planner:
    """Who joins, and when."""

    def __init__(self, scenario: "Scenario") -> None:
        self._channels = scenario.policy.acquisition
        self._share = scenario.share
        self.records = channel_records(self._channels, scenario.market.personas)

    def write(self, plan: Any) -> None:
        """What channels promise, into `plan` (a record of PLAN)."""
        plan["fit"] = 1.0
        plan["fit"][1 : len(self._channels) + 1] = [c.fit for c in self._channels]

    def write_week(self, plan: Any, first_day: int) -> None:
        """What holds for the week: nothing."""

    def joiners(self, day: int) -> list[int]:
        """How many of those simulated join on a day, by channel."""
        return [joiners_on(channel.per_day, day, self._share) for channel in self._channels]


def joiners_on(per_day: float, day: int, share: float = 1.0) -> int:
    """How many join on a day: whole people whose running total stays next to `per_day` times the days.

    Of a `share` of the pool: of all who join, one after the other, the one in the middle of every 1 / share.
    """
    return _joined_before(per_day, day + 1, share) - _joined_before(per_day, day, share)


def _joined_before(per_day: float, day: int, share: float) -> int:
    whole = math.floor(day * per_day + 1e-9)
    return whole if share == 1.0 else math.floor(share * whole + (1.0 - share) / 2.0)


def cumulative(shares: dict[str, float]) -> np.ndarray:
    """float64[personas]: shares added up in the catalogue's order."""
    return np.cumsum([shares[name] for name in PERSONAS])


def channel_records(channels: tuple[Channel, ...], usual: PersonaShares) -> np.ndarray:
    """CHANNEL[n] of channels; `usual`: how their joiners divide over the personas where a channel says nothing."""
    from sim.draws import name_key  # compiled code: only a run has to wait for it

    records = np.zeros(len(channels), CHANNEL)
    for row, channel in zip(records, channels, strict=True):
        row["key"] = name_key(channel.channel)
        row["buyers"], row["organic"] = channel.buyers, channel.organic
        row["first_shape"] = channel.first_order.shape
        row["first_rate"] = channel.first_order.shape * channel.first_order.mean_days
        row["cumulative"] = cumulative((channel.personas or usual).shares)
    return records
