"""One member, one day: the stages of docs/model.md as scalar functions, compiled.

Every event is a threshold that an integrated hazard crosses (docs/model.md, section 1): a day adds its hazard, nothing is
drawn on a day when nothing happens. Where events come from is the parameter `log`: None for thresholds (simulation), or
one member's logged events, and then the same day function gathers the evidence for the likelihood (sim/replay.py).

Only `math` is used in here: its functions and NumPy's differ in the last bit. Symbols: R trust, S interest, F fatigue,
H coupon habit, m demand, s season, o attention, q reading probability, g loyalty exponent, tau operational time.
"""

import math
from typing import Any

from sim import draws
from sim.compiling import compiled, inlined
from sim.draws import exponential, gamma, uniform
from sim.members import (
    FIRST_IN_TIME,
    FOUNDER,
    KEPT_7,
    KEPT_30,
    NEVER,
    SECOND_IN_TIME,
    MemberRecord,
    customer_rate,
)
from sim.world import (
    CUSTOMER,
    ENGAGED,
    LEFT,
    MONTH,
    MOST_ORDERS_A_DAY,
    NEW,
    SILENT,
    SILENT_AFTER,
)

_TINY = 1e-300


@inlined
def live_one_day(member: MemberRecord, day: int, world: Any, log: Any, today: Any, purse: Any) -> None:
    """A member's whole day, in this order."""
    age(member, world)
    if member.left == NEVER:
        receive(member, day, world, log, today)
        decide_to_leave(member, day, world, log, today)
    buy(member, day, world, log, today, purse)
    count(member, day, world, today)


@inlined
def age(member: MemberRecord, world: Any) -> None:
    """The night: trust, interest, fatigue and what was bought ahead fade by their half-lives."""
    response = world.response
    member.trust *= response.trust_decay
    member.interest *= response.interest_decay
    member.fatigue *= response.fatigue_decay
    member.pull *= response.pull_decay


# --- attention (section 3) -------------------------------------------------------------------------------------------


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
        evidence.click_log += math.log(max(chance, _TINY))
        return True
    evidence.click_log += math.log(1.0 - chance)
    return False


@compiled
def move_trust(member: MemberRecord, step: float) -> None:
    """Gains move R by gain (1 - R), losses by -loss (1 + R): R stays within (-1, 1)."""
    member.trust += step * (1.0 - member.trust) if step >= 0.0 else step * (1.0 + member.trust)


@compiled
def interact(member: MemberRecord, day: int, world: Any, today: Any) -> None:
    """An interaction that the brand sees: it ends a silence."""
    silence = day - member.last_seen
    end = world.days
    if silence > SILENT_AFTER and member.last_seen + SILENT_AFTER + 14 < end:
        if silence <= SILENT_AFTER + 14:
            today.woken += 1.0
        if day + 90 < end:
            today.woken_followed += 1.0
            member.woken = day
    member.last_seen = day
    tenure = day - member.joined
    if 1 <= tenure <= 7:
        member.kept |= KEPT_7
    elif 24 <= tenure <= 30:
        member.kept |= KEPT_30


# --- coupons (section 2) ---------------------------------------------------------------------------------------------


@compiled
def take_coupon(member: MemberRecord, day: int, handed_out: int, world: Any, today: Any) -> None:
    """Of the coupons handed out today and the one in hand she keeps the one worth most to her."""
    best = coupon_value(member, day, world)
    for rule in range(world.rules):
        if (handed_out >> rule) & 1:
            today.issued += 1.0
            value = worth(member, world.coupons[rule], world)
            if value >= best:
                best = value
                member.coupon = rule + 1
                member.coupon_until = day + world.coupons[rule].valid_days - 1


@compiled
def worth(member: MemberRecord, coupon: Any, world: Any) -> float:
    """value = min(1, face / max(threshold, B)) min(1, B / threshold)^2, B her usual basket."""
    usual = world.market.p / member.basket_rate
    face = coupon.off * usual if coupon.percent else coupon.off
    threshold = coupon.min_spend
    if threshold <= 0.0:
        return min(1.0, face / usual)
    short = min(1.0, usual / threshold)
    return min(1.0, face / max(threshold, usual)) * short * short


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


# --- leaving and complaining (section 4) -----------------------------------------------------------------------------


@inlined
def decide_to_leave(member: MemberRecord, day: int, world: Any, log: Any, today: Any) -> None:
    """omega min(1, base + early e^(-age/3) + k_F max(0, F/tolerance - 1)^3 + sleeping dog); complaints share k_F's part."""
    response = world.response
    excess = max(0.0, member.fatigue / member.tolerance - 1.0)
    tired = response.leave_fatigue * excess * excess * excess
    hazard = response.leave_base + tired
    if member.last_sent == day and day - member.last_seen >= SILENT_AFTER:
        hazard += response.sleeping_dog * world.sends[member.segment, day - world.week_start]
    if day >= world.window_from:
        member.window_exit += member.frailty * min(1.0, hazard)
    hazard = min(1.0, hazard + world.early[day - member.joined])
    if complains(member, day, response.complaint_share * min(1.0, tired), log):
        member.complaints += 1
        today.complaints += 1.0
        move_trust(member, -response.complaint_trust)
    if leaves(member, day, hazard, log):
        member.left = day
        member.coupon = 0
        today.departed += 1.0


@inlined
def leaves(member: MemberRecord, day: int, hazard: float, log: Any) -> bool:
    """Whether she leaves today; a log gathers L, the integral at omega = 1, and the hazard of the day itself."""
    if log is None:
        member.leave_left -= member.frailty * hazard
        return member.leave_left <= 0.0
    log.evidence.leave_integral += hazard
    if log.left != day:
        return False
    log.evidence.leave_hazard = hazard
    return True


@inlined
def complains(member: MemberRecord, day: int, hazard: float, log: Any) -> bool:
    """A complaint happens at most once a day: what passes the threshold by is dropped (exact: P = 1 - e^-h)."""
    if log is None:
        member.complaint_left -= member.frailty * hazard
        if member.complaint_left > 0.0:
            return False
        member.complaint_left = exponential(member.key, draws.COMPLAINT, member.complaints + 1)
        return True
    evidence = log.evidence
    evidence.complaint_integral += hazard
    at = evidence.complaints
    if not (at < len(log.complaint_days) and log.complaint_days[at] == day):
        return False
    evidence.complaints += 1
    evidence.complaint_log += math.log(max(hazard, _TINY))
    return True


# --- the clock and orders (section 2) --------------------------------------------------------------------------------


@inlined
def demand(member: MemberRecord, day: int, world: Any) -> float:
    """m = M x / (M - 1 + x); x = (1 + b_trust R)(1 + b_interest S/(1+S)) coupon pull. 1 with no operations."""
    response = world.response
    x = (1.0 - response.habit_on_demand * member.habit) * (1.0 - member.pull)
    if member.left != NEVER:
        return x  # on the public side
    interest = member.interest
    x *= 1.0 + response.trust_on_demand * member.trust
    x *= 1.0 + response.interest_on_demand * interest / (1.0 + interest)
    if member.coupon != 0 and day <= member.coupon_until:
        x *= 1.0 + response.coupon_appeal[member.persona] * coupon_value(member, day, world)
    return response.ceiling * x / (response.ceiling - 1.0 + x)


@inlined
def buy(member: MemberRecord, day: int, world: Any, log: Any, today: Any, purse: Any) -> None:
    """Orders of the day, at their exact times: d tau = m s dt, an order whenever lambda tau passes a threshold."""
    m = demand(member, day, world)
    clock = m * world.season[day]
    if day >= world.window_from and member.left == NEVER:
        member.window_demand += m
    if log is not None:
        buy_as_logged(member, day, m, clock, world, log, today)
    elif member.order_left <= member.rate * clock:
        place_orders(member, day, m, clock, world, today, purse)
    else:
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
        when = day + (1.0 - left_today / clock)
        place_order(member, day, when, m, world, today, purse)
    member.order_left -= member.rate * left_today
    member.tau += left_today


@compiled
def place_order(member: MemberRecord, day: int, when: float, m: float, world: Any, today: Any, purse: Any) -> None:
    """One order: basket, coupon, money; then whether it was the last one, and the next threshold."""
    basket = fill_basket(member, day, world)
    discount = redeem(member, day, basket, world, purse)
    settle(member, day, basket, discount, world, today)
    note_order(member, day, when, m, discount > 0, world, today)
    member.orders += 1
    survives = math.exp(member.last_exponent * math.log1p(-member.loss_chance))
    if member.frequency > 0 and uniform(member.key, draws.LOSS, member.orders) >= survives:
        member.lost = 1
        member.order_left = math.inf
    else:
        member.order_left = exponential(member.key, draws.ORDER, member.orders)
    order = purse.orders[purse.ordered]
    order.key = member.key
    order.time = when
    order.amount = basket - discount
    order.discount = discount
    order.in_pool = member.left == NEVER
    purse.ordered += 1


@compiled
def fill_basket(member: MemberRecord, day: int, world: Any) -> int:
    """basket ~ Gamma(p_z, rate nu_i) in minor units; trust raises it a little, a threshold coupon may top it up."""
    market, response = world.market, world.response
    basket = gamma(member.key, draws.BASKET, member.orders, market.p) / member.basket_rate
    if member.left == NEVER:
        basket *= 1.0 + response.trust_on_basket * max(0.0, member.trust)
        if member.coupon != 0 and day <= member.coupon_until:
            threshold = world.coupons[member.coupon - 1].min_spend
            if basket < threshold and uniform(member.key, draws.TOP_UP, member.orders) < response.top_up:
                basket = threshold
    return round(basket * market.minor_units)


@compiled
def settle(member: MemberRecord, day: int, basket: int, discount: int, world: Any, today: Any) -> None:
    """The order's money: margin on the basket's value less the discount."""
    market = world.market
    book(member, day, (basket * market.margin - discount) / market.minor_units, world, today)
    today.orders_by_group[member.group] += 1.0
    today.sales += (basket - discount) / market.minor_units
    today.discounts += discount / market.minor_units
    today.orders += 1.0
    if discount > 0:
        today.discounted_orders += 1.0
    member.spend += basket - discount
    if discount > 0 and day >= world.window_from:
        member.window_cost += discount / market.minor_units


@compiled
def book(member: MemberRecord, day: int, money: float, world: Any, today: Any) -> None:
    """Contribution of one member: to her group's day, to her own value discounted to the day of joining, to her cohort."""
    today.contribution[member.group] += money
    member.value += money * world.discount[day - member.joined]
    if member.group != FOUNDER:
        today.cohort_contribution[member.joined // MONTH] += money


@compiled
def spend_on(member: MemberRecord, day: int, cost: float, world: Any, today: Any) -> None:
    """A cost of operations that one member causes."""
    today.message_cost += cost
    book(member, day, -cost, world, today)
    if day >= world.window_from:
        member.window_cost += cost


@compiled
def note_order(member: MemberRecord, day: int, when: float, m: float, discounted: bool, world: Any, today: Any) -> None:
    """What an order, simulated or logged, does to her record: x, t_x, G_x, habit, buying ahead, silence."""
    response = world.response
    if member.prospect:
        begin_as_customer(member, day, world, today)
    else:
        today.gaps += 1.0
        today.gap_days += when - member.last_order
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
    else:
        member.habit -= response.habit_down * member.habit
    member.last_order = when
    if member.left == NEVER:
        today.pool_orders += 1.0
        if member.last_sent != NEVER and day - member.last_sent <= 2:
            today.orders_after_message += 1.0
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


# --- the end of the day (section 5) ----------------------------------------------------------------------------------


@inlined
def stage(member: MemberRecord, day: int) -> int:
    """The lifecycle stage, read off the record: what a brand can see, never lambda, p, q or lost."""
    if member.left != NEVER:
        return LEFT
    if day - member.last_seen >= SILENT_AFTER:
        return SILENT
    if day - member.joined < 3:
        return NEW
    if member.prospect:
        return ENGAGED
    # CUSTOMER; with the first repeat order REPEAT, with the third LOYAL: sums, for nobody can guess these branches
    return CUSTOMER + (member.frequency >= 1) + (member.frequency >= 3)


@inlined
def count(member: MemberRecord, day: int, world: Any, today: Any) -> None:
    """Add her to the day's totals."""
    now = stage(member, day)
    today.stages[now] += 1.0
    if now == LEFT:
        return
    today.pool += 1.0
    silence = day - member.last_seen
    interacted = member.clicks + member.orders > 0
    today.active_7 += interacted & (silence < 7)
    today.active_30 += interacted & (silence < 30)
    if silence == SILENT_AFTER and day + 14 < world.days:
        today.episodes += 1.0
    today.trust += member.trust
    today.fatigue += member.fatigue / member.tolerance
    today.present[member.group] += world.discount[day - member.joined]
    if member.group != FOUNDER:
        today.cohort_pool[member.joined // MONTH] += 1.0
