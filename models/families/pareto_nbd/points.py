"""Pareto/NBD's log-likelihood at many parameter vectors at once, value only.

With A = alpha + t, B = beta + t, R = r + x let S_x(t) = A^-R B^-s, the chance to be alive and silent until t up to a
constant, and m_x(t) the chance that such a customer is lost before she buys again. Then a customer's likelihood is

    Gamma(r+x)/Gamma(r) alpha^r beta^s { S_x(tau_T) [1 - m_x(tau_T)] + S_x(tau_x) m_x(tau_x) },

in which no digits can be lost: S m falls with t, and m < 1. It is quick as m depends on R, s and y = ln(B/A) only,

    m = s/(R+s) 2F1(1, R; R+s+1; 1 - e^y) = s/(R+s) E[1/(1 - u + u e^y)],  u ~ Beta(R, s+1)

(Euler's integral; Fader & Hardie 2005, "A note on deriving the Pareto/NBD model", with Euler's transformation), so that for
each number of purchases it is one function of y, analytic for |Im y| < pi and without zeros there. Its logarithm is worked
out at a few Chebyshev nodes, by Gauss's continued fraction, and the polynomial serves all histories: they differ in y only.
Where alpha and beta are worlds apart the fraction crawls, and quadrature takes its place.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from models.families.pareto_nbd.likelihood import Histories, log_odds_lost
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.numerics.points import ManyPoints, in_blocks, log_alive_or_lost, merged, more_than, pieces, rises

_DIGITS = 34.0  # e^-34 = 2e-15: what interpolation and continued fraction may leave out, relative
_COST = 4.0  # steps (see ManyPoints) a history
_FAR = 5.0  # |ln(beta/alpha)| from which on the fraction crawls
_NEAREST = 3.0  # a little less than pi, where ln m is singular


@dataclass(frozen=True)
class _Rows:
    """Distinct histories: what they look up, and how many customers each is."""

    x: Floats  # (kinds,) numbers of purchases
    times: Floats  # (times,) all tau_x and tau_T
    pair_kind: Whole  # (pairs,) distinct (x, time), by index
    pair_time: Whole
    last: Whole  # (rows,) the pair (x, tau_x)
    end: Whole  # (rows,) the pair (x, tau_T)
    count: Floats  # (rows,)
    more: Floats  # how many customers bought more than i times
    at_end: Floats  # (2, times) customers with tau_T there, and their purchases

    @classmethod
    def of(cls, h: Histories) -> "_Rows":
        (x, tau_x, tau_T), count = merged([h.x[h.kind], h.tau_x, h.tau_T], h.count)
        kinds, kind = np.unique(x, return_inverse=True)
        times, at = np.unique(np.concatenate([tau_x, tau_T]), return_inverse=True)
        kind, at = kind.reshape(-1), at.reshape(-1)
        pairs, pair = np.unique(np.concatenate([kind, kind]) * times.size + at, return_inverse=True)
        pair, end = pair.reshape(-1), at[x.size :]
        per_end = [np.bincount(end, weights, times.size) for weights in (count, count * x)]
        return cls(
            kinds,
            times,
            pairs // times.size,
            pairs % times.size,
            pair[: x.size],
            pair[x.size :],
            count,
            more_than(x, count),
            np.stack(per_end).astype(np.float64),
        )


def log_likelihoods(h: Histories) -> ManyPoints:
    """The value of `likelihood.log_likelihood` at ln(r, alpha, s, beta), points (m, 4)."""
    rows = _Rows.of(h)
    wide = max(rows.pair_kind.size, rows.count.size)

    def values(u: Floats) -> Floats:
        apart = np.abs(u[:, 1] - u[:, 3])
        order = np.argsort(apart, kind="stable")  # points of like alpha/beta need like numbers of nodes
        near = order[apart[order] < _FAR]
        out = in_blocks(u, wide, partial(_block, rows), near)
        for point in order[near.size :]:
            out[point] = _by_quadrature(h, np.exp(u[point]))
        return out

    return ManyPoints(values, _COST * wide)


def _by_quadrature(h: Histories, theta: Floats) -> float:
    """The same for one theta (4,), row by row."""
    r, alpha, s, beta = theta
    x = h.x[h.kind]
    rising = rises(np.full(1, r), h.x)[:, 0] - h.x * np.log(alpha)
    value = rising[h.kind] - (r + x) * np.log1p(h.tau_T / alpha) - s * np.log1p(h.tau_T / beta)
    return float(h.count @ (value + np.logaddexp(0.0, log_odds_lost(theta, x, h.tau_x, h.tau_T))))


def _block(rows: _Rows, theta: Floats) -> Floats:
    """The same for theta (4, m)."""
    r, alpha, s, beta = theta
    on_A, on_B = (np.log1p(rows.times[:, None] / scale) for scale in (alpha, beta))
    y = np.log(beta / alpha) + (on_B - on_A)
    value = rows.more @ np.log(r + np.arange(float(rows.more.size))[:, None]) - rows.at_end[1].sum() * np.log(alpha)
    value -= r * (rows.at_end[0] @ on_A) + rows.at_end[1] @ on_A + s * (rows.at_end[0] @ on_B)

    low, high = y.min(axis=0), y.max(axis=0)
    half = 0.5 * (high - low)
    nodes = _needed(float(half.max()))
    place = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    values = log_lost(r + rows.x[:, None], s, 0.5 * (high + low) + half * place[:, None])
    coefficients = np.tensordot(_to_coefficients(nodes), values, axes=(1, 1))
    position = np.clip((y - 0.5 * (high + low)) / np.maximum(half, 1e-300), -1.0, 1.0)

    pairs = rows.pair_kind.size
    lost, silent = np.empty((pairs, r.size)), np.empty((pairs, r.size))  # ln m, ln of S over alpha^-R beta^-s, negated
    for some in pieces(pairs, r.size):
        kind, time = rows.pair_kind[some], rows.pair_time[some]
        lost[some] = _clenshaw(coefficients, kind, position[time])
        silent[some] = (r + rows.x[kind, None]) * on_A[time] + s * on_B[time]
    sooner = lost - silent  # ln of S m
    np.exp(lost, out=lost)
    for some in pieces(rows.count.size, r.size):
        odds = sooner[rows.last[some]]
        odds += silent[rows.end[some]]
        value += rows.count[some] @ log_alive_or_lost(odds, lost[rows.end[some]])
    return np.asarray(value)


def _needed(half: float) -> int:
    """Chebyshev nodes for an interval of y of that half-length: their error falls like the ellipse's sum of half-axes."""
    reach = _NEAREST / max(half, 1e-9)
    return 3 + int(_DIGITS / np.arcsinh(reach))


def _to_coefficients(n: int) -> Floats:
    """From values at the n Chebyshev nodes to the polynomial's coefficients, (n, n)."""
    j = np.arange(n)
    matrix = 2.0 / n * np.cos(np.pi * j[:, None] * (j + 0.5) / n)
    matrix[0] *= 0.5
    return np.asarray(matrix)


def _clenshaw(coefficients: Floats, kind: Whole, position: Floats) -> Floats:
    """The polynomials (n, kinds, m) of these kinds (rows,) at `position` (rows, m)."""
    twice = 2.0 * position
    before, now = np.zeros_like(position), coefficients[-1][kind]
    for row in coefficients[-2:0:-1]:
        before *= -1.0
        before += row[kind]
        before += twice * now
        before, now = now, before
    before *= -1.0
    before += coefficients[0][kind]
    before += position * now
    return before


def log_lost(R: Floats, s: Floats, y: Floats) -> Floats:
    """ln m for R (kinds, m), s (m,) and y (nodes, m), (kinds, nodes, m): the head of this file.

    Gauss's continued fraction of 2F1(1, b; b+d; z), 0 <= z < 1, from behind, begun with the tail's limit; where y > 0 after
    Pfaff's transformation, which lets R and s + 1 change places. It is a g-fraction: each two steps leave tanh(|y|/4)^2 of
    the error, whatever the parameters are (Gragg 1968, "Truncation error bounds for g-fractions").
    """
    later = y.mean(axis=0) > 0.0
    b, d = np.where(later, s + 1.0, R)[:, None, :], np.where(later, R, s + 1.0)[:, None, :]
    c, z = (R + s)[:, None, :] + 1.0, -np.expm1(-np.abs(y))
    rate = np.tanh(0.25 * float(np.abs(y).max(initial=0.0)))
    steps = 3 + int(_DIGITS / (-2.0 * np.log(max(rate, 1e-9))))
    t, step = np.empty((R.shape[0], *y.shape)), np.empty((R.shape[0], *y.shape))
    t[:] = 0.5 * (1.0 + np.exp(-0.5 * np.abs(y)))
    for n in range(steps, -1, -1):
        for part in (
            (n + 1.0) * (d + n) / ((c + 2.0 * n) * (c + 2.0 * n + 1.0)),
            (b + n) / (c + 2.0 * n) if n == 0 else (b + n) * (c - 1.0 + n) / ((c + 2.0 * n - 1.0) * (c + 2.0 * n)),
        ):
            np.multiply(part, z, out=step)
            np.divide(step, t, out=t)
            np.subtract(1.0, t, out=t)
    return np.asarray((np.log(s) - np.log(R + s))[:, None, :] - np.maximum(y, 0.0) - np.log(t))
