"""Published cases: how files are read and refused, when a claim is met, and that what nothing does has no effect."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cases import Asked, CaseResult, Mean, Told, counted, read_cases, run_case, within
from sim.cases.case import MEASURES, Case, Figure, cases_folder
from sim.cases.measuring import as_run, had_nothing_changed, values_of
from sim.cases.telling import as_csv, as_markdown, label, lines, sentences, shown
from sim.drafting.explained import explained
from sim.policies.in_force import InForce
from sim.pool import PoolModel
from sim.results.windows import Window

from .own_cases import CASE, a_folder, read_mine

FOLDER = cases_folder()


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in read_cases()}


# --- each of them ---------------------------------------------------------------------------------------------------


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
    effect = Mean(None, None, None) if figure.side == "before" else Mean(0.0, 0.0, 0.0)
    return Told(figure, spelling, own, effect, 20_000, 10, own.known_to(0.05))


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
    assert (rows[0].effect, rows[3].effect) == ("–", "0.0 points") and rows[3].figure == "D7 retention, after"
    said = sentences([result])
    assert said[0] == "1 of 1 cases are met: two of three spellings, all figures; input is not counted."
    assert not any("quick look" in sentence or "~" in sentence for sentence in said)
    assert as_markdown([result]).count("\n| ") == 7 and as_csv([result]).count("\n") == 7
    assert "响应参数" in sentences([result], "zh")[1] and lines([result], "zh")[0].met == "是；3 种写法中 2 种相符"


def test_where_none_is_judged_that_is_said(cases: dict[str, Case]) -> None:
    """Some spellings of a case judge nothing, and one marked as input does not count."""
    part = a_result(cases["welcome-guide"], (0.27, 0.55))
    assert sentences([part])[0] == "No case was run in all its spellings, so none is judged."
    assert sentences([part], "zh")[0] == "没有案例跑完全部写法，因此都不作判断。"
    given = next(case for case in cases.values() if case.text.input)
    whole = a_result(given, *[tuple(0.5 for _ in given.text.figures)] * len(given.spellings))
    assert sentences([whole])[0].startswith("None of these is judged: each is marked as input")
    assert sentences([whole], "zh")[0].startswith("这些案例都标为输入")


def test_a_case_asked_for_twice_is_read_once() -> None:
    assert [case.id for case in read_cases(["wake-up", "tiering", "wake-up"])] == ["wake-up", "tiering"]


def test_the_cases_of_one_s_own_on_the_page_are_a_case(tmp_path: Path) -> None:
    """Copied and written as docs/cases.md says, they are read and run."""
    page = (FOLDER.parents[1] / "docs" / "cases.md").read_text("utf-8").partition("## Cases of your own")[2]
    copied = re.search(r"^cp (.+) (mine/cases/)$", page, re.M)
    assert copied is not None and "mkdir -p mine/cases/evening-push\n" in page
    shutil.copytree(FOLDER.parent / "markets", tmp_path / "scenarios" / "markets")
    (tmp_path / "mine" / "cases" / "evening-push").mkdir(parents=True)
    for name in copied[1].split():
        shutil.copy(FOLDER.parents[1] / name, tmp_path / copied[2])
    for path, text in re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", page, re.M | re.S):
        (tmp_path / path).write_text(text, encoding="utf-8")
    (case,) = read_cases(folder=tmp_path / "mine" / "cases")
    assert case.id == "evening-push" and len(case.spellings) == 1 and len(case.text.figures) == 1
    (row,) = run_case(case, Asked(members=150, replicates=2, jobs=1)).rows
    assert row.naive.mean is not None and row.effect.mean is not None


def test_what_is_not_known_well_is_marked(cases: dict[str, Case]) -> None:
    wide = a_result(cases["welcome-guide"], (0.27, 0.55), (0.27, 0.55), (0.27, 0.55), half=0.05)
    assert lines([wide])[0].naive == "27 % (22 % to 32 %) ~" and lines([wide])[0].met == "no; 0 of 3 spellings"
    assert any("~: 6 of 6" in sentence for sentence in sentences([wide]))


@pytest.mark.parametrize(
    ("kind", "side", "value", "naive", "effect"),
    [
        ("share", "after", 0.31, "31 %", "+31.0 points"),
        ("share", "after", -0.012, "−1.2 %", "−1.2 points"),
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
        (("--folder", tmp_path), "rules.yaml: there is no such file; docs/cases.md shows one"),
        (("wake-up", "--folder", "nowhere"), "nowhere: there is no such folder; a folder of cases holds rules.yaml"),
        (("wake-up", "--response", "."), "this is a folder; name a response file in it"),
    ):
        code, _, problem = siyu(*arguments, "-o", tmp_path / "out")
        assert code != 0 and said in " ".join(problem.split()) and "siyu new" not in problem, problem
        assert "Traceback" not in problem
    assert not (tmp_path / "out").exists()


def test_files_changed_since_they_were_frozen_are_named(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "own")
    (folder / "frozen.json").write_text(json.dumps({"files": {}}))
    size = ("--members", 30, "--replicates", 1, "--jobs", 1, "--no-resume")
    code, _, noted = siyu("--folder", folder, *size, "-o", tmp_path / "out")
    assert code == 0 and "not as they were frozen" in noted and "mine/case.yaml" in noted
