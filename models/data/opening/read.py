"""The door: a file of any kind to its recognised sheets."""

from pathlib import Path

from models.data.files import head_of
from models.data.opening.plain_text import read_text
from models.data.opening.sheet import Choose, Sheet
from models.data.opening.source import Source
from models.data.opening.workbooks import read_workbook


def read_sheets(path: Path, choose: Choose, drop: bool, *, sheet: str | None = None) -> tuple[list[Sheet], list[str]]:
    """The sheets of a file that `choose` recognises by their header, and the names of those it does not.

    sheet: the only one to read of a workbook (a hidden one, too); other files have no sheets to choose from. Raises BadInput
    where the file cannot be read, or (unless `drop`) where a row does not fit its header.
    """
    head_of(path, folder="give the files that were exported", empty="export it again")
    source = Source(path)
    head = source.head()
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return read_workbook(source, choose, drop, sheet)
    table = read_text(source, head, choose, drop)
    return ([table], []) if table is not None else ([], [str(path)])
