"""Special functions that keep their relative precision where the textbook formula subtracts two large
numbers."""

import numpy as np

from models.numerics.arrays import ArrayLike, Floats

_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
_SHIFT = 12.0  # Stirling's series below is exact to double precision from here on


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


def log_beta_ratio(a: ArrayLike, b: ArrayLike, g: ArrayLike) -> Floats:
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
    for _ in range(int(_SHIFT)):
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


def log_rising(r: float, n: Floats) -> Floats:
    """ln Gamma(r + n)/Gamma(r) for whole `n`, (m,): a sum of logarithms, exact where r is huge or tiny."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(r + np.arange(float(n.max(initial=0.0)))))])
    return np.asarray(logs[n.astype(np.int64)])


def _stirling_rest(z: Floats) -> Floats:
    """ln Gamma(z) less (z - 1/2) ln z - z + ln(2 pi)/2, z > 0."""
    from scipy.special import gammaln

    great = np.maximum(z, _SHIFT)
    series = sum((c * great ** -(2.0 * k + 1.0) for k, c in enumerate(_STIRLING)), np.zeros(z.shape))
    small = np.minimum(z, _SHIFT)
    return np.where(z < _SHIFT, gammaln(small) - (small - 0.5) * np.log(small) + small - _HALF_LOG_2PI, series)


def _deviance(x: Floats, mean: Floats, off: Floats) -> Floats:
    """x ln(x/mean) - off for off = x - mean, precise where that is small (Loader 2000, "Fast and accurate computation of
    binomial probabilities")."""
    ratio = off / (x + mean)
    near = np.clip(ratio, -0.1, 0.1)
    series = sum((near ** (2 * j + 1) / (2 * j + 1) for j in range(1, 9)), np.zeros(near.shape))
    return np.where(np.abs(ratio) < 0.1, off * near + 2.0 * x * series, x * np.log(x / mean) - off)


def log_beta_chance(p: ArrayLike, q: ArrayLike, s: ArrayLike, v: ArrayLike) -> Floats:
    """ln [y^p (1 - y)^q / B(p, q)] at y = s/(s + v); all positive, broadcast together.

    Log-gammas of large p and q would leave no digits of it; here it is taken as its distance from the peak.
    """
    p, q, s, v = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (p, q, s, v)))
    both, whole = p + q, s + v
    off = (p * v - q * s) / whole
    apart = _deviance(p, both * (s / whole), off) + _deviance(q, both * (v / whole), -off)
    height = 0.5 * (np.log(p) + np.log(q / both)) - _HALF_LOG_2PI
    return np.asarray(height - apart + _stirling_rest(both) - _stirling_rest(p) - _stirling_rest(q))


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
