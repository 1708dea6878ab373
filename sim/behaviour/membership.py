"""Standing (docs/model.md, section 6): a member's tier, and what its benefits add to her demand all the time.

The review sets it for the week: who has read what the brand writes knows what her tier gives her. An order brings spend and
points and takes the tier's discount off; new items of a tier cost what they cost.
"""

import math

from sim.behaviour.money import book_today, spend_on
from sim.catalogue import FOUNDER, MAX_TIERS, MILLION, NEVER, WEEK
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Count, Field
from sim.engine.loops import Here, stage_of
from sim.roles import Member, Tally, World

FIELDS = (
    Field("standing", "f4", "what her tier adds to demand this week", fixed=True),
    Field("year_spend", "i4", "paid in the pool since her last anniversary, minor units", daily=False),
    Field("qbar", "f4", "her mean chance of reading over about 28 days", daily=False),
    Field("tier", "u1", "0 the base, 1 to 4", daily=False),
    Field("paused_tier", "u1", "while there are no tiers: the one that she comes back to when there are", daily=False),
)
_LEVELS = 1 + MAX_TIERS
COUNTS = (
    Count("points_cost", "points for what was paid, as far as they are redeemed", money=True, cost=True),
    Count("items_cost", "what is new for tiers", money=True, cost=True),
    Count("tier_discounts", "taken off by tiers; part of the discounts", money=True),
    Count("tier_ups", "members who rose to a higher tier"),
    Count("tier_downs", "members who fell to a lower tier"),
    Count("tier_sales", "what members in the pool paid, by tier", (_LEVELS,), money=True),
    Count("tier_days", "days of members in the pool, by tier at the review", (_LEVELS,)),
)
YEAR = 365
FOUR_WEEKS = 4.0  # reviews over which `qbar` goes
MOST_SPEND = 2**31 - 1  # minor units that the record can hold


# --- the review --------------------------------------------------------------------------------------------------------


@compiled
def review_standing(member: Member, day: int, world: World, today: Tally) -> None:
    """Her tier, and what it adds to demand this week.

    standing = qbar b_standing (price_appeal money + novelty_appeal novelty). Money is the tier's discount and the points
    that are redeemed; novelty what is new for the tier.
    """
    plan, response = world.membership, world.response
    member.qbar += (read_chance(member, day, world) - member.qbar) / FOUR_WEEKS
    member.tier, member.paused_tier = max(member.tier, member.paused_tier), 0
    tier = next_tier(member, day, world)
    if day > member.joined and plan.begins == 0:  # who has just been given a tier has not risen
        today.tier_ups += tier > member.tier
        today.tier_downs += tier < member.tier
    member.tier = tier
    today.tier_days[tier] += max(0, min(day + WEEK, world.days) - max(day, member.joined))
    lift = response.price_appeal[member.persona] * (plan.discount[tier] + plan.points[tier])
    lift += response.novelty_appeal[member.persona] * plan.novelty[tier]
    member.standing = member.qbar * response.standing * lift


@compiled
def have_no_standing(member: Member, day: int, world: World) -> None:
    """While there are no tiers, in a run that has some at another time: none adds to demand; what she pays is still known.

    The tier that she had is kept for the day on which there are tiers again; an anniversary in between gives her the one
    that the year has earned, by the thresholds there were last. Before there have been any, a founder's year before the
    founding stays hers until her first anniversary.
    """
    member.paused_tier = max(member.paused_tier, member.tier)
    member.tier, member.standing, member.qbar = 0, 0.0, 0.0
    age = day - member.joined
    if age >= YEAR and has_anniversary(member, day, world.membership.since):
        member.paused_tier = tier_of(member.year_spend, world)
        member.year_spend = 0


@compiled
def read_chance(member: Member, day: int, world: World) -> float:
    """Her chance of reading a message such as her plan brings, by her state of today; 0 if none came in the last week."""
    if member.last_sent == NEVER or day - member.last_sent > WEEK:
        return 0.0
    response = world.response
    pull = response.trust_on_attention * member.trust - member.fatigue / member.tolerance
    hazard = member.attention * world.membership.reach[member.segment, member.persona] * math.exp(pull)
    return -math.expm1(-hazard * (response.lost_attention if member.lost else 1.0))


@compiled
def next_tier(member: Member, day: int, world: World) -> int:
    """Between anniversaries a tier is only won; at one it is what the year's spend earns, and a new year begins.

    Where a phase brings fewer tiers, who had a higher one has the highest there is.
    """
    earned = tier_of(member.year_spend, world)
    if has_anniversary(member, day, world.membership.since):
        member.year_spend = 0
        return earned
    return max(min(member.tier, world.membership.tiers), earned)


@compiled
def tier_of(spend: int, world: World) -> int:
    """The tier that a spend (minor units) within a year earns."""
    tier = 0
    while tier < world.membership.tiers and spend >= world.membership.needed[tier + 1]:
        tier += 1
    return tier


@compiled
def has_anniversary(member: Member, day: int, since: int) -> bool:
    """True at the first review on or after her anniversary of joining; `since`: days since the review before.

    A founder's first one is the founding: the year before it has earned the tier that she begins with.
    """
    age = day - member.joined
    if age < YEAR:
        return age == 0 and member.group == FOUNDER
    return age % YEAR < since


# --- with an order -----------------------------------------------------------------------------------------------------


@compiled
def tier_discount(member: Member, basket: int, world: World) -> int:
    """What her tier takes off a basket (minor units); nothing outside the pool."""
    share = world.membership.discount[member.tier]
    return round(share * basket) if share > 0.0 and member.left == NEVER else 0


@compiled
def beyond_tier(member: Member, share: float, world: World) -> float:
    """What a coupon that takes off a share of a basket's value adds to her tier's discount."""
    plan = world.membership
    return share if plan.adds_up else max(0.0, share - plan.discount[member.tier])


@compiled
def felt_as_discount(off: int, by_tier: int, world: World) -> float:
    """For how much of a coupon's order one counts from which `off` was taken, `by_tier` by her tier (minor units): 1 with a
    coupon, b_standing with her tier's discount only, 0 at full price."""
    if off > by_tier:
        return 1.0
    return world.response.standing if off > 0 else 0.0


@compiled
def reward(member: Member, paid: int, by_tier: int, here: Here) -> None:
    """An order in the pool counts toward her tier and brings points; `by_tier` (minor units) was taken off by her tier."""
    plan, market, today = here.world.membership, here.world.market, here.today
    if plan.ever == 0 or member.left != NEVER:
        return
    note_year_spend(member, paid)
    if plan.on == 0:
        return
    money = paid * (MILLION / market.minor_units)
    today.tier_discounts += by_tier * (MILLION / market.minor_units)
    today.tier_sales[member.tier] += money
    points = round(plan.points[member.tier] * money)
    # as a discount it is no part of what a day costs: it goes on as a share of baskets
    member.value -= points / MILLION * here.world.discount[here.day - member.joined]
    book_today(member.segment, member.group, member.joined, -points, today)
    today.points_cost += points
    today.discounts_by_tag[member.tag] += points


@compiled
def note_year_spend(member: Member, paid: int) -> None:
    """What she paid counts toward her tier."""
    member.year_spend = min(member.year_spend + paid, MOST_SPEND)


# --- what is new for a tier --------------------------------------------------------------------------------------------


@inlined
def any_item_to_pay(here: Here) -> bool:
    """True on a day on which something new for a tier costs something."""
    return (here.world.membership.item_days >> (here.day - here.world.week_start)) & 1 != 0


@inlined
def gets_item(member: Member, here: Here) -> bool:
    """True if she is of a tier for which something new is there today that costs something."""
    cost = here.world.membership.item_cost[here.day - here.world.week_start, member.tier]
    return (cost > 0.0) & (member.left == NEVER)


@compiled
def pay_for_item(member: Member, here: Here) -> None:
    """What is new for her tier is paid for."""
    cost = here.world.membership.item_cost[here.day - here.world.week_start, member.tier]
    here.today.items_cost += cost
    spend_on(member, cost, here)


STAGE = stage_of("tier_items", None, gets_item, pay_for_item, on=any_item_to_pay, daily=False)
