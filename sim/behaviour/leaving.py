"""Leaving and complaining (docs/model.md, section 4)."""

import math
from typing import Any, NamedTuple

from sim import draws
from sim.engine.arithmetic import higher, lower
from sim.behaviour.state import follows_message, move_trust
from sim.engine.compiling import compiled, inlined
from sim.draws import exponential
from sim.members import MemberRecord
from sim.world import SILENT_AFTER, TINY


class Hazards(NamedTuple):
    """Of one day, at omega = 1."""

    complaint: float
    leave: float


@inlined
def decide_to_leave(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """Complain, leave, or stay. Complaints share the part of the hazard that comes from fatigue."""
    sent = world.sends[member.segment, day - world.week_start]
    hazards = hazards_of(member, day, sent, world.early[day - member.joined], world)
    if complains(member, day, hazards.complaint, log):
        complain(member, day, world, log, today)
    if leaves(member, day, hazards.leave, log):
        leave(member, day, today)


@inlined
def hazards_of(member: MemberRecord, day: int, sent: int, early: float, world: Any) -> Hazards:
    """min(1, base + early e^(-age/3) + k_F max(0, F/tolerance - 1)^3 + sleeping dog x messages sent today)."""
    response = world.response
    excess = higher(member.fatigue / member.tolerance - 1.0, 0.0)
    tired = response.leave_fatigue * excess * excess * excess
    asleep = sent if day - member.last_seen >= SILENT_AFTER else 0
    hazard = response.leave_base + tired + response.sleeping_dog * asleep
    if day >= world.window_from:
        member.window_exit += member.frailty * lower(hazard, 1.0)
    return Hazards(response.complaint_share * lower(tired, 1.0), lower(hazard + early, 1.0))


@inlined
def complains(member: MemberRecord, day: int, hazard: float, log: Any) -> bool:
    """A complaint happens at most once a day: what passes the threshold by is dropped (exact: P = 1 - e^-h)."""
    if log is None:
        member.complaint_left -= member.frailty * hazard
        return member.complaint_left <= 0.0
    evidence = log.evidence
    evidence.complaint_integral += hazard
    at = evidence.complaints
    if not (at < len(log.complaint_days) and log.complaint_days[at] == day):
        return False
    evidence.complaints += 1
    evidence.complaint_log += math.log(max(hazard, TINY))
    return True


@inlined
def leaves(member: MemberRecord, day: int, hazard: float, log: Any) -> bool:
    """Whether she leaves today; a log gathers L, the integral at omega = 1, and the hazard of the day itself."""
    if log is None:
        member.leave_left -= member.frailty * hazard
        return member.leave_left <= 0.0
    log.evidence.leave_integral += hazard
    if log.left != day:
        return False
    log.evidence.leave_hazard = hazard
    return True


@compiled
def complain(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """What a complaint does; then the threshold of the next one."""
    member.complaints += 1
    today.complaints += 1.0
    if follows_message(member, day) and member.blamed != member.last_sent:
        member.blamed = member.last_sent
        today.blamed += 1.0
    move_trust(member, -world.response.complaint_trust)
    if log is None:
        member.complaint_left = exponential(member.key, draws.COMPLAINT, member.complaints)


@compiled
def leave(member: MemberRecord, day: int, today: Any) -> None:
    """She is gone from the pool, and the coupon in hand with her; she may go on buying outside."""
    member.left = day
    member.coupon = 0
    member.coupon_lift = 0.0
    today.departed += 1.0
    if follows_message(member, day):
        today.opted_out += 1.0
