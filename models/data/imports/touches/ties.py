"""Ties: who is or was a friend of which member of staff, in which group, a member, and how each tie ended."""

from datetime import date
from typing import TYPE_CHECKING

from models.data.door.problems import DUPLICATE, FUTURE
from models.data.door.problems import NO_CUSTOMER as NOBODY
from models.data.imports import cells
from models.data.imports.others import Rows, union
from models.data.imports.touches.expressions import key, key_kind, keys, late, moment, source, told
from models.data.opening import Sheet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_TIE_STATUS, NO_START, NO_END, FUTURE_END, BACKWARDS, STAFF = (
    "unknown status of a tie",
    "unreadable start of a tie",
    "unreadable end of a tie",
    "end of a tie in the future",
    "end of a tie before its start",
    "member of staff",
)
WRONG = {
    NO_TIE_STATUS: ("status", "holds a status that is not known"),
    NO_START: ("start", "holds no date"),
    NO_END: ("end", "holds no date"),
    FUTURE: ("start", "holds a date in the future"),
    FUTURE_END: ("end", "holds a date in the future"),
    BACKWARDS: ("end", "holds a date before the tie began"),
}
KINDS = {"friends": "friend", "lost": "friend", "groups": "group"}


def read_ties(connection: "DuckDBPyConnection", sheets: list[Sheet], asked: str | None, today: date) -> Rows:
    """Make the table `ties_read`: a row of the sheets each, with start, end, who ended it, problem and reason.

    asked: the key of the orders' customers, kept beside the tie's own (`buyer`) where the sheet has it. `watched`: whether
    the sheet tells ends at all, not only who is there. Of equal ties of several files the ended one counts.
    """
    parts = [_sheet(number, sheet, asked) for number, sheet in enumerate(sheets)]
    same = 'PARTITION BY platform, kind, key_kind, key, staff, "group", start'
    return union(
        connection,
        "ties_read",
        sheets,
        parts,
        f"""
        , said AS (
            SELECT * EXCLUDE (end_read), CASE WHEN state <> 'open' THEN end_read END AS "end",
                state <> 'open' AND state <> 'unknown' AS ended
            FROM read
        ), judged AS (
            SELECT *, CASE WHEN person = '1' THEN NULL WHEN state = 'unknown' THEN '{NO_TIE_STATUS}'
                WHEN start_told AND start IS NULL THEN '{NO_START}'
                WHEN ended AND end_told AND "end" IS NULL THEN '{NO_END}'
                WHEN {late("start", today)} THEN '{FUTURE}' WHEN {late('"end"', today)} THEN '{FUTURE_END}'
                WHEN "end" < start THEN '{BACKWARDS}' END AS problem
            FROM said
        ), ranked AS (
            SELECT *, row_number() OVER ({same}, ended, "end", problem IS NULL ORDER BY file DESC, row DESC) > 1
                OR ("end" IS NULL AND count("end") FILTER (WHERE problem IS NULL) OVER ({same}) > 0)
                OR (NOT ended AND bool_or(ended AND problem IS NULL) OVER ({same})) AS again
            FROM judged
        )
        SELECT * EXCLUDE (again), CASE WHEN person = '1' THEN '{STAFF}' WHEN problem IS NOT NULL THEN problem
            WHEN key IS NULL THEN '{NOBODY}' WHEN again THEN '{DUPLICATE}' END AS reason
        FROM ranked""",
    )


def _sheet(number: int, sheet: Sheet, asked: str | None) -> str:
    there = sheet.layout.columns
    lost = sheet.layout.type.kind == "lost"
    otherwise = "'customer'" if lost else "'ended'"  # a list of the lost is of deletions by customers unless it says so
    if "status" in there:
        text = cells.column("status", there)
        mapped = cells.mapped(text, sheet.layout.type.status, "'unknown'")
        state = f"CASE WHEN {text} IS NULL AND {lost} THEN {otherwise} ELSE {mapped} END"
    else:
        state = otherwise if lost else f"CASE WHEN {told('end', there)} THEN {otherwise} ELSE 'open' END"
    buyer = asked if asked in sheet.layout.kinds and asked != key_kind(sheet) else None
    buyer_kind = cells.quoted(buyer) if buyer is not None else "CAST(NULL AS VARCHAR)"
    return f"""
        SELECT {source(number, sheet)}, {keys(sheet)}, {buyer_kind} AS buyer_kind, {key(sheet, buyer)} AS buyer,
            {cells.quoted(KINDS[sheet.layout.type.kind])} AS kind, {state} AS state,
            {"status" in there or "end" in there} AS watched, {cells.column("person", there)} AS person,
            {cells.column("staff", there)} AS staff, {cells.column("group", there)} AS "group",
            {told("start", there)} AS start_told, {moment("start", there)} AS start,
            {told("end", there)} AS end_told, {moment("end", there)} AS end_read
        FROM sheet_{number}"""


def by_common_key(connection: "DuckDBPyConnection", queries: list[str]) -> None:
    """Give ties WeCom's key where a sheet of the import has it beside the key that the tie came with.

    queries: kind, value and external_userid of rows. A value that belongs to several customers is left as it is.
    """
    if not queries:
        return
    connection.execute(f"""
        UPDATE ties_read SET key_kind = 'external_userid', key = common.wecom
        FROM (SELECT kind, value, min(wecom) AS wecom FROM ({" UNION ALL ".join(queries)})
            WHERE value IS NOT NULL AND wecom IS NOT NULL GROUP BY kind, value HAVING count(DISTINCT wecom) = 1) AS common
        WHERE ties_read.key_kind = common.kind AND ties_read.key = common.value
    """)


_FROM = "file, row, platform, source, key_kind, key"
TIES = f"""
    SELECT 'ties' AS origin, {_FROM}, buyer_kind, buyer, kind, staff, "group", start, "end", "end" AS end_after,
        "end" AS end_before, ended, CASE WHEN state IN ('customer', 'staff') THEN state END AS end_by
    FROM ties_read WHERE reason IS NULL"""

# What shops say of their customers: members since when, and who is a friend in WeCom; who was one is not told.
_MEMBER = "coalesce(member, member_since IS NOT NULL)"
OF_CUSTOMERS = f"""
    SELECT 'customers' AS origin, {_FROM}, 'member' AS kind, member_since AS start, FALSE AS ended
    FROM customers WHERE reason IS NULL AND {_MEMBER}
    UNION ALL BY NAME
    SELECT 'customers' AS origin, {_FROM}, 'friend' AS kind, FALSE AS ended
    FROM customers WHERE reason IS NULL AND wecom_friend"""

# All columns with their types, for what a source does not have.
COLUMNS = """
    SELECT CAST(NULL AS VARCHAR) AS buyer_kind, CAST(NULL AS VARCHAR) AS buyer, CAST(NULL AS VARCHAR) AS staff,
        CAST(NULL AS VARCHAR) AS "group", CAST(NULL AS TIMESTAMP) AS start, CAST(NULL AS TIMESTAMP) AS "end",
        CAST(NULL AS TIMESTAMP) AS end_after, CAST(NULL AS TIMESTAMP) AS end_before, CAST(NULL AS VARCHAR) AS end_by
    WHERE FALSE"""
