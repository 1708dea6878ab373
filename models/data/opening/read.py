"""The door: a file of any kind to its recognised sheets."""

from pathlib import Path

from models.data.files import head_of
from models.data.opening.archives import ZIP, is_workbook, refuse_others, table_in
from models.data.opening.markup import is_markup, read_markup
from models.data.opening.plain_text import read_text
from models.data.opening.sheet import Choose, Sheet
from models.data.opening.source import Source
from models.data.opening.typed import read_parquet
from models.data.opening.workbooks import OLD, read_workbook
from models.errors import BadInput


def read_sheets(path: Path, choose: Choose, drop: bool, *, sheet: str | None = None) -> tuple[list[Sheet], list[str]]:
    """The sheets of a file that `choose` recognises by their header, and the names of those it does not.

    Text in any usual encoding and with any usual delimiter, workbooks, tables saved as web pages, Parquet, and a zip file
    that holds one of these. sheet: the only one to read of a workbook (a hidden one, too); other files have no sheets to
    choose from. Nothing is written to the disk. Raises BadInput where the file cannot be read, or (unless `drop`) where a
    row does not fit its header.
    """
    head_of(path, folder="give the files that were exported", empty="export it again")
    source = Source(path)
    head = source.head()
    if head.startswith(ZIP) and not is_workbook(source):
        source = table_in(source)
        head = source.head()
        if head.startswith(ZIP) and not is_workbook(source):
            raise BadInput(
                "{path}: this zip file holds another one; unpack it and give the table in it.", path=source.path
            )
    if head.startswith((*ZIP, OLD)):
        return read_workbook(source, choose, drop, sheet)
    if is_markup(head):
        return read_markup(source, head, choose, drop)
    refuse_others(source, head)
    if head.startswith(b"PAR1"):
        table = read_parquet(source, choose)
    elif path.suffix.lower() in (".parquet", ".pq"):
        raise BadInput("{path}: this is not a Parquet file although it is called one.", path=path)
    else:
        table = read_text(source, head, choose, drop)
    return ([table], []) if table is not None else ([], [str(path)])
