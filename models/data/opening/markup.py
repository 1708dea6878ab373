"""Tables that were saved as web pages or XML and are called .xls: HTML, and the XML of Excel 2003."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, islice
from typing import Any, NamedTuple, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from models.data.opening.encodings import codec_of, damaged, sniff_encoding
from models.data.opening.picking import Picker
from models.data.opening.plain_text import HEADER_WITHIN, find_header
from models.data.opening.sheet import Choose, Sheet, where_of
from models.data.opening.source import Source

_CHUNK = 1 << 20
_WIDEST, _LONGEST = 1_000, 65_536  # cells that one may cover
_WIDEST_SHEET = 16_384  # columns
_EXCEL_XML = "{urn:schemas-microsoft-com:office:spreadsheet}"


class Row(NamedTuple):
    """A row by its number; whole: its end is in the file."""

    number: int
    cells: list[str]
    whole: bool = True


def is_markup(head: bytes) -> bool:
    """True if a file begins as a web page or the XML of Excel 2003."""
    utf_16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if utf_16 else "latin-1", errors="ignore").removeprefix("\xef\xbb\xbf").lstrip()
    marks = r"<(!doctype\s+html|html|head|body|meta|table|div|style)\b|<\?xml[^>]*>.*office:spreadsheet"
    return re.match(marks, text, re.IGNORECASE | re.DOTALL) is not None


def read_markup(source: Source, head: bytes, choose: Choose, drop: bool) -> tuple[list[Sheet], list[str]]:
    """The tables of a page or XML workbook that `choose` recognises, and the names of those it does not.

    The tables of a page are one sheet, one below the other as a spreadsheet opens them. Raises BadInput where it is no text,
    is cut off, or (unless `drop`) where a row does not fit its header.
    """
    encoding = sniff_encoding(source, head)
    sheets: list[Sheet] = []
    unknown: list[str] = []
    for name, rows in _tables(source, codec_of(encoding)):
        top = list(islice(rows, HEADER_WITHIN))
        if not top:
            continue
        where = where_of(source.path, name)
        if (header := find_header([row.cells for row in top], choose, where)) is None:
            unknown.append(str(where))
            continue
        above, layout, titles = header
        picker = Picker(source.path, name, layout, titles, drop)
        for row in chain(top[above:], rows):
            picker.take(row.number, row.cells, unfinished=not row.whole)
        sheets.append(picker.sheet(encoding))
    return sheets, unknown


def _tables(source: Source, codec: str) -> Iterator[tuple[str | None, Iterator[Row]]]:
    """Names and rows of the sheets; the rows of one are read before the next is asked for."""
    texts = _texts(source, codec)
    first = next(texts, "")
    everything = chain([first.removeprefix("\ufeff").lstrip()], texts)
    if re.match(r"\s*<\?xml[^>]*>.*office:spreadsheet", first.removeprefix("\ufeff"), re.DOTALL):
        yield from _xml_sheets(source, everything)
    else:
        yield None, _html_rows(everything)


def _texts(source: Source, codec: str) -> Iterator[str]:
    try:
        with source.text(codec) as text:
            while chunk := text.read(_CHUNK):
                yield chunk
    except UnicodeError:
        raise damaged(source.path) from None


def _html_rows(texts: Iterator[str]) -> Iterator[Row]:
    page = _Page()
    for text in texts:
        page.feed(text)
        yield from page.taken()
    page.close()
    page.end_page()
    yield from page.taken()


class _Page(HTMLParser):
    """Collects the rows of a page's tables; cells may be left open, and cover several columns or rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[Row] = []
        self.number = 0
        self.cells: list[str] | None = None
        self.text: list[str] | None = None
        self.covered: dict[int, int] = {}  # column -> rows below that a cell above covers
        self.wide, self.high = 1, 1
        self.silent = 0  # within a script or style
        self.closes = False  # the page says where cells end, so that one without an end is cut off

    def taken(self) -> list[Row]:
        """The rows that are complete, each once."""
        rows, self.rows = self.rows, []
        return rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.silent += 1
        elif tag in ("tr", "table"):
            self.end_row()
            self.cells = [] if tag == "tr" else None
            self.covered = self.covered if tag == "tr" else {}
        elif tag in ("td", "th"):
            self._end_cell()
            self.cells = [] if self.cells is None else self.cells
            spans = {name: int(value) for name, value in attrs if value and value.isascii() and value.isdigit()}
            self.wide = min(max(spans.get("colspan", 1), 1), _WIDEST)
            self.high = min(max(spans.get("rowspan", 1), 1), _LONGEST)
            self.text = []
        elif tag == "br" and self.text is not None:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent -= self.silent > 0
        elif tag in ("td", "th"):
            self._end_cell()
            self.closes = True
        elif tag in ("tr", "table", "thead", "tbody", "tfoot"):
            self.end_row()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(re.sub(r"\s+", " ", data))

    def end_row(self, whole: bool = True) -> None:
        """End the row that is open, if there is one."""
        self._end_cell()
        if self.cells is not None:
            self._skip_covered()
            self.number += 1
            self.rows.append(Row(self.number, self.cells, whole))
        self.cells = None

    def end_page(self) -> None:
        """End a row that the end of the file leaves open, without a cell that it cuts."""
        self.text = None if self.closes else self.text
        self.end_row(whole=not self.closes)

    def _end_cell(self) -> None:
        if self.text is None or self.cells is None:
            return
        self._skip_covered()
        if self.high > 1:
            self.covered |= {len(self.cells) + i: self.high - 1 for i in range(self.wide)}
        self.cells += ["".join(self.text).strip(), *[""] * (self.wide - 1)]
        self.text = None

    def _skip_covered(self) -> None:
        """Leave the cells empty that one above covers."""
        while self.cells is not None and self.covered.get(len(self.cells), 0) > 0:
            self.covered[len(self.cells)] -= 1
            self.cells.append("")


def _xml_sheets(source: Source, texts: Iterator[str]) -> Iterator[tuple[str | None, Iterator[Row]]]:
    """The sheets of an XML workbook; rows and cells that do not say their place are next to the one before."""
    parser: XMLPullParser[Any] = XMLPullParser(events=("start", "end"))
    name, rows, number = "", list[Row](), 0
    try:
        for text in texts:
            parser.feed(text)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                if event == "start" and element.tag == _EXCEL_XML + "Worksheet":
                    name, rows, number = element.get(_EXCEL_XML + "Name", ""), [], 0
                elif event == "end" and element.tag == _EXCEL_XML + "Row":
                    number = _place(element, number)
                    rows.append(Row(number, _xml_cells(element)))
                    element.clear()
                elif event == "end" and element.tag == _EXCEL_XML + "Worksheet":
                    element.clear()
                    yield name, iter(rows)
        parser.close()
    except ParseError:
        raise damaged(source.path) from None


def _xml_cells(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(_EXCEL_XML + "Cell"):
        place = min(_place(cell, len(cells)), _WIDEST_SHEET)
        data = cell.find(_EXCEL_XML + "Data")
        text = "" if data is None else "".join(data.itertext())
        if data is not None and data.get(_EXCEL_XML + "Type") == "DateTime":
            text = re.sub(r"T([0-9:]+)(\.0+)?$", r" \1", text)
        covered = cell.get(_EXCEL_XML + "MergeAcross", "0")
        cells += [""] * (place - 1 - len(cells))
        cells += [text, *[""] * (min(int(covered), _WIDEST) if covered.isdigit() else 0)]
    return cells


def _place(element: Element, before: int) -> int:
    """The number that a row or cell says, from 1; else that of the one before and one."""
    told = element.get(_EXCEL_XML + "Index", "")
    return int(told) if re.fullmatch("[0-9]{1,7}", told) else before + 1
