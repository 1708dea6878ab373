"""The notebooks run again, where they stand, and kept with what they show: `python -m docs.notebooks [NAME...]`.

A notebook is read where no Python runs, too: on a repository's page, on the site, on paper. So pictures are kept small (a
palette of colours), sliders are replaced by a table of where they stand, followed by what they show there, and what only the
machine knows (times, versions) is left out. Without names all notebooks are run, which takes some minutes.
"""

import base64
import io
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
TIMEOUT = 900  # seconds a cell
_COLOURS = 96  # of a picture: lines, bands and their edges
_SLIDERS = {
    "en": (
        "slider",
        "from",
        "to",
        "stands at",
        "The sliders move in a running notebook (make lab). Here they stand at:",
    ),
    "zh": ("滑块", "从", "到", "现在", "滑块要在运行中的笔记本里才能拖动（make lab）。这里停在："),
}


def run(path: Path, small: str | None = None, timeout: int = TIMEOUT, without: str | None = None) -> Any:
    """A notebook run from top to bottom in its own folder. Raises nbclient's CellExecutionError and CellTimeoutError.

    small: what stands in place of the cell tagged `parameters`; timeout: seconds a cell. without: a cell ends before the
    line that has this in it.
    """
    book: Any = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if without is not None and cell.cell_type == "code" and without in cell.source:
            cell.source = cell.source[: cell.source.index(without)].rpartition("\n")[0]
    for cell in book.cells:
        if small is not None and "parameters" in cell.metadata.get("tags", []):
            cell.source = small
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=timeout, kernel_name="python3", resources=where).execute()
    return book


def keep(book: Any, lang: str) -> None:
    """Make what a run left fit to be kept: see above. Changes the notebook."""
    state = book.metadata.pop("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # when each cell ran
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs for kept in _without_widgets(output, state, lang)]
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = in_a_palette(output.data["image/png"])
    book.metadata["language_info"] = {"name": "python"}


def in_a_palette(png: str) -> str:
    """A picture in base64 with few colours: a third of its size, and nothing that an eye would miss."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    small = io.BytesIO()
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode("ascii")


def _without_widgets(output: Any, state: Mapping[str, Any], lang: str) -> Iterator[Any]:
    """An output as it is; of widgets a table of their sliders, and what the widgets show."""
    if WIDGET not in output.get("data", {}):
        yield output
        return
    models = list(_below(output.data[WIDGET]["model_id"], state))
    *heads, note = _SLIDERS[lang]
    rows = [
        [str(model[key]) for key in ("description", "min", "max", "value")]
        for model in models
        if model["_model_name"] in ("IntSliderModel", "FloatSliderModel")
    ]
    yield nbformat.v4.new_output("display_data", {"text/html": _table(note, heads, rows), "text/plain": note})
    for model in models:
        yield from (nbformat.from_dict(each) for each in model.get("outputs", ()))


def _below(model_id: str, state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The state of a widget, and of all that it is composed of, from the top down."""
    model = state[model_id]["state"]
    yield model
    for child in model.get("children", ()):
        yield from _below(child.removeprefix("IPY_MODEL_"), state)


def _table(note: str, heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>\n" for row in rows)
    return f"<p>{escape(note)}</p>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def main(names: list[str]) -> None:
    """Run the notebooks of these names, or all, and write each where it stands."""
    paths = [path for path in sorted(FOLDER.glob("*.ipynb")) if not names or path.name in names or path.stem in names]
    for path in paths:
        print(path.name, flush=True)
        book = run(path)
        keep(book, "zh" if path.stem.endswith(".zh") else "en")
        nbformat.write(book, path)


if __name__ == "__main__":
    main(sys.argv[1:])
