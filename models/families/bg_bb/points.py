"""The log-likelihood of BG/BB at many parameter vectors at once, value only."""

from dataclasses import dataclass

import numpy as np

from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.numerics.points import log_alive_or_lost, more_than, pieces


@dataclass(frozen=True)
class Rows:
    """Distinct histories as indices into a table of (period, number of purchases)."""

    x: Floats  # (kinds,)
    periods: int  # the greatest n
    last: Whole  # (rows,) (t_x, x)
    end: Whole  # (rows,) (n, x)
    count: Floats  # (rows,) customers
    bought: Floats  # customers with x > i, with t_x - x > i, with t_x > i
    missed: Floats
    seen: Floats

    @classmethod
    def of(cls, x: Floats, last: Floats, n: Floats, count: Floats) -> "Rows":
        """The distinct histories (x, t_x, n), (rows,) each, that `count` customers have."""
        kinds, kind = np.unique(x, return_inverse=True)
        at_last, at_end = (j.astype(np.int64) * kinds.size + kind for j in (last, n))
        more = more_than(x, count), more_than(last - x, count), more_than(last, count)
        return cls(kinds, int(n.max(initial=0.0)), at_last, at_end, count, *more)


def block(rows: Rows, theta: Floats) -> Floats:
    """Log-likelihood at theta (4, m), (m,).

    The silence of many n at once: with P_j the chance to live and miss from the x-th purchase through period j and P_j g_j
    that to be lost later without another, the chance of a silence from t_x to n is P_n - P_n g_n + P_tx g_tx over P_tx.
    """
    alpha, beta, gamma, delta = theta
    points = alpha.size
    bought, missed, seen = (np.arange(float(more.size))[:, None] for more in (rows.bought, rows.missed, rows.seen))
    value = rows.bought @ np.log(alpha + bought) + rows.missed @ np.log(beta + missed)
    value -= rows.seen @ (np.log(alpha + beta + seen) + np.log1p(gamma / (delta + seen)))

    x = rows.x[:, None]
    silent = np.zeros((rows.periods + 1, x.size, points))  # -ln P
    later = np.zeros_like(silent)  # g
    for j in range(rows.periods):
        miss = np.maximum(beta + (j - x), beta)  # before her x-th purchase could be over nothing is read off
        silent[j + 1] = silent[j] + np.log1p((alpha + x) / miss) + np.log1p(gamma / (delta + j))
    for j in range(rows.periods - 1, -1, -1):
        risk, miss = gamma + delta + j, np.maximum(beta + (j - x), beta)
        later[j] = gamma / risk + (delta + j) / risk * (miss / (alpha + x + miss)) * later[j + 1]
    silent, later = silent.reshape(-1, points), later.reshape(-1, points)
    for some in pieces(rows.count.size, points):
        last, end = rows.last[some], rows.end[some]
        with np.errstate(divide="ignore"):
            odds = np.log(later[last])
        odds += silent[end]
        odds -= silent[last]
        value += rows.count[some] @ (log_alive_or_lost(odds, later[end]) - (silent[end] - silent[last]))
    return np.asarray(value)
