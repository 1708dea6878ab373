"""Lifetime value with any model of purchases, and on any clock: what models/ltv/value.py and spread.py have in closed form
for BG/NBD in the calendar.

Discounted orders by parts, D = e^(-delta t) E[N(t)] + delta * integral of e^(-delta s) E[N(s)] ds. The distribution of a
customer's spend is that of spread.py with the model's own P(N = n | history); the total's interval adds customers'
variances and the parameters' errors (delta method), in the logarithm of the total.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import betainc, ndtri

from models.gamma_gamma import NAMES as BASKETS
from models.gamma_gamma import GammaGamma
from models.model import Model
from models.special import Floats
from models.summary import Summary

# Operational time that the next days bring: days ahead -> time on the clock, both (m,).
Ahead = Callable[[Floats], Floats]

_NODES = 16
_LEVELS = 72
_PIECE = 20_000  # customers whose distributions are held at once
_MOST = 400  # counts told apart; what lies beyond counts as this many
_CHANCE_CUSTOMERS = 40_000  # the chance in all lives is told from at most this many
_DELTA_CUSTOMERS = 20_000  # the parameters' part of the total's error is worked out from at most this many


def discounted_orders(model: Model, summary: Summary, days: float, delta: float, ahead: Ahead) -> tuple[Floats, Floats]:
    """Expected orders in the next `days` and the same discounted at `delta` a day, both (n,)."""
    whole = model.expected_purchases(float(ahead(np.array([days]))[0]), summary)
    if delta == 0.0:
        return whole, whole
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    s = 0.5 * days * (nodes + 1.0)
    later = np.zeros(len(summary))
    for at, clock, weight in zip(s, ahead(s), 0.5 * days * weights, strict=True):
        later += weight * np.exp(-delta * at) * model.expected_purchases(float(clock), summary)
    return whole, np.exp(-delta * days) * whole + delta * later


def intervals(
    model: Model, baskets: GammaGamma, summary: Summary, t: float, factor: Floats, value: Floats, level: float
) -> tuple[Floats, Floats, tuple[float, float]]:
    """Ends of each customer's interval, (n,) and (n,), and of the total's; `t` on the clock, `factor` margin x discount."""
    assert summary.monetary_value is not None and summary.spend_count is not None
    shape, rate = baskets.posterior_parameters(summary.spend_count, summary.monetary_value)
    scale = rate * factor
    low, high, square = np.empty(len(summary)), np.empty(len(summary)), np.empty(len(summary))
    most = _most(model, summary, t)
    for start in range(0, len(summary), _PIECE):
        rows = np.arange(start, min(start + _PIECE, len(summary)))
        chances = model.purchase_distribution(t, most, summary[rows])
        chances[:, -1] += np.maximum(1.0 - chances.sum(axis=1), 0.0)
        for alpha in np.unique(shape[rows]):
            some = rows[shape[rows] == alpha]
            ends = _ends(chances[some - start], baskets.params_["p"], float(alpha), level)
            low[some], high[some] = scale[some] * ends[0], scale[some] * ends[1]
            square[some] = scale[some] ** 2 * ends[2]
    total = float(value.sum())
    chance = float((square - value**2).clip(0.0).sum())
    relative = chance / total**2 + _parameter_variance(model, baskets, summary, t, value) if total > 0 else 0.0
    width = float(ndtri(0.5 * (1.0 + level))) * np.sqrt(np.log1p(relative))
    return low, high, (float(total * np.exp(-width)), float(total * np.exp(width)))


def orders_interval(model: Model, summary: Summary, t: float, expected: Floats, level: float) -> tuple[float, float]:
    """Interval of all customers' orders within `t` on the clock: their chance and the parameters' errors."""
    total = float(expected.sum())
    if not total > 0:
        return 0.0, 0.0
    step = -(-len(summary) // _CHANCE_CUSTOMERS)
    some, mean = summary[::step], expected[::step]
    most = _most(model, some, t)
    square = model.purchase_distribution(t, most, some) @ np.arange(most + 1.0) ** 2
    chance = float(np.maximum(square - mean**2, 0.0).sum()) * len(summary) / mean.size
    relative = chance / total**2 + _rhythm_variance(model, summary, t, expected)
    width = float(ndtri(0.5 * (1.0 + level))) * np.sqrt(np.log1p(relative))
    return float(total * np.exp(-width)), float(total * np.exp(width))


def _rhythm_variance(model: Model, summary: Summary, t: float, value: Floats) -> float:
    """The part of the total's relative variance that the errors of the rhythm's parameters make."""
    step = -(-len(summary) // _DELTA_CUSTOMERS)
    some, worth = summary[::step], value[::step]
    if not worth.sum() > 0 or not np.any(model.covariance_):
        return 0.0
    weights = worth / worth.sum() / np.maximum(model.expected_purchases(t, some), 1e-300)
    slope = np.array([_slope(partial(_nudged_orders, model, k, t, some), weights) for k in model.params_])
    return float(slope @ model.covariance_ @ slope)


def _nudged_orders(model: Model, name: str, t: float, summary: Summary, h: float) -> Floats:
    return model.nudged(name, h).expected_purchases(t, summary)


def _most(model: Model, summary: Summary, t: float) -> int:
    """Counts beyond which next to nothing is left for anybody."""
    mean = float(model.expected_purchases(t, summary).max(initial=0.0))
    return int(min(20.0 + mean + 12.0 * np.sqrt(mean * (1.0 + mean)), _MOST))


def _ends(chances: Floats, p: float, alpha: float, level: float) -> tuple[Floats, Floats, Floats]:
    """Quantiles of S/rate at both ends and its mean square, for customers who share the spend's shape; (k,) each."""
    n = np.arange(1.0, chances.shape[1])
    spread = 1.0 / np.sqrt(p) + 1.0 / np.sqrt(alpha)
    y = np.geomspace(
        p / alpha * np.exp(-4.0 * spread), p / alpha * np.sqrt(n[-1]) * np.exp(2.0 + 6.0 * spread), _LEVELS
    )
    beyond = 1.0 - betainc(p * n[:, None], alpha, y / (1.0 + y))
    above = np.minimum.accumulate(chances[:, 1:] @ beyond, axis=1)  # P(S/rate > y)
    square = (above * (2.0 * y**2 * np.log(y[1] / y[0]))).sum(axis=1)
    low, high = (_quantile(above, y, 1.0 - chances[:, 0], chance) for chance in (0.5 * (1 + level), 0.5 * (1 - level)))
    return low, high, square


def _quantile(above: Floats, y: Floats, ever: Floats, wanted: float) -> Floats:
    """The y exceeded with chance `wanted`, (k,): 0 where she buys at all with less."""
    right = np.clip((above > wanted).sum(axis=1), 1, y.size - 1)
    rows = np.arange(above.shape[0])
    h0, h1 = above[rows, right - 1], above[rows, right]
    share = np.clip((h0 - wanted) / np.maximum(h0 - h1, 1e-300), 0.0, 1.0)
    return np.asarray(np.where(wanted >= ever, 0.0, y[right - 1] * (y[right] / y[right - 1]) ** share))


def _parameter_variance(model: Model, baskets: GammaGamma, summary: Summary, t: float, value: Floats) -> float:
    """Variance of the logarithm of the total from the parameters' errors: rhythm and baskets are independent."""
    step = -(-len(summary) // _DELTA_CUSTOMERS)
    some, worth = summary[::step], value[::step]
    if not worth.sum() > 0:
        return 0.0
    worth = worth / worth.sum()
    variance = _rhythm_variance(model, summary, t, value)
    if np.any(baskets.covariance_):
        spend = baskets.expected_average_spend(some)

        def nudged(name: str, h: float) -> Floats:
            values = {**baskets.params_, name: baskets.params_[name] * float(np.exp(h))}
            return GammaGamma.known(**values, mean_spend=baskets.mean_spend_).expected_average_spend(some)

        slope = np.array([_slope(partial(nudged, k), worth / spend) for k in BASKETS])
        variance += float(slope @ baskets.covariance_ @ slope)
    return variance


def _slope(of: Callable[[float], Floats], weights: Floats) -> float:
    """Derivative of the weighted sum of `of` at 0, by a central difference."""
    h = 1e-4
    return float(weights @ (of(h) - of(-h))) / (2.0 * h)
