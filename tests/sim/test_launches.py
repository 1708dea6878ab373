"""The benchmark of intervals (`python -m benchmarks launches`) in small: the joint test over measures, and what it finds."""

import numpy as np
from scipy.stats import norm

from benchmarks.launches import SMALL, TAIL, joint_p, places, tails
from sim.results.metrics import REGISTRY
from sim.scenario import load

FIVE_SIGMA = float(2 * norm.sf(5))


def test_intervals_hold_launches():
    """20 launches of 7 replicates: no more measures outside than promised, in each tail and each alone, within 5 sigma.

    A launch falls low or high in many measures at once, and few do: among 20 that happen not to, the spread is too small to
    say that intervals are too wide. That the benchmark asks of 400.
    """
    tiny = load({**SMALL, "members": 60, "days": 95})
    found = places(range(1001, 1021), tiny, replicates=7)
    outside_of = tails(found)
    assert (outside_of.mean(axis=0) < TAIL + 5 * outside_of.std(axis=0) / np.sqrt(len(outside_of))).all()
    judged = 0
    for name, column in zip(REGISTRY, found.T, strict=True):
        known = column[np.isfinite(column)]
        if len(known) < 15:
            continue
        judged += 1
        outside = (np.abs(known - 0.5) > 0.45).mean()
        assert outside < 0.1 + 5 * np.sqrt(0.09 / len(known)), name
    assert judged > 30


def test_the_joint_test_finds_intervals_that_are_too_narrow():
    """Places of values with twice the spread that was promised, 40 measures that go together a little."""
    rng = np.random.default_rng(5)
    z = 0.3 * rng.standard_normal((400, 1)) + rng.standard_normal((400, 40))
    honest, narrow = norm.cdf(z / np.sqrt(1.09)), norm.cdf(2 * z / np.sqrt(1.09))
    assert joint_p(honest) > FIVE_SIGMA
    assert joint_p(narrow) < FIVE_SIGMA
