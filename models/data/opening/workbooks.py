"""Excel workbooks (xlsx, xlsb, xls) and what else calamine reads, row by row, only the needed columns, as text."""

import io
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from models.data.opening.archives import ZIP
from models.data.opening.bounds import Places, within_bounds
from models.data.opening.picking import Picker
from models.data.opening.plain_text import HEADER_WITHIN, find_header
from models.data.opening.sheet import Choose, Chosen, Sheet, where_of
from models.data.opening.source import Source
from models.data.opening.twice import check_apart
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    import python_calamine as calamine

    from models.data.opening.number_formats import Formats

_EXCEL_DIGITS = 10**15  # a number cell keeps no more
_FULL = {True: 65_536, False: 1_048_576}  # rows that a sheet holds: of the old format (xls), of the later ones
OLD = b"\xd0\xcf\x11\xe0"  # how the old format begins, and what is locked
_DIMENSIONS = re.compile(rb"\x00\x02\x0e\x00(.{12})\x00\x00", re.DOTALL)
_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def read_workbook(source: Source, choose: Choose, drop: bool, sheet: str | None) -> tuple[list[Sheet], list[str]]:
    """The sheets of a workbook that `choose` recognises, and the names of those it does not.

    Hidden sheets are left out, which the first sheet's remarks say. sheet: the only one to read. Raises BadInput where the
    workbook cannot be read or has no such sheet.
    """
    try:
        import python_calamine as calamine
    except ImportError:
        raise BadInput(
            "{path}: reading Excel needs the package python-calamine; install it, or save as CSV.",
            path=source.path,
        ) from None
    with source.open() as file:
        content = file.read()
    if content.startswith(OLD) and _PACKAGE in content:
        raise locked(source)
    if content.startswith(OLD) and _oversized(content):
        raise _none(source, "dimensions")
    places: Mapping[str, Places] = {}
    formats = None
    try:
        if content.startswith(ZIP):
            from models.data.opening.number_formats import Formats, signs_of_styles

            formats = Formats(content, signs_of_styles(content))
            content, places = within_bounds(source, content)
        with _panics(calamine.CalamineError):
            book = calamine.load_workbook(io.BytesIO(content))
        with book:
            return _Workbook(source, book, choose, drop, places, formats).sheets(sheet, _FULL[content.startswith(OLD)])
    except calamine.PasswordError:
        raise locked(source) from None
    except (
        calamine.CalamineError,
        OSError,
        BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ParseError,
    ) as error:
        raise _none(source, type(error).__name__) from None


def _none(source: Source, kind: str) -> BadInput:
    return BadInput("{path}: the workbook is damaged or none ({kind}); export it again.", path=source.path, kind=kind)


def _oversized(content: bytes) -> bool:
    """True if a sheet in the old format says to be larger than one can be: calamine keeps room for what it says.

    [MS-XLS] 2.4.90: the record Dimensions has 14 bytes, first and last row (four bytes each), first and last column (two).
    """
    for record in _DIMENSIONS.finditer(content):
        first, last, _, columns = struct.unpack("<IIHH", record[1])
        if not (first <= last <= _FULL[True] and columns <= 256):
            return True
    return False


@contextmanager
def _panics(error: type[Exception]) -> Iterator[None]:
    """Turn what damaged files do to calamine's code in Rust into `error`, and keep its report off the standard error."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    except BaseException as panic:
        if type(panic).__name__ == "PanicException":  # the class has no home to import it from
            raise error from None
        raise
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def locked(source: Source) -> BadInput:
    """The refusal of what is locked with a password."""
    return BadInput("{path}: the workbook is locked with a password; save it without one.", path=source.path)


@dataclass(frozen=True)
class _Workbook:
    """An open workbook; places: of the sheets that were drawn together. formats: which signs its amounts are shown with."""

    source: Source
    book: "calamine.CalamineWorkbook"
    choose: Choose
    drop: bool
    places: Mapping[str, Places]
    formats: "Formats | None"

    def sheets(self, wanted: str | None, full: int) -> tuple[list[Sheet], list[str]]:
        """What read_workbook returns. full: rows that a sheet of this kind holds."""
        names, remarks = _names(self.book, self.source, wanted)
        sheets: list[Sheet] = []
        unknown: list[str] = []
        for name in names:
            rows = self.rows(name)
            top = list(islice(rows, HEADER_WITHIN))
            where = where_of(self.source.path, name)
            header = find_header([list(map(cell_text, row)) for _, row in top], self.choose, where)
            if header is not None:
                above, layout, titles = header
                picker = Picker(self.source.path, name, layout, titles, self.drop, cell_text)
                least = layout.width if name in self.places else 0
                for number, row in self.signed(name, layout, chain(top[above:], rows)):
                    picker.take(number, row if len(row) >= least else [*row, *[""] * (least - len(row))])
                sheets.append(picker.sheet(full=full))
            elif top:
                unknown.append(str(where))
        check_apart(self.source.path, sheets)
        if sheets and remarks:
            sheets[0] = replace(sheets[0], remarks=(*remarks, *sheets[0].remarks))
        return sheets, unknown

    def signed(
        self, name: str, layout: Chosen, rows: Iterator[tuple[int, list[Any]]]
    ) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet, its amounts with the sign of their currency where Excel shows one beside them."""
        if "amount" not in layout.columns or self.formats is None or not self.formats.styles:
            yield from rows
            return
        from models.data.opening.number_formats import signs_beside

        at = layout.columns["amount"][0]
        signs = signs_beside(self.formats.content, name, at, self.formats.styles)
        for number, row in rows:
            if at < len(row) and isinstance(row[at], int | float) and (sign := signs.beside(number)) is not None:
                row[at] = f"{cell_text(row[at])} {sign}"
            yield number, row

    def rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet with their numbers, as lists from its first column."""
        import python_calamine as calamine

        with _panics(calamine.CalamineError):
            sheet = self.book.get_sheet_by_name(name)
        if sheet.start is None:
            return
        left = [""] * sheet.start[1]
        places = self.places.get(name)
        for i, row in enumerate(sheet.iter_rows()):
            whole = [*left, *row] if left else row
            yield (i + 1, whole) if places is None else (places.rows[i], places.spread(whole))


def _names(
    book: "calamine.CalamineWorkbook", source: Source, wanted: str | None
) -> tuple[list[str], tuple[Remark, ...]]:
    """The sheets to read, and what is said of those left out."""
    import python_calamine as calamine

    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    if wanted is not None:
        if wanted not in names:
            raise BadInput(
                "{path}: there is no sheet {sheet!r}; there {n:is|are} {names}.",
                path=source.path,
                sheet=wanted,
                n=len(names),
                names=", ".join(names),
            )
        return [wanted], ()
    visible = calamine.SheetVisibleEnum.Visible
    hidden = [sheet.name for sheet in book.sheets_metadata if sheet.visible != visible and sheet.name in names]
    if not hidden:
        return names, ()
    values = {"path": source.path, "n": len(hidden), "names": ", ".join(hidden)}
    told = Remark("{path}: the hidden {n:sheet|sheets} {names} {n:was|were} not read; name one with --sheet.", values)
    return [name for name in names if name not in hidden], (told,)


def cell_text(value: object) -> str:
    """A cell as text; a number that Excel has cut to 15 digits keeps the mark of it (an exponent)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if abs(value) >= _EXCEL_DIGITS or value != value:
            return f"{value:.6E}"
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    if isinstance(value, date):  # calamine gives a time at midnight as a date alone
        return (value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)).isoformat(" ")
    return "" if isinstance(value, timedelta) else str(value)
