"""Fixtures of the door's tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from models.data.cells import order

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file is to be written."""
    return tmp_path / "orders.csv"


@pytest.fixture
def in_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    """Years to come, which tell two-digit years apart, are those after this one."""
    monkeypatch.setattr(order, "_this_year", lambda: 2026)


@pytest.fixture(scope="module")
def db() -> "Iterator[DuckDBPyConnection]":
    """A connection that may fetch no extension: zones must work without a network."""
    config = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1"}
    with duckdb.connect(config=config) as connection:
        yield connection
