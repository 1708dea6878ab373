"""The communities of a pool: their state, and what is done with it once a week (sim/behaviour/community.py).

A group is LANES places one after the other, so a tile reads the one entry that is its own. Blocks of members are looked back
at when they have lived a week, while they are in the cache; at the review moods move and costs are shared; members come
together when their block begins the next week.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.behaviour.community import come_together, found, look_back, move_moods, rouse, share_costs
from sim.catalogue import BLOCK, NEVER, WEEK
from sim.engine.fields import as_array
from sim.engine.lanes import LANES
from sim.engine.week import Groups
from sim.records import COMMUNITY
from sim.roles import World

GROUPS_OF_A_BLOCK = BLOCK // LANES
QUIET = 0.1  # mood below which a group has gone quiet
NO_MOOD = -1.0  # in place of a mood, which is from 0 to 1


def have_moods(groups: np.ndarray, review: int) -> np.ndarray:
    """bool[n]: which groups (COMMUNITY[n]) had somebody in them at the last review, on the day `review`, and had been looked
    back at before: a group that has only just begun has no mood yet."""
    return np.asarray((groups["members"] > 0.0) & (groups["began"] < review))


class Communities:
    """The groups of a pool, COMMUNITY[groups], in the order of places; none where the policy has no communities."""

    each = LANES  # members that share an entry

    def __init__(self) -> None:
        self.entries = np.zeros(0, COMMUNITY)
        self._seen: set[int] = set()  # blocks that have been looked back at since the last review
        self._reviewed = 0  # day of the last review

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
            look_back(members, day, as_array(world), groups.entries, groups.each)

    def review(self, blocks: Sequence[np.ndarray], world: World, day: int) -> None:
        """Move moods by the week that is over and share the costs of the one that begins on `day`.

        Groups that end are gone: where a phase brings groups again, they begin anew.
        """
        if not world["community"]["on"]:
            self.entries = self.entries[:0]
            self._seen.clear()
            return
        self._take_in(blocks, world)
        if day == world["community"]["since"]:
            for block, members in enumerate(blocks):
                self.look_back(block, members, day, world)
        else:
            move_moods(self.entries)
            self._feel_crisis(world, day)
        self._seen.clear()
        self._reviewed = day
        self._share(world, day, float(self.entries["members"].sum()))

    def begin_week(self, block: int, members: np.ndarray, world: World, day: int, tally: np.ndarray) -> None:
        """Let a block's members come together: their trust rises with the mood, and they pay for the week.

        `tally` counts that: TALLY[1], or TALLY[groups of the block].
        """
        if world["community"]["on"]:
            groups = self.of_block(block)
            worlds = as_array(world)
            if len(tally) == 1:
                come_together(members, day, worlds, tally, groups.entries, groups.each)
                return
            for group, first in enumerate(range(0, len(members), LANES)):
                mine, sums = groups.entries[group : group + 1], tally[group : group + 1]
                come_together(members[first : first + LANES], day, worlds, sums, mine, LANES)

    def count_days(self, tally: np.ndarray) -> None:
        """Add the groups with somebody in them and their moods to each day of a week.

        tally: TALLY[blocks, days], or with each group by itself TALLY[blocks, groups of a block, days].
        """
        for block in range(len(tally) if len(self.entries) else 0):
            entries = self.of_block(block).entries
            there = (entries["members"] > 0.0) * entries["part"]
            mood = entries["mood"] * there
            if tally.ndim == 2:
                tally["groups"][block] += there.sum()
                tally["mood"][block] += mood.sum()
            else:
                tally["groups"][block] += there[:, None]
                tally["mood"][block] += mood[:, None]

    def count_at_end(self, closing: Any) -> None:
        """Add the groups that have a mood at the end of a run to CLOSING[1], or each to its own of CLOSING[groups]."""
        there, moods = have_moods(self.entries, self._reviewed) * self.entries["part"], self.entries["mood"]
        told = {"groups": there, "moods": moods * there, "moods_squared": moods**2 * there}
        told["quiet_groups"] = there * (moods < QUIET)
        for name, values in told.items():
            closing[name] += values if len(closing) == len(moods) else values.sum()

    def _take_in(self, blocks: Sequence[np.ndarray], world: World) -> None:
        """Room for the groups of new blocks; a group begins when its first member joins, or with the communities."""
        new = len(blocks) * GROUPS_OF_A_BLOCK - len(self.entries)
        if new > 0:
            more = np.zeros(new, COMMUNITY)
            found(more, len(self.entries), world["seed"])
            self.entries = np.concatenate([self.entries, more])
        for group in np.flatnonzero(self.entries["began"] == NEVER).tolist():
            members = blocks[group // GROUPS_OF_A_BLOCK]
            first = group % GROUPS_OF_A_BLOCK * LANES
            if first < len(members):
                self.entries["began"][group] = max(members["joined"][first], world["community"]["since"])
        self._weigh(sum(map(len, blocks)), float(world["share"]))

    def _weigh(self, places: int, share: float) -> None:
        """Let each group count whole; where a part of the pool is simulated, the one that is still filling up by its places.

        Else its costs would be told of 1 / share groups that are nearly empty, where the whole pool has one.
        """
        self.entries["part"] = 1.0
        if share < 1.0:
            first = np.arange(len(self.entries)) * LANES
            self.entries["part"] = np.clip((places - first) / LANES, 0.0, 1.0)

    def _feel_crisis(self, world: World, day: int) -> None:
        """A crisis reaches the moods at the review after it: of those whom it has hit nobody is in the mood to talk."""
        crisis = world["crisis"]
        if crisis["on"] and day - WEEK <= crisis["day"] < day:
            self.entries["mood"] *= 1.0 - crisis["hit"]

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
        look_back(members, day, as_array(world), self.entries, self.each)
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
