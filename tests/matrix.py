"""`make matrix`: the tests on every Python found here, each with the newest libraries that pyproject.toml allows.

In a fresh environment each, without the pins of constraints.txt: the quick tests, and the baseline in both engines, which
is where Mesa, Numba and NumPy meet. Uses the standard library only, as nothing is installed before it runs.
`make matrix PYTHONS="3.12 3.13"` takes some of them. Exit code 1 where one fails.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "matrix"
OLDEST, NEWEST = 11, 19  # minor versions that are looked for
SHOWN = ("mesa", "numba", "numpy", "pandas", "scipy")
TESTS = (("-m", "unit and not slow"), ("tests/sim/test_baseline.py", "tests/sim/test_agents.py"))
_ASK = "import sys, venv, ensurepip; print(*sys.version_info[:3], sep='.')"


class Outcome(NamedTuple):
    """What came of one Python: in words, and which versions it had."""

    python: str
    good: bool
    says: str
    versions: dict[str, str]
    seconds: float


def candidates(home: Path, path: str) -> Iterator[Path]:
    """Where interpreters usually are: on PATH, and those that pyenv and uv keep."""
    for minor in range(OLDEST, NEWEST + 1):
        on_path = shutil.which(f"python3.{minor}", path=path)
        if on_path:
            yield Path(on_path)
        kept = (home / ".pyenv" / "versions", home / ".local" / "share" / "uv" / "python")
        for folder in kept:
            yield from sorted(folder.glob(f"*/bin/python3.{minor}"))


def interpreters(those: Iterable[Path]) -> dict[str, Path]:
    """{"3.12": path}: the first of each version that runs and can make an environment."""
    usable: dict[str, Path] = {}
    for path in those:
        asked = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, check=False)
        version = re.match(r"3\.\d+", asked.stdout)
        if asked.returncode == 0 and version:
            usable.setdefault(version[0], path)
    return dict(sorted(usable.items(), key=lambda item: int(item[0].split(".")[1])))


def tried(version: str, python: Path, log: Path) -> Outcome:
    """Install into a fresh environment and run the tests; all that is printed goes to `log`."""
    begun = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH")}
    environment |= {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(prefix=f"siyu-{version}-") as folder, log.open("w", encoding="utf-8") as out:
        own = Path(folder) / "bin" / "python"

        def run(*command: str | Path) -> bool:
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False)
            return done.returncode == 0

        installed = run(python, "-m", "venv", folder) and run(own, "-m", "pip", "install", "-q", "-e", ".[dev]")
        if not installed:
            return Outcome(version, False, "not installed", {}, time.monotonic() - begun)
        failed = [tests for tests in TESTS if not run(own, "-m", "pytest", "-p", "no:cacheprovider", *tests)]
        ask = f"from importlib.metadata import version; print(*map(version, {SHOWN}))"
        versions = subprocess.run([own, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    counts = r"^.*?(\d+ (?:passed|failed|errors?)\b[^\n]*?)(?:, \d+ deselected)?(?:, \d+ warnings?)? in [\d.]+s"
    said = re.findall(counts, log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    says = "; ".join(said[-len(TESTS) :])
    return Outcome(version, not failed, says, dict(zip(SHOWN, versions, strict=True)), time.monotonic() - begun)


def table(outcomes: Iterable[Outcome]) -> str:
    """One line a Python."""
    rows = [("python", "result", *SHOWN, "time", "tests")]
    for outcome in outcomes:
        versions = (outcome.versions.get(name, "") for name in SHOWN)
        word = "passed" if outcome.good else "FAILED"
        rows.append((outcome.python, word, *versions, f"{outcome.seconds:.0f} s", outcome.says))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def main(wanted: str) -> int:
    """Try each Python, or those of `wanted` ("3.12 3.13")."""
    found = interpreters(candidates(Path.home(), os.environ.get("PATH", "")))
    missing = set(wanted.split()) - set(found)
    if missing or not found:
        print(f"Not found: Python {', '.join(sorted(missing)) or f'3.{OLDEST} or newer'}; install it and call again.")
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    outcomes = []
    for version in wanted.split() or found:
        log = LOGS / f"{version}.log"
        print(f"Python {version}: installing and testing, some minutes; see {log.relative_to(ROOT)}", flush=True)
        outcomes.append(tried(version, found[version], log))
    print(table(outcomes))
    return 0 if all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(os.environ.get("PYTHONS", "")))
