"""Compiling: one decorator, and a cache that notices every edit.

Numba's own cache looks only at the file of the function it loads: an edit in a function of another file is missed and
stale code runs. The cache directory is therefore named by a digest of all modules that hold compiled code, or constants
that are compiled in.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def _digest() -> str:
    """Of every module that compiles or tells numba how, of world.py, whose constants are compiled in, and of numba."""
    here = Path(__file__).parent
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(here.rglob("*.py")):
        content = path.read_bytes()
        if b"sim.compiling import" in content or b"numba" in content or path.name == "world.py":
            digest.update(content)
    return digest.hexdigest()


def _cache_directory() -> Path:
    given = (os.environ.get(name) for name in ("SIYU_CACHE", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"))
    base = next((path for path in given if path), Path.home() / ".cache")
    return Path(base) / "siyu" / _digest()


CACHE = _cache_directory()


def _made(function: F, **options: Any) -> F:
    """Numba reads the directory when it decorates: ours holds for our functions only, whoever imported numba first."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(CACHE)
    try:
        made: Any = numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        config.CACHE_DIR = before
    return made  # type: ignore[no-any-return]


def compiled(function: F) -> F:
    """Compile a function of scalars, records and arrays; it releases the interpreter lock and is cached on disk."""
    return _made(function)


def inlined(function: F) -> F:
    """Compile a function that runs on every member's every day: its body is put where it is called."""
    return _made(function, inline="always")


def first_time() -> bool:
    """Whether nothing has been compiled yet for this version of the code (the first run then takes a while)."""
    return not any(CACHE.glob("**/*.nbi"))
