"""How skewed values are: a bend of their scale that makes them about normal, learnt from them as far as they tell it.

Of standardised values u the bent ones are log(1 + g u) / g: normal where u is log-normal from a threshold on (the system S_L
of Johnson, Biometrika 36, 1949), skewed to the right with g > 0 and to the left with g < 0; g = 0 leaves them as they are.
Few values tell little of g, and a sample's skewness is too small in the mean. So g is the mean of its posterior distribution
under a prior around 0, mean and variance of the bent values integrated out (Box & Cox 1964, section 3).
"""

import numpy as np

Floats = np.ndarray

ENOUGH = 8  # values from which on a bend is learnt: fewer tell so little of it that ends only scatter more (simulated)
_BENDS = np.linspace(-1.2, 1.2, 49)  # the posterior's grid; an exponential distribution has the skewness of 0.55
_PRIOR = 0.4  # scale of the prior, Laplace's: half of all bends lie within +-0.28, a skewness of 0.9
_NEAREST = 0.05  # how near to the threshold, 1 + g u = 0, a value may lie: on it the likelihood is infinite (Hill 1963)
_STRAIGHT = 1e-9  # a bend below which there is none


def bends(u: Floats) -> tuple[Floats, Floats]:
    """The bend of each sample, and how much of it its values have told, from 0 to 1; float64[...] each.

    u: float64[..., n], standardised by the mean and standard deviation of each sample of n. Both are 0 below 8 values. What
    is told is 1 less the variance of the posterior over that of the prior, where the values allow for a bend: the part of a
    degree of freedom that the bend takes (the effective number of parameters of Spiegelhalter et al. 2002, here of one).
    """
    u = np.asarray(u, float)
    n = u.shape[-1]
    if n < ENOUGH:
        return np.zeros(u.shape[:-1]), np.zeros(u.shape[:-1])
    grid = _BENDS.reshape(-1, *(1,) * u.ndim)
    apart = 1.0 + grid * u
    possible = (apart > _NEAREST).all(axis=-1)
    apart = np.where(possible[..., None], apart, 1.0)
    spread = np.std(bent(np.where(possible[..., None], u, 0.0), grid), axis=-1, ddof=1)
    prior = np.where(possible, -np.abs(grid[..., 0]) / _PRIOR, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = prior - np.log(apart).sum(axis=-1) - (n - 1) * np.log(spread)
    log = np.where(possible, log, -np.inf)
    (before, _), (after, bend) = _moments(prior), _moments(log)
    left = np.where(
        before > 0, after / np.where(before > 0, before, 1.0), 1.0
    )  # with outliers on both sides none is possible
    return bend, np.clip(1.0 - left, 0.0, 1.0)


def _moments(log: Floats) -> tuple[Floats, Floats]:
    """Variance and mean of the bend, given the logarithm of its density on the grid, float64[grid, ...]."""
    weight = np.exp(log - log.max(axis=0))
    weight /= weight.sum(axis=0)
    grid = _BENDS.reshape(-1, *(1,) * (log.ndim - 1))
    mean = (weight * grid).sum(axis=0)
    return (weight * (grid - mean) ** 2).sum(axis=0), mean


def bent(u: Floats, bend: Floats | float) -> Floats:
    """log(1 + g u) / g, u where g is 0; beyond the threshold minus infinity, or plus infinity where g < 0."""
    g = np.asarray(bend, float)
    straight = np.abs(g) < _STRAIGHT
    some = np.where(straight, 1.0, g)
    with np.errstate(divide="ignore"):
        curved = np.log(np.maximum(1.0 + some * u, 0.0)) / some
    return np.where(straight, u, curved)


def unbent(z: Floats, bend: Floats | float) -> Floats:
    """The inverse, (exp(g z) - 1) / g."""
    g = np.asarray(bend, float)
    straight = np.abs(g) < _STRAIGHT
    with np.errstate(over="ignore"):
        curved = np.expm1(np.where(straight, 0.0, g * z)) / np.where(straight, 1.0, g)
    return np.where(straight, z, curved)
