"""The parameters that the search moves, in units of their priors: a point is (value - centre) / prior sd, by parameter.

Every parameter with a prior sd above 0 (docs/parameters.md) is one; the prior of a point is standard normal, cut to the
ranges and to where neither trust nor friends feed themselves. The prior on the total is left out: whether all claims
together are believable as effects is the question, not an assumption.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from sim.scenario.changing import put
from sim.scenario.response import Response
from sim.scenario.response_named import numbers_in
from sim.scenario.self_ignition import MOST_FED, MOST_FRIENDS, friends_brought, trust_fed

_FED_BY = ("visit", "click_trust", "trust_half_life", "mood_gain")
_BROUGHT_BY = ("refer", "reward_effect", "ugc_effect")
_ATTEMPTS = 100
_INSIDE = 1e-6  # of a range, so that what a point stands for is never outside by rounding


@dataclass(frozen=True)
class Space:
    """The parameters, in the order of docs/parameters.md.

    names: dotted. centre, sd: float64[n] in the parameters' own units. low, high: float64[n] ends of the ranges, in prior
    sds from the centre.
    """

    names: tuple[str, ...]
    centre: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, response: Response) -> "Space":
        """All parameters of a response that have a prior spread."""
        rows = []
        for name, value, about in numbers_in(response):
            spread = about["prior_sd"]
            sd = float(spread[name.split(".")[-2]] if isinstance(spread, dict) else spread)
            if sd > 0.0:
                rows.append((name, value, sd, float(about["low"]), float(about["high"])))
        names, *numbers = zip(*rows, strict=True)
        centre, sd, low, high = (np.array(column) for column in numbers)
        return cls(tuple(names), centre, sd, (low - centre) / sd, (high - centre) / sd)

    def values(self, point: np.ndarray) -> dict[str, float]:
        """What a point stands for, in the parameters' own units, by name; within their ranges."""
        margin = _INSIDE * (self.high - self.low)
        # an end that the centre lies on is exact
        inside = np.where(point == 0.0, 0.0, np.clip(point, self.low + margin, self.high - margin))
        return dict(zip(self.names, (self.centre + self.sd * inside).tolist(), strict=True))

    def response(self, point: np.ndarray, name: str = "trial") -> Response:
        """The response at a point. Raises pydantic's ValidationError where trust or friends would feed themselves."""
        values = Response().model_dump(mode="json", exclude={"about", "name", "named_digest", "covariance"})
        for dotted, value in self.values(point).items():
            put(values, dotted, value)
        return Response.model_validate({"name": name, "about": "", **values})

    def excess(self, point: np.ndarray) -> np.ndarray:
        """float64[2]: by how much trust and friends feed themselves beyond what a response may; 0 where they do not."""
        defaults = {name: value for name, value, _ in numbers_in(Response())}
        values = defaults | self.values(point)
        fed = trust_fed(*(values[name] for name in _FED_BY)) - MOST_FED
        brought = friends_brought(*(values[name] for name in _BROUGHT_BY)) - MOST_FRIENDS
        return np.maximum(0.0, [fed + 1e-4, brought + 1e-4])

    def draws(self, n: int, seed: int, wider: float = 1.0) -> np.ndarray:
        """float64[n, parameters]: a Latin hypercube from the prior, its spread `wider` times as wide, cut to the ranges.

        Points where trust or friends would feed themselves are drawn again, each by itself.
        """
        uniform = qmc.LatinHypercube(len(self.names), rng=np.random.default_rng([seed, 1])).random(n)
        points = self._by_quantile(uniform, wider)
        rng = np.random.default_rng([seed, 2])
        for row in range(n):
            for _ in range(_ATTEMPTS):
                if not self.excess(points[row]).any():
                    break
                points[row] = self._by_quantile(rng.random(len(self.names)), wider)
        return points

    def _by_quantile(self, uniform: np.ndarray, wider: float) -> np.ndarray:
        below, above = ndtr(self.low / wider), ndtr(self.high / wider)
        quantiles: np.ndarray = wider * ndtri(below + uniform * (above - below))
        return np.clip(quantiles, self.low, self.high)
