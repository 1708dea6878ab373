"""Coupons (docs/model.md, section 2): what a member can have in hand, what it is worth to her, what it takes off.

A coupon is handed out without a message and known with certainty; a benefit comes with a message and is known with the
chance that it was read (sim/behaviour/benefits.py). She has one of them in hand at most.
"""

from sim.behaviour.membership import beyond_tier, tier_discount
from sim.catalogue import MAX_RULES, NEVER
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count, Field
from sim.engine.loops import Here, stage_of
from sim.policies.coupons import REACH
from sim.roles import CouponRule, Member, World

FIELDS = (
    Field("habit", "f4", "H"),
    Field("pull", "f4", "what buying ahead takes from demand now"),
    Field("coupon_lift", "f4", "what the coupon or benefit in hand adds to demand while it is good, known"),
    Field("coupon_known", "f4", "q: the chance that she knows of it"),
    Field("coupon_until", "i2", "last day on which it is good"),
    Field("coupon", "u1", "1 + the rule whose coupon or benefit she has in hand, 0 for none", daily=False),
    Field("coupon_fit", "u1", "1 + v: 0 fitted wrongly, 1 not, 2 rightly; ONCE more if it came once", daily=False),
    Field("eligible", "u2", "bit j: coupon rule j may reach her this week", daily=False),
)  # fmt: skip
ONCE = 4  # added to `coupon_fit` where what she has in hand came with a touch that happens once in a life
COUNTS = (
    Count("issued", "coupons handed out"),
    Count("benefits_used", "coupons and benefits used with an order"),
    Count(
        "benefits_expired",
        "coupons and benefits that had run out, counted when another takes their place or she leaves, the rest on the last "
        "day of the run",
    ),
    Count(
        "benefits_replaced",
        "coupons and benefits that gave way to one worth more, or were worth less than what she had",
    ),
    Count("benefits_voided", "coupons and benefits in hand that are void, for their budget was spent"),
    Count("benefits_lost", "coupons and benefits gone with members who left"),
)


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
    """Of the coupons handed out today and what she has in hand she keeps the one worth most to her."""
    world = here.world
    handed_out = world.coupons.issues[here.day - world.week_start] & member.eligible
    appeal = world.response.price_appeal[member.persona]
    for rule in range(world.coupons.count):
        if (handed_out >> rule) & 1:
            here.today.issued += 1.0
            value = worth(member, world.coupons.rules[rule], world)
            if is_kept(member, False, value, appeal * value, here):
                take(member, rule + 1, appeal * value, 1.0, 1, here)


HAND_OUT = stage_of("hand_out", None, gets_coupon, take_coupon, on=any_issued, daily=False)


@compiled
def rule_of(code: int, world: World) -> CouponRule:
    """What a member's `coupon` stands for: a coupon's rule, or behind those a benefit's."""
    if code <= MAX_RULES:
        return world.coupons.rules[code - 1]
    return world.benefits.rules[code - 1 - MAX_RULES]


@inlined
def in_hand(member: Member, day: int) -> bool:
    """True if she has a coupon or benefit that is good today."""
    return (member.coupon != 0) & (day <= member.coupon_until)


@compiled
def is_kept(member: Member, novelty: bool, value: float, lift: float, here: Here) -> bool:
    """True if something handed out replaces what she has in hand: it has to be worth no less, of equals the newest stays.

    `value`: of money off, worth x q; `lift`: what it adds to demand, x q. Within a kind the worth counts, unrounded.
    """
    if not in_hand(member, here.day):
        return True
    rule = rule_of(member.coupon, here.world)
    known, kept = member.coupon_known, False
    if rule.novelty or novelty:
        kept = lift >= member.coupon_lift * known
    else:
        fit = fit_factor(member.coupon_fit % ONCE - 1, here.world)
        kept = value >= worth(member, rule, here.world) * fit * known
    if not kept:
        here.today.benefits_replaced += 1.0
    return kept


@inlined
def fit_factor(v: int, world: World) -> float:
    """e^(b_fit v)."""
    return world.response.fit_up if v > 0 else (world.response.fit_down if v < 0 else 1.0)


@compiled
def take(member: Member, code: int, lift: float, known: float, fit: int, here: Here) -> None:
    """She has it in hand from now on; what she had is gone."""
    if member.coupon != 0:
        if here.day <= member.coupon_until:
            here.today.benefits_replaced += 1.0
        else:
            here.today.benefits_expired += 1.0
    member.coupon = code
    member.coupon_until = here.day + rule_of(code, here.world).valid_days - 1
    member.coupon_lift = lift
    member.coupon_known = known
    member.coupon_fit = fit


@compiled
def put_down(member: Member) -> None:
    """She has nothing in hand any more."""
    member.coupon = 0
    member.coupon_lift = 0.0


@compiled
def worth(member: Member, coupon: CouponRule, world: World) -> float:
    """value = min(1, face / max(threshold, B)) min(1, B / threshold)^2, B her usual basket; 0 where it is out of reach.

    Where only the larger of it and her tier's discount counts, the first factor is what it takes off beyond that.
    """
    usual = world.market.p / member.basket_rate
    face = coupon.off * usual if coupon.percent else coupon.off
    threshold = coupon.min_spend
    share = beyond_tier(member, min(1.0, face / max(threshold, usual)), world)
    if threshold <= 0.0:
        return share
    if REACH * usual < threshold:
        return 0.0
    short = min(1.0, usual / threshold)
    return share * short * short


@compiled
def within_means(member: Member, threshold: float, world: World) -> float:
    """min(1, B / threshold)^2, B her usual basket: what a threshold leaves of a novelty; 0 where it is out of reach."""
    usual = world.market.p / member.basket_rate
    if threshold <= 0.0:
        return 1.0
    if REACH * usual < threshold:
        return 0.0
    short = min(1.0, usual / threshold)
    return short * short


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
def is_eligible(member: Member, basket: int, here: Here) -> bool:
    """True if what she has in hand may be used with an order: it is good, the basket (minor units) reaches its threshold,
    and it takes more off than her tier does where only the larger counts."""
    if member.left != NEVER or not in_hand(member, here.day):
        return False
    rule, world = rule_of(member.coupon, here.world), here.world
    if basket < rule.min_spend * world.market.minor_units:
        return False
    by_tier = tier_discount(member, basket, world)
    if rule.novelty or world.membership.adds_up or by_tier == 0:
        return True
    return money_off(rule, basket, world) > by_tier


@compiled
def money_off(coupon: CouponRule, basket: int, world: World) -> int:
    """What a coupon or benefit takes off a basket by itself, minor units."""
    return round(coupon.off * basket if coupon.percent else coupon.off * world.market.minor_units)


@compiled
def redeem(member: Member, basket: int, to_pay: int, here: Here) -> int:
    """The discount (minor units) that she takes off a basket that is eligible; 0 where its budget does not cover it.

    to_pay: what is left of the basket to be taken off.
    """
    off = min(money_off(rule_of(member.coupon, here.world), basket, here.world), to_pay)
    if off > here.purse.budget[member.coupon - 1]:
        return 0
    here.purse.budget[member.coupon - 1] -= off
    return off
