"""A crisis: whom it hits, how deep trust falls, what healing takes; and orders that come back, in every sum."""

import math
from typing import Any

import numpy as np
import pytest

from sim import draws
from sim.catalogue import MINOR_UNITS, NEVER
from sim.policies.crisis import Crisis
from sim.pool import PoolModel
from sim.replay import replay
from sim.results.metrics import in_use
from sim.results.simulation import simulate

from .conftest import Kept, lived, made
from .test_direction import falls

TAUGHT = {"push": {"per_week": 3}, "content": {"education": 1.0}}
IN_TIME: dict[str, Any] = {"day": 30, "hit": 0.4, "person": 1, "offer": 4, "notice": 24, "closed": 48}
TOO_LATE = IN_TIME | {"person": 9, "offer": 40, "notice": 90, "closed": 120}


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({}, 0.0),
        ({"person": 1.5}, 0.125),
        ({"bot_first": True, "person": 0.1}, 0.25),
        ({"offer": 8, "notice": 36, "closed": 96}, (0 + 1 + 0.5 + 1) / 4),
        ({"person": 0, "offer": 0, "notice": 0, "closed": 0}, 0.0),
        ({"person": 99, "offer": 99, "notice": 99, "closed": 200}, 1.0),
    ],
)
def test_how_late_it_is(changes: dict[str, Any], late: float) -> None:
    crisis = Crisis(**(IN_TIME | changes))
    assert crisis.late == pytest.approx(late)
    assert crisis.returns == pytest.approx(1 + 2 * late)
    assert crisis.closes_on == 30 + int(crisis.closed // 24)


@pytest.mark.parametrize("crisis", [IN_TIME, TOO_LATE], ids=["in time", "too late"])
def test_how_deep_it_cuts_and_what_heals(crisis: dict[str, Any]) -> None:
    """On its day the trust of those whom it hits, by their key, moves min(0.9, crisis_loss (0.5 + late)) of the way to -1;
    closed, crisis_heal (1 - late) of the way to 1; all others live on as before. Nobody is written to on those days here."""
    late = Crisis(**crisis).late
    quiet = {"trust_on_attention": 0.0, "visit": 0.0}
    policy = {"push": {"per_week": 0}, "crisis": crisis}
    scenario = made(members=200, days=60, policy=policy, response={"leave_base": 0.0, **quiet})
    model = PoolModel(scenario, seed=3, engine="agents")  # day by day; the compiled engine lives a week at a time
    keys = np.concatenate(model.member_blocks())["key"]
    hit = np.array([draws.uniform(key, draws.CRISIS, 0) for key in keys]) < 0.4
    decay = float(model.world["response"]["trust_decay"])
    closes = Crisis(**crisis).closes_on
    while model.day < closes + 1:
        model.step()
        trust = np.concatenate(model.member_blocks())["trust"].astype(float)
        assert not trust[~hit].any()
        if model.day == 30:
            assert not trust.any()
        elif model.day > 30:
            cut = -min(0.9, 0.3 * (0.5 + late)) * decay ** (model.day - 31)
            healed = cut + (0.15 * (1 - late) * (1 - cut) if model.day == closes + 1 else 0.0)
            assert trust[hit] == pytest.approx(healed, abs=1e-6)
    assert model.datacollector.get_model_vars_dataframe()["hit"].sum() == hit.sum() > 60


def test_being_late_costs_orders_and_members() -> None:
    """A crisis answered in time, one answered too late, and none: the same people, 300 days."""
    none, in_time, late = (
        lived(made(members=20_000, days=300, policy=TAUGHT | more), seed=1, threads=2)
        for more in ({}, {"crisis": IN_TIME | {"hit": 1.0}}, {"crisis": TOO_LATE | {"hit": 1.0}})
    )
    for one, two, sigmas in ((none, in_time, 3.0), (in_time, late, 5.0)):
        falls(one.members["orders"], two.members["orders"], sigmas)
    falls(late.members["left"] != NEVER, none.members["left"] != NEVER)
    now, then = (simulate(k.run.scenario.with_changes({"members": 2000, "days": 40}), seed=1) for k in (none, late))
    assert now.measures["nps"] is not None and then.measures["nps"] is not None
    assert then.measures["nps"] < now.measures["nps"] - 20


def test_it_is_no_part_of_what_goes_on() -> None:
    """One after the run's end changes nothing, though some of the pool live on beyond that day to tell the rest of life."""
    without = lived(made(members=400, days=60, policy=TAUGHT), seed=1)
    later = lived(made(members=400, days=60, policy=TAUGHT | {"crisis": IN_TIME | {"day": 70, "hit": 1.0}}), seed=1)
    assert (without.members == later.members).all() and without.run.closing == later.run.closing
    dear = {"crisis": IN_TIME | {"hit": 1.0, "offer_cost": 5}}
    free = {"crisis": IN_TIME | {"hit": 1.0}}
    one, two = (lived(made(members=400, days=60, policy=TAUGHT | more), seed=1) for more in (free, dear))
    assert (one.members["window_cost"] == two.members["window_cost"]).all()
    assert two.run.totals["crisis_cost"] == 5 * two.run.totals["hit"] > 1900
    value = one.run.closing["value"].sum() - two.run.closing["value"].sum()
    assert value == pytest.approx(5 * two.run.totals["hit"] * 1.1 ** (-30 / 365), rel=1e-6)
    assert one.run.closing["rest"].sum() == pytest.approx(two.run.closing["rest"].sum(), rel=1e-9)


def test_it_reaches_the_groups_at_the_next_review() -> None:
    """Moods x (1 - hit) on the Monday after, whatever else has moved them."""
    groups = {"community": {"programme": [{"kind": "ugc", "per_week": 3}]}}
    moods = []
    for crisis in ({}, {"crisis": IN_TIME | {"day": 24, "hit": 0.4}}):
        model = PoolModel(made(members=1000, days=42, policy=groups | crisis, response={"crisis_loss": 0.0}), seed=2)
        told = []
        while model.day < 35:
            model.step()
            told.append(model.brand.communities.entries["mood"].copy())
        moods.append(told)
    before, after = ([told[at] for told in moods] for at in (27, 28))
    assert (before[0] == before[1]).all() and before[0].mean() > 0.02
    assert after[1] == pytest.approx(0.6 * after[0])


def test_a_replay_takes_whom_it_hit_from_the_log(make, watch) -> None:
    scenario = make(members=300, days=50, policy=TAUGHT | {"crisis": IN_TIME | {"closed": 70}})
    kept, events = watch(scenario, seed=4)
    assert len(events.hits) == kept.run.totals["hit"] > 80
    lost = kept.members["key"][kept.members["lost"] == 1]
    again = replay(scenario, events, seed=4, lost=lost)
    assert (again.members["trust"] == kept.members["trust"]).all()
    nobody = replay(scenario, events._replace(hits=events.hits[:0]), seed=4, lost=lost)
    assert (nobody.members["trust"] != kept.members["trust"]).mean() > 0.2


# --- what they would say -----------------------------------------------------------------------------------------------


def test_nps_is_what_a_survey_would_say() -> None:
    """From the members by hand, keyed noise; without any trust 100 (P[z > 1] - P[z < 0]) = -34.1."""
    done = simulate(made(members=20_000, days=60, policy=TAUGHT), seed=1, keep_members=True)
    members = done.run.members
    assert members is not None
    inside = members[members["left"] == NEVER]
    says = inside["trust"] + 0.3 * np.array([draws.normal(key, draws.NPS, 0) for key in inside["key"]])
    expected = 100 * ((says > 0.3).mean() - (says < 0).mean())
    assert done.measures["nps"] == pytest.approx(expected, abs=0.02)
    nothing = simulate(made(members=20_000, days=5), seed=1).measures["nps"]
    assert nothing == pytest.approx(100 * (0.158655 - 0.5), abs=5 * 100 * 0.7 / math.sqrt(20_000))


# --- returns -----------------------------------------------------------------------------------------------------------

ALL_SORTS: dict[str, Any] = {
    "push": {"per_week": 3},
    "coupons": [{"kind": "percent", "off": 0.2, "every_days": 20, "valid_days": 9}],
    "membership": {"points": 0.05, "tiers": [{"spend": 60, "discount": 0.04}]},
    "acquisition": [{"channel": "card", "per_day": 2, "buyers": 0.7}],
}


def returning(share: float, **more: Any) -> Kept:
    return lived(made(changes={"returns": share}, members=3000, days=120, **more), seed=7)


def test_who_sends_an_order_back_is_a_keyed_draw() -> None:
    """With the chance of the market, and no other draw moves: the same orders as where everything is kept."""
    kept, back = returning(0.0), returning(0.3)
    for field in ("key", "time", "amount", "discount"):
        assert (kept.orders[field] == back.orders[field]).all(), field
    chance, n = back.orders["returned"].mean(), len(back.orders)
    assert not kept.orders["returned"].any() and abs(chance - 0.3) < 5 * math.sqrt(0.21 / n)
    key = int(back.orders["key"][0])
    own = back.orders[back.orders["key"] == key]["returned"].tolist()
    assert own == [draws.uniform(np.uint64(key), draws.RETURN, n) < 0.3 for n in range(len(own))]


def test_what_comes_back_is_in_no_sum_of_money() -> None:
    kept = returning(0.3, policy=ALL_SORTS)
    run, orders, members = kept.run, kept.orders, kept.members
    stays = orders[orders["returned"] == 0]
    totals = run.totals
    assert totals["returned"] == len(orders) - len(stays) > 500 and totals["orders"] == len(orders)
    gone = orders["amount"][orders["returned"] == 1].sum() / MINOR_UNITS
    assert totals["returned_sales"] == pytest.approx(gone)
    assert totals["sales"] == pytest.approx(stays["amount"].sum() / MINOR_UNITS)
    assert totals["discounts"] == pytest.approx(stays["discount"].sum() / MINOR_UNITS)
    margin = 0.5 * (stays["amount"] + stays["discount"]).sum() / MINOR_UNITS
    costs = totals["discounts"] + totals["points_cost"] + totals["message_cost"]
    assert totals["contribution"].sum() == pytest.approx(margin - costs, abs=0.1)
    inside = stays[stays["in_pool"] == 1]
    assert totals["tier_sales"].sum() == pytest.approx(inside["amount"].sum() / MINOR_UNITS)
    for field, which in (("spend", stays), ("year_spend", inside)):
        paid = dict.fromkeys(members["key"].tolist(), 0)
        for order in which:
            paid[int(order["key"])] += int(order["amount"])
        begins = members["group"] == 0 if field == "year_spend" else np.zeros(len(members), bool)
        expected = np.array(list(paid.values()))
        assert (members[field] == expected)[~begins].all(), field


def test_returns_hold_without_operations_too() -> None:
    """What the same people are worth in public is less by the share that comes back."""
    scenario = made(changes={"returns": 0.25}, members=4000, days=120, policy=TAUGHT)
    none = scenario.with_changes({"market.returns": 0.0})
    back, kept = (simulate(s, seed=1).measures for s in (scenario, none))
    assert back["ltv_public"] is not None and kept["ltv_public"] is not None
    assert back["ltv_public"] / kept["ltv_public"] == pytest.approx(0.75, abs=0.015)
    assert back["returns_rate"] == pytest.approx(0.25, abs=0.02) and kept["returns_rate"] == 0
    assert "returns_rate" in in_use([scenario]) and "returns_rate" not in in_use([none])


def test_more_comes_back_in_the_days_of_a_crisis() -> None:
    """x (1 + 2 late) on its day and the two after, and no longer."""
    late = TOO_LATE | {"day": 40, "hit": 0.2}
    assert Crisis(**late).late == 1
    kept = lived(made(changes={"returns": 0.2}, members=40_000, days=60, policy={"crisis": late}), seed=1)
    day = np.floor(kept.orders["time"]).astype(int)
    for days, chance in (((40, 41, 42), 0.6), ((38, 39), 0.2), ((43, 44), 0.2)):
        returned = kept.orders["returned"][np.isin(day, days)]
        assert abs(returned.mean() - chance) < 5 * math.sqrt(chance * (1 - chance) / len(returned)), days
