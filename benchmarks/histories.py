"""Random and corner cases of customers with their own parameters, for benchmarks/exact.py: case `i` of a model is always
the same."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

SEED = 20_262

Case: TypeAlias = dict[str, Any]
Corner: TypeAlias = Callable[[Case, np.random.Generator], None]


def _to(name: str, value: float) -> Corner:
    """The corner at which `name` has this value."""
    return lambda case, _: case.update({name: value})


def _times(*names: str, low: float, high: float) -> Corner:
    """The corner at which all `names` are multiplied by one 10^u, u uniform."""

    def corner(case: Case, rng: np.random.Generator) -> None:
        factor = 10.0 ** rng.uniform(low, high)
        case.update({name: case[name] * factor for name in names})

    return corner


def _beside(name: str, other: str, off: float = 0.0) -> Corner:
    """The corner at which `name` is `other`, or next to it."""
    return lambda case, rng: case.update({name: case[other] * (1.0 + off * rng.normal())})


def _sum_of_one(case: Case, rng: np.random.Generator) -> None:
    case["a"] = float(rng.uniform(0.01, 0.99))
    case["b"] = (1.0 - case["a"]) * float(rng.choice([1.0, 1.0 - 1e-15, 0.3, 1e-3]))


def _nothing_yet(case: Case, _: np.random.Generator) -> None:
    case["x"] = 0


_TINY, _HUGE = {"low": -8.0, "high": -2.0}, {"low": 2.0, "high": 5.0}
_OF_TIME: list[Corner] = [
    _times("T", low=-7.0, high=-2.0),
    _times("T", low=2.0, high=4.0),
    _times("t", **_TINY),
    _times("t", low=2.0, high=4.0),
    _to("place", 1.0),
    _to("x", 5_000),
    _nothing_yet,
]
_OF_RATES: list[Corner] = [
    _times("r", **_TINY),
    _times("r", low=1.0, high=2.0),
    _times("r", "alpha", **_HUGE),
    _times("alpha", **_TINY),
    _times("alpha", **_HUGE),
]
_OF_LOSS: list[Corner] = [
    _to("a", 1.0),
    _to("a", 1.0),
    _to("a", 1.0 + 1e-14),
    _to("a", 1.0 - 1e-9),
    _sum_of_one,
    _sum_of_one,
    _times("a", **_TINY),
    _times("b", **_TINY),
    _times("a", "b", **_HUGE),
]
_OF_HAZARD: list[Corner] = [
    _to("s", 1.0),
    _to("s", 1.0 + 1e-14),
    _to("s", 1.0 - 1e-9),
    _times("s", **_TINY),
    _times("s", "beta", **_HUGE),
    _beside("beta", "alpha"),
    _beside("beta", "alpha", 1e-13),
    _beside("beta", "alpha", 1e-9),
    _times("beta", low=3.0, high=7.0),
    _times("alpha", low=3.0, high=7.0),
    _times("beta", **_TINY),
]
_OF_PERIODS: list[Corner] = [
    _to("gamma", 1.0),
    _to("gamma", 1.0 + 1e-14),
    _to("gamma", 1.0 - 1e-9),
    _to("gamma", 1.0001),
    *(_times(name, low=-6.0, high=-2.0) for name in ("alpha", "beta", "gamma", "delta")),
    *(_times(name, low=2.0, high=5.0) for name in ("alpha", "beta", "gamma", "delta")),
    _times("alpha", "beta", low=2.0, high=4.0),
    _times("gamma", "delta", low=2.0, high=4.0),
]
_OF_SPEND: list[Corner] = [
    *(_times(name, low=-6.0, high=-2.0) for name in ("p", "q", "v", "z")),
    *(_times(name, low=2.0, high=5.0) for name in ("p", "q", "v", "z")),
    _times("p", "q", low=2.0, high=5.0),
    _to("x", 1),
    _to("x", 5_000),
]


def _drawn(key: str, i: int, corners: list[Corner], means: dict[str, tuple[float, float]]) -> tuple[Case, Any]:
    """Case `i`: logarithms normal with these means and deviations, then none, one or two corners."""
    rng = np.random.default_rng([SEED, *key.encode(), i])
    case: Case = {name: float(np.exp(rng.normal(*spread))) for name, spread in means.items()}
    case["x"] = int(rng.choice([0, 0, 1, 2, 7, 40, 300, 5_000]))
    case["place"] = float(rng.beta(5.0, 1.0))
    for at in rng.choice(len(corners), int(rng.choice([0, 1, 2])), replace=False):
        corners[at](case, rng)
    if i % 20 == 0:
        case["x"], case["T"] = 0, 0.0
    return case, rng


_RATES = {"r": (-0.5, 1.2), "alpha": (2.0, 1.5)}
_TIMES = {"T": (3.0, 1.2), "t": (3.0, 1.5)}


def continuous(key: str, i: int) -> Case:
    """A history of a model in continuous time."""
    if key == "pareto":
        spreads = _RATES | {"s": (-0.5, 1.2), "beta": (2.0, 1.5)} | _TIMES
        case, rng = _drawn(key, i, _OF_TIME + _OF_RATES + _OF_HAZARD, spreads)
    elif key == "nbd":
        case, rng = _drawn(key, i, _OF_TIME + _OF_RATES, _RATES | _TIMES)
    else:
        case, rng = _drawn(
            key, i, _OF_TIME + _OF_RATES + _OF_LOSS, _RATES | {"a": (0.0, 1.3), "b": (0.3, 1.3)} | _TIMES
        )
    case["t_x"] = case["T"] * case["place"] if case["x"] else 0.0
    case["k"] = int(rng.integers(1, 7))
    case["n_most"] = int(rng.choice([0, 2, 5, 12, 30]))
    return case


def periods(i: int) -> Case:
    """A history in periods."""
    spreads = dict.fromkeys(("alpha", "beta", "gamma", "delta"), (0.0, 1.3))
    case, rng = _drawn("bgbb", i, _OF_PERIODS, spreads)
    n = int(rng.choice([0, 1, 2, 6, 6, 30, 30, 200, 5_000]))
    last = n if rng.random() < 0.2 else int(rng.integers(0, n + 1))
    case |= {"n": n, "t_x": last, "x": int(rng.integers(1, last + 1)) if last else 0}
    case["t"] = int(rng.choice([0, 1, 7, 60, 60, 60, 250]))
    case["n_most"] = int(rng.choice([0, 2, 5, 12, 30])) if case["t"] < 250 else 2
    case["discount"] = float(10.0 ** rng.uniform(-5.0, 0.5))
    return case


def spends(i: int) -> Case:
    """A customer's orders and their mean value."""
    case, _ = _drawn("spend", i, _OF_SPEND, {"p": (1.0, 1.2), "q": (1.0, 1.0), "v": (2.0, 1.5), "z": (3.0, 1.5)})
    case["x"] = max(case["x"], 1)
    return case
