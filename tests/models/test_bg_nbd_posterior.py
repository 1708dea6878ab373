"""What is known of one customer: simulated lives that match a history agree with the posterior given it.

Fixed seeds; tolerances of 5 standard errors of the compared means.
"""

import numpy as np
import pytest

from models.families.bg_nbd import BGNBD

MODEL = BGNBD.known(0.8, 20.0, 0.9, 2.5)


def agree(a: np.ndarray, b: np.ndarray) -> None:
    error = np.sqrt(a.var() / a.size + b.var() / b.size)
    assert abs(a.mean() - b.mean()) <= 5 * error, (a.mean(), b.mean(), error)


@pytest.mark.parametrize(("x", "low", "high"), [(0, 0.0, 0.0), (1, 20.0, 26.0), (3, 50.0, 60.0), (2, 90.0, 100.0)])
def test_posterior_of_simulated_lives(x: int, low: float, high: float) -> None:
    rng = np.random.default_rng(30 + x)
    lives = MODEL.simulate(600_000, 100.0, rng)
    summary = lives.summary()
    match = (summary.frequency == x) & (summary.recency >= low) & (summary.recency <= high)
    assert match.sum() > 2_000
    draws = MODEL.posterior(x, summary.recency[match], 100.0, n=1, rng=rng)
    agree(draws.alive[0].astype(float), lives.alive[match].astype(float))
    agree(np.log(draws.rate[0]), np.log(lives.rate[match]))
    agree(draws.loss[0], lives.loss[match])
    agree(draws.loss[0] * draws.rate[0], (lives.loss * lives.rate)[match])
    agree(draws.alive[0] * draws.loss[0], (lives.alive * lives.loss)[match])


def test_posterior_with_exponents_by_weighting() -> None:
    """The lost's p under an exponent g: importance weights 1-(1-p)^g on Beta(a, b+G_before) give the same mean."""
    rng = np.random.default_rng(40)
    for g in (0.3, 1.0, 2.5):
        state = MODEL.posterior_parameters(3, 5.0, 400.0, G_x=2.0 + g, G_before=2.0)
        assert state.probability_alive[0] < 0.05
        draws = MODEL.posterior(3, 5.0, 400.0, n=200_000, rng=rng, G_x=2.0 + g, G_before=2.0)
        p = rng.beta(0.9, 4.5, 2_000_000)
        weight = 1 - (1 - p) ** g
        lost = draws.loss[~draws.alive]
        exact = (weight * p).sum() / weight.sum()
        assert abs(lost.mean() - exact) < 5 * lost.std() / np.sqrt(lost.size) + 1e-3 * exact


def test_simulated_lives_agree_with_the_formulas() -> None:
    rng = np.random.default_rng(41)
    n = 200_000
    lives = MODEL.simulate(n, 150.0, rng)
    summary = lives.summary()
    orders = summary.frequency
    assert abs(orders.mean() - MODEL.expected_purchases_new(150.0)) < 5 * orders.std() / np.sqrt(n)
    none = float(MODEL.purchase_distribution(150.0, 0, 0, 0, 0)[0, 0])
    assert abs((orders == 0).mean() - none) < 5 * np.sqrt(none * (1 - none) / n)
    alive = MODEL.probability_alive(summary)
    assert abs(alive.mean() - lives.alive.mean()) < 5 * np.sqrt(0.25 / n)
    early = (lives.time <= 90.0) if lives.time.size else lives.time
    first = np.bincount(lives.customer[early], minlength=n)
    recency = np.zeros(n)
    recency[lives.customer[early]] = lives.time[early]
    ahead = MODEL.expected_purchases(60.0, first.astype(float), recency, np.full(n, 90.0))
    came = orders - first
    assert abs(ahead.mean() - came.mean()) < 5 * (came - ahead).std() / np.sqrt(n)


def test_order_times_are_sorted_and_within_the_window() -> None:
    lives = MODEL.simulate(1_000, np.linspace(0.0, 100.0, 1_000), np.random.default_rng(42))
    assert (np.diff(lives.customer) >= 0).all()
    same = np.diff(lives.customer) == 0
    assert (np.diff(lives.time)[same] > 0).all()
    assert (lives.time <= lives.T[lives.customer]).all()
    assert MODEL.simulate(0, 10.0, np.random.default_rng(0)).time.size == 0
