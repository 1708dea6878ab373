"""Phases: a policy that changes on a day is that policy from the next weekly review on, and was the other one until then."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from sim.catalogue import NEVER
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.acquisition import opened
from sim.policies.benefits import names_in
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.results.metrics.account import advertising_by_day, joined
from sim.results.plots.canvas import mark_phases
from sim.results.simulation import simulate
from sim.run import members_frame
from sim.scenario import Scenario, load

from .conftest import lived, made
from .test_equality import EVERYTHING, equal
from .test_random_policies import replays_itself

CARD = {"channel": "card", "per_day": 1.5, "cac": 3, "buyers": 0.7}
TEN = {"kind": "percent", "off": 0.1, "every_days": 7, "valid_days": 6}
TIERS = {"points": 0.02, "tiers": [{"spend": 20, "discount": 0.05}, {"spend": 60, "discount": 0.1}]}
BASE: dict[str, Any] = {
    "acquisition": [CARD],
    "push": {"per_week": 3, "benefit": "ten"},
    "benefits": {"ten": {"kind": "percent", "off": 0.1, "valid_days": 30}},
    "coupons": [TEN],
}
OTHER: dict[str, Any] = {
    "acquisition": [CARD | {"cac": 5}, {"channel": "ad", "per_day": 1, "organic": 0.4}],
    "push": {"per_week": 7, "benefit": None},
    "benefits": {"ten": {"kind": "percent", "off": 0.3}, "gift": {"kind": "gift", "worth": 1, "unit_cost": 1}},
    "lines": [{"per_week": 1, "benefit": "ten"}],
    "community": {"manager_per_month": 30, "programme": [{"kind": "live", "per_week": 2, "cost": 5}]},
    "membership": TIERS,
    "referral": {"market": 1000, "reward": 1},
    "wake_up": [{"delay": 12, "content": "promotion", "benefit": "gift"}],
    "segments": {"loyal": {"push": {"per_week": 2}}},
    "tag_lag": 5,
}
END = {"community": None, "membership": None, "referral": None, "coupons": [], "wake_up": []}
RESPONSE = {"refer": 0.004}


def phased(*phases: dict[str, Any], policy: dict[str, Any] = BASE, days: int = 90, **more: Any) -> Scenario:
    return made(members=300, days=days, policy=policy, phases=list(phases), response=RESPONSE, **more)


def phase(day: int, **policy: Any) -> dict[str, Any]:
    return {"from_day": day, "policy": policy}


def test_a_phase_that_changes_nothing_is_no_phase() -> None:
    """Said on a day, said again in the same words, or beyond the run: the same lives to the bit."""
    none = lived(phased(), seed=3)
    for phases in ([phase(20)], [phase(20, coupons=[TEN])], [phase(85, **OTHER)]):
        changed = lived(phased(*phases), seed=3)
        equal(changed._replace(run=replace(changed.run, weekly=none.run.weekly)), none)


def test_a_phase_from_the_first_day_is_that_policy() -> None:
    whole = {**BASE, **OTHER, "push": {"per_week": 7}, "benefits": BASE["benefits"] | OTHER["benefits"]}
    equal(lived(phased(phase(0, **OTHER)), seed=3), lived(phased(policy=whole), seed=3))


@pytest.mark.parametrize(("from_day", "review"), [(21, 21), (22, 28)])
def test_before_a_phase_all_is_as_without_it(from_day: int, review: int) -> None:
    """What the run keeps for later (who takes part in a group to come) moves nothing; from the review on much differs."""
    none, changed = lived(phased(), seed=3), lived(phased(phase(from_day, **OTHER)), seed=3)
    assert changed.run.daily[:review].equals(none.run.daily[:review])
    assert not changed.run.daily[review : review + 7].equals(none.run.daily[review : review + 7])
    before = none.orders["time"] < review
    for name in ("key", "time", "amount", "discount", "used"):
        assert (changed.orders[name][changed.orders["time"] < review] == none.orders[name][before]).all()
    assert changed.run.weekly["policy"].tolist() == [int(7 * week >= review) for week in range(13)]


def test_what_a_phase_brings_begins_and_ends_with_it() -> None:
    run = lived(phased(phase(28, **OTHER), phase(56, **END)), seed=3).run
    daily = run.daily
    for name in ("groups", "community_cost", "tier_discounts", "touched", "live_reads", "referrals"):
        assert (daily[name][:28] == 0).all() and daily[name][28:56].sum() > 0 and (daily[name][56:] == 0).all(), name
    assert daily["issued"][28:56].sum() > 0 and (daily["issued"][56:] == 0).all()
    assert daily["referrals"].sum() == daily["friends_joined"][28:57].sum(), "who was referred last still comes"
    assert daily["benefits_issued"][56:].sum() > 0, "what the phases after it do not change goes on"
    first_manager, per_day = daily["community_cost"].iloc[28], 30 * 12 / 365
    assert first_manager == pytest.approx(2 * 7 * per_day + 2 * 5, rel=1e-4)  # two groups, two sessions of a week


def test_who_has_won_a_tier_loses_it_with_the_tiers() -> None:
    first = phased(phase(28, membership=TIERS), phase(56, membership={"tiers": TIERS["tiers"][:1]}), days=56)
    assert set(np.unique(lived(first, seed=3).members["tier"])) == {0, 1, 2}
    fewer = lived(first.with_changes({"days": 63}), seed=3).members
    assert set(np.unique(fewer["tier"][fewer["left"] == NEVER])) == {0, 1}
    none = lived(phased(phase(28, membership=TIERS), phase(56, membership=None)), seed=3).members
    here = none["left"] == NEVER
    assert (none["tier"][here] == 0).all() and (none["standing"][here] == 0).all() and none["year_spend"].any()


def test_a_coupon_in_hand_outlives_its_phase() -> None:
    """What was handed out stays good, on the terms on which it was; a benefit of the same name is another one then."""
    scenario = phased(phase(28, push={"benefit": None}, lines=[{"per_week": 2, "benefit": "ten"}], coupons=[],
                            benefits={"ten": {"kind": "percent", "off": 0.3}}))  # fmt: skip
    names = names_in(scenario)
    first, second = (code for code, name in names.items() if name == "ten")
    orders = lived(scenario, seed=3).orders
    late = orders[(orders["time"] >= 28) & (orders["used"] == first)]
    assert len(late) and (late["time"] < 28 + 30).all()
    np.testing.assert_allclose(late["discount"], 0.1 * (late["amount"] + late["discount"]), atol=1)
    after = orders[orders["used"] == second]
    assert len(after) and (after["time"] >= 28).all()
    np.testing.assert_allclose(after["discount"], 0.3 * (after["amount"] + after["discount"]), atol=1)


def test_a_budget_is_for_the_whole_run() -> None:
    """The same coupon before and after, with a phase in between: one budget."""
    budget = 1200
    coupon = TEN | {"budget": budget}
    kept = lived(
        phased(phase(28, coupons=[]), phase(42, coupons=[coupon]), policy=BASE | {"coupons": [coupon]}), seed=3
    )
    used = kept.orders[kept.orders["used"] == 1]
    assert 0.5 * budget < used["discount"].sum() / 100 <= budget
    assert used["time"].min() < 28 and used["time"].max() > 42


def test_joiners_pay_what_their_channel_cost_then() -> None:
    scenario = phased(phase(28, **OTHER))
    kept = lived(scenario, seed=3)
    ways = opened(scenario)
    assert [(way.channel.channel, way.channel.cac, way.spells) for way in ways] == [
        ("card", 3, ((0, 28),)), ("card", 5, ((28, 90),)), ("ad", 0, ((28, 90),)),
    ]  # fmt: skip
    assert [int(n) for n in joined(kept.run).values()] == [42, 93, 62]
    cost = advertising_by_day(kept.run)
    assert cost[:28].sum() == 42 * 3 and cost[28:].sum() == 93 * 5
    frame = members_frame(kept.run)
    card = frame[frame["channel"] == "card"]
    assert (card["cac"] == np.where(card["joined"] < 28, 3, 5)).all()
    assert frame["channel"].value_counts()[["card", "ad"]].tolist() == [135, 62]


def test_the_rest_of_life_goes_on_under_the_last_phase() -> None:
    """What costs a lot for good weighs on what is still to come, whichever way it came to be in force at the end."""
    dear = {"push": {"cap_per_day": 3}, "lines": [{"per_week": 7, "channel": "call"}]}
    costs = {"channels": {"call": 2}}
    late = lived(phased(phase(63, **dear), costs=costs), seed=3).run
    calm, never = lived(phased(costs=costs), seed=3).run, lived(phased(phase(91, **dear), costs=costs), seed=3).run
    assert late.closing["rest"].sum() < calm.closing["rest"].sum() - 100
    assert (never.closing["rest"] == calm.closing["rest"]).all()


def test_counterfactuals_are_of_all_phases() -> None:
    scenario = phased(phase(28, **OTHER), phase(56, **END))
    bare = scenario.no_operations()
    run = lived(bare, seed=3).run
    assert run.totals["delivered"] == run.totals["issued"] == run.totals["community_cost"] == 0
    assert run.totals["joined"] == 42 + 93 + 62
    told = simulate(scenario, seed=3).measures
    assert 0 < told["bought_anyway"] < 1 and told["ltv_cac"] is not None
    nothing = scenario.under(lambda policy: policy.model_copy(update={"coupons": (), "lines": ()}))
    assert all(not policy.coupons and not policy.lines for policy in InForce(nothing).policies)
    assert InForce(nothing).policies[1].community is not None and InForce(nothing).policies[2].community is None


BUSY = {
    "push": {"per_week": 5, "channel": "group"},
    "segments": {"repeat": {"push": {"cap_per_day": 1}}, "new": {"content": {"live": 1.0}}},
    "community": None,
    "coupons": [TEN],
    "follow_up": [{"delay": 4, "content": "education", "survey": True}],
    "membership": {"tiers": [{"spend": 30, "discount": 0.03}]},
    "quiet_hours": None,
    "account": "adviser",
    "tag_lag": 0,
}


def everything() -> Scenario:
    phases = [phase(30, **BUSY), phase(60, community=EVERYTHING["community"], referral=None, acquisition=[])]
    return made(members=300, days=91, policy=EVERYTHING, phases=phases, response=RESPONSE)


def test_engines_and_threads_agree() -> None:
    one = lived(everything(), seed=3, threads=1)
    assert one.run.totals["gifts"] > 0 and one.run.daily["groups"][28:35].tolist() != [0] * 7
    equal(lived(everything(), seed=3, engine="agents"), one)
    equal(lived(everything(), seed=3, threads=2), one)


def test_the_log_of_a_run_is_its_own_likelihood() -> None:
    replays_itself(phased(phase(28, **OTHER), phase(56, **END), seed=3))


def test_a_part_of_the_pool_stands_for_it() -> None:
    """Lives: budgets, joiners and groups of phases go with them."""
    run = lived(phased(phase(28, **OTHER), lives=100), seed=3).run
    through_channels = run.totals["joined"] - run.totals["friends_joined"]
    assert through_channels == pytest.approx(42 + 93 + 62, abs=6) and run.totals["community_cost"] > 0


def test_keys_of_phases_are_set_and_written() -> None:
    scenario = phased(phase(28, **OTHER), phase(56, **END))
    assert load(scenario.plain()) == scenario and scenario.plain()["phases"][1]["policy"]["community"] is None
    changed = scenario.with_changes({"phases.0.policy.push.per_week": 2, "phases.1.from_day": 70})
    assert InForce(changed).policies[1].push.per_week == 2 and InForce(changed).begins == (0, 28, 70)
    assert {key: theirs for key, _, theirs in scenario.differences(changed)} == {
        "phases.0.policy.push.per_week": 2, "phases.1.from_day": 70,
    }  # fmt: skip
    assert scenario.digest != changed.digest


def test_null_ends_what_there_was() -> None:
    ends = phase(28, coupons=None, acquisition=None, push=None, benefits=None)
    scenario = phased(ends)
    assert InForce(scenario).policies[1] == Policy()
    assert load(scenario.plain()) == scenario and scenario.plain()["phases"] == [ends]


def test_phases_in_words() -> None:
    said = explained(phased(phase(30, **OTHER), phase(56, **END)))
    at = said.index("phases.0: from day 35 of the run on (2025-02-05) the policy changes")
    then = said.index("phases.1: from day 56 of the run on (2025-02-26) the policy changes")
    assert any(text.startswith("phases.0.policy.push: 7 a week") for text in said[at:then])
    assert any(text.startswith("phases.0.policy.acquisition.0: 1.5 join a day through card") for text in said[at:then])
    assert any(text.startswith("phases.1: no more policy.community") for text in said[then:])
    fewer = phased(
        phase(28, lines=[]), policy=BASE | {"lines": [{"per_week": 1}], "segments": {"busy": {"push": {"per_week": 1}}}}
    )
    gone = [text for text in explained(fewer) if "no more" in text]
    assert gone == ["phases.0: no more policy.lines.0"], "the policy and its segment are still there"
    chinese = explained(phased(phase(30, **OTHER)), "zh")
    assert "phases.0：从模拟第 35 天（2025-02-05）起调整策略" in chinese


def test_what_of_a_phase_is_never_so() -> None:
    said = notes(phased(phase(30), phase(34, push={"executed": 0}), phase(88)))
    assert (
        "phases.0.from_day: is in force on no day: the phase after it begins at the same weekly review, on day 35"
        in said
    )
    assert "phases.1.from_day: day 34 lies within a week; the changes hold from the weekly review on day 35 on" in said
    assert any(note.startswith("phases.1.policy.push: executed is 0") for note in said)
    assert any(note.startswith("phases.2.from_day: never begins") for note in said)
    assert "policy: is in force on no day: phases.0 begins on the first" in notes(phased(phase(0)))
    assert "phases.0: changes nothing of what there was before it" in notes(phased(phase(7, coupons=[TEN])))


def test_plots_mark_where_a_phase_begins() -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    mark_phases(axes, phased(phase(28), phase(50)), "black")
    mark_phases(axes, phased(phase(28)), "black", start=0)
    assert [line.get_xdata()[0] for line in axes.lines] == [29, 57, 28]  # days are counted from 1, or those before each


@pytest.mark.parametrize(
    ("phases", "sentence"),
    [
        ([phase(9), phase(9)], "phases.1.from_day: must be above the 9 of the phase before it, not 9"),
        ([phase(9, push={"benefit": "b"})], "phases.0.policy.push.benefit: there is no benefit b"),
        (
            [phase(9, acquisition=[CARD, CARD])],
            "phases.0.policy.acquisition.1.channel: there is a channel card already",
        ),
        ([phase(9, puhs={})], "phases.0.policy.puhs: unknown key; did you mean push?"),
        ([phase(9, push={"per_week": -1})], "phases.0.policy.push.per_week: must be at least 0, not -1"),
        (
            [phase(9, coupons=[TEN | {"valid_days": n + 7} for n in range(16)])],
            "phases: there are 17 different coupons",
        ),
        ([phase(-1)], "phases.0.from_day: must be at least 0, not -1"),
        ([{"from_day": 3}], "phases.0.policy: is missing: what changes"),
        ([phase(9, acquisition=[CARD | {"meets": "counter"}])], "phases.0.policy.acquisition.0.meets: chooses among"),
    ],
)
def test_bad_phases_are_refused(phases: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(BadInput, match="^" + sentence.replace(".", r"\.").replace("?", r"\?")):
        phased(*phases)


def test_a_phase_that_ends_all_benefits_leaves_nothing_of_them() -> None:
    """What a life is worth after the run is that of a scenario in which they never were; a budget has nowhere to go."""
    percent = {"kind": "percent", "off": 0.2, "budget": 100}
    ended = {"from_day": 0, "policy": {"push": {"benefit": None}, "benefits": None}}
    policy = {"push": {"per_week": 2, "benefit": "x"}, "benefits": {"x": percent}}
    runs = [
        lived(made(members=200, days=56, policy=given, phases=phases))
        for given, phases in ((policy, [ended]), ({"push": {"per_week": 2}}, []))
    ]
    assert runs[0].run.closing.tobytes() == runs[1].run.closing.tobytes()


def test_without_operations_who_joins_is_the_same() -> None:
    """Null, too, ends acquisition where all else is switched off."""
    card = {"channel": "card", "per_day": 2}
    scenario = made(
        members=50,
        days=56,
        policy={"acquisition": [card], "push": {"per_week": 2}},
        phases=[{"from_day": 28, "policy": {"acquisition": None, "push": {"per_week": 3}}}],
    )
    joined = [lived(each).run.daily["joined"].sum() for each in (scenario, scenario.no_operations())]
    assert joined[0] == joined[1] == 2 * 28


def test_experiments_and_benefits_are_told_where_they_are_in_force() -> None:
    """An arm in the phase in which it runs, no groups that have ended by then; what some phase brings is brought."""
    groups = {"programme": [{"kind": "check_in", "per_week": 1}]}
    test = {"name": "more", "from_day": 63, "push": {"per_week": 5}}
    policy = {
        "push": {"per_week": 2},
        "community": groups,
        "benefits": {"x": {"kind": "percent", "off": 0.1}, "z": {"kind": "percent", "off": 0.1}},
        "experiments": [test, {"name": "early", "until_day": 21, "push": {"per_week": 4}}],
    }
    scenario = made(
        members=8000,
        days=90,
        policy=policy,
        phases=[{"from_day": 28, "policy": {"community": None, "push": {"per_week": 3, "benefit": "x"}}}],
    )
    said, noted = explained(scenario), notes(scenario)
    assert any(text.startswith("phases.0.policy.experiments.0.push") for text in said)
    assert not any(text.startswith("phases.0.policy.experiments.1") for text in said)
    assert not any("experiments.0.by" in note for note in noted) and any("experiments.1.by" in note for note in noted)
    assert [note.partition(":")[0] for note in noted if "no message brings it" in note] == ["policy.benefits.z"]


def test_experiments_stand_in_no_phase() -> None:
    with pytest.raises(BadInput, match=r"phases.0.policy.experiments: have days of their own"):
        made(members=10, days=60, phases=[{"from_day": 7, "policy": {"experiments": []}}])
