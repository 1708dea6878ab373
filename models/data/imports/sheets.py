"""Sheets out of files: CSV in UTF-8 or GB18030 and Excel workbooks, only the needed columns, as text.

Rows are read here and not by DuckDB's reader (models/data/orders/files.py), so that what is not needed (names, addresses,
notes) never enters a table, and nothing of an export is written to a temporary file.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from models.data.files import head_of
from models.data.imports.platforms import Layout, plain
from models.data.orders.files import sniff_encoding
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    import pyarrow as pa

Choose: TypeAlias = Callable[[Sequence[str], str | Remark], Layout | None]

_DELIMITERS = ",\t;|"
_HEADER_WITHIN = 10  # rows above a header hold titles and explanations
_EXCEL_DIGITS = 10**15  # a number cell keeps no more


@dataclass
class Sheet:
    """One recognised sheet: `table` holds `row` (as a sheet counts them) and the needed columns as text.

    rows counts all rows below the header that are not blank; malformed and formula rows among them are not in `table`.
    """

    path: Path
    name: str | None
    layout: Layout
    table: "pa.Table"
    rows: int
    malformed: int = 0
    formula_rows: int = 0
    encoding: str | None = None

    @property
    def where(self) -> str | Remark:
        """The sheet as messages name it."""
        return _where(self.path, self.name)


def _where(path: Path, sheet: str | None) -> str | Remark:
    return str(path) if sheet is None else Remark("{path}, sheet {sheet!r}", {"path": path, "sheet": sheet})


def read_sheets(path: Path, choose: Choose, drop: bool) -> tuple[list[Sheet], list[str]]:
    """The sheets of a file that `choose` recognises by their header, and the names of those it does not.

    Raises BadInput where the file cannot be read, or (unless `drop`) where a row does not fit its header.
    """
    head = head_of(path, folder="give the files that were exported", empty="export it again")
    if head.startswith(b"PAR1"):
        raise BadInput(
            "{path}: this is a Parquet file, not an export; give what the platform wrote (CSV or xlsx).",
            path=path,
        )
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(path, choose, drop)
    encoding = sniff_encoding(path, head)
    for delimiter in _DELIMITERS:
        header = _header(_csv_rows(path, encoding, delimiter, lenient=True), choose, str(path))
        if header is not None:
            rows = islice(_csv_rows(path, encoding, delimiter), header[0], None)
            sheet = _pick(path, None, rows, *header, drop)
            sheet.encoding = encoding
            return [sheet], []
    return [], [str(path)]


def _csv_rows(path: Path, encoding: str, delimiter: str, lenient: bool = False) -> Iterator[list[str]]:
    """Rows of a CSV file. Lenient: ends at the first that cannot be read (another delimiter may fit)."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        row = 0
        try:
            for cells in reader:
                row += 1
                yield cells
        except UnicodeError:
            raise BadInput(
                "{path}: the text is cut off or damaged; save the file as CSV in UTF-8.", path=path
            ) from None
        except csv.Error:
            if not lenient:
                raise BadInput(
                    "{path}: row {row}: a quotation mark is opened and not closed, or out of place; correct the row "
                    "or export the file again.",
                    path=path,
                    row=row + 1,
                ) from None


def _workbook(path: Path, choose: Choose, drop: bool) -> tuple[list[Sheet], list[str]]:
    try:
        import python_calamine as calamine
    except ImportError:
        raise BadInput(
            "{path}: reading Excel needs the package python-calamine; install it, or save as CSV.",
            path=path,
        ) from None
    sheets, unknown = [], []
    try:
        book = calamine.load_workbook(path)
        for name in book.sheet_names:
            rows = [[_cell(v) for v in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            where = _where(path, name)
            if (header := _header(rows, choose, where)) is not None:
                sheets.append(_pick(path, name, rows[header[0] :], *header, drop))
            elif any(map(any, rows)):
                unknown.append(str(where))
    except calamine.PasswordError:
        raise BadInput("{path}: the workbook is locked with a password; save it without one.", path=path) from None
    except (calamine.CalamineError, OSError) as error:
        kind = type(error).__name__
        raise BadInput(
            "{path}: the workbook is damaged or none ({kind}); export it again.", path=path, kind=kind
        ) from None
    return sheets, unknown


def _cell(value: Any) -> str:
    """A cell as text; a number that Excel has cut to 15 digits keeps the mark of it (an exponent)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if abs(value) >= _EXCEL_DIGITS or value != value:
            return f"{value:.6E}"
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return "" if isinstance(value, timedelta) else value.isoformat() if isinstance(value, date) else str(value)


def _header(rows: Iterable[Sequence[str]], choose: Choose, where: str | Remark) -> tuple[int, Layout] | None:
    """How many rows end with the header, and its layout; None where no row among the first is one."""
    for i, row in enumerate(islice(rows, _HEADER_WITHIN)):
        if (layout := choose(row, where)) is not None:
            return i + 1, layout
    return None


def _pick(path: Path, name: str | None, rows: Iterable[Sequence[str]], above: int, layout: Layout, drop: bool) -> Sheet:
    """The needed columns of the rows below the header."""
    import pyarrow as pa

    positions = [position for position, _ in layout.columns.values()]
    picked: list[list[str]] = [[] for _ in positions]
    columns = list(zip(picked, positions, strict=True))
    numbers: list[int] = []
    width, last = layout.width, max(positions, default=0)
    count = malformed = formulas = 0
    order = layout.columns.get("order", (None,))[0]
    for number, row in enumerate(rows, above + 1):
        if not any(map(str.strip, row)):
            continue
        count += 1
        if len(row) <= last or (len(row) > width and any(map(str.strip, row[width:]))):
            if not drop:
                raise _misfit(_where(path, name), number, len(row), width)
            malformed += 1
        elif count == 1 and layout.type.formula_row and order is not None and _is_formula(row[order]):
            formulas += 1
        else:
            numbers.append(number)
            for values, position in columns:
                values.append(row[position])
    texts = {column: _clean(values) for column, values in zip(layout.columns, picked, strict=True)}
    table = pa.table({"row": pa.array(numbers, pa.int64()), **texts})
    return Sheet(path, name, layout, table, count, malformed, formulas)


def _misfit(where: str | Remark, number: int, fields: int, width: int) -> BadInput:
    return BadInput(
        "{where}: row {row}: there are {fields} fields where the header has {width}; quote values that contain the "
        "delimiter, or leave bad rows out (bad_rows drop).",
        where=where,
        row=number,
        fields=fields,
        width=width,
    )


def _is_formula(cell: str) -> bool:
    """True if the first row's order number is none: a text without a long run of digits."""
    return re.search(r"\d{6}", plain(cell)) is None


def _clean(values: list[str]) -> "pa.Array":
    """Cells without what exports wrap around them: full-width, spaces, tabs, `="..."`, an apostrophe; nothing is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_normalize(pa.array(values, pa.string()), form="NFKC")
    texts = pc.replace_substring_regex(texts, "[\\x{200b}-\\x{200d}\\x{2060}\\x{feff}\\x{0}]", "")
    texts = pc.utf8_trim_whitespace(texts)
    texts = pc.replace_substring_regex(texts, '^="([^"]*)"$', "\\1")
    texts = pc.replace_substring_regex(texts, "^['`]+", "")
    texts = pc.utf8_trim_whitespace(texts)
    nothing = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(["", "-", "--", "null", "none", "nan", "\\n", "/"]))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), texts)
