"""The notebooks run from top to bottom (small), say what they promise, and are committed with their output."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

import siyu

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")

from docs.notebooks import FOLDER, WIDGET, keep, run  # noqa: E402

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
SLIDERS = "interactive("
WAITED = 240  # seconds a cell, at these sizes some twenty times what it takes
SMALL = "MEMBERS, DAYS, REPLICATES = 150, 60, 2"
PUBLIC = {*siyu.__all__, "__version__"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# Cells run one after the other as IPython runs them, without a kernel; those of a JSON list on the standard input.
SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.load(sys.stdin):
    if not shell.run_cell(source).success:
        sys.exit(1)
"""
# A slider is moved: the table and the verdict below it are others then.
MOVED = """
from ipywidgets import Widget
state = {"top": panel.model_id, "state": Widget.get_manager_state()["state"]}
before, slider = panel.result, panel.children[0]
slider.value = 14
assert not panel.result.equals(before)
import json
from pathlib import Path
Path(WIDGETS).write_text(json.dumps(state), encoding="utf-8")
"""


def notebook(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)


@cache
def executed(name: str) -> Any:
    """The notebook run where it stands, with a small pool, but for its sliders, where it has some.

    A kernel with widgets now and then never tells nbclient that it has ended (its issue 312): `with_sliders` runs these.
    """
    sliders = SLIDERS if SLIDERS in code_of(notebook(name)) else None
    return run(FOLDER / name, SMALL, timeout=WAITED, without=sliders)


@pytest.fixture(scope="module")
def with_sliders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[str, Any]]:
    """What a notebook prints up to its sliders and when the first of them is moved, and the state of its widgets."""

    @cache
    def moved(name: str) -> tuple[str, Any]:
        widgets = tmp_path_factory.mktemp("widgets") / "state.json"
        sources = []
        for cell in cells(notebook(name)):
            small = "parameters" in cell.metadata.get("tags", [])
            sources.append(SMALL if small else without_magics(cell.source))
            if SLIDERS in cell.source:
                break
        sources.append(f"WIDGETS = {str(widgets)!r}\n{MOVED}")
        ran = subprocess.run(
            [sys.executable, "-c", SHELL],
            input=json.dumps(sources),
            cwd=FOLDER,
            env=os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=WAITED,
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
        return ran.stdout, json.loads(widgets.read_text(encoding="utf-8"))

    return moved


def cells(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def code_of(book: Any) -> str:
    return without_magics("\n".join(cell.source for cell in cells(book)))


def without_magics(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if not line.startswith("%"))


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
def test_a_slider_moves_the_verdict(name, with_sliders):
    printed, _ = with_sliders(name)
    mine = "我的" if ".zh" in name else "mine"
    assert len(re.findall(rf"^.*{mine}", printed, re.M)) >= 2  # where the sliders stand, and where one was moved to
    then = said(notebook(name))
    assert ("stand at" in then) or ("停在" in then)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("01")])
def test_what_is_kept_has_a_table_of_the_sliders_and_what_they_show(name, with_sliders):
    _, widgets = with_sliders(name)
    state = widgets["state"]
    verdict = {"output_type": "stream", "name": "stdout", "text": "a verdict"}
    for model in state.values():  # without a kernel nothing takes down what they show
        if model["model_name"] == "OutputModel":
            model["state"]["outputs"] = [verdict]
    live = nbformat.v4.new_code_cell("panel")
    live.outputs = [nbformat.v4.new_output("display_data", {WIDGET: {"model_id": widgets["top"]}})]
    book = nbformat.v4.new_notebook(cells=[live])
    book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    keep(book, "zh" if ".zh" in name else "en")
    table, shown = live.outputs
    assert table.data["text/html"].count("<tr>") == 1 + 8
    assert shown == verdict
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
