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
from scipy.special import betaln, expit, gammaln

from models.special import Floats, log_beta_ratio

_DEPTH = 39.0  # e^-39: what is left out beyond the last node, relative to the whole
_CELLS = 400_000  # nodes x customers worked on at once


def _nodes(R: Floats, y: Floats, a: float, B: Floats) -> tuple[Floats, Floats, float]:
    """Centres (n,), offsets of ln(p/(1-p)) from them (m,) and the trapezium's step for the double exponential
    rule.

    Offsets are sinh(u) for equally spaced u (Takahasi & Mori 1974): steps grow outwards as the integrand dies
    away, and are as fine where 1 + y p turns, at p about 1/(R y), as near the mean of p.
    """
    centre = np.log(a / B)
    turn = np.abs(np.log1p(R * y) - np.log1p(B / a)).max(initial=0.0)
    step = min(0.085, 0.4 / (1.0 + turn))
    # How far out the density of p has fallen by e^-39 from its peak, on either side.
    rise = np.log1p(a / B)
    left = (_DEPTH + B * rise) / a + rise
    exponent = (_DEPTH + a * np.log1p(B / a)) / B + rise
    right = np.where(exponent > 30.0, exponent, np.log(np.expm1(np.minimum(exponent, 30.0)))) - centre
    first = int(np.ceil(np.arcsinh(float(left.max(initial=1.0))) / step))
    last = int(np.ceil(np.arcsinh(float(right.max(initial=1.0))) / step))
    u = step * np.arange(-first, last + 1)
    return centre, np.sinh(u), step


def _integrate(R: Floats, y: Floats, a: float, B: Floats, g: Floats) -> Floats:
    """E over p of [1 - (1 + y pi)^-R]/pi; all but `a` (n,)."""
    centre, offsets, step = _nodes(R, y, a, B)
    weights = step * np.sqrt(1.0 + offsets * offsets)
    logit = centre[:, None] + offsets[None, :]
    log_lost = -np.logaddexp(0.0, -logit)  # ln p
    log_kept = -np.logaddexp(0.0, logit)  # ln(1 - p)
    density = np.exp(a * log_lost + B[:, None] * log_kept - betaln(a, B)[:, None]) * weights
    pi = expit(logit) if (g == 1.0).all() else -np.expm1(g[:, None] * log_kept)
    pi = np.maximum(pi, 1e-300)
    orders = -np.expm1(-R[:, None] * np.log1p(y[:, None] * pi)) / pi
    return np.asarray((density * orders).sum(axis=1))


def mean_orders(t: Floats, R: Floats, A: Floats, a: float, B: Floats, g: Floats | float = 1.0) -> Floats:
    """Expected further orders within operational time `t` of customers alive now; arrays (n,)."""
    t, R, A, B, g = (
        np.ascontiguousarray(v, dtype=np.float64).reshape(-1) for v in np.broadcast_arrays(t, R, A, B, g)
    )
    out = np.empty(R.size)
    order = np.argsort(B, kind="stable")  # customers of like B need like nodes
    piece = max(_CELLS // 120, 1)
    for start in range(0, R.size, piece):
        rows = order[start : start + piece]
        out[rows] = _integrate(R[rows], t[rows] / A[rows], a, B[rows], g[rows])
    return out


def count_chances(
    n_most: int, t: Floats, R: Floats, A: Floats, a: float, B: Floats, g: Floats | float = 1.0
) -> Floats:
    """P(N = n) for n = 0..n_most, of customers alive now; arrays (n,), result (n, n_most + 1).

    Negative binomial counts, each order survived with chance (1 - p)^g: P(N = n) = P(Y = n) S_n + P(Y >= n)
    (S_{n-1} - S_n) with S_n = B(a, B + g n)/B(a, B) (Fader, Hardie & Lee 2005, eq. 8, for g = 1 and a new
    customer).
    """
    n = np.arange(n_most + 1, dtype=np.float64)
    t, R, A, B, g = (
        np.asarray(v, dtype=np.float64).reshape(-1, 1) for v in np.broadcast_arrays(t, R, A, B, g)
    )
    with np.errstate(divide="ignore"):
        log_z, log_rest = -np.log1p(A / t), -np.log1p(t / A)
    chance = np.exp(gammaln(R + n) - gammaln(R) - gammaln(n + 1.0) + n * log_z + R * log_rest)
    at_least = _upper_tails(chance, n, R, np.exp(log_z))
    survival = np.exp(log_beta_ratio(a, B, g * n))
    lost = np.empty_like(survival)  # S_{n-1} - S_n
    lost[:, :1] = 0.0
    lost[:, 1:] = survival[:, :-1] * -np.expm1(log_beta_ratio(a, B + g * n[:-1], g))
    return np.asarray(chance * survival + at_least * lost)


def _upper_tails(chance: Floats, n: Floats, R: Floats, z: Floats) -> Floats:
    """P(Y >= n) of the negative binomial; exact in the far tail too, where 1 less the sum would leave
    nothing."""
    from scipy.special import betainc

    tails = np.ones_like(chance)
    tails[:, 1:] = betainc(n[None, 1:], R, z)
    return tails
