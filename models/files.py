"""Files are written whole or not at all."""

import os
from pathlib import Path

from models.errors import BadInput


def write_atomically(path: str | Path, content: str | bytes) -> Path:
    """Write text (as UTF-8) or bytes under a temporary name beside `path`, then rename; returns the path.

    Folders on the way are made. Raises BadInput where the file cannot be written.
    """
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        temporary.unlink(missing_ok=True)
    return path
