"""What the priors of last resort add to a fitted model: a density, and an end to its errors."""

import numpy as np

from models.families.model import Model
from models.numerics.arrays import Floats


def log_prior(model: Model) -> float:
    """Logarithm of the weak prior's density at the parameters, but for a constant; 0 where it was not used."""
    if not model.prior_used_:
        return 0.0
    k = len(model.parameters)
    nothing = 0.0, np.zeros(k), np.zeros((k, k))
    position = np.log([model.params_[name] for name in model.parameters])
    return float(model._with_weak_prior(lambda _: nothing)(position)[0])


def widened(model: Model, dispersion: float) -> Floats:
    """Covariance (k, k) of a fitted model's parameters' logarithms where the data tell 1/dispersion of what chance says.

    Precisions add: that of the data is divided, that of the priors of last resort stands in for what is gone. So however
    little the data tell, no error is beyond what is known without them.
    """
    if dispersion <= 1.0 or not np.any(model.covariance_):
        return model.covariance_
    position = np.log([model.params_[name] for name in model.parameters])
    known, vectors = np.linalg.eigh(-model._last_resort()(position)[2])
    prior = (vectors * np.maximum(known, 0.0)) @ vectors.T
    share = 1.0 / dispersion
    covariance = np.linalg.inv(share * np.linalg.inv(model.covariance_) + (1.0 - share) * prior)
    return np.asarray(0.5 * (covariance + covariance.T))
