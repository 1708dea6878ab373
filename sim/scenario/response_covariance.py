"""The covariance of a response's parameters, as a fit leaves it, and joint draws from it."""

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from models.errors import BadInput
from sim.reading.part import Misfit
from sim.scenario.covariances import Matrix, refuse_no_covariance, refuse_no_square
from sim.scenario.priors import standard_normal
from sim.scenario.response_named import numbers_in
from sim.scenario.response_parts import Frozen

if TYPE_CHECKING:
    from sim.scenario.response import Response

_ATTEMPTS = 200  # at a draw within all ranges


class Covariance(Frozen):
    """How uncertain some parameters of a response are together, in place of the priors' independent spreads."""

    parameters: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = Field(
        description="dotted names of the parameters, such as refer or personas.busy.attention"
    )
    matrix: Matrix = Field(
        description="covariance of their values, a row and a column each, in the order of `parameters`"
    )

    @field_validator("parameters")
    @classmethod
    def _once_each(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for n, name in enumerate(names):
            if name in names[:n]:
                raise Misfit("{name} is listed twice; list each parameter once", n, name=name[:60])
        return names

    @field_validator("matrix")
    @classmethod
    def _of_these_parameters(cls, matrix: Matrix, validation: ValidationInfo) -> Matrix:
        if "parameters" not in validation.data:  # which is refused already
            return matrix
        refuse_no_square(matrix, len(validation.data["parameters"]))
        if min(row[n] for n, row in enumerate(matrix)) < 0:
            raise BadInput("is no covariance: a variance, which stands on its diagonal, is negative")
        refuse_no_covariance(_scaled(np.array(matrix))[1])
        return matrix


def _scaled(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations (float64[n]; 1 for a variance of 0) and the matrix in units of them: parameters' scales differ."""
    sd = np.sqrt(np.diagonal(matrix))
    sd = np.where(sd > 0, sd, 1.0)
    return sd, matrix / np.outer(sd, sd)


@lru_cache(maxsize=64)
def _root(matrix: Matrix) -> np.ndarray:
    """The symmetric square root of the matrix in units of the standard deviations, each row times its own.

    It is unique, so that a parameter keeps its normal number wherever it is listed; without correlations it is diagonal.
    """
    sd, correlation = _scaled(np.array(matrix))
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    root: np.ndarray = sd[:, None] * ((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
    return root


def drawn_together(response: "Response", key: Any) -> dict[str, float]:
    """A draw under `key` of the parameters in the response's covariance, by dotted name: normal about their values.

    It is cut to the ranges: a draw outside is drawn again, and after 200 of them what lies outside is set to the end.
    """
    from sim.draws import PRIOR, child_key

    covariance = response.covariance
    assert covariance is not None
    about = {name: (value, said["low"], said["high"]) for name, value, said in numbers_in(response)}
    centre, low, high = np.array([about[name] for name in covariance.parameters]).T
    root = _root(covariance.matrix)
    values = centre
    for attempt in range(_ATTEMPTS):
        own = child_key(key, PRIOR, attempt)
        values = centre + root @ np.array(
            [standard_normal(own, f"covariance.{name}") for name in covariance.parameters]
        )
        if ((low <= values) & (values <= high)).all():
            break
    cut = np.clip(values, low, high)
    return dict(zip(covariance.parameters, cut.tolist(), strict=True))
