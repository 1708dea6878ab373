"""A quick look answers the same question: what a pool shares goes with its size, and one line says so."""

import json
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from models.errors import BadInput
from sim import compare, load, simulate, sweep
from sim.catalogue import CONTENT_TYPES
from sim.drafting.schema import scenario_schema
from sim.policies.routines import ROUTINES
from sim.results.quick_look import SHARED, TOTALS, looked_at, sentences
from sim.results.report import html, sweep_html
from sim.scenario import Scenario
from sim.scenario.measures import MEASURES
from sim.words import WORDS

BALANCED = "benchmarks/cdnow/balanced.yaml"
RICH = {
    "policy.coupons.0.budget": 5000,
    "policy.benefits": {"sample": {"kind": "trial", "worth": 0.5, "unit_cost": 2, "budget": 900}},
    "policy.segments.high_value.coupons": [
        {"kind": "percent", "off": 0.1, "every_days": 9, "valid_days": 3, "budget": 80}
    ],
    "targets": {"profit": ">= 100000", "roi": ">= 0.2", "orders": "> 30000"},
}


@pytest.fixture(scope="module")
def rich() -> Scenario:
    return load(BALANCED).with_changes(RICH)


def test_balanced_agrees_at_every_size() -> None:
    """ROI, LTV, churn ... at 2,000, 5,000 and 20,000 founding members within 5 standard errors of each other; what is
    kept as written does not agree."""
    plan, means, errors = {2000: 12, 5000: 8, 20_000: 5}, {}, {}
    measures = (
        "roi", "ltv_member", "ltv_cac", "churn", "left_share", "profit_per_member", "contribution_per_member",
        "orders_per_year", "average_basket", "repurchase_rate", "d30_retention", "read_rate", "coupon_redemption",
    )  # fmt: skip
    for size, replicates in plan.items():
        result = compare([BALANCED], members=size, replicates=replicates, fixed_response=True, jobs=1)
        found = [result.interval("balanced", name) for name in measures]
        means[size] = np.array([i.mean for i in found])
        errors[size] = np.array([i.sd for i in found]) / np.sqrt(replicates)
        assert result.scenarios[0].policy.acquisition[0].per_day == 20 * size / 20_000
    for small in (2000, 5000):
        apart = np.abs(means[small] - means[20_000]) / np.hypot(errors[small], errors[20_000])
        assert dict(zip(measures, apart, strict=True)) == pytest.approx(dict.fromkeys(measures, 0), abs=5)
    kept = compare([BALANCED], members=2000, replicates=12, fixed_response=True, jobs=1, as_written=True)
    roi = kept.interval("balanced", "roi")
    assert means[20_000][0] - roi.mean > 5 * np.hypot(roi.sd / np.sqrt(12), errors[20_000][0])


def test_all_that_is_shared_is_scaled(rich) -> None:
    small, look = looked_at(rich, 2000)
    assert small.members == 2000
    assert small.policy.acquisition[0].per_day == 2.0
    assert small.policy.coupons[0].budget == 500.0
    assert small.policy.benefits["sample"].budget == 90.0
    assert small.policy.segments["high_value"].coupons[0].budget == 8.0
    assert small.costs.tools_per_month == 200.0
    assert {name: t.text for name, t in small.targets.items()} == {
        "profit": ">= 10000", "roi": ">= 0.2", "orders": "> 3000",
    }  # fmt: skip
    changed = {key for key, _, _ in small.differences(rich)}
    scaled = {key.replace("acquisition.0", "acquisition.package_card") for key, _, _ in look.scaled}
    assert changed == {"members", *scaled}
    assert (look.written, look.members) == (20_000, 2000)
    back, _ = looked_at(small, 20_000)
    assert back == rich


def test_nothing_else_changes(rich) -> None:
    assert looked_at(rich, None) == (rich, None)
    assert looked_at(rich, 20_000) == (rich, None)
    kept, look = looked_at(rich, 2000, as_written=True)
    assert kept == rich.with_changes({"members": 2000})
    assert look.scaled == ()
    nobody, look = looked_at(rich, 0)  # nothing to scale by
    assert nobody == rich.with_changes({"members": 0})
    assert look.scaled == ()
    with pytest.raises(BadInput, match="members: must be at least 0"):
        looked_at(rich, -1)


def test_an_export_with_all_its_customers_is_as_large_as_it_is(tmp_path) -> None:
    export = tmp_path / "orders.csv"
    rows = [f"c{i},2024-01-{1 + i % 20:02d},20\nc{i},2024-02-{1 + i % 20:02d},30" for i in range(40)]
    export.write_text("customer,date,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    mine = load(
        {
            "name": "mine", "market": "scenarios/markets/cdnow.yaml", "founding": "from_export", "orders": str(export),
            "policy": {"acquisition": [{"channel": "card", "per_day": 8}]},
        }
    )  # fmt: skip
    quarter, look = looked_at(mine, 10)
    assert (look.written, look.members) == (40, 10)
    assert quarter.policy.acquisition[0].per_day == 2
    whole, look = looked_at(quarter, 0)
    assert (look.written, look.members) == (10, 40)
    assert whole.policy.acquisition[0].per_day == 8
    assert looked_at(mine, 40)[1].scaled == ()


PLACES = ("", "segments.*.", "experiments.*.")  # where there are a push, lines, content and coupons
_REGULAR = ("per_week", "hour", "hour.*", "executed")
# Numbers of a scenario that do not grow with the pool: rates a member, shares, days, money a message or an order.
A_MEMBER = {
    "members", "lives", "days", "replicates", "seed", "repurchase_window", "policy.acquisition.*.cac",
    "policy.acquisition.*.cac_growth", "policy.acquisition.*.buyers", "policy.acquisition.*.organic",
    "policy.acquisition.*.conversion", "policy.acquisition.*.cost_per_reached", "policy.acquisition.*.fit",
    "policy.acquisition.*.first_order.mean_days", "policy.acquisition.*.first_order.shape",
    *(f"policy.membership.{k}" for k in ("points", "redeemed")),
    *(f"policy.membership.tiers.*.{k}" for k in ("spend", "discount", "points")),
    *(f"policy.membership.tiers.*.items.*.{k}" for k in ("worth", "every_days", "start_day", "unit_cost")),
    "policy.tag_accuracy", "policy.tag_lag", "costs.message", "costs.channels.*", "policy.quiet_hours.from",
    "policy.quiet_hours.to",
    *(f"policy.referral.{k}" for k in ("reward", "friend_reward", "per_share")),
    *(f"policy.referral.first_order.{k}" for k in ("mean_days", "shape")),
    *(f"policy.service.{k}" for k in ("bot", "bot_skill", "answers_per_week", "staff_per_month", "reply_hours")),
    *(f"policy.crisis.{k}" for k in ("day", "hit", "person", "offer", "notice", "closed", "offer_cost")),
    *(f"policy.acquisition.*.personas.{p}" for p in ("price_sensitive", "quality_seeker", "sociable", "busy")),
    *(f"policy.{s}push.{k}" for s in PLACES for k in (*_REGULAR, "cap_per_day")),
    *(f"policy.{s}lines.*.{k}" for s in PLACES for k in _REGULAR),
    *(f"policy.{s}content.{k}" for s in (*PLACES, *(f"{s}lines.*." for s in PLACES)) for k in CONTENT_TYPES),
    *(f"policy.experiments.*.{k}" for k in ("share", "from_day", "until_day")),
    "policy.community.manager_per_month",
    *(f"policy.community.programme.*.{k}" for k in ("per_week", "hour", "hour.*", "cost_per_group")),
    *(f"policy.benefits.*.{k}" for k in ("off", "min_spend", "worth", "unit_cost", "valid_days")),
    *(
        f"policy.{routine}.*.{k}"
        for routine in ROUTINES
        for k in ("delay", "every", "times", "from_order", "hour", "cost", "executed")
    ),
    *(
        f"policy.{s}coupons.*.{k}"
        for s in PLACES
        for k in ("off", "min_spend", "every_days", "valid_days", "start_day")
    ),
    *(f"policy.events.*.{k}" for k in ("day_of_month", "days_before", "days_after", "from_day", "until_day")),
    *(f"policy.events.*.coupons.*.{k}" for k in ("off", "min_spend", "every_days", "valid_days", "start_day")),
    *(f"policy.events.*.{s}lines.*.{k}" for s in ("", "pre_sale.") for k in _REGULAR),
    *(f"policy.events.*.{s}lines.*.content.{k}" for s in ("", "pre_sale.") for k in CONTENT_TYPES),
    "policy.events.*.pre_sale.days",
    *(f"policy.guard.watch.{k}" for k in ("group_interactions", "complaints", "click_rate", "cohort_return")),
    *(f"policy.guard.watch.{k}" for k in ("wake_up_rate", "d7_retention", "d30_retention")),
    *(f"policy.guard.acts.*.content.{k}" for k in CONTENT_TYPES),
    *(f"policy.guard.acts.*.touch.{k}" for k in ("delay", "every", "times", "from_order", "hour", "cost", "executed")),
}  # fmt: skip
A_MEMBER |= {
    f"phases.*.{key}" for key in A_MEMBER if key.startswith("policy.") and not key.startswith("policy.experiments.")
} | {"phases.*.from_day"}


def numbers(schema: Any, whole: Any, at: str = "") -> set[str]:
    """The dotted patterns of all numbers that a schema lets be written."""
    if "$ref" in schema:
        return numbers(whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole, at)
    found = {at} if schema.get("type") in ("number", "integer") else set()
    for option in schema.get("anyOf", ()):
        found |= numbers(option, whole, at)
    for name, item in schema.get("properties", {}).items():
        if at or name not in ("market", "response", "targets"):
            found |= numbers(item, whole, f"{at}.{name}" if at else name)
    for kind in ("items", "additionalProperties"):
        if isinstance(schema.get(kind), dict):
            found |= numbers(schema[kind], whole, f"{at}.*")
    return found


def test_every_number_is_shared_or_a_members_own() -> None:
    """A new key that counts people or money of the pool has to be scaled with it: say here which kind it is."""
    schema = scenario_schema()
    assert numbers(schema, schema) == A_MEMBER | set(SHARED)
    assert not A_MEMBER & set(SHARED)


def test_totals_grow_with_the_pool() -> None:
    """Twice the pool, twice the total: each measure that counts or adds up over all members, and no other."""
    counted = {name for name, kind in MEASURES.items() if kind == "count"} - {
        "orders_per_year", "messages_per_month", "touches_per_month", "visits_per_month",
        "questions_per_month", "health_alerts",
    }  # fmt: skip
    assert counted < set(TOTALS) < set(MEASURES)
    one, two = (simulate(BALANCED, members=n, days=120).measures for n in (3000, 6000))
    for name, kind in MEASURES.items():
        if one[name] and two[name] and (kind in ("money", "count")):
            ratio = two[name] / one[name]
            assert (ratio > 1.5) == (name in TOTALS), (name, ratio)


def test_swept_values_are_those_of_the_pool_as_written() -> None:
    key = "policy.acquisition.package_card.per_day"
    swept = sweep(BALANCED, {key: [10, 40]}, members=200, days=20, replicates=2, fixed_response=True, jobs=1)
    assert [s.policy.acquisition[0].per_day for s in swept.comparison.scenarios] == [0.1, 0.4]
    assert swept.points == ((10,), (40,))
    (line,) = swept.comparison.sizes("zh")
    assert line in sweep_html(swept, "zh")
    with pytest.raises(BadInput, match="members: is swept"):
        sweep(BALANCED, {"members": [100, 200]}, members=50)


def test_one_line_says_so_in_both_languages(rich) -> None:
    result = compare([BALANCED], members=200, days=20, replicates=2, fixed_response=True, jobs=1)
    assert result.sizes() == [
        "A quick look: 200 founding members in place of 20,000; scaled with them: joiners a day, tools "
        "(--as-written keeps them)."
    ]
    assert result.sizes()[0] in html(result)
    (chinese,) = result.sizes("zh")
    assert "初始会员200人，原定20,000人；每日新加入人数、工具费用" in chinese
    looks = [looked_at(s, 100)[1] for s in (load(BALANCED), rich)]
    assert [line.split(":")[0] for line in sentences([load(BALANCED), rich], looks)] == ["balanced", "balanced"]
    assert all(WORDS.chinese(text) for text in (*SHARED.values(), "targets of totals", ", "))
    assert simulate(BALANCED, members=200, days=20).quick_look.written == 20_000


def test_screen_and_json_say_so(tmp_path) -> None:
    from sim.cli import app

    def run(*arguments: object) -> tuple[str, Any]:
        file = tmp_path / "out.json"
        more = ("--days", 20, "--out", tmp_path / "out", "--json", file, "--force")
        done = CliRunner().invoke(app, [*map(str, (*arguments, *more))])
        assert done.exit_code == 0, done.output
        return done.output, json.loads(file.read_text(encoding="utf-8"))

    said, told = run("simulate", BALANCED, "--members", 200)
    assert "A quick look: 200 founding members in place of 20,000" in said
    assert told["quick_look"] == {
        "written": 20_000,
        "members": 200,
        "scaled": {
            "policy.acquisition.0.per_day": {"written": 20.0, "run": 0.2},
            "costs.tools_per_month": {"written": 2000.0, "run": 20.0},
        },
    }
    assert told["measures"]["joiners"] == 4
    said, told = run("simulate", BALANCED, "--members", 200, "--as-written")
    assert "200 founding members in place of 20,000; everything else as written." in said
    assert told["measures"]["joiners"] == 400
    common = ("--members", 200, "--replicates", 2, "--fixed-response", "--lang", "zh")
    said, told = run("compare", BALANCED, "benchmarks/cdnow/nurture.yaml", *common)
    assert said.count("快速预览") == 1
    assert [s["quick_look"]["written"] for s in told["scenarios"]] == [20_000, 20_000]
    said, told = run("sweep", BALANCED, "policy.push.per_week=1,2", *common)
    assert said.count("快速预览") == 1
    assert [p["quick_look"]["members"] for p in told["points"]] == [200, 200]
