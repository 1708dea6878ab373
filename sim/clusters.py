"""Sums by cluster of a pool of which a part is simulated: what the intervals of the whole pool are computed from.

A cluster is a tile of the pool, LANES members who joined one after the other; where there are more than MOST tiles, every
MOST-th belongs to one cluster, so that what is kept of a run does not grow with the pool. Members affect one another within
a tile at most (and through budgets), so clusters are as good as independent, and by leaving out one at a time the part of a
measure's spread is told that is chance (sim/results/metrics/by_cluster.py). Without lives nothing of this is kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.catalogue import BLOCK, MILLION
from sim.closing import CLOSING
from sim.communities import Communities
from sim.engine.lanes import LANES
from sim.engine.week import Groups
from sim.living import live_days
from sim.records import MONEY, TALLY
from sim.roles import Purse, World

MOST = 256
TILES = BLOCK // LANES  # of a block


@dataclass(frozen=True)
class Sums:
    """What each of n clusters contributed to a run's sums; like these they are those of the whole pool."""

    totals: np.ndarray  # TALLY[n]: over all days
    followed: np.ndarray  # TALLY[n]: over the days that Run.followed sums
    closing: np.ndarray  # CLOSING[n]
    tools: np.ndarray  # float64[n, 3]
    settled: (
        np.ndarray
    )  # float64[n, 4]: founding members, joiners, and the sum of these' ages and of squares of ages (days)


class Clusters:
    """The sums by cluster while a pool is lived. share: the part of the pool that is simulated."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.week = np.zeros((0, TILES, 0), TALLY)  # [block, tile, day]: what the days of this week count
        self._totals = np.zeros((0, _numbers(TALLY)))
        self._followed = self._totals
        self._tools = np.zeros((0, 3))

    def open_week(self, blocks: int, days: int) -> None:
        """A week of `days` begins, with so many blocks."""
        self.week = np.zeros((blocks, TILES, days), TALLY)
        missing = min(MOST, blocks * TILES) - len(self._totals)
        if missing > 0:
            self._totals = np.pad(self._totals, ((0, missing), (0, 0)))
            self._tools = np.pad(self._tools, ((0, missing), (0, 0)))

    def live(
        self,
        members: np.ndarray,
        block: int,
        days: tuple[int, int],
        world: World,
        purse: Purse,
        how: tuple[bool, int],
        groups: Groups,
    ) -> list[np.ndarray]:
        """Take a block through `days` (the first, and how many), tile by tile; equal to the bit to the block at once.

        `how` is `keep` and `coupled` of `live_days`; groups: the block's. Returns its orders.
        """
        (first_day, n), (keep, coupled) = days, how
        orders = []
        # of those who spend from a common budget all live a day before anybody lives the next
        spans = [(day, 1) for day in range(n)] if coupled else [(0, n)]
        for start, span in spans:
            for tile, part in enumerate(tiles_of(members)):
                sums = self.week[block, tile, start : start + span]
                way = 0 if coupled == 1 else coupled
                own = Groups(groups.entries[tile : tile + 1], groups.each)
                orders.append(live_days(part, first_day + start, span, world, sums, purse, keep, way, own))
        return orders

    def end_day(self, offset: int, tools_a_head: float) -> None:
        """Add a day of the week to the run's sums. tools_a_head: money for tools a member in the pool."""
        today = np.ascontiguousarray(self.week[:, :, offset]).reshape(-1)
        self._totals += self._by_cluster(today.view("f8").reshape(len(today), -1))
        self._tools += tools_a_head * self._by_cluster(today["present"])

    def note_followed(self) -> None:
        """Remember the sums up to now as those of the days that are followed to the end."""
        self._followed = self._totals.copy()

    def close(
        self,
        members: list[np.ndarray],
        end: int,
        rests: list[np.ndarray],
        each: Callable[..., Any],
        read: Callable[[np.ndarray, Any, np.ndarray], None],
        groups: Communities,
    ) -> tuple[np.ndarray, Sums]:
        """CLOSING[tiles] by `read(a tile's members, its record, its part of a block's rests)`; and all sums by cluster."""
        closing = np.zeros((len(members), TILES), CLOSING)

        def read_block(block: np.ndarray, totals: np.ndarray, rest: np.ndarray) -> None:
            for tile, part in enumerate(tiles_of(block)):
                read(part, totals[tile], rest[tile * LANES : (tile + 1) * LANES])

        each(read_block, members, list(closing), rests)
        settled = np.zeros((len(members), TILES, 4))
        for block, rows in zip(members, settled, strict=True):
            for tile, part in enumerate(tiles_of(block)):
                ages = end - part["joined"][(part["channel"] != 0) & (part["joined"] < end)].astype(float)
                rows[tile] = (part["channel"] == 0).sum(), len(ages), ages.sum(), (ages**2).sum()
        tiles = closing.reshape(-1)
        groups.count_at_end(tiles, 1)
        plain = tiles.view("f8").reshape(len(tiles), -1)
        of_clusters = self._by_cluster(plain)
        n = min(MOST, -(-sum(map(len, members)) // LANES))  # the last block may have empty tiles
        followed = np.pad(self._followed, ((0, len(self._totals) - len(self._followed)), (0, 0)))
        return tiles, Sums(
            totals=self._tally(self._totals[:n]),
            followed=self._tally(followed[:n]),
            closing=(of_clusters[:n] / self.share).view(CLOSING).reshape(-1),
            tools=self._tools[:n] / self.share,
            settled=self._by_cluster(settled.reshape(-1, 4))[:n],
        )

    def _by_cluster(self, tiles: np.ndarray) -> np.ndarray:
        """float64[tiles, k] summed by cluster, float64[clusters, k]."""
        n = len(self._totals)
        rows = -(-len(tiles) // n) if n else 0
        padded = np.pad(tiles, ((0, rows * n - len(tiles)), (0, 0)))
        summed: np.ndarray = padded.reshape(rows, n, tiles.shape[1]).sum(axis=0)
        return summed

    def _tally(self, sums: np.ndarray) -> np.ndarray:
        """TALLY[n] of the whole pool, money in the currency."""
        tally: np.ndarray = (sums / self.share).view(TALLY).reshape(-1)
        for name in MONEY:
            tally[name] /= MILLION
        return tally


def tiles_of(members: np.ndarray) -> Iterator[np.ndarray]:
    """The members of a block tile by tile; views."""
    for first in range(0, len(members), LANES):
        yield members[first : first + LANES]


def _numbers(kind: np.dtype) -> int:
    return kind.itemsize // 8
