"""What figures come to as smooth functions of a point, learned from points that were simulated.

Each figure is a Gaussian process: a constant, an offset of the lives that its seed stands for, a slope in each parameter, a
smooth remainder over the parameters that matter, and noise. What each part contributes (its variance component, one for
each slope: parameters that do not matter get none) maximises the likelihood, by the monotone updates of Zhou, Hu, Zhou &
Lange, "MM algorithms for variance components models", JCGS 28 (2019) 350-361. With about as many parameters as points that
is too sure of itself, so what cross-validation finds beyond is added to its uncertainty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve

LENGTHS = (2.0, 4.0)  # of the smooth remainder, in prior sds along what matters
_UPDATES, _REWEIGHTED = 40, 3
_FOLDS = 5
_LEAST = 1e-10  # of a variance component


@dataclass(frozen=True)
class Emulator:
    """One figure, fitted to `n` simulated points.

    points: float64[n, parameters]; seeds: int[n]; values: float64[n] on the figure's scale, less `mean`. slopes:
    float64[parameters], the variance of each parameter's slope; weights: float64[parameters], how much each counts in the
    distance of the remainder, 1 in all; remainder: the variances of the parts of LENGTHS; offset, noise: variances.
    unsaid: variance that its own uncertainty leaves out. explained: share of the variance that it explains at points it was
    not told; both by cross-validation.
    """

    points: np.ndarray
    seeds: np.ndarray
    values: np.ndarray
    mean: float
    constant: float
    offset: float
    slopes: np.ndarray
    weights: np.ndarray
    remainder: np.ndarray
    noise: float
    unsaid: float = 0.0
    explained: float = float("nan")

    @classmethod
    def fitted(cls, points: np.ndarray, seeds: np.ndarray, values: np.ndarray) -> "Emulator":
        """The emulator of largest likelihood; where a value is NaN its point is left out."""
        known = np.isfinite(values)
        points, seeds, mean = points[known], seeds[known], float(values[known].mean())
        centred = values[known] - mean
        spread = float(centred.var()) + _LEAST
        parameters = points.shape[1]
        slopes = np.full(parameters, 0.5 * spread / (points**2).sum(axis=1).mean())
        variances = np.full(3 + len(LENGTHS), 0.1 * spread)  # constant, offset, noise, remainder
        weights = slopes / slopes.sum()
        for _ in range(_REWEIGHTED):
            weights = slopes / slopes.sum()
            slopes, variances = _updated(points, seeds, centred, weights, slopes, variances)
        constant, offset, noise, *remainder = variances.tolist()
        return cls(points, seeds, centred, mean, constant, offset, slopes, weights, np.array(remainder), noise)

    @cached_property
    def _factor(self) -> tuple[np.ndarray, bool]:
        n = len(self.points)
        prior = self._with(self.points, self.seeds) + self.noise * np.eye(n)
        factor: tuple[np.ndarray, bool] = cho_factor(prior, lower=True)
        return factor

    @cached_property
    def _solved(self) -> np.ndarray:
        solved: np.ndarray = cho_solve(self._factor, self.values)
        return solved

    def _with(self, points: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """float64[n, m]: prior covariance of the figure at the fitted points and at others."""
        same = (self.seeds[:, None] == seeds[None, :]).astype(float)
        covariance: np.ndarray = self.constant + self.offset * same + (self.points * self.slopes) @ points.T
        for variance, length in zip(self.remainder, LENGTHS, strict=True):
            covariance = covariance + variance * _near(self.points, points, self.weights, length)
        return covariance

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        """The figure on its scale at a point on the lives of `seed`, and its gradient (float64[parameters])."""
        value = self.mean + float(self._with(point[None], np.array([seed]))[:, 0] @ self._solved)
        gradient = self.slopes * (self.points.T @ self._solved)
        for variance, length in zip(self.remainder, LENGTHS, strict=True):
            pull = variance * _near(self.points, point[None], self.weights, length)[:, 0] * self._solved
            gradient = gradient + self.weights / length**2 * (pull @ (self.points - point))
        return value, gradient

    def variance(self, point: np.ndarray, seed: int) -> float:
        """How uncertain the figure's expectation at a point is: noise of one more small pool is not in it."""
        there = self._with(point[None], np.array([seed]))[:, 0]
        own = self.constant + self.offset + float(self.slopes @ point**2) + float(self.remainder.sum())
        return self.unsaid + max(0.0, own - float(there @ cho_solve(self._factor, there)))

    def of_one_pool(self, point: np.ndarray, seed: int) -> float:
        """How uncertain what one more small pool shows at a point is: its noise, too."""
        return self.variance(point, seed) + self.noise

    @classmethod
    def checked(cls, points: np.ndarray, seeds: np.ndarray, values: np.ndarray) -> "Emulator":
        """The fitted emulator with what it explains and leaves unsaid, by 5-fold cross-validation.

        That is the mean square of misses at points that neither fit nor variance components were told, and by how much it
        exceeds what the emulators said of it.
        """
        known = np.isfinite(values)
        points, seeds, values = points[known], seeds[known], values[known]
        fold = np.random.default_rng(0).permutation(len(values)) % _FOLDS
        missed, said = np.zeros(len(values)), np.zeros(len(values))
        for k in range(_FOLDS):
            others = cls.fitted(points[fold != k], seeds[fold != k], values[fold != k])
            for n in np.flatnonzero(fold == k):
                missed[n] = values[n] - others.at(points[n], seeds[n])[0]
                said[n] = others.of_one_pool(points[n], seeds[n])
        square = float(np.mean(missed**2))
        unsaid = max(0.0, square - float(said.mean()))
        return replace(cls.fitted(points, seeds, values), unsaid=unsaid, explained=1.0 - square / float(values.var()))


def _near(points: np.ndarray, others: np.ndarray, weights: np.ndarray, length: float) -> np.ndarray:
    """float64[n, m]: exp(-d² / 2 length²), d the weighted distance."""
    one, other = points * np.sqrt(weights), others * np.sqrt(weights)
    squared = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * one @ other.T
    near: np.ndarray = np.exp(-0.5 * np.maximum(squared, 0.0) / length**2)
    return near


def _updated(
    points: np.ndarray,
    seeds: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    slopes: np.ndarray,
    variances: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes' and other variances after some updates, each of which raises the likelihood: v sqrt(y'C⁻¹KC⁻¹y / tr C⁻¹K)."""
    n = len(points)
    same = (seeds[:, None] == seeds[None, :]).astype(float)
    parts = [np.ones((n, n)), same, np.eye(n), *(_near(points, points, weights, length) for length in LENGTHS)]
    for _ in range(_UPDATES):
        covariance = (points * slopes) @ points.T
        for variance, part in zip(variances, parts, strict=True):
            covariance += variance * part
        inverse = cho_solve(cho_factor(covariance, lower=True), np.eye(n))
        solved = inverse @ values
        slopes = slopes * np.sqrt((points.T @ solved) ** 2 / ((inverse @ points) * points).sum(axis=0))
        ratios = [float(solved @ part @ solved) / float((inverse * part).sum()) for part in parts]
        variances = np.maximum(variances * np.sqrt(ratios), _LEAST)
    return np.maximum(slopes, _LEAST), variances


def emulators(points: np.ndarray, seeds: np.ndarray, values: np.ndarray) -> Sequence[Emulator]:
    """One for each figure. values: float64[n, figures]."""
    return [Emulator.checked(points, seeds, column) for column in values.T]
