"""Coupons: what is given, to whom, how often, for how long."""

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.base import Misfit, Money, Part, Positive
from sim.scenario.catalogue import Audience

MOST_COUPONS = 16  # different ones in a policy: a member's record has one bit for each
REACH = 3.0  # baskets: nobody fills one up to a threshold above three of them


class Coupon(Part):
    """One coupon, handed out every so many days: a percentage, or money off orders that reach a threshold."""

    kind: Literal["percent", "threshold"] = Field(
        description="percent: a share off the order; threshold: money off orders of at least min_spend"
    )
    off: Positive = Field(description="percent: share of the order value, 0.1 is 10 % off; threshold: money")
    min_spend: Money = Field(
        default=0,
        description="money; order value from which the coupon may be used; threshold coupons need it",
    )
    to: Audience = Field(
        default="all",
        description="who receives it: all, a stage, high_value, or a persona tag as the brand sees it",
    )
    every_days: int = Field(ge=1, le=3650, description="days from one hand-out to the next")
    valid_days: int = Field(ge=1, le=3650, description="days a coupon may be used, the day of the hand-out included")
    start_day: int = Field(default=0, ge=0, le=3650, description="day of the run of the first hand-out; 0 is the first")
    budget: Positive | None = Field(
        default=None,
        description="money of discounts over the whole run, then no more are handed out; left out: no limit",
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Coupon":
        if self.kind == "percent" and self.off > 1:
            raise Misfit(
                "must be a share of the order value, at most 1, not {off:g}; write 0.1 for 10 %",
                "off",
                off=self.off,
            )
        if self.kind == "threshold" and not self.min_spend:
            raise Misfit("a threshold coupon needs min_spend, the order value from which it may be used")
        if self.kind == "threshold" and self.min_spend <= self.off:
            raise Misfit(
                "must be above off ({off:g}), not {min_spend:g}, or goods are free",
                "min_spend",
                off=self.off,
                min_spend=self.min_spend,
            )
        return self
