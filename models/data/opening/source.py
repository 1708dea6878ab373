"""Where bytes come from: a file, or a member of a zip file, opened as often as they are needed."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from models.errors import BadInput

_HEAD = 1 << 16


@dataclass(frozen=True)
class Source:
    """A file (`member` None) or a member of the zip file at `path`; nothing is unpacked onto the disk."""

    path: Path
    member: str | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, from the first. Raises BadInput where what is read of a zip file is damaged."""
        if self.member is None:
            with self.path.open("rb") as file:
                yield file
        else:
            try:
                with ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield file
            except (BadZipFile, NotImplementedError, EOFError, OSError, zlib.error):
                raise BadInput(
                    "{path}: the zip file is damaged or cut off; download or export it again.", path=self.path
                ) from None

    @contextmanager
    def text(self, codec: str) -> Iterator[io.TextIOWrapper]:
        """The text, line ends as they are. Reading it may raise UnicodeError."""
        with self.open() as file:
            yield io.TextIOWrapper(file, encoding=codec, newline="")

    def head(self) -> bytes:
        """The first bytes, which tell what it is."""
        with self.open() as file:
            return file.read(_HEAD)
