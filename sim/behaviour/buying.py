"""The clock and orders (docs/model.md, section 2): demand, orders at their exact times, loyalty."""

import math
from typing import Any

from sim import draws
from sim.engine.arithmetic import higher, on_grid
from sim.behaviour.coupons import redeem, within_reach
from sim.behaviour.money import settle
from sim.behaviour.state import follows_message, interact
from sim.engine.compiling import compiled, inlined
from sim.draws import exponential, gamma, uniform
from sim.members import FIRST_IN_TIME, NEVER, SECOND_IN_TIME, MemberRecord, customer_rate
from sim.world import MOST_ORDERS_A_DAY


@inlined
def demand(member: MemberRecord, day: int, world: Any) -> float:
    """m = M x / (M - 1 + x); x = (1 + b_trust R)(1 + b_interest S/(1+S)) coupon pull. 1 with no operations.

    Outside the pool only what she learned there remains: waiting for coupons, and what she has bought ahead.
    """
    response, interest = world.response, member.interest
    public = (1.0 - response.habit_on_demand * member.habit) * (1.0 - member.pull)
    x = public * (1.0 + response.trust_on_demand * member.trust)
    x *= 1.0 + response.interest_on_demand * interest / (1.0 + interest)
    x *= 1.0 + (member.coupon_lift if day <= member.coupon_until else 0.0)
    inside = response.ceiling * x / (response.ceiling - 1.0 + x)
    return inside if member.left == NEVER else public


@inlined
def buy(member: MemberRecord, day: int, world: Any, log: Any, today: Any, purse: Any) -> None:
    """Orders of the day, at their exact times: d tau = m s dt, an order whenever lambda tau passes a threshold."""
    m = demand(member, day, world)
    clock = m * world.season[day]
    if log is not None:
        buy_as_logged(member, day, m, clock, world, log, today)
    elif is_due(member, clock):
        place_orders(member, day, m, clock, world, today, purse)
    else:
        wait(member, clock)
    if day >= world.window_from and member.left == NEVER:
        member.window_demand += m


@inlined
def is_due(member: MemberRecord, clock: float) -> bool:
    """Whether so much operational time brings an order."""
    return member.order_left <= member.rate * clock


@inlined
def wait(member: MemberRecord, clock: float) -> None:
    """A day without an order."""
    member.order_left -= member.rate * clock
    member.tau += clock


@compiled
def place_orders(member: MemberRecord, day: int, m: float, clock: float, world: Any, today: Any, purse: Any) -> None:
    """A day with at least one order: from threshold to threshold until the day's operational time is used up."""
    left_today = clock
    most = purse.ordered + MOST_ORDERS_A_DAY
    while member.order_left <= member.rate * left_today and purse.ordered < most:
        wait = member.order_left / member.rate
        left_today -= wait
        member.tau += wait
        when = day + higher(1.0 - left_today / clock, 0.0)  # what waited since a full day comes first
        place_order(member, day, when, m, world, today, purse)
    member.order_left -= member.rate * left_today
    member.tau += left_today


@compiled
def place_order(member: MemberRecord, day: int, when: float, m: float, world: Any, today: Any, purse: Any) -> None:
    """One order: basket, coupon, money; then whether it was the last one, and the next threshold."""
    basket = fill_basket(member, day, world)
    discount = redeem(member, day, basket, world, purse)
    settle(member, day, basket, discount, world, today)
    order = purse.orders[purse.ordered]
    order.coupon_from, order.coupon_until = 0, 0
    if discount > 0:
        order.coupon_from = member.coupon_until - world.coupons[member.coupon - 1].valid_days + 1
        order.coupon_until = member.coupon_until
    note_order(member, day, when, m, discount > 0, world, today)
    member.orders += 1
    survives = math.exp(member.last_exponent * math.log1p(-member.loss_chance))
    if member.frequency > 0 and uniform(member.key, draws.LOSS, member.orders) >= survives:
        member.lost = 1
        member.order_left = math.inf
    else:
        member.order_left = exponential(member.key, draws.ORDER, member.orders)
    order.key = member.key
    order.time = when
    order.amount = basket - discount
    order.discount = discount
    order.in_pool = member.left == NEVER
    purse.ordered += 1


@compiled
def fill_basket(member: MemberRecord, day: int, world: Any) -> int:
    """basket ~ Gamma(p_z, rate nu_i) in minor units; trust raises it a little, a coupon's threshold may be filled up to."""
    market, response = world.market, world.response
    basket = gamma(member.key, draws.BASKET, member.orders, market.p) / member.basket_rate
    if member.left == NEVER:
        basket *= 1.0 + response.trust_on_basket * max(0.0, member.trust)
        if member.coupon != 0 and day <= member.coupon_until:
            threshold = world.coupons[member.coupon - 1].min_spend
            if basket < threshold:
                chance = response.top_up * within_reach(basket, threshold)
                if uniform(member.key, draws.TOP_UP, member.orders) < chance:
                    basket = threshold
    return round(basket * market.minor_units)


@compiled
def note_order(member: MemberRecord, day: int, when: float, m: float, discounted: bool, world: Any, today: Any) -> None:
    """What an order, simulated or logged, does to her record: x, t_x, G_x, habit, buying ahead, silence."""
    response = world.response
    if member.prospect:
        begin_as_customer(member, day, world, today)
    else:
        today.gaps += 1.0
        today.gap_days += on_grid(when - member.last_order)
        member.frequency += 1
        member.tau_last = member.tau
        member.last_exponent = loyalty(member, m, world)
        member.exponents += member.last_exponent
        if day - member.bought_at <= world.repurchase_window:
            member.kept |= SECOND_IN_TIME
    if discounted:
        member.habit += response.habit_up * (1.0 - member.habit)
        member.pull = response.pull_depth
        member.coupon = 0
        member.coupon_lift = 0.0
    else:
        member.habit -= response.habit_down * member.habit
    member.last_order = when
    if member.left == NEVER:
        today.pool_orders += 1.0
        if follows_message(member, day) and member.converted != member.last_sent:
            member.converted = member.last_sent
            today.converted += 1.0
        interact(member, day, world, today)
    if member.woken != NEVER:
        if day - member.woken <= 90:
            today.woken_bought += 1.0
        member.woken = NEVER


@compiled
def begin_as_customer(member: MemberRecord, day: int, world: Any, today: Any) -> None:
    """A prospect's first order: it never ends the relation and starts the clock."""
    member.prospect = 0
    member.rate = customer_rate(member, world)
    member.tau = 0.0
    member.tau_last = 0.0
    member.bought_at = day
    today.first_orders += 1.0
    if day - member.joined < 30:
        member.kept |= FIRST_IN_TIME


@compiled
def loyalty(member: MemberRecord, m: float, world: Any) -> float:
    """g = clip(exp(-b_loyal R) m^-c_life, 0.2, 3): the exponent of this order's survival (1 - p)^g."""
    response = world.response
    return loyalty_exponent(member.trust, m, response.trust_on_loyalty, response.life_exponent)


@compiled
def loyalty_exponent(trust: float, m: float, trust_on_loyalty: float, life_exponent: float) -> float:
    """The exponent g of given trust and demand."""
    return min(max(math.exp(-trust_on_loyalty * trust) * m ** (-life_exponent), 0.2), 3.0)


@compiled
def buy_as_logged(member: MemberRecord, day: int, m: float, clock: float, world: Any, log: Any, today: Any) -> None:
    """Orders at their logged times: tau, G and the sum of log(m s) gather, nothing is drawn."""
    evidence = log.evidence
    left_today = clock
    while evidence.orders < len(log.order_times) and log.order_times[evidence.orders] < day + 1:
        when = log.order_times[evidence.orders]
        wait = left_today - clock * (day + 1 - when)
        left_today -= wait
        member.tau += wait
        if not member.prospect:
            evidence.log_rates += math.log(clock)
        note_order(member, day, when, m, log.discounted[evidence.orders] != 0, world, today)
        evidence.orders += 1
    member.tau += left_today
