"""What the readers of cells have in common: quotation, and a text without full-width characters and blanks around it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A cell with one of these (without case) says nothing.
NOTHING = ("", "-", "--", "null", "none", "nan", "\\n", "/")
MOST_SHAPES = 20_000  # of a column; days and amounts have a few hundred, more are other texts
_EMPTY = "CAST(NULL AS VARCHAR)"
_BLANK = " \t\r\n\u3000\u00a0\ufeff\u200b"
_WIDE = {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)} | {
    **dict.fromkeys("\u3000\u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys("\u2212\u2010\u2011\u2013\ufe63", "-"),
    **dict.fromkeys("\u2019\u02bc", "'"),
    "\uffe5": "¥",
}
_BEYOND = "".join(wide for wide in _WIDE if not 0xFF01 <= ord(wide) <= 0xFF5E)
_ODD = rf"^[{_BLANK}]|[{_BLANK}]$|[\x{{ff01}}-\x{{ff5e}}{_BEYOND}]"


def quoted(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """The name of a column as SQL takes it."""
    return '"' + column.replace('"', '""') + '"'


def column(name: str, there: Iterable[str]) -> str:
    """The column, or nothing where the sheet does not have it."""
    return named(name) if name in there else _EMPTY


def let(name: str, value: str, body: str) -> str:
    """SQL of `body`, in which `name` stands for `value` (both SQL), so that what is used several times is computed once.

    A name ends in two underscores, since it hides a column called so.
    """
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def odd_in(connection: "DuckDBPyConnection", table: str, column: str) -> str | None:
    """What `text_sql` has to mend in the cells of a column of a table (or view): blanks around them, full-width characters.

    "" where there is nothing, and None where the cells are no texts yet.
    """
    if kind_of(connection, table, column) != "VARCHAR":
        return None
    row = connection.execute(f"""
        SELECT string_agg(DISTINCT odd, '') FROM (
            SELECT unnest(regexp_extract_all({named(column)}, {quoted(_ODD)})) AS odd FROM {table}
            WHERE regexp_matches({named(column)}, {quoted(_ODD)})
        )
    """).fetchone()
    return str(row[0] or "") if row is not None else ""


def text_sql(column: str, odd: str | None = None) -> str:
    """SQL of the cell as text without blanks around it; full-width characters, odd spaces and minus signs become plain.

    odd: what `odd_in` says of the column; None mends whatever there may be.
    """
    if odd == "":
        return named(column)
    mended = _WIDE if odd is None else {wide: plain for wide, plain in _WIDE.items() if wide in odd}
    trimmed = f"trim(CAST({named(column)} AS VARCHAR), {quoted(_BLANK)})"
    if not mended:
        return trimmed
    plain = f"trim(translate(cell__, {quoted(''.join(mended))}, {quoted(''.join(mended.values()))}))"
    return let("cell__", trimmed, f"CASE WHEN regexp_matches(cell__, {quoted(_ODD)}) THEN {plain} ELSE cell__ END")


def shape_sql(text: str) -> str:
    """SQL of the shape of a text (SQL): in small letters, with every digit as a 9; a column has few of them."""
    return f"translate(lower({text}), '012345678', '999999999')"


def is_text(kind: str) -> bool:
    """Whether a column of this SQL type holds texts."""
    return kind.startswith(("VARCHAR", "ENUM"))


def kind_of(connection: "DuckDBPyConnection", table: str, column: str) -> str:
    """The SQL type of a column."""
    described = connection.execute(f"DESCRIBE SELECT {named(column)} FROM {table}").fetchone()
    assert described is not None  # the column is there
    return str(described[1])
