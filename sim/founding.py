"""Founding members from an export: each customer's own x, t_x, T and spend."""

from typing import Any

import numpy as np

from sim.draws import CUSTOMER_OF_EXPORT, Key, uniform
from sim.engine.compiling import compiled
from sim.engine.lanes import LANES
from sim.members import probability_alive
from sim.records import market_record
from sim.scenario import Scenario
from sim.scenario.export import exported
from sim.scenario.market import Market

_GOLDEN = 0.6180339887498949  # multiples of it, without their whole part, lie everywhere alike


def histories(scenario: Scenario, key: Key) -> np.ndarray | None:
    """The histories of the founding members, HISTORY[members]; None when they are fresh.

    With fewer members than customers a subset is drawn by keyed numbers; with more, every customer stands for several.
    With lives it is a systematic sample of as many (`systematic`). Raises BadInput for an export that cannot be read, or
    whose last day used lies before its first order.
    """
    if scenario.founding == "fresh":
        return None
    assert scenario.orders is not None  # a scenario from_export names its orders
    past = exported(scenario.orders, scenario.orders_until)
    if scenario.share < 1.0:
        start = float(uniform(key, CUSTOMER_OF_EXPORT, 0))
        sampled: np.ndarray = past[systematic(worth(past, scenario.market), scenario.simulated, start)]
        return sampled
    n = scenario.members or len(past)
    order = np.argsort([uniform(key, CUSTOMER_OF_EXPORT, k) for k in range(len(past))], kind="stable")
    return past[order[np.arange(n) % len(past)]]


def systematic(values: np.ndarray, n: int, start: float) -> np.ndarray:
    """Which of the customers with these `values` are sampled, int64[n]: every len(values) / n-th by value.

    A few customers make most of the sales of a market, so a random sample has too many of them or too few, which the draws
    of a whole pool do not. Along the order of value each level has its share in the sample; `start`, from 0 to 1, moves the
    whole row, so over many runs each customer is in as often. The sample is dealt out to tiles like cards: each tile is a
    systematic sample of its own, and tiles differ by chance only, as sim/clusters.py needs it.
    """
    ordered = np.argsort(values, kind="stable")
    row = ordered[np.minimum(((np.arange(n) + start) * len(values) / n).astype(np.int64), len(values) - 1)]
    place = np.arange(n)
    tile, within = place // LANES, place % LANES
    hand = np.minimum(n - tile * LANES, LANES)  # the last tile is not full
    when = (within + (tile + 0.5) / (tile.max(initial=0) + 1.0)) / hand  # a place gets its card, of the time to deal
    dealt = np.empty(n, np.int64)
    dealt[np.argsort(when, kind="stable")] = row
    shuffled: np.ndarray = dealt[
        np.lexsort((place * _GOLDEN % 1.0, tile))
    ]  # who spends of a budget first is no matter of value
    return shuffled


def worth(past: np.ndarray, market: Market) -> np.ndarray:
    """float64[customers]: the sales a day that are expected of customers, HISTORY[n], given their histories.

    P(alive) times (r + x) / (alpha + T) orders a day (Fader, Hardie & Lee 2005) times the expected basket of Gamma-Gamma
    (Fader & Hardie 2013, note 025).
    """
    record, x, rhythm, baskets = market_record(market), past["frequency"], market.rhythm, market.baskets
    alive = np.empty(len(past))
    _chances_alive(past, record, rhythm.alpha, alive)
    basket = baskets.p * (baskets.v + past["spend_count"] * past["monetary_value"])
    basket /= baskets.p * past["spend_count"] + baskets.q - 1.0
    expected: np.ndarray = alive * (rhythm.r + x) / (rhythm.alpha + past["T"]) * basket
    return expected


@compiled
def _chances_alive(past: np.ndarray, market: Any, alpha: float, alive: np.ndarray) -> None:
    for i in range(len(past)):
        alive[i] = probability_alive(past[i].frequency, past[i].recency, past[i].T, market, alpha)
