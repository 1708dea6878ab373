"""What a case of the table is: a small file, the options it is read with, and its totals or why it is refused."""

import csv
import html
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

Writer: TypeAlias = Callable[[Path], Path]
Door: TypeAlias = Literal["forecast", "import"]

BOTH: tuple[Door, ...] = ("forecast", "import")


@dataclass(frozen=True)
class Totals:
    """What a file holds; None where the case says nothing of it.

    money: what is left after refunds, in the file's unit, as text with two decimals. currency: its ISO code, "" for a file
    that says none. refunded: what was paid back, as far as `import` reports it. days: the first and the last order's.
    dropped: rows left out, by reason. said: patterns, each of which a remark holds.
    """

    orders: int | None = None
    customers: int | None = None
    money: str | None = None
    currency: str | None = None
    refunded: str | None = None
    days: tuple[str, str] | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A file that is refused: what the sentence must hold (patterns); word for word it is in sentences.toml."""

    says: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A file and what comes of it, through either door."""

    name: str
    write: Writer
    wanted: Totals | Refused
    options: Mapping[str, Any]
    doors: tuple[Door, ...] = BOTH


def case(name: str, write: Writer, wanted: Totals | Refused, doors: tuple[Door, ...] = BOTH, **options: Any) -> Case:
    """A case; `options` as `read_orders` and `import_exports` take them."""
    return Case(name, write, wanted, options, doors)


def refused(*says: str) -> Refused:
    """That a file is refused by a sentence with these patterns in it."""
    return Refused(says)


def lines(header: str, *rows: str, end: str = "\n") -> str:
    """The text of a table."""
    return "".join(row + end for row in (header, *rows))


def text(header: str, *rows: str, name: str = "orders.csv", encoding: str = "utf-8") -> Writer:
    """A text file."""
    return raw(lines(header, *rows).encode(encoding), name)


def plain(*rows: str, name: str = "orders.csv") -> Writer:
    """A file of customer, date, amount."""
    return text("customer,date,amount", *rows, name=name)


def ordered(*rows: str) -> Writer:
    """A file of order number, customer, date, amount."""
    return text("order_id,customer,date,amount", *rows)


def stated(*rows: str) -> Writer:
    """A file of order number, customer, date, amount and status."""
    return text("order_id,customer,date,amount,status", *rows)


def raw(content: bytes, name: str = "orders.csv") -> Writer:
    """A file of these bytes."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def sheet(
    header: Sequence[str],
    *rows: Mapping[str, str],
    name: str = "orders.csv",
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Writer:
    """An export: its header, and of each row the cells that are filled."""
    names = [column.strip() for column in header]  # some platforms' own have stray spaces
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        assert set(row) <= set(names), set(row) - set(names)
        writer.writerow([row.get(column, "") for column in names])
    return raw(out.getvalue().encode(encoding), name)


def zipped(files: Mapping[str, bytes], name: str = "orders.zip") -> Writer:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in files.items():
            archive.writestr(inner, content)
    return raw(out.getvalue(), name)


def locked_zip() -> Writer:
    """A zip whose only file says that it is encrypted."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("orders.csv", "customer,date,amount\na,2026-01-05,25\n")
    content = bytearray(out.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    return raw(bytes(content), "orders.zip")


def web_page(*rows: Sequence[str], name: str = "orders.xls") -> Writer:
    """A table of HTML, as back offices save it under the name of a workbook."""
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">{body}</table></body></html>'
    return raw(page.encode(), name)


def book(
    sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = (), name: str = "orders.xlsx"
) -> Writer:
    """A workbook; numbers, dates and texts keep their kind. A dict, or a nested list, of `None` cells leaves gaps."""

    def write(folder: Path) -> Path:
        from datetime import date, datetime

        xlsxwriter = pytest.importorskip("xlsxwriter")
        path = folder / name
        options = {"strings_to_numbers": False, "strings_to_formulas": False}
        with xlsxwriter.Workbook(str(path), options) as workbook:
            second = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            for title, rows in sheets.items():
                sheet = workbook.add_worksheet(title)
                if title in hidden:
                    sheet.hide()
                for i, row in enumerate(rows):
                    for j, value in enumerate(row):
                        if isinstance(value, date | datetime):
                            sheet.write_datetime(i, j, value, second)
                        elif value is not None:
                            sheet.write(i, j, value)
        return path

    return write


def parquet(**columns: Sequence[Any]) -> Writer:
    """A Parquet file of these columns."""

    def write(folder: Path) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = folder / "orders.parquet"
        pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)
        return path

    return write
