"""How much operational time the days ahead bring on a model's clock."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.families.model import Model
from models.numerics.arrays import Floats


@dataclass(frozen=True)
class Ahead:
    """Operational time of the days to come, and how sure totals over them are.

    clock: days ahead (m,), whole or not -> time (m,) in the model's unit. sd_log: standard deviation of a total's logarithm
    from all that is not known of parameters and season together; None where the model's own covariance tells it.
    dispersion: how many times as much orders vary by chance as independent lives would. model: whose parameters' errors
    sd_log holds; those of another model on the same clock join it.
    """

    clock: Callable[[Floats], Floats]
    sd_log: float | None = None
    dispersion: float = 1.0
    model: Model | None = None

    def __call__(self, days: Floats) -> Floats:
        """Operational time of `days` (m,) ahead."""
        return self.clock(days)

    def at(self, days: float) -> float:
        """The time of so many days."""
        return float(self.clock(np.array([days]))[0])


def calendar(unit_days: float) -> Ahead:
    """A day is a day, and a unit of time has so many."""
    return Ahead(lambda days: days / unit_days)
