"""Ids for Mesa's agents that do not keep their models alive.

Mesa before 3.4 counts in a class attribute keyed by the model itself, for ever: every pool of a comparison, with all its
members, would stay in memory until the process ends. Later versions count in the model and do not look here.
"""

import itertools
import weakref
from collections.abc import Iterator
from typing import Any

import mesa


class _Counts:
    """A counter for each model, which is freed with the model."""

    def __init__(self) -> None:
        self._of: weakref.WeakKeyDictionary[Any, Iterator[int]] = weakref.WeakKeyDictionary()

    def __getitem__(self, model: Any) -> Iterator[int]:
        return self._of.setdefault(model, itertools.count(1))


class Agent(mesa.Agent):
    """Mesa's agent, forgotten with its model."""

    _ids: Any = _Counts()
