"""Costs of operations that are not part of one policy."""

from pydantic import Field

from sim.scenario.base import Money, Part


class Costs(Part):
    """What operations cost."""

    message: Money = Field(default=0, description="money per delivered message")
    tools_per_month: Money = Field(default=0, description="money a month for tools and accounts")
