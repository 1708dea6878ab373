"""Touches come on the day on which they are due, as the log of what happened says, and come again."""

import math
from typing import Any

import numpy as np
import pytest

from sim.catalogue import NEVER
from sim.records import MEMBER
from sim.replay import Events

DAYS = 150
TALKATIVE = {"contents": {"emotion": {"engage": 0.6}}, "visit": 0.28}
ORDERED = [{"delay": 4, "content": "emotion"}]
REPEATED = [{"delay": 6, "every": 7, "times": 3, "content": "emotion"}]


def days_of(events: Events, key: Any, kinds: tuple[str, ...]) -> list[int]:
    """On which days these things happened to a member; an order, or a question after it, on its day."""
    found: list[int] = []
    for kind in kinds:
        rows = getattr(events, kind)
        found += [
            math.floor(day) for day in rows["time" if kind in ("orders", "questions") else "day"][rows["key"] == key]
        ]
    return sorted(found)


def times_due(happened: list[int], until: int, row: dict[str, Any]) -> int:
    """How often a row is due that counts from the last of what happened before a day (day 0: she is there)."""
    due = 0
    for day in range(until):
        before = [at for at in happened if at < day]
        late = day - before[-1] - row["delay"] if before else -1
        every, times = row.get("every", DAYS), row.get("times", 1)
        due += late >= 0 and late % every == 0 and late // every < times
    return due


@pytest.mark.parametrize(
    ("routine", "kinds", "rows"),
    [
        ("wake_up", ("clicks", "visits", "orders"), [{"delay": 10, "content": "emotion"}]),
        ("wake_up", ("clicks", "visits", "orders"), REPEATED),
        ("follow_up", ("orders",), ORDERED),
        ("follow_up", ("orders",), REPEATED),
        ("touches", ("questions",), [{"anchor": "asked", **ORDERED[0]}]),
        ("touches", ("questions",), [{"anchor": "asked", **REPEATED[0]}]),
    ],
    ids=["silent once", "silent, repeated", "ordered once", "ordered, repeated", "asked once", "asked, repeated"],
)
def test_a_touch_comes_whenever_it_is_due(make, watch, routine: str, kinds: tuple[str, ...], rows: Any) -> None:
    """After every silence, order and question, not only the first: as many in all as the log of the run says."""
    policy = {routine: rows, "service": {"staff": 5, "answers_per_week": 500}}
    scenario = make(members=150, days=DAYS, policy=policy, response=TALKATIVE | {"ask": 0.6})
    kept, events = watch(scenario, seed=4)
    expected, again = 0, 0
    for member in kept.members:
        until = DAYS if member["left"] == NEVER else int(member["left"]) + 1
        # fresh founders bought on day 0, and have asked nothing yet
        begun = {"wake_up": [0], "follow_up": [math.floor(member["joined"])]}.get(routine, [])
        due = times_due([*begun, *days_of(events, member["key"], kinds)], until, rows[0])
        expected += due
        again += due > rows[0].get("times", 1)
    assert kept.run.totals["touched"] == expected
    assert again > 30  # members for whom it came after a second silence or order


def test_a_birthday_comes_once_a_year(make, live) -> None:
    """Everybody once in 365 days, some of them twice in 400, whatever else happens; none on a day beside."""
    policy = {"birthday": [{"delay": 0, "content": "emotion"}], "push": {"per_week": 2}}
    quiet = {"leave_base": 0.0, "leave_fatigue": 0.0, "sleeping_dog": 0.0}
    kept = live(make(members=400, days=400, policy=policy, response=quiet))
    daily = kept.run.daily["touched"].to_numpy()
    assert daily[:365].sum() == 400
    assert (daily[365:] == daily[:35]).all() and np.count_nonzero(daily) > 200


@pytest.mark.parametrize(
    "touch",
    [
        {"anchor": "ordered", "delay": 3000, "content": "emotion"},
        {"anchor": "silent", "delay": 200, "content": "emotion", "to": "silent"},
    ],
)
def test_a_touch_that_is_never_due_is_none(make, live, touch: dict[str, Any]) -> None:
    """Nothing that is counted differs, and of a member's record only the day before which no touch is due."""
    policy = {
        "push": {"per_week": 7, "hour": 9},
        "content": {"emotion": 1},
        "lines": [{"per_week": 7, "hour": 21, "content": "live"}, {"per_week": 4, "hour": 22}],
        "segments": {"busy": {"push": {"cap_per_day": 2}}},
    }
    without, having = (live(make(members=2000, days=DAYS, policy=policy | more)) for more in ({}, {"touches": [touch]}))
    one, other = having.run.totals, without.run.totals
    assert other["capped"] > 0
    assert [name for name in other.dtype.names if not np.array_equal(one[name], other[name])] == []
    its_own = {name for name in MEMBER.names if (having.members[name] != without.members[name]).any()}
    assert its_own == {"next_touch"}
    assert (having.orders == without.orders).all()
    assert other["reads"] > 0 and other["episodes"] > 0
