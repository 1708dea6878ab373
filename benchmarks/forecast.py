"""Forecasting against lifetimes: the BG/NBD fit and the next 12 months' value of a million customers, with and without
intervals; the Pareto/NBD fit of 100,000."""

import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import MILLION, Row, fresh, interleaved, median
from benchmarks.memory import peak_memory
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import Floats
from models.value.ltv import lifetime_value

# BG/NBD on the whole CDNOW log in days; Gamma-Gamma as published for its sample
RHYTHM = {"r": 0.25, "alpha": 33.5, "a": 0.72, "b": 2.16}
# Pareto/NBD as published for CDNOW's sample, times in days
LOSSES_ANY_TIME = {"r": 0.5533, "alpha": 10.578 * 7, "s": 0.6061, "beta": 11.669 * 7}
BASKETS = {"p": 6.25, "q": 3.74, "v": 15.44}
LAST_DAY = 270


def customers(n: int, seed: int = 1) -> Summary:
    """`n` simulated customers in whole days, as an export has them, with what their repeat orders were worth."""
    rng = np.random.default_rng(seed)
    T = _ages(n, rng)
    x, recency = _in_whole_days(BGNBD.known(**RHYTHM).simulate(n, T, rng), n)
    rate = rng.gamma(BASKETS["q"], 1.0 / BASKETS["v"], n)
    mean = rng.gamma(BASKETS["p"] * np.maximum(x, 1.0)) / (np.maximum(x, 1.0) * rate)
    return Summary(x, recency, T, monetary_value=np.where(x > 0, mean, 0.0), spend_count=x)


def _ages(n: int, rng: np.random.Generator) -> Floats:
    return np.asarray(LAST_DAY - rng.integers(0, 90, n).astype(np.float64))


def _in_whole_days(orders: SimulatedOrders, n: int) -> tuple[Floats, Floats]:
    """Frequency and recency of `n` customers, (n,) each: orders of one day are one."""
    day = np.floor(orders.time)
    first = np.r_[True, (orders.customer[1:] != orders.customer[:-1]) | (day[1:] != day[:-1])] & (day > 0)
    recency = np.zeros(n)
    recency[orders.customer[first]] = day[first]
    return np.bincount(orders.customer[first], minlength=n).astype(np.float64), recency


def _timed(work: Callable[[], Any], keep: dict[str, Any], name: str) -> Callable[[], float]:
    def once() -> float:
        started = time.perf_counter()
        keep[name] = work()
        return time.perf_counter() - started

    return once


def rows() -> list[Row]:
    """Fits and lifetime value, the same customers for both."""
    return [*_million(), _memory(), _pareto_nbd()]


def _million() -> list[Row]:
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
        value, intervals, peer_value = interleaved(
            3,
            _timed(lambda: lifetime_value(rhythm, baskets, data, 360.0, interval=False), found, "value"),
            _timed(lambda: lifetime_value(rhythm, baskets, data, 360.0, level=0.9), found, "intervals"),
            _timed(lambda: _lifetimes_value(found["peer fit"], spend, frame), found, "peer value"),
        )
    ours = found["intervals"]
    assert (ours.value == found["value"].value).all()
    assert (ours.low <= ours.high).all() and ours.total_low < ours.total < ours.total_high
    share = ours.total / float(found["peer value"].sum())
    return [
        _row("BG/NBD fit, 1 M customers, against lifetimes", fit, peer_fit, 50.0, "estimates agree within 0.1 %"),
        _row(
            "12-month LTV, 1 M customers, against lifetimes",
            value,
            peer_value,
            8.0,
            f"total / its total = {share:.3f} (it discounts whole months)",
        ),
        _row(
            "12-month LTV with 90 % intervals, 1 M customers, against lifetimes without",
            intervals,
            peer_value,
            2.0,
            "an interval for every customer and for the total",
        ),
    ]


def peak_of_a_million() -> dict[str, float]:
    """Peak memory (bytes) of this process: making a million customers, fitting both models, values with intervals."""
    data = customers(MILLION)
    before = peak_memory()
    rhythm, baskets = BGNBD().fit(data), GammaGamma().fit(data)
    lifetime_value(rhythm, baskets, data, 360.0, level=0.9)
    return {"before": before, "peak": peak_memory()}


def _memory() -> Row:
    found = fresh("benchmarks.forecast")
    return Row(
        "fits and 12-month LTV with 90 % intervals, 1 M customers: peak memory",
        f"{found['peak'] / 1e9:.2f} GB",
        "",
        found["peak"] / 1e9,
        2.0,
        "at most",
        " GB",
        note=f"{found['before'] / 1e9:.2f} GB of it were reached making the customers",
    )


def _pareto_nbd(n: int = 100_000) -> Row:
    """The peer fits once: it takes minutes."""
    from lifetimes import ParetoNBDFitter

    from models.families.pareto_nbd import ParetoNBD

    rng = np.random.default_rng(2)
    T = _ages(n, rng)
    x, recency = _in_whole_days(ParetoNBD.known(**LOSSES_ANY_TIME).simulate(n, T, rng), n)
    data = Summary(x, recency, T)
    ParetoNBD().fit(data[:2000])  # what has to be imported is
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (fit,) = interleaved(3, _timed(lambda: ParetoNBD().fit(data), found, "fit"))
        (peer,) = interleaved(1, _timed(lambda: ParetoNBDFitter().fit(x, recency, T), found, "peer"))
    ours, theirs = found["fit"], {name: float(found["peer"].params_[name]) for name in LOSSES_ANY_TIME}
    assert ours.converged_
    behind = float(ours.log_likelihood_ - ParetoNBD.known(**theirs).log_likelihood(data).sum())
    assert behind > -0.01, f"lifetimes found a higher likelihood: {theirs}"
    return _row(
        f"Pareto/NBD fit, {n:,} customers, against lifetimes",
        fit,
        peer,
        20.0,
        f"its log-likelihood is {max(behind, 0.0):.2g} lower",
    )


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


if __name__ == "__main__":
    print(json.dumps(peak_of_a_million()))
