"""A response whose parameters are uncertain together: three that lie far from every bound."""

from typing import Any

import numpy as np

from sim.scenario import Response
from sim.scenario.response_named import numbers_in

TOGETHER = ("trust_half_life", "visit", "personas.busy.attention")
SDS, CORRELATION = np.array([3.0, 0.005, 0.05]), np.array([[1, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 1]])
COVARIANCE = CORRELATION * np.outer(SDS, SDS)
SPREAD = {"parameters": list(TOGETHER), "matrix": COVARIANCE.tolist()}


def uncertain(**values: Any) -> Response:
    return Response.model_validate({"name": "mine", "covariance": SPREAD} | values)


def value_of(response: Response, dotted: str) -> float:
    return next(value for name, value, _ in numbers_in(response) if name == dotted)
