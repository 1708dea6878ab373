"""Equal to the bit: same seed twice, threads, engines, and everybody else when one more member joins."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.baseline import BENEFITS, LINES, TOUCHES, with_budgets
from models.data.orders import read_orders
from models.data.rfm import summarise
from sim.catalogue import BLOCK
from sim.engine.lanes import LANES
from sim.order_log import OrdersInMemory, OrdersToParquet
from sim.policies.benefits import names_by_code
from sim.pool import PoolModel

SEASON = {"months": [1, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1]}
ADVERT = {"channel": "advert", "per_day": 1.5, "cac": 10, "organic": 0.3, "first_order": {"mean_days": 30}, "fit": 0.7}
CARD = {"channel": "package_card", "per_day": 2.25, "buyers": 0.8, "personas": {"busy": 0.5, "sociable": 0.5}}
BLIND = {"kind": "percent", "off": 0.15, "every_days": 20, "valid_days": 6}
BY_TAG = {"kind": "threshold", "off": 5, "min_spend": 25, "to": "price_sensitive", "every_days": 15, "valid_days": 9}
WAKE = {"kind": "percent", "off": 0.3, "to": "silent", "every_days": 7, "valid_days": 7}
GROUPS = {
    "moderated": False,
    "manager_per_month": 60,
    "programme": [
        {"kind": "live", "per_week": 1, "hour": 12, "cost": 8},
        {"kind": "check_in", "per_week": 4, "hour": 9},
        {"kind": "game", "benefit": "vote", "cost_per_group": 2},
        {"kind": "flash_sale", "hour": 15, "benefit": "today"},
        {"kind": "meet_up", "per_week": 0.5, "benefit": "present"},
    ],
}
TODAY = {"today": {"kind": "percent", "off": 0.2, "valid_days": 1}}
EVERYTHING = {
    "acquisition": [ADVERT, CARD],
    "referral": {"market": 1e5, "reward": 2, "outward": "advert", "per_share": 0.6},
    "push": {"per_week": 10, "hour": [9, 12, 20], "cap_per_day": 2, "aim": True, "benefit": "tenth"},
    "content": {"education": 0.4, "emotion": 0.25, "promotion": 0.35},
    "lines": LINES,
    "benefits": with_budgets({})["benefits"] | TODAY,
    "community": GROUPS,
    **TOUCHES,
    "quiet_hours": {"from": 22, "to": 8},
    "account": "friend",
    "tag_lag": 8,
    "coupons": [{**BLIND, "budget": 60}, {**BY_TAG, "budget": 200}, WAKE],
    "membership": {
        "points": 0.02,
        "stacking": "sum",
        "tiers": [
            {"spend": 40, "discount": 0.05},
            {
                "spend": 110,
                "points": 0.04,
                "items": [{"kind": "gift", "worth": 1.5, "every_days": 23, "start_day": 3, "unit_cost": 0.7}],
            },
        ],
    },
    "service": {"bot": 0.3, "bot_per_month": 9, "staff": 0.5, "answers_per_week": 30, "staff_per_month": 70},
    "crisis": {"day": 24, "hit": 0.5, "person": 3, "offer": 6, "offer_cost": 0.7, "closed": 80},
    "guard": {
        "watch": {"click_rate": 0.06, "complaints": 0.01},
        "acts": [
            {"act": "drop_promotions", "on": ["click_rate"]},
            {"act": "survey", "touch": {"anchor": "ordered", "delay": 2, "content": "emotion", "benefit": "tenth"}},
        ],
    },
    "segments": {
        "high_value": {"push": {"per_week": 2}, "coupons": []},
        "new": {"content": {"education": 1.0}},
        "busy": {"push": {"per_week": 3, "channel": "mini_program"}},
        "silent": {
            "push": {"per_week": 1},
            "coupons": [{**BLIND, "budget": 60}, {**BY_TAG, "off": 8, "start_day": 10}],
        },
        "repeat": {"push": {"cap_per_day": 1}},
    },
    "experiments": [
        {
            "name": "coupon",
            "from_day": 20,
            "until_day": 90,
            "coupons": [{**BLIND, "off": 0.25}],
            "push": {"benefit": "vote"},
        },
        {
            "name": "groups",
            "by": "community",
            "share": 0.6,
            "from_day": 50,
            "lines": LINES[:1],
            "content": {"live": 1.0},
        },
    ],
}
COSTS = {"message": 0.02, "tools_per_month": 500}


@pytest.fixture(scope="module")
def busy(make):
    """Every kind of decision at once."""
    changes = {"season": SEASON, "returns": 0.25}
    return make(changes=changes, members=300, days=130, policy=EVERYTHING, costs=COSTS)


@pytest.fixture(scope="module")
def reference(busy, live):
    return live(busy, seed=3, threads=1)


def equal(one, two) -> None:
    """Everything that two runs leave behind is the same to the bit."""
    for name in ("totals", "closing"):
        mine, yours = getattr(one.run, name), getattr(two.run, name)
        for field in mine.dtype.names:
            assert (mine[field] == yours[field]).all(), f"{name} {field}"
    assert one.run.daily.equals(two.run.daily)
    assert one.run.weekly.equals(two.run.weekly) and one.run.alerts.equals(two.run.alerts)
    assert (one.run.cohorts == two.run.cohorts).all()
    assert (one.members == two.members).all()
    assert np.array_equal(one.orders, two.orders)


def test_everything_happens_in_it(reference) -> None:
    """The comparisons below would prove little on an uneventful run."""
    totals, members = reference.run.totals, reference.members
    for name in (
        "joined", "departed", "delivered", "clicks", "complaints", "orders", "first_orders", "discounted_orders",
        "issued", "episodes", "touched", "unsent", "declined", "capped", "surveyed", "chose", "visits", "gifts",
        "benefits_issued", "benefits_used", "benefits_expired", "benefits_replaced", "benefits_lost",
        "groups", "mood", "group_clicks", "live_reads", "live_clicks", "community_cost",
        "points_cost", "items_cost", "tier_discounts", "tier_ups",
        "referrals", "friends_joined", "shared_joined", "rewards",
        "questions", "answered", "service_complaints", "service_cost", "hit", "crisis_cost",
    ):  # fmt: skip
        assert totals[name] > 0, name
    assert set(np.unique(members["segment"] % 6)) == set(range(6)) and (members["segment"] >= 6).any()
    assert reference.run.alerts["act"].notna().any() and reference.run.weekly["policy"].nunique() > 1
    assert set(np.unique(members["persona"])) == set(range(4))
    assert members["lost"].any() and (members["prospect"] == 1).any()


def test_what_is_handed_out_ends_somewhere(reference) -> None:
    """Coupons and benefits: used, run out, replaced, void, gone with who left, or in hand at the end (good or not)."""
    totals, closing = reference.run.totals, reference.run.closing
    ends = [totals[f"benefits_{end}"] for end in ("used", "expired", "replaced", "voided", "lost")]
    assert totals["issued"] + totals["benefits_issued"] == sum(ends) + closing["held"]
    assert totals["benefits_voided"] > 0 and closing["held"] > 0


def test_same_seed_twice(busy, live, reference) -> None:
    equal(live(busy, seed=3, threads=1), reference)


def test_another_seed_differs(busy, live, reference) -> None:
    other = live(busy, seed=4)
    assert other.run.totals["orders"] != reference.run.totals["orders"]
    assert not np.intersect1d(other.members["key"], reference.members["key"]).size


def test_engines_agree(busy, live, reference) -> None:
    equal(live(busy, seed=3, engine="agents"), reference)


def test_engines_agree_on_whom_a_common_budget_reaches(make, live) -> None:
    """One message brings it to members of several arms on the day on which it runs out: first come, first served."""
    gift = {"kind": "gift", "worth": 0.0, "unit_cost": 0.5, "valid_days": 1, "budget": 20.0}
    arms = [{"name": f"arm_{k}", "lines": [{"per_week": 1, "benefit": "gift"}]} for k in range(3)]
    policy = {"benefits": {"gift": gift}, "push": {"per_week": 0}, "experiments": arms}
    scenario = make(members=120, days=25, policy=policy)
    one = live(scenario, seed=0)
    assert one.run.totals["gifts"] == 20.0, "the budget has run out"
    equal(one, live(scenario, seed=0, engine="agents"))


def test_engines_agree_where_members_live_in_tiles(make, live) -> None:
    """Without budgets: several tiles, a part of one, joiners of many days, every segment and kind of coupon."""
    coupons = [{k: v for k, v in c.items() if k != "budget"} for c in EVERYTHING["coupons"]]
    segments = {**EVERYTHING["segments"], "silent": {"push": {"per_week": 20, "cap_per_day": 3}, "coupons": [BY_TAG]}}
    response = {"leave_fatigue": 0.02, "complaint_share": 0.5, "sleeping_dog": 0.03}
    policy = {**EVERYTHING, "coupons": coupons, "benefits": BENEFITS | TODAY, "segments": segments}
    given = {"members": 2 * LANES + 40, "days": 130, "costs": COSTS, "response": response}
    scenario = make(changes={"season": SEASON}, policy=policy, **given)
    alone = live(scenario, seed=3, engine="agents")
    test_everything_happens_in_it(alone)
    equal(live(scenario, seed=3), alone)


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_agree(make, live, threads: int) -> None:
    """Several blocks, budgets among them."""
    scenario = make(changes={"season": SEASON}, members=3 * BLOCK + 17, days=40, policy=EVERYTHING, costs=COSTS)
    one = live(scenario, seed=3, threads=1)
    assert one.run.totals["discounts"] > 0 and one.run.totals["gifts"] > 0
    equal(live(scenario, seed=3, threads=threads), one)


def test_equal_scenarios_differ_by_nothing(make, live) -> None:
    """Written twice, under two names: each measure's difference is exactly 0."""
    policy = {**EVERYTHING, "segments": {}}
    one = live(make(name="a", members=500, days=60, policy=policy))
    two = live(make(name="b", members=500, days=60, policy=dict(reversed(policy.items()))))
    equal(one, two)


def test_the_seed_of_the_scenario_is_the_default(make, live) -> None:
    equal(live(make(members=50, days=20, seed=9)), live(make(members=50, days=20), seed=9))


def all_sent(rows):
    """The same lines or touches, but no account forgets one: who has one account shares what it forgets."""
    return [{**row, "executed": 1.0} for row in rows]


def without_budgets(**changes):
    """Everything but what ties members to each other: budgets, high value, accounts that forget, groups, who refers
    whom, the queue of the service."""
    free = {name: all_sent(rows) for name, rows in TOUCHES.items()}
    free |= {"lines": all_sent(LINES), "benefits": BENEFITS}
    coupons = [{k: v for k, v in c.items() if k != "budget"} for c in EVERYTHING["coupons"]]
    segments = {k: v for k, v in EVERYTHING["segments"].items() if k not in ("high_value", "silent")}
    tests = [
        {"name": "more", "from_day": 30, "push": {"per_week": 12}}
    ]  # drawn by member: a group is who stands together
    apart = {"coupons": coupons, "segments": segments, "experiments": tests}
    apart |= {"community": None, "referral": None, "service": None}
    return {**EVERYTHING, **free, **apart, **changes}


def lives(kept):
    """Records and orders by member, in the order of keys."""
    members = np.sort(kept.members, order="key")
    return members, np.sort(kept.orders, order=["key", "time"])


@pytest.mark.parametrize(
    "more",
    [
        {"acquisition": [ADVERT, CARD, {"channel": "extra", "per_day": 1 / 120}]},  # one joiner, on the 120th day
        {"acquisition": [{"channel": "extra", "per_day": 0.5}, ADVERT, CARD]},  # before the others in the list
        {"acquisition": [ADVERT, {**CARD, "per_day": 3.75}]},  # more through the same channel
    ],
    ids=["one more joiner", "a channel put first", "more a day"],
)
def test_other_lives_stay_as_they_are(make, live, more) -> None:
    """One more acquired member (or many) leaves all other lives equal to the bit, whatever blocks and slots do."""
    given = {"changes": {"season": SEASON}, "members": BLOCK - 100, "days": 130, "costs": COSTS}
    before, orders_before = lives(live(make(policy=without_budgets(), **given), seed=3))
    after, orders_after = lives(live(make(policy=without_budgets(**more), **given), seed=3))
    assert len(after) > len(before) > BLOCK  # the second block begins elsewhere
    mine = np.isin(after["key"], before["key"])
    assert mine.sum() == len(before)
    for field in before.dtype.names:
        if field not in ("channel", "account"):  # its number in the list of channels; who writes follows from her place
            assert (after[field][mine] == before[field]).all(), field
    assert (orders_after[np.isin(orders_after["key"], before["key"])] == orders_before).all()


def test_fewer_founders_are_the_first_of_more(make, live) -> None:
    few, many = (live(make(members=n, days=60, policy=without_budgets(acquisition=[]))).members for n in (100, 5000))
    assert (few == many[:100]).all()


def test_orders_in_parquet_are_those_in_memory(busy, reference, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "orders.parquet"
    with OrdersToParquet(path, busy.start, PoolModel.minor_units, names_by_code(busy.policy)) as log:
        PoolModel(busy, seed=3, orders=log).run()
    assert not list(tmp_path.glob("*.partial"))
    table, orders = pq.read_table(path), reference.orders
    assert table.column_names == ["customer", "time", "amount", "discount", "in_pool", "used", "returned"]
    assert table["customer"].to_pylist() == [str(key) for key in orders["key"]]
    np.testing.assert_array_equal(table["amount"].to_numpy(), orders["amount"] / 100)
    np.testing.assert_array_equal(table["discount"].to_numpy(), orders["discount"] / 100)
    np.testing.assert_array_equal(table["in_pool"].to_numpy(), orders["in_pool"] == 1)
    np.testing.assert_array_equal(table["returned"].to_numpy(), orders["returned"] == 1)
    assert 0.2 < orders["returned"].mean() < 0.35
    keys = list(names_by_code(busy.policy).values())
    assert keys[:4] == ["coupons.0", "coupons.1", "coupons.2", "segments.silent.coupons.1"]
    assert keys[-len(busy.policy.benefits) :] == list(busy.policy.benefits)
    names = names_by_code(busy.policy)
    assert table["used"].to_pylist() == [names[code] if code else None for code in orders["used"].tolist()]
    assert set(table["used"].to_pylist()) > {None, "coupons.0"}
    start = np.datetime64(busy.start, "us")
    days = (table["time"].to_numpy() - start) / np.timedelta64(1, "D")
    np.testing.assert_allclose(days, orders["time"], atol=1e-11)  # a microsecond


def test_written_orders_are_an_export(busy, reference, tmp_path: Path) -> None:
    """models/ reads what a run writes: the same customers, orders and money."""
    path = tmp_path / "orders.parquet"
    with OrdersToParquet(path, busy.start, PoolModel.minor_units) as log:
        PoolModel(busy, seed=3, orders=log).run()
    last = np.datetime64(busy.start, "D") + busy.days
    read = read_orders(path, today=last.astype(object))
    back = reference.orders["returned"] != 0  # each has its refund beside it
    assert read.rows_used == len(reference.orders) + back.sum() and not read.dropped
    summary = summarise(read)
    assert len(summary) == len(np.unique(reference.orders["key"]))
    assert read.to_frame()["amount"].sum() == pytest.approx(reference.orders["amount"][~back].sum() / 100, rel=1e-12)


def test_a_broken_run_leaves_no_file(busy, tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    with pytest.raises(KeyboardInterrupt), OrdersToParquet(path, busy.start, 100) as log:
        log.add(OrdersInMemory().array())
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_keeping_orders_changes_nothing(busy, reference) -> None:
    run = PoolModel(busy, seed=3).run(keep_members=True)
    assert (run.members == reference.members).all()
    assert run.daily.equals(reference.run.daily)


def test_days_alone_and_in_one_go(busy, reference) -> None:
    """`step()` is one day in both engines, and `run` goes on from where it stands."""
    model = PoolModel(busy, seed=3)
    for _ in range(10):
        model.step()
    assert model.day == 10
    told = []
    run = model.run(lambda day, days: told.append((day, days)), keep_members=True)
    assert told == [(day, 130) for day in range(11, 131)]
    assert (run.members == reference.members).all()
    assert run.daily.equals(reference.run.daily)


def test_a_gift_whose_budget_ends_within_a_day(make, live) -> None:
    """Touches and two regular messages bring it at several hours: who gets the last one is the same in both engines."""
    gift = {"kind": "gift", "worth": 1, "unit_cost": 1, "budget": 60}
    line = {"per_week": 5, "hour": 9, "content": "emotion", "benefit": "gift"}
    policy = {
        "acquisition": [{"channel": "card", "per_day": 2, "buyers": 1.0}],
        "benefits": {"gift": gift},
        "push": {"per_week": 3, "hour": 20, "cap_per_day": 3, "benefit": "gift"},
        "lines": [line],
        "welcome": [{"delay": 0, "content": "education", "benefit": "gift"}],
    }
    scenario = make(members=300, days=40, policy=policy)
    compiled, agents = (live(scenario, seed=3, engine=engine) for engine in ("compiled", "agents"))
    assert 50 < compiled.run.totals["gifts"] <= 60
    assert compiled.run.totals == agents.run.totals
    assert (compiled.members == agents.members).all()
