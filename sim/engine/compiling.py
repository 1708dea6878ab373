"""Compiling: one decorator, and a cache that notices every edit (sim/code_cache.py)."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from sim.engine import code_cache

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


def _dispatcher(function: F, **options: Any) -> F:
    made: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    if hasattr(made, "enable_caching"):  # with NUMBA_DISABLE_JIT the function comes back as it is
        made._cache = code_cache.cache_of(function)
        _FUNCTIONS.append(made)
    return made  # type: ignore[no-any-return]


def compiled(function: F) -> F:
    """Compile a function of scalars, records and arrays; it releases the interpreter lock and is cached on disk."""
    return _dispatcher(function)


def inlined(function: F) -> F:
    """Compile a function that runs on every member's every day: its body is put where it is called."""
    return _dispatcher(function, inline="always")


def first_time() -> bool:
    """Whether nothing has been compiled yet for this version of the code (the first run then takes a while)."""
    if CACHE is None:
        return not any(function.signatures for function in _FUNCTIONS)
    return not any(CACHE.glob("**/*.nbi"))
