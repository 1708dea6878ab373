"""Acquisition: the channels through which people join the pool, what they cost and whom they bring."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.catalogue import MAX_CHANNELS, PERSONAS
from sim.draws import name_key
from sim.engine.fields import record

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

NAME = "acquisition"
PLAN = record([("fit", "f8", (MAX_CHANNELS + 1,))])  # between a channel's promise and the pool; founders first, 1
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


class Planner:
    """Who joins, and when."""

    def __init__(self, scenario: "Scenario") -> None:
        self._channels = scenario.policy.acquisition
        self.records = _channel_records(scenario)

    def write(self, plan: Any) -> None:
        """What channels promise, into `plan` (a record of PLAN)."""
        plan["fit"][: len(self._channels) + 1] = [1.0, *(c.fit for c in self._channels)]

    def write_week(self, plan: Any, first_day: int) -> None:
        """What holds for the week: nothing."""

    def joiners(self, day: int) -> list[int]:
        """How many join on a day, by channel."""
        return [joiners_on(channel.per_day, day) for channel in self._channels]


def joiners_on(per_day: float, day: int) -> int:
    """How many join on a day: whole people whose running total stays next to `per_day` times the days."""
    return int(np.floor((day + 1) * per_day + 1e-9) - np.floor(day * per_day + 1e-9))


def cumulative(shares: dict[str, float]) -> np.ndarray:
    """float64[personas]: shares added up in the catalogue's order."""
    return np.cumsum([shares[name] for name in PERSONAS])


def _channel_records(scenario: "Scenario") -> np.ndarray:
    channels = scenario.policy.acquisition
    records = np.zeros(len(channels), CHANNEL)
    for row, channel in zip(records, channels, strict=True):
        row["key"] = name_key(channel.channel)
        row["buyers"], row["organic"] = channel.buyers, channel.organic
        row["first_shape"] = channel.first_order.shape
        row["first_rate"] = channel.first_order.shape * channel.first_order.mean_days
        row["cumulative"] = cumulative((channel.personas or scenario.market.personas).shares)
    return records
