"""Events: messages, coupons and costs on some days; launches with a pre-sale; none of it outlasts the run."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from sim.catalogue import MAX_RULES
from sim.drafting.explained import explained
from sim.drafting.notes import notes
from sim.policies.benefits import code_of, names_in
from sim.policies.occasions import NEW_YEARS, Occasion
from sim.policies.push import schedules
from sim.results.simulation import simulate
from sim.scenario import Scenario

from .conftest import Kept, lived, made
from .test_equality import EVERYTHING, equal
from .test_random_policies import replays_itself

DAILY = {"per_week": 7, "hour": 12, "content": "promotion"}
FEW_DAYS = {"from_day": 20, "until_day": 26}
EARLY = {"early": {"kind": "early_access", "worth": 1.5, "unit_cost": 1, "valid_days": 30}}
FIRST = {"kind": "percent", "off": 0.5, "valid_days": 3}
SALE: dict[str, Any] = {**FEW_DAYS, "lines": [DAILY], "coupons": [FIRST], "cost": 700}
BASE: dict[str, Any] = {
    "push": {"per_week": 2, "cap_per_day": 3},
    "acquisition": [{"channel": "card", "per_day": 1, "buyers": 0.6}],
}


def with_events(
    days: int = 60, policy: dict[str, Any] = BASE, more: dict[str, Any] | None = None, **events: Any
) -> Scenario:
    return made(members=300, days=days, policy={**policy, "events": events}, **(more or {}))


# --- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "dates"),
    [
        (Occasion(on="618", before=2, after=1), [("2025-06-16", "2025-06-19"), ("2026-06-16", "2026-06-19")]),
        (Occasion(on="double_11", before=10), [("2025-11-01", "2025-11-11")]),
        (
            Occasion(on="chinese_new_year", before=7, after=2),
            [("2025-01-22", "2025-01-31"), ("2026-02-10", "2026-02-19")],
        ),
        (Occasion(from_day=3, until_day=3), [("2025-01-04", "2025-01-04")]),
        (Occasion(from_date=date(2024, 12, 30), until_date=date(2025, 1, 2)), [("2024-12-30", "2025-01-02")]),
        (Occasion(on="double_11", before=3, leads=4), [("2025-11-04", "2025-11-07")]),
        (Occasion(from_date=date(2027, 1, 1), until_date=date(2027, 1, 2)), []),
    ],
)
def test_when_it_takes_place(event: Occasion, dates: list[tuple[str, str]]) -> None:
    start = date(2025, 1, 1)
    told = [(str(date.fromordinal(start.toordinal() + day)) for day in spell) for spell in event.spells(start, 600)]
    assert [tuple(spell) for spell in told] == dates


def test_a_members_day_is_one_of_each_month() -> None:
    spells = Occasion(on="member_day", day_of_month=18).spells(date(2025, 1, 20), 365)
    assert len(spells) == 12 and spells[0] == (29, 29) and all(first == last for first, last in spells)


def test_the_new_years_are_new_moons() -> None:
    """The synodic month is 29.530589 days; the mean new moon of 2000-01-06 18:14 UT, within a day of the true one."""
    for day in NEW_YEARS.values():
        age = (day.toordinal() - date(2000, 1, 6).toordinal() - 0.76 + 8 / 24) % 29.530589
        assert min(age, 29.530589 - age) < 1.2, day
        assert (1, 20) < (day.month, day.day) < (2, 21)
    assert list(NEW_YEARS) == list(range(2000, 2051))


@pytest.mark.parametrize(
    ("per_week", "expected"), [(7, [1] * 7), (3, [1, 0, 1, 0, 1, 0, 0]), (14, [2] * 7), (0, [0] * 7)]
)
def test_the_first_message_comes_on_the_first_day(per_week: float, expected: list[int]) -> None:
    due = Occasion(from_day=20, until_day=26).due(per_week, date(2025, 1, 1), 60)
    assert due[20:27].tolist() == expected and due.sum() == sum(expected)
    cut = Occasion(from_day=20, until_day=26).due(per_week, date(2025, 1, 1), 24)
    assert cut[20:].tolist() == expected[:4]
    begun = Occasion(from_date=date(2024, 12, 30), until_date=date(2025, 1, 5)).due(per_week, date(2025, 1, 1), 60)
    assert begun[:5].tolist() == expected[2:]


# --- what it does ------------------------------------------------------------------------------------------------------


def test_an_event_changes_nothing_before_it() -> None:
    none, sale = lived(with_events(), seed=3), lived(with_events(sale=SALE | {"cost": 0}), seed=3)
    assert sale.run.daily[:20].equals(none.run.daily[:20])
    assert (sale.run.daily["delivered"] - none.run.daily["delivered"])[20:27].min() > 250
    gone = sale.run.daily["delivered"].iloc[27:] > none.run.daily["delivered"].iloc[27:] + 20
    assert not gone.any(), "after it the messages are as before it"
    assert sale.run.daily["issued"].to_numpy().nonzero()[0].tolist() == [20]
    assert sale.run.daily["orders"][20:27].sum() > 1.1 * none.run.daily["orders"][20:27].sum()


def test_what_it_costs_is_shared_by_those_who_are_there() -> None:
    sale = lived(with_events(sale=SALE), seed=3)
    cost = sale.run.daily["event_cost"]
    assert cost.iloc[14] == pytest.approx(700, abs=1e-3) and cost.sum() == cost.iloc[14], "at the review of its week"
    free = lived(with_events(sale=SALE | {"cost": 0}), seed=3)
    lost = free.members["value"] - sale.members["value"]
    paid = sale.members["joined"] < 14
    each = 700 / sale.run.daily["pool"].iloc[13]  # at the review, discounted to the day of joining
    assert (lost[~paid] == 0).all() and lost.max() == pytest.approx(each, rel=1e-3) and lost.max() < each
    assert sale.run.totals["contribution"].sum() == pytest.approx(free.run.totals["contribution"].sum() - 700, abs=1e-2)
    assert (sale.members["window_cost"] == free.members["window_cost"]).all(), "it happens once"


def test_nothing_of_it_goes_on_after_the_run() -> None:
    """A sale that would come after the run, or costs what it costs on its last days, is no part of the rest of a life."""
    none, later = (
        lived(with_events(), seed=3).run,
        lived(with_events(sale=SALE | {"from_day": 70, "until_day": 90})).run,
    )
    assert later.closing["rest"].sum() == lived(with_events()).run.closing["rest"].sum()
    assert none.closing["rest"].sum() != later.closing["rest"].sum()  # of another seed
    dear = {"costs": {"message": 5}}
    late = {"from_day": 50, "until_day": 59, "lines": [DAILY]}
    sold, calm = lived(with_events(more=dear, sale=late), seed=3), lived(with_events(more=dear), seed=3)
    more = sold.members["window_cost"].astype(float).sum() - calm.members["window_cost"].astype(float).sum()
    assert sold.run.totals["message_cost"] > calm.run.totals["message_cost"] + 10_000 and abs(more) < 1000


def test_each_time_it_hands_out_its_coupons() -> None:
    monthly = {"on": "member_day", "day_of_month": 9, "days_after": 2, "coupons": [FIRST | {"every_days": 2}]}
    run = lived(with_events(monthly=monthly), seed=3).run
    assert run.daily["issued"].to_numpy().nonzero()[0].tolist() == [8, 10, 39, 41]


# --- launches ----------------------------------------------------------------------------------------------------------

LAUNCH: dict[str, Any] = {
    **FEW_DAYS,
    "lines": [DAILY],
    "pre_sale": {"days": 10, "lines": [DAILY | {"benefit": "early"}], "public_per_day": 2},
}


def launched(**more: Any) -> Scenario:
    return with_events(policy=BASE | {"benefits": EARLY}, new=LAUNCH, **more)


def test_pre_orders_are_those_with_its_benefit_before_its_day() -> None:
    scenario = launched()
    kept = lived(scenario, seed=3)
    code = code_of(scenario.policy, "early")
    used, day = kept.orders["used"] == code, np.floor(kept.orders["time"])
    ahead = used & (day >= 10) & (day < 20)
    assert kept.run.totals["pre_orders"] == ahead.sum() > 20 and (used & (day >= 20)).any()
    told = simulate(scenario, seed=3).measures
    assert told["pre_order_share"] == pytest.approx(ahead.sum() / (ahead.sum() + 20))
    assert kept.run.daily["benefits_issued"].to_numpy().nonzero()[0].tolist() == list(range(10, 20))


def test_without_a_pre_sale_there_are_no_pre_orders() -> None:
    assert simulate(with_events(sale=SALE), seed=3).measures["pre_order_share"] is None


# --- everything at once ------------------------------------------------------------------------------------------------

ALL = {
    "sale": SALE,
    "days": {"on": "member_day", "day_of_month": 9, "lines": [DAILY | {"channel": "group"}], "cost": 20},
    "new": LAUNCH | {"pre_sale": LAUNCH["pre_sale"] | {"lines": [DAILY | {"benefit": "tenth", "executed": 0.5}]}},
}


@pytest.fixture(scope="module")
def busy() -> Scenario:
    phases = [{"from_day": 21, "policy": {"push": {"per_week": 3}}}, {"from_day": 30, "policy": {"events": {}}}]
    return made(members=300, days=60, policy=EVERYTHING | {"events": ALL}, phases=phases)


@pytest.fixture(scope="module")
def one(busy: Scenario) -> Kept:
    return lived(busy, seed=3, threads=1)


def test_engines_and_threads_agree(busy: Scenario, one: Kept) -> None:
    assert one.run.totals["event_cost"] > 700 and one.run.totals["pre_orders"] > 0 and one.run.totals["unsent"] > 0
    equal(lived(busy, seed=3, engine="agents"), one)
    equal(lived(busy, seed=3, threads=2), one)


def test_its_coupons_have_names_of_their_own(busy: Scenario, one: Kept) -> None:
    names = names_in(busy)
    assert [name for code, name in names.items() if code <= MAX_RULES][-1] == "events.sale.coupons.0"
    assert (one.orders["used"] == list(names.values()).index("events.sale.coupons.0") + 1).any()


def test_an_event_ends_with_the_phase_that_ends_it(busy: Scenario) -> None:
    run = lived(busy, seed=3).run
    assert run.daily["event_cost"].to_numpy().nonzero()[0].tolist() == [7, 14]  # that of 9 February would be on day 35


def test_the_log_of_a_run_is_its_own_likelihood() -> None:
    replays_itself(launched(more={"seed": 3}))


# --- in words ----------------------------------------------------------------------------------------------------------


def test_events_in_words() -> None:
    said = explained(
        with_events(
            sale=SALE, year={"on": "chinese_new_year", "days_before": 7}, new=LAUNCH, policy=BASE | {"benefits": EARLY}
        )
    )
    assert "policy.events.sale: on 2025-01-21 to 2025-01-27, 700 USD each time" in said
    assert "policy.events.year: on 2025-01-22 to 2025-01-29" in said
    assert any(text.startswith("policy.events.sale.lines.0: 7 a week while it lasts") for text in said)
    assert any(text.startswith("policy.events.sale.coupons.0: 50 % off, on day 1 of the event") for text in said)
    assert any("members can order 10 days ahead; 2 pre-orders a day come from outside" in text for text in said)
    assert not any("regular messages a week in all" in text for text in said)
    chinese = explained(with_events(sale=SALE), "zh")
    assert any("policy.events.sale：2025-01-21至2025-01-27" in text for text in chinese)


def test_what_of_an_event_is_never_so() -> None:
    said = notes(with_events(late=SALE | {"from_day": 99, "until_day": 99}, empty=FEW_DAYS))
    assert any(note.startswith("policy.events.late: takes place on no day of the run") for note in said)
    assert "policy.events.empty: has neither lines nor coupons, so members do not notice it" in said
    assert any(note.startswith("policy.events.empty: the market's season has no peak in these days") for note in said)
    peak = {"changes": {"season": {"months": [2, *[1] * 11]}}}
    assert not any("no peak" in note for note in notes(with_events(more=peak, sale=SALE)))


def of_cap(scenario: Scenario, lang: Any = "en") -> list[str]:
    """What is noted of messages that fall away."""
    return [note for note in notes(scenario, lang) if "fall" in note or "发不出去" in note]


def test_the_cap_counts_what_is_sent_on_the_same_days() -> None:
    """By hand: of the two messages a day while an event lasts one falls away, of three where two events meet two."""
    a_day = {"push": {"per_week": 7, "cap_per_day": 1}}
    cap = "policy.push: cap_per_day 1 is for all lines together: on "
    first, second = DAILY, DAILY | {"hour": 9}
    sales = {
        "one": {"from_day": 10, "until_day": 13, "lines": [first]},
        "two": {"from_day": 30, "until_day": 34, "lines": [second]},
        "three": {"from_day": 34, "until_day": 34, "lines": [first]},
    }
    said = of_cap(with_events(policy=a_day, **sales))
    one, two, three = (f"policy.events.{name}.lines.0" for name in sales)
    more = "away; raise it to send more"
    assert said == [
        f"{cap}2025-01-11 to 2025-01-14, with {one}, 4 of 8 messages fall {more}",
        f"{cap}2025-01-31 to 2025-02-03, with {two}, 4 of 8 messages fall {more}",
        f"{cap}2025-02-04, with {two}, {three}, 2 of 3 messages fall {more}",
    ]
    single = with_events(policy=a_day, one=sales["three"])
    assert of_cap(single) == [f"{cap}2025-02-04, with {one}, 1 of 2 messages falls {more}"]
    assert "2025-02-04 加上 policy.events.one.lines.0，2 条消息中有 1 条发不出去" in of_cap(single, "zh")[0]
    both = {"push": {"per_week": 7, "cap_per_day": 1}, "lines": [{"per_week": 7}]}
    usual, *others = of_cap(with_events(policy=both, **sales))
    assert usual == f"policy.push: cap_per_day 1 is for all lines together: 7 of 14 messages a week fall {more}"
    assert len(others) == 3, "what usually falls away is no part of any event's"


def test_the_cap_is_told_once_and_of_days_in_force_only() -> None:
    sale = {"from_day": 10, "until_day": 13, "lines": [DAILY]}
    policy = {"push": {"per_week": 7, "cap_per_day": 1}, "segments": {"busy": {"content": {"emotion": 1.0}}}}
    (note,) = of_cap(with_events(policy=policy, sale=sale))
    assert note.startswith("policy.push: "), "the segment has the same lines, and is no place to raise the cap"
    policy |= {"experiments": [{"name": "x", "from_day": 12, "push": {"per_week": 7, "cap_per_day": 1, "hour": 9}}]}
    assert of_cap(with_events(policy=policy, sale=sale)) == [note], "no day of the event lies in the experiment"
    phases = {"phases": [{"from_day": 12, "policy": {"push": {"cap_per_day": 2}}}]}
    assert of_cap(with_events(policy=policy, sale=sale, more=phases)) == [note]
    phases = {"phases": [{"from_day": 7, "policy": {"push": {"hour": 9}}}]}
    assert of_cap(with_events(policy=policy, sale=sale, more=phases)) == [f"phases.0.{note}"]


def test_a_channels_limit_is_told_of_the_days_of_an_event() -> None:
    posts = {"from_day": 10, "until_day": 13, "lines": [DAILY | {"per_week": 14, "channel": "moments"}]}
    (note,) = of_cap(with_events(posts=posts))
    assert note == (
        "policy.events.posts.lines.0: in Moments no more than 1 a day reaches a member: on 2025-01-11 to 2025-01-14 4 "
        "of its 8 fall away; plan fewer, or use another channel"
    )


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "policy.events.e: says not when it is; give on, or from_day and until_day"),
        ({"on": "double_12"}, "policy.events.e.on: 'double_12' is not known; did you mean double_11?"),
        ({"on": "618", **FEW_DAYS}, "policy.events.e.from_day: says when it is a second time, beside on"),
        ({"from_day": 3}, "policy.events.e.from_day: goes with until_day; write both, or neither"),
        ({"from_day": 3, "until_day": 2}, "policy.events.e.until_day: must not lie before from_day"),
        ({"on": "member_day"}, "policy.events.e.on: member_day needs day_of_month, from 1 to 28"),
        ({"on": "618", "day_of_month": 3}, "policy.events.e.day_of_month: goes with on: member_day only"),
        ({**FEW_DAYS, "days_after": 3}, "policy.events.e.days_after: goes with on only"),
        (
            {**FEW_DAYS, "lines": [{"per_week": 1, "benefit": "b"}]},
            "policy.events.e.lines.0.benefit: there is no benefit b",
        ),
        (
            {**FEW_DAYS, "pre_sale": {"days": 3, "lines": [DAILY]}},
            "policy.events.e.pre_sale.lines: no line of it brings",
        ),
        ({**FEW_DAYS, "lines": [DAILY] * 33}, "policy.events: there are 33 lines, over all events; at most 32"),
        ({**FEW_DAYS, "coupons": [FIRST | {"off": 2}]}, "policy.events.e.coupons.0.off: must be a share of the order"),
        ({"on": "chinese_new_year"}, "policy.events.e.on: the Chinese New Year is known from 2000 to 2050"),
    ],
)
def test_bad_events_are_refused(event: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        with_events(e=event, more={"start": date(1990, 1, 1)})
    assert str(refused.value).startswith(sentence)


def test_618_may_be_written_as_a_number() -> None:
    assert with_events(e={"on": 618}).policy.events["e"].on == "618"
    assert [s.sends.sum() for s in schedules(with_events(sale=SALE))] == [18 + 7]  # nine weeks of two
