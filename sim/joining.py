"""Who joins a pool, and the places that members have in it.

Members live in blocks that fill in the order of joining and are never moved. Who joins on which day, and in which order, is
decided before the week begins and depends on no thread, so a place is the same for any number of threads.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.brand import Brand
from sim.catalogue import BLOCK
from sim.draws import Key
from sim.engine.lanes import LANES
from sim.members import begin_joiners
from sim.records import MEMBER
from sim.roles import World


class Places:
    """The blocks of a pool. `blocks`: MEMBER[BLOCK] each; `filled`: how many places of each are taken."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.filled: list[int] = []

    def __len__(self) -> int:
        """How many members were ever in."""
        return sum(self.filled)

    def taken(self) -> list[np.ndarray]:
        """The members, MEMBER[n] a block; a view: what is written there stays."""
        return [block[:n] for block, n in zip(self.blocks, self.filled, strict=True)]

    def end(self) -> tuple[int, int]:
        """Block and place after the last member; (0, 0) before the first."""
        return (len(self.blocks) - 1, self.filled[-1]) if self.blocks else (0, 0)

    def allocate(self, n: int) -> Iterator[np.ndarray]:
        """Records for `n` new members, MEMBER[part] at a time; opens new blocks as needed."""
        while n > 0:
            if not self.blocks or self.filled[-1] == BLOCK:
                self.blocks.append(np.zeros(BLOCK, MEMBER))
                self.filled.append(0)
            first = self.filled[-1]
            taken = min(n, BLOCK - first)
            self.filled[-1] += taken
            n -= taken
            room = self.blocks[-1][first : first + taken]
            at = (len(self.blocks) - 1) * BLOCK
            room["account"] = np.arange(at + first, at + first + taken) // LANES % (1 << 16)
            yield room


class Joining:
    """Lets people join, week by week, each to live from her day on.

    places: where they go. brand: its planner of acquisition says how many come through which channel. key: the run's.
    view: what the brand knows of people (a record of BRAND_VIEW). world: a record of WORLD.
    """

    def __init__(self, places: Places, brand: Brand, key: Key, view: Any, world: World) -> None:
        self._places, self._brand, self._key, self._view, self._world = places, brand, key, view, world

    def join(self, first_day: int, days: int) -> list[int]:
        """Create those who join on `days` days from `first_day` on, day by day; returns how many on each."""
        first_block, _ = self._places.end()
        joined = [self._come_through_channels(day) for day in range(first_day, first_day + days)]
        # a tile's day goes to those who have joined: the first n of it
        for block in self._places.taken()[first_block:]:
            assert (np.diff(block["joined"]) >= 0).all(), "members of a block do not stand in the order of joining"
        return joined

    def _come_through_channels(self, day: int) -> int:
        """Create those who come through the policy's channels on a day, in its order; returns how many."""
        channels = self._brand.acquisition
        coming = channels.joiners(day)
        for index, n in enumerate(coming):
            ordinal = 0
            for room in self._places.allocate(n):
                record = channels.records[index]
                begin_joiners(room, self._key, day, ordinal, index, record, self._view, self._world)
                ordinal += len(room)
        return sum(coming)
