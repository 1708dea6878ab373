"""A recognised sheet as it leaves the door, and what the door asks of those who recognise it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    import pyarrow as pa


class KindOfSheet(Protocol):
    """What the door has to know of a kind of sheet."""

    @property
    def formula_row(self) -> bool:
        """True if the first row may explain the columns instead of being one of the table's."""


class Chosen(Protocol):
    """A layout, as far as the door reads it: which columns are needed, and how wide the header is."""

    @property
    def columns(self) -> Mapping[str, tuple[int, str]]:
        """Needed columns: name -> (position, header)."""

    @property
    def width(self) -> int:
        """Cells of the header."""

    @property
    def type(self) -> KindOfSheet:
        """The kind of sheet."""


# From a row that may be a header, and its place as messages name it, to a layout; None where it is no header.
Choose: TypeAlias = Callable[[Sequence[str], str | Remark], Chosen | None]


@dataclass(frozen=True)
class Sheet:
    """One recognised sheet: `table` holds `row` (int64, as a sheet counts them, the first is 1) and the needed columns.

    Columns are cleaned text (clean.py), null where there is nothing; those of a Parquet file keep their type. layout: what
    `choose` gave. rows: all rows below the header that are neither blank nor the header once more; the malformed, formula
    and summary rows among them are not in `table`. encoding: of a text file. remarks: what its reader should be told.
    """

    path: Path
    name: str | None
    layout: Any
    table: "pa.Table"
    rows: int
    malformed: int = 0
    formula_rows: int = 0
    summary_rows: int = 0
    encoding: str | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def where(self) -> str | Remark:
        """The sheet as messages name it."""
        return where_of(self.path, self.name)


def where_of(path: Path, sheet: str | None) -> str | Remark:
    """A file, or a sheet of one, as messages name it."""
    return str(path) if sheet is None else Remark("{path}, sheet {sheet!r}", {"path": path, "sheet": sheet})


def misfit(where: str | Remark, row: int, fields: int, width: int, delimited: bool) -> BadInput:
    """The refusal of a row that has more or fewer fields than its header. delimited: they are parted by a delimiter."""
    if not delimited:
        return BadInput(
            "{where}: row {row}: there are {fields} cells where the header has {width}; clear what lies beside the table, "
            "or leave bad rows out (bad_rows drop).",
            where=where,
            row=row,
            fields=fields,
            width=width,
        )
    return BadInput(
        "{where}: row {row}: there are {fields} fields where the header has {width}; quote values that contain the "
        "delimiter, or leave bad rows out (bad_rows drop).",
        where=where,
        row=row,
        fields=fields,
        width=width,
    )
