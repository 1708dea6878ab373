"""The search: least squares over figures and priors from many starts, the modes that are kept, and their covariance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import least_squares

from benchmarks.response.figures import Claim
from benchmarks.response.space import Space

NATS = 2.0  # a mode is kept whose log posterior is at most so much below the best
_APART = 1.0  # prior sds between two modes, over all parameters; nearer ones are the same
_OUTSIDE = 100.0  # on what feeds itself beyond what a response may


class Figure(Protocol):
    """A figure as a function of a point: an emulator, or the simulation itself."""

    def at(self, point: np.ndarray, seed: int) -> tuple[float, np.ndarray]:
        """Its value on its scale, and its gradient."""


@dataclass(frozen=True)
class Mode:
    """A minimum of the objective.

    point: float64[parameters] in prior sds. of_figures, of_priors: their parts of chi-square. seeds: search seeds that led
    to it; starts: how many of all.
    """

    point: np.ndarray
    of_figures: float
    of_priors: float
    seeds: tuple[int, ...]
    starts: int

    @property
    def nats(self) -> float:
        """Minus the log posterior density, but for a constant: half of chi-square."""
        return 0.5 * (self.of_figures + self.of_priors)

    @property
    def distance(self) -> float:
        """From the prior's centre, in prior sds over all parameters."""
        return float(np.sqrt(self.of_priors))


@dataclass(frozen=True)
class Objective:
    """Chi-square of figures and priors at a point.

    errors: float64[claims], variances of the figures' own uncertainty, added to those of the claims.
    """

    space: Space
    claims: Sequence[Claim]
    figures: Sequence[Figure]
    errors: np.ndarray

    def residuals(self, point: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """float64[claims] residuals of the figures in their sds, and float64[claims, parameters] their gradients."""
        rows, gradients = [], []
        for claim, figure, error in zip(self.claims, self.figures, self.errors, strict=True):
            value, gradient = figure.at(point, seed)
            narrower = claim.sd / np.sqrt(claim.sd**2 + error)
            residual = float(claim.residual(value)) * narrower
            rows.append(residual)
            gradients.append(gradient / claim.sd * narrower * (residual != 0.0))
        return np.array(rows), np.array(gradients)

    def minimum(self, start: np.ndarray, seed: int, most: int | None = None) -> Mode:
        """The minimum that a start leads to, within the ranges and without trust or friends that feed themselves.

        most: trials after which the search stays where it is; left out: as SciPy has it.
        """
        n = len(start)

        def all_residuals(point: np.ndarray) -> np.ndarray:
            return np.concatenate([self.residuals(point, seed)[0], point, _OUTSIDE * self.space.excess(point)])

        def jacobian(point: np.ndarray) -> np.ndarray:
            return np.vstack([self.residuals(point, seed)[1], np.eye(n), _OUTSIDE * self._excess_slopes(point)])

        inside = np.clip(start, self.space.low + 1e-9, self.space.high - 1e-9)
        fit = least_squares(
            all_residuals,
            inside,
            jacobian,
            bounds=(self.space.low, self.space.high),
            xtol=1e-6,
            ftol=1e-8,
            max_nfev=most,
        )
        at, _ = self.residuals(fit.x, seed)
        return Mode(fit.x, float(at @ at), float(fit.x @ fit.x), (seed,), 1)

    def _excess_slopes(self, point: np.ndarray) -> np.ndarray:
        """float64[2, parameters]: gradients of what feeds itself; 0 but near the border."""
        if not self.space.excess(point).any():
            return np.zeros((2, len(point)))
        steps = 1e-5 * np.eye(len(point))
        return np.array([(self.space.excess(point + s) - self.space.excess(point - s)) / 2e-5 for s in steps]).T

    def covariance(self, mode: Mode) -> np.ndarray:
        """float64[parameters, parameters] in prior sds: the inverse of the Gauss-Newton Hessian, priors included."""
        _, gradients = self.residuals(mode.point, mode.seeds[0])
        covariance: np.ndarray = np.linalg.inv(gradients.T @ gradients + np.eye(len(mode.point)))
        return covariance


def inflation(chi_square: float, figures: int) -> float:
    """max(1, chi-square / df), by which a covariance is multiplied.

    Residuals (figures and priors) less parameters leave as many degrees of freedom as there are figures: each parameter has
    a prior.
    """
    return max(1.0, chi_square / figures)


def modes_of(minima: Sequence[Mode]) -> list[Mode]:
    """The distinct minima within 2 nats of the best, the nearest to the prior's centre first.

    Minima nearer to each other than one prior sd over all parameters are one, and the best of them stands for it.
    """
    distinct: list[Mode] = []
    for minimum in sorted(minima, key=lambda mode: mode.nats):
        for k, mode in enumerate(distinct):
            if np.linalg.norm(mode.point - minimum.point) < _APART:
                seeds = tuple(sorted({*mode.seeds, *minimum.seeds}))
                distinct[k] = Mode(mode.point, mode.of_figures, mode.of_priors, seeds, mode.starts + minimum.starts)
                break
        else:
            distinct.append(minimum)
    kept = [mode for mode in distinct if mode.nats <= distinct[0].nats + NATS]
    return sorted(kept, key=lambda mode: mode.distance)


def searched(objective: Objective, seeds: Sequence[int], starts: int) -> list[Mode]:
    """The modes from so many starts drawn from the prior under each search seed."""
    return modes_of([objective.minimum(start, seed) for seed in seeds for start in objective.space.draws(starts, seed)])
