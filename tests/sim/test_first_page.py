"""The first page of a report: what to do, where it was tried, five numbers, why, what came true, what is uncertain."""

import re
from html import unescape
from typing import Any

import numpy as np
import pytest
from scipy.special import hyp2f1

from sim import compare, load, sweep
from sim.outputs.written import compared
from sim.results import first_page, money_steps, report
from sim.results.market_head import usual
from sim.results.metrics import REGISTRY
from sim.results.money_steps import value_made_of, value_steps
from sim.results.plots.canvas import shortened
from sim.results.recommendation import recommendation, recommended, warnings
from sim.results.wording import unbroken
from sim.scenario import load_market
from sim.words import WORDS, minus, number

from .given import around, given, shifted

SMALL = {"members": 120, "days": 98, "replicates": 2, "jobs": 1}
FIVE = ["ltv_member", "churn", "ltv_cac", "roi", "orders_per_year"]
LTV = around(50.0, 8.0)


@pytest.fixture(scope="module")
def result() -> Any:
    """A strategy, another that expects two things, and the reference, which loses a fortune."""
    base = load("benchmarks/cdnow/nurture.yaml").with_changes(
        {"name": "base", "targets": {"roi": ">= -99", "churn": "< 1%"}}
    )
    hopes = {"name": "hopes", "believes": "Less is more.", "policy.push.per_week": 1}
    hopes |= {"expects": {"messages_per_month": "< base", "ltv_member": "> absent"}}
    dear = {"name": "dear", "costs.tools_per_month": 90_000, "expects": {"ltv_member": "> base"}}
    return compare([base, base.with_changes(hopes), base.with_changes(dear)], against="dear", **SMALL)


@pytest.fixture(scope="module", params=["en", "zh"])
def page(result: Any, request: pytest.FixtureRequest) -> tuple[str, Any]:
    return report.html(result, request.param, "siyu compare"), request.param


def first_of(text: str) -> str:
    return text.partition("<body>")[2].partition("<main>")[0]


def words_of(html: str) -> str:
    """What is read on a page, without plots."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", html, flags=re.S))).split())


def table_of(html: str) -> tuple[list[str], dict[str, list[str]]]:
    """The labels and by strategy the means of the five numbers."""
    table = re.search(r'<table class="five".*?</table>', html, re.S)
    assert table is not None
    head, body = table[0].split("</thead>")
    labels = re.findall(r"<th>([^<]+)</th>", head)
    rows = re.findall(r"<tr><th>([^<]+)<", body.replace("\u200b", ""))
    means = [re.findall(r'class="mean">([^<]*)<', row) for row in body.split("<tr>")[1:]]
    return labels, dict(zip(rows, means, strict=True))


def test_it_begins_with_what_to_do_and_ends_with_the_contents(page: tuple[str, str], result: Any) -> None:
    text, lang = page
    first = first_of(text)
    assert f'<html lang="{"zh-Hans" if lang == "zh" else "en"}">' in text
    assert text.count("<h1>") == 1 and first.strip().startswith("<header")
    says = [unbroken(sentence) for sentence in recommendation(result, lang)]
    marks = ["<h1>", *says, usual(result.scenarios, lang)[0], '<table class="five"', "<figure>"]
    marks += [f"<h2>{WORDS.say(title, lang)}</h2>" for title in ("Did it come true?", "What is uncertain")] + ["<nav"]
    plain = unescape(first)
    places = [plain.index(unbroken(mark)) for mark in marks]
    assert places == sorted(places)


def test_its_five_numbers_are_those_of_the_json(page: tuple[str, str], result: Any) -> None:
    text, lang = page
    labels, means = table_of(first_of(text))
    told = {scenario["name"]: scenario["measures"] for scenario in compared(result)["scenarios"]}
    assert len(labels) == 5 and set(means) == {"base", "hopes", "dear"}
    for name, shown in means.items():
        expected = [minus(number(told[name][m]["mean"], REGISTRY[m].kind, lang)) for m in FIVE]
        assert list(map(unescape, shown)) == [unbroken(text) for text in expected], name


def test_contents_lead_to_every_section_and_nowhere_else(page: tuple[str, str]) -> None:
    text, _ = page
    links = re.findall(r'<a href="#([\w-]+)">', text)
    assert links == re.findall(r'<h2 id="([\w-]+)">', text) and len(links) > 8


def test_a_minus_is_no_hyphen_and_plots_are_read_out(page: tuple[str, str]) -> None:
    text, _ = page
    first = first_of(text)
    assert re.findall(r"(?<![\w.])-\d[\d,.]*", words_of(first)) == []
    assert "−" in words_of(first), "the dear one loses money"
    drawings = re.findall(r"<svg [^>]*>", text)
    assert drawings and all(re.search(r'role="img" aria-label="[^"]{8,}"', drawing) for drawing in drawings)
    assert not re.findall(r">-\d", "".join(re.findall(r"<text.*?</text>", first, re.S)))


def test_what_the_best_believes_is_held_against_the_run(page: tuple[str, str], result: Any) -> None:
    text, lang = page
    choice = recommended(result)
    assert choice is not None and choice.best != "dear" and "dear" not in choice.tied
    first = unescape(first_of(text))
    for belief in result.beliefs(lang):
        for _, sentence in belief.said:
            assert (unbroken(sentence) in first) == (belief.name == choice.best)
    items = [
        (sign, unescape(item)) for sign, item in re.findall(r'<li class="(good|bad|open)">([^<]*)</li>', first_of(text))
    ]
    assert [sign for sign, item in items if "churn" in item or "流失" in item] == ["bad"]
    assert ("Less is more." in first) == (choice.best == "hopes")


def test_each_page_is_in_its_language(page: tuple[str, str]) -> None:
    text, lang = page
    words = words_of(first_of(text)).replace("Less is more.", "")
    foreign = r"[a-z]{2,} [a-z]{2,}" if lang == "zh" else "[\u4e00-\u9fff]"
    assert re.findall(foreign, words) == []


def test_no_table_of_the_first_page_stands_again_below(page: tuple[str, str]) -> None:
    """All strategies are on it, so that no second table has the measures at a glance; with more of them there is one."""
    text, lang = page
    assert WORDS.say("At a glance", lang) not in text and text.count('<table class="sticky">') == 3


def test_of_many_strategies_all_are_told_at_a_glance(result: Any) -> None:
    base = result.scenarios[0]
    four = compare([base.with_changes({"name": f"s{k}"}) for k in range(4)], members=10, days=7, replicates=1, jobs=1)
    first = first_page.of_comparison(four, "en")
    assert len(first["numbers"]) == 2 and not first["shows_all"]
    at_a_glance, *further = report._groups(four, True, "en")
    assert at_a_glance["title"] == "At a glance" and {len(row["cells"]) for row in at_a_glance["rows"]} == {4}
    labels = [row["label"] for group in (at_a_glance, *further) for row in group["rows"]]
    assert len(labels) == len(set(labels))


def test_steps_add_up_to_the_value_and_to_the_lead(result: Any) -> None:
    for name in result.names:
        parts = value_made_of(result, name)
        np.testing.assert_allclose(sum(parts.values()), result.values(name, "ltv_member"))
        during = sum(part for step, part in parts.items() if step != "later")
        np.testing.assert_allclose(during, result.values(name, "contribution_per_member"))
    gap = result.difference("base", "ltv_member").interval.mean
    steps = dict(value_steps(result, "base", "dear"))
    assert sum(steps.values()) == pytest.approx(gap) and steps["tools"] > 0
    assert steps["orders"] == pytest.approx(0.0, abs=1e-9), "the same lives order the same"


def test_what_the_market_does_by_itself() -> None:
    """The sentence has the mean basket and BG/NBD's expected repeat orders of a year (Fader, Hardie and Lee 2005, eq. 9)."""
    market = load_market("scenarios/markets/beauty.yaml")
    h, t = market.rhythm, 365.0
    shrunk = (h.alpha / (h.alpha + t)) ** h.r * hyp2f1(h.r, h.b, h.a + h.b - 1, t / (h.alpha + t))
    orders = (h.a + h.b - 1) / (h.a - 1) * (1 - shrunk)
    scenario = load("scenarios/balanced.yaml")
    english, chinese = (usual([scenario], lang)[0] for lang in ("en", "zh"))
    assert f"120 CNY at a margin of 65 %; a new customer who is left alone makes {orders:.2f} further orders" in english
    assert "行业：美妆" in chinese and f"{orders:.2f} 单" in chinese
    other = scenario.with_changes({"name": "other", "market.name": "mother_and_baby"})
    both = usual([scenario, other])
    assert [text.partition(":")[0] for text in both] == [
        "beauty",
        "mother_and_baby",
    ] and "Trade mother and baby" in both[1]


def test_what_is_undefined_gives_its_place_to_what_is_known() -> None:
    """Without joiners no LTV/CAC, in 20 days no churn; one replicate has no interval: all of it is said, no dash shown."""
    bare = load("benchmarks/cdnow/nurture.yaml").with_changes({"name": "bare", "policy.acquisition": [], "targets": {}})
    alone = compare([bare], members=30, days=20, replicates=1, jobs=1)
    labels, means = table_of(first_of(report.html(alone)))
    assert labels[1].startswith("active in 30 days") and labels[2].startswith("profit a member")
    assert "–" not in means["bare"]
    text = words_of(first_of(report.html(alone)))
    assert "Undefined here: churn and LTV/CAC" in text and "One replicate tells no interval" in text
    assert "compare it with another strategy" in text and "recommended" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_sweep_has_a_first_page(lang: Any) -> None:
    swept = sweep(
        "benchmarks/cdnow/nurture.yaml", {"policy.push.per_week": [1, 3]}, members=40, days=20, replicates=2, jobs=1
    )
    text = report.sweep_html(swept, lang)
    first = first_of(text)
    assert unbroken(swept.verdict(lang)) in unescape(first) and text.count("<h1>") == 1
    labels, means = table_of(first)
    assert labels[0].startswith(WORDS.say(REGISTRY[swept.objective].label, lang)) and len(labels) == 5
    assert f"per_week = {swept.best[0]}" in means
    assert first.count("<svg") == text.count("<svg") == 2, "the plot stands there and nowhere else"


# --- the recommendation ----------------------------------------------------------------------------------------------


def several(*leads: tuple[float, float], n: int = 20) -> Any:
    """`s0` and for each lead a strategy with this paired difference to it in LTV a member, mean and standard deviation."""
    base = around(50.0, 8.0, n)
    values = {"s0": {"ltv_member": base}}
    for k, (mean, sd) in enumerate(leads, 1):
        values[f"s{k}"] = {"ltv_member": shifted(base, mean, sd, k)}
    return given(values)


CASES: list[tuple[str, Any, bool, str, str]] = [
    (
        "sure",
        several((12.0, 3.0)),
        True,
        "Choose s1: LTV a member is 12.0 USD higher than with s0 (62.0 against 50.0), and higher in one pool with more than "
        "95 %.",
        "建议选择s1：会员人均LTV比s0高12.0 USD（62.0对50.0），单个私域池中更高的概率为95%以上。",
    ),
    (
        "expected only",
        several((2.0, 3.0)),
        True,
        "Choose s1: expected LTV a member is 2.00 USD higher than with s0 (52.0 against 50.0; more than 95 % sure), but one "
        "pool may not show it: there s1 is the higher one with 74 %.",
        "建议选择s1：会员人均LTV的期望值比s0高2.00 USD（52.0对50.0，把握95%以上），但单个私域池中未必看得出来："
        "s1更高的概率为74%。",
    ),
    (
        "tie",
        several((0.8, 6.0), (0.6, 6.0), (-20.0, 2.0)),
        False,
        "No strategy is better with 90 %: s1, s2 and s0 cannot be told apart in LTV a member.",
        "没有哪个策略能以90%的把握胜出：s1、s2和s0的会员人均LTV分不出高下。",
    ),
    (
        "tie of many",
        several((0.8, 6.0), (0.6, 6.0), (0.5, 6.0), (0.4, 6.0)),
        False,
        "No strategy is better with 90 %: s1, s2, s3 and 2 more cannot be told apart in LTV a member.",
        "没有哪个策略能以90%的把握胜出：s1、s2、s3和另外 2 个策略的会员人均LTV分不出高下。",
    ),
    (
        "alike",
        several((0.1, 0.05)),
        False,
        "s1 and s0 are practically alike in LTV a member: s1 is 0.10 USD above s0, less than 1 %.",
        "s1和s0的会员人均LTV几乎没有差别：s1比s0高0.10 USD，不到1%。",
    ),
    (
        "equal",
        several((0.0, 0.0)),
        False,
        "s0 and s1 do not differ in LTV a member (50.0 USD). Choose by what costs less work.",
        "s0和s1的会员人均LTV没有差别（50.0 USD）。可按哪个更省人力来选。",
    ),
    (
        "one replicate",
        several((3.0, 0.0), n=1),
        False,
        "s1 has the highest LTV a member, 3.00 USD above s0 (53.0 against 50.0); one replicate cannot tell how sure that "
        "is: run 20 of them.",
        "s1的会员人均LTV最高，比s0高3.00 USD（53.0对50.0）；只有一次重复，无法判断把握有多大，请重复 20 次。",
    ),
    (
        "few replicates",
        several((30.0, 1.0), n=4),
        False,
        "s1 has the highest LTV a member, 30.0 USD above s0 (80.0 against 50.0), in one pool with more than 80 %. 4 "
        "replicates support no surer word: run 20 of them.",
        "s1的会员人均LTV最高，比s0高30.0 USD（80.0对50.0），单个私域池中更高的概率为80%以上。"
        "4 次重复得不出更有把握的结论，请重复 20 次。",
    ),
    (
        "undefined",
        given({"s0": {"ltv_member": [None] * 20}, "s1": {"ltv_member": [None] * 20}}),
        False,
        "LTV a member is undefined, so no strategy can be recommended by it.",
        "会员人均LTV无定义，无法据此推荐策略。",
    ),
]


@pytest.mark.parametrize(
    ("compared_ones", "is_sure", "english", "chinese"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_is_recommended(compared_ones: Any, is_sure: bool, english: str, chinese: str) -> None:
    assert recommendation(compared_ones)[0] == english
    assert recommendation(compared_ones, "zh")[0] == chinese
    choice = recommended(compared_ones)
    assert (choice is not None and choice.is_sure) == is_sure


def test_the_reference_is_told_where_it_is_neither_first_nor_second() -> None:
    told = recommendation(several((12.0, 3.0), (5.0, 1.0)))
    assert told[0].startswith("Choose s1:") and "than with s2" in told[0]
    assert told[1] == "Against the reference s0 it is 12.0 USD higher, in one pool with more than 95 %."
    assert len(recommendation(several((12.0, 3.0)))) == 1


def test_the_best_may_still_be_worth_nothing() -> None:
    poor = given(
        {"a": {"ltv_member": around(-3.0, 1.0), "roi": around(-0.4, 0.1)}, "b": {"ltv_member": around(-9.0, 1.0)}}
    )
    below, alone = warnings(poor, "a")
    assert below == "LTV a member of a is below 0: members cost more than they bring."
    assert alone.startswith("ROI of a is below 0 (−0.40)") and warnings(poor, "a", "zh")[1].startswith(
        "a的ROI为负（−0.40）"
    )
    assert warnings(given({"a": {"ltv_member": LTV, "roi": around(0.4, 0.1)}}), "a") == []


def test_five_stay_five_whatever_is_asked_of_a_sweep() -> None:
    every = {m: around(1.0, 0.1) for m in FIVE} | {"sales": around(5.0, 1.0)}
    known = given({"a": every})
    assert first_page.five(known, ["a"]) == FIVE
    assert first_page.five(known, ["a"], "sales") == ["sales", *FIVE[:4]]


def test_many_and_long_names() -> None:
    """A title names five strategies at most; plots leave out the middle of a long name, a Chinese character taking two."""
    many = given({f"s{k}": {"ltv_member": LTV} for k in range(6)})
    assert report._title(many, "en") == "Comparison of 6 strategies" and report._title(many, "zh") == "6 个策略的比较"
    assert report._title(given({"a": {"ltv_member": LTV}}), "zh") == "策略：a"
    assert shortened("nurture") == "nurture"
    english, chinese = (
        shortened("a_strategy_with_a_name_that_nobody_can_read"),
        shortened("春节前后老客户专属关怀与新品试用装联合营销"),
    )
    assert len(english) <= 26 and english.startswith("a_strategy_with") and english.endswith("_read")
    assert len(chinese) <= 14 and chinese.startswith("春节前后") and chinese.endswith("营销")


def test_strategies_that_do_the_same_have_no_bars_and_no_words_on_them() -> None:
    base = load("benchmarks/cdnow/nurture.yaml").with_changes({"name": "base"})
    twins = compare([base, base.with_changes({"name": "twin"})], **SMALL)
    best = recommended(twins)
    assert best is not None and best.other is not None and value_steps(twins, best.best, best.other) == []
    for lang, pale, bars in (("en", "In pale", "The bars"), ("zh", "浅色为", "条形图")):
        row = first_page.why(twins, best.best, best.other, lang)
        assert row is not None and str(row["caption"]).startswith(pale) and bars not in str(row)
        assert WORDS.say("Margin of orders", lang) not in str(row["caption"])
        assert WORDS.say(REGISTRY["ltv_member"].label, lang) in str(row)


@pytest.mark.parametrize(("small", "names"), [(0.02, ["orders", "others", "later"]), (0.0002, ["orders", "later"])])
def test_the_bars_add_up_to_the_lead_as_the_headline_has_it(
    monkeypatch: pytest.MonkeyPatch, small: float, names: list[str]
) -> None:
    """A cost too small for a bar of its own has its part in the last bar where that reads otherwise without it."""
    parts = {"orders": 6.0, "message_cost": small, "tools": 0.0, "later": 0.17}
    own = {step: np.full(2, amount) for step, amount in parts.items()}
    nothing = {step: np.zeros(2) for step in parts}
    monkeypatch.setattr(money_steps, "value_made_of", lambda _, name: own if name == "best" else nothing)
    steps = value_steps(given({"best": {"ltv_member": LTV}}), "best", "other")
    assert [step for step, _ in steps] == names
    assert number(sum(amount for _, amount in steps), "money") == number(sum(parts.values()), "money")
