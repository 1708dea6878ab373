"""The likelihood of BG/BB with its gradient: distinct histories, and the silence after the last purchase summed backwards.

Formulas: families/bg_bb/model.py.
"""

from dataclasses import dataclass

import numpy as np

from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows
from models.numerics.special import log_beta_ratio


@dataclass(frozen=True)
class Silences:
    """Distinct histories, and the (x, n) they share: each has one backward sum, read off at the t_x that occur."""

    x: Floats  # (rows,)
    last: Floats  # (rows,) t_x
    group: Whole  # (rows,) which (x, n)
    group_x: Floats  # (groups,), sorted by n, greatest first
    active: Whole  # (most + 1,) groups with n > j, which come first
    start: Whole  # (most + 2,) rows of t_x = j are order[start[j] : start[j + 1]]
    order: Whole  # (rows,)


def silences_of(x: Floats, last: Floats, n: Floats) -> Silences:
    """The distinct histories (x, t_x, n), (rows,) each, with the (x, n) they share."""
    (group_x, group_n), group = distinct_rows([x, n])
    assert group is not None  # whole numbers lie on the grid
    ranked = np.argsort(-group_n, kind="stable")
    rank = np.empty_like(ranked)
    rank[ranked] = np.arange(ranked.size)
    most = int(n.max(initial=0.0))
    order = np.argsort(last, kind="stable")
    start = np.searchsorted(last[order], np.arange(most + 2))
    active = np.searchsorted(-group_n[ranked], -np.arange(most + 1), side="left")  # n > j
    return Silences(x, last, rank[group], group_x[ranked], active, start, order)


def log_silence(s: Silences, theta: Floats, gradient: bool, at_end: float = 1.0) -> tuple[Floats, Floats]:
    """ln w of each history, (rows,), and its gradient in ln(theta), (4, rows), or zeros where none is asked for.

    w_n is `at_end`: with 0, w is the chance to have been lost in the silence.
    """
    alpha, beta, gamma, delta = theta
    w, by = np.full(s.group_x.size, at_end), np.zeros((4, s.group_x.size))
    value, slope = np.empty(s.x.size), np.zeros((4, s.x.size))
    for j in range(s.active.size - 1, -1, -1):
        k = int(s.active[j])
        if k:
            # Before her x-th purchase could be over nothing is read off: there the factor may be anything positive.
            miss, ever, risk = np.maximum(beta + j - s.group_x[:k], beta), alpha + beta + j, gamma + delta + j
            lost, stay = gamma / risk, (delta + j) / risk * miss / ever
            if gradient:
                ahead = stay * w[:k]
                by[:, :k] *= stay
                by[0, :k] -= ahead * (alpha / ever)
                by[1, :k] += ahead * (beta * (alpha + s.group_x[:k]) / (miss * ever))
                by[2, :k] += lost * (delta + j) / risk - ahead * lost
                by[3, :k] += ahead * (delta * lost / (delta + j)) - lost * (delta / risk)
            w[:k] = lost + stay * w[:k]
        rows = s.order[s.start[j] : s.start[j + 1]]
        if rows.size:
            group = s.group[rows]
            with np.errstate(divide="ignore"):  # nobody is lost in no silence
                value[rows] = np.log(w[group])
            if gradient:
                slope[:, rows] = by[:, group] / w[group]
    return value, slope


def log_likelihood(s: Silences, theta: Floats, gradient: bool) -> tuple[Floats, Floats]:
    """ln L of each history, (rows,), and its gradient in ln(theta), (4, rows), or zeros where none is asked for."""
    alpha, beta, gamma, delta = theta
    value, slope = log_silence(s, theta, gradient)
    x, missed = s.x, s.last - s.x
    base = (
        log_beta_ratio(beta, alpha, x) + log_beta_ratio(alpha + x, beta, missed) + log_beta_ratio(gamma, delta, s.last)
    )
    if gradient:
        ever = _harmonic(alpha + beta, s.last)
        slope[0] += alpha * (_harmonic(alpha, x) - ever)
        slope[1] += beta * (_harmonic(beta, missed) - ever)
        risk = _harmonic(gamma + delta, s.last)
        slope[2] -= gamma * risk
        slope[3] += delta * (_harmonic(delta, s.last) - risk)
    return base + value, slope


def chance_of_any(n: Floats, theta: Floats) -> Floats:
    """The chance that a new customer buys in one of her first `n` periods, (rows,): of the first time in each, added up."""
    alpha, beta, gamma, delta = theta
    j = np.arange(n.max(initial=0.0))
    lived, silent = np.cumprod((delta + j) / (gamma + delta + j)), np.cumprod((beta + j) / (alpha + beta + j))
    first = lived * np.concatenate([[1.0], silent])[: j.size] * (alpha / (alpha + beta + j))
    return np.asarray(np.concatenate([[0.0], np.cumsum(first)])[n.astype(np.int64)])


def _harmonic(z: float, k: Floats) -> Floats:
    """Sum of 1/(z + i) over i < k for whole k, (n,): what psi(z + k) - psi(z) loses digits on."""
    sums = np.concatenate([[0.0], np.cumsum(1.0 / (z + np.arange(k.max(initial=0.0))))])
    return np.asarray(sums[k.astype(np.int64)])
