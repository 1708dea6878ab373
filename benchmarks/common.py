"""What every benchmark needs: a row of the table, the scenario, medians, a fresh process, the machine."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sim.pool import PoolModel
from sim.run import Run
from sim.scenario import Scenario, load

ROOT = Path(__file__).parent.parent
BALANCED = ROOT / "benchmarks" / "cdnow" / "balanced.yaml"
MILLION = 1_000_000
PEERS = ("numpy", "numba", "mesa", "pandas", "scipy", "lifetimes")


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is what `required` is about: at least it, or at most it."""

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    required: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    unit: str = "x"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the requirement is met; None where there is none."""
        if self.ratio is None or self.required is None:
            return None
        enough = self.ratio >= self.required if self.sense == "at least" else self.ratio <= self.required
        return bool(enough)  # NumPy's own is none that JSON knows


def balanced(members: int, days: int) -> Scenario:
    """The balanced strategy on CDNOW's market, with so many members and days."""
    return load(BALANCED).model_copy(update={"members": members, "days": days})


@lru_cache
def compile_all() -> None:
    """Have everything compiled before anything is timed."""
    PoolModel(balanced(2000, 8), threads=1).run()


def simulate(members: int, days: int, threads: int) -> Run:
    """One run of the compiled engine."""
    compile_all()
    return PoolModel(balanced(members, days), threads=threads).run()


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def interleaved(times: int, *works: Callable[[], float]) -> list[list[float]]:
    """`times` measurements of each work, one after the other in turns, so that a noisy neighbour meets all alike."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, values in zip(works, found, strict=True):
            values.append(work())
    return found


def fresh(module: str, *arguments: Any, **environment: str) -> Any:
    """What `python -m module arguments` prints as JSON in its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("siyu", *PEERS)},
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def millions(per_second: float) -> str:
    """A rate of member-days as text."""
    return f"{per_second / 1e6:.3g} M/s"
