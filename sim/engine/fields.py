"""What a module declares about records: fields of a member, columns of a tile, counts of a day.

Where a field is used it is declared; `sim/records.py` puts the declarations of all modules together.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np


class Field(NamedTuple):
    """A field of a member's record.

    daily: True if every day reads or writes it for every member, so that it has a column in the tile. A stage that asks
    every member for a field that is not daily fails when it is compiled.
    fixed: True if it does not change during a week; then it is not written back.
    """

    name: str
    kind: str
    doc: str
    daily: bool = True
    fixed: bool = False


class Column(NamedTuple):
    """A column of the tile that lasts for the week, or less, and has no place in the member's record."""

    name: str
    kind: str
    doc: str


class Count(NamedTuple):
    """What a day counts over all members, a float64.

    money: in millionths of the currency while a day is lived, in the currency in what a run leaves behind. cost: a cost of
    operations, part of what is spent. daily: a column of the daily series.
    """

    name: str
    doc: str
    shape: tuple[int, ...] = ()
    money: bool = False
    cost: bool = False
    daily: bool = True


def as_array(record: Any) -> np.ndarray:
    """The array of one that a record (its only entry, or a copy of one) lies in; what is written there is in the record.

    Numba looks through the whole type of a record whenever a compiled function is called with it, 13 microseconds for WORLD;
    the type of an array it knows again at once.
    """
    array: np.ndarray = record.base.reshape(1)
    return array


def record(*groups: Iterable[tuple[Any, ...]]) -> np.dtype:
    """A record without padding: group after group, in each the largest fields first; `spare` fills up to 8 bytes.

    Padding would hold whatever was in memory before, and two equal records would not be equal bytes.
    """
    fields: list[tuple[Any, ...]] = []
    for number, group in enumerate(groups):
        ordered = sorted(group, key=lambda field: -np.dtype(field[1]).alignment)
        missing = -sum(np.dtype(field[1:] if len(field) == 3 else field[1]).itemsize for field in ordered) % 8
        fields += [*ordered, (f"spare_{number}" if number else "spare", "u1", (missing,))] if missing else ordered
    return np.dtype(fields, align=True)
