"""Logs that begin in the middle of customers' lives; fixed seeds, tolerances of 5 standard errors."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.data.beginning import truncation
from models.data.orders import Orders, read_orders
from models.data.rfm import summarise
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.run_in import AfterRunIn, fit_after_run_in
from models.season import visits

# Slow enough that two orders of one customer on one day are rare: an export makes them one.
TRUTH = {"r": 1.6, "alpha": 60.0, "a": 0.8, "b": 3.0}
START, CUT, END, LATER = (np.datetime64(day) for day in ("2010-01-01", "2016-01-01", "2021-12-31", "2022-12-31"))


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    """Thirteen years of a shop with steady newcomers."""
    rng = np.random.default_rng(41)
    n, days = 24_000, int((LATER - START).astype(int)) + 1
    first = rng.integers(0, days, n)
    made = BGNBD.known(**TRUTH).simulate(n, days - first - 1.0, rng)
    customer = np.concatenate([np.arange(n), made.customer])
    day = np.concatenate([first, first[made.customer] + np.ceil(made.time).astype(int)])
    return pd.DataFrame({"customer": [f"{c:06d}" for c in customer], "date": START + day, "amount": 1.0})


@pytest.fixture(scope="module")
def cut(whole: pd.DataFrame) -> Orders:
    return read_orders(whole[whole.date >= CUT])


@pytest.fixture(scope="module")
def summary(cut: Orders) -> Summary:
    return summarise(cut, str(END))


@pytest.fixture(scope="module")
def handled(cut: Orders, summary: Summary) -> AfterRunIn:
    return fit_after_run_in(summary, truncation(cut, str(END)).run_in)


def distances(model: BGNBD) -> dict[str, float]:
    """Standard errors between the fit and the truth, in logarithms."""
    sd = np.sqrt(np.diag(model.covariance_))
    return {k: float(np.log(model.params_[k] / v) / s) for (k, v), s in zip(TRUTH.items(), sd, strict=True)}


def test_recognised_and_told(cut: Orders) -> None:
    report = truncation(cut, str(END))
    assert report.verdict == "truncated"
    assert report.surge > 2 and report.surge_gain > 100 and abs(report.again_z) > 3
    assert 0 < report.run_in < 1_100
    assert report.left_over <= 0.05
    assert report.message.startswith("The log begins in the middle of customers' lives")
    assert f"first seen after {report.run_in} days" in report.message
    assert report.expected.sum() == pytest.approx(report.new_faces.sum(), rel=0.01)


def test_the_old_are_as_many_as_said(whole: pd.DataFrame, cut: Orders) -> None:
    """Customers who had really bought before the cut, among those first seen after the run-in."""
    report = truncation(cut, str(END))
    log = visits(cut, str(END))
    assert log.summary.customer is not None
    before = set(whole.customer[whole.date < CUT])
    old = np.array([c in before for c in log.summary.customer])
    settled = log.first >= report.run_in
    assert old[settled].mean() < 0.10
    assert old[log.first < 28].mean() > 0.5


def test_a_complete_log_is_not_suspected(whole: pd.DataFrame) -> None:
    early = read_orders(whole[whole.date < CUT])
    report = truncation(early)
    assert report.verdict == "complete" and report.run_in == 0
    assert "from their first purchase on" in report.message


def test_cdnow_is_a_cohort_and_its_later_part_is_not(sample_orders: Orders) -> None:
    assert truncation(sample_orders).verdict == "complete"
    frame = sample_orders.to_frame()
    later = truncation(frame[frame.time >= "1997-05-01"])
    assert abs(later.again_z) > 3 and later.verdict != "complete"


@pytest.mark.skipif(
    not (Path(os.environ.get("SIYU_PUBLISHED_DATA", "")) / "groceryElog.csv").is_file(),
    reason="set SIYU_PUBLISHED_DATA to a folder with groceryElog.csv",
)
def test_the_grocer_s_cohort_is_complete() -> None:
    path = Path(os.environ["SIYU_PUBLISHED_DATA"]) / "groceryElog.csv"
    assert truncation(path, customer="cust", date="date", money=False).verdict == "complete"


def test_parameters_come_back_when_handled_and_not_otherwise(summary: Summary, handled: AfterRunIn) -> None:
    assert isinstance(handled.model, BGNBD)
    assert max(abs(z) for z in distances(handled.model).values()) < 5, distances(handled.model)
    assert max(abs(z) for z in distances(BGNBD().fit(summary)).values()) > 8


def test_everybody_is_scored(whole: pd.DataFrame, cut: Orders, summary: Summary, handled: AfterRunIn) -> None:
    """Next year's orders of those present before and of those after, each within 5 % or 5 standard errors of a total."""
    assert summary.customer is not None
    expected, days = handled.expected_purchases(365.0), float((LATER - END).astype(int))
    assert expected.shape == (len(summary),) and np.isfinite(expected).all()
    alive = handled.probability_alive()
    assert ((alive >= 0) & (alive <= 1)).all()
    # Each is scored by the model of her own kind.
    assert summary.first_day is not None
    before = summary.first_day < CUT + (handled.settled - summary.first_day.min())
    for rows, model in ((before, handled.present_model), (~before, handled.model)):
        assert rows.any()
        np.testing.assert_array_equal(expected[rows], model.expected_purchases(365.0, summary[rows]))
    known = pd.Series(np.arange(len(summary)), index=summary.customer)
    after = whole[(whole.date > END) & whole.customer.isin(known.index)].drop_duplicates(["customer", "date"])
    actual = np.bincount(known[after.customer], minlength=len(summary))
    assert days == 365.0
    for rows in (handled.present, ~handled.present):
        total, came = expected[rows].sum(), actual[rows].sum()
        error = np.sqrt((actual[rows] - expected[rows]).var() * rows.sum())
        assert abs(total - came) < max(0.05 * came, 5 * error)
    assert "with parameters of their own" in handled.message_


def test_a_new_customer_is_one_of_those_after_the_run_in(handled: AfterRunIn) -> None:
    times = np.array([30.0, 365.0])
    np.testing.assert_array_equal(handled.expected_purchases_new(times), handled.model.expected_purchases_new(times))
    drawn, own = (m.simulate(50, 90.0, np.random.default_rng(3)) for m in (handled, handled.model))
    np.testing.assert_array_equal(drawn.time, own.time)


def test_each_history_has_the_likelihood_of_its_own_kind(summary: Summary, handled: AfterRunIn) -> None:
    each = handled.log_likelihood()
    for rows, model in ((handled.present, handled.present_model), (~handled.present, handled.model)):
        np.testing.assert_array_equal(each[rows], model.log_likelihood(summary[rows]))
    assert handled.log_likelihood(summary[:0]).shape == (0,)


def test_it_is_not_fitted_again(summary: Summary, handled: AfterRunIn) -> None:
    with pytest.raises(BadInput, match="it comes fitted; use fit_after_run_in"):
        handled.fit(summary)


def test_no_run_in_is_a_plain_fit(summary: Summary) -> None:
    fit = fit_after_run_in(summary, 0)
    assert fit.model.params_ == BGNBD().fit(summary).params_
    assert fit.expected_purchases(90.0) == pytest.approx(fit.model.expected_purchases(90.0), rel=1e-12)


def test_few_present_are_scored_by_the_newcomers() -> None:
    first = np.array(["2020-01-01", "2020-03-01", "2020-03-02", "2020-03-03", "2020-03-04"], dtype="datetime64[D]")
    x = np.array([0.0, 3.0, 1.0, 2.0, 0.0])
    some = Summary(x, x * 20.0, np.full(5, 300.0), first_day=first)
    with pytest.warns(UserWarning, match="weak prior"):
        fit = fit_after_run_in(some, 30)
    assert fit.present_model is fit.model and "with the same parameters" in fit.message_
    assert fit.expected_purchases(30.0).shape == (5,)


def test_bad_input() -> None:
    short = pd.DataFrame({"customer": ["a", "b"], "date": ["2024-01-01", "2024-01-20"], "amount": 1.0})
    with pytest.raises(BadInput, match="spans 2 whole weeks; 10 are needed"):
        truncation(short)
    x = np.array([1.0, 2.0])
    with pytest.raises(BadInput, match="no first_day"):
        fit_after_run_in(Summary(x, x, x + 9), 10)
    first = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")
    with pytest.raises(CannotIdentify, match="shorten the run-in"):
        fit_after_run_in(Summary(x, x, x + 9, first_day=first), 100)
    with pytest.raises(BadInput, match="the run-in is -1 days; it must be at least 0"):
        fit_after_run_in(Summary(x, x, x + 9, first_day=first), -1)
