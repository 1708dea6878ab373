"""What the simulator's tests share: small scenarios on a lively market, and a run with everything kept."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.order_log import OrdersInMemory
from sim.pool import PoolModel
from sim.run import Run
from sim.scenario import Scenario, load

# Quick orders and a fair share of losses, so that a few hundred days of a few thousand members tell a lot.
LIVELY = {
    "name": "lively",
    "currency": "USD",
    "margin": 0.5,
    "rhythm": {"r": 0.8, "alpha": 20.0, "a": 0.8, "b": 2.5},
    "baskets": {"p": 6.25, "q": 3.74, "v": 15.44},
    "personas": {"price_sensitive": 0.35, "quality_seeker": 0.25, "sociable": 0.2, "busy": 0.2},
}
# scenarios/markets/cdnow.yaml, kept here so that editing that file does not move the tests
CDNOW = {
    **LIVELY,
    "name": "cdnow",
    "rhythm": {"r": 0.25162, "alpha": 33.523, "a": 0.72343, "b": 2.1611},
}


class Kept(NamedTuple):
    """A run, all members' records (MEMBER[n]) and all orders (ORDER[n], sorted by time)."""

    run: Run
    members: np.ndarray
    orders: np.ndarray


def made(market: str = "lively", changes: Mapping[str, Any] | None = None, **more: Any) -> Scenario:
    """A scenario on the lively market or CDNOW's, with `changes` to the market; everything else as in a file."""
    chosen = {"lively": LIVELY, "cdnow": CDNOW}[market]
    return load({"name": "test", "members": 0, **more, "market": chosen | dict(changes or {})})


def lived(scenario: Scenario, **how: Any) -> Kept:
    """`scenario` lived to its end; `how` goes to PoolModel."""
    log = OrdersInMemory()
    run = PoolModel(scenario, orders=log, **how).run(keep_members=True)
    assert run.members is not None
    return Kept(run, run.members, log.array())


@pytest.fixture(scope="session")
def make() -> Callable[..., Scenario]:
    return made


@pytest.fixture(scope="session")
def live() -> Callable[..., Kept]:
    return lived
