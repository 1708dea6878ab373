"""Orders and value discounted over a horizon or for ever, by quadrature that every model shares.

The present value of orders at continuous rate delta is D(t) = e^(-delta t) E[N(t)] + delta * integral of e^(-delta s)
E[N(s)] ds over (0, t); for ever it is the integral of e^-x E[N(x/delta)] dx, which is DERT for a customer with a history
(Fader, Hardie & Lee 2005, "RFM and CLV") and DET for a new one. With x = e^y the trapezium's rule converges
exponentially.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.data.given import check_number
from models.data.summary import DAYS_IN, Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.bg_nbd.expectation import mean_orders
from models.families.bg_nbd.smooth import of_histories
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model, at_parameters
from models.families.posterior import Prior, sample_posterior
from models.numerics.arrays import Floats
from models.value.ltv.value import discount_rate

_STEP, _FIRST, _LAST = 0.35, -22.0, 3.9  # in y = ln(delta s): beyond, e^-x x leaves under 1e-9 of the whole
_NODES = 32  # Gauss-Legendre nodes of a finite horizon


def nodes(t: float | None, delta: float) -> tuple[Floats, Floats]:
    """Times s (m,) and weights (m,) with which E[N(s)] adds up to D; `t` None is for ever."""
    if t is None:
        y = np.arange(_FIRST, _LAST + _STEP, _STEP)
        return np.exp(y) / delta, _STEP * np.exp(y - np.exp(y))
    if delta == 0.0:
        return np.array([t]), np.ones(1)
    # Orders thin out: nodes are even in the logarithm of time beyond a fiftieth of the horizon.
    at, weight = np.polynomial.legendre.leggauss(_NODES)
    scale, reach = 0.02 * t, np.log(51.0)
    s = scale * np.expm1(0.5 * reach * (at + 1.0))
    return np.append(s, t), np.append(
        0.5 * reach * weight * delta * (s + scale) * np.exp(-delta * s), np.exp(-delta * t)
    )


def forever(model: Model, delta: float, summary: Summary) -> Floats:
    """Expected orders of each customer for ever, discounted at continuous rate `delta`, (n,)."""
    times, weights = nodes(None, delta)
    if isinstance(model, BGNBD):
        state = model.posterior_parameters(summary)

        def if_alive(R: Floats, A: Floats, B: Floats) -> Floats:
            total = np.zeros(R.size)
            for s, w in zip(times, weights, strict=True):
                total += w * mean_orders(np.full(1, s), R, A, state.loss_a, B)
            return total

        if state.plain:
            return np.asarray(state.probability_alive * of_histories(if_alive, state))
        return np.asarray(state.probability_alive * if_alive(state.shape, state.rate_alive, state.loss_b_alive))
    total = np.zeros(len(summary))
    for s, w in zip(times, weights, strict=True):
        total += w * model.expected_purchases(float(s), summary)
    return total


def _rate(yearly_discount: float, summary: Summary | None, forever: bool, what: str) -> tuple[float, float]:
    """The unit of time in days, and the continuous discount rate in it."""
    unit = DAYS_IN[summary.time_unit] if summary is not None else 1.0
    delta = discount_rate(yearly_discount, unit)
    if forever and not delta > 0:
        raise BadInput(
            "{what}: without a positive yearly_discount value for ever is infinite; give one or a horizon.",
            what=what,
        )
    return unit, delta


def residual_orders(model: Model, summary: Summary | None = None, *, yearly_discount: float = 0.10) -> Floats:
    """DERT: each customer's expected orders from now on for ever, discounted, (n,), given her history.

    Raises BadInput where the discount is not positive or there is no history.
    """
    summary = model.customers(summary)
    _, delta = _rate(yearly_discount, summary, True, "residual orders")
    return forever(model, delta, summary)


def residual_value(
    model: Model,
    baskets: GammaGamma,
    summary: Summary | None = None,
    *,
    yearly_discount: float = 0.10,
    margin: float = 1.0,
) -> Floats:
    """Each customer's expected discounted value from now on for ever, (n,): margin times spend an order times DERT."""
    summary = model.customers(summary)
    orders = residual_orders(model, summary, yearly_discount=yearly_discount)
    return np.asarray(margin * orders * baskets.expected_average_spend(summary))


@dataclass(frozen=True)
class NewCustomerValue:
    """What a new customer is worth on average: value = margin times spend an order times orders (discounted repeat orders).

    low and high: the interval of that average from the parameters' posterior, not of one customer's value, which
    scatters far more. draws (d,): the posterior draws behind it. message: how they were drawn.
    """

    value: float
    low: float
    high: float
    orders: float
    spend: float
    draws: Floats
    message: str


def new_customer_value(
    model: Model,
    baskets: GammaGamma,
    horizon: float | None = None,
    *,
    yearly_discount: float = 0.10,
    margin: float = 1.0,
    with_first: bool = False,
    draws: int = 1_000,
    level: float = 0.9,
    prior: Prior = "weak",
    rng: np.random.Generator,
) -> NewCustomerValue:
    """Expected discounted value of a new customer's repeat orders over `horizon` days (None: for ever).

    `with_first` adds the first order itself. Times are in the unit of the summary the model was fitted to, days without
    one. Where a draw's mean spend is infinite (q <= 1) the observed mean stands in, and `message` says in how many.
    Raises BadInput where an argument makes no sense.
    """
    check(horizon, level, draws, "new customer")
    unit, delta = _rate(yearly_discount, model.summary_, horizon is None, "new customer")
    times, weights = nodes(None if horizon is None else horizon / unit, delta)
    first = 1.0 if with_first else 0.0

    def orders(one: Model) -> float:
        return first + float(weights @ one.expected_purchases_new(times))

    rhythm_draws, basket_draws = (
        sample_posterior(model, draws, rng, prior),
        sample_posterior(baskets, draws, rng, prior),
    )
    points = np.column_stack([rhythm_draws[name] for name in model.parameters])
    p, q, v = (basket_draws[name] for name in ("p", "q", "v"))
    spend = np.where(q > 1.0, p * v / np.where(q > 1.0, q - 1.0, 1.0), baskets.mean_spend_)
    drawn = margin * spend * each_draw(points, lambda values: orders(at_parameters(model, values)))
    low, high = np.quantile(drawn, [0.5 * (1.0 - level), 0.5 * (1.0 + level)])
    message = f"rhythm: {rhythm_draws.message}; baskets: {basket_draws.message}"
    if (q <= 1.0).any():
        message += (
            f"; in {(q <= 1.0).mean():.1%} of the draws the mean spend is infinite and the observed one stands in"
        )
    base, basket = orders(model), baskets.expected_spend_new_
    return NewCustomerValue(margin * basket * base, float(low), float(high), base, basket, drawn, message)


def each_draw(points: Floats, function: Callable[[Floats], float]) -> Floats:
    """`function` of each distinct row of `points` (d, k), (d,): draws of known parameters are all the same."""
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    return np.array([function(values) for values in distinct])[place.reshape(-1)]


def check(horizon: float | None, level: float, draws: int, what: str) -> None:
    """Raise BadInput unless these make sense."""
    if horizon is not None:
        check_number(what, "horizon", horizon)
    check_number(what, "level", level)
    if horizon is not None and not (np.isfinite(horizon) and horizon > 0):
        raise BadInput(
            "{what}: the horizon is {horizon} days; it must be a positive number.",
            what=what,
            horizon=horizon,
        )
    if not 0 < level < 1:
        raise BadInput(
            "{what}: the level is {level}; it must lie between 0 and 1, like 0.9.",
            what=what,
            level=level,
        )
    if draws < 20:
        raise BadInput(
            "{what}: {draws} draws give no interval; take at least 20, better 1,000.",
            what=what,
            draws=draws,
        )
