"""Published cases: how files are read and refused, when a claim is met, and that what nothing does has no effect."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import BadInput
from sim.cases import Asked, CaseResult, Mean, Told, counted, read_case, read_cases, read_rules, run_case, within
from sim.cases.case import MEASURES, Case, Figure, cases_folder, changed_since_frozen
from sim.cases.measuring import as_run, had_nothing_changed, values_of
from sim.cases.telling import as_csv, as_markdown, label, lines, sentences, shown
from sim.drafting.explained import explained
from sim.policies.in_force import InForce
from sim.pool import PoolModel
from sim.results.windows import Window
from sim.words import say

from .conftest import LIVELY

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


@pytest.mark.parametrize("name", sorted(path.parent.name for path in FOLDER.glob("*/case.yaml")))
def test_each_case_runs(cases: dict[str, Case], name: str) -> None:
    """On few members, without an exception; each of its figures is defined in some spelling, and its policies explained."""
    case = replace(cases[name], rules=cases[name].rules.model_copy(update={"replicates": 2}))
    told = run_case(case, Asked(members=150, replicates=1, spelling=1, jobs=1)).rows
    told += run_case(case, Asked(members=60, replicates=1, effects=False, jobs=1)).rows
    for figure in case.text.figures:
        assert any(row.naive.mean is not None for row in told if row.figure is figure), figure.name
    for spelling in case.spellings:
        for scenario in (spelling.before, spelling.after):
            assert scenario is None or (explained(scenario, "en") and explained(scenario, "zh"))


# --- windows ---------------------------------------------------------------------------------------------------------


def test_windows_are_those_of_the_rules(cases: dict[str, Case]) -> None:
    """The change is at the review on or after day 180: day 182; weeks 5 to 8 of each policy."""
    of = {case.text.windows: case.windows for case in cases.values()}
    assert of["before-after"].all == [Window(92, 182), Window(242, 332)]
    assert of["weeks-5-8"].all == [Window(28, 56), Window(84, 112)]
    assert of["after-only"].all == of["before-only"].all == [Window(90, 180)]
    assert of["first-year"].all == [Window(0, 365)]


def test_a_case_is_one_pool_whose_policy_changes(cases: dict[str, Case]) -> None:
    case = cases["tiering"]
    spelling = case.spellings[1]
    lived, unchanged = as_run(case, spelling), had_nothing_changed(case, spelling)
    assert spelling.before is not None and spelling.after is not None
    assert lived.days == unchanged.days == 332
    assert InForce(lived).policies == (spelling.before.policy, spelling.after.policy)
    assert InForce(lived).begins == (0, 182)
    assert InForce(unchanged).policies == (spelling.before.policy,)
    alone = cases["catering-member"]
    assert had_nothing_changed(alone, alone.spellings[0]).policy.membership is None


# --- when a claim is met ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "claim", "near", "far"),
    [
        ("share", 0.25, (0.20, 0.30, 0.25), (0.199, 0.301)),
        ("ratio", 3.0, (2.55, 3.45), (2.54, 3.46)),
        ("lift", 0.30, (0.25, 0.35), (0.249, 0.351)),
        ("lift", -0.82, (-0.943, -0.697), (-0.944, -0.696)),
        ("lift", 2.0, (1.7, 2.3), (1.69, 2.31)),
        ("floor", 0.65, (0.60, 0.9), (0.599,)),
        ("ceiling", 0.15, (0.20, 0.0), (0.201,)),
    ],
)
def test_within_by_hand(kind, claim, near, far) -> None:
    assert [within(kind, claim, value) for value in near] == [True] * len(near)
    assert [within(kind, claim, value) for value in far] == [False] * len(far)


def test_the_interval_of_a_mean() -> None:
    """Student's t by hand: t(0.95, 3) = 2.3534 (tables), sd 0.02 / sqrt(4)."""
    own = Mean.of([0.28, 0.32, 0.28, 0.32, None])
    half = 2.3534 * (0.04 / 3**0.5) / 2
    assert own.mean == pytest.approx(0.30) and own.mean - own.low == pytest.approx(half, rel=1e-3)
    assert own.known_to(half / 0.30 + 0.001) and not own.known_to(half / 0.30 - 0.001)
    assert Mean.of([None]) == Mean(None, None, None) and not Mean.of([None]).known_to(1.0)
    assert Mean.of([0.5]) == Mean(0.5, None, None) and not Mean.of([0.5]).known_to(1.0)
    assert Mean.of([0.5, 0.5]) == Mean(0.5, 0.5, 0.5)


def a_row(figure: Figure, spelling: int, mean: float, half: float = 0.0) -> Told:
    own = Mean(mean, mean - half, mean + half)
    return Told(figure, spelling, own, Mean(0.0, 0.0, 0.0), 20_000, 10, own.known_to(0.05))


def a_result(case: Case, *means: tuple[float, ...], half: float = 0.0) -> CaseResult:
    """A spelling a tuple, a mean a figure."""
    rows = [a_row(f, n, m, half) for n, own in enumerate(means, 1) for f, m in zip(case.text.figures, own, strict=True)]
    return CaseResult(case, "evidence", tuple(rows))


def test_two_of_three_spellings_with_all_figures(cases: dict[str, Case]) -> None:
    case = cases["welcome-guide"]  # 25 % before, 58 % after
    met, half_met, none = (0.27, 0.55), (0.27, 0.40), (0.1, 0.1)
    assert a_result(case, met, met, half_met).spellings == {1: True, 2: True, 3: False}
    assert a_result(case, met, met, half_met).met is True
    assert a_result(case, met, half_met, none).met is False
    assert a_result(case, met, met).met is None  # one spelling was not run
    assert a_result(case, met, met, met, half=0.03).met is False  # near enough, but not known well enough


def test_input_is_not_counted(cases: dict[str, Case]) -> None:
    met = a_result(cases["welcome-guide"], (0.25, 0.58), (0.25, 0.58), (0.25, 0.58))
    missed = a_result(cases["wake-up"], (0.5, 0.5), (0.5, 0.5), (0.5, 0.5))
    drift = a_result(cases["cac-drift"], (0.25,), (0.25,), (0.25,))
    assert drift.met and counted([met, missed, drift]) == (1, 2)


# --- runs ------------------------------------------------------------------------------------------------------------

RULES = """pool: pool.yaml
joiners_a_day: 2
members: 300
replicates: 2
most_replicates: 4
half_width: 0.0001
windows:
  short: {switch: 55, before: [-28, 0], after: [28, 56]}
  alone: {after: [30, 60]}
"""
CASE = """id: mine
trade: any
says: "Nothing; then nothing else."
says_zh: "没有变化。"
windows: short
figures:
  - {name: orders, measure: orders_per_year, side: change, kind: lift, claim: 0.3}
  - {name: before, measure: activity_7_days_of_all, side: before, kind: share, claim: 0.3}
  - {name: after, measure: activity_7_days_of_all, side: after, kind: share, claim: 0.3}
"""
POOL = "members: 400\npolicy:\n  acquisition: [{channel: card, per_day: 2, buyers: 1.0}]\n  push: {per_week: 2}\n"


def a_folder(folder: Path, case: str = CASE, rules: str = RULES, after: str | None = "", before: str = "") -> Path:
    """A folder of one case with one spelling."""
    from sim.reading.writing import yaml_text

    (folder / "mine").mkdir(parents=True)
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "market.yaml").write_text(yaml_text(LIVELY), encoding="utf-8")
    (folder / "pool.yaml").write_text(POOL, encoding="utf-8")
    (folder / "mine" / "case.yaml").write_text(case, encoding="utf-8")
    base = "extends: ../pool.yaml\nmarket: ../market.yaml\n"
    (folder / "mine" / "1-before.yaml").write_text(base + before, encoding="utf-8")
    if after is not None:
        (folder / "mine" / "1-after.yaml").write_text("extends: 1-before.yaml\n" + after, encoding="utf-8")
    return folder


def read_mine(folder: Path) -> Case:
    return read_case(folder / "mine", read_rules(folder))


def test_what_changes_nothing_has_no_effect_whatever_is_measured(tmp_path: Path) -> None:
    """A pool that ages: the naive lift is not 0, the effect is exactly 0."""
    case = read_mine(a_folder(tmp_path))
    lift, before, after = values_of(case, case.spellings[0], 7)
    assert lift.effect == 0.0 and after.effect == 0.0 and before.effect is None
    assert abs(lift.naive) > 0.02
    daily = PoolModel(had_nothing_changed(case, case.spellings[0]), seed=7, threads=1).run().daily
    first, second = (
        daily["pool_orders"][days].sum() / daily["pool"][days].sum() for days in (slice(28, 56), slice(84, 112))
    )
    assert lift.naive == pytest.approx(second / first - 1.0)


def test_an_effect_is_of_the_same_lives(tmp_path: Path) -> None:
    """A policy that stops writing: talk falls, and the effect of a level is that level less what it had been."""
    case = read_mine(a_folder(tmp_path, after="policy: {push: {per_week: 0}}\n"))
    _, before, after = values_of(case, case.spellings[0], 7)
    unchanged = values_of(read_mine(a_folder(tmp_path / "same")), case.spellings[0], 7)
    assert before.naive == unchanged[1].naive and after.naive < before.naive
    same = read_mine(tmp_path / "same")
    had_been = values_of(same, same.spellings[0], 7)[2].naive
    assert after.effect == pytest.approx(after.naive - had_been) and after.effect < 0


def test_without_a_change_the_effect_is_against_nothing_done(tmp_path: Path) -> None:
    level = "  - {name: talk, measure: activity_7_days_of_all, side: after, kind: share, claim: 0.3}\n"
    text = CASE.partition("  - {name")[0].replace("short", "alone") + level
    case = read_mine(a_folder(tmp_path, text, after=None))
    (talk,) = values_of(case, case.spellings[0], 7)
    assert talk.naive > 0 and talk.effect == talk.naive  # nobody talks where nothing is written


def test_replicates_are_added_until_a_mean_is_known(tmp_path: Path) -> None:
    case = read_mine(a_folder(tmp_path))
    ticks: list[tuple[int, int]] = []
    from sim.cases import run_cases

    (result,) = run_cases([case], Asked(members=100, jobs=1), lambda done, total: ticks.append((done, total)))
    assert {row.replicates for row in result.rows} == {4}  # as many as the rules allow
    assert not any(row.precise for row in result.rows) and ticks[-1] == (4, 4)
    easy = replace(case, rules=case.rules.model_copy(update={"half_width": 1000.0}))
    assert {row.replicates for row in run_case(easy, Asked(members=100, jobs=1)).rows} == {2}
    assert {row.replicates for row in run_case(case, Asked(members=100, replicates=3, jobs=1)).rows} == {3}


def test_draws_depend_on_the_key_and_the_replicate_alone(tmp_path: Path) -> None:
    case = read_mine(a_folder(tmp_path))
    one, again, other = (
        run_case(case, Asked(members=100, replicates=2, key=key, effects=False, jobs=1)) for key in (1, 1, 2)
    )
    assert one.rows == again.rows != other.rows
    assert {row.effect.mean for row in one.rows} == {None}


def test_kept_replicates_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.results.replication import kept

    monkeypatch.setattr(kept, "cache", lambda: tmp_path / "cache")
    case = read_mine(a_folder(tmp_path))
    asked = Asked(members=100, replicates=2, jobs=1, resume=True)
    first, second = run_case(case, asked), run_case(case, asked)
    assert (first.resumed, second.resumed) == (0, 2) and first.rows == second.rows
    changed = case.under(lambda scenario: scenario.with_changes({"market.margin": 0.4}))
    assert run_case(changed, asked).resumed == 0


# --- what is told ----------------------------------------------------------------------------------------------------


def test_the_table_says_claim_naive_effect_and_how_many_spellings(cases: dict[str, Case]) -> None:
    result = a_result(cases["welcome-guide"], (0.27, 0.55), (0.27, 0.55), (0.1, 0.55))
    rows = lines([result])
    assert [row.case for row in rows] == ["welcome-guide", *[""] * 5]
    assert rows[0].claim == "25 %" and rows[0].naive == "27 %" and rows[0].met == "yes; 2 of 3 spellings"
    assert [row.met for row in rows] == ["yes; 2 of 3 spellings", "yes", "no", "yes", "yes", "yes"]
    assert rows[0].effect == "0.0 points" and rows[3].figure == "D7 retention, after"
    said = sentences([result])
    assert said[0] == "1 of 1 cases are met: two of three spellings, all figures; input is not counted."
    assert not any("quick look" in sentence or "~" in sentence for sentence in said)
    assert as_markdown([result]).count("\n| ") == 7 and as_csv([result]).count("\n") == 7
    assert "响应参数" in sentences([result], "zh")[1] and lines([result], "zh")[0].met == "是；3 种写法中 2 种相符"


def test_what_is_not_known_well_is_marked(cases: dict[str, Case]) -> None:
    wide = a_result(cases["welcome-guide"], (0.27, 0.55), (0.27, 0.55), (0.27, 0.55), half=0.05)
    assert lines([wide])[0].naive == "27 % (22 % to 32 %) ~" and lines([wide])[0].met == "no; 0 of 3 spellings"
    assert any("~: 6 of 6" in sentence for sentence in sentences([wide]))


@pytest.mark.parametrize(
    ("kind", "side", "value", "naive", "effect"),
    [
        ("share", "after", 0.31, "31 %", "+31.0 points"),
        ("share", "after", -0.012, "-1.2 %", "−1.2 points"),
        ("lift", "change", 0.3, "+30 %", "+30 %"),
        ("ratio", "change", 2.8, "× 2.80", "× 2.80"),
        ("ratio", "after", 3.2, "3.20", "+3.20"),
        ("floor", "after", None, "–", "–"),
    ],
)
def test_values_as_people_read_them(kind, side, value, naive, effect) -> None:
    figure = Figure(name="f", measure="orders_per_year", side=side, kind=kind, claim=1.0)
    assert (shown(figure, value, False, "en"), shown(figure, value, True, "en")) == (naive, effect)


def test_every_measure_of_a_case_has_its_words() -> None:
    for name in MEASURES:
        figure = Figure.model_construct(name="f", measure=name, who=None, side="after", kind="share", claim=0.1)
        assert not re.search(r"[a-z]{4}", label(figure, "zh")), name


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
        "case.yaml:7:14: figures.0.measure: 'order_per_year' is no measure of a case; did you mean orders_per_year?",
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
    ({"after": None}, "mine: spelling 1 needs a scenario before and one after", "两个方案"),
    (
        {"after": "members: 500\n"},
        "1-after.yaml: members: before and after of a case differ in their policy only",
        "policy 上不同",
    ),
    (
        {"after": "phases: [{from_day: 3, policy: {push: {per_week: 1}}}]\n"},
        "1-after.yaml: phases: before and after of a case",
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


# --- the command -----------------------------------------------------------------------------------------------------


def siyu(*arguments: object) -> tuple[int, str, str]:
    from sim.cli import app

    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["cases", *map(str, arguments)])
    return done.exit_code, done.stdout, str(done.exception or "") + done.stderr


def test_the_command_shows_and_writes(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "own")
    out, size = tmp_path / "out", ("--members", 60, "--replicates", 2, "--jobs", 1, "--no-resume")
    code, said, _ = siyu("mine", "--folder", folder, *size, "-o", out, "--json", tmp_path / "cases.json")
    assert code == 0 and "orders a member in the pool a year, change" in " ".join(said.split())
    assert {path.name for path in out.iterdir()} == {"cases.json", "cases.csv", "cases.md", "manifest.json"}
    told = json.loads((tmp_path / "cases.json").read_text())
    assert told["kind"] == "siyu cases" and told["counted"] == 1
    assert [row["figure"] for row in told["cases"]] == ["orders", "before", "after"]
    first = told["cases"][0]
    assert (first["id"], first["spelling"], first["members"], first["replicates"]) == ("mine", 1, 60, 2)
    assert first["effect"] == 0 and first["response"] == "evidence" and first["met"] is False
    code, said, _ = siyu("mine", "--folder", folder, *size, "-o", out, "--force", "--lang", "zh")
    assert code == 0 and "表面值" in said and "快速预览" in said


def test_the_command_refuses(tmp_path: Path) -> None:
    for arguments, said in (
        (("welcom-guide",), "did you mean welcome-guide?"),
        (("wake-up", "--spelling", 4), "wake-up: there is no spelling 4; it has 3"),
        (("--folder", tmp_path), "rules.yaml"),
    ):
        code, _, problem = siyu(*arguments, "-o", tmp_path / "out")
        assert code != 0 and said in problem, problem
    assert not (tmp_path / "out").exists()


def test_files_changed_since_they_were_frozen_are_named(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "own")
    (folder / "frozen.json").write_text(json.dumps({"files": {}}))
    size = ("--members", 30, "--replicates", 1, "--jobs", 1, "--no-resume")
    code, _, noted = siyu("--folder", folder, *size, "-o", tmp_path / "out")
    assert code == 0 and "not as they were frozen" in noted and "mine/case.yaml" in noted
