"""Every measure, one definition each. What a report quotes is the docstring of the function that computes it.

A measure is a function of an `Account`: the run, and where it needs them the same draws with no operations (the
counterfactual) and without coupons and benefits. A share gives its part and its whole. Undefined is None, never NaN; what
the run did not reach is infinity. Tables show measures in the order of these modules.
"""

from sim.results.metrics.account import Account, WithoutBenefits, cohort_curve

from sim.results.metrics.money import cac, ltv  # isort: skip
from sim.results.metrics import loyalty, buying, messages, handed_out, groups, referral, people, tiers, chosen  # isort: skip
from sim.results.metrics import service, guard, launches  # isort: skip
from sim.results.metrics.registry import REGISTRY, Better, Measure, in_use, measures, wholes

__all__ = [
    "REGISTRY", "Account", "Better", "Measure", "WithoutBenefits", "buying", "cac", "chosen", "cohort_curve", "groups",
    "guard", "handed_out", "in_use", "launches", "loyalty", "ltv", "measures", "messages", "people", "referral",
    "service", "tiers", "wholes",
]  # fmt: skip
