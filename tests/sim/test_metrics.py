"""Measures: one definition each, checked against a count by hand on the members and orders of a run."""

import math

import numpy as np
import pytest

from sim.catalogue import NEVER
from sim.order_log import OrdersInMemory, OrdersToAll
from sim.pool import PoolModel
from sim.results.metrics import REGISTRY, Account, cohort_curve, measures
from sim.results.metrics.by_channel import by_channel
from sim.results.simulation import counterfactual, simulate, uses, without_benefits
from sim.scenario import load
from sim.scenario.measures import MEASURES
from sim.words import WORDS

SMALL = {
    "name": "small",
    "market": {
        "margin": 0.4,
        "rhythm": {"r": 0.6, "alpha": 20.0, "a": 0.7, "b": 2.5},
        "baskets": {"p": 6.0, "q": 4.0, "v": 20.0},
    },
    "members": 1500,
    "days": 200,
    "seed": 7,
    "policy": {
        "acquisition": [
            {"channel": "card", "per_day": 6, "cac": 9, "buyers": 1.0, "organic": 0.3},
            {"channel": "advert", "per_day": 4.5, "cac": 20, "cac_growth": 0.5, "first_order": {"mean_days": 20}},
            {"channel": "walk_in", "per_day": 1, "buyers": 0.5},
        ],
        "push": {"per_week": 5},
        "coupons": [{"kind": "percent", "off": 0.15, "to": "all", "every_days": 14, "valid_days": 5}],
    },
    "costs": {"message": 0.02, "tools_per_month": 300},
}


@pytest.fixture(scope="module")
def lived():
    scenario = load(SMALL)
    log, used = OrdersInMemory(), uses()
    run = PoolModel(scenario, orders=OrdersToAll(log, used)).run(keep_members=True)
    account = Account(run, counterfactual(scenario), without_benefits(scenario, used))
    return scenario, run, log.array(), measures(account), account


def test_registry_and_scenario_know_the_same_measures():
    assert {name: m.kind for name, m in REGISTRY.items()} == MEASURES


def test_every_measure_is_defined_in_words_and_in_chinese():
    for measure in REGISTRY.values():
        assert len(measure.definition) > 15
        assert WORDS.chinese(measure.label)


def test_no_measure_is_nan(lived):
    for name, value in lived[3].items():
        assert value is None or math.isfinite(value), name


def test_what_the_run_does_not_reach_is_infinite_and_not_undefined():
    dear = [{"channel": "advert", "per_day": 4, "cac": 5000}]
    for days in (20, 100):
        m = simulate(SMALL | {"members": 50, "days": days, "policy": {"acquisition": dear}}).measures
        assert m["payback_days"] == math.inf


def test_orders_and_sales_are_those_of_the_log(lived):
    _, run, orders, m, _ = lived
    years = (200 - run.members["joined"]).sum() / 365
    assert m["orders"] == len(orders)
    assert m["sales"] == pytest.approx(orders["amount"].sum() / 100, rel=1e-12)
    assert m["orders_per_year"] == pytest.approx(len(orders) / years, rel=1e-12)
    assert m["average_basket"] == pytest.approx(orders["amount"].mean() / 100, rel=1e-12)


def test_money_adds_up(lived):
    _scenario, run, orders, m, _account = lived
    gross = (orders["amount"] + orders["discount"]).sum() / 100
    discounts = orders["discount"].sum() / 100
    messages = 0.02 * run.totals["delivered"]
    tools = 300 * 12 / 365 * 200
    day = np.arange(200)
    advert = sum((math.floor((d + 1) * 4.5 + 1e-9) - math.floor(d * 4.5 + 1e-9)) * 20 * 1.5 ** (d / 365) for d in day)
    acquisition = 6 * 200 * 9 + advert
    assert m["spend"] == pytest.approx(discounts + messages + tools + acquisition, rel=1e-9)
    assert m["contribution"] == pytest.approx(0.4 * gross - discounts - messages - tools, rel=1e-9)
    assert m["profit"] == pytest.approx(m["contribution"] - acquisition, rel=1e-9)
    joiners = 6 * 200 + 900 + 200
    assert m["joiners"] == joiners
    assert m["cac"] == pytest.approx(acquisition / joiners, rel=1e-9)
    assert m["paid_cac"] == pytest.approx(acquisition / (joiners - 200), rel=1e-9)
    assert m["ltv_cac"] == pytest.approx(m["ltv"] / m["cac"], rel=1e-12)


def test_roi_takes_off_what_would_have_come_anyway(lived):
    *_, m, account = lived
    without = account.counterfactual.totals["contribution"]
    assert m["roi"] == pytest.approx((m["profit"] - without[0] - without[1]) / m["spend"], rel=1e-12)
    on_operations = m["spend"] - account.acquisition
    assert m["roi_operations"] == pytest.approx((m["contribution"] - without.sum()) / on_operations, rel=1e-12)


def test_counterfactual_has_no_operations(lived):
    nothing = lived[4].counterfactual.totals
    assert nothing["delivered"] == nothing["issued"] == nothing["discounts"] == 0
    assert nothing["joined"] == lived[1].totals["joined"]


def test_churn_is_left_or_silent_of_the_tenured(lived):
    _, run, _, m, _ = lived
    members = run.members[200 - run.members["joined"] >= 90]
    left = members["left"] != NEVER
    silent = ~left & (199 - members["last_seen"] >= 90)
    assert m["left_share"] == pytest.approx(left.mean())
    assert m["silent_share"] == pytest.approx(silent.mean())
    assert m["churn"] == pytest.approx((left | silent).mean())
    assert m["lost_share"] == pytest.approx(members["lost"].mean())


def test_repurchase_and_first_orders_are_those_of_the_log(lived):
    _scenario, run, orders, m, _ = lived
    by_member = {}
    for order in orders:
        by_member.setdefault(int(order["key"]), []).append(float(order["time"]))
    gaps, converted, prospects, again, base = [], 0, 0, 0, 0
    for member in run.members:
        times = by_member.get(int(member["key"]), [])
        came_as_prospect = bool(member["kept"] & 16)
        start = float(member["joined"])
        if came_as_prospect:
            if 200 - member["joined"] >= 30:
                prospects += 1
                converted += bool(times) and math.floor(times[0]) - member["joined"] < 30
            if not times:
                continue
            start, times = times[0], times[1:]
        gaps += list(np.diff([start, *times]))
        first_day = math.floor(start)
        if 200 - first_day > 90:
            base += 1
            again += bool(times) and math.floor(times[0]) - first_day <= 90
    assert m["first_order_conversion"] == pytest.approx(converted / prospects)
    assert m["repurchase_rate"] == pytest.approx(again / base)
    assert m["repurchase_interval"] == pytest.approx(np.mean(gaps), rel=1e-4)  # days are kept in single precision


def test_cohort_curve_pools_the_cohorts_followed(lived):
    """Month k holds days 30 (c + k) to 30 (c + k + 1) of cohort c, for the cohorts followed through it."""
    _, run, *_ = lived
    joined = run.daily["joined"].to_numpy()
    tools = 300 * 12 / 365 / run.daily["pool"].to_numpy()
    for k in (0, 3, 5):
        money = people = 0.0
        for c in range(6 - k):
            for day in range(30 * (c + k), 30 * (c + k + 1)):
                money += run.cohorts[day, 0, c] - tools[day] * run.cohorts[day, 1, c]
            people += joined[30 * c : 30 * c + 30].sum()
        assert cohort_curve(run)[k] == pytest.approx(money / people)
    assert run.cohorts[:, 0].sum() == pytest.approx(run.totals["contribution"][1:].sum())


def test_undefined_is_none():
    nobody_joins = SMALL | {"policy": {}, "members": 300, "days": 20, "costs": {}}
    m = simulate(nobody_joins).measures
    for name in ("ltv", "cac", "ltv_cac", "roi", "d7_retention", "churn", "read_rate", "bought_anyway", "payback_days"):
        assert m[name] is None, name
    assert m["ltv_founders"] > 0


def test_bought_anyway_compares_with_the_same_lives_without_coupons(lived):
    """Gross: redemptions whose member has an order of her own on the coupon's days. Net: orders gained a redemption."""
    scenario, _, orders, m, account = lived
    log = OrdersInMemory()
    bare = scenario.with_changes({"policy.coupons": []})
    without = PoolModel(bare, orders=log).run()
    assert without.totals["issued"] == 0
    own: dict[int, list[float]] = {}
    for order in log.array():
        own.setdefault(int(order["key"]), []).append(float(order["time"]))
    redeemed = orders[orders["discount"] > 0]
    anyway = 0
    for order in redeemed:  # windows of one rule do not overlap here: 5 days of every 14
        first = 14 * (math.floor(order["time"]) // 14)
        days = [t for t in own.get(int(order["key"]), []) if first <= t < first + 5]
        if days:
            own[int(order["key"])].remove(days[0])
            anyway += 1
    assert len(redeemed) == account.total["discounted_orders"]
    assert m["bought_anyway"] == pytest.approx(anyway / len(redeemed))
    gained = len(orders) - len(log.array())
    assert m["orders_gained"] == pytest.approx(gained / len(redeemed))
    assert m["benefit_use"] == m["coupon_redemption"] == pytest.approx(len(redeemed) / account.total["issued"])


def test_payback_joins_cohorts_as_ratios_to_their_cost(lived):
    """At each age what the cohorts followed to it earned, over what these cohorts cost; the last passage of 1."""
    scenario, run, *_, m, _ = lived
    tools = 300 * 12 / 365 / run.daily["pool"].to_numpy()
    day = np.arange(200)
    advert = [(math.floor((d + 1) * 4.5 + 1e-9) - math.floor(d * 4.5 + 1e-9)) * 20 * 1.5 ** (d / 365) for d in day]
    cost = 6 * 9 + np.array(advert)
    ages, share = [0.0], [0.0]
    for k in range(6):
        money = spent = 0.0
        for c in range(6 - k):
            span = slice(30 * (c + k), 30 * (c + k + 1))
            money += (run.cohorts[span, 0, c] - tools[span] * run.cohorts[span, 1, c]).sum()
            spent += cost[30 * c : 30 * c + 30].sum()
        ages.append(30 * k + 15.0)
        share.append(share[-1] + money / spent)
    above = next(k for k in range(7) if all(s >= 1 for s in share[k:]))
    expected = np.interp(1.0, share[above - 1 : above + 1], ages[above - 1 : above + 1])
    assert m["payback_days"] == pytest.approx(expected)
    assert REGISTRY["payback_days"].followed(scenario) == 200.0


def test_ltv_and_cac_by_channel_add_up_to_the_measures(lived):
    """With tools, and a part of the pool as with all of it; the channel with joiners who cost nothing has no LTV/CAC."""
    _, run, _, measured, account = lived
    parts = by_channel(run).set_index("channel")
    assert list(parts.index) == ["card", "advert", "walk_in"]
    assert parts["joiners"].sum() == run.closing["joiners"] and parts["spend"].sum() == pytest.approx(
        account.acquisition
    )
    for name in ("cac", "ltv"):
        assert np.average(parts[name], weights=parts["joiners"]) == pytest.approx(measured[name], rel=1e-6), name
    assert math.isnan(parts.loc["walk_in", "ltv_cac"])
    assert parts.loc["card", "cac"] == pytest.approx(9) and parts.loc["advert", "cac"] > 20
    some = PoolModel(load(SMALL | {"members": 3000, "lives": 1500})).run(keep_members=True)
    pool = by_channel(some)
    assert pool["joiners"].sum() == pytest.approx(some.closing["joiners"])
    assert (pool["ltv"] * pool["joiners"]).sum() == pytest.approx(
        Account(some, some).lifetime_value[1:].sum(), rel=1e-6
    )
    with pytest.raises(ValueError, match="keep_members"):
        by_channel(PoolModel(load(SMALL | {"members": 5, "days": 1})).run())
