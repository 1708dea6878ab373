"""Special functions that keep their relative precision where the textbook formula subtracts two large
numbers."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

_SHIFT = 12  # Stirling's series below is exact to double precision from here on


# ln Gamma(z) less (z - 1/2) ln z - z + ln(2 pi)/2 is the sum of c / z^(2k - 1) (Abramowitz & Stegun 6.1.41).
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def _stirling_step(z: Floats, a: Floats) -> Floats:
    """That rest at z + a less that at z, for z >= 12: precise relative to its size, however small `a` is."""
    step = np.log1p(a / z)
    total = np.zeros(z.shape)
    for k, c in enumerate(_STIRLING):
        power = 2 * k + 1
        total += c * z**-power * np.expm1(-power * step)
    return total


def _log_cross(z: Floats, a: Floats, g: Floats) -> Floats:
    """ln [z (z + a + g) / ((z + a)(z + g))], precise where it is near 0 and where z is next to nothing."""
    product = (a / (z + a)) * (g / (z + g))
    with np.errstate(divide="ignore"):
        near = np.log1p(-np.minimum(product, 0.5))
        far = np.log(z / (z + a)) + np.log1p(a / (z + g))
    return np.asarray(np.where(product > 0.5, far, near))


def log_beta_ratio(a: npt.ArrayLike, b: npt.ArrayLike, g: npt.ArrayLike) -> Floats:
    """ln [B(a, b + g) / B(a, b)], never positive: the log chance to survive orders whose exponents sum to
    `g`.

    `a`, `b` > 0 and `g` >= 0 broadcast together. The naive difference of log-gammas loses all digits for
    large `b` or small `a`; here ln Gamma's mixed second difference is taken term by term, so the relative
    error stays near 1e-14 (1e-11 for `b` below 1e-4).
    """
    a, b, g = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (a, b, g)))
    total = np.zeros(b.shape)
    # Recurrence ln Gamma(z) = ln Gamma(z + 1) - ln z carries small b up to where Stirling's series holds.
    z = b.astype(np.float64)
    for _ in range(_SHIFT):
        small = z < _SHIFT
        if not small.any():
            break
        za = z + 1.0 * small
        total += np.where(small, _log_cross(z, a, g), 0.0)
        z = za
    log_cross = _log_cross(z, a, g)
    main = z * log_cross + a * np.log1p(g / (z + a)) + g * np.log1p(a / (z + g)) - 0.5 * log_cross
    rest = _stirling_step(z + g, a) - _stirling_step(z, a)
    return np.asarray(np.minimum(total - (main + rest), 0.0))


def log_one_minus_exp(h: Floats) -> Floats:
    """ln(1 - e^h) for h < 0 (Maechler 2012: two branches at -ln 2)."""
    out = np.empty_like(h)
    near = h > -np.log(2.0)
    out[near] = np.log(-np.expm1(h[near]))
    out[~near] = np.log1p(-np.exp(h[~near]))
    return out


def trigamma(z: Floats | float) -> Floats:
    """Second derivative of ln Gamma, z > 0."""
    from scipy.special import zeta

    return np.asarray(zeta(2.0, z), dtype=np.float64)
