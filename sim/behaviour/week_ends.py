"""The evening on which a week ends: who is in the pool and active, by segment and by cohort."""

import numpy as np

from sim.behaviour.breakdown import ACTIVE_7, ACTIVE_30, POOL, cohort_ends, cohort_of, note
from sim.behaviour.counting import is_active_7, is_active_30, is_present
from sim.catalogue import MAX_SEGMENTS, WEEK
from sim.engine.compiling import compiled, inlined
from sim.engine.lanes import daily_lane
from sim.engine.loops import Here, Stage
from sim.roles import Member, Tile


@inlined
def week_ends(here: Here) -> bool:
    """True on the last day of a week, or of the run."""
    return (here.day + 1 - here.world.week_start == WEEK) | (here.day + 1 == here.world.days)


@compiled
def note_present(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Who is there on the last evening of a week."""
    if not week_ends(here) or not tile.inside:
        return
    several = tile.segments & (tile.segments - 1) != 0
    if several:
        note_present_by_segment(tile, members, n, here)
    start = 0
    while start < n:
        stop = cohort_ends(tile, start, n)
        pool, active_7, active_30 = 0, 0, 0
        for i in range(start, stop):
            member = daily_lane(tile, members, i)
            pool += is_present(member, here)
            active_7 += is_active_7(member, here)
            active_30 += is_active_30(member, here)
        add_present(here.purse.by_cohort[cohort_of(tile.group[start], tile.joined[start])], pool, active_7, active_30)
        if not several:
            add_present(here.purse.by_segment[tile.segment[start]], pool, active_7, active_30)
        start = stop


@compiled
def note_present_by_segment(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """The same by segment, in a tile that has several."""
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1:
            pool, active_7, active_30 = 0, 0, 0
            for i in range(n):
                member = daily_lane(tile, members, i)
                mine = member.segment == segment
                pool += mine & is_present(member, here)
                active_7 += mine & is_active_7(member, here)
                active_30 += mine & is_active_30(member, here)
            add_present(here.purse.by_segment[segment], pool, active_7, active_30)


@inlined
def add_present(row: np.ndarray, pool: int, active_7: int, active_30: int) -> None:
    """Add members in the pool, and of these those active, to a part's sums."""
    row[POOL] += pool
    row[ACTIVE_7] += active_7
    row[ACTIVE_30] += active_30


def note_one_present(member: Member, here: Here) -> None:
    """The same for one member."""
    if week_ends(here) and is_present(member, here):
        note(member, POOL, 1.0, here)
        note(member, ACTIVE_7, float(is_active_7(member, here)), here)
        note(member, ACTIVE_30, float(is_active_30(member, here)), here)


WEEK_ENDS = Stage("week_ends", note_present, note_one_present)
