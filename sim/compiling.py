"""Compiling: one decorator, and a cache that notices every edit.

Numba's own cache looks only at the file of the function it loads: an edit in a function of another file is missed and
stale code runs. The cache directory is therefore named by a digest of all modules that hold compiled code, set before
the first of them is decorated.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

COMPILED_MODULES = (
    "compiling.py",
    "draws.py",
    "world.py",  # its constants are compiled in
    "members.py",
    "behaviour.py",
    "orders.py",
    "brand.py",
    "engine.py",
    "closing.py",
    "replay.py",
)

F = TypeVar("F", bound=Callable[..., Any])


def _digest() -> str:
    here = Path(__file__).parent
    found = (here / name for name in COMPILED_MODULES)
    return hashlib.blake2b(b"".join(p.read_bytes() for p in found if p.exists()), digest_size=8).hexdigest()


def _cache_directory() -> Path:
    base = os.environ.get("SIYU_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "siyu" / _digest()


CACHE = _cache_directory()
os.environ.setdefault("NUMBA_CACHE_DIR", str(CACHE))

import numba  # noqa: E402  (the cache directory has to be known before)


def compiled(function: F) -> F:
    """Compile a function of scalars, records and arrays; it releases the interpreter lock and is cached on disk."""
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return made  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """Compile a function that runs on every member's every day: its body is put where it is called."""
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")(function)
    return made  # type: ignore[no-any-return]


def first_time() -> bool:
    """Whether nothing has been compiled yet for this version of the code (the first run then takes a while)."""
    return not any(CACHE.glob("**/*.nbi"))
