"""Costs of operations that are not part of one policy."""

from pydantic import Field

from sim.reading.part import Money, Part


class Costs(Part):
    """What operations cost."""

    message: Money = Field(default=0, description="money per delivered message")
    tools_per_month: Money = Field(default=0, description="money a month for tools and accounts")

    @property
    def tools_per_day(self) -> float:
        """Money a day for tools and accounts: twelve months in 365 days."""
        return self.tools_per_month * 12 / 365
