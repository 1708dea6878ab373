"""Customers with equal histories are worked out once: merging rows quickly where the columns lie on a grid of
time."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.numerics.arrays import Floats

Whole: TypeAlias = npt.NDArray[np.int64]

# Steps of time that exports come in: whole units, and days or hours of a week, counted in the summary's unit.
_STEPS = (1.0, 7.0, 24.0, 168.0)
_SAME = 1e-14  # of a time: what arithmetic with whole units leaves; a larger difference is one
_ROOM = 2**62  # keys stay in 64 bits


@dataclass(frozen=True)
class _Packed:
    """One whole number a row, equal where the rows are equal, and how to read the columns back from it."""

    keys: Whole
    sizes: list[int]
    steps: list[float]

    def unpack(self, keys: Whole) -> list[Floats]:
        """The columns of the rows that have these keys."""
        out: list[Floats] = []
        for size, step in zip(reversed(self.sizes), reversed(self.steps), strict=True):
            keys, rest = np.divmod(keys, size)
            out.append(rest / step)
        return out[::-1]


def _grid(values: Floats) -> tuple[Whole, float] | None:
    """The column as whole multiples of 1/step, or None where it lies on no such grid."""
    for step in _STEPS:
        probe = values[:1000] * step
        if (np.abs(probe - np.rint(probe)) > _SAME * np.maximum(probe, 1.0)).any():
            continue
        scaled = values * step
        whole = np.rint(scaled)
        near = np.abs(scaled - whole) <= _SAME * np.maximum(scaled, 1.0)
        if near.all() and whole.min(initial=0) >= 0 and whole.max(initial=0) < 2**40:
            return whole.astype(np.int64), step
    return None


def _pack(columns: list[Floats]) -> _Packed | None:
    """Keys of the rows; None where a column lies on no grid or the keys would not fit."""
    keys = np.zeros(columns[0].size, dtype=np.int64)
    sizes, steps, room = [], [], 1
    for column in columns:
        grid = _grid(column)
        if grid is None:
            return None
        whole, step = grid
        size = int(whole.max(initial=0)) + 1
        room *= size
        if room >= _ROOM:
            return None
        keys = keys * size + whole
        sizes.append(size)
        steps.append(step)
    return _Packed(keys, sizes, steps)


def merge_counts(columns: list[Floats]) -> tuple[list[Floats], Floats]:
    """Distinct rows of `columns` (each (n,), >= 0) and how often each occurs; left as they are where on no
    grid."""
    packed = _pack(columns)
    if packed is None:
        return [np.ascontiguousarray(c) for c in columns], np.ones(columns[0].size)
    distinct, count = np.unique(packed.keys, return_counts=True)
    return packed.unpack(distinct), count.astype(np.float64)


def distinct_rows(columns: list[Floats]) -> tuple[list[Floats], Whole | None]:
    """Distinct rows and, for each original row, which of them it is; None (and the columns) where on no
    grid."""
    packed = _pack(columns)
    if packed is None:
        return [np.ascontiguousarray(c) for c in columns], None
    keys = packed.keys
    span = int(keys.max(initial=0)) + 1
    if span <= max(8 * keys.size, 1_000_000):  # a table of all keys is faster than a sort
        used = np.zeros(span, dtype=bool)
        used[keys] = True
        distinct = np.flatnonzero(used)
        place = np.empty(span, dtype=np.int64)
        place[distinct] = np.arange(distinct.size)
        return packed.unpack(distinct), place[keys]
    distinct, inverse = np.unique(keys, return_inverse=True)
    return packed.unpack(distinct), inverse.reshape(-1)
