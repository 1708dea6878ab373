"""Whom the brand means, by what it can see of a member: never her persona, lambda, p, q or whether she is lost."""

from typing import Any

from sim.behaviour.state import lifecycle
from sim.engine.compiling import compiled
from sim.policies.audience import EVERYBODY, HIGH_VALUE, TAG, TIER
from sim.roles import Member


@compiled
def meets(member: Member, day: int, test: Any, high_value: float) -> bool:
    """True if a member, as the brand sees her, is one whom a test (a record of TARGET or TOUCH) means."""
    if test.kind == EVERYBODY:
        return True
    if test.kind == HIGH_VALUE:
        return member.spend >= high_value
    if test.kind == TAG:
        return member.tag == test.code
    if test.kind == TIER:
        return member.tier == test.code
    return lifecycle(member, day) == test.code
