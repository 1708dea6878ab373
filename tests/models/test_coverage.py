"""Honest intervals: coverage of what came, and simulation-based calibration; the full run is benchmarks/coverage.py.

60 data sets each; by the binomial 5 standard errors of 90 % of 60 are .19, so the counts below are bounds of chance. The
places of what came among the predictive draws are tested besides, which sees more than the ends.
"""

import numpy as np
from scipy.stats import kstest

from benchmarks.coverage import FIVE_SIGMA, NAMES, covered, p_values, place_in_prediction, ranks_of_truth

SETS = 60


def test_intervals_of_the_portfolio_cover_what_came() -> None:
    places = np.array([place_in_prediction(seed, draws=200) for seed in range(1_000, 1_000 + SETS)])
    error = np.sqrt(0.9 * 0.1 / SETS)
    for column in places.T:  # orders, value
        assert abs(covered(column) - 0.9) <= 5 * error
        assert abs(covered(column, 0.5) - 0.5) <= 5 * np.sqrt(0.25 / SETS)
        assert abs(column.mean() - 0.5) <= 5 / np.sqrt(12 * SETS)
        assert kstest(column, "uniform").pvalue > FIVE_SIGMA


def test_parameters_are_calibrated() -> None:
    found = [ranks_of_truth(seed) for seed in range(1_000, 1_000 + SETS)]
    ranks = np.array([r for r, _ in found], dtype=np.float64)
    for name, column in zip(NAMES, ranks.T, strict=True):
        assert min(p_values(column, bins=6)) > FIVE_SIGMA, name
        assert abs(column.mean() / 99 - 0.5) <= 5 / np.sqrt(12 * SETS), name
    assert max(k for _, k in found) < 0.7


def test_the_calibration_sees_draws_that_are_too_narrow_or_off() -> None:
    """The tests of uniformity have teeth: ranks of draws with half the spread, or shifted by one error, fail."""
    rng = np.random.default_rng(1)
    truth, draws = rng.standard_normal(200), rng.standard_normal((99, 200))
    for wrong in (0.5 * draws, draws + 1.0):
        assert min(p_values((wrong < truth).sum(axis=0).astype(np.float64))) < FIVE_SIGMA
    assert min(p_values((draws < truth).sum(axis=0).astype(np.float64))) > FIVE_SIGMA
