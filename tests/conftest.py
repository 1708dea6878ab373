"""Gives every test its marks (tests/marks.toml)."""

import os
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TABLES = tomllib.loads((HERE / "marks.toml").read_text(encoding="utf-8"))


def pytest_configure(config: pytest.Config) -> None:
    """Without a compiler NumPy warns where a hash runs over 64 bits, as it is meant to."""
    if os.environ.get("NUMBA_DISABLE_JIT"):
        config.addinivalue_line("filterwarnings", "ignore:overflow encountered in scalar:RuntimeWarning")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is not statistics is a unit test."""
    for item in items:
        file, name = item.path.relative_to(HERE).as_posix(), item.name.partition("[")[0]
        for mark, table in TABLES.items():
            tests = table.get(file, ())
            if tests == "all" or name in tests:
                item.add_marker(mark)
        if not item.get_closest_marker("recovery"):
            item.add_marker("unit")
