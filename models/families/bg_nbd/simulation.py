"""New customers simulated exactly from BG/NBD, with the unmerged times of their orders."""

from collections.abc import Mapping

import numpy as np

from models.families.simulated import SimulatedOrders, follow
from models.numerics.arrays import ArrayLike


def simulate(params: Mapping[str, float], n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
    """`n` customers from their first order to `T` (a number or (n,))."""
    rate = rng.gamma(params["r"], 1.0 / params["alpha"], n)
    loss = rng.beta(params["a"], params["b"], n)
    return follow(rate, loss, np.ones(n, dtype=bool), T, rng, rng.standard_exponential)
