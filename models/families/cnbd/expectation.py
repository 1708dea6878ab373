"""Purchases still to come from a customer who is alive, when each k-th hidden event is a purchase: exact.

Alive, with j hidden events since her last purchase (0 <= j < k), lambda ~ Gamma(R, rate A), R = r + k x + j, and
p ~ Beta(a, B): hidden events to come are negative binomial, Y ~ NB(R, z), z = t/(A + t), and make M = floor((Y + j)/k)
purchases if she stays. With S_n = B(a, B+n)/B(a, B), the chance to survive n of them,

    E[N] = sum over n >= 1 of P(Y >= k n - j) S_{n-1} = E[S_0 + ... + S_{M-1}],

a sum of positive terms. The package BTYDplus has instead BG/NBD's expectation with alpha k, scaled until a cohort's sum is
right. Where the sum would be long (heavy tails, horizons of thousands of purchases) it is taken in closed form given p and
integrated over p: with y = t/A, omega running over the k roots of omega^k = 1 - p,

    E[N | p] = 1/k sum over omega of omega^(j+1-k) [1 - (1 + y (1 - omega))^-R] / (1 - omega),

for k = 1 the integrand of models/families/bg_nbd/expectation.py. Both are exact to about 1e-12 (tests/models/test_cnbd.py).
"""

import numpy as np
from scipy.special import betainc, expit

from models.families.bg_nbd.expectation import density_of, mean_orders, nodes_of
from models.numerics.arrays import Floats
from models.numerics.special import log_beta_ratio

_LONGEST = 2_048  # hidden events summed over; beyond, the integral
_CELLS = 500_000  # cells of a table worked on at once
_LOST_DIGITS = 100.0  # by how much roots may cancel before powers of 1 - p take over
_POWERS = 12
_LEAST = 1e-300  # 1 - omega is never 0


def mean_purchases(t: Floats, R: Floats, A: Floats, a: float, B: Floats, k: int, j: int) -> Floats:
    """Expected purchases within operational time `t` of customers alive now, `j` hidden events on; arrays (n,).

    R is a function of B here: customers of like x share both.
    """
    if k == 1:
        return mean_orders(t, R, A, a, B)
    t, R, A, B = (np.ascontiguousarray(v, dtype=np.float64).reshape(-1) for v in np.broadcast_arrays(t, R, A, B))
    y, out = t / A, np.empty(R.size)
    order = np.argsort(B, kind="stable")
    edges = np.flatnonzero(np.diff(B[order])) + 1
    for rows in np.split(order, edges):
        if rows.size:
            out[rows] = _like(y[rows], float(R[rows[0]]), a, float(B[rows[0]]), k, j)
    return out


def _like(y: Floats, R: float, a: float, B: float, k: int, j: int) -> Floats:
    """The same for customers who differ in y = t/A only."""
    mean = R * y
    # Beyond this many hidden events lies less than e^-40 of the whole: nine deviations, and the tail's geometric decay.
    most = mean + 9.0 * np.sqrt(mean * (1.0 + y)) + 45.0 * (1.0 + y) + 2.0 * k
    short = (most <= _LONGEST) & (R * np.log1p(y) < 600.0)  # P(Y = 0) must not underflow
    out = np.empty(y.size)
    for chosen, function in ((short, _by_sum), (~short, _by_integral)):
        at = np.flatnonzero(chosen)
        if not at.size:
            continue
        at = at[np.argsort(y[at])]
        width = float(most[at].max()) if function is _by_sum else 1_000.0 * k
        for some in np.array_split(at, int(at.size * width / _CELLS) + 1):
            if some.size:
                out[some] = function(y[some], R, a, B, k, j, int(most[some[-1]]) if function is _by_sum else 0)
    return out


def _by_sum(y: Floats, R: float, a: float, B: float, k: int, j: int, most: int) -> Floats:
    """E[S_0 + ... + S_{M-1}] over the hidden events to come, 0..most."""
    m = np.arange(float(most))
    chance = np.empty((y.size, most + 1))
    chance[:, 0] = np.exp(-R * np.log1p(y))
    chance[:, 1:] = (y / (1.0 + y))[:, None] * ((R + m) / (m + 1.0))
    np.cumprod(chance, axis=1, out=chance)
    n = np.arange(float((most + j) // k))
    survived = np.concatenate([[0.0], np.cumsum(np.cumprod(np.concatenate([[1.0], (B + n) / (a + B + n)])))])
    return np.asarray(chance @ survived[(np.arange(most + 1) + j) // k])


def _by_integral(y: Floats, R: float, a: float, B: float, k: int, j: int, _: int) -> Floats:
    """E over p of E[N | p] by the double exponential rule (see models/families/bg_nbd/expectation.py)."""
    at_b = np.full(1, B)
    centre, offsets, step = nodes_of(np.full(y.size, R), y / k, a, at_b)
    logit, weight = density_of(centre, offsets, step, a, at_b)
    log_kept, weight = -np.logaddexp(0.0, logit[0]), weight[0]
    # omega^(j+1-k) grows as 1 - p vanishes: there a few powers of 1 - p are the whole sum.
    by_power = log_kept * ((k - 1.0) / k) < -np.log(_LOST_DIGITS)
    kept = expit(-logit[0][by_power])
    powers = kept ** np.arange(_POWERS)[:, None] @ weight[by_power]
    n = k * np.arange(1.0, _POWERS + 1.0) - j
    total = betainc(n[None, :], R, (y / (1.0 + y))[:, None]) @ powers
    log_root, weight = log_kept[~by_power] / k, weight[~by_power]
    rise = np.exp((j + 1.0 - k) * log_root) * weight / k
    lost = np.maximum(-np.expm1(log_root), _LEAST)  # 1 - omega of the real positive root
    total += -np.expm1(-R * np.log1p(y[:, None] * lost)) @ (rise / lost)
    root = np.exp(log_root)
    for i in range(1, k // 2 + 1):
        angle = 2.0 * np.pi * i / k
        if 2 * i == k:  # the real negative root
            sign = -1.0 if (j + 1 - k) % 2 else 1.0
            total += -np.expm1(-R * np.log1p(y[:, None] * (1.0 + root))) @ (sign * rise / (1.0 + root))
            continue
        away = (lost + root * 2.0 * np.sin(0.5 * angle) ** 2) - 1j * root * np.sin(angle)  # 1 - omega
        factor = np.exp(1j * ((j + 1 - k) * angle)) * rise / away
        total += 2.0 * np.real(-np.expm1(-R * np.log1p(y[:, None] * away)) @ factor)  # with its conjugate
    return np.asarray(total)


def count_chances(n_most: int, y: Floats, R: Floats, a: float, B: Floats, k: int, j: int) -> Floats:
    """P(N = n) for n = 0..n_most of customers alive now, `j` hidden events on, within y = t/A; arrays (n,), result
    (n, n_most + 1).

    P(N = n) = P(M = n) S_n + P(M >= n) (S_{n-1} - S_n): she stays all the time, or is lost at the n-th purchase.
    """
    out = np.empty((R.size, n_most + 1))
    for start in range(0, R.size, max(_CELLS // (k * (n_most + 1)), 1)):
        rows = slice(start, start + max(_CELLS // (k * (n_most + 1)), 1))
        out[rows] = _chances(n_most, y[rows], R[rows], a, B[rows], k, j)
    return out


def _chances(n_most: int, y: Floats, R: Floats, a: float, B: Floats, k: int, j: int) -> Floats:
    n, m = np.arange(n_most + 1.0), np.arange(k * (n_most + 1.0) - j)
    with np.errstate(divide="ignore"):  # t = 0: nothing comes
        log_z = np.log(y) - np.log1p(y)
    logs = np.empty((R.size, m.size))
    logs[:, 0] = -R * np.log1p(y)
    logs[:, 1:] = log_z[:, None] + np.log((R[:, None] + m[:-1]) / (m[:-1] + 1.0))
    event = np.exp(np.cumsum(logs, axis=1))  # P(Y = m)
    chance = np.add.reduceat(event, np.maximum(k * np.arange(n_most + 1) - j, 0), axis=1)  # P(M = n)
    beyond = betainc(k * (n_most + 1.0) - j, R, y / (1.0 + y))  # P(M > n_most)
    tails = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1] + beyond[:, None]  # P(M >= n): all terms are positive
    survival = np.exp(log_beta_ratio(a, B[:, None], n[None, :]))
    lost = np.zeros_like(survival)
    lost[:, 1:] = survival[:, :-1] * (a / (a + B[:, None] + n[None, :-1]))
    return np.asarray(chance * survival + tails * lost)
