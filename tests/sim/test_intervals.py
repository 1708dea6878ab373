"""Predictive intervals: of few events, of shares, of times that some runs do not reach; one mean."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln, polygamma

from sim.results.comparison import compare
from sim.results.metrics import REGISTRY
from sim.results.metrics.payback import lasting_passage
from sim.results.showing import as_json, beside_target, ends_of, mean_of
from sim.results.statistics.intervals import by_chance, chance_of, difference, interval, predictive
from sim.results.statistics.predictive import _TAU, LOGIT, Counted, Ordered, Scaled, _spread
from sim.scenario import load
from sim.scenario.targets import Target
from sim.words import number

from .test_metrics import SMALL

INF = math.inf
PAYBACK, RARE, LTV = REGISTRY["payback_days"], REGISTRY["complaint_rate"], REGISTRY["ltv_member"]


# --- few events ------------------------------------------------------------------------------------------------------


def test_all_zero_runs_have_an_upper_end():
    """At most one event after 20 such runs; after 200 even that is beyond 95 %: Jeffreys' point of the chance is told."""
    found = interval(RARE, [0.0] * 20, [3000.0] * 20)
    assert (found.mean, found.low) == (0.0, 0.0)
    assert 0 < found.high <= 1 / 3000
    assert ends_of(found, "share") is not None
    many = interval(RARE, [0.0] * 200, [3000.0] * 200)
    assert many.high == pytest.approx(stats.beta.ppf(0.95, 0.5, 600000.5), rel=1e-9)
    large = [interval(RARE, [0.0] * n, [30_000.0] * n).high for n in (6, 20)]
    assert large[0] < 0.01 and large[1] < 1e-5, "the grid of mu reaches down to where it has to be"
    everybody = interval(REGISTRY["churn"], [1.0] * 20, [30.0] * 20)
    assert everybody.high == 1.0 and everybody.low < 1.0


def test_counts_agree_with_jeffreys_where_runs_are_alike():
    """Many equal runs leave no room for tau and for the error of mu: what is left is the binomial distribution."""
    counts, n = stats.binom.ppf((np.arange(400) + 0.5) / 400, 50, 0.1), 50.0
    found = Counted.of(counts / n, np.full(400, n))
    below = found._cdf(np.arange(0, 15), 50)
    assert np.abs(below - stats.binom.cdf(np.arange(0, 15), 50, 0.1)).max() < 0.01


def test_counts_are_integrated_over_mu_and_tau():
    """Against the same integral by brute force on a fine grid of mu (up to one half) and the same tau, the spread of the
    beta distribution found by bisection."""
    events, chances = (3.0, 0.0, 1.0, 6.0, 2.0), (80.0, 100.0, 90.0, 110.0, 100.0)
    theta = (np.arange(800) + 0.5) / 800 * np.pi / 4
    mu = np.sin(theta)[:, None] ** 2
    tau = (np.arange(16) + 0.5) * 0.16
    low, high = np.full((800, 16), -8.0), np.full((800, 16), 30.0)  # of log s
    for _ in range(50):
        s = np.exp((low + high) / 2)
        wide = polygamma(1, mu * s) + polygamma(1, (1 - mu) * s) > tau**2
        low, high = np.where(wide, np.log(s), low), np.where(wide, high, np.log(s))
    spread = np.exp(low)
    log = -0.5 * tau**2 + sum(
        betaln(y + mu * spread, n - y + (1 - mu) * spread) - betaln(mu * spread, (1 - mu) * spread)
        for y, n in zip(events, chances, strict=True)
    )
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    exact = [(weight * stats.betabinom.cdf(y, 96, mu * spread, (1 - mu) * spread)).sum() for y in (0, 2, 6, 10)]
    found = Counted(events, chances, True)._cdf(np.array([0, 2, 6, 10]), 96)
    assert np.abs(found - exact).max() < 2e-3


def test_log_odds_scatter_by_tau() -> None:
    """By their variance, from chances of 1e-24 to 1; and by a sample of the beta distribution itself."""
    theta = np.array([1e-12, 1e-6, 0.003, 0.1, 0.7, 1.2, 1.5])
    s, shape = _spread(theta), (7, len(_TAU))
    mu, rest = (np.broadcast_to((f(theta) ** 2)[:, None], shape) for f in (np.sin, np.cos))
    assert np.sqrt(polygamma(1, mu * s) + polygamma(1, rest * s)) == pytest.approx(
        np.broadcast_to(_TAU, shape), rel=1e-3
    )
    a, b = float(mu[3, 9] * s[3, 9]), float(rest[3, 9] * s[3, 9])
    p = np.random.default_rng(5).beta(a, b, 200_000)
    assert np.log(p / (1 - p)).std() == pytest.approx(_TAU[9], rel=0.02)


@pytest.mark.parametrize("runs", [2, 3, 5])
@pytest.mark.parametrize(("events", "most"), [(0, 4), (1, 9), (3, 20)])
def test_few_runs_with_few_events_do_not_say_anything_from_0_to_100(runs: int, events: int, most: int) -> None:
    """The same number in each of two to five runs of 1,000 leaves room for a few times as many, not for all."""
    found = interval(RARE, [events / 1000] * runs, [1000.0] * runs)
    assert found.low <= events / 1000 < found.high <= most / 1000
    large = interval(RARE, [events / 100_000] * runs, [100_000.0] * runs)
    assert large.high <= most / 100_000


@pytest.mark.parametrize("runs", [2, 3, 5])
def test_few_runs_of_a_rare_share_hold_the_next_one(runs: int) -> None:
    """200 launches whose odds differ by a factor e^0.5: 90 % of the next runs are held, or a few more, since counts are
    whole; and the interval is no wider than ten times the share."""
    rng = np.random.default_rng([17, runs])
    odds = 0.004 / 0.996 * np.exp(0.5 * rng.standard_normal((200, runs + 1)))
    counts = rng.binomial(500, odds / (1 + odds)) / 500
    ends = [Counted.of(row[:runs], np.full(runs, 500.0)).ends() for row in counts]
    held = np.mean([low <= row[-1] <= high for (low, high), row in zip(ends, counts, strict=True)])
    assert held > 0.9 - 3 * np.sqrt(0.09 / 200)
    assert np.mean([high - low for low, high in ends]) < 0.04


def test_a_share_of_what_does_happen_mirrors_that_of_what_does_not():
    wholes = np.array([40.0, 50.0, 45.0])
    few, many = np.array([0.05, 0.02, 0.0]), np.array([0.95, 0.98, 1.0])
    low, high = Counted.of(few, wholes).ends()
    assert Counted.of(many, wholes).ends() == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("chance", [0.002, 0.02, 0.5])
def test_a_further_runs_place_is_uniform(chance):
    """600 launches of 12 runs each and a further one, odds differing by a factor e^0.5: mean and share in the tails of the
    randomised places within 5 standard errors, and the rare ends not empty."""
    rng = np.random.default_rng([11, round(1000 * chance)])
    places = []
    for _ in range(600):
        wholes = rng.integers(200, 400, 13).astype(float)
        odds = chance / (1 - chance) * np.exp(0.5 * rng.standard_normal(13))
        values = rng.binomial(wholes.astype(int), odds / (1 + odds)) / wholes
        launch = predictive(RARE, list(values[:12]), list(wholes[:12]))
        places.append(launch.place(values[12], wholes[12], rng.random()))
    found = np.array(places)
    assert abs(found.mean() - 0.5) < 5 * np.sqrt(1 / 12 / 600)
    for tail in ((found < 0.05).mean(), (found > 0.95).mean()):
        assert abs(tail - 0.05) < 5 * np.sqrt(0.05 * 0.95 / 600)


def test_more_events_are_students_on_the_empirical_logit():
    values, wholes = [0.2, 0.25, 0.3, 0.22], [400.0, 500.0, 450.0, 480.0]
    launch = predictive(RARE, values, wholes)
    assert isinstance(launch, Scaled) and launch.scale is LOGIT
    v, n = np.array(values), np.array(wholes)
    x = np.log((v * n + 0.5) / ((1 - v) * n + 0.5))
    half = stats.t.ppf(0.95, 3) * x.std(ddof=1) * np.sqrt(1.25)
    ends = 1 / (1 + np.exp(-(x.mean() + half * np.array([-1, 1]))))
    mean = n.mean()
    assert launch.ends() == pytest.approx((ends * (mean + 1) - 0.5) / mean)


def test_what_is_always_positive_is_predicted_by_its_logarithm():
    found = interval(REGISTRY["average_basket"], [30.0, 50.0, 40.0], [1.0] * 3)
    x = np.log([30.0, 50.0, 40.0])
    half = stats.t.ppf(0.95, 2) * x.std(ddof=1) * np.sqrt(4 / 3)
    assert (found.low, found.high) == pytest.approx(tuple(np.exp(x.mean() + half * np.array([-1, 1]))))


@pytest.mark.parametrize("values", [[0.001] * 99 + [0.99], [0.0] * 19 + [1.0], [0.5, 0.5]])
def test_no_mean_lies_outside_its_interval(values):
    for name in ("churn", "read_rate", "complaint_rate"):
        found = interval(REGISTRY[name], values, [1000.0] * len(values))
        assert 0 <= found.low <= found.mean <= found.high <= 1


# --- one mean --------------------------------------------------------------------------------------------------------


def test_chance_is_drawn_around_the_one_mean():
    found = interval(LTV, [40.0, 60.0, 50.0], [1.0] * 3)
    alone = by_chance(LTV, found, [47.0, 48.0, 49.0])
    assert alone.mean == found.mean == 50.0
    assert alone.plus_minus == pytest.approx(stats.t.ppf(0.95, 2) * np.sqrt(4 / 3))
    assert (alone.low, alone.high) == pytest.approx((50 - alone.plus_minus, 50 + alone.plus_minus))


def test_every_mean_of_a_comparison_lies_in_both_intervals():
    result = compare([SMALL | {"members": 200, "days": 100, "replicates": 4}], jobs=1)
    for name in REGISTRY:
        for found in (result.interval("small", name), result.by_chance("small", name)):
            if found.low is not None:
                assert found.low <= found.mean <= found.high, name
        assert result.by_chance("small", name).mean == result.interval("small", name).mean


# --- times that some runs do not reach -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "k"),
    [(18, 0), (19, 1), (20, 1), (38, 1), (39, 2), (40, 2), (100, 5), (200, 10)],
)
def test_order_statistics_hold_90_percent(runs, k):
    ends = Ordered(np.arange(runs, dtype=float)).ends()
    assert ends == (None if k == 0 else (k - 1.0, runs - float(k)))
    if k:
        assert (runs + 1 - 2 * k) / (runs + 1) >= 0.9 - 1e-12 > (runs + 1 - 2 * (k + 1)) / (runs + 1)


def test_who_never_pays_back_counts_at_infinity():
    """124 days in 2 of 20 runs: the median lies beyond the run, and only the lower end is known."""
    found = interval(PAYBACK, [124.0, 150.0] + [INF] * 18, [None] * 20, 180.0)
    assert (found.mean, found.low, found.high) == (None, 124.0, None)
    assert found.censored and found.past == ("mean", "high")
    assert mean_of(found, "days") == "> 180" and ends_of(found, "days") == ("124", "> 180")
    told = as_json(found, can_be_censored=True)
    assert told["value"] is None and told["censored"] is True and told["beyond"] == 180.0
    assert (told["low_censored"], told["high_censored"]) == (False, True)


def test_the_median_is_censored_from_half_of_the_runs_on():
    assert interval(PAYBACK, [100.0] * 10 + [INF] * 10, [None] * 20, 180.0).censored
    found = interval(PAYBACK, [100.0] * 11 + [INF] * 9, [None] * 20, 180.0)
    assert found.mean == 100.0 and not found.censored and found.past == ("high",)
    assert interval(PAYBACK, [None] * 20, [None] * 20, 180.0).mean is None


def test_earlier_with_ties_as_half():
    mine, theirs = [100.0, 120.0, INF, INF], [110.0, INF, INF, 90.0]
    found = difference(PAYBACK, mine, theirs)
    assert found.probability_better == pytest.approx((1 + 1 + 0.5) / 4)
    assert found.interval.mean is None
    assert difference(PAYBACK, [INF] * 5, [INF] * 5).probability_better == 0.5
    always = difference(PAYBACK, [100.0] * 20, [110.0] * 20)
    assert always.probability_better == pytest.approx(20 / 21) and always.interval.mean == -10.0


@pytest.mark.parametrize(
    ("met", "answer", "chance"),
    [
        ([True, True, False], True, 2 / 3),
        ([True, False], False, 0.5),
        ([True, True, True, None], True, 0.75),
        ([True, None, None], None, None),
        ([False, False, None], False, None),
        ([], None, None),
    ],
)
def test_a_target_is_met_where_more_than_half_of_the_runs_meet_it(met, answer, chance):
    assert chance_of(met) == (answer, chance)


def test_the_last_passage_counts():
    at, up = np.array([0.0, 10.0, 20.0, 30.0]), np.array([0.0, 1.2, 0.8, 1.6])
    assert lasting_passage(at, up, 1.0) == pytest.approx(22.5)
    assert lasting_passage(at, up - 1.0, 1.0) == INF


def test_a_dear_joiner_is_not_paid_back_within_the_run():
    """At a CAC that no joiner earns the measure is censored in every run, the target missed, and both are told."""
    policy = SMALL["policy"] | {"acquisition": [{"channel": "advert", "per_day": 5, "cac": 500}]}
    dear = SMALL | {"name": "dear", "members": 100, "days": 100, "policy": policy, "replicates": 3}
    dear["targets"] = {"payback_days": "<= 90"}
    result = compare([dear], jobs=1, fixed_response=True)
    assert result.values("dear", "payback_days") == [INF] * 3
    found = result.interval("dear", "payback_days")
    assert found.censored and found.beyond == 100.0
    assert result.targets("dear") == {"payback_days": ("<= 90", None, False)}
    assert result.target_chance("dear", "payback_days") == 0.0
    beyond = load(dear | {"targets": {"payback_days": "<= 400"}})
    open_one = compare([beyond], jobs=1, fixed_response=True)
    assert open_one.targets("dear")["payback_days"][2] is None  # what comes after the run is not known
    row = result.frame().set_index("measure").loc["payback_days"]
    assert math.isnan(row["mean"]) and row["beyond"] == 100.0


@pytest.mark.parametrize(
    ("mean", "kind", "target", "written"),
    [
        (0.2996, "share", ">= 30%", "29.96 %"),  # 30 % would be missed by reaching it
        (0.2996, "share", "< 30%", "29.96 %"),
        (0.29, "share", ">= 30%", "29 %"),
        (0.3, "share", ">= 30%", "30 %"),
        (3.0004, "ratio", "> 3", "3.0004"),
        (1_499.7, "money", "<= 1500", "1,500"),
        (1_500.2, "money", "<= 1500", "1,500.2"),
    ],
)
def test_a_mean_beside_its_target_is_on_its_own_side_of_it(mean: float, kind: Any, target: str, written: str) -> None:
    alone = interval(REGISTRY["ltv_member"], [mean], [1.0], None)
    assert beside_target(alone, kind, Target.parse(target)) == written


def test_a_share_that_rounds_to_nothing_is_nothing() -> None:
    assert number(1e-8, "share") == number(0.0, "share") == "0 %"
    assert number(-1e-8, "share", "zh") == "0%" and number(2e-6, "share") == "0.0002 %"
