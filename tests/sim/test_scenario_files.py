"""The files that come with the project: strategies, markets, schema, reference."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from docs.generate import GENERATED
from models.data.files import write_whole
from sim.drafting.notes import notes
from sim.drafting.scale import out_of_scale
from sim.drafting.schema import scenario_schema
from sim.drafting.starting import start
from sim.scenario import load, load_market

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
MARKETS = sorted((ROOT / "scenarios" / "markets").glob("*.yaml"))


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_files_are_those_of_the_models(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path](), "run `make docs`"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_strategies_are_read_and_fit_the_schema(path: Path) -> None:
    assert load(path).name == path.stem
    assert errors_of(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", MARKETS, ids=lambda path: path.name)
def test_markets_are_read(path: Path) -> None:
    assert load_market(path).margin > 0


@pytest.mark.parametrize("path", MARKETS, ids=lambda path: path.name)
def test_check_passes_the_balanced_strategy_on_each_market(path: Path, tmp_path: Path) -> None:
    """As it is written, and at the scale of the market's usual order, where nothing is left to be said of its amounts."""
    balanced = load(ROOT / "scenarios" / "balanced.yaml").with_changes({"market": load_market(path)})
    assert balanced.market.name == path.stem
    assert notes(balanced) == out_of_scale(balanced)
    start("scaled", tmp_path, market=path.stem)
    scaled = load(tmp_path / "scaled.yaml")
    assert scaled.market == load_market(path)
    assert scaled.policy.push == balanced.policy.push and scaled.policy.content == balanced.policy.content
    assert notes(scaled) == []


def test_the_three_strategies_differ_as_they_say() -> None:
    blast, balanced, nurture = (load(ROOT / "scenarios" / f"{name}.yaml") for name in ("blast", "balanced", "nurture"))
    assert blast.policy.push.per_week > balanced.policy.push.per_week > nurture.policy.push.per_week
    assert blast.policy.content.promotion > balanced.policy.content.promotion > nurture.policy.content.promotion
    assert blast.policy.coupons[0].to == "all"
    assert nurture.policy.coupons[0].to == "price_sensitive"
    assert nurture.policy.for_segment("high_value").push.per_week < nurture.policy.push.per_week
    for other in (blast, nurture):
        assert other.believes != balanced.believes
        assert {key.split(".")[0] for key, *_ in other.differences(balanced)} == {"policy"}


def errors_of(text: str) -> list[str]:
    """What the schema says against a scenario file; dates as text, as editors read them."""
    value = YAML(typ="safe", pure=True).load(text)
    plain = json.loads(json.dumps(value, default=str))
    return [error.message for error in Draft202012Validator(scenario_schema()).iter_errors(plain)]


def test_schema_is_a_schema_and_refuses_what_the_models_refuse() -> None:
    Draft202012Validator.check_schema(scenario_schema())
    assert errors_of("extends: a.yaml\nmarket: {margin: 0.3}\n") == []
    assert (
        errors_of(
            "market: {season: {peaks: [{name: x, from: 06-16, to: 06-18, lift: 2}]}}\npolicy: {push: {hour: [9]}}"
        )
        == []
    )
    whole = (ROOT / "scenarios" / "everything.yaml").read_text(encoding="utf-8")
    assert errors_of(whole) == []
    for bad in (
        "name: x\n",
        "market: m.yaml\npolicy: {push: {per_weeks: 3}}",
        "market: m.yaml\npolicy: {push: {per_week: 281}}",
        "market: m.yaml\npolicy: {lines: [{per_week: 1, content: lives}]}",
        "market: m.yaml\npolicy: {welcome: [{delay: 3, content: live}]}",
        "market: m.yaml\npolicy: {benefits: {b: {kind: coupon}}}",
        "market: m.yaml\npolicy: {push: {hour: 24}}",
        "market: m.yaml\npolicy: {coupons: [{kind: percent}]}",
        "market: m.yaml\npolicy: {segments: {nobody: {}}}",
        "market: m.yaml\ntargets: {nothing: '>= 3'}",
        "market: m.yaml\ntargets: {ltv_cac: 3}",
        "market: m.yaml\nresponse: {nothing: 3}",
    ):
        assert errors_of(bad), bad


def test_starter_is_a_scenario_that_fits_the_schema(tmp_path: Path) -> None:
    written = start("夏天-1", tmp_path / "plans")
    assert [path.name for path in written] == ["夏天-1.yaml", "cdnow.yaml", "schema.json"]
    assert load(written[0]).name == "夏天-1"
    assert errors_of(written[0].read_text(encoding="utf-8")) == []
    assert load(written[0]).policy == load(ROOT / "benchmarks" / "cdnow" / "balanced.yaml").policy


def test_files_are_written_whole(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "new" / "a.txt", "夏")
    write_whole(path, b"\x00\x01")
    assert path.read_bytes() == b"\x00\x01"
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]
