"""Draws that are pure functions of (key, kind, n): no generator, no state, no order of evaluation.

A member's n-th order has the same threshold in every scenario, engine, thread count and shard, because the draw is a
64-bit mixing hash of who (key), what (kind) and which (n). That is what lets strategies be compared on the same lives
(docs/model.md section 1). Everything random in `sim/` comes from here.

The mixing function is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, variant 13 of D. Stafford), applied twice:
once to place (key, kind), once to place n on that stream.
"""

import hashlib
import math
from typing import Any, TypeAlias

import numpy as np

from sim.engine.compiling import compiled

Key: TypeAlias = Any  # uint64; NumPy's and numba's scalars have different types

# What a draw is for. A number never changes its meaning: it is part of every result's identity.
PERSONA, TAG, TAG_WRONG, ATTENTION, TOLERANCE, FRAILTY = 1, 2, 3, 4, 5, 6
RATE, LOSS_CHANCE, BASKET_RATE, FIRST_RATE, ORGANIC, BUYER = 7, 8, 9, 10, 11, 12
ORDER, LOSS, BASKET, TOP_UP, CLICK, LEAVE, COMPLAINT = 13, 14, 15, 16, 17, 18, 19
ALIVE, CUSTOMER_OF_EXPORT, ORIGIN, PRIOR, NOISE = 20, 21, 22, 23, 24
TASTE, KNOWN, SURVEY, BIRTHDAY, EXECUTE, USE = 30, 31, 32, 34, 43, 44
IN_GROUP = 33
REFER, FRIEND, FRIEND_PERSONA = 35, 36, 37
ASK, ANSWER, CRISIS, RETURN, NPS = 38, 39, 40, 41, 45
ARM = 42

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_ONE = np.uint64(1)
_SPACING = 1.0 / 9007199254740992.0  # 2^-53


@compiled
def _mix(z: Key) -> Key:
    """A bijection of 64 bits in which every input bit moves every output bit."""
    z = np.uint64(z)
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@compiled
def subkey(key: Key, kind: int, n: int) -> Key:
    """The key (uint64) of what belongs to `key` as its n-th `kind`."""
    stream = _mix(np.uint64(key) ^ _mix(np.uint64(kind) * _STEP))
    return _mix(stream + (np.uint64(n) + _ONE) * _STEP)


@compiled
def uniform(key: Key, kind: int, n: int) -> float:
    """The n-th uniform number of this kind, strictly between 0 and 1."""
    return ((subkey(key, kind, n) >> _11) + 0.5) * _SPACING


@compiled
def exponential(key: Key, kind: int, n: int) -> float:
    """The n-th Exp(1) number of this kind: a threshold for an integrated hazard."""
    return -math.log(uniform(key, kind, n))


@compiled
def normal(key: Key, kind: int, n: int) -> float:
    """The n-th standard normal number of this kind (Box & Muller 1958)."""
    own = subkey(key, kind, n)
    return math.sqrt(2.0 * exponential(own, kind, 0)) * math.cos(2.0 * math.pi * uniform(own, kind, 1))


@compiled
def gamma(key: Key, kind: int, n: int, shape: float) -> float:
    """The n-th Gamma(shape, rate 1) number of this kind (Marsaglia & Tsang 2000).

    Attempts of the rejection are numbered on a key of their own, so the draw stays a pure function of (key, kind, n).
    """
    own = subkey(key, kind, n)
    boosted = shape + 1.0 if shape < 1.0 else shape
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    attempt = 0
    while True:
        z = normal(own, kind, attempt)
        v = (1.0 + c * z) ** 3
        if v > 0.0 and math.log(uniform(own, kind + 64, attempt)) < 0.5 * z * z + d - d * v + d * math.log(v):
            break
        attempt += 1
    if shape < 1.0:
        return d * v * math.exp(math.log(uniform(own, kind + 128, 0)) / shape)
    return d * v


@compiled
def beta(key: Key, kind: int, n: int, a: float, b: float) -> float:
    """The n-th Beta(a, b) number of this kind, from two gammas."""
    x = gamma(key, kind, 2 * n, a)
    y = gamma(key, kind, 2 * n + 1, b)
    if x + y <= 0.0:  # both underflowed: a, b tiny
        return 1.0 if uniform(key, kind + 192, n) < a / (a + b) else 0.0
    return x / (x + y)


@compiled
def choice(u: float, cumulative: np.ndarray) -> int:
    """The index that the uniform number `u` picks from cumulative shares (float64[n], last one 1)."""
    for i in range(len(cumulative) - 1):
        if u < cumulative[i]:
            return i
    return len(cumulative) - 1


def name_key(name: str) -> np.uint64:
    """A 64-bit key for a name: the same for the same name whatever stands beside it."""
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def named_kind(name: str) -> int:
    """A kind of draw by its name, for a mechanism that brings its own: above all numbers that are given out here."""
    return int(name_key(name) >> np.uint64(2)) | 1 << 60


def child_key(key: Key, kind: int, n: int) -> np.uint64:
    """`subkey` for Python callers: compiled code hands back a plain int, which could not be passed in again."""
    return np.uint64(subkey(np.uint64(key), kind, n))


def prior_key(seed: int, replicate: int) -> np.uint64:
    """The key of the `replicate`-th draw of all uncertain beliefs."""
    return child_key(seed, PRIOR, replicate)


def named_uniform(key: Key, name: str) -> float:
    """The uniform number that belongs to a name (a parameter) under a key."""
    return uniform(child_key(key ^ name_key(name), PRIOR, 0), PRIOR, 0)
