"""The likelihood of Gamma-Gamma with its derivatives, its weak prior, and what posterior draws are weighed by."""

import numpy as np
from scipy.special import gammaln, psi

from models.families.posterior.targets import Target
from models.numerics.arrays import Floats
from models.numerics.merge import distinct_rows
from models.numerics.newton import Objective, to_logarithms
from models.numerics.points import CELLS
from models.numerics.special import log_beta_chance, trigamma

NAMES = ("p", "q", "v")
PRIOR_LOG_SHAPE = (np.log(3.0), 1.5)  # the weak prior of last resort on ln p and on ln q; none on the mean spend

_ALIKE = 1e3  # px + q from which on log-gammas lose digits


def objective(x: Floats, z: Floats) -> Objective:
    """Log-likelihood in ln(p, q, v) of mean spends `z` of `x` orders, with gradient and Hessian.

    Fader & Hardie (2013), eq. 1a: Gamma(px+q)/(Gamma(px) Gamma(q)) v^q z^(px-1) x^(px) / (v + x z)^(px+q).
    """
    s = x * z
    (kinds,), kind = distinct_rows([x])
    many = np.ones(kinds.size) if kind is None else np.bincount(kind, minlength=kinds.size).astype(np.float64)
    n, log_z = float(x.size), float(np.log(z).sum())

    def log_likelihood(u: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = np.exp(u)
        px = p * kinds
        short, long = np.log1p(v / s), np.log1p(s / v)
        total = s + v
        if px.max(initial=0.0) + q < _ALIKE:
            ways = float((many * (gammaln(px + q) - gammaln(px) - gammaln(q))).sum())
            value = ways - p * float((x * short).sum()) - q * float(long.sum()) - log_z
        else:
            value = float(log_beta_chance(p * x, q, s, v).sum()) - log_z
        x_rate, rate = float((x / total).sum()), float((1.0 / total).sum())
        pull = float(((p * x + q) / total**2).sum())
        gradient = np.array(
            [
                (many * kinds * (psi(px + q) - psi(px))).sum() - (x * short).sum(),
                (many * (psi(px + q) - psi(q))).sum() - long.sum(),
                n * q / v - p * x_rate - q * rate,
            ]
        )
        joint, own = trigamma(px + q), trigamma(px)
        pp = float((many * kinds**2 * (joint - own)).sum())
        pq = float((many * kinds * joint).sum())
        qq = float((many * joint).sum() - n * trigamma(q))
        hessian = np.array([[pp, pq, -x_rate], [pq, qq, n / v - rate], [-x_rate, n / v - rate, pull - n * q / v**2]])
        return (value, *to_logarithms(np.exp(u), gradient, hessian))

    return log_likelihood


def with_prior(likelihood: Objective) -> Objective:
    """The likelihood plus the weak prior on ln p and ln q."""
    mean, sd = PRIOR_LOG_SHAPE

    def posterior(u: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = likelihood(u)
        z = (u[:2] - mean) / sd
        gradient, hessian = gradient.copy(), hessian.copy()
        gradient[:2] -= z / sd
        hessian[[0, 1], [0, 1]] -= 1.0 / sd**2
        return value - 0.5 * float(z @ z), gradient, hessian

    return posterior


def target_of_spend(x: Floats, z: Floats, mean: float) -> Target:
    """What p, q and v are judged by given mean spends `z` of `x` orders, in units of their observed mean `mean`."""
    likelihood = objective(x, z / mean)
    shift = np.array([0.0, 0.0, -np.log(mean)])
    centre, sd = PRIOR_LOG_SHAPE
    return Target(
        NAMES,
        likelihood,
        with_prior(likelihood),
        lambda u: values_at(x, z / mean, u),
        lambda u: np.asarray(-0.5 * (((u[:, :2] - centre) / sd) ** 2).sum(axis=1)),
        float(x.size),
        shift,
        3,
        np.empty(0),
    )


def values_at(x: Floats, z: Floats, u: Floats) -> Floats:
    """Gamma-Gamma's log-likelihood of mean spends `z` of `x` orders at ln(p, q, v) = u (m, 3), (m,)."""
    s = x * z
    order = np.argsort(x, kind="stable")
    x, s = x[order], s[order]
    kinds, many = np.unique(x, return_counts=True)
    p, q, v = np.exp(u.T)
    px = kinds[:, None] * p
    value = many @ (gammaln(px + q) - gammaln(px) - gammaln(q)) - float(np.log(z).sum())
    block = max(1, CELLS // max(x.size, 1))
    for start in range(0, u.shape[0], block):
        points = slice(start, start + block)
        for first in range(0, x.size, CELLS):
            some = slice(first, first + CELLS)
            share = np.log1p(v[points] / s[some, None])  # ln (s + v)/s, and ln (s + v)/v is that less ln v/s
            ones = np.ones(share.shape[0])
            value[points] -= p[points] * (x[some] @ share)
            value[points] -= q[points] * (ones @ share + np.log(s[some]).sum() - share.shape[0] * np.log(v[points]))
    return np.asarray(value)
