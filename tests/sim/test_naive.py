"""Naive differences: where nothing is done the effect on the same lives is 0, whatever is published."""

import json

import numpy as np
import pytest

from sim import compare, load, simulate
from sim.catalogue import MINOR_UNITS, NEVER
from sim.order_log import OrdersInMemory
from sim.outputs.written import compared, simulated
from sim.pool import PoolModel
from sim.results import experiments_told, naive, report
from sim.results.looks import Looks
from sim.results.metrics.chosen import newcomers_value
from sim.scenario import Scenario

CARD = {"channel": "card", "per_day": 4, "buyers": 1.0, "meets": "repeat_parcel"}
OLD = {"shop_age": 1500}
PUSH = {"push": {"per_week": 3}, "content": {"education": 1.0}}


def by_name(records):
    return {(record["comparison"], record["outcome"]): record for record in records}


def test_where_nothing_is_done_nothing_has_an_effect(make) -> None:
    """The active order more and members of a repeat parcel are better customers; it is none of the brand's doing."""
    idle = make(changes=OLD, members=400, days=180, policy={"acquisition": [CARD]})
    records = by_name(naive.of(idle, threads=1))
    assert set(records) == {
        *(("members_public", outcome) for outcome in ("orders_per_year", "sales_per_year", "ltv")),
        *(("active_others", outcome) for outcome in ("orders_per_year", "sales_per_year")),
    }
    assert {record["effect"] for record in records.values()} == {0.0}
    assert records["active_others", "orders_per_year"]["difference"] > 0.5
    assert records["members_public", "orders_per_year"]["difference"] > 0.2


def test_what_was_not_asked_for_has_no_rows(make) -> None:
    """Frames with the columns that they have otherwise."""
    plain = simulate(make(members=20, days=20, policy=PUSH), threads=1)
    assert len(plain.naive) == len(plain.experiments) == 0
    tried = {"experiments": [{"name": "more", "push": {"per_week": 7}}]}
    asked = simulate(make(members=60, days=20, policy=PUSH | tried), threads=1, naive_differences=True)
    assert len(asked.naive) > 0 and set(asked.naive_records[0]) == set(plain.naive)
    assert len(asked.experiments) > 0 and set(asked.experiment_records[0]) == set(plain.experiments)
    assert plain.naive.query("comparison == 'before_after'").empty and list(asked.naive) == list(plain.naive)


def test_a_phase_is_taken_away_with_those_that_build_on_it(make) -> None:
    """The third uses what the second brings; the first is never in force, since both begin with one review."""
    phases = [
        {"from_day": 8, "policy": {"push": {"per_week": 5}}},
        {"from_day": 14, "policy": {"benefits": {"y": {"kind": "percent", "off": 0.2}}}},
        {"from_day": 28, "policy": {"push": {"benefit": "y"}}},
    ]
    s = make(members=60, days=56, policy=PUSH, phases=phases)
    records = [record for record in naive.of(s, threads=1) if record["comparison"] == "before_after"]
    assert [(record["day"], record["days"]) for record in records] == [(14, 14)] * 2 + [(28, 14)] * 2


def test_beside_what_is_done_the_effect_is_smaller(make) -> None:
    s = make(changes=OLD, members=2000, days=180, policy=PUSH | {"acquisition": [CARD]})
    records = by_name(naive.of(s, threads=1))
    for outcome in ("orders_per_year", "sales_per_year"):
        active = records["active_others", outcome]
        assert 0 < active["effect"] < active["difference"]
    own = records["members_public", "orders_per_year"]
    assert own["with"] == pytest.approx(own["one"], rel=0.05) and own["without"] < own["with"]


def test_the_active_are_looked_at_on_a_review(make) -> None:
    """By hand from the log of orders: within a week a block has lived the whole of it, so another morning is refused."""
    s, log = make(members=600, days=180, policy=PUSH), OrdersInMemory()
    model = PoolModel(s, threads=1, orders=log)
    looks = Looks(model, naive.days_looked_at(s))
    own = by_name(naive.read(model.run(looks, keep_members=True), looks, 1))["active_others", "orders_per_year"]
    assert own["day"] == 84 and own["days"] == 96
    seen, orders = looks.on[84], log.array()
    active = seen["key"][(seen["left"] == NEVER) & (seen["last_seen"] >= 84 - 30)]
    later = np.isin(orders["key"], active) & (orders["time"] >= 84)
    assert own["one"] == pytest.approx(later.sum() / len(active) / 96 * 365)
    with pytest.raises(ValueError, match=r"no review is held on the mornings of \[30\]"):
        Looks(PoolModel(s, threads=1), {30})


def test_members_are_those_in_the_pool_at_the_end(make) -> None:
    """By hand: orders since joining, of those inside, over their years."""
    s = make(members=800, days=120, policy=PUSH | {"acquisition": [CARD | {"meets": "everyone"}]})
    run = simulate(s, threads=1, naive_differences=True)
    members = run.run.members
    inside = members[members["left"] == NEVER]
    years = (120 - inside["joined"].astype(float)).sum() / 365
    own = by_name(run.naive_records)["members_public", "orders_per_year"]
    assert own["one"] == pytest.approx(inside["orders"].sum() / years)
    sales = by_name(run.naive_records)["members_public", "sales_per_year"]
    assert sales["one"] == pytest.approx(inside["spend"].sum() / MINOR_UNITS / years)
    assert own["other"] == pytest.approx(_public_orders(s), rel=0.05)
    assert list(run.naive["comparison"].unique()) == ["members_public", "active_others"]


def _public_orders(scenario) -> float:
    """Orders a year of a newcomer in her first 120 days, E(t) of BG/NBD."""
    from models.families.bg_nbd import BGNBD

    rhythm = scenario.market.rhythm
    known = BGNBD.known(rhythm.r, rhythm.alpha, rhythm.a, rhythm.b)
    return float(known.expected_purchases_new(np.array([120.0]))[0]) / 120 * 365


def test_before_and_after_is_the_season_too(make) -> None:
    """Sales peak after day 90: what was changed on that day had no part in it."""
    season = {"months": [1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1]}
    run = PoolModel(make(changes={"season": season}, members=2000, days=180, start="2025-01-01")).run()
    orders, sales = naive.before_and_after(run, run, 90)
    assert (orders["days"], orders["day"]) == (90, 90)
    assert orders["difference"] > 0.3 and sales["difference"] > 0.3
    assert orders["effect"] == sales["effect"] == 0.0
    after = run.daily[90:180]
    assert orders["one"] == pytest.approx(after["pool_orders"].sum() / after["pool"].sum() * 365)
    assert sales["one"] == pytest.approx(after["pool_sales"].sum() / after["pool"].sum() * 365)


@pytest.mark.skipif("phases" not in Scenario.model_fields, reason="a scenario has one policy throughout")
def test_each_phase_has_its_days_before_and_after(make) -> None:
    """What changed nothing has no effect, however sales went on; what writes more often has one."""
    same, more = {"from_day": 54, "policy": {}}, {"from_day": 98, "policy": {"push": {"per_week": 7}}}
    s = make(members=2000, days=180, policy=PUSH)
    records = naive.of(s.with_changes({"phases": [same, more]}), threads=1)
    told = [record for record in records if record["comparison"] == "before_after"]
    assert [(record["day"], record["days"]) for record in told] == [(56, 42), (56, 42), (98, 42), (98, 42)]
    assert told[0]["effect"] == told[1]["effect"] == 0.0 and told[0]["difference"] != 0.0
    assert told[2]["effect"] > 0.0


def test_sales_in_the_pool_and_their_share(make, live) -> None:
    kept = live(make(members=600, days=120, policy=PUSH | {"push": {"per_week": 20, "cap_per_day": 4}}))
    inside = kept.orders[kept.orders["in_pool"] == 1]
    total = kept.run.totals
    assert total["pool_sales"] == pytest.approx(inside["amount"].sum() / MINOR_UNITS)
    assert 0.5 < total["pool_sales"] / total["sales"] < 1
    measured = simulate(kept.run.scenario, threads=1).measures
    assert measured["private_share"] == pytest.approx(total["pool_sales"] / total["sales"])
    assert measured["ltv_times_public"] == pytest.approx(measured["ltv_member"] / newcomers_value(kept.run.scenario))


def test_it_is_told_in_a_report_in_json_and_in_words(make) -> None:
    s = make(members=300, days=120, policy=PUSH, replicates=2)
    done = simulate(s, threads=1, naive_differences=True)
    assert json.loads(json.dumps(simulated(done)))["naive"] == done.naive_records
    for lang, start in (
        ("en", "members in the pool at the end against public customers: "),
        ("zh", "结束时在池会员与公域客户："),
    ):
        texts = experiments_told.naive_sentences(done.naive_records, "USD", lang)
        assert len(texts) == len(done.naive_records) == 5 and texts[0].startswith(start)
    result = compare([s], replicates=2, jobs=1, fixed_response=True, naive_differences=True)
    assert compared(result)["scenarios"][0]["naive"] == result.naive_records["test"] != []
    assert "What would be published" in report.html(result)
    without = compare([s], replicates=2, jobs=1, fixed_response=True)
    assert without.naive_records == {} and "What would be published" not in report.html(without)


def test_where_goods_leave_nothing_no_multiple_is_told() -> None:
    """At a margin of 0 a public customer is worth nothing, and nothing is a multiple of that; the rest is told as ever."""
    beauty = load("scenarios/balanced.yaml").with_changes({"market.margin": 0.0, "name": "none"})
    carded = beauty.with_changes({"name": "carded", "policy.acquisition": [CARD], "market.shop_age": 1500})
    result = compare([beauty, carded], members=60, days=30, replicates=2, jobs=1)
    for measure in ("ltv_times_public", "value_multiple", "value_multiple_by_selection"):
        assert result.values("carded", measure) == [None, None], measure
    assert None not in result.values("none", "ltv_member") and max(result.values("none", "ltv_member")) <= 0
    for lang in ("en", "zh"):
        assert "<html" in report.html(result, lang)
