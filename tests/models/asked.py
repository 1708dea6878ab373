"""What every fit is asked, whatever the data: finite numbers within their bounds, or a refusal in one sentence."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from models.data.summary import Summary
from models.errors import BadInput
from models.families.gamma_gamma import GammaGamma
from models.families.model import Model, WeaklyIdentified
from models.value.ltv import lifetime_value


@contextmanager
def quiet() -> Iterator[None]:
    """Any warning inside but WeaklyIdentified is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", WeaklyIdentified)
        yield


def fitted(fit: Callable[[], Any]) -> Any:
    """What `fit` gives; None where it refuses, which takes one line."""
    with quiet():
        try:
            return fit()
        except BadInput as reason:
            assert str(reason).strip() and "\n" not in str(reason)
            return None


def check_parameters(model: Any, k: int) -> None:
    """Positive parameters, a symmetric covariance, errors and a likelihood that are numbers, and a message."""
    values = np.array(list(model.params_.values()))
    assert (np.isfinite(values) & (values > 0)).all(), model
    covariance = model.covariance_
    assert covariance.shape == (k, k)
    assert np.isfinite(covariance).all(), (model, model.message_)
    assert (covariance == covariance.T).all()
    assert (np.diag(covariance) >= 0).all()
    assert np.isfinite(list(model.standard_errors_.values())).all()
    assert model.message_ and "\n" not in model.message_
    assert model.converged_, model.message_


def horizons(summary: Summary, whole: bool) -> list[float]:
    reach = max(float(summary.T.max()), 1e-6)
    return [0.0, 1.0, 300.0] if whole else [0.0, 1e-6 * reach, reach, 1e5 * reach]


def check_forecasts(model: Any, summary: Summary, whole: bool = False) -> None:
    """Chances within [0, 1], expectations that are numbers, for horizons of every size."""
    n = len(summary)
    alive = model.probability_alive()
    assert alive.shape == (n,) and ((alive >= 0) & (alive <= 1)).all()
    before = np.zeros(n)
    for t in horizons(summary, whole):
        orders = model.expected_purchases(t)
        assert orders.shape == (n,) and (np.isfinite(orders) & (orders >= 0)).all(), (t, orders, model)
        assert (orders >= before * (1 - 1e-7) - 1e-300).all(), (t, orders, before, model)
        before = orders
        new = float(model.expected_purchases_new(t))
        assert np.isfinite(new) and new >= 0
        chances = model.purchase_distribution(t, 6)
        assert chances.shape == (n, 7) and (np.isfinite(chances) & (chances >= -1e-12)).all(), (t, chances.min(), model)
        assert (chances.sum(axis=1) <= 1 + 1e-9).all(), (t, chances.sum(axis=1).max(), model)


def check_draws(draws: Any, names: tuple[str, ...]) -> None:
    assert tuple(draws) == names
    for column in draws.values():
        assert (np.isfinite(column) & (column > 0)).all()


def check_value(model: Any, summary: Summary, horizon: float = 365.0) -> None:
    baskets = fitted(lambda: GammaGamma().fit(summary))
    if baskets is None:
        return
    worth = lifetime_value(model, baskets, summary, horizon)
    for values in (worth.value, worth.low, worth.high, worth.spend, worth.expected_orders):
        assert values is not None and (np.isfinite(values) & (values >= 0)).all(), values
    assert worth.low is not None and worth.high is not None
    assert (worth.low <= worth.high * (1 + 1e-9)).all()
    assert worth.total_low is not None and worth.total_high is not None
    assert 0 <= worth.total_low <= worth.total * (1 + 1e-9) and worth.total <= worth.total_high * (1 + 1e-9)
    assert np.isfinite(worth.total_high)


def ask(make: Callable[[], Model], summary: Summary, whole: bool = False) -> None:
    """Fit and ask for everything."""
    model = fitted(lambda: make().fit(summary))
    if model is None:
        return
    with quiet():
        check_parameters(model, len(model.parameters))
        assert np.isfinite(model.log_likelihood_)
        assert float(model.log_likelihood().sum()) == pytest.approx(model.log_likelihood_, rel=1e-6, abs=1e-6)
        check_forecasts(model, summary, whole)
        draws = model.normal_draws(50, np.random.default_rng(0))
        check_draws(draws, model.parameters)
        if not whole:
            check_value(model, summary)


# -- the models -------------------------------------------------------------------------------------------------------
