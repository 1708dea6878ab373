"""From exported files to orders, contacts and customers under hashed ids, with a report on their quality."""

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.day_counts import calendar
from models.data.imports import identity as who
from models.data.imports import orders, others
from models.data.imports.platforms import Layout, SheetType, identity_kind, plain, plain_layout, recognise
from models.data.imports.report import Account, Identity, Report, SheetRead
from models.data.imports.result import Imported
from models.data.imports.sheets import Sheet, read_sheets
from models.data.orders.options import BadRows
from models.data.orders.refusals import counted
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_NO_KEY = "the identity {identity!r} {why} in every usable order, so repeat purchases cannot be seen; {instead}."
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def import_exports(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    identity: str | None = None,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    order: str | None = None,
    salt: bytes | str | None = None,
    salt_file: str | os.PathLike[str] | None = None,
    bad_rows: BadRows = "refuse",
    today: "date | None" = None,
) -> Imported:
    """Read exports of known platforms (CSV in UTF-8 or GB18030, xlsx), all sheets of all files as one.

    identity: the key that tells customers apart (phone, member, nickname ..., or a column's name); chosen only if one
    attributes nearly all orders. customer, date, amount, order: names of columns, for tables of no known platform.
    salt, salt_file: the secret of the hashes, at least 16 bytes (else SIYU_SALT, else fresh random bytes). bad_rows:
    rows that cannot be read are refused, with file and row, or dropped and counted. today: no order is later
    (default: today in Shanghai).

    Raises BadInput, one sentence without personal data, where a file cannot be used or no key tells customers apart.
    """
    if bad_rows not in ("refuse", "drop"):
        raise BadInput("bad_rows is {bad_rows!r}; it must be refuse or drop.", bad_rows=bad_rows)
    files = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]
    if not files:
        raise BadInput("import: there are no files; give at least one.")
    columns = {"customer": customer, "date": date, "amount": amount, "order": order}
    named = any(name is not None for name in columns.values())
    if named and identity is not None:
        raise BadInput(
            "--identity: with columns given by name the customer's column is the identity; leave one of them out."
        )
    secret = who.find_salt(salt, salt_file)
    known = None if identity is None else identity_kind(identity)
    column = identity if known is None else None

    def choose(header: Sequence[str], where: str | Remark) -> Layout | None:
        return plain_layout(header, where, columns) if named else recognise(header, where, column)

    sheets: list[Sheet] = []
    unknown: list[str] = []
    for path in files:
        read, left = read_sheets(path, choose, bad_rows == "drop")
        if not read:
            raise _not_recognised(path, columns, named)
        sheets += read
        unknown += left
    day = today if today is not None else datetime.now(SHANGHAI).date()
    return _Import(sheets, unknown, known or identity, secret, bad_rows, day).run()


def _not_recognised(path: Path, columns: Mapping[str, str | None], named: bool) -> BadInput:
    if named:
        told = ", ".join(f"--{role} {name}" for role, name in columns.items() if name is not None)
        return BadInput(
            "{path}: no row at its top has the columns for customer, date and amount (given: {given}); give all three "
            "names as the header writes them.",
            path=path,
            given=told,
        )
    return BadInput(
        "{path}: its header is that of no export known here; give the columns with --customer, --date and --amount, or "
        "export orders, customers or mass sends from the platform again.",
        path=path,
    )


class _Import:
    """One import in progress: the sheets by kind, the connection that holds their rows, and what is found out."""

    def __init__(
        self,
        sheets: list[Sheet],
        unknown: list[str],
        identity: str | None,
        salt: who.Salt,
        bad_rows: BadRows,
        today: date,
    ) -> None:
        self.sheets, self.unknown, self.identity = sheets, unknown, identity
        self.salt, self.bad_rows, self.today = salt, bad_rows, today
        self.figures: dict[str, Any] = {}

    def of(self, kind: str) -> list[Sheet]:
        return [sheet for sheet in self.sheets if sheet.layout.type.kind == kind]

    def run(self) -> Imported:
        import duckdb

        if self.of("settlements") and not self.of("orders"):
            where = self.of("settlements")[0].where
            raise BadInput(
                "{where}: settlements name no buyer; import them together with the orders that they settle.",
                where=where,
            )
        if self.of("items") and not (self.of("orders") or self.of("customers") or self.of("contacts")):
            where = self.of("items")[0].where
            raise BadInput(
                "{where}: these are items without buyers and times; import the sheet of the orders.",
                where=where,
            )
        # Nothing of an export goes to the disk, so no folder for what does not fit into memory.
        with duckdb.connect(config={"temp_directory": ""}) as connection:
            tables = {
                "orders": self.orders(connection) if self.of("orders") else None,
                "contacts": self.contacts(connection) if self.of("contacts") else None,
                "customers": self.customers(connection) if self.of("customers") else None,
            }
            if self.of("settlements"):
                self.settlements(connection)
        if self.of("items"):
            rows = sum(sheet.rows for sheet in self.of("items"))
            self.figures["items"] = Account(rows, 0, {"item, not an order": rows} if rows else {})
        bought, sent = tables["orders"], tables["contacts"]
        if bought is not None and sent is not None:
            known = set(bought["customer"].unique().to_pylist())
            reached = sent["customer"].unique().to_pylist()
            self.figures["contacts_among_customers"] = sum(one in known for one in reached)
        report = Report([_told(sheet) for sheet in self.sheets], self.unknown, self.salt.source, **self.figures)
        return Imported(**tables, report=report)

    def orders(self, connection: "DuckDBPyConnection") -> "pa.Table":
        sheets = self.of("orders")
        orders.lines(connection, sheets, self.today)
        orders.check_digits(connection, sheets)
        self.check(connection, others.Rows("lines", sheets), orders.WRONG)
        kind = self.choose(connection, sheets)
        self.figures["orders"] = self.account(connection, "lines", orders.reasons_sql(kind), sheets)
        space = self.space(kind)
        table = self.orders_table(connection, kind, space)
        if not table.num_rows:
            left = counted(self.figures["orders"].dropped) or Remark("no rows")
            raise BadInput(
                "{where}: there are no orders to use ({left}); export a longer time or other states.",
                where=sheets[0].where,
                left=left,
            )
        self.order_numbers(connection, table)
        return table

    def choose(self, connection: "DuckDBPyConnection", sheets: list[Sheet]) -> str:
        """The key by which customers are told apart. Raises BadInput where there is none."""
        kinds = sorted({kind for sheet in sheets for kind in sheet.layout.kinds})
        shares, hidden = orders.shares(connection, kinds)
        wanted = self.identity if self.identity is None or identity_kind(self.identity) else "column"
        where = ", ".join(dict.fromkeys(str(sheet.path) for sheet in sheets))
        instead = next(
            (sheet.layout.type.instead for sheet in sheets if sheet.layout.type.instead), "name the customer's column"
        )
        if wanted is None:
            automatic = list(dict.fromkeys(kind for sheet in sheets for kind in sheet.layout.type.automatic))
            try:
                wanted = who.choose(shares, automatic, hidden, instead)
            except BadInput as problem:
                raise BadInput("{where}: {problem}", where=where, problem=problem) from None
        elif shares.get(wanted, 0.0) == 0.0:
            raise BadInput(
                "{where}: {problem}",
                where=where,
                problem=self._no_key(wanted, kinds, hidden, instead),
            )
        named = self.identity if wanted == "column" and self.identity is not None else wanted
        shown = {named if kind == "column" else kind: share for kind, share in shares.items()}
        self.figures["identity"] = Identity(named, self.identity is None, shares.get(wanted, 0.0), shown)
        return wanted

    def _no_key(self, wanted: str, kinds: list[str], hidden: Mapping[str, float], instead: str) -> Remark:
        if wanted not in kinds:
            there = [kind for kind in kinds if kind != "column"]
            keys = {"keys": ", ".join(there)}
            offered = Remark("there is {keys}", keys) if there else Remark("there is no key at all")
            values = {"identity": self.identity, "offered": offered, "instead": Remark(instead)}
            return Remark("no column holds the identity {identity!r} ({offered}); {instead}.", values)
        why = Remark("is masked or encrypted" if hidden.get(wanted, 0.0) > 0 else "is empty or a stand-in")
        return Remark(_NO_KEY, {"identity": self.identity, "why": why, "instead": Remark(instead)})

    def space(self, kind: str) -> str:
        """The kind of key, hashed together with it: a phone number and an equal member number get different hashes."""
        return f"column {plain(self.identity)}" if kind == "column" and self.identity is not None else kind

    def hashed(self, connection: "DuckDBPyConnection", name: str, space: str, query: str) -> None:
        """Make the table `name` of value and hash for the texts of a query."""
        import pyarrow as pa

        values = [
            value
            for (value,) in connection.execute(
                f"SELECT DISTINCT value FROM ({query}) WHERE value IS NOT NULL"
            ).fetchall()
        ]
        hashes = self.salt.hashes(space, values)
        table = pa.table({"value": pa.array(values, pa.string()), "hash": pa.array(hashes, pa.string())})
        connection.register("new_hashes", table)
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM new_hashes")
        connection.unregister("new_hashes")

    def orders_table(self, connection: "DuckDBPyConnection", kind: str, space: str) -> "pa.Table":
        connection.execute(f"""
            CREATE TABLE order_totals AS
            SELECT platform, order_key, max(key_{kind}) AS key, min(time) AS time, sum(fen) AS fen, sum(refund) AS refund,
                bool_or(order_id IS NOT NULL) AS numbered, min((file, row)) AS place
            FROM (SELECT *, {orders.reasons_sql(kind)} AS reason FROM lines) WHERE reason IS NULL
            GROUP BY platform, order_key
        """)
        self.hashed(connection, "people", space, "SELECT key AS value FROM order_totals")
        self.hashed(
            connection,
            "numbers",
            "order",
            "SELECT platform || '|' || order_key AS value FROM order_totals WHERE numbered",
        )
        return connection.sql("""
            SELECT people.hash AS customer, time, CAST(fen AS BIGINT) / 100 AS amount,
                CAST(refund AS BIGINT) / 100 AS refunded, numbers.hash AS "order", platform
            FROM order_totals JOIN people ON people.value = order_totals.key
            LEFT JOIN numbers ON numbers.value = platform || '|' || order_key
            ORDER BY time, place
        """).to_arrow_table()

    def order_numbers(self, connection: "DuckDBPyConnection", table: "pa.Table") -> None:
        """The report's figures on orders."""
        total = connection.execute("SELECT sum(fen), min(time)::DATE, max(time)::DATE FROM order_totals").fetchall()[0]
        counts = connection.execute("SELECT count(*) FROM order_totals GROUP BY key").fetchall()
        days = connection.execute("SELECT time::DATE, count(*) FROM order_totals GROUP BY 1 ORDER BY 1").fetchall()
        gaps, busy = calendar([day for day, _ in days], [n for _, n in days])
        refunds = connection.execute("""
            SELECT count(*) FILTER (WHERE refund > 0 OR by_closing), sum(refund), count(*) FILTER (WHERE told_not),
                count(*) FILTER (WHERE above)
            FROM (
                SELECT coalesce(sum(refund), 0) AS refund, bool_or(closed_by_refund) AS by_closing, bool_or(above) AS above,
                    bool_or(aftersale = 'partial' OR (closed_by_refund AND refund = 0)) AS told_not
                FROM lines WHERE problem IS NULL AND NOT duplicate GROUP BY platform, order_key
            )
        """).fetchall()[0]
        used = "problem IS NULL AND NOT duplicate AND state = 'used'"
        rows = connection.execute(f"""
            SELECT count(*) FILTER (WHERE duplicate), count(*) FILTER (WHERE differs),
                count(*) FILTER (WHERE {used} AND fell_back), count(*) FILTER (WHERE {used} AND aftersale = 'unknown')
            FROM lines
        """).fetchall()[0]
        self.figures |= {
            "orders_made": table.num_rows,
            "customers_seen": len(counts),
            "repeat_buyers": sum(n > 1 for (n,) in counts),
            "most_orders": max(n for (n,) in counts),
            "amount": _yuan(total[0]),
            "first_day": total[1],
            "last_day": total[2],
            "duplicates": rows[0],
            "duplicates_that_differ": rows[1],
            "paid_time_missing": rows[2],
            "aftersale_unknown": rows[3],
            "refunds": refunds[0],
            "refunded": _yuan(refunds[1]),
            "refunds_unknown": refunds[2],
            "refunds_above": refunds[3],
            "gaps": gaps,
            "busy_days": busy,
        }

    def contacts(self, connection: "DuckDBPyConnection") -> "pa.Table":
        kind = "external_userid"
        rows = others.contacts(connection, self.of("contacts"), kind, self.today)
        self.check(connection, rows, others.WRONG)
        self.figures["contacts"] = self.account(connection, "contacts", "reason", rows.sheets)
        self.hashed(connection, "reached", kind, "SELECT key AS value FROM contacts WHERE reason IS NULL")
        table = connection.sql("""
            SELECT hash AS customer, time, delivered FROM contacts JOIN reached ON value = key WHERE reason IS NULL
            ORDER BY time, file, row
        """).to_arrow_table()
        self.figures["delivered"] = sum(bool(reached) for reached in table["delivered"].to_pylist())
        return table

    def customers(self, connection: "DuckDBPyConnection") -> "pa.Table":
        sheets = self.of("customers")
        chosen = self.figures["identity"].key if "identity" in self.figures else self.identity
        offered = list(dict.fromkeys(kind for sheet in sheets for kind in sheet.layout.type.automatic))
        there = {kind for sheet in sheets for kind in sheet.layout.kinds}
        wanted = chosen if chosen is None or identity_kind(chosen) else "column"
        kind = wanted if wanted in there else next((one for one in offered if one in there), None)
        if kind is None:
            instead = sheets[0].layout.type.instead
            raise BadInput(
                "{where}: no column names the customers; {instead}.",
                where=sheets[0].where,
                instead=Remark(instead),
            )
        rows = others.customers(connection, sheets, kind, self.today)
        self.check(connection, rows, others.WRONG_CUSTOMER)
        self.figures["customers"] = self.account(connection, "customers", "reason", sheets)
        self.hashed(connection, "named", self.space(kind), "SELECT key AS value FROM customers WHERE reason IS NULL")
        return connection.sql("""
            SELECT hash AS customer, since, member_since, member, wecom_friend, orders, spent_fen / 100 AS spent,
                refunded_fen / 100 AS refunded, last_order
            FROM customers JOIN named ON value = key WHERE reason IS NULL ORDER BY file, row
        """).to_arrow_table()

    def settlements(self, connection: "DuckDBPyConnection") -> None:
        rows = others.settlements(connection, self.of("settlements"), self.today)
        self.check(connection, rows, others.WRONG)
        self.figures["settlements"] = self.account(connection, "settlements", "reason", rows.sheets)
        settled = connection.execute("""
            SELECT coalesce(sum(fen), 0), count(DISTINCT (platform, order_id)),
                count(DISTINCT (platform, order_id)) FILTER (WHERE refunded AND (platform, order_id) NOT IN
                    (SELECT (platform, order_id) FROM lines WHERE order_id IS NOT NULL AND refund > 0))
            FROM settlements WHERE reason IS NULL
        """).fetchall()[0]
        self.figures |= {"settled": _yuan(settled[0]), "settled_orders": settled[1]}
        self.figures["refunds_unknown"] += settled[2]

    def check(self, connection: "DuckDBPyConnection", rows: others.Rows, wrong: Mapping[str, tuple[str, str]]) -> None:
        """Raises BadInput for the first bad row unless bad rows are dropped."""
        bad = orders.first_bad(connection, rows.table) if self.bad_rows == "refuse" else None
        if bad is not None:
            raise orders.refuse(rows.sheets[bad.file], bad, wrong)

    def account(self, connection: "DuckDBPyConnection", table: str, reason: str, sheets: list[Sheet]) -> Account:
        counted = connection.execute(
            f"SELECT {reason} AS why, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        dropped = {why: n for why, n in counted if why is not None}
        extra = {
            orders.MALFORMED: sum(sheet.malformed for sheet in sheets),
            orders.FORMULA: sum(sheet.formula_rows for sheet in sheets),
        }
        dropped |= {why: n for why, n in extra.items() if n}
        used = sum(n for why, n in counted if why is None)
        return Account(sum(sheet.rows for sheet in sheets), used, dropped)


def _yuan(fen: int | None) -> Decimal:
    return Decimal(int(fen or 0)) / 100


def _told(sheet: Sheet) -> SheetRead:
    kind: SheetType = sheet.layout.type
    return SheetRead(str(sheet.path), sheet.name, kind.platform, kind.name, kind.kind, sheet.encoding, sheet.rows)
