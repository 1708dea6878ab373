"""A policy with everything at once: lines, groups, all routines, all kinds of benefits, budgets, consent, coupons."""

from typing import Any

ADVERT = {"channel": "advert", "per_day": 0.75, "cac": 10, "organic": 0.3, "first_order": {"mean_days": 30}, "fit": 0.7}
CARD = {"channel": "package_card", "per_day": 1.25, "cac": 4, "buyers": 0.8}
POLICY: dict[str, Any] = {
    "acquisition": [ADVERT, CARD],
    "push": {"per_week": 3, "hour": [9, 20], "cap_per_day": 2},
    "quiet_hours": {"from": 22, "to": 8},
    "account": "adviser",
    "content": {"education": 0.4, "emotion": 0.3, "promotion": 0.3},
    "lines": [
        {"per_week": 1, "channel": "group", "content": "live"},
        {"per_week": 2, "channel": "mass", "content": "promotion", "benefit": "spring"},
        {"per_week": 1, "channel": "mini_program", "content": "ugc", "benefit": "say"},
    ],
    "coupons": [
        {"kind": "percent", "off": 0.2, "to": "price_sensitive", "every_days": 20, "valid_days": 6, "budget": 60},
        {"kind": "threshold", "off": 5, "min_spend": 25, "every_days": 45, "valid_days": 9},
    ],
    "benefits": {
        "spring": {"kind": "percent", "off": 0.15, "valid_days": 5, "budget": 90},
        "off_eight": {"kind": "threshold", "off": 8, "min_spend": 30, "valid_days": 14},
        "sample": {"kind": "trial", "worth": 0.8, "unit_cost": 2, "valid_days": 12},
        "present": {"kind": "gift", "worth": 0.6, "unit_cost": 1.5, "valid_days": 10, "budget": 120},
        "say": {"kind": "vote", "worth": 0.3, "unit_cost": 0.1, "valid_days": 8},
        "early": {"kind": "early_access", "worth": 1.2, "unit_cost": 0.5, "valid_days": 8, "budget": 20},
    },
    "welcome": [
        {"delay": 0, "content": "education"},
        {"delay": 1, "content": "promotion", "benefit": "off_eight", "cost": 0.3},
        {"delay": 2, "content": "emotion", "survey": True, "consent": True},
    ],
    "follow_up": [
        {"delay": 3, "content": "education", "aim": True, "consent": True},
        {
            "delay": 10,
            "every": 10,
            "times": 3,
            "channel": "call",
            "content": "promotion",
            "benefit": "sample",
            "aim": True,
        },
    ],
    "wake_up": [{"delay": 60, "every": 40, "times": 2, "content": "promotion", "benefit": "early"}],
    "birthday": [{"delay": -2, "content": "emotion", "benefit": "present"}],
    "care": [{"delay": 1, "content": "emotion", "benefit": "present"}],
    "tag_lag": 10,
    "community": {
        "manager_per_month": 40,
        "programme": [
            {"kind": "live", "hour": 12, "cost": 5},
            {"kind": "ugc", "per_week": 1, "hour": 11, "cost_per_group": 1},
        ],
    },
    "referral": {"market": 1e6, "reward": 4, "friend_reward": 2, "outward": "advert", "per_share": 0.5},
    "service": {"bot": 0.3, "bot_per_month": 5, "staff": 0.5, "answers_per_week": 12, "staff_per_month": 40},
    "crisis": {"day": 40, "hit": 0.5, "bot_first": True, "offer_cost": 0.4},
    "segments": {
        "high_value": {"push": {"per_week": 1, "benefit": "present"}, "coupons": []},
        "silent": {"push": {"per_week": 1}, "lines": []},
    },
}
COSTS = {"message": 0.02, "channels": {"call": 0.5, "mini_program": 0.01}, "tools_per_month": 60}
RESPONSE = {"complaint_share": 0.5, "leave_fatigue": 0.02, "refer": 0.003}
