"""What the commands share: where results go, progress bars, tables, JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.errors import BadInput
from models.files import write_whole
from models.words import Language, say


def results_folder(out: Path | None, name: str, force: bool) -> Path:
    """The folder for a run's results: `out`, or results/NAME. Raises BadInput rather than overwrite another run."""
    folder = out if out is not None else Path("results") / name
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: this is a file; give a folder with --out.")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise BadInput(f"{folder}: holds the results of another run; choose another --out, or add --force.")
    return folder


def write_json(path: Path, values: Any) -> None:
    """Write JSON as a whole; undefined is null, NaN is refused."""
    write_whole(path, json.dumps(values, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


@contextmanager
def progress_bar(text: str, lang: Language = "en") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, plain lines where that is no terminal; call what it yields with (done, all)."""
    from sim.clock import lives, plain_progress

    what = say(text, lang)
    if not lives(sys.stderr):
        with plain_progress(what, lang) as tell:
            yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
