"""Arrays as signatures name them: help() and editors show the word, not what it stands for."""

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeAliasType

Floats = TypeAliasType("Floats", npt.NDArray[np.float64])
ArrayLike = TypeAliasType("ArrayLike", npt.ArrayLike)  # a number, a list, an array, a column of a dataframe
