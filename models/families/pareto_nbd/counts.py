"""How many purchases are still to come from a customer who is alive, and what they are worth discounted.

Alive after x purchases, her rate of purchases is Gamma(R, A) and of loss Gamma(s, B), independent, with R = r + x,
A = alpha + tau_T, B = beta + tau_T; a new customer has R = r, A = alpha, B = beta.
"""

import numpy as np
from scipy.special import exprel

from models.families.pareto_nbd.quadrature import DEPTH, Rows, gauss, lost_without_purchase, pieces, shrink
from models.numerics.arrays import Floats

_PAIRS = 65_536  # pairs of customer and count worked on at once


def time_alive(t: Floats, s: float, B: Floats) -> Floats:
    """Expected time alive within the next `t`, int_0^t (B/(B+v))^s dv; no singular case at s = 1."""
    y = np.log1p(t / B)
    return np.asarray(B * y * exprel((1.0 - s) * y))


def discounted_time_alive(delta: float, s: float, B: Floats) -> Floats:
    """int_0^inf (B/(B+v))^s e^(-delta v) dv = B Psi(1, 2-s; delta B), (n,), Psi Tricomi's confluent function.

    In v = ln(1 + time/B) the integrand exp((1-s) v - delta B (e^v - 1)) is log-concave and entire.
    """
    z = delta * B
    far = np.maximum(-np.log(z), 0.0)
    end = np.log1p((60.0 + 2.0 * far) / z)  # the integrand has surely died away there
    at_peak = np.log(np.maximum((1.0 - s) / z, 1.0))

    def log_h(v: Floats, i: Rows | slice = slice(None)) -> Floats:
        return np.asarray((1.0 - s) * v - z[i] * np.expm1(v))

    peak = log_h(at_peak)
    end = shrink(end, lambda v, i: log_h(v, i) - peak[i] + DEPTH, lambda v, i: (1.0 - s) - z[i] * np.exp(v))
    swing = 2.0 * peak - log_h(end)
    out = np.empty(B.size)
    for rows, n in pieces(end, swing):
        x, weight = gauss(n)
        out[rows] = (weight * np.exp(log_h(end[rows] * x, rows))).sum(axis=0) * end[rows]
    return out * B


def count_chances(n_most: int, t: float, R: Floats, A: Floats, s: float, B: Floats) -> Floats:
    """P(N = n) for n = 0..n_most in the next `t` of customers alive now; arrays (k,), result (k, n_most + 1).

    A negative binomial count if alive at the end, and the same at the time of loss, integrated over that time, if not:
    Fader & Hardie (2020), "Deriving an expression for P(X(t) = x) under the Pareto/NBD model", before the integral is
    solved; the same given a history, since lambda and mu of whoever is alive stay gamma-distributed and independent.
    """
    out = np.zeros((R.size, n_most + 1))
    if t == 0.0:
        out[:, 0] = 1.0
        return out
    j = np.arange(n_most, dtype=np.float64)
    log_ways = np.zeros_like(out)  # ln [Gamma(R+n)/Gamma(R)/n!]
    log_ways[:, 1:] = np.cumsum(np.log((R[:, None] + j) / (1.0 + j)), axis=1)
    n = np.arange(n_most + 1, dtype=np.float64)
    stay = R * np.log1p(t / A) + s * np.log1p(t / B)
    out[:] = np.exp(log_ways - n * np.log1p(A / t)[:, None] - stay[:, None])
    out[:, 0] += lost_without_purchase(R, A, s, B, np.full(R.size, t))
    customers = max(_PAIRS // max(n_most, 1), 1)
    for start in range(0, R.size, customers):
        chunk = out[start : start + customers]
        who, before = (v.reshape(-1) for v in np.indices((chunk.shape[0], n_most)))
        at = start + who
        chunk[who, before + 1] += _lost_after(
            (before + 1).astype(np.float64), t, R[at], A[at], s, B[at], log_ways[at, before + 1]
        )
    return out


def _lost_after(n: Floats, t: float, R: Floats, A: Floats, s: float, B: Floats, log_ways: Floats) -> Floats:
    """P(n purchases and lost within `t`), n >= 1; arrays (pairs,).

    In v = ln(time) the integrand z^n (1-z)^R (B/(B+time))^s time/(B+time), z = time/(A+time), is log-concave.
    """

    def log_h(v: Floats, i: Rows | slice = slice(None)) -> Floats:
        time = np.exp(v)
        on = n[i] * np.log1p(A[i] / time) + R[i] * np.log1p(time / A[i])
        return np.asarray(-on - s * np.log1p(time / B[i]) - np.log1p(B[i] / time))

    def slope(v: Floats, i: Rows) -> Floats:
        time = np.exp(v)
        return np.asarray((n[i] + 1.0) - (n[i] + R[i]) * (time / (A[i] + time)) - (s + 1.0) * (time / (B[i] + time)))

    # The slope is 0 at the positive root of -(R+s) time^2 + b time + c.
    b, c = (1.0 - R) * B + (n - s) * A, (n + 1.0) * A * B
    both = np.abs(b) + np.sqrt(b * b + 4.0 * (R + s) * c)
    turn = np.where(b > 0, both / (2.0 * (R + s)), 2.0 * c / both)
    top = np.full(n.size, np.log(t))
    at_peak = np.minimum(np.log(turn), top)
    peak = log_h(at_peak)

    def above(v: Floats, i: Rows) -> Floats:
        return log_h(v, i) - peak[i] + DEPTH

    end = shrink(top, above, slope)
    reach = DEPTH / (n + 1.0)
    every = np.arange(n.size)
    while (short := np.flatnonzero(above(at_peak - reach, every) > 0)).size:
        reach[short] *= 2.0
    start = shrink(at_peak - reach, above, slope)
    length = end - start
    swing = 2.0 * peak - log_h(start, every) - log_h(end, every)
    out = np.empty(n.size)
    for rows, nodes in pieces(length, swing):
        x, weight = gauss(nodes)
        log_share = log_h(start[rows] + length[rows] * x, rows) + log_ways[rows]
        out[rows] = (weight * np.exp(log_share)).sum(axis=0) * (s * length[rows])
    return out
