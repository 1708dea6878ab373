"""From the sheets of sends, ties and daily figures to the tables that docs/touches.md defines, under hashed ids."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from models.data.door.problems import DUPLICATE
from models.data.door.totals import Account
from models.data.imports import others
from models.data.imports.cells import quoted
from models.data.imports.identity import Salt
from models.data.imports.kept import Kept, Observed
from models.data.imports.platforms import identity_kind
from models.data.imports.touches import daily, sends, ties
from models.data.imports.touches.expressions import pairs
from models.data.opening import Sheet

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

TABLES = ("contacts", "touches", "responses", "ties", "daily")
_TIES = ("friends", "groups", "lost")
_DAILY = ("daily_friends", "daily_groups")
_OF_CUSTOMERS = ("member", "member_since", "friend")

# Of each hashed column: the space of its hashes, and the value in it. Numbers of a platform's own are its own.
_HASHED = {
    "customer": ("key_kind", "key"),
    "buyer": ("buyer_kind", "buyer"),
    "group": ("'group'", "platform || '|' || \"group\""),
    "message": ("'message'", "platform || '|' || message"),
    "campaign": ("'campaign'", "platform || '|' || campaign"),
    "staff": ("'staff'", "staff"),
    "content": ("'content'", "content"),
}
_COLUMNS = {
    "touches": (
        *("customer", "key", "time", "channel", "message", "campaign", "staff", "group"),
        *("content", "content_kind", "coupon", "status"),
    ),
    "responses": ("customer", "key", "time", "kind", "message", "campaign"),
    "ties": (
        *("customer", "key", "buyer", "kind", "staff", "group"),
        *("start", "end", "end_after", "end_before", "ended", "end_by"),
    ),
}
_SORTED = {"touches": "time", "responses": "time", "ties": 'coalesce(start, "end", end_before)'}


class Door(Protocol):
    """The import in progress, as far as it is needed here (see models/data/imports/read.py)."""

    identity: str | None
    salt: Salt
    today: date
    figures: dict[str, Any]

    def of(self, kind: str) -> list[Sheet]:
        """The sheets of a kind."""

    def space(self, kind: str) -> str:
        """The kind of key with which a value is hashed."""

    def check(self, connection: "DuckDBPyConnection", rows: others.Rows, wrong: Mapping[str, tuple[str, str]]) -> None:
        """Raises BadInput for the first bad row unless bad rows are dropped."""

    def account(self, connection: "DuckDBPyConnection", table: str, reason: str, sheets: list[Sheet]) -> Account:
        """Rows in, used and dropped by reason."""


def keep(connection: "DuckDBPyConnection", door: Door) -> "dict[str, pa.Table | None]":
    """The tables of TABLES, None where no sheet could have told; accounts and counts go to the door's figures.

    Customers (the table `customers`, if there are such sheets) must have been read. Raises BadInput for a bad row unless
    bad rows are dropped, and where a sheet has no key of its customers.
    """
    queries = {
        "touches": [sends.TOUCHES] if _read_sends(connection, door) else [],
        "responses": [],
        "ties": [ties.TIES] if _read_ties(connection, door) else [],
    }
    there = door.of("contacts")
    if any(name in sheet.layout.columns for sheet in there for name in sends.RESPONSES):
        queries["responses"].append(sends.responses_sql())
    if any("not_friend" in sheet.layout.type.status.values() for sheet in there):
        queries["ties"].append(sends.EXITS)
    if any(name in sheet.layout.columns for sheet in door.of("customers") for name in _OF_CUSTOMERS):
        queries["ties"].append(ties.OF_CUSTOMERS)
    if queries["ties"]:
        queries["ties"].append(ties.COLUMNS)
    _windows(connection, door)
    tables: dict[str, pa.Table | None] = dict.fromkeys(TABLES)
    for name, parts in queries.items():
        if parts:
            tables[name] = _hashed(connection, door, name, " UNION ALL BY NAME ".join(parts))
    if tables["touches"] is not None:
        tables["contacts"] = connection.sql(_CONTACTS).to_arrow_table()
    tables["daily"] = _daily(connection, door)
    if any(table is not None for table in tables.values()):
        door.figures["kept"] = _counted(connection, tables)
    if tables["contacts"] is not None:
        delivered = connection.sql(f"SELECT count(*) FILTER (WHERE delivered) FROM ({_CONTACTS})").fetchall()
        door.figures["delivered"] = delivered[0][0]
    return tables


# What `models.ContactClock` takes: a time for each send that reached a customer or could not.
_CONTACTS = """
    SELECT customer, time, status = 'delivered' AS delivered FROM kept_touches
    WHERE customer IS NOT NULL AND status <> 'unsent' AND time IS NOT NULL ORDER BY time, file, row"""


def _read_sends(connection: "DuckDBPyConnection", door: Door) -> bool:
    sheets = door.of("contacts")
    if not sheets:
        return False
    rows = sends.read_sends(connection, sheets, door.today)
    door.check(connection, rows, sends.WRONG)
    door.figures["contacts"] = door.account(connection, rows.table, "reason", sheets)
    return True


def _read_ties(connection: "DuckDBPyConnection", door: Door) -> bool:
    sheets = [sheet for kind in _TIES for sheet in door.of(kind)]
    if not sheets:
        return False
    asked = door.figures["identity"].key if "identity" in door.figures else door.identity or "phone"
    wanted = asked if identity_kind(asked) else "column"
    rows = ties.read_ties(connection, sheets, wanted, door.today)
    _by_common_key(connection, [*sheets, *door.of("contacts")])
    door.check(connection, rows, ties.WRONG)
    door.figures["ties"] = door.account(connection, rows.table, "reason", sheets)
    return True


def _by_common_key(connection: "DuckDBPyConnection", sheets: list[Sheet]) -> None:
    for number, sheet in enumerate(sheets):
        connection.register(f"sheet_{number}", sheet.table)
    ties.by_common_key(connection, [query for number, sheet in enumerate(sheets) for query in pairs(sheet, number)])
    for number in range(len(sheets)):
        connection.unregister(f"sheet_{number}")


def _windows(connection: "DuckDBPyConnection", door: Door) -> None:
    """Make the table `windows` of origin, file, observed_from and observed_until: between these two a file tells what
    happened. A list of those who are still there tells it for one moment, its last entry's at the earliest."""
    fine = f"reason IS NULL OR reason = '{DUPLICATE}'"
    answers = ", ".join(f"max({name}_at)" for name in sends.RESPONSES)
    last = 'greatest(max(start), max("end"))'
    parts = []
    if door.of("contacts"):
        parts.append(
            f"SELECT 'sends' AS origin, file, min(time), greatest(max(time), {answers}) FROM sends WHERE {fine}"
        )
    if any(door.of(kind) for kind in _TIES):
        first = "CASE WHEN any_value(sheet_kind) = 'lost' THEN min(\"end\") WHEN any_value(watched) THEN min(start)"
        parts.append(f"SELECT 'ties', file, {first} ELSE {last} END, {last} FROM ties_read WHERE {fine}")
    if door.of("customers"):
        seen = "greatest(max(since), max(member_since), max(last_order))"
        parts.append(f"SELECT 'customers', file, {seen}, {seen} FROM customers WHERE {fine}")
    connection.execute(
        "CREATE TABLE windows (origin VARCHAR, file INTEGER, observed_from TIMESTAMP, observed_until TIMESTAMP)"
    )
    for part in parts:
        connection.execute(f"INSERT INTO windows {part} GROUP BY file")


def _hashed(connection: "DuckDBPyConnection", door: Door, name: str, query: str) -> "pa.Table":
    """Make the table kept_NAME of a query, hashed, with the window of its source, and give what leaves the import."""
    columns = _COLUMNS[name]
    hashed = [column for column in columns if column in _HASHED]
    spaced = f"CASE WHEN {{0}} = 'column' THEN {quoted(door.space('column'))} ELSE {{0}} END AS {{0}}"
    kinds = [kind for kind in ("key_kind", "buyer_kind") if kind == "key_kind" or "buyer" in columns]
    connection.execute(f"""
        CREATE OR REPLACE TABLE unhashed AS
        SELECT * REPLACE ({", ".join(spaced.format(kind) for kind in kinds)}) FROM ({query})
    """)
    values = " UNION ".join(
        f"SELECT {space} AS space, {value} AS value FROM unhashed WHERE {value} IS NOT NULL"
        for space, value in (_HASHED[column] for column in hashed)
    )
    _hash_table(connection, door.salt, values)
    joins = " ".join(
        f'LEFT JOIN new_hashes AS "h_{column}" ON "h_{column}".space = {_HASHED[column][0]} '
        f'AND "h_{column}".value = {_HASHED[column][1]}'
        for column in hashed
    )
    shown = ", ".join(
        f'"h_{column}".hash AS "{column}"'
        if column in _HASHED
        else "key_kind AS key"
        if column == "key"
        else f'unhashed."{column}"'
        for column in columns
    )
    connection.execute(f"""
        CREATE TABLE kept_{name} AS
        SELECT {shown}, unhashed.source, observed_from, observed_until, unhashed.file, unhashed.row
        FROM unhashed {joins} LEFT JOIN windows ON windows.file = unhashed.file AND windows.origin = unhashed.origin
        ORDER BY {_SORTED[name]} NULLS LAST, unhashed.file, unhashed.row
    """)
    connection.execute("DROP TABLE unhashed; DROP TABLE new_hashes")
    return connection.sql(f"SELECT * EXCLUDE (file, row) FROM kept_{name}").to_arrow_table()


def _hash_table(connection: "DuckDBPyConnection", salt: Salt, query: str) -> None:
    """Make the table `new_hashes` of space, value and hash for a query of space and value."""
    import pyarrow as pa

    by_space: dict[str, list[str]] = {}
    for space, value in connection.execute(query).fetchall():
        by_space.setdefault(space, []).append(value)
    spaces = [space for space, values in by_space.items() for _ in values]
    values = [value for values in by_space.values() for value in values]
    hashes = [hashed for space, values in by_space.items() for hashed in salt.hashes(space, values)]
    names = {"space": spaces, "value": values, "hash": hashes}
    connection.register("hashes", pa.table({name: pa.array(column, pa.string()) for name, column in names.items()}))
    connection.execute("CREATE OR REPLACE TABLE new_hashes AS FROM hashes")
    connection.unregister("hashes")


def _daily(connection: "DuckDBPyConnection", door: Door) -> "pa.Table | None":
    sheets = [sheet for kind in _DAILY for sheet in door.of(kind)]
    if not sheets:
        return None
    rows = daily.read_daily(connection, sheets, door.today)
    door.check(connection, rows, daily.WRONG)
    door.figures["daily"] = door.account(connection, rows.table, "reason", sheets)
    connection.execute(f"""
        CREATE TABLE kept_daily AS SELECT day, kind, joins, exits, total, source,
            min(day) OVER (PARTITION BY file) AS observed_from, max(day) OVER (PARTITION BY file) AS observed_until
        FROM ({daily.DAILY}) ORDER BY day, kind, source
    """)
    return connection.sql("FROM kept_daily").to_arrow_table()


def _counted(connection: "DuckDBPyConnection", tables: "Mapping[str, pa.Table | None]") -> Kept:
    """The counts of the report, from the tables as they leave."""

    def counts(table: str, column: str) -> dict[str, int]:
        if tables[table] is None:
            return {}
        query = f"SELECT {column}, count(*) FROM kept_{table} GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(connection.execute(query).fetchall())

    def number(table: str, condition: str) -> int:
        if tables[table] is None:
            return 0
        return int(connection.execute(f"SELECT count(*) FROM kept_{table} WHERE {condition}").fetchall()[0][0])

    observed = [
        Observed(name, *row)
        for name in TABLES[1:]
        if tables[name] is not None
        for row in connection.execute(
            f"SELECT source, min(observed_from), max(observed_until) FROM kept_{name} GROUP BY source ORDER BY source"
        ).fetchall()
    ]
    return Kept(
        touches=counts("touches", "status"),
        to_groups=number("touches", "customer IS NULL"),
        responses=counts("responses", "kind"),
        responses_without_time=number("responses", "time IS NULL"),
        ties=counts("ties", "kind"),
        ended=number("ties", "ended"),
        bracketed=number("ties", 'ended AND "end" IS NULL'),
        days=number("daily", "TRUE"),
        observed=observed,
    )
