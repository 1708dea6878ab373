"""The day as docs/model.md writes it, once more in plain Python (by_hand.py), against the compiled one.

States agree to single precision, events on the day, counts exactly.
"""

import math
from typing import Any

import numpy as np
import pytest

from sim.behaviour.buying import loyalty_exponent
from sim.behaviour.coupons import worth
from sim.catalogue import CONTENT_TYPES, NEVER
from sim.policies.coupons import COUPON
from sim.pool import PoolModel
from sim.scenario import Scenario

from .by_hand import Person
from .conftest import Kept

DAYS = 150
SEASON = {"months": [1, 0.5, 1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
PRESSING = {
    "push": {"per_week": 11, "cap_per_day": 2, "hour": [9, 21]},
    "content": {"education": 0.3, "emotion": 0.2, "promotion": 0.5},
    "coupons": [
        {"kind": "percent", "off": 0.25, "every_days": 21, "valid_days": 12},
        {"kind": "threshold", "off": 9, "min_spend": 45, "every_days": 9, "valid_days": 5},
    ],
}
CARING: dict[str, Any] = {
    "acquisition": [
        {"channel": "advert", "per_day": 0.4, "fit": 0.6, "first_order": {"mean_days": 20, "shape": 0.8}},
        {"channel": "card", "per_day": 0.3, "buyers": 0.9},
    ],
    "push": {"per_week": 5, "hour": [9, 21], "cap_per_day": 2, "aim": True, "benefit": "tenth"},
    "content": {"education": 0.4, "promotion": 0.4, "ugc": 0.2},
    "lines": [
        {"per_week": 3, "hour": 12, "channel": "mass", "content": "promotion", "benefit": "six_off"},
        {"per_week": 1, "hour": 20, "channel": "mini_program", "content": "live"},
        {"per_week": 0.5, "hour": 8, "channel": "sms", "content": "education", "executed": 0.7},
    ],
    "account": "adviser",
    "coupons": [{"kind": "percent", "off": 0.05, "every_days": 40, "valid_days": 9}],
    "benefits": {
        "tenth": {"kind": "percent", "off": 0.1, "valid_days": 5},
        "six_off": {"kind": "threshold", "off": 6, "min_spend": 40},
        "sample": {"kind": "trial", "worth": 1.0, "unit_cost": 2, "valid_days": 20},
        "present": {"kind": "gift", "worth": 0.6, "unit_cost": 3, "valid_days": 10},
    },
    "welcome": [
        {"delay": 0, "content": "education", "benefit": "present"},
        {"delay": 0, "content": "emotion", "survey": True},
        {"delay": 2, "content": "promotion", "consent": True, "aim": True, "benefit": "six_off"},
    ],
    "follow_up": [
        {"delay": 3, "content": "education", "aim": True, "survey": True},
        {
            "delay": 7,
            "every": 9,
            "times": 3,
            "channel": "call",
            "content": "promotion",
            "aim": True,
            "benefit": "sample",
        },
    ],
    "wake_up": [{"delay": 30, "every": 11, "times": 4, "content": "emotion", "executed": 0.8, "consent": True}],
    "birthday": [{"delay": -3, "content": "emotion", "benefit": "present"}],
    "care": [{"delay": 1, "content": "education", "channel": "call"}],
    "touches": [
        {"anchor": "ordered", "delay": 12, "at_own_rhythm": True, "from_order": 2, "content": "ugc"},
        {"anchor": "ordered", "delay": 5, "to": "loyal", "content": "live", "channel": "group"},
        {"anchor": "silent", "delay": 45, "to": "repeat", "content": "promotion"},
    ],
    "membership": {
        "points": 0.02,
        "tiers": [
            {"spend": 30, "discount": 0.07},
            {
                "spend": 120,
                "discount": 0.12,
                "points": 0.04,
                "items": [{"kind": "tasting", "worth": 1.5, "every_days": 25, "start_day": 4, "unit_cost": 0.5}],
            },
        ],
    },
    "tag_accuracy": 0.7,
    "tag_lag": 10,
}
TENSE = {"leave_fatigue": 0.02, "complaint_share": 0.5, "sleeping_dog": 0.03}
# strong where the default is weak, so that an effect left out would show
TENDER = TENSE | {
    "trust_on_demand": 0.6, "interest_on_demand": 1.2, "visit": 0.2, "newness": 3.0, "aim_on_attention": 0.6,
    "personas": {"busy": {"hour_match": 0.5}},
    "contents": {"emotion": {"engage": 0.5}, "promotion": {"engage": 0.4}},
}  # fmt: skip


def by_hand(scenario: Scenario, kept: Kept, seed: int) -> list[Person]:
    """Everybody's days once more, one person after the other."""
    model = PoolModel(scenario, seed=seed)
    people = [Person(record, scenario, model) for record in kept.members]
    for person in people:
        for day in range(scenario.days):
            person.live(day)
    return people


def the_same(people: list[Person], kept: Kept) -> None:
    """States, events and every order to the cent."""
    for person, member in zip(people, kept.members, strict=True):
        left = NEVER if person.left is None else person.left
        assert (member["left"], member["clicks"], member["complaints"]) == (left, person.clicks, person.complaints)
        assert (member["visits"], member["last_seen"]) == (person.visits, person.seen)
        assert (member["orders"], bool(member["lost"])) == (len(person.orders), person.lost)
        assert (member["known"], member["prospect"]) == (person.known, person.prospect)
        assert member["tier"] == person.tier
        muted = 0 if person.muted is None else 1 + CONTENT_TYPES.index(person.muted)
        assert member["choice"] == person.limit + 8 * muted
        assert (member["coupon"] != 0) == (person.coupon is not None)
        if person.coupon is not None:
            held = [float(member[name]) for name in ("coupon_until", "coupon_lift", "coupon_known")]
            assert held == pytest.approx(person.coupon[1:4], rel=1e-4, abs=1e-5)
        for name in ("trust", "interest", "fatigue", "habit", "pull", "tau", "noticed", "qbar", "standing"):
            assert float(member[name]) == pytest.approx(getattr(person, name), rel=1e-4, abs=1e-5), name
        assert member["exponents"] == pytest.approx(person.G, rel=1e-4)
        mine = kept.orders[kept.orders["key"] == member["key"]]
        np.testing.assert_allclose(mine["time"], [when for when, _, _ in person.orders], atol=1e-3)
        assert np.abs(mine["amount"] - [amount for _, amount, _ in person.orders]).max(initial=0) <= 1  # a cent
        assert np.abs(mine["discount"] - [off for _, _, off in person.orders]).max(initial=0) <= 1
    counted: dict[str, float] = {}
    for person in people:
        if person.coupon is not None and not person.hand(kept.run.scenario.days):
            person.note("benefits_expired")  # on the last day
        for name, amount in person.tally.items():
            counted[name] = counted.get(name, 0.0) + amount
    assert counted.pop("reads") == pytest.approx(kept.run.totals["reads"], rel=1e-4)
    assert counted.pop("points_cost", 0.0) == pytest.approx(kept.run.totals["points_cost"], rel=1e-5)  # a cent an order
    assert counted.pop("tier_discounts", 0.0) == pytest.approx(kept.run.totals["tier_discounts"], rel=1e-3)
    assert counted == {name: pytest.approx(float(kept.run.totals[name])) for name in counted}


@pytest.mark.parametrize("seed", [1, 2])
def test_days_by_hand(make, live, seed: int) -> None:
    """150 founders for 150 days under pressure."""
    response = TENSE | {"personas": {"busy": {"hour_match": 0.5}}}
    given = {"changes": {"season": SEASON}, "members": 150, "days": DAYS}
    scenario = make(**given, policy=PRESSING, response=response)
    kept = live(scenario, seed=seed)
    people = by_hand(scenario, kept, seed)
    the_same(people, kept)
    happened = {
        "gone": sum(person.left is not None for person in people),
        "complaints": sum(person.complaints for person in people),
        "clicks": sum(person.clicks for person in people),
        "visits": sum(person.visits for person in people),
        "discounted": sum(off > 0 for person in people for _, _, off in person.orders),
        "lost": sum(person.lost for person in people),
    }
    assert min(happened.values()) > 5, happened


@pytest.mark.parametrize("seed", [1, 2])
def test_days_with_everything_by_hand(make, live, seed: int) -> None:
    """Founders and joiners; lines, touches of every anchor, benefits of both kinds, aim, surveys, consent, an adviser."""
    given = {"changes": {"season": SEASON, "tastes": 4}, "members": 60, "days": DAYS}
    scenario = make(**given, policy=CARING, response=TENDER)
    kept = live(scenario, seed=seed)
    people = by_hand(scenario, kept, seed)
    the_same(people, kept)
    happened = {name: sum(person.tally.get(name, 0.0) for person in people) for name in (
        "touched", "unsent", "declined", "capped", "issued", "benefits_issued", "benefits_used", "benefits_expired",
        "benefits_replaced", "benefits_lost", "gifts", "surveyed", "chose", "tier_ups",
        "items_cost", "points_cost", "tier_discounts",
    )}  # fmt: skip
    happened["visits"] = sum(person.visits for person in people)
    happened["care"] = sum(person.complained is not None for person in people if person.left is None)
    happened["muted"] = sum(person.muted is not None for person in people)
    happened["mistaken"] = sum(person.known not in (255, person.taste) for person in people)
    assert min(happened.values()) > 2, happened


def test_the_loyalty_exponent() -> None:
    assert loyalty_exponent(0.0, 1.0, 0.6, 1.0) == 1.0
    assert loyalty_exponent(0.5, 1.0, 0.6, 1.0) == pytest.approx(math.exp(-0.3))
    assert loyalty_exponent(0.0, 2.0, 0.6, 1.0) == pytest.approx(0.5)
    assert loyalty_exponent(0.0, 2.0, 0.6, 0.0) == 1.0
    assert loyalty_exponent(-1.0, 0.1, 0.6, 1.0) == 3.0
    assert loyalty_exponent(1.0, 3.9, 3.0, 1.0) == 0.2


@pytest.mark.parametrize(
    ("kind", "off", "threshold", "usual", "expected"),
    [
        ("percent", 0.2, 0.0, 40.0, 0.2),
        ("percent", 0.2, 50.0, 40.0, 0.16 * 0.64),
        ("threshold", 10.0, 50.0, 100.0, 0.1),  # her baskets reach it: off against her basket
        ("threshold", 10.0, 50.0, 25.0, 0.2 * 0.25),  # half way there: against the threshold, and less likely
        ("threshold", 500.0, 501.0, 400.0, 500 / 501 * (400 / 501) ** 2),
        ("threshold", 10.0, 120.0, 40.1, 10 / 120 * (40.1 / 120) ** 2),
        ("threshold", 10.0, 120.0, 39.9, 0.0),  # above three of her usual baskets: out of reach
        ("percent", 0.9, 120.0, 39.9, 0.0),
    ],
)
def test_what_a_coupon_is_worth(make, kind, off, threshold, usual, expected) -> None:
    """value = min(1, face / max(threshold, B)) min(1, B / threshold)^2; without a threshold the last factor is 1,
    and above three baskets all is 0."""
    model = PoolModel(make(members=1, days=1))
    member = model.member_blocks()[0][0]
    member["basket_rate"] = 6.25 / usual
    coupon = np.zeros(1, COUPON)[0]
    coupon["percent"], coupon["off"], coupon["min_spend"] = kind == "percent", off, threshold
    assert worth(member, coupon, model.world) == pytest.approx(expected, rel=1e-6)
