"""Costs of operations that are not part of one policy."""

from pydantic import Field

from sim.catalogue import PushChannel
from sim.reading.part import Money, Part

_MEMBERS_OF_A_GROUP = 200  # one message in a group is written once for so many


class Costs(Part):
    """What operations cost."""

    message: Money = Field(default=0, description="money per delivered message")
    channels: dict[PushChannel, Money] = Field(
        default_factory=dict,
        description="money per delivered message by channel; left out: as message says, in a group a 200th of it, since "
        "what is written there is written once",
    )
    tools_per_month: Money = Field(default=0, description="money a month for tools and accounts")

    def of(self, channel: PushChannel | str) -> float:
        """Money per delivered message on `channel`: its own cost, else the cost of a message; see `channels`."""
        own = {str(name): money for name, money in self.channels.items()}
        usual = self.message / _MEMBERS_OF_A_GROUP if channel == "group" else self.message
        return own.get(channel, usual)

    @property
    def of_a_post(self) -> float:
        """Money for what is written once in a group: as much as so many messages that reach its members."""
        return _MEMBERS_OF_A_GROUP * self.of("group")

    @property
    def tools_per_day(self) -> float:
        """Money a day for tools and accounts: twelve months in 365 days."""
        return self.tools_per_month * 12 / 365
