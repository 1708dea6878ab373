"""The same behaviour in lean Mesa: one Python agent a member, plain attributes, running counters, no daily scans.

The peer runs the engine's own source (sim/behaviour/) uncompiled, so that it does the same work; its totals are compared
with the engine's before its speed is. It is spared the closing of the run, which the engine's time includes.
"""

from benchmarks.common import Row, fresh, median, millions, simulate
from benchmarks.engine import rate

MEMBERS, DAYS = 20_000, 30
COUNTED = (
    "pool",
    "departed",
    "delivered",
    "reads",
    "clicks",
    "visits",
    "complaints",
    "orders",
    "sales",
    "discounts",
    "trust",
)
BY = ("loop", "do")


def rows() -> list[Row]:
    """The engine at 1 M members x 90 days with 2 threads against the peer at 20 k x 30."""
    agree(2000)
    ours, peer = [], []
    for _ in range(3):
        ours.append(rate(2))
        peer.append(max(fresh("benchmarks.lean_pool", MEMBERS, DAYS, by, NUMBA_DISABLE_JIT="1")["rate"] for by in BY))
    ratio = median(ours) / median(peer)
    note = f"engine 1 M x 90, 2 threads; Mesa {MEMBERS:,} x {DAYS} in one process"
    return [
        Row("lean Mesa, the same behaviour", millions(median(ours)), millions(median(peer)), ratio, 50.0, note=note)
    ]


def agree(members: int) -> None:
    """The peer's totals are the engine's, to the rounding of float32 (a crossing may fall on the other side of midnight)."""
    there = fresh("benchmarks.lean_pool", members, DAYS, "loop", NUMBA_DISABLE_JIT="1")["totals"]
    here = simulate(members, DAYS, 1).totals
    for name in COUNTED:
        a, b = float(here[name]), there[name]
        assert abs(a - b) <= max(1e-4 * abs(a), 1.0), f"{name}: the engine has {a}, the peer {b}"
