"""Orders that came back, where a column of an export says so: each is an order, and what was paid for it a refund.

The order stays what it was, a purchase on its day; only its money is taken off again, by a row of the same customer and time
with the amount below 0, as exports write refunds.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.words import Remark

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyConnection

COLUMNS = ("returned", "is_returned")
_YES, _NO = ("true", "t", "1", "1.0", "yes", "y", "是"), ("false", "f", "0", "0.0", "no", "n", "否", "")
_NETTED = (
    "Column {column} says that an order came back: {n:,} {n:order did|orders did}. Each counts as an order, and what was "
    "paid for it as a refund."
)
_UNREAD = (
    "Column {column} is not read: it holds something other than true and false, so it does not say what came back."
)


def returned_column(names: Sequence[str]) -> str | None:
    """The column of `names` that may say of an order that it came back; None where there is none."""
    return next((name for name in names if name.strip().lower() in COLUMNS), None)


def came_back_sql(column: str) -> str:
    """SQL that is true of an order that came back, false of another, NULL where the column `column` (SQL) says neither."""
    text = f"lower(trim(coalesce(CAST({column} AS VARCHAR), '')))"
    yes, no = (", ".join(f"'{word}'" for word in words) for words in (_YES, _NO))
    return f"CASE WHEN {text} IN ({yes}) THEN true WHEN {text} IN ({no}) THEN false END"


def read_returned(connection: "DuckDBPyConnection", view: str, header: str) -> tuple[bool, tuple[Remark, ...]]:
    """Whether the column `returned` of a view can be read, and what is to be said of it; `header`: its name in the file."""
    back, unknown = connection.execute(f"""
        SELECT count(*) FILTER (back), count(*) FILTER (back IS NULL)
        FROM (SELECT {came_back_sql('"returned"')} AS back FROM {view})
    """).fetchall()[0]
    if unknown:
        return False, not_read(header)
    return True, said_of(header, int(back))


def said_of(column: str, n: int) -> tuple[Remark, ...]:
    """That `n` orders came back by this column; nothing where none did."""
    return (Remark(_NETTED, {"column": column, "n": n}),) if n else ()


def not_read(column: str) -> tuple[Remark, ...]:
    """That a column of such a name is left alone."""
    return (Remark(_UNREAD, {"column": column}),)


def with_refunds_lazy(rows: "nw.LazyFrame[Any]") -> "nw.LazyFrame[Any]":
    """Rows with the columns of `clean_lazy` and `back` (true or false), and a refund for each usable one that came back."""
    import narwhals as nw

    usable = nw.col("problem").is_null() & nw.col("back") & (nw.col("amount") > 0)
    refunds = rows.filter(usable).with_columns(amount=-nw.col("amount"))
    return nw.concat([rows, refunds]).drop("back")
