"""The rest of a member's life in closed form: what she will contribute until three years after joining.

Lifetime value is what was realised in the horizon plus the rest, with the scenario's own parameters and never refitted
(docs/model.md, section 7). In each part of the time to come demand, trust and the hazard of leaving hold still
(sim/outlook.py). Given lambda and p everything is then exponential in time, so the discounted orders to come are closed
form; lambda and p are integrated over their posterior given her history by Gauss quadrature.
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from sim.behaviour.buying import loyalty_exponent, rhythm_rate
from sim.catalogue import EARLY_DAYS, FOUNDER, MAX_CHANNELS, NEVER, PERSONAS, WINDOW
from sim.engine.arithmetic import expm1
from sim.engine.compiling import compiled
from sim.engine.fields import record
from sim.outlook import (
    COST,
    DEMAND,
    GONE,
    HABIT,
    LEAVING,
    OUTLOOK,
    PARTS,
    STAYING,
    TRAITS,
    TRUST,
    WHAT,
    Outlook,
    describe,
    foresee,
)
from sim.posterior import alive, alive_chosen, place_losses, rate_node, was_chosen
from sim.quadrature import LEGENDRE, MOST_LOSSES, MOST_RATES, Nodes
from sim.roles import Member, Path, World
from sim.selection import weight_of

__all__ = ["HORIZON", "LTV_DAYS", "PATH", "Horizon", "Path", "Public", "path_along", "rest_of_life"]

LTV_DAYS = 3 * 365


# What the rest of life is valued with. A record, as is whatever compiled code takes for each member: references to arrays of
# their own would be counted with every call.
HORIZON = record(
    [
        ("day", "i8"),  # days simulated
        ("force", "f8"),  # force of interest a day: log(1 + yearly rate) / 365
        ("tools", "f8"),  # tools' cost a member a day at the end
        ("first_shape", "f8", (MAX_CHANNELS + 2,)),  # Gamma(shape, rate) of first-order rates, by channel
        ("first_rate", "f8", (MAX_CHANNELS + 2,)),
        ("discounts", "f8", (len(PERSONAS),)),  # share of baskets given away in the pool, by tag
        ("outlook", OUTLOOK),
    ]
)
Horizon: TypeAlias = Any  # a record of HORIZON


MOST_NODES = MOST_RATES * MOST_LOSSES  # pairs of a node of lambda and one of p
# What is foreseen for a member, for each part of the time to come, and room to work in for all pairs of nodes, side by side.
PATH = record(
    [
        ("parts", "i8"),
        ("nodes", "i8"),
        ("until", "f8", (PARTS,)),  # days from now; the last part goes on for ever
        ("m", "f8", (PARTS,)),  # demand in the pool
        ("worth", "f8", (PARTS,)),  # public orders that one in the pool counts as
        ("g", "f8", (PARTS,)),  # exponent of an order's survival in the pool
        ("exit", "f8", (PARTS,)),  # hazard of leaving a day
        ("gone", "f8", (PARTS,)),  # the same as far as costs go: alive as a customer or not
        ("cost", "f8", (PARTS,)),  # a day, of messages and the like
        ("present", "f8", (PARTS,)),  # share of the days in the pool
        ("traits", "f8", (TRAITS,)),
        ("foreseen", "f8", (WHAT * PARTS,)),  # by sim/outlook.py
        ("rate", "f8", (MOST_NODES,)),  # lambda
        ("lost", "f8", (PARTS + 1, MOST_NODES)),  # a loss per order in the pool, in each part; last, outside
        ("inside", "f8", (MOST_NODES,)),  # share in the pool and alive, discounted
        ("outside", "f8", (MOST_NODES,)),
        ("orders", "f8", (MOST_NODES,)),  # so far, a unit of lambda
        ("weight", "i8"),  # w: the power of lambda by which her channel met her (sim/selection.py)
        ("age", "f8"),  # A: days that the shop had sold for then; 0 of one who was not chosen
        ("stays", "f8", (MOST_LOSSES,)),  # log(1 - p) at the nodes of p, and their weights
        ("weights", "f8", (MOST_LOSSES,)),
        ("slower", "f8", (MOST_LOSSES,)),  # by what p slows lambda down: (alpha + tau) / (alpha + tau + p A)
    ]
)


class Public(NamedTuple):
    """Demand outside the pool, and the exponent of an order's survival there."""

    m: float
    g: float


def path_along(outlook: Outlook, nodes: Nodes) -> Path:
    """A path to be written by `look_ahead`, over and over: PATH[1]."""
    path = np.zeros(1, PATH)
    path["parts"], path["until"] = outlook["parts"], outlook["until"]
    path["nodes"] = nodes["rate_nodes"] * nodes["loss_nodes"]
    return path


@compiled
def rest_of_life(member: Member, world: World, horizon: Horizon, nodes: Nodes, path: Path) -> float:
    """Expected contribution from the end of the run to three years after joining, discounted to the day of joining.

    In the pool she orders, costs and leaves as is foreseen for her; outside she orders at public demand and costs nothing.
    `path` (a record of PATH) is room to work in.
    """
    tenure = horizon.day - member.joined
    ahead = LTV_DAYS - tenure
    if ahead <= 0:
        return 0.0
    paid = world.market.margin * world.market.p / member.basket_rate * (1.0 - world.market.returns)
    stays = _stays_at_first(member, world, tenure)
    value = 0.0
    if stays < 0.999:
        public = public_of(member.habit, world)
        _stay_outside(public, path)
        value += (1.0 - stays) * paid * _orders(member, path, public, ahead, world, horizon, nodes)
    if stays > 0.0:
        public = public_of(look_ahead(member, world, horizon, path), world)
        part = stays if stays < 0.999 else 1.0
        value += part * paid * _orders(member, path, public, ahead, world, horizon, nodes)
        value -= _costs(path, stays, ahead, horizon)
    return value * math.exp(-horizon.force * tenure)


@compiled
def _stays_at_first(member: Member, world: World, tenure: int) -> float:
    """The chance to get over the hazard of leaving just after joining, which is over in days; 0 for who has left."""
    if member.left != NEVER:
        return 0.0
    if member.group == FOUNDER:
        return 1.0
    hasty = 2.0 - min(1.0, world.acquisition.fit[member.channel])
    early = hasty * world.response.leave_early * EARLY_DAYS * math.exp(-tenure / EARLY_DAYS)
    chance: float = math.exp(-member.frailty * early * (1.0 - member.trust))
    return chance


@compiled
def look_ahead(member: Member, world: World, horizon: Horizon, path: Path) -> float:
    """Write what is foreseen for a member in the pool into `path`; returns the coupon habit with which she may leave.

    From a sample that lived on, or, where nothing is foreseen, from her last 90 days and her trust of today. Her trust
    raises baskets, and discounts take from them what they take from others with her tag.
    """
    outlook, response = horizon.outlook, world.response
    given_away = horizon.discounts[member.tag] / max(world.market.margin, 1e-9)  # of an order's margin
    if outlook.knows:
        describe(member, horizon.day, path.traits)
        foresee(outlook, path)
    for part in range(path.parts):
        if outlook.knows:
            m, trust = path.foreseen[DEMAND * PARTS + part], path.foreseen[TRUST * PARTS + part]
            path.exit[part] = member.frailty * path.foreseen[LEAVING * PARTS + part]
            path.gone[part] = member.frailty * path.foreseen[GONE * PARTS + part]
            path.cost[part] = path.foreseen[COST * PARTS + part]
            path.present[part] = path.foreseen[STAYING * PARTS + part]
        else:
            days = min(WINDOW, horizon.day - member.joined)
            m, trust = member.window_demand / days, float(member.trust)
            path.exit[part] = member.window_exit / days
            path.cost[part] = member.window_cost / days
            path.present[part] = 1.0
        path.m[part] = m
        path.g[part] = loyalty_exponent(trust, m, response.trust_on_loyalty, response.life_exponent)
        path.worth[part] = (1.0 + response.trust_on_basket * max(0.0, trust)) * (1.0 - given_away)
    habit: float = path.foreseen[HABIT * PARTS + PARTS - 1] if outlook.knows else member.habit
    return habit


@compiled
def public_of(habit: float, world: World) -> Public:
    """Outside the pool: demand with this coupon habit, and no trust."""
    response = world.response
    m = 1.0 - response.habit_on_demand * habit
    return Public(m, loyalty_exponent(0.0, m, response.trust_on_loyalty, response.life_exponent))


@compiled
def _stay_outside(public: Public, path: Path) -> None:
    """The path of one who has left: public demand for good."""
    for part in range(path.parts):
        path.m[part], path.g[part], path.worth[part], path.exit[part] = public.m, public.g, 1.0, 0.0


@compiled
def _costs(path: Path, stays: float, ahead: float, horizon: Horizon) -> float:
    """Present value of what a member costs in the days ahead, tools included.

    Foreseen costs hold the chance to have left; beyond what was watched they fall with her hazard of leaving,
    and per day in the pool as they fell before. Else they end with her exit.
    """
    outlook = horizon.outlook
    if not outlook.knows:
        as_now: float = stays * (path.cost[0] + horizon.tools) * _annuity(horizon.force + path.exit[0], ahead)
        return as_now
    total, start, last = 0.0, 0.0, path.parts - 1
    for part in range(last + 1):
        end = min(path.until[part] if part < last else start + outlook.last_days, ahead)
        if end <= start:
            return total
        a_day = path.cost[part] + path.present[part] * horizon.tools
        total += a_day * math.exp(-horizon.force * start) * _annuity(horizon.force, end - start)
        start = end
    if start < ahead:
        middle, leave = outlook.last_days / 2.0, path.gone[last]
        for a_day, fall in (
            (path.cost[last], leave + outlook.cost_fall),
            (path.present[last] * horizon.tools, leave),
        ):
            level = a_day * math.exp(-fall * middle - horizon.force * start)
            total += level * _annuity(horizon.force + fall, ahead - start)
    return total


@compiled
def _annuity(force: float, days: float) -> float:
    """Present value of one unit a day for `days` days: (1 - e^(-force days)) / force."""
    z = force * days
    value: float = days * (1.0 - 0.5 * z) if z < 1e-8 else -math.expm1(-z) / force
    return value


@compiled
def _orders(
    member: Member, path: Path, public: Public, ahead: float, world: World, horizon: Horizon, nodes: Nodes
) -> float:
    """Expected discounted orders of a member in the days ahead, one in the pool counted as its worth."""
    alpha = rhythm_rate(member, world)
    path.weight, path.age = 0, 0.0
    if member.prospect:
        return prospect_orders(member, alpha, path, public, ahead, world, horizon, nodes)
    x, more = member.frequency, member.exponents
    if was_chosen(member, world):
        path.weight, path.age = weight_of(world.acquisition.meets[member.channel]), world.market.shop_age
        chance = alive_chosen(member, alpha, world.market.r, path, nodes)
    else:
        chance = alive(x, member.tau_last, member.tau, more, member.last_exponent, alpha, world.market)
    rate = alpha + member.tau
    return chance * discounted_orders(x, rate, more, path, public, 0.0, ahead, horizon.force, world.market.r, nodes)


@compiled
def discounted_orders(
    x: int, rate: float, exponents: float, path: Path, public: Public,
    start: float, ahead: float, force: float, r: float, nodes: Nodes,
) -> float:  # fmt: skip
    """Expected discounted orders of one who is alive: lambda ~ Gamma(r + x, rate), p ~ Beta(a, b + G_x).

    Over `ahead` days from `start` days from now on, discounted to `start`. Of one whom her channel chose (path.weight w,
    path.age A) lambda ~ Gamma(r + w + x, rate + p A) given p ~ p^(a-1) (1-p)^(b+G_x-1) (rate + p A)^-(r+w+x).
    """
    rates, losses = nodes.rate_nodes, nodes.loss_nodes
    x += path.weight
    place_losses(exponents, rate, r + x, path, nodes)
    for part in range(PARTS + 1):
        g = path.g[part] if part < PARTS else public.g
        for k in range(losses):
            path.lost[part, k] = -expm1(g * path.stays[k])
        for j in range(1, rates):
            for k in range(losses):
                path.lost[part, j * losses + k] = path.lost[part, k]
    for j in range(rates):
        node = rate_node(x, j, r, nodes)[0] / rate
        for k in range(losses):
            path.rate[j * losses + k] = node * path.slower[k]
    given(path, public.m, start, ahead, force)
    total, weight = 0.0, 0.0
    for k in range(losses):
        orders = 0.0
        for j in range(rates):
            orders += rate_node(x, j, r, nodes)[1] * path.orders[j * losses + k]
        total += path.weights[k] * path.slower[k] * orders
        weight += path.weights[k]
    return total / (weight * rate) if weight > 0.0 else 0.0  # so sure of a loss that no weight is left


@compiled
def given(path: Path, public: float, start: float, ahead: float, force: float) -> None:
    """Expected discounted orders per unit of lambda, given lambda and p (in `path`): in the pool until she leaves.

    With A = force + exit + lambda m p', B = force + lambda m_public p'_public, and U days in a part of the time to come,
    of which she begins a share `inside` in the pool and `outside` outside, both alive and discounted:
    inside worth m (1 - e^-AU)/A + m_public / B (inside exit ((1 - e^-AU)/A - overlap) + outside (1 - e^-BU)),
    overlap = (e^-BU - e^-AU) / (A - B); inside goes on as inside e^-AU, outside as outside e^-BU + inside exit overlap.
    """
    for i in range(path.nodes):
        path.inside[i], path.outside[i], path.orders[i] = 1.0, 0.0, 0.0
    at, end = start, start + ahead
    for part in range(path.parts):
        days = min(path.until[part], end) - at
        if days > 0.0:
            _pass_part(path, part, public, days, force)
            at += days


@compiled
def _pass_part(path: Path, part: int, public: float, days: float, force: float) -> None:
    """One part of the time to come, at all nodes: a loop without a branch."""
    m, worth, leave = path.m[part], path.worth[part], path.exit[part]
    for i in range(path.nodes):
        fall = force + leave + path.rate[i] * m * path.lost[part, i]
        fall_public = force + path.rate[i] * public * path.lost[PARTS, i]
        gone, gone_public = -expm1(-fall * days), -expm1(-fall_public * days)
        span, gap = gone / fall, fall - fall_public
        apart = abs(gap) * days > 1e-3
        overlap = (gone - gone_public) / gap if apart else days * (1.0 - 0.5 * (gone + gone_public))
        leaves = path.inside[i] * leave
        path.orders[i] += path.inside[i] * worth * m * span
        path.orders[i] += public / fall_public * (leaves * (span - overlap) + path.outside[i] * gone_public)
        path.outside[i] = path.outside[i] * (1.0 - gone_public) + leaves * overlap
        path.inside[i] *= 1.0 - gone


@compiled
def prospect_orders(
    member: Member, alpha: float, path: Path, public: Public, ahead: float, world: World, horizon: Horizon, nodes: Nodes
) -> float:
    """The first order at rate f ~ Gamma(shape, rate + exposure so far), then a new customer's orders.

    The time of the first order is integrated numerically; a new customer's value over the days then left is interpolated
    (a cubic in days^(2/3), within 0.3 %: it rises steeply at first and slowly later). An exit before it leaves f at
    public demand.
    """
    shape = horizon.first_shape[member.channel]
    rate = horizon.first_rate[member.channel] + member.tau
    force, r = horizon.force, world.market.r
    new = np.zeros(4)
    for k in range(1, 4):
        left = ahead * (k / 3.0) ** 1.5
        new[k] = discounted_orders(0, alpha, 0.0, path, public, ahead - left, left, force, r, nodes)
    total = 0.0
    for j in range(LEGENDRE):
        # u = ahead z^2 gathers nodes near 0, where most first orders are
        z = nodes.legendre[j]
        u, width = ahead * z * z, 2.0 * ahead * z * nodes.legendre_weights[j]
        inside, passed, part = _until_first(path, public.m, u)
        m = path.m[part]
        pace = inside * m + (1.0 - inside) * public.m  # mean demand at u
        first = (inside * m * path.worth[part] + (1.0 - inside) * public.m) / pace
        density = pace * shape / (rate + passed) * (rate / (rate + passed)) ** shape
        later = _cubic(new, 3.0 * (1.0 - z * z) ** (2.0 / 3.0))
        total += width * density * math.exp(-force * u) * (first + later)
    return total


@compiled
def _until_first(path: Path, public: float, u: float) -> tuple[float, float, int]:
    """At u days from now: the chance to be in the pool, the mean demand passed by then, and which part it is."""
    inside, passed, at = 1.0, 0.0, 0.0
    for part in range(path.parts):
        days = min(path.until[part], u) - at
        passed += public * days + (path.m[part] - public) * inside * _annuity(path.exit[part], days)
        inside *= math.exp(-path.exit[part] * days)
        at += days
        if u <= path.until[part]:
            return inside, passed, part
    return inside, passed, path.parts - 1


@compiled
def _cubic(y: np.ndarray, t: float) -> float:
    """Lagrange's cubic through (0, y0) .. (3, y3) at t."""
    value: float = (
        -y[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0
        + y[1] * t * (t - 2.0) * (t - 3.0) / 2.0
        - y[2] * t * (t - 1.0) * (t - 3.0) / 2.0
        + y[3] * t * (t - 1.0) * (t - 2.0) / 6.0
    )
    return value
