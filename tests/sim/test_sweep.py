"""Sweeps: values as written, how flat the top is and the best, the same lives at every value."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any, get_args, get_origin

import numpy as np
import pytest
from pydantic import BaseModel

from models.errors import BadInput
from sim.results.comparison import compare
from sim.results.sweeping import Sweep, parse_values, short_name, sweep
from sim.results.wording import percent
from sim.scenario import Scenario

from .given import around, given, shifted
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
        ("a=1..1e3:5e2", "a", [1, 501]),
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
        ("a=1..1e9:0.1", "a=1..1e9:0.1: the range has to rise, in at most 400 steps"),
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
        ({"days": [30, 60, 30.0]}, {}, "days: 30.0 is given twice; give each value once"),
        ({"policy.push.per_weeks": [1, 2]}, {}, "did you mean per_week?"),
        ({"policy.push.per_week": [1, 300]}, {}, "per_week"),
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
    near = [p for p, m in zip(pushes.points, means, strict=True) if means[best] - m <= pushes.margin]
    assert pushes.flat == near
    assert max(pushes.chance_of_being_best) <= 3 / 4  # what 3 replicates support
    assert f"per_week = {pushes.best[0]}" in pushes.verdict()
    assert f"per_week = {pushes.best[0]}" in pushes.verdict("zh")


# --- what is said of given curves --------------------------------------------------------------------------------------

NOISE = around(0.0, 3.0)
KEY = "policy.push.per_week"


def swept(curve, keys=(KEY,), values=None, objective="ltv_member", n=20, **kinds):
    """A sweep whose objective is `curve`, a mean a point; all points share their noise but for a little of their own."""
    values = values or (tuple(range(1, len(curve) + 1)),)
    points = tuple(product(*values))
    rows = {
        f"p{k}": {objective: [m + v for v in shifted(NOISE[:n], 0.0, 0.02, turn=k)] if m is not None else [None] * n}
        for k, m in enumerate(curve)
    }
    scenarios = given(rows, **kinds)
    return Sweep(tuple(keys), values, points, scenarios, objective)


@pytest.mark.parametrize(
    ("curve", "values", "english", "chinese"),
    [
        (
            [96, 97, 100, 99, 98, 97, 90],
            None,
            "LTV a member: per_week 1 to 6 all within 5 % of the best; best by mean and most often is per_week = 3 (100 "
            "USD, the best in one pool with more than 95 %).",
            "会员人均LTV：per_week 1 至 6，与最优相差都在5%以内；均值最优且最常为最优的是per_week = 3（100 USD，"
            "单个私域池中最优的概率为95%以上）。",
        ),
        (
            [96, 97, 98, 50, 50, 100, 50],
            None,
            "LTV a member: per_week 1 to 3 and 6 all within 5 % of the best; best by mean and most often is per_week = 6 "
            "(100 USD, the best in one pool with more than 95 %).",
            "会员人均LTV：per_week 1 至 3和6，与最优相差都在5%以内；均值最优且最常为最优的是per_week = 6（100 USD，"
            "单个私域池中最优的概率为95%以上）。",
        ),
        (
            [50, 60, 80, 100],
            None,
            "LTV a member: every other value tried costs more than 5 %; best by mean and most often is per_week = 4 (100 "
            "USD, the best in one pool with more than 95 %). per_week = 4 is the highest value tried: try higher ones, too.",
            "会员人均LTV：其他取值都会少5%以上；均值最优且最常为最优的是per_week = 4（100 USD，"
            "单个私域池中最优的概率为95%以上）。per_week = 4 已是所试的最大值：请再试更大的值。",
        ),
        (
            [100, 99, 98],
            ((1.5, 2.5, 3.5),),
            "LTV a member: all values tried within 5 % of the best; best by mean and most often is per_week = 1.5 (100 USD, "
            "the best in one pool with more than 95 %). per_week = 1.5 is the lowest value tried: try lower ones, too.",
            "会员人均LTV：全部取值与最优相差都在5%以内；均值最优且最常为最优的是per_week = 1.5（100 USD，"
            "单个私域池中最优的概率为95%以上）。per_week = 1.5 已是所试的最小值：请再试更小的值。",
        ),
        (
            [-96, -40, -41, -90],
            None,
            "LTV a member: per_week 2 to 3 all within 5 % of the best; best by mean and most often is per_week = 2 (−40.0 "
            "USD, the best in one pool with more than 95 %).",
            "会员人均LTV：per_week 2 至 3，与最优相差都在5%以内；均值最优且最常为最优的是per_week = 2（−40.0 USD，"
            "单个私域池中最优的概率为95%以上）。",
        ),
        (
            [-9, 0.01, -0.1, -7],
            None,
            "LTV a member: per_week 2 to 3 all within 0.12 USD of the best; best by mean and most often is per_week = 2 "
            "(0.01 USD, the best in one pool with more than 95 %).",
            "会员人均LTV：per_week 2 至 3，与最优相差都在0.12 USD以内；均值最优且最常为最优的是per_week = 2（0.01 USD，"
            "单个私域池中最优的概率为95%以上）。",
        ),
    ],
    ids=["flat", "gap", "upper end", "lower end", "negative", "near zero"],
)
def test_the_flat_range_comes_first_then_the_best_then_the_end(curve, values, english, chinese):
    found = swept(curve, values=values)
    assert found.verdict() == english
    assert found.verdict("zh") == chinese


def test_names_are_listed_and_have_no_end():
    found = swept([100, 60, 98], ("policy.push.channel",), (("one_to_one", "group", "moments"),))
    assert found.verdict().startswith("LTV a member: channel one_to_one and moments all within 5 % of the best; ")
    assert "channel one_to_one和moments，与最优相差" in found.verdict("zh")
    assert "tried:" not in found.verdict()


def test_the_end_is_no_news_where_the_scenario_ends_there_or_the_neighbour_is_as_good():
    assert "try" not in swept([100, 80, 60], values=((0, 1, 2),)).verdict().partition("; ")[2]
    shares = swept([50, 80, 100], ("policy.acquisition.0.organic",), ((0.0, 0.5, 1.0),), **CHANNEL)
    assert "is the highest" not in shares.verdict()
    assert (
        "is the highest"
        in swept([50, 80, 100], ("policy.acquisition.0.organic",), ((0.0, 0.3, 0.6),), **CHANNEL).verdict()
    )
    same = swept([50, 100, 100])
    rows = dict(same.comparison.given) | {"p2": same.comparison.given["p1"]}  # capped: 3 lives as 2 does
    capped = Sweep(same.keys, same.values, same.points, given(rows), "ltv_member")
    assert capped.best == (2,) and "is the highest" not in capped.verdict()
    turned = Sweep(
        same.keys, ((3, 1, 2),), ((3,), (1,), (2,)), given({"p": rows["p1"], "q": rows["p0"], "r": rows["p1"]})
    )
    assert (
        turned.keys == (KEY,)
        and "is the highest"
        not in Sweep(turned.keys, turned.values, turned.points, turned.comparison, "ltv_member").verdict()
    )


CHANNEL = {"policy": {"acquisition": [{"channel": "package_card", "per_day": 1, "cac": 10}]}}


def test_the_best_by_mean_and_the_one_most_often_best_come_from_the_same_draws():
    rows = {
        "a": {"ltv_member": shifted(NOISE, 100.2, 0.0)},
        "b": {"ltv_member": shifted(NOISE, 100.19, 0.05, turn=7)},
        "c": {"ltv_member": shifted(NOISE, 100.0, 6.0)},
    }
    found = Sweep((KEY,), ((1, 2, 3),), ((1,), (2,), (3,)), given(rows), "ltv_member")
    assert found.best == (1,) and found.most_often_best == (3,)
    chances = [percent(c, "en", 20) for c in found.chance_of_being_best]
    assert (
        f"best by mean is per_week = 1 (100 USD, the best in one pool with {chances[0]}), most often best per_week = 3 "
        in (found.verdict())
    )
    assert f"({chances[2]})" in found.verdict() and "最常为最优的是per_week = 3" in found.verdict("zh")


def test_one_replicate_has_no_chance():
    found = swept([90, 100, 95], n=1)
    assert found.chance_of_being_best == [None] * 3
    assert "; the best is per_week = 2 (" in found.verdict()
    assert found.verdict().endswith(" USD); one replicate cannot tell how sure that is.")
    assert "只有一次重复，无法判断把握有多大" in found.verdict("zh")


def test_an_objective_that_is_nowhere_defined_is_told():
    with pytest.raises(BadInput, match="undefined at every value; choose another --objective"):
        swept([None, None]).verdict()
    part = swept([None, 90, 100, 99])
    assert part.best == (3,) and part.chance_of_being_best[0] is None


@pytest.mark.parametrize(
    ("keys", "heads"),
    [
        ((KEY,), ("per_week",)),
        ((KEY, "policy.coupons.0.every_days"), ("per_week", "every_days")),
        ((KEY, "policy.segments.high_value.push.per_week"), (KEY, "high_value.push.per_week")),
        (("policy.coupons.0.off", "policy.coupons.1.off"), ("coupons.0.off", "coupons.1.off")),
        (("policy.coupons.0", "members"), ("coupons.0", "members")),
        (("days",), ("days",)),
    ],
)
def test_heads_are_the_last_part_and_tell_keys_apart(keys, heads):
    from sim.results import sweep_outcomes

    assert sweep_outcomes.heads(keys) == heads


@pytest.mark.parametrize(
    ("curve", "flat"),
    [
        ([100, 99, 10, 98, 97, 10], "per_week 1 to 2 with every_days 15 to 30 all within 5 % of the best"),
        ([100, 99, 10, 98, 10, 10], "3 of 6 combinations within 5 % of the best"),
        ([100, 10, 99, 98, 10, 97], "per_week 1 to 2 with every_days 15 and 60 all within 5 % of the best"),
    ],
)
def test_two_keys_tell_a_rectangle_or_a_number(curve, flat):
    found = swept(curve, (KEY, "policy.coupons.0.every_days"), ((1, 2), (15, 30, 60)), **COUPON)
    assert flat in found.verdict()
    assert "best by mean and most often is per_week = 1, every_days = 15 " in found.verdict()


COUPON = {"policy": {"coupons": [{"kind": "percent", "off": 0.1, "to": "all", "every_days": 30, "valid_days": 7}]}}


def test_two_keys_are_all_combinations():
    found = sweep(BASE, {"policy.push.per_week": [1, 4], "policy.push.channel": ["one_to_one", "group"]}, replicates=2)
    assert found.points == ((1, "one_to_one"), (1, "group"), (4, "one_to_one"), (4, "group"))
    read = [i.mean for i in found.curve("read_rate")]
    assert read[1] < read[0]  # a group message gets about a third of the attention
    assert "5 %" in found.verdict()


@pytest.mark.parametrize("n", [1, 20])
def test_a_key_without_effect_has_no_best_value(n):
    same = Sweep((KEY,), ((1, 2),), ((1,), (2,)), given({k: {"ltv_member": [100.0] * n} for k in "ab"}), "ltv_member")
    assert same.verdict() == (
        "LTV a member: the same at every value tried (100 USD on average); per_week makes no difference to it here."
    )
    assert same.verdict("zh") == "会员人均LTV：所试各取值的结果相同（平均100 USD）；per_week在这里不起作用。"


def test_a_seed_is_no_strategy():
    with pytest.raises(BadInput, match="seed: draws other lives"):
        sweep(SMALL, {"seed": [1, 2]})


def scalars(kind: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every key of a part that is there once, without a number or a name of the planner's own."""
    for name, field in kind.model_fields.items():
        words, annotated = (*before, field.alias or name), field.annotation
        if get_origin(annotated) in (tuple, dict):
            continue
        parts = [
            own for own in (annotated, *get_args(annotated)) if isinstance(own, type) and issubclass(own, BaseModel)
        ]
        if parts:
            yield from scalars(parts[0], words)
        else:
            yield words


def test_no_two_keys_are_called_the_same() -> None:
    """Of those that are there once; what has numbers or names of its own is called by all its words."""
    keys = [".".join(words) for words in scalars(Scenario)]
    assert len(keys) > 100 and "policy.service.staff" in keys
    names = Counter(map(short_name, keys))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("members", "members"),
        ("policy.tag_lag", "tag_lag"),
        ("policy.push.per_week", "per_week"),
        ("policy.service.staff", "staff"),
        ("phases.0.policy.service.staff", "phases-0-service-staff"),
        ("policy.lines.0.per_week", "lines-0-per_week"),
        ("policy.segments.busy.push.per_week", "segments-busy-push-per_week"),
        ("response.fatigue_half_life", "response-fatigue_half_life"),
        ("policy.referral.market", "referral-market"),
    ],
)
def test_what_a_key_is_called(key: str, name: str) -> None:
    assert short_name(key) == name
