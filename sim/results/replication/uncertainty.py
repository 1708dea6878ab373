"""Uncertain beliefs: draw r of the response's priors and of the market's parameter covariance.

Replicate r takes draw r, the same for every scenario with the same beliefs, so that differences are paired.
"""

import math
from typing import Any

import numpy as np
from pydantic import ValidationError

from sim.draws import NOISE, Key, child_key, normal, prior_key
from sim.scenario import Market, Scenario

_ATTEMPTS = 10
_LARGEST_LOG = 700.0  # whose exponential a double holds
RHYTHM = ("r", "alpha", "a", "b")
BASKETS = ("p", "q", "v")


def replicate_seed(seed: int, replicate: int) -> int:
    """The seed of a replicate's lives."""
    return int(child_key(seed, NOISE, replicate)) >> 1


def believed(scenario: Scenario, replicate: int) -> Scenario:
    """The scenario with draw `replicate` of its response and of its market's rhythm and baskets."""
    return scenario.model_copy(
        update={
            "response": scenario.response.draw(scenario.seed, replicate),
            "market": believed_market(scenario.market, prior_key(scenario.seed, replicate)),
        }
    )


def believed_market(market: Market, key: Key) -> Market:
    """The market with the draw under `key` of its rhythm and baskets, as far as their covariances are known."""
    rhythm = market.rhythm.model_copy(update=_rhythm(market.rhythm, key))
    baskets = market.baskets.model_copy(update=_baskets(market.baskets, key))
    return market.model_copy(update={"rhythm": rhythm, "baskets": baskets})


def _rhythm(rhythm: Any, key: Key) -> dict[str, float]:
    """A draw within the bounds of a market file; after ten draws outside them (a wide covariance) the estimate itself."""
    for attempt in range(_ATTEMPTS):
        drawn = _log_normal(rhythm, RHYTHM, child_key(key, NOISE, attempt) if attempt else key)
        if _legal(rhythm, drawn):
            return drawn
    return {}


def _baskets(baskets: Any, key: Key) -> dict[str, float]:
    """A draw with q > 1, without which there is no mean basket; after ten that fail, the estimate itself."""
    for attempt in range(_ATTEMPTS):
        drawn = _log_normal(baskets, BASKETS, child_key(key, NOISE, attempt))
        if drawn.get("q", baskets.q) > 1.05 and _legal(baskets, drawn):
            return drawn
    return {}


def _legal(part: Any, drawn: dict[str, float]) -> bool:
    """True if a market file could hold these values: draws have the bounds of files."""
    try:
        type(part)(**drawn)
    except ValidationError:
        return not drawn
    return True


def _log_normal(part: Any, names: tuple[str, ...], key: Key) -> dict[str, float]:
    """exp(log estimate + L z), L L' the covariance of the logs; nothing where the covariance is not known."""
    if part.covariance is None:
        return {}
    values, vectors = np.linalg.eigh(np.array(part.covariance))
    z = [normal(child_key(key, NOISE, k), NOISE, 0) for k in range(len(names))]
    step = vectors @ (np.sqrt(np.maximum(values, 0.0)) * np.array(z))
    return {name: getattr(part, name) * math.exp(min(d, _LARGEST_LOG)) for name, d in zip(names, step, strict=True)}
