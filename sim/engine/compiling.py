"""Compiling: one decorator, and a cache that notices every edit (sim/code_cache.py)."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from sim.engine import code_cache
from sim.engine.plain import PLAIN, with_plain_records

F = TypeVar("F", bound=Callable[..., Any])

CACHE = code_cache.FOLDER  # None: nothing is kept between runs
_FUNCTIONS: list[Any] = []


def layout(dtype: np.dtype) -> str:
    """16 hex digits, equal where names, types and places of all fields are, those of records within records too."""
    return hashlib.blake2b(_described(dtype).encode(), digest_size=8).hexdigest()


def _described(dtype: np.dtype) -> str:
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return f"{shape}{_described(base)}"
    if dtype.fields is None:
        return dtype.str
    fields = (f"{name}:{field[1]}:{_described(field[0])}" for name, field in dtype.fields.items())
    return f"{{{','.join(fields)};{dtype.itemsize};{dtype.alignment}}}"


def _dispatcher(function: F, name: str | None = None, **options: Any) -> F:
    if PLAIN:
        return with_plain_records(function)  # type: ignore[return-value]
    if name is not None:
        function.__name__ = function.__qualname__ = name
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    dispatcher._cache = code_cache.cache_of(function, built=name is not None)
    _FUNCTIONS.append(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


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
    """Whether nothing has been compiled yet for this version of the code (the first run then takes a while)."""
    if CACHE is None:
        return not any(function.signatures for function in _FUNCTIONS)
    return not any(CACHE.glob("**/*.nbi"))
