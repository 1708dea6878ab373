"""The order of the house: which package may import which, how long files are, how much a function is told."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("benchmarks", "docs", "models", "sim", "siyu", "tests")

MOST_LINES = 420  # about 400
LONG_FOR_A_REASON = {
    "docs/model.md": "the formulas stand in the order of the day on one page, each symbol explained once",
    "docs/json.md": "one table for each file that --json writes, searched on one page",
    "docs/scenario-reference.md": "generated: one table for each part of a scenario, searched on one page",
    "docs/command-line.md": "generated: every option of every command, searched on one page",
    "docs/decisions.md": "a short entry a decision, found by searching one page; it only grows",
}

MOST_PARAMETERS = 7
# documented public calls: what a user may set, by keyword
PUBLIC = {
    "compare", "forecast", "import_exports", "lifetime_value", "new_customer_value", "parts", "predict",
    "read_orders", "simulate", "story",
    "sweep",
}  # fmt: skip
PUBLIC_METHODS = {"purchase_distribution"}  # of every model
COMPILED = {"compiled", "njit", "vectorize"}  # numerics: Numba takes no structures of Python


def sources(*tops: str) -> Iterator[Path]:
    for top in tops:
        yield from sorted(path for path in (ROOT / top).rglob("*.py") if "__pycache__" not in path.parts)


def test_imports_point_down_and_never_round(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contracts in pyproject.toml; imports inside functions count, those for types alone do not."""
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0, capsys.readouterr().out


def test_the_contracts_see_a_forbidden_import(tmp_path: Path) -> None:
    """A copy of the house in which forecasting imports the simulator, and two neighbours each other."""
    import shutil
    import sys

    for top in ("models", "sim", "siyu"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "models" / "errors.py").open("a") as file:
        file.write("\n\ndef late() -> None:\n    from sim.scenario import load  # noqa: F401\n")
    with (tmp_path / "sim" / "results" / "showing.py").open("a") as file:
        file.write("\n\ndef late() -> None:\n    import sim.results.comparison  # noqa: F401\n")
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", lint], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "models.errors -> sim.scenario" in done.stdout
    assert "No cycles are allowed in sim.results" in done.stdout


def test_files_are_short() -> None:
    texts = [*sources(*TOPS), *(ROOT / "docs").rglob("*.md")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in texts}
    assert len(lengths) > 300
    assert {name: n for name, n in lengths.items() if n > MOST_LINES and name not in LONG_FOR_A_REASON} == {}
    assert set(LONG_FOR_A_REASON) <= set(lengths)


def test_functions_are_told_little() -> None:
    told = {
        (function.name, str(path.relative_to(ROOT)))
        for path in sources("models", "sim", "siyu")
        if path.relative_to(ROOT).parts[:2] != ("sim", "cli")  # a command's parameters are its options
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        and len(parameters(function)) > MOST_PARAMETERS
        and not decorators(function) & COMPILED
        and function.name not in built(path)
    }
    assert {name for name, _ in told} >= PUBLIC | PUBLIC_METHODS, "no longer more than seven: take it off the list"
    assert {(name, path) for name, path in told if name not in PUBLIC | PUBLIC_METHODS} == set()


def built(path: Path) -> set[str]:
    """The functions of a file that are compiled without a decorator: handed to `compiled_as` or `inlined_as`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    named = (call for call in calls if ast.unparse(call.func).rpartition(".")[2] in ("compiled_as", "inlined_as"))
    return {ast.unparse(call.args[1]) for call in named}


def parameters(function: ast.FunctionDef) -> list[str]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def decorators(function: ast.FunctionDef) -> set[str]:
    """Their last names: `njit` of `@numba.njit(cache=True)`."""
    calls = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    return {ast.unparse(each).rpartition(".")[2] for each in calls}


def test_public_calls_are_public() -> None:
    import siyu

    assert set(dir(siyu)) >= PUBLIC
    assert set(dir(siyu.BGNBD)) >= PUBLIC_METHODS
