"""How good were the forecasts of what each customer did: proper scores of predictive distributions of counts.

A score is proper when nobody does better on average than by forecasting what she believes (Gneiting & Raftery 2007). For
counts: the logarithmic score -ln P(y) and the ranked probability score, the sum over k of (F(k) - [y <= k])^2, which is
the CRPS of a distribution on the whole numbers (Czado, Gneiting & Held 2009, eq. 4). Less is better. The absolute error is
no proper score of a mean: its best forecast is the median, which for most customers is 0, so that it rewards forecasts that
are too low in total; `mae` is therefore given of the mean, as the literature does, and of the median.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.data.given import check_summary
from models.data.summary import Summary
from models.errors import BadInput
from models.families.model import Model
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import Whole, distinct_rows

if TYPE_CHECKING:
    import pandas as pd

_CELLS = 1_000_000  # probabilities held at once
_FIRST = 15  # counts looked at to begin with
_MOST = 1 << 17  # and at most
_TAIL = 1e-10  # what the rest of the sum may add to the CRPS
_LEAST = 1e-300  # probabilities below it count as this: a score of 690.8 is worst


@dataclass(frozen=True)
class Scores:
    """Forecast and truth of each customer, and how far they agree; arrays (n,).

    actual: purchases that came; expected: their predictive mean; median: the predictive median; none: P(no purchase);
    log_score: -ln P(actual), at most 690.8; crps: ranked probability score; frequency: purchases before. Less is better.
    """

    actual: Floats
    expected: Floats
    median: Floats
    none: Floats
    log_score: Floats
    crps: Floats
    frequency: Floats

    @property
    def mean_log_score(self) -> float:
        """Mean logarithmic score a customer."""
        return float(self.log_score.mean())

    @property
    def mean_crps(self) -> float:
        """Mean ranked probability score a customer, in purchases."""
        return float(self.crps.mean())

    @property
    def mae(self) -> float:
        """Mean absolute error of the predictive means, in purchases, as the literature reports it."""
        return float(np.abs(self.actual - self.expected).mean())

    @property
    def mae_of_median(self) -> float:
        """Mean absolute error of the predictive medians, the point forecasts this error is made for."""
        return float(np.abs(self.actual - self.median).mean())

    @property
    def rmse(self) -> float:
        """Root of the mean squared error of the predictive means, in purchases."""
        return float(np.sqrt(((self.actual - self.expected) ** 2).mean()))

    @property
    def total_error(self) -> float | None:
        """(expected - actual)/actual purchases of all customers; None where no purchase came."""
        total = float(self.actual.sum())
        return float(self.expected.sum()) / total - 1.0 if total else None

    def by_frequency(self, most: int = 7) -> "pd.DataFrame":
        """Calibration by frequency 0, 1, .. `most` and more, one row each: customers, mean actual and expected purchases,
        and the share without a purchase, actual and expected."""
        import pandas as pd

        group = np.minimum(self.frequency, most).astype(int)
        n = np.bincount(group, minlength=most + 1)
        some = n > 0

        def mean(values: Floats) -> Floats:
            return np.bincount(group, values, most + 1)[some] / n[some]

        return pd.DataFrame(
            {
                "frequency": np.arange(most + 1)[some],
                "customers": n[some],
                "actual": mean(self.actual),
                "expected": mean(self.expected),
                "actual_none": mean((self.actual == 0).astype(np.float64)),
                "expected_none": mean(self.none),
            }
        )


def score(model: Model, calibration: Summary, actual: ArrayLike, t: float) -> Scores:
    """Scores of a fitted model's forecasts for the `t` (in the summary's unit) after `calibration`; actual (n,).

    Customers of equal history share one predictive distribution, worked out once; memory is bounded. Raises BadInput where
    actual does not count whole purchases of the same customers, or t is no positive number.
    """
    actual = np.asarray(actual, dtype=np.float64).reshape(-1)
    n = len(check_summary("scores", calibration))
    if actual.size != n or not n:
        raise BadInput(
            "scores: actual has {rows} rows where the summary has {n}; there must be one a customer.",
            rows=actual.size,
            n=n,
        )
    if not (np.isfinite(actual) & (actual >= 0) & (actual == np.rint(actual))).all():
        raise BadInput("scores: actual must count whole purchases of at least 0.")
    if not (np.isfinite(t) and t > 0):
        raise BadInput("scores: the horizon t is {t}; it must be a positive number.", t=t)
    histories, place = _distinct(calibration)
    (who, came), back = distinct_rows([place.astype(np.float64), actual])
    assert back is not None  # whole numbers lie on the grid
    expected = np.asarray(model.expected_purchases(t, histories), dtype=np.float64)
    pairs = _Pairs(who.astype(np.int64), came, expected)
    pairs.work_out(model, histories, t)
    return Scores(
        actual=actual,
        expected=expected[place],
        median=pairs.median[back],
        none=pairs.none[back],
        log_score=pairs.log_score[back],
        crps=pairs.crps[back],
        frequency=calibration.frequency,
    )


def _distinct(summary: Summary) -> tuple[Summary, Whole]:
    """One customer of each history that a forecast can tell apart, and which of them each customer is."""
    names = ("frequency", "recency", "T", "tau_x", "tau_T", "G_x", "G_before")
    columns = [getattr(summary, name) for name in names if getattr(summary, name) is not None]
    rows, place = distinct_rows(columns)
    if place is None:
        return summary, np.arange(len(summary))
    first = np.empty(rows[0].size, dtype=np.int64)
    first[place[::-1]] = np.arange(len(summary))[::-1]
    return summary[first], place


class _Pairs:
    """Each distinct (history, purchases that came): its scores, (pairs,)."""

    def __init__(self, who: Whole, came: Floats, expected: Floats) -> None:
        order = np.argsort(who, kind="stable")
        self.order = order  # pairs, those of one history together
        self.who, self.came = who[order], came[order]
        self.start = np.searchsorted(self.who, np.arange(expected.size + 1))
        self.expected = expected
        self.log_score, self.crps, self.median, self.none = (np.empty(who.size) for _ in range(4))

    def work_out(self, model: Model, histories: Summary, t: float) -> None:
        """Extend each history's counts until its tail is negligible: a few for most, doubled for the others."""
        came = np.zeros(self.expected.size)
        np.maximum.at(came, self.who, self.came)
        needed = np.maximum(_FIRST, np.exp2(np.ceil(np.log2(came + 2.0))) - 1.0)
        most, todo = _FIRST, np.arange(self.expected.size)
        while todo.size:
            now, later = todo[needed[todo] <= most], todo[needed[todo] > most]
            unfinished = [later]
            for rows in np.array_split(now, now.size * (most + 1) // _CELLS + 1):
                if rows.size:
                    chances = model.purchase_distribution(t, most, histories[rows])
                    done = self._settle(rows, chances) | (2 * most > _MOST)
                    unfinished.append(rows[~done])
            todo, most = np.concatenate(unfinished), 2 * most + 1

    def _settle(self, rows: Whole, chances: Floats) -> npt.NDArray[np.bool_]:
        """Scores of the pairs of some histories, and whether the tail beyond the counts computed is negligible."""
        below = np.minimum(np.cumsum(chances, axis=1), 1.0)
        above = 1.0 - below
        # Beyond K the sum of (1 - F)^2 is at most (1 - F(K)) times what the mean still lacks.
        lacking = np.maximum(self.expected[rows] - above.sum(axis=1), 0.0)
        squares = above**2
        whole = squares.sum(axis=1)
        size = self.start[rows + 1] - self.start[rows]
        row = np.repeat(np.arange(rows.size), size)
        at = np.arange(row.size) - np.repeat(np.cumsum(size) - size, size) + np.repeat(self.start[rows], size)
        y = self.came[at].astype(np.int64)
        # (F - [y <= k])^2 is F^2 before y and (1 - F)^2 from y on: F^2 - (1 - F)^2 = 2 F - 1 in between.
        before = np.zeros((rows.size, chances.shape[1] + 1))
        np.cumsum(2.0 * below - 1.0, axis=1, out=before[:, 1:])
        pair = self.order[at]
        self.crps[pair] = np.maximum(whole[row] + before[row, y], 0.0)
        self.log_score[pair] = -np.log(np.clip(chances[row, y], _LEAST, 1.0))
        self.median[pair] = (below < 0.5).sum(axis=1)[row]
        self.none[pair] = chances[row, 0]
        return np.asarray(above[:, -1] * lacking <= _TAIL * (1.0 + whole))
