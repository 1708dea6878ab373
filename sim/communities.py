"""The communities of a pool: their state, and what is done with it once a week (sim/behaviour/community.py).

A group is LANES places one after the other, so a tile reads the one entry that is its own. Blocks of members are looked back
at when they have lived a week, while they are in the cache; at the review moods move and costs are shared; members come
together when their block begins the next week.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.behaviour.community import come_together, found, look_back, move_moods, rouse, share_costs
from sim.catalogue import BLOCK, NEVER
from sim.engine.lanes import LANES
from sim.engine.week import Groups
from sim.records import COMMUNITY
from sim.roles import World

GROUPS_OF_A_BLOCK = BLOCK // LANES
QUIET = 0.1  # mood below which a group has gone quiet


class Communities:
    """The groups of a pool, COMMUNITY[groups], in the order of places; none where the policy has no communities."""

    each = LANES  # members that share an entry

    def __init__(self) -> None:
        self.entries = np.zeros(0, COMMUNITY)
        self._seen: set[int] = set()  # blocks that have been looked back at since the last review

    def of_block(self, block: int) -> Groups:
        """The groups of a block, as a week's days take them."""
        first = block * GROUPS_OF_A_BLOCK
        return Groups(self.entries[first : first + GROUPS_OF_A_BLOCK], self.each)

    def of_account(self, block: int, account: int) -> np.ndarray:
        """COMMUNITY[1]: the group of a block's members whom an account serves; COMMUNITY[0] without communities."""
        place = account % GROUPS_OF_A_BLOCK
        return self.of_block(block).entries[place : place + 1]

    def look_back(self, block: int, members: np.ndarray, day: int, world: World) -> None:
        """At the end of a week, before `day`: count who is in the block's groups and who has talked; once a week."""
        if world["community"]["on"] and block not in self._seen:
            self._seen.add(block)
            groups = self.of_block(block)
            look_back(members, day, world, groups.entries, groups.each)

    def review(self, blocks: Sequence[np.ndarray], world: World, day: int) -> None:
        """Move moods by the week that is over and share the costs of the one that begins on `day`."""
        if not world["community"]["on"]:
            return
        self._take_in(blocks, world)
        if day == 0:
            for block, members in enumerate(blocks):
                self.look_back(block, members, day, world)
        else:
            move_moods(self.entries)
        self._seen.clear()
        self._share(world, day, float(self.entries["members"].sum()))

    def begin_week(self, block: int, members: np.ndarray, world: World, day: int, today: Any) -> None:
        """Let a block's members come together: their trust rises with the mood, and they pay for the week.

        `today`: a record of TALLY, or TALLY[tiles], one a group.
        """
        if not world["community"]["on"]:
            return
        groups = self.of_block(block)
        if not isinstance(today, np.ndarray):
            come_together(members, day, world, today, groups.entries, groups.each)
            return
        for place, first in enumerate(range(0, len(members), LANES)):
            part, entries = members[first : first + LANES], groups.entries[place : place + 1]
            come_together(part, day, world, today[place], entries, groups.each)

    def count_days(self, tally: np.ndarray) -> None:
        """Add the groups with somebody in them and their moods to each day of a week.

        TALLY[blocks, days], or TALLY[blocks, tiles, days] with one tile a group.
        """
        if not len(self.entries):
            return
        there = self.entries["members"] > 0.0
        moods = np.where(there, self.entries["mood"], 0.0)
        of_blocks = (len(tally), GROUPS_OF_A_BLOCK)
        for name, values in (("groups", there), ("mood", moods)):
            by_tile = values.reshape(of_blocks)
            tally[name] += by_tile[..., None] if tally.ndim == 3 else by_tile.sum(axis=1)[:, None]

    def count_at_end(self, closing: np.ndarray, together: int) -> None:
        """Add the groups as they are at the end of a run to CLOSING[n], so many of them `together` to one."""
        there = self.entries["members"] > 0.0
        moods = np.where(there, self.entries["mood"], 0.0)
        quiet = there & (moods < QUIET)
        for name, values in (("groups", there), ("moods", moods), ("moods_squared", moods**2), ("quiet_groups", quiet)):
            for place in range(0, len(values), max(together, 1)):
                closing[name][place // together] += values[place : place + together].sum()

    def _take_in(self, blocks: Sequence[np.ndarray], world: World) -> None:
        """Room for the groups of new blocks; a group begins when its first member joins."""
        new = len(blocks) * GROUPS_OF_A_BLOCK - len(self.entries)
        if new > 0:
            more = np.zeros(new, COMMUNITY)
            found(more, len(self.entries), world["seed"])
            self.entries = np.concatenate([self.entries, more])
        for group in np.flatnonzero(self.entries["began"] == NEVER).tolist():
            members = blocks[group // GROUPS_OF_A_BLOCK]
            first = group % GROUPS_OF_A_BLOCK * LANES
            if first < len(members):
                self.entries["began"][group] = members["joined"][first]

    def _share(self, world: World, day: int, everybody: float) -> None:
        rouse(self.entries, day, world)
        share_costs(self.entries, day, world, everybody)


class SampledCommunities(Communities):
    """The groups of a sample that lives on without the others: an entry a member.

    What is seen of a group is too little of it, so all groups go on from their own moods by the talk of the whole sample,
    each as much more or less as its energy says, and lose members as the sample does, founders and joiners apart.
    """

    each = 1

    def __init__(self, pool: Communities, places: np.ndarray, founders: np.ndarray) -> None:
        """places: int64[n], of the sampled members in the pool; founders: bool[n]."""
        super().__init__()
        if len(pool.entries):
            self.entries = pool.entries[places // LANES]
        self._everybody = float(pool.entries["members"].sum())
        self._at_first = self.entries["members"].copy()
        self._kinds = (founders, ~founders)
        self._inside: list[float] = []  # of the sample, founders and joiners, at first

    def of_block(self, block: int) -> Groups:
        """All of them: the sample is one block."""
        return Groups(self.entries, self.each)

    def look_back(self, block: int, members: np.ndarray, day: int, world: World) -> None:
        """Count the whole sample; an entry then has its group's share of talkers and its members as they are foreseen."""
        if not world["community"]["on"]:
            return
        look_back(members, day, world, self.entries, self.each)
        inside, energy = self.entries["members"] > 0.0, self.entries["energy"]
        talk = self.entries["talkers"].sum() / max(inside.sum(), 1)
        left = self.entries["members"] * 0.0
        for kind, before in zip(self._kinds, self._inside, strict=True):
            left[kind] = (inside & kind).sum() / max(before, 1.0)
        self.entries["members"] = self._at_first * left
        usual = energy[inside].mean() if inside.any() else 1.0
        self.entries["talkers"] = np.minimum(talk * energy / usual, 1.0) * self.entries["members"]

    def review(self, blocks: Sequence[np.ndarray], world: World, day: int) -> None:
        """Moods go on from where they were at the end of the run; sessions cost each member what they did then."""
        if not world["community"]["on"]:
            return
        if self._inside:
            move_moods(self.entries)
        else:
            (members,) = blocks
            there = (members["in_group"] == 1) & (members["left"] == NEVER)
            self._inside = [float((there & kind).sum()) for kind in self._kinds]
        self._share(world, day, max(self._everybody, 1.0))
