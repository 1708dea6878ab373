"""Arithmetic that comes out the same to the bit for one member and for a column of members.

Compilers turn additions, products and divisions into vector instructions without changing a bit; a library's `exp` they
leave alone, or replace by another one. Sums come out the same in any order when every term lies on one grid.
"""

from typing import Any

import numpy as np

from sim.engine.compiling import compiled, inlined

_TO_GRID = 1.5 * 2.0**24  # adding it leaves 28 bits behind the binary point


@inlined
def lower(x: Any, y: Any) -> Any:
    """The smaller of two numbers in one instruction; `min` would also check for NaN."""
    return x if x < y else y


@inlined
def higher(x: Any, y: Any) -> Any:
    """The larger of two numbers."""
    return x if x > y else y


_F = np.float32
NONE, ALL, _TWO = _F(0.0), _F(1.0), _F(2.0)
_FURTHEST = _F(20.0)  # e^-20 is nothing beside 1
_PART, _2ND, _3RD, _4TH, _5TH = _F(1 / 128), _F(1 / 2), _F(1 / 6), _F(1 / 24), _F(1 / 120)


@inlined
def single(x: Any) -> Any:
    """`x` in single precision."""
    return np.float32(x)


@inlined
def short(days: Any) -> Any:
    """A number of days in 16 bits, of which four times as many as of 64 fit into a vector instruction."""
    return np.int16(days)


@inlined
def expm1(x: Any) -> Any:
    """e^x - 1 in single precision, within 2e-6 of its size for |x| < 5 and 1e-5 at 20; beyond, as at 20.

    Taylor's series at x / 128, then seven doublings: e^2z - 1 = (e^z - 1)(2 + (e^z - 1)). In single precision, in which
    members' states are kept: twice as many fit into a vector instruction. `x` has to be single, or the rest is not.
    """
    z = lower(higher(x, -_FURTHEST), _FURTHEST) * _PART
    y = z * (ALL + z * (_2ND + z * (_3RD + z * (_4TH + z * _5TH))))
    y *= _TWO + y
    y *= _TWO + y
    y *= _TWO + y
    y *= _TWO + y
    y *= _TWO + y
    y *= _TWO + y
    return y * (_TWO + y)


@inlined
def on_grid(x: Any) -> Any:
    """`x` rounded to a multiple of 2^-28: sums of such numbers are exact below 2^25, so their order does not matter."""
    return (x + _TO_GRID) - _TO_GRID


@compiled
def total(amounts: np.ndarray, n: int) -> float:
    """The sum of the first n, all on the grid: eight sums side by side, so that additions do not wait for one another."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    whole = n - n % 8
    for i in range(0, whole, 8):
        a += amounts[i]
        b += amounts[i + 1]
        c += amounts[i + 2]
        d += amounts[i + 3]
        e += amounts[i + 4]
        f += amounts[i + 5]
        g += amounts[i + 6]
        h += amounts[i + 7]
    for i in range(whole, n):
        a += amounts[i]
    return a + b + c + d + e + f + g + h
