"""Memory a member and time a member-day as pools grow: each size in a fresh process, orders streaming to Parquet."""

import json
import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.common import MILLION, Row, balanced, compile_all, fresh
from sim.order_log import OrdersToParquet
from sim.pool import PoolModel

DAYS = 90
SIZES = (100_000, 300_000, MILLION, 3 * MILLION)


def measure(members: int) -> dict[str, float]:
    """Peak memory (bytes) and seconds a member-day of one run, in this process."""
    compile_all()
    scenario = balanced(members, DAYS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        with OrdersToParquet(path, scenario.start, PoolModel.minor_units) as orders:
            run = PoolModel(scenario, orders=orders).run()
    return {"members": members, "peak": peak_memory(), "ns": 1e9 / run.member_days_per_second}


def peak_memory() -> int:
    """Peak resident memory of this process, bytes. On Linux ru_maxrss begins with that of the parent, VmHWM does not."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def rows() -> list[Row]:
    """The slope of peak memory from 100 k to 1 M members, and time a member-day from 100 k to 3 M."""
    found = [fresh("benchmarks.memory", size) for size in SIZES]
    small, large = found[0], found[2]
    slope = (large["peak"] - small["peak"]) / (large["members"] - small["members"])
    beyond = (found[3]["peak"] - large["peak"]) / (found[3]["members"] - large["members"])
    times = [f["ns"] for f in found]
    return [
        Row(
            "memory a member, 100 k to 1 M",
            f"{slope:.0f} B",
            "",
            slope,
            350.0,
            "at most",
            " B",
            note=f"peaks {small['peak'] / 1e6:.0f} and {large['peak'] / 1e6:.0f} MB; 1 M to 3 M {beyond:.0f} B a member; "
            "orders stream to Parquet",
        ),
        Row(
            "time a member-day at 3 M against 1 M",
            f"{times[3]:.1f} ns",
            f"{times[2]:.1f} ns",
            times[3] / times[2],
            1.25,
            "at most",
            note=f"100 k {times[0]:.1f} ns, 300 k {times[1]:.1f} ns; orders to Parquet included",
        ),
    ]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
