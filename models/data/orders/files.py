"""Opening what a shop's back office writes: CSV in UTF-8 or GB18030, Parquet; every CSV column as text
first."""

import codecs
import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from models.data.files import head_of
from models.data.orders.columns import Role, number_twins
from models.data.orders.workshop import Workshop
from models.errors import BadInput
from models.words import Quoted, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Cleaner: TypeAlias = "Callable[[DuckDBPyRelation], DuckDBPyRelation]"

_CHUNK = 1 << 20


def open_file(path: Path, workshop: Workshop, drop: bool, clean: Cleaner) -> tuple["DuckDBPyRelation", int]:
    """What `clean` makes of the file's columns, and the lines dropped as malformed.

    Parquet stays in the file and is read as often as it is asked for. CSV is read once, and only what is clean is kept:
    its texts are slow to take apart, and wide. Raises BadInput where the file is missing, empty, no text, or has lines
    that do not fit its header.
    """
    head = head_of(path, folder="give the file with the orders", empty="export the orders again")
    if head.startswith(b"PAR1"):
        return clean(_parquet(path, workshop.connection)), 0
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadInput(
            "{path}: this is an Excel workbook, not a CSV file; save the sheet as CSV first.",
            path=path,
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        raise BadInput("{path}: this is not a Parquet file although it is called one.", path=path)
    encoding = sniff_encoding(path, head)
    if encoding in ("utf-8", "utf-8-sig"):
        return _csv(path, path, workshop.connection, drop, clean)
    copy = workshop.folder / "orders.csv"
    with (
        path.open(encoding=encoding, newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as out,
    ):
        while text := source.read(_CHUNK):
            out.write(text)
    read = _csv(copy, path, workshop.connection, drop, clean)
    copy.unlink()
    return read


def sniff_encoding(path: Path, head: bytes) -> str:
    """utf-8-sig, utf-8, utf-16 (by its mark) or gb18030: the first in which the whole file decodes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise BadInput("{path}: this is not a text file; give the orders as CSV or Parquet.", path=path)
    names = ("utf-8-sig",) if head.startswith(codecs.BOM_UTF8) else ("utf-8", "gb18030")
    for name in names:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            return name
        except UnicodeDecodeError:
            continue
    raise BadInput("{path}: the text is neither UTF-8 nor GB18030; save the file as CSV in UTF-8.", path=path)


def _parquet(path: Path, connection: "DuckDBPyConnection") -> "DuckDBPyRelation":
    import duckdb

    try:
        return connection.read_parquet(_literal(path))
    except duckdb.Error:
        raise BadInput("{path}: the Parquet file is damaged or cut off; write it again.", path=path) from None


def wall_clock(
    path: Path, relation: "DuckDBPyRelation", columns: Mapping[Role, str | None], connection: "DuckDBPyConnection"
) -> None:
    """Set the connection's zone to that of the Parquet file's dates, so that they read as local time where they were
    written, whatever this machine's zone."""
    when = columns["date"]
    if "WITH TIME ZONE" not in str(relation.types[relation.columns.index(str(when))]):
        return
    import duckdb
    import pyarrow.parquet as pq

    zone = str(pq.read_schema(path).field(when).type.tz)
    try:
        connection.execute(f"SET TimeZone = '{'GMT' if zone[0] in '+-' else ''}{zone}'")
    except duckdb.Error:
        raise BadInput(
            "{path}: column {when!r} is in a time zone {zone!r} that is not known; write it without.",
            path=path,
            when=when,
            zone=zone,
        ) from None


def _header(path: Path) -> tuple[list[str], str]:
    """Column names and delimiter of the first line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline(1_000_000)
    delimiter = max(",\t;|", key=line.count)
    names = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
    return names, delimiter


def _literal(path: Path) -> str:
    """The path as DuckDB takes it: its wildcards are meant as letters."""
    return "".join(f"[{ch}]" if ch in "*?[" else ch for ch in str(path))


def _csv(
    path: Path, named: Path, connection: "DuckDBPyConnection", drop: bool, clean: Cleaner
) -> tuple["DuckDBPyRelation", int]:
    """A CSV file in UTF-8, read as text columns, cleaned into a table; and how many malformed lines were dropped."""
    names, delimiter = _header(path)
    columns = {name or f"column {i + 1}": "VARCHAR" for i, name in enumerate(number_twins(names))}
    if len(columns) < len(names):
        raise BadInput("{named}: the header names a column twice; rename one of them.", named=named)
    options: dict[str, Any] = {
        "columns": columns,
        "header": True,
        "delimiter": delimiter,
        "quotechar": '"',
        "escapechar": '"',
        "null_padding": True,
        "auto_detect": False,
    }
    if drop:
        options |= {"ignore_errors": True, "store_rejects": True}
    _load(path, named, connection, options, clean)
    dropped = 0
    if drop:
        dropped = int(connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()[0][0])
    return connection.sql("FROM file_rows"), dropped


def _load(path: Path, named: Path, connection: "DuckDBPyConnection", options: dict[str, Any], clean: Cleaner) -> None:
    """Clean the file into the table file_rows; a second, slower try takes quoted line breaks."""
    import duckdb

    for parallel in (True, False):
        try:
            relation = connection.read_csv(_literal(path), parallel=parallel, **options)
            clean(relation).create("file_rows")
            return
        except duckdb.Error as error:
            if parallel and "parallel" in str(error):
                continue
            raise BadInput("{file}: {problem}", file=named, problem=_reason(str(error))) from None


def _reason(message: str) -> Remark:
    """DuckDB's long explanation in a sentence with the line."""
    import re

    line = re.search(r"Line: (\d+)", message)
    problem = _problem(message)
    return Remark("line {line}: {problem}", {"line": line.group(1), "problem": problem}) if line else problem


def _problem(message: str) -> Remark:
    import re

    fields = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if fields:
        return Remark(
            "there are {fields} fields where the header has {width}; quote values that contain the delimiter, or leave bad "
            "rows out (bad_rows drop).",
            {"fields": fields.group(2), "width": fields.group(1)},
        )
    if "quote" in message.lower():
        return Remark("a quotation mark is opened and not closed, or out of place; correct the line.")
    first = message.splitlines()[0].split("Error: ")[-1].rstrip(". ")
    return Remark(
        "the CSV cannot be read ({reason}); correct the line or leave bad rows out (bad_rows drop).",
        {"reason": Quoted(first)},
    )
