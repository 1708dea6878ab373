"""Acquisition: the channels through which people join the pool, what they cost and whom they bring."""

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from sim.catalogue import DAYS_A_MONTH, MAX_CHANNELS, MEETS, PERSONAS, Meets
from sim.engine.fields import record
from sim.policies.in_force import InForce
from sim.policies.personas import PersonaShares
from sim.reading.part import SMALLEST, Misfit, Money, Name, Part, Positive, Share

if TYPE_CHECKING:
    from sim.policies.policy import Policy
    from sim.scenario.scenario import Scenario


class FirstOrder(Part):
    """When a prospect orders first: rates are Gamma over the channel's prospects, with mean 1 / mean_days."""

    mean_days: Positive = Field(
        default=60, description="days; prospects order for the first time at a mean rate of 1 / mean_days"
    )
    shape: Positive = Field(default=0.5, description="shape of the rates over prospects; small means very unequal")


Volume = Annotated[float, Field(ge=0, le=1_000_000)]
VOLUMES = ("per_day", "reached_per_day", "budget_per_day", "budget_per_month")


class Channel(Part):
    """One way into the pool: a package card, an advertisement, a shop's QR code.

    How many join is said in one of four ways: joiners a day, people reached a day, or money a day or a month.
    """

    channel: Name = Field(description="what the channel is called; each name once")
    per_day: Volume | None = Field(default=None, description="joiners a day; fractions allowed")
    reached_per_day: Volume | None = Field(
        default=None,
        description="in place of per_day: people reached a day; a share of them, conversion, joins",
    )
    budget_per_day: Money | None = Field(
        default=None,
        description="in place of per_day: money a day; as many join as it pays for at that day's cost per joiner",
    )
    budget_per_month: Money | None = Field(
        default=None, description="in place of per_day: money a month of 365/12 days, spent evenly"
    )
    conversion: Annotated[float, Field(ge=SMALLEST, le=1)] | None = Field(
        default=None, description="share of the people reached who join; goes with reached_per_day or cost_per_reached"
    )
    cost_per_reached: Money = Field(
        default=0, description="money per person reached on the first day, whether she joins or not"
    )
    cac: Money = Field(default=0, description="money per joiner on the first day, beside what reaching costs")
    cac_growth: float = Field(
        default=0,
        ge=-0.9,
        le=10,
        description="growth of the costs per joiner and per person reached, a year; 0.1 is 10 % dearer a year on",
    )
    buyers: Share = Field(default=0, description="share of joiners who have already bought")
    organic: Share = Field(default=0, description="share of joiners who would have bought anyway, without the pool")
    meets: Meets = Field(
        default="everyone",
        description="which of the shop's customers the buyers among the joiners are: everyone (as newcomers to the brand: "
        "first parcels, adverts), counter (any who is still a customer), repeat_parcel (the sooner met the more often she "
        "orders); needs the market's shop_age",
    )
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

    @model_validator(mode="after")
    def _says_how_many_once(self) -> "Channel":
        given = [name for name in VOLUMES if getattr(self, name) is not None]
        if not given:
            raise Misfit(
                "says not how many join; give per_day, or one of reached_per_day, budget_per_day and budget_per_month"
            )
        if len(given) > 1:
            raise Misfit(
                "says how many join a second time, beside {first}; leave one of them out", given[1], first=given[0]
            )
        return self

    @model_validator(mode="after")
    def _knows_its_conversion(self) -> "Channel":
        if self.conversion is None and self.reached_per_day is not None:
            raise Misfit("needs conversion, the share of the people reached who join", "reached_per_day")
        if self.conversion is None and self.cost_per_reached:
            raise Misfit("needs conversion, the share of the people reached who join", "cost_per_reached")
        if self.conversion is not None and self.reached_per_day is None and not self.cost_per_reached:
            raise Misfit("goes with reached_per_day or cost_per_reached; give one, or leave it out", "conversion")
        return self

    @model_validator(mode="after")
    def _budget_has_a_price(self) -> "Channel":
        for name in ("budget_per_day", "budget_per_month"):
            if getattr(self, name) is not None and self.cost_per_joiner < SMALLEST:
                raise Misfit("buys joiners at their cost, and they cost nothing; give cac or cost_per_reached", name)
        return self

    @model_validator(mode="after")
    def _meets_customers(self) -> "Channel":
        if self.meets != "everyone" and not self.buyers:
            raise Misfit(
                "chooses among those who have bought, and nobody here has; give buyers, 1 if all of them have", "meets"
            )
        return self

    @property
    def cost_per_joiner(self) -> float:
        """Money per joiner on the first day, what reaching her and those who did not join cost included."""
        return self.cac + (self.cost_per_reached / self.conversion if self.conversion else 0.0)

    def growth(self, days: int) -> np.ndarray:
        """What costs have grown to on each day, float64[days], 1 on the first: (1 + cac_growth)^(years passed)."""
        grown: np.ndarray = (1.0 + self.cac_growth) ** (np.arange(days) / 365.0)
        return grown

    def expected(self, days: int) -> np.ndarray:
        """Joiners by the beginning of each day and by the end of the last, float64[days + 1], fractions and all."""
        passed = np.arange(days + 1)
        if self.per_day is not None:
            return passed * self.per_day
        if self.reached_per_day is not None:
            return passed * (self.reached_per_day * (self.conversion or 0.0))
        paid = np.cumsum(self.budget_a_day / (self.cost_per_joiner * self.growth(days)))
        return np.concatenate([[0.0], paid])

    @property
    def budget_a_day(self) -> float:
        """Money a day, 0 where the channel has no budget."""
        monthly = 0.0 if self.budget_per_month is None else self.budget_per_month / DAYS_A_MONTH
        return monthly if self.budget_per_day is None else self.budget_per_day

    def joiners(self, days: int, share: float = 1.0) -> np.ndarray:
        """How many join on each day, int64[days]: whole people whose running total stays next to what is expected.

        share: the part of the pool that is simulated; of all who join, one after the other, it has the one in the middle of
        every 1 / share.
        """
        return whole_people(self.expected(days), share)

    def cost(self, joined: np.ndarray, part: float = 1.0) -> np.ndarray:
        """Money spent on each day, float64[days]: on those who join and, where people reached are given, on all of these.

        joined: float64[days], how many join. part: the part of the people reached that counts.
        """
        reached = 0.0 if self.reached_per_day is None else self.reached_per_day * self.cost_per_reached * part
        a_joiner = self.cost_per_joiner if self.reached_per_day is None else self.cac
        spent: np.ndarray = (joined * a_joiner + reached) * self.growth(len(joined))
        return spent


def whole_people(expected: np.ndarray, share: float) -> np.ndarray:
    """int64[days]: whole people a day from how many are expected by then, as `Channel.joiners` has them."""
    whole = np.floor(expected + 1e-9)
    if share != 1.0:
        whole = np.floor(share * whole + (1.0 - share) / 2.0)
    joining: np.ndarray = np.diff(whole).astype(np.int64)
    return joining


class Open(NamedTuple):
    """A channel with the days on which it is open: as long as a policy is in force that has it as it is here."""

    channel: Channel
    spells: tuple[tuple[int, int], ...]  # from which day on, and before which day it ends

    def expected(self, days: int) -> np.ndarray:
        """Joiners by the beginning of each day and by the end of the last, float64[days + 1]: those of its open days."""
        always, passed = self.channel.expected(days), np.arange(days + 1)
        total = np.zeros(days + 1)
        for start, end in self.spells:
            total += always[np.clip(passed, start, min(end, days))] - always[min(start, days)]
        return total

    def joiners(self, days: int, share: float = 1.0) -> np.ndarray:
        """How many join on each day, int64[days] (`Channel.joiners`)."""
        return whole_people(self.expected(days), share)

    def cost(self, joined: np.ndarray, part: float = 1.0) -> np.ndarray:
        """Money spent on each day, float64[days] (`Channel.cost`); nothing while it is closed."""
        days = np.arange(len(joined))
        is_open = np.any([(days >= start) & (days < end) for start, end in self.spells], axis=0)
        return np.where(is_open, self.channel.cost(joined, part), 0.0)


def opened(scenario: "Scenario") -> tuple[Open, ...]:
    """All channels of a run, by a member's `channel` from 1 on: one that a phase changes is another one of the same name."""
    in_force, spells = InForce(scenario), dict[Channel, list[tuple[int, int]]]()
    for place in range(len(in_force.phases)):
        start, end = in_force.days_of(place)
        for channel in in_force.policies[place].acquisition:
            own = spells.setdefault(channel, [])
            if own and own[-1][1] == start:
                start_before, _ = own.pop()
                own.append((start_before, end))
            else:
                own.append((start, end))
    return tuple(Open(channel, tuple(own)) for channel, own in spells.items())


NAME = "acquisition"
PLAN = record(
    [
        ("fit", "f8", (MAX_CHANNELS + 2,)),  # between a channel's promise and the pool; of others 1
        ("meets", "i8", (MAX_CHANNELS + 2,)),  # codes of MEETS, by channel; of others EVERYONE
    ]
)
CHANNEL = record(
    [
        ("key", "u8"),
        ("buyers", "f8"),
        ("organic", "f8"),
        ("meets", "i8"),  # code of MEETS
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
        ways = opened(scenario)
        self._channels = tuple(way.channel for way in ways)
        self._joiners = [way.joiners(scenario.days, scenario.share).tolist() for way in ways]
        self.records = channel_records(self._channels, scenario.market.personas)

    def write(self, plan: Any) -> None:
        """What channels promise and whom they meet, into `plan` (a record of PLAN)."""
        plan["fit"], plan["meets"] = 1.0, MEETS.index("everyone")
        plan["fit"][1 : len(self._channels) + 1] = [c.fit for c in self._channels]
        plan["meets"][1 : len(self._channels) + 1] = [MEETS.index(c.meets) for c in self._channels]

    def write_week(self, plan: Any, first_day: int, place: int = 0) -> None:
        """What holds for the week: nothing."""

    def joiners(self, day: int) -> list[int]:
        """How many of those simulated join on a day, by channel."""
        return [by_day[day] for by_day in self._joiners]


def meets_customers(policy: "Policy") -> bool:
    """True if a channel chooses among the shop's customers."""
    return any(channel.meets != "everyone" for channel in policy.acquisition)


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
        row["meets"] = MEETS.index(channel.meets)
        row["first_shape"] = channel.first_order.shape
        row["first_rate"] = channel.first_order.shape * channel.first_order.mean_days
        row["cumulative"] = cumulative((channel.personas or usual).shares)
    return records
