"""A model with covariates, asked like any other: the same answers, and parameters that can be nudged."""

import numpy as np
import pandas as pd
import pytest

from models import BadInput
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD
from models.families.covariates import WithCovariates
from models.families.covariates.informed import Informed


@pytest.fixture(scope="module")
def known() -> tuple[Informed, Summary, pd.DataFrame]:
    rng = np.random.default_rng(8)
    n = 600
    frame = pd.DataFrame(
        {"customer": [f"c{i}" for i in range(n)], "channel": rng.choice(["app", "shop"], n, p=[0.4, 0.6])}
    )
    made = BGNBD.known(0.8, 12.0, 0.9, 4.0).simulate(n, 80.0, rng).summary()
    summary = Summary(made.frequency, made.recency, made.T, customer=frame["customer"].to_numpy(dtype=object))
    fitted = WithCovariates(BGNBD(), rhythm=["channel"], loss=["channel"]).fit(summary, frame)
    return Informed(fitted, BGNBD().fit(summary), frame), summary, frame


def test_it_answers_as_the_model_with_its_table(known: tuple[Informed, Summary, pd.DataFrame]) -> None:
    model, summary, frame = known
    some = summary[np.arange(5, 50)]
    np.testing.assert_array_equal(
        model.expected_purchases(30.0, some), model.fitted.expected_purchases(30.0, some, frame)
    )
    np.testing.assert_array_equal(model.probability_alive(some), model.fitted.probability_alive(some, frame))
    assert model.log_likelihood().sum() == pytest.approx(model.log_likelihood_, rel=1e-12)
    assert set(model.params_) == {"r", "alpha", "a", "b", "rhythm: channel=app", "loss: channel=app"}
    assert model.standard_errors_.keys() == model.params_.keys()


def test_customers_without_a_name_are_the_reference(known: tuple[Informed, Summary, pd.DataFrame]) -> None:
    model, _, _ = known
    unnamed = Summary(np.array([2.0]), np.array([20.0]), np.array([30.0]))
    base = BGNBD.known(**model.fitted.params_)
    np.testing.assert_allclose(
        model.expected_purchases(10.0, unnamed), base.expected_purchases(10.0, unnamed), rtol=1e-12
    )
    np.testing.assert_allclose(model.probability_alive(unnamed), base.probability_alive(unnamed), rtol=1e-12)
    distribution = model.purchase_distribution(10.0, 5, unnamed)
    np.testing.assert_allclose(distribution, base.purchase_distribution(10.0, 5, unnamed), rtol=1e-12)


def test_a_new_customer_is_the_reference(known: tuple[Informed, Summary, pd.DataFrame]) -> None:
    model, _, _ = known
    base = BGNBD.known(**model.fitted.params_)
    times = np.array([7.0, 30.0])
    np.testing.assert_allclose(model.expected_purchases_new(times), base.expected_purchases_new(times), rtol=1e-12)
    drawn = model.simulate(4_000, 30.0, np.random.default_rng(2))
    np.testing.assert_array_equal(drawn.time, base.simulate(4_000, 30.0, np.random.default_rng(2)).time)
    orders = np.bincount(drawn.customer, minlength=4_000)
    error = orders.std() / np.sqrt(4_000)
    assert abs(orders.mean() - float(base.expected_purchases_new(30.0))) < 4 * error


def test_nudging_moves_one_thing_only(known: tuple[Informed, Summary, pd.DataFrame]) -> None:
    """Near the maximum the likelihood is flat in every direction, and falls on either side of it."""
    model, _, _ = known
    top = float(model.log_likelihood().sum())
    for name in model.params_:
        step = 0.5 * model.standard_errors_[name] / (model.params_[name] if name in model.base.params_ else 1.0)
        up, down = (float(model.nudged(name, s).log_likelihood().sum()) for s in (step, -step))
        assert up < top and down < top, name
        assert abs(up - down) < 0.5 * (2 * top - up - down), name
        moved = {k for k, v in model.nudged(name, step).params_.items() if v != model.params_[name] and k == name}
        assert moved == {name}
    assert float(model.log_likelihood().sum()) == top  # it is itself unmoved


def test_it_is_not_fitted_again(known: tuple[Informed, Summary, pd.DataFrame]) -> None:
    model, summary, _ = known
    with pytest.raises(BadInput, match="it comes fitted"):
        model.fit(summary)
