"""Points, tiers, standing: who is of which tier and when, what that adds, takes off and costs, which way it points."""

from typing import Any

import numpy as np
import pytest

from sim.behaviour.membership import has_anniversary
from sim.catalogue import FOUNDER, MINOR_UNITS, NEVER, OTHER_JOINER, WEEK
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.membership import PLAN, Planner, novelty
from sim.policies.policy import Policy
from sim.pool import PoolModel
from sim.replay import replay
from sim.results.metrics import in_use
from sim.results.simulation import simulate
from sim.run import members_frame
from sim.scenario import Scenario
from sim.scenario.export import exported

from .conftest import Kept, lived, made, watched
from .test_direction import falls, rises

PUSH: dict[str, Any] = {"push": {"per_week": 3}}
ITEM = {"kind": "tasting", "worth": 1, "every_days": 30, "unit_cost": 0.5}
TIERS = [{"spend": 60, "discount": 0.05}, {"name": "gold", "spend": 150, "discount": 0.1, "items": [ITEM]}]


def tiered(*tiers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"membership": {"tiers": list(tiers)} | more}


def everybody(**gives: Any) -> dict[str, Any]:
    """A single tier of which everybody who has ever bought is."""
    return tiered({"spend": 0.01, **gives})


# --- the plan ----------------------------------------------------------------------------------------------------------


def test_what_is_new_is_worth_half_after_90_days() -> None:
    item = Policy.model_validate(tiered(TIERS[1] | {"items": [ITEM | {"every_days": 365, "start_day": 7}]})).membership
    assert item is not None
    (new,) = item.tiers[0].items
    assert [novelty(new, day) for day in (6, 7, 97, 187, 372)] == pytest.approx([0, 1, 0.5, 0.25, 1])


def test_the_plan_of_a_week() -> None:
    """Of several items the one worth most today counts; each costs on its own day; none beyond the run."""
    items = [ITEM | {"every_days": 5}, ITEM | {"worth": 0.4, "every_days": 100, "start_day": 9, "unit_cost": 2}]
    scenario = made(members=1, days=12, policy=PUSH | tiered(*TIERS[:1], TIERS[1] | {"items": items}, points=0.1))
    plan, planner = np.zeros(1, PLAN)[0], Planner(scenario)
    planner.write(plan)
    planner.write_week(plan, 0)
    assert (plan["on"], plan["tiers"], plan["adds_up"]) == (1, 2, 0)
    assert plan["needed"][1:3].tolist() == [6000, 15_000] and plan["discount"][:3].tolist() == [0, 0.05, 0.1]
    assert plan["points"][:3] == pytest.approx([0.07] * 3)
    for week, (bits, cost) in enumerate([(0b0100001, [0.5, 0, 0, 0, 0, 0.5, 0]), (0b0001100, [0, 0, 2, 0.5, 0, 0, 0])]):
        planner.write_week(plan, 7 * week)
        assert plan["item_days"] == bits and (plan["item_cost"][:, 2] / 1e6).tolist() == cost
        assert plan["novelty"][2] == pytest.approx(0.5 ** (7 * week % 5 / 90))
        assert (plan["since"], plan["reviewed_on"]) == (7 * week, 7 * week)
    assert not plan["item_cost"][:, 1].any() and plan["novelty"][1] == 0


@pytest.mark.parametrize("since", [7, 3, 1])
def test_each_anniversary_is_met_at_one_review(since: int) -> None:
    """Whatever the rhythm of reviews, also where one comes early (the sample that lives on begins on any day)."""
    member = np.zeros(1, PoolModel(made(members=1, days=1)).member_blocks()[0].dtype)[0]
    for joined in (0, 3, 64):
        member["joined"], member["group"] = joined, OTHER_JOINER
        reviews = [day for day in range(0, 1200, since) if day >= joined]
        met = [day for day in reviews if has_anniversary(member, day, since)]
        assert len(met) == 3 and all(0 <= (day - joined) % 365 < since for day in met)
    member["group"], member["joined"] = FOUNDER, 0
    assert has_anniversary(member, 0, 0) and not has_anniversary(member, 7, 7)


# --- tiers -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept() -> Kept:
    card = [{"channel": "card", "per_day": 2, "buyers": 0.5}]
    return lived(made(members=500, days=420, policy=PUSH | {"acquisition": card} | tiered(*TIERS, points=0.02)))


def test_a_fresh_founder_begins_with_one_usual_basket() -> None:
    model = PoolModel(made(members=400, days=7, policy=PUSH | tiered(*TIERS)))
    (members,) = model.member_blocks()
    usual = 100 * 6.25 / members["basket_rate"].astype(float)
    assert members["year_spend"] == pytest.approx(usual, abs=1)
    expected = (members["year_spend"] >= 6000).astype(int) + (members["year_spend"] >= 15_000)
    model.step()
    assert (members["tier"] == expected).all() and {0, 1} <= set(expected.tolist())
    assert model.today["tier_ups"] == 0, "who is given a tier has not risen"


def test_an_exports_last_year_decides_the_first_tier() -> None:
    scenario = made("cdnow", members=0, founding="from_export", orders="cdnow", days=1, policy=PUSH | tiered(*TIERS))
    past = exported("cdnow", None)
    assert past["last_year"].max() > 150 and (past["last_year"] == 0).any()
    run = PoolModel(scenario, seed=3).run(keep_members=True)
    assert run.members is not None
    expected = [(past["last_year"] >= spend).sum() for spend in (60, 150)]
    assert [(run.members["tier"] >= k).sum() for k in (1, 2)] == expected


def test_the_last_year_of_an_export_is_what_was_paid_in_its_last_365_days(tmp_path) -> None:
    export = tmp_path / "orders.csv"
    rows = [
        "a,2023-01-01,20",
        "a,2024-01-01,8",
        "a,2024-01-02,30",
        "a,2024-06-01,40",
        "a,2024-06-02,-15",
        "b,2023-01-02,9",
        "c,2024-12-31,7",
    ]
    export.write_text("customer,date,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert exported(str(export), None)["last_year"].tolist() == [55.0, 0.0, 7.0]


def test_tiers_follow_what_was_paid_since_the_last_anniversary(kept: Kept) -> None:
    """Members by their orders: who joined in the run and stayed until the last review is of the tier that her spend earned,
    and nobody falls before an anniversary."""
    members, orders = kept.members, kept.orders
    last = 419 // WEEK * WEEK
    for member in members[(members["group"] != FOUNDER) & (members["left"] == NEVER) & (members["joined"] > 60)]:
        mine = orders[(orders["key"] == member["key"]) & (orders["time"] < last)]
        paid = mine["amount"].sum()
        assert member["tier"] == int(paid >= 6000) + int(paid >= 15_000)
        assert member["year_spend"] == orders["amount"][orders["key"] == member["key"]].sum()
    daily = kept.run.daily
    assert daily["tier_downs"].iloc[:360].sum() == 0 and daily["tier_downs"].iloc[360:].sum() > 5
    assert daily["tier_ups"].sum() > 100 and (daily["tier_ups"].to_numpy()[np.arange(420) % 7 != 0] == 0).all()


def test_tiers_partition_the_pool(kept: Kept) -> None:
    end, totals = kept.run.closing, kept.run.totals
    assert end["tier_members"].sum() == end["pool"] and end["tier_tenured"].sum() == end["tenured"]
    assert end["tier_gone"].sum() == end["tenured_left"] + end["tenured_silent"]
    assert totals["tier_days"].sum() == pytest.approx(totals["pool"], rel=0.01)  # who leaves between reviews
    inside = kept.orders[kept.orders["in_pool"] != 0]
    assert totals["tier_sales"].sum() == pytest.approx(inside["amount"].sum() / MINOR_UNITS)


def test_who_is_of_a_tier_gets_what_is_meant_for_it(make) -> None:
    """A greeting to gold reaches gold alone: nobody whose tier was always lower."""
    greeting = {"birthday": [{"delay": 0, "content": "emotion", "to": "tier2"}]}
    run = lived(make(members=600, days=364, policy=tiered(*TIERS) | greeting))
    reached = run.members["last_sent"] != NEVER
    assert reached.sum() > 30 and (run.members["tier"][reached] == 2).all()
    coupons = {"coupons": [{"kind": "percent", "off": 0.3, "every_days": 7, "valid_days": 7, "to": "tier1"}]}
    totals = lived(make(members=600, days=63, policy=tiered(*TIERS) | coupons)).run.totals
    assert totals["tier_days"][1] / 7 * 0.8 < totals["issued"] <= totals["tier_days"][1] / 7 + 1


# --- money -------------------------------------------------------------------------------------------------------------


def test_points_cost_what_is_redeemed_of_them(make) -> None:
    kept = lived(make(members=400, days=120, policy=PUSH | {"membership": {"points": 0.04, "redeemed": 0.5}}))
    inside = kept.orders[kept.orders["in_pool"] != 0]
    totals = kept.run.totals
    assert totals["points_cost"] == pytest.approx(0.02 * inside["amount"].sum() / MINOR_UNITS, rel=1e-6)
    assert totals["discounts"] == 0 == totals["tier_discounts"]
    gross = kept.orders["amount"].sum() / MINOR_UNITS
    assert totals["contribution"].sum() == pytest.approx(0.5 * gross - totals["points_cost"], rel=1e-9)
    assert totals["discounts_by_tag"].sum() == pytest.approx(totals["points_cost"])


def test_money_adds_up_by_member(make, monkeypatch) -> None:
    """Undiscounted, what each member brought less her value is what she cost; this sums to the costs, also by cohort."""
    monkeypatch.setattr("sim.world.YEARLY_DISCOUNT", 0.0)
    card = [{"channel": "card", "per_day": 2, "buyers": 0.5}]
    policy = PUSH | {"acquisition": card} | tiered(*TIERS, points=0.05)
    kept = lived(make(members=300, days=150, policy=policy, costs={"message": 0.02}))
    members, orders, totals = np.sort(kept.members, order="key"), kept.orders, kept.run.totals
    place = np.searchsorted(members["key"], orders["key"])
    earned = np.bincount(place, 0.5 * (orders["amount"] + orders["discount"]) - orders["discount"], len(members)) / 100
    cost = earned - members["value"]
    costs = [totals[name] for name in ("message_cost", "points_cost", "items_cost")]
    assert cost.min() > -1e-6 and cost.sum() == pytest.approx(sum(costs), rel=1e-9) and min(costs) > 0
    assert totals["contribution"].sum() == pytest.approx(members["value"].sum(), rel=1e-9)
    assert kept.run.cohorts[:, 0].sum() == pytest.approx(members["value"][members["group"] != FOUNDER].sum(), rel=1e-9)


def test_a_tiers_discount_is_taken_off_every_order_in_the_pool(make) -> None:
    kept = lived(make(members=400, days=120, policy=everybody(discount=0.1), response={"leave_base": 0.01}))
    orders, totals = kept.orders, kept.run.totals
    inside, gross = orders["in_pool"] != 0, orders["amount"] + orders["discount"]
    assert (np.abs(orders["discount"] - 0.1 * gross)[inside] <= 0.5001).all() and 0 < inside.sum() < len(orders)
    assert (orders["discount"][~inside] == 0).all() and (orders["used"] == 0).all()
    assert totals["tier_discounts"] == totals["discounts"] > 0 == totals["discounted_orders"]


@pytest.mark.parametrize(("off", "stacking", "taken"), [
    (0.2, "best", 0.2), (0.05, "best", 0.1), (0.1, "best", 0.1), (0.2, "sum", 0.3), (0.05, "sum", 0.15), (0.95, "sum", 1.0),
])  # fmt: skip
def test_a_coupon_beside_a_tiers_discount(make, off: float, stacking: str, taken: float) -> None:
    """best: the larger; a coupon that takes no more off stays in hand. sum: both, never more than the basket."""
    coupons = {"coupons": [{"kind": "percent", "off": off, "every_days": 1, "valid_days": 30}]}
    policy = coupons | tiered({"spend": 0.01, "discount": 0.1}, stacking=stacking)
    kept = lived(make(members=300, days=60, policy=policy))
    inside = kept.orders[kept.orders["in_pool"] != 0]
    share, used = inside["discount"] / (inside["amount"] + inside["discount"]), inside["used"] != 0
    assert share[used] == pytest.approx(taken, abs=0.002) and share[~used] == pytest.approx(0.1, abs=0.002)
    uses = taken > 0.1 + 1e-9
    assert len(inside) > 200 and (used.mean() > 0.95 if uses else not used.any())  # a day's second order has none
    assert kept.run.totals["benefits_used"] == kept.run.totals["discounted_orders"] == used.sum()
    lift = kept.members["coupon_lift"][kept.members["coupon"] != 0]
    assert (lift > 1e-9).any() == uses, "what takes no more off draws nobody"


def test_what_is_new_costs_each_member_of_the_tier(make) -> None:
    items = [ITEM | {"every_days": 10, "start_day": 5, "unit_cost": 0.25}]
    kept = lived(make(members=300, days=40, policy=everybody(items=items), response={"leave_base": 0.005}))
    daily = kept.run.daily
    days = [5, 15, 25, 35]
    assert (np.flatnonzero(daily["items_cost"]) == days).all()
    before = daily["pool"].shift(1)[days]  # before those leave who leave that day
    assert daily["items_cost"][days].to_numpy() == pytest.approx(0.25 * before.to_numpy())


# --- what it adds to demand --------------------------------------------------------------------------------------------


def test_standing_is_what_is_known_of_the_tier(make) -> None:
    """standing = qbar b_standing (price_appeal money + novelty_appeal novelty), qbar about her chance of reading."""
    model = PoolModel(make(members=500, days=140, policy=PUSH | everybody(discount=0.1, points=0.02, items=[ITEM])))
    while model.day < 134:
        model.step()
    (members,) = model.member_blocks()
    inside = members[members["left"] == NEVER]
    response = model.scenario.response
    people = [getattr(response.personas, name) for name in ("price_sensitive", "quality_seeker", "sociable", "busy")]
    price, new = (
        np.array([getattr(p, f"{kind}_appeal") for p in people])[inside["persona"]] for kind in ("price", "novelty")
    )
    fresh = 0.5 ** (133 % 30 / 90)
    expected = inside["qbar"] * response.standing * (price * (0.1 + 0.7 * 0.02) + new * fresh)
    assert inside["standing"] == pytest.approx(expected, rel=1e-5)
    read = model.datacollector.get_model_vars_dataframe()[["reads", "delivered"]].iloc[70:].sum()
    assert inside["qbar"].mean() == pytest.approx(read["reads"] / read["delivered"], rel=0.15)


def test_who_hears_nothing_is_not_moved(make) -> None:
    """Without a message points and items cost, and not one order comes of them; early access for nothing changes no life."""
    without, silent = (
        lived(make(members=400, days=200, policy=policy)) for policy in ({}, everybody(points=0.05, items=[ITEM]))
    )
    assert (silent.members["orders"] == without.members["orders"]).all() and (silent.members["standing"] == 0).all()
    assert silent.run.totals["points_cost"] > 0 < silent.run.totals["items_cost"]
    policy = everybody(items=[ITEM | {"unit_cost": 0}])
    for name in ("orders", "value", "tau", "trust"):
        same = lived(make(members=400, days=200, policy=policy)).members[name]
        assert (same == without.members[name]).all(), name


def pool(policy: dict[str, Any], days: int = 365) -> np.ndarray:
    run = PoolModel(made(members=12_000, days=days, policy=PUSH | policy), threads=1).run(keep_members=True)
    assert run.members is not None
    return run.members


@pytest.fixture(scope="module")
def untiered() -> np.ndarray:
    return pool({})


def test_something_new_draws_those_who_like_new_things(untiered: np.ndarray) -> None:
    """MODEL2 section 5: a tier's items lift orders, more so of quality seekers than of the price sensitive; points, the
    other way about. (Operational time is compared: orders are its thresholds.)"""
    new = pool(everybody(items=[ITEM | {"worth": 1.5, "unit_cost": 0}]))
    money = pool({"membership": {"points": 0.1, "redeemed": 1.0}})
    gain = {}
    for name, these in (("new", new), ("money", money)):
        rises(untiered["tau"], these["tau"])
        relative = (these["tau"] - untiered["tau"]) / untiered["tau"].mean()
        gain[name] = [relative[untiered["persona"] == persona] for persona in (0, 1)]
    for what, (price_sensitive, quality_seeker) in gain.items():
        less, more = (price_sensitive, quality_seeker) if what == "new" else (quality_seeker, price_sensitive)
        error = np.hypot(*(own.std() / np.sqrt(len(own)) for own in (less, more)))
        assert more.mean() - less.mean() > 5 * error, what


def test_a_standing_discount_spoils_those_who_buy_often(untiered: np.ndarray) -> None:
    """E14, E15: 20 % off for whoever has ever bought makes a habit of it: who buys often ends the year with the habit of
    coupons, and orders less in operational time than without it; what is new for tiers makes none."""
    discounted, new = pool(everybody(discount=0.2)), pool(everybody(items=[ITEM]))
    often = untiered["orders"] >= 8
    assert often.sum() > 1000
    rises(untiered["habit"][often], discounted["habit"][often])
    assert (new["habit"] == 0).all()
    quick = {"response": {"standing": 1.0}}
    spoiled = PoolModel(made(members=12_000, days=365, policy=PUSH | everybody(discount=0.02), **quick), threads=1)
    falls(untiered["tau"][often], spoiled.run(keep_members=True).members["tau"][often])


def test_an_order_at_the_tiers_price_is_a_part_of_a_coupons(make) -> None:
    """Its habit is up by b_standing of a coupon's step, and down by the rest of a full-price order's; nothing is brought
    forward."""
    scenario = make(members=300, days=30, policy=everybody(discount=0.1))
    kept = lived(scenario)
    r, inside = scenario.response, kept.members[kept.members["left"] == NEVER]
    once = inside[inside["orders"] == 1]
    assert len(once) > 30 and once["habit"] == pytest.approx(r.standing * r.habit_up)
    twice = inside[inside["orders"] == 2]["habit"]
    first = r.standing * r.habit_up
    assert twice == pytest.approx(first + first * (1 - first) - (1 - r.standing) * r.habit_down * first)
    assert (kept.members["pull"] == 0).all()


# --- the log, measures, words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stacking", ["best", "sum"])
def test_a_run_replays_itself(make, stacking: str) -> None:
    """A log that names the coupons, and one that has nothing but amounts and discounts: the same members come out, since
    what a tier takes off is known."""
    policy: dict[str, Any] = {
        "push": {"per_week": 3, "benefit": "eighth"},
        "benefits": {"eighth": {"kind": "percent", "off": 0.08, "valid_days": 5}},
    }
    scenario = make(members=200, days=120, policy=policy | tiered(*TIERS, points=0.02, stacking=stacking))
    kept, events = watched(scenario, seed=4)
    assert kept.run.totals["benefits_used"] > 20 < kept.run.totals["tier_discounts"]
    lost = kept.members["key"][kept.members["lost"] == 1]
    bare = events.orders.copy()
    bare["used"] = 0
    for log in (events, events._replace(orders=bare)):
        again = replay(scenario, log, seed=4, lost=lost)
        for name in ("tier", "year_spend", "qbar", "standing", "habit", "coupon", "trust", "clicks"):
            assert (again.members[name] == kept.members[name]).all(), name
        assert again.members["tau"] == pytest.approx(kept.members["tau"], abs=1e-8)


def test_measures_by_tier(kept: Kept) -> None:
    scenario = kept.run.scenario
    told = simulate(scenario).measures
    shares = [told[f"tier_{k}_members"] for k in range(3)]
    assert sum(shares) == pytest.approx(1) and min(shares) > 0.02 and told["tier_3_members"] == 0
    assert told["tier_0_paid"] < told["tier_1_paid"] < told["tier_2_paid"] and told["tier_3_paid"] is None
    assert told["tier_0_churn"] > told["tier_2_churn"] > 0
    assert told["tier_rises"] > told["tier_falls"] > 0
    assert min(told[f"{what}_per_member"] for what in ("points_cost", "tier_discounts", "tier_items_cost")) > 0
    names = in_use([scenario])
    assert "tier_2_paid" in names and "tier_3_paid" not in names and "points_cost_per_member" in names
    assert not any("tier" in name for name in in_use([made(members=1)]))
    frame = members_frame(kept.run)
    assert (frame["tier"] == kept.members["tier"]).all() and "tier" not in members_frame(
        lived(made(members=2, days=2)).run
    )


def scenario_of(**policy: Any) -> Scenario:
    return made(members=100, days=364, policy=policy)


def test_tiers_are_explained(make) -> None:
    wish = {"birthday": [{"delay": 0, "content": "emotion", "to": "tier2"}]}
    told = explained(scenario_of(**PUSH, **wish, **tiered(*TIERS, points=0.02)))
    assert "policy.birthday.0: on her birthday, to members of tier 2, one to one, at 20 h, emotion" in told
    assert told[-3:] == [
        "policy.membership: 2 % of what is paid comes back as points, of which 70 % are redeemed, where a tier's discount "
        "meets a coupon or benefit, an order gets the larger",
        "policy.membership.tiers.0: tier 1, from 60 USD paid within a year on, 5 % off every order",
        "policy.membership.tiers.1: tier 2 (gold), from 150 USD paid within a year on, 10 % off every order, a tasting "
        "worth 1 every 30 days, 0.5 USD a member, also policy.birthday.0",
    ]
    chinese = explained(scenario_of(**PUSH, **tiered(*TIERS, points=0.02)), "zh")
    assert chinese[-1].endswith(
        "等级2（gold），一年内实付满 150 USD，每单减 10%，每 30 天一次新品试吃试用，新奇程度 1，每位会员成本 0.5 USD"
    )


def test_what_a_planner_should_know_of_tiers() -> None:
    wish = {"birthday": [{"delay": 0, "content": "emotion", "to": "tier3"}]}
    nobody = "policy.birthday.0: reaches nobody: "
    assert f"{nobody}policy.membership has 2 tiers, so there is no tier 3" in notes(
        scenario_of(**wish, **tiered(*TIERS))
    )
    one = scenario_of(**wish, **tiered(TIERS[0]))
    assert f"{nobody}policy.membership has one tier, so there is no tier 3" in notes(one)
    assert f"{nobody}there is no tier 3; write tiers into policy.membership" in notes(scenario_of(**wish))
    assert any("只有 1 个等级" in note for note in notes(one, "zh"))
    empty = scenario_of(**PUSH, membership={})
    assert [note for note in notes(empty) if "membership" in note] == [
        "policy.membership: has neither points nor tiers, so it does nothing; give it points or tiers, or leave it out"
    ]
    assert not any("does nothing" in note for note in notes(scenario_of(**PUSH, membership={"points": 0.01})))
    silent = "policy.membership: nobody is written to"
    assert any(note.startswith(silent) for note in notes(scenario_of(**tiered(*TIERS))))
    assert not any(note.startswith(silent) for note in notes(scenario_of(**PUSH, **tiered(*TIERS))))
    (dear,) = [n for n in notes(scenario_of(**PUSH, **everybody(discount=0.45, points=0.2))) if "membership" in n]
    assert dear.startswith("policy.membership.tiers.0: gives 53 % of every order away, more than the margin of 50 %")
