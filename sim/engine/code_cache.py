"""Where compiled code is kept between runs, and when it is not.

What is kept is pickle and machine code: to load it is to run it. So the folder

- is named by a digest of every Python file of the package and of all that compiles them: an edit finds no old code
  (numba's own cache looks only at the file of the function it loads, so an edit in another file is missed);
- is trusted only where nobody else can write, neither to it nor to a folder on its path;
- holds each file under a checksum: a damaged file is as good as none.

Where the folder cannot be used nothing is kept: each run compiles, and says why in one line. Nothing here is tried again
elsewhere, since numba's next choice (`__pycache__` beside the source) would answer with old code.
"""

import hashlib
import os
import pickle
import platform
import stat
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import current_process
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    NullCache,
    _CacheLocator,
)

PACKAGE = Path(__file__).parents[1]
_CHECKSUM = 32  # bytes before the content of each file
_told: set[str] = set()


def digest(package: Path = PACKAGE) -> str:
    """16 hex digits of every Python file of the package, by name and content, and of what compiles them.

    Every file: a constant or a field of a record may be declared anywhere, and is compiled in where it is used. The
    layouts of the records follow from these files and from NumPy.
    """
    made_by = (
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        sys.implementation.cache_tag,
        platform.machine(),
    )
    hashed = hashlib.blake2b("\n".join(map(str, made_by)).encode(), digest_size=8)
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        hashed.update(f"\n{path.relative_to(package).as_posix()} {len(content)}\n".encode())
        hashed.update(content)
    return hashed.hexdigest()


def folder_for_code() -> tuple[Path | None, str]:
    """The folder where compiled code may be kept, made if it was not there; or None and the reason in one sentence."""
    given = (os.environ.get(name) for name in ("SIYU_CACHE", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"))
    try:
        base = next((Path(path) for path in given if path), None) or Path.home() / ".cache"
        folder = Path(os.path.realpath(base / "siyu" / digest()))
        for each in reversed([folder, *folder.parents]):
            if not each.is_dir():
                each.mkdir(mode=0o700, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # asks the file system itself: modes do not tell all
    except (OSError, RuntimeError) as problem:  # RuntimeError: there is no home
        where = getattr(problem, "filename", None) or "the cache folder"
        reason = getattr(problem, "strerror", None) or str(problem)
        return None, f"{where} cannot be written to ({reason})"
    shared = shared_with(folder)
    return (None, shared) if shared else (folder, "")


def shared_with(folder: Path) -> str:
    """Who else could put code into a folder (a path without links), in a half sentence; "" where nobody could."""
    if not hasattr(os, "getuid"):  # Windows: a user's own folders are closed to others by default
        return ""
    for each in (folder, *folder.parents):
        about = each.stat()
        if about.st_uid not in (0, os.getuid()):
            return f"{each} belongs to somebody else"
        ours = each in (folder, folder.parent)
        # with the sticky bit others can add files beside ours but cannot replace them
        if about.st_mode & _writable_by_others(about) and (ours or not about.st_mode & stat.S_ISVTX):
            return f"others can write to {each}"
    if folder.stat().st_mode & 0o077:  # others can look in: was it closed when its files were written?
        for each in folder.rglob("*"):
            about = each.lstat()
            if about.st_uid not in (0, os.getuid()):
                return f"{each} belongs to somebody else"
            if about.st_mode & _writable_by_others(about):
                return f"others can write to {each}"
    return ""


def _writable_by_others(about: os.stat_result) -> int:
    """The bits that let others write; not the group's where it is the user's own, of nobody else."""
    import grp
    import pwd

    try:
        me, group = pwd.getpwuid(os.getuid()), grp.getgrgid(about.st_gid)
        own = group.gr_gid == me.pw_gid and group.gr_name == me.pw_name and set(group.gr_mem) <= {me.pw_name}
    except KeyError:  # a user or a group without a name, as in containers
        own = False
    return stat.S_IWOTH if own else stat.S_IWOTH | stat.S_IWGRP


def tell(sentence: str) -> None:
    """One line on standard error, once; not from the processes that work for another one."""
    if sentence not in _told and current_process().name == "MainProcess":
        print(f"siyu: {sentence}", file=sys.stderr)
    _told.add(sentence)


FOLDER, _WHY_NOT = folder_for_code()


def cache_of(function: Callable[..., Any], built: bool = False) -> Any:
    """Numba's cache for a function of the package; one that keeps nothing for others, or where there is no folder.

    built: by another function, of functions: its name alone tells it from others that were built in the same place.
    """
    if FOLDER is None:
        return _Nothing()
    # the folder's digest knows no file outside the package: code of a notebook's own functions would grow old in it
    if PACKAGE not in Path(function.__code__.co_filename).parents or _holds_foreign_code(function):
        return NullCache()
    return _NamedCache(function) if built else _Cache(function)


def _holds_foreign_code(function: Callable[..., Any]) -> bool:
    """True if a function was built of others of which one is not kept: a notebook's, or built of a notebook's."""
    held = (cell.cell_contents for cell in function.__closure__ or ())
    return any(isinstance(getattr(each, "_cache", None), NullCache) for each in held)


class _Nothing(NullCache):
    """Keeps nothing, and says so when the first function is compiled."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        tell(f"compiled code is not kept, so each run compiles again: {_WHY_NOT}; SIYU_CACHE names another folder")


class _Place(_CacheLocator):
    """The cache folder; its name, a digest, decides whether its files are current."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._py_file, self._lineno = function.__code__.co_filename, function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(FOLDER)

    def get_source_stamp(self) -> str:
        return ""

    def get_disambiguator(self) -> str:
        return str(self._lineno)


class _Results(CompileResultCacheImpl):
    """Numba's way to write down what it compiled, bound to the folder whatever its settings say."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._locator = _Place(function)
        self._lineno = self._locator._lineno
        name = f"{function.__module__}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class _Files(IndexDataCacheFile):
    """A function's files, an index and one for each signature, each under its checksum.

    Processes share them, and two may take one number for two signatures: each file says which one it holds.
    """

    def save(self, key: Any, data: Any) -> None:
        super().save(key, (key, data))

    def load(self, key: Any) -> Any:
        held = super().load(key)
        return held[1] if held is not None and held[0] == key else None

    def _load_index(self) -> Any:
        content = self._intact(self._index_path)
        return {} if content is None else pickle.loads(content)

    def _save_index(self, overloads: Any) -> None:
        self._seal(self._index_path, self._dump(overloads))

    def _load_data(self, name: str) -> Any:
        content = self._intact(self._data_path(name))
        if content is None:
            raise FileNotFoundError(name)  # to numba: compile it
        return pickle.loads(content)

    def _save_data(self, name: str, data: Any) -> None:
        self._seal(self._data_path(name), self._dump(data))

    def _seal(self, path: str, content: bytes) -> None:
        with self._open_for_write(path) as file:
            file.write(_checksum(content) + content)

    def _intact(self, path: str) -> bytes | None:
        """The content of a file; None, with one line on standard error, if its checksum does not match."""
        try:
            sealed = Path(path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            sealed = b""
        if len(sealed) >= _CHECKSUM and _checksum(sealed[_CHECKSUM:]) == sealed[:_CHECKSUM]:
            return sealed[_CHECKSUM:]
        tell(f"compiled code in {self._cache_path} is damaged and is compiled again")
        return None


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM).digest()


class _Cache(FunctionCache):
    """Numba's cache of one function, over our files; a full disk costs the next run its time and this run nothing."""

    _impl_class = _Results

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, "")

    def _save_overload(self, sig: Any, data: Any) -> None:
        try:
            super()._save_overload(sig, data)
        except OSError as problem:
            tell(
                f"compiled code cannot be kept in {self._cache_path} ({problem.strerror}): the next run compiles again"
            )


class _NamedCache(_Cache):
    """The cache of a function that was built of others: what it was built of, the folder's digest tells."""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return sig, codegen.magic_tuple(), self._py_func.__qualname__
