"""Nothing that a run leaves behind changes by accident: tests/baseline.json, both engines, one and two threads.

To change results on purpose: `python -m benchmarks.baseline --update`, and say why in CHANGELOG.md.
"""

import pytest

from benchmarks.baseline import cases, comparable, differing, hashes, plain, written

CASES = {scenario.name: scenario for scenario in cases()}
HELD = written()
RELATIVE = 1e-6  # of a measure, between types of machine: another last bit may move a rare event

on_another_machine = pytest.mark.skipif(
    not comparable(HELD), reason="the baseline's hashes are of another type of machine or other versions of packages"
)


def test_every_case_is_held() -> None:
    assert set(HELD["scenarios"]) == set(CASES)


@on_another_machine
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("engine", "threads"), [("compiled", 1), ("compiled", 2), ("agents", 1)])
def test_every_field_is_as_before(name, engine, threads) -> None:
    assert differing(HELD["scenarios"][name]["hashes"], hashes(CASES[name], engine, threads)) == []


@pytest.mark.parametrize("name", CASES)
def test_measures_are_as_before(name) -> None:
    now = plain(CASES[name])
    assert set(now) == set(HELD["scenarios"][name]["measures"]), "python -m benchmarks.baseline --update"
    for measure, value in HELD["scenarios"][name]["measures"].items():
        if isinstance(value, float):
            assert now[measure] == pytest.approx(value, rel=RELATIVE), measure
        else:
            assert now[measure] == value, measure


def test_what_happens_in_the_cases() -> None:
    """Hashes of an uneventful run would prove little."""
    nothing = HELD["scenarios"]["nothing"]["hashes"]["totals"]
    busy = HELD["scenarios"]["everything-budgets"]["hashes"]["totals"]
    events = ("joined", "departed", "delivered", "clicks", "complaints", "orders", "discounted_orders", "issued")
    assert all(busy[name] != nothing[name] for name in events)
