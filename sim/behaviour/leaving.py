"""Leaving and complaining (docs/model.md, section 4)."""

import math
from typing import NamedTuple

from sim import draws
from sim.behaviour.benefits import lose
from sim.behaviour.breakdown import DEPARTED, note
from sim.behaviour.delivering import arrived_today
from sim.behaviour.state import follows_message, move_trust
from sim.behaviour.touches import hang_on
from sim.catalogue import AT_COMPLAINT, NEVER, SILENT_AFTER, TINY
from sim.draws import exponential
from sim.engine.arithmetic import higher, lower
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member

FIELDS = (
    Field("leave_left", "f8", "hazard still to pass before she leaves"),
    Field("complaint_left", "f8", "hazard still to pass before the next complaint"),
    Field("frailty", "f4", "omega_i", fixed=True),
    Field("window_exit", "f4", "sum over the last 90 days, for the rest of her life: hazard of leaving"),
    Field("complaints", "i2", "complaints so far", daily=False),
    Field("blamed", "i2", "the day of her last message that a complaint followed: each counts once", daily=False),
)
COLUMNS = (
    Column("hasty", "f4", "what she makes of the hazard of leaving early: 2 - fit for a joiner, 0 for a founder"),
    Column("early", "f4", "today's hazard of leaving just after joining, at no trust"),
)
COUNTS = (
    Count("departed", "left the pool"),
    Count("complaints", "complained"),
    Count("blamed", "messages that a complaint followed"),
    Count("opted_out", "left within 72 hours of a message"),
    Count("dogs_woken", "of these, had been silent for 90 days or more: sleeping dogs"),
)


class Hazards(NamedTuple):
    """A day's hazards of complaining and of leaving, at frailty omega = 1."""

    complaint: float
    leave: float


@inlined
def hazards_of(member: Member, here: Here) -> Hazards:
    """min(1, (base + early e^(-age/3) (2 - fit)) (1 - R) + k_F max(0, F/tolerance - 1)^3 + sleeping dog x messages)."""
    response = here.world.response
    excess = higher(member.fatigue / member.tolerance - 1.0, 0.0)
    tired = response.leave_fatigue * excess * excess * excess
    asleep = arrived_today(member, here.day) if here.day - member.last_seen >= SILENT_AFTER else 0
    ease = 1.0 - member.trust
    hazard = response.leave_base * ease + tired + response.sleeping_dog * asleep
    if here.day >= here.world.window_from:
        member.window_exit += member.frailty * lower(hazard, 1.0)
    return Hazards(response.complaint_share * lower(tired, 1.0), lower(hazard + member.early * ease, 1.0))


@inlined
def risk(member: Member, here: Here) -> None:
    """Take today's hazards off the thresholds; a member who has left has frailty 0, so nothing is taken off hers.

    A complaint happens at most once a day: what passes the threshold by is dropped (exact: P = 1 - e^-h).
    """
    hazards = hazards_of(member, here)
    member.complaint_left -= member.frailty * hazards.complaint
    member.leave_left -= member.frailty * hazards.leave


@inlined
def has_had_enough(member: Member, here: Here) -> bool:
    """True if the hazard of complaining or that of leaving has reached its threshold."""
    return ((member.complaint_left <= 0.0) | (member.leave_left <= 0.0)) & (member.left == NEVER)


@compiled
def act(member: Member, here: Here) -> None:
    """Complain, leave, or both, and draw the threshold of the next complaint."""
    if member.complaint_left <= 0.0:
        complain(member, here)
        member.complaint_left = exponential(member.key, draws.COMPLAINT, member.complaints)
    if member.leave_left <= 0.0:
        leave(member, here)


@inlined
def gather_risk(member: Member, here: Here) -> None:
    """Replay: accumulate the integrated hazards of leaving and of complaining at omega = 1, and those at logged events."""
    hazards = hazards_of(member, here)
    member.complains, member.leaves = 0, 0
    if member.left != NEVER:
        return
    member.complaint_integral += hazards.complaint
    member.leave_integral += hazards.leave
    at = member.complaints_met
    if at < member.complaints_end and here.events.complaint_days[at] == here.day:
        member.complaints_met += 1
        member.complaint_log += math.log(max(hazards.complaint, TINY))
        member.complains = 1
    if member.left_on == here.day:
        member.leave_hazard = hazards.leave
        member.leaves = 1


@inlined
def acts_as_logged(member: Member, here: Here) -> bool:
    """True if the log has a complaint of hers today, or her departure."""
    return (member.complains != 0) | (member.leaves != 0)


@compiled
def act_as_logged(member: Member, here: Here) -> None:
    """Replay: complain, leave, or both."""
    if member.complains:
        complain(member, here)
    if member.leaves:
        leave(member, here)


EXIT = stage_of("decide_to_leave", risk, has_had_enough, act, inside=True).as_logged(
    gather_risk, acts_as_logged, act_as_logged
)


@compiled
def complain(member: Member, here: Here) -> None:
    """What a complaint does."""
    member.complaints += 1
    here.today.complaints += 1.0
    if follows_message(member, here.day) and member.blamed != member.last_sent:
        member.blamed = member.last_sent
        here.today.blamed += 1.0
    member.complained = here.day
    hang_on(member, AT_COMPLAINT, here)
    move_trust(member, -here.world.response.complaint_trust)


@compiled
def leave(member: Member, here: Here) -> None:
    """She is gone from the pool, and the coupon in hand with her; she may go on buying outside."""
    member.left = here.day
    member.frailty = 0.0
    lose(member, here)
    here.today.departed += 1.0
    note(member, DEPARTED, 1.0, here)
    if follows_message(member, here.day):
        here.today.opted_out += 1.0
        here.today.dogs_woken += here.day - member.last_seen >= SILENT_AFTER
