"""Measures over some days of a run: over all of it they are the run's, over a part of it what its orders and members say."""

import numpy as np
import pytest

from sim.behaviour.breakdown import CLICKS, DELIVERED
from sim.catalogue import FOUNDER, MINOR_UNITS, NEVER
from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.results import beside_public
from sim.results.metrics import Account, measures
from sim.results.simulation import counterfactual
from sim.results.windows import NAMES, OF_THE_REGISTRY, OF_WINDOWS, Sights, Window, days_of, measured

POLICY = {
    "acquisition": [
        {"channel": "card", "per_day": 4, "cac": 3, "buyers": 0.7},
        {"channel": "advert", "reached_per_day": 50, "conversion": 0.04, "cost_per_reached": 0.5},
    ],
    "push": {"per_week": 3, "benefit": "ten"},
    "benefits": {
        "ten": {"kind": "percent", "off": 0.1, "valid_days": 7},
        "sample": {"kind": "trial", "worth": 1, "unit_cost": 1, "valid_days": 7},
    },
    "welcome": [{"delay": 0, "content": "education", "benefit": "sample"}],
    "wake_up": [{"delay": 90, "content": "promotion", "benefit": "sample"}],
    "community": {"programme": [{"kind": "ugc"}]},
    "segments": {"busy": {"push": {"per_week": 1}}},
}
WHOLE, PART = Window(0, 203), Window(80, 154)  # 154 days are 22 weeks


@pytest.fixture(scope="module")
def seen(make):
    """Sights of one pool, and its orders."""
    orders = OrdersInMemory()
    scenario = make(members=1500, days=days_of([WHOLE, PART]), policy=POLICY)
    return Sights(PoolModel(scenario, threads=1, orders=orders), [WHOLE, PART]), scenario, orders.array()


def test_a_window_over_all_days_measures_what_the_run_does(seen) -> None:
    sights, scenario, _ = seen
    run = PoolModel(scenario, threads=1).run()
    of_the_run = measures(Account(run, run), [*OF_THE_REGISTRY, "wake_up_rate"])
    own = sights.account(WHOLE)
    assert {name: measured(own, name) for name in of_the_run} == of_the_run
    assert all(value is not None for value in of_the_run.values())


def test_what_only_a_window_has_by_hand(seen) -> None:
    sights, scenario, orders = seen
    a, daily = sights.account(PART), PoolModel(scenario, threads=1).run().daily
    first, end = PART
    within = daily.iloc[first:end]
    assert measured(a, "orders_per_year") == pytest.approx(within["pool_orders"].sum() / within["pool"].sum() * 365)
    assert measured(a, "pool_sales") == pytest.approx(within["pool_sales"].sum())
    assert measured(a, "conversion_per_push") == pytest.approx(within["converted"].sum() / within["delivered"].sum())
    members = sights.account(WHOLE).at_end
    there = (members["joined"] < first) & ((members["left"] == NEVER) | (members["left"] >= first))
    bought = there & (members["bought_at"] != NEVER) & (members["bought_at"] < first)
    again = orders["key"][(orders["time"] >= first) & (orders["time"] < end)]
    assert measured(a, "repurchase_in_window") == np.isin(members["key"][bought], again).mean()
    came = (members["joined"] >= first) & (members["joined"] < end) & (members["group"] != FOUNDER)
    still = (members["left"] == NEVER) | (members["left"] >= end)
    assert measured(a, "newcomers_in_pool") == (came & still).sum()
    paid = orders["amount"] * (1 - orders["returned"])
    mine = np.isin(orders["key"], members["key"][came]) & (orders["time"] < end)
    advertising = 74 * (4 * 3 + 50 * 0.5)
    assert measured(a, "attributed_sales_per_advertising") == pytest.approx(
        paid[mine].sum() / MINOR_UNITS / advertising
    )
    assert measured(a, "joined_of_reached") == pytest.approx(0.04)
    assert measured(a, "cac") == pytest.approx(advertising / came.sum())


def test_novelties_are_used_by_who_got_them(seen) -> None:
    sights, _, orders = seen
    own = sights.account(WHOLE)
    used = own.total["benefits_used"] - own.total["discounted_orders"]
    assert 0 < used < own.total["novelties"]
    assert measured(own, "novelty_use") == used / own.total["novelties"]
    assert measured(own, "coupon_redemption") == (orders["discount"] > 0).sum() / (
        own.total["issued"] + own.total["benefits_issued"] - own.total["novelties"]
    )


def test_activity_of_all_places_counts_leavers_as_silent(seen) -> None:
    """The last week by hand; every week of the window is in the mean."""
    sights, _, _ = seen
    own = sights.account(WHOLE)
    members = own.at_end
    talked = (members["left"] == NEVER) & (members["last_talk"] >= WHOLE.end - 7)
    assert own.talked[-1] == (talked.sum(), len(members)) and (members["left"] != NEVER).any()
    assert len(own.talked) == 29
    assert measured(own, "activity_7_days_of_all") == pytest.approx(np.mean([t / n for t, n in own.talked]))
    assert Window(92, 182).week_ends == [105, 112, 119, 126, 133, 140, 147, 154, 161, 168, 175, 182]


def test_a_silence_counts_where_it_can_be_followed(seen) -> None:
    """Silences that reach day 90 in the window less its last 14 days, and the wakings of these."""
    sights, _, _ = seen
    own = sights.account(PART)
    woken = sum(own.daily["woken_after"][lag : lag + 60, lag].sum() for lag in range(15))
    assert len(own.daily) == 74 and own.daily["episodes"][:60].sum() > 20
    assert measured(own, "wake_up_rate") == woken / own.daily["episodes"][:60].sum()
    assert measured(sights.account(WHOLE), "wake_up_rate") != measured(own, "wake_up_rate")


def test_clicks_of_a_segment_are_those_of_whole_weeks(seen) -> None:
    sights, _, _ = seen
    own = sights.account(PART)  # 80 to 154: weeks 12 to 21
    counted = own.by_segment[12:22, own.segments.index("busy")].sum(axis=0)
    assert measured(own, "click_rate", "busy") == counted[CLICKS] / counted[DELIVERED]
    assert measured(own, "click_rate", "busy") < measured(own, "click_rate")


def test_every_measure_of_a_window_is_defined_here(seen) -> None:
    sights, _, _ = seen
    values = {name: measured(sights.account(PART), name) for name in NAMES}
    assert [name for name, value in values.items() if value is None] == []
    assert len(set(NAMES)) == len(NAMES) == len(OF_WINDOWS) + len(OF_THE_REGISTRY)


def test_members_beside_the_public(make) -> None:
    """With nothing done the effect is 1; the naive multiple of those who stay and talk has who they are in it."""
    window = Window(0, 140)
    idle = make(members=1000, days=140)
    lived = Sights(PoolModel(idle, seed=5, threads=1), [window])
    told = beside_public.multiples(lived, lived, idle, window, ("members",), 5)
    assert told["members"].effect == 1.0 and told["members"].naive == pytest.approx(1.0, rel=0.2)
    busy = make(members=1000, days=140, policy={"push": {"per_week": 5}, "content": {"education": 1.0}})
    with_it = Sights(PoolModel(busy, seed=5, threads=1), [window])
    alone = Sights(PoolModel(busy.no_operations(), seed=5, threads=1), [window])
    told = beside_public.multiples(with_it, alone, busy, window, ("members", "active_talkers"), 5)
    talks = with_it.account(window).at_end["clicks"] >= beside_public.ACTIVE_TALKS
    assert 10 < talks.sum() < 900
    assert told["active_talkers"].effect > told["members"].effect > 1.0


def test_a_public_customer_is_left_alone(make) -> None:
    """What the multiple is of: newcomers of the first day, over the days of the window."""
    scenario = make(members=10, days=300, policy={"push": {"per_week": 5}})
    public = beside_public.public_customers(scenario.model_copy(update={"days": 90}), 5, 1)
    assert public.scenario.days == 90 and not public.totals["delivered"]
    run = counterfactual(make(members=20_000, days=90), seed=6)
    mine, theirs = (each.totals["sales"] / 20_000 for each in (public, run))
    assert mine == pytest.approx(theirs, rel=0.05)
