"""Compiling the simulator before it is needed, with a clock beside it the first time."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from models.words import Language
from sim.clock import compiling_clock
from sim.engine import compiling
from sim.pool import PoolModel
from sim.scenario import Scenario
from sim.simulation import resized

_begun = False
stopped_midway = False  # whether compiling was stopped: the compiler is then in no state to be taken down in order


def warm_up(scenario: Scenario, lang: Language = "en") -> None:
    """Compile the simulator, or load what an earlier run compiled; once in a process.

    The first run of a version takes about a minute: standard error says so, with the seconds.
    """
    global _begun
    if _begun:
        return
    _begun = True
    with compiling_clock(lang, now=compiling.first_time()), interruptible():
        PoolModel(resized(scenario, 1, 1, as_written=True)).run()


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
