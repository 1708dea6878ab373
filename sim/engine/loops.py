"""The stages of a day, written once: what passes for everybody, and what then happens to some.

A stage is the model's own mathematics (docs/model.md, section 1): a hazard passes for everybody; whose threshold it crosses,
to her it happens. `stage_of` builds from these three functions of one member

- a loop over the lanes of a tile, compiled: what passes is a loop without a branch that matters, which becomes vector
  instructions; what happens is a second one over those it happens to;
- the same for one member in plain Python, to check the compiled one against and to read.

`in_order` puts stages together. Each stage is a compiled function of its own, so that a longer day does not take longer to
compile than its parts.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from sim.engine.arithmetic import total
from sim.engine.compiling import compiled_as, inlined, inlined_as
from sim.engine.lanes import daily_lane, lane
from sim.roles import Member, Purse, Room, Tally, Tile, World

OfMember: TypeAlias = Callable[..., Any]  # (member, here)
OfTile: TypeAlias = Callable[..., None]  # (tile, members, n, here): compiled


class Here(NamedTuple):
    """All that a member's day depends on beside herself. A further thing that stages share is a field here."""

    day: int
    world: World  # a record of WORLD: parameters, season, this week's plan
    today: Tally  # a record of TALLY: what the day counts
    purse: Purse  # a record of PURSE: what her block may spend this week
    orders: Room  # a record of ROOM: takes the orders of the day
    events: Any = None  # in a replay: what happened, arrays by kind of event


@dataclass(frozen=True)
class Stage:
    """A stage of the day: for a tile and for one member; `logged` is the same with events taken from a log (replay)."""

    name: str
    of_tile: OfTile
    of_member: OfMember
    logged: "Stage | None" = None
    inside: bool = False  # whether it is for those in the pool only: a tile that all have left is not asked

    @property
    def of_tile_as_logged(self) -> OfTile:
        """For a tile, with events taken from a log; the stage itself where a log changes nothing."""
        return (self.logged or self).of_tile

    def as_logged(
        self, passes: OfMember | None, crossed: OfMember, happens: OfMember, on: OfMember | None = None
    ) -> "Stage":
        """This stage, with what passes, who is concerned and what happens to her where events are taken from a log."""
        return replace(self, logged=stage_of(f"{self.name}_as_logged", passes, crossed, happens, on))


def stage_of(
    name: str,
    passes: OfMember | None,
    crossed: OfMember | None = None,
    happens: OfMember | None = None,
    on: OfMember | None = None,
    daily: bool = True,
    inside: bool = False,
) -> Stage:
    """A stage: `passes(member, here)` for everybody; where `crossed(member, here)`, `happens(member, here)`.

    `passes` and `crossed` see the fields that a day touches for everybody, `happens` sees all. `on(here)`: whether the stage
    is in use; else it costs one branch a tile and day. daily: False for a stage that `on` keeps from most days; all of it
    then sees all fields. inside: see Stage.
    """
    steps = [] if passes is None else [_passing(passes)]
    if crossed is not None and happens is not None:
        steps = [_crossing(passes, crossed, happens) if daily else _picking(passes, crossed, happens)]
    (loop,) = steps
    one = _one(passes, crossed, happens)
    if on is None:
        return Stage(name, compiled_as(name, loop), one, inside=inside)
    # the question is put where the stage is called: a call of a stage that is not in use costs more than the question
    of_tile = inlined_as(f"{name}_if_on", _if_on(on, compiled_as(name, loop)))
    return Stage(name, of_tile, _one_if_on(on, one), inside=inside)


def _passing(passes: OfMember) -> OfTile:
    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        for i in range(n):
            passes(daily_lane(tile, members, i), here)

    return stage


def _crossing(passes: OfMember | None, crossed: OfMember, happens: OfMember) -> OfTile:
    passes = passes or _nothing

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        some = 0
        for i in range(n):
            member = daily_lane(tile, members, i)
            passes(member, here)
            some += crossed(member, here)
        if some:
            for i in range(n):
                if crossed(daily_lane(tile, members, i), here):
                    happens(lane(tile, members, i), here)

    return stage


def _picking(passes: OfMember | None, crossed: OfMember, happens: OfMember) -> OfTile:
    passes = passes or _nothing

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        for i in range(n):
            member = lane(tile, members, i)
            passes(member, here)
            if crossed(member, here):
                happens(member, here)

    return stage


def _if_on(on: OfMember, loop: OfTile) -> OfTile:
    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        if on(here):
            loop(tile, members, n, here)

    return stage


def _one(passes: OfMember | None, crossed: OfMember | None, happens: OfMember | None) -> OfMember:
    def one(member: Member, here: Here) -> None:
        if passes is not None:
            passes(member, here)
        if crossed is not None and happens is not None and crossed(member, here):
            happens(member, here)

    return one


def _one_if_on(on: OfMember, one: OfMember) -> OfMember:
    def one_if_on(member: Member, here: Here) -> None:
        if on(here):
            one(member, here)

    return one_if_on


@inlined
def _nothing(member: Member, here: Here) -> None:
    pass


def one_of(name: str, on: OfMember, then: Stage, otherwise: Stage) -> Stage:
    """A stage that is `then` where `on(here)`, else `otherwise`; neither with a log."""
    of_tiles, of_member = (then.of_tile, otherwise.of_tile), (then.of_member, otherwise.of_member)
    first, second = of_tiles

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        if on(here):
            first(tile, members, n, here)
        else:
            second(tile, members, n, here)

    def one(member: Member, here: Here) -> None:
        of_member[0 if on(here) else 1](member, here)

    return Stage(name, inlined_as(name, stage), one)


def number_of(count: str, counts: OfMember) -> Stage:
    """A stage that adds to a count of the day for how many members `counts(member, here)` is True."""

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        number = 0
        for i in range(n):
            number += counts(daily_lane(tile, members, i), here)
        here.today[count] += number

    def one(member: Member, here: Here) -> None:
        setattr(here.today, count, getattr(here.today, count) + counts(member, here))

    return Stage(f"number_{count}", compiled_as(f"number_{count}", stage), one)


def sum_of(count: str, amount: OfMember) -> Stage:
    """A stage that adds `amount(member, here)` over all members to a count of the day; amounts lie on the grid."""

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        for i in range(n):
            member = daily_lane(tile, members, i)
            member.amount = amount(member, here)
        here.today[count] += total(tile.amount, n)

    def one(member: Member, here: Here) -> None:
        setattr(here.today, count, getattr(here.today, count) + amount(member, here))

    return Stage(f"sum_{count}", compiled_as(f"sum_{count}", stage), one)


def beginning_of(functions: list[Callable[..., None]]) -> Callable[..., None]:
    """One compiled function of (member, key, world) that calls all of them: what a member begins with."""

    def nothing(member: Member, key: Any, world: World) -> None:
        pass

    begin = compiled_as("begin_nothing", nothing)
    for number, function in enumerate(functions):
        begin = compiled_as(f"begin_{number}", _both_begin(begin, function))
    return begin


def _both_begin(first: Callable[..., None], then: Callable[..., None]) -> Callable[..., None]:
    def begin(member: Member, key: Any, world: World) -> None:
        first(member, key, world)
        then(member, key, world)

    return begin


def in_order(name: str, *stages: Stage, inside: bool = False) -> Stage:
    """The stages one after the other, as one; with a log where each of them has one or needs none."""
    of_member = tuple(stage.of_member for stage in stages)

    def one(member: Member, here: Here) -> None:
        for stage in of_member:
            stage(member, here)

    loops = [_if_anybody(f"{name}_{stage.name}", stage.of_tile) if stage.inside else stage.of_tile for stage in stages]
    whole = Stage(name, compiled_as(name, _chain(name, loops)), one, inside=inside)
    if not any(stage.logged for stage in stages):
        return whole
    return replace(whole, logged=in_order(f"{name}_as_logged", *(stage.logged or stage for stage in stages)))


def _if_anybody(name: str, loop: OfTile) -> OfTile:
    """A loop over the tiles of which somebody was in the pool at the beginning of the week."""

    def stage(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        if tile.inside:
            loop(tile, members, n, here)

    return inlined_as(f"{name}_if_anybody", stage)


def _chain(name: str, loops: list[OfTile]) -> OfTile:
    first, *rest = loops
    if not rest:
        return first
    then = _chain(f"{name}_", rest) if len(rest) == 1 else inlined_as(f"{name}_{len(rest)}", _chain(name, rest))

    def both(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
        first(tile, members, n, here)
        then(tile, members, n, here)

    return both
