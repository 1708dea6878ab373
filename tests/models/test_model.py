"""What all models share: fitting, verdict, criteria, known parameters, draws."""

import numpy as np
import pytest

from models import BadInput
from models.data.summary import Summary
from models.families.bg_nbd import BGNBD


def test_the_likelihood_of_all_is_the_sum_of_each(rhythm: BGNBD, sample: Summary) -> None:
    each = rhythm.log_likelihood()
    assert each.shape == (len(sample),)
    assert each.sum() == pytest.approx(rhythm.log_likelihood_, rel=1e-12)
    assert rhythm.aic_ == pytest.approx(8 - 2 * each.sum(), rel=1e-12)
    assert rhythm.bic_ == pytest.approx(4 * np.log(len(sample)) - 2 * each.sum(), rel=1e-12)


def test_known_parameters_by_order_and_by_name() -> None:
    model = BGNBD.known(0.5, 10.0, b=2.0, a=1.0)
    assert model.params_ == {"r": 0.5, "alpha": 10.0, "a": 1.0, "b": 2.0}
    assert model.standard_errors_ == {"r": 0.0, "alpha": 0.0, "a": 0.0, "b": 0.0}
    for values, named in (((0.5, 10.0, 1.0), {}), ((0.5, 10.0, 1.0, 2.0), {"b": 2.0}), ((1, 2, 3), {"c": 1})):
        with pytest.raises(BadInput, match="give each of r, alpha, a, b once"):
            BGNBD.known(*values, **named)
    with pytest.raises(BadInput, match="alpha is -1"):
        BGNBD.known(0.5, -1.0, 1.0, 2.0)


def test_criteria_ask_for_a_fit() -> None:
    with pytest.raises(BadInput, match="fit it first"):
        _ = BGNBD.known(0.5, 10.0, 1.0, 2.0).aic_


def test_gaps_of_simulated_orders_are_those_of_their_times() -> None:
    made = BGNBD.known(2.0, 10.0, 0.5, 4.0).simulate(500, 100.0, np.random.default_rng(4))
    summary = made.summary()
    for customer in range(0, 500, 7):
        times = made.time[made.customer == customer]
        expected = np.log(np.diff(np.concatenate([[0.0], times]))).sum()
        assert summary.log_gaps is not None
        assert summary.log_gaps[customer] == pytest.approx(expected, abs=1e-9)
    weeks = summary.in_weeks()
    assert weeks.log_gaps is not None and summary.log_gaps is not None
    np.testing.assert_allclose(weeks.log_gaps, summary.log_gaps - summary.frequency * np.log(7.0), atol=1e-9)
