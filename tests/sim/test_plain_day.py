"""The compiled day against the same source as plain Python: stage by stage, one member after the other, and by tiles."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sim.plain_day import left_behind, replayed

ROOT = Path(__file__).parents[2]
# Compiled code keeps a decay in 32 bits where Python's float has 64: R, S, F are fields of 32 bits in both, and what is
# summed of them agrees to about 2^-24 a step; a thousand steps later to 1e-5 at most.
RELATIVE = 1e-5


@pytest.fixture(scope="module")
def in_plain_python() -> dict[str, Any]:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim.plain_day"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("way", ["tiles", "alone"])
def test_plain_python_lives_the_same_days(in_plain_python: dict[str, Any], way: str) -> None:
    ours, there = left_behind(), in_plain_python[way]
    assert ours["totals"]["clicks"] > 20 and ours["totals"]["complaints"] > 0 and ours["totals"]["departed"] > 5
    assert ours["totals"]["discounts"] > 0 and len(ours["orders"]) > 20
    assert all(ours["totals"].values()), "something of the plan never happens"
    assert there["totals"] == pytest.approx(ours["totals"], rel=RELATIVE)
    assert len(there["orders"]) == len(ours["orders"])
    for here, same in zip(ours["orders"], there["orders"], strict=True):
        assert same[0] == here[0] and same[2:] == here[2:]
        assert same[1] == pytest.approx(here[1], abs=RELATIVE)
    assert there["apart"] == pytest.approx(ours["apart"], rel=RELATIVE)  # by segment and by cohort
    assert there["flows"] == ours["flows"]
    assert there["value"] == pytest.approx(ours["value"], rel=RELATIVE)
    assert there["rest"] == pytest.approx(ours["rest"], rel=RELATIVE)


def test_plain_python_replays_the_same_evidence(in_plain_python: dict[str, Any]) -> None:
    ours = replayed()
    assert ours["log_rates"] != 0
    for evidence in ("click_log", "visit_log", "use_log", "complaint_log", "refer_log", "ask_log"):
        assert ours[evidence] < 0, evidence
    assert in_plain_python["replay"] == pytest.approx(ours, rel=RELATIVE)
