"""`python -m benchmarks.launch_cold`: seconds until a first small run has ended where nothing has been compiled before."""

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.common import ROOT

FIRST = "from benchmarks.common import compile_all; compile_all()"


def seconds() -> float:
    """Wall time of a new process with an empty cache of compiled code."""
    with tempfile.TemporaryDirectory() as cache:
        started = time.perf_counter()
        environment = os.environ | {"SIYU_CACHE": cache}
        subprocess.run([sys.executable, "-c", FIRST], cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({"seconds": seconds()}))
