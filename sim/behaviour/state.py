"""What several stages do to a member: trust moves, an interaction ends a silence."""

from typing import Any

from sim.engine.compiling import compiled, inlined
from sim.members import KEPT_7, KEPT_30, NEVER, MemberRecord
from sim.world import SILENT_AFTER, TOUCH


@inlined
def move_trust(member: MemberRecord, step: float) -> None:
    """Gains move R by gain (1 - R), losses by -loss (1 + R): R stays within (-1, 1)."""
    trust = member.trust
    member.trust = trust + step * (1.0 - trust if step >= 0.0 else 1.0 + trust)


@inlined
def follows_message(member: MemberRecord, day: int) -> bool:
    """Whether what she does today follows a message: one was delivered today or on one of the two days before."""
    return member.last_sent != NEVER and day - member.last_sent <= TOUCH


@compiled
def interact(member: MemberRecord, day: int, world: Any, today: Any) -> None:
    """An interaction that the brand sees: it ends a silence."""
    silence = day - member.last_seen
    end = world.days
    if silence > SILENT_AFTER and member.last_seen + SILENT_AFTER + 14 < end:
        if silence <= SILENT_AFTER + 14:
            today.woken += 1.0
        if day + 90 < end:
            today.woken_followed += 1.0
            member.woken = day
    member.last_seen = day
    tenure = day - member.joined
    if 1 <= tenure <= 7:
        member.kept |= KEPT_7
    elif 24 <= tenure <= 30:
        member.kept |= KEPT_30
