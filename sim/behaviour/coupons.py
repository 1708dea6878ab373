"""Coupons (docs/model.md, section 2): which one is kept, what it is worth to her, what it takes off."""

from typing import Any

from sim.engine.compiling import compiled
from sim.members import NEVER, MemberRecord
from sim.scenario.coupons import REACH


@compiled
def take_coupon(member: MemberRecord, day: int, handed_out: int, world: Any, today: Any) -> None:
    """Of the coupons handed out today and the one in hand she keeps the one worth most to her."""
    best = coupon_value(member, day, world)
    appeal = world.response.coupon_appeal[member.persona]
    for rule in range(world.rules):
        if (handed_out >> rule) & 1:
            today.issued += 1.0
            value = worth(member, world.coupons[rule], world)
            if value >= best:
                best = value
                member.coupon = rule + 1
                member.coupon_until = day + world.coupons[rule].valid_days - 1
                member.coupon_lift = appeal * value


@compiled
def worth(member: MemberRecord, coupon: Any, world: Any) -> float:
    """value = min(1, face / max(threshold, B)) min(1, B / threshold)^2, B her usual basket; 0 where it is out of reach."""
    usual = world.market.p / member.basket_rate
    face = coupon.off * usual if coupon.percent else coupon.off
    threshold = coupon.min_spend
    if threshold <= 0.0:
        return min(1.0, face / usual)
    if REACH * usual < threshold:
        return 0.0
    short = min(1.0, usual / threshold)
    return min(1.0, face / max(threshold, usual)) * short * short


@compiled
def within_reach(basket: float, threshold: float) -> float:
    """(basket / threshold)^3, 0 below a third: the larger the gap, the fewer close it; so the gain has a bound.

    The mean gain of a basket, (threshold - basket) times this, is at most 4/27 of the basket, wherever the threshold is.
    """
    if REACH * basket < threshold:
        return 0.0
    share = basket / threshold
    return share * share * share


@compiled
def coupon_value(member: MemberRecord, day: int, world: Any) -> float:
    """The value of the coupon in hand today, 0 with none."""
    if member.coupon == 0 or day > member.coupon_until:
        return 0.0
    return worth(member, world.coupons[member.coupon - 1], world)


@compiled
def redeem(member: MemberRecord, day: int, basket: int, world: Any, purse: Any) -> int:
    """The discount (minor units) that her coupon takes off a basket, 0 if it does not apply or its budget is spent."""
    if member.coupon == 0 or day > member.coupon_until or member.left != NEVER:
        return 0
    coupon = world.coupons[member.coupon - 1]
    minor = world.market.minor_units
    if basket < coupon.min_spend * minor:
        return 0
    off = round(coupon.off * basket if coupon.percent else coupon.off * minor)
    off = min(off, basket)
    if off > purse.budget[member.coupon - 1]:
        return 0
    purse.budget[member.coupon - 1] -= off
    return off
