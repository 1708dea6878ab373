"""The evening (docs/model.md, section 7): every member is counted in the day's totals."""

import numpy as np

from sim.behaviour.money import count_present
from sim.behaviour.state import lifecycle
from sim.catalogue import LEFT, LIFECYCLE, NEVER, NEW, WAKES_WITHIN
from sim.engine.arithmetic import on_grid, short
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count
from sim.engine.loops import Here, Stage, in_order, number_of, stage_of, sum_of
from sim.roles import Member, Tile

COUNTS = (
    Count("pool", "members in the pool in the evening"),
    Count("joined", "joined today"),
    Count("active_7", "in the pool and interacted in the last 7 days"),
    Count("active_30", "in the pool and interacted in the last 30 days"),
    Count("trust", "sum of trust over the pool"),
    Count("fatigue", "sum of fatigue over the pool, in units of each one's tolerance"),
    Count("stages", "members by lifecycle stage", (len(LIFECYCLE) + 1,)),
)


@inlined
def note_stage(member: Member, here: Here) -> None:
    """Record the lifecycle stage at the end of the day."""
    member.stage = lifecycle(member, here.day)


@compiled
def count_stages(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """How many are in each stage."""
    for stage in range(NEW, LEFT + 1):
        members_in = 0
        for i in range(n):
            members_in += tile.stage[i] == stage
        here.today.stages[stage] += members_in


def count_stage(member: Member, here: Here) -> None:
    """One member in her stage."""
    here.today.stages[member.stage] += 1.0


@inlined
def is_present(member: Member, here: Here) -> bool:
    """True if she is in the pool."""
    return member.left == NEVER


@inlined
def is_active(member: Member, here: Here, days: int) -> bool:
    """True if she is in the pool and has interacted within so many days."""
    return (member.left == NEVER) & (member.interacted != 0) & (short(here.day - member.last_seen) < days)


@inlined
def is_active_7(member: Member, here: Here) -> bool:
    """True if she has interacted within 7 days."""
    return is_active(member, here, 7)


@inlined
def is_active_30(member: Member, here: Here) -> bool:
    """True if she has interacted within 30 days."""
    return is_active(member, here, 30)


@inlined
def falls_silent(member: Member, here: Here) -> bool:
    """True in the evening of the day from which she is to wake (day 90 of her silence, or of the wake-up touch after that),
    where 14 days are left to see whether she does."""
    silent = (member.left == NEVER) & (short(here.day - member.last_seen) == here.world.touches.wakes_from)
    return silent & (here.day + WAKES_WITHIN < here.world.days)


@inlined
def trust_tonight(member: Member, here: Here) -> float:
    """Her trust, in the pool."""
    return on_grid(member.trust) if member.left == NEVER else 0.0


@inlined
def fatigue_tonight(member: Member, here: Here) -> float:
    """Her fatigue in units of her tolerance, in the pool."""
    return on_grid(member.fatigue / member.tolerance) if member.left == NEVER else 0.0


@compiled
def count_all_present(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Who is in the pool, by group and cohort."""
    if tile.together:
        present = 0
        for i in range(n):
            present += tile.left[i] == NEVER
        count_present(tile.group[0], tile.joined[0], here.day, present, here.world, here.today)
    else:
        for i in range(n):
            count_present(tile.group[i], tile.joined[i], here.day, tile.left[i] == NEVER, here.world, here.today)


def count_one_present(member: Member, here: Here) -> None:
    """One member by her group and cohort."""
    count_present(member.group, member.joined, here.day, member.left == NEVER, here.world, here.today)


PRESENT = in_order(
    "count_all",
    stage_of("note_stage", note_stage),
    Stage("count_stages", count_stages, count_stage),
    number_of("pool", is_present),
    number_of("active_7", is_active_7),
    number_of("active_30", is_active_30),
    number_of("episodes", falls_silent),
    sum_of("trust", trust_tonight),
    sum_of("fatigue", fatigue_tonight),
    Stage("count_present", count_all_present, count_one_present),
)


count_all_of_tile = PRESENT.of_tile


@compiled
def count_or_pass_by(tile: Tile, members: np.ndarray, n: int, here: Here) -> None:
    """Everybody is counted; of those who have all left before this week that is soon done."""
    if tile.inside:
        count_all_of_tile(tile, members, n, here)
    else:
        here.today.stages[LEFT] += n


COUNT = Stage("count", count_or_pass_by, PRESENT.of_member)
