"""The names of the measures that a target may be set on, with what kind of number each is.

Their definitions are in sim/results/metrics/; the names stand here because scenarios are read before anything runs.
"""

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["share", "money", "ratio", "count", "days"]

MEASURES: dict[str, Kind] = {
    "orders": "count",
    "orders_per_year": "count",
    "sales": "money",
    "contribution": "money",
    "contribution_per_member": "money",
    "profit": "money",
    "profit_per_member": "money",
    "spend": "money",
    "roi": "ratio",
    "roi_operations": "ratio",
    "cac": "money",
    "paid_cac": "money",
    "ltv": "money",
    "ltv_founders": "money",
    "ltv_member": "money",
    "ltv_public": "money",
    "ltv_cac": "ratio",
    "payback_days": "days",
    "churn": "share",
    "left_share": "share",
    "silent_share": "share",
    "lost_share": "share",
    "d7_retention": "share",
    "d30_retention": "share",
    "active_7_days": "share",
    "active_30_days": "share",
    "repurchase_interval": "days",
    "repurchase_rate": "share",
    "average_basket": "money",
    "first_order_conversion": "share",
    "read_rate": "share",
    "click_rate": "share",
    "complaint_rate": "share",
    "opt_out_rate": "share",
    "coupon_redemption": "share",
    "bought_anyway": "share",
    "orders_gained": "ratio",
    "conversion_per_push": "share",
    "dormancy": "share",
    "wake_up_rate": "share",
    "woken_repurchase": "share",
    "members": "count",
    "joiners": "count",
}
