"""Finished replicates kept on disk, so that a run that was stopped goes on where it stood.

One file for each replicate of a scenario, named by a digest of everything that determines its numbers. Files hold arrays
and JSON and no code (NumPy's npz without pickle). They lie in a folder of the cache that only their owner can write to, and
the oldest go when they take more than a gigabyte.
"""

import hashlib
import io
import json
import os
import platform
import stat
import sys
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import numpy as np

from models.data.files import write_whole
from models.errors import BadInput

MOST_BYTES = 2**30
_AFTER_PRUNING = 0.8  # of the bound: so that not every file that is written has to count them all
_ARRAY = "\N{WHITE SQUARE}"  # the only key of a mapping that stands for an array
_FORM = 1  # of the files
_DAMAGED = (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass
class Kept:
    """The folder of kept replicates, and the digest of this code: files written by other code are not used."""

    folder: Path
    code: str
    trouble: str = field(default="", compare=False)  # why nothing more could be kept

    @classmethod
    def here(cls) -> "Kept | None":
        """The folder in the cache ($SIYU_CACHE, $NUMBA_CACHE_DIR, $XDG_CACHE_HOME or ~/.cache); None where there can be no
        private one."""
        folder = cache() / "kept"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not _is_private(folder):
                folder.chmod(0o700)
            return cls(folder, code_digest()) if _is_private(folder) else None
        except OSError:
            return None

    def get(self, key: str) -> dict[str, Any] | None:
        """The values kept under `key`; None if there are none, or if their file is damaged."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)  # the oldest are those unused for longest
        except OSError:
            return None
        try:
            record = unpacked(content)
            if record["key"] == key and isinstance(record["values"], dict):
                return record["values"]
        except _DAMAGED:
            pass
        with suppress(OSError):
            path.unlink()  # so that what is run again is kept in its place
        return None

    def has(self, key: str) -> bool:
        """True if there is a file for `key`."""
        return self._path(key).exists()

    def put(self, key: str, values: Mapping[str, Any]) -> None:
        """Keep `values` (arrays, numbers, text, None, and mappings and lists of them) under `key`.

        Does nothing if the folder does not exist here (a worker on another machine) or the code differs.
        """
        if self.trouble or not self.folder.is_dir() or code_digest() != self.code:
            return
        try:
            write_whole(self._path(key), packed({"key": key, "values": values}))
        except BadInput as problem:
            self.trouble = str(problem)

    def prune(self, most: int = MOST_BYTES) -> None:
        """Delete the oldest files as long as all together take more than `most` bytes."""
        files: list[tuple[float, int, str]] = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    files.append((status.st_mtime, status.st_size, entry.path))
        total = sum(size for _, size, _ in files)
        if total <= most:
            return
        for _, size, path in sorted(files):
            if total <= _AFTER_PRUNING * most:
                break
            with suppress(OSError):
                os.unlink(path)
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def cache() -> Path:
    """The cache folder of siyu, for everything that can be computed again; compiled code lies in it, too."""
    given = (os.environ.get(name) for name in ("SIYU_CACHE", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"))
    base = next((path for path in given if path), None)
    return (Path(base) if base else Path.home() / ".cache") / "siyu"


def _is_private(folder: Path) -> bool:
    """True if the folder is ours and nobody else can read or write in it."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


# --- what a replicate's numbers follow from --------------------------------------------------------------------------


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of every Python file of `sim` and `models`, of the numerical libraries' versions and of the type of machine."""
    digest = hashlib.sha256()
    for package in ("sim", "models"):
        root = Path(__file__).parents[3] / package
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{path.relative_to(root.parent)}\n".encode())
            digest.update(path.read_bytes())
    digest.update(json.dumps(_surroundings()).encode())
    return digest.hexdigest()


def _surroundings() -> list[str]:
    """Libraries and machine: other versions, or a processor with other instructions, may round otherwise."""
    from llvmlite import binding

    libraries = [f"{name} {installed_version(name)}" for name in ("numba", "llvmlite", "numpy", "scipy", "pandas")]
    machine = [platform.machine(), binding.get_host_cpu_name(), *platform.libc_ver(), sys.byteorder]
    return [*libraries, *machine, f"python {platform.python_version()}", f"form {_FORM}"]


def content_digest(path: Path) -> str:
    """Digest of a file's content; a file is read again only after it has changed. Raises OSError."""
    status = path.stat()
    return _digest_of(str(path), status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=16)
def _digest_of(path: str, size: int, written: int, inode: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(values: Any) -> str:
    """64 hex digits, equal for equal values of JSON."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


# --- the form on disk ------------------------------------------------------------------------------------------------


def packed(values: Any) -> bytes:
    """`values` as the content of an npz file: arrays as they are, around them JSON. Raises TypeError for other things."""
    arrays: list[np.ndarray] = []
    text = json.dumps(_without_arrays(values, arrays))
    stream = io.BytesIO()
    tree = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    np.savez_compressed(stream, allow_pickle=False, tree=tree, **{str(k): a for k, a in enumerate(arrays)})
    return stream.getvalue()


def unpacked(content: bytes) -> Any:
    """What `packed` was given. Raises ValueError and what zipfile and zlib raise where the content is damaged."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        text = file["tree"].tobytes().decode("utf-8", "surrogatepass")
        return json.loads(
            text, object_hook=lambda mapping: file[str(mapping[_ARRAY])] if _ARRAY in mapping else mapping
        )


def _without_arrays(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {_ARRAY: len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and key != _ARRAY for key in value):
            raise TypeError(f"keys of kept values are text, not {list(value)}")
        return {key: _without_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(item, arrays) for item in value]
    return value
