"""A clock beside long work: on a terminal one line rewritten in place, elsewhere (a pipe, CI, a notebook) one now and then.

Work that is silent for a minute looks broken, and CI ends a job whose log is silent for ten minutes.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from sim.words import Language, say

EVERY = 10.0  # seconds between plain lines
_LIVE = 1.0  # seconds between two looks of a line that lives
_COMPILING = 60.0  # seconds that compiling takes on two cores of 2024


def lives(stream: TextIO) -> bool:
    """True if a line of `stream` can be rewritten in place: a terminal that somebody watches."""
    watched = not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
    return watched and hasattr(stream, "isatty") and stream.isatty()


def duration(seconds: float, lang: Language = "en") -> str:
    """`34 s`, `2 min 5 s`, `1 h 12 min`; seconds alone up to 100."""
    whole = round(seconds)
    if whole < 100:
        return say("{seconds} s", lang, seconds=whole)
    if whole < 3600:
        return say("{minutes} min {seconds} s", lang, minutes=whole // 60, seconds=whole % 60)
    return say("{hours} h {minutes} min", lang, hours=whole // 3600, minutes=whole % 3600 // 60)


@contextmanager
def clock(
    text: Callable[[float], str], *, every: float | None = None, quiet: float = 0.0, stream: TextIO | None = None
) -> Iterator[None]:
    """Show `text(seconds since the start)` on `stream` (standard error) while the block runs.

    every: seconds between two lines; 10 where it is no terminal. quiet: seconds without a word at the start, since work
    that ends within them needs no clock. On a terminal the line is removed at the end.
    """
    out = sys.stderr if stream is None else stream
    live = lives(out)
    pause = every or (_LIVE if live else EVERY)
    over, started = threading.Event(), time.monotonic()

    def tick() -> None:
        wait = quiet or (0.0 if live else pause)
        while not over.wait(wait):
            line = text(time.monotonic() - started)
            _write(out, f"\r\x1b[2K{line}" if live else f"{line}\n")
            wait = pause

    ticking = threading.Thread(target=tick, name="clock", daemon=True)
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()
        if live:
            _write(out, "\r\x1b[2K")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):  # a reader that went away ends the telling and not the work
        pass


@contextmanager
def compiling_clock(
    lang: Language = "en", *, now: bool = True, every: float | None = None, stream: TextIO | None = None
) -> Iterator[None]:
    """A clock beside compiling: `34 s of about 60 s`. now: show it at once, else only if compiling takes a while."""
    what = say("compiling the simulator, once for this version", lang)

    def text(seconds: float) -> str:
        words = "{what}: {elapsed} of about {about}"
        if seconds > _COMPILING:
            words = "{what}: {elapsed}, longer than the usual {about}"
        return say(words, lang, what=what, elapsed=duration(seconds, lang), about=duration(_COMPILING, lang))

    out = sys.stderr if stream is None else stream
    if now and not lives(out):
        _write(out, text(0.0) + "\n")
    with clock(text, every=every, quiet=0.0 if now else 3.0, stream=out):
        yield


@contextmanager
def plain_progress(
    what: str, lang: Language = "en", *, every: float | None = None, stream: TextIO | None = None
) -> Iterator[Callable[[int, int], None]]:
    """Lines such as `comparing: 12 of 40, 1 min 20 s, about 3 min 7 s to go`; tell what it yields (done, all)."""
    so_far = (0, 0)

    def update(done: int, total: int) -> None:
        nonlocal so_far
        so_far = (done, total)

    def text(seconds: float) -> str:
        done, total = so_far
        values = {"what": what, "elapsed": duration(seconds, lang), "done": done, "total": total}
        if not total:
            return say("{what}: {elapsed}", lang, **values)
        if not done:
            return say("{what}: {done} of {total}, {elapsed}", lang, **values)
        left = duration(seconds * (total - done) / done, lang)
        return say("{what}: {done} of {total}, {elapsed}, about {left} to go", lang, left=left, **values)

    with clock(text, every=every, stream=stream):
        yield update
