"""Runs with phases taken apart: segments, channels and communities that begin, change and end stay what they are."""

from typing import Any

import numpy as np
import pytest

from sim.catalogue import MAX_SEGMENTS, NEVER, PERSONAS
from sim.policies.acquisition import opened
from sim.policies.in_force import InForce
from sim.policies.rows import moved_rows, segment_names, segments_of_rows
from sim.pool import PoolModel
from sim.results.metrics import Account, measures
from sim.results.simulation import simulate
from sim.results.views import steps_to_loyal
from sim.scenario import Scenario

from .conftest import Kept, lived, made
from .test_equality import equal
from .test_phases import OTHER, phase, phased

BY_TAG: dict[str, Any] = {  # who is of which segment does not change in a life
    "push": {"per_week": 5},
    "acquisition": [{"channel": "card", "per_day": 1.5, "buyers": 0.7}],
    "tag_accuracy": 1.0,
    "segments": {"price_sensitive": {"push": {"hour": 9}}, "busy": {"content": {"emotion": 1.0}}},
}
LATER = ({"busy": {"push": {"per_week": 2}}, "sociable": {"push": {"hour": 12}}}, {}, BY_TAG["segments"])
DAYS_OF_CHANGE = (21, 42, 63)
LEAVING = {"leave_base": 0.01}


# --- segments --------------------------------------------------------------------------------------------------------


def changing(**more: Any) -> Scenario:
    """Segments by persona, which change on days 21, 42 (none) and 63 (the first ones again)."""
    phases = [phase(day, segments=own) for day, own in zip(DAYS_OF_CHANGE, LATER, strict=True)]
    return made(members=600, days=91, policy=BY_TAG, phases=phases, response=LEAVING, **more)


def orders_by_hand(kept: Kept) -> dict[tuple[int, str], int]:
    """Orders by week and segment: of who has left by that of the week in which she left."""
    members = {int(member["key"]): member for member in kept.members}
    counted: dict[tuple[int, str], int] = {}
    for order in kept.orders:
        member, week = members[int(order["key"])], int(order["time"]) // 7
        sorted_last = week if member["left"] == NEVER else min(week, int(member["left"]) // 7)
        in_force = [BY_TAG["segments"], *LATER][sum(7 * sorted_last >= day for day in DAYS_OF_CHANGE)]
        persona = PERSONAS[member["tag"]]
        at = week, persona if persona in in_force else "others"
        counted[at] = counted.get(at, 0) + 1
    return counted


def test_who_has_left_stays_of_her_last_segment() -> None:
    kept = lived(changing(), seed=3)
    assert kept.run.breakdowns is not None
    table = kept.run.breakdowns.by_segment()
    told = {(row.week - 1, row.segment): int(row.orders) for row in table.itertuples() if row.orders}
    assert told == orders_by_hand(kept)
    gone = kept.members[(kept.members["left"] != NEVER) & (kept.members["left"] < DAYS_OF_CHANGE[0])]
    later = kept.orders[np.isin(kept.orders["key"], gone["key"]) & (kept.orders["time"] >= DAYS_OF_CHANGE[0])]
    assert len(later) > 100, "of whom rows of the plan before would tell of others"
    assert table["sales"].sum() == pytest.approx(kept.run.totals["sales"])
    assert table["contribution"].sum() == pytest.approx(kept.run.totals["contribution"].sum())


def test_engines_agree_on_segments_that_change() -> None:
    compiled, agents = lived(changing(), seed=3), lived(changing(), seed=3, engine="agents")
    equal(agents, compiled)
    assert compiled.run.breakdowns is not None and agents.run.breakdowns is not None
    assert (agents.run.breakdowns.weekly_by_segment == compiled.run.breakdowns.weekly_by_segment).all()


def test_rows_go_over_to_the_same_segment() -> None:
    """Also one that the new plan has not, in a row that it leaves over; arms are of their segment."""
    halves = [{"name": name, "push": {"per_week": 1}} for name in ("one", "two", "three")]
    policies = InForce(changing()).policies
    names = segment_names(policies)
    assert names == ("others", "price_sensitive", "busy", "sociable")
    rows = [segments_of_rows(policy, names) for policy in policies]
    assert [own[:4].tolist() for own in rows] == [[0, 1, 2, 3], [0, 2, 3, 1], [0, 1, 2, 3], [0, 1, 2, 3]]
    assert moved_rows(rows[0], rows[1])[:4].tolist() == [0, 3, 1, 2] and len(moved_rows(rows[0], rows[2])) == 0
    crowded = changing().with_changes({"policy.experiments": halves})
    full = [segments_of_rows(policy, names) for policy in InForce(crowded).policies]
    assert full[0].tolist() == [0, 1, 2] * 8, "no row is left over"
    assert moved_rows(full[1], full[0])[:3].tolist() == [0, 2, 0] and len(full[1]) == MAX_SEGMENTS
    assert full[2].tolist() == [0] * 8 + [1, 2, 3] + [0] * 13 and moved_rows(full[0], full[2])[22:].tolist() == [8, 9]


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_channel_whose_terms_change_is_one_row() -> None:
    """CAC is what was paid for all who came by it over how many they are; shares are of all of them."""
    other = OTHER["referral"] | {"reward": 4}
    scenario = phased(phase(28, **OTHER), phase(56, referral=other), days=120)
    done = simulate(scenario, seed=3, keep_members=True)
    money, apart = done.by_channel().set_index("channel"), done.run.breakdowns
    assert apart is not None
    table = apart.by_channel().set_index("channel")
    assert list(money.index) == ["card", "ad", "referral"] and list(table.index) == ["founders", *money.index]
    paid = 3 * 28 * 1.5 + 5 * (120 - 28) * 1.5
    assert money.loc["card"].tolist()[:3] == pytest.approx([180, paid, paid / 180])
    friends = done.run.daily["friends_joined"].to_numpy()
    assert (
        0 < friends[:57].sum() < friends.sum() == money.loc["referral", "joiners"] == table.loc["referral", "members"]
    )
    assert money.loc["referral", "spend"] == pytest.approx(done.run.totals["rewards"])
    assert friends.sum() < money.loc["referral", "spend"] < 4 * friends.sum()
    for name in ("cac", "ltv"):
        assert np.average(money[name], weights=money["joiners"]) == pytest.approx(done.measures[name], rel=1e-6), name
    assert table["members"].tolist() == [300, *money["joiners"]]
    members = done.run.members
    assert members is not None
    cards = [k for k, way in enumerate(opened(scenario), 1) if way.channel.channel == "card"]
    own = members[np.isin(members["channel"], cards)]
    assert len(cards) == 2 and table.loc["card", "orders"] == own["orders"].sum()
    stayed = np.where(own["left"] == NEVER, 120, own["left"]) - own["joined"]
    followed = own["joined"] < 120 - 90
    assert table.loc["card", "stayed_90"] == pytest.approx((stayed > 90)[followed].mean())


def test_people_reached_are_those_of_all_terms() -> None:
    """Twice as many have to be reached for a joiner once half as many of them join."""
    ad = {"channel": "ad", "per_day": 2, "cost_per_reached": 1, "conversion": 0.5}
    posters = {"channel": "posters", "reached_per_day": 40, "conversion": 0.1}
    later = [ad | {"conversion": 0.25}, posters | {"reached_per_day": 10}]
    scenario = phased(phase(28, acquisition=later), policy={"acquisition": [ad, posters]}, days=70)
    run = PoolModel(scenario).run()
    assert run.breakdowns is not None
    _, steps = steps_to_loyal(run.breakdowns, scenario)
    reached = 2 * 28 / 0.5 + 2 * 42 / 0.25 + 40 * 28 + 10 * 42
    assert dict(steps)["reached"] == pytest.approx(reached) and dict(steps)["joined"] == 2 * 70 + 4 * 28 + 1 * 42


def test_there_are_no_tiers_once_the_membership_has_ended() -> None:
    tiers = phased(phase(14, membership=OTHER["membership"]), days=42)
    ended = tiers.with_changes({"phases": [*tiers.plain()["phases"], phase(28, membership=None)]})
    apart, after = (PoolModel(scenario).run().breakdowns for scenario in (tiers, ended))
    assert apart is not None and after is not None
    assert apart.by_tier()["tier"].tolist() == ["base", "tier1", "tier2"] and apart.by_tier()["members"].sum() > 300
    assert after.by_tier().empty and "by_tier" not in after.tables()


# --- communities -----------------------------------------------------------------------------------------------------


def come_and_go() -> Scenario:
    """Groups from day 21 to 55 and from day 91 on."""
    community = OTHER["community"]
    phases = [phase(21, community=community), phase(56, community=None), phase(91, community=community)]
    return phased(*phases, days=126)


def test_communities_that_come_and_go_and_come_again() -> None:
    scenario = come_and_go()
    one = lived(scenario, seed=3, threads=1)
    equal(lived(scenario, seed=3, engine="agents"), one)
    equal(lived(scenario, seed=3, threads=2), one)
    daily, apart = one.run.daily, one.run.breakdowns
    assert apart is not None
    there = (daily["groups"] > 0).to_numpy()
    assert there.tolist() == [21 <= day < 56 or day >= 91 for day in range(126)]
    assert daily["community_cost"][~there].sum() == 0 < daily["community_cost"][91:].sum()
    groups, known = apart.by_community(), measures(Account(one.run, one.run))
    assert groups["members"].sum() == one.run.closing["grouped"] > 0
    assert groups["talkers"].sum() / groups["members"].sum() == pytest.approx(known["talkers_7_days"])
    assert groups["mood"].mean() == pytest.approx(known["mood"])
    months = apart.by_community("month").groupby("last_day")["group"].count()
    assert months.to_dict() == {day: daily["groups"][day] for day in (27, 125) if daily["groups"][day]} | {
        day: daily["groups"][day] for day in (55, 118)
    }
