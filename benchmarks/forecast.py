"""Forecasting a million customers against lifetimes: the BG/NBD fit and the value of the next 12 months."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import MILLION, Row, interleaved, median
from models.bg_nbd import BGNBD
from models.gamma_gamma import GammaGamma
from models.ltv import lifetime_value
from models.summary import Summary

# BG/NBD on the whole CDNOW log in days; Gamma-Gamma as published for its sample
RHYTHM = {"r": 0.25, "alpha": 33.5, "a": 0.72, "b": 2.16}
BASKETS = {"p": 6.25, "q": 3.74, "v": 15.44}
LAST_DAY = 270


def customers(n: int, seed: int = 1) -> Summary:
    """`n` simulated customers in whole days, as an export has them, with what their repeat orders were worth."""
    rng = np.random.default_rng(seed)
    T = LAST_DAY - rng.integers(0, 90, n).astype(np.float64)
    orders = BGNBD.known(**RHYTHM).simulate(n, T, rng)
    day = np.floor(orders.time)
    first = np.r_[True, (orders.customer[1:] != orders.customer[:-1]) | (day[1:] != day[:-1])] & (day > 0)
    x = np.bincount(orders.customer[first], minlength=n).astype(np.float64)
    recency = np.zeros(n)
    recency[orders.customer[first]] = day[first]
    rate = rng.gamma(BASKETS["q"], 1.0 / BASKETS["v"], n)
    mean = rng.gamma(BASKETS["p"] * np.maximum(x, 1.0)) / (np.maximum(x, 1.0) * rate)
    return Summary(x, recency, T, monetary_value=np.where(x > 0, mean, 0.0), spend_count=x)


def _timed(work: Callable[[], Any], keep: dict[str, Any], name: str) -> Callable[[], float]:
    def once() -> float:
        started = time.perf_counter()
        keep[name] = work()
        return time.perf_counter() - started

    return once


def rows() -> list[Row]:
    """Fit and lifetime value, the same customers for both."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    found: dict[str, Any] = {}
    data = customers(MILLION)
    frame = data.to_frame()
    BGNBD().fit(data[:2000])  # what has to be imported is
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit, peer_fit = interleaved(
            3,
            _timed(lambda: BGNBD().fit(data), found, "fit"),
            _timed(lambda: BetaGeoFitter().fit(frame.frequency, frame.recency, frame["T"]), found, "peer fit"),
        )
        apart = abs(found["fit"].params_["alpha"] / found["peer fit"].params_["alpha"] - 1.0)
        assert apart < 1e-3, f"the fits differ: {found['fit'].params_} {dict(found['peer fit'].params_)}"
        rhythm, baskets = found["fit"], GammaGamma.known(**BASKETS)
        spend = GammaGammaFitter()
        spend.params_ = _series(BASKETS)
        value, peer_value = interleaved(
            3,
            _timed(lambda: lifetime_value(rhythm, baskets, data, 360.0, interval=False), found, "value"),
            _timed(lambda: _lifetimes_value(found["peer fit"], spend, frame), found, "peer value"),
        )
    share = found["value"].total / float(found["peer value"].sum())
    return [
        _row("BG/NBD fit, 1 M customers, against lifetimes", fit, peer_fit, 30.0, "estimates agree within 0.1 %"),
        _row(
            "12-month LTV, 1 M customers, against lifetimes",
            value,
            peer_value,
            8.0,
            f"total / its total = {share:.3f} (it discounts whole months)",
        ),
    ]


def _series(values: dict[str, float]) -> Any:
    import pandas as pd

    return pd.Series(values)


def _lifetimes_value(rhythm: Any, spend: Any, frame: Any) -> Any:
    return spend.customer_lifetime_value(
        rhythm,
        frame.frequency,
        frame.recency,
        frame["T"],
        frame.monetary_value,
        time=12,
        discount_rate=1.1 ** (1 / 12) - 1,
        freq="D",
    )


def _row(what: str, ours: list[float], peer: list[float], required: float, note: str) -> Row:
    return Row(what, f"{median(ours):.2f} s", f"{median(peer):.2f} s", median(peer) / median(ours), required, note=note)
