"""The documentation says what the code does: generated pages, names, JSON fields, commands and examples."""

import ast
import doctest
import io
import re
import shlex
import tokenize
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command
from typer.testing import CliRunner

from docs.generate import GENERATED

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- pages that are generated ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["parameters.md", "measures.md", "scenario-reference.md", "exports.md"])
def test_generated_pages_are_those_of_the_code(name: str) -> None:
    assert page(name) == GENERATED[DOCS / name](), "run `make docs`"


def test_the_reference_says_what_a_switch_takes() -> None:
    """No key of true or false is said to take text, and its default is written as in YAML."""
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]*) \| (?:true|false): ", page("scenario-reference.md"), re.MULTILINE
    )
    assert {"aim", "survey", "consent", "adviser", "moderated"} <= {key for key, _, _ in rows}
    assert {takes for _, takes, _ in rows} == {"true or false"}
    assert {default.strip() for _, _, default in rows} <= {"`true`", "`false`", ""}


def test_the_command_line_is_that_of_the_code() -> None:
    pinned = re.search(r"^typer==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    if not pinned or version("typer") != pinned[1]:
        pytest.skip("another version of Typer writes defaults and types in other words")
    assert page("command-line.md") == GENERATED[DOCS / "command-line.md"](), "run `make docs`"


def test_the_command_line_has_every_command_and_option() -> None:
    from sim.cli import app

    group: Any = get_command(app)
    sections = dict(
        re.findall(r"^## `siyu (\S+)`\n(.*?)(?=^## |\Z)", page("command-line.md"), re.MULTILINE | re.DOTALL)
    )
    assert list(sections) == list(group.commands)
    for name, command in group.commands.items():
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert not option.startswith("-") or re.search(rf"`[^`]*{option}\b", sections[name]), (name, option)


def test_every_source_that_a_parameter_cites_is_in_the_evidence() -> None:
    cited = set(re.findall(r"\bE\d+\b", page("parameters.md").partition("## `response`")[2]))
    assert cited and cited <= set(re.findall(r"^\| (E\d+) \|", page("evidence.md"), re.MULTILINE))


# --- the model -------------------------------------------------------------------------------------------------------


def test_the_model_names_every_stage_and_every_field() -> None:
    from sim.records import MEMBER

    text = page("model.md")
    files = sorted((ROOT / "sim" / "behaviour").glob("*.py"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    own = re.findall(r"^def (\w+)\((?!tile)", source, re.MULTILINE)  # of a tile: loops over what the page names
    assert len(own) > 50
    helpers = {"loyalty_exponent", "_touching"}  # the formula under `loyalty`; what builds the two forms of a touch
    assert [name for name in own if name not in helpers and not re.search(rf"\b{name}\b", text)] == []
    assert MEMBER.names is not None
    fields = [name for name in MEMBER.names if not name.startswith("spare")]
    assert [name for name in fields if f"`{name}`" not in text] == []


def test_the_model_names_every_parameter() -> None:
    from sim.scenario.response import Content, Persona, Response
    from sim.scenario.response_named import NAMING

    text = page("model.md")
    left_out = ("contents", "personas", *NAMING)
    names = [n for model in (Response, Content, Persona) for n in model.model_fields if n not in left_out]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_sections_that_the_code_cites_are_there() -> None:
    there = set(re.findall(r"^#+ (\d)\. ", page("model.md"), re.MULTILINE))
    code = "\n".join(p.read_text(encoding="utf-8") for top in ("sim", "models") for p in (ROOT / top).rglob("*.py"))
    cited = set(re.findall(r"(?:model\.md,? |\()sections? (\d)", code))
    assert cited and cited <= there


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif "://" not in target:
            assert (path.parent / target.partition("#")[0]).exists(), target


NAMED = re.compile(r"(?<![\w/.$~<-])((?:benchmarks|docs|models|scenarios|sim|tests)/[\w./*-]*)")
# Files that a reader writes, and a folder of the installed package.
WRITTEN = {f"scenarios/{name}.yaml" for name in ("summer", "summer-quiet", "quieter", "markets/mine")} | {"sim/shipped"}
TEXTS = [
    *PAGES,
    *ROOT.glob("*.md"),
    *(path for top in ("sim", "models", "siyu", "docs", "benchmarks") for path in (ROOT / top).rglob("*.py")),
]


def prose(path: Path) -> str:
    """A page; of a module its comments and docstrings, if there is anything in it to look at."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md" or not NAMED.search(text):
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, documented))
    return "\n".join([*comments, *(ast.get_docstring(node) or "" for node in nodes)])


def test_files_and_folders_that_are_named_are_there() -> None:
    added = set(re.findall(r"<!-- file: (\S+) -->", page("extending.md")))
    named = {
        (found.rstrip("."), path.relative_to(ROOT).as_posix())
        for path in TEXTS
        if path.name != "CHANGELOG.md"  # it names what was there
        for found in NAMED.findall(prose(path))
    }
    assert len(named) > 100
    assert {(name, where) for name, where in named if name not in WRITTEN | added and not any(ROOT.glob(name))} == set()


# --- commands and examples -------------------------------------------------------------------------------------------


def blocks(text: str, kind: str) -> Iterator[str]:
    """The fenced blocks of one language, but those under a comment `<!-- not run: why -->`."""
    for comment, code in re.findall(
        rf"(<!-- not run:[^\n]*-->\n)?^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    ):
        if not comment:
            yield code


def commands() -> list[str]:
    shell = [
        line.strip()
        for path in PAGES
        for code in blocks(path.read_text(encoding="utf-8"), "bash")
        for line in code.splitlines()
    ]
    return sorted({line for line in shell if line.startswith("siyu ")})


@pytest.mark.parametrize("line", commands())
def test_commands_are_understood(line: str) -> None:
    """Parsed with all their options, not run."""
    from sim.cli import app

    _, name, *arguments = shlex.split(line)
    command: Any = get_command(app)
    command.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_examples_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's Python, block after block in one namespace; blocks with >>> also have to print what they say."""
    monkeypatch.chdir(ROOT)
    space: dict[str, Any] = {"__name__": "docs"}
    for number, code in enumerate(blocks(path.read_text(encoding="utf-8"), "python")):
        if ">>>" not in code:
            exec(compile(code, f"{path.name}, block {number}", "exec"), space)
            continue
        test = doctest.DocTestParser().get_doctest(code, space, path.name, str(path), 0)
        runner = doctest.DocTestRunner()
        runner.run(test, clear_globs=False)
        space.update(test.globs)
        assert runner.summarize(verbose=False).failed == 0


def test_scenarios_shown_are_understood(tmp_path: Path) -> None:
    from sim.scenario import load

    (shown, large, export) = blocks(page("howto.md"), "yaml")
    (believed,) = blocks(page("strategies.md"), "yaml")
    base = f"extends: {ROOT / 'scenarios/balanced.yaml'}\n"
    (tmp_path / "loud.yaml").write_text(base + believed, encoding="utf-8")
    assert load(tmp_path / "loud.yaml").expects["sales"].other == "balanced"
    (tmp_path / "summer.yaml").write_text(f"extends: {ROOT / 'scenarios/balanced.yaml'}\n", encoding="utf-8")
    (tmp_path / "summer-quiet.yaml").write_text(shown, encoding="utf-8")
    assert load(tmp_path / "summer-quiet.yaml").policy.push.per_week == 2
    (tmp_path / "millions.yaml").write_text(large.replace("balanced.yaml", str(ROOT / "scenarios/balanced.yaml")))
    assert load(tmp_path / "millions.yaml").share == 20_000 / 3_000_000
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("customer,date,amount\n")
    (tmp_path / "plans").mkdir()
    mine = f"extends: {ROOT / 'scenarios/balanced.yaml'}\n{export}"
    (tmp_path / "plans" / "mine.yaml").write_text(mine, encoding="utf-8")
    assert load(tmp_path / "plans" / "mine.yaml").founding == "from_export"


def test_the_first_comparison_goes_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are written and its commands run, in the order of the page, in an empty folder."""
    text = page("first-comparison.md")
    monkeypatch.chdir(tmp_path)
    for kind, code in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if kind == "yaml":
            Path(code.partition("\n")[0].removeprefix("# ")).write_text(code, encoding="utf-8")
        else:
            run(*shlex.split(code)[1:])
    compared = read(tmp_path / "results" / "compare-summer-quieter" / "comparison.json")
    summer, quieter = (scenario["measures"]["d7_retention"]["mean"] for scenario in compared["scenarios"])
    ltv = compared["differences"][0]["measures"]["ltv_member"]
    for told in (
        f"by {ltv['mean']:.2f} dollars",
        f"in {100 * ltv['probability_better']:.0f} of 100",
        f"between {ltv['low']:.2f} and {ltv['high']:.2f} dollars",
        f"{100 * summer:.0f} % against {100 * quieter:.1f} %",
    ):
        assert told in " ".join(text.split())
    swept = read(tmp_path / "results" / "sweep-summer-per_week" / "sweep.json")
    assert swept["best"] == {"policy.push.per_week": 1}


# --- the project's own data -------------------------------------------------------------------------------------------


def test_the_citation_is_of_this_version() -> None:
    cited = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "type"} <= set(cited)
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert [author["name"] for author in cited["authors"]] == [author["name"] for author in project["authors"]]


# --- JSON ------------------------------------------------------------------------------------------------------------


def documented(command: str) -> set[str]:
    section = page("json.md").partition(f"## `siyu {command}`")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def fields(value: Any, at: str = "") -> Iterator[str]:
    """The paths of all leaves: `a.b`, `list[].c`; empty mappings and lists are leaves."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from fields(item, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and value:
        for item in value:
            yield from fields(item, f"{at}[]")
    else:
        yield at


def check(command: str, result: Any, absent: tuple[str, ...] = ()) -> None:
    """What is written is documented, and what is documented is written (but `absent`: not in this run)."""
    names = documented(command)
    patterns = {
        name: re.compile(
            re.sub(r"(?:NAME|KEY|REASON)", ".+?", re.escape(name).replace(r"\[\]", r"\[\]")) + r"(?:[.\[].*)?"
        )
        for name in names
    }
    found = set(fields(result))
    assert sorted(f for f in found if not any(p.fullmatch(f) for p in patterns.values())) == []
    silent = {n for n, p in patterns.items() if not any(p.fullmatch(f) for f in found)}
    assert silent == set(absent)


@pytest.fixture(scope="module")
def two() -> list[Any]:
    from sim.scenario import load

    tests = [{"name": "more", "push": {"per_week": 7}}]
    changes = {"members": 60, "days": 20, "replicates": 2, "policy.experiments": tests}
    return [load(ROOT / "scenarios" / f"{name}.yaml").with_changes(changes) for name in ("balanced", "nurture")]


def written(kind: str, values: Any) -> Any:
    import json

    from models.data.files import json_text

    return json.loads(json_text(kind, values))


def test_json_of_simulate(two: list[Any]) -> None:
    from sim.outputs.written import simulated
    from sim.results.simulation import simulate

    check("simulate", written("simulate", simulated(simulate(two[0], naive_differences=True))))


def test_json_of_compare(two: list[Any]) -> None:
    from sim.outputs.written import compared
    from sim.results.comparison import compare

    check("compare", written("compare", compared(compare(two, jobs=1, naive_differences=True))))


def test_json_of_sweep(two: list[Any]) -> None:
    from sim import sweep
    from sim.outputs.written import swept

    swept = swept(sweep(two[0], {"policy.push.per_week": [1, 2]}, jobs=1, fixed_response=True))
    check("sweep", written("sweep", swept))


def test_json_of_cases() -> None:
    from sim.cases import Asked, read_cases, run_cases
    from sim.cli.cases import told

    results = run_cases(read_cases(["catering-member"]), Asked(members=60, replicates=2, spelling=1, jobs=1))
    check("cases", written("cases", told(results, 1)))


def test_json_of_story(two: list[Any]) -> None:
    from sim.results.story import story

    check("story", written("story", story(two[0], 7).plain()))


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth of CDNOW with a row that cannot be read, and a customer who has a refund only."""
    from models.data.orders import cdnow

    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    frame = cdnow(sample=True).to_frame()
    path.write_text(frame.to_csv(index=False) + "nobody,never,1\nreturns,1997-03-03,-1\n", encoding="utf-8")
    return path


def run(*arguments: object) -> None:
    from sim.cli import app

    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output


def read(path: Path) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


_OF_A_PEAK = ("lift", "low", "high", "shown")
SEASON = ("diagnostics.season.message", *(f"diagnostics.season.peaks.NAME.{name}" for name in _OF_A_PEAK))
CHOICE = ("diagnostics.choice.sentence", "diagnostics.choice.models[]")


def test_json_of_forecast(orders: Path, tmp_path: Path) -> None:
    file, common = tmp_path / "forecast.json", ("--holdout", "1997-09-30", "--bad-rows", "drop")
    run("forecast", orders, *common, "--season", "estimate", "--out", tmp_path / "a", "--json", file)
    check("forecast", read(file), absent=("diagnostics.covariates[]",))
    members = tmp_path / "members.csv"
    names = sorted({line.split(",")[0] for line in orders.read_text(encoding="utf-8").splitlines()[1:]})
    rows = [f"{name},{'app' if i % 2 else 'shop'}" for i, name in enumerate(names)]
    members.write_text("\n".join(["customer,channel", *rows]) + "\n", encoding="utf-8")
    more = ("--customers", members, "--covariates", "channel")
    run("forecast", orders, *common, *more, "--model", "bg-nbd", "--out", tmp_path / "b", "--json", file)
    check("forecast", read(file), absent=(*SEASON, *CHOICE))


def test_json_of_check_and_calibrate(orders: Path, tmp_path: Path) -> None:
    file = tmp_path / "checked.json"
    run("check", ROOT / "scenarios" / "nurture.yaml", "--json", file)
    check("check", read(file))
    run("calibrate", orders, "--currency", "CNY", "-o", tmp_path / "mine.yaml", "--bad-rows", "drop", "--json", file)
    check("calibrate", read(file))
