"""Files that appear whole or not at all, and the first look at one to be read."""

import errno
import json
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any, TypeAlias

from models.errors import BadInput
from models.words import Quoted, Remark

WRITTEN: deque[Path] = deque(maxlen=200)  # what this process wrote last: who is stopped is told it
Content: TypeAlias = str | bytes | Callable[[Path], object]
TEMPORARY = (
    ".siyu-"  # how the names of what is not finished begin; no more of the real name, which may be of any length
)


class CannotWrite(BadInput):
    """A place cannot be written to; `why` in the system's words."""

    def __init__(self, path: Path, why: str, advice: str = "choose another place") -> None:
        super().__init__(
            "{path}: cannot be written ({reason}); {advice}.", path=path, reason=Quoted(why), advice=Remark(advice)
        )
        self.path, self.why = path, why


def write_whole(path: Path, content: Content) -> Path:
    """Write `content` (or let it write to a path) under a temporary name beside `path`, then rename. Returns
    `path`.

    Raises BadInput where the place cannot be written to.
    """
    return write_all({path: content})[0]


def json_text(kind: str, values: Mapping[str, Any]) -> str:
    """What siyu writes as JSON: its first key says which command it is of; undefined is null, NaN is refused."""
    return json.dumps({"kind": f"siyu {kind}", **values}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_json(path: Path, kind: str, values: Mapping[str, Any]) -> None:
    """Write JSON as a whole; `kind`: the command."""
    write_whole(path, json_text(kind, values))


def write_all(files: Mapping[Path, Content], then: Callable[[], object] | None = None) -> list[Path]:
    """Write several files that belong together: all of them appear, whole, or none.

    Each is written under a temporary name beside its own; `then` does what has to be done before they appear; only then are
    they renamed. Folders are made where they are missing, and go again if nothing appears. What is no file but takes text
    (/dev/stdout, a pipe) is written to as it is. Returns the paths. Raises BadInput where a place cannot be written to.
    """
    temporary: dict[Path, Path] = {}
    folders: list[Path] = []
    done = False
    try:
        for path, content in files.items():
            with told_of(path):
                if not takes_a_stream(path):
                    folders += make_folders(path.parent)
                    temporary[path] = _beside(path)
                    _fill(temporary[path], content)
                    temporary[path].chmod(_mode(path))
        if then is not None:
            then()
        for path, content in files.items():
            with told_of(path):
                if path in temporary:
                    temporary[path].replace(path)
                    WRITTEN.append(path)
                else:
                    _fill(path, content)
        done = True
    finally:
        for name in temporary.values():
            name.unlink(missing_ok=True)
        if not done:
            remove_folders(folders)
    return list(files)


def ask_whether_writable(path: Path) -> None:
    """Try whether a file could be written to `path`, before the work that it is to hold. Leaves nothing behind.

    Raises BadInput where it could not: no right to, a disk that is full or only to be read, a name too long, a folder or a
    link to nothing in its place.
    """
    if takes_a_stream(path):
        return
    folders: list[Path] = []
    try:
        with told_of(path):
            if path.is_dir():
                raise BadInput("{path}: this is a folder; give a file.", path=path)
            if path.is_symlink() and not path.exists():
                raise BadInput("{path}: this is a link to nothing; remove it, or give another name.", path=path)
            folders = make_folders(path.parent)
            _beside(path).unlink()
    finally:
        remove_folders(folders)


def takes_a_stream(path: Path) -> bool:
    """True if `path` is no file but takes what is written to it: a terminal, a pipe, /dev/null. Renaming onto one would
    put a file in its place."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    by_number = str(path.parent) in ("/dev", "/dev/fd") or str(path).startswith("/proc/")
    return by_number or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Turn an OSError while writing to `path` into CannotWrite, one sentence."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(path, reason(error)) from None


def reason(error: OSError) -> str:
    """The operating system's short message, without what libraries put around it."""
    return os.strerror(error.errno) if error.errno else str(error)


def make_folders(folder: Path) -> list[Path]:
    """Make `folder` and those above it; returns the ones that were missing, outermost first. Raises OSError."""
    missing: list[Path] = []
    at = folder
    while not at.exists():
        missing.insert(0, at)
        at = at.parent
    created: list[Path] = []
    try:
        for each in missing:
            each.mkdir(exist_ok=True)
            created.append(each)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError:
        remove_folders(created)
        raise
    return created


def remove_folders(folders: list[Path]) -> None:
    """Remove folders that were made for nothing, if nothing has come into them."""
    for each in reversed(folders):
        with suppress(OSError):
            each.rmdir()


def _beside(path: Path) -> Path:
    """A new, empty file beside `path`: a random name, nobody else's, no link followed. Raises OSError."""
    with suppress(FileNotFoundError):
        path.lstat()  # a name that is too long is refused here, not only by the renaming
    handle, name = mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    return Path(name)


def _fill(path: Path, content: Content) -> None:
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, so that a private one stays private; else those of any new file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return 0o666 & ~umask()
    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else 0o666 & ~umask()


def umask() -> int:
    """The process's mask for new files, which temporary files do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def head_of(path: Path, *, folder: str, empty: str) -> bytes:
    """The first bytes of a file to be read, which tell what it is.

    Raises BadInput where there is no such file, it is a folder, cannot be opened or is empty; `folder` and `empty` say what
    to do then.
    """
    if not path.exists():
        raise BadInput("{path}: there is no such file; check the name.", path=path)
    if path.is_dir():
        raise BadInput("{path}: this is a folder; {advice}.", path=path, advice=Remark(folder))
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise BadInput(
            "{path}: the file cannot be opened ({reason}).", path=path, reason=Quoted(str(error.strerror))
        ) from None
    if not head.strip():
        raise BadInput("{path}: the file is empty; {advice}.", path=path, advice=Remark(empty))
    return head
