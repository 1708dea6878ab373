"""Case files: the published ones are whole and frozen, and what is wrong with one is told where it stands."""

import json
import re
from pathlib import Path

import pytest

from models.errors import BadInput
from sim.cases import read_cases
from sim.cases.case import Case, cases_folder, changed_since_frozen
from sim.words import say

from .own_cases import CASE, RULES, a_folder, read_mine

FOLDER = cases_folder()
PUBLISHED = Path(__file__).parents[3] / "shared" / "CASES.md"


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in read_cases()}


# --- the files -------------------------------------------------------------------------------------------------------


def test_files_are_as_they_were_frozen() -> None:
    """A change voids what was searched with them: log it in docs/cases.md and freeze anew."""
    assert changed_since_frozen(FOLDER) == []
    assert len(json.loads((FOLDER / "frozen.json").read_text())["files"]) == 135


def test_a_change_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "b.yaml").write_text("b: 1\n")
    (tmp_path / "frozen.json").write_text(json.dumps({"files": {"a.yaml": "0", "c.yaml": "0"}}))
    assert changed_since_frozen(tmp_path) == ["a.yaml", "b.yaml", "c.yaml"]


def test_every_published_row_has_its_case(cases: dict[str, Case]) -> None:
    if not PUBLISHED.is_file():
        pytest.skip("the list of published cases does not lie beside this checkout")
    rows = re.findall(r"^\| ([a-z0-9-]+)( \(input\))? \|", PUBLISHED.read_text(encoding="utf-8"), re.MULTILINE)
    rows = [row for row in rows if row[0] != "id"]
    assert {name: bool(mark) for name, mark in rows} == {name: case.text.input for name, case in cases.items()}
    assert len(rows) == 20


def test_each_case_is_spelt_three_times_on_one_market(cases: dict[str, Case]) -> None:
    for case in cases.values():
        assert [spelling.number for spelling in case.spellings] == [1, 2, 3]
        scenarios = [s for spelling in case.spellings for s in (spelling.before, spelling.after) if s is not None]
        assert len({s.market.to_yaml() for s in scenarios}) == 1
        assert {(s.members, s.start, s.repurchase_window, s.founding) for s in scenarios} == {
            (20_000, scenarios[0].start, 90, "fresh")
        }
        spelt = {tuple(s and s.policy.model_dump_json() for s in (each.before, each.after)) for each in case.spellings}
        assert len(spelt) == 3, case.id
        assert all(s.believes for s in scenarios)


def test_the_same_holds_in_both_arms(cases: dict[str, Case]) -> None:
    """What is handed out is good for 7 days everywhere."""
    for case in cases.values():
        for spelling in case.spellings:
            for scenario in (spelling.before, spelling.after):
                policy = scenario.policy if scenario else spelling.first.policy
                assert {benefit.valid_days for benefit in policy.benefits.values()} <= {7}, case.id


# --- what is refused -------------------------------------------------------------------------------------------------

FIGURE = "  - {name: orders, measure: orders_per_year, side: change, kind: lift, claim: 0.3}\n"


def with_figure(line: str) -> str:
    return CASE.partition("  - {name")[0] + "  - " + line + "\n"


REFUSED = [
    ({"case": "- a\n"}, "case.yaml:1:1: a case is a mapping", "须由键和值组成"),
    (
        {"case": CASE.replace("id: mine", "id: yours")},
        "case.yaml:1:1: id: is not the name of its folder, mine",
        "与所在文件夹",
    ),
    (
        {"case": CASE.replace("windows: short", "windows: shot")},
        "case.yaml:5:1: windows: 'shot' is no row",
        "没有 'shot'",
    ),
    ({"case": CASE + "more: 1\n"}, "case.yaml:10:1: more: ", "不认识的键"),
    (
        {"case": with_figure("{name: a, measure: order_per_year, side: after, kind: ratio, claim: 1}")},
        "case.yaml:7:15: figures.0.measure: 'order_per_year' is no measure of a case; did you mean orders_per_year?",
        "不是案例可用的指标",
    ),
    (
        {"case": with_figure("{name: a, measure: sales_times_public, side: after, kind: ratio, claim: 1}")},
        "figures.0.who: names a group of members: members, active_talkers",
        "会员群体",
    ),
    (
        {"case": with_figure("{name: a, measure: pool_sales, who: busy, side: after, kind: ratio, claim: 1}")},
        "figures.0.who: goes with click_rate, sales_times_public only",
        "请删去",
    ),
    (
        {"case": with_figure("{name: a, measure: click_rate, who: busy, side: after, kind: share, claim: 1}")},
        "figures.0.who: spelling 1 has no segment busy",
        "没有分群 busy",
    ),
    (
        {"case": with_figure("{name: a, measure: click_rate, side: after, kind: lift, claim: 1}")},
        "figures.0.kind: a lift is a change",
        "side: change",
    ),
    (
        {"case": with_figure("{name: a, measure: pool_sales, side: change, kind: ratio, claim: 0}")},
        "figures.0.claim: a ratio is above 0",
        "必须大于 0",
    ),
    (
        {"case": CASE.replace("windows: short", "windows: alone"), "after": None},
        "figures.0.side: alone has no days before",
        "没有 before 的天数",
    ),
    ({"rules": RULES.replace("{after: [30, 60]}", "{}")}, "rules.yaml:9:3: windows.alone: has no days", "没有写天数"),
    (
        {"rules": RULES.replace("[30, 60]", "[60, 30]")},
        "rules.yaml:9:3: windows.alone: leads from day 60 to day 30",
        "第 60 天到第 30 天",
    ),
    ({"rules": RULES.replace("before: [-28, 0], ", "")}, "windows.short.switch: needs days before it", "之前和之后"),
    (
        {"case": CASE.partition("figures:")[0] + "figures: []\n"},
        "case.yaml:6:1: figures: a case has one figure",
        "至少要有一个指标",
    ),
    ({"after": None}, "mine: spelling 1 needs a scenario before and one after", "两个方案"),
    (
        {"after": "members: 500\n"},
        "1-after.yaml: members: before and after of a case differ in their policy only",
        "policy 上不同",
    ),
    (
        {"after": "phases: [{from_day: 3, policy: {push: {per_week: 1}}}]\n"},
        "1-after.yaml: phases.0: before and after of a case",
        "policy 上不同",
    ),
    (
        {"before": "phases: [{from_day: 3, policy: {push: {per_week: 1}}}]\n"},
        "1-before.yaml: phases: a case changes its policy by its two scenarios",
        "请删去 phases",
    ),
    (
        {"after": "policy: {acquisition: [{channel: card, per_day: 3}]}\n"},
        "1-after.yaml: policy.acquisition: 3 join a day; in all cases that are counted it is 2",
        "每天加入 3 人",
    ),
    ({"after": "policy: {puhs: 1}\n"}, "1-after.yaml:2:10: policy.puhs: ", "不认识的键"),
]


@pytest.mark.parametrize(("given", "english", "chinese"), REFUSED, ids=[english[:60] for _, english, _ in REFUSED])
def test_what_is_refused(given, english, chinese, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, **given)
    with pytest.raises(BadInput) as problem:
        read_mine(folder)
    assert english in str(problem.value) and "\n" not in str(problem.value)
    assert chinese in say(problem.value, "zh")


def test_no_spelling_at_all(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    for path in (folder / "mine").glob("1-*.yaml"):
        path.unlink()
    with pytest.raises(BadInput, match="there is no spelling"):
        read_mine(folder)


def test_one_policy_needs_one_scenario(tmp_path: Path) -> None:
    level = with_figure("{name: a, measure: pool_sales, side: after, kind: ratio, claim: 1}")
    folder = a_folder(tmp_path, level.replace("windows: short", "windows: alone"))
    with pytest.raises(BadInput, match="spelling 1 has no change of policy and needs one scenario"):
        read_mine(folder)
