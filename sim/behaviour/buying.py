"""The clock and orders (docs/model.md, section 2): demand, orders at their exact times, loyalty."""

import math

from sim import draws
from sim.behaviour.benefits import any_carried, can_pay, ceiled, chance_of_use, overlook, use, wants_to_use
from sim.behaviour.coupons import in_hand, is_eligible, redeem, rule_of, within_reach
from sim.behaviour.membership import felt_as_discount, note_year_spend, reward, tier_discount
from sim.behaviour.money import settle
from sim.behaviour.service import ask, ask_as_logged, comes_back
from sim.behaviour.state import follows_message, interact
from sim.behaviour.touches import hang_on
from sim.catalogue import AT_ORDER, FIRST_IN_TIME, MOST_ORDERS_A_DAY, NEVER, SECOND_IN_TIME, TINY
from sim.draws import exponential, gamma, uniform
from sim.engine.arithmetic import higher, on_grid
from sim.engine.compiling import compiled, inlined
from sim.engine.fields import Column, Count, Field
from sim.engine.loops import Here, one_of, stage_of
from sim.roles import Member, World

FIELDS = (
    Field("order_left", "f8", "hazard still to pass before the next order"),
    Field("rate", "f8", "orders a day of operational time (a prospect's: first orders)"),
    Field("tau", "f8", "operational days since the first order"),
    Field("frequency", "i4", "x: orders after the first, in the export and since"),
    Field("orders", "i4", "orders in the simulation", daily=False),
    Field("lost", "u1", "no longer alive as a customer; nobody sees it"),
    Field("window_demand", "f4", "sum over the last 90 days, for the rest of her life: m"),
    Field("loss_chance", "f8", "p_i", daily=False),
    Field("tau_last", "f8", "operational time of the last order (t_x)", daily=False),
    Field("exponents", "f8", "G_x", daily=False),
    Field("last_exponent", "f4", "g_x", daily=False),
    Field("basket_rate", "f4", "nu_i", daily=False),
    Field("last_order", "f4", "calendar day of the last order", daily=False),
    Field("bought_at", "i2", "day from which the second order is counted (first order, or founding)", daily=False),
    Field("converted", "i2", "the day of her last message that an order followed: each counts once", daily=False),
)
COLUMNS = (
    Column("m", "f8", "today's demand"),
    Column("due", "u1", "whether an order is placed today"),
)
COUNTS = (
    Count("pool_orders", "orders of those in the pool"),
    Count("first_orders", "first orders of prospects", daily=False),
    Count("converted", "messages that an order followed"),
    Count("gaps", "times between two orders of one member", daily=False),
    Count("gap_days", "and their sum", daily=False),
    Count("woken_bought", "of those who woke: bought within 90 days"),
)


@inlined
def public_demand(member: Member, world: World) -> float:
    """(1 - b_habit H) pull: what remains outside the pool, waiting for coupons and what she has bought ahead."""
    return (1.0 - world.response.habit_on_demand * member.habit) * (1.0 - member.pull)


@inlined
def plain_demand(member: Member, world: World) -> float:
    """x0 = (1 - b_habit H) pull (1 + b_trust R)(1 + b_interest S/(1+S))(1 + standing), in the pool with nothing in hand."""
    response, interest = world.response, member.interest
    x = public_demand(member, world) * (1.0 + response.trust_on_demand * member.trust)
    x *= 1.0 + response.interest_on_demand * interest / (1.0 + interest)
    return x * (1.0 + member.standing)


@inlined
def demand(member: Member, day: int, world: World) -> float:
    """m(x0 (1 + lift)), m(x) = M x / (M - 1 + x), where she knows of what she has in hand. 1 with no operations."""
    x = plain_demand(member, world)
    x *= 1.0 + (member.coupon_lift if day <= member.coupon_until else 0.0)
    return ceiled(x, world) if member.left == NEVER else public_demand(member, world)


@inlined
def demand_if_noticed(member: Member, day: int, world: World) -> float:
    """m = (1 - q) m(x0) + q m(x0 (1 + lift)): she knows with chance q of what she has in hand."""
    x = plain_demand(member, world)
    q = member.coupon_known if day <= member.coupon_until else 0.0
    inside = (1.0 - q) * ceiled(x, world) + q * ceiled(x * (1.0 + member.coupon_lift), world)
    return inside if member.left == NEVER else public_demand(member, world)


@inlined
def want(member: Member, here: Here) -> None:
    """Advance operational time by d tau = m s dt; if it reaches the next-order threshold, `place_orders` splits the day."""
    pass_time(member, demand(member, here.day, here.world), here)


@inlined
def want_if_noticed(member: Member, here: Here) -> None:
    """The same where what is in hand may not have been noticed."""
    pass_time(member, demand_if_noticed(member, here.day, here.world), here)


@inlined
def pass_time(member: Member, m: float, here: Here) -> None:
    """Today's operational time of one whose demand is m."""
    clock = m * here.world.season[here.day]
    member.m = m
    member.due = is_due(member, clock)
    if not member.due:
        wait(member, clock)
    if here.day >= here.world.window_from and member.left == NEVER:
        member.window_demand += m


@inlined
def is_due(member: Member, clock: float) -> bool:
    """True if today's operational time reaches the next-order threshold."""
    return member.order_left <= member.rate * clock


@inlined
def wait(member: Member, clock: float) -> None:
    """Advance operational time on a day without an order."""
    member.order_left -= member.rate * clock
    member.tau += clock


@inlined
def orders_today(member: Member, here: Here) -> bool:
    """True if she places an order today."""
    return member.due != 0


@compiled
def place_orders(member: Member, here: Here) -> None:
    """A day with at least one order: from threshold to threshold until the day's operational time is used up."""
    clock = member.m * here.world.season[here.day]
    left_today = clock
    most = here.orders.ordered + MOST_ORDERS_A_DAY
    while member.order_left <= member.rate * left_today and here.orders.ordered < most:
        waited = member.order_left / member.rate
        left_today -= waited
        member.tau += waited
        when = here.day + higher(1.0 - left_today / clock, 0.0)  # what waited since a full day comes first
        place_order(member, when, here)
    member.order_left -= member.rate * left_today
    member.tau += left_today


@compiled
def place_order(member: Member, when: float, here: Here) -> None:
    """One order: basket, coupon or benefit, money; whether it was the last one, the next threshold; a question about it."""
    wants = in_hand(member, here.day) and wants_to_use(member, plain_demand(member, here.world), here)
    basket = fill_basket(member, wants, here.world)
    by_tier = tier_discount(member, basket, here.world)
    discount, used = 0, False
    if is_eligible(member, basket, here):
        rule = rule_of(member.coupon, here.world)
        if wants and not rule.novelty:
            adds_up = here.world.membership.adds_up
            discount = redeem(member, basket, basket - by_tier if adds_up else basket, here)
            used = discount > 0
            if used and not adds_up:
                by_tier = 0
        elif wants:
            used = not rule.at_use or can_pay(member.coupon, rule.unit_cost, here)
        if not used and member.coupon_known < 1.0:
            overlook(member)
    discount += by_tier
    returned = comes_back(member, here)
    settle(member, basket, discount, by_tier, returned, here)
    if not returned:
        reward(member, basket - discount, by_tier, here)
    order = here.orders.rows[here.orders.ordered]
    order.coupon_from, order.coupon_until, order.used = 0, 0, 0
    if used:
        order.used = member.coupon
        order.coupon_from = member.coupon_until - rule_of(member.coupon, here.world).valid_days + 1
        order.coupon_until = member.coupon_until
        use(member, here)
    note_order(member, when, felt_as_discount(discount, by_tier, here.world), here)
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
    order.returned = returned
    here.orders.ordered += 1
    ask(member, here)


@compiled
def fill_basket(member: Member, wants: bool, world: World) -> int:
    """basket ~ Gamma(p_z, rate nu_i) in minor units; trust raises it a little.

    wants: whether she means to use what she has in hand, for whose threshold she may fill the basket up.
    """
    market, response = world.market, world.response
    basket = gamma(member.key, draws.BASKET, member.orders, market.p) / member.basket_rate
    if member.left == NEVER:
        basket *= 1.0 + response.trust_on_basket * max(0.0, member.trust)
        if wants:
            threshold = rule_of(member.coupon, world).min_spend
            if basket < threshold:
                chance = response.top_up * within_reach(basket, threshold)
                if uniform(member.key, draws.TOP_UP, member.orders) < chance:
                    basket = threshold
    return round(basket * market.minor_units)


@compiled
def note_order(member: Member, when: float, discounted: float, here: Here) -> None:
    """What an order, simulated or logged, does to her record: x, t_x, G_x, habit, buying ahead, silence.

    discounted: 1 with a coupon, 0 at full price, the share of a coupon's order that it counts for with her tier's discount.
    """
    day, world, today = here.day, here.world, here.today
    if member.prospect:
        begin_as_customer(member, when, here)
    else:
        today.gaps += 1.0
        today.gap_days += on_grid(when - member.last_order)
        member.frequency += 1
        member.tau_last = member.tau
        member.last_exponent = loyalty(member, member.m, world)
        member.exponents += member.last_exponent
        if day - member.bought_at <= world.repurchase_window:
            member.kept |= SECOND_IN_TIME
    if discounted >= 1.0:
        member.habit += world.response.habit_up * (1.0 - member.habit)
        member.pull = world.response.pull_depth
    elif discounted > 0.0:  # there all the time, so nothing is bought ahead
        up = discounted * world.response.habit_up * (1.0 - member.habit)
        member.habit += up - (1.0 - discounted) * world.response.habit_down * member.habit
    else:
        member.habit -= world.response.habit_down * member.habit
    member.last_order = when
    member.subscribed = 1
    hang_on(member, AT_ORDER, here)
    if member.left == NEVER:
        today.pool_orders += 1.0
        if follows_message(member, day) and member.converted != member.last_sent:
            member.converted = member.last_sent
            today.converted += 1.0
        interact(member, here)
    if member.woken != NEVER:
        if day - member.woken <= 90:
            today.woken_bought += 1.0
        member.woken = NEVER


@compiled
def begin_as_customer(member: Member, when: float, here: Here) -> None:
    """A prospect's first order: it never ends the relation and starts the clock."""
    member.prospect = 0
    member.first_order = when
    member.rate = customer_rate(member, here.world)
    member.tau = 0.0
    member.tau_last = 0.0
    member.bought_at = here.day
    here.today.first_orders += 1.0
    if here.day - member.joined < 30:
        member.kept |= FIRST_IN_TIME


@compiled
def customer_rate(member: Member, world: World) -> float:
    """A fresh draw of lambda_i, the order rate (per day of operational time) of one who has just become a customer."""
    return gamma(member.key, draws.RATE, 0, world.market.r) / rhythm_rate(member, world)


@compiled
def rhythm_rate(member: Member, world: World) -> float:
    """The gamma rate of lambda_i given her attention: alpha (o_i / o_mean)^-c (docs/model.md section 2).

    o_i / o_mean is held within a thousand either way: beyond, one who never looks would order without end (c < 0).
    """
    c = world.response.attention_on_rhythm
    if c == 0.0:
        return world.market.alpha
    relative = member.attention / world.response.attention_mean[member.persona]
    return world.market.alpha * min(max(relative, 1e-3), 1e3) ** (-c)


@compiled
def loyalty(member: Member, m: float, world: World) -> float:
    """g = clip(exp(-b_loyal R) m^-c_life, 0.2, 3): the exponent of this order's survival (1 - p)^g."""
    response = world.response
    return loyalty_exponent(member.trust, m, response.trust_on_loyalty, response.life_exponent)


@compiled
def loyalty_exponent(trust: float, m: float, trust_on_loyalty: float, life_exponent: float) -> float:
    """The exponent g of given trust and demand."""
    return min(max(math.exp(-trust_on_loyalty * trust) * m ** (-life_exponent), 0.2), 3.0)


@inlined
def gather_demand(member: Member, here: Here) -> None:
    """Replay: advance operational time; if the log has an order today, `buy_as_logged` splits the day at it."""
    m = demand_if_noticed(member, here.day, here.world)
    member.m = m
    at = member.orders_met
    member.due = at < member.orders_end and here.events.order_times[at] < here.day + 1
    if not member.due:
        member.tau += m * here.world.season[here.day]
    if here.day >= here.world.window_from and member.left == NEVER:
        member.window_demand += m


@compiled
def buy_as_logged(member: Member, here: Here) -> None:
    """Replay orders at their logged times: accumulate tau, G and the sum of log(m s); nothing is drawn."""
    day, events = here.day, here.events
    clock = member.m * here.world.season[day]
    left_today = clock
    while member.orders_met < member.orders_end and events.order_times[member.orders_met] < day + 1:
        at = member.orders_met
        when = events.order_times[at]
        waited = left_today - clock * (day + 1 - when)
        left_today -= waited
        member.tau += waited
        if not member.prospect:
            member.log_rates += math.log(clock)
        take_off_as_logged(member, at, here)
        note_order(member, when, felt_as_logged(member, at, here), here)
        member.orders += 1
        if events.returned[at] == 0:
            member.spend += events.paid[at]
            if here.world.membership.ever and member.left == NEVER:
                note_year_spend(member, events.paid[at])
        ask_as_logged(member, when, here)
        member.orders_met += 1
    member.tau += left_today
    member.lost = lost_by_now(member)


@inlined
def lost_by_now(member: Member) -> bool:
    """Replay, on the path of the lost: True once she has no order to come. A first order never ends the relation."""
    return (member.lost_after != 0) & (member.orders_met == member.orders_end) & (member.frequency > 0)


@compiled
def take_off_as_logged(member: Member, at: int, here: Here) -> None:
    """Replay: an eligible order used what was in hand, or did not: the log-likelihood of that, and what follows from it.

    A basket filled up to the threshold says nothing: only who meant to use it has one, and those who meant to but did not
    reach the threshold are not known. All other baskets are as they would have been without.
    """
    events = here.events
    if (events.used[at] != 0 or felt_as_logged(member, at, here) >= 1.0) and member.coupon != 0:
        if not is_filled_up(member, events.basket[at], here.world):
            member.use_log += math.log(max(chance_of_use(member, plain_demand(member, here.world), here), TINY))
        use(member, here)
    elif is_eligible(member, events.basket[at], here) and member.coupon_known < 1.0:
        member.use_log += math.log1p(-chance_of_use(member, plain_demand(member, here.world), here))
        overlook(member)


@compiled
def felt_as_logged(member: Member, at: int, here: Here) -> float:
    """Replay: for how much of a coupon's order a logged one counts; what her tier takes off is known of her."""
    basket = here.events.basket[at]
    by_tier = tier_discount(member, basket, here.world)
    return felt_as_discount(basket - here.events.paid[at], by_tier, here.world)


@compiled
def is_filled_up(member: Member, basket: int, world: World) -> bool:
    """True if a basket (minor units) is exactly at the threshold of what she has in hand."""
    threshold = rule_of(member.coupon, world).min_spend
    return threshold > 0.0 and basket == round(threshold * world.market.minor_units)


BUY = one_of(
    "buy",
    any_carried,
    stage_of("buy_if_noticed", want_if_noticed, orders_today, place_orders),
    stage_of("buy_with_certainty", want, orders_today, place_orders),
).as_logged(gather_demand, orders_today, buy_as_logged)
