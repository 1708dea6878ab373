"""A table with one row a customer: covariates and segments beside the orders."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from models.data.opening.encodings import codec_of, sniff_encoding
from models.data.opening.source import Source
from models.errors import BadInput
from models.words import Quoted

if TYPE_CHECKING:
    import pandas as pd

_DATA = re.compile(r"[+-]?[0-9][0-9 .,:/-]*|[^@\s]+@[^@\s]+")  # numbers, days and e-mail addresses: no names of columns


def read_customers(path: Path) -> "pd.DataFrame":
    """A CSV (UTF-8, UTF-16, GB18030 or Big5) or Parquet file whose column `customer` says whose row it is; names stay text.

    Raises BadInput where the file is missing, empty, unreadable or without a header, or a customer stands in two rows.
    """
    import pandas as pd

    if not path.is_file():
        raise BadInput("{path}: there is no such file.", path=path)
    try:
        frame = pd.read_parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    except (ValueError, OSError, pd.errors.ParserError) as reason:
        raise BadInput(
            "{path}: cannot be read as a table with one row a customer ({reason}).",
            path=path,
            reason=Quoted(str(reason).splitlines()[0]),
        ) from None
    frame.columns = [str(name).strip() for name in frame.columns]
    if "customer" not in frame.columns:
        if any(map(_DATA.fullmatch, frame.columns)):  # a person's, so it is not shown
            raise BadInput("{path}: the first row is no header; put the names of the columns above it.", path=path)
        raise BadInput(
            "{path}: no column 'customer'; there are {columns}.",
            path=path,
            columns=", ".join(frame.columns),
        )
    frame["customer"] = frame["customer"].astype(str).str.strip()
    twice = frame["customer"].duplicated().to_numpy().nonzero()[0]
    if twice.size:
        raise BadInput(
            "{path}: row {row:,}: this customer stands in a row before, too ({rows:,} {rows:row|rows} too many); "
            "keep one row a customer.",
            path=path,
            row=int(twice[0]) + (1 if path.suffix.lower() == ".parquet" else 2),  # a CSV's header is row 1
            rows=int(twice.size),
        )
    return frame


def _csv(path: Path) -> "pd.DataFrame":
    import pandas as pd

    source = Source(path)
    codec = codec_of(sniff_encoding(source, source.head()))
    return pd.read_csv(path, dtype={"customer": str}, encoding=codec, encoding_errors="strict")
