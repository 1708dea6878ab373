"""Arrays as signatures name them: help() and editors show the word, not what it stands for."""

import sys

import numpy as np
import numpy.typing as npt

if sys.version_info >= (3, 12):
    from typing import TypeAliasType
else:
    from typing_extensions import TypeAliasType

__all__ = ["ArrayLike", "Floats", "TypeAliasType"]

Floats = TypeAliasType("Floats", npt.NDArray[np.float64])
ArrayLike = TypeAliasType("ArrayLike", npt.ArrayLike)  # a number, a list, an array, a column of a dataframe
