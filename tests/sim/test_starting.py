"""The scenario to start from: each of its commented keys is good, alone and with the others, in both languages."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sim.catalogue import ANCHORS
from sim.drafting.explained import explained
from sim.drafting.filling import starter_file, starter_text
from sim.drafting.notes import notes
from sim.policies.policy import Policy
from sim.scenario import Scenario, load, load_market

ROOT = Path(__file__).resolve().parents[2]
COMMENTED = (
    "lines", "quiet_hours", "account", "benefits", "welcome", "follow_up", "wake_up", "birthday", "care", "touches",
    "community", "membership", "referral", "service", "crisis", "events", "guard", "experiments", "phases",
)  # fmt: skip


def opened(folder: Path, lang: Any, keys: Iterable[str], market: str = "cdnow") -> Scenario:
    """The scenario to start from with the `#` and the space after it taken away from these keys and what is in them."""
    file = ROOT / "scenarios" / "markets" / f"{market}.yaml"
    lines, within = [], False
    for line in starter_text("a", file, load_market(file), folder, origin="own", lang=lang).splitlines():
        key = re.match(r"(?:  )?# (\w+):", line)
        within = key.group(1) in keys if key else within and bool(re.match(r"(?:  )?#   ", line))
        lines.append(line.replace("# ", "", 1) if within else line)
    (folder / "a.yaml").write_text("\n".join(lines), encoding="utf-8")
    return load(folder / "a.yaml")


def plans(s: Scenario, key: str) -> bool:
    """True if a scenario says something of a key of the policy that is not the default, or has phases."""
    return bool(s.phases) if key == "phases" else getattr(s.policy, key) != getattr(Policy(), key)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_commented_keys_of_a_new_scenario_are_good(lang: Any, tmp_path: Path) -> None:
    """Each `#` before a key taken away, the scenario is one, and check has nothing against it."""
    s = opened(tmp_path, lang, COMMENTED)
    assert all(plans(s, key) for key in COMMENTED)
    assert notes(s) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("key", COMMENTED)
def test_each_commented_key_of_a_new_scenario_is_good_alone(key: str, lang: Any, tmp_path: Path) -> None:
    """With the benefits above it where it says so; check explains it."""
    with_benefits = {"welcome", "follow_up", "wake_up"} & {key}
    s = opened(tmp_path, lang, {key} | ({"benefits"} if with_benefits else set()))
    assert [name for name in COMMENTED if plans(s, name)] == [*(["benefits"] if with_benefits else []), key]
    place = "phases" if key == "phases" else f"policy.{key}"
    assert any(sentence.startswith(place) for sentence in explained(s, lang))
    assert [note for note in notes(s, "en") if "no message brings it" not in note] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_new_scenario_names_every_anchor_and_every_policy(lang: Any) -> None:
    text = starter_file("scenario.yaml" if lang == "en" else "scenario.zh.yaml")
    (anchors,) = (line for line in text.splitlines() if line.startswith("  # touches:"))
    assert all(anchor in anchors for anchor in ANCHORS)
    written = {"acquisition", "push", "content", "coupons", "segments"}
    assert written | set(COMMENTED) == set(Policy.model_fields) - {"tag_accuracy", "tag_lag"} | {"phases"}
