"""A function of each customer's history worked out once for all who share it, and by polynomials where T is
continuous."""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev

from models.families.bg_nbd.expectation import mean_orders
from models.families.bg_nbd.posterior import PosteriorParameters
from models.numerics.arrays import Floats
from models.numerics.merge import distinct_rows

# Values of alive customers given (R, A, B), arrays (n,), all positive (see models/families/bg_nbd/expectation.py).
OfAlive = Callable[[Floats, Floats, Floats], Floats]

# Expectations are analytic in ln A (A = alpha + tau_T), the nearest singularity at distance pi off the axis:
# 32 nodes leave under 1e-12 over the ranges that occur, and the last coefficients tell where they do not.
_NODES = 32
_WORTH = 48  # interpolate where at least this many distinct T share x
_ENOUGH = 1e-13


def of_histories(function: OfAlive, state: PosteriorParameters) -> Floats:
    """`function` for each customer, (n,), for exponents 1: it then depends on x and tau_T only."""
    (x, tau_T), place = distinct_rows([state.x, state.tau_T])
    r, alpha, b = state.shape[:1] - state.x[:1], state.alpha, state.loss_b_alive[:1] - state.x[:1]
    values = by_order_count(function, x, r + x, alpha + tau_T, b + x)
    return values if place is None else values[place]


def by_order_count(function: OfAlive, x: Floats, R: Floats, A: Floats, B: Floats) -> Floats:
    """Group by x; a group with many T is interpolated in ln A, all others are worked out one by one."""
    if x.size <= 2 * _WORTH:
        return function(R, A, B)
    order = np.argsort(x, kind="stable")
    edges = np.flatnonzero(np.diff(x[order])) + 1
    out = np.empty(x.size)
    one_by_one = []
    for rows in np.split(order, edges):
        if rows.size < _WORTH or not _interpolate(function, R[rows], A[rows], B[rows], rows, out):
            one_by_one.append(rows)
    if one_by_one:
        rest = np.concatenate(one_by_one)
        out[rest] = function(R[rest], A[rest], B[rest])
    return out


def _interpolate(function: OfAlive, R: Floats, A: Floats, B: Floats, rows: np.ndarray, out: Floats) -> bool:
    """Fill `out[rows]` from a Chebyshev polynomial of the value's logarithm in ln A; False where it is not
    exact."""
    at = np.log(A)
    low, high = float(at.min()), float(at.max())
    half = max(0.5 * (high - low), 1e-12)
    middle = 0.5 * (high + low)
    nodes = chebyshev.chebpts1(_NODES)
    same = np.ones(_NODES)
    values = function(R[0] * same, np.exp(middle + half * nodes), B[0] * same)
    if not (values > 0).all():
        return False
    basis = chebyshev.chebvander(nodes, _NODES - 1)
    coefficients = (basis.T @ np.log(values)) * 2.0 / _NODES
    coefficients[0] /= 2.0
    if np.abs(coefficients[-3:]).max() > _ENOUGH * max(float(np.abs(coefficients).max()), 1.0):
        return False
    needed = np.flatnonzero(np.abs(coefficients) > 0.1 * _ENOUGH)
    kept = coefficients[: int(needed[-1]) + 1 if needed.size else 1]
    out[rows] = np.exp(chebyshev.chebval((at - middle) / half, kept))
    return True


def alive_orders(t: Floats, state: PosteriorParameters, g: float = 1.0) -> Floats:
    """Expected orders within `t` (a number or (n,)) of customers alive now, (n,)."""
    n = state.shape.size
    if t.size == 1 and state.plain and g == 1.0:
        horizon = float(t.reshape(-1)[0])
        if horizon == 0.0:
            return np.zeros(n)
        return of_histories(lambda R, A, B: mean_orders(np.full(1, horizon), R, A, state.loss_a, B), state)
    t = np.broadcast_to(t, (n,)) if t.size == 1 else t
    return mean_orders(t, state.shape, state.rate_alive, state.loss_a, state.loss_b_alive, g)
