"""A run taken apart: parts add up to the whole, to the cent; engines and threads agree; so do the pools of some lives."""

import numpy as np
import pytest

from sim.breakdowns import Breakdowns
from sim.breakdowns.broken_down import month_of
from sim.catalogue import FOUNDER, LIFECYCLE, MONTH, NEVER
from sim.pool import PoolModel
from sim.results.metrics import Account, measures
from sim.results.plots import communities
from sim.results.simulation import Simulation
from tests.sim.asked import TOGETHER
from tests.sim.asked import busy as lively_pool
from tests.sim.test_equality import COSTS, EVERYTHING, SEASON

SUMMED = ("delivered", "reads", "clicks", "visits", "orders", "sales", "departed", "contribution")
IN_THE_EVENING = ("pool", "active_7", "active_30")
ARRAYS = ("weekly_by_segment", "weekly_by_cohort", "flows", "groups", "further")
ENDS = ("channel_ends", "tier_ends")


@pytest.fixture(scope="module")
def busy(make):
    return make(changes={"season": SEASON}, members=300, days=130, policy=EVERYTHING, costs=COSTS)


@pytest.fixture(scope="module")
def kept(busy, live):
    return live(busy, seed=3, threads=1)


@pytest.fixture(scope="module")
def apart(kept) -> Breakdowns:
    assert kept.run.breakdowns is not None
    return kept.run.breakdowns


# --- they add up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", ["week", "month"])
@pytest.mark.parametrize("by", ["segment", "cohort"])
def test_parts_add_up_to_the_daily_series(kept, apart, by, every) -> None:
    table, daily = getattr(apart, f"by_{by}")(every), kept.run.daily
    sums = table.groupby(every).sum(numeric_only=True)
    periods = apart.periods(every)
    assert len(sums) == len(periods) > 3
    for name in (*SUMMED, *(["joined"] if by == "cohort" else [])):
        for period, total in zip(periods, sums[name], strict=True):
            days = daily[name].iloc[period.first_day : period.last_day + 1].sum()
            assert total == pytest.approx(days, abs=0.005), (name, period)  # half a cent
    for name in IN_THE_EVENING:
        assert list(sums[name]) == [daily[name].iloc[period.last_day] for period in periods], name


def test_every_quantity_is_in_several_parts(apart) -> None:
    """Sums over one part would prove little."""
    for table, part in ((apart.by_segment(), "segment"), (apart.by_cohort(), "cohort")):
        for name in (*SUMMED, *IN_THE_EVENING):
            assert (table.groupby(part)[name].sum() != 0).sum() > 2, (part, name)
    assert list(apart.by_segment()["segment"].unique()) == ["others", *EVERYTHING["segments"]]


def test_cohorts_are_those_of_the_records(kept, apart) -> None:
    members, table = kept.members, apart.by_cohort()
    cohort = np.where(members["group"] == FOUNDER, 0, 1 + members["joined"] // MONTH)
    for number, name in enumerate(table["cohort"].unique()):
        own = table[table["cohort"] == name]
        mine = members[cohort == number]
        for column in ("orders", "clicks", "visits"):
            assert own[column].sum() == mine[column].sum(), (name, column)
        assert own["departed"].sum() == (mine["left"] != NEVER).sum()
        assert own["sales"].sum() == pytest.approx(mine["spend"].sum() / 100, abs=0.005)
        assert own["pool"].iloc[-1] == (mine["left"] == NEVER).sum()


def test_a_segment_that_gets_nothing_has_nothing_delivered(make) -> None:
    changes = {"silent": {"push": {"per_week": 0}}, "busy": {"push": {"per_week": 7}}}
    quiet = make(members=400, days=150, policy={"push": {"per_week": 1}, "segments": changes})
    table = PoolModel(quiet, threads=1).run().breakdowns.by_segment("month").groupby("segment").sum(numeric_only=True)
    assert table.loc["silent", "pool"] > 0 and table.loc["silent", ["delivered", "reads"]].tolist() == [0, 0]
    a_month = table["delivered"] / table["pool"]
    assert a_month["busy"] > 4 * a_month["others"] > 0


def test_without_segments_everybody_is_in_one(make) -> None:
    run = PoolModel(make(members=40, days=10, policy={"push": {"per_week": 3}}), threads=1).run()
    table = run.breakdowns.by_segment()
    assert list(table["segment"]) == ["everybody"] * 2 and table["delivered"].sum() == run.totals["delivered"]


# --- months ----------------------------------------------------------------------------------------------------------


def test_months_are_of_the_weeks_that_end_in_them(apart) -> None:
    months = apart.periods("month")
    assert [(month.first_day, month.last_day) for month in months] == [
        (0, 27),
        (28, 55),
        (56, 83),
        (84, 118),
        (119, 129),
    ]
    assert [month_of(month.last_day) for month in months] == [month.number for month in months]


def test_flows_lead_from_stage_to_stage(kept, apart) -> None:
    table, daily = apart.stage_flows(), kept.run.daily
    assert table["members"].groupby(table["month"]).sum().iloc[-1] == len(kept.members)
    for stage in LIFECYCLE:
        for period in apart.periods("month"):
            here = table[(table["month"] == period.number + 1) & (table["after"] == stage)]["members"].sum()
            assert here == daily[stage].iloc[period.last_day], (stage, period)
            gone = table[(table["month"] == period.number + 2) & (table["before"] == stage)]["members"].sum()
            assert gone in (here, 0) and (gone == here or period.last_day == 129), (stage, period)
    assert set(table[table["before"] == "left"]["after"]) == {"left"}


# --- the end ---------------------------------------------------------------------------------------------------------


def test_channels_and_tiers_add_up_to_the_measures(kept, apart) -> None:
    known = measures(Account(kept.run, kept.run))
    channels, tiers = apart.by_channel(), apart.by_tier()
    assert list(channels["channel"]) == ["founders", "advert", "package_card", "referral"]
    assert list(tiers["tier"]) == ["base", "tier1", "tier2"]
    for table in (channels, tiers):
        assert table["members"].sum() == known["members"]
        assert table["orders"].sum() == known["orders"]
        value = (table["value"] * table["members"]).sum()
        realised = kept.run.closing["value"].sum() + kept.run.closing["rest"].sum()
        assert value == pytest.approx(realised, rel=1e-9)
    ends = apart.channel_ends
    for measure, part, whole in (
        ("d7_retention", "d7_kept", "d7_base"),
        ("d30_retention", "d30_kept", "d30_base"),
        ("repurchase_rate", "second_in_time", "second_base"),
    ):
        assert ends[part].sum() / ends[whole].sum() == pytest.approx(known[measure])
    for steps in (channels, tiers):
        along = steps[["members", "interacted", "customers", "repeat", "loyal"]].to_numpy()
        assert (np.diff(along, axis=1) <= 0).all() and (along > 0).any(axis=0).all()
    assert tiers["value"].is_monotonic_increasing and tiers["orders_per_year"].is_monotonic_increasing


def test_communities_add_up_to_the_measures(kept, apart) -> None:
    known, groups = measures(Account(kept.run, kept.run)), apart.by_community()
    assert groups["talkers"].sum() / groups["members"].sum() == pytest.approx(known["talkers_7_days"])
    assert groups["members"].sum() == kept.run.closing["grouped"]
    assert groups["mood"].mean() == pytest.approx(known["mood"])
    by_month = apart.by_community("month")
    assert sorted(set(by_month["month"])) == [1, 2, 3, 4, 5]
    assert by_month[by_month["month"] == 5]["mood"].tolist() == groups["mood"].tolist()


def test_a_group_that_is_filling_counts_as_in_the_measures(make) -> None:
    """Where lives stand for a pool; 1,000 places are three groups and 232 of the 256 places of another."""
    groups_only = {"push": {"per_week": 3}, "community": TOGETHER["community"]}
    pool = make("lively", members=4000, days=30, policy=groups_only, lives=1000)
    run = PoolModel(pool, threads=1).run()
    groups, known = run.breakdowns.by_community(), measures(Account(run, run))
    assert groups["part"].tolist() == [1.0, 1.0, 1.0, 232 / 256]
    assert np.average(groups["mood"], weights=groups["part"]) == pytest.approx(known["mood"])
    moods = np.sort(groups["mood"].to_numpy())
    assert known["mood_spread"] == pytest.approx(np.sqrt(np.cov(groups["mood"], aweights=groups["part"], ddof=0)))
    assert known["quiet_groups"] == pytest.approx(groups.loc[groups["mood"] < 0.1, "part"].sum() / groups["part"].sum())
    assert moods[0] != moods[-1]


def test_a_group_without_a_mood_is_not_quiet(make) -> None:
    """Communities that begin with the last review have not been looked back at."""
    begun = {"phases": [{"from_day": 28, "policy": {"community": TOGETHER["community"]}}]}
    for days, counted in ((35, None), (36, 1.0)):
        run = PoolModel(make(members=300, days=days, policy={"push": {"per_week": 1}}, **begun), threads=1).run()
        groups, known = run.breakdowns.by_community(), measures(Account(run, run))
        assert len(groups) == 2 and groups["mood"].isna().all() == (counted is None)
        assert known["quiet_groups"] == counted and (known["mood"] is None) == (counted is None)
        figure = communities(Simulation(run, known))
        axes = figure.axes[0]
        sums = [sum(bar.get_height() for bar in bars) for bars in axes.containers]
        heights = dict(zip(axes.get_legend_handles_labels()[1], sums, strict=True))
        too_new, quiet = "groups too new to have a mood", "groups gone quiet"
        assert heights[quiet] == (0 if counted is None else 2) and heights.get(too_new) == (
            2 if counted is None else None
        )


def test_tables_of_what_is_not_there_are_left_out(make) -> None:
    run = PoolModel(make(members=20, days=20, policy={}), threads=1).run()
    assert set(run.breakdowns.tables()) == {"by_segment", "by_cohort", "by_channel", "stage_flows"}
    assert run.breakdowns.by_community().empty and run.breakdowns.by_tier().empty


# --- equal to the bit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "threads"), [("agents", 1), ("compiled", 2)])
def test_engines_and_threads_agree_to_the_bit(busy, apart, engine, threads) -> None:
    other = PoolModel(busy, seed=3, engine=engine, threads=threads).run().breakdowns
    for name in ARRAYS:
        assert np.array_equal(getattr(other, name), getattr(apart, name)), name
    for name in ENDS:
        assert getattr(other, name).tobytes() == getattr(apart, name).tobytes(), name


def test_of_some_lives_they_are_the_whole_pools(make) -> None:
    run = PoolModel(lively_pool(make, **TOGETHER).with_changes({"lives": 1500}), threads=1).run()
    apart, totals = run.breakdowns, run.totals
    for table in (apart.by_segment(), apart.by_cohort()):
        for name in SUMMED:
            whole = totals[name].sum() if name == "contribution" else totals[name]
            assert table[name].sum() == pytest.approx(whole, rel=1e-9), name
    assert apart.by_channel()["members"].sum() == pytest.approx(run.closing["members"])
    assert apart.stage_flows()["members"].groupby(apart.stage_flows()["month"]).sum().iloc[-1] == pytest.approx(
        run.closing["members"]
    )


def test_the_mean_of_runs(busy, apart) -> None:
    other = PoolModel(busy, seed=4, threads=1).run().breakdowns
    mean = Breakdowns.mean_of(apart.names, apart.days, [apart.arrays(), other.arrays()])
    both = (apart.by_cohort()["orders"] + other.by_cohort()["orders"]) / 2
    assert mean.by_cohort()["orders"].tolist() == pytest.approx(both.tolist())
    assert mean.by_channel()["members"].tolist() == pytest.approx(
        ((apart.by_channel()["members"] + other.by_channel()["members"]) / 2).tolist()
    )
    assert len(mean.by_community()) == len(apart.by_community()) + len(other.by_community()) and mean.runs == 2


# --- sleeping dogs ---------------------------------------------------------------------------------------------------


def test_who_is_written_to_in_her_silence_goes(make) -> None:
    """Sleeping dogs are woken by messages alone, and the more the readier they go."""

    def woken(per_week: float, sleeping_dog: float) -> float:
        response = {"sleeping_dog": sleeping_dog, "leave_base": 0.001}
        pool = make(members=1500, days=160, policy={"push": {"per_week": per_week}}, response=response)
        run = PoolModel(pool, threads=1).run()
        assert run.totals["dogs_woken"] <= run.totals["opted_out"]
        return measures(Account(run, run))["sleeping_dogs"]

    assert woken(0, 0.02) == 0
    assert woken(2, 0.05) > 2 * woken(2, 0.0) > 0
