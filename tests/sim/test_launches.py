"""The benchmark of intervals (`python -m benchmarks launches`) in small: the joint test over measures, and what it finds."""

import numpy as np
from scipy.stats import norm

from benchmarks.launches import SMALL, joint_p, places
from sim.results.metrics import REGISTRY
from sim.scenario import load

FIVE_SIGMA = float(2 * norm.sf(5))


def test_intervals_hold_launches():
    """20 launches of 7 replicates: the joint test passes at 5 sigma, and no measure leaves more than 5 sigma outside."""
    tiny = load({**SMALL, "members": 60, "days": 95})
    found = places(range(1001, 1021), tiny, replicates=7)
    assert joint_p(found) > FIVE_SIGMA
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
