"""What the brand plans and carries out: messages, tags, segments, stages."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.catalogue import LIFECYCLE, NEVER, PERSONAS, SILENT_AFTER
from sim.policies.acquisition import Channel
from sim.policies.lines import regular
from sim.policies.message import hour_match
from sim.policies.push import PLAN, Planner
from sim.policies.schedule import Schedule, repetitions, spread_evenly
from sim.pool import PoolModel
from sim.records import TALLY
from sim.scenario import ContentMix, Push, Response, SegmentPlan

from .conftest import made

EVEN = {"education": 1 / 3, "emotion": 1 / 3, "promotion": 1 / 3}


def schedule(days: int = 28, content: dict[str, float] | None = None, **push: Any) -> Schedule:
    """The messages of a policy with nothing but a push, over whole weeks."""
    plan = SegmentPlan(Push(**push), ContentMix(**(content or EVEN)), ())
    return Schedule(regular(plan), plan.push.cap_per_day, days)


def reaches(days: int, content: dict[str, float], response: dict[str, Any], **push: Any) -> np.ndarray:
    """float64[messages, personas]: the reach of every message that the plan of a run holds, in order."""
    planner = Planner(made(days=days, members=1, policy={"push": push, "content": content}, response=response))
    plan = np.zeros(1, PLAN)[0]
    found = []
    for week in range(0, days, 7):
        planner.write_week(plan, week)
        found += [plan["messages"]["reach"][0, day, :n].copy() for day, n in enumerate(plan["sends"][0])]
    return np.concatenate(found)


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_week", "cap", "sent"), [(3.5, 1, 14), (7, 1, 28), (21, 3, 84), (21, 1, 28), (0, 1, 0), (0.25, 1, 1)]
)
def test_as_many_messages_as_planned(per_week: float, cap: int, sent: int) -> None:
    sends = schedule(per_week=per_week, cap_per_day=cap).sends
    assert sends.sum() == sent
    assert sends.max() <= cap


@given(st.floats(0, 70), st.integers(1, 10))
def test_messages_are_spread_over_days(per_week: float, cap: int) -> None:
    """At every point what was sent is the plan's running total in whole messages, where the cap does not bind."""
    sends = schedule(days=70, per_week=per_week, cap_per_day=cap).sends
    assert sends.max() <= cap
    if per_week / 7 <= cap:
        planned = np.arange(1, 71) * per_week / 7
        assert (np.abs(np.cumsum(sends) - planned) < 1 + 1e-6).all()


@given(st.lists(st.integers(0, 20), min_size=3, max_size=3).filter(any), st.integers(1, 200))
def test_content_is_spread_exactly(parts: list[int], n: int) -> None:
    """Of the first n messages every type has its share, to within one message."""
    shares = np.array(parts) / sum(parts)
    order = spread_evenly(shares, n)
    sent = np.cumsum(order[:, None] == np.arange(3), axis=0)
    assert (np.abs(sent - shares * np.arange(1, n + 1)[:, None]) < 1).all()
    assert not np.isin(order, np.flatnonzero(shares == 0)).any()


def test_hours_are_taken_in_turn() -> None:
    busy, people = PERSONAS.index("busy"), {"personas": {"busy": {"hour_match": 0.5, "peak_hour": 21}}}
    reach = reaches(28, {"education": 1.0}, people, per_week=14, cap_per_day=2, hour=[9, 21])[:, busy]
    told = np.exp(-Response().sameness * np.minimum(np.arange(len(reach)), 5))
    expected = [hour_match(Response(**people), hour)[busy] for hour in (9, 21)]
    np.testing.assert_allclose(reach, np.tile(expected, len(reach) // 2) * told)
    assert expected[1] > expected[0]  # the busy look in the evening


def test_hours_of_the_day_average_to_one() -> None:
    people = Response(personas={"busy": {"hour_match": 1.5, "peak_hour": 7.5}})
    by_hour = np.array([hour_match(people, hour / 4) for hour in range(96)])
    np.testing.assert_allclose(by_hour.mean(axis=0), 1.0, rtol=1e-9)
    assert by_hour[:, PERSONAS.index("busy")].argmax() == 30  # 7:30


def test_the_same_again_is_read_less() -> None:
    in_order = np.array([0, 0, 0, 1, 0, 2, 2, 2, 2, 2, 2, 2, 2])
    assert repetitions(in_order, np.ones(13, bool)).tolist() == [
        0,
        1,
        2,
        0,
        0,
        0,
        1,
        2,
        3,
        4,
        5,
        5,
        5,
    ]
    assert repetitions(np.array([], np.int64), np.array([], bool)).tolist() == []
    one_type = reaches(28, {"emotion": 1.0}, {}, per_week=7)[:, 0]
    mixed = reaches(28, {"emotion": 0.5, "education": 0.5}, {}, per_week=7)[:, 0]
    np.testing.assert_allclose(one_type[5:] / mixed[5:], np.exp(-5 * Response().sameness))


def test_channels_reach_as_they_do(make, live) -> None:
    """A message in a group finds as much less attention as `reach` says, in a pool that nothing else moves."""
    quiet = {name: {"trust": 0.0, "interest": 0.0, "weight": 0.0} for name in EVEN}
    response = {"contents": quiet, "click_rate": 0.0, "leave_early": 0.0, "sameness": 0.0, "lost_attention": 1.0}
    rates = {}
    for channel in ("one_to_one", "group"):
        policy = {"push": {"per_week": 7, "channel": channel}}
        kept = live(make(members=500, days=10, policy=policy, response=response))
        rates[channel] = kept.members, kept.run.totals["reads"] / kept.run.totals["delivered"]
    members = rates["group"][0]
    hazard = members["attention"].astype(float)
    affinity = np.array([[getattr(getattr(Response().personas, p), c) for c in EVEN] for p in PERSONAS])
    affinity -= affinity.mean(axis=1, keepdims=True)
    at_20 = hour_match(Response(), 20)
    by_type = hazard[:, None] * at_20[members["persona"], None] * np.exp(affinity[members["persona"]])
    # ten messages: types in turn 0 1 2 0 1 2 0 1 2 0, everybody in the pool to the end or not at all
    turn = np.array([4, 3, 3]) / 10
    stayed = members["left"] == NEVER
    assert stayed.mean() > 0.98
    for channel, reach in (("one_to_one", 1.0), ("group", Response().reach.group)):
        expected = ((1 - np.exp(-reach * by_type[stayed])) * turn).sum(axis=1).mean()
        assert rates[channel][1] == pytest.approx(expected, rel=0.01)


# --- who is reached --------------------------------------------------------------------------------------------------


def test_messages_reach_members_while_they_are_there(make, live) -> None:
    """One a day: as many deliveries as member-days in the pool, the day of leaving included; none before or after."""
    card = {"channel": "card", "per_day": 7.3, "buyers": 0.5}
    policy = {"push": {"per_week": 7}, "acquisition": [card]}
    kept = live(make(members=1000, days=150, policy=policy, costs={"message": 0.05}), seed=2)
    members, totals = kept.members, kept.run.totals
    gone = members["left"] != NEVER
    assert 200 < gone.sum() == totals["departed"] < len(members)
    last = np.where(gone, members["left"], 149)
    assert totals["delivered"] == (last - members["joined"] + 1).sum()
    assert (members["last_sent"] == last).all()
    assert totals["message_cost"] == pytest.approx(0.05 * totals["delivered"])
    assert kept.run.daily["delivered"].tolist() == [
        ((members["joined"] <= day) & (last >= day)).sum() for day in range(150)
    ]


def test_the_cap_holds_for_every_segment(make, live) -> None:
    policy = {"push": {"per_week": 21, "cap_per_day": 2}, "segments": {"busy": {"push": {"cap_per_day": 1}}}}
    kept = live(make(members=400, days=20, policy=policy))
    daily, members = kept.run.daily, kept.members
    assert (daily["delivered"] <= 2 * 400).all()
    day_0 = (members["tag"] == PERSONAS.index("busy")).sum() + 2 * (members["tag"] != PERSONAS.index("busy")).sum()
    assert daily["delivered"][0] == day_0


def test_whole_people_join(make) -> None:
    assert Channel(channel="card", per_day=0.4).joiners(10).tolist() == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    for per_day in (0.1, 1 / 3, 2.75, 19.999):
        joining = Channel(channel="card", per_day=per_day).joiners(1000)
        assert joining.sum() == int(np.floor(1000 * per_day + 1e-9))
    channel = {"channel": "card", "per_day": 2.75}
    model = PoolModel(make(days=30, policy={"acquisition": [channel]}))
    run = model.run(keep_members=True)
    assert np.bincount(run.members["joined"], minlength=30).tolist() == run.daily["joined"].tolist()
    assert len(run.members) == 82


def test_a_pool_may_start_empty(make, live) -> None:
    """Nobody for a week, a budget waiting for the first."""
    policy = {
        "acquisition": [{"channel": "card", "per_day": 0.1, "buyers": 1.0}],
        "coupons": [{"kind": "percent", "off": 0.2, "every_days": 5, "valid_days": 5, "budget": 1000}],
        "push": {"per_week": 7},
    }
    kept = live(make(days=300, policy=policy, costs={"tools_per_month": 10}))
    assert len(kept.members) == 30 and kept.members["joined"].min() == 9
    assert kept.run.daily["trust"].isna().sum() == 9
    assert kept.run.totals["discounted_orders"] > 0


# --- what the brand sees ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accuracy", [0.0, 0.6, 0.92, 1.0])
def test_tags_are_right_as_often_as_asked_for(make, live, accuracy: float) -> None:
    n = 40_000
    members = live(make(members=n, days=1, policy={"tag_accuracy": accuracy})).members
    right = members["tag"] == members["persona"]
    assert abs(right.mean() - accuracy) <= 5 * np.sqrt(accuracy * (1 - accuracy) / n)
    shares = np.array([0.35, 0.25, 0.2, 0.2])
    counts = np.bincount(members["persona"], minlength=4)
    assert (np.abs(counts / n - shares) < 5 * np.sqrt(shares * (1 - shares) / n)).all()
    for persona in range(4):  # a wrong tag is one of the others, by their shares
        wrong = members["tag"][~right & (members["persona"] == persona)]
        if len(wrong):
            expected = np.where(np.arange(4) == persona, 0.0, shares) / (1 - shares[persona])
            found = np.bincount(wrong, minlength=4) / len(wrong)
            assert (np.abs(found - expected) <= 5 * np.sqrt(expected * (1 - expected) / len(wrong))).all()


def test_tags_where_the_market_has_one_persona(make, live) -> None:
    members = live(make(changes={"personas": {"sociable": 1.0}}, members=5000, days=1)).members
    assert (members["persona"] == PERSONAS.index("sociable")).all()
    assert abs((members["tag"] == members["persona"]).mean() - 0.92) < 5 * np.sqrt(0.92 * 0.08 / 5000)


def seen(members: np.ndarray, day: int, name: str) -> np.ndarray:
    """Whom a segment means, by the definitions in docs/model.md section 5, not by the brand's code."""
    if name in PERSONAS:
        return members["tag"] == PERSONAS.index(name)
    if name == "high_value":
        inside = members["left"] == NEVER
        buyers = np.sort(members["spend"][inside & (members["spend"] > 0)])
        return members["spend"] >= buyers[int(np.ceil(0.8 * (len(buyers) - 1)))]
    silent = day - members["last_seen"] >= SILENT_AFTER
    new = ~silent & (day - members["joined"] < 3)
    prospect, x = members["prospect"] == 1, members["frequency"]
    rest = ~silent & ~new
    return {
        "silent": silent,
        "new": new,
        "engaged": rest & prospect,
        "customer": rest & ~prospect & (x == 0),
        "repeat": rest & ~prospect & (x > 0) & (x < 3),
        "loyal": rest & ~prospect & (x >= 3),
    }[name]


def review(model: PoolModel) -> None:
    """The brand's review of today, without the plan that follows."""
    model.brand.review(model.world, model.day, np.zeros(len(model.member_blocks()), TALLY))


SEGMENTS = ["high_value", "busy", "silent", "repeat", "new", "price_sensitive"]


@pytest.mark.parametrize(
    "names", [SEGMENTS, SEGMENTS[::-1], ["loyal", "customer", "engaged"]], ids=["some", "reversed", "stages"]
)
def test_the_first_segment_that_fits_counts(make, names: list[str]) -> None:
    channels = [{"channel": "advert", "per_day": 9}, {"channel": "card", "per_day": 4, "buyers": 1.0}]
    policy = {"segments": {name: {"push": {"per_week": 1}} for name in names}, "acquisition": channels}
    model = PoolModel(make(members=3000, days=140, policy=policy))
    for _ in range(133):
        model.step()
    review(model)
    members = np.concatenate(model.member_blocks())
    expected = np.zeros(len(members), int)
    for row in range(len(names), 0, -1):
        expected[seen(members, model.day, names[row - 1])] = row
    inside = members["left"] == NEVER
    assert (members["segment"][inside] == expected[inside]).all()
    assert set(range(1, len(names) + 1)) <= set(expected[inside])


def test_what_a_segment_leaves_out_stays_as_in_the_base(make) -> None:
    coupon = {"kind": "percent", "off": 0.1, "every_days": 7, "valid_days": 7}
    segments = {
        "busy": {"push": {"per_week": 1}},
        "sociable": {"coupons": []},
        "quality_seeker": {"coupons": [coupon, {**coupon, "off": 0.2, "to": "customer"}]},
    }
    policy = {"push": {"per_week": 5, "hour": 9}, "coupons": [coupon], "segments": segments}
    model = PoolModel(make(members=2000, days=7, policy=policy))
    model.step()
    members = np.concatenate(model.member_blocks())
    assert model.world["push"]["sends"][:4].sum(axis=1).tolist() == [5, 1, 5, 5]
    rules = [int(np.median(members["eligible"][members["segment"] == row])) for row in range(4)]
    assert rules == [1, 1, 0, 1]  # the second rule is for customers; on the first day all are new
    assert (members["coupon"][members["segment"] == 2] == 0).all()


def test_the_silent_fall_silent_and_wake(make, live) -> None:
    """Without messages only orders interact, so episodes and wakings can be counted from the log."""
    days, quiet = 500, {"leave_base": 0.0, "leave_early": 0.0}
    kept = live(make(members=4000, days=days, response=quiet), seed=4)
    totals, order = kept.run.totals, np.argsort(kept.orders, order=["key", "time"])
    key, day = kept.orders["key"][order], kept.orders["time"][order].astype(int)
    first = np.r_[True, key[1:] != key[:-1]]
    gap = day - np.where(first, 0, np.r_[0, day[:-1]])
    since = day - gap  # the day of the interaction before
    ordered = np.isin(kept.members["key"], key)
    last = np.r_[day[np.r_[first[1:], True]], np.zeros((~ordered).sum(), int)]  # of each member
    ends = np.r_[gap[gap >= 90], np.full((last + 90 < days).sum(), 10_000)]
    begins = np.r_[since[gap >= 90], last[last + 90 < days]]
    followed = begins + 104 < days
    assert totals["episodes"] == followed.sum()
    assert totals["woken"] == (followed & (ends <= 104)).sum() > 100
    assert kept.run.daily["silent"].iloc[-1] == (days - 1 - last >= 90).sum()


def test_nothing_hidden_is_used(make) -> None:
    """The brand's review gives the same whatever lambda, p, persona, attention and 'lost' are."""
    policy = {
        "segments": {name: {"push": {"per_week": 1}} for name in ("high_value", "busy", "silent")},
        "coupons": [{"kind": "percent", "off": 0.1, "to": "sociable", "every_days": 7, "valid_days": 7}],
    }
    model = PoolModel(make(members=2000, days=140, policy=policy))
    for _ in range(126):
        model.step()
    block = model.member_blocks()[0]
    review(model)
    before = block.copy()
    for hidden in (
        "rate",
        "loss_chance",
        "persona",
        "attention",
        "tolerance",
        "frailty",
        "lost",
        "taste",
        "order_left",
        "trust",
    ):
        if hidden in block.dtype.names:
            block[hidden] = block[hidden][::-1].copy()
    review(model)
    assert (block["segment"] == before["segment"]).all() and (block["eligible"] == before["eligible"]).all()
    assert len(set(block["segment"])) == 4 and block["eligible"].any()


def test_organic_is_independent_of_everything(make, live) -> None:
    """The flag is keyed: its share as asked for, nothing else goes with it, and no policy moves it."""
    channel = {"channel": "advert", "per_day": 300, "organic": 0.3, "buyers": 0.5}
    plain = {"acquisition": [channel], "push": {"per_week": 2}}
    kept = live(make(days=100, policy=plain))
    members = kept.members
    organic = members["group"] == 1
    n = len(members)
    assert abs(organic.mean() - 0.3) < 5 * np.sqrt(0.21 / n)
    prospect_at_first = members["kept"] & 16
    columns = {
        name: members[name]
        for name in (
            "persona",
            "tag",
            "attention",
            "tolerance",
            "frailty",
            "loss_chance",
            "basket_rate",
            "joined",
            "orders",
            "left",
        )
    }
    for name, values in {**columns, "prospect": prospect_at_first}.items():
        ranks = np.argsort(np.argsort(values.astype(float), kind="stable"))
        assert abs(np.corrcoef(organic, ranks)[0, 1]) < 5 / np.sqrt(n), name
    other = live(make(days=100, policy={**plain, "push": {"per_week": 14, "cap_per_day": 2}, "tag_accuracy": 0.5}))
    assert (other.members["group"] == members["group"]).all()


def test_stages_are_those_of_the_records(make, live) -> None:
    channels = [{"channel": "advert", "per_day": 3}, {"channel": "card", "per_day": 2, "buyers": 1.0}]
    kept = live(make(members=1000, days=200, policy={"acquisition": channels, "push": {"per_week": 2}}))
    members, last = kept.members, kept.run.daily.iloc[-1]
    inside = members["left"] == NEVER
    for name in LIFECYCLE[:-1]:
        assert last[name] == (seen(members, 199, name) & inside).sum() > 0
    assert last["left"] == (~inside).sum() == kept.run.daily["departed"].sum()
    assert last["pool"] == inside.sum()
