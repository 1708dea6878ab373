"""Intervals of lifetime value: the predictive distribution of one customer's spend, and the spread of the
total.

Given n orders a customer spends S with nu ~ Gamma(alpha, rate beta), alpha = q + p k, beta = v + k zbar after
k orders of mean value zbar: S | nu ~ Gamma(p n, rate nu), so S/beta is beta-prime (p n, alpha) and

    P(S > s) = P(alive) * sum over n >= 1 of P(N = n | alive) [1 - I_{y/(1+y)}(p n, alpha)],   y = s/beta.

The sum depends on (x, T, k) alone, so it is tabled once for all customers who share them. Discounting
multiplies S by the customer's expected discount. Totals: models/value/ltv/groups.py.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from models.data.summary import Summary
from models.families.bg_nbd import BGNBD, PosteriorParameters
from models.families.bg_nbd.expectation import at_least
from models.families.gamma_gamma import GammaGamma
from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows

_EACH = 48  # counts of orders up to here one by one, beyond in classes that grow
_CLASSES = 32
_WIDEST = 40.0  # spread of the logarithm of spend beyond which its ends, at e^400, are no amounts any more
_LEVELS = 72  # values of y at which the distribution is tabled
_EXACT = 4_000  # with more distinct histories than this T is taken to the nearest of steps of 1/48 in ln(alpha + T)
_STEP = 48.0


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
    level: float,
) -> tuple[Floats, Floats, Floats]:
    """Ends of each customer's interval and the mean square of her value, (n,) each. `factor`: margin times discount,
    (n,)."""
    shape, rate = baskets.spend_parameters(summary)
    table = _table(baskets, state, shape, t)
    scale = rate * factor
    low = scale * _quantile(table, state.probability_alive, 0.5 * (1.0 + level))
    high = scale * _quantile(table, state.probability_alive, 0.5 * (1.0 - level))
    return low, high, scale**2 * state.probability_alive * table.square[table.place]


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
    spread = min(1.0 / np.sqrt(p) + 1.0 / np.sqrt(alpha), _WIDEST)
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
