"""Shares stay from 0 to 1 whatever the plan, and what they count is what they say."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from sim.catalogue import NEVER
from sim.pool import PoolModel
from sim.records import ORDER
from sim.results.metrics import REGISTRY, Account, measures, wholes
from sim.results.metrics.anyway import bought_anyway
from sim.results.simulation import counterfactual, redemptions, without_coupons
from sim.scenario import load

from .test_metrics import SMALL

TIRED = {"leave_fatigue": 0.5, "complaint_share": 1.0, "fatigue_half_life": 21.0}
SHARES = [name for name, measure in REGISTRY.items() if measure.kind == "share"]


def extreme(members: int, per_week: float, cap: int, per_day: float, days: int, response: dict, coupon: dict) -> dict:
    joining = [{"channel": "card", "per_day": per_day, "cac": 9, "buyers": 0.5}] if per_day else []
    push = {"per_week": per_week, "cap_per_day": cap}
    return SMALL | {
        "members": members,
        "days": days,
        "response": response,
        "policy": {"acquisition": joining, "push": push, "coupons": [{"kind": "percent", "to": "all"} | coupon]},
    }


@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    members=some.integers(1, 40),
    per_week=some.sampled_from([0, 0.01, 0.3, 7, 70]),
    cap=some.integers(1, 10),
    per_day=some.sampled_from([0, 0.02, 3]),
    days=some.sampled_from([1, 9, 130, 230]),
    response=some.sampled_from([{}, TIRED]),
    coupon=some.fixed_dictionaries(
        {"off": some.floats(0.01, 1), "every_days": some.integers(1, 30), "valid_days": some.integers(1, 60)}
    ),
)
@example(3, 70, 10, 0, 230, TIRED, {"off": 1.0, "every_days": 1, "valid_days": 60})
@example(40, 0.01, 1, 0.02, 230, TIRED, {"off": 1.0, "every_days": 1, "valid_days": 60})
def test_shares_are_from_0_to_1(members, per_week, cap, per_day, days, response, coupon):
    scenario = load(extreme(members, per_week, cap, per_day, days, response, coupon))
    redeemed = redemptions()
    run = PoolModel(scenario, orders=redeemed).run()
    account = Account(run, counterfactual(scenario), without_coupons(scenario, redeemed))
    found, of = measures(account), wholes(account)
    for name in SHARES:
        assert found[name] is None or 0 <= found[name] <= 1, name
        assert (found[name] is None) == (of[name] == 0), name
    assert all(REGISTRY[name].parts for name in SHARES)


def test_a_message_is_credited_once_however_much_follows(make, live):
    """One message in 720 days to people who order several times a day: a conversion of 100 %, not of thousands."""
    eager = {"rhythm": {"r": 50.0, "alpha": 20.0, "a": 0.01, "b": 100.0}}
    quiet = {"push": {"per_week": 0.01}}
    scenario = make(changes=eager, members=200, days=720, policy=quiet, response={"leave_base": 0.0})
    kept = live(scenario, seed=3)
    totals, alive = kept.run.totals, (kept.members["left"] == NEVER) & (kept.members["lost"] == 0)
    assert 100 < totals["delivered"] <= 200
    assert totals["pool_orders"] > 100 * totals["delivered"]
    assert alive.sum() * 0.9 < totals["converted"] <= totals["delivered"]


def test_complaints_after_one_message_count_once(make, watch):
    """Two messages a week to the weary: who complains on the day and on the next blames the message once."""
    policy = {"push": {"per_week": 2}}
    weary = {name: {"tolerance": 0.1} for name in ("price_sensitive", "quality_seeker", "sociable", "busy")}
    angry = TIRED | {"personas": weary, "leave_fatigue": 1.0}
    kept, events = watch(make(members=400, days=90, policy=policy, response=angry))
    sent = np.flatnonzero(kept.run.daily["delivered"].to_numpy())
    at = events.complaints["day"]
    last = sent[np.maximum(np.searchsorted(sent, at, side="right") - 1, 0)]
    near = (at - last >= 0) & (at - last <= 2)
    blamed = {(key, day) for key, day in zip(events.complaints["key"][near], last[near], strict=True)}
    assert kept.run.totals["blamed"] == len(blamed) > 50
    assert near.sum() > len(blamed)


def redeemed_on(*rows: tuple[int, int, int]) -> np.ndarray:
    made = np.zeros(len(rows), ORDER)
    made["key"], made["coupon_from"], made["coupon_until"] = zip(*rows, strict=True)
    return made


def ordered_at(*rows: tuple[int, float]) -> np.ndarray:
    made = np.zeros(len(rows), ORDER)
    if rows:
        made["key"], made["time"] = zip(*rows, strict=True)
    return made


@pytest.mark.parametrize(
    ("redeemed", "orders", "anyway"),
    [
        (redeemed_on((1, 10, 16)), ordered_at((1, 10.0)), 1),  # the first moment of the first day
        (redeemed_on((1, 10, 16)), ordered_at((1, 16.99)), 1),  # the last day
        (redeemed_on((1, 10, 16)), ordered_at((1, 9.99), (1, 17.0)), 0),  # brought forward, or later
        (redeemed_on((1, 10, 16)), ordered_at((2, 12.0)), 0),  # somebody else's
        (redeemed_on((1, 10, 16), (1, 12, 18)), ordered_at((1, 13.0)), 1),  # one order is one redemption
        (redeemed_on((1, 12, 30), (1, 10, 16)), ordered_at((1, 15.0), (1, 20.0)), 2),  # the sooner end is served first
        (redeemed_on((1, 0, 5)), ordered_at(), 0),
    ],
)
def test_who_would_have_bought_anyway(redeemed, orders, anyway):
    assert bought_anyway(redeemed, orders) == anyway


def test_a_coupon_that_moves_nobody_is_bought_anyway(make):
    """Without appeal, habit and pull the lives are the same with and without coupons: every redemption would have come."""
    idle = {"habit_up": 0.0, "habit_down": 0.0, "pull_depth": 0.0}
    personas = {name: {"price_appeal": 0.0} for name in ("price_sensitive", "quality_seeker", "sociable", "busy")}
    coupon = {"kind": "percent", "off": 0.1, "to": "all", "every_days": 7, "valid_days": 7}
    scenario = make(members=300, days=120, policy={"coupons": [coupon]}, response={**idle, "personas": personas})
    redeemed = redemptions()
    run = PoolModel(scenario, orders=redeemed).run()
    found = measures(Account(run, counterfactual(scenario), without_coupons(scenario, redeemed)))
    assert run.totals["discounted_orders"] > 100
    assert (found["bought_anyway"], found["orders_gained"]) == (1.0, 0.0)


def test_a_redeemed_order_knows_its_coupons_days(make, live):
    coupon = {"kind": "percent", "off": 0.1, "to": "all", "every_days": 14, "valid_days": 5}
    orders = live(make(members=400, days=60, policy={"coupons": [coupon]})).orders
    used = orders[orders["discount"] > 0]
    assert len(used) > 50 and not orders[orders["discount"] == 0]["coupon_until"].any()
    assert (used["coupon_from"] % 14 == 0).all() and (used["coupon_until"] - used["coupon_from"] == 4).all()
    days = np.floor(used["time"])
    assert ((used["coupon_from"] <= days) & (days <= used["coupon_until"])).all()
