"""Likelihoods of many parameter vectors at once, value only: what the models share.

`Model._log_likelihoods(summary)` gives a function (ManyPoints) from points (m, k), logarithms of the parameters, to
log-likelihoods (m,), the values of the model's objective; draws of parameters are weighed by it (families/posterior). In the
arrays below rows run down and points across.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from models.numerics.arrays import Floats

CELLS = 1 << 15  # rows times points worked on at once: a few arrays of that size stay in the cache
_MOST_POINTS = 512
_STEEP = 700.0  # e^700 is still a number


@dataclass(frozen=True)
class ManyPoints:
    """A log-likelihood of points (m, k), (m,); `cost`: what a point takes, in steps of some 20 ns."""

    function: Callable[[Floats], Floats]
    cost: float

    def __call__(self, u: Floats) -> Floats:
        """The log-likelihoods of points `u`."""
        return self.function(u)


def merged(columns: list[Floats], count: Floats) -> tuple[list[Floats], Floats]:
    """Distinct rows of `columns` (each (n,)) and the sums of their `count` (n,), also where times lie on no grid."""
    order = np.lexsort(columns[::-1])
    table = np.stack([column[order] for column in columns])
    new = np.ones(order.size, dtype=bool)
    new[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
    first = np.flatnonzero(new)
    total = np.add.reduceat(count[order], first) if first.size else np.zeros(0)
    return [np.ascontiguousarray(column) for column in table[:, first]], np.asarray(total, dtype=np.float64)


def in_blocks(
    u: Floats, rows: int, function: Callable[[Floats], Floats], order: npt.NDArray[np.int64] | None = None
) -> Floats:
    """`function` of theta (k, some points) for the points `u` (m, k), so many at a time that `rows` of them fit, (m,).

    `order`: which points, and in what order; all of them if left out. The rest of the result is not set.
    """
    out = np.empty(u.shape[0])
    order = np.arange(u.shape[0]) if order is None else order
    block = int(np.clip(CELLS // max(rows, 1), 8, _MOST_POINTS))
    for start in range(0, order.size, block):
        points = order[start : start + block]
        out[points] = function(np.exp(u[points].T))
    return out


def pieces(rows: int, points: int) -> Iterator[slice]:
    """Slices of the rows that fit beside so many points."""
    step = max(CELLS // max(points, 1), 1)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def rises(shape: Floats, n: Floats) -> Floats:
    """ln Gamma(shape + n)/Gamma(shape) for whole n (kinds,) and shapes (m,), (kinds, m).

    A sum of logarithms, exact whatever the shape is, unless so few n are so large that it would cost too much.
    """
    most = int(n.max(initial=0.0))
    if most > 8 * n.size + 1_000:
        return np.asarray(gammaln(shape + n[:, None]) - gammaln(shape))
    sums = np.zeros((most + 1, shape.size))
    np.cumsum(np.log(shape + np.arange(float(most))[:, None]), axis=0, out=sums[1:])
    return np.asarray(sums[n.astype(np.int64)])


def more_than(n: Floats, count: Floats) -> Floats:
    """How many of the customers have n > i, for i = 0 .. max(n) - 1, where `count` (rows,) have n (rows,)."""
    repeats = np.bincount(n.astype(np.int64), weights=count)
    return np.asarray(np.cumsum(repeats[::-1])[::-1][1:], dtype=np.float64)


def log_alive_or_lost(log_lost: Floats, lost_later: Floats) -> Floats:
    """ln [1 + e^log_lost - lost_later], both (rows, points), worked out in place of `log_lost`.

    Of a silent customer, in units of her chance S to be silent and alive at the end: e^log_lost S is the chance to be silent
    until then at least and lost sooner or later, lost_later S the part that is lost only after the end. So lost_later lies
    below 1 and below e^log_lost, and the difference cannot lose more than a rounding error of the whole.
    """
    steep = bool(log_lost.max(initial=0.0) > _STEEP)
    beyond = np.maximum(log_lost - _STEEP, 0.0) if steep else 0.0
    if steep:
        np.minimum(log_lost, _STEEP, out=log_lost)
    np.exp(log_lost, out=log_lost)
    log_lost -= lost_later
    np.log1p(log_lost, out=log_lost)
    return np.asarray(log_lost + beyond if steep else log_lost)
