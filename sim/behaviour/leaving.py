"""Leaving and complaining (docs/model.md, section 4)."""

import math
from typing import Any

from sim import draws
from sim.behaviour.state import move_trust
from sim.compiling import inlined
from sim.draws import exponential
from sim.members import MemberRecord
from sim.world import SILENT_AFTER, TINY


@inlined
def decide_to_leave(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """omega min(1, base + early e^(-age/3) + k_F max(0, F/tolerance - 1)^3 + sleeping dog); complaints share k_F's part."""
    response = world.response
    excess = max(0.0, member.fatigue / member.tolerance - 1.0)
    tired = response.leave_fatigue * excess * excess * excess
    hazard = response.leave_base + tired
    if member.last_sent == day and day - member.last_seen >= SILENT_AFTER:
        hazard += response.sleeping_dog * world.sends[member.segment, day - world.week_start]
    if day >= world.window_from:
        member.window_exit += member.frailty * min(1.0, hazard)
    hazard = min(1.0, hazard + world.early[day - member.joined])
    if complains(member, day, response.complaint_share * min(1.0, tired), log):
        member.complaints += 1
        today.complaints += 1.0
        move_trust(member, -response.complaint_trust)
    if leaves(member, day, hazard, log):
        member.left = day
        member.coupon = 0
        today.departed += 1.0


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


@inlined
def complains(member: MemberRecord, day: int, hazard: float, log: Any) -> bool:
    """A complaint happens at most once a day: what passes the threshold by is dropped (exact: P = 1 - e^-h)."""
    if log is None:
        member.complaint_left -= member.frailty * hazard
        if member.complaint_left > 0.0:
            return False
        member.complaint_left = exponential(member.key, draws.COMPLAINT, member.complaints + 1)
        return True
    evidence = log.evidence
    evidence.complaint_integral += hazard
    at = evidence.complaints
    if not (at < len(log.complaint_days) and log.complaint_days[at] == day):
        return False
    evidence.complaints += 1
    evidence.complaint_log += math.log(max(hazard, TINY))
    return True
