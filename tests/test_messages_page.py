"""docs/messages.md: its examples are understood as it says, and its words lead to keys that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.policy import Policy
from sim.policies.routines import ROUTINES
from sim.reading.refusals import known_keys
from sim.scenario import Scenario, load

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
EXPERIMENTS = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
SERVICE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
GUARD = (ROOT / "docs" / "guard.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n\n```text\n(.*?)```", PAGE + SERVICE + GUARD + EXPERIMENTS, re.DOTALL)


@pytest.mark.parametrize(("written", "told"), EXAMPLES)
def test_check_says_what_the_page_says(written: str, told: str) -> None:
    base = load(ROOT / "benchmarks" / "cdnow" / "balanced.yaml")
    keys: dict[str, Any] = YAML(typ="safe").load(written)
    scenario = base.with_changes({f"policy.{key}": value for key, value in keys.items()} | {"days": 365})
    said = [*explained(scenario), *(f"note: {note}" for note in notes(scenario))]
    assert [line for line in told.splitlines() if line not in said] == []
    lines = [line for line in said if line.removeprefix("note: ").removeprefix("policy.").partition(".")[0] in keys]
    if "lines" in keys:  # an example without a push of its own has the base's
        assert [line for line in lines if line not in told.splitlines()] == []


def test_check_names_one_total_of_messages() -> None:
    """What is written a week, also where the days of a short run have a whole message more or less."""
    base = load(ROOT / "benchmarks" / "cdnow" / "balanced.yaml")
    changes = {"policy.push.per_week": 9, "policy.push.cap_per_day": 1, "days": 30, "policy.segments": {}}
    crowded = base.with_changes(changes | {"policy.lines": [{"per_week": 3, "channel": "mass", "executed": 1.0}]})
    (total,) = [line for line in explained(crowded) if " regular messages a week in all" in line]
    (beyond,) = [note for note in notes(crowded) if "for all lines together" in note]
    assert total.startswith("policy: 12 regular messages a week") and "of 12 messages a week fall away" in beyond
    out, lost = re.search(r"at most ([\d.]+) fit", total), re.search(r": ([\d.]+) of 12", beyond)
    assert out and lost and float(out[1]) + float(lost[1]) == pytest.approx(12, abs=0.06)


def test_words_lead_to_keys() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| (`[^|]+`) \|$", PAGE.partition("## From an operator's words")[2], re.M
    )
    assert len(rows) > 30
    assert all(re.search("[一-鿿]", chinese) and not re.search("[一-鿿]", english) for english, chinese, _ in rows)
    keys = [key for _, _, cell in rows for key in re.findall(r"`([^`]+)`", cell)]
    places = [(), ("push",), ("lines", 0), ("touches", 0), ("benefits", "x")]
    places += [
        ("membership",),
        ("membership", "tiers", 0),
        ("referral",),
        ("acquisition", 0),
        ("service",),
        ("crisis",),
    ]
    places += [("content",), ("coupons", 0), ("acquisition", 0, "personas"), ("acquisition", 0, "first_order")]
    places += [
        ("community",),
        ("community", "programme", 0),
        ("quiet_hours",),
        ("events", "x"),
        ("events", "x", "pre_sale"),
    ]
    places += [("guard",), ("guard", "acts", 0), ("guard", "watch"), ("experiments", 0)]
    known = {key for place in places for key in known_keys(Scenario, ("policy", *place))}
    known |= {"lives", "shop_age", "returns", "phases"}
    assert [key for key in keys if key.partition(":")[0] not in known] == []
    named = {key.partition(":")[0] for key in keys}
    assert {"push", "lines", "quiet_hours", "account", "benefits", *ROUTINES} <= named <= known
    for key, value in (key.split(": ") for key in keys if ": " in key):
        load(HEAD | {"policy": EXAMPLE[key](value)})


def test_every_key_of_a_policy_has_an_operators_word() -> None:
    """And every key of its parts, whichever line, touch, tier or channel it belongs to."""
    schema = Policy.model_json_schema(by_alias=True)
    told = set(re.findall(r"`(\w+)(?::[^`]*)?`", PAGE.partition("## From an operator's words")[2]))
    keys: set[str] = set()
    parts = [schema]
    seen: set[str] = set()
    while parts:
        part = parts.pop()
        keys |= set(part.get("properties", {}))
        named = set(re.findall(r"#/\$defs/(\w+)", str(part.get("properties", {})))) - seen
        seen |= named
        parts += [schema["$defs"][name] for name in named]
    assert len(keys) > 80 and sorted(keys - told) == []


MARKET: dict[str, Any] = YAML(typ="safe").load(ROOT / "scenarios" / "markets" / "cdnow.yaml")
HEAD: dict[str, Any] = {"name": "s", "market": MARKET | {"shop_age": 900}, "members": 1}
MONEY = {"percent": {"off": 0.1}, "threshold": {"off": 1, "min_spend": 9}}
EXAMPLE: dict[str, Any] = {
    "channel": lambda word: {"push": {"channel": word}},
    "content": lambda word: {"lines": [{"per_week": 1, "content": word}]},
    "meets": lambda word: {"acquisition": [{"channel": "way", "per_day": 1, "buyers": 1.0, "meets": word}]},
    "anchor": lambda word: {"touches": [{"anchor": word, "delay": 1, "content": "live"}]},
    "on": lambda word: {"events": {"x": {"on": word, "day_of_month": 18}}},
    "kind": lambda word: {"benefits": {"x": {"kind": word, **MONEY.get(word, {"worth": 1})}}},
}


def test_every_key_of_a_policy_is_told_somewhere() -> None:
    told = PAGE + (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    assert [key for key in Policy.model_fields if f"`{key}`" not in told and f"{key}:" not in told] == []
