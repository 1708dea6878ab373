"""Fixtures of the door's tests."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file is to be written."""
    return tmp_path / "orders.csv"
