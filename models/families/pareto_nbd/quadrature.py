"""The integral over the time of loss, by Gauss's rule with positive terms only: nothing is subtracted, nothing overflows.

All that Pareto/NBD asks for holds one integral,

    J(R, A, s, B, span) = s int_0^span (A/(A+t))^R (B/(B+t))^s dt/(B+t),

the chance that a customer whose rate of purchases is Gamma(R, A) and of loss Gamma(s, B) is lost within `span` and has not
bought before. The papers write it as a difference of two hypergeometric functions. Here the variable is w = ln(1 + t/C)
with C the lesser of A and B: in it the integrand is exp(-lo w) (1 + q (e^w - 1))^-hi, q = C/max(A, B), which is
log-concave, and analytic for |Im w| < pi whatever the parameters. So few nodes are exact where the interval is short,
and a long interval is cut, safely, where the integrand has died away.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.numerics.arrays import Floats

Rows: TypeAlias = npt.NDArray[np.int64]

DEPTH = 42.0  # e^-42: where an integrand is cut, relative to its peak
_CELLS = 32_768  # nodes worked on at once: the arrays stay in the cache

# Gauss-Legendre nodes that leave a relative error below 3e-13 (a few 1e-14 up to a length of 20), by the length of the
# interval in w and by how far the logarithm of a log-concave integrand rises and falls over it: the greater of the two
# answers (found on 60,000 random integrands).
_NODES = (6, 8, 12, 16, 20, 24, 32, 40, 64, 96, 128, 192)
_LENGTH = np.array([0.2, 0.9, 1.8, 2.5, 3.5, 4.5, 6.0, 7.0, 12.0, 20.0, 28.0])
_SWING = np.array([0.4, 1.8, 7.0, 14.0, 20.0, 28.0, 45.0, 70.0, 150.0, 300.0, 600.0])


@lru_cache(maxsize=16)
def gauss(n: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on (0, 1), each (n, 1)."""
    x, weight = np.polynomial.legendre.leggauss(n)
    return 0.5 * (x + 1.0)[:, None], 0.5 * weight[:, None]


def pieces(length: Floats, swing: Floats) -> Iterator[tuple[Rows, int]]:
    """Rows that need the same number of nodes, a cacheful at a time, and that number."""
    needed = np.maximum(np.searchsorted(_LENGTH, length), np.searchsorted(_SWING, swing))
    for kind in np.flatnonzero(np.bincount(needed, minlength=1)):
        rows, n = np.flatnonzero(needed == kind), _NODES[kind]
        most = max(_CELLS // n, 1)
        for start in range(0, rows.size, most):
            yield rows[start : start + most], n


def shrink(end: Floats, value: Callable[[Floats, Rows], Floats], slope: Callable[[Floats, Rows], Floats]) -> Floats:
    """Move each end of an interval inwards to where the concave `value` is 0; an end with a value >= 0 stays.

    Newton's steps on a concave function never pass its root, so that every step, also the last, leaves enough. Both
    functions take positions and the rows they belong to.
    """
    end = end.copy()
    rows: Rows = np.arange(end.size)
    for _ in range(12):
        at = value(end[rows], rows)
        rows, at = rows[at < -1.0], at[at < -1.0]
        if not rows.size:
            break
        end[rows] -= at / slope(end[rows], rows)
    return end


@dataclass(frozen=True)
class Losses:
    """The integrand of J of many rows, in w; arrays (n,)."""

    R: Floats
    A: Floats
    s: float
    B: Floats
    C: Floats  # min(A, B)
    O: Floats  # max(A, B)  # noqa: E741
    lo: Floats
    hi: Floats
    start: Floats
    length: Floats
    swing: Floats

    @classmethod
    def of(cls, R: Floats, A: Floats, s: float, B: Floats, span: Floats) -> "Losses":
        """Where each row's integrand lives; arrays (n,), A, B, R > 0, span >= 0."""
        first = A < B
        C, O = np.minimum(A, B), np.maximum(A, B)  # noqa: E741
        lo, hi, q = np.where(first, R - 1.0, s), np.where(first, s + 1.0, R), C / O

        def log_h(w: Floats, i: Rows | slice = slice(None)) -> Floats:
            return np.asarray(-lo[i] * w - hi[i] * np.log1p(q[i] * np.expm1(w)))

        def slope(w: Floats, i: Rows) -> Floats:
            risen = q[i] * np.expm1(w)
            return np.asarray(-lo[i] - hi[i] * (q[i] + risen) / (1.0 + risen))

        end = np.log1p(span / C)
        turn = np.maximum(-lo / hi, 0.0)  # the peak lies inside only where R < 1: there (A+t)/(B+t) = turn < 1
        at_peak = np.clip((turn * O - C) / (1.0 - turn), 0.0, span)
        peak = log_h(np.log1p(at_peak / C))
        end = shrink(end, lambda w, i: log_h(w, i) - peak[i] + DEPTH, slope)
        start = shrink(np.zeros_like(end), lambda w, i: log_h(w, i) - peak[i] + DEPTH, slope)
        swing = 2.0 * peak - log_h(start) - log_h(end)
        return cls(R, A, s, B, C, O, lo, hi, start, end - start, swing)

    def nodes(self, rows: Rows, n: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Times t of the nodes, ln(1 + t/A), ln(1 + t/B) and each node's share of J, all (n, rows)."""
        x, weight = gauss(n)
        w = self.start[rows] + self.length[rows] * x
        t = np.expm1(w)
        t *= self.C[rows]
        other = np.log1p(t / self.O[rows])
        share = np.exp(-self.lo[rows] * w - self.hi[rows] * other)
        share *= weight * (self.length[rows] * (self.s * self.C[rows] / self.B[rows]))
        first = self.A[rows] < self.B[rows]
        if first.all():
            return t, w, other, share
        if not first.any():
            return t, other, w, share
        return t, np.where(first, w, other), np.where(first, other, w), share


def lost_without_purchase(R: Floats, A: Floats, s: float, B: Floats, span: Floats) -> Floats:
    """J of each row, (n,): see the head of this file."""
    losses = Losses.of(R, A, s, B, span)
    out = np.zeros(R.size)
    for rows, n in pieces(losses.length, losses.swing):
        out[rows] = losses.nodes(rows, n)[3].sum(axis=0)
    return out
