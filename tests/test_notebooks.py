"""The notebooks run from top to bottom (small), say what they promise, and are committed with their output."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).parents[1] / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
SMALL = "MEMBERS, DAYS, REPLICATES = 150, 60, 2"


def notebook(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)


@cache
def executed(name: str) -> Any:
    """The notebook run where it stands; the cell tagged `parameters` makes the pool small."""
    book = notebook(name)
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = SMALL
    client = nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    client.execute()
    return book


def said(book: Any) -> str:
    outputs = [o for c in book.cells if c.cell_type == "code" for o in c.outputs]
    return "\n".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs)


def pictures(book: Any) -> int:
    outputs = [o for c in book.cells if c.cell_type == "code" for o in c.outputs]
    return sum("image/png" in o.get("data", {}) for o in outputs)


def test_the_two_notebooks_are_there():
    assert NAMES == ["01_compare_strategies.ipynb", "02_forecast_ltv.ipynb"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_with_output_small_and_without_paths_of_a_machine(name):
    book = notebook(name)
    assert (FOLDER / name).stat().st_size < 500_000
    assert pictures(book) >= 3
    code = [c for c in book.cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))  # in one go, from the top
    outputs = [o for c in code for o in c.outputs]
    assert not [o.text for o in outputs if o.get("name") == "stderr"]  # no warnings, no progress
    assert max(len(o.data.get("image/png", "")) for o in outputs if "data" in o) < 80_000
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/Users/|site-packages|Traceback", text)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_from_top_to_bottom(name):
    book, before = executed(name), notebook(name)
    assert pictures(book) == pictures(before)
    assert not any(o.output_type == "error" for c in book.cells if c.cell_type == "code" for o in c.outputs)


def test_the_forecast_says_today_what_is_committed():
    now, then = said(executed("02_forecast_ltv.ipynb")), said(notebook("02_forecast_ltv.ipynb"))
    for sentence in (r"BG/NBD: r [\d.]+", r"Gamma-Gamma: p [\d.]+", r"[\d,]+ came, [\d,]+ were expected"):
        assert re.findall(sentence, now) == re.findall(sentence, then) != []
