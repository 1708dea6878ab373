"""Sweeps: values as written, the best and how flat the top is, the same lives at every value."""

import numpy as np
import pytest

from models.errors import BadInput
from sim.comparison import compare
from sim.sweeping import parse_values, sweep

from .test_metrics import SMALL

BASE = SMALL | {"name": "base", "members": 300, "days": 90, "replicates": 3}


@pytest.fixture(scope="module")
def pushes():
    return sweep(BASE, {"policy.push.per_week": [1, 3, 7]})


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("policy.push.per_week=1..4", "policy.push.per_week", [1, 2, 3, 4]),
        ("a.b=0..1:0.25", "a.b", [0, 0.25, 0.5, 0.75, 1]),
        ("a=1,2.5,4", "a", [1, 2.5, 4]),
        ("policy.push.channel=group,moments", "policy.push.channel", ["group", "moments"]),
        ("a=-1..1", "a", [-1, 0, 1]),
    ],
)
def test_values_as_written(text, key, values):
    assert parse_values(text) == (key, values)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("policy.push.per_week", "policy.push.per_week: write what to sweep as KEY=1..14 or KEY=1,2,4"),
        ("=1..3", "=1..3: write what to sweep as KEY=1..14 or KEY=1,2,4"),
        ("a=5..1", "a=5..1: the range has to rise, in at most 400 steps"),
        ("a=0..1:0", "a=0..1:0: the range has to rise, in at most 400 steps"),
        ("a=0..100000", "a=0..100000: the range has to rise, in at most 400 steps"),
    ],
)
def test_bad_values_are_told_in_a_sentence(text, sentence):
    with pytest.raises(BadInput) as told:
        parse_values(text)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("over", "more", "part"),
    [
        ({}, {}, "a sweep takes one key or two"),
        ({"days": [30]}, {}, "days: 1 combinations; give 2 to 400"),
        ({"policy.push.per_weeks": [1, 2]}, {}, "did you mean per_week?"),
        ({"policy.push.per_week": [1, 200]}, {}, "per_week"),
        ({"policy.push.per_week": [1, 2]}, {"objective": "churn"}, "churn: not a measure to make large; choose one of"),
    ],
)
def test_bad_sweeps_are_refused(over, more, part):
    with pytest.raises(BadInput) as told:
        sweep(BASE, over, **more)
    assert part in str(told.value)


def test_a_sweep_is_a_comparison_on_the_same_lives(pushes):
    three = BASE | {"name": "three", "policy": SMALL["policy"] | {"push": {"per_week": 3}}}
    alone = compare([three])
    at = pushes.comparison.names[1]
    for name in ("orders", "churn", "ltv_member", "profit_per_member"):
        assert pushes.comparison.values(at, name) == alone.values("three", name)


def test_the_best_and_the_flat_top(pushes):
    means = [i.mean for i in pushes.curve("profit_per_member")]
    best = int(np.argmax(means))
    assert pushes.best == pushes.points[best]
    near = [p for p, m in zip(pushes.points, means, strict=True) if means[best] - m <= 0.05 * abs(means[best])]
    assert pushes.flat == near
    assert sum(pushes.chance_of_being_best) == pytest.approx(1)
    assert f"per_week = {pushes.best[0]}" in pushes.verdict()
    assert f"per_week = {pushes.best[0]}" in pushes.verdict("zh")


def test_two_keys_are_all_combinations():
    found = sweep(BASE, {"policy.push.per_week": [1, 4], "policy.push.channel": ["one_to_one", "group"]}, replicates=2)
    assert found.points == ((1, "one_to_one"), (1, "group"), (4, "one_to_one"), (4, "group"))
    read = [i.mean for i in found.curve("read_rate")]
    assert read[1] < read[0]  # a group message gets about a third of the attention
    assert "combinations" in found.verdict() or "5 %" in found.verdict()
