"""The same behaviour as NumPy columns: an array a field, masks for events, the same keyed draws.

Founding members, joiners and weekly plan are the simulator's own, so only living and collecting are timed, for both sides.
"""

import time
from typing import Any

import numpy as np

from benchmarks.column_pool import ColumnPool
from benchmarks.common import MILLION, Row, balanced, compile_all, interleaved, median, millions
from sim.pool import PoolModel

DAYS = 90
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
SLICES = (16_384, 32_768, 65_536)


def rows() -> list[Row]:
    """The engine with 2 threads against columns as one writes them, and tuned; 1 M members x 90 days."""
    agree(20_000)
    best = min(SLICES, key=lambda size: _columns(MILLION, 14, size, np.float32))
    ours, plain, tuned = interleaved(
        3,
        lambda: _ours(MILLION),
        lambda: _columns(MILLION, DAYS, MILLION, np.float64),
        lambda: _columns(MILLION, DAYS, best, np.float32),
    )
    what = "NumPy columns, the same behaviour"
    note = "living and collecting, 1 M x 90 days; engine on 2 threads, NumPy on its 1"
    return [
        _row(what, ours, plain, f"{note}; fields and arithmetic of the engine's widths", None),
        _row(
            f"{what}, tuned", ours, tuned, f"arithmetic in float32, slices of {best:,} members that fit the cache", 5.0
        ),
    ]


def _row(what: str, ours: list[float], peer: list[float], note: str, required: float | None) -> Row:
    texts = (millions(1.0 / median(seconds)) for seconds in (ours, peer))
    return Row(what, *texts, median(peer) / median(ours), required, note=note)


def agree(members: int) -> None:
    """Both give the same totals, to the rounding of float32."""
    compile_all()
    here = PoolModel(balanced(members, DAYS), threads=1).run().totals
    for width in (np.float64, np.float32):
        there: Any = ColumnPool(balanced(members, DAYS), 8192, width).run()
        for name in COUNTED:
            a, b = float(here[name]), there[name]
            assert abs(a - b) <= max(2e-4 * abs(a), 3.0), f"{name}: the engine has {a}, columns {b}"


def _ours(members: int) -> float:
    """Seconds a member-day of the engine's days, without founding and closing."""
    compile_all()
    pool = PoolModel(balanced(members, DAYS), threads=2)
    started = time.perf_counter()
    while pool.day < DAYS:
        pool.step()
    return (time.perf_counter() - started) / (members * DAYS)


def _columns(members: int, days: int, size: int, width: Any) -> float:
    pool = ColumnPool(balanced(members, days), size, width)
    pool.run()
    return pool.seconds / (members * days)
