"""The end of a run: what is read off the records, and the rest of each member's life in closed form.

Lifetime value is what was realised in the horizon plus the rest, with the scenario's own parameters and never refitted
(docs/model.md, section 7). Given lambda and p everything is exponential in time, so the discounted orders to come are closed
form; lambda and p are integrated over their posterior given her history by Gauss quadrature.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.behaviour.buying import loyalty_exponent, rhythm_rate
from sim.catalogue import (
    CAME_AS_PROSPECT,
    EARLY_DAYS,
    FIRST_IN_TIME,
    FOUNDER,
    KEPT_7,
    KEPT_30,
    NEVER,
    SECOND_IN_TIME,
    SILENT_AFTER,
    UNKNOWN,
    WINDOW,
)
from sim.engine.compiling import compiled
from sim.quadrature import Nodes
from sim.roles import Market, Member, Totals, World

LTV_DAYS = 3 * 365

CLOSING = np.dtype(
    [
        *[
            (name, "f8")
            for name in (
                "members", "founders", "joiners", "member_days",
                "tenured", "tenured_left", "tenured_silent", "tenured_lost",
                "d7_base", "d7_kept", "d30_base", "d30_kept",
                "first_base", "first_in_time", "second_base", "second_in_time",
                "pool", "active_7", "active_30", "silent",
                "held", "ran_out", "tagged", "tagged_rightly", "chose",
            )
        ],
        ("value", "f8", (3,)),  # realised contribution by group, each discounted to her day of joining
        ("rest", "f8", (3,)),  # the same for what is still to come
    ]
)  # fmt: skip


class Horizon(NamedTuple):
    """What the rest of life is valued with."""

    day: int  # days simulated
    force: float  # force of interest a day: log(1 + yearly rate) / 365
    tools: float  # tools' cost a member a day at the end
    first_shape: np.ndarray  # float64[channels + 1]: Gamma(shape, rate) of first-order rates
    first_rate: np.ndarray
    discounts: np.ndarray  # float64[4]: share of baskets given away in the pool over the last 90 days, by tag


@compiled
def close(members: np.ndarray, world: World, horizon: Horizon, nodes: Nodes, total: Totals, rests: np.ndarray) -> None:
    """Add a block's members to `total` (one record of CLOSING).

    `rests`: float64[members] takes the rest of each one's value; float64[0] if nobody wants it.
    """
    for i in range(len(members)):
        member = members[i]
        if member.joined >= horizon.day:
            continue
        count_at_end(member, horizon.day, world, total)
        total.value[member.group] += member.value
        rest = rest_of_life(member, world, horizon, nodes)
        total.rest[member.group] += rest
        if len(rests):
            rests[i] = rest


@compiled
def count_at_end(member: Member, end: int, world: World, total: Totals) -> None:
    """Shares that need the end of the run: churn, retention, conversion, repurchase, activity."""
    follow_up = end - member.joined
    inside = member.left == NEVER
    silence = end - 1 - member.last_seen
    total.members += 1.0
    total.member_days += follow_up
    if member.group == FOUNDER:
        total.founders += 1.0
    else:
        total.joiners += 1.0
        retained(member, follow_up, total)
    if follow_up >= 90:
        total.tenured += 1.0
        total.tenured_lost += member.lost
        if not inside:
            total.tenured_left += 1.0
        elif silence >= SILENT_AFTER:
            total.tenured_silent += 1.0
    if member.bought_at != NEVER and end - member.bought_at > world.repurchase_window:
        total.second_base += 1.0
        total.second_in_time += (member.kept & SECOND_IN_TIME) != 0
    if inside:
        active = member.clicks + member.visits + member.orders > 0
        total.pool += 1.0
        total.active_7 += active and silence < 7
        total.active_30 += active and silence < 30
        total.silent += silence >= SILENT_AFTER
        total.tagged += member.known != UNKNOWN
        total.tagged_rightly += member.known == member.taste
        total.chose += member.choice != 0
    if member.coupon != 0:
        total.held += end <= member.coupon_until
        total.ran_out += end > member.coupon_until


@compiled
def retained(member: Member, follow_up: int, total: Totals) -> None:
    """D7 and D30 of a joiner: still in and interacted on days 1-7, 24-30; a prospect's first order within 30 days."""
    stayed = follow_up if member.left == NEVER else member.left - member.joined
    if follow_up > 7:
        total.d7_base += 1.0
        total.d7_kept += stayed > 7 and (member.kept & KEPT_7) != 0
    if follow_up > 30:
        total.d30_base += 1.0
        total.d30_kept += stayed > 30 and (member.kept & KEPT_30) != 0
    if follow_up >= 30 and (member.kept & CAME_AS_PROSPECT) != 0:
        total.first_base += 1.0
        total.first_in_time += (member.kept & FIRST_IN_TIME) != 0


# --- the rest of life ------------------------------------------------------------------------------------------------


@compiled
def rest_of_life(member: Member, world: World, horizon: Horizon, nodes: Nodes) -> float:
    """Expected contribution from the end of the run to three years after joining, discounted to the day of joining.

    In the pool she orders at her last-90-day mean m and exponent g, her trust raises baskets as today and discounts take
    from them what they took from others with her tag in the last 90 days, she costs her mean cost a day, and leaves at her
    mean hazard; outside she orders at public demand and costs nothing.
    """
    tenure = horizon.day - member.joined
    ahead = LTV_DAYS - tenure
    if ahead <= 0:
        return 0.0
    response = world.response
    public = 1.0 - response.habit_on_demand * member.habit
    m, exit_hazard, cost, stays = public, 0.0, 0.0, 0.0
    if member.left == NEVER:
        days = min(WINDOW, tenure)
        m, exit_hazard = member.window_demand / days, member.window_exit / days
        cost = member.window_cost / days + horizon.tools
        early = response.leave_early * EARLY_DAYS * math.exp(-tenure / EARLY_DAYS)
        stays = math.exp(-member.frailty * early)  # the hazard of leaving early is over in days
    paid = world.market.margin * world.market.p / member.basket_rate
    given_away = horizon.discounts[member.tag] / max(world.market.margin, 1e-9)  # of an order's margin
    worth = (1.0 + response.trust_on_basket * max(0.0, member.trust)) * (1.0 - given_away)  # in the pool; outside 1
    inside = _orders(member, m, worth, public, exit_hazard, ahead, world, horizon, nodes) if stays > 0.0 else 0.0
    outside = _orders(member, public, 1.0, public, 0.0, ahead, world, horizon, nodes) if stays < 0.999 else inside
    value = paid * (stays * inside + (1.0 - stays) * outside)
    value -= stays * cost * _annuity(horizon.force + exit_hazard, ahead)
    return value * math.exp(-horizon.force * tenure)


@compiled
def _annuity(force: float, days: float) -> float:
    """Present value of one unit a day for `days` days: (1 - e^(-force days)) / force."""
    z = force * days
    if z < 1e-8:
        return days * (1.0 - 0.5 * z)
    return -math.expm1(-z) / force


@compiled
def _orders(
    member: Member,
    m: float,
    worth: float,
    public: float,
    exit_hazard: float,
    ahead: float,
    world: World,
    horizon: Horizon,
    nodes: Nodes,
) -> float:
    """Expected discounted orders of a member in the days ahead, one in the pool counted as `worth`."""
    response = world.response
    g = loyalty_exponent(member.trust, m, response.trust_on_loyalty, response.life_exponent)
    g_public = loyalty_exponent(0.0, public, response.trust_on_loyalty, response.life_exponent)
    alpha = rhythm_rate(member, world)
    if not member.prospect:
        chance = alive(
            member.frequency,
            member.tau_last,
            member.tau,
            member.exponents,
            member.last_exponent,
            alpha,
            world.market,
        )
        return chance * discounted_orders(
            member.frequency, alpha + member.tau, member.exponents, m, worth, g, public, g_public,
            exit_hazard, ahead, horizon.force, world.market.r, nodes,
        )  # fmt: skip
    return _prospect_orders(
        member, alpha, m, worth, g, public, g_public, exit_hazard, ahead, world, horizon, nodes
    )  # fmt: skip


@compiled
def alive(
    x: int, tau_last: float, tau: float, exponents: float, last_exponent: float, alpha: float, market: Market
) -> float:
    """P(alive) with loyalty exponents: the two braces of docs/model.md section 8, one over their sum."""
    if x == 0:
        return 1.0
    a, b = market.a, market.b
    before = exponents - last_exponent
    # B(a, b + G_{x-1}) / B(a, b + G_x)
    log_ratio = (
        math.lgamma(b + before) - math.lgamma(a + b + before)
        - math.lgamma(b + exponents) + math.lgamma(a + b + exponents)
    )  # fmt: skip
    odds = max(math.expm1(log_ratio), 0.0)
    if odds == 0.0:
        return 1.0
    log_odds = math.log(odds) + (market.r + x) * math.log((alpha + tau) / (alpha + tau_last))
    return 1.0 / (1.0 + math.exp(min(log_odds, 700.0)))


@compiled
def discounted_orders(
    x: int, rate: float, exponents: float, m: float, worth: float, g: float, public: float, g_public: float,
    exit_hazard: float, ahead: float, force: float, r: float, nodes: Nodes,
) -> float:  # fmt: skip
    """Expected discounted orders of one who is alive: lambda ~ Gamma(r + x, rate), p ~ Beta(a, b + G_x)."""
    level = np.searchsorted(nodes.exponents, exponents, side="right") - 1
    more = exponents - nodes.exponents[level]
    total = 0.0
    weight = 0.0
    for k in range(nodes.stays.shape[1]):
        stay = nodes.stays[level, k]
        w = nodes.loss_weights[level, k]
        if more > 0.0:
            w *= math.exp(more * stay)
        lost = 1.0 - math.exp(g * stay)
        lost_public = 1.0 - math.exp(g_public * stay) if exit_hazard > 0.0 else lost
        inner = 0.0
        for j in range(len(nodes.normal)):
            lam, share = _rate_node(x, j, r, nodes)
            inner += share * _given(lam / rate, lost, lost_public, m, worth, public, exit_hazard, ahead, force)
        total += w * inner
        weight += w
    return total / (weight * rate) if weight > 0.0 else 0.0  # so sure of a loss that no weight is left


@compiled
def _rate_node(x: int, j: int, r: float, nodes: Nodes) -> tuple[float, float]:
    """Node j for Gamma(r + x, 1) and its weight, which holds the factor lambda."""
    if x < len(nodes.rates):
        return nodes.rates[x, j], nodes.rate_weights[x, j]
    shape = r + x + 1.0
    root = 1.0 - 1.0 / (9.0 * shape) + nodes.normal[j] / (3.0 * math.sqrt(shape))
    return shape * max(root, 0.0) ** 3, (r + x) * nodes.normal_weights[j]


@compiled
def _given(
    lam: float,
    lost: float,
    lost_public: float,
    m: float,
    worth: float,
    public: float,
    exit_hazard: float,
    ahead: float,
    force: float,
) -> float:
    """Expected discounted orders per unit of lambda, given lambda and p: in the pool until an exponential exit, then public.

    With A = force + exit + lambda m p', B = force + lambda m_public p'_public and U days ahead:
    worth m (1 - e^-AU)/A + exit m_public / B ((1 - e^-AU)/A - (e^-BU - e^-AU)/(A - B)).
    """
    fall = force + exit_hazard + lam * m * lost
    end = math.exp(-fall * ahead)
    inside = (1.0 - end) / fall
    if exit_hazard == 0.0:
        return worth * m * inside
    fall_public = force + lam * public * lost_public
    gap = fall - fall_public
    overlap = (math.exp(-fall_public * ahead) - end) / gap if abs(gap) * ahead > 1e-6 else ahead * end
    return worth * m * inside + exit_hazard * public * (inside - overlap) / fall_public


@compiled
def _prospect_orders(
    member: Member, alpha: float, m: float, worth: float, g: float, public: float, g_public: float,
    exit_hazard: float, ahead: float, world: World, horizon: Horizon, nodes: Nodes,
) -> float:  # fmt: skip
    """The first order at rate f ~ Gamma(shape, rate + exposure so far), then a new customer's orders.

    The time of the first order is integrated numerically; a new customer's value over the days then left is interpolated
    (a cubic in days^(2/3), within 0.3 %: it rises steeply at first and slowly later). An exit before it leaves f at
    public demand.
    """
    shape = horizon.first_shape[member.channel]
    rate = horizon.first_rate[member.channel] + member.tau
    new = np.zeros(4)
    for k in range(1, 4):
        new[k] = discounted_orders(
            0, alpha, 0.0, m, worth, g, public, g_public, exit_hazard, ahead * (k / 3.0) ** 1.5, horizon.force,
            world.market.r, nodes,
        )  # fmt: skip
    total = 0.0
    for j in range(len(nodes.legendre)):
        # u = ahead z^2 gathers nodes near 0, where most first orders are
        z = nodes.legendre[j]
        u, width = ahead * z * z, 2.0 * ahead * z * nodes.legendre_weights[j]
        inside = math.exp(-exit_hazard * u)
        pace = inside * m + (1.0 - inside) * public  # mean demand at u
        first = (inside * m * worth + (1.0 - inside) * public) / pace
        passed = public * u + (m - public) * _annuity(exit_hazard, u)
        density = pace * shape / (rate + passed) * (rate / (rate + passed)) ** shape
        total += (
            width * density * math.exp(-horizon.force * u) * (first + _cubic(new, 3.0 * (1.0 - z * z) ** (2.0 / 3.0)))
        )
    return total


@compiled
def _cubic(y: np.ndarray, t: float) -> float:
    """Lagrange's cubic through (0, y0) .. (3, y3) at t."""
    return (
        -y[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0
        + y[1] * t * (t - 2.0) * (t - 3.0) / 2.0
        - y[2] * t * (t - 1.0) * (t - 3.0) / 2.0
        + y[3] * t * (t - 1.0) * (t - 2.0) / 6.0
    )
