"""Founding members from an export: each customer's own history, with lambda, p and baskets from the posterior."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.data.orders import cdnow
from models.data.rfm import summarise
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from sim.founding import histories, systematic, worth
from sim.pool import PoolModel
from sim.scenario.export import exported

WEEKS_39 = 273
UNTIL = "1997-09-30"
SAMPLE = {"r": 0.2426, "alpha": 4.4137 * 7, "a": 0.7930, "b": 2.4262}  # Fader, Hardie & Lee (2005), here in days


@pytest.fixture(scope="module")
def summary():
    return summarise(cdnow(sample=True), end=UNTIL)


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("export") / "sample.csv"
    cdnow(sample=True).to_frame().to_csv(path, index=False)
    return path


def from_export(make, export: Path, **more):
    given = {"founding": "from_export", "orders": str(export), "orders_until": UNTIL, "days": WEEKS_39}
    return make("cdnow", {"rhythm": SAMPLE}, **(given | more))


def test_second_39_weeks_of_cdnow(make, live, export, summary) -> None:
    """2,357 customers, 39 weeks after 1997-09-30, no operations: total orders are BG/NBD's conditional expectation.

    Compared are the mean over 40 seeds and sum E[X(39 weeks) | x, t_x, T] = 1,653, 5 standard errors of that mean apart
    at most. (Both count exact times; customers' x count days with a purchase.)
    """
    expected = BGNBD.known(**SAMPLE).expected_purchases(WEEKS_39, summary)
    assert expected.sum() == pytest.approx(1653, abs=1)
    scenario = from_export(make, export)
    totals = np.array([live(scenario, seed=seed).run.totals["orders"] for seed in range(40)])
    assert abs(totals.mean() - expected.sum()) < 5 * totals.std(ddof=1) / np.sqrt(len(totals))


def test_drawn_fresh_they_overshoot(make, live) -> None:
    """Why the posterior matters: as many new customers order 2,817 times, half as often again as the real 1,882."""
    scenario = make("cdnow", {"rhythm": SAMPLE}, members=2357, days=WEEKS_39)
    totals = np.array([live(scenario, seed=seed).run.totals["orders"] for seed in range(15)])
    se = totals.std(ddof=1) / np.sqrt(len(totals))
    assert abs(totals.mean() - 2357 * BGNBD.known(**SAMPLE).expected_purchases_new(WEEKS_39)) < 5 * se
    assert totals.mean() > 2600


@pytest.fixture(scope="module")
def crowd(make, live, export):
    """Every customer forty times over, with the histories they were founded on."""
    scenario = from_export(make, export, members=40 * 2357)
    past = histories(scenario, np.uint64(5))
    kept = live(scenario, seed=5)
    return past, kept.members


def of(past: np.ndarray, mine: np.ndarray) -> Summary:
    return Summary(past["frequency"][mine], past["recency"][mine], past["T"][mine])


def within(found: np.ndarray, expected: np.ndarray) -> None:
    """The mean of the differences is 0 within 5 of its standard errors."""
    off = found - expected
    assert abs(off.mean()) < 5 * off.std() / np.sqrt(len(off))


def test_every_kind_of_customer_has_her_own_future(crowd) -> None:
    """By frequency and by recency: orders to come and the share alive are those of the formulas."""
    past, members = crowd
    truth = BGNBD.known(**SAMPLE)
    groups = [past["frequency"] == x for x in (0, 1, 2, 3)] + [past["frequency"] > 3, past["frequency"] > 8]
    groups += [(past["frequency"] > 0) & (past["recency"] < at * past["T"]) for at in (0.2, 0.5, 0.8)]
    for mine in groups:
        assert mine.sum() > 1000
        summary = of(past, mine)
        within(members["orders"][mine], truth.expected_purchases(WEEKS_39, summary))
        later = Summary(members["frequency"][mine], members["tau_last"][mine], members["tau"][mine])
        within(members["lost"][mine] == 0, truth.probability_alive(later))


def test_baskets_follow_what_they_paid(crowd) -> None:
    """The mean basket to come, p / nu, is Gamma-Gamma's conditional expectation, for small and for large spenders."""
    past, members = crowd
    baskets = GammaGamma.known(6.25, 3.74, 15.44)
    mean = 6.25 / members["basket_rate"].astype(float)
    edges = np.quantile(past["monetary_value"][past["spend_count"] > 0], [0.0, 0.25, 0.5, 0.75])
    groups = [past["spend_count"] == 0] + [
        (past["spend_count"] > 0) & (np.searchsorted(edges, past["monetary_value"], "right") == k) for k in (1, 2, 3, 4)
    ]
    for mine in groups:
        expected = baskets.expected_average_spend(past["spend_count"][mine], past["monetary_value"][mine])
        within(mean[mine], expected)


def test_records_begin_with_the_history(make, export) -> None:
    """x, t_x, T, spend and the day of the last order stand in the record before the first day."""
    scenario = from_export(make, export)
    past = histories(scenario, np.uint64(1))
    members = np.concatenate(PoolModel(scenario, seed=1).member_blocks())
    assert (members["frequency"] == past["frequency"]).all()
    assert (members["tau_last"] == past["recency"]).all() and (members["tau"] == past["T"]).all()
    np.testing.assert_allclose(members["last_order"], past["recency"] - past["T"])
    np.testing.assert_allclose(members["spend"], 100 * past["spend_count"] * past["monetary_value"], atol=0.51)
    assert (members["lost"][past["frequency"] == 0] == 0).all()
    assert (members["bought_at"] == 0).all() and (members["prospect"] == 0).all()


def test_every_customer_once(make, export, summary) -> None:
    """members 0 takes all customers, in an order drawn by the seed."""
    scenario = from_export(make, export)
    past, other = histories(scenario, np.uint64(1)), histories(scenario, np.uint64(2))
    assert len(past) == len(summary)
    columns = ("frequency", "recency", "T", "spend_count", "monetary_value")
    assert sorted(zip(*(past[c] for c in columns), strict=True)) == sorted(
        zip(*(getattr(summary, c) for c in columns), strict=True)
    )
    assert (past != other).any()
    assert np.array_equal(np.sort(past), np.sort(other))


def test_fewer_and_more_members_than_customers(make, export, summary) -> None:
    """A subset holds nobody twice; a larger pool holds everybody once or twice. Both start with the same customers."""
    few = histories(from_export(make, export, members=500), np.uint64(1))
    all_ = histories(from_export(make, export), np.uint64(1))
    many = histories(from_export(make, export, members=3000), np.uint64(1))
    assert np.array_equal(few, all_[:500])
    assert np.array_equal(many, np.r_[all_, all_[: 3000 - len(summary)]])


def test_two_who_stand_for_one_customer_differ(make, export) -> None:
    members = np.concatenate(PoolModel(from_export(make, export, members=2 * 2357), seed=1).member_blocks())
    assert (members["rate"][:2357] != members["rate"][2357:]).all()
    assert len(np.unique(members["key"])) == 2 * 2357


def test_fresh_founders_have_no_history(make) -> None:
    assert histories(make(members=10), np.uint64(1)) is None


def test_an_edited_export_is_read_again(make, tmp_path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\na,2025-01-01,5\nb,2025-01-03,5\na,2025-01-09,5\n")
    scenario = make(founding="from_export", orders=str(path))
    assert sorted(histories(scenario, np.uint64(1))["T"]) == [6, 8]
    path.write_text("customer,date,amount\na,2025-01-01,5\nb,2025-01-03,5\na,2025-01-19,5\n")
    os.utime(path, ns=(1, 1))
    assert sorted(histories(scenario, np.uint64(1))["T"]) == [16, 18]


def test_gifts_count_for_rhythm_and_not_for_spend(make, tmp_path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\na,2025-01-01,5\na,2025-01-05,0\na,2025-01-09,8\na,2025-01-19,10\n")
    past = histories(make(founding="from_export", orders=str(path)), np.uint64(1))[0]
    assert (past["frequency"], past["spend_count"], past["monetary_value"], past["spend"]) == (3, 2, 9, 18)


def test_an_export_that_ends_before_it_starts_is_refused(make, export) -> None:
    with pytest.raises(BadInput, match="before the first order on 1997-01-01"):
        histories(from_export(make, export, orders_until="1996-09-30"), np.uint64(1))
    with pytest.raises(BadInput, match=r"nowhere\.csv"):
        histories(from_export(make, export.with_name("nowhere.csv")), np.uint64(1))


def test_a_systematic_sample_has_every_customer_as_often() -> None:
    """Over random starts; every tile has customers of every value, and means vary less than those of random samples."""
    random = np.random.default_rng(5)
    values, n = random.exponential(size=1711) ** 2, 600
    samples = [systematic(values, n, start) for start in random.uniform(size=400)]
    often = np.bincount(np.concatenate(samples), minlength=len(values)) / 400
    assert all(len(set(sample.tolist())) == n for sample in samples)
    assert abs(often - n / len(values)).max() < 5 * np.sqrt(0.35 * 0.65 / 400)
    means = np.array([values[sample].mean() for sample in samples])
    assert means.mean() == pytest.approx(values.mean(), rel=0.005)
    assert means.std() < 0.2 * values.std() / np.sqrt(n)
    tiles = [values[samples[0][first : first + 256]].mean() for first in range(0, n, 256)]
    assert tiles == pytest.approx([values.mean()] * 3, rel=0.25)


@pytest.mark.parametrize("n", [1, 255, 256, 257, 5000])
def test_a_systematic_sample_of_any_size(n) -> None:
    sample = systematic(np.arange(1000.0), n, 0.999)
    assert len(sample) == n and set(np.bincount(sample, minlength=1000).tolist()) <= {n // 1000, n // 1000 + 1}


def test_lives_of_an_export_are_drawn_anew_in_each_replicate(make, export, summary) -> None:
    some = from_export(make, export, lives=300)
    assert some.share == pytest.approx(300 / len(summary))
    assert some.pool_members == len(summary)
    drawn = [histories(some, np.uint64(seed)) for seed in (1, 1, 2)]
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()
    mean = exported(str(export), some.orders_until)["frequency"].mean()
    assert np.mean([histories(some, np.uint64(k))["frequency"].mean() for k in range(20)]) == pytest.approx(
        mean, rel=0.02
    )
    run = PoolModel(some).run()
    assert run.closing["founders"] == pytest.approx(len(summary))
    whole = PoolModel(from_export(make, export)).run()
    assert run.totals["orders"] == pytest.approx(whole.totals["orders"], rel=0.2)


def test_value_is_orders_expected_times_the_basket(make, export, summary) -> None:
    """The order of value is that of the models' own forecast."""
    market = from_export(make, export).market
    mine = worth(exported(str(export), from_export(make, export).orders_until), market)
    rhythm = BGNBD.known(**SAMPLE)
    alive = rhythm.probability_alive(summary)
    spend = GammaGamma.known(p=market.baskets.p, q=market.baskets.q, v=market.baskets.v)
    expected = alive * (SAMPLE["r"] + summary.frequency) / (SAMPLE["alpha"] + summary.T)
    expected = expected * spend.expected_average_spend(summary)
    np.testing.assert_allclose(mine, expected, rtol=1e-6)
