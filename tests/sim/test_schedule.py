"""The plan of regular messages: lines merged by hour, what channels let through, quiet hours, who has chosen what."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.catalogue import CONTENT_TYPES, LIMITS, MAX_MESSAGES, PERSONAS, PUSH_CHANNELS
from sim.policies import benefits, push
from sim.policies.consent import allowed
from sim.policies.lines import Regular
from sim.policies.message import Decided, affinity, executed_share, message_of
from sim.policies.quiet_hours import QuietHours, moved
from sim.policies.schedule import LIMITS as CHANNEL_LIMITS
from sim.policies.schedule import Schedule, due_by_day, repetitions, within_limits
from sim.scenario import Scenario

from .conftest import made

LIVE = (0.0, 0.0, 0.0, 1.0, 0.0)
MIX = (0.5, 0.25, 0.25, 0.0, 0.0)


def line(per_week: float, hours: tuple[int, ...] = (20,), channel: str = "one_to_one", shares: Any = MIX) -> Regular:
    return Regular(per_week, hours, channel, shares, False, None, 1.0)


def scenario(days: int = 28, **policy: Any) -> Scenario:
    return made(members=1, days=days, policy=policy)


def week_of(planner: push.Planner, first_day: int = 0) -> Any:
    plan = np.zeros(1, push.PLAN)[0]
    planner.write(plan)
    planner.write_week(plan, first_day)
    return plan


# --- lines -----------------------------------------------------------------------------------------------------------


@given(st.floats(0, 280), st.integers(0, 15))
def test_every_line_keeps_its_own_running_total(per_week: float, number: int) -> None:
    due = due_by_day(per_week, number, 70)
    planned = np.arange(1, 71) * per_week / 7
    assert (np.abs(np.cumsum(due) - planned) < 1 + 1e-6).all()


def test_weekly_lines_fall_on_different_days() -> None:
    """Five lines of one a week are set apart, so that no day has more than one of them."""
    due = np.stack([due_by_day(1, number, 7) for number in range(5)])
    assert due.sum(axis=1).tolist() == [1] * 5
    assert due.sum(axis=0).max() == 1


def test_lines_are_merged_by_hour_and_keep_their_own_order() -> None:
    lines = [line(7, (20,)), line(7, (9,), "group", LIVE), line(7, (12, 22), "official", MIX)]
    schedule = Schedule(lines, cap=5, days=14)
    first_day = slice(0, schedule.first[1])
    assert schedule.hour[first_day].tolist() == sorted(schedule.hour[first_day].tolist())
    assert schedule.sends[0] == 3 and schedule.line[first_day].tolist() == [1, 2, 0]
    assert (schedule.content[schedule.line == 1] == CONTENT_TYPES.index("live")).all()
    alone = Schedule([line(14, (21, 9))], cap=2, days=14)
    assert alone.hour.tolist() == [21, 9] * 14, "one line's hours are taken in turn, as written"
    assert (np.diff(Schedule([line(14, (21, 9)), line(14, (20,))], cap=4, days=14).line[:4]) != 0).any()


def test_repetitions_run_over_all_lines() -> None:
    """An invitation between two others breaks the row of the same type."""
    only = (1.0, 0.0, 0.0, 0.0, 0.0)
    alone = Schedule([line(7, (20,), shares=only)], cap=2, days=28)
    broken = Schedule([line(7, (20,), shares=only), line(7, (9,), shares=LIVE)], cap=2, days=28)
    assert alone.repetitions[6:].tolist() == [5] * 22
    assert (broken.repetitions == 0).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 23)), min_size=1, max_size=5), st.integers(1, 4))
def test_what_the_cap_cuts_makes_nothing_a_repetition(drawn: list[tuple[float, int]], cap: int) -> None:
    """Where members are asked, those within the cap are read as where the plan itself cuts there."""
    lines = [line(per_week, (hour,), shares=MIX if n % 2 else LIVE) for n, (per_week, hour) in enumerate(drawn)]
    asked = Schedule(lines, cap, 28)
    day = np.repeat(np.arange(28), asked.sends)
    inside = np.arange(len(day)) - asked.first[day] < cap
    assert asked.crowded == (not inside.all())
    assert (asked.repetitions[inside] == repetitions(asked.content[inside], np.ones(inside.sum(), bool))).all()


def test_what_comes_beyond_the_cap_repeats_the_last_within_it() -> None:
    contents = np.array([1, 1, 1, 2, 1, 1, 3, 3])
    within = np.array([True, False, False, False, True, True, False, False])
    assert repetitions(contents, within).tolist() == [0, 1, 1, 0, 1, 2, 0, 0]
    many = repetitions(np.ones(9, np.int64), np.arange(9) < 8)
    assert many.tolist() == [0, 1, 2, 3, 4, 5, 5, 5, 5]


@pytest.mark.parametrize(("cap", "sent"), [(1, 3.5 + 0.5 * 7 * 0.25), (2, 3.5 + 1.75), (5, 3.5 + 1.75)])
def test_what_accounts_send_of_a_week(cap: int, sent: float) -> None:
    """Half of one line and a quarter of the other: where the cap is one, the second comes where the first does not."""
    schedule = Schedule([line(7, (9,)), line(7, (20,))], cap, 28)
    assert schedule.sent_a_week([0.5, 0.25], cap) == pytest.approx(sent)
    assert schedule.sent_a_week([1.0, 1.0], cap) == pytest.approx(7 * min(cap, 2))
    assert schedule.sent_a_week([0.0, 0.0], cap) == 0


def test_an_account_sends_all_that_a_line_has_on_a_day_or_nothing() -> None:
    schedule = Schedule([line(14, (9, 20))], 2, 28)
    assert schedule.sent_a_week([0.5], 2) == pytest.approx(7)
    assert schedule.sent_a_week([0.5], 1) == pytest.approx(3.5)


def test_a_line_of_none_equals_no_line() -> None:
    one, two = (Schedule(lines, 2, 70) for lines in ([line(10, (9, 20))], [line(10, (9, 20)), line(0, (3,))]))
    for name in ("sends", "hour", "content", "repetitions", "line"):
        assert (getattr(one, name) == getattr(two, name)).all()


def test_what_lines_have_together_beyond_the_cap_stays_in_the_plan() -> None:
    lines = [line(7, (20,)), line(7, (9,)), line(14, (12,))]
    asked = Schedule(lines, 2, 28)
    assert asked.crowded and (asked.sends == 4).all()
    assert asked.line[:2].tolist() == [1, 2], "the earliest go out"
    assert asked.fallen.capped == 2 * 28
    assert not Schedule(lines, 4, 28).crowded
    crowded = Schedule([line(280)] * 3, MAX_MESSAGES, 7)
    assert (crowded.sends == MAX_MESSAGES).all()


def test_a_run_of_ten_years_stays_small() -> None:
    schedule = Schedule([line(280, (9, 12, 20))], MAX_MESSAGES, 3650)
    assert schedule.sends.sum() == 280 * 522
    assert sum(getattr(schedule, name).nbytes for name in ("line", "hour", "content", "repetitions")) == 4 * 280 * 522


# --- what channels let through ---------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(PUSH_CHANNELS), st.integers(0, 40)), min_size=1, max_size=6))
def test_no_channel_lets_more_through_than_it_may(drawn: list[tuple[str, int]]) -> None:
    channels = [channel for channel, _ in drawn]
    due = np.stack([due_by_day(per_week, j, 90) for j, (_, per_week) in enumerate(drawn)])
    kept = within_limits(due, channels)
    assert ((kept >= 0) & (kept <= due)).all()
    for channel in set(channels):
        rows = [j for j, own in enumerate(channels) if own == channel]
        most, period = CHANNEL_LIMITS.get(channel, (10**6, 1))
        asked, got = (table[rows].sum(axis=0).reshape(-1, period).sum(axis=1) for table in (due, kept))
        assert (got == np.minimum(asked, most)).all()
        assert (kept[rows[0]] <= due[rows[0]]).all()


def test_the_limits_are_those_of_the_platforms() -> None:
    assert CHANNEL_LIMITS == {"mass": (1, 1), "moments": (1, 1), "official": (4, 30), "sms": (1, 1), "call": (1, 1)}
    assert CHANNEL_LIMITS.keys() <= set(PUSH_CHANNELS)
    official = Schedule([line(7, channel="official")], 1, 60)
    assert official.sends[:30].sum() == official.sends[30:60].sum() == 4
    assert official.fallen.limited.tolist() == [60 - 4 - 4]
    assert official.fallen.weeks == 60 / 7, "the days of the run, not whole weeks"


@pytest.mark.parametrize(("per_week", "channel", "cap"), [(20, "sms", 2), (14, "moments", 1), (20, "official", 2)])
def test_what_a_channel_forbids_is_not_put_down_to_the_cap(per_week: float, channel: str, cap: int) -> None:
    fallen = Schedule([line(per_week, (9, 20), channel)], cap, 28).fallen
    assert fallen.capped == 0
    assert fallen.due.sum() - fallen.limited.sum() == (4 if channel == "official" else 28)


# --- quiet hours -----------------------------------------------------------------------------------------------------


def test_quiet_hours_move_a_message_to_their_end() -> None:
    night, noon = QuietHours(), QuietHours.model_validate({"from": 12, "to": 14})
    assert [hour for hour in range(24) if night.holds(hour)] == [*range(8), 22, 23]
    assert [hour for hour in range(24) if noon.holds(hour)] == [12, 13]
    assert [moved(hour, night) for hour in (7, 8, 21, 22)] == [8, 8, 21, 8]
    assert moved(23, None) == 23
    late = Schedule([line(7, (23, 20))], 1, 14, night)
    assert late.hour.tolist() == [8, 20] * 7
    assert late.fallen.moved == 7


# --- who has chosen what ---------------------------------------------------------------------------------------------


def reached(contents: list[int], weeks: int, level: int, muted: int) -> list[int]:
    """How many of each week's messages reach a member of that choice."""
    bit = 8 * muted + level
    return [int(((allowed(np.array(contents), week) >> bit) & 1).sum()) for week in range(weeks)]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 6), st.integers(0, 5))
def test_as_many_reach_her_as_she_chose(contents: list[int], level: int, muted: int) -> None:
    """No more a week than her limit, of the types that she has not muted; below one a week, one every so many weeks."""
    suits = sum(content != muted - 1 for content in contents)
    got = reached(contents, 60, level, muted)
    if not suits:
        assert got == [0] * 60
    elif LIMITS[level] >= 1:
        assert got == [min(suits, LIMITS[level])] * 60
    else:
        assert max(got) == 1 and sum(got) == 60 * 7 // 30


def test_what_she_muted_never_reaches_her() -> None:
    contents = np.array([0, 1, 2, 2, 3, 4, 0])
    bits = allowed(contents, 3)
    for muted in range(1, 6):
        for level in range(7):
            reaches = (bits >> (8 * muted + level)) & 1
            assert not reaches[contents == muted - 1].any()
    assert ((bits & 1) == 1).all(), "who has not chosen gets all"


def test_messages_are_spread_over_the_week_of_a_limit() -> None:
    two = (allowed(np.zeros(14, np.int64), 0) >> 2 + 1) & 1  # level 3: two a week
    assert np.flatnonzero(two).tolist() == [6, 13]


# --- records ---------------------------------------------------------------------------------------------------------


def test_a_message_is_what_response_costs_and_account_make_of_it() -> None:
    costs = {"message": 0.02, "channels": {"call": 0.5}}
    s = made(members=1, costs=costs, policy={"account": "friend"})
    call = message_of(s, Decided("call", "education", 3, True, 17, None, cost=1.25))
    r = s.response
    assert call["trust"] == r.contents.education.trust * np.sqrt(r.adviser)
    assert call["weight"] == r.contents.education.weight * r.tiring.call
    assert (call["reach"] == r.reach.call).all() and call["heard"] == r.picked_up < 1
    assert call["cost"] == 1_750_000
    assert (call["line"], call["aim"], call["benefit"], call["per_order"], call["allows"]) == (3, 1, 17, 0, -1)
    assert call["engage"] == r.contents.education.engage and call["interest"] == r.contents.education.interest
    mini = message_of(s, Decided("mini_program", "promotion", 0, False, 0, None))
    assert mini["per_order"] == 1 and mini["cost"] == 20_000 and mini["heard"] == 1


@pytest.mark.parametrize("account", ["shop", "friend", "adviser"])
def test_the_account_lifts_gains_where_a_person_speaks(account: str) -> None:
    s = made(members=1, policy={"account": account})
    times = {"shop": 1.0, "friend": np.sqrt(s.response.adviser), "adviser": s.response.adviser}[account]
    for channel, content, lifted in (
        ("one_to_one", "education", True),
        ("call", "emotion", True),
        ("group", "live", True),
        ("group", "education", False),
        ("mass", "emotion", False),
        ("one_to_one", "promotion", False),  # what costs trust costs the same from anybody
    ):
        message = message_of(s, Decided(channel, content, 0, False, 0, None))
        own = getattr(s.response.contents, content).trust
        assert message["trust"] == pytest.approx(own * (times if lifted else 1.0)), (channel, content)


def test_affinities_are_on_the_scale_of_the_first_three() -> None:
    """What a persona has in common over education, emotion and promotion is attention and no affinity, of no type."""
    response = made(
        members=1, response={"personas": {"busy": {"education": 0.5, "emotion": 0.2, "live": 0.3}}}
    ).response
    table = np.stack([affinity(response, content) for content in CONTENT_TYPES])
    np.testing.assert_allclose(table[:3].sum(axis=0), 0, atol=1e-12)
    person, busy = response.personas.busy, PERSONAS.index("busy")
    level = (person.education + person.emotion + person.promotion) / 3
    assert table[CONTENT_TYPES.index("live"), busy] == pytest.approx(0.3 - level)


def test_half_of_mass_sending_goes_out_unless_told_otherwise() -> None:
    assert executed_share("mass", None) == 0.5 and executed_share("mass", 0.9) == 0.9
    assert {executed_share(channel, None) for channel in PUSH_CHANNELS if channel != "mass"} == {1.0}


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        ({"push": {"per_week": 4}}, 0),
        ({"push": {"per_week": 40, "cap_per_day": 1}}, 0),
        ({"push": {"per_week": 7}, "lines": [{"per_week": 1}]}, 1),
        ({"push": {"per_week": 7, "cap_per_day": 2}, "lines": [{"per_week": 1}]}, 0),
        ({"push": {"per_week": 4, "executed": 0.9}}, 1),
        ({"push": {"per_week": 4, "channel": "mass"}}, 1),
        ({"push": {"per_week": 4}, "lines": [{"per_week": 1, "channel": "mini_program"}]}, 1),
        ({"push": {"per_week": 4}, "lines": [{"per_week": 0, "executed": 0}]}, 0),
        ({"push": {"per_week": 4}, "welcome": [{"delay": 0, "content": "live"}]}, 1),
    ],
)
def test_members_are_asked_only_where_their_days_may_differ(policy: dict[str, Any], asked: int) -> None:
    assert week_of(push.Planner(scenario(**policy)))["filtered"][0] == asked


def test_a_week_holds_what_the_schedule_says() -> None:
    s = scenario(
        push={"per_week": 5, "hour": [9, 23], "cap_per_day": 2, "benefit": "b"},
        lines=[{"per_week": 3, "channel": "group", "content": "live", "aim": True}],
        benefits={"a": {"kind": "vote", "worth": 1}, "b": {"kind": "percent", "off": 0.1}},
        quiet_hours={},
        segments={"busy": {"lines": [], "push": {"per_week": 1, "cap_per_day": 3}}},
    )
    plan = week_of(push.Planner(s), 7)
    assert plan["sends"][:2].sum(axis=1).tolist() == [8, 1]
    messages = plan["messages"][0]
    sent = np.concatenate([messages[day, :n] for day, n in enumerate(plan["sends"][0])])
    assert set(sent["benefit"][sent["line"] == 0]) == {18} and not sent["benefit"][sent["line"] == 1].any()
    assert set(sent["channel"][sent["line"] == 1]) == {PUSH_CHANNELS.index("group")}
    assert (sent["aim"] == (sent["line"] == 1)).all()
    assert (sent["allows"] == -1).all()
    assert plan["cap"][:2].tolist() == [2, 3]


def test_with_consent_every_message_says_whom_it_suits() -> None:
    welcome = [{"delay": 0, "content": "emotion", "consent": True}]
    planner = push.Planner(scenario(days=60, push={"per_week": 7}, welcome=welcome))
    for week in (0, 3):
        plan = week_of(planner, 7 * week)
        messages = plan["messages"][0, :, 0]
        assert (messages["allows"] == allowed(messages["content"], week)).all()


def test_no_message_brings_a_benefit_whose_budget_is_spent() -> None:
    given_benefits = {
        "a": {"kind": "percent", "off": 0.5, "budget": 20},
        "b": {"kind": "gift", "worth": 1, "unit_cost": 3, "budget": 2},  # never enough for one
    }
    twice = {"per_week": 7, "benefit": "a", "cap_per_day": 2}
    s = scenario(push=twice, lines=[{"per_week": 7, "benefit": "b"}], benefits=given_benefits)
    planner, purse = push.Planner(s), benefits.Planner(s)
    planner.carry(purse)
    plan = week_of(planner)
    carried = {int(code) for day in range(7) for code in plan["messages"]["benefit"][0, day, : plan["sends"][0, day]]}
    assert carried == {0, 17}
    budgets = np.zeros((2, 32), np.int64)
    budgets[:, 16] = 100  # what blocks have left: less than half a usual basket
    purse.settle(budgets)
    assert purse.remaining.tolist() == [200, 0]
    assert purse.void == 0b1 << 16  # b is a gift: who has one keeps it
    assert not week_of(planner)["messages"]["benefit"].any()
