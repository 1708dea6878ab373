"""Lifetime value: orders still to come times what they are worth, discounted, a customer and in total.

Rhythm and spend are independent given the parameters, so a customer's value over a horizon t is

    LTV = margin * E[spend an order] * P(alive) * D,   D = integral over s in (0, t) of e^(-delta s) dE[N(s) |
    alive]

with E[N(s) | alive] of models/families/bg_nbd/expectation.py. By parts D = e^(-delta t) E[N(t)] + delta * integral of
e^(-delta s) E[N(s)] ds: without discount it is E[N(t)] exactly, and what is left to quadrature is smooth and
small. There is no loop over months, so neither the unit of time nor the length of a month enters.
"""

import numpy as np

from models.data.given import check_number, check_summary
from models.data.summary import DAYS_IN, Summary
from models.errors import BadInput, in_percent
from models.families.ahead import Ahead, calendar
from models.families.bg_nbd import BGNBD, PosteriorParameters
from models.families.bg_nbd.expectation import mean_orders
from models.families.bg_nbd.smooth import of_histories
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.numerics.arrays import Floats
from models.value.ltv import general, spread
from models.value.ltv.groups import total_interval
from models.value.ltv.result import LifetimeValue
from models.words import Remark

DAYS_IN_YEAR = 365.0

_NODES = 16  # Gauss-Legendre nodes of the discount integral


def discount_rate(yearly: float, unit_days: float) -> float:
    """The continuous rate per unit of time of a yearly discount: (1 + yearly)^(-1) after 365 days."""
    check_number("discount", "yearly_discount", yearly)
    if not (np.isfinite(yearly) and -1 < yearly < 1):
        raise BadInput(
            "yearly_discount is {yearly:g}; it must be a share below 1{hint}.",
            yearly=yearly,
            hint=in_percent(yearly) or Remark(", like 0.1"),
        )
    return float(np.log1p(yearly)) * unit_days / DAYS_IN_YEAR


def _discounted(t: float, delta: float, a: float, R: Floats, A: Floats, B: Floats) -> Floats:
    """D of customers alive now; (n,)."""
    whole = mean_orders(np.full(1, t), R, A, a, B)
    if delta == 0.0:
        return whole
    # Orders thin out on the scale of A over the mean of R p: nodes are even in the logarithm of time beyond
    # it.
    scale = A / (1.0 + R * a / (a + B))
    reach = np.log1p(t / scale)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    later = np.zeros(R.size)
    for node, weight in zip(0.5 * (nodes + 1.0), 0.5 * weights, strict=True):
        s = scale * np.expm1(reach * node)
        orders = mean_orders(s, R, A, a, B)
        later += weight * reach * (s + scale) * np.exp(-delta * s) * orders
    return np.asarray(np.exp(-delta * t) * whole + delta * later)


def discounted_orders(state: PosteriorParameters, t: float, delta: float) -> Floats:
    """Expected discounted orders within `t` of customers alive now, (n,), at continuous rate `delta`;
    exponents 1."""
    if not state.plain:
        return _discounted_exponents(state, t, delta)
    return of_histories(lambda R, A, B: _discounted(t, delta, state.loss_a, R, A, B), state)


def _discounted_exponents(state: PosteriorParameters, t: float, delta: float) -> Floats:
    return _discounted(t, delta, state.loss_a, state.shape, state.rate_alive, state.loss_b_alive)


def lifetime_value(
    rhythm: Model,
    baskets: GammaGamma,
    summary: Summary | None = None,
    horizon: float = 365.0,
    *,
    yearly_discount: float = 0.10,
    margin: float = 1.0,
    interval: bool = True,
    level: float = 0.9,
    ahead: Ahead | None = None,
) -> LifetimeValue:
    """Lifetime value of each customer of `summary` (default: those `rhythm` was fitted to) over `horizon` days.

    `yearly_discount` 0.10 means that money in 365 days counts 1/1.1, continuously in between. `margin` turns spend into
    contribution. `ahead` gives the time that the next days bring on the clock `rhythm` was fitted on (families/ahead.py;
    `SeasonFit.ahead` makes one); without it a day is a day. With loyalty exponents in the summary, orders to come
    are taken with exponent 1. Raises BadInput where an argument makes no sense or the summary has no spend.
    """
    if isinstance(rhythm, GammaGamma) or isinstance(baskets, Model):  # each in the other's place, or one of them twice
        raise BadInput(
            "lifetime value: {first} and {second} were given; give the model of purchases first and the Gamma-Gamma model "
            "of spend second.",
            first=type(rhythm).__name__,
            second=type(baskets).__name__,
        )
    summary = summary if summary is not None else rhythm.summary_
    if summary is None:
        raise BadInput("lifetime value: give the summary of the customers, or fit the rhythm first.")
    summary = check_summary("lifetime value", summary)
    if summary.monetary_value is None or summary.spend_count is None:
        raise BadInput("lifetime value: the summary has no monetary_value; name the amount column of the orders.")
    for name, given in {"horizon": horizon, "margin": margin, "level": level}.items():
        check_number("lifetime value", name, given)
    if not (np.isfinite(horizon) and horizon > 0):
        raise BadInput(
            "lifetime value: the horizon is {horizon} days; it must be a positive number.",
            horizon=horizon,
        )
    if not 0 < level < 1:
        raise BadInput(
            "lifetime value: the level is {level}; it must lie between 0 and 1, like 0.9.",
            level=level,
        )
    clock = calendar(DAYS_IN[summary.time_unit]) if ahead is None else ahead
    orders, discounted = _orders(rhythm, summary, horizon, yearly_discount, ahead)
    spend = baskets.expected_average_spend(summary)
    value = margin * discounted * spend
    ends: tuple[float | None, float | None] = (None, None)
    low = high = None
    if interval:
        factor = margin * np.divide(discounted, orders, out=np.ones_like(orders), where=orders > 0)
        low, high, square = _each(rhythm, baskets, summary, clock.at(horizon), factor, level)
        ends = total_interval(rhythm, baskets, summary, clock, horizon, (value, square), level)
    return LifetimeValue(
        customer=summary.customer,
        probability_alive=rhythm.probability_alive(summary),
        expected_orders=orders,
        spend=spend,
        value=value,
        low=low,
        high=high,
        total=float(value.sum()),
        total_low=ends[0],
        total_high=ends[1],
        horizon=float(horizon),
        yearly_discount=yearly_discount,
        margin=margin,
        level=level,
    )


def _orders(
    rhythm: Model, summary: Summary, horizon: float, yearly: float, ahead: Ahead | None
) -> tuple[Floats, Floats]:
    """Expected orders and the same discounted, (n,) each: in closed form for BG/NBD in the summary's own time."""
    unit = DAYS_IN[summary.time_unit]
    if not isinstance(rhythm, BGNBD) or ahead is not None:
        clock = calendar(unit) if ahead is None else ahead
        return general.discounted_orders(rhythm, summary, horizon, discount_rate(yearly, 1.0), clock)
    t, delta = horizon / unit, discount_rate(yearly, unit)
    state = rhythm.posterior_parameters(summary)
    orders = rhythm.orders_if_alive(t, state)
    discounted = discounted_orders(state, t, delta) if delta else orders
    return state.probability_alive * orders, state.probability_alive * discounted


def _each(
    rhythm: Model, baskets: GammaGamma, summary: Summary, t: float, factor: Floats, level: float
) -> tuple[Floats, Floats, Floats]:
    """Ends of each customer's interval and the mean square of her value, (n,) each; `t` on the clock."""
    if isinstance(rhythm, BGNBD):
        return spread.intervals(rhythm, baskets, summary, rhythm.posterior_parameters(summary), t, factor, level)
    interval = general.spread(rhythm, baskets, summary, t, factor, level)
    return interval.low, interval.high, interval.value
