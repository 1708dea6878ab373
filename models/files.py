"""Files that appear whole or not at all, and the first look at one to be read."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp

from models.errors import BadInput

WRITTEN: deque[Path] = deque(maxlen=200)  # what this process wrote last: who is stopped is told it


def write_whole(path: Path, content: str | bytes | Callable[[Path], object]) -> Path:
    """Write `content` (or let it write to a path) under a temporary name beside `path`, then rename. Returns
    `path`.

    Raises BadInput where the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); choose another place.") from None
    os.close(handle)
    temporary = Path(name)
    try:
        if isinstance(content, str):
            temporary.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            content(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        WRITTEN.append(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); choose another place.") from None
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _umask() -> int:
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
        raise BadInput(f"{path}: there is no such file; check the name.")
    if path.is_dir():
        raise BadInput(f"{path}: this is a folder; {folder}.")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise BadInput(f"{path}: the file cannot be opened ({error.strerror}).") from None
    if not head.strip():
        raise BadInput(f"{path}: the file is empty; {empty}.")
    return head
