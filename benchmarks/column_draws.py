"""The keyed draws of sim/draws.py for whole arrays of keys, with the same numbers."""

import numpy as np

U = np.uint64
_STEP, _MIX_1, _MIX_2 = U(0x9E3779B97F4A7C15), U(0xBF58476D1CE4E5B9), U(0x94D049BB133111EB)


def _mix(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> U(30))) * _MIX_1
    z = (z ^ (z >> U(27))) * _MIX_2
    return z ^ (z >> U(31))


def subkey(key: np.ndarray, kind: int, n: np.ndarray) -> np.ndarray:
    """uint64[n]; `n` an array or one number."""
    kinds = _mix(np.array([kind], U) * _STEP)
    return _mix(_mix(key ^ kinds) + (np.atleast_1d(n).astype(U) + U(1)) * _STEP)


def uniform(key: np.ndarray, kind: int, n: np.ndarray | int) -> np.ndarray:
    """float64[n], strictly between 0 and 1."""
    return ((subkey(key, kind, np.asarray(n)) >> U(11)) + 0.5) * 2.0**-53


def exponential(key: np.ndarray, kind: int, n: np.ndarray | int) -> np.ndarray:
    """float64[n], mean 1."""
    return -np.log(uniform(key, kind, n))


def gamma(key: np.ndarray, kind: int, n: np.ndarray | int, shape: float) -> np.ndarray:
    """float64[n] of Gamma(shape, rate 1), shape >= 1 (Marsaglia & Tsang 2000); rejected ones are tried again."""
    own = subkey(key, kind, np.asarray(n))
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    made, left, attempt = np.empty(len(own)), np.arange(len(own)), 0
    while len(left):
        k = own[left]
        inner = subkey(k, kind, np.asarray(attempt))
        z = np.sqrt(2.0 * exponential(inner, kind, 0)) * np.cos(2.0 * np.pi * uniform(inner, kind, 1))
        v = (1.0 + c * z) ** 3
        with np.errstate(invalid="ignore"):
            good = (v > 0.0) & (
                np.log(uniform(k, kind + 64, attempt)) < 0.5 * z * z + d - d * v + d * np.log(np.maximum(v, 1e-300))
            )
        made[left[good]] = d * v[good]
        left, attempt = left[~good], attempt + 1
    return made
