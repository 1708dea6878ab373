"""The day: its stages in their order, the night before and the count after (docs/model.md, section 5)."""

from typing import Any

from sim.engine.arithmetic import on_grid
from sim.behaviour.buying import buy
from sim.behaviour.leaving import decide_to_leave
from sim.behaviour.messages import receive
from sim.behaviour.money import count_present
from sim.engine.compiling import inlined
from sim.members import NEVER, MemberRecord
from sim.world import CUSTOMER, ENGAGED, LEFT, NEW, SILENT, SILENT_AFTER


@inlined
def live_one_day(member: MemberRecord, day: int, world: Any, log: Any, today: Any, purse: Any) -> None:
    """A member's whole day, in this order."""
    age(member, world)
    if member.left == NEVER:
        receive(member, day, world, log, today)
        decide_to_leave(member, day, world, log, today)
    buy(member, day, world, log, today, purse)
    count(member, day, world, today)


@inlined
def age(member: MemberRecord, world: Any) -> None:
    """The night: trust, interest, fatigue and what was bought ahead fade by their half-lives."""
    response = world.response
    member.trust *= response.trust_decay
    member.interest *= response.interest_decay
    member.fatigue *= response.fatigue_decay
    member.pull *= response.pull_decay


@inlined
def stage(member: MemberRecord, day: int) -> int:
    """The lifecycle stage, read off the record: what a brand can see, never lambda, p, q or lost."""
    if member.left != NEVER:
        return LEFT
    if day - member.last_seen >= SILENT_AFTER:
        return SILENT
    if day - member.joined < 3:
        return NEW
    if member.prospect:
        return ENGAGED
    # CUSTOMER; with the first repeat order REPEAT, with the third LOYAL: sums, for nobody can guess these branches
    return CUSTOMER + (member.frequency >= 1) + (member.frequency >= 3)


@inlined
def count(member: MemberRecord, day: int, world: Any, today: Any) -> None:
    """Add her to the day's totals."""
    now = stage(member, day)
    today.stages[now] += 1.0
    if now == LEFT:
        return
    today.pool += 1.0
    silence = day - member.last_seen
    interacted = member.clicks + member.orders > 0
    today.active_7 += interacted & (silence < 7)
    today.active_30 += interacted & (silence < 30)
    if silence == SILENT_AFTER and day + 14 < world.days:
        today.episodes += 1.0
    today.trust += on_grid(member.trust)
    today.fatigue += on_grid(member.fatigue / member.tolerance)
    count_present(member.group, member.joined, day, 1, world, today)
