"""One run at a time into one folder of results."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.data.files import TEMPORARY, told_of
from models.errors import BadInput
from models.words import Remark

try:
    import fcntl
except ImportError:  # Windows: the renames still leave one whole folder, but nobody is told of another run
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(target: Path, shown: Path) -> Iterator[None]:
    """Hold the lock of the folder `target` (`shown` in messages). Raises BadInput where another run holds it.

    The lock is the system's on a small file beside the folder, which holds the process's number for the message: whoever
    dies holds it no more, so no lock is ever stale. The file goes when the block ends.
    """
    if fcntl is None:
        yield
        return
    file = target.parent / f"{TEMPORARY}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]}.lock"
    with told_of(shown):
        handle = _held(file, shown)
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()  # before the lock is given up, so that nobody can hold a lock on a file that has gone
        os.close(handle)


def _held(file: Path, shown: Path) -> int:
    """An open, locked handle on `file`. Raises BadInput, OSError."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                return handle  # a disk that knows no locks (some network drives): go on as without
            pid = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise BadInput(
                "{shown}: another run{process} is writing here; wait for it, or choose another --out.",
                shown=shown,
                process=Remark(" (process {pid})", {"pid": pid}) if pid else "",
            ) from None
        if _still_there(handle, file):
            os.truncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
            return handle
        os.close(handle)  # its holder has just removed it: take a new one


def _still_there(handle: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), file.lstat())
    except FileNotFoundError:
        return False
