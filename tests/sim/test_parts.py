"""What each policy is worth: switched off in turn on the same lives."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import BadInput
from sim.cli import app
from sim.pool import PoolModel
from sim.results.parts import ALL, PHASES, SHOWN, called, can_be_switched_off, parts, runs_of
from tests.sim.whole import WHOLE

CARD = {"channel": "card", "per_day": 1}
COSTLY = {
    "push": {"per_week": 1, "cap_per_day": 2},
    "birthday": [{"delay": 0, "content": "emotion", "cost": 200}],  # a gift that nobody's orders can pay
    "quiet_hours": {"from": 2, "to": 5},  # in which nothing is planned
}


@pytest.fixture(scope="module")
def told(make):
    return parts(make(members=150, days=60, policy=COSTLY, replicates=3), jobs=1)


def test_what_can_be_switched_off(make) -> None:
    policy = {**WHOLE, "coupons": [{"kind": "percent", "off": 0.1, "every_days": 30, "valid_days": 7}]}
    whole = make(members=100, policy=policy)
    everything = {
        "acquisition", "push", "coupons", "benefits", "touches", "community", "membership", "referral", "lines",
        "quiet_hours", "account", "welcome", "follow_up", "wake_up", "birthday", "care", "service", "crisis",
        "events", "experiments",
    }  # fmt: skip
    assert set(can_be_switched_off(whole)) == everything
    assert can_be_switched_off(make(members=100, policy={})) == []
    joining = {"push": {"per_week": 1}, "acquisition": [{"channel": "card", "per_day": 1}]}
    assert can_be_switched_off(make(members=0, policy=joining)) == ["push"]  # without its channels nobody is there
    assert can_be_switched_off(make(members=10, policy=joining)) == ["acquisition", "push"]
    assert runs_of(make(members=10, policy=joining, replicates=20)) == 4 * 5
    assert runs_of(make(members=10, policy=joining, replicates=2)) == 4 * 2


def test_every_policy_is_called_something_in_both_languages(make) -> None:
    for part in (*can_be_switched_off(make(members=100, policy=WHOLE)), "coupons", PHASES, ALL):
        assert called(part, "zh") != called(part, "en"), part


def test_worth_is_the_whole_less_the_strategy_without(told) -> None:
    comparison = told.comparison
    assert told.names == ("push", "quiet_hours", "birthday", ALL)
    for part in told.names:
        for measure in SHOWN:
            with_it, without = (
                comparison.values(name, measure) for name in (told.whole, f"{told.whole} without {part}")
            )
            pairs = [(a, b) for a, b in zip(with_it, without, strict=True) if a is not None and b is not None]
            if pairs:
                mean = sum(a - b for a, b in pairs) / len(pairs)
                assert told.worth(part, measure).interval.mean == pytest.approx(mean), (part, measure)


def test_on_the_same_lives(told) -> None:
    """Quiet hours in which nothing is planned change nobody's life: nothing else differs between the runs."""
    assert told.worth("quiet_hours", "orders").interval.mean == told.worth("quiet_hours", "orders").interval.sd == 0.0


def test_what_costs_more_than_it_brings_is_told(told) -> None:
    worth = told.worth("birthday", "profit_per_member").interval
    assert worth.high is not None and worth.high < 0
    said = told.sentences()
    assert any(text.startswith("Better left out") and "birthdays −" in text for text in said)
    assert "Without any effect on LTV here: quiet hours." in said
    assert "do not add up" in said[-1] and "不可相加" in told.sentences("zh")[-1]
    assert told.ranked()[-2:] == ["birthday", ALL]


def test_table_and_frame(told) -> None:
    heads, rows = told.table("zh")
    assert heads[:2] == ["政策", "会员人均LTV，USD"] and [row[0] for row in rows][-1] == "全部运营"
    assert ["免打扰时段", "0.00"] in [row[:2] for row in rows]
    frame = told.frame()
    assert set(frame["part"]) == set(told.names) and frame["measure"].nunique() > 50
    assert "<table" in told._repr_html_() and "3 replicates" in repr(told)


def test_bad_input(make, told) -> None:
    with pytest.raises(BadInput, match="there is no policy that could be switched off; give it one under policy"):
        parts(make(members=50, policy={}))
    with pytest.raises(BadInput, match="coupons: no policy of test that can be switched off; it has push"):
        told.worth("coupons")


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market = (Path(__file__).parents[2] / "scenarios/markets/cdnow.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("market.yaml").write_text(market, encoding="utf-8")
    written = "market: market.yaml\nmembers: 60\ndays: 30\nreplicates: 2\npolicy: {push: {per_week: 2}}\n"
    Path("some.yaml").write_text(written, encoding="utf-8")
    Path("none.yaml").write_text("market: market.yaml\nmembers: 60\ndays: 30\nreplicates: 2\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", "some.yaml", "none.yaml", "--parts", "--jobs", "1", "--out", "out"])
    assert done.exit_code == 0, done.output
    assert "some: what each policy is worth takes 6 more runs, about" in done.stderr
    assert "note: none: there is no policy that could be switched off" in done.stderr
    assert "What each policy of some is worth" in done.stdout and "the push" in done.stdout
    told = json.loads(Path("out/comparison.json").read_text(encoding="utf-8"))["parts"]
    assert [(each["scenario"], each["replicates"]) for each in told] == [("some", 2)]
    assert [policy["policy"] for policy in told[0]["policies"]] == ["push", ALL]
    assert '<h2 id="worths">What each policy is worth</h2>' in Path("out/report.html").read_text(encoding="utf-8")
    assert {"parts.csv", "by_segment.csv", "by_cohort.csv", "funnel.png", "money.png"} <= {
        p.name for p in Path("out").iterdir()
    }
    plain = CliRunner().invoke(app, ["compare", "some.yaml", "--jobs", "1", "--out", "plain"])
    assert (
        plain.exit_code == 0
        and "worth" not in Path("plain/report.html").read_text(encoding="utf-8").split('<h2 id="plots">')[0]
    )


def test_what_a_change_of_policy_is_worth(make) -> None:
    """The whole less the strategy that stays as it begins; a phase that changes nothing, or comes too late, has no row."""
    policy = {"push": {"per_week": 1, "cap_per_day": 2}}
    harder = {"from_day": 14, "policy": {"push": {"per_week": 14}}}
    whole = make(members=150, days=42, policy=policy, replicates=1, phases=[harder])
    assert can_be_switched_off(whole) == ["push", PHASES]
    for nothing in ([], [harder | {"policy": policy}], [harder | {"from_day": 38}]):
        assert can_be_switched_off(whole.with_changes({"phases": nothing})) == ["push"]
    none_at_first = make(members=0, days=42, phases=[{"from_day": 14, "policy": {"acquisition": [CARD]}}])
    assert can_be_switched_off(none_at_first) == [], "without it nobody is there"
    told = parts(whole, fixed_response=True, jobs=1)
    steady = make(members=150, days=42, policy=policy, replicates=1)
    changed, unchanged = (PoolModel(scenario, threads=1).run().totals["delivered"] for scenario in (whole, steady))
    months = told.worth(PHASES, "messages_per_month").interval.mean
    assert changed > 1.5 * unchanged and months is not None and months > 10
    without = next(s for s in told.comparison.scenarios if s.name.endswith(f"without {PHASES}"))
    assert without.model_copy(update={"name": "test"}).digest == steady.digest
    rows = told.table("zh")[1]
    assert [row[0] for row in rows].count("策略的阶段变化（phases）") == 1 and rows[-1][0] == "全部运营"
    assert "1 replicate)" in repr(told)


def test_off_is_the_policy_absent(make) -> None:
    """What is compared with is the scenario as a file without the policy has it."""
    whole = make(members=80, days=30, policy=COSTLY)
    bare = make(members=80, days=30, policy={key: value for key, value in COSTLY.items() if key != "birthday"})
    one = parts(whole.with_changes({"replicates": 1}), fixed_response=True, jobs=1)
    without = next(s for s in one.comparison.scenarios if s.name.endswith("without birthday"))
    assert without.model_copy(update={"name": "test"}).digest == bare.with_changes({"replicates": 1}).digest
    assert PoolModel(without, threads=1).run().totals.tobytes() == PoolModel(bare, threads=1).run().totals.tobytes()


def test_what_a_scenario_has_not_is_no_part_of_it(make) -> None:
    """A survey of the guard is the guard's, and an experiment with the push brings no benefit."""
    touch = {"anchor": "silent", "delay": 30, "content": "emotion"}
    policy = {
        "push": {"per_week": 2},
        "segments": {"silent": {"push": {"per_week": 1}}},
        "experiments": [{"name": "more", "push": {"per_week": 7}}],
        "guard": {"watch": {"click_rate": 0.03}, "acts": [{"act": "survey", "touch": touch}]},
    }
    assert set(can_be_switched_off(make(members=10, days=60, policy=policy))) == {"push", "experiments", "guard"}
