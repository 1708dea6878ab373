"""A pool asked with lives: its sums by cluster, the chance that they tell, intervals of one pool, and that sizes agree."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2
from scipy.stats import t as student

from sim import compare, simulate
from sim.clusters import MOST
from sim.pool import PoolModel
from sim.results.metrics import REGISTRY, Account
from sim.results.metrics.by_cluster import moved_by_clusters
from sim.results.quick_look import looked_at
from sim.results.replication.replicates import run_replicates
from sim.results.statistics.chances import SharedLives, ranking, stated
from sim.results.statistics.intervals import interval
from sim.results.statistics.one_pool import Lives, one_more
from sim.results.statistics.spread import Interval
from tests.sim.asked import COUPON, TOGETHER, busy

# --- sums by cluster -------------------------------------------------------------------------------------------------


def added_up(sums: np.ndarray) -> np.ndarray:
    return sums.view("f8").reshape(len(sums), -1).sum(axis=0)


@pytest.mark.parametrize("together", [{}, TOGETHER])
def test_clusters_add_up_to_the_run(make, together) -> None:
    policy = {"coupons": [{**COUPON, "budget": 900}]} | together
    run = PoolModel(busy(make, **policy).with_changes({"lives": 3000, "response.refer": 0.004})).run()
    sums = run.clusters
    assert sums is not None and len(sums.closing) >= 13  # 3,000 founders and 252 joiners by 256
    for name in run.totals.dtype.names:
        if name not in ("joined", "benefits_expired"):  # both of them counted for the pool as a whole
            np.testing.assert_allclose(sums.totals[name].sum(axis=0), run.totals[name], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(added_up(sums.closing), np.array([run.closing]).view("f8"), rtol=1e-9)
    np.testing.assert_allclose(sums.tools.sum(axis=0), run.tools, rtol=1e-9)
    assert sums.followed["benefits_issued"].sum() == pytest.approx(run.daily["benefits_issued"].iloc[:-6].sum())
    assert run.followed["benefits_issued"] == pytest.approx(run.daily["benefits_issued"].iloc[:-6].sum())
    assert sums.settled[:, :2].sum(axis=0).tolist() == [3000, 252]


def test_friends_count_where_their_tree_has_its_root(make) -> None:
    """All that friends are worth lies in the clusters of who brought them: hers begin with founders only."""
    policy = {"acquisition": [], "referral": {"reward": 2, "market": 3_000_000}}
    run = PoolModel(busy(make, **policy).with_changes({"lives": 2560, "response.refer": 0.004})).run()
    sums = run.clusters
    assert sums is not None and len(sums.closing) > 10 and run.totals["friends_joined"] > 150
    assert (sums.closing["joiners"][:10] > 0).all()
    assert not sums.closing["members"][10:].any() and not sums.totals["orders"][10:].any()
    assert sums.totals["friends_joined"][:10].sum() == pytest.approx(run.totals["friends_joined"])
    assert sums.totals["rewards"].sum() == pytest.approx(2 * run.totals["friends_joined"])
    moved, freedom = moved_by_clusters(Account(run, run))
    assert freedom == 9 and not moved["orders"][10:].any() and np.isfinite(moved["orders"]).all()
    assert (moved["members"][:10] != 0).all()  # how many friends come is chance


def test_many_tiles_share_clusters(make) -> None:
    run = PoolModel(make(members=200_000, days=7).with_changes({"lives": 70_000})).run()
    assert run.clusters is not None and len(run.clusters.closing) == MOST
    np.testing.assert_allclose(added_up(run.clusters.closing), np.array([run.closing]).view("f8"), rtol=1e-9)
    assert run.clusters.closing["members"].max() < 2.1 * run.clusters.closing["members"].mean()


def test_nothing_is_kept_of_a_pool_simulated_whole(make) -> None:
    run = PoolModel(make(members=600, days=7)).run()
    assert run.clusters is None
    assert moved_by_clusters(Account(run, run)) == ({}, 0.0)


# --- measures and their chance ---------------------------------------------------------------------------------------


def test_measures_are_the_pools(make) -> None:
    """Totals grow with the pool, what is told a member or as a share does not."""
    pool = busy(make).with_changes({"members": 12_000, "policy.acquisition.0.per_day": 16.8})
    done = simulate(pool.with_changes({"lives": 6000})).measures
    alone = simulate(looked_at(pool, 6000)[0]).measures
    for name in ("orders", "sales", "contribution", "profit", "spend", "members", "joiners"):
        assert done[name] == pytest.approx(2 * alone[name], rel=0.02), name
    for name in ("ltv_member", "active_7_days", "cac", "read_rate", "contribution_per_member", "messages_per_month"):
        assert done[name] == pytest.approx(alone[name], rel=0.05), name


def test_wholes_are_those_of_the_lives(make) -> None:
    some = busy(make).with_changes({"lives": 1500, "replicates": 1})
    rows, _ = run_replicates([some], ["simulation"], 1, None)
    one = rows["simulation"][0][0]
    assert one.wholes["churn"] <= 1500 * 1.1
    assert one.measures["members"] > 6000


@pytest.fixture(scope="module")
def replicates(make) -> list[Any]:
    some = busy(make, coupons=[COUPON]).with_changes({"members": 40_000, "lives": 4000, "replicates": 24})
    some = some.with_changes({"policy.acquisition.0.per_day": 160})
    rows, _ = run_replicates([some], ["simulation"], 1, None, benefits=False)
    return [row[0] for row in rows["simulation"]]


def test_the_jackknife_tells_the_spread_of_replicates(replicates) -> None:
    """In which only draws of lives differ: their variance over the jackknife's is chi-square's, measure by measure."""
    n, ratios = len(replicates), {}
    for name, known in REGISTRY.items():
        values = [one.measures[name] for one in replicates]
        if known.followed or any(v is None for v in values) or any(name not in one.moved for one in replicates):
            continue
        chance = float(np.mean([(one.moved[name] ** 2).sum() for one in replicates]))
        spread = float(np.var(values, ddof=1))
        if chance > 1e-12 * np.mean(values) ** 2:
            ratios[name] = spread / chance
    assert len(ratios) > 30
    assert {"orders", "profit", "ltv_member", "active_7_days", "read_rate", "ltv", "d7_retention"} <= set(ratios)
    low, high = (chi2.ppf(p, n - 1) / (n - 1) for p in (0.0005, 0.9995))
    assert {name: ratio for name, ratio in ratios.items() if not low < ratio < high} == {}
    assert 0.8 < np.median(list(ratios.values())) < 1.25


def test_what_the_plan_settles_is_no_chance(replicates) -> None:
    for name in ("members", "joiners", "cac"):
        assert all((np.abs(one.moved[name]) < 1e-6).all() for one in replicates), name


def test_leaving_out_every_cluster_but_one_by_hand(make) -> None:
    """What a cluster moves is what its absence changes: a mean, by the textbook's formula."""
    some = make(members=30_000, days=60).with_changes({"lives": 2560})
    run = PoolModel(some).run()
    moved, freedom = moved_by_clusters(Account(run, run))
    assert run.clusters is not None and freedom == 9
    orders = run.clusters.totals[
        "orders"
    ]  # equal clusters: a total's jackknife variance is n / (n - 1) sum (x - mean)^2
    assert (moved["orders"] ** 2).sum() == pytest.approx(10 / 9 * ((orders - orders.mean()) ** 2).sum())
    days = run.clusters.closing["member_days"] / 365
    left_out = (orders.sum() - orders) / (days.sum() - days)
    apart = left_out - left_out.mean()
    assert (moved["orders_per_year"] ** 2).sum() == pytest.approx(10 / 9 * (apart**2).sum(), rel=1e-6)


# --- one pool --------------------------------------------------------------------------------------------------------


def test_whole_pools_have_todays_interval() -> None:
    values = [1.0, 1.4, 0.7, 1.1, 1.6]
    sd, n = float(np.std(values, ddof=1)), len(values)
    assert one_more(sd, n) == (sd * np.sqrt(1 + 1 / n), n - 1.0)
    own = Interval.of(values)
    half = float(student.ppf(0.95, n - 1)) * sd * np.sqrt(1 + 1 / n)
    assert (own.high - own.low) / 2 == pytest.approx(half, rel=1e-12)
    assert own.plus_minus == pytest.approx(half, rel=1e-12)


def test_the_formula() -> None:
    """V = max(0, s^2 - c^2) + f c^2 and V + s^2 / R, with Satterthwaite's degrees of freedom, by hand."""
    s, n, lives = 2.0, 10, Lives(share=0.1, chance=1.0, freedom=90.0)
    scale, freedom = one_more(s, n, lives)
    assert scale**2 == pytest.approx((4 - 1) + 0.1 + 4 / 10)
    assert freedom == pytest.approx(3.5**2 / ((4 * 1.1) ** 2 / 9 + 0.9**2 / 90))
    scale, freedom = one_more(0.9, n, lives)  # less between replicates than by chance: nothing else is the pool's
    assert scale**2 == pytest.approx(0.1 + 0.81 / 10)
    assert freedom == pytest.approx(0.181**2 / (0.1**2 / 90 + 0.081**2 / 9))


@pytest.mark.parametrize("between", [0.0, 0.5, 10.0])
@pytest.mark.parametrize("share", [0.01, 0.3])
def test_one_pool_lies_within_with_about_90_per_cent(share, between) -> None:
    random, trials, n, freedom = np.random.default_rng(7), 1500, 20, 20 * 30
    inside = narrower = 0
    for _ in range(trials):
        values = random.normal(0, np.sqrt(between), n) + random.normal(0, 1, n)
        chance = random.chisquare(freedom) / freedom
        pool = random.normal(0, np.sqrt(between)) + random.normal(0, np.sqrt(share))
        own = Interval.of(values.tolist(), lives=Lives(share, chance, freedom))
        inside += own.low <= pool <= own.high
        narrower += own.high - own.low < 0.7 * (2 * student.ppf(0.95, n - 1) * values.std(ddof=1))
    assert 0.86 < inside / trials < 0.96
    assert between > 0 or share > 0.1 or narrower > 0.5 * trials  # where chance is all, a large pool is nearly certain


def test_never_less_sure_than_of_a_pool_of_the_lives() -> None:
    for s in (0.5, 0.99, 1.0, 1.01, 1.2, 3.0):
        scale, freedom = one_more(s, 20, Lives(0.05, 1.0, 600.0))
        alone = student.ppf(0.95, 19) * s * np.sqrt(1.05)
        assert student.ppf(0.95, freedom) * scale <= alone * (1 + 1e-12)


def test_every_kind_of_measure_has_an_interval_of_one_pool() -> None:
    """On the logarithm's and the logit's scale, of few events, and of times (these as of a pool of the lives)."""
    random = np.random.default_rng(3)
    sales = (1e6 * np.exp(random.normal(0, 0.05, 20))).tolist()
    lives = Lives(0.01, float(np.var(sales)), 600.0)
    for measure, values, whole, chance in (
        ("sales", sales, 1.0, lives),
        ("churn", (0.3 + random.normal(0, 0.01, 20)).tolist(), 2000.0, Lives(0.01, 0.012**2, 600.0)),
    ):
        wide, narrow = (interval(REGISTRY[measure], values, [whole] * 20, lives=k) for k in (None, chance))
        assert narrow.high - narrow.low < 0.6 * (wide.high - wide.low), measure
        assert narrow.low < narrow.mean < narrow.high
        assert narrow.mean == wide.mean
    few = (random.binomial(2000, 0.002, 20) / 2000).tolist()
    whole, tenth, hundredth = (
        interval(REGISTRY["churn"], few, [2000.0] * 20, lives=k)
        for k in (None, Lives(0.1, 0.0, 1.0), Lives(0.01, 0.0, 1.0))
    )
    assert hundredth.high - hundredth.low <= tenth.high - tenth.low < 0.8 * (whole.high - whole.low)
    days = [50.0, 61.0, float("inf")] * 7
    assert interval(REGISTRY["payback_days"], days, [1.0] * 21, 90.0) == interval(
        REGISTRY["payback_days"], days, [1.0] * 21, 90.0, lives
    )


def test_the_ranking_is_of_whole_pools() -> None:
    """Two as their difference's own line says; of more the chances sharpen as chance is taken off; nothing else does."""
    random = np.random.default_rng(11)
    common, own = random.normal(0, 1, 30), random.normal(0, 1, (3, 30))
    rows = [(common + own[k] + 0.6 * k).tolist() for k in range(3)]
    lives = SharedLives(0.02, np.eye(3), 900.0)
    alone, pooled = ranking(rows, 1), ranking(rows, 1, lives)
    assert pooled.means == alone.means
    assert pooled.chances[2] > alone.chances[2] + 0.08
    assert sum(pooled.chances) == pytest.approx(1.0, abs=0.05)
    two = ranking(rows[:2], 1, SharedLives(0.02, np.eye(2), 900.0))
    apart = [a - b for a, b in zip(*rows[:2], strict=True)]
    above = Interval.of(apart, lives=Lives(0.02, 2.0, 900.0)).probability_above_zero()
    assert two.chances[0] == pytest.approx(stated(above, 30))
    nothing = ranking(rows, 1, SharedLives(0.02, np.zeros((3, 3)), 900.0))
    assert nothing.chances == pytest.approx(alone.chances, abs=0.03)


# --- sizes agree -----------------------------------------------------------------------------------------------------

COMPARED = (
    "ltv_member", "active_7_days", "profit_per_member", "orders", "sales", "average_basket", "repurchase_rate", "read_rate",
    "coupon_redemption", "messages_per_month",
)  # fmt: skip


def sampled(scenario: Any, replicates: int, seed: int) -> np.ndarray:
    """float64[replicates, measures]."""
    chosen = scenario.with_changes({"replicates": replicates, "seed": seed})
    rows, _ = run_replicates([chosen], ["simulation"], 1, None, benefits=False)
    return np.array([[row[0].measures[name] for name in COMPARED] for row in rows["simulation"]])


def apart(one: np.ndarray, other: np.ndarray, lives: tuple[int, int]) -> float:
    """Hotelling's T^2 of two samples of means as an F statistic's p-value; covariances go with 1 / lives."""
    from scipy.stats import f

    deviations = [np.sqrt(n) * (x - x.mean(axis=0)) for x, n in zip((one, other), lives, strict=True)]
    freedom = sum(len(x) - 1 for x in deviations)
    pooled = sum(x.T @ x for x in deviations) / freedom
    gap = one.mean(axis=0) - other.mean(axis=0)
    weight = sum(1 / (n * len(x)) for x, n in zip((one, other), lives, strict=True))
    size = np.sqrt(np.diag(pooled))
    squared = float((gap / size) @ np.linalg.solve(pooled / np.outer(size, size), gap / size)) / weight
    k = len(gap)
    return float(f.sf(squared * (freedom - k + 1) / (k * freedom), k, freedom - k + 1))


def test_one_pool_asked_with_different_lives(make) -> None:
    """2,000, 5,000 and 20,000 lives for one pool, a budget binding, communities and referral on: all measures together
    within their errors."""
    pool = busy(make, coupons=[{**COUPON, "budget": 60_000}], **TOGETHER).with_changes(
        {"members": 400_000, "days": 35, "policy.acquisition.0.per_day": 1000, "response.refer": 0.003}
    )
    sizes = {2000: 20, 5000: 10, 20_000: 5}
    seen = {n: sampled(pool.with_changes({"lives": n}), replicates, n) for n, replicates in sizes.items()}
    spent = simulate(pool.with_changes({"lives": 5000})).run.totals["discounts"]
    assert 0.8 * 60_000 < spent <= 60_000 * 1.02  # the budget binds
    for one, other in ((2000, 5000), (2000, 20_000), (5000, 20_000)):
        assert apart(seen[one], seen[other], (one, other)) > 0.01 / 3, (one, other)


def test_lives_against_the_whole_pool(make) -> None:
    """The mean of lives' runs is that of full ones, and their intervals are as wide as full pools scatter."""
    pool = busy(make, coupons=[COUPON]).with_changes(
        {"members": 10_240, "days": 35, "policy.acquisition.0.per_day": 40}
    )
    asked = pool.with_changes({"lives": 2048})
    some, full = sampled(asked, 16, 5), sampled(pool, 10, 6)
    assert apart(some, full, (2048, 10_240)) > 0.01
    result = compare([asked.with_changes({"seed": 5})], replicates=16, fixed_response=True, jobs=1)
    inside = sum(
        int((result.interval("test", name).low <= value) & (value <= result.interval("test", name).high))
        for k, name in enumerate(COMPARED)
        for value in full[:, k]
    )
    assert inside / full.size > 0.75
    widths = [result.interval("test", name) for name in COMPARED]
    alone = some.std(axis=0, ddof=1) * 2 * student.ppf(0.95, 15) * np.sqrt(17 / 16)
    assert np.mean([(i.high - i.low) / width for i, width in zip(widths, alone, strict=True)]) < 0.8


def test_a_paired_difference_of_whole_pools(make) -> None:
    asked = busy(make).with_changes({"members": 60_000, "lives": 2100})
    more = asked.with_changes({"name": "more", "policy.push.per_week": 7})
    result = compare([asked, more], replicates=4, fixed_response=True, jobs=1)
    lives = result.lives_of("more", "orders", "test")
    assert lives is not None and lives.share == 0.035
    alone = [result.lives_of(name, "orders").chance for name in ("test", "more")]
    assert lives.chance < 0.2 * sum(alone)  # common draws: most of the chance is the same
    difference = result.difference("more", "orders").interval
    assert difference.lives == lives
    other_size = compare([asked, more.with_changes({"lives": 1000})], replicates=2, fixed_response=True, jobs=1)
    assert other_size.lives_of("more", "orders", "test") is None
