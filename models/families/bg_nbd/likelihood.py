"""The likelihood of BG/NBD in operational time with loyalty exponents, its gradient and its Hessian.

For one customer with x orders at operational times tau_1..tau_x, end tau_T, and G_j the sum of the first j
exponents,

    Gamma(r+x)/Gamma(r) alpha^r { B(a, b+G_x)/B(a,b) (alpha+tau_T)^-(r+x)
        + [x>0] (B(a, b+G_{x-1}) - B(a, b+G_x))/B(a,b) (alpha+tau_x)^-(r+x) }

times the clock's rates at the orders, which hold no parameter. With the calendar as the clock and exponents 1
it is Fader, Hardie & Lee (2005), "Counting your customers" the easy way, eq. 6. First brace: still alive;
second: lost after the last order.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import psi

from models.data.summary import Summary
from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows, merge_counts
from models.numerics.newton import Objective, to_logarithms
from models.numerics.special import log_beta_ratio, log_one_minus_exp, log_rising, trigamma

# Rows are worked through in pieces that stay in the cache; this bounds memory, and below 10,000 the linear
# algebra library starts no threads of its own, which cost more than they bring (and far more on a busy
# machine).
_PIECE = 8_192

_Sums: TypeAlias = tuple[float, Floats, Floats]
_Table: TypeAlias = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Histories:
    """Customers with equal histories merged: one row each, `count` of them; `kind` says which (x, G_x,
    G_{x-1})."""

    tau_x: Floats  # (rows,)
    tau_T: Floats  # (rows,) # noqa: N815
    count: Floats  # (rows,) customers
    kind: Whole  # (rows,) index into the three arrays below
    x: Floats  # (kinds,)
    G_x: Floats  # (kinds,)
    G_before: Floats  # (kinds,) G_{x-1}
    plain: bool  # every exponent is 1

    def every(self, step: int) -> "Histories":
        """A thinned copy for a cheap starting point."""
        rows = slice(None, None, step)
        return Histories(
            self.tau_x[rows],
            self.tau_T[rows],
            self.count[rows],
            self.kind[rows],
            self.x,
            self.G_x,
            self.G_before,
            self.plain,
        )


def histories(x: Floats, tau_x: Floats, tau_T: Floats, G_x: Floats | None, G_before: Floats | None) -> Histories:
    """Merge customers with equal histories; arrays (n,), exponents None where all are 1."""
    columns = [x, tau_x, tau_T] if G_x is None or G_before is None else [x, tau_x, tau_T, G_x, G_before]
    merged, count = merge_counts(columns)
    if len(columns) == 3:
        (kinds,), kind = distinct_rows(merged[:1])
        assert kind is not None  # counts lie on the grid of whole numbers
        return Histories(merged[1], merged[2], count, kind, kinds, kinds, np.maximum(kinds - 1.0, 0.0), True)
    triples, kind = np.unique(np.column_stack([merged[0], merged[3], merged[4]]), axis=0, return_inverse=True)
    x, G, before = np.ascontiguousarray(triples.T)
    return Histories(merged[1], merged[2], count, kind.reshape(-1), x, G, before, False)


def _ratio(a: float, b: float, G: Floats) -> _Table:
    """ln B(a,b+G)/B(a,b), its gradient in (a, b), (2, kinds), and its Hessian (aa, ab, bb), (3, kinds)."""
    shared = psi(a + b) - psi(a + b + G)
    shared2 = trigamma(a + b) - trigamma(a + b + G)
    by_b, by_b2 = psi(b + G) - psi(b), trigamma(b + G) - trigamma(b)
    return (
        log_beta_ratio(a, b, G),
        np.stack([shared, shared + by_b]),
        np.stack([shared2, shared2, shared2 + by_b2]),
    )


def ratio_of_counts(a: float, b: float, G: Floats) -> _Table:
    """The same for whole G: sums over the orders survived, whose terms all have one sign."""
    j = np.arange(float(G.max(initial=0.0)))
    alone, both = 1.0 / (b + j), 1.0 / (a + b + j)
    terms = np.zeros((5, j.size + 1))
    terms[:, 1:] = -np.log1p(a * alone), -both, a * alone * both, both**2, both**2 - alone**2
    value, by_a, by_b, aa, bb = np.cumsum(terms, axis=1)[:, G.astype(np.int64)]
    return value, np.stack([by_a, by_b]), np.stack([aa, aa, bb])


def _kind_tables(h: Histories, r: float, a: float, b: float) -> tuple[Floats, Floats, Floats, Floats]:
    """What depends on (x, G_x, G_{x-1}) only, with derivatives in (a, b).

    Returns ln B(a,b+G_x)/B(a,b) as value, gradient (2, kinds), Hessian (3, kinds: aa, ab, bb), stacked for
    the alive brace [0] and the lost brace [1]; and ln Gamma(r+x)/Gamma(r) with two derivatives (3, kinds).
    """

    ratio = ratio_of_counts if h.plain else _ratio
    alive, alive1, alive2 = ratio(a, b, h.G_x)
    base, base1, base2 = ratio(a, b, h.G_before)
    bought = h.x > 0
    if h.plain:
        step = -np.log1p(a / (b + h.G_before))
    else:
        step = np.where(bought, log_beta_ratio(a, b + h.G_before, h.G_x - h.G_before), -1.0)
    step1, step2 = alive1 - base1, alive2 - base2
    slope = 1.0 / np.expm1(-step)  # minus the derivative of ln(1 - e^step)
    bend = slope * (1.0 + slope)
    outer = np.stack([step1[0] ** 2, step1[0] * step1[1], step1[1] ** 2])
    lost = np.where(bought, base + log_one_minus_exp(step), -np.inf)
    lost1 = np.where(bought, base1 - slope * step1, 0.0)
    lost2 = np.where(bought, base2 - slope * step2 - bend * outer, 0.0)
    orders = np.stack([log_rising(r, h.x), psi(r + h.x) - psi(r), trigamma(r + h.x) - trigamma(r)])
    return np.stack([alive, lost]), np.stack([alive1, lost1]), np.stack([alive2, lost2]), orders


def log_likelihood(h: Histories, theta: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient (4,) and Hessian (4, 4) in (r, alpha, a, b)."""
    r, alpha, a, b = theta
    value_k, first_k, second_k, orders_k = _kind_tables(h, r, a, b)
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    for start in range(0, h.kind.size, _PIECE):
        piece = _piece(h, slice(start, start + _PIECE), r, alpha, value_k, first_k, second_k)
        value += piece[0]
        gradient += piece[1]
        hessian += piece[2]
    n, bought = float(h.count.sum()), np.bincount(h.kind, weights=h.count, minlength=h.x.size)
    value += float(bought @ (orders_k[0] - h.x * np.log(alpha)))
    gradient[0] += float(bought @ orders_k[1])
    gradient[1] += n * r / alpha
    hessian[0, 0] += float(bought @ orders_k[2])
    hessian[0, 1] += n / alpha
    hessian[1, 0] += n / alpha
    hessian[1, 1] -= n * r / alpha**2
    return value, gradient, hessian


def _piece(
    h: Histories, rows: slice, r: float, alpha: float, value_k: Floats, first_k: Floats, second_k: Floats
) -> _Sums:
    """The two braces of some rows: sum of their logarithm, gradient and Hessian in (r, alpha, a, b)."""
    kind, count = h.kind[rows], h.count[rows]
    k = r + h.x[kind]
    end, last = alpha + h.tau_T[rows], alpha + h.tau_x[rows]
    log_end, log_last = np.log1p(h.tau_T[rows] / alpha), np.log1p(h.tau_x[rows] / alpha)
    alive = value_k[0][kind] - k * log_end
    log_odds = value_k[1][kind] - k * log_last - alive  # lost : alive
    small = np.exp(-np.abs(log_odds))  # the lesser brace over the greater: never overflows
    lesser = small / (1.0 + small)
    weight = np.where(log_odds > 0, lesser, 1.0 - lesser)  # P(alive)
    alive_n = count * weight
    lost_n = count - alive_n
    value = float(count @ (alive + np.maximum(log_odds, 0.0) + np.log1p(small)))

    # The two braces' gradients, and the mean of their Hessians; their spread adds w(1-w) (difference)^2.
    difference = np.empty((4, kind.size))
    difference[0] = log_last - log_end
    difference[1] = k / last - k / end
    difference[2:] = (first_k[0] - first_k[1])[:, kind]
    by_kind = [np.bincount(kind, weights=w, minlength=h.x.size) for w in (alive_n, lost_n)]
    ab = [first_k[i] @ by_kind[i] for i in (0, 1)]
    gradient = np.array(
        [
            -float(alive_n @ log_end + lost_n @ log_last),
            -float(alive_n @ (k / end) + lost_n @ (k / last)),
            ab[0][0] + ab[1][0],
            ab[0][1] + ab[1][1],
        ]
    )
    hessian = (difference * (lost_n * weight)) @ difference.T
    cross = -float(alive_n @ (1.0 / end) + lost_n @ (1.0 / last))
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    hessian[1, 1] += float(alive_n @ (k / end**2) + lost_n @ (k / last**2))
    aa, cross_ab, bb = second_k[0] @ by_kind[0] + second_k[1] @ by_kind[1]
    hessian[2:, 2:] += np.array([[aa, cross_ab], [cross_ab, bb]])
    return value, gradient, hessian


def each(summary: Summary, theta: Floats) -> Floats:
    """Log-likelihood of each customer, (n,), at theta = (r, alpha, a, b)."""
    r, alpha, a, b = theta
    x, (tau_x, tau_T) = summary.frequency, summary.clock
    G_x = x if summary.G_x is None else summary.G_x
    G_before = np.maximum(x - 1.0, 0.0) if summary.G_before is None else summary.G_before
    bought = x > 0
    step = np.where(bought, log_beta_ratio(a, b + G_before, np.where(bought, G_x - G_before, 1.0)), -1.0)
    alive = log_beta_ratio(a, b, G_x) - (r + x) * np.log1p(tau_T / alpha)
    lost = log_beta_ratio(a, b, G_before) + log_one_minus_exp(step) - (r + x) * np.log1p(tau_x / alpha)
    total = log_rising(r, x) - x * np.log(alpha) + np.logaddexp(alive, np.where(bought, lost, -np.inf))
    return np.asarray(total if summary.log_rates is None else total + summary.log_rates)


def objective(h: Histories) -> Objective:
    """The log-likelihood as a function of ln(r, alpha, a, b)."""

    def in_logarithms(u: Floats) -> tuple[float, Floats, Floats]:
        theta = np.exp(u)
        value, gradient, hessian = log_likelihood(h, theta)
        return (value, *to_logarithms(theta, gradient, hessian))

    return in_logarithms


# The weak prior of last resort, used only where the likelihood has no maximum inside (see BGNBD.fit): the
# spread of rates and of loss chances is of the order that published data sets show, give or take a factor of
# about four. It says nothing about the mean rate, so it does not depend on the unit of time.
PRIOR_LOG_R, PRIOR_LOG_AB, PRIOR_LOGIT_LOSS = (np.log(0.7), 1.5), (np.log(3.0), 1.5), (-1.0, 1.5)


def with_prior(likelihood: Objective) -> Objective:
    """The likelihood plus the weak prior on ln r, ln(a + b) and logit(a / (a + b))."""

    def posterior(u: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = likelihood(u)
        share = 1.0 / (1.0 + np.exp(u[3] - u[2]))
        parts = [
            (u[0], PRIOR_LOG_R, np.array([1.0, 0, 0, 0])),
            (np.logaddexp(u[2], u[3]), PRIOR_LOG_AB, np.array([0, 0, share, 1 - share])),
            (u[2] - u[3], PRIOR_LOGIT_LOSS, np.array([0, 0, 1.0, -1.0])),
        ]
        gradient, hessian = gradient.copy(), hessian.copy()
        for at, (mean, sd), slope in parts:
            z = (at - mean) / sd
            value -= 0.5 * z * z
            gradient -= z / sd * slope
            hessian -= np.outer(slope, slope) / sd**2
        z = (np.logaddexp(u[2], u[3]) - PRIOR_LOG_AB[0]) / PRIOR_LOG_AB[1] ** 2
        bend = np.zeros((4, 4))
        bend[2:, 2:] = share * (1 - share) * np.array([[1.0, -1.0], [-1.0, 1.0]])
        return value, gradient, hessian - z * bend

    return posterior
