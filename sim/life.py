"""One member watched while her pool is lived: what happened to her, event by event, in the very life of the run.

The pool is run as always, but her block lives day by day, and in her tile she lives her day between those before and those
after her, as agents do: equal to the bit. On a day on which something was counted of her, a copy of her record lives the
day once more, one stage and one message at a time, so that each count is told with the message that brought it about.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from models.errors import BadInput
from sim.catalogue import BLOCK, NEVER
from sim.clusters import TILES
from sim.engine.lanes import LANES
from sim.engine.week import Groups
from sim.living import live_alone, live_days, live_received, live_stage
from sim.policies import push, referral, touches
from sim.pool import PoolModel
from sim.records import MEMBER, ORDER, ROOM, TALLY, TILE
from sim.roles import World
from sim.scenario import Scenario
from sim.scenario.scenario import MOST_PEOPLE

# a day, stage by stage, but for the count in the evening; True: for those in the pool only
_STAGES = (
    ("age", live_stage["age"], False),
    *((name, live, True) for name, live in live_received.items()),
    ("decide_to_leave", live_stage["decide_to_leave"], True),
    ("buy", live_stage["buy"], False),
    ("refer", live_stage["refer"], True),
)
_KEYS = 2**64


class Moment(NamedTuple):
    """What one stage of a day, or one message in it, did to her.

    stage: the name of a stage; "review" for what the week begins with, "evening" for the end of a day, where nothing is
    counted. before, after: MEMBER; before a joiner's first review as she joined. today: TALLY, what the stage counted,
    money in millionths. orders: ORDER[n], placed in it. message: the MESSAGE that came. touch: the TOUCH that brought it,
    None for a regular one.
    """

    day: int
    stage: str
    before: Any
    after: Any
    today: Any
    orders: np.ndarray
    message: Any = None
    touch: Any = None


class WatchedPool(PoolModel):
    """A pool of which one member is watched; `tell` gets her moments in their order, from her first week on.

    member: her place in the order of joining, from 0, or her customer key: any number from MOST_PEOPLE on. Raises BadInput
    where nobody can be meant; `her_record` does where nobody was, once the run is over.
    """

    def __init__(
        self,
        scenario: Scenario,
        member: int,
        tell: Callable[[Moment], None],
        *,
        seed: int | None = None,
        threads: int | None = None,
    ) -> None:
        self._asked = member
        self._tell = tell
        self.place: int | None = None  # of her in the order of joining; None before she has joined
        self._last = np.zeros(1, MEMBER)  # her record as last told of
        self._slowly = SlowDay()
        super().__init__(scenario, seed=seed, threads=threads)
        self._compared = 0  # places
        self._look_for_her()
        joins = len(self.brand.acquisition.records) or self.brand.planners[referral.NAME].is_on
        if self.place is None and not joins:
            raise self._nobody()

    @property
    def her_record(self) -> Any:
        """Her record as it is now, MEMBER. Raises BadInput where she has not joined."""
        if self.place is None:
            raise self._nobody()
        return self.member_blocks()[self.place // BLOCK][self.place % BLOCK]

    def _look_for_her(self) -> None:
        """Find her place, once she has joined."""
        there = len(self._places)
        if self.place is None and self._asked < MOST_PEOPLE:
            self.place = self._asked if self._asked < there else None
        elif self.place is None and self._asked < _KEYS:
            for block in range(self._compared // BLOCK, len(self._places.blocks)):
                hers = np.flatnonzero(self.member_blocks()[block]["key"] == np.uint64(self._asked))
                self.place = block * BLOCK + int(hers[0]) if len(hers) else self.place
            self._compared = there

    def _nobody(self) -> BadInput:
        people = len(self._places)
        if not people:
            return BadInput("member: nobody is ever in this pool; give the scenario members, or a channel they join by")
        if self._asked >= MOST_PEOPLE:
            return BadInput(
                "member: nobody in this pool has the customer key {key}; take one from members.parquet of a run with the "
                "same scenario, size and seed",
                key=self._asked,
            )
        return BadInput(
            "member: there is no place {place:,}: {people:,} were ever in this pool; give 0 to {last:,}, or a customer key",
            place=self._asked,
            people=people,
            last=people - 1,
        )

    # --- a week ------------------------------------------------------------------------------------------------------

    def _live_week(self, days: int) -> None:
        if self.place is None:
            self._look_for_her()
            if self.place is not None:
                self._last[0] = self.her_record
        elif not self.day:
            self._last[0] = self.her_record
        super()._live_week(days)

    def live_block(self, block: int, members: np.ndarray, days: int) -> list[np.ndarray]:
        """Take a block through the days of this week: hers day by day, and she is told of."""
        if self.place is None or self.place // BLOCK != block:
            return super().live_block(block, members, days)
        at = self.place % BLOCK
        one = members[at : at + 1]
        self._tell(Moment(self.day, "review", self._last[0].copy(), one[0].copy(), _nothing(), _no_orders()))
        self._slowly.plan(self.world)
        orders = []
        for offset in range(days):
            orders += self._live_others(block, offset, slice(0, at))
            orders.append(self._live_her(block, offset, one))
            orders += self._live_others(block, offset, slice(at + 1, len(members)))
        self._last[0] = one[0]
        return orders if self.order_log is not None else []

    def _live_others(self, block: int, offset: int, part: slice) -> list[np.ndarray]:
        """One day of some of a block: the rest of a tile and whole tiles, each call within one account and group."""
        tally, apart = self.tally_of(block)
        groups, keep = self.brand.communities.of_block(block), self.order_log is not None
        orders, first = [], part.start
        while first < part.stop:
            tile = first // LANES
            whole = first % LANES == 0
            stop = part.stop if whole else min((tile + 1) * LANES, part.stop)
            orders.append(
                live_days(
                    self.member_blocks()[block][first:stop],
                    self.day + offset,
                    1,
                    self.world,
                    tally[tile * apart + offset :],
                    self.purses[block],
                    keep,
                    self.brand.coupling,
                    Groups(groups.entries[tile:], groups.each),
                    apart,
                )
            )
            first = stop
        return orders

    def _live_her(self, block: int, offset: int, one: np.ndarray) -> np.ndarray:
        """Her day: lived as any other, then told; returns her orders."""
        day, purse = self.day + offset, self.purses[block]
        if one[0]["joined"] > day:
            return _no_orders()
        groups = self.brand.communities.of_account(block, int(one[0]["account"]))
        before, not_spent_yet, today = one.copy(), purse.copy(), np.zeros(1, TALLY)
        room, placed = self._alone
        live_alone(one, room, day, self.world, today, purse, placed[0], groups)
        orders = _taken(placed[0])
        tally, apart = self.tally_of(block)
        row = int(one[0]["account"]) % TILES * apart + offset
        tally[row : row + 1].view("f8")[:] += today.view("f8")
        for moment in self._slowly.lived(before, day, not_spent_yet, groups):
            self._tell(moment)
        self._tell(Moment(day, "evening", before[0], one[0].copy(), _nothing(), _no_orders()))
        return orders


class SlowDay:
    """A day of one member lived on a copy of her record, one stage at a time, of messages one at a time."""

    def __init__(self) -> None:
        self._alone = np.zeros(1, TILE), np.zeros(1, ROOM)
        self._world: World = None
        self._single: World = None  # the same with one message of a day, or one row of touches

    def plan(self, world: World) -> None:
        """Take over this week's plan (a record of WORLD)."""
        self._world, self._single = world, world.copy()
        self._single[touches.NAME]["count"] = 1

    def lived(self, before: np.ndarray, day: int, purse: Any, groups: np.ndarray) -> Iterator[Moment]:
        """The stages of a day that counted something of her; `before` is MEMBER[1] in the morning and becomes the evening's.

        purse: PURSE of the morning, changed. groups: the entry of her group.
        """
        room, placed = self._alone
        inside = before[0]["left"] == NEVER
        for stage, live, needs_her_inside in _STAGES:
            if needs_her_inside and not inside:
                continue
            for world, message, touch in self._steps(stage, before[0], day):
                if touch is not None:
                    before[0]["next_touch"] = day
                was, today = before[0].copy(), np.zeros(1, TALLY)
                live(before, room, day, world, today, purse, placed[0], groups)
                orders = _taken(placed[0])
                if today.view("f8").any():
                    yield Moment(day, stage, was, before[0].copy(), today[0], orders, message, touch)

    def _steps(self, stage: str, her: Any, day: int) -> Iterator[tuple[World, Any, Any]]:
        """A stage as it is, or with one message at a time: the world, the MESSAGE, the TOUCH that brings it."""
        world, single = self._world, self._single
        if stage == "touches" and her["next_touch"] <= day:
            for k in range(world[touches.NAME]["count"]):
                row = world[touches.NAME]["rows"][k]
                single[touches.NAME]["rows"][0] = row
                yield single, row["message"], row
        elif stage == "messages":
            segment, weekday = int(her["segment"]), day - int(world["week_start"])
            plan, alone = world[push.NAME], single[push.NAME]
            for slot in range(plan["sends"][segment, weekday]):
                alone["sends"][segment, weekday] = 1
                alone["messages"][segment, weekday, 0] = plan["messages"][segment, weekday, slot]
                yield single, plan["messages"][segment, weekday, slot], None
        elif stage != "touches":
            yield world, None, None


def _taken(placed: Any) -> np.ndarray:
    """ORDER[n]: the orders in a ROOM, which is empty then."""
    orders: np.ndarray = placed["rows"][: placed["ordered"]].copy()
    placed["ordered"] = 0
    return orders


def _nothing() -> Any:
    return np.zeros(1, TALLY)[0]


def _no_orders() -> np.ndarray:
    return np.zeros(0, ORDER)
