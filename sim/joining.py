"""Who joins a pool, and the places that members have in it.

Members live in blocks that fill in the order of joining and are never moved. Who joins on which day, and in which order, is
decided before the week begins and depends on no thread, so a place is the same for any number of threads.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.errors import BadInput
from sim.behaviour.referring import WAITS
from sim.brand import Brand
from sim.catalogue import BLOCK
from sim.communities import GROUPS_OF_A_BLOCK
from sim.draws import Key
from sim.engine.lanes import LANES
from sim.friends import FRIEND, Trees, begin_friends, begin_shared, shared_keys, waiting_friends
from sim.members import begin_joiners
from sim.policies import referral
from sim.records import MEMBER
from sim.roles import World
from sim.scenario.scenario import MOST_PEOPLE

_NONE = np.zeros(0, np.int64)


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
        self._referral: referral.Planner = brand.planners[referral.NAME]
        self._friends: dict[int, np.ndarray] = {}
        self._brought = _NONE, _NONE  # the roots of friends, and of those who came by sharing, this week
        self.trees = Trees()

    def join(self, first_day: int, days: int) -> list[int]:
        """Create those who join on `days` days from `first_day` on, day by day; returns how many on each.

        On the first day friends come first, whom members have referred since the last review. Raises BadInput where these
        are more than there is room for.
        """
        first_block, _ = self._places.end()
        brought = self._come_by_word(first_day)
        joined = [self._come_through_channels(day) for day in range(first_day, first_day + days)]
        joined[0] += brought
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

    # --- whom members bring ------------------------------------------------------------------------------------------

    def note_friends(self, block: int, members: np.ndarray) -> None:
        """Collect from a block, while it is in the cache, whom its members have referred this week."""
        if self._referral.is_on:
            self._friends[block] = waiting_friends(members)

    def count(self, today: np.ndarray) -> None:
        """Add who has come by members' word this week, and what they were paid for it.

        To the first of `today`, TALLY[blocks]; or of TALLY[blocks, tiles] to where the trees have their roots.
        """
        friends, shared = self._brought
        if today.ndim == 1:
            today[0]["friends_joined"] += len(friends)
            today[0]["shared_joined"] += len(shared)
            today[0]["rewards"] += len(friends) * self._referral.rewards
            return
        for name, roots, each in (
            ("friends_joined", friends, 1.0),
            ("shared_joined", shared, 1.0),
            ("rewards", friends, float(self._referral.rewards)),
        ):
            np.add.at(today[name], (roots // GROUPS_OF_A_BLOCK, roots % GROUPS_OF_A_BLOCK), each)

    def _come_by_word(self, day: int) -> int:
        """Create the friends who wait, then those who come by what was shared with them; returns how many."""
        self._brought = _NONE, _NONE
        if not self._referral.is_on:
            return 0
        noted, self._friends = self._friends, {}
        friends, roots = [], []
        for block, members in enumerate(self._places.taken()):
            these = noted[block] if block in noted else waiting_friends(members)
            members["referred"][these["place"]] %= WAITS
            friends.append(these)
            roots.append(self.trees.of(block)[these["place"]])
        return self._begin_brought(
            day, np.concatenate([np.zeros(0, FRIEND), *friends]), np.concatenate([_NONE, *roots])
        )

    def _begin_brought(self, day: int, friends: np.ndarray, roots: np.ndarray) -> int:
        """Create friends (FRIEND[n]) and who comes by sharing; `roots` int64[n]: those of who refers."""
        planner, view, world = self._referral, self._view, self._world
        shared = shared_keys(friends, planner.per_share)
        self._brought = roots, roots[shared[:, 1].astype(np.int64)]
        check_room(len(self._places) + sum(map(len, self._brought)), day)
        for new, room in self._rooms(roots):
            begin_friends(room, friends[new], day, planner.index, planner.records, view, world)
        if len(shared):
            index = planner.outward
            channel = self._brand.acquisition.records[index]
            for new, room in self._rooms(self._brought[1]):
                begin_shared(room, shared[new, 0], day, index, channel, view, world)
        return sum(map(len, self._brought))

    def _rooms(self, roots: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Places for new members on these roots (int64[n]): which of them, and their records."""
        begun = 0
        for room in self._places.allocate(len(roots)):
            new = slice(begun, begun + len(room))
            block, end = self._places.end()
            self.trees.plant(block, end - len(room), roots[new])
            begun = new.stop
            yield new, room


def check_room(people: int, day: int) -> None:
    """Raise BadInput where a pool grows beyond what memory is kept for."""
    if people > MOST_PEOPLE:
        raise BadInput(
            "policy.referral: by day {day:,} members and the friends whom they bring are {people:,} people, more than the "
            "{most:,} that memory is kept for; lower market, or refer and reward_effect in the response",
            day=day,
            people=people,
            most=MOST_PEOPLE,
        )
