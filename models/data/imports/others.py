"""The sheets beside the orders: customers, and settlements against the orders they belong to (sends: touches/)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from models.data.door.problems import DUPLICATE, FUTURE, NO_DATE
from models.data.door.problems import NO_CUSTOMER as NOBODY
from models.data.imports import cells
from models.data.opening import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_SETTLEMENT, NO_COUNT, OTHER = (
    "unreadable settlement",
    "unreadable number of orders",
    "order not among the orders",
)
WRONG = {
    NO_DATE: ("created", "holds no date"),
    FUTURE: ("created", "holds a date in the future"),
    NO_SETTLEMENT: ("amount", "holds no amount"),
    NO_COUNT: ("orders", "holds no number of orders"),
}
WRONG_CUSTOMER = {**WRONG, NO_DATE: ("since", "holds no date"), FUTURE: ("since", "holds a date in the future")}


@dataclass(frozen=True)
class Rows:
    """A table in the connection with file, row, problem and reason (NULL where the row is used)."""

    table: str
    sheets: list[Sheet]


def union(connection: "DuckDBPyConnection", table: str, sheets: list[Sheet], parts: list[str], outer: str) -> Rows:
    """Make a table of what `parts` select of `sheet_0`, `sheet_1` ... (together: `read`), in the order of the files."""
    for number, sheet in enumerate(sheets):
        connection.register(f"sheet_{number}", sheet.table)
    connection.execute(f"CREATE TABLE {table} AS WITH read AS ({' UNION ALL '.join(parts)}) {outer} ORDER BY file, row")
    for number in range(len(sheets)):
        connection.unregister(f"sheet_{number}")
    return Rows(table, sheets)


def _key(sheet: Sheet, kind: str) -> str:
    return cells.key(f"key_{kind}", kind) if kind in sheet.layout.kinds else "CAST(NULL AS VARCHAR)"


def _yes(name: str, sheet: Sheet) -> str:
    text = cells.column(name, sheet.layout.columns)
    return (
        f"CASE WHEN {text} IN ('是', '已添加', '有', '1', 'True') THEN TRUE "
        f"WHEN {text} IN ('否', '未添加', '无', '0', 'False') THEN FALSE END"
    )


def _late(time: str, today: date) -> str:
    return f"{time} >= TIMESTAMP '{(today + timedelta(days=1)).isoformat()}'"


def customers(connection: "DuckDBPyConnection", sheets: list[Sheet], kind: str, today: date) -> Rows:
    """Customers with what the platform says of them. Of several rows of one customer the one with most orders counts."""
    parts = []
    for number, sheet in enumerate(sheets):
        there = sheet.layout.columns
        count = f"TRY_CAST(replace({cells.column('orders', there)}, ',', '') AS BIGINT)"
        parts.append(f"""
            SELECT {number} AS file, row, {cells.quoted(sheet.layout.type.platform)} AS platform,
                {cells.quoted(sheet.layout.type.name)} AS source, {cells.quoted(kind)} AS key_kind,
                {_key(sheet, kind)} AS key, {cells.when("since", there)} AS since,
                {cells.when("member_since", there)} AS member_since, {cells.when("last", there)} AS last_order,
                {_yes("member", sheet)} AS member, {_yes("friend", sheet)} AS wecom_friend,
                {count} AS orders, {cells.fen("amount", there)} AS spent_fen,
                {cells.fen("refund", there)} AS refunded_fen,
                CASE WHEN {cells.column("since", there)} IS NOT NULL AND {cells.when("since", there)} IS NULL
                        THEN '{NO_DATE}'
                    WHEN {cells.column("orders", there)} IS NOT NULL AND ({count} IS NULL OR {count} < 0) THEN '{NO_COUNT}'
                    WHEN {_late(cells.when("since", there), today)} THEN '{FUTURE}' END AS problem
            FROM sheet_{number}""")
    return union(
        connection,
        "customers",
        sheets,
        parts,
        f"""
        SELECT *, CASE WHEN problem IS NOT NULL THEN problem WHEN key IS NULL THEN '{NOBODY}'
            WHEN row_number() OVER (
                PARTITION BY key, problem IS NULL ORDER BY orders DESC NULLS LAST, file DESC, row DESC) > 1
            THEN '{DUPLICATE}' END AS reason
        FROM read""",
    )


def settlements(connection: "DuckDBPyConnection", sheets: list[Sheet], today: date) -> Rows:
    """Settlements, matched with the rows of `lines` by platform and order number."""
    parts = []
    for number, sheet in enumerate(sheets):
        there = sheet.layout.columns
        flag = cells.column("aftersale", there)
        parts.append(f"""
            SELECT {number} AS file, row, {cells.quoted(sheet.layout.type.platform)} AS platform,
                {cells.column("order", there)} AS order_id, {cells.column("line", there)} AS line,
                {cells.column("type", there)} AS type, {cells.when("created", there)} AS time,
                {cells.fen("amount", there)} AS fen, coalesce({flag} IN ('是', '有', '1'), FALSE) AS refunded
            FROM sheet_{number}""")
    return union(
        connection,
        "settlements",
        sheets,
        parts,
        f"""
        , judged AS (
            SELECT *, CASE WHEN time IS NULL THEN '{NO_DATE}' WHEN fen IS NULL THEN '{NO_SETTLEMENT}'
                WHEN {_late("time", today)} THEN '{FUTURE}' END AS problem,
                row_number() OVER (PARTITION BY file, platform, order_id, line, type, time, fen ORDER BY row) AS nth
            FROM read
        )
        SELECT judged.*, CASE WHEN problem IS NOT NULL THEN problem
            WHEN row_number() OVER (PARTITION BY platform, order_id, line, type, time, fen, nth ORDER BY file, row) > 1
                THEN '{DUPLICATE}'
            WHEN order_id IS NULL OR (platform, order_id) NOT IN
                (SELECT (platform, order_id) FROM lines WHERE order_id IS NOT NULL) THEN '{OTHER}' END AS reason
        FROM judged""",
    )
