"""What the shipped strategies believe: each thing that they expect is shown, possible, or wrong, and then reports say so."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from models.errors import BadInput
from sim.drafting.notes import notes
from sim.reading.told import told_in
from sim.results import report
from sim.results.beliefs import came_true
from sim.results.comparison import Comparison, compare
from sim.results.metrics import REGISTRY
from sim.results.statistics.chances import finding
from sim.results.wording import unbroken
from sim.scenario import load
from sim.scenario.expects import Expectation

from .given import around, given

FOLDER = Path(__file__).parents[2] / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "everything")
SIGMAS = 5.0  # of the mean paired difference on the same lives, below which nothing is claimed
# What five standard errors say of each expectation: shown, possible (not refuted, be it shown in a larger pool) or wrong.
STANDING = {
    ("balanced", "ltv_member"): "shown",
    ("blast", "sales"): "wrong",
    ("nurture", "nps"): "shown",
    ("nurture", "ltv_member"): "shown",
    ("coupon_heavy", "orders_per_year"): "possible",
    ("coupon_heavy", "ltv_member"): "wrong",
    ("personal_coupons", "ltv_member"): "shown",
    ("personal_coupons", "benefit_cost_per_order"): "shown",
    ("content_school", "orders_per_year"): "shown",
    ("member_tiers", "orders_per_year"): "possible",
    ("member_tiers", "ltv_member"): "wrong",
    ("community_3_1", "click_rate"): "possible",
    ("community_3_1", "ltv_member"): "wrong",
    ("wake_up_routine", "wake_up_rate"): "possible",
    ("wake_up_routine", "ltv_member"): "possible",
    ("referral_engine", "cac"): "shown",
    ("referral_engine", "ltv_cac"): "possible",
    ("silent_luxury", "average_basket"): "possible",
    ("silent_luxury", "left_share"): "possible",
    ("consent_first", "left_share"): "possible",
    ("consent_first", "ltv_member"): "possible",
}


@pytest.fixture(scope="module")
def result() -> Comparison:
    """All of them for a year on the same lives, with the response as it stands."""
    files = [FOLDER / f"{name}.yaml" for name in NAMES]
    return compare(files, lives=1000, replicates=9, against="balanced", fixed_response=True, jobs=1)


def sigmas(result: Comparison, name: str, measure: str, expectation: Expectation) -> float:
    """Standard errors by which the expectation is exceeded; negative where it is the other way round."""
    difference = result.difference(name, measure, expectation.other).interval
    assert difference.mean is not None and difference.sd
    return expectation.sign * difference.mean / (difference.sd / difference.n**0.5)


def test_a_dozen_strategies_say_what_they_believe_and_expect() -> None:
    strategies = [load(FOLDER / f"{name}.yaml") for name in NAMES]
    assert len(strategies) >= 12
    assert len({told_in(each.believes, lang) for each in strategies for lang in ("en", "zh")}) == 2 * len(NAMES)
    assert {(each.name, measure) for each in strategies for measure in each.expects} == set(STANDING)
    assert all(other.other in NAMES for each in strategies for other in each.expects.values())
    assert {each.market.currency for each in strategies} == {"CNY"}


def test_the_table_of_the_page_is_that_of_the_files() -> None:
    page = (FOLDER.parent / "docs" / "strategies.md").read_text(encoding="utf-8")
    rows = {
        name: (belief, expects)
        for name, belief, expects in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", page, re.M)
    }
    assert sorted(rows) == NAMES
    for name, (belief, told) in rows.items():
        strategy = load(FOLDER / f"{name}.yaml")
        assert belief == told_in(strategy.believes, "en")
        assert told.split("; ") == [
            f"{REGISTRY[measure].label} {expected.text}: {STANDING[name, measure]}"
            for measure, expected in strategy.expects.items()
        ]


@pytest.mark.parametrize("name", NAMES)
def test_check_has_nothing_to_remark(name: str) -> None:
    assert notes(load(FOLDER / f"{name}.yaml")) == []
    assert 10 <= len((FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) <= 30


@pytest.mark.parametrize(("name", "measure"), STANDING)
def test_a_belief_is_possible_or_said_to_be_wrong(result: Comparison, name: str, measure: str) -> None:
    expectation = load(FOLDER / f"{name}.yaml").expects[measure]
    standing, by = STANDING[name, measure], sigmas(result, name, measure, expectation)
    assert by < -SIGMAS if standing == "wrong" else by > (SIGMAS if standing == "shown" else -SIGMAS)
    word = came_true(result, name, measure, expectation)
    assert standing == "possible" or word == {"shown": "right", "wrong": "wrong"}[standing]


def test_the_comparison_says_which_are_wrong(result: Comparison) -> None:
    said = {each.name: [text for word, text in each.said if word == "wrong"] for each in result.beliefs()}
    assert {name for (name, _), standing in STANDING.items() if standing == "wrong"} <= {
        n for n, t in said.items() if t
    }
    assert len(result.wrong_beliefs()) == sum(map(len, said.values()))
    for name, texts in said.items():
        believed = told_in(load(FOLDER / f"{name}.yaml").believes, "en").rstrip(".")
        assert [
            each for each in result.wrong_beliefs() if each.startswith(f"What {name} believes ({believed}) is ")
        ] == [f"What {name} believes ({believed}) is {text}." for text in texts]


def test_the_report_says_it() -> None:
    """In the section on what each strategy believes, in both languages; blast sells less in the smallest of pools, too."""
    files = [FOLDER / "balanced.yaml", FOLDER / "blast.yaml"]
    result = compare(files, members=120, days=200, replicates=9, fixed_response=True, jobs=1)
    (english,), (chinese,) = result.beliefs("en")[1].said, result.beliefs("zh")[1].said
    assert english[0] == chinese[0] == "wrong"
    assert english[1].startswith("wrong: sales lower") and chinese[1].startswith("不成立：销售额")
    assert f"<dd>Who shouts most sells most.<br>{unbroken(english[1])}" in unescape(report.html(result, "en"))
    assert result.wrong_beliefs("zh") == [f"blast的信念（喊得最响的卖得最多）{chinese[1]}。"]


def test_what_is_not_compared_is_not_tried(result: Comparison) -> None:
    absent = Expectation.parse("< nobody")
    assert came_true(result, "blast", "churn", absent) == "untried"
    assert came_true(result, "blast", "tier_1_churn", Expectation.parse("> balanced")) == "undefined"
    alone = compare([FOLDER / "blast.yaml"], members=30, days=10, replicates=1, fixed_response=True, jobs=1)
    assert [word for word, _ in alone.beliefs()[0].said] == ["untried"]
    assert "balanced, which is not among these strategies" in alone.beliefs()[0].said[0][1]
    assert alone.wrong_beliefs() == []


def test_expectations_are_no_part_of_what_extends_them(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"extends: {FOLDER / 'blast.yaml'}\n", encoding="utf-8")
    mine, blast = load(tmp_path / "mine.yaml"), load(FOLDER / "blast.yaml")
    assert mine.expects == {} and blast.expects["sales"].text == "> balanced"
    assert mine.differences(blast) == []
    assert load(blast.plain()).expects == blast.expects, "written as it is read"


@pytest.mark.parametrize("text", ["balanced", ">= balanced", ">", "", 3, None, "> " + 300 * "x"])
def test_what_is_no_expectation_is_refused(text: Any) -> None:
    blast = load(FOLDER / "blast.yaml")
    with pytest.raises(BadInput, match="name of another strategy"):
        blast.with_changes({"expects": {"sales": text}})
    with pytest.raises(BadInput, match="unknown measure"):
        blast.with_changes({"expects": {"sale": "> balanced"}})


@pytest.mark.parametrize(("n", "words"), [(2, ["open", "open"]), (8, ["open", "open"]), (9, ["right", "wrong"])])
def test_no_word_is_surer_than_so_many_replicates_can_be(n: int, words: list[str]) -> None:
    """R / (R + 1): the verdict beside it calls the two alike open below 9 replicates, however far they lie apart."""
    lower = around(50.0, 1.0, n)
    result = given(
        {"low": {"ltv_member": lower}, "high": {"ltv_member": [value + 20.0 + value % 1 for value in lower]}}
    )
    told = [came_true(result, "high", "ltv_member", Expectation.parse(text)) for text in ("> low", "< low")]
    assert told == words
    assert finding(result.difference("high", "ltv_member").interval, lower).sure == pytest.approx(n / (n + 1))


@pytest.mark.parametrize("sign", "><")
def test_no_difference_is_neither_higher_nor_lower(sign: str) -> None:
    same = {"ltv_member": around(50.0, 1.0, 3)}
    result = given({"one": same, "other": same})
    one, other = result.scenarios
    hoping = replace(result, scenarios=(one, other.with_changes({"expects": {"ltv_member": f"{sign} one"}})))
    assert hoping.beliefs()[0].said == (("wrong", "wrong: no difference in LTV a member to one (50.0 against 50.0)"),)
    assert hoping.beliefs("zh")[0].said == (("wrong", "不成立：与one相比，会员人均LTV 没有差别（50.0对50.0）"),)
    alone = given({name: {"ltv_member": [50.0]} for name in ("one", "other")})
    assert came_true(alone, "other", "ltv_member", Expectation.parse(f"{sign} one")) == "open", (
        "one replicate tells nothing"
    )
