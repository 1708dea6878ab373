"""Common draws pay: the difference between two strategies is far sharper on the same draws than on independent ones."""

import numpy as np
import pytest

SEEDS = 60


@pytest.fixture(scope="module")
def outcomes(make, live) -> dict[float, np.ndarray]:
    """Orders and leavers, float64[seeds, 2], by messages a week: 2,000 members, 120 days."""

    def outcome(per_week: float, seed: int) -> list[float]:
        policy = {"push": {"per_week": per_week}}
        totals = live(make("cdnow", members=2000, days=120, policy=policy), seed=seed).run.totals
        return [totals["orders"], totals["departed"]]

    # 60 seeds for pairs; the same and 60 others make the independent comparison
    return {per_week: np.array([outcome(per_week, seed) for seed in range(2 * SEEDS)]) for per_week in (3.0, 3.5)}


@pytest.mark.parametrize(("what", "times"), [(0, 8.0), (1, 5.0)], ids=["orders", "leavers"])
def test_paired_differences_are_sharper(outcomes, what: int, times: float) -> None:
    three, more = outcomes[3.0][:, what], outcomes[3.5][:, what]
    paired = (more - three)[:SEEDS].std(ddof=1)
    independent = (np.roll(more, SEEDS) - three).std(ddof=1)
    assert independent > times * paired, f"only {independent / paired:.1f} times"
