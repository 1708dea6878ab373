"""Benefits, touches, what keeps messages back: what is handed out ends somewhere, money adds up, measures count so."""

import numpy as np
import pytest

from sim import run as running
from sim.catalogue import ANCHORS, FOUNDER, MINOR_UNITS, NEVER, OTHER_JOINER
from sim.order_log import OrdersInMemory, OrdersToAll
from sim.policies import in_use as parts
from sim.policies import touches
from sim.policies.benefits import names_by_code
from sim.policies.coupons import Planner
from sim.policies.policy import Policy
from sim.policies.touches import TOUCH, wakes_from
from sim.pool import PoolModel
from sim.records import COSTS as COST_COUNTS
from sim.results.metrics import Account, in_use, measures
from sim.results.simulation import counterfactual, simulate, uses, without_benefits
from sim.run import members_frame

from .everything import COSTS, POLICY, RESPONSE

DAYS = 150
OF_OPERATIONS = (
    "message_cost",
    "gifts",
    "community_cost",
    "service_cost",
    "crisis_cost",
)  # what members cost beside discounts
OF_SERVICE = ("service_cost", "crisis_cost")
ENDS = ("used", "expired", "replaced", "voided", "lost")


@pytest.fixture(scope="module")
def full(make):
    return make(members=250, days=DAYS, policy=POLICY, costs=COSTS, response=RESPONSE)


@pytest.fixture(scope="module")
def lived(full, live):
    return live(full, seed=5, threads=1)


@pytest.fixture(scope="module")
def account(full):
    log, used = OrdersInMemory(), uses()
    run = PoolModel(full, seed=5, orders=OrdersToAll(log, used)).run()
    return Account(run, counterfactual(full, 5), without_benefits(full, used, 5)), log.array()


def test_the_policy_does_everything(lived) -> None:
    """What is counted below happens."""
    totals = lived.run.totals
    for name in (
        "issued", "benefits_issued", "novelties", "gifts", "discounts", "touched", "unsent", "declined", "capped", "chose",
        "surveyed", "visits", "benefits_soon", "complaints", "episodes", "joined", "departed",
        *(f"benefits_{end}" for end in ENDS),
    ):  # fmt: skip
        assert totals[name] > 0, name
    held = {names_by_code(lived.run.scenario.policy)[code] for code in np.unique(lived.orders["used"]) if code}
    assert held == {"coupons.0", "coupons.1", *POLICY["benefits"]}


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_what_is_handed_out_ends_somewhere(full, live, engine) -> None:
    """Benefits handed out = used + expired + replaced + voided + lost with leavers + held, with budgets, in both engines."""
    run = live(full, seed=5, engine=engine).run
    totals, end = run.totals, run.closing
    ended = sum(totals[f"benefits_{name}"] for name in ENDS)
    assert totals["issued"] + totals["benefits_issued"] == ended + end["held"]
    assert end["held"] > 0


def test_what_the_cap_keeps_back_does_not_depend_on_touches(make, live) -> None:
    """A touch that nobody gets changes nothing, the messages over the cap among it."""
    lines = [{"per_week": 5, "channel": "group"}, {"per_week": 3, "hour": 9, "content": "live"}]
    policy = {"push": {"per_week": 7, "hour": 12}, "lines": lines}
    never = {"touches": [{"anchor": "ordered", "delay": 3000, "content": "live"}]}
    one, two = (live(make(members=250, days=60, policy=policy | more), seed=5) for more in ({}, never))
    assert one.run.totals["capped"] == two.run.totals["capped"] > 0.4 * one.run.totals["delivered"]
    assert one.run.totals.tobytes() == two.run.totals.tobytes()


def test_a_gift_in_hand_outlives_its_budget(make, live) -> None:
    """All of a budget goes in the first weeks; the gifts are used long after, by who has had them since."""
    gift = {"kind": "gift", "worth": 3, "unit_cost": 4, "valid_days": 365, "budget": 400}
    policy = {"push": {"per_week": 2, "benefit": "present"}, "benefits": {"present": gift}}
    totals, daily = (run := live(make(members=250, days=DAYS, policy=policy), seed=5).run).totals, run.daily
    assert 90 <= totals["benefits_issued"] <= 100 and totals["gifts"] == 4 * totals["benefits_issued"]
    last = daily.index[daily["benefits_issued"] > 0].max()
    assert last < 30 and daily["benefits_used"].iloc[last + 14 :].sum() > 10
    assert totals["benefits_voided"] == 0


def test_budgets_hold(lived) -> None:
    """What was taken off or paid for with each stays within its budget, and some are spent."""
    benefits, used = lived.run.scenario.policy.benefits, lived.orders["used"]
    spent = {}
    for code, name in names_by_code(lived.run.scenario.policy).items():
        spent[name] = lived.orders["discount"][used == code].sum() / MINOR_UNITS
        if name in benefits and benefits[name].kind in ("trial", "early_access"):
            spent[name] += benefits[name].unit_cost * (used == code).sum()
    assert spent["coupons.0"] <= 60 and spent["spring"] <= 90 and spent["early"] <= 20
    assert spent["coupons.0"] + spent["spring"] > 100
    gifts = lived.run.totals["gifts"]  # of the rest two are paid for when they are used, two when they are handed out
    assert (
        spent["sample"] + spent["early"]
        < gifts
        <= spent["sample"] + spent["early"] + 120 + 0.1 * (lived.run.totals["benefits_issued"])
    )


def test_money_adds_up_by_day_group_and_cohort(lived) -> None:
    run, orders = lived.run, lived.orders
    gross = (orders["amount"] + orders["discount"]) / MINOR_UNITS
    day = np.floor(orders["time"]).astype(int)
    margin = np.round(0.5 * gross * 1e6) / 1e6
    by_day = np.bincount(day, margin, DAYS) - run.daily[list(COST_COUNTS)].sum(axis=1).to_numpy()
    np.testing.assert_allclose(run.daily["contribution"], by_day, atol=1e-6)
    assert set(COST_COUNTS) == {
        "message_cost",
        "discounts",
        "gifts",
        "community_cost",
        "points_cost",
        "items_cost",
        *OF_SERVICE,
        "event_cost",
    }
    assert run.daily["discounts"].sum() == pytest.approx(orders["discount"].sum() / MINOR_UNITS)
    joiners = run.totals["contribution"][FOUNDER + 1 :].sum()
    assert run.cohorts[:, 0].sum() == pytest.approx(joiners, rel=1e-12)
    assert run.totals["contribution"].sum() == pytest.approx(by_day.sum(), rel=1e-12)


def test_money_adds_up_by_member(full, monkeypatch) -> None:
    """Undiscounted, each member's value is her orders' margin less discounts and what she cost; this sums to the costs."""
    monkeypatch.setattr("sim.world.YEARLY_DISCOUNT", 0.0)
    assert running.YEARLY_DISCOUNT == 0.1
    log = OrdersInMemory()
    run = PoolModel(full, seed=5, orders=log).run(keep_members=True)
    orders, members = log.array(), np.sort(run.members, order="key")
    place = np.searchsorted(members["key"], orders["key"])
    earned = np.bincount(
        place, (0.5 * (orders["amount"] + orders["discount"]) - orders["discount"]) / 100, len(members)
    )
    cost = earned - members["value"]
    assert cost.min() > -1e-6
    assert cost.sum() == pytest.approx(sum(run.totals[name] for name in OF_OPERATIONS), rel=1e-9)
    for group in range(FOUNDER, OTHER_JOINER + 1):
        value = members["value"][members["group"] == group].sum()
        assert value == pytest.approx(run.totals["contribution"][group], rel=1e-9)
        assert value == pytest.approx(run.closing["value"][group], rel=1e-9)


def test_money_measures_have_each_cost_once(account) -> None:
    run, orders = account[0].run, account[1]
    m, totals = measures(account[0]), run.totals
    tools = 60 * 12 / 365 * DAYS
    days = np.arange(DAYS)
    by_card = run.daily["joined"].sum() - totals["friends_joined"] - totals["shared_joined"]
    by_card -= sum(np.floor((days + 1) * 0.75) - np.floor(days * 0.75))
    by_advert = run.daily["joined"].sum() - totals["friends_joined"] - totals["shared_joined"] - by_card
    acquisition = 4 * by_card + 10 * by_advert + totals["rewards"]
    operations = totals["discounts"] + sum(totals[name] for name in OF_OPERATIONS) + tools
    gross = (orders["amount"] + orders["discount"]).sum() / MINOR_UNITS
    assert m["spend"] == pytest.approx(operations + acquisition, rel=1e-9)
    assert m["contribution"] == pytest.approx(0.5 * gross - operations, rel=1e-6)
    assert m["profit"] == pytest.approx(m["contribution"] - acquisition, rel=1e-9)
    assert m["benefit_cost_per_order"] == pytest.approx((totals["discounts"] + totals["gifts"]) / len(orders))
    assert m["benefit_cost_per_member"] == pytest.approx((totals["discounts"] + totals["gifts"]) / m["members"])


def test_uses_are_those_of_the_log(account) -> None:
    run, orders = account[0].run, account[1]
    m, used = measures(account[0]), orders[orders["used"] != 0]
    handed_out = run.totals["issued"] + run.totals["benefits_issued"]
    assert run.totals["benefits_used"] == len(used) == account[0].without_benefits.used
    assert m["benefit_use"] == pytest.approx(len(used) / handed_out)
    money_off = handed_out - run.totals["novelties"]
    assert m["coupon_redemption"] == pytest.approx((orders["discount"] > 0).sum() / money_off)
    early = np.floor(used["time"]) - used["coupon_from"] < 7
    followed = used["coupon_from"] <= DAYS - 7
    given = run.daily["issued"] + run.daily["benefits_issued"]
    assert m["benefit_use_7_days"] == pytest.approx((early & followed).sum() / given[: DAYS - 6].sum())
    assert (early & ~followed).any() and (used["coupon_from"] <= used["time"]).all()


def test_without_benefits_the_messages_stay(full, account) -> None:
    bare = account[0].without_benefits.run
    for name in ("issued", "benefits_issued", "discounts", "gifts", "benefits_used"):
        assert bare.totals[name] == 0, name
    for name in ("touched", "unsent", "surveyed", "chose"):
        assert bare.totals[name] > 0, name
    assert bare.totals["delivered"] == pytest.approx(account[0].run.totals["delivered"], rel=0.05)
    m = measures(account[0])
    gained = account[0].run.totals["orders"] - bare.totals["orders"]
    assert m["orders_gained"] == pytest.approx(gained / account[0].run.totals["benefits_used"])
    assert 0 < m["bought_anyway"] < 1
    operated = account[0].run.totals["orders"] - account[0].counterfactual.totals["orders"]
    assert m["orders_gained_per_1000_messages"] == pytest.approx(1000 * operated / account[0].run.totals["delivered"])


def test_a_benefit_that_moves_nobody_is_bought_anyway(make) -> None:
    """A trial that nobody cares for leaves the lives as they are: every use would have been an order."""
    personas = {name: {"novelty_appeal": 0.0} for name in ("price_sensitive", "quality_seeker", "sociable", "busy")}
    policy = {"push": {"per_week": 3, "benefit": "try"}, "benefits": {"try": {"kind": "trial", "worth": 1}}}
    scenario = make(members=300, days=120, policy=policy, response={"personas": personas, "pull_depth": 0.0})
    m = simulate(scenario, seed=2).measures
    assert m["benefit_use"] > 0 and m["coupon_redemption"] is None
    assert (m["bought_anyway"], m["orders_gained"]) == (1.0, 0.0)


def test_messages_due_are_delivered_or_kept_back(make, live) -> None:
    """One a day to everybody in the pool, which half of the accounts forget: due is one a member and day."""
    mass = {"per_week": 7, "channel": "mass", "cap_per_day": 1}
    done = simulate(make(members=3000, days=60, policy={"push": mass}), seed=3)
    totals, daily = done.run.totals, done.run.daily
    due = (daily["pool"] + daily["departed"]).sum()  # who leaves today has had today's messages
    assert totals["delivered"] + totals["unsent"] == due
    assert done.measures["not_sent"] == pytest.approx(totals["unsent"] / due)
    assert done.measures["not_sent"] == pytest.approx(0.5, abs=0.1)
    assert done.measures["messages_per_month"] == pytest.approx(totals["delivered"] / daily["pool"].sum() * 365 / 12)
    assert (done.measures["declined"], done.measures["capped"], done.measures["touches_per_month"]) == (0, 0, 0)


def row_of(delay: int, every: int = 0, times: int = 1, anchor: str = "silent") -> np.ndarray:
    row = np.zeros(1, TOUCH)
    row["message"]["executed"] = 1.0
    row["anchor"], row["delay"], row["every"], row["times"] = ANCHORS.index(anchor), delay, every, times
    return row


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        ([], 90),
        ([row_of(30)], 90),  # an early touch; who is silent for 90 days has not answered it
        ([row_of(90), row_of(94)], 90),
        ([row_of(120), row_of(100)], 100),
        ([row_of(30, 25, 4)], 105),  # 30, 55, 80, 105
        ([row_of(120, anchor="ordered")], 90),
    ],
)
def test_waking_counts_from_the_first_touch_to_the_silent(rows, day) -> None:
    assert wakes_from(np.concatenate([np.zeros(0, TOUCH), *rows]), 351) == day


@pytest.mark.parametrize(
    ("row", "days", "wakes"),
    [
        ({"delay": 120}, 135, 120),
        ({"delay": 120}, 134, 90),  # nobody can be followed for 14 days after it
        ({"delay": 400}, 365, 90),
        ({"delay": 30, "every": 90, "times": 5}, 365, 120),
        ({"delay": 120, "to": "silent"}, 365, 120),  # whoever is silent for 120 days is of that stage
        ({"delay": 120, "to": "busy"}, 365, 90),
        ({"delay": 120, "to": "high_value"}, 365, 90),
        ({"delay": 120, "from_order": 1}, 365, 90),
        ({"delay": 120, "executed": 0}, 365, 90),
        ({"delay": 120, "channel": "mass"}, 365, 120),
    ],
)
def test_only_a_touch_that_all_the_silent_can_get_moves_the_day_of_waking(make, row, days, wakes) -> None:
    planner = touches.Planner(make(members=1, days=days, policy={"wake_up": [{"content": "live", **row}]}))
    plan = np.zeros(1, touches.PLAN)[0]
    planner.write_week(plan, 0)
    assert plan["wakes_from"] == wakes


@pytest.mark.parametrize("delay", [90, 110])
def test_who_answers_a_wake_up_at_once_is_woken(make, live, delay) -> None:
    """Nobody orders, visits or leaves, so all are silent until the touch: episodes are the pool, the woken who clicked."""
    market = {"rhythm": {"r": 0.8, "alpha": 1e7, "a": 0.8, "b": 2.5}}
    response = {"leave_base": 0, "leave_early": 0, "leave_fatigue": 0, "sleeping_dog": 0, "visit": 0}
    wake = {"wake_up": [{"delay": delay, "content": "emotion"}, {"delay": delay + 20, "content": "emotion"}]}
    run = live(make(changes=market, members=2000, days=140, policy=wake, response=response), seed=3).run
    at_once = run.daily["clicks"].iloc[delay]
    assert run.totals["episodes"] == 2000
    assert run.totals["woken"] == at_once > 100
    assert run.totals["clicks"] >= at_once


# --- tables --------------------------------------------------------------------------------------------------------------


def test_the_members_table_says_what_each_has_and_wants(lived) -> None:
    frame, end, policy = members_frame(lived.run), lived.run.closing, lived.run.scenario.policy
    inside = frame["left"].isna()
    assert frame["in_hand"].notna().sum() == end["held"]
    assert set(frame["in_hand"].dropna()) <= set(names_by_code(policy).values())
    assert (frame["in_hand_until"].dropna() >= DAYS).all()
    assert (frame["in_hand"].notna() == frame["latent_in_hand_known"].notna()).all()
    assert frame.loc[inside, "messages_wanted"].notna().sum() == end["chose"]
    assert set(frame["messages_wanted"].dropna()) <= {7 / 30, 1, 2, 3, 4, 7}
    assert frame["visits"].sum() == lived.run.totals["visits"]
    known = frame.loc[inside, "believed_taste"]
    assert known.notna().sum() == end["tagged"]
    assert (known == frame.loc[inside, "latent_taste"]).sum() == end["tagged_rightly"]
    assert frame["last_complaint"].notna().sum() == (lived.members["complained"] != NEVER).sum() > 0
    assert (frame["last_click"].notna() == (frame["clicks"] > 0)).all()


def test_keys_of_coupons_are_in_the_order_of_their_codes(make) -> None:
    """A coupon of a segment that is one of the base, too, is the same rule; one written twice is two."""
    blind = {"kind": "percent", "off": 0.1, "every_days": 9, "valid_days": 3}
    policy = {"coupons": [blind, blind], "segments": {"silent": {"coupons": [blind, {**blind, "off": 0.3}]}}}
    scenario = make(members=1, policy=policy)
    assert list(names_by_code(scenario.policy).values()) == ["coupons.0", "coupons.1", "segments.silent.coupons.1"]
    assert len(Planner(scenario).targets) == 3


USED = {
    "touches_per_month": {"birthday": [{"delay": 0, "content": "emotion"}]},
    "not_sent": {"push": {"per_week": 1, "channel": "mass"}},
    "declined": {"welcome": [{"delay": 1, "content": "emotion", "consent": True}]},
    "tags_right": {"push": {"per_week": 1, "aim": True}},
    "benefit_use": {"coupons": [{"kind": "percent", "off": 0.1, "every_days": 9, "valid_days": 3}]},
    "coupon_redemption": {
        "push": {"per_week": 1, "benefit": "b"}, "benefits": {"b": {"kind": "percent", "off": 0.1}},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", USED)
def test_a_measure_is_shown_where_its_part_is_used(make, name) -> None:
    bare, using = make(members=1, policy={"push": {"per_week": 2}}), make(members=1, policy=USED[name])
    assert name not in in_use([bare]) and name in in_use([using]) and name in in_use([bare, using])
    aimed = bare.with_changes({f"targets.{name}": "> 0"})
    assert name in in_use([aimed]), "a target is always shown"


def test_novelties_alone_take_no_money_off() -> None:
    vote = {"b": {"kind": "vote", "worth": 1}}
    policy = Policy(push={"per_week": 1, "benefit": "b"}, benefits=vote)
    assert parts.hands_out(policy) and not parts.takes_money_off(policy)
    unused = Policy(push={"per_week": 1}, benefits=vote)
    assert not parts.hands_out(unused), "no message brings it"
