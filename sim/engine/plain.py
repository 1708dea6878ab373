"""The same source as plain Python, for a process with NUMBA_DISABLE_JIT=1: records and lanes as objects.

Compiled code reads fields as attributes of records; NumPy's records have none. These are what the functions get instead
when nothing is compiled: for coverage, for a debugger, and as a check of the compiled code.
"""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

PLAIN = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")  # as numba reads it

if PLAIN:
    np.seterr(over="ignore")  # a 64-bit hash multiplies modulo 2^64, of which compiled code says nothing either


class PlainRecord:
    """A record whose fields are attributes: numbers are Python's, what is written stays."""

    __slots__ = ("_record",)

    def __init__(self, record: Any) -> None:
        object.__setattr__(self, "_record", record)

    def __getattr__(self, name: str) -> Any:
        return plain(self._record[name])

    def __setattr__(self, name: str, value: Any) -> None:
        self._record[name] = value

    __getitem__, __setitem__ = __getattr__, __setattr__


class PlainRecords:
    """An array of records: an item is a PlainRecord, a slice PlainRecords."""

    __slots__ = ("records",)

    def __init__(self, records: np.ndarray) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, place: Any) -> Any:
        return plain(self.records[place])

    def __setitem__(self, place: Any, value: Any) -> None:
        self.records[place] = value.records if isinstance(value, PlainRecords) else value


class PlainLane:
    """One member of a tile: fields that the tile has a column of are the column's, all others those of her record."""

    __slots__ = ("_i", "_record", "_tile")

    def __init__(self, tile: Any, members: Any, i: int) -> None:
        columns = tile._record if isinstance(tile, PlainRecord) else tile
        for name, value in (("_tile", columns), ("_record", unwrapped(members)[i]), ("_i", i)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        value = self._tile[name][self._i] if self._in_a_column(name) else self._record[name]
        return value.item()

    def __setattr__(self, name: str, value: Any) -> None:
        if self._in_a_column(name):
            self._tile[name][self._i] = value
        else:
            self._record[name] = value

    def _in_a_column(self, name: str) -> bool:
        """What holds for all of a tile is no column: a name that it shares with a field is the record's here."""
        fields = self._tile.dtype.fields
        return name in fields and fields[name][0].shape != ()

    def take(self, name: str) -> None:
        """Fill her place in a column from her record."""
        self._tile[name][self._i] = self._record[name]

    def put_back(self, name: str) -> None:
        """Write her place in a column to her record."""
        self._record[name] = self._tile[name][self._i]


def plain(value: Any) -> Any:
    """What the functions get in place of a NumPy scalar, record or array of records, within named tuples too."""
    if isinstance(value, np.void):
        return PlainRecord(value)
    if isinstance(value, np.ndarray) and value.dtype.names:
        return PlainRecords(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(plain, value))
    return value.item() if isinstance(value, (np.floating, np.integer)) and value.dtype != np.uint64 else value


def unwrapped(value: Any) -> Any:
    """The NumPy value that `plain` has wrapped."""
    return value.records if isinstance(value, PlainRecords) else value


def with_plain_records(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, called with plain records for NumPy's."""

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return unwrapped(function(*map(plain, arguments)))

    return call
