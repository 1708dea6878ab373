"""Normal draws of parameters' logarithms within bounds, and normal priors on them."""

from collections.abc import Sequence

import numpy as np

from models.numerics.arrays import Floats
from models.numerics.newton import Objective

REACH = 8.0  # parameters beyond a factor of e^8 = 3,000 from the likeliest are taken as impossible


def normal_steps(covariance: Floats, n: int, rng: np.random.Generator, logs: int) -> Floats:
    """`n` draws (n, k) around 0 of a normal quantity with this covariance (k, k), which may be singular.

    The first `logs` are logarithms of parameters. A draw that takes one of them out of REACH is shortened as a whole: it
    says only that the normal approximation ends before, and a model need not be a number there.
    """
    values, vectors = np.linalg.eigh(covariance)
    draws = rng.standard_normal((n, values.size)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    farthest = np.abs(draws[:, :logs]).max(axis=1, initial=REACH, keepdims=True)
    return np.asarray(draws * (REACH / farthest))


def with_normal_prior(likelihood: Objective, rows: Sequence[tuple[Sequence[float], float, float]]) -> Objective:
    """The likelihood plus normal priors on linear combinations of the parameters' logarithms: (weights, mean, sd)."""

    def posterior(u: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = likelihood(u)
        gradient, hessian = gradient.copy(), hessian.copy()
        for weights, mean, sd in rows:
            slope = np.asarray(weights, dtype=np.float64)
            z = (float(slope @ u) - mean) / sd
            value -= 0.5 * z * z
            gradient -= z / sd * slope
            hessian -= np.outer(slope, slope) / sd**2
        return value, gradient, hessian

    return posterior
