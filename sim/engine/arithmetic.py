"""Arithmetic that comes out the same to the bit for one member and for a column of members.

Compilers turn additions, products and divisions into vector instructions without changing a bit; a library's `exp` they
leave alone, or replace by another one. Sums come out the same in any order when every term lies on one grid.
"""

from typing import Any

import numpy as np

from sim.engine.compiling import compiled, inlined

_FURTHEST = 20.0  # e^-20 is nothing beside 1
_TO_GRID = 1.5 * 2.0**24  # adding it leaves 28 bits behind the binary point


@inlined
def lower(x: float, y: float) -> float:
    """The smaller of two numbers in one instruction; `min` would also check for NaN."""
    return x if x < y else y


@inlined
def higher(x: float, y: float) -> float:
    """The larger of two numbers."""
    return x if x > y else y


@inlined
def expm1(x: float) -> float:
    """e^x - 1 within 5e-12 of its size for |x| < 5 and 6e-8 at 20; beyond, as at 20.

    Taylor's series at x / 128, then seven doublings: e^2z - 1 = (e^z - 1)(2 + (e^z - 1)).
    """
    z = lower(higher(x, -_FURTHEST), _FURTHEST) * (1 / 128)
    y = z * (1.0 + z * (1 / 2 + z * (1 / 6 + z * (1 / 24 + z * (1 / 120 + z * (1 / 720))))))
    y *= 2.0 + y
    y *= 2.0 + y
    y *= 2.0 + y
    y *= 2.0 + y
    y *= 2.0 + y
    y *= 2.0 + y
    return y * (2.0 + y)


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
