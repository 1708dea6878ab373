"""Sheets of one workbook that say the same orders twice, as where one sheet holds all months and others a month each."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.data.opening.sheet import Sheet
from models.errors import BadInput
from models.words import Listed

if TYPE_CHECKING:
    import pyarrow as pa


def check_apart(path: Path, sheets: Sequence[Sheet]) -> None:
    """Raises BadInput where each order of a sheet stands on other sheets with the same columns, too."""
    filled = [sheet for sheet in sheets if sheet.table.num_rows and "amount" in sheet.table.column_names]
    for sheet in sorted(filled, key=lambda one: -one.table.num_rows):
        others = [one for one in filled if one is not sheet and one.table.column_names == sheet.table.column_names]
        if others and _all_in(sheet, others):
            raise BadInput(
                "{path}: each row of sheet {sheet!r} stands on another sheet, too ({others}), and would count twice; name "
                "the sheet that holds all orders with sheet (--sheet), or remove what stands there twice.",
                path=path,
                sheet=sheet.name,
                others=Listed([one.name for one in others]),
            )


def _all_in(sheet: Sheet, others: Sequence[Sheet]) -> bool:
    """Whether each row of a sheet is one of the others."""
    import pyarrow as pa

    rows = _rows(sheet.table)
    there = pa.concat_tables([_rows(one.table) for one in others])
    first = rows.slice(0, _FIRST)
    names = rows.column_names
    if first.join(there, keys=names, join_type="left anti").num_rows:
        return False
    return bool(rows.join(there, keys=names, join_type="left anti").num_rows == 0)


_FIRST = 100  # rows that nearly always tell


def _rows(table: "pa.Table") -> "pa.Table":
    """The rows without their numbers; what is empty is equal to what is empty."""
    import pyarrow.compute as pc

    table = table.drop_columns(["row"])
    for at, name in enumerate(table.column_names):
        table = table.set_column(at, name, pc.fill_null(table[name], ""))
    return table
