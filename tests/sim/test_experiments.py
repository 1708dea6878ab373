"""Experiments: who is in which arm, what an analyst reads off them, and the truth beside it."""

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from sim import compare, draws, simulate
from sim.behaviour.arms import is_in_arm
from sim.catalogue import NEVER
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.engine.lanes import LANES
from sim.outputs.written import compared, simulated
from sim.policies import experiments as arms
from sim.policies.experiments import TEST, Arms, as_test, ties, together
from sim.pool import PoolModel
from sim.results import experiments, experiments_told, report
from sim.results.experiments import OUTCOMES, estimate, in_arms
from sim.results.looks import Looks
from sim.scenario import Scenario

from .conftest import made

MORE = {"name": "more", "from_day": 14, "until_day": 56, "push": {"per_week": 6}}
BASE: dict[str, Any] = {"push": {"per_week": 2}}
CARD = {"channel": "card", "per_day": 3, "buyers": 0.5}
# a programme that some get, in groups whose mood matters much
LIVELY = {"mood_gain": 0.2, "mood_on_attention": 2.0}
GROUPS = {"community": {"programme": [{"kind": "ugc", "per_week": 0.5}]}, "push": {"per_week": 1, "cap_per_day": 3}}
LIVE = {"name": "live", "lines": [{"per_week": 5, "channel": "group", "content": "live"}]}


def with_tests(*tests: dict[str, Any], base: dict[str, Any] | None = None, **more: Any) -> Scenario:
    return made(**{"members": 1500, "days": 63, "policy": (base or BASE) | {"experiments": list(tests)}, **more})


def observed(scenario: Scenario, seed: int = 3) -> Looks:
    """The run looked at where experiments need it, without what comes after the last day."""
    model = PoolModel(scenario, seed=seed)
    looks = Looks(model, experiments.days_looked_at(scenario))
    while model.day < scenario.days:
        model.step()
        looks(model.day, scenario.days)
    return looks


def told(scenario: Scenario, seed: int = 3, who: str = "members") -> dict[str, dict[str, Any]]:
    """Records by outcome, of a scenario with one experiment."""
    records = experiments.read(scenario, observed(scenario, seed), seed, 1)
    return {record["outcome"]: record for record in records if record["who"] == who}


# --- who is in which arm ---------------------------------------------------------------------------------------------


def test_arms_are_crossed_with_segments_and_begin_at_a_review() -> None:
    """A member's row is her segment's with the arms on top that she is in; before and after she is in her segment's."""
    first = {"name": "first", "share": 0.3, "from_day": 10, "until_day": 30, "push": {"per_week": 5}}
    second = {"name": "second", "by": "community", "from_day": 21, "until_day": 50, "content": {"emotion": 1.0}}
    segments = {"price_sensitive": {"push": {"hour": 9}}, "busy": {"content": {"education": 1.0}}}
    s = with_tests(first, second, base=BASE | {"segments": segments})
    assert together(s.policy.experiments) == [(), (0,), (1,), (0, 1)]
    rows = s.policy.rows()
    assert [row.push.per_week for row in rows] == [2, 2, 2, 5, 5, 5, 2, 2, 2, 5, 5, 5]
    assert [row.push.hour[0] for row in rows] == [20, 9, 20] * 4
    assert [row.content.shares["emotion"] for row in rows[:3]] == pytest.approx([1 / 3, 1 / 3, 0])
    assert [row.content.shares["emotion"] for row in rows[6:]] == [1.0] * 6
    model = PoolModel(s, seed=3)
    for day in range(63):
        model.step()
        (members,) = model.member_blocks()
        own = np.array([draws.uniform(key, draws.ARM, 0) < 0.3 for key in members["key"]])
        groups = np.array([draws.child_key(np.uint64(3), draws.ARM, n) for n in members["account"]])
        of_group = np.array([draws.uniform(key, draws.ARM, 1) < 0.5 for key in groups])
        expected = 3 * (own * (14 <= day < 35) + 2 * of_group * (21 <= day < 56))
        inside = members["left"] == NEVER
        assert (members["segment"] - members["segment"] % 3 == expected)[inside].all(), day
    assert 0.25 < own.mean() < 0.35 and 0 < of_group.mean() < 1
    assert {len(set(of_group[members["account"] == n])) for n in set(members["account"])} == {1}


def test_experiments_that_follow_one_another_need_few_rows() -> None:
    weeks = [{"name": f"n{n}", "from_day": 7 * n, "until_day": 7 * (n + 1)} for n in range(8)]
    s = with_tests(*weeks)
    assert together(s.policy.experiments) == [(), *((n,) for n in range(8))]
    tests, places = Arms(s.policy).at(21)
    assert tests["number"].tolist() == [3] and places.tolist() == [0, 4]
    tests, places = Arms(s.policy).at(56)
    assert len(tests) == 0 and places.tolist() == [0]


def without_rows(members: np.ndarray) -> np.ndarray:
    members = members.copy()
    members["segment"] = 0
    return members


def test_everybody_in_an_arm_is_the_policy_itself(live) -> None:
    """Lines, coupons, content and push of an arm, against a base that has them; only the number of the row differs."""
    change = {
        "push": {"per_week": 4, "channel": "moments"},
        "content": {"emotion": 1.0},
        "lines": [{"per_week": 1, "content": "live", "benefit": "gift"}],
        "coupons": [{"kind": "percent", "off": 0.2, "every_days": 20, "valid_days": 6}],
    }
    benefits = {"benefits": {"gift": {"kind": "gift", "worth": 1, "unit_cost": 1, "budget": 90}}, "acquisition": [CARD]}
    tried = live(with_tests({"name": "all", "share": 1.0, **change}, base=BASE | benefits))
    itself = live(made(members=1500, days=63, policy=BASE | benefits | change))
    assert (without_rows(tried.members) == without_rows(itself.members)).all()
    assert tried.run.daily.equals(itself.run.daily) and np.array_equal(tried.orders, itself.orders)
    assert tried.run.totals["gifts"] > 0 and tried.run.totals["discounted_orders"] > 0
    nobody = live(with_tests({"name": "all", "share": 0.0, **change}, base=BASE | benefits))
    base = live(made(members=1500, days=63, policy=BASE | benefits))
    assert (nobody.members == base.members).all() and np.array_equal(nobody.orders, base.orders)


def test_arms_that_get_the_same_change_no_life(live) -> None:
    tried = live(with_tests({"name": "aa"}, {"name": "bb", "by": "community"}))
    base = live(made(members=1500, days=63, policy=BASE))
    assert (without_rows(tried.members) == base.members).all() and len(set(tried.members["segment"])) == 4
    for name in base.run.totals.dtype.names:  # by row of the plan money is told apart by arms
        if name != "segment_contribution":
            assert (tried.run.totals[name] == base.run.totals[name]).all(), name


def test_the_rest_of_lives_is_without_the_experiment() -> None:
    """It ends with the run: who lives on afterwards lives under the policy alone."""
    s = with_tests({"name": "all", "push": {"per_week": 7}}, members=300)
    assert [test.share for test in arms.over(s.policy).experiments] == [0.0]
    assert simulate(s).measures["ltv_member"] is not None


# --- estimates -------------------------------------------------------------------------------------------------------


def test_an_arm_lives_as_if_it_were_everybody() -> None:
    """Without anything shared: the treated as where all are, the others as where nobody is, to the bit; joiners, too."""
    for by in ("member", "community"):
        s = with_tests({**MORE, "by": by}, base=BASE | {"acquisition": [CARD | {"per_day": 40}]})
        assert ties(s.policy, 0) == []
        for who in ("members", "joiners"):
            for outcome, record in told(s, who=who).items():
                assert record["interference"] == 0.0, (who, outcome)
        assert told(s)["clicks"]["truth"] > 0.2 > told(s)["clicks"]["truth_error"] > 0


@pytest.mark.parametrize("by", ["member", "community"])
def test_the_estimate_is_unbiased_and_its_interval_covers(by: str) -> None:
    """Over 600 draws of arms on the same lives: the mean is the truth within 5 errors, and 95 % of intervals hold it."""
    s = with_tests({**MORE, "by": by}, members=60 * LANES, days=56)
    (trial,) = experiments.trials(s)
    everybody, nobody = (experiments._lived_by_all(s, trial, share, 3, 1)[0] for share in (1.0, 0.0))
    truth = (everybody.outcomes - nobody.outcomes).mean(axis=0)
    apart, covered, sizes = [], [], []
    for number in range(600):
        test = np.array([(number, int(by == "community"), 0.5)], TEST)[0]
        treated = in_arms(nobody.keys, nobody.accounts, test, np.uint64(3))
        outcomes = np.where(treated[:, None], everybody.outcomes, nobody.outcomes)
        read = estimate(outcomes, treated, nobody.accounts if by == "community" else None)
        apart.append(read.difference - truth)
        covered.append(abs(read.difference - truth) <= stdtrit(read.freedom, 0.975) * read.error)
        sizes.append(read.error)
    spread = np.std(apart, axis=0, ddof=1)
    assert (abs(np.mean(apart, axis=0)) < 5 * spread / np.sqrt(600)).all()
    assert (np.mean(covered, axis=0) > 0.95 - 5 * np.sqrt(0.95 * 0.05 / 600)).all(), (
        "it holds the truth as often as it says"
    )
    assert (np.mean(covered, axis=0) < 0.99).all(), "and is not much wider than it has to be"
    assert ((np.mean(sizes, axis=0) > 0.85 * spread) & (np.mean(sizes, axis=0) < 1.3 * spread)).all()


def test_what_read_says_is_that_estimate() -> None:
    """By hand, from the members themselves."""
    s = with_tests(MORE)
    looks = observed(s)
    before, after = looks.on[14], looks.on[56]
    inside = before["left"] == NEVER
    treated = np.array([draws.uniform(key, draws.ARM, 0) < 0.5 for key in before["key"]])[inside]
    orders = (after["orders"] - before["orders"])[inside]
    (own,) = [r for r in experiments.read(s, looks, 3, 1, truth=False) if r["outcome"] == "orders"]
    one, two = orders[treated], orders[~treated]
    assert own["estimate"] == pytest.approx(one.mean() - two.mean())
    error = np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))
    assert own["error"] == pytest.approx(error, rel=1e-3)
    assert own["smallest"] == pytest.approx((1.959964 + 0.841621) * own["error"], rel=1e-6)
    assert own["truth"] is None and own["power"] is None and own["interference"] is None
    assert experiments.chance_to_see(own["smallest"], own["error"]) == pytest.approx(0.8, abs=1e-3)
    assert experiments.chance_to_see(0.0, 1.0) == pytest.approx(0.05)


def test_an_arm_that_gets_the_same_shows_nothing_beyond_chance() -> None:
    """Twenty A/A tests at a time: the truth is 0, and 5 % of the intervals leave it out."""
    s = with_tests(*({"name": f"aa{n}", "from_day": 7 * n, "until_day": 7 * n + 7} for n in range(8)))
    outside = []
    for seed in range(12):
        records = experiments.read(s, observed(s, seed), seed, 1, truth=seed == 0)
        if seed == 0:
            assert {record["truth"] for record in records} == {0.0}
        outside += [not r["low"] <= 0 <= r["high"] for r in records if r["outcome"] in ("orders", "clicks")]
    assert len(outside) == 12 * 8 * 2
    assert abs(np.mean(outside) - 0.05) < 5 * np.sqrt(0.05 * 0.95 / len(outside))


def test_mood_carries_over_between_members_of_a_group_and_not_between_groups() -> None:
    """Live sessions lift their groups: drawn by member the others get a part of it, so the estimate is too small."""
    given = {"members": 24 * LANES, "days": 84, "response": LIVELY}
    mixed = told(with_tests(LIVE, base=GROUPS, **given))["clicks"]
    assert mixed["truth"] > 20 * mixed["truth_error"] / 5 > 0
    assert mixed["interference"] < -5 * mixed["interference_error"] < 0
    apart = told(with_tests({**LIVE, "by": "community"}, base=GROUPS, **given))["clicks"]
    assert apart["truth"] == mixed["truth"] and apart["interference"] == 0.0
    assert apart["error"] > mixed["error"], "groups are the observations"
    assert (apart["groups_with"], apart["members_with"]) > (2, LANES) and mixed["groups_with"] is None


def test_what_arms_share_is_named() -> None:
    everything = GROUPS | {
        "community": {"programme": [{"kind": "live", "cost": 5}]},
        "coupons": [{"kind": "percent", "off": 0.1, "every_days": 9, "valid_days": 3, "budget": 9, "to": "high_value"}],
        "referral": {"market": 1e6},
    }
    s = with_tests(LIVE, {**LIVE, "name": "too", "by": "community"}, base=everything)
    assert ties(s.policy, 0) == ["budgets", "groups", "high_value", "friends"]
    assert ties(s.policy, 1) == ["budgets", "sessions", "high_value", "friends"]


def test_what_arms_share_is_that_of_the_policies_of_their_days() -> None:
    """Of phases that come while it runs, and of the guard's acts; not of those before it and after it."""
    referral = {"referral": {"market": 1e6}}

    def said(*phases: dict[str, Any], **base: Any) -> str:
        s = with_tests(MORE, base=BASE | base, days=84, phases=list(phases))
        (trial,) = experiments.trials(s)
        return experiments_told.disturbance(s, trial, [], "en")

    nothing = "The arms share nothing, so an estimate misses the truth by the luck of the draw alone."
    friends = "Both arms share the market whose people are still to be won."
    service = {"service": {"staff": 1}}
    assert said() == said({"from_day": 56, "policy": referral}) == nothing
    assert said({"from_day": 10, "policy": {"referral": None}}, **referral) == nothing
    assert said({"from_day": 49, "policy": referral}) == friends
    assert said({"from_day": 15, "policy": {"referral": None}}, **referral) == friends
    both = said({"from_day": 20, "policy": referral}, {"from_day": 30, "policy": service | {"referral": None}})
    assert both == friends.replace(" won.", " won and the queue of the service.")
    assert said(guard={}) == nothing
    assert said(guard={"acts": [{"act": "drop_promotions"}]}) == "Both arms share the guard, whose acts are for all."
    party = {"from_day": 20, "until_day": 22, "cost": 10}
    assert said(events={"party": party}) == "Both arms share the costs of events."


def test_a_budget_is_shared() -> None:
    """Who gets the coupon only in an arm has the whole budget; if all do it lasts half as long."""
    coupon = {"kind": "percent", "off": 0.5, "every_days": 7, "valid_days": 7, "budget": 20_000}
    s = with_tests({"name": "coupon", "coupons": [coupon]}, base={"push": {"per_week": 0}})
    record = told(s)["orders"]
    assert record["truth"] > 0 and record["interference"] > 3 * record["interference_error"] > 0


def test_too_few_to_compare_says_so() -> None:
    for share in (0.0, 1.0):
        s = with_tests({**MORE, "share": share}, members=40)
        record = told(s)["orders"]
        assert record["estimate"] is None and record["error"] is None and record["interference"] is None
        assert record["truth"] is not None, "that of everybody is known all the same"
    assert experiments.read(with_tests({**MORE, "from_day": 70, "until_day": None}), observed(with_tests()), 3, 1) == []


# --- how it is told --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Scenario:
    groups = BASE | {"community": {"programme": [{"kind": "live"}]}, "acquisition": [CARD | {"per_day": 30}]}
    return with_tests(MORE, {**LIVE, "by": "community", "from_day": 21}, base=groups, members=2000, replicates=3)


def test_a_simulation_has_a_frame_json_and_words(small: Scenario) -> None:
    done = simulate(small, threads=1)
    frame = done.experiments
    assert list(frame["experiment"].unique()) == ["more", "live"] and set(frame["who"]) == {"members", "joiners"}
    assert (frame.groupby(["experiment", "who"]).size() == len(OUTCOMES)).all()
    assert frame["truth"].notna().all() and frame["groups_with"].notna().sum() == 2 * len(OUTCOMES)
    written = json.loads(json.dumps(simulated(done)))["experiments"]
    assert written == done.experiment_records
    english = experiments_told.sentences(small, done.experiment_records)
    chinese = experiments_told.sentences(small, done.experiment_records, "zh")
    assert len(english) == len(chinese) == 2 * (2 * (1 + len(OUTCOMES)) + 1)
    assert english[0].startswith("more, days 14 to 55: ") and "drawn by herself" in english[0]
    assert any("their groups, with mood and costs" in text for text in english)
    assert "points" in next(text for text in english if text.startswith("share who left"))
    assert chinese[0].startswith("more，第 14 至 55 天：")
    assert not [text for text in (*english, *chinese) if "None" in text or "nan" in text]


def test_a_comparison_tells_how_often_intervals_held(small: Scenario, tmp_path) -> None:
    result = compare([small, made(name="plain", members=2000, days=63, policy=BASE)], replicates=3, jobs=1)
    records = result.experiments("test")
    own = next(r for r in records if (r["experiment"], r["who"], r["outcome"]) == ("more", "members", "clicks"))
    each = [
        next(
            x for x in row[0].experiments if (x["experiment"], x["who"], x["outcome"]) == ("more", "members", "clicks")
        )
        for row in result.replicates["all"]
    ]
    assert own["replicates"] == 3 and own["estimate"] == pytest.approx(np.mean([x["estimate"] for x in each]))
    assert own["covered"] == np.mean([x["low"] <= x["truth"] <= x["high"] for x in each])
    assert own["significant"] == np.mean([not x["low"] <= 0 <= x["high"] for x in each])
    assert result.experiments("plain") == []
    assert [scenario["experiments"] for scenario in compared(result)["scenarios"]] == [records, []]
    for lang, colon in (("en", ": "), ("zh", "：")):
        page = report.html(result, lang)
        assert experiments_told.say("Experiments, beside the truth", lang) in page
        assert page.count(f"<h3>test{colon}") == 4 and "None" not in page and "nan" not in page


def test_one_arm_by_hand() -> None:
    (test,) = with_tests(MORE).policy.experiments
    record = np.array([as_test(test, 2)], TEST)[0]
    inside = [is_in_arm(np.uint64(key), 0, record, np.uint64(1)) for key in range(400)]
    assert inside == [draws.uniform(np.uint64(key), draws.ARM, 2) < 0.5 for key in range(400)]


def noted_of(key: str, scenario: Scenario) -> list[str]:
    """What `check` notes of a key, the key itself left out."""
    return [text for start, _, text in (note.partition(": ") for note in notes(scenario)) if start == key]


def test_check_says_which_can_tell_little() -> None:
    tests = [
        {"name": "late", "from_day": 400},
        {"name": "all", "share": 1.0},
        {"name": "mixed", "push": {"per_week": 1}},
        {"name": "few", "by": "community", "push": {"per_week": 1}},
    ]
    told = made(members=100, days=364, policy=BASE | {"community": {}, "experiments": tests[:3]})
    assert noted_of("policy.experiments.0", told) == [
        "it begins on day 406, and the run has 364 days; begin earlier, or run longer"
    ]
    assert noted_of("policy.experiments.1.share", told) == [
        "everybody is in one arm, so there is nothing to compare; 0.5 sees the smallest effects"
    ]
    (mood,) = noted_of("policy.experiments.2.by", told)
    assert mood.startswith("members of both arms are in the same groups")
    (groups,) = noted_of("policy.experiments.0.by", made(members=2000, policy={"experiments": tests[3:]}))
    assert groups == "2,000 founding members are in 8 groups, few to draw from; take by: member, or more members"
    said = explained(with_tests({"name": "aa", "from_day": 8, "until_day": 30, "share": 0.1}))
    assert said[-1] == (
        "policy.experiments.0: experiment aa, 10 % of members, each drawn by herself, from the review of day 14 on, until "
        "the review of day 35, both arms get the same"
    )
