"""Numbers in sentences and tables: a real minus, digits that bear out what is said, nothing below 0 that cannot be."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.errors import BadInput
from models.report.sentences import sentences as forecast_sentences
from models.words.numbers import minus, significant, told_apart, value_of, whole, with_sign
from sim.drafting.notes import notes
from sim.drafting.phrases import written_share
from sim.results import experiments, experiments_told
from sim.results.alerts import alert_sentences
from sim.results.comparison import Comparison
from sim.results.experiments import OUTCOMES, Lived, over_replicates, trials
from sim.results.metrics import REGISTRY
from sim.results.showing import chance_of
from sim.results.statistics.spread import Interval
from sim.results.sweep_verdict import written_value
from sim.results.tables import measure_rows
from sim.results.verdict import compared_values
from sim.results.wording import signed_number
from sim.scenario import Scenario, load
from sim.words import number

from .conftest import made
from .given import around, given

MAY_BE_NEGATIVE = {
    "contribution", "contribution_per_member", "profit", "profit_per_member", "roi", "roi_operations", "ltv",
    "ltv_founders", "ltv_member", "ltv_cac", "ltv_times_public", "value_multiple", "value_multiple_by_selection",
    "orders_gained", "orders_gained_per_1000_messages", "nps",
}  # fmt: skip


# --- a real minus, one formatter -------------------------------------------------------------------------------------


def test_numbers_for_people_have_a_real_minus() -> None:
    assert [minus(text) for text in ("-1.5", "-0.00", "0")] == ["−1.5", "0.00", "0"]
    assert [with_sign(text) for text in ("3", "-3", "-0.0", "0.00")] == ["+3", "−3", "0.0", "0.00"]
    assert [number(v, kind) for v, kind in ((-269.3, "money"), (-0.031, "share"), (-1e4, None))] == [
        "−269",
        "−3.1 %",
        "−10,000",
    ]
    assert number(0.004, "ratio", signed=True) == "0.00" and number(-0.031, "share", "zh", signed=True) == "−3.1%"
    assert whole(-1234.5, 1) == "−1,234.5" and significant(-0.0316) == "−0.032" and significant(12_000.0, 4) == "12,000"
    assert [value_of(text) for text in ("−1,234.5", "−3.1 %", "40%", "+2")] == [-1234.5, -0.031, 0.4, 2.0]


def test_swept_values_have_it_and_names_keep_their_hyphens() -> None:
    assert [written_value(v) for v in (-3, -0.5, 1_500.0, "one-to-one", True)] == [
        "−3",
        "−0.5",
        "1,500",
        "one-to-one",
        "True",
    ]


def test_the_table_of_a_comparison_has_it_too() -> None:
    result = given({"a": {"ltv_member": around(-20.0, 8.0)}, "b": {"ltv_member": around(-269.0, 8.0)}})
    cells = dict(measure_rows(result))["LTV a member, USD"]
    assert [cell.mean for cell in cells] == ["−20.0", "−269"]
    assert cells[0].beside.startswith("(−34.") and "-" not in str(cells[0]) + str(cells[1])
    assert compared_values(result, "b", "ltv_member", "en", "a") == "−269 against −20.0"


# --- numbers that a sentence compares --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "written", "told"),
    [
        ((1.3, 1.0), whole, ["1.3", "1"]),
        ((300.4, 300.0), whole, ["300.4", "300"]),
        ((280.0, 100.0), whole, ["280", "100"]),
        ((5.0, 5.0), whole, ["5", "5"]),
        ((9.996, 10.02), lambda v, finer: number(v, finer=finer), ["9.996", "10.02"]),  # 10.00 and 10.0 are one number
    ],
)
def test_digits_enough_to_tell_numbers_apart(values: tuple[float, float], written: Any, told: list[str]) -> None:
    assert told_apart(*((v, partial(written, v)) for v in values)) == told


def test_a_queue_grows_by_numbers_that_say_so() -> None:
    crowded = made(members=325, policy={"service": {"staff": 1, "answers_per_week": 9}})
    (told,) = [note for note in notes(crowded) if "queue grows" in note]
    asked, answers = (
        float(part.split()[0]) for part in (told.partition("ask the staff ")[2], told.partition("can give ")[2])
    )
    assert asked > answers == 9.0


def test_a_loss_is_seen_in_the_numbers() -> None:
    near = {"kind": "percent", "off": 0.35001, "valid_days": 7, "every_days": 30}
    told = notes(made(members=100, changes={"margin": 0.35}, policy={"coupons": [near]}))
    assert any("35.001 % off is more than the margin of 35 %" in note for note in told)
    tier = {"tiers": [{"spend": 50, "discount": 0.35}], "points": 0.00003, "redeemed": 1.0}
    told = notes(made(members=100, changes={"margin": 0.35}, policy={"push": {"per_week": 1}, "membership": tier}))
    (given_away,) = [note for note in told if "of every order away" in note]
    assert "gives 35.002 % of every order away, more than the margin of 35 %" in given_away


def test_what_costs_a_little_more_than_an_order_leaves_is_not_once_it() -> None:
    market = made(members=100).market
    left = market.baskets.mean * market.margin
    touch = {"delay": 1, "content": "emotion", "cost": round(left * 1.002, 6)}
    (told,) = [
        note for note in notes(made(members=100, policy={"follow_up": [touch]})) if "a usual order leaves" in note
    ]
    assert "is 1.002 times what a usual order leaves" in told
    cost, leaves = (value_of(part.split()[0]) for part in (told.split("cost: ")[1], told.partition("leaves (")[2]))
    assert cost > leaves


def test_an_alert_is_beyond_its_line_as_written() -> None:
    import pandas as pd

    alert: dict[str, Any] = {
        "day": 28, "statistic": "click_rate", "value": 0.02996, "line": 0.03, "act": None, "act_from": None,
        "act_until": None, "until": 35, "value_after": None,
    }  # fmt: skip
    (told,) = alert_sentences(made(members=1, policy={"guard": {}}), pd.DataFrame([alert]))
    assert told == "Guard, day 28: click rate 2.996 %, below its line of 3.000 %"


def test_refusals_show_what_is_refused() -> None:
    with pytest.raises(BadInput, match=r"the shares sum to 1\.00000[12] \("):
        made(members=1, policy={"content": {"education": 0.5, "emotion": 0.5000015}})
    with pytest.raises(BadInput, match=r"gives 50\.001 orders a day .* at most 50 can"):
        made(members=1, changes={"rhythm": {"r": 50.001, "alpha": 1.0, "a": 0.8, "b": 2.5}})


def test_a_forecast_that_missed_says_by_what() -> None:
    held = {"last_calibration_day": "2025-06-30", "expected_orders": 99.7, "actual_orders": 100, "total_error": -0.003}
    results = {
        "horizon_days": 90, "customers": 7, "expected_orders": 3.0, "holdout": held,
        "ltv": {"total": None}, "intervals": {"expected_orders": {"low": 1.0, "high": 5.0}},
    }  # fmt: skip
    _, told = forecast_sentences(SimpleNamespace(notes=[]), results, "en")  # type: ignore[arg-type]
    assert told == "Held out from 2025-06-30: 99.7 orders were forecast and 100 came (−0.3%)."


def test_a_planners_share_has_no_digit_that_she_did_not_write() -> None:
    assert [written_share(v, "en") for v in (0.05, 0.025, 0.3, 1 / 3, 0.00036)] == [
        "5 %", "2.5 %", "30 %", "33 %", "0.04 %",
    ]  # fmt: skip
    assert written_share(0.05, "zh") == "5%"


# --- what cannot be below 0 ------------------------------------------------------------------------------------------


def test_every_measure_says_whether_it_can_be_negative() -> None:
    assert {name for name, known in REGISTRY.items() if known.least != 0.0} == MAY_BE_NEGATIVE
    assert all((known.least, known.most) == (0.0, 1.0) for known in REGISTRY.values() if known.kind == "share")
    assert not [known.name for known in REGISTRY.values() if known.least == 0.0 and not known.parts and not known.positive
                and not known.followed]  # fmt: skip


def test_intervals_and_chance_do_not_reach_where_nothing_can_be() -> None:
    runs = {"all": [0.0, 3.0, 0.0, 1.0, 0.0], "simulation": [0.0, 2.0, 0.0, 1.0, 0.0]}
    scenario = made(members=10, days=60, policy={"guard": {}})
    rows = {
        kind: [[SimpleNamespace(measures={"health_alerts": v}, wholes={}, moved={})] for v in values]
        for kind, values in runs.items()
    }
    result = Comparison((scenario,), scenario.name, rows, 0.0)  # type: ignore[arg-type]
    own, alone = result.interval(scenario.name, "health_alerts"), result.by_chance(scenario.name, "health_alerts")
    assert own.low == alone.low == 0.0 and own.high is not None and own.high > 3.0
    assert own.mean == pytest.approx(0.8) and alone.mean == pytest.approx(0.8)
    assert alone.plus_minus is not None and alone.plus_minus > 0.8
    assert chance_of(alone, "count") == f"+{alone.plus_minus:.2f} −0.80"
    assert chance_of(Interval(50.0, 48.0, 52.0, 1.0, 20), "count") == f"± {1.729133 * math.sqrt(21 / 20):.2f}"


# --- experiments with arms that are too small ------------------------------------------------------------------------

TEST = {"name": "noon", "from_day": 28, "until_day": 84, "push": {"hour": 12}}


def records_of(scenario: Scenario, treated: list[bool]) -> list[experiments.Record]:
    """What an analyst reads of members of whom these are treated, beside the truth."""
    n, (trial,) = len(treated), trials(scenario)
    outcomes = np.arange(n * len(OUTCOMES), dtype=float).reshape(n, len(OUTCOMES))
    lived = Lived(np.arange(n, dtype=np.uint64), np.zeros(n, np.uint16), outcomes)
    both = [Lived(lived.keys, lived.accounts, outcomes + shift) for shift in (0.5, 0.0)]
    return experiments._read(trial, "members", lived, np.array(treated, bool), both)


@pytest.fixture(scope="module")
def tried() -> Scenario:
    return made(
        members=50, days=100, policy={"push": {"per_week": 2}, "experiments": [TEST], "referral": {"market": 900}}
    )


@pytest.mark.parametrize("treated", [[False, False, True], [False] * 4, [True, False]])
def test_arms_too_small_say_so_in_words_on_the_page_and_in_json(tried: Scenario, treated: list[bool]) -> None:
    for records in (records_of(tried, treated), over_replicates([records_of(tried, treated)] * 3)):
        compared = [
            {r[name] for r in records} for name in ("without", "with", "estimate", "low", "high", "interference")
        ]
        assert compared == [{None}] * 6 and all(r["truth"] == 0.5 for r in records)
        told = experiments_told.sentences(tried, records)
        assert told[1:-1] == [
            f"{experiments_told.label(r['outcome'], tried.market.currency, 'en')}: too few to compare; truly "
            + ("+50 points" if r["outcome"] == "left" else "+0.50")
            for r in records
        ]
        for row in experiments_told.rows(tried, records, "en"):
            assert row[1:6] == ["–", "–", "too few to compare", "–", "–"] and row[7:] == ["–", "–"]
        assert "estimates are off" not in told[-1] and told[-1].startswith("Both arms share")
    assert experiments_told.over_replicates(over_replicates([records_of(tried, treated)] * 3), "en") == []


def test_replicates_with_too_few_are_left_out_and_told_of(tried: Scenario) -> None:
    full, empty = records_of(tried, [True, False, True, False, False]), records_of(tried, [False] * 5)
    over = over_replicates([full, empty, full])
    for own, one in zip(over, full, strict=True):
        assert (own["replicates"], own["too_few"]) == (2, 1)
        assert own["estimate"] == one["estimate"] and own["without"] == one["without"]
    told = experiments_told.over_replicates(over, "en")
    assert told[0] == "noon: in 1 of 3 replicates there are too few to compare; the others alone are told of"
    assert "noon, orders a member: in 2 replicates" in told[1]
    (part,) = experiments_told.tables_of_experiments(tried, over, "en")
    assert told[0] in part["after"] and not any("too few" in cell for row in part["rows"] for cell in row)


# --- a belief in two languages ---------------------------------------------------------------------------------------

BOTH = {"en": "Less is more.", "zh": "少即是多。"}


def test_a_belief_may_be_written_in_both_languages() -> None:
    from sim.drafting.understood import understood

    scenario = made(members=10, believes=BOTH)
    assert load(scenario.plain()) == scenario and scenario.differences(made(members=10)) == []
    for lang, sentence in BOTH.items():
        text = "\n".join(line for line, _ in understood(scenario, lang=lang))  # type: ignore[arg-type]
        assert f"believes: {sentence}\n" in text and text.count("believes") == 1
    result = given({"a": {"ltv_member": [1.0, 2.0]}}, believes=BOTH)
    assert [result.beliefs(lang)[0].sentence for lang in ("en", "zh")] == list(BOTH.values())  # type: ignore[arg-type]
    assert made(members=10, believes="Less.").plain()["believes"] == "Less."


@pytest.mark.parametrize(
    ("believes", "said"),
    [
        ({"en": "a"}, "believes.zh: is missing: the sentence in Chinese"),
        ({"en": "a", "zh": "b", "fr": "c"}, "believes.fr: unknown key; known here: en, zh"),
        ({"en": "", "zh": "b"}, "believes.en: must be a sentence, not empty"),
        (3, "believes: must be text, not 3"),
        ({"en": "a" * 501, "zh": "b"}, "believes.en: must be at most 500 characters long"),
    ],
)
def test_what_is_no_belief_is_refused_in_one_sentence(believes: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        made(members=10, believes=believes)
    assert said in str(refused.value) and "more)" not in str(refused.value)


# --- differences -----------------------------------------------------------------------------------------------------


def test_a_difference_is_never_written_as_none_and_stays_where_it_can_be() -> None:
    assert signed_number(0.0012, "ratio", "en") == "+0.001" and signed_number(0.0, "money", "en") == "0.00"
    assert signed_number(-0.0000002, "share", "zh") == "−0.00002 个百分点"
    result = given({"a": {"churn": [0.0, 0.1, 0.0, 0.1]}, "b": {"churn": [1.0, 0.5, 1.0, 0.6]}})
    apart = result.difference("b", "churn").interval
    assert apart.high == 1.0 and apart.low is not None and apart.low > -1.0


def test_arms_in_which_all_are_alike_have_no_interval_in_words(tried: Scenario) -> None:
    record = records_of(tried, [True, False, True, False])[0]
    alike = record | {
        "without": 0.0,
        "with": 0.0,
        "estimate": 0.0,
        "error": 0.0,
        "low": 0.0,
        "high": 0.0,
        "power": None,
    }
    told = experiments_told.sentences(tried, [alike])[1]
    assert told == "orders a member: 0.00 with, 0.00 without, the same for all in each arm; truly +0.50"


def test_few_groups_in_the_mean_are_not_none(tried: Scenario) -> None:
    record = records_of(tried, [True, False, True])[0] | {"by": "community"}
    head = experiments_told.head(record | {"members_with": 16.2, "groups_with": 1 / 3, "groups_without": 1.0}, "en")
    assert "16 members in 0.33 groups with the change" in head and "in 1 group without" in head
