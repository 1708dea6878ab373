"""A policy that does everything a brand can do in messages and gifts, as a file has it; and the same without a part."""

from typing import Any

WHOLE: dict[str, Any] = {
    "push": {"per_week": 3, "benefit": "half"},
    "lines": [{"per_week": 1, "content": "ugc", "benefit": "gift"}],
    "quiet_hours": {"from": 22, "to": 8},
    "account": "adviser",
    "benefits": {
        "half": {"kind": "percent", "off": 0.5, "min_spend": 10, "valid_days": 3},
        "gift": {"kind": "gift", "worth": 2, "unit_cost": 4, "budget": 100},
        "trial": {"kind": "trial", "worth": 1, "unit_cost": 2},
    },
    "community": {
        "adviser": True,
        "moderated": False,
        "manager_per_month": 30,
        "programme": [{"kind": "live", "cost": 5, "benefit": "trial"}, {"kind": "check_in", "per_week": 3, "hour": 9}],
    },
    "touches": [{"anchor": "silent", "delay": 30, "every": 7, "times": 3, "content": "ugc", "to": "high_value"}],
    "care": [{"delay": 1, "content": "emotion", "channel": "call", "cost": 2.5}],
    "birthday": [{"delay": -3, "content": "emotion", "hour": 23, "benefit": "gift"}],
    "wake_up": [{"delay": 90, "content": "promotion", "to": "silent", "from_order": 2}],
    "follow_up": [{"delay": 30, "content": "education", "aim": True, "at_own_rhythm": True, "to": "busy"}],
    "welcome": [
        {"delay": 0, "content": "education", "survey": True},
        {"delay": 2, "content": "promotion", "benefit": "trial", "executed": 0.8},
    ],
    "membership": {
        "points": 0.02,
        "tiers": [
            {"spend": 20, "discount": 0.04},
            {
                "name": "gold",
                "spend": 90,
                "points": 0.05,
                "items": [{"kind": "tasting", "worth": 1, "every_days": 10, "unit_cost": 0.5}],
            },
        ],
    },
    "service": {"bot": 0.4, "bot_per_month": 3, "staff": 0.1, "answers_per_week": 10, "staff_per_month": 20},
    "crisis": {"day": 17, "hit": 0.6, "person": 1.5, "closed": 40, "offer_cost": 0.5},
    "acquisition": [{"channel": "feed", "per_day": 0.3, "fit": 0.8}],
    "referral": {"market": 5000, "reward": 3, "friend_reward": 2, "outward": "feed", "per_share": 0.4},
    "events": {"sale": {"from_day": 15, "until_day": 21, "lines": [{"per_week": 7, "benefit": "gift"}], "cost": 30}},
    "segments": {"busy": {"push": {"benefit": "gift"}, "lines": [{"per_week": 2, "benefit": "trial"}]}},
    "experiments": [
        {
            "name": "more",
            "from_day": 7,
            "push": {"per_week": 5},
            "lines": [{"per_week": 2, "content": "live", "benefit": "half"}],
            "coupons": [{"kind": "percent", "off": 0.3, "every_days": 9, "valid_days": 5}],
        }
    ],
}


def without(policy: dict[str, Any], name: str) -> dict[str, Any]:
    """A policy as a file has it that says nothing of `name`; of benefits no message names one then."""
    bare = {key: value for key, value in policy.items() if key != name}
    if name == "acquisition" and "referral" in bare:  # what is shared leads to a channel
        bare["referral"] = {
            key: value for key, value in bare["referral"].items() if key not in ("outward", "per_share")
        }
    bare["segments"] = {s: {k: v for k, v in change.items() if k != name} for s, change in bare["segments"].items()}
    if "experiments" in bare:
        bare["experiments"] = [{k: v for k, v in test.items() if k != name} for test in bare["experiments"]]
    if name != "benefits":
        return bare

    def unnamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unnamed(item) for key, item in value.items() if key != "benefit"}
        return [unnamed(item) for item in value] if isinstance(value, list) else value

    return unnamed(bare)  # type: ignore[no-any-return]
