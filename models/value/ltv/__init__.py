"""Lifetime value: what customers will still spend, discounted, with intervals."""

from models.value.ltv.result import LifetimeValue
from models.value.ltv.value import DAYS_IN_YEAR, discounted_orders, lifetime_value

__all__ = ["DAYS_IN_YEAR", "LifetimeValue", "discounted_orders", "lifetime_value"]
