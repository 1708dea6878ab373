"""Rows of sums in frames: they are left out as those of files are (models/data/opening)."""

import re
from typing import TYPE_CHECKING

from models.data.door.parts import Part
from models.data.opening.picking import sums_left_out
from models.data.opening.sums import SUM_WORDS, is_sum

if TYPE_CHECKING:
    import pyarrow as pa

_NAMING = ("order", "created", "paid")  # beside the customer's keys: what a row of sums does not have
_LIKE = rf"(?i)^\s*({'|'.join(map(re.escape, SUM_WORDS))}):?\s*$"


def without_sums(part: Part, row: str) -> Part:
    """A frame's part without the rows in which a word for a sum stands where the order or the customer should; `row`: the
    column with their numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table: pa.Table = part.table
    named = [header for name, (_, header) in part.layout.columns.items() if name in _NAMING or name.startswith("key_")]
    texts = [name for name in dict.fromkeys(named) if _is_text(table.schema.field(name).type)]
    suspects = None
    for name in texts:
        here = pc.fill_null(pc.match_substring_regex(table[name], _LIKE), False)
        suspects = here if suspects is None else pc.or_(suspects, here)
    if suspects is None or not pc.any(suspects).as_py():
        return part
    sums = []
    for cells in table.filter(suspects).to_pylist():
        there = [
            cells[name] for name in dict.fromkeys(named) if cells[name] not in (None, "") and cells[name] == cells[name]
        ]
        if any(isinstance(cell, str) and is_sum(cell, len(there) - 1) for cell in there):
            sums.append(int(cells[row]))
    if sums:
        part.table = table.filter(pc.invert(pc.is_in(table[row], value_set=pa.array(sums, pa.int64()))))
        part.summary_rows += len(sums)
        part.remarks += (sums_left_out(part.where, sums),)
    return part


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
