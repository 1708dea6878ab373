"""How far apart the filled cells of a workbook lie, looked at before it is read: calamine keeps whole rectangles.

One cell in the last row and column of a sheet stands for a rectangle of 17 thousand million cells. Sheets whose cells are
few for their rectangle are read from a copy in memory in which the empty rows and columns are left out.
"""

import io
import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile

from models.data.opening.source import Source
from models.errors import BadInput

_CHUNK = 1 << 22
_FREE, _TIMES = 4_000_000, 4  # a rectangle may have this many cells, or this many times the filled ones
_MOST = 150_000_000  # filled cells
_PLAIN, _DIGITS = b'<c r="', b"0123456789"  # how nearly all programs begin a cell
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_PLACE = re.compile(rb'(<(?:\w+:)?(?:c|row)\s(?:[^>]*?\s)?r=")([A-Z]{0,3})([0-9]{1,7})(?=")')
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_ROW, _CELLS = 0, range(1, 12)  # records of xlsb: the head of a row, and the kinds of cells


@dataclass
class Places:
    """The rows and columns of a sheet that have cells, and how many there are. Rows and columns count from 1."""

    rows: Sequence[int]
    columns: Sequence[int]
    cells: int

    @property
    def sparse(self) -> bool:
        """True if the rectangle from the first cell of the sheet would hold far more than the cells."""
        return _is_sparse(max(self.rows, default=0) * max(self.columns, default=0), self.cells)

    @property
    def scattered(self) -> bool:
        """True if this is so without the empty rows and columns, too."""
        return _is_sparse(len(self.rows) * len(self.columns), self.cells)

    def spread(self, cells: Sequence[object]) -> list[object]:
        """A row without the empty columns to one with them, up to its last filled cell."""
        filled = len(cells)
        while filled and cells[filled - 1] == "":
            filled -= 1
        row: list[object] = []
        for place, cell in zip(self.columns, cells[:filled], strict=False):
            row += [""] * (place - 1 - len(row))
            row.append(cell)
        return row


def within_bounds(source: Source, content: bytes) -> tuple[bytes, Mapping[str, Places]]:
    """A workbook that can be read with memory for its cells; and the places, by sheet, of those that were drawn together.

    content: the workbook's bytes, returned as they are where they need no change. Raises BadInput where the cells are too
    many or too scattered to be a table.
    """
    sparse: dict[str, Places] = {}
    with ZipFile(io.BytesIO(content)) as archive:
        parts = parts_of(archive)
        for name, part in parts.items():
            places = (_places_of_records if part.endswith(".bin") else _places)(archive, part)
            if places.cells > _MOST or (places.sparse and (places.scattered or part.endswith(".bin"))):
                raise BadInput(
                    "{path}, sheet {sheet!r}: its {n:,} filled cells reach to row {row:,} and column {column:,}, too far "
                    "apart or too many to be read; delete what lies outside the table, or export as CSV.",
                    path=source.path,
                    sheet=name,
                    n=places.cells,
                    row=max(places.rows),
                    column=max(places.columns),
                )
            if places.sparse:
                sparse[name] = places
        if sparse:
            content = _drawn_together(archive, {parts[name]: places for name, places in sparse.items()})
    return content, sparse


def parts_of(archive: ZipFile) -> dict[str, str]:
    """The members of a workbook that hold its sheets, by the sheets' names; in xlsb by the members' own."""
    members = {info.filename.casefold(): info.filename for info in archive.infolist()}
    book, relations = members.get("xl/workbook.xml"), members.get("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {
            posixpath.basename(name): name for name in members.values() if re.match(r"(?i)xl/worksheets/\w+\.bin", name)
        }
    targets = {
        element.get("Id", ""): posixpath.normpath(posixpath.join("/xl", element.get("Target", ""))).lstrip("/")
        for element in ElementTree.fromstring(archive.read(relations))
    }
    parts = {}
    for sheet in ElementTree.fromstring(archive.read(book)).iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_RELATIONS + "id", ""), "").casefold()
            if target in members and "worksheets/" in target:
                parts[sheet.get("name", "")] = members[target]
    return parts


def whole_tags(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an XML file in pieces that end with a tag."""
    rest = b""
    while chunk := file.read(_CHUNK):
        rest += chunk
        end = rest.rfind(b">") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]


def _is_sparse(rectangle: int, cells: int) -> bool:
    return rectangle > max(_FREE, _TIMES * cells)


def _places(archive: ZipFile, part: str) -> Places:
    """The places in a sheet of xlsx. Where its corner says that it is no sparse one, the corner stands for all."""
    with archive.open(part) as file:
        corner = _corner(file)
    if corner is not None and not corner.sparse:
        return corner
    rows: set[bytes] = set()
    columns: set[bytes] = set()
    cells = 0
    with archive.open(part) as file:
        for xml in whole_tags(file):
            there = _CELL.findall(xml)
            cells += len(there)
            columns.update(letters for letters, _ in there)
            rows.update(number for _, number in there)
    return Places(sorted(map(int, rows)), sorted(map(column_number, columns)), cells)


def _corner(file: IO[bytes]) -> Places | None:
    """The last row and column of a sheet, by the last cell of each row; None where it is not written as usual."""
    cells, row = 0, 0
    columns: set[bytes] = set()
    for xml in whole_tags(file):
        cells += xml.count(_PLAIN)
        if xml.count(b"<c ") != xml.count(_PLAIN):
            return None
        for piece in xml.split(b"</row>"):
            at = piece.rfind(_PLAIN) + len(_PLAIN)
            if at >= len(_PLAIN):
                place = piece[at : piece.find(b'"', at)]
                letters = place.rstrip(_DIGITS)
                columns.add(letters)
                row = max(row, int(place[len(letters) :] or 0))
    return Places([row], [max(map(column_number, columns), default=0)], cells)


def _places_of_records(archive: ZipFile, part: str) -> Places:
    """The places in a sheet of xlsb: records of an id, a size (both of seven bits a byte) and content ([MS-XLSB] 2.1.4)."""
    data = archive.read(part)
    rows, columns = set[int](), set[int]()
    at = row = cells = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        value = int.from_bytes(data[at : at + 4], "little")
        if kind == _ROW:
            row = value + 1
        elif kind in _CELLS:
            cells += 1
            rows.add(row)
            columns.add(value + 1)
        at += size
    return Places(sorted(rows), sorted(columns), cells)


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes and where it ends."""
    value = 0
    for i, byte in enumerate(data[at : at + most]):
        value |= (byte & 0x7F) << (7 * i)
        at += 1
        if byte < 0x80:
            break
    return value, at


def _drawn_together(archive: ZipFile, parts: Mapping[str, Places]) -> bytes:
    """The workbook without the empty rows and columns of these sheets."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as copy:
        for info in archive.infolist():
            if info.filename.startswith("xl/media/"):
                continue
            with archive.open(info) as file, copy.open(info.filename, "w") as member:
                if (places := parts.get(info.filename)) is None:
                    while chunk := file.read(_CHUNK):
                        member.write(chunk)
                else:
                    for xml in whole_tags(file):
                        member.write(_PLACE.sub(_moving(places), xml))
    return out.getvalue()


def _moving(places: Places) -> Callable[[re.Match[bytes]], bytes]:
    """From a place in the sheet to that among its rows and columns with cells."""
    letters = {column_letters(column): column_letters(i) for i, column in enumerate(places.columns, 1)}

    def moved(at: re.Match[bytes]) -> bytes:
        row = bisect_left(places.rows, int(at[3])) + 1
        return at[1] + (letters[at[2]] if at[2] else b"") + str(row).encode()

    return moved


def column_number(letters: bytes) -> int:
    """The number of a column, the first is 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> bytes:
    """The letters of a column by its number, the first is 1."""
    letters = b""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters
