"""Parquet files: columns keep their type, and rows count from 1."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.data.opening.clean import clean
from models.data.opening.sheet import Choose, Sheet
from models.data.opening.source import Source
from models.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(source: Source, choose: Choose) -> Sheet | None:
    """The table of a Parquet file, only the needed columns; None where `choose` does not know its column names.

    Texts are cleaned as those of other files. Raises BadInput where the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with source.open() as file:
            content = pq.ParquetFile(file)
            names = content.schema_arrow.names
            layout = choose(names, str(source.path))
            if layout is None:
                return None
            positions = {name: position for name, (position, _) in layout.columns.items()}
            table = content.read(columns=sorted({names[position] for position in positions.values()}))
    except (pa.ArrowException, OSError):
        raise BadInput("{path}: the Parquet file is damaged or cut off; write it again.", path=source.path) from None
    columns = {name: _column(table, names, position) for name, position in positions.items()}
    rows = pa.array(range(1, table.num_rows + 1), pa.int64())
    return Sheet(source.path, None, layout, pa.table({"row": rows, **columns}), table.num_rows)


def _column(table: "pa.Table", names: Sequence[str], position: int) -> "pa.ChunkedArray":
    """A column, text cleaned and without the dictionaries that it may be kept with."""
    import pyarrow as pa

    column = table.column(names[position])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return clean(column) if pa.types.is_string(column.type) else column
