"""Coupons (docs/model.md, section 2): which one is kept, what it is worth to her, what it takes off."""

from sim.catalogue import NEVER
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count, Field
from sim.engine.loops import Here, stage_of
from sim.policies.coupons import REACH
from sim.roles import CouponRule, Member, World

FIELDS = (
    Field("habit", "f4", "H"),
    Field("pull", "f4", "what buying ahead takes from demand now"),
    Field("coupon_lift", "f4", "what the coupon in hand adds to demand while it is good"),
    Field("coupon_until", "i2", "last day on which the coupon in hand is good"),
    Field("coupon", "u1", "1 + the rule whose coupon she has in hand, 0 for none", daily=False),
    Field("eligible", "u2", "bit j: coupon rule j may reach her this week", daily=False),
)
COUNTS = (Count("issued", "coupons handed out"),)


@inlined
def any_issued(here: Here) -> bool:
    """True if some rule hands out today."""
    return here.world.coupons.issues[here.day - here.world.week_start] != 0


@inlined
def gets_coupon(member: Member, here: Here) -> bool:
    """True if one of the rules that hand out today may reach her."""
    handed_out = here.world.coupons.issues[here.day - here.world.week_start] & member.eligible
    return handed_out != 0 and member.left == NEVER


@compiled
def take_coupon(member: Member, here: Here) -> None:
    """Of the coupons handed out today and the one in hand she keeps the one worth most to her."""
    day, world = here.day, here.world
    handed_out = world.coupons.issues[day - world.week_start] & member.eligible
    best = coupon_value(member, day, world)
    appeal = world.response.coupon_appeal[member.persona]
    for rule in range(world.coupons.count):
        if (handed_out >> rule) & 1:
            here.today.issued += 1.0
            coupon = world.coupons.rules[rule]
            value = worth(member, coupon, world)
            if value >= best:
                best = value
                member.coupon = rule + 1
                member.coupon_until = day + coupon.valid_days - 1
                member.coupon_lift = appeal * value


HAND_OUT = stage_of("hand_out", None, gets_coupon, take_coupon, on=any_issued, daily=False)


@compiled
def worth(member: Member, coupon: CouponRule, world: World) -> float:
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
def coupon_value(member: Member, day: int, world: World) -> float:
    """The value of the coupon in hand today, 0 with none."""
    if member.coupon == 0 or day > member.coupon_until:
        return 0.0
    return worth(member, world.coupons.rules[member.coupon - 1], world)


@compiled
def redeem(member: Member, basket: int, here: Here) -> int:
    """The discount (minor units) that her coupon takes off a basket, 0 if it does not apply or its budget is spent."""
    if member.coupon == 0 or here.day > member.coupon_until or member.left != NEVER:
        return 0
    coupon = here.world.coupons.rules[member.coupon - 1]
    minor = here.world.market.minor_units
    if basket < coupon.min_spend * minor:
        return 0
    off = round(coupon.off * basket if coupon.percent else coupon.off * minor)
    off = min(off, basket)
    if off > here.purse.budget[member.coupon - 1]:
        return 0
    here.purse.budget[member.coupon - 1] -= off
    return off
