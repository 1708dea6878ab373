"""Proper scores: against their definitions summed out by hand, and what makes them proper."""

import numpy as np
import pytest

from models.checks.scores import Scores, score
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_bb import BGBB
from models.families.bg_nbd import BGNBD

MODEL = BGNBD.known(0.5, 10.0, 0.8, 2.5)


def by_definition(
    model: BGNBD, history: Summary, actual: float, t: float, most: int = 20_000
) -> tuple[float, float, float]:
    chances = model.purchase_distribution(t, most, history)[0]
    below = np.cumsum(chances)
    crps = ((below - (np.arange(most + 1) >= actual)) ** 2).sum()
    return -np.log(chances[int(actual)]), crps, float(np.flatnonzero(below >= 0.5)[0])


@pytest.mark.parametrize("params", [(0.5, 10.0, 0.8, 2.5), (0.05, 1.0, 0.1, 0.3), (3.0, 5.0, 0.01, 10.0)])
def test_scores_are_their_definitions(params: tuple[float, ...]) -> None:
    model, t = BGNBD.known(*params), 60.0
    histories = Summary([0, 0, 1, 12, 60], [0, 0, 30, 70, 79], [80, 10, 80, 80, 80])
    actual = np.array([0.0, 3.0, 1.0, 40.0, 0.0])
    found = score(model, histories, actual, t)
    for i in range(5):
        log_score, crps, median = by_definition(model, histories[[i]], actual[i], t)
        assert found.log_score[i] == pytest.approx(log_score, rel=1e-9)
        assert found.crps[i] == pytest.approx(crps, rel=1e-8)
        assert found.median[i] == median
    assert found.expected == pytest.approx(model.expected_purchases(t, histories), rel=1e-12)


def test_crps_is_the_mean_distance_less_half_the_spread() -> None:
    """E|X - y| - E|X - X'|/2 (Gneiting & Raftery 2007, eq. 21), from one distribution."""
    history, most = Summary([4.0], [60.0], [80.0]), 2_000
    chances, k = MODEL.purchase_distribution(90.0, most, history)[0], np.arange(most + 1.0)
    below = np.cumsum(chances)
    spread = 2.0 * (below * (1.0 - below)).sum()
    for y in (0.0, 2.0, 9.0):
        wanted = (chances * np.abs(k - y)).sum() - 0.5 * spread
        assert score(MODEL, history, [y], 90.0).crps[0] == pytest.approx(wanted, rel=1e-8)


def test_equal_histories_are_worked_out_once_and_each_gets_her_own() -> None:
    """Scores of the customers together are those of each alone, in any order, on a grid of days or off it."""
    rng = np.random.default_rng(60)
    lives = MODEL.simulate(2_000, 100.0, rng).summary()
    whole_days = Summary(lives.frequency, np.ceil(lives.recency), np.full(2_000, 100.0))
    actual = rng.poisson(MODEL.expected_purchases(50.0, lives)).astype(float)
    for histories in (whole_days, lives):
        together = score(MODEL, histories, actual, 50.0)
        for i in range(0, 2_000, 97):
            alone = score(MODEL, histories[[i]], actual[[i]], 50.0)
            for name in ("expected", "median", "none", "log_score", "crps"):
                one, same = getattr(alone, name)[0], getattr(together, name)[i]
                assert same == pytest.approx(one, rel=1e-9), name


def test_the_truth_scores_best() -> None:
    """Customers simulated on from the model's own posterior: other parameters score worse, by more than 5 standard errors
    of the mean difference; and each score is what the truth expects of itself."""
    rng, n = np.random.default_rng(61), 60_000
    lives = MODEL.simulate(n, 150.0, rng)
    early = lives.time <= 90.0
    seen = np.bincount(lives.customer[early], minlength=n).astype(float)
    recency = np.zeros(n)
    recency[lives.customer[early]] = lives.time[early]  # sorted: the last stays
    histories = Summary(seen, recency, np.full(n, 90.0))
    came = np.bincount(lives.customer, minlength=n) - seen
    truth = score(MODEL, histories, came, 60.0)
    for other in ((0.5, 10.0, 2.0, 2.5), (0.5, 2.0, 0.8, 2.5), (1.5, 30.0, 0.8, 2.5)):
        wrong = score(BGNBD.known(*other), histories, came, 60.0)
        for name in ("log_score", "crps"):
            worse = getattr(wrong, name) - getattr(truth, name)
            assert worse.mean() > 5 * worse.std() / np.sqrt(n), (other, name)
    error = (truth.actual - truth.expected).std() / np.sqrt(n)
    assert abs((truth.actual - truth.expected).mean()) < 5 * error
    assert abs((came == 0).mean() - truth.none.mean()) < 5 * 0.5 / np.sqrt(n)
    table = truth.by_frequency(3)
    assert table["customers"].sum() == n
    assert (table["customers"] * table["actual"]).sum() == pytest.approx(came.sum())
    assert (table["customers"] * table["expected_none"]).sum() == pytest.approx(truth.none.sum())


def test_errors_of_the_point_forecasts() -> None:
    scored = score(MODEL, Summary([0, 2], [0, 30], [80, 80]), [1, 4], 60.0)
    assert scored.mae == pytest.approx(np.abs(scored.actual - scored.expected).mean())
    assert scored.rmse == pytest.approx(np.sqrt(((scored.actual - scored.expected) ** 2).mean()))
    assert scored.total_error == pytest.approx(scored.expected.sum() / 5 - 1)
    assert scored.mae_of_median == np.abs(scored.actual - scored.median).mean()
    assert score(MODEL, Summary([0, 2], [0, 30], [80, 80]), [0, 0], 60.0).total_error is None


def test_hopeless_forecasts_get_a_finite_score() -> None:
    scored = score(BGNBD.known(1e-3, 1e3, 5.0, 1e-3), Summary([0.0], [0.0], [10.0]), [5_000], 1.0)
    assert isinstance(scored, Scores)
    assert 600 < scored.log_score[0] <= 690.8
    assert scored.crps[0] == pytest.approx(5_000, rel=1e-3)


def test_models_of_periods_are_scored_too() -> None:
    model = BGBB.known(1.2, 0.75, 0.66, 2.8)
    found = score(model, Summary([0, 4], [0, 5], [6, 6]), [0, 5], 5)
    chances = model.purchase_distribution(5, 5, Summary([0, 4], [0, 5], [6, 6]))
    assert found.log_score == pytest.approx(-np.log([chances[0, 0], chances[1, 5]]))


def test_refusals() -> None:
    histories = Summary([0, 2], [0, 30], [80, 80])
    with pytest.raises(BadInput, match="actual has 1 rows where the summary has 2"):
        score(MODEL, histories, [1], 60.0)
    for actual in ([1, -1], [1, 0.5], [1, np.nan]):
        with pytest.raises(BadInput, match="whole purchases"):
            score(MODEL, histories, actual, 60.0)
    for t in (0.0, -1.0, np.inf):
        with pytest.raises(BadInput, match="horizon t"):
            score(MODEL, histories, [1, 1], t)
