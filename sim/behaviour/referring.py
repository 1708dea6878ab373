"""Referring (docs/model.md, section 5): who trusts brings friends, who join at the next review (sim/friends.py)."""

import math
from typing import Any

import numpy as np

from sim import draws
from sim.catalogue import K_DAYS, MAX_REFERRALS, NEVER, TINY
from sim.draws import Key, exponential
from sim.engine.arithmetic import higher
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count, Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member, World

FIELDS = (
    Field("refer_left", "f4", "hazard still to pass before she refers the next friend"),
    Field("referred", "u1", "friends referred so far, + 8 times how many of them have not joined yet", daily=False),
)
COUNTS = (
    Count("referrals", "friends whom members referred; each joins at the next review"),
    Count(
        "referrals_followed", "of these, within 90 days of the member's joining, with 90 days to follow", daily=False
    ),
    Count("friends_joined", "friends who joined by a member's word"),
    Count("shared_joined", "joined through what members shared in public"),
    Count("rewards", "paid to members and to their friends when these joined", money=True),
)
NOTHING = np.float32(0.0)  # what everybody's day computes stays in single precision, as it is kept
NEXT, WAITS = 1, 8  # one friend more in `referred`, in its two parts


@compiled
def begin(member: Member, key: Key, world: World) -> None:
    """The threshold of her first referral."""
    member.refer_left = exponential(key, draws.REFER, 0)


@inlined
def anybody_refers(here: Here) -> bool:
    """True if members may bring friends this week."""
    return here.world.referral.hazard > 0.0


@inlined
def hazard_of(member: Member, here: Here) -> Any:
    """k_ref max(R, 0) times what the week adds: only in the pool, alive as a customer, with an order."""
    hazard = here.world.referral.hazard * higher(member.trust, NOTHING)
    may = (member.left == NEVER) & (member.lost == 0) & (member.prospect == 0)
    return hazard if may else NOTHING


@inlined
def talk_of_it(member: Member, here: Here) -> None:
    """Take today's hazard off the threshold; what passes it by is dropped, since she refers once a day at most."""
    member.refer_left -= hazard_of(member, here)


@inlined
def has_a_friend(member: Member, here: Here) -> bool:
    """True if the hazard of referring has reached its threshold."""
    return member.refer_left <= NOTHING


@compiled
def refer(member: Member, here: Here) -> None:
    """A friend is referred, and the threshold of the next one is drawn."""
    member.refer_left = exponential(member.key, draws.REFER, friends_of(member) + 1)
    note_referral(member, here)


@compiled
def note_referral(member: Member, here: Here) -> None:
    """What a referral, simulated or logged, does to her record: after the last one no threshold is within reach."""
    member.referred += NEXT + WAITS
    if friends_of(member) == MAX_REFERRALS:
        member.refer_left = math.inf
    here.today.referrals += 1.0
    if here.day - member.joined < K_DAYS and member.joined + K_DAYS <= here.world.days:
        here.today.referrals_followed += 1.0


@inlined
def friends_of(member: Member) -> int:
    """How many friends she has referred so far."""
    return member.referred % WAITS


@inlined
def waiting_of(member: Member) -> int:
    """How many of them have not joined yet."""
    return member.referred // WAITS


@inlined
def gather_referral(member: Member, here: Here) -> None:
    """Replay: the log-likelihood of referring today, or of not; friends join as the log has them."""
    hazard = hazard_of(member, here) if member.refer_left < math.inf else 0.0
    member.tells = 0
    at = member.referrals_met
    if at < member.referrals_end and here.events.referral_days[at] == here.day and member.left == NEVER:
        member.referrals_met += 1
        member.tells = 1
        member.refer_log += math.log(higher(-math.expm1(-float(hazard)), TINY))
    else:
        member.refer_log -= hazard


@inlined
def refers_as_logged(member: Member, here: Here) -> bool:
    """True if the log has a referral of hers today."""
    return member.tells != 0


REFER = stage_of("refer", talk_of_it, has_a_friend, refer, on=anybody_refers, inside=True).as_logged(
    gather_referral, refers_as_logged, note_referral, on=anybody_refers
)
