"""Compiling the simulator before it is needed, with a clock beside it the first time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from models.words import Language
from sim.clock import compiling_clock
from sim.engine import compiling

_begun = False
stopped_midway = False  # whether compiling was stopped: the compiler is then in no state to be taken down in order


def warm_up(run: Callable[[], object], lang: Language = "en") -> None:
    """Let `run`, which uses all that is compiled, be the first to use it; once in a process, and with a clock."""
    global _begun
    if _begun:
        return
    _begun = True
    with compiling_clock(lang, now=compiling.first_time()), interruptible():
        run()


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C in the block is KeyboardInterrupt, even where it lands in a callback of the compiler.

    What is raised there is lost, and compiling then fails for want of the result: RuntimeError in place of the stop.
    """
    global stopped_midway
    lost = False
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        nonlocal lost
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            lost = True
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
        if lost:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        stopped_midway = True
        raise
    except Exception:
        if not lost:
            raise
        stopped_midway = True
        raise KeyboardInterrupt from None
    finally:
        sys.unraisablehook = before
