"""Comparison: common draws, both kinds of uncertainty, the same whatever the order or the number of jobs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from models.errors import BadInput
from sim.draws import prior_key
from sim.results.comparison import Interval, compare
from sim.results.metrics import REGISTRY
from sim.results.replication.uncertainty import believed, believed_market, replicate_seed
from sim.results.sweeping import sweep
from sim.scenario import load

from .test_metrics import SMALL

BASE = SMALL | {"name": "base", "members": 400, "days": 120, "replicates": 3}
EQUAL = BASE | {"name": "equal"}
MORE = BASE | {"name": "more", "policy": SMALL["policy"] | {"push": {"per_week": 14, "cap_per_day": 2}}}


@pytest.fixture(scope="module")
def result():
    return compare([BASE, EQUAL, MORE])


def test_equal_scenarios_differ_by_exactly_nothing(result):
    for name in REGISTRY:
        for kind in ("all", "simulation"):
            d = result.difference("equal", name, kind=kind).interval
            if d.mean is not None:
                assert (d.mean, d.low, d.high) == (0.0, 0.0, 0.0), name
    assert result.difference("equal", "ltv_member").probability_better == 0.5
    assert "equal and base do not differ" in result.verdict()[1]


def test_jobs_and_kinds_do_not_change_a_replicate(result, monkeypatch):
    alone = compare([MORE, BASE], jobs=1, against="base")
    monkeypatch.setattr("sim.results.replication.workers.THREADS_AT_MOST", 0)
    in_processes = compare([BASE, MORE], jobs=2)
    for name in REGISTRY:
        for kind in ("all", "simulation"):
            assert alone.values("more", name, kind) == result.values("more", name, kind), name
            assert in_processes.values("more", name, kind) == result.values("more", name, kind), name


def test_fixed_response_leaves_only_the_simulation(result):
    fixed = compare([BASE, MORE], fixed_response=True)
    assert fixed.kind == "simulation"
    assert fixed.values("more", "orders") == result.values("more", "orders", "simulation")


def test_all_uncertainty_is_wider_than_the_simulation_alone():
    # 20 replicates each: by chance the ratio of two such variances passes this quantile at 5 sigma
    several = compare([BASE | {"replicates": 20}, MORE])
    wide = several.interval("more", "read_rate", "all").sd
    narrow = several.interval("more", "read_rate", "simulation").sd
    assert (wide / narrow) ** 2 > stats.f.isf(stats.norm.sf(5), 19, 19)


def test_intervals_are_students_prediction_intervals():
    values = [1.0, 2.0, 4.0, 3.5]
    found = Interval.of(values)
    half = stats.t.ppf(0.95, 3) * np.std(values, ddof=1) * np.sqrt(1 + 1 / 4)
    assert found.mean == pytest.approx(np.mean(values))
    assert (found.low, found.high) == pytest.approx((np.mean(values) - half, np.mean(values) + half))
    assert found.probability_above_zero() == pytest.approx(
        stats.t.cdf(np.mean(values) / (np.std(values, ddof=1) * np.sqrt(1.25)), 3)
    )
    assert Interval.of([None, None]) == Interval(None, None, None)
    assert Interval.of([2.0]).low is None
    assert Interval.of([0.01, 0.0, 0.04], share=True).low == 0.0


def test_prediction_intervals_cover():
    """2,000 normal samples of 8: one further value lies inside in 90 %, within 5 standard errors."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(2000):
        *sample, further = rng.normal(5, 2, 9)
        found = Interval.of(sample)
        inside += found.low <= further <= found.high
    assert abs(inside / 2000 - 0.9) < 5 * np.sqrt(0.9 * 0.1 / 2000)


def test_draws_of_the_market_follow_its_covariance():
    covariance = [[0.04, 0.01, 0, 0], [0.01, 0.09, 0, 0], [0, 0, 0.01, 0], [0, 0, 0, 0.01]]
    market = SMALL["market"] | {"rhythm": SMALL["market"]["rhythm"] | {"covariance": covariance}}
    scenario = load(BASE | {"market": market})
    n = 4000
    drawn = [believed_market(scenario.market, prior_key(scenario.seed, r)) for r in range(n)]
    logs = np.log([[market.rhythm.r / 0.6, market.rhythm.alpha / 20.0] for market in drawn])
    found = np.cov(logs.T)
    for i, j in ((0, 0), (1, 1), (0, 1)):
        error = np.sqrt((covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2) / n)
        assert abs(found[i, j] - covariance[i][j]) < 5 * error
    assert np.all(np.abs(logs.mean(axis=0)) < 5 * np.sqrt([0.04 / n, 0.09 / n]))
    assert believed(scenario, 5) == believed(scenario, 5)
    assert believed(scenario, 5).market == drawn[5]


def test_scenarios_share_a_replicates_beliefs():
    one, other = load(BASE), load(MORE)
    assert believed(one, 2).response == believed(other, 2).response
    assert believed(one, 2).response != believed(one, 3).response
    assert replicate_seed(1, 2) != replicate_seed(1, 3) != replicate_seed(2, 3)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: compare([]), "compare needs a list of at least one scenario"),
        (lambda: compare([BASE, BASE]), "base: 2 scenarios have this name; give each its own with `name:`"),
        (lambda: compare([BASE], against="bace"), "bace: no scenario of this name; compare against base"),
        (lambda: compare(BASE), "compare needs a list of at least one scenario"),
        (lambda: compare([3]), "a scenario is a file, a mapping or a Scenario, not 3"),
        (lambda: sweep(BASE, {"policy.push.per_week": 4}), "policy.push.per_week: give a list of values, not 4"),
    ],
)
def test_bad_calls_are_told_in_a_sentence(call, sentence):
    with pytest.raises(BadInput) as told:
        call()
    assert str(told.value) == sentence


def test_no_replicates_are_not_the_scenarios_own() -> None:
    with pytest.raises(BadInput, match="replicates"):
        compare([BASE], replicates=0)


def test_a_measure_that_there_is_not(result) -> None:
    name = result.names[0]
    for call in (result.interval, result.difference, result.values):
        with pytest.raises(BadInput, match="churnn: no measure of this name; did you mean churn"):
            call(name, "churnn")


def test_a_run_leaves_no_members_behind():
    """Mesa's table of agents' numbers would keep every pool of a long comparison in memory."""
    import gc
    import weakref

    from sim.pool import PoolModel

    pool = PoolModel(load(BASE | {"members": 20, "days": 5}))
    pool.run()
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None


def test_three_lines_in_a_fresh_process(tmp_path):
    """`from sim import compare; result = compare([...]); result.plot()` from any folder."""
    root = Path(__file__).parents[2] / "scenarios"
    code = (
        "from sim import compare\n"
        f"result = compare([{str(root / 'blast.yaml')!r}, {str(root / 'nurture.yaml')!r}],"
        " members=200, days=60, replicates=2)\n"
        "result.plot().savefig('plot.png')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=300)
    assert (tmp_path / "plot.png").stat().st_size > 10_000
