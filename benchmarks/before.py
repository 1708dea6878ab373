"""`python -m benchmarks.before COMMIT [MEMBERS]`: this tree against an earlier commit, in pairs, on the same machine.

The commit is checked out beside the tree and each case runs in processes of both, in turn, so that what else the machine
does hits both. CPU time of living the days, one thread; compiling with an empty cache. Both trees must give the same
result, which is asked first.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import MILLION, ROOT

PAIRS = 5
CASES: dict[str, dict[str, Any]] = {
    "balanced": {"file": "balanced"},
    "blast": {"file": "blast"},
    "balanced with a budget": {"file": "balanced", "changes": {"policy.coupons.0.budget": 1e8}},
}
# run in both trees, so it uses nothing that one of them lacks; earlier trees have the strategies on CDNOW in scenarios/
LIVE = """
import json, os, sys, time
from sim.pool import PoolModel
from sim.scenario import load
folder = "benchmarks/cdnow" if os.path.isdir("benchmarks/cdnow") else "scenarios"
scenario = load(folder + "/%s.yaml").with_changes(json.loads(sys.argv[1]))
pool = PoolModel(scenario, seed=1, threads=1)
started = time.process_time()
run = pool.run()
print(json.dumps({"seconds": time.process_time() - started, "pool": float(run.totals["pool"]),
                  "sales": float(run.totals["sales"]), "trust": float(run.totals["trust"])}))
"""
COMPILE = """
import json, os, time
started = time.process_time()
from sim.pool import PoolModel
from sim.scenario import load
folder = "benchmarks/cdnow" if os.path.isdir("benchmarks/cdnow") else "scenarios"
scenario = load(folder + "/balanced.yaml").with_changes({"members": 1, "days": 1})
for engine in ("compiled", "agents"):
    PoolModel(scenario, engine=engine).run()
print(json.dumps({"seconds": time.process_time() - started}))
"""


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A folder with the tree of a commit."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(place), commit], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def said(tree: Path, program: str, cache: Path, *arguments: str) -> dict[str, Any]:
    """What a program says that runs in one of the trees."""
    environment = os.environ | {"PYTHONPATH": str(tree), "SIYU_CACHE": str(cache)}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main(commit: str, members: int) -> None:
    """Print, for each case, the median of the pairs' ratios: above 1 this tree is the quicker one."""
    with checked_out(commit) as before, tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        for name, case in CASES.items():
            changes = json.dumps({"members": members, "days": 90, **case.get("changes", {})})
            program, ratios = LIVE % case["file"], []
            for pair in range(PAIRS + 1):  # the first compiles, and says whether the results are equal
                then, now = (said(tree, program, cache, changes) for tree in (before, ROOT))
                if pair == 0:
                    assert {**then, "seconds": 0} == {**now, "seconds": 0}, f"{name}: the results differ"
                else:
                    ratios.append(then["seconds"] / now["seconds"])
            told = ", ".join(f"{ratio:.3f}" for ratio in ratios)
            print(
                f"{name}, {members:,} members: {statistics.median(ratios):.3f} of the speed before ({told})", flush=True
            )
        for _ in range(2):
            seconds = []
            for tree in (before, ROOT):
                with tempfile.TemporaryDirectory() as empty:
                    seconds.append(said(tree, COMPILE, Path(empty))["seconds"])
            print(f"compiling both engines: {seconds[0]:.1f} s before, {seconds[1]:.1f} s now", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else MILLION)
