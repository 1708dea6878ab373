"""The log-likelihood of BG/NBD and its kin at many parameter vectors at once, value only.

The kin are MBG/NBD, BG/CNBD-k and MBG/CNBD-k (families/cnbd/likelihood.py). With R = r + k x hidden events, s chances to be
lost and Q the sum over hidden events since the last purchase (1 where k = 1), a customer's likelihood is

    Gamma(R)/Gamma(r) alpha^-kx B(a,b+s)/B(a,b) (1+tau_T/alpha)^-R { Q + odds e^(R gap) }

with gap = ln[(alpha+tau_T)/(alpha+tau_x)] and
odds = B(a,b+s-1)/B(a,b+s) - 1 for each chance to be lost (a/(b+s-1) without loyalty exponents). All but the brace is linear
in what depends on the number of purchases and on tau_T alone, so only the brace is worked out row by row.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import gammaln

from models.families.bg_nbd.likelihood import PRIOR_LOG_AB, PRIOR_LOG_R, PRIOR_LOGIT_LOSS, Histories
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.numerics.points import ManyPoints, in_blocks, merged, pieces, rises
from models.numerics.special import log_beta_ratio

_HUGE = 600.0  # e^600 is still a number


@dataclass(frozen=True)
class _Rows:
    """Distinct histories for k and at_first: what they look up, and how many customers each is."""

    x: Floats  # (kinds,)
    G_x: Floats  # (kinds,) chances to be lost, or their exponents added up
    G_before: Floats  # (kinds,)
    plain: bool  # every exponent is 1
    k: int
    can: Floats  # (kinds,) whether she can be lost
    per_kind: Floats  # (kinds,) customers
    times: Floats  # (times,) all tau_x and tau_T
    per_end: Floats  # (2, times) customers with tau_T there, and their hidden events
    kind: Whole  # (rows,) those with a brace, as indices into the arrays above, in order of kind and end
    end: Whole
    last: Whole
    count: Floats

    @classmethod
    def of(cls, h: Histories, k: int, at_first: int) -> "_Rows":
        G_x = h.x + at_first if h.plain else h.G_x
        before = np.maximum(G_x - 1.0, 0.0) if h.plain else h.G_before
        can = h.x + at_first > 0
        (kind, tau_T, tau_x), count = merged([h.kind.astype(np.float64), h.tau_T, h.tau_x], h.count)
        of_kind = kind.astype(np.int64)
        times, at = np.unique(np.concatenate([tau_T, tau_x]), return_inverse=True)
        end, last = at.reshape(2, -1)
        open_ = can[of_kind] if k == 1 else np.ones(of_kind.size, dtype=bool)
        per_end = [np.bincount(end, weights, times.size) for weights in (count, count * k * h.x[of_kind])]
        return cls(
            h.x,
            G_x,
            before,
            h.plain,
            k,
            can.astype(np.float64),
            np.bincount(of_kind, count, h.x.size).astype(np.float64),
            times,
            np.stack(per_end).astype(np.float64),
            of_kind[open_],
            end[open_],
            last[open_],
            count[open_],
        )


def log_likelihoods(h: Histories, k: int = 1, at_first: int = 0, constant: float = 0.0) -> ManyPoints:
    """The models' `log_likelihood` plus `constant` at ln(r, alpha, a, b) (m, 4); `at_first` as in cnbd/likelihood.py."""
    rows = _Rows.of(h, k, at_first)
    wide = max(rows.kind.size, rows.times.size, 4 * rows.x.size)
    return ManyPoints(lambda u: constant + in_blocks(u, wide, partial(_block, rows)), wide * (1.0 + 0.3 * (k - 1.0)))


def _block(rows: _Rows, theta: Floats) -> Floats:
    """The same for theta (4, m)."""
    r, alpha, a, b = theta
    events = rows.k * rows.x
    kept, odds_k = _survival(rows, a, b)
    clock = np.log1p(rows.times[:, None] / alpha)  # ln of (alpha + tau)/alpha
    shape = r + events[:, None]
    value = rows.per_kind @ (rises(r, events) - events[:, None] * np.log(alpha) + kept)
    value -= r * (rows.per_end[0] @ clock) + rows.per_end[1] @ clock
    # The sum Q is taken as it is where it cannot overflow, else in logarithms.
    most = float(shape.max(initial=0.0))
    plainly = gammaln(most + rows.k) - gammaln(most) - gammaln(float(rows.k)) < _HUGE
    for some in pieces(rows.kind.size, r.size):
        kind, count = rows.kind[some], rows.count[some]
        odds = clock[rows.end[some]]
        odds -= clock[rows.last[some]]
        R = shape[kind]
        if rows.k > 1:
            log_q = _log_stages(R, -np.expm1(-odds), rows.k, bool(plainly))
            value += count @ log_q
        odds *= R
        odds += odds_k[kind]
        if rows.k > 1:
            odds -= log_q
        value += count @ np.maximum(odds, 0.0)
        np.abs(odds, out=odds)
        np.negative(odds, out=odds)
        np.exp(odds, out=odds)
        value += count @ np.log1p(odds, out=odds)
    return np.asarray(value)


def _log_stages(R: Floats, v: Floats, k: int, plainly: bool) -> Floats:
    """ln Q, the sum over j < k of (R)_j v^j/j!, by Horner's rule; in logarithms where it might overflow."""
    if plainly:
        total = np.ones_like(R)
        for j in range(k - 1, 0, -1):
            total *= v
            total *= R + (j - 1.0)
            total *= 1.0 / j
            total += 1.0
        return np.asarray(np.log(total))
    total = np.zeros_like(R)
    with np.errstate(divide="ignore"):
        log_v = np.log(v)
    for j in range(k - 1, 0, -1):
        total = np.logaddexp(0.0, total + log_v + np.log((R + (j - 1.0)) / j))
    return total


def _survival(rows: _Rows, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """ln B(a,b+G_x)/B(a,b), and ln of (B(a,b+G_{x-1}) - B(a,b+G_x))/B(a,b+G_x), -inf where she cannot be; (kinds, m)."""
    G, before = rows.G_x[:, None], rows.G_before[:, None]
    never = np.where(rows.can > 0, 0.0, -np.inf)[:, None]
    if not rows.plain:
        step = log_beta_ratio(a, b + before, np.where(rows.can[:, None] > 0, G - before, 1.0))
        return log_beta_ratio(a, b, G), np.log(np.maximum(np.expm1(-step), 1e-300)) + never
    odds = np.log(a / (b + before)) + never
    most = int(rows.G_x.max(initial=0.0))
    if most > 8 * rows.G_x.size + 100:
        return log_beta_ratio(a, b, G), odds
    sums = np.zeros((most + 1, a.size))  # over the orders survived
    np.cumsum(-np.log1p(a / (b + np.arange(float(most))[:, None])), axis=0, out=sums[1:])
    return sums[rows.G_x.astype(np.int64)], odds


def log_weak_prior(u: Floats) -> Floats:
    """The weak prior of `likelihood.with_prior` at points (m, 4), (m,)."""
    total = np.zeros(u.shape[0])
    for at, (mean, sd) in (
        (u[:, 0], PRIOR_LOG_R),
        (np.logaddexp(u[:, 2], u[:, 3]), PRIOR_LOG_AB),
        (u[:, 2] - u[:, 3], PRIOR_LOGIT_LOSS),
    ):
        total -= 0.5 * ((at - mean) / sd) ** 2
    return total
