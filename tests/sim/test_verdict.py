"""Verdicts: every kind of sentence in both languages, true to the table, and never surer than the replicates allow."""

import dataclasses
import re

import pytest

import sim.results.sweep_verdict
import sim.results.verdict
from sim.outputs.sentences import lines
from sim.results.metrics import REGISTRY
from sim.results.wording import joined, unbroken
from sim.words import WORDS, number

from .given import around, given, shifted

LTV = around(50.0, 8.0)
CHURN = around(0.5, 0.02)


def two(mean, sd, n=20, base=50.0, **beside):
    """`calm` against `loud` with this paired difference in LTV a member; beside: (loud's, calm's) values a measure."""
    reference = around(base, 8.0, n)
    loud = {"ltv_member": reference} | {m: pair[0] for m, pair in beside.items()}
    calm = {"ltv_member": shifted(reference, mean, sd)} | {m: pair[1] for m, pair in beside.items()}
    return given({"loud": loud, "calm": calm})


def said(result, lang="en"):
    return " ".join(result.verdict(lang))


CASES = [
    # kind, comparison, English, Chinese
    (
        "clearly better",
        two(12.0, 3.0),
        "calm clearly beats loud: LTV a member is 12.0 USD higher on average, and higher in one pool with more than 95 % "
        "(the difference lies between +6.60 and +17.4 with 90 %).",
        "calm明显优于loud：会员人均LTV平均高12.0 USD，单个私域池中更高的概率为95%以上"
        "（差值有90%的概率在+6.60与+17.4之间）。",
    ),
    (
        "clearly worse",
        two(-12.0, 3.0),
        "calm clearly loses to loud: LTV a member is 12.0 USD lower on average, and lower in one pool with more than 95 % "
        "(the difference lies between −17.4 and −6.60 with 90 %).",
        "calm明显不如loud：会员人均LTV平均低12.0 USD，单个私域池中更低的概率为95%以上"
        "（差值有90%的概率在−17.4与−6.60之间）。",
    ),
    (
        "likely better",
        two(5.0, 3.2),
        "calm likely beats loud: LTV a member is 5.00 USD higher on average, and higher in one pool with 93 % "
        "(the difference lies between −0.76 and +10.8 with 90 %).",
        "calm很可能优于loud：会员人均LTV平均高5.00 USD，单个私域池中更高的概率为93%"
        "（差值有90%的概率在−0.76与+10.8之间）。",
    ),
    (
        "likely worse",
        two(-5.0, 3.2),
        "calm likely loses to loud: LTV a member is 5.00 USD lower on average, and lower in one pool with 93 % "
        "(the difference lies between −10.8 and +0.76 with 90 %).",
        "calm很可能不如loud：会员人均LTV平均低5.00 USD，单个私域池中更低的概率为93%"
        "（差值有90%的概率在−10.8与+0.76之间）。",
    ),
    (
        "chosen, though one pool cannot tell",
        two(2.0, 3.0),
        "calm has the higher expected LTV a member, by 2.00 USD (more than 95 %), and is the one to choose; in one pool "
        "calm and loud cannot be told apart: calm is higher with 74 % (the difference lies between −3.40 and +7.40 with "
        "90 %).",
        "calm的会员人均LTV期望值更高，高2.00 USD（把握95%以上），应选它；但在单个私域池中calm与loud分不出高下："
        "calm更高的概率为74%（差值有90%的概率在−3.40与+7.40之间）。",
    ),
    (
        "the reference chosen",
        two(-2.0, 3.0),
        "loud has the higher expected LTV a member, by 2.00 USD (more than 95 %), and is the one to choose; in one pool "
        "calm and loud cannot be told apart: loud is higher with 74 % (calm less loud lies between −7.40 and +3.40 with "
        "90 %).",
        "loud的会员人均LTV期望值更高，高2.00 USD（把握95%以上），应选它；但在单个私域池中calm与loud分不出高下："
        "loud更高的概率为74%（calm减loud的差值有90%的概率在−7.40与+3.40之间）。",
    ),
    (
        "open on average, too",
        two(0.3, 5.0),
        "calm and loud cannot be told apart: calm has the higher mean LTV a member, by 0.30 USD, which for the expected "
        "value is 60 % sure; in one pool calm is higher with 52 % (the difference lies between −8.70 and +9.30 with 90 %).",
        "calm与loud分不出高下：calm的会员人均LTV均值高0.30 USD，期望值更高的把握为60%；"
        "单个私域池中calm更高的概率为52%（差值有90%的概率在−8.70与+9.30之间）。",
    ),
    (
        "practically alike, above",
        two(0.1, 0.15),
        "calm and loud are practically alike: LTV a member is 0.10 USD higher on average, and within 1 % of loud's in one "
        "pool with more than 95 %.",
        "calm与loud几乎没有差别：会员人均LTV平均高0.10 USD，单个私域池中与loud相差不到1%的概率为95%以上。",
    ),
    (
        "practically alike, below and hardly any",
        two(-0.001, 0.01),
        "calm and loud are practically alike: LTV a member is less than 0.01 USD lower on average, and within 1 % of "
        "loud's in one pool with more than 95 %.",
        "calm与loud几乎没有差别：会员人均LTV平均低不到0.01 USD，单个私域池中与loud相差不到1%的概率为95%以上。",
    ),
    (
        "exactly equal",
        two(0.0, 0.0),
        "calm and loud do not differ in LTV a member.",
        "calm与loud的会员人均LTV没有差别。",
    ),
    (
        "undefined",
        given({"loud": {"ltv_member": [None] * 4}, "calm": {"ltv_member": [1.0] * 4}}),
        "calm and loud cannot be compared: lifetime value is undefined.",
        "calm与loud无法比较：LTV无定义。",
    ),
    (
        "one replicate, better",
        two(3.0, 0.0, n=1),
        "calm has the higher LTV a member, by 3.00 USD; one replicate cannot tell how sure that is.",
        "calm的会员人均LTV高3.00 USD；只有一次重复，无法判断把握有多大。",
    ),
    (
        "one replicate, worse",
        two(-3.0, 0.0, n=1, churn=([0.5], [0.4]), roi=([-0.1], [0.2])),
        "calm has the lower LTV a member, by 3.00 USD; one replicate cannot tell how sure that is. "
        "Churn 40 % against 50 %, ROI 0.20 against −0.10.",
        "calm的会员人均LTV低3.00 USD；只有一次重复，无法判断把握有多大。流失率40%对50%，ROI 0.20对−0.10。",
    ),
    (
        "one replicate, equal",
        two(0.0, 0.0, n=1),
        "calm and loud have the same LTV a member in the one replicate.",
        "在这一次重复中，calm与loud的会员人均LTV相同。",
    ),
    (
        "two replicates support 66 %",
        two(12.0, 1.0, n=2),
        "calm and loud cannot be told apart: calm has the higher mean LTV a member, by 12.0 USD, which for the expected "
        "value is more than 66 % sure; in one pool calm is higher with more than 66 % (the difference lies between +4.27 "
        "and +19.7 with 90 %). 2 replicates support no chance above 66 %; from 19 replicates on a difference "
        "can be clear.",
        "calm与loud分不出高下：calm的会员人均LTV均值高12.0 USD，期望值更高的把握为66%以上；"
        "单个私域池中calm更高的概率为66%以上（差值有90%的概率在+4.27与+19.7之间）。"
        "2次重复最多只能支持66%的概率；至少19次重复才可能得出明显的差别。",
    ),
    (
        "negative values",
        two(12.0, 3.0, base=-40.0),
        "calm clearly beats loud: LTV a member is 12.0 USD higher on average, and higher in one pool with more than 95 % "
        "(the difference lies between +6.60 and +17.4 with 90 %).",
        "calm明显优于loud：会员人均LTV平均高12.0 USD，单个私域池中更高的概率为95%以上"
        "（差值有90%的概率在+6.60与+17.4之间）。",
    ),
]


@pytest.mark.parametrize(("result", "english", "chinese"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_every_kind_of_sentence(result, english, chinese):
    assert said(result) == english
    assert "".join(result.verdict("zh")) == chinese


def test_what_is_clear_though_ltv_is_not():
    result = two(
        1.0,
        5.0,
        churn=(CHURN, shifted(CHURN, -0.14, 0.03)),
        roi=(around(0.1, 0.1), shifted(around(0.1, 0.1), 0.2, 0.13)),
        ltv_cac=(around(4, 1), shifted(around(4, 1), 0.1, 0.4)),
        profit_per_member=(around(4, 1), shifted(around(4, 1), 0.1, 0.4)),
    )
    assert said(result).endswith(
        "With calm, clearly: churn lower (36 % against 50 %); likely: ROI higher (0.30 against 0.10); cannot be told apart: "
        "LTV/CAC."
    )
    assert said(result, "zh").endswith(
        "calm的其他指标中，明显的是流失率更低（36%对50%）；很可能的是ROI更高（0.30对0.10）；分不出高下的是LTV/CAC。"
    )


def test_measures_with_a_target_are_told_too():
    values = {"d30_retention": around(0.2, 0.01)}
    calm = {"d30_retention": around(0.4, 0.01), "ltv_member": LTV}
    result = given({"loud": values | {"ltv_member": LTV}, "calm": calm}, targets={"d30_retention": ">= 30%"})
    assert "clearly: D30 retention higher (40 % against 20 %)" in said(result)


def test_means_that_read_alike_are_told_by_their_difference():
    close = two(1.0, 5.0, churn=(around(0.3, 0.02), shifted(around(0.3, 0.02), -0.0035, 0.0005)))
    assert "churn lower (difference −0.35 points)" in said(close)
    assert "流失率更低（相差−0.35 个百分点）" in said(close, "zh")


def test_an_order_of_means_that_the_pairs_contradict_is_not_told():
    """Undefined now and then: in the pairs calm is higher, in the means of all it is lower."""
    loud = [None if k < 10 else 1.0 + 0.01 * v for k, v in enumerate(LTV)]
    calm = [-9.0 if k < 10 else v + 1.0 for k, v in enumerate(x or 0.0 for x in loud)]
    result = two(1.0, 5.0, profit_per_member=(loud, calm))
    told = said(result)
    assert "−" not in told.partition("profit a member")[2] and "profit a member" not in told.partition("against")[2]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_signs_are_those_of_the_table(case, lang):
    result = case[1]
    mean = result.difference("calm", "ltv_member").interval.mean
    text = result.verdict(lang)[0]
    up, down = {"en": ("calm is higher|is .* higher on|beats", "loud is higher|lower on|loses"), "zh": ("高", "低")}[
        lang
    ]
    if mean is not None and mean > 0 and lang == "en":
        assert not re.search(down, text)
    if mean is not None and mean < 0 and lang == "en":
        assert not re.search(up, text)
    assert "100 %" not in text and "100%" not in text


FIVE = {name: {"ltv_member": shifted(LTV, gap, sd, turn)} for turn, (name, gap, sd) in enumerate((
    ("a", 0.0, 0.0), ("b", 3.0, 4.0), ("c", 2.8, 4.0), ("d", -9.0, 2.0), ("e", 1.0, 3.0),
))}  # fmt: skip


def test_five_strategies_are_ranked_by_regret_with_their_chances():
    result = given(FIVE)
    first, *rest = result.verdict()
    assert len(rest) == 4
    assert first.startswith(
        "Of 5 strategies b has the highest expected LTV a member and is the one to choose (the best in one pool with "
    )
    assert re.findall(r"(\w) \(", first.partition("; then")[2]) == ["c", "e", "a", "d"]
    found = result.ranking()
    assert found.best == 1 and found.chances[3] < 0.01
    assert f"expected regret {number(found.regrets[1], 'money', 'en')} USD a member" in first
    assert "d (less than 5 %, regret " in first
    chinese = result.verdict("zh")[0]
    assert chinese.startswith("5个策略中，b的会员人均LTV期望值最高，应选它（单个私域池中最优的概率为")
    assert "d（不到5%，遗憾" in chinese


def test_the_one_most_often_best_is_told_where_it_is_another():
    rows = {"leader": shifted(LTV, 0.2, 0.0), "twin": shifted(LTV, 0.19, 0.05, turn=7), "wild": shifted(LTV, 0.0, 6.0)}
    result = given({name: {"ltv_member": row} for name, row in rows.items()})
    assert "Of 3 strategies leader has" in result.verdict()[0] and "; most often best is wild." in result.verdict()[0]
    assert "；最常为最优的是wild。" in result.verdict("zh")[0]


def test_several_with_one_replicate_or_two_or_undefined_ones():
    one = given({name: {"ltv_member": [v]} for name, v in (("a", 1.0), ("b", 3.0), ("c", 2.0))})
    expected = "Of 3 strategies b has the highest LTV a member; one replicate cannot tell how sure that is."
    assert one.verdict()[0] == expected
    pair = given({name: {"ltv_member": [v, v + 1]} for name, v in (("a", 1.0), ("b", 3.0), ("c", 2.0))})
    assert "regret" not in pair.verdict()[0] and "more than 66 %" in pair.verdict()[0]
    gap = given(FIVE | {"c": {"ltv_member": [None] * 20}})
    assert gap.verdict()[0].endswith("; LTV is undefined for c.")
    nothing = given({name: {"ltv_member": [None] * 20} for name in "abc"})
    assert len(nothing.verdict()) == 2


# --- measures that reward spam -----------------------------------------------------------------------------------------


def spam(d7=0.25, churn=0.9, ltv=40.0):
    """`x` writes 21 messages for `y`'s 3: its D7, churn and LTV against 0.13, 0.45 and 54."""
    x = {"d7_retention": around(d7, 0.02), "churn": around(churn, 0.03), "ltv_member": around(ltv, 3.0)}
    y = {"d7_retention": around(0.13, 0.02), "churn": around(0.45, 0.03), "ltv_member": around(54.0, 3.0)}
    return x, y


def test_a_measure_that_rewards_spam_is_told_whatever_the_strategies_are_called():
    x, y = spam()
    for order in ({"x": x, "y": y}, {"y": y, "x": x}):
        (told,) = given(order, {"x": 21.0, "y": 3.0}).cautions()
        assert told == (
            "Do not steer by D7 retention (25 % against 13 %): x, which writes most, comes first there and yet has the "
            "higher churn (90 % against 45 %) and the lower LTV a member (40.0 against 54.0) than y; such measures reward "
            "many messages."
        )
    (chinese,) = given({"x": x, "y": y}, {"x": 21.0, "y": 3.0}).cautions("zh")
    assert chinese == (
        "不要以7日留存（25%对13%）为准：x发消息最多，在这些指标上领先，却比y流失率更高（90%对45%），"
        "且会员人均LTV更低（40.0对54.0）；这类指标奖励的是多发消息。"
    )


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"d7": 0.10}, {"x": 21.0, "y": 3.0}),  # not the best there
        ({"churn": 0.40, "ltv": 60.0}, {"x": 21.0, "y": 3.0}),  # harms nobody
        ({}, {"x": 3.0, "y": 21.0}),  # the best writes less
        ({}, {"x": 3.0, "y": 3.0}),  # all write as much
        ({}, {"x": 0.0, "y": 0.0}),
    ],
)
def test_no_caution_without_a_reason(changes, messages):
    x, y = spam(**changes)
    assert given({"x": x, "y": y}, messages).cautions() == []


def test_one_harm_is_enough_and_one_strategy_has_no_caution():
    x, y = spam(ltv=60.0)
    (told,) = given({"x": x, "y": y}, {"x": 21.0, "y": 3.0}).cautions()
    assert "has the higher churn (90 % against 45 %) than y" in told and "LTV" not in told
    assert given({"x": x}, {"x": 21.0}).cautions() == []
    single = given({n: {m: v[:1] for m, v in row.items()} for n, row in (("x", x), ("y", y))}, {"x": 21.0, "y": 3.0})
    assert single.cautions() == []  # one replicate is no reason


# --- words -------------------------------------------------------------------------------------------------------------


def test_every_text_has_its_chinese():
    from pathlib import Path

    texts = {
        *sim.results.verdict._HEADS.values(),
        *sim.results.verdict._LINES.values(),
        *sim.results.verdict._GROUPS.values(),
    }
    texts |= {
        sim.results.verdict._CHOSEN,
        sim.results.verdict._OPEN,
        *(text for _, text, _ in sim.results.verdict._HARMS),
    }
    texts |= set(sim.results.sweep_verdict._WIDER.values())
    for module in (sim.results.verdict, sim.results.sweep_verdict, sim.results.wording):
        source = Path(module.__file__).read_text(encoding="utf-8")
        texts |= set(re.findall(r'(?:say\(|text = |if short else )\s*"((?:[^"\\]|\\.)+)"', source))
    texts = {t for t in texts if not t.isspace()}
    # of a text on two lines only the first is seen here
    assert sorted(t for t in texts if not (WORDS.chinese(t) or any(whole.startswith(t) for whole in WORDS.texts))) == []


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_chinese_breaks_no_number_and_spaces_it_from_latin_words(case):
    text = "".join(case[1].verdict("zh"))
    assert not re.search(r"\d %", text)
    assert not re.search(r"(?:LTV|CAC|ROI)[-−+]?\d", text)
    for width in (20, 33, 80):
        for line in lines(text, width):
            assert not re.match(r"[%，。；：）]", line)


def test_lines_are_no_wider_than_asked_and_lose_nothing():
    from rich.cells import cell_len

    text = CASES[4][3] + CASES[0][2]
    for width in (30, 47, 80):
        told = lines(text, width)
        assert all(cell_len(line) <= width for line in told)
        assert "".join(told).replace(" ", "") == text.replace(" ", "")
    assert lines("beats it with 53 %", 16) == ["beats it with", "53 %"]
    assert lines("per_week = 3 is best", 9) == ["per_week = 3", "is best"]  # wider than asked, but whole


def test_words_of_lists_numbers_and_pages():
    assert joined(["a", "b", "c"], "en") == "a, b and c" and joined(["a", "b", "c"], "zh") == "a、b和c"
    assert joined([], "en") == "" and joined(["a"], "zh") == "a"
    assert number(-0.42, "ratio", "en") == "−0.42" and number(0.53, "share", "zh") == "53%"
    assert number(0.001, "money", "en", signed=True) == "0.00"
    assert unbroken("53 % or 5 percent") == "53\N{NO-BREAK SPACE}% or 5 percent"
    assert set(sim.results.verdict._ATTENTION) <= set(REGISTRY)


# --- whom channels meet ------------------------------------------------------------------------------------------------


def meeting(**channels):
    """`calm` against `loud`, each with its own channels; calm's selection is worth 3.1 newcomers."""
    values = {"ltv_member": [50.0, 51.0]}
    result = given({"loud": values, "calm": values | {"value_multiple_by_selection": [3.0, 3.2]}})
    scenarios = tuple(
        s.with_changes({"market.shop_age": 900, "policy.acquisition": channels[s.name]}) for s in result.scenarios
    )
    return dataclasses.replace(result, scenarios=scenarios)


CARD = {"channel": "card", "per_day": 3, "buyers": 1.0}
SLIP = CARD | {"meets": "repeat_parcel"}
CODE = CARD | {"channel": "code", "per_day": 1, "buyers": 0.5, "meets": "counter"}


def test_that_channels_meet_different_people_is_told_once():
    result = meeting(loud=[CARD], calm=[SLIP, CODE])
    assert result.verdict()[-1 - ("replicates support" in result.verdict()[-1])] == (
        "The channels meet different people (loud: newcomers; calm: 12 % met at the counter, 75 % met by repeat parcels, "
        "worth 3.10 newcomers if left alone): a part of what LTV differs by is who joins, and not what is done with them; "
        "compare CAC, too."
    )
    assert (
        said(result, "zh").count(
            "各方案的渠道遇到的人不同（loud：都是新客；calm：12%为柜台遇到的老客，75%为复购包裹遇到的老客，不运营时价值为新客的3.10倍）"
        )
        == 1
    )
    assert "(loud: nobody joins; calm:" in said(meeting(loud=[], calm=[SLIP]))


def test_nothing_is_told_of_channels_that_meet_the_same_people():
    for loud, calm in (([CARD], [CARD | {"per_day": 9}]), ([SLIP], [SLIP | {"cac": 9}]), ([], [CARD])):
        assert "meet different people" not in said(meeting(loud=loud, calm=calm))
