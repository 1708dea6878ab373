"""The likelihood of Pareto/NBD in operational time, its gradient and its Hessian.

For one customer with x repeat purchases, the last at operational time tau_x, observed until tau_T,

    Gamma(r+x)/Gamma(r) alpha^r beta^s { (alpha+tau_T)^-(r+x) (beta+tau_T)^-s
        + s int_{tau_x}^{tau_T} (alpha+t)^-(r+x) (beta+t)^-(s+1) dt }

times the clock's rates at the purchases, which hold no parameter: Schmittlein, Morrison & Colombo (1987); Fader & Hardie
(2005), "A note on deriving the Pareto/NBD model", before the integral is solved. First term: still alive; integral:
lost at t. Gauss's rule makes the integral a sum of positive terms, so a customer is a mixture of one state `alive` and a
few states `lost at t_j`, and the derivatives of her log-likelihood are means and covariances over that mixture.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from models.data.summary import Summary
from models.errors import BadInput
from models.families.pareto_nbd.quadrature import Losses, Rows, lost_without_purchase, pieces
from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows, merge_counts
from models.numerics.newton import Objective, to_logarithms
from models.numerics.normal import with_normal_prior

_Sums = tuple[float, Floats, Floats]


@dataclass(frozen=True)
class Histories:
    """Customers with equal histories merged: one row each, `count` of them; `kind` says which x."""

    tau_x: Floats  # (rows,)
    tau_T: Floats  # (rows,) # noqa: N815
    count: Floats  # (rows,) customers
    kind: Whole  # (rows,) index into x
    x: Floats  # (kinds,)

    def every(self, step: int) -> "Histories":
        """A thinned copy for a cheap starting point."""
        rows = slice(None, None, step)
        return Histories(self.tau_x[rows], self.tau_T[rows], self.count[rows], self.kind[rows], self.x)


def clock(summary: Summary) -> tuple[Floats, Floats]:
    """tau_x, 0 without a repeat purchase, and tau_T; (n,) each. Raises BadInput where a purchase is later than the end."""
    tau_x, tau_T = summary.clock
    tau_x = np.where(summary.frequency > 0, tau_x, 0.0)
    late = tau_x > tau_T * (1 + 1e-12)
    if late.any():
        row = int(np.flatnonzero(late)[0])
        raise BadInput(
            "summary: tau_x {tau_x} is later than tau_T {tau_T} in row {row}; the clock must not run back.",
            tau_x=tau_x[row],
            tau_T=tau_T[row],
            row=row,
        )
    return np.minimum(tau_x, tau_T), tau_T


def histories(x: Floats, tau_x: Floats, tau_T: Floats) -> Histories:
    """Merge customers with equal histories; arrays (n,)."""
    merged, count = merge_counts([x, tau_x, tau_T])
    (kinds,), kind = distinct_rows(merged[:1])
    assert kind is not None  # counts lie on the grid of whole numbers
    return Histories(merged[1], merged[2], count, kind, kinds)


def _rises(r: float, x: Floats, scale: float) -> Floats:
    """ln [Gamma(r+x)/Gamma(r) scale^-x] and two derivatives in r, (3, n): sums over the purchases, exact for any r."""
    at = r + np.arange(float(x.max(initial=0.0)))
    terms = np.zeros((3, at.size + 1))
    terms[:, 1:] = np.log(at / scale), 1.0 / at, -1.0 / at**2
    return np.asarray(np.cumsum(terms, axis=1)[:, x.astype(np.int64)])


def log_likelihood(h: Histories, theta: Floats) -> _Sums:
    """Log-likelihood, gradient (4,) and Hessian (4, 4) in (r, alpha, s, beta)."""
    r, alpha, s, beta = map(float, theta)
    value, gradient, hessian = _mixture(h, r, alpha, s, beta)
    n, bought = float(h.count.sum()), np.bincount(h.kind, weights=h.count, minlength=h.x.size)
    by_rises = _rises(r, h.x, alpha) @ bought
    value += float(by_rises[0])
    gradient[0] += float(by_rises[1])
    hessian[0, 0] += float(by_rises[2])
    for i, shape in ((0, r), (2, s)):  # ln [alpha^r beta^s], of which the value and slopes are in the mixture's
        scale = float(theta[i + 1])
        hessian[i, i + 1] += n / scale
        hessian[i + 1, i] += n / scale
        hessian[i + 1, i + 1] -= n * shape / scale**2
    return value, gradient, hessian


def _mixture(h: Histories, r: float, alpha: float, s: float, beta: float) -> _Sums:
    """The mixture's part: ln { (1+T/alpha)^-R (1+T/beta)^-s (1 + odds of lost to alive) } with derivatives."""
    R, T, span = r + h.x[h.kind], h.tau_T, h.tau_T - h.tau_x
    R_end, B_end = alpha + T, beta + T
    on_A, on_B = np.log1p(T / alpha), np.log1p(T / beta)
    count = h.count
    value = -float(count @ (R * on_A + s * on_B))
    gradient = np.array(
        [
            -float(count @ on_A),
            float(count @ (r / alpha - R / R_end)),
            -float(count @ on_B),
            float(count @ (s / beta * (T / B_end))),
        ]
    )
    hessian = np.zeros((4, 4))
    losses = Losses.of(R, alpha + h.tau_x, s, beta + h.tau_x, span)
    for rows, n in pieces(losses.length, losses.swing):
        piece = _piece(losses, rows, n, span[rows], count[rows])
        value += piece[0]
        gradient += piece[1]
        hessian += piece[2]
    return value, gradient, hessian


def _piece(losses: Losses, rows: Rows, n: int, span: Floats, count: Floats) -> _Sums:
    """Some rows' ln(1 + odds of lost to alive), its gradient, and the Hessian of both their terms."""
    s, R, A, B = losses.s, losses.R[rows], losses.A[rows], losses.B[rows]
    t, on_A, on_B, share = losses.nodes(rows, n)
    lost = share.sum(axis=0)
    end_A, end_B = np.log1p(span / A), np.log1p(span / B)
    with np.errstate(divide="ignore"):
        log_odds = np.log(lost) + R * end_A + s * end_B
    value = float(count @ np.logaddexp(0.0, log_odds))
    lost_n = count * expit(log_odds)
    alive_n = count * expit(-log_odds)
    share *= lost_n / np.maximum(lost, 1e-300)

    # How much each node's log density rises faster with (r, alpha, s, beta) than that of `alive`.
    in_A, in_B = 1.0 / (A + t), 1.0 / (B + t)
    out_A, out_B = 1.0 / (A + span), 1.0 / (B + span)
    rises = np.empty((4, *share.shape))
    np.subtract(end_A, on_A, out=rises[0])
    np.multiply(R, out_A - in_A, out=rises[1])
    np.subtract(end_B + 1.0 / s, on_B, out=rises[2])
    np.subtract(s * out_B, (s + 1.0) * in_B, out=rises[3])
    weighted = rises * share
    mean = weighted.sum(axis=1)
    hessian = weighted.reshape(4, -1) @ rises.reshape(4, -1).T - (mean / count) @ mean.T

    # The mean over the mixture of each state's own second derivatives.
    by_A, by_B = share * in_A, share * in_B
    cross_A = -float(alive_n @ out_A + by_A.sum())
    cross_B = -float(alive_n @ out_B + by_B.sum())
    hessian[[0, 1], [1, 0]] += cross_A
    hessian[[2, 3], [3, 2]] += cross_B
    hessian[1, 1] += float(R @ (alive_n * out_A**2 + (by_A * in_A).sum(axis=0)))
    hessian[2, 2] -= float(lost_n.sum()) / s**2
    hessian[3, 3] += s * float(alive_n @ out_B**2) + (s + 1.0) * float((by_B * in_B).sum())
    return value, mean.sum(axis=1), hessian


def log_odds_lost(theta: Floats, x: Floats, tau_x: Floats, tau_T: Floats) -> Floats:
    """ln of the odds of lost to alive by tau_T given each history, (n,); -inf where tau_x = tau_T."""
    r, alpha, s, beta = map(float, theta)
    R, A, B, span = r + x, alpha + tau_x, beta + tau_x, tau_T - tau_x
    with np.errstate(divide="ignore"):
        lost = np.log(lost_without_purchase(R, A, s, B, span))
    return np.asarray(lost + R * np.log1p(span / A) + s * np.log1p(span / B))


def each(summary: Summary, theta: Floats) -> Floats:
    """Log-likelihood of each customer, (n,), at theta = (r, alpha, s, beta)."""
    r, alpha, s, beta = map(float, theta)
    (x, tau_x, tau_T), place = distinct_rows([summary.frequency, *clock(summary)])
    total = _rises(r, x, alpha)[0] - (r + x) * np.log1p(tau_T / alpha) - s * np.log1p(tau_T / beta)
    total += np.logaddexp(0.0, log_odds_lost(theta, x, tau_x, tau_T))
    # Without a purchase L is 1 - P(purchase), and P(purchase) is J with purchase and loss changing places: where it is
    # small, so is ln L, and only this way keeps its digits.
    none = np.flatnonzero(x == 0)
    same = np.ones(none.size)
    some = lost_without_purchase(s * same, beta * same, r, alpha * same, tau_T[none])
    total[none] = np.where(some < 0.5, np.log1p(-np.minimum(some, 0.5)), total[none])
    total = total if place is None else total[place]
    return np.asarray(total if summary.log_rates is None else total + summary.log_rates)


def objective(h: Histories) -> Objective:
    """The log-likelihood as a function of ln(r, alpha, s, beta)."""

    def in_logarithms(u: Floats) -> _Sums:
        theta = np.exp(u)
        value, gradient, hessian = log_likelihood(h, theta)
        return (value, *to_logarithms(theta, gradient, hessian))

    return in_logarithms


# The weak prior of last resort, used only where the likelihood has no maximum inside (see Model.fit): the spread of the
# rates of purchase and of loss is of the order that published data sets show, and how many losses there are a purchase,
# (s/beta)/(r/alpha), give or take a factor of twenty, wide because where nobody seems lost it is loss that must be rare and
# not s that must be tiny. The mean rate of purchases is left to the data, and times enter by their ratio only, so the prior
# does not depend on the unit of time.
_PRIOR = (
    ((1.0, 0.0, 0.0, 0.0), float(np.log(0.7)), 1.5),
    ((0.0, 0.0, 1.0, 0.0), float(np.log(0.6)), 1.0),
    ((-1.0, 1.0, 1.0, -1.0), float(np.log(0.5)), 3.0),
)


def with_prior(likelihood: Objective) -> Objective:
    """The likelihood plus the weak prior: normal on ln r, ln s and ln[(s/beta)/(r/alpha)]."""
    return with_normal_prior(likelihood, _PRIOR)
