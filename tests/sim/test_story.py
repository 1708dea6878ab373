"""One member's life as it is told: that of the run, to the bit, and everything that was counted of her."""

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from sim.catalogue import ANCHORS, NEVER
from sim.life import Moment, WatchedPool
from sim.order_log import OrdersInMemory
from sim.records import MEMBER
from sim.results.story import COLUMNS, KINDS, Story, story
from sim.results.telling import _FURTHER
from sim.scenario.scenario import MOST_PEOPLE
from sim.words import say

from .everything import COSTS, POLICY, RESPONSE

BALANCED = Path(__file__).parents[2] / "benchmarks" / "cdnow" / "balanced.yaml"
SEED = 3
# what spends: nothing; budgets whose order is the members', day by day; gifts paid by the hour of the day
WITHOUT_BUDGETS = {
    "coupons": [{**coupon, "budget": None} for coupon in POLICY["coupons"]],
    "benefits": {name: {**benefit, "budget": None} for name, benefit in POLICY["benefits"].items()},
}
GIFTS_BY_TOUCHES = {**POLICY["segments"], "high_value": {"push": {"per_week": 1}, "coupons": []}}
POOLS: dict[str, dict[str, Any]] = {
    "no budgets": {"policy": POLICY | WITHOUT_BUDGETS},
    "budgets": {"policy": POLICY | {"segments": GIFTS_BY_TOUCHES, "lines": POLICY["lines"][:2]}},
    "budgets by the hour": {"policy": POLICY},
    "lives": {"policy": POLICY, "members": 4000, "lives": 400},
    "membership": {
        "policy": POLICY
        | {"membership": {"points": 0.02, "tiers": [{"spend": 30, "discount": 0.05, "name": "silver"}, {"spend": 90}]}}
    },
}


@pytest.fixture(scope="module", params=POOLS)
def scenario(request, make):
    return make(**({"members": 400, "days": 75, "costs": COSTS, "response": RESPONSE} | POOLS[request.param]))


@pytest.fixture(scope="module")
def run(scenario, live):
    return live(scenario, seed=SEED)


def watched(scenario, member: int, **how: Any) -> tuple[WatchedPool, list[Moment], np.ndarray]:
    moments: list[Moment] = []
    log = OrdersInMemory()
    pool = WatchedPool(scenario, member, moments.append, seed=SEED, **how)
    pool.order_log = log
    while pool.day < scenario.days:
        pool.step()
    return pool, moments, log.array()


def chosen(run) -> list[int]:
    """Of the first group, at its edges and inside; of the second; the last to join; some who complained, left, referred."""
    members = run.members
    some = [0, 5, 255, 256, 300, len(members) - 1]
    for name, none in (("left", NEVER), ("complaints", 0), ("referred", 0), ("channel", 0)):
        some += np.flatnonzero(members[name] != none)[:2].tolist()
    return sorted({place for place in some if place < len(members)})


def test_her_life_and_the_pool_are_those_of_the_run(scenario, run) -> None:
    """Every member's record, every order, every daily count; and the day that is told is the day that she lived."""
    places = chosen(run)
    assert len(places) > 8
    for place in places:
        pool, moments, orders = watched(scenario, place, threads=1 + place % 2)
        assert (np.concatenate(pool.member_blocks()) == run.members).all()
        assert np.array_equal(orders, run.orders)
        assert pool.datacollector.get_model_vars_dataframe().equals(run.run.daily)
        assert pool.her_record == run.members[place]
        evenings = [moment for moment in moments if moment.stage == "evening"]
        assert len(evenings) == scenario.days - run.members["joined"][place]
        for field in (name for name in MEMBER.names or () if name != "next_touch"):
            told, lived = (np.array([getattr(e, at)[field] for e in evenings]) for at in ("before", "after"))
            assert np.array_equal(told, lived, equal_nan=told.dtype.kind == "f"), field


def test_all_stories_together_are_what_the_run_counted(make, live) -> None:
    """Each event of each member, added up over the pool."""
    few = [channel | {"per_day": 0.05} for channel in POLICY["acquisition"]]
    scenario = make(members=40, days=90, policy=POLICY | {"acquisition": few}, costs=COSTS, response=RESPONSE)
    run = live(scenario, seed=SEED)
    stories = [story(scenario, place, seed=SEED) for place in range(len(run.members))]
    told = Counter(event.kind for each in stories for event in each.events)
    totals = run.run.totals
    frames = [each.frame() for each in stories]
    assert told["message"] == totals["delivered"] > 500
    assert told["kept_back"] == totals["unsent"] + totals["declined"] + totals["capped"] > 10
    assert sum((frame["clicked"] == True).sum() for frame in frames) == totals["clicks"] > 20  # noqa: E712
    read = sum(frame["latent_read_chance"].sum() for frame in frames)
    assert read == pytest.approx(totals["reads"], abs=1e-6)
    assert told["order"] == totals["orders"] > 10
    assert sum(frame["amount"].sum() for frame in frames) == pytest.approx(totals["sales"])
    assert sum(frame["discount"].sum() for frame in frames) == pytest.approx(totals["discounts"])
    kept = sum(event.columns["kept"] for each in stories for event in each.events if event.kind == "benefit")
    assert 0 < kept < told["benefit"] <= totals["benefits_issued"] + totals["issued"]
    for kind, count in (
        ("visit", "visits"), ("complaint", "complaints"), ("left", "departed"), ("survey", "surveyed"),
        ("friend", "referrals"), ("benefit_lost", "benefits_lost"), ("benefit_void", "benefits_voided"),
    ):  # fmt: skip
        assert told[kind] == totals[count], kind
    assert told["joined"] == len(stories)
    assert told["lost"] == (run.members["lost"] == 1).sum() > 0
    assert told["benefit_expired"] == totals["benefits_expired"] > 0
    assert set(told) <= set(KINDS)


@pytest.fixture(scope="module")
def lively(make, live):
    policy = POLICY | {"membership": {"tiers": [{"spend": 30, "name": "silver"}]}}
    scenario = make(members=200, days=200, policy=policy, costs=COSTS, response=RESPONSE)
    return scenario, live(scenario, seed=SEED)


def test_a_place_and_a_key_are_the_same_member(lively) -> None:
    scenario, run = lively
    for place in (7, len(run.members) - 1):
        key = str(run.members["key"][place])
        one, two, three = (story(scenario, who, seed=SEED) for who in (place, key, int(key)))
        assert one.place == two.place == three.place == place and one.customer == two.customer == key
        assert one.events == two.events == three.events and len(one.events) > 3


def test_a_frame_has_what_is_told(lively) -> None:
    scenario, run = lively
    buyer = int(np.argmax(run.members["orders"]))
    told = story(scenario, buyer, seed=SEED)
    frame = told.frame()
    assert list(frame) == ["date", "day", "event", "seen", *COLUMNS, "said"]
    assert frame["day"].is_monotonic_increasing
    mine = run.orders[run.orders["key"] == run.members["key"][buyer]]
    orders = frame[frame["event"] == "order"]
    assert len(mine) > 3 and (orders["time"].to_numpy() == mine["time"]).all()
    assert (np.round(orders["amount"].to_numpy() * 100) == mine["amount"]).all()
    assert (frame.loc[~frame["seen"], "event"] == "lost").all()
    assert frame["date"].iloc[0] == date(2025, 1, 1)
    assert len(told.frame("zh")) == len(frame) and not (told.frame("zh")["said"] == frame["said"]).any()


def test_silence_and_waking(lively) -> None:
    """A silence is told on its 90th day, and how long it was when it ends."""
    scenario, run = lively
    silent = np.flatnonzero(run.members["woken"] != NEVER)[:3].tolist()
    assert silent
    for place in silent:
        events = story(scenario, place, seed=SEED).events
        kinds = [event.kind for event in events]
        woken = events[kinds.index("woken")]
        before = [event for event in events if event.kind == "silent" and event.day <= woken.day]
        assert before and woken.day == run.members["woken"][place]
        assert str(woken.day - before[-1].day + 90) in woken.sentence()


def test_it_reads_in_both_languages(lively) -> None:
    """English in Latin letters; Chinese has no English word but names and keys."""
    scenario, run = lively
    names = {*POLICY["benefits"], "advert", "package_card", "silver", "test", "coupons", "USD", "UGC", "member"}
    shorter = 0
    for place in (0, 11, 40, len(run.members) - 1):
        told = story(scenario, place, seed=SEED)
        for every in (False, True):
            english, chinese = ([told.head(g), *told.sentences(g, every), *told.unseen(g)] for g in ("en", "zh"))
            assert len(english) == len(chinese)
            assert not re.search("[一-鿿]", "".join(english))
            words = {word for line in chinese for word in re.findall("[A-Za-z_]{3,}", line)}
            assert words <= names, words - names
        shorter += len(told.sentences(every=True)) > len(told.sentences())
        assert told.sentences()[0].startswith("20") and "{" not in "".join([*told.sentences(), *told.unseen()])
    assert shorter >= 2


def test_what_is_latent_stands_apart(lively) -> None:
    scenario, run = lively
    for place in (int(np.flatnonzero(run.members["lost"] == 1)[0]), int(np.flatnonzero(run.members["lost"] == 0)[0])):
        told = story(scenario, place, seed=SEED)
        lost = run.members["lost"][place] == 1
        assert not any("customer any more" in line for line in told.sentences())
        assert any("customer any more" in line for line in told.unseen()) == lost
        assert any(line == say("is still a customer at the end") for line in told.unseen()) == (not lost)


def test_tiers_have_the_names_of_the_day(make) -> None:
    """Phases that bring a membership, change it and end it."""
    first = {"tiers": [{"spend": 20, "name": "bronze"}, {"spend": 60, "name": "silver"}]}
    second = {"tiers": [{"spend": 10, "name": "wood"}, {"spend": 20, "name": "iron"}, {"spend": 30, "name": "steel"}]}
    days = ((0, None), (14, first), (35, second), (63, None))
    scenario = make(
        members=40,
        days=77,
        policy={"push": {"per_week": 1}},
        phases=[{"from_day": day, "policy": {"membership": own}} for day, own in days[1:]],
    )
    seen: set[tuple[int, str]] = set()
    for member in range(12):
        told = story(scenario, member, seed=SEED)
        for event in (e for e in told.events if e.kind == "tier"):
            begins, own = max((day, own) for day, own in days if day <= event.day)
            tier = event.columns["tier"]
            name = "no tier" if not tier else f"tier {tier} ({own['tiers'][tier - 1]['name']})" if own else None
            if own is None:
                assert event.sentence("en") == "has no tier any more: the membership ends"
            else:
                how = "begins in " if event.day == 14 else " to "  # on that day there are none before
                assert event.sentence("en").split(how)[1] == name, event.sentence("en")
            seen.add((begins, name))
    assert {(14, "tier 1 (bronze)"), (14, "tier 2 (silver)"), (35, "tier 3 (steel)"), (63, "no tier")} <= seen


TRIED: dict[str, Any] = {
    "acquisition": [{"channel": "advert", "per_day": 1}],
    "experiments": [
        {"name": "daily", "from_day": 14, "until_day": 42, "push": {"per_week": 7}},
        {"name": "later", "by": "community", "from_day": 21, "push": {"hour": 9}},
    ],
    "wake_up": [{"delay": 6, "content": "emotion"}],
    "touches": [{"anchor": "silent", "delay": 4, "content": "emotion"}],
    "guard": {
        "watch": {"click_rate": 0.99},
        "acts": [
            {"act": "survey", "on": ["click_rate"], "touch": {"anchor": "silent", "delay": 5, "content": "emotion"}}
        ],
    },
}
SENT_SOONER = {"from_day": 50, "policy": {"wake_up": [{"delay": 3, "content": "emotion"}]}}


@pytest.fixture(scope="module")
def tried(make, live):
    scenario = make(members=300, days=80, policy=TRIED, phases=[SENT_SOONER], response={"leave_early": 0.3})
    return scenario, live(scenario, seed=SEED)


def test_arms_and_phases_are_told(tried) -> None:
    """An arm is where the change comes from: only those with it get regular messages in the days of the experiment."""
    scenario, run = tried
    members = run.members
    joiners = np.flatnonzero(members["group"] > 0)
    within = joiners[(members["joined"][joiners] > 15) & (members["joined"][joiners] < 30)][:4].tolist()
    after = int(joiners[members["joined"][joiners] > 52][0])
    gone = int(np.flatnonzero((members["left"] != NEVER) & (members["left"] < 14))[0])
    arms = Counter[str]()
    for place in (0, 1, 2, 3, *within, after, gone):
        told, joined, left = story(scenario, place, seed=SEED), members["joined"][place], members["left"][place]
        in_pool = [day for day in (14, 21) if left == NEVER or left >= day]
        drawn = [event for event in told.events if event.kind == "arm"]
        begun = [day for day in in_pool if joined < 42 or day == 21]
        assert [event.day for event in drawn] == [max(day, joined) for day in begun], place
        for event in (event for event in drawn if event.columns["experiment"] == "daily"):
            arms[event.columns["arm"]] += 1
            regular = [e for e in told.events if e.kind == "message" and e.columns["origin"] is None]
            assert all(event.day <= e.day < 42 for e in regular)
            assert bool(regular) == (event.columns["arm"] == "with") or left != NEVER
        phases = [event.day for event in told.events if event.kind == "phase"]
        assert phases == ([56] if joined < 56 and (left == NEVER or left >= 56) else []), place
    assert min(arms["with"], arms["without"]) > 0
    assert "is in experiment daily, in the arm with" in "".join(story(scenario, 0, seed=SEED).sentences())
    frame = story(scenario, 0, seed=SEED).frame("zh")
    assert frame.loc[frame["event"] == "phase", "said"].tolist() == ["策略调整：phases.0"]
    assert frame.loc[frame["event"] == "arm", "experiment"].tolist() == ["daily", "later"]
    assert frame["said"].str.contains("整群抽取").sum() == frame["said"].str.contains("逐人抽取").sum() == 1


def test_a_personal_message_is_called_by_what_it_comes_from(tried) -> None:
    """Three count from a silence: a wake-up, which a phase changes, a further touch, and the guard's survey."""
    scenario, run = tried
    called: dict[str, set[str]] = {}
    stayed = np.flatnonzero((run.members["left"] == NEVER) & (run.members["group"] == 0))[:8].tolist()
    for place in stayed:
        for event in story(scenario, place, seed=SEED).events:
            if event.kind == "message" and event.columns["anchor"] == "silent":
                called.setdefault(event.columns["origin"], set()).add(event.sentence().partition(",")[0])
                assert event.day >= 56 or not event.columns["origin"].startswith("phases"), event
    assert called == {
        "policy.wake_up.0": {"wake-up message"},
        "phases.0.policy.wake_up.0": {"wake-up message"},
        "policy.touches.0": {"message in a silence"},
        "policy.guard.acts.0": {"the guard's survey"},
    }
    assert set(_FURTHER) == set(range(len(ANCHORS)))


def test_repeats_and_sizes(make) -> None:
    scenario = make(members=2000, days=20, policy={"acquisition": [{"channel": "advert", "per_day": 10}]})
    one, two = (story(scenario, 3, members=200, seed=SEED) for _ in range(2))
    assert isinstance(one, Story) and one.events == two.events and "200" in one.sizes()[0]
    assert one.scenario.policy.acquisition[0].per_day == 1.0
    assert story(scenario, 3, members=200, as_written=True).scenario.policy.acquisition[0].per_day == 10
    assert len(story(scenario, 3, days=5).events) and repr(one).startswith("Story(member 3 of test")


@pytest.mark.parametrize(
    ("given", "member", "said"),
    [
        ({"members": 5}, 5, "no place 5: 5 were ever in this pool; give 0 to 4"),
        ({"members": 5}, -1, "must be a place"),
        ({"members": 5}, "five", "must be a place"),
        ({"members": 5}, 1.0, "must be a place"),
        ({"members": 5}, True, "must be a place"),
        ({"members": 5}, MOST_PEOPLE, "nobody in this pool has the customer key"),
        ({"members": 5}, 2**70, "nobody in this pool has the customer key"),
        ({"members": 0}, 0, "nobody is ever in the pool"),
        ({"policy": {"acquisition": [{"channel": "advert", "per_day": 1}]}}, 9, "no place 9: 8 were ever"),
        ({"policy": {"acquisition": [{"channel": "advert", "per_day": 1}]}}, 2**60, "nobody in this pool has the key"),
        ({"policy": {"acquisition": [{"channel": "advert", "per_day": 0}]}}, 0, "nobody is ever in this pool"),
    ],
)
def test_strangers_are_refused(make, given, member, said) -> None:
    with pytest.raises(BadInput, match=said.replace("the key", "the customer key")) as refused:
        story(make(days=8, **given), member)
    assert re.search("[一-鿿]", say(refused.value, "zh"))


def test_on_the_command_line(tmp_path: Path) -> None:
    """Told in Chinese, written as JSON; a stranger is one sentence and exit code 2."""
    command = [sys.executable, "-c", "from sim.cli import main; main()", "story", str(BALANCED), "--members", "60"]

    def siyu(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)

    done = siyu("--days", "60", "--member", "7", "--lang", "zh", "--json", "seven.json")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "seven.json").read_text(encoding="utf-8"))
    assert told["kind"] == "siyu story" and told["place"] == 7 and told["events"][0]["event"] == "joined"
    assert "品牌看不到的" in done.stdout and told["events"][0]["said"] in done.stdout
    assert (told["customer"], told["seed"], told["days"]) == (story(BALANCED, 7, members=60, days=1).customer, 1, 60)
    refused = siyu("--days", "8", "--member", "9999")
    assert refused.returncode == 2 and refused.stderr.count("member: there is no place 9,999") == 1
    assert "Traceback" not in refused.stderr


def test_groups_begin_and_end_with_the_policy(make) -> None:
    groups = {"programme": [{"kind": "check_in", "per_week": 1}]}
    phases = [{"from_day": 21, "policy": {"community": groups}}, {"from_day": 49, "policy": {"community": None}}]
    scenario = make(members=40, days=63, policy={"push": {"per_week": 1}}, phases=phases, response={"leave_base": 0.0})
    told = [[(e.day, e.kind) for e in story(scenario, k, seed=SEED).events if "group" in e.kind] for k in range(8)]
    assert {tuple(each) for each in told if len(each) != 1} == {(), ((21, "group_joined"), (49, "group_ended"))}
