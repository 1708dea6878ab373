"""Maximum likelihood by Newton's method in few parameters: exact Hessian, safe steps, a plain verdict at the
end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.numerics.arrays import Floats

_NOISE = 1e-14  # relative error of an objective's value, which a good step may seem to lose

# A parameter is taken as known by the data when the standard error of its logarithm is below this (a factor of 20).
WIDEST = 3.0

ANYWHERE = 60.0  # a climb with priors may go as far as they let it

Objective = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True)
class Maximum:
    """Where the climb ended: position, value and Hessian there, and whether it is a maximum."""

    position: Floats
    value: float
    hessian: Floats
    converged: bool
    iterations: int

    def covariance(self) -> Floats:
        """Inverse of the observed information, symmetric by construction; infinite where the data are
        silent."""
        values, vectors = np.linalg.eigh(-0.5 * (self.hessian + self.hessian.T))
        with np.errstate(divide="ignore"):
            inverse = np.where(values > 1e-12 * max(values.max(), 1e-300), 1.0 / np.abs(values), np.inf)
        if not np.isfinite(inverse).all():
            return np.full(self.hessian.shape, np.inf)
        covariance = (vectors * inverse) @ vectors.T
        return np.asarray(0.5 * (covariance + covariance.T))


def _step(gradient: Floats, hessian: Floats, longest: float) -> Floats:
    """Newton's step uphill: directions of wrong curvature are turned round, and no parameter moves by more
    than `longest`."""
    values, vectors = np.linalg.eigh(-0.5 * (hessian + hessian.T))
    curvature = np.maximum(np.abs(values), 1e-8 * max(np.abs(values).max(), 1e-300))
    step = vectors @ ((vectors.T @ gradient) / curvature)
    size = float(np.abs(step).max())
    return np.asarray(step if size <= longest else step * (longest / size))


def _climb(objective: Objective, start: Floats, bounds: float, iterations: int, tolerance: float) -> Maximum:
    """One climb from `start`; stops when a further Newton step cannot gain `tolerance` in the objective."""
    position, (value, gradient, hessian) = start, objective(start)
    for iteration in range(1, iterations + 1):
        step = _step(gradient, hessian, longest=2.0)
        gain = 0.5 * float(gradient @ step)
        if gain <= tolerance:  # Newton squares the error: this last step needs no further look
            return Maximum(position + step, value + gain, hessian, True, iteration)
        for _ in range(12):
            trial = np.clip(position + step, start - bounds, start + bounds)
            trial_value, trial_gradient, trial_hessian = objective(trial)
            if trial_value >= value + 1e-4 * float(gradient @ (trial - position)) - _NOISE * (1 + abs(value)):
                break
            step = 0.25 * step
        else:  # no step gains: rounding error is all that is left
            return Maximum(position, value, hessian, gain < 1e-9 * (1.0 + abs(value)), iteration)
        position, value, gradient, hessian = trial, trial_value, trial_gradient, trial_hessian
    return Maximum(position, value, hessian, False, iterations)


def maximise(
    objective: Objective,
    starts: Sequence[Floats],
    bounds: float = 8.0,
    iterations: int = 60,
    tolerance: float = 1e-13,
) -> Maximum:
    """The best of the climbs from each of `starts`.

    `objective` gives value, gradient (k,) and Hessian (k, k) at a position (k,). No parameter (a logarithm,
    as a rule) moves more than `bounds` from its start, so a likelihood that rises for ever ends there with
    `converged=False`.
    """
    climbs = [_climb(objective, np.asarray(start, float), bounds, iterations, tolerance) for start in starts]
    best = max(climb.value for climb in climbs)
    near = [climb for climb in climbs if climb.value >= best - 1e-7 * (1.0 + abs(best))]
    # The first of equals, a converged one if there is: rounding does not decide which.
    return next((climb for climb in near if climb.converged), near[0])


def to_logarithms(theta: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """Gradient and Hessian in ln(theta) from those in theta (chain rule)."""
    scaled = theta * gradient
    return scaled, theta[:, None] * hessian * theta[None, :] + np.diag(scaled)


def is_known(maximum: Maximum) -> bool:
    """Whether the data pin every parameter down: a proper maximum, no logarithm with an error beyond WIDEST."""
    return is_proper(maximum) and bool(np.sqrt(np.diag(maximum.covariance())).max() < WIDEST)


def is_proper(maximum: Maximum) -> bool:
    """Whether it is a maximum with a covariance: finite, and falling in every direction."""
    if not (np.isfinite(maximum.position).all() and np.isfinite(maximum.hessian).all()):
        return False
    return bool(np.isfinite(maximum.covariance()).all() and (np.linalg.eigvalsh(-maximum.hessian) > 0).all())


def from_gradient(value_and_gradient: Callable[[Floats], tuple[float, Floats]], step: float = 1e-4) -> Objective:
    """An Objective whose Hessian is taken from an analytic gradient by central differences, symmetric by construction."""

    def objective(u: Floats) -> tuple[float, Floats, Floats]:
        value, gradient = value_and_gradient(u)
        hessian = np.empty((u.size, u.size))
        for i in range(u.size):
            h = np.zeros(u.size)
            h[i] = step
            hessian[i] = (value_and_gradient(u + h)[1] - value_and_gradient(u - h)[1]) / (2.0 * step)
        return value, gradient, 0.5 * (hessian + hessian.T)

    return objective
