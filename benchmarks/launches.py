"""Do the intervals of measures hold one launch? Coverage by the randomised probability integral transform.

A launch is a comparison of one small scenario with all uncertainty: 20 replicates, as a planner has them, and one run more,
which is the pool that is then launched. Its place in what the replicates predict, P(less) + u P(equal) with u at random, is
uniform if the prediction is right (Czado, Gneiting & Held 2009). 400 launches with the seeds 1 to 400: each measure has to
be covered by 85.5 to 94.5 % with 1.7 to 8.3 % in each tail, three standard errors. Measures share their runs, so one joint
test over all of them takes the shares of measures in the two tails of a launch: launches are independent (Hotelling's T²).
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import f

from benchmarks.common import Row
from sim.results.metrics import REGISTRY
from sim.results.replication.replicates import run_replicates
from sim.results.statistics.intervals import predictive
from sim.scenario import Scenario, load

LAUNCHES, REPLICATES = 400, 20
TAIL, FEWEST = 0.05, 100  # launches in which a measure has to be defined to be judged
COVERED, IN_TAIL = 0.045, 0.033  # three standard errors of a share of 400 launches
SMALL: Mapping[str, Any] = {
    "name": "launch",
    "market": {
        "margin": 0.4,
        "rhythm": {"r": 0.6, "alpha": 20.0, "a": 0.7, "b": 2.5},
        "baskets": {"p": 6.0, "q": 4.0, "v": 20.0},
    },
    "members": 200,
    "days": 150,
    "policy": {
        "acquisition": [
            {"channel": "card", "per_day": 1, "cac": 9, "buyers": 1.0, "organic": 0.3},
            {"channel": "advert", "per_day": 0.5, "cac": 30, "cac_growth": 0.2, "first_order": {"mean_days": 20}},
        ],
        "push": {"per_week": 5},
        "coupons": [{"kind": "percent", "off": 0.15, "to": "all", "every_days": 14, "valid_days": 5}],
    },
    "costs": {"message": 0.02, "tools_per_month": 50},
}


def launched(seed: int, scenario: Scenario, replicates: int = REPLICATES) -> dict[str, float]:
    """Place of a launch among its replicates by measure; those undefined in it, or in all replicates but one, left out."""
    chosen = scenario.with_changes({"seed": seed, "replicates": replicates + 1})
    rows = [row[0] for row in run_replicates([chosen], ["all"], 1, None)[0]["all"]]
    truth, known = rows[0], rows[1:]
    rng = np.random.default_rng([7, seed])
    found = {}
    for name, measure in REGISTRY.items():
        u = rng.random()
        own, values = truth.measures[name], [r.measures[name] for r in known]
        of = [r.wholes.get(name, 1.0) for r in known]
        defined = [(v, w) for v, w in zip(values, of, strict=True) if v is not None]
        if own is not None and len(defined) > 1:
            told = predictive(measure, *map(list, zip(*defined, strict=True)))
            found[name] = told.place(own, truth.wholes.get(name, 1.0), u)
    return found


def places(
    seeds: Sequence[int],
    scenario: Scenario,
    replicates: int = REPLICATES,
    progress: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """float64[launches, measures] in the registry's order; NaN where a measure is undefined."""
    made = np.full((len(seeds), len(REGISTRY)), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, seed in enumerate(seeds):
            here = launched(seed, scenario, replicates)
            made[k] = [here.get(name, np.nan) for name in REGISTRY]
            progress(k + 1)
    return made


def tails(found: np.ndarray) -> np.ndarray:
    """float64[launches, 2]: the shares of measures in the lower and in the upper tail of each launch."""
    known = np.isfinite(found).sum(axis=1, keepdims=True)
    shares: np.ndarray = np.stack([(found < TAIL).sum(axis=1), (found > 1 - TAIL).sum(axis=1)], axis=1) / known
    return shares


def joint_p(found: np.ndarray) -> float:
    """Of the shares of measures in the lower and the upper tail of a launch: that both are 5 % in the mean.

    Hotelling's T² of n launches and two shares: T² (n - 2) / (2 (n - 1)) ~ F(2, n - 2), the covariance being estimated from
    the launches, too; few launches with nothing in a tail would make it look surer than it is.
    """
    shares = tails(found)
    off = shares.mean(axis=0) - TAIL
    n, covariance = len(shares), np.cov(shares.T) / len(shares)
    t_squared = off @ np.linalg.solve(covariance, off)
    return float(f.sf(t_squared * (n - 2) / (2 * (n - 1)), 2, n - 2))


def rows() -> list[Row]:
    """A row a measure, and the joint test."""
    found = places(range(1, LAUNCHES + 1), load(SMALL))
    made = []
    for name, column in zip(REGISTRY, found.T, strict=True):
        known = column[np.isfinite(column)]
        if len(known) < FEWEST:
            made.append(Row(f"90 % interval of {name}", f"defined in {len(known)} of {len(column)} launches"))
            continue
        below, above = float((known < TAIL).mean()), float((known > 1 - TAIL).mean())
        wider = np.sqrt(LAUNCHES / len(known))  # three standard errors of fewer launches
        off = (
            max(abs(1 - below - above - 0.9) / COVERED, abs(below - TAIL) / IN_TAIL, abs(above - TAIL) / IN_TAIL)
            / wider
        )
        off = round(float(off), 9)  # 94.5 % is within, whatever its last binary digit
        made.append(
            Row(
                f"90 % interval of {name}",
                f"covers {1 - below - above:.1%}; below {below:.1%}, above {above:.1%}",
                f"{len(known)} launches",
                ratio=off,
                required=1.0,
                sense="at most",
                unit=" of 3 s.e.",
            )
        )
    p = joint_p(found)
    note = "tails of all measures, by launch"
    made.append(
        Row("joint test of the intervals", f"p {p:.3g}", f"{LAUNCHES} launches", p, 0.0027, "at least", "", note)
    )
    return made
