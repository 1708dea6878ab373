"""BG/NBD from customers who were met in the middle of their lives: members whom a card or a code chose.

A shop has sold for A days. A code at its counter meets any living customer (w = 0), a card in every repeat parcel meets them
by their rate of orders (w = 1). lambda and p of who was met have the density, Z its integral,

    lambda^(r+w-1) e^-((alpha + p A) lambda) p^(a-1) (1-p)^(b-1) / Z
    Z = Gamma(r+w) integral of p^(a-1) (1-p)^(b-1) (alpha + p A)^-(r+w) dp

and from then on she orders and is lost as in BG/NBD, so that a history of x orders at tau_1..tau_x, until tau_T, has

    Gamma(r+w+x) / Z times the integral of p^(a-1) { (1-p)^(b+G_x-1) (alpha + p A + tau_T)^-(r+w+x)
        + [x>0] (1-p)^(b+G_{x-1}-1) (1 - (1-p)^(G_x - G_{x-1})) (alpha + p A + tau_x)^-(r+w+x) } dp

(docs/model.md sections 5 and 8). With w = A = 0 it is Fader, Hardie & Lee (2005). The integrals over p are sums over points
of log(p/(1-p)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd.likelihood import with_prior
from models.families.bg_nbd.model import BGNBD, NAMES, first_guess
from models.families.identified import check_customers, check_proper, check_repeats, warn_weakly
from models.numerics.arrays import Floats
from models.numerics.merge import merge_counts
from models.numerics.newton import ANYWHERE, Objective, is_known, maximise, to_logarithms
from models.numerics.special import trigamma

_PIECE = 512  # histories worked through at a time, for each of the points of p
_STEP = 0.05  # of the points, in which t = sinh(step)
_LOG_NOTHING = -40.0  # log of what is left out at each end
_MOST_STEPS = 1500  # to each side


@dataclass(frozen=True)
class Met:
    """How customers were met: with the power `weight` of their rate (0 any living customer, 1 by a card in each repeat
    parcel), in a shop that had sold for `age` units of the summary's time. None in place of it: as newcomers."""

    weight: int
    age: float

    def __post_init__(self) -> None:
        if self.weight not in (0, 1):
            raise BadInput(
                "Met: weight is {weight}; it is 0 for any living customer, 1 for those whom a card in repeat parcels meets.",
                weight=self.weight,
            )
        if not (np.isfinite(self.age) and self.age > 0):
            raise BadInput("Met: age is {age}; it is how long the shop has sold, above 0.", age=self.age)


Group = tuple[Summary, Met | None]


def fit_met(groups: Sequence[Group]) -> BGNBD:
    """BG/NBD of a shop's newcomers, by maximum likelihood from groups of customers and how each group was met.

    Each summary's time runs from when its customers were met (of newcomers: from the first order); all in one unit. The
    model describes newcomers; of who was met ask `log_likelihood_met`. A weak prior is added where the data do not tell all
    four parameters, as in `BGNBD.fit`. Raises BadInput for histories that cannot be, CannotIdentify without a repeat order.
    """
    if not groups:
        raise BadInput("fit_met: give at least one group of customers, as (summary, Met(...)) or (summary, None).")
    for summary, _ in groups:
        check_customers(BGNBD.name, summary)
    x = np.concatenate([summary.frequency for summary, _ in groups])
    if not (x > 0).any():
        check_repeats(BGNBD.name, groups[0][0])
    start = first_guess(x, np.concatenate([summary.clock[1] for summary, _ in groups]))
    likelihood = objective(groups)
    model = BGNBD()
    maximum = maximise(likelihood, [start], tolerance=1e-8)
    model.prior_used_ = not (maximum.converged and is_known(maximum))
    if model.prior_used_:
        maximum = maximise(with_prior(likelihood), [start, start + np.array([0.0, 0.0, -1.5, -1.5])], ANYWHERE)
        check_proper(BGNBD.name, maximum)
    model.params_ = dict(zip(NAMES, map(float, np.exp(maximum.position)), strict=True))
    model.covariance_, model.converged_ = maximum.covariance(), maximum.converged
    model.log_likelihood_ = float(sum(log_likelihood_met(model, *group).sum() for group in groups))
    how = "a weak prior on the spread was added" if model.prior_used_ else "by maximum likelihood"
    model.message_ = f"from {x.size:,} customers, who were met as said; {how} ({maximum.iterations} steps)"
    if model.prior_used_:
        warn_weakly(BGNBD.name, model.message_)
    return model


def log_likelihood_met(model: BGNBD, summary: Summary, met: Met | None) -> Floats:
    """Log-likelihood of each customer's history, (n,), given how they were met; the clock's rates at orders included."""
    if met is None:
        return model.log_likelihood(summary)
    theta = np.array([model.params_[name] for name in NAMES])
    x, tau_x, tau_T, G_x, before = _columns(summary)
    value = np.empty(x.size)
    for start in range(0, x.size, _PIECE):
        rows = slice(start, start + _PIECE)
        value[rows] = _posterior((x[rows], tau_x[rows], tau_T[rows], G_x[rows], before[rows]), theta, met)[0]
    value -= _prior(theta, met)[0]
    return value if summary.log_rates is None else value + summary.log_rates


def objective(groups: Sequence[Group]) -> Objective:
    """The log-likelihood of all groups as a function of ln(r, alpha, a, b), without the clock's rates."""
    from models.families.bg_nbd import likelihood as lik

    newcomers = [
        lik.objective(lik.histories(s.frequency, *s.clock, s.G_x, s.G_before)) for s, met in groups if met is None
    ]
    merged = [(merge_counts(list(_columns(summary))), met) for summary, met in groups if met is not None]

    def in_logarithms(u: Floats) -> tuple[float, Floats, Floats]:
        theta = np.exp(u)
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for (columns, count), met in merged:
            part = _of_group(columns, count, theta, met)
            value, gradient, hessian = value + part[0], gradient + part[1], hessian + part[2]
        gradient, hessian = to_logarithms(theta, gradient, hessian)
        for newcomer in newcomers:
            of_these = newcomer(u)
            value, gradient, hessian = value + of_these[0], gradient + of_these[1], hessian + of_these[2]
        return value, gradient, hessian

    return in_logarithms


def _columns(summary: Summary) -> tuple[Floats, ...]:
    """x, tau_x, tau_T, G_x and G_{x-1}, (n,) each."""
    x, (tau_x, tau_T) = summary.frequency, summary.clock
    G_x = x if summary.G_x is None else summary.G_x
    before = np.maximum(x - 1.0, 0.0) if summary.G_before is None else summary.G_before
    return x, tau_x, tau_T, G_x, before


def _of_group(columns: Sequence[Floats], count: Floats, theta: Floats, met: Met) -> tuple[float, Floats, Floats]:
    """Log-likelihood, gradient (4,) and Hessian (4, 4) of merged histories."""
    n = float(count.sum())
    prior = _prior(theta, met)
    value, gradient, hessian = -n * prior[0], -n * prior[1], -n * prior[2]
    for start in range(0, count.size, _PIECE):
        rows = slice(start, start + _PIECE)
        each, first, second = _posterior(tuple(column[rows] for column in columns), theta, met)
        value += float(count[rows] @ each)
        gradient = gradient + count[rows] @ first
        hessian = hessian + np.tensordot(count[rows], second, 1)
    return value, gradient, hessian


def _prior(theta: Floats, met: Met) -> tuple[float, Floats, Floats]:
    """ln Z, its gradient and Hessian: a history of nothing at time 0."""
    nothing = np.zeros(1)
    value, first, second = _posterior((nothing,) * 5, theta, met)
    return float(value[0]), first[0], second[0]


def _posterior(columns: tuple[Floats, ...], theta: Floats, met: Met) -> tuple[Floats, Floats, Floats]:
    """ln of Gamma(r+w+x) times the integral of the two braces: (n,), with gradient (n, 4) and Hessian (n, 4, 4).

    The logarithm of what is integrated, f = a log p + (b + G) log(1-p) - s log(alpha + p A + tau), has simple derivatives in
    the parameters: the integral's logarithm has the mean of the first ones as its gradient, and as its Hessian the mean of
    the second ones plus the covariance of the first ones.
    """
    x, tau_x, tau_T, G_x, before = columns
    r, alpha, a, b = theta
    log_p, log_q, log_width = _points(a, b)
    p = np.exp(log_p)
    s = (r + met.weight + x)[:, None]
    last = (G_x - before)[:, None] * log_q
    with np.errstate(divide="ignore"):
        log_lost = np.log(-np.expm1(np.where(x[:, None] > 0, last, 0.0)))  # -inf without an order
    at_end, at_last = alpha + p * met.age + tau_T[:, None], alpha + p * met.age + tau_x[:, None]
    both = np.concatenate([at_end, at_last], axis=1)
    log_both = np.log(both)
    shared = a * log_p + b * log_q + log_width
    exponents = np.concatenate([G_x[:, None] * log_q, before[:, None] * log_q + log_lost], axis=1)
    log_f = np.concatenate([shared, shared]) + exponents - s * log_both
    top = log_f.max(axis=1, keepdims=True)
    f = np.exp(log_f - top)
    total = f.sum(axis=1)
    f /= total[:, None]
    inverse = 1.0 / both
    by_p = np.stack([np.concatenate([log_p, log_p]), np.concatenate([log_q, log_q])], axis=1)  # (points, 2)
    weighed, slower = f * log_both, f * inverse
    mean = np.column_stack([-weighed.sum(axis=1), -s[:, 0] * slower.sum(axis=1), f @ by_p])
    second = np.empty((x.size, 4, 4))
    second[:, 0, 0] = np.einsum("ij,ij->i", weighed, log_both)
    second[:, 0, 1] = second[:, 1, 0] = s[:, 0] * np.einsum("ij,ij->i", weighed, inverse)
    second[:, 1, 1] = s[:, 0] ** 2 * np.einsum("ij,ij->i", slower, inverse)
    second[:, 0, 2:] = second[:, 2:, 0] = -weighed @ by_p
    second[:, 1, 2:] = second[:, 2:, 1] = -s * (slower @ by_p)
    second[:, 2, 2], second[:, 3, 3] = (f @ by_p**2).T
    second[:, 2, 3] = second[:, 3, 2] = f @ (by_p[:, 0] * by_p[:, 1])
    second -= mean[:, :, None] * mean[:, None, :]
    once = slower.sum(axis=1)
    second[:, 0, 1] -= once
    second[:, 1, 0] -= once
    second[:, 1, 1] += s[:, 0] * np.einsum("ij,ij->i", slower, inverse)
    first = mean
    shape = s[:, 0]
    first[:, 0] += psi(shape)
    second[:, 0, 0] += trigamma(shape)
    return np.log(total) + top[:, 0] + gammaln(shape), first, second


def _points(a: float, b: float) -> tuple[Floats, Floats, Floats]:
    """log p, log(1-p) and the log of the width at points of p, dense in the middle and far out where a or b is small.

    With t = log(p/(1-p)) = centre + sinh(y), y in steps, what is integrated is smooth and falls like e^(a t) and
    e^(-b t), so that the trapezoid rule is as exact as rounding.
    """
    step = _STEP / np.sqrt(1.0 + max(a, b) / 20.0)
    below = min(int(np.arcsinh(-_LOG_NOTHING / a + 40.0) / step) + 1, _MOST_STEPS)
    above = min(int(np.arcsinh(-_LOG_NOTHING / b + 40.0) / step) + 1, _MOST_STEPS)
    y = step * np.arange(-below, above + 1)
    t = np.log(a / b) + np.sinh(y)
    return -np.logaddexp(0.0, -t), -np.logaddexp(0.0, t), np.log(np.cosh(y) * step)
