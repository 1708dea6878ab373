"""Orders still to come from a customer who is alive: mean and distribution, right in every corner.

Alive after x orders, lambda ~ Gamma(R, rate A) and p ~ Beta(a, B) with R = r + x, A = alpha + tau_T, B = b +
G_x; each further order is survived with chance (1 - p)^g. Given p, a customer orders once at least with her
rate and goes on with chance (1 - p)^g: with pi = 1 - (1 - p)^g and y = t/A

    E[N] = E over p of [1 - (1 + y pi)^-R] / pi.

The integral over p has no singular case: a = 1 and a + B < 1 are as good as any other value, as they are not
in the hypergeometric form with g = 1 (Fader, Hardie & Lee 2005, eq. 10), to which it is equal, as it is to
the sum over n of I_z(n, R) B(a, B + g(n-1))/B(a, B), z = t/(A + t).
"""

import numpy as np
from scipy.special import betainc, expit

from models.numerics.arrays import Floats
from models.numerics.special import log_beta_ratio

_DEPTH = 39.0  # e^-39: what is left out beyond the last node, relative to the whole
_SPREAD = 40.0  # a, or B, above which the density has died away before its far edge
_PIECE = 2_048  # customers worked on at once, about a hundred nodes each


def nodes_of(R: Floats, y: Floats, a: float, B: Floats) -> tuple[Floats, Floats, Floats]:
    """Centres (n,), offsets of ln(p/(1-p)) from them (m,) and the length each offset stands for (m,), by the
    trapezium's rule in the double exponential variable.

    Offsets are w sinh(u) for equally spaced u (Takahasi & Mori 1974): steps grow outwards as the integrand dies
    away. They are as fine as 0.35 where it turns: at p about 1/(R y), or 1/y where R < 1, and at the edges of the
    density, p about 1/B and 1 - p about 1/a, which lie far from its centre where a or B is tiny. w is 1 unless
    chances are so much alike that the density is a narrow peak, of standard deviation (1/a + 1/B)^(1/2).
    """
    centre = np.log(a / B)
    ahead = np.log1p(np.maximum(R, 1.0) * y) - np.log1p(B / a)
    turn = np.abs(ahead).max(initial=0.0)
    if a < _SPREAD:
        turn = max(turn, np.abs(centre + np.log1p(B)).max(initial=0.0))
    if (B < _SPREAD).any():
        turn = max(turn, np.abs(centre - np.log1p(a))[B < _SPREAD].max())
    step = min(0.085, 0.35 / (1.0 + turn))
    width = min(1.0, 8.0 * float(np.sqrt(1.0 / a + 1.0 / B.max(initial=0.0))))
    # How far out the density of p, times the purchases on the left, has fallen by e^-39 from its peak.
    rise = np.log1p(a / B)
    left = (_DEPTH + np.maximum(ahead, 0.0).max(initial=0.0) + B * rise) / a + rise
    exponent = (_DEPTH + a * np.log1p(B / a)) / B + rise
    right = np.where(exponent > 30.0, exponent, np.log(np.expm1(np.minimum(exponent, 30.0)))) - centre
    first = int(np.ceil(np.arcsinh(float(left.max(initial=1.0)) / width) / step))
    last = int(np.ceil(np.arcsinh(float(right.max(initial=1.0)) / width) / step))
    u = step * np.arange(-first, last + 1)
    return centre, width * np.sinh(u), step * width * np.cosh(u)


def density_of(centre: Floats, offsets: Floats, lengths: Floats, a: float, B: Floats) -> tuple[Floats, Floats]:
    """The nodes' ln(p/(1-p)) and what each counts under Beta(a, B), both (n, m); they count 1 in all."""
    logit = centre[:, None] + offsets[None, :]
    log_lost, log_kept = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    peak = a * np.log1p(B / a) + B * np.log1p(a / B)
    weight = np.exp(a * log_lost + B[:, None] * log_kept + peak[:, None]) * lengths
    # Their sum is B(a, B) as exactly as the rule is, and the digits that large a and B cost cancel in it.
    weight /= weight.sum(axis=1, keepdims=True)
    return logit, weight


def _loss(logit: Floats, g: Floats) -> Floats:
    """pi = 1 - (1 - p)^g at the nodes; never 0, where p itself would be."""
    pi = expit(logit) if (g == 1.0).all() else -np.expm1(g[:, None] * -np.logaddexp(0.0, logit))
    return np.maximum(pi, 1e-300)


def _one_by_one(R: Floats, y: Floats, a: float, B: Floats, g: Floats) -> Floats:
    """E over p of [1 - (1 + y pi)^-R]/pi; all but `a` (n,)."""
    logit, weight = density_of(*nodes_of(R, y, a, B), a, B)
    pi = _loss(logit, g)
    orders = -np.expm1(-R[:, None] * np.log1p(y[:, None] * pi)) / pi
    return np.asarray((weight * orders).sum(axis=1))


def _same_loss(R: Floats, y: Floats, a: float, B: float, g: float) -> Floats:
    """The same for customers who share B and g: the nodes are worked out once."""
    one, exponent = np.full(1, B), np.full(1, g)
    logit, weight = density_of(*nodes_of(R, y, a, one), a, one)
    pi = _loss(logit, exponent)
    orders = np.log1p(y[:, None] * pi)
    orders *= -R[:, None]
    np.expm1(orders, out=orders)
    return np.asarray(-(orders * (weight / pi)).sum(axis=1))


def mean_orders(t: Floats, R: Floats, A: Floats, a: float, B: Floats, g: Floats | float = 1.0) -> Floats:
    """Expected further orders within operational time `t` of customers alive now; arrays (n,)."""
    t, R, A, B, g = (np.ascontiguousarray(v, dtype=np.float64).reshape(-1) for v in np.broadcast_arrays(t, R, A, B, g))
    out = np.empty(R.size)
    order = np.lexsort((g, B))  # customers of like B need like nodes
    B_sorted, g_sorted = B[order], g[order]
    edges = np.flatnonzero((np.diff(B_sorted) != 0) | (np.diff(g_sorted) != 0)) + 1
    y = t / A
    if edges.size < R.size // 8:
        for group in np.split(order, edges):
            for rows in np.array_split(group, group.size // _PIECE + 1):
                out[rows] = _same_loss(R[rows], y[rows], a, float(B[rows[0]]), float(g[rows[0]]))
        return out
    for rows in np.array_split(order, R.size // _PIECE + 1):
        out[rows] = _one_by_one(R[rows], y[rows], a, B[rows], g[rows])
    return out


def at_least(n: Floats, t: Floats, R: Floats, A: Floats, a: float, B: Floats, g: Floats | float = 1.0) -> Floats:
    """P(N >= n) for each n >= 1 of `n` (m,) and each customer alive now; arrays (k,), result (k, m)."""
    t, R, A, B, g = (np.asarray(v, np.float64).reshape(-1, 1) for v in np.broadcast_arrays(t, R, A, B, g))
    n = np.asarray(n, dtype=np.float64).reshape(1, -1)
    return np.asarray(betainc(n, R, t / (A + t)) * np.exp(log_beta_ratio(a, B, g * (n - 1.0))))


def count_chances(n_most: int, t: Floats, R: Floats, A: Floats, a: float, B: Floats, g: Floats | float = 1.0) -> Floats:
    """P(N = n) for n = 0..n_most, of customers alive now; arrays (n,), result (n, n_most + 1).

    Negative binomial counts, each order survived with chance (1 - p)^g: P(N = n) = P(Y = n) S_n + P(Y >= n)
    (S_{n-1} - S_n) with S_n = B(a, B + g n)/B(a, B) (Fader, Hardie & Lee 2005, eq. 8, for g = 1 and a new
    customer).
    """
    n = np.arange(n_most + 1, dtype=np.float64)
    t, R, A, B, g = (np.asarray(v, dtype=np.float64).reshape(-1, 1) for v in np.broadcast_arrays(t, R, A, B, g))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_z, log_rest = -np.log1p(A / t), -np.log1p(t / A)
        times = np.where(n == 0.0, 0.0, n * log_z)  # at t = 0 nobody orders
    ways = np.zeros((R.size, n_most + 1))  # ln [Gamma(R + n)/Gamma(R)/n!], which log-gammas lose digits of
    np.cumsum(np.log((R + n[:-1]) / (n[:-1] + 1.0)), axis=1, out=ways[:, 1:])
    chance = np.exp(ways + times + R * log_rest)
    tails = np.ones_like(chance)  # P(Y >= n): what is above, added up from the far end, all of it positive
    beyond = betainc(n_most + 1.0, R, np.exp(log_z))
    tails[:, 1:] = np.cumsum(np.concatenate([beyond, chance[:, :0:-1]], axis=1), axis=1)[:, :0:-1]
    survival, lost = np.ones_like(chance), np.zeros_like(chance)  # S_n, and S_{n-1} - S_n
    if (g == 1.0).all():  # (B + j)/(a + B + j) are kept at each order: sums in place of ratios of beta functions
        risk = a / (B + n[:-1])
        survival[:, 1:] = np.exp(-np.cumsum(np.log1p(risk), axis=1))
        lost[:, 1:] = survival[:, :-1] * (risk / (1.0 + risk))
    else:
        survival = np.exp(log_beta_ratio(a, B, g * n))
        lost[:, 1:] = survival[:, :-1] * -np.expm1(log_beta_ratio(a, B + g * n[:-1], g))
    return np.asarray(chance * survival + tails * lost)
