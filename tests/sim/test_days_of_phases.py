"""What has days of its own, under phases that begin meanwhile: events, a crisis, tiers that pause."""

from typing import Any

import pytest

from sim.catalogue import NEVER
from sim.drafting.notes import notes
from sim.results.story import story

from .conftest import lived, made
from .test_equality import equal
from .test_membership import PUSH, TIERS, tiered
from .test_phases import phase, phased

SALE = {
    "from_day": 24, "until_day": 40, "cost": 50, "lines": [{"per_week": 7, "hour": 9}],
    "coupons": [{"kind": "percent", "off": 0.2, "valid_days": 3}],
}  # fmt: skip
QUIET = {"push": {"per_week": 0}}


def test_an_event_that_a_phase_brings_late_begins_with_it() -> None:
    """As if it were written from the first day of the phase on: its cost, its coupons, its messages; and check says so."""
    late = phased(phase(28, events={"sale": SALE}), policy=QUIET, days=56)
    on_time = phased(phase(28, events={"sale": SALE | {"from_day": 28}}), policy=QUIET, days=56)
    one, other = lived(late, seed=3), lived(on_time, seed=3)
    equal(one, other)
    daily = one.run.daily
    assert daily["event_cost"][28] == pytest.approx(50, abs=0.01) == daily["event_cost"].sum()
    assert daily["issued"][28] > 200 and daily["issued"].drop(28).sum() == 0
    assert (daily["delivered"][28:41] > 0).all() and daily["delivered"].drop(range(28, 41)).sum() == 0
    assert notes(on_time) == [note for note in notes(late) if "its first day would be" not in note]
    assert (
        "phases.0.policy.events.sale: its first day would be 2025-01-25, before the phase that brings it; it begins with "
        "that, on day 28 of the run: its coupons and its cost come then, and its messages count from then"
    ) in notes(late)


def test_an_event_that_goes_on_does_not_begin_a_second_time() -> None:
    """Under a phase that says nothing of it, and under one that gives it other lines; one that drops it ends it."""
    base = QUIET | {"events": {"sale": SALE}}
    whole = lived(phased(policy=base, days=56), seed=3)
    goes_on = phased(phase(28, tag_lag=5), policy=base, days=56)  # of joiners, and nobody joins
    assert lived(goes_on, seed=3).run.daily.equals(whole.run.daily)
    assert not any("sale" in note for note in notes(goes_on) if "season" not in note)
    louder = lived(
        phased(phase(28, events={"sale": SALE | {"lines": [{"per_week": 14, "hour": 9}]}}), policy=base, days=56)
    )
    assert louder.run.daily["event_cost"].sum() == pytest.approx(50, abs=0.01) and louder.run.daily["issued"][28] == 0
    dropped = phased(phase(28, events=None), policy=base, days=56)
    assert (
        "policy.events.sale: would last until 2025-02-10, and the phase that begins on day 28 of the run ends it"
        in notes(dropped)
    )
    assert lived(dropped, seed=3).run.daily["delivered"][28:].sum() == 0


def test_an_event_outside_the_days_of_its_phase() -> None:
    brought = phased(phase(42, events={"sale": SALE}), policy=QUIET, days=56)
    assert any(
        note.startswith(
            "phases.0.policy.events.sale: takes place on no day on which this is in force, day 42 to 55 of the run"
        )
        for note in notes(brought)
    )
    assert any("都不在它生效的模拟第 42 至 55 天之内" in note for note in notes(brought, "zh"))


CRISIS = {"day": 30, "hit": 0.5, "closed": 40, "offer_cost": 1}


@pytest.mark.parametrize(
    ("base", "phases", "where", "days"),
    [
        ({"crisis": CRISIS}, [phase(28, crisis=None)], "policy", "0 to 27"),
        ({}, [phase(35, crisis=CRISIS)], "phases.0.policy", "35 to 55"),
    ],
)
def test_a_crisis_outside_its_days_does_not_happen(base: Any, phases: Any, where: str, days: str) -> None:
    scenario = phased(*phases, policy=QUIET | base, days=56)
    never = lived(phased(policy=QUIET, days=56), seed=3)
    outside = f"{where}.crisis: day 30 lies outside the days on which this is in force, {days}; nothing happens"
    assert next(note for note in notes(scenario) if "crisis" in note).startswith(outside)
    here = lived(scenario, seed=3)
    assert here.run.totals["hit"] == 0 and (here.members["trust"] == never.members["trust"]).all()


def test_a_crisis_is_closed_in_its_time_whatever_phase_begins() -> None:
    """Hit on day 34 and closed on day 35, on which a phase without the crisis begins: it heals as without the phase."""
    crisis = QUIET | {"crisis": CRISIS | {"day": 34, "closed": 30}}
    whole, ended = (lived(phased(*phases, policy=crisis, days=56), seed=3) for phases in ([], [phase(35, crisis=None)]))
    assert whole.run.totals["hit"] > 100 and (whole.members["trust"] == ended.members["trust"]).all()
    assert not any("crisis" in note for note in notes(phased(phase(35, crisis=None), policy=crisis, days=56)))
    other = lived(phased(phase(28, crisis=CRISIS), policy=QUIET, days=56), seed=3)
    assert other.run.totals["hit"] > 100


@pytest.mark.parametrize("pause", [(42, 56), (357, 378)])
def test_a_pause_takes_no_tier_away(pause: tuple[int, int]) -> None:
    """Tiers that give nothing, so that lives are the same with and without the pause: when there are tiers again everybody
    is of the tier of which she would be, what she had earned by the founding or an anniversary within the pause included."""
    membership = tiered({"spend": 60}, {"spend": 150})["membership"]
    phases = [
        {"from_day": day, "policy": {"membership": own}} for day, own in zip(pause, (None, membership), strict=True)
    ]
    whole = made(members=300, days=pause[1] + 7, policy=PUSH | {"membership": membership}, response={"standing": 0.0})
    paused = whole.with_changes({"phases": phases})
    held, again = lived(whole, seed=3).members, lived(paused, seed=3)
    within = lived(paused.with_changes({"days": pause[1] - 1}), seed=3).members
    assert {1, 2} <= set(held["tier"][held["left"] == NEVER].tolist())
    stayed = held["left"] == NEVER
    for name in ("tier", "year_spend"):
        assert (again.members[name] == held[name])[stayed].all(), name
    assert (again.members["left"] == held["left"]).all() and not again.members["paused_tier"][stayed].any()
    here = within["left"] == NEVER
    assert (within["tier"][here] == 0).all() and {1, 2} <= set(within["paused_tier"][here].tolist())
    daily = again.run.daily
    assert daily["tier_ups"][pause[1]] == 0, "who has her tier back has not risen"


def test_who_is_given_a_tier_by_a_phase_has_not_risen() -> None:
    scenario = made(members=300, days=70, policy=PUSH, phases=[{"from_day": 28, "policy": tiered(*TIERS)}])
    run = lived(scenario, seed=3).run
    events = [event for k in range(1, 6) for event in story(scenario, k, seed=3).events if event.kind == "tier"]
    given = [event.sentence() for event in events if event.day == 28]
    assert given and all(text.startswith("begins in tier") for text in given)
    assert run.daily["tier_ups"][:29].sum() == 0 < run.daily["tier_ups"][29:].sum()
