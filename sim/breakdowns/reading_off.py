"""What is read off the records for breakdowns: stages at the end of a month; channels and tiers at the end of a run."""

import numpy as np

from sim.behaviour.state import lifecycle
from sim.catalogue import NEVER, NOT_YET, WEEK
from sim.closing import CLOSING, count_at_end
from sim.engine.compiling import compiled
from sim.engine.lanes import LANES
from sim.roles import Member, Totals, World

STAGES = NOT_YET + 1  # those of LIFECYCLE, `left` and "has not joined yet"
STEADY = 3  # days after joining from which nobody is new
# beside CLOSING, of the members of a channel or a tier: each of the last four is a part of the one before it
FURTHER = ("orders", "followed_90", "stayed_90", "interacted", "customers", "repeat", "loyal")


@compiled
def stages_at_start(members: np.ndarray) -> np.ndarray:
    """uint8[n]: the stage of founders on the first day, as of members who are not new."""
    stages = np.empty(len(members), np.uint8)
    for i in range(len(members)):
        stages[i] = lifecycle(members[i], STEADY)
    return stages


@compiled
def move_stages(members: np.ndarray, day: int, stages: np.ndarray, flows: np.ndarray) -> None:
    """Bring `stages` (uint8[n]) up to the evening of `day`; who moved from where to where is added to float64[8, 8]."""
    for i in range(len(members)):
        now = lifecycle(members[i], day)
        flows[stages[i], now] += 1.0
        stages[i] = now


@compiled
def count_talk(members: np.ndarray, day: int, groups: np.ndarray) -> None:
    """Add to a block's communities (float64[groups, 2]) who is in them in the evening before `day`, and who of these has
    talked in the last 7 days."""
    for i in range(len(members)):
        member = members[i]
        if member.in_group != 0 and member.left == NEVER:
            group = groups[i // LANES]
            group[0] += 1.0
            group[1] += member.last_talk != NEVER and day - 1 - member.last_talk < WEEK


@compiled
def read_ends(
    members: np.ndarray,
    rests: np.ndarray,
    end: int,
    world: World,
    by_channel: np.ndarray,
    by_tier: np.ndarray,
    further: np.ndarray,
) -> None:
    """Add each member to the record of her channel and, with a membership, of her tier (CLOSING[n] each).

    rests: float64[members], what the rest of each life is worth. further: float64[channels + tiers, FURTHER].
    """
    for i in range(len(members)):
        member = members[i]
        if member.joined >= end:
            continue
        add_end(member, rests[i], end, world, by_channel[member.channel], further[member.channel])
        if world.membership.on != 0:
            add_end(member, rests[i], end, world, by_tier[member.tier], further[len(by_channel) + member.tier])


@compiled
def add_end(member: Member, rest: float, end: int, world: World, total: Totals, sums: np.ndarray) -> None:
    """Add a member to a record of CLOSING and to its further sums (float64[FURTHER])."""
    count_at_end(member, end, world, total)
    total.value[member.group] += member.value
    total.rest[member.group] += rest
    add_further(member, end, sums)


@compiled
def add_further(member: Member, end: int, sums: np.ndarray) -> None:
    """How far she has come: each step counts those only who have taken the one before."""
    stayed = end - member.joined if member.left == NEVER else member.left - member.joined
    sums[0] += member.orders
    if end - member.joined > 90:
        sums[1] += 1.0
        sums[2] += stayed > 90
    if member.clicks + member.visits + member.orders > 0:
        sums[3] += 1.0
        if member.prospect == 0:
            sums[4] += 1.0
            sums[5] += member.frequency >= 1
            sums[6] += member.frequency >= 3


def added_up(rows: np.ndarray, into: np.ndarray) -> np.ndarray:
    """float64[n, k]: rows (float64[m, k]) of the same place in `into` (int64[m], each of 0 to n - 1) added up."""
    total = np.zeros((int(into.max()) + 1, rows.shape[1]))
    np.add.at(total, into, rows)
    return total


def no_ends(rows: int) -> np.ndarray:
    """CLOSING[rows] of nobody."""
    return np.zeros(rows, CLOSING)
