"""Coupons: whom they reach, when they expire, what they take off; budgets that are spent and never exceeded."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.catalogue import NEVER, PERSONAS
from sim.policies.budgets import UNLIMITED, Budgets
from sim.policies.coupons import allot


def discounted(kept):
    return kept.orders[kept.orders["discount"] > 0]


def first_of_the_day(orders: np.ndarray) -> np.ndarray:
    """Of each member's orders on a day the first: with a coupon a day it is the one that uses it."""
    orders = np.sort(orders, order=["key", "time"])
    again = (orders["key"][1:] == orders["key"][:-1]) & (
        orders["time"][1:].astype(int) == orders["time"][:-1].astype(int)
    )
    return orders[np.r_[True, ~again]]


def test_coupons_expire(make, live) -> None:
    """Handed out on day 10 and every 30 days from it, good for 7: on other days nobody pays less."""
    coupon = {"kind": "percent", "off": 0.2, "every_days": 30, "valid_days": 7, "start_day": 10}
    orders = discounted(live(make(members=5000, days=200, policy={"coupons": [coupon]})))
    days = orders["time"].astype(int)
    assert set(np.unique((days - 10) % 30)) == set(range(7))
    assert days.min() == 10
    full = orders["amount"] + orders["discount"]
    assert (orders["discount"] == np.rint(0.2 * full)).all()


def test_one_coupon_is_used_once(make, live) -> None:
    coupon = {"kind": "percent", "off": 0.2, "every_days": 50, "valid_days": 50}
    orders = discounted(live(make(members=5000, days=200, policy={"coupons": [coupon]})))
    _, counts = np.unique(np.c_[orders["key"], orders["time"] // 50], axis=0, return_counts=True)
    assert counts.max() == 1


def test_coupons_go_to_whom_they_are_meant_for(make, live) -> None:
    coupon = {"kind": "percent", "off": 0.2, "to": "price_sensitive", "every_days": 7, "valid_days": 7}
    kept = live(make(members=5000, days=60, policy={"coupons": [coupon]}))
    tagged = kept.members["tag"] == PERSONAS.index("price_sensitive")
    assert np.isin(discounted(kept)["key"], kept.members["key"][tagged]).all()
    weeks_inside = (np.where(kept.members["left"] == NEVER, 59, kept.members["left"]) // 7 + 1)[tagged]
    assert kept.run.totals["issued"] == weeks_inside.sum()


def test_who_left_holds_no_coupon(make, live) -> None:
    coupon = {"kind": "percent", "off": 0.2, "every_days": 1, "valid_days": 1}
    kept = live(make(members=5000, days=100, policy={"coupons": [coupon], "push": {"per_week": 14, "cap_per_day": 2}}))
    orders = first_of_the_day(kept.orders)
    left = dict(zip(kept.members["key"].tolist(), kept.members["left"].tolist(), strict=True))
    left_on = np.array([left[k] for k in orders["key"].tolist()])
    outside = (left_on != NEVER) & (left_on <= orders["time"])
    assert outside.sum() > 100
    assert (orders["in_pool"] == ~outside).all()
    assert ((orders["discount"] == 0) == outside).all()  # there is one for everybody every day


@pytest.mark.parametrize("top_up", [0.0, 0.4, 0.9])
def test_thresholds_are_met_and_baskets_filled_up(make, live, top_up: float) -> None:
    """A basket is filled up with chance c = top_up (basket / threshold)^3, none below a third.

    Each one that was not stands for c / (1 - c) that were: the difference has mean 0 and variance c / (1 - c) a basket.
    """
    coupon = {"kind": "threshold", "off": 5, "min_spend": 40, "every_days": 1, "valid_days": 1}
    response = {"top_up": top_up, "trust_on_basket": 0.0}
    with_it = live(make(members=20_000, days=100, policy={"coupons": [coupon]}, response=response))
    orders, used = first_of_the_day(with_it.orders), discounted(with_it)
    orders = orders[orders["in_pool"] == 1]
    full = orders["amount"] + orders["discount"]
    assert (used["discount"] == 500).all()
    assert (used["amount"] + used["discount"] >= 4000).all()
    assert ((full < 4000) == (orders["discount"] == 0)).all()
    filled, share = (full == 4000).sum(), full[full < 4000] / 4000
    chance = np.where(share < 1 / 3, 0, top_up * share**3)
    odds = chance / (1 - chance)
    by_itself = 0.001 * len(full)  # a basket of 40.00 by itself is one in thousands
    assert abs(filled - odds.sum()) < 5 * np.sqrt((odds / (1 - chance)).sum()) + by_itself
    assert top_up == 0 or filled > 1000


def test_the_better_coupon_is_kept(make, live) -> None:
    coupon = {"kind": "percent", "every_days": 10, "valid_days": 10}
    pair = [{**coupon, "off": 0.3}, {**coupon, "off": 0.1, "every_days": 5, "valid_days": 5}]
    used = discounted(live(make(members=3000, days=100, policy={"coupons": pair})))
    share = used["discount"] / (used["amount"] + used["discount"])
    first_half = used["time"] % 10 < 5
    assert (share[first_half] > 0.29).mean() > 0.95  # a second order in the same days has none or the next one
    assert set(np.round(share, 1)) == {0.1, 0.3}


def test_a_budget_is_spent_and_never_exceeded(make, live) -> None:
    """Over several blocks and weeks: what one block leaves another uses, until less than one discount is left."""
    coupon = {"kind": "threshold", "off": 7, "min_spend": 20, "every_days": 14, "valid_days": 7, "budget": 4000}
    kept = live(make(members=10_000, days=150, policy={"coupons": [coupon]}), threads=2)
    daily = kept.run.daily
    assert 4000 - 7 < daily["discounts"].sum() <= 4000
    assert kept.run.totals["discounted_orders"] == 4000 // 7
    last = daily["discounts"].to_numpy().nonzero()[0].max()
    assert daily["issued"][:last].sum() > 0
    assert daily["issued"][last + 7 :].sum() == 0  # no more are handed out


def test_a_spent_budget_draws_nobody(make, live) -> None:
    """Later demand is that of a pool that had no coupon: what cannot be redeemed neither lifts nor teaches."""
    coupon = {"kind": "percent", "off": 0.5, "every_days": 1, "valid_days": 20, "budget": 60}
    with_it = live(make(members=4000, days=120, policy={"coupons": [coupon]}))
    without = live(make(members=4000, days=120))
    served = np.isin(without.members["key"], discounted(with_it)["key"])
    assert 0 < served.sum() < 10
    # operational time runs as the calendar's from the second week on; the first week's coupons drew
    drawn = with_it.members["tau"] - 120
    assert (with_it.members["window_demand"][~served & (with_it.members["left"] == NEVER)] == 90).all()
    assert drawn.max() < 7 * 3


def test_each_budget_is_its_own(make, live) -> None:
    coupon = {"kind": "percent", "off": 0.2, "every_days": 7, "valid_days": 7}
    pair = [
        {**coupon, "to": "busy", "budget": 300},
        {**coupon, "to": "sociable", "budget": 900},
        {**coupon, "to": "quality_seeker"},
    ]
    kept = live(make(members=9000, days=100, policy={"coupons": pair}))
    tag = dict(zip(kept.members["key"].tolist(), kept.members["tag"].tolist(), strict=True))
    used = discounted(kept)
    by_tag = np.bincount([tag[k] for k in used["key"].tolist()], used["discount"] / 100, 4)
    for persona, budget in (("busy", 300), ("sociable", 900)):
        spent = by_tag[PERSONAS.index(persona)]
        assert 0.97 * budget < spent <= budget
    assert by_tag[PERSONAS.index("quality_seeker")] > 900
    assert by_tag[PERSONAS.index("price_sensitive")] == 0


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 10**6)), min_size=1, max_size=5),
    st.integers(1, 8),
    st.randoms(use_true_random=False),
)
def test_allotting_loses_nothing(rules: list[tuple[int, int]], blocks: int, chance: Any) -> None:
    remaining, unit = (np.array(column, np.int64) for column in zip(*rules, strict=True))
    eligible = np.array([[chance.randrange(4000) for _ in rules] for _ in range(blocks)], np.int64)
    shares = allot(remaining, unit, eligible)
    assert (shares >= 0).all()
    assert (shares.sum(axis=0) == remaining).all()
    # whole discounts everywhere but in the block that takes the rest
    assert ((shares % unit != 0).sum(axis=0) <= 1).all()
    unlimited = allot(np.array([UNLIMITED]), np.array([1]), eligible[:, :1])
    assert (unlimited == UNLIMITED).all()


def test_the_rest_goes_to_many_blocks_a_use_each() -> None:
    """Fewer uses than blocks: the blocks with most members have one each, and what is less than one is the first one's."""
    eligible = np.array([[10], [40], [20], [40], [30]], np.int64)
    assert allot(np.array([250]), np.array([100]), eligible)[:, 0].tolist() == [0, 150, 0, 100, 0]
    assert allot(np.array([90]), np.array([100]), eligible)[:, 0].tolist() == [0, 90, 0, 0, 0]


def test_a_budget_counts_as_spent_with_a_thousandth_left() -> None:
    large, small = Budgets([5000.0], [100.0], 0), Budgets([500.0], [100.0], 0)  # of 5,000 and of 500 uses of 1 each
    for budgets, least in ((large, 500), (small, 100)):
        for left, funded in ((least, True), (least - 1, False)):
            budgets.settle(np.array([[left]]))
            assert budgets.funded.tolist() == [funded]
