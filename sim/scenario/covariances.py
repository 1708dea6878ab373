"""Covariance matrices in files: read as tuples of rows, checked to be square, symmetric and without negative variances."""

from typing import Annotated

import numpy as np
from pydantic import Field

from models.errors import BadInput

Row = Annotated[tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...], Field(strict=False)]
Matrix = Annotated[tuple[Row, ...], Field(strict=False)]
_ROUNDING = 1e-6  # of the largest entry: as files round


def refuse_no_square(rows: Matrix, size: int) -> None:
    """Raise BadInput unless there are `size` rows of `size` numbers."""
    if len(rows) != size or any(len(row) != size for row in rows):
        raise BadInput("must be a matrix of {size} rows of {size} numbers", size=size)


def refuse_no_covariance(matrix: np.ndarray) -> None:
    """Raise BadInput unless `matrix` (float64[n, n]) is symmetric and positive semidefinite, within rounding."""
    scale = np.abs(matrix).max()
    if np.abs(matrix - matrix.T).max() > _ROUNDING * scale:
        raise BadInput("must be symmetric, as a covariance is")
    if np.linalg.eigvalsh(matrix).min() < -_ROUNDING * scale:
        raise BadInput("is no covariance: some combination of the parameters would have a negative variance")
