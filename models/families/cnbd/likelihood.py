"""The likelihood of (M)BG/CNBD-k in operational time, its gradient and its Hessian.

Hidden events come at rate lambda ~ Gamma(r, alpha) and each k-th is a purchase, so that times between purchases are
Erlang-k. After a purchase a customer is lost with chance p ~ Beta(a, b): after each repeat purchase in the BG models, after
the first one too in the MBG models. With x repeat purchases at tau_1..tau_x, end tau_T, R = r + k x, s the purchases she
could be lost at (x, or x + 1 in the MBG models) and v = (tau_T - tau_x)/(alpha + tau_T), one customer's likelihood is

    prod (tau_i - tau_{i-1})^(k-1) / (k-1)!^x  Gamma(R)/Gamma(r) alpha^r { B(a, b+s)/B(a,b) (alpha+tau_T)^-R Q
        + [s>0] B(a+1, b+s-1)/B(a,b) (alpha+tau_x)^-R },    Q = sum over j < k of (R)_j v^j / j!

times the clock's rates at the purchases. Q sums over the hidden events since the last purchase. First brace: still alive;
second: lost after the last purchase. Platzer & Reutterer (2016), "Ticking away the moments", Marketing Science 35(5); with
k = 1 Fader, Hardie & Lee (2005) and Batislam, Denizel & Filiztekin (2007). The gaps enter as one sum that holds no
parameter, so customers with equal (x, tau_x, tau_T) are merged for every k.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaln

from models.data.summary import Summary
from models.families.bg_nbd.likelihood import Histories, ratio_of_counts
from models.numerics.arrays import Floats
from models.numerics.newton import Objective, to_logarithms
from models.numerics.special import log_beta_ratio, log_rising

_PIECE = 8_192  # rows worked on at once: they stay in the cache
_TINY = 1e-300


@dataclass(frozen=True)
class Stages:
    """Hidden events j = 0..k-1 since the last purchase of a customer alive: ln Q and their chances (k, n)."""

    log_q: Floats
    chance: Floats


def stages(R: Floats, v: Floats, k: int) -> Stages:
    """The sum Q over hidden events since the last purchase, in logarithms: no k and no R overflows it; arrays (n,)."""
    if k == 1:
        return Stages(np.zeros(R.shape), np.ones((1, R.size)))
    log_v = np.log(np.maximum(v, _TINY))
    terms = np.zeros((k, R.size))
    for j in range(1, k):
        terms[j] = terms[j - 1] + log_v + np.log((R + (j - 1.0)) / j)
    top = terms.max(axis=0)
    chance = np.exp(terms - top)
    total = chance.sum(axis=0)
    return Stages(top + np.log(total), chance / total)


@dataclass(frozen=True)
class _Tables:
    """What depends on x only, (kinds,): stacked for alive [0] and lost [1], with derivatives in (a, b)."""

    value: Floats  # (2, kinds)
    first: Floats  # (2, 2, kinds)
    second: Floats  # (2, 3, kinds): aa, ab, bb
    events: Floats  # (3, kinds): ln Gamma(r+kx)/Gamma(r) and two derivatives in r


def _tables(x: Floats, theta: Floats, k: int, at_first: int) -> _Tables:
    r, _, a, b = theta
    chances = x + at_first
    alive, alive1, alive2 = ratio_of_counts(a, b, chances)
    base, base1, base2 = ratio_of_counts(a, b, np.maximum(chances - 1.0, 0.0))
    can = chances > 0
    both = 1.0 / (a + b + np.maximum(chances - 1.0, 0.0))
    lost = np.where(can, base + np.log(a * both), -np.inf)
    lost1 = np.where(can, base1 + np.stack([1.0 / a - both, -both]), 0.0)
    lost2 = np.where(can, base2 + np.stack([both**2 - 1.0 / a**2, both**2, both**2]), 0.0)
    events = k * x
    i = r + np.arange(float(events.max(initial=0.0)))
    sums = np.zeros((3, i.size + 1))
    sums[:, 1:] = np.cumsum([np.log(i), 1.0 / i, -1.0 / i**2], axis=1)
    return _Tables(
        np.stack([alive, lost]), np.stack([alive1, lost1]), np.stack([alive2, lost2]), sums[:, events.astype(np.int64)]
    )


def log_likelihood(h: Histories, theta: Floats, k: int, at_first: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood without the gaps' sum, gradient (4,) and Hessian (4, 4) in (r, alpha, a, b).

    `at_first` is 1 where a customer may be lost after her first purchase (MBG), else 0.
    """
    r, alpha = theta[:2]
    tables = _tables(h.x, theta, k, at_first)
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    for start in range(0, h.kind.size, _PIECE):
        piece = _piece(h, slice(start, start + _PIECE), r, alpha, k, tables)
        value += piece[0]
        gradient += piece[1]
        hessian += piece[2]
    count = np.bincount(h.kind, weights=h.count, minlength=h.x.size)
    value += float(count @ (tables.events[0] - k * h.x * np.log(alpha)))
    gradient[0] += float(count @ tables.events[1])
    hessian[0, 0] += float(count @ tables.events[2])
    return value, gradient, hessian


@dataclass(frozen=True)
class _Moments:
    """ln Q and its derivatives in R and ln v: the stages' means, variances and covariance; arrays (n,)."""

    log_q: Floats
    by_r: Floats
    by_v: Floats
    rr: Floats
    rv: Floats
    vv: Floats


def _moments(R: Floats, v: Floats, k: int) -> _Moments:
    none = np.zeros(R.shape)
    if k == 1:
        return _Moments(none, none, none, none, none, none)
    stage = stages(R, v, k)
    slope, bend = none.copy(), none.copy()
    by_r, by_v, rr, rv, vv, square = (none.copy() for _ in range(6))
    for j in range(1, k):
        inverse = 1.0 / (R + (j - 1.0))
        slope += inverse
        bend += inverse**2
        chance = stage.chance[j]
        by_r += chance * slope
        by_v += chance * j
        square += chance * (slope**2 - bend)
        rv += chance * (j * slope)
        vv += chance * j**2
    rr = square - by_r**2
    return _Moments(stage.log_q, by_r, by_v, rr, rv - by_r * by_v, vv - by_v**2)


def _piece(h: Histories, rows: slice, r: float, alpha: float, k: int, tables: _Tables) -> tuple[float, Floats, Floats]:
    """The two braces of some rows: sum of their logarithm, gradient and Hessian in (r, alpha, a, b)."""
    kind, count, tau_x, tau_T = h.kind[rows], h.count[rows], h.tau_x[rows], h.tau_T[rows]
    events = k * h.x[kind]
    R, end, last = r + events, alpha + tau_T, alpha + tau_x
    rest = np.maximum(tau_T - tau_x, 0.0)
    q = _moments(R, rest / end, k)
    far, gap = np.log1p(tau_T / alpha), np.log1p(rest / last)
    alive = tables.value[0][kind] - R * far + q.log_q
    log_odds = (tables.value[1] - tables.value[0])[kind] + R * gap - q.log_q  # lost : alive
    small = np.exp(-np.abs(log_odds))  # the lesser brace over the greater: never overflows
    lesser = small / (1.0 + small)
    weight = np.where(log_odds > 0, lesser, 1.0 - lesser)  # P(alive)
    alive_n = count * weight
    lost_n = count - alive_n
    value = float(count @ (alive + np.maximum(log_odds, 0.0) + np.log1p(small)))

    # Gradients of the braces with alpha^r in them, so that nothing cancels where alpha is far above the times.
    by_alpha = (r * tau_T - (events + q.by_v) * alpha) / (alpha * end)
    by_alpha_lost = (r * tau_x - events * alpha) / (alpha * last)
    difference = np.empty((4, kind.size))
    difference[0] = q.by_r - gap
    difference[1] = by_alpha - by_alpha_lost
    difference[2:] = (tables.first[0] - tables.first[1])[:, kind]
    n_kinds = h.x.size
    by_kind = [np.bincount(kind, weights=n, minlength=n_kinds) for n in (alive_n, lost_n)]
    ab = tables.first[0] @ by_kind[0] + tables.first[1] @ by_kind[1]
    gradient = np.array(
        [
            float(alive_n @ difference[0] - count @ (far - gap)),
            float(alive_n @ by_alpha + lost_n @ by_alpha_lost),
            ab[0],
            ab[1],
        ]
    )
    # Mean of the braces' Hessians; their spread adds w(1-w) (difference)^2.
    hessian = (difference * (lost_n * weight)) @ difference.T
    cross = float(alive_n @ ((tau_T / alpha - q.rv) / end) + lost_n @ (tau_x / (alpha * last)))
    hessian[0, 0] += float(alive_n @ q.rr)
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    hessian[1, 1] += float(alive_n @ ((R + q.by_v + q.vv) / end**2) + lost_n @ (R / last**2))
    hessian[1, 1] -= float(count.sum()) * r / alpha**2
    aa, cross_ab, bb = tables.second[0] @ by_kind[0] + tables.second[1] @ by_kind[1]
    hessian[2:, 2:] += np.array([[aa, cross_ab], [cross_ab, bb]])
    return value, gradient, hessian


def log_odds_lost(
    x: Floats, tau_x: Floats, tau_T: Floats, theta: Floats, k: int, at_first: int
) -> tuple[Floats, Stages]:
    """ln of the odds of lost to alive, -inf where she cannot be lost yet, and the stages of the alive; arrays (n,)."""
    r, alpha, a, b = theta
    R, chances, rest = r + k * x, x + at_first, np.maximum(tau_T - tau_x, 0.0)
    stage = stages(R, rest / (alpha + tau_T), k)
    can = chances > 0
    odds = np.log(a / (b + np.where(can, chances - 1.0, 0.0))) + R * np.log1p(rest / (alpha + tau_x)) - stage.log_q
    return np.where(can, odds, -np.inf), stage


def of_gaps(summary: Summary, k: int) -> Floats:
    """What the gaps themselves add to each customer's log-likelihood, (n,): no parameter is in it. 0 where k = 1."""
    if k == 1 or summary.log_gaps is None:
        return np.zeros(len(summary))
    return np.asarray((k - 1.0) * summary.log_gaps - summary.frequency * gammaln(float(k)))


def each(summary: Summary, theta: Floats, k: int, at_first: int) -> Floats:
    """Log-likelihood of each customer, (n,), at theta = (r, alpha, a, b)."""
    r, alpha, a, b = theta
    x, (tau_x, tau_T) = summary.frequency, summary.clock
    log_odds, stage = log_odds_lost(x, tau_x, tau_T, theta, k, at_first)
    alive = log_beta_ratio(a, b, x + at_first) - (r + k * x) * np.log1p(tau_T / alpha) + stage.log_q
    front = log_rising(r, k * x) - k * x * np.log(alpha) + of_gaps(summary, k)
    total = front + alive + np.logaddexp(0.0, log_odds)
    # Without a purchase L is 1 less the chance of one; where that is small, so is ln L, and only this keeps its digits.
    none = np.flatnonzero(x == 0)
    some = betainc(float(k), r, tau_T[none] / (alpha + tau_T[none])) * (b / (a + b) if at_first else 1.0)
    total[none] = np.where(some < 0.5, np.log1p(-np.minimum(some, 0.5)), total[none])
    return np.asarray(total if summary.log_rates is None else total + summary.log_rates)


def objective(h: Histories, k: int, at_first: int, constant: float) -> Objective:
    """The log-likelihood as a function of ln(r, alpha, a, b); `constant` is what the gaps add in all."""

    def in_logarithms(u: Floats) -> tuple[float, Floats, Floats]:
        theta = np.exp(u)
        value, gradient, hessian = log_likelihood(h, theta, k, at_first)
        return (value + constant, *to_logarithms(theta, gradient, hessian))

    return in_logarithms
