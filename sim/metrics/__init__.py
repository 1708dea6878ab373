"""Every measure, one definition each. What a report quotes is the docstring of the function that computes it.

A measure is a function of an `Account`: the run, and where it needs them the same draws with no operations (the
counterfactual) and without coupons. Undefined is None, never NaN. Tables show measures in the order of these modules.
"""

from sim.metrics.account import Account, cohort_curve

from sim.metrics.money import cac, ltv  # isort: skip
from sim.metrics import loyalty, buying, messages, people  # isort: skip
from sim.metrics.registry import REGISTRY, Better, Measure, measures

__all__ = [
    "REGISTRY", "Account", "Better", "Measure", "buying", "cac", "cohort_curve", "loyalty", "ltv", "measures",
    "messages", "people",
]  # fmt: skip
