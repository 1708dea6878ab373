"""Log-likelihoods of many parameter vectors at once: value only, equal histories merged."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from models.bg_nbd import BGNBD
from models.bg_nbd import likelihood as bg_nbd
from models.gamma_gamma import NAMES as BASKETS
from models.gamma_gamma import PRIOR_LOG_SHAPE, GammaGamma
from models.gamma_gamma import _objective as baskets_objective
from models.gamma_gamma import _with_prior as baskets_with_prior
from models.merge import Whole, merge_counts
from models.model import Model
from models.newton import Objective
from models.posterior.importance import Density
from models.special import Floats, log_beta_ratio
from models.summary import Summary

_CELLS = 1 << 17  # rows times points worked on at once: stays in the cache
_LEFT_OUT = ("customer", "first_day", "monetary_value", "spend_count", "log_rates", "end", "dropped", "time_unit")


@dataclass(frozen=True)
class Target:
    """What a model's parameters are judged by, in the logarithms u of the parameters in the model's order.

    likelihood and weak: value, gradient and Hessian, without and with the weak prior of last resort; many: the
    log-likelihood of points (m, k); weak_prior: the logarithm of the weak prior at points (m, k); cost: how much work one
    point is, in cells of some 20 ns; shift (k,): what to add to ln(parameters) to reach u.
    """

    names: tuple[str, ...]
    likelihood: Objective
    weak: Objective
    many: Density
    weak_prior: Density
    cost: float
    shift: Floats


def target_of(model: Model | GammaGamma, summary: Summary) -> Target:
    """The target of a model given a summary.

    A model may offer `_log_likelihoods(summary)`, a function from points (m, k) to its objective's value (m,), which is then
    used in place of one call of the objective a point.
    """
    if isinstance(model, GammaGamma):
        return _of_baskets(model, summary)
    likelihood = model._objective(summary)
    k = len(model.parameters)
    many, cost = by_objective(likelihood), 10.0 * _histories(summary) + 5_000.0
    prior = _prior_alone(model._with_weak_prior, k)
    if hasattr(model, "_log_likelihoods"):  # a model may have a fast way of its own, value only
        many, cost = model._log_likelihoods(summary), float(_histories(summary))
    elif isinstance(model, BGNBD):
        merged = model._merged(summary)
        many, prior, cost = (lambda u: bg_nbd_values(merged, u)), bg_nbd_weak_prior, float(merged.kind.size)
    return Target(model.parameters, likelihood, model._with_weak_prior(likelihood), many, prior, cost, np.zeros(k))


def _prior_alone(with_prior: Callable[[Objective], Objective], k: int) -> Density:
    """The weak prior without any likelihood."""
    alone = with_prior(lambda u: (0.0, np.zeros(k), np.zeros((k, k))))
    return lambda u: np.array([alone(point)[0] for point in u])


def by_objective(likelihood: Objective) -> Density:
    """Any model's log-likelihood at points (m, k), from its objective, derivatives and all."""
    return lambda u: np.array([likelihood(point)[0] for point in u])


def _histories(summary: Summary) -> int:
    """How many distinct histories of frequency, recency and T there are."""
    return int(merge_counts([summary.frequency, *summary.clock])[1].size)


def at_parameters(model: Model, values: Floats) -> Model:
    """The same model with other parameters, in their order."""
    return model.at(dict(zip(model.parameters, map(float, values), strict=True)))


def bg_nbd_values(h: bg_nbd.Histories, u: Floats) -> Floats:
    """BG/NBD's log-likelihood at ln(r, alpha, a, b) = u (m, 4), (m,): the value of `likelihood.log_likelihood`.

    The first brace is linear in what depends on the kind and on tau_T alone, so only its ratio to the second, of those
    who bought, has to be worked out row by row.
    """
    times, at = np.unique(np.concatenate([h.tau_T, h.tau_x]), return_inverse=True)
    end, last = at[: h.kind.size], at[h.kind.size :]
    bought = h.x[h.kind] > 0
    rows = (h.kind[bought], end[bought], last[bought], h.count[bought])
    per_kind = np.bincount(h.kind, h.count, h.x.size).astype(np.float64)
    weights = (h.count, h.count * h.x[h.kind])
    per_end = np.stack([np.bincount(end, w, times.size) for w in weights]).astype(np.float64)
    out = np.empty(u.shape[0])
    block = max(1, min(512, _CELLS // max(int(bought.sum()), times.size, 4 * h.x.size)))
    for start in range(0, u.shape[0], block):
        points = slice(start, start + block)
        out[points] = _bg_nbd_block(h, np.exp(u[points].T), times, rows, per_kind, per_end)
    return out


def _bg_nbd_block(
    h: bg_nbd.Histories,
    theta: Floats,
    times: Floats,
    rows: tuple[Whole, Whole, Whole, Floats],
    per_kind: Floats,
    per_end: Floats,
) -> Floats:
    """The same for theta (4, m); rows run down, points across."""
    r, alpha, a, b = theta
    x = h.x[:, None]
    kept, lost = _survival(
        h, a, b
    )  # ln of B(a,b+G_x)/B(a,b), and of the second brace's difference over the first's ratio
    clock = np.log1p(times[:, None] / alpha)  # ln of alpha + tau over alpha
    shape = r + x
    value = per_kind @ (gammaln(shape) - gammaln(r) - x * np.log(alpha) + kept)
    value -= r * (per_end[0] @ clock) + per_end[1] @ clock
    for start in range(0, rows[0].size, _CELLS):
        kind, end, last, count = (column[start : start + _CELLS] for column in rows)
        odds = clock[end]
        odds -= clock[last]
        odds *= shape[kind]
        odds += lost[kind]
        value += count @ np.maximum(odds, 0.0)
        np.abs(odds, out=odds)
        np.negative(odds, out=odds)
        np.exp(odds, out=odds)
        value += count @ np.log1p(odds, out=odds)
    return np.asarray(value)


def _survival(h: bg_nbd.Histories, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """ln B(a,b+G_x)/B(a,b), and ln of (B(a,b+G_{x-1}) - B(a,b+G_x))/B(a,b+G_x), (kinds, m) each."""
    G, before = h.G_x[:, None], h.G_before[:, None]
    if not h.plain:
        step = log_beta_ratio(a, b + before, np.where(h.x[:, None] > 0, G - before, 1.0))
        return log_beta_ratio(a, b, G), np.log(np.maximum(np.expm1(-step), 1e-300))
    if h.G_x.max(initial=0.0) > 8.0 * h.G_x.size:
        return log_beta_ratio(a, b, G), np.log(a / (b + before))
    sums = np.zeros((int(h.G_x.max(initial=0.0)) + 1, a.size))  # over the orders survived
    np.cumsum(-np.log1p(a / (b + np.arange(sums.shape[0] - 1.0)[:, None])), axis=0, out=sums[1:])
    return sums[h.G_x.astype(np.int64)], np.log(a / (b + before))


def bg_nbd_weak_prior(u: Floats) -> Floats:
    """The weak prior of `likelihood.with_prior` at points (m, 4)."""
    total = np.zeros(u.shape[0])
    for at, (mean, sd) in (
        (u[:, 0], bg_nbd.PRIOR_LOG_R),
        (np.logaddexp(u[:, 2], u[:, 3]), bg_nbd.PRIOR_LOG_AB),
        (u[:, 2] - u[:, 3], bg_nbd.PRIOR_LOGIT_LOSS),
    ):
        total -= 0.5 * ((at - mean) / sd) ** 2
    return total


def _of_baskets(model: GammaGamma, summary: Summary) -> Target:
    """Gamma-Gamma, with spend in units of its observed mean."""
    assert summary.monetary_value is not None and summary.spend_count is not None
    spent = (summary.spend_count > 0) & (summary.monetary_value > 0)
    x, z = summary.spend_count[spent], summary.monetary_value[spent] / model.mean_spend_
    likelihood = baskets_objective(x, z)
    shift = np.array([0.0, 0.0, -np.log(model.mean_spend_)])
    mean, sd = PRIOR_LOG_SHAPE
    return Target(
        BASKETS,
        likelihood,
        baskets_with_prior(likelihood),
        lambda u: baskets_values(x, z, u),
        lambda u: np.asarray(-0.5 * (((u[:, :2] - mean) / sd) ** 2).sum(axis=1)),
        float(x.size),
        shift,
    )


def baskets_values(x: Floats, z: Floats, u: Floats) -> Floats:
    """Gamma-Gamma's log-likelihood of mean spends `z` of `x` orders at ln(p, q, v) = u (m, 3), (m,)."""
    s = x * z
    order = np.argsort(x, kind="stable")
    x, s = x[order], s[order]
    kinds, many = np.unique(x, return_counts=True)
    p, q, v = np.exp(u.T)
    px = kinds[:, None] * p
    value = many @ (gammaln(px + q) - gammaln(px) - gammaln(q)) - float(np.log(z).sum())
    block = max(1, _CELLS // max(x.size, 1))
    for start in range(0, u.shape[0], block):
        points = slice(start, start + block)
        for first in range(0, x.size, _CELLS):
            some = slice(first, first + _CELLS)
            share = np.log1p(v[points] / s[some, None])  # ln (s + v)/s, and ln (s + v)/v is that less ln v/s
            ones = np.ones(share.shape[0])
            value[points] -= p[points] * (x[some] @ share)
            value[points] -= q[points] * (ones @ share + np.log(s[some]).sum() - share.shape[0] * np.log(v[points]))
    return np.asarray(value)
