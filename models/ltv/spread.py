"""Intervals of lifetime value: the predictive distribution of one customer's spend, and the spread of the
total.

Given n orders a customer spends S with nu ~ Gamma(alpha, rate beta), alpha = q + p k, beta = v + k zbar after
k orders of mean value zbar: S | nu ~ Gamma(p n, rate nu), so S/beta is beta-prime (p n, alpha) and

    P(S > s) = P(alive) * sum over n >= 1 of P(N = n | alive) [1 - I_{y/(1+y)}(p n, alpha)],   y = s/beta.

The sum depends on (x, T, k) alone, so it is tabled once for all customers who share them. Discounting
multiplies S by the customer's expected discount. For the total, customers' variances add, and the parameters'
errors come by the delta method; both in the logarithm of the total, so that its interval is positive.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, ndtri

from models.bg_nbd import BGNBD, PosteriorParameters
from models.bg_nbd.expectation import at_least
from models.bg_nbd.model import NAMES as RHYTHM
from models.bg_nbd.smooth import alive_orders
from models.gamma_gamma import NAMES as BASKETS
from models.gamma_gamma import GammaGamma
from models.merge import Whole, distinct_rows
from models.special import Floats
from models.summary import Summary

_EACH = 48  # counts of orders up to here one by one, beyond in classes that grow
_CLASSES = 32
_LEVELS = 72  # values of y at which the distribution is tabled
_EXACT = 4_000  # with more distinct histories than this T is taken to the nearest of steps of 1/48 in ln(alpha + T)
_STEP = 48.0
_DELTA_CUSTOMERS = 100_000  # the parameters' part of the total's error is worked out from at most this many


@dataclass(frozen=True)
class _Table:
    """P(S/beta > y | alive) for each distinct history; which history each customer has."""

    place: Whole  # (n,)
    y: Floats  # (histories, levels)
    above: Floats  # (histories, levels), falling
    ever: Floats  # (histories,) P(N >= 1 | alive)
    square: Floats  # (histories,) E[(S/beta)^2 | alive], up to the last y


def intervals(
    rhythm: BGNBD,
    baskets: GammaGamma,
    summary: Summary,
    state: PosteriorParameters,
    t: float,
    factor: Floats,
    value: Floats,
    level: float,
) -> tuple[Floats, Floats, tuple[float, float]]:
    """Ends of each customer's interval, (n,) and (n,), and of the total's. `factor`: margin times discount,
    (n,)."""
    assert summary.monetary_value is not None and summary.spend_count is not None
    shape, rate = baskets.posterior_parameters(summary.spend_count, summary.monetary_value)
    table = _table(baskets, state, shape, t)
    scale = rate * factor
    low = scale * _quantile(table, state.probability_alive, 0.5 * (1.0 + level))
    high = scale * _quantile(table, state.probability_alive, 0.5 * (1.0 - level))
    chance = float((scale**2 * state.probability_alive * table.square[table.place] - value**2).clip(0.0).sum())
    total = float(value.sum())
    relative = chance / total**2 + _parameter_variance(rhythm, baskets, summary, t, value)
    width = float(ndtri(0.5 * (1.0 + level))) * np.sqrt(np.log1p(relative))
    return low, high, (float(total * np.exp(-width)), float(total * np.exp(width)))


def _histories(state: PosteriorParameters, shape: Floats) -> tuple[list[Floats], Whole]:
    """Distinct (R, A, B, alpha of spend) and which each customer has."""
    kinds, kind = np.unique(shape, return_inverse=True)
    G = state.loss_b_alive - state.loss_b_alive.min()
    columns = [state.x, state.tau_T, kind.astype(np.float64)] + ([] if state.plain else [G])
    rows, place = distinct_rows(columns)
    if place is None or rows[0].size > _EXACT:
        columns[1] = np.rint(np.log(state.rate_alive / state.alpha) * _STEP)
        if not state.plain:
            columns[3] = np.rint(np.log(state.loss_b_alive / state.loss_b_alive.min()) * _STEP)
        rows, place = distinct_rows(columns)
        rows[1] = state.alpha * np.expm1(rows[1] / _STEP)
        if not state.plain:
            rows[3] = state.loss_b_alive.min() * np.expm1(rows[3] / _STEP)
    assert place is not None
    r = float(state.shape[0] - state.x[0])
    B = state.loss_b_alive.min() + (rows[0] - state.x.min() if state.plain else rows[3])
    return [r + rows[0], state.alpha + rows[1], B, kinds[rows[2].astype(np.int64)]], place


def _counts(most: float) -> Floats:
    """Edges of the classes of counts: 1, 2, ... then growing, the last beyond which nothing is left."""
    if most <= _EACH:
        return np.arange(1.0, _EACH + 2.0)
    beyond = np.rint(np.geomspace(_EACH + 1.0, max(most, _EACH + 2.0), _CLASSES))
    return np.unique(np.concatenate([np.arange(1.0, _EACH + 1.0), beyond]))


def _table(baskets: GammaGamma, state: PosteriorParameters, shape: Floats, t: float) -> _Table:
    (R, A, B, alpha), place = _histories(state, shape)
    p = baskets.params_["p"]
    y, above = np.empty((R.size, _LEVELS)), np.empty((R.size, _LEVELS))
    ever, square = np.empty(R.size), np.empty(R.size)
    order = np.lexsort((R, alpha))
    keys = np.column_stack([alpha[order], R[order]])
    for rows in np.split(order, np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1):
        mean = float((R[rows] * t / A[rows]).max())  # no more than this if nobody were lost
        edges = _counts(mean + 10.0 * np.sqrt(mean * (1.0 + t / A[rows].min())) + 10.0)
        tails = at_least(edges, np.full(1, t), R[rows], A[rows], state.loss_a, B[rows])
        classes = -np.diff(tails, axis=1, append=0.0)
        middle = np.append(0.5 * (edges[:-1] + edges[1:] - 1.0), edges[-1])
        levels = _levels(p, float(alpha[rows[0]]), edges[-1])
        beyond = 1.0 - betainc(p * middle[:, None], alpha[rows[0]], levels / (1.0 + levels))
        y[rows] = levels
        above[rows] = np.minimum.accumulate(classes @ beyond, axis=1)
        ever[rows] = tails[:, 0]
        step = np.log(levels[1] / levels[0])
        square[rows] = (above[rows] * (2.0 * levels**2 * step)).sum(axis=1)
    return _Table(place, y, above, ever, square)


def _levels(p: float, alpha: float, most: float) -> Floats:
    """Values of S/beta from well below one small order to well above the largest sum."""
    order = p / alpha
    spread = 1.0 / np.sqrt(p) + 1.0 / np.sqrt(alpha)
    return np.geomspace(order * np.exp(-4.0 * spread), order * np.sqrt(most) * np.exp(2.0 + 6.0 * spread), _LEVELS)


def _quantile(table: _Table, alive: Floats, chance: float) -> Floats:
    """The y that S/beta exceeds with `chance`, (n,): 0 where she buys at all with less."""
    wanted = chance / np.maximum(alive, 0.5 * chance)  # above 1 the answer is 0 whatever it is
    place, levels = table.place, table.y.shape[1]
    # Rows end to end, each raised above the one before, so that one search serves all customers.
    falling = (2.0 * np.arange(table.above.shape[0])[:, None] + 1.0 - table.above).reshape(-1)
    at = np.searchsorted(falling, 2.0 * place + 1.0 - np.minimum(wanted, 1.0)) - place * levels
    right = np.clip(at, 1, levels - 1)
    y0, y1 = table.y[place, right - 1], table.y[place, right]
    h0, h1 = table.above[place, right - 1], table.above[place, right]
    share = np.clip((h0 - wanted) / np.maximum(h0 - h1, 1e-300), 0.0, 1.0)
    return np.asarray(np.where(wanted >= table.ever[place], 0.0, y0 * (y1 / y0) ** share))


def _parameter_variance(rhythm: BGNBD, baskets: GammaGamma, summary: Summary, t: float, value: Floats) -> float:
    """Variance of the logarithm of the total from the parameters' errors: gradients in ln parameters, central
    differences.

    The rhythm enters through the orders, the baskets through the spend; their errors are independent.
    """
    step = max(1, len(summary) // _DELTA_CUSTOMERS)
    some = summary[::step] if step > 1 else summary
    worth = value[::step] if step > 1 else value
    if not worth.sum() > 0:
        return 0.0

    def orders(model: BGNBD) -> Floats:
        state = model.posterior_parameters(some)
        return np.asarray(state.probability_alive * alive_orders(np.full(1, t), state))

    base_orders = np.maximum(orders(rhythm), 1e-300)
    variance = 0.0
    if np.any(rhythm.covariance_):
        slope = _gradient(
            rhythm.params_, RHYTHM, lambda v: float((worth * orders(BGNBD.known(**v)) / base_orders).sum())
        )
        slope /= worth.sum()
        variance += float(slope @ rhythm.covariance_ @ slope)
    if np.any(baskets.covariance_):
        base_spend = baskets.expected_average_spend(some)

        def spend(values: dict[str, float]) -> float:
            model = GammaGamma.known(**values, mean_spend=baskets.mean_spend_)
            return float((worth * model.expected_average_spend(some) / base_spend).sum())

        slope = _gradient(baskets.params_, BASKETS, spend) / worth.sum()
        variance += float(slope @ baskets.covariance_ @ slope)
    return variance


def _gradient(params: dict[str, float], names: tuple[str, ...], of: Callable[[dict[str, float]], float]) -> Floats:
    """Derivatives of `of` in the logarithms of `params`, (k,), by central differences."""
    h = 1e-4
    return np.array(
        [
            (of(params | {k: params[k] * np.exp(h)}) - of(params | {k: params[k] * np.exp(-h)})) / (2.0 * h)
            for k in names
        ]
    )
