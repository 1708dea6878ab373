"""Totals over customers: their intervals, and what a clock says of them."""

import numpy as np
import pytest

from models.data.summary import Summary
from models.families.ahead import Ahead, calendar
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.value.ltv import lifetime_value
from models.value.ltv.groups import group_totals, interval
from models.value.predictive import predict


def test_totals_of_few_orders_may_be_none() -> None:
    """Where hardly an order is expected the interval begins at 0 and holds most; large totals are as ever."""
    total, relative = np.array([0.1, 2.0, 1_000.0]), np.array([10.0, 0.5, 0.001])
    low, high = interval(total, relative, 0.9)
    assert low[0] < 1e-6 and 0.3 < high[0] < 1.5
    rng = np.random.default_rng(6)
    drawn = rng.gamma(2.0, 1.0, 100_000)  # mean 2, relative variance .5
    assert abs((drawn < low[1]).mean() - 0.05) < 5 * np.sqrt(0.05 * 0.95 / 100_000)
    assert 0.9 < ((low[1] <= drawn) & (drawn <= high[1])).mean() < 0.95  # the upper end is a little too careful
    np.testing.assert_allclose([low[2], high[2]], 1_000.0 * np.exp([-0.052, 0.052]), rtol=1e-3)


def test_what_a_clock_says_of_totals_enters_them(sample: Summary, rhythm: BGNBD, baskets: GammaGamma) -> None:
    """Dispersion multiplies chance; sd_log stands for its own model's errors and joins those of another."""
    worth = lifetime_value(rhythm, baskets, sample, 300.0)

    def relative(ahead: Ahead, model: BGNBD = rhythm) -> float:
        made = group_totals(model, baskets, sample, worth, ahead)
        return float(np.expm1((np.log(made.orders_high[0] / made.orders_low[0]) / 2 / 1.6448536) ** 2))

    def clock(sd: float | None, dispersion: float, model: BGNBD | None) -> Ahead:
        return Ahead(calendar(1.0).clock, sd, dispersion, model)

    known = rhythm.at(rhythm.params_)  # without errors: chance alone
    chance, own = relative(calendar(1.0), known), relative(calendar(1.0)) - relative(calendar(1.0), known)
    assert chance > 0 and own > 0
    assert relative(clock(None, 4.0, None), known) == pytest.approx(4 * chance)
    assert relative(clock(0.2, 1.0, rhythm)) == pytest.approx(chance + np.expm1(0.04))
    assert relative(clock(0.2, 1.0, known)) == pytest.approx(chance + own + np.expm1(0.04))


def test_draws_scatter_as_much_more_as_the_clock_says(sample: Summary, rhythm: BGNBD) -> None:
    """Known parameters, dispersion 4: the total's variance is four times that of independent lives, within 5 errors."""
    known, n = BGNBD.known(**rhythm.params_), 1_500

    def variance(ahead: Ahead | None) -> float:
        made = predict(known, None, sample, 200.0, rng=np.random.default_rng(9), draws=n, ahead=ahead)
        return float(made.total.orders_draws.var())

    ratio = variance(Ahead(calendar(1.0).clock, None, 4.0)) / variance(None)
    assert abs(ratio / 4.0 - 1.0) < 5 * np.sqrt(2 * 2 / n)
