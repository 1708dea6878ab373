"""RFM segments: cells by hand, fifths, ties, bad input."""

import numpy as np
import pytest

from models import BadInput
from models.data.summary import Summary
from models.value.segments import NAMES, rfm_segments


def test_cells_by_hand() -> None:
    """Means: 4 days since the last order, 2 repeat orders, spend 25."""
    T = np.full(4, 10.0)
    summary = Summary(np.array([5.0, 0, 3, 0]), np.array([9.0, 0, 5, 0]), np.array([10.0, 1, 10, 9]))
    found = rfm_segments(summary, np.array([40.0, 10, 10, 40]))
    assert T.size == 4
    # since: 1, 1, 5, 9; mean 4
    assert found.name.tolist() == ["top value", "usual to develop", "usual to keep", "top to win back"]


def test_fifths_hold_a_fifth_each() -> None:
    rng = np.random.default_rng(2)
    n = 5_000
    summary = Summary(np.arange(n) % 7, np.full(n, 5.0) * (np.arange(n) % 7 > 0), 10.0 + rng.random(n))
    found = rfm_segments(summary, rng.random(n))
    assert np.bincount(found.money_score)[1:].tolist() == [1000] * 5
    assert found.frequency_score.min() == 1 and found.frequency_score.max() == 5
    for x in range(7):  # equal customers have equal scores
        assert np.unique(found.frequency_score[summary.frequency == x]).size == 1
    assert set(found.name) <= set(NAMES.values())


def test_better_is_never_scored_lower() -> None:
    rng = np.random.default_rng(3)
    spend = rng.integers(0, 20, 300).astype(float)
    summary = Summary(np.zeros(300), np.zeros(300), np.ones(300))
    score = rfm_segments(summary, spend).money_score
    order = np.argsort(spend, kind="stable")
    assert (np.diff(score[order]) >= 0).all()
    assert (rfm_segments(summary, np.ones(300)).money_score == 3).all()


def test_bad_input() -> None:
    nobody = Summary(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(BadInput, match="no customers"):
        rfm_segments(nobody, np.zeros(0))
    with pytest.raises(BadInput, match="spend has 2 rows where there are 1"):
        rfm_segments(Summary(np.zeros(1), np.zeros(1), np.ones(1)), np.zeros(2))
