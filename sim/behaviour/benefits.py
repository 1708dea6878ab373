"""Benefits (docs/model.md, section 5): what comes with a message, known with the chance that the message was read.

Money off lifts demand by the appeal of prices, novelties (trial, gift, vote, early access) by that of new things, less the
more of them she has noticed of late: nothing pays for ever.
"""

from sim import draws
from sim.behaviour.coupons import (
    ONCE,
    fit_factor,
    in_hand,
    is_kept,
    put_down,
    rule_of,
    take,
    within_means,
    worth,
)
from sim.behaviour.delivering import fit_of
from sim.behaviour.events import note_pre_order
from sim.behaviour.money import spend_on
from sim.catalogue import MILLION, SOON, WEEK
from sim.draws import uniform
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count, Field
from sim.engine.loops import Here
from sim.roles import Member, Message, World

FIELDS = (
    Field("noticed", "f4", "novelties noticed of late, in units of worth, as of the day of the last one", daily=False),
    Field("noticed_on", "i2", "that day", daily=False),
)
COUNTS = (
    Count("benefits_issued", "benefits handed out with messages"),
    Count("novelties", "benefits handed out that take no money off"),
    Count("benefits_soon", "coupons and benefits used within 7 days, where the run goes on for so long"),
    Count("gifts", "unit costs of novelties", money=True, cost=True),
)


@inlined
def any_carried(here: Here) -> bool:
    """True if some message of the run carries a benefit."""
    return here.world.benefits.carried != 0


@compiled
def take_offer(member: Member, message: Message, recurs: bool, here: Here) -> None:
    """What came with the message that she has just got, noticed with the chance that she read it.

    Of it and what she has in hand the one with the larger q lift stays, of equals the newest. A gift is paid for when it is
    handed out, noticed or not; `recurs`: whether that goes on for the rest of her life.
    """
    code, q, world = message.benefit, member.amount, here.world
    rule = rule_of(code, world)
    if not rule.at_use and not can_pay(code, rule.unit_cost, here):
        return
    here.today.benefits_issued += 1.0
    if not rule.at_use:
        pay_for(member, code, rule.unit_cost, recurs, here)
    v = int(fit_of(member)) if message.aim else 0
    fit = fit_factor(v, world)
    came = 1 + v if recurs else 1 + v + ONCE
    value = 0.0
    if rule.novelty:
        here.today.novelties += 1.0
        lift = world.response.novelty_appeal[member.persona] * rule.worth * 0.5 ** noticed_by(member, here)
        lift *= within_means(member, rule.min_spend, world)
        notice(member, q * rule.worth, here)
    else:
        value = worth(member, rule, world) * fit * q
        lift = world.response.price_appeal[member.persona] * worth(member, rule, world)
    if is_kept(member, rule.novelty != 0, value, lift * fit * q, here):
        take(member, code, lift * fit, q, came, here)


@compiled
def noticed_by(member: Member, here: Here) -> float:
    """Novelties noticed of late: the sum of chance times worth, each halved every half-life since."""
    return member.noticed * 0.5 ** ((here.day - member.noticed_on) / here.world.response.novelty_half_life)


@compiled
def notice(member: Member, amount: float, here: Here) -> None:
    """One more novelty, of so much worth times the chance that she noticed it: the greater it was, the duller the next."""
    member.noticed = noticed_by(member, here) + amount
    member.noticed_on = here.day


@compiled
def can_pay(code: int, cost: float, here: Here) -> bool:
    """True if the block's part of the benefit's budget covers a cost (currency)."""
    return round(cost * here.world.market.minor_units) <= here.purse.budget[code - 1]


@compiled
def pay_for(member: Member, code: int, cost: float, recurs: bool, here: Here) -> None:
    """A novelty's unit cost (currency) is paid, from its budget and as a cost of operations."""
    here.purse.budget[code - 1] -= round(cost * here.world.market.minor_units)
    here.today.gifts += round(cost * MILLION)
    spend_on(member, round(cost * MILLION), here, recurs)


@compiled
def grow_old(member: Member, world: World) -> None:
    """At the review: a novelty that she has had in hand for another week is less new, by the same half-life."""
    if member.coupon != 0 and rule_of(member.coupon, world).novelty:
        member.coupon_lift *= 0.5 ** (WEEK / world.response.novelty_half_life)


# --- with an order -----------------------------------------------------------------------------------------------------


@inlined
def ceiled(x: float, world: World) -> float:
    """m(x) = M x / (M - 1 + x): demand never exceeds M, and is 1 where x is."""
    ceiling = world.response.ceiling
    return ceiling * x / (ceiling - 1.0 + x)


@compiled
def wants_to_use(member: Member, x: float, here: Here) -> bool:
    """Keyed: True if the order that she places now is one that uses what she has in hand.

    The chance is q m(x0 (1 + lift)) / m: that of an order placed by one who knows of it. x: x0, demand without it.
    """
    if member.coupon_known >= 1.0:
        return True
    return uniform(member.key, draws.USE, member.orders) < chance_of_use(member, x, here)


@compiled
def chance_of_use(member: Member, x: float, here: Here) -> float:
    """q m(x0 (1 + lift)) / m of what she has in hand; 1 where she is sure to know of it."""
    q = member.coupon_known
    if q >= 1.0:
        return 1.0
    knowing = q * ceiled(x * (1.0 + member.coupon_lift), here.world)
    return knowing / (knowing + (1.0 - q) * ceiled(x, here.world))


@compiled
def use(member: Member, here: Here) -> None:
    """She has used what she had in hand: it is counted, paid for if that is its kind, and gone."""
    rule = rule_of(member.coupon, here.world)
    here.today.benefits_used += 1.0
    note_pre_order(member.coupon, here)
    handed_out = member.coupon_until - rule.valid_days + 1
    if here.day - handed_out < SOON and handed_out + SOON <= here.world.days:
        here.today.benefits_soon += 1.0
    if rule.novelty and rule.at_use:
        pay_for(member, member.coupon, rule.unit_cost, member.coupon_fit < ONCE, here)
        if member.coupon_lift > 0.0:  # what drew nobody has brought no order forward
            member.pull = here.world.response.pull_depth
    put_down(member)


@compiled
def overlook(member: Member) -> None:
    """An eligible order that did not use it showed that she did not know of it."""
    member.coupon_known = 0.0


@compiled
def lose(member: Member, here: Here) -> None:
    """What she has in hand is gone with her from the pool."""
    if member.coupon == 0:
        return
    if in_hand(member, here.day):
        here.today.benefits_lost += 1.0
    else:
        here.today.benefits_expired += 1.0
    put_down(member)
