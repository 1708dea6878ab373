"""A day of a whole tile: the stages of sim/behaviour, each for all lanes before the next.

What every member does every day is a loop without a branch that matters, which becomes vector instructions; what few do
(an order, a click, leaving) is a second loop over those it happens to. The functions are those that a single member's day
calls, in her order, so the result is the same to the bit: nobody's day depends on another's, and sums are exact
(sim/arithmetic.py).
"""

from typing import Any

import numpy as np

from sim.engine.arithmetic import on_grid
from sim.behaviour import (
    age,
    book_today,
    click,
    complain,
    complains,
    count_present,
    demand,
    hazards_of,
    impact_on,
    is_due,
    leave,
    leaves,
    pay,
    place_orders,
    stage,
    take_coupon,
    take_in,
    tempt,
    wait,
)
from sim.behaviour.messages import Impact
from sim.engine.compiling import compiled, inlined
from sim.engine.lanes import lane, put_back, take
from sim.members import NEVER
from sim.world import LEFT, MAX_SEGMENTS, MILLION, MOST_ORDERS_A_DAY, NEW, SILENT_AFTER


@compiled
def load(tile: Any, members: np.ndarray, n: int, world: Any) -> None:
    """Take the first n members into the tile."""
    segments, apart = 0, 0
    for i in range(n):
        member = lane(tile, members, i)
        take(member)
        member.fit = world.fit[member.channel]
        if member.left != NEVER:
            member.frailty = 0.0
        segments |= 1 << member.segment
        apart |= (member.joined != tile.joined[0]) | (member.group != tile.group[0])
    tile.segments = segments
    tile.together = apart == 0


@compiled
def store(tile: Any, members: np.ndarray, n: int) -> None:
    """Write the tile back to their records."""
    for i in range(n):
        put_back(lane(tile, members, i))


@compiled
def until_orders(tile: Any, members: np.ndarray, n: int, day: int, world: Any, today: Any) -> None:
    """The day up to its orders, which `place_due_orders` makes."""
    pass_night(tile, members, n, world)
    hand_out(tile, members, n, day, world, today)
    most = plan_today(tile, members, n, day, world)
    for slot in range(most):
        if deliver_all(tile, members, n, day, slot, world, today):
            read_all(tile, members, n, day, world, today)
    decide_all(tile, members, n, day, world, today)
    demand_all(tile, members, n, day, world)


@compiled
def pass_night(tile: Any, members: np.ndarray, n: int, world: Any) -> None:
    """Everything that fades, fades."""
    for i in range(n):
        age(lane(tile, members, i), world)


@compiled
def hand_out(tile: Any, members: np.ndarray, n: int, day: int, world: Any, today: Any) -> None:
    """Today's coupons."""
    issues = world.issues[day - world.week_start]
    if issues == 0:
        return
    for i in range(n):
        member = lane(tile, members, i)
        handed_out = issues & member.eligible
        if handed_out != 0 and member.left == NEVER:
            take_coupon(member, day, handed_out, world, today)


@compiled
def plan_today(tile: Any, members: np.ndarray, n: int, day: int, world: Any) -> int:
    """What each finds in tables: by her age, and how many messages today. Returns the most of anybody."""
    if tile.together:
        age = day - tile.joined[0]
        early, discount = world.early[age], world.discount[age]
        for i in range(n):
            tile.early[i] = early
            tile.discount[i] = discount
    else:
        for i in range(n):
            age = day - tile.joined[i]
            tile.early[i] = world.early[age]
            tile.discount[i] = world.discount[age]
    most = 0
    for i in range(n):
        tile.sent[i] = 0
    for segment in range(MAX_SEGMENTS):
        sends = world.sends[segment, day - world.week_start]
        if sends and (tile.segments >> segment) & 1:
            most = max(most, sends)
            for i in range(n):
                tile.sent[i] = sends if tile.segment[i] == segment else tile.sent[i]
    return most


@compiled
def deliver_all(tile: Any, members: np.ndarray, n: int, day: int, slot: int, world: Any, today: Any) -> int:
    """The slot-th message of the day to all who get one; returns how many. To the others it does nothing."""
    heard = 0
    for i in range(n):
        member = lane(tile, members, i)
        member.amount, member.reach, member.trust_gain, member.interest_gain, member.weight = 0.0, 0.0, 0.0, 0.0, 0.0
    for segment in range(MAX_SEGMENTS):
        if (tile.segments >> segment) & 1 and slot < world.sends[segment, day - world.week_start]:
            message = world.messages[segment, day - world.week_start, slot]
            heard += deliver_to(tile, members, n, day, segment, message, world)
    cost = total(tile.amount, n)
    today.delivered += heard
    today.message_cost += cost
    if tile.together:
        book_today(tile.group[0], tile.joined[0], -cost, today)
    else:
        for i in range(n):
            book_today(tile.group[i], tile.joined[i], -tile.amount[i], today)
    return heard


@compiled
def deliver_to(tile: Any, members: np.ndarray, n: int, day: int, segment: int, message: Any, world: Any) -> int:
    """One message to a segment; returns to how many."""
    heard = 0
    in_window, cost, money = day >= world.window_from, message.cost, message.cost / MILLION
    on_0, on_1 = impact_on(0, 1.0, message, world), impact_on(1, 1.0, message, world)
    on_2, on_3 = impact_on(2, 1.0, message, world), impact_on(3, 1.0, message, world)
    for i in range(n):
        member = lane(tile, members, i)
        hit = (member.segment == segment) & (member.left == NEVER)
        heard += hit
        if hit:
            persona = member.persona
            member.reach = choose(persona, on_0.reach, on_1.reach, on_2.reach, on_3.reach)
            member.affinity = choose(persona, on_0.affinity, on_1.affinity, on_2.affinity, on_3.affinity)
            member.trust_gain = on_0.trust
            member.interest_gain = on_0.interest * member.fit
            member.weight = on_0.weight
            member.amount = cost
            member.last_sent = day
            pay(member, money, member.discount, in_window)
    return heard


@inlined
def choose(persona: int, a: float, b: float, c: float, d: float) -> float:
    """One of four, without a table."""
    return (a if persona == 0 else b) if persona <= 1 else (c if persona == 2 else d)


@compiled
def read_all(tile: Any, members: np.ndarray, n: int, day: int, world: Any, today: Any) -> None:
    """All read with their probabilities (without a message 0, which moves nothing); then those click who do."""
    clicking = 0
    for i in range(n):
        member = lane(tile, members, i)
        impact = Impact(member.reach, member.affinity, member.trust_gain, member.interest_gain, member.weight)
        q = take_in(member, impact, world)
        tempt(member, world.response.click_rate * q)
        member.amount = on_grid(q)
        clicking += member.click_left >= 1.0
    today.reads += total(tile.amount, n)
    if clicking:
        for i in range(n):
            member = lane(tile, members, i)
            if member.click_left >= 1.0:
                click(member, day, world, None, today)


@compiled
def decide_all(tile: Any, members: np.ndarray, n: int, day: int, world: Any, today: Any) -> None:
    """Everybody's hazards (nobody's for who has left: her lane has no frailty); then those complain and leave who do."""
    deciding = 0
    for i in range(n):
        member = lane(tile, members, i)
        hazards = hazards_of(member, day, member.sent, member.early, world)
        decides = complains(member, day, hazards.complaint, None) | leaves(member, day, hazards.leave, None)
        deciding += decides & (member.left == NEVER)
    if deciding:
        for i in range(n):
            member = lane(tile, members, i)
            if member.left == NEVER:
                if member.complaint_left <= 0.0:
                    complain(member, day, world, None, today)
                if member.leave_left <= 0.0:
                    leave(member, day, today)
                    member.frailty = 0.0


@compiled
def demand_all(tile: Any, members: np.ndarray, n: int, day: int, world: Any) -> None:
    """Everybody's clock; who is due waits for `place_due_orders`."""
    season = world.season[day]
    for i in range(n):
        member = lane(tile, members, i)
        m = demand(member, day, world)
        clock = m * season
        member.m = m
        member.due = is_due(member, clock)
        if not member.due:
            wait(member, clock)
        if day >= world.window_from and member.left == NEVER:
            member.window_demand += m


@compiled
def place_due_orders(
    tile: Any, members: np.ndarray, i: int, n: int, day: int, world: Any, today: Any, purse: Any
) -> int:
    """The orders of lanes i.. that are due, while the purse has room; returns the lane to go on with."""
    room = len(purse.orders) - MOST_ORDERS_A_DAY
    season = world.season[day]
    while i < n:
        if tile.due[i]:
            if purse.ordered > room:
                return i
            place_orders(lane(tile, members, i), day, tile.m[i], tile.m[i] * season, world, today, purse)
        i += 1
    return n


@compiled
def count_all(tile: Any, members: np.ndarray, n: int, day: int, world: Any, today: Any) -> None:
    """Add everybody to the day's totals."""
    for i in range(n):
        member = lane(tile, members, i)
        member.stage = stage(member, day)
    pool = 0
    for k in range(NEW, LEFT + 1):
        found = 0
        for i in range(n):
            found += tile.stage[i] == k
        today.stages[k] += found
        pool += found if k != LEFT else 0
    today.pool += pool
    active_7, active_30, episodes = 0, 0, 0
    for i in range(n):
        member = lane(tile, members, i)
        here = member.left == NEVER
        silence = day - member.last_seen
        interacted = here & (member.clicks + member.orders > 0)
        active_7 += interacted & (silence < 7)
        active_30 += interacted & (silence < 30)
        episodes += here & (silence == SILENT_AFTER)
    today.active_7 += active_7
    today.active_30 += active_30
    if day + 14 < world.days:
        today.episodes += episodes
    for i in range(n):
        member = lane(tile, members, i)
        member.amount = on_grid(member.trust) if member.left == NEVER else 0.0
    today.trust += total(tile.amount, n)
    for i in range(n):
        member = lane(tile, members, i)
        member.amount = on_grid(member.fatigue / member.tolerance) if member.left == NEVER else 0.0
    today.fatigue += total(tile.amount, n)
    if tile.together:
        count_present(tile.group[0], tile.joined[0], day, pool, world, today)
    else:
        for i in range(n):
            count_present(tile.group[i], tile.joined[i], day, tile.left[i] == NEVER, world, today)


@compiled
def total(amounts: np.ndarray, n: int) -> float:
    """The sum of the first n, all on the grid: eight sums side by side, so that none waits for its last addition."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    whole = n - n % 8
    for i in range(0, whole, 8):
        a += amounts[i]
        b += amounts[i + 1]
        c += amounts[i + 2]
        d += amounts[i + 3]
        e += amounts[i + 4]
        f += amounts[i + 5]
        g += amounts[i + 6]
        h += amounts[i + 7]
    for i in range(whole, n):
        a += amounts[i]
    return a + b + c + d + e + f + g + h
