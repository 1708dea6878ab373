"""Looks at a pool while it lives: what its members' records say on some mornings."""

from collections.abc import Callable, Iterable

import numpy as np

from sim.catalogue import WEEK
from sim.pool import PoolModel

SEEN = np.dtype(
    [
        ("key", "u8"),
        ("account", "u2"),
        ("joined", "i2"),
        ("left", "i2"),
        ("last_seen", "i2"),
        ("orders", "i4"),
        ("clicks", "i4"),
        ("spend", "i8"),
        ("value", "f8"),
    ]
)


class Looks:
    """Keeps SEEN[n] of all who were ever in the pool, on the mornings of `days`; days lived in full by then, 0 is the start.

    It is a `progress` of `PoolModel.run`; `then` is told as well. Members keep their place: a later look begins with the
    members of an earlier one. Within a week records tell nothing of a day, for a block lives its week at once.

    Raises ValueError for a morning on which no review is held and the run does not end.
    """

    def __init__(self, model: PoolModel, days: Iterable[int], then: Callable[[int, int], None] | None = None) -> None:
        self._model, self._then = model, then
        self._days = set(days)
        within = {day for day in self._days if day % WEEK and day != model.scenario.days}
        if within:
            raise ValueError(f"no review is held on the mornings of {sorted(within)}")
        self.on: dict[int, np.ndarray] = {}
        self._look(0)

    def __call__(self, day: int, days: int) -> None:
        """`day` days of `days` are lived."""
        self._look(day)
        if self._then:
            self._then(day, days)

    def _look(self, day: int) -> None:
        if day not in self._days:
            return
        blocks = self._model.member_blocks()
        seen = np.zeros(sum(map(len, blocks)), SEEN)
        for name in SEEN.names or ():
            seen[name] = np.concatenate([np.zeros(0, SEEN[name]), *(block[name] for block in blocks)])
        self.on[day] = seen
