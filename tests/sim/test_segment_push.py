"""A segment's push: what is left out stays as in the base, null takes away what only null can."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from sim.drafting.explained import explained
from sim.drafting.schema import scenario_schema
from sim.drafting.understood import understood
from sim.policies.lines import regular
from sim.scenario import Push, PushChange, Scenario, load

from .conftest import LIVELY, made

BASE: dict[str, Any] = {
    "benefits": {"b": {"kind": "vote", "worth": 1}},
    "push": {"per_week": 3, "channel": "mass", "benefit": "b", "executed": 0.9, "aim": True},
}


def with_segment(**push: Any) -> Scenario:
    return made(members=1, policy=BASE | {"segments": {"busy": {"push": push}}})


def test_null_takes_away_what_the_base_push_has() -> None:
    _, usual = with_segment(benefit=None, executed=None).policy.plans()
    assert usual.push.benefit is None and usual.push.executed is None and usual.push.aim
    assert regular(usual)[0].executed == 0.5, "as usual of mass sending"
    _, same = with_segment(per_week=2).policy.plans()
    assert (same.push.benefit, same.push.executed, same.push.per_week) == ("b", 0.9, 2)
    assert PushChange(benefit=None).applied_to(Push(benefit="b")) == Push()
    said = explained(with_segment(benefit=None, executed=None))
    assert "policy.segments.busy.push: 3 a week, by mass sending, at 20 h" in "".join(said)
    (own,) = [sentence for sentence in said if sentence.startswith("policy.segments.busy.push")]
    assert "with b" not in own and "sent by 50 % of the accounts" in own


@pytest.mark.parametrize("key", ["per_week", "hour", "cap_per_day", "channel", "aim"])
def test_null_is_as_left_out_where_a_push_has_to_have_something(key: str) -> None:
    assert with_segment(**{key: None}).policy.plans()[1].push == with_segment().policy.plans()[0].push
    assert with_segment(**{key: None}) == with_segment() and with_segment(**{key: None}).digest == with_segment().digest


@pytest.mark.parametrize("push", [{}, {"benefit": None}, {"executed": None, "per_week": 2}, {"benefit": "b"}])
def test_what_was_written_comes_back_from_everywhere(push: dict[str, Any], tmp_path: Path) -> None:
    s = with_segment(**push)
    (tmp_path / "s.yaml").write_text(s.to_yaml(), encoding="utf-8")
    for again in (
        load(tmp_path / "s.yaml"),
        load(s.plain()),
        Scenario.model_validate_json(s.model_dump_json(by_alias=True)),
        Scenario.model_validate(s.model_dump()),
        pickle.loads(pickle.dumps(s)),
        s.with_changes({"seed": 5}).with_changes({"seed": s.seed}),
    ):
        assert again == s and again.digest == s.digest and again.policy.plans() == s.policy.plans()
    assert s.plain()["policy"]["segments"]["busy"]["push"] == push


@pytest.mark.parametrize("key", ["benefit", "executed"])
def test_with_null_it_is_another_scenario(key: str) -> None:
    taken_away, as_above = with_segment(**{key: None}), with_segment()
    assert taken_away != as_above and taken_away.digest != as_above.digest
    dotted = f"policy.segments.busy.push.{key}"
    assert taken_away.differences(as_above) == [(dotted, "null", None)]
    assert as_above.differences(taken_away) == [(dotted, None, "null")]
    assert as_above.with_changes({dotted: None}) == taken_away
    assert (f"        {key}: null", False) in understood(taken_away)


def test_null_in_an_extending_file_takes_away_what_its_base_gave(tmp_path: Path) -> None:
    base = made(
        members=1, market="lively", policy=BASE | {"segments": {"busy": {"push": {"benefit": "b", "per_week": 1}}}}
    )
    assert base.market.name == LIVELY["name"]
    (tmp_path / "base.yaml").write_text(base.to_yaml(), encoding="utf-8")
    own = "extends: base.yaml\npolicy: {segments: {busy: {push: {benefit: null}}}}\n"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    own_push = load(tmp_path / "own.yaml").policy.plans()[1].push
    assert own_push.benefit is None and (own_push.per_week, own_push.executed) == (1, 0.9)


def test_editors_know_that_null_may_be_written() -> None:
    properties = scenario_schema()["$defs"]["PushChange"]["properties"]
    for key in ("benefit", "executed"):
        assert {"type": "null"} in properties[key]["anyOf"] and "null: " in properties[key]["description"]
