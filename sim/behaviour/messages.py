"""Attention (docs/model.md, section 3): messages delivered, read with a probability, clicked or not."""

import math
from typing import Any

from sim import draws
from sim.behaviour.coupons import take_coupon
from sim.behaviour.money import spend_on
from sim.behaviour.state import interact, move_trust
from sim.compiling import compiled, inlined
from sim.draws import uniform
from sim.members import MemberRecord
from sim.world import TINY


@inlined
def receive(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """Today's messages and coupons. Reading is latent: the state moves with its probability q, not with a draw."""
    in_week = day - world.week_start
    handed_out = world.issues[in_week] & member.eligible
    if handed_out != 0:
        take_coupon(member, day, handed_out, world, today)
    for slot in range(world.sends[member.segment, in_week]):
        read(member, day, world.messages[member.segment, in_week, slot], world, log, today)


@compiled
def read(member: MemberRecord, day: int, message: Any, world: Any, log: Any, today: Any) -> None:
    """One delivered message: A = o reach hour exp(affinity + b_R R - F / tolerance), q = 1 - e^-A."""
    response = world.response
    content = message.content
    hazard = attention(member, message, world)
    q = 1.0 - math.exp(-hazard)
    gain = response.trust_gain[content]
    move_trust(member, gain * q)
    member.interest += response.interest_gain[content] * world.fit[member.channel] * q
    member.fatigue += response.fatigue_weight[content] * (1.0 - 0.5 * q)
    member.last_sent = day
    today.delivered += 1.0
    today.reads += q
    spend_on(member, day, message.cost, world, today)
    if clicks(member, day, response.click_rate * q, log):
        member.clicks += 1
        today.clicks += 1.0
        move_trust(member, response.click_trust)
        member.interest += response.click_interest
        interact(member, day, world, today)


@compiled
def attention(member: MemberRecord, message: Any, world: Any) -> float:
    """A: the attention hazard of one message; a lost customer keeps a share of her attention."""
    response = world.response
    pull = response.affinity[member.persona, message.content] + response.trust_on_attention * member.trust
    hazard = member.attention * message.reach[member.persona] * math.exp(pull - member.fatigue / member.tolerance)
    return hazard * (response.lost_attention if member.lost else 1.0)


@compiled
def clicks(member: MemberRecord, day: int, chance: float, log: Any) -> bool:
    """Whether this message is clicked: hazard -log(1 - chance), whose survival is multiplied up, not its log added."""
    if log is None:
        member.click_left /= 1.0 - chance
        if member.click_left < 1.0:
            return False
        member.click_left = uniform(member.key, draws.CLICK, member.clicks + 1)
        return True
    evidence = log.evidence
    at = evidence.clicks
    if at < len(log.click_days) and log.click_days[at] == day:
        evidence.clicks += 1
        evidence.click_log += math.log(max(chance, TINY))
        return True
    evidence.click_log += math.log(1.0 - chance)
    return False
