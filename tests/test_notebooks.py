"""The notebooks run from top to bottom (small), say what they promise, and are committed with their output."""

import ast
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

import siyu

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

from docs.notebooks import FOLDER, WIDGET, keep, run  # noqa: E402

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
SLIDERS, WITH_SLIDERS = "interactive(", bool(os.environ.get("SIYU_RUN_SLIDERS"))
WAITED = 240  # seconds a cell, at these sizes some twenty times what it takes
SMALL = "MEMBERS, DAYS, REPLICATES = 150, 60, 2"
PUBLIC = {*siyu.__all__, "__version__"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# A slider is moved where the notebook ends: the table and the verdict below it are others then.
MOVED = """
from contextlib import suppress
before, slider = panel.result, panel.children[0]
slider.value = 14
assert not panel.result.equals(before)
with suppress(StopIteration):
    print("MOVED", next(o["text"] for o in panel.out.outputs if o.get("name") == "stdout"))
"""


def notebook(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)


@cache
def executed(name: str) -> Any:
    """The notebook run where it stands, with a small pool; where it has sliders one of them is moved at the end.

    A kernel with widgets now and then never tells nbclient that it has ended (its issue 312), so the cell of the sliders is
    left out unless SIYU_RUN_SLIDERS is set.
    """
    sliders = SLIDERS in code_of(notebook(name))
    if sliders and not WITH_SLIDERS:
        return run(FOLDER / name, SMALL, timeout=WAITED, without=SLIDERS)
    return run(FOLDER / name, SMALL, MOVED if sliders else None, timeout=WAITED)


def cells(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code" and cell.get("id") != "more"]


def code_of(book: Any) -> str:
    lines = "\n".join(cell.source for cell in cells(book)).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))


def outputs(book: Any) -> list[Any]:
    return [output for cell in cells(book) for output in cell.outputs]


def said(book: Any) -> str:
    return "\n".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs(book))


def pictures(book: Any) -> int:
    return sum("image/png" in output.get("data", {}) for output in outputs(book))


def imported(code: str) -> Iterator[str]:
    """Every name that code takes from siyu, sim and models: `siyu.compare`, `sim.words`."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_the_notebooks_are_there():
    assert NAMES == [
        "01_compare_strategies.ipynb",
        "01_compare_strategies.zh.ipynb",
        "02_forecast_ltv.ipynb",
        "02_forecast_ltv.zh.ipynb",
        "03_a_year_in_the_pool.ipynb",
        "04_policies.ipynb",
        "05_from_export_to_decision.ipynb",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_with_output_small_and_without_paths_of_a_machine(name):
    book = notebook(name)
    assert (FOLDER / name).stat().st_size < 500_000
    assert pictures(book) >= (1 if name.startswith("04") else 3)
    code = cells(book)
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))  # in one go, from the top
    shown = outputs(book)
    assert not [o.text for o in shown if o.get("name") == "stderr"]  # no warnings, no progress
    assert max(len(o.data.get("image/png", "")) for o in shown if "data" in o) < 80_000
    assert not [o for o in shown if WIDGET in o.get("data", {})]  # which nobody could show without Python
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/Users/|site-packages|Traceback|Warning:", text)


@pytest.mark.parametrize("name", NAMES)
def test_it_uses_what_siyu_offers_and_nothing_private(name):
    code = code_of(notebook(name))
    ours = [path for path in imported(code) if path.split(".")[0] in ("siyu", "sim", "models")]
    assert ours and {path for path in ours if path.removeprefix("siyu.") not in PUBLIC} == set()
    assert not re.search(r"\w\._\w", code)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_to_try_next(name):
    titles = re.findall(
        r"^## .*$", "\n".join(c.source for c in notebook(name).cells if c.cell_type == "markdown"), re.M
    )
    assert any(words in title for title in titles for words in ("What to try next", "接下来可以试什么"))


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_from_top_to_bottom(name):
    book, before = executed(name), notebook(name)
    assert pictures(book) == pictures(before)
    assert not [o.text for o in outputs(book) if o.get("name") == "stderr"]
    assert not any(o.output_type == "error" for o in outputs(book))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("01")])
def test_a_slider_moves_the_verdict(name):
    if not WITH_SLIDERS:
        pytest.skip("SIYU_RUN_SLIDERS is not set")
    moved = next(cell for cell in executed(name).cells if cell.get("id") == "more")
    then = said(notebook(name))
    assert "MOVED mine" in moved.outputs[0].text or "MOVED 我的" in moved.outputs[0].text
    assert ("stand at" in then) or ("停在" in then)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("01")])
def test_what_is_kept_has_a_table_of_the_sliders_and_what_they_show(name):
    if not WITH_SLIDERS:
        pytest.skip("SIYU_RUN_SLIDERS is not set")
    book = deepcopy(executed(name))
    (live,) = (cell for cell in cells(book) if any(WIDGET in o.get("data", {}) for o in cell.outputs))
    keep(book, "zh" if ".zh" in name else "en")
    table, *shown = live.outputs
    assert table.data["text/html"].count("<tr>") == 1 + 8
    assert any(o.output_type == "stream" for o in shown) and any("text/html" in o.get("data", {}) for o in shown)
    assert "widgets" not in book.metadata


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".zh.ipynb")])
def test_a_chinese_notebook_has_the_cells_of_the_english_one_and_speaks_chinese(name):
    chinese, english = notebook(name), notebook(name.replace(".zh", ""))
    assert [c.cell_type for c in chinese.cells] == [c.cell_type for c in english.cells]
    assert all(CHINESE.search(c.source) for c in chinese.cells if c.cell_type == "markdown")
    spoken = [o.text for o in outputs(chinese) if o.output_type == "stream"]
    assert spoken and all(CHINESE.search(text) for text in spoken)
    assert pictures(chinese) == pictures(english)


def test_the_forecast_says_today_what_is_committed():
    now, then = said(executed("02_forecast_ltv.ipynb")), said(notebook("02_forecast_ltv.ipynb"))
    for sentence in (r"BG/NBD: r [\d.]+", r"Gamma-Gamma: p [\d.]+", r"[\d,]+ came, [\d,]+ were expected"):
        assert re.findall(sentence, now) == re.findall(sentence, then) != []
