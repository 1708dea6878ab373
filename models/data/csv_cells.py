"""Tables as CSV that a spreadsheet opens without running anything: texts that begin like a formula get an apostrophe."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas as pd

# What makes a spreadsheet take a cell for a formula, in half and full width, and what it skips before looking; as OWASP,
# "CSV Injection", lists them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Value = TypeVar("Value")


def escaped(value: Value) -> Value | str:
    """A cell: a text that begins like a formula behind an apostrophe, any other text and whatever is no text as it is.

    A carriage return in a text becomes a line feed: writers of CSV do not quote it, and it would end the row.
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if value.startswith(_FORMULA) else text


def csv_text(frame: "pd.DataFrame") -> str:
    """The table as CSV without its index, every text `escaped`, those of the header too; numbers stay numbers."""
    import numpy as np
    import pandas as pd

    frame = frame.set_axis([escaped(name) for name in frame.columns], axis=1)
    for place, kind in enumerate(frame.dtypes):
        if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
            continue
        cells = np.empty(len(frame), dtype=object)
        cells[:] = [escaped(value) for value in frame.iloc[:, place]]
        frame.isetitem(place, cells)
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text


__all__ = ["csv_text", "escaped"]
