"""docs/extending.md: the policy that it adds, added to a copy of the package; how many files it takes; what it does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "extending.md"
BLOCK = r"<!-- {}: (\S+) -->\n```\w+\n(.*?)```\n"
RUN = """
import json
from benchmarks.baseline import EVERYTHING, COSTS, MARKET, differing, hashes
from sim.catalogue import NEVER
from sim.pool import PoolModel
from sim.policies import anniversary
from sim.policies.policy import POLICIES
from sim.results.metrics import Account
from sim.results.metrics.money import spend
from sim.scenario import load

AFTER = 30
given = {"name": "gifts", "members": 150, "days": 90, "market": MARKET, "costs": COSTS}
absent = load(given | {"policy": EVERYTHING})
gifts = load(given | {"policy": EVERYTHING | {"anniversary": {"after_days": AFTER, "cost": 3, "trust": 0.2, "share": 0.6}}})
off = gifts.model_copy(update={"policy": anniversary.off(gifts.policy)})
run, base = PoolModel(gifts, seed=20).run(keep_members=True), PoolModel(absent, seed=20).run()
who = run.members
due, address = who["joined"].astype(int) + AFTER, who["has_address"] == 1
there = (due < run.scenario.days) & ((who["left"] == NEVER) | (who["left"] >= due))
print(json.dumps({
    "names": [policy.NAME for policy in POLICIES],
    "engines": differing(hashes(gifts, "compiled"), hashes(gifts, "agents")),
    "off": differing(hashes(off, "compiled"), hashes(absent, "compiled")),
    "gifts": float(run.totals["anniversaries"]), "cost": float(run.totals["anniversary_cost"]),
    "due": int((there & address).sum()), "address": [int(address.sum()), len(who)],
    "trust": [float(run.totals["trust"]), float(base.totals["trust"])], "columns": list(run.daily.columns),
    "spend": [spend(Account(r, r)) for r in (run, base)],
    "others": [float(r.totals["discounts"] + r.totals["message_cost"] + r.totals["gifts"]) for r in (run, base)],
}))
"""


def changed(text: str, change: str) -> str:
    """`text` with the lines of a diff without line numbers: `-` must be there once, `+` takes its place or follows."""
    after = None
    for line in change.splitlines():
        kind, content = line[0], line[1:] + "\n"
        if kind == "+":
            assert after is not None
            text = text[:after] + content + text[after:]
            after += len(content)
            continue
        assert text.count("\n" + content) == 1, content
        start = text.index("\n" + content) + 1
        after = start + len(content)
        if kind == "-":
            text, after = text[:start] + text[after:], start
    return text


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any]]:
    """The files that the page touches, and what a run in the changed copy says."""
    root = tmp_path_factory.mktemp("extended")
    for package in ("sim", "models", "benchmarks", "tests", "scenarios"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    page, touched = PAGE.read_text(encoding="utf-8"), []
    for name, content in re.findall(BLOCK.format("file"), page, re.DOTALL):
        assert not (root / name).exists()
        (root / name).write_text(content, encoding="utf-8")
        touched.append(name)
    for name, change in re.findall(BLOCK.format("change"), page, re.DOTALL):
        text = (root / name).read_text(encoding="utf-8")
        (root / name).write_text(changed(text, change), encoding="utf-8")
        touched.append(name)
    environment = os.environ | {"PYTHONPATH": str(root), "SIYU_CACHE": str(root / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=root, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return touched, json.loads(done.stdout)


def test_a_policy_touches_three_files(extended: tuple[list[str], dict[str, Any]]) -> None:
    touched, said = extended
    assert len(touched) == len(set(touched)) == 3
    assert said["names"].count("anniversary") == 1


def test_the_policy_does_what_it_says(extended: tuple[list[str], dict[str, Any]]) -> None:
    """A gift for everybody who was there so long and gave an address: binomial, 5 standard errors."""
    said = extended[1]
    assert said["gifts"] == said["due"] > 0
    with_address, members = said["address"]
    assert abs(with_address - 0.6 * members) < 5 * (0.24 * members) ** 0.5
    assert said["cost"] == pytest.approx(3 * said["gifts"])
    assert said["trust"][0] > said["trust"][1]
    assert {"anniversaries", "anniversary_cost"} <= set(said["columns"])
    more = said["spend"][0] - said["spend"][1] - (said["others"][0] - said["others"][1])
    assert more == pytest.approx(said["cost"])


def test_engines_agree_and_switched_off_equals_absent(extended: tuple[list[str], dict[str, Any]]) -> None:
    assert extended[1]["engines"] == [] and extended[1]["off"] == []
