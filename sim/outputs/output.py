"""What the commands share: progress bars."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.words import Language, say


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
