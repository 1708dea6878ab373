"""Every test is a unit test or one of recovery, and the tables of marks name tests that there are."""

import ast
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TABLES = tomllib.loads((HERE / "marks.toml").read_text(encoding="utf-8"))


def test_every_test_is_of_one_kind(request: pytest.FixtureRequest) -> None:
    kinds = {
        item.nodeid: [kind for kind in ("unit", "recovery") if item.get_closest_marker(kind)]
        for item in request.session.items
    }
    assert [test for test, kind in kinds.items() if len(kind) != 1] == []


@pytest.mark.parametrize(("mark", "file"), [(mark, file) for mark, table in TABLES.items() for file in table])
def test_the_tables_name_tests_that_there_are(mark: str, file: str) -> None:
    assert (HERE / file).is_file(), f"tests/marks.toml, [{mark}]: a file was moved"
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    tests = TABLES[mark][file]
    assert tests == "all" or (tests and set(tests) <= there)


@pytest.mark.parametrize("mark", ["recovery", "slow", "plain"])
def test_marks_of_the_tables_are_given(request: pytest.FixtureRequest, mark: str) -> None:
    """Of the tests that are collected, so a part of them where a part is run."""
    for item in request.session.items:
        tests = TABLES[mark].get(item.path.relative_to(HERE).as_posix(), ())
        if tests == "all" or item.name.partition("[")[0] in tests:
            assert item.get_closest_marker(mark), item.nodeid
