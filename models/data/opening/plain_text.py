"""CSV in whatever encoding and with whatever delimiter: its header, and its rows one by one."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from models.data.opening import csv_columns
from models.data.opening.encodings import codec_of, damaged, sniff_encoding
from models.data.opening.picking import Picker
from models.data.opening.sheet import Choose, Chosen, Sheet
from models.data.opening.source import Source
from models.errors import BadInput
from models.words import Remark

_DELIMITERS = ",\t;|"
HEADER_WITHIN = 10  # rows above a header hold titles and explanations
EXCEL_ROWS = 1_048_576


def read_text(source: Source, head: bytes, choose: Choose, drop: bool) -> Sheet | None:
    """The table of a text file; None where no row at its top is a header that `choose` knows.

    Raises BadInput where it is no text, or (unless `drop`) where a row does not fit its header.
    """
    encoding = sniff_encoding(source, head)
    codec = codec_of(encoding)
    for delimiter in _delimiters(head.decode(codec, errors="ignore")):
        rows = _top(source, codec, delimiter)
        if (header := find_header(rows, choose, str(source.path))) is not None:
            above, layout, cells = header
            picker = Picker(source.path, None, layout, cells, drop, delimited=True)
            if not csv_columns.read_columns(source, codec, delimiter, above, picker):
                picker = Picker(source.path, None, layout, cells, drop, delimited=True)
                _take_rows(source, codec, delimiter, above, picker)
            return picker.sheet(encoding, EXCEL_ROWS if picker.last == EXCEL_ROWS else None)
    return None


def find_header(
    rows: Iterable[Sequence[str]], choose: Choose, where: str | Remark
) -> tuple[int, Chosen, Sequence[str]] | None:
    """How many rows end with the header, its layout and its cells; None where no row among the first is one."""
    for i, row in enumerate(islice(rows, HEADER_WITHIN)):
        if (layout := choose(row, where)) is not None:
            return i + 1, layout, row
    return None


def _delimiters(head: str) -> list[str]:
    """The delimiters to try; first the one that the file names itself (`sep=;`, as Excel reads it)."""
    told = re.match(r"\ufeff?\"?sep=(.)", head, re.IGNORECASE)
    first = [told[1]] if told and told[1] in _DELIMITERS else []
    return [*first, *(delimiter for delimiter in _DELIMITERS if delimiter not in first)]


def _top(source: Source, codec: str, delimiter: str) -> Iterator[list[str]]:
    """Rows from the first, up to one that cannot be read: another delimiter may fit."""
    with source.text(codec) as text:
        try:
            yield from csv.reader(text, delimiter=delimiter, strict=True)
        except UnicodeError:
            raise damaged(source.path) from None
        except csv.Error:
            return


def _take_rows(source: Source, codec: str, delimiter: str, above: int, picker: Picker) -> None:
    """Give the rows below the header to the picker, one by one: slow, but whatever is wrong is told with its row."""
    with source.text(codec) as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number, line = number + 1, reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeError:
                raise damaged(source.path) from None
            except csv.Error:
                if picker.drop and reader.line_num == line + 1:  # an open quotation mark would have taken further lines
                    picker.count, picker.malformed = picker.count + 1, picker.malformed + 1
                    continue
                raise BadInput(
                    "{path}: row {row}: a quotation mark is opened and not closed, or out of place; correct the row "
                    "or export the file again.",
                    path=source.path,
                    row=number,
                ) from None
            if number > above:
                picker.take(number, cells, unfinished=not lines.ended)


class _Lines:
    """The lines of a text, and whether the last one that was taken has an end."""

    def __init__(self, text: Iterable[str]) -> None:
        self.text = text
        self.line = "\n"

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.line = line
            yield line

    @property
    def ended(self) -> bool:
        return self.line.endswith(("\n", "\r"))
