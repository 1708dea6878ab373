"""A coupon's threshold pays within limits: what filling up can gain is bounded by the basket, wherever the threshold is."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import load, sweep
from sim.behaviour.coupons import within_reach
from sim.drafting.notes import notes

BALANCED = "benchmarks/cdnow/balanced.yaml"
SPENT = ("order_left", "leave_left", "rate", "tau", "value", "trust", "interest", "fatigue", "habit", "pull", "coupon_lift",
         "orders", "clicks", "left", "spend", "exponents", "window_demand")  # fmt: skip


def coupon(min_spend: float, **more: Any) -> dict[str, Any]:
    return {"kind": "threshold", "off": 8, "min_spend": min_spend, "every_days": 7, "valid_days": 7} | more


@given(st.floats(1e-3, 1e9), st.floats(1e-3, 1e9))
def test_filling_up_adds_little_to_a_basket(basket: float, threshold: float) -> None:
    """The mean gain is at most 4/27 of the basket, at a threshold half as large again; none above three baskets."""
    chance = within_reach(basket, threshold)
    assert chance >= 0
    if threshold > basket:
        assert (threshold - basket) * chance <= 4 / 27 * basket * (1 + 1e-9)
    if threshold > 3.0001 * basket:
        assert chance == 0


def test_the_limits_of_reach() -> None:
    assert within_reach(20.0, 40.0) == 0.125
    assert within_reach(40.0, 120.0) == pytest.approx(1 / 27)
    assert within_reach(39.99, 120.0) == 0.0
    assert (60 - 40) * within_reach(40.0, 60.0) == pytest.approx(4 / 27 * 40)


@pytest.mark.parametrize("out_of_reach", [coupon(10_000), coupon(1e9), coupon(10_000, kind="percent", off=0.99)])
def test_a_threshold_that_nobody_reaches_is_no_coupon(make, live, out_of_reach) -> None:
    """To the bit: the same orders, the same members; nobody's basket comes to a third of it."""
    policy = {"push": {"per_week": 3}}
    without = live(make("cdnow", members=4000, days=365, policy=policy))
    with_it = live(make("cdnow", members=4000, days=365, policy=policy | {"coupons": [out_of_reach]}))
    assert (without.orders["amount"].max() / 100 < out_of_reach["min_spend"] / 3).all()
    assert (with_it.orders == without.orders).all()
    for field in SPENT:
        assert (with_it.members[field] == without.members[field]).all(), field
    assert with_it.run.totals["issued"] > 0


def test_the_best_threshold_is_within_reach() -> None:
    """On CDNOW the sweep is nearly flat, and no threshold above three usual baskets beats the best below by more than its
    error (two standard errors of the paired difference over 10 replicates)."""
    usual = load(BALANCED).market.baskets.mean
    values = [20, 50, 80, 108, 120, 200, 2000, 10_000]
    swept = sweep(
        BALANCED, {"policy.coupons.0.min_spend": values}, members=4000, replicates=10, fixed_response=True, jobs=1
    )
    profit = np.array([swept.comparison.values(name, "profit_per_member") for name in swept.comparison.names])
    near = np.array(values) <= 3 * usual
    best = profit[near][profit[near].mean(axis=1).argmax()]
    for value, mine in zip(np.array(values)[~near], profit[~near], strict=True):
        gain = mine - best
        assert gain.mean() <= 2 * gain.std(ddof=1) / np.sqrt(len(gain)), value
    assert np.ptp(profit.mean(axis=1)) < 0.05 * profit.mean()
    assert swept.chance_of_being_best[-1] < 0.5
    assert (profit[-1] == profit[-2]).all()


def test_check_says_that_a_threshold_is_out_of_reach(make) -> None:
    market = make(members=10).market
    usual = market.baskets.mean
    above, below = 3.01 * usual, 2.99 * usual
    policy = {"coupons": [coupon(below), coupon(above)], "segments": {"loyal": {"coupons": [coupon(9999)]}}}
    found = notes(make(policy=policy, members=10))
    assert [note.split(":")[0] for note in found] == ["policy.coupons.1", "policy.segments.loyal.coupons.0"]
    assert f"min_spend {above:,.10g} USD is above three usual baskets of this market ({usual:.1f} USD each)" in found[0]
    assert f"set it to {math.floor(300 * usual) / 100} at most" in found[0]
    assert notes(load(BALANCED)) == []
