"""A small busy pool, for tests of pools that are asked with some lives."""

from typing import Any

COUPON = {"kind": "threshold", "off": 8, "min_spend": 20, "every_days": 7, "valid_days": 7}
BUSY: dict[str, Any] = {
    "push": {"per_week": 5, "cap_per_day": 2, "benefit": "gift"},
    "benefits": {"gift": {"kind": "gift", "worth": 1, "unit_cost": 0.05}},
    "touches": [{"anchor": "ordered", "delay": 3, "content": "education"}],
    "acquisition": [{"channel": "card", "per_day": 8.4, "cac": 6}],
}
# what goes on within groups of members and along trees of referrals, of whom clusters consist
TOGETHER: dict[str, Any] = {
    "community": {
        "programme": [{"kind": "check_in", "per_week": 3}, {"kind": "ugc", "cost": 40}],
        "manager_per_month": 9,
    },
    "referral": {"reward": 2, "market": 3_000_000, "outward": "card", "per_share": 0.4},
}


def busy(make: Any, **policy: Any) -> Any:
    return make(
        "lively",
        members=6000,
        days=60,
        repurchase_window=21,
        costs={"message": 0.01, "tools_per_month": 900},
        policy=BUSY | policy,
    )
