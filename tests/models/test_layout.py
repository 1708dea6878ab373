"""The house of models: arrows between its groups go one way, no circles, no file too long, no name that is two things."""

import ast
import doctest
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import models

ROOT = Path(str(models.__file__)).parent
FILES = sorted(ROOT.rglob("*.py"))
PUBLIC = set(models.__all__)

# Each group imports only from those before it.
GROUPS = (
    *("words", "errors", "numerics", "data", "families", "season", "value", "checks", "forecasting"),
    "report",
)
# Documented calls that a user makes with names; nothing else has more than seven parameters.
LONG_CALLS = {
    "BGNBD.purchase_distribution",
    "forecast",
    "import_exports",
    "lifetime_value",
    "new_customer_value",
    "predict",
    "read_orders",
}


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def imported(tree: ast.Module) -> set[str]:
    """Modules of this package that a module imports, at its top, in a function or for a type alone."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    exact = {name for name in found if name in MODULES and name != "models"}
    return {name for name in exact if not any(other.startswith(f"{name}.") for other in exact & found)} or exact


ARROWS = {name: imported(tree) for name, tree in MODULES.items() if name != "models"}


def group_of(module: str) -> str:
    top = module.split(".")[1]
    return "words" if top.startswith("words") else top


def test_arrows_between_groups_go_one_way() -> None:
    assert {group_of(name) for name in ARROWS} == set(GROUPS)
    upward = [
        f"{name} imports {other}"
        for name, others in ARROWS.items()
        for other in others
        if GROUPS.index(group_of(other)) > GROUPS.index(group_of(name))
    ]
    assert upward == []


def test_there_is_no_circle_of_imports() -> None:
    left = {name: set(others) for name, others in ARROWS.items()}
    while True:
        done = {name for name, others in left.items() if not others & left.keys() - {name}}
        if not done:
            break
        left = {name: others for name, others in left.items() if name not in done}
    assert sorted(left) == []


def test_models_never_imports_the_simulator() -> None:
    foreign = {
        module_of(file)
        for file in FILES
        if re.search(r"^\s*(from|import) (sim|siyu)\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert foreign == set()


def test_no_file_is_too_long_and_the_top_is_small() -> None:
    assert [str(f) for f in FILES if len(f.read_text(encoding="utf-8").splitlines()) > 420] == []
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith(("__pycache__", ".", "words"))} | {
        "words"
    }
    assert len(shown) <= 12, shown


def test_no_module_is_called_like_a_public_name() -> None:
    """`models.report.plots` is the one public module; any other would hide a function of its name, or be hidden by it."""
    assert {name.split(".")[-1] for name in MODULES} & PUBLIC == {"plots"}
    for name in MODULES:
        package = import_module(name)
        for public in getattr(package, "__all__", ()) if name != "models" else ():
            assert f"{name}.{public}" not in MODULES, f"{name}.{public} is both a module and a name that {name} offers"


def functions(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods by name, those within others with a mark before."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{owner}{node.name}", node
            yield from ((f"_{owner}{node.name}.{name}", inner) for name, inner in functions(node))


def arguments(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    return [a for a in given.posonlyargs + given.args + given.kwonlyargs if a.arg not in ("self", "cls")]


def test_only_documented_public_calls_have_more_than_seven_parameters() -> None:
    long = {name for tree in MODULES.values() for name, f in functions(tree) if len(arguments(f)) > 7}
    assert long == LONG_CALLS
    assert {name.split(".")[0] for name in long} <= PUBLIC


def test_no_public_signature_says_any_where_a_role_is_meant() -> None:
    bare = [
        f"{module}: {name}({argument.arg})"
        for module, tree in MODULES.items()
        for name, f in functions(tree)
        if not any(part.startswith("_") for part in name.split("."))
        for argument in arguments(f)
        if argument.annotation is not None and re.search(r"(^|\| ?)Any\b", ast.unparse(argument.annotation))
    ]
    assert bare == []


# -- the names that a user sees -----------------------------------------------------------------------------------------


def test_types_and_homes_of_public_names_are_the_same() -> None:
    """What editors and type checkers read, under TYPE_CHECKING, is what is brought in when a name is asked for."""
    guard = next(node for node in MODULES["models"].body if isinstance(node, ast.If))
    typed = {
        name.name: f"{node.module}.{name.name}" if name.name == "plots" else node.module
        for node in guard.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert typed == models._HOME
    assert {*typed, "BadInput", "CannotIdentify"} == PUBLIC == set(dir(models))
    for name in PUBLIC:
        assert getattr(models, name) is not None


@pytest.mark.parametrize(
    "module", sorted({"models", *(m for m, t in MODULES.items() if ">>> " in (ast.get_docstring(t) or ""))})
)
def test_examples_of_docstrings_run(module: str) -> None:
    failed, tried = doctest.testmod(import_module(module))
    assert tried and not failed


def test_packages_say_that_they_are_typed() -> None:
    assert (ROOT / "py.typed").is_file() and (ROOT.parent / "sim" / "py.typed").is_file()


@pytest.mark.parametrize("name", ["BGNBD", "GammaGamma", "forecast", "lifetime_value", "summarise"])
def test_help_is_short(name: str) -> None:
    """Aliases of arrays show their names, not the unions that they stand for."""
    import inspect

    thing = getattr(models, name)
    calls = (
        [v for k, v in vars(thing).items() if callable(v) and not k.startswith("_")]
        if isinstance(thing, type)
        else [thing]
    )
    for call in calls:
        assert not re.search(r"_NestedSequence|_SupportsArray|numpy\.dtype", str(inspect.signature(call)))
