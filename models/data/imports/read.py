"""From exported files to orders, contacts and customers under hashed ids, with a report on their quality."""

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.day_counts import calendar
from models.data.door import problems
from models.data.door.options import Asked, BadRows, LinesRule, Texts, asked
from models.data.door.parts import Part, name_without_numbers
from models.data.door.problems import Bad, nothing_left
from models.data.door.reading import attribute, read_lines
from models.data.door.totals import Account, make_orders, order_figures
from models.data.imports import identity as who
from models.data.imports import others, touches
from models.data.imports.layouts import Chooser, parts_of, with_identity, without_plain
from models.data.imports.platforms import identity_kind, plain
from models.data.imports.report import Report, told
from models.data.imports.result import Imported
from models.data.opening import Sheet, read_sheets
from models.data.unnamed import remark_without_persons
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def import_exports(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    identity: str | None = None,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    order: str | None = None,
    status: str | None = None,
    keep: Texts | None = None,
    refund: str | None = None,
    currency: str | None = None,
    lines: LinesRule | None = None,
    timezone: str | None = None,
    date_format: str | None = None,
    sheet: str | None = None,
    exclude: Texts | None = None,
    salt: bytes | str | None = None,
    salt_file: str | os.PathLike[str] | None = None,
    bad_rows: BadRows = "refuse",
    today: "date | None" = None,
) -> Imported:
    """Read exports of known platforms and plain tables (CSV, workbooks), all sheets of all files as one.

    identity: the key that tells customers apart (phone, member, nickname ..., or a column's name); chosen only if one
    attributes nearly all orders. customer, date, amount, order, status, keep, refund, currency, lines, timezone,
    date_format, sheet, exclude: as `read_orders` takes them, of tables of no known platform found by well-known names.
    salt, salt_file: the secret of the hashes, at least 16 bytes (else SIYU_SALT, else fresh random bytes). bad_rows:
    rows that cannot be read are refused, with file and row, or dropped and counted. today: no order is later
    (default: today in Shanghai).

    Raises BadInput, one sentence without personal data, where a file cannot be used or no key tells customers apart.
    """
    options = {name: value for name, value in locals().items() if name not in ("paths", "salt", "salt_file")}
    wanted = asked(options)
    files = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]
    if not files:
        raise BadInput("import: there are no files; give at least one.")
    secret = who.find_salt(salt, salt_file)
    chooser = Chooser(wanted)
    sheets: list[Sheet] = []
    parts: list[Part] = []
    unknown: list[str] = []
    for number, path in enumerate(files):
        read, left = read_sheets(path, chooser, wanted.drop, sheet=wanted.sheet)
        if not read:
            raise _not_recognised(path, chooser)
        own = without_plain(read)
        sheets += own
        unknown += [*left, *(str(one.where) for one in read if one not in own)]
        if any(one.layout.type.kind == "orders" for one in own):
            parts += parts_of(own, chooser, number)
    day = today if today is not None else datetime.now(SHANGHAI).date()
    return _Import(sheets, parts, unknown, with_identity(wanted, parts), secret, day).run()


def _not_recognised(path: Path, chooser: Chooser) -> BadInput:
    if chooser.asked.named() or chooser.looks_like_orders:
        return chooser.refuse(path)
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
        parts: list[Part],
        unknown: list[str],
        wanted: Asked,
        salt: who.Salt,
        today: date,
    ) -> None:
        self.sheets, self.parts, self.unknown = sheets, parts, unknown
        self.wanted, self.identity = wanted, identity_kind(wanted.identity or "") or wanted.identity
        self.salt, self.today = salt, today
        self.remarks: list[Remark] = []
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
                "customers": self.customers(connection) if self.of("customers") else None,
            }
            tables |= touches.keep(connection, self)
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
        report = Report(
            [told(str(s.path), s.name, s.layout.type, s.encoding, s.rows) for s in self.sheets],
            [name_without_numbers(name) for name in self.unknown],
            self.salt.source,
            remarks=tuple(map(remark_without_persons, self.remarks)),
            **self.figures,
        )
        return Imported(**tables, report=report)

    def orders(self, connection: "DuckDBPyConnection") -> "pa.Table":
        read = read_lines(connection, self.parts, self.wanted, self.today, has_money=True)
        kind = attribute(read)
        self.figures |= {"identity": read.identity, "currency": read.currency, "orders": read.account()}
        if not self.figures["orders"].rows_used:
            raise nothing_left(read.where, self.figures["orders"].dropped)
        make_orders(connection)
        table = self.orders_table(connection, self.space(kind), read.currency)
        self.figures |= order_figures(connection)
        days = connection.execute("SELECT time::DATE, count(*) FROM order_totals GROUP BY 1 ORDER BY 1").fetchall()
        gaps, busy = calendar([day for day, _ in days], [n for _, n in days])
        self.figures |= {"gaps": gaps, "busy_days": busy}
        self.remarks += read.remarks
        return table

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

    def orders_table(self, connection: "DuckDBPyConnection", space: str, currency: str | None) -> "pa.Table":
        self.hashed(connection, "people", space, "SELECT key AS value FROM order_totals")
        self.hashed(
            connection,
            "numbers",
            "order",
            "SELECT platform || '|' || order_key AS value FROM order_totals WHERE numbered",
        )
        code = "CAST(NULL AS VARCHAR)" if currency is None else f"'{currency}'"
        bought = """
            SELECT people.hash AS customer, time, CAST({money} AS DOUBLE) AS amount, CAST({refund} AS DOUBLE) AS refunded,
                numbers.hash AS "order", platform, {code} AS currency, place
            FROM order_totals JOIN people ON people.value = order_totals.key
            LEFT JOIN numbers ON numbers.value = platform || '|' || order_key"""
        orders = bought.format(money="money", refund="refund", code=code)
        back = bought.format(money="-back", refund="0", code=code) + " WHERE back > 0"
        return connection.sql(f"""
            SELECT * EXCLUDE (place) FROM ({orders} UNION ALL {back}) ORDER BY time, place, amount DESC
        """).to_arrow_table()

    def customers(self, connection: "DuckDBPyConnection") -> "pa.Table":
        sheets = self.of("customers")
        identity = self.figures.get("identity")
        chosen = identity.key if identity is not None else self.identity
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
        self.figures |= {"settled": Decimal(int(settled[0])) / 100, "settled_orders": settled[1]}
        self.figures["refunds_unknown"] += settled[2]

    def check(self, connection: "DuckDBPyConnection", rows: others.Rows, wrong: Mapping[str, tuple[str, str]]) -> None:
        """Raises BadInput for the first bad row unless bad rows are dropped."""
        bad = _first_bad(connection, rows.table) if not self.wanted.drop else None
        if bad is not None:
            raise problems.refuse(rows.sheets[bad.file].where, rows.sheets[bad.file].layout.columns, bad, wrong)

    def account(self, connection: "DuckDBPyConnection", table: str, reason: str, sheets: list[Sheet]) -> Account:
        counted = connection.execute(
            f"SELECT {reason} AS why, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        dropped = {why: n for why, n in counted if why is not None}
        extra = {
            problems.MALFORMED: sum(sheet.malformed for sheet in sheets),
            problems.FORMULA: sum(sheet.formula_rows for sheet in sheets),
            problems.SUMMARY: sum(sheet.summary_rows for sheet in sheets),
        }
        dropped |= {why: n for why, n in extra.items() if n}
        used = sum(n for why, n in counted if why is None)
        return Account(sum(sheet.rows for sheet in sheets), used, dropped)


def _first_bad(connection: "DuckDBPyConnection", table: str) -> Bad | None:
    """The first bad row of a table with file, row and problem."""
    row = connection.execute(f"""
        SELECT file, row, problem, count(*) OVER (PARTITION BY file, problem) FROM {table} WHERE problem IS NOT NULL
        ORDER BY file, row LIMIT 1
    """).fetchone()
    return None if row is None else Bad(*row)
