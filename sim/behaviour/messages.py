"""Attention (docs/model.md, section 3): messages delivered, read with a probability, clicked or not."""

import math
from typing import Any, NamedTuple

from sim import draws
from sim.engine.arithmetic import expm1, on_grid
from sim.behaviour.coupons import take_coupon
from sim.behaviour.money import spend_on
from sim.behaviour.state import interact, move_trust
from sim.engine.compiling import compiled, inlined
from sim.draws import uniform
from sim.members import MemberRecord
from sim.world import TINY


class Impact(NamedTuple):
    """What a message does to one member, by her persona and channel."""

    reach: float  # channel x hour x sameness
    affinity: float  # of her persona to the content
    trust: float  # gains, if read
    interest: float
    weight: float  # fatigue, if not read


@inlined
def receive(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """Today's messages and coupons. Reading is latent: the state moves with its probability q, not with a draw."""
    in_week = day - world.week_start
    handed_out = world.issues[in_week] & member.eligible
    if handed_out != 0:
        take_coupon(member, day, handed_out, world, today)
    for slot in range(world.sends[member.segment, in_week]):
        message = world.messages[member.segment, in_week, slot]
        deliver(member, day, message, world, today)
        impact = impact_on(member.persona, world.fit[member.channel], message, world)
        read(member, day, impact, world, log, today)


@inlined
def deliver(member: MemberRecord, day: int, message: Any, world: Any, today: Any) -> None:
    """One message reaches her, and is paid for."""
    member.last_sent = day
    today.delivered += 1.0
    spend_on(member, day, message.cost, world, today)


@inlined
def impact_on(persona: int, fit: float, message: Any, world: Any) -> Impact:
    """What this message does to one of this persona, whose channel fits the pool so well."""
    response, content = world.response, message.content
    return Impact(
        message.reach[persona],
        response.affinity[persona, content],
        response.trust_gain[content],
        response.interest_gain[content] * fit,
        response.fatigue_weight[content],
    )


@compiled
def read(member: MemberRecord, day: int, impact: Impact, world: Any, log: Any, today: Any) -> None:
    """One delivered message: her state moves by q; then she clicks it or not."""
    q = take_in(member, impact, world)
    today.reads += on_grid(q)
    if clicks(member, day, world.response.click_rate * q, log):
        click(member, day, world, log, today)


@inlined
def take_in(member: MemberRecord, impact: Impact, world: Any) -> float:
    """A = o reach hour exp(affinity + b_R R - F / tolerance), q = 1 - e^-A: returned, and the state moved by it."""
    q = -expm1(-attention(member, impact, world))
    move_trust(member, impact.trust * q)
    member.interest += impact.interest * q
    member.fatigue += impact.weight * (1.0 - 0.5 * q)
    return q


@inlined
def attention(member: MemberRecord, impact: Impact, world: Any) -> float:
    """A: the attention hazard of one message; a lost customer keeps a share of her attention."""
    response = world.response
    if_lost = response.lost_attention
    pull = impact.affinity + response.trust_on_attention * member.trust
    hazard = member.attention * impact.reach * (1.0 + expm1(pull - member.fatigue / member.tolerance))
    return hazard * (if_lost if member.lost else 1.0)


@inlined
def clicks(member: MemberRecord, day: int, chance: float, log: Any) -> bool:
    """Whether this message is clicked: hazard -log(1 - chance)."""
    if log is None:
        tempt(member, chance)
        return member.click_left >= 1.0
    evidence = log.evidence
    at = evidence.clicks
    if at < len(log.click_days) and log.click_days[at] == day:
        evidence.clicks += 1
        evidence.click_log += math.log(max(chance, TINY))
        return True
    evidence.click_log += math.log(1.0 - chance)
    return False


@inlined
def tempt(member: MemberRecord, chance: float) -> None:
    """The survival of the hazard of clicking is multiplied up: no logarithm a message."""
    member.click_left /= 1.0 - chance


@compiled
def click(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """What a click does; then the threshold of the next one."""
    response = world.response
    member.clicks += 1
    today.clicks += 1.0
    move_trust(member, response.click_trust)
    member.interest += response.click_interest
    interact(member, day, world, today)
    if log is None:
        member.click_left = uniform(member.key, draws.CLICK, member.clicks)
