"""Sums by cluster of a pool of which a part is simulated: what the intervals of the whole pool are computed from.

A cluster is a tile of the pool, LANES members who joined one after the other, with those whom they bring: of a tile in which
some live whose tree of referrals has its root elsewhere, their part goes there. Where there are more than MOST tiles, every
MOST-th belongs to one cluster, so that what is kept of a run does not grow with the pool. Members affect one another within
a cluster at most (and through budgets), so clusters are as good as independent, and by leaving out one at a time the part of
a measure's spread is told that is chance (sim/results/metrics/by_cluster.py). Without lives nothing of this is kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.catalogue import BLOCK, BROUGHT, MILLION
from sim.closing import CLOSING
from sim.engine.lanes import LANES
from sim.friends import Trees
from sim.records import MONEY, TALLY

MOST = 256
TILES = BLOCK // LANES  # of a block
_NUMBERS = TALLY.itemsize // 8
_NONE = np.zeros(0, np.int64)


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
    """The sums by tile while a pool is lived, and in the end by cluster. share: the part of the pool that is simulated."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.week = np.zeros((0, TILES, 0), TALLY)  # [block, tile, day]: what the days of this week count
        self._totals = np.zeros((0, _NUMBERS))  # [tile, number]
        self._followed = self._totals
        self._tools = np.zeros((0, 3))

    def open_week(self, blocks: int, days: int) -> None:
        """A week of `days` begins, with so many blocks."""
        self.week = np.zeros((blocks, TILES, days), TALLY)
        self._totals = _longer(self._totals, blocks * TILES)
        self._tools = _longer(self._tools, blocks * TILES)

    def of_block(self, block: int) -> tuple[np.ndarray, int]:
        """TALLY[tiles x days] of a block this week, a tile's days one after the other, a view; and the number of days."""
        tally: np.ndarray = self.week[block].reshape(-1)
        return tally, self.week.shape[2]

    def day(self, offset: int) -> np.ndarray:
        """float64[tiles, numbers]: what a day of the week has counted so far, as plain numbers; a view."""
        blocks, tiles, days = self.week.shape
        numbers: np.ndarray = self.week.view("f8").reshape(blocks * tiles, days, _NUMBERS)[:, offset]
        return numbers

    def end_day(self, offset: int, tools_a_head: float) -> None:
        """Add a day of the week to the run's sums. tools_a_head: money for tools a member in the pool."""
        self._totals += self.day(offset)
        self._tools += tools_a_head * self.week["present"][:, :, offset].reshape(-1, 3)

    def note_followed(self) -> None:
        """Remember the sums up to now as those of the days that are followed to the end."""
        self._followed = self._totals.copy()

    def read(
        self,
        members: list[np.ndarray],
        rests: list[np.ndarray],
        each: Callable[..., Any],
        one: Callable[[np.ndarray, Any, np.ndarray], None],
    ) -> np.ndarray:
        """CLOSING[tiles] by `one(a tile's members, its record, its part of a block's rests)`."""
        closing = np.zeros((len(members), TILES), CLOSING)

        def read_block(block: np.ndarray, totals: np.ndarray, rest: np.ndarray) -> None:
            for tile, part in enumerate(tiles_of(block)):
                one(part, totals[tile], rest[tile * LANES : (tile + 1) * LANES])

        each(read_block, members, list(closing), rests)
        return closing.reshape(-1)

    def sums(self, closing: np.ndarray, members: list[np.ndarray], trees: Trees, end: int) -> Sums:
        """All sums by cluster; closing: CLOSING[tiles]; end: the day after the last."""
        used = -(-sum(map(len, members)) // LANES)  # the last block may have empty tiles
        n = min(MOST, used)
        settled = np.zeros((used, 4))
        tiles, clusters, parts = [], [], []
        for block, those in enumerate(members):
            rooted = trees.of(block)[: len(those)] % MOST
            for tile, part in enumerate(tiles_of(those), block * TILES):
                settled[tile] = _settled(part, end)
                inside = (tile - block * TILES) * LANES
                cluster, count = np.unique(rooted[inside : inside + LANES], return_counts=True)
                tiles.append(np.full(len(cluster), tile))
                clusters.append(cluster)
                parts.append(count / len(part))
        by_root = np.concatenate([_NONE, *tiles]), np.concatenate([_NONE, *clusters]), np.concatenate([[], *parts])
        own = np.arange(used), np.arange(used) % MOST, np.ones(used)
        plain = closing.view("f8").reshape(len(closing), -1)
        return Sums(
            totals=self._tally(_shared(self._totals, by_root, n)),
            followed=self._tally(_shared(_longer(self._followed, len(self._totals)), by_root, n)),
            closing=(_shared(plain, by_root, n) / self.share).view(CLOSING).reshape(-1),
            tools=_shared(self._tools, by_root, n) / self.share,
            settled=_shared(settled, own, n),
        )

    def _tally(self, sums: np.ndarray) -> np.ndarray:
        """TALLY[n] of the whole pool, money in the currency."""
        tally: np.ndarray = (sums / self.share).view(TALLY).reshape(-1)
        for name in MONEY:
            tally[name] /= MILLION
        return tally


def _shared(tiles: np.ndarray, by: tuple[np.ndarray, ...], n: int) -> np.ndarray:
    """float64[n, k]: the sums of tiles (float64[tiles, k]) shared out; `by`: tile, cluster and part of the tile, each."""
    tile, cluster, part = by
    sums = np.zeros((n, tiles.shape[1]))
    np.add.at(sums, cluster, tiles[tile] * part[:, None])
    return sums


def _settled(members: np.ndarray, end: int) -> tuple[float, ...]:
    """Founders, joiners of channels, the sum of these' ages and of squares of ages in days: what is no chance."""
    founders = members["channel"] == 0
    came = ~founders & ((members["kept"] & BROUGHT) == 0) & (members["joined"] < end)
    ages = end - members["joined"][came].astype(float)
    return float(founders.sum()), float(len(ages)), float(ages.sum()), float((ages**2).sum())


def _longer(rows: np.ndarray, n: int) -> np.ndarray:
    """`rows` with as many of zeros behind them as make n."""
    return np.pad(rows, ((0, max(n - len(rows), 0)), (0, 0)))


def tiles_of(members: np.ndarray) -> Iterator[np.ndarray]:
    """The members of a block tile by tile; views."""
    for first in range(0, len(members), LANES):
        yield members[first : first + LANES]
