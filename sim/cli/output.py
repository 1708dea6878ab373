"""What the commands share: where results go, progress bars, tables, JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.files import write_whole
from sim.words import Language, say


def json_text(kind: str, values: Any) -> str:
    """What siyu writes as JSON: its first key says which command it is of; undefined is null, NaN is refused."""
    return json.dumps({"kind": f"siyu {kind}", **values}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_json(path: Path, kind: str, values: Any) -> None:
    """Write JSON as a whole; `kind`: the command."""
    write_whole(path, json_text(kind, values))


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
