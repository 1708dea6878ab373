"""One table of orders as the door takes it: a sheet of a file, a Parquet file, or a frame, its columns named by what they
mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from models.data.door.columns import WELL_KNOWN, column_called
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from models.data.imports.platforms import Layout

_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])[0-5]\d([0-5]\d)?)?")
_BLANK = " \t\r\n\u3000\u00a0\ufeff"


@dataclass
class Part:
    """A table of orders. `table` is an arrow table, a record batch reader or a relation of the connection it is worked on.

    source: equal rows of one source are different orders, those of different sources the same. named: whether the columns
    of `table` are called by what they mean (as a sheet's are), not by their headers. row: SQL of a row's number, as a sheet
    counts them. typed: whether values may be of any
    type, not only cleaned text. rows, malformed, formula_rows, summary_rows: as counted while reading, rows None where
    nothing was counted yet. headers: of all columns of the table, as far as they are known. kinds: SQL types of the
    columns, once it is in a connection.
    """

    where: str | Remark
    file: str
    source: int
    layout: "Layout"
    table: Any
    sheet: str | None = None
    encoding: str | None = None
    named: bool = True
    row: str = "row"
    typed: bool = False
    rows: int | None = None
    malformed: int = 0
    formula_rows: int = 0
    summary_rows: int = 0
    remarks: tuple[Remark, ...] = ()
    headers: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether it is a table of no known platform."""
        return self.layout.type.platform == "plain"

    def has(self, name: str) -> bool:
        """Whether there is the column."""
        return name in self.layout.columns

    @property
    def refunds_unread(self) -> str | None:
        """A column that looks like refunds and is not read; None where there is none."""
        column = column_called(WELL_KNOWN["refund"], self.headers)
        return None if column in {header for _, header in self.layout.columns.values()} else column

    def header(self, name: str) -> str:
        """What the column is called in the file."""
        return self.layout.columns[name][1]


def name_without_numbers(file: str) -> str:
    """A file's name as reports show it: of a run of seven digits or more, which may be a phone number, all but the first
    three are crossed out, unless it is a date."""
    return re.sub(
        r"\d{7,}", lambda run: run[0] if _DATE.fullmatch(run[0]) else run[0][:3] + "x" * (len(run[0]) - 3), file
    )


def name_of(number: int) -> str:
    """What the view of a part is called."""
    return f"part_{number}"


def quoted_name(column: str) -> str:
    """A column's name as SQL takes it."""
    return '"' + column.replace('"', '""') + '"'


def put(connection: "DuckDBPyConnection", number: int, part: Part) -> dict[str, str]:
    """Make the view `part_NUMBER` with `row` and the columns by what they mean; text of frames without blanks around it.
    Returns their types."""
    import duckdb

    if isinstance(part.table, duckdb.DuckDBPyRelation):
        part.table.create_view(f"given_{number}", replace=True)
    else:
        connection.register(f"given_{number}", part.table)
    given = {name: str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE given_{number}").fetchall()}
    columns, kinds = [f"CAST({part.row} AS BIGINT) AS row"], {}
    for name, (_, header) in part.layout.columns.items():
        own = name if part.named else header
        kind = given[own]
        value = quoted_name(own)
        if part.typed and kind == "VARCHAR":
            value = f"nullif(trim({value}, '{_BLANK}'), '')"
        columns.append(f"{value} AS {quoted_name(name)}")
        kinds[name] = kind
    connection.execute(f"CREATE OR REPLACE VIEW {name_of(number)} AS SELECT {', '.join(columns)} FROM given_{number}")
    return kinds


def release(connection: "DuckDBPyConnection", parts: Sequence[Part]) -> None:
    """Let go of the tables of parts, whose rows have been taken."""
    for number, part in enumerate(parts):
        connection.execute(f"DROP VIEW {name_of(number)}")
        if not part.typed:
            connection.unregister(f"given_{number}")
        part.table = None
