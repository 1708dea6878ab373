"""What a week's breakdown adds up: every event once by the segment of this week's plan and once by cohort.

A cohort is a month of joining; founders are one of their own. A week's sums stand in a block's PURSE, which the day has at
hand anyway: by day they would be three times as much as all else that a day counts. All terms are whole numbers or lie on
the grid, so that the sums are the same for any number of threads.
"""

from sim.catalogue import FOUNDER, MONTH
from sim.engine.arithmetic import total
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column
from sim.engine.loops import Here
from sim.roles import Member, Tile

QUANTITIES = (
    "pool", "active_7", "active_30", "delivered", "reads", "clicks", "visits", "orders", "sales", "departed",
)  # fmt: skip
POOL, ACTIVE_7, ACTIVE_30, DELIVERED, READS, CLICKS, VISITS, ORDERS, SALES, DEPARTED = range(len(QUANTITIES))
COLUMNS = (Column("of_segment", "f8", "what was read of the last message, if she is of the segment that is added up"),)


@inlined
def cohort_of(group: int, joined: int) -> int:
    """The row of a member's cohort: 0 for founders, else 1 + the month of joining."""
    return 0 if group == FOUNDER else 1 + joined // MONTH


@inlined
def note(member: Member, what: int, amount: float, here: Here) -> None:
    """Add something that happens to one member: `what` is the place of a quantity."""
    here.purse.by_segment[member.segment, what] += amount
    here.purse.by_cohort[cohort_of(member.group, member.joined), what] += amount


@compiled
def cohort_ends(tile: Tile, start: int, n: int) -> int:
    """Where the lanes of the cohort of lane `start` end: members stand in the order in which they joined, founders first."""
    cohort = cohort_of(tile.group[start], tile.joined[start])
    if cohort_of(tile.group[n - 1], tile.joined[n - 1]) == cohort:
        return n
    stop = start + 1
    while cohort_of(tile.group[stop], tile.joined[stop]) == cohort:
        stop += 1
    return stop


@compiled
def note_delivered(tile: Tile, n: int, heard: int, mark: int, here: Here) -> None:
    """A message has reached `heard` members, those whose `hears` is `mark`: 1 + their segment."""
    here.purse.by_segment[mark - 1, DELIVERED] += heard
    start = 0
    while start < n:
        stop, reached = cohort_ends(tile, start, n), heard
        if stop - start < n:
            reached = 0
            for i in range(start, stop):
                reached += tile.hears[i] == mark
        here.purse.by_cohort[cohort_of(tile.group[start], tile.joined[start]), DELIVERED] += reached
        start = stop


@compiled
def note_read(tile: Tile, n: int, read: float, heard: int, here: Here) -> None:
    """`read` is what the tile has read of the last message in all, each one's part in `amount`; `heard`: the bits of the
    segments that got it.
    """
    note_read_by_segment(tile, n, read, heard, here)
    start = 0
    while start < n:
        stop = cohort_ends(tile, start, n)
        part = read if stop - start == n else total(tile.amount[start:stop], stop - start)
        here.purse.by_cohort[cohort_of(tile.group[start], tile.joined[start]), READS] += part
        start = stop


@compiled
def note_read_by_segment(tile: Tile, n: int, read: float, heard: int, here: Here) -> None:
    """The same by segment. The last one has what the others leave: sums on the grid are exact."""
    segment, rest = 0, heard
    while rest & (rest - 1):
        if rest & 1:
            part = read_of(tile, n, segment)
            here.purse.by_segment[segment, READS] += part
            read -= part
        segment, rest = segment + 1, rest >> 1
    while rest > 1:
        segment, rest = segment + 1, rest >> 1
    here.purse.by_segment[segment, READS] += read


@compiled
def read_of(tile: Tile, n: int, segment: int) -> float:
    """What the members of a segment have read of the last message."""
    for i in range(n):
        tile.of_segment[i] = tile.amount[i] if tile.segment[i] == segment else 0.0
    return total(tile.of_segment, n)
