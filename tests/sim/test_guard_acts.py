"""What a guard does: from the day of its act on the pool lives as if the policy had been changed on that day, no more."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import draws
from sim.catalogue import CONTENT_TYPES, NEVER
from sim.drafting.explained import explained
from sim.policies.guard import Act, under
from sim.policies.lines import regular
from sim.pool import PoolModel
from sim.replay import replay
from sim.results.comparison import compare
from sim.results.report import html
from sim.results.simulation import simulate
from sim.run import Run
from sim.scenario import Scenario

from .conftest import lived, made, watched

DAYS = 84
DROP = {"act": "drop_promotions"}
MIX = {"act": "change_mix", "content": {"education": 0.6, "emotion": 0.4}}
SURVEY = {"act": "survey", "touch": {"anchor": "ordered", "delay": 2, "content": "emotion", "benefit": "sample"}}
LOUD: dict[str, Any] = {
    "acquisition": [{"channel": "card", "per_day": 2, "cac": 4, "buyers": 0.7}],
    "push": {"per_week": 14, "cap_per_day": 3},
    "content": {"education": 0.1, "emotion": 0.1, "promotion": 0.8},
    "lines": [{"per_week": 2, "content": "promotion", "channel": "mass"}, {"per_week": 1, "channel": "moments"}],
    "benefits": {"sample": {"kind": "trial", "worth": 1, "unit_cost": 2, "valid_days": 12}},
    "touches": [{"anchor": "silent", "delay": 20, "content": "education", "aim": True}],
    "tag_accuracy": 0.6,
    "community": {"programme": [{"kind": "ugc"}]},
    "segments": {"busy": {"content": {"promotion": 0.5, "emotion": 0.5}}},
}
HIGH, LOW = {"click_rate": 0.99}, {"click_rate": 1e-6}  # never reached, so the act stays; never missed


def guarded(*acts: dict[str, Any], watch: dict[str, Any] = HIGH, **more: Any) -> Scenario:
    """A loud pool whose guard does this from day 28 on: no figure of before says anything."""
    keys = {"members": 600, "days": DAYS} | more
    only = dict.fromkeys(
        ("group_interactions", "complaints", "cohort_return", "wake_up_rate", "d7_retention", "d30_retention")
    )
    return made(policy=LOUD | {"guard": {"watch": only | watch, "acts": list(acts)}}, **keys)


def alone(run: Run) -> dict[str, Any]:
    (row,) = run.alerts.to_dict("records")
    return row  # type: ignore[no-any-return]


@pytest.mark.parametrize("act", [DROP, MIX, SURVEY], ids=lambda act: act["act"])
def test_an_act_is_the_policy_changed_on_its_day(act: dict[str, Any]) -> None:
    """To the bit, as a phase that begins on that day with what the act leaves of the policy."""
    scenario = guarded(act)
    base = scenario.policy.model_copy(update={"guard": None})
    left = under(base, Act.model_validate(act)).plain()
    keys = ("push", "content", "lines", "touches", "community", "segments")
    later = made(
        members=600,
        days=DAYS,
        policy=base.plain(),
        phases=[{"from_day": 28, "policy": {key: left[key] for key in keys}}],
    )
    one, other = lived(scenario), lived(later)
    assert alone(one.run)["act"] == act["act"] and alone(one.run)["act_from"] == 28
    assert one.members.tobytes() == other.members.tobytes()
    assert one.orders.tobytes() == other.orders.tobytes()
    assert one.run.daily.equals(other.run.daily)
    assert one.run.weekly["policy"].tolist() == [0] * 4 + [1] * 8


def test_an_act_is_for_every_arm_of_an_experiment() -> None:
    """Row by row: an arm on a segment's plan loses its promotions as that plan does, with its own mix, rhythm and lines."""
    arms = [
        {"name": "rhythm", "push": {"per_week": 21}},
        {"name": "mix", "content": {"promotion": 0.25, "live": 0.75}},
        {"name": "lines", "from_day": 40, "lines": [{"per_week": 4}, {"per_week": 2, "content": "promotion"}]},
    ]
    policy = guarded(DROP).policy.model_validate(guarded(DROP).policy.plain() | {"experiments": arms})
    left = under(policy, Act.model_validate(DROP))
    assert len(policy.rows()) == len(left.rows()) == 2 * 8 and left.rows()[:2] == left.plans()
    for whole, quiet in zip(policy.rows(), left.rows(), strict=True):
        before, after = regular(whole), regular(quiet)
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            for name, much, less in zip(CONTENT_TYPES, one.shares, other.shares, strict=True):
                if one.number is None:  # of the push or a line, not of the groups
                    much *= name != "promotion"
                assert less * other.per_week == pytest.approx(much * one.per_week)
    mixed = under(policy, Act.model_validate(MIX))
    assert {row.content for row in mixed.rows()} == {Act.model_validate(MIX).content}
    assert [row.push for row in mixed.rows()] == [row.push for row in policy.rows()]


def test_an_arm_of_promotions_falls_silent_with_the_others() -> None:
    selling = {"name": "selling", "content": {"promotion": 1.0}}
    policy = {"push": {"per_week": 7}, "content": {"emotion": 0.5, "promotion": 0.5}, "experiments": [selling]}
    watch = {"watch": HIGH | {"d7_retention": None, "d30_retention": None}, "acts": [DROP]}
    scenario = made(members=600, days=DAYS, policy=policy | {"guard": watch})
    kept = lived(scenario)
    assert kept.run.alerts["act_from"].tolist()[0] == 28
    inside = kept.members[kept.members["left"] == NEVER]
    sells = np.array([draws.uniform(key, draws.ARM, 0) < 0.5 for key in inside["key"]])
    assert (inside["last_sent"][sells] < 28).all() and (inside["last_sent"][~sells] > 70).all() and sells.sum() > 100
    told = [text for text in explained(scenario) if text.startswith("policy.guard.acts: ")]
    assert told == [
        "policy.guard.acts: acts are for every member, whatever arm of an experiment she is in; while one is in force arms "
        "differ in what it leaves of their changes"
    ]
    assert not [text for text in explained(guarded(DROP)) if text.startswith("policy.guard.acts: ")]


@pytest.mark.parametrize("act", [DROP, MIX, SURVEY], ids=lambda act: act["act"])
def test_nothing_differs_before_the_first_act(act: dict[str, Any]) -> None:
    acting, watching = lived(guarded(act)).run.daily, lived(guarded()).run.daily
    differing = (acting != watching) & ~(acting.isna() & watching.isna())
    assert not differing[:28].to_numpy().any()
    assert differing[28:].to_numpy().any()


def test_who_has_left_before_the_act_has_lived_the_same_life() -> None:
    acting, watching = lived(guarded(DROP)).members, lived(guarded()).members
    gone = watching[(watching["left"] != NEVER) & (watching["left"] < 28)]
    same = acting[np.isin(acting["key"], gone["key"])]
    assert len(gone) > 20
    for name in ("left", "clicks", "complaints", "last_sent"):
        assert (same[name] == gone[name]).all(), name


def test_an_act_that_never_comes_is_absent_to_the_bit() -> None:
    with_acts, without = lived(guarded(DROP, SURVEY, watch=LOW)), lived(guarded(watch=LOW))
    assert not len(with_acts.run.alerts)
    assert with_acts.members.tobytes() == without.members.tobytes()


def test_the_survey_asks_only_while_it_is_in_force() -> None:
    daily = lived(guarded(SURVEY)).run.daily
    assert not daily["surveyed"][:28].any() and daily["surveyed"][28:].sum() > 0
    assert not daily["novelties"][:28].any() and daily["novelties"][28:].sum() > 0


def test_the_plan_goes_back_when_the_figure_has_recovered() -> None:
    """Half a year in which clicks recover without promotions and fall again with them."""
    run = lived(guarded(DROP, watch={"click_rate": 0.02}, days=182, members=1500)).run
    acted = run.alerts[run.alerts["act"].notna()]
    assert len(acted) >= 2
    in_force = run.weekly.set_index("day")["policy"].to_numpy() == 1
    by_alerts = np.zeros(len(in_force), bool)
    for row in acted.itertuples():
        last = 182 if pd.isna(row.act_until) else int(row.act_until)
        by_alerts |= (run.weekly["day"] >= row.act_from).to_numpy() & (run.weekly["day"] < last).to_numpy()
    assert (in_force == by_alerts).all() and 0 < in_force.sum() < len(in_force) - 4


@pytest.mark.parametrize("how", [{"threads": 2}, {"engine": "agents"}], ids=["threads", "agents"])
def test_engines_and_threads_do_the_same(how: dict[str, Any]) -> None:
    acts = (DROP | {"on": ["click_rate"]}, SURVEY | {"on": ["complaints"]})
    members, days = (4500, 80) if "threads" in how else (200, 70)
    scenario = guarded(*acts, watch={"click_rate": 0.05, "complaints": 0.01}, members=members, days=days)
    one, other = lived(scenario, threads=1), lived(scenario, **how)
    assert len(one.run.alerts) and one.run.alerts.equals(other.run.alerts)
    assert one.members.tobytes() == other.members.tobytes() and one.run.weekly.equals(other.run.weekly)


def test_a_replay_of_its_own_log_sees_and_does_the_same() -> None:
    """The same lives again from what happened in them: the same messages came, so every click finds its message."""
    scenario = guarded(
        DROP,
        SURVEY | {"on": ["complaints"]},
        watch={"click_rate": 0.05, "complaints": 0.01},
        members=300,
        response={"lost_attention": 1.0},
    )
    (kept, events) = watched(scenario)
    again = replay(scenario, events, seed=1, lost=kept.members["key"][kept.members["lost"] == 1])
    assert len(kept.run.alerts) and kept.run.weekly["policy"].max() > 0
    assert again.evidence["unmatched"].sum() == 0
    for name in ("left", "clicks", "trust", "fatigue", "frequency"):
        assert (again.members[name] == kept.members[name]).all(), name


def test_a_guard_stops_a_pool_that_blasts() -> None:
    """Fewer messages, fewer complaints, fewer who leave (E4, E6), over the same lives."""

    def totals(*acts: dict[str, Any]) -> Any:
        runs = [
            PoolModel(guarded(*acts, watch={"click_rate": 0.05}, members=3000), seed=seed).run() for seed in range(3)
        ]
        return sum(np.array([run.totals[name] for name in ("delivered", "complaints", "departed")]) for run in runs)

    loud, stopped = totals(), totals(DROP)
    assert (stopped < 0.9 * loud).all()


def test_the_report_and_the_json_tell_of_alerts() -> None:
    from sim.outputs.written import compared, simulated

    scenarios = [guarded(DROP, name="stopped", replicates=2), guarded(name="watched", replicates=2), made(
        members=600, days=DAYS, name="loud", policy=LOUD, replicates=2
    )]  # fmt: skip
    result = compare(scenarios, fixed_response=True)
    page, chinese = html(result), html(result, "zh")
    assert page.count('<h2 id="guard">What the guard saw</h2>') == 1 and "regular promotions dropped" in page
    assert "预警记录" in chinese and "停掉常规促销" in chinese and "What the guard saw" not in chinese
    told = {each["name"]: each["alerts"] for each in compared(result)["scenarios"]}
    assert told["loud"] == [] and [row["replicate"] for row in told["stopped"]] == [0, 1]
    assert {row["act"] for row in told["stopped"]} == {"drop_promotions"} and told["watched"][0]["act"] is None
    assert result.interval("stopped", "health_alerts").mean == 1.0
    (alert,) = simulated(simulate(scenarios[0]))["alerts"]
    assert alert["day"] == alert["act_from"] == 28 and alert["act_until"] is None and alert["value_after"] > 0
    assert set(alert) | {"replicate"} == set(told["stopped"][0])


def test_after_the_run_the_act_in_force_goes_on() -> None:
    """The rest of life is that of the policy the act has left: as under a phase with it, and not as under the base."""
    scenario = guarded(DROP, members=1500)
    base = scenario.policy.model_copy(update={"guard": None})
    left = under(base, Act.model_validate(DROP)).plain()
    phase = {"from_day": 28, "policy": {key: left[key] for key in ("push", "content", "lines", "segments")}}
    acted = lived(scenario).run.closing["rest"].sum()
    phased = lived(made(members=1500, days=DAYS, policy=base.plain(), phases=[phase])).run.closing["rest"].sum()
    assert acted == pytest.approx(phased, rel=1e-12)
    assert acted != pytest.approx(lived(guarded(members=1500)).run.closing["rest"].sum(), rel=0.01)


def test_a_phase_can_bring_the_guard_and_end_it() -> None:
    """Watched from day 28 to day 55 only: the act that it does ends with it."""
    bare = {key: value for key, value in guarded(DROP).policy.plain().items() if key != "guard"}
    watch = guarded(DROP).policy.plain()["guard"]
    scenario = made(
        members=600, days=DAYS, policy=bare,
        phases=[{"from_day": 28, "policy": {"guard": watch}}, {"from_day": 56, "policy": {"guard": None}}],
    )  # fmt: skip
    row = alone(PoolModel(scenario).run())
    assert (row["day"], row["act_from"], row["act_until"], row["until"]) == (28, 28, 56, 56)


def test_a_replay_is_told_what_was_done_about_money() -> None:
    """A log of orders tells no contribution, so a guard that acts on it sees nothing; the run's weeks say what it did."""
    changes = {"acquisition": [{"channel": "card", "per_day": 8, "cac": 400, "buyers": 0.7}]}
    scenario = made(
        members=100, days=160, response={"lost_attention": 1.0},
        policy=LOUD | changes | {"guard": {"acts": [DROP | {"on": ["cohort_return"]}]}},
    )  # fmt: skip
    kept, events = watched(scenario)
    lost = kept.members["key"][kept.members["lost"] == 1]
    weeks = kept.run.weekly["policy"]
    assert set(weeks) == {0, 1}
    blind = replay(scenario, events, seed=1, lost=lost)
    told = replay(scenario, events, seed=1, lost=lost, in_force=weeks.tolist())
    assert blind.evidence["unmatched"].sum() == 0  # it has more messages than came, none too few
    assert (told.members["fatigue"] == kept.members["fatigue"]).all()
    assert (blind.members["fatigue"] != kept.members["fatigue"]).any()
