"""The day function's own source as plain Python: draws on Python integers, records as objects, nothing compiled.

For the Mesa peer. Import this first in a process started with NUMBA_DISABLE_JIT=1: numba then hands functions back as they
are, and the 64-bit hash, slow on NumPy's scalars, is replaced by one on Python's integers with the same draws.
"""

import math
import os
from typing import Any

import numpy as np

if os.environ.get("NUMBA_DISABLE_JIT") != "1":
    raise ImportError("benchmarks.plain is for processes with NUMBA_DISABLE_JIT=1")

from sim.engine import compiling

compiling.with_plain_records = lambda function: function  # members here are objects already; wrapping would cost time

from sim import draws  # noqa: E402
from sim.engine import arithmetic  # noqa: E402

_ALL = (1 << 64) - 1
_STEP, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * _MIX_1) & _ALL
    z = ((z ^ (z >> 27)) * _MIX_2) & _ALL
    return z ^ (z >> 31)


_KINDS = [_mix((kind * _STEP) & _ALL) for kind in range(512)]


def subkey(key: int, kind: int, n: int) -> int:
    """`sim.draws.subkey` on Python integers."""
    return _mix((_mix(key ^ _KINDS[kind]) + (n + 1) * _STEP) & _ALL)


def uniform(key: int, kind: int, n: int) -> float:
    """`sim.draws.uniform` on Python integers."""
    z = (_mix(key ^ _KINDS[kind]) + (n + 1) * _STEP) & _ALL
    z = ((z ^ (z >> 30)) * _MIX_1) & _ALL
    z = ((z ^ (z >> 27)) * _MIX_2) & _ALL
    return (((z ^ (z >> 31)) >> 11) + 0.5) * 1.1102230246251565e-16


draws.subkey, draws.uniform = subkey, uniform
arithmetic.expm1, arithmetic.on_grid = math.expm1, lambda x: x  # faster here, the same to 1e-6
arithmetic.single = float


class Plain:
    """A record as an object: numbers are Python's, arrays lists, tables dicts by (row, column)."""

    def __init__(self, record: Any) -> None:
        for name in record.dtype.names:
            setattr(self, name, plain(record[name]))


def plain(value: Any) -> Any:
    """A NumPy scalar, array or record as Python's own."""
    if isinstance(value, np.void):
        return Plain(value)
    if not isinstance(value, np.ndarray):
        return value.item()
    if value.ndim == 1:
        return [plain(v) for v in value] if value.dtype.names else value.tolist()
    return {place: plain(value[place]) for place in np.ndindex(value.shape)}
