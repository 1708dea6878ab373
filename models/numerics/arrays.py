"""Arrays as signatures name them: help() and editors show the word, not what it stands for."""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

if sys.version_info >= (3, 12):
    from typing import TypeAliasType
else:
    from typing_extensions import TypeAliasType

__all__ = ["ArrayLike", "Floats", "TypeAliasType", "holds_text", "numbers_or_none"]

Floats = TypeAliasType("Floats", npt.NDArray[np.float64])
ArrayLike = TypeAliasType("ArrayLike", npt.ArrayLike)  # a number, a list, an array, a column of a dataframe


def holds_text(given: npt.NDArray[Any]) -> bool:
    """Whether there is text in an array; NumPy would read "12" as a number."""
    if given.dtype.kind == "O":
        return any(isinstance(value, str | bytes) for value in given.reshape(-1))
    return given.dtype.kind in "UST"


def numbers_or_none(value: object) -> Floats | None:
    """`value` as numbers of the same shape; None where it holds text, times or anything else that is no number."""
    try:
        given = np.asarray(value)
        # Times would be read as nanoseconds, and a mask would be lost.
        if given.dtype.kind in "mM" or np.ma.isMaskedArray(value) or holds_text(given):
            return None
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
