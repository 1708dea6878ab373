"""A pool asked with some lives: whether its answers are those of the whole pool, and what the largest pool costs.

`sizes`: 2,000, 5,000 and 20,000 lives for one pool whose coupon budget binds; `full`: 20 runs of lives against 20 of the
whole pool. All measures together: Hotelling's T^2 of the means, in the directions in which replicates vary. `largest`: 30
million members for a year from 200,000 lives with intervals, and in full (one run, members in memory); each in a process of
its own.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.common import BALANCED, Row, compile_all, fresh
from sim.pool import PoolModel
from sim.results.comparison import compare
from sim.results.metrics import REGISTRY, Account, measures
from sim.results.quick_look import looked_at
from sim.results.replication.replicates import run_replicates
from sim.scenario import Scenario, load

MEMBERS, LIVES, DAYS = 30_000_000, 200_000, 365
SHOWN = ("orders", "sales", "contribution", "ltv_member", "churn", "active_30_days", "read_rate", "coupon_redemption")
_SPREAD = 1e-4  # of the largest: directions in which replicates vary less say nothing of their own
_PER_DIRECTION = 5  # replicates, at least
_ENOUGH = 4  # replicates: as many as a minute has


def pool(members: int, days: int = 90) -> Scenario:
    """The balanced strategy with a coupon budget that binds, for a pool of this size."""
    scenario = load(BALANCED).with_changes({"days": days, "policy.coupons.0.budget": 3000})
    return looked_at(scenario, members)[0]


def sampled(scenario: Scenario, replicates: int, seed: int) -> dict[str, np.ndarray]:
    """By measure, float64[replicates], those that are defined in each and vary; only draws of lives differ."""
    chosen = scenario.with_changes({"replicates": replicates, "seed": seed})
    rows, _ = run_replicates([chosen], ["simulation"], 2, None)
    seen = {
        name: [row[0].measures[name] for row in rows["simulation"]] for name, m in REGISTRY.items() if not m.followed
    }
    return {name: np.array(values, float) for name, values in seen.items() if None not in values}


def p_value(some: dict[str, np.ndarray], others: dict[str, np.ndarray], lives: tuple[int, int]) -> tuple[float, int]:
    """That means of all measures differ no more than by chance, and in how many directions; variances go with 1 / lives."""
    from scipy.stats import f

    names = [name for name in some if name in others and np.ptp(some[name]) > 0 and np.ptp(others[name]) > 0]
    samples = [np.column_stack([seen[name] for name in names]) for seen in (some, others)]
    apart = [np.sqrt(n) * (x - x.mean(axis=0)) for x, n in zip(samples, lives, strict=True)]
    freedom = sum(len(x) - 1 for x in apart)
    size = np.sqrt(sum((x**2).sum(axis=0) for x in apart) / freedom)
    spread, directions = np.linalg.eigh(sum((x / size).T @ (x / size) for x in apart) / freedom)
    kept = np.argsort(-spread)[: freedom // _PER_DIRECTION]
    kept = kept[spread[kept] > _SPREAD * spread.max()]
    gap = ((samples[0].mean(axis=0) - samples[1].mean(axis=0)) / size) @ directions[:, kept]
    weight = sum(1 / (n * len(x)) for x, n in zip(samples, lives, strict=True))
    squared, k = float((gap**2 / spread[kept]).sum() / weight), len(kept)
    return float(f.sf(squared * (freedom - k + 1) / (k * freedom), k, freedom - k + 1)), k


def sizes() -> list[Row]:
    """2,000, 5,000 and 20,000 lives for one pool of a million."""
    plan = {2000: 60, 5000: 40, 20_000: 20}
    seen = {n: sampled(pool(1_000_000).with_changes({"lives": n}), replicates, n) for n, replicates in plan.items()}
    rows = []
    for one, other in ((2000, 5000), (2000, 20_000), (5000, 20_000)):
        p, k = p_value(seen[one], seen[other], (one, other))
        rows.append(_agreement(f"a pool of 1 M from {one:,} lives and from {other:,}: all measures", p, k))
    return rows


def full() -> list[Row]:
    """20 runs from 10,000 lives and 20 of the whole pool of 100,000: means, and whether intervals hold the full runs."""
    whole = pool(100_000)
    asked = whole.with_changes({"lives": 10_000, "seed": 5, "replicates": 20})
    some, all_of_it = sampled(asked, 20, 5), sampled(whole, 20, 6)
    p, k = p_value(some, all_of_it, (10_000, 100_000))
    result = compare([asked], fixed_response=True)
    inside = []
    for name, values in all_of_it.items():
        own = result.interval(asked.name, name)
        if own.low is not None and own.high is not None and np.ptp(values) > 0:
            inside += [own.low <= value <= own.high for value in values]
    share = 100 * float(np.mean(inside))
    what = "full runs within the 90 % intervals of 20 runs of lives, all measures"
    return [
        _agreement("20 runs from 10,000 lives and 20 of the whole pool of 100,000: all measures", p, k),
        Row(what, f"{share:.0f} %", ratio=share, required=80, unit=" %"),
    ]


def _agreement(what: str, p: float, directions: int) -> Row:
    return Row(what, f"p = {p:.2g}", ratio=100 * p, required=1, unit=" %", note=f"Hotelling, {directions} directions")


def from_lives() -> dict[str, Any]:
    """The largest pool from lives, with intervals."""
    compile_all()
    started = time.perf_counter()
    asked = pool(MEMBERS, DAYS).with_changes({"lives": LIVES})
    result = compare([asked], replicates=_ENOUGH, fixed_response=True, jobs=2)
    told = {}
    for name in SHOWN:
        own = result.interval(asked.name, name)
        told[name] = [own.mean, own.low, own.high]
    return {"seconds": time.perf_counter() - started, "gigabytes": _peak(), "measures": told}


def in_full(threads: int = 2) -> dict[str, Any]:
    """The largest pool in full, once, with no counterfactual; memory is bounded by the records of its members."""
    compile_all()
    started = time.perf_counter()
    run = PoolModel(pool(MEMBERS, DAYS), seed=11, threads=threads).run()
    told = measures(Account(run, run), SHOWN)
    return {"seconds": time.perf_counter() - started, "gigabytes": _peak(), "measures": told, "threads": threads}


def _peak() -> float:
    """Peak memory of this process in GB; Linux counts in kilobytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def largest() -> list[Row]:
    """Both answers for 30 million members side by side."""
    some, whole = fresh("benchmarks.lives", "from_lives"), fresh("benchmarks.lives", "in_full")
    rows = [
        Row(
            f"{MEMBERS / 1e6:.0f} M members for a year from {LIVES:,} lives, {_ENOUGH} replicates with intervals: time",
            f"{some['seconds']:.0f} s",
            f"{whole['seconds']:.0f} s for one full run",
            some["seconds"],
            60,
            "at most",
            " s",
        ),
        Row("the same: peak memory", f"{some['gigabytes']:.2f} GB", f"{whole['gigabytes']:.1f} GB in full"),
    ]
    for name in SHOWN:
        mean, low, high = some["measures"][name]
        text = f"{mean:.5g} ({low:.5g} to {high:.5g})"
        rows.append(Row(f"{REGISTRY[name].label}, from lives and in full", text, f"{whole['measures'][name]:.5g}"))
    return rows


def rows() -> list[Row]:
    """All of them."""
    compile_all()
    return [*sizes(), *full(), *largest()]


def main(arguments: Sequence[str]) -> None:
    """`from_lives`, or `in_full [THREADS]`: one answer for the largest pool, as JSON."""
    told = from_lives() if arguments[0] == "from_lives" else in_full(*map(int, arguments[1:]))
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
