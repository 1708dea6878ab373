"""Compiling: one decorator, and a cache that notices every edit (sim/engine/code_cache.py)."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from sim.engine import code_cache
from sim.engine.plain import PLAIN, with_plain_records

F = TypeVar("F", bound=Callable[..., Any])

CACHE = code_cache.FOLDER  # None: nothing is kept between runs
_FUNCTIONS: list[Any] = []
_BUILT: set[tuple[str, str, int]] = set()


def _dispatcher(function: F, name: str | None = None, **options: Any) -> F:
    if PLAIN:
        return with_plain_records(function)  # type: ignore[return-value]
    if name is not None:
        function.__name__ = function.__qualname__ = name
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    dispatcher._cache = code_cache.cache_of(function, built=name is not None)
    if name is not None and dispatcher._cache.cache_path is not None:
        _refuse_a_second(function)
    _FUNCTIONS.append(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def _refuse_a_second(function: Callable[..., Any]) -> None:
    """Raise ValueError if the cache knows another function by this name: it would answer for this one, with other code."""
    code = function.__code__
    known = (function.__qualname__, code.co_filename, code.co_firstlineno)
    if known in _BUILT:
        raise ValueError(f"two stages or functions are called {function.__qualname__}; give each a name of its own")
    _BUILT.add(known)


def compiled(function: F) -> F:
    """Compile a function of scalars, records and arrays; it releases the interpreter lock and is cached on disk."""
    return _dispatcher(function)


def inlined(function: F) -> F:
    """Compile a function that runs on every member's every day: its body is put where it is called."""
    return _dispatcher(function, inline="always")


def compiled_as(name: str, function: F) -> F:
    """Compile a function that another one has built; `name`, each once in the package, is what the cache knows it by."""
    return _dispatcher(function, name)


def inlined_as(name: str, function: F) -> F:
    """The same, put where it is called."""
    return _dispatcher(function, name, inline="always")


def first_time() -> bool:
    """True if nothing has been compiled yet for this version of the code (the first run then takes a while)."""
    if PLAIN:
        return False
    if CACHE is None:
        return not any(function.signatures for function in _FUNCTIONS)
    return not any(CACHE.glob("**/*.nbi"))
