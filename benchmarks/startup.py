"""How long a person waits: for the help, for the import, and for the first call once the code has been compiled."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common import ROOT, Row, compile_all, interleaved, median

SIYU = Path(sys.executable).with_name("siyu")
FIRST_CALL = "from benchmarks.common import compile_all; compile_all()"


def seconds(*command: str) -> float:
    """Wall time of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def rows() -> list[Row]:
    """The help against an import of NumPy, one name against one package, and a small run whose code comes from the cache."""
    compile_all()
    ours, numpy = interleaved(
        20,
        lambda: seconds(str(SIYU), "--help"),
        lambda: seconds(sys.executable, "-c", "import numpy"),
    )
    one_name, package = interleaved(
        20,
        lambda: seconds(sys.executable, "-c", "import siyu"),
        lambda: seconds(sys.executable, "-c", "import sim"),
    )
    ready, empty = interleaved(
        5,
        lambda: seconds(sys.executable, "-c", FIRST_CALL),
        lambda: seconds(sys.executable, "-c", "import sim.pool"),
    )
    return [
        Row(
            "siyu --help against import numpy",
            f"{median(ours) * 1e3:.0f} ms",
            f"{median(numpy) * 1e3:.0f} ms",
            median(ours) / median(numpy),
            2.0,
            "at most",
            note="whole processes, medians of 20",
        ),
        Row(
            "import siyu against import sim",
            f"{median(one_name) * 1e3:.0f} ms",
            f"{median(package) * 1e3:.0f} ms",
            median(one_name) / median(package),
            1.5,
            "at most",
            note="whole processes, medians of 20; siyu also looks whether sim and models are its own",
        ),
        Row(
            "first run of a new process, compiled code from the cache",
            f"{median(ready):.2f} s",
            f"{median(empty):.2f} s",
            note="peer: importing the simulator only",
        ),
    ]
