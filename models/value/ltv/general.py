"""Lifetime value with any model of purchases, and on any clock: what value/ltv/value.py and spread.py have in closed form
for BG/NBD in the calendar.

Discounted orders by parts, D = e^(-delta t) E[N(t)] + delta * integral of e^(-delta s) E[N(s)] ds. The distribution of a
customer's spend is that of spread.py with the model's own P(N = n | history). Totals: models/value/ltv/groups.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from models.data.summary import Summary
from models.families.ahead import Ahead
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole

_NODES = 16
_WIDEST = 40.0  # spread of the logarithm of spend beyond which its ends, at e^400, are no amounts any more
_LEVELS = 72
_PIECE = 20_000  # customers whose distributions are held at once
_MOST = 400  # counts told apart; what lies beyond counts as this many


def discounted_orders(model: Model, summary: Summary, days: float, delta: float, ahead: Ahead) -> tuple[Floats, Floats]:
    """Expected orders in the next `days` and the same discounted at `delta` a day, both (n,)."""
    whole = model.expected_purchases(ahead.at(days), summary)
    if delta == 0.0:
        return whole, whole
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    s = 0.5 * days * (nodes + 1.0)
    later = np.zeros(len(summary))
    for at, clock, weight in zip(s, ahead(s), 0.5 * days * weights, strict=True):
        later += weight * np.exp(-delta * at) * model.expected_purchases(float(clock), summary)
    return whole, np.exp(-delta * days) * whole + delta * later


@dataclass(frozen=True)
class Spread:
    """What customers' lives may bring within a horizon: ends of the interval of each one's value, and mean squares, (n,)."""

    low: Floats
    high: Floats
    value: Floats
    orders: Floats


def spread(model: Model, baskets: GammaGamma, summary: Summary, t: float, factor: Floats, level: float) -> Spread:
    """The distribution of each customer's orders and of their value; `t` on the clock, `factor` margin times discount."""
    shape, rate = baskets.spend_parameters(summary)
    scale = rate * factor
    n = len(summary)
    low, high, square, orders = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for rows, chances in _chances(model, summary, t):
        orders[rows] = chances @ np.arange(chances.shape[1]) ** 2.0
        for alpha in np.unique(shape[rows]):
            some = rows[shape[rows] == alpha]
            ends = _ends(chances[some - rows[0]], baskets.params_["p"], float(alpha), level)
            low[some], high[some] = scale[some] * ends[0], scale[some] * ends[1]
            square[some] = scale[some] ** 2 * ends[2]
    return Spread(low, high, square, orders)


def squared_orders(model: Model, summary: Summary, t: float) -> Floats:
    """Mean square of each customer's orders in the next `t` on the clock, (n,)."""
    out = np.empty(len(summary))
    for rows, chances in _chances(model, summary, t):
        out[rows] = chances @ np.arange(chances.shape[1]) ** 2.0
    return out


def _chances(model: Model, summary: Summary, t: float) -> Iterator[tuple[Whole, Floats]]:
    """Rows of the summary, some at a time, and their chances of 0, 1, .. orders, the last with all beyond."""
    most = _most(model, summary, t)
    for start in range(0, len(summary), _PIECE):
        rows = np.arange(start, min(start + _PIECE, len(summary)))
        chances = model.purchase_distribution(t, most, summary[rows])
        chances[:, -1] += np.maximum(1.0 - chances.sum(axis=1), 0.0)
        yield rows, chances


def _most(model: Model, summary: Summary, t: float) -> int:
    """Counts beyond which next to nothing is left for anybody."""
    mean = float(model.expected_purchases(t, summary).max(initial=0.0))
    return int(min(20.0 + mean + 12.0 * np.sqrt(mean * (1.0 + mean)), _MOST))


def _ends(chances: Floats, p: float, alpha: float, level: float) -> tuple[Floats, Floats, Floats]:
    """Quantiles of S/rate at both ends and its mean square, for customers who share the spend's shape; (k,) each."""
    n = np.arange(1.0, chances.shape[1])
    spread = min(1.0 / np.sqrt(p) + 1.0 / np.sqrt(alpha), _WIDEST)
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
