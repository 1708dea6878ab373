"""Daily figures: how many joined, left, and were there, as the platform counts them."""

from datetime import date
from typing import TYPE_CHECKING

from models.data.door.problems import DUPLICATE, FUTURE, NO_DATE
from models.data.imports import cells
from models.data.imports.others import Rows, union
from models.data.imports.touches.expressions import late, moment, source
from models.data.opening import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_JOINS, NO_EXITS, NO_TOTAL, TWICE = (
    "unreadable number of joins",
    "unreadable number of exits",
    "unreadable total",
    "day with other figures in the same file",
)
WRONG = {
    NO_DATE: ("day", "holds no date"),
    FUTURE: ("day", "holds a date in the future"),
    NO_JOINS: ("joins", "holds no whole number"),
    NO_EXITS: ("exits", "holds no whole number"),
    NO_TOTAL: ("total", "holds no whole number"),
    TWICE: ("day", "holds a day a second time, with other figures"),
}
KINDS = {"daily_friends": "friend", "daily_groups": "group"}
_COUNTS = {"joins": NO_JOINS, "exits": NO_EXITS, "total": NO_TOTAL}


def read_daily(connection: "DuckDBPyConnection", sheets: list[Sheet], today: date) -> Rows:
    """Make the table `daily_read`: a row of the sheets each, with day, counts, problem and reason.

    A sheet by member of staff has several rows a day, which add up later. Of a day in several files that of the file with
    the latest day counts, since a platform corrects its figures for a while.
    """
    wrong = " ".join(f"WHEN {name}_told AND coalesce({name} < 0, TRUE) THEN '{why}'" for name, why in _COUNTS.items())
    return union(
        connection,
        "daily_read",
        sheets,
        [_sheet(number, sheet) for number, sheet in enumerate(sheets)],
        f"""
        , placed AS (
            SELECT *, max(day) OVER (PARTITION BY file) AS last,
                row_number() OVER (PARTITION BY file, day, staff, joins, exits, total ORDER BY row) > 1 AS equal,
                row_number() OVER (PARTITION BY file, day, staff ORDER BY row) > 1 AS twice
            FROM read
        ), judged AS (
            SELECT *, CASE WHEN day IS NULL THEN '{NO_DATE}' WHEN {late("day", today)} THEN '{FUTURE}' {wrong}
                WHEN twice AND NOT equal THEN '{TWICE}' END AS problem
            FROM placed
        )
        SELECT *, CASE WHEN problem IS NOT NULL THEN problem WHEN equal
                OR file <> first_value(file) OVER (
                    PARTITION BY platform, source, day ORDER BY problem IS NOT NULL, last DESC, file DESC)
            THEN '{DUPLICATE}' END AS reason
        FROM judged""",
    )


def _sheet(number: int, sheet: Sheet) -> str:
    there = sheet.layout.columns
    counts = ", ".join(
        f"TRY_CAST(replace({cells.column(name, there)}, ',', '') AS BIGINT) AS {name}, "
        f"{cells.column(name, there)} IS NOT NULL AS {name}_told"
        for name in _COUNTS
    )
    return f"""
        SELECT {source(number, sheet)}, {cells.quoted(KINDS[sheet.layout.type.kind])} AS kind,
            CAST({moment("day", there)} AS DATE) AS day, {cells.column("staff", there)} AS staff, {counts}
        FROM sheet_{number}"""


DAILY = """
    SELECT min(file) AS file, min(row) AS row, source, kind, day, CAST(sum(joins) AS BIGINT) AS joins,
        CAST(sum(exits) AS BIGINT) AS exits, CAST(sum(total) AS BIGINT) AS total
    FROM daily_read WHERE reason IS NULL GROUP BY platform, source, kind, day"""
