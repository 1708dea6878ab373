"""Orders out of files and frames, through the door that `import_exports` uses, too: models/data/door."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.data.cells.times import AS_WRITTEN
from models.data.datasets import cdnow_table
from models.data.door.options import Asked, BadRows, LinesRule, Money, ReadOptions, Texts, asked
from models.data.door.parts import Part, name_without_numbers
from models.data.door.problems import nothing_left
from models.data.door.reading import Lines, attribute, read_lines
from models.data.door.totals import make_orders, order_figures
from models.data.door.workshop import Workshop
from models.data.files import head_of
from models.data.frames import Frame
from models.data.imports.layouts import Chooser, parts_of, with_identity
from models.data.imports.report import Report, sheets_told
from models.data.opening import read_sheets
from models.data.orders.log import Orders, remarked
from models.data.orders.sums import without_sums
from models.errors import BadInput
from models.numerics.arrays import TypeAliasType
from models.words import Listed, Quoted, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_SHEETS_LEFT = (
    "{n:,} {n:sheet is|sheets are} not read, as {n:its|their} first rows hold other names of columns: {sheets}. If there "
    "are orders on {n:it|them}, call the columns as on the sheets that are read."
)

OrdersLike = TypeAliasType("OrdersLike", Orders | str | Path | Frame)  # whatever `read_orders` takes


def read_orders(
    source: OrdersLike,
    *,
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
    identity: str | None = None,
    exclude: Texts | None = None,
    bad_rows: BadRows = "refuse",
    today: "date | None" = None,
    money: Money = True,
) -> Orders:
    """Read orders from a file (CSV, a workbook, Parquet), a dataframe (anything Narwhals takes), or the word `cdnow`.

    Exports of known platforms are recognised by their header and read by the platform's rules, as `import_exports` reads
    them, but with customers' ids as they are. In other tables columns are found by well-known names, or named:

    customer, date, amount: of a row. order: the order's number; rows of one number, customer and day are one order. lines:
    what such rows are, where they do not say it themselves: "sum" (items that add up), "repeat" (each says the order's
    total) or "first" (only the first does). status: the order's state, and keep: the states that count ("paid,completed"),
    where they are not the usual words. refund: what was paid back, taken off. currency: the column with the currency, or its
    code ("USD"). identity: the key that tells customers of a platform apart (phone, email, ..., or a column).
    timezone: stamps with an offset are moved to it ("Asia/Shanghai"). date_format: "dmy", "mdy", "ymd" or a pattern of
    strptime. sheet: of a workbook. exclude: customers to leave out.

    With `money=False` no amount is looked for and every order is worth 0; with money="auto" so it is where no column is
    named and none known as the amount. A row without customer, date or amount, or dated after `today` (default: the
    clock's), is refused with its row number, or with bad_rows="drop" left out and counted. Rows are counted as in a sheet:
    the header is row 1 of a file; a frame's first row is row 1.

    Raises BadInput, one sentence, where the source cannot be used.
    """
    options = {name: value for name, value in locals().items() if name != "source"}
    wanted = asked(options)
    if isinstance(source, Orders):
        return source
    if isinstance(source, str) and source == "cdnow":
        return _of_cdnow(wanted)
    day = wanted.today if wanted.today is not None else _today()
    if isinstance(source, str | Path):
        return _from_file(Path(source), wanted, day)
    return _from_frame(source, wanted, day)


def orders_of(source: OrdersLike, options: ReadOptions, money: Money = True) -> Orders:
    """`source` where it is Orders, else what `read_orders` makes of it; amounts as `money` says, unless `options` do."""
    if isinstance(source, Orders):
        return source
    wanted: ReadOptions = {"money": money, **options}
    return read_orders(source, **wanted)


def cdnow(sample: bool = False) -> Orders:
    """The CDNOW log: 69,659 orders of all 23,570 customers whose first was in January to March 1997, until
    June 1998.

    `sample=True`: the tenth of it that papers use (6,919 orders of 2,357 customers). Amounts in US dollars.
    Source: B. Hardie, brucehardie.com/datasets; read from the files of the package `lifetimes`.
    """
    return replace(read_orders(cdnow_table(sample), currency="USD"), source="cdnow sample" if sample else "cdnow")


def _of_cdnow(wanted: Asked) -> Orders:
    """The CDNOW log but for customers to exclude. Raises BadInput where it is said to be in another currency."""
    log = cdnow()
    if wanted.currency is not None and wanted.currency.strip().upper() != log.currency:
        raise BadInput(
            "{where}: the amounts are said to be in {named} and are in {said} by the file; leave currency out.",
            where="cdnow",
            named=wanted.currency,
            said=log.currency,
        )
    if not wanted.exclude:
        return log
    rows = log.frame.collect(backend="pyarrow").to_native()
    return replace(read_orders(rows, exclude=wanted.exclude, currency=log.currency), source=log.source)


def _today() -> date:
    return date.today()


# --- files -------------------------------------------------------------------------------------------------------------


def _from_file(path: Path, wanted: Asked, today: date) -> Orders:
    head = head_of(path, folder="give the file with the orders", empty="export the orders again")
    chooser = Chooser(wanted)
    workshop = Workshop()
    if head.startswith(b"PAR1"):
        parts = [_parquet(path, chooser, workshop.connection)]
    elif path.suffix.lower() in (".parquet", ".pq"):
        raise BadInput("{path}: this is not a Parquet file although it is called one.", path=path)
    else:
        sheets, left = read_sheets(path, chooser, wanted.drop, sheet=wanted.sheet)
        parts = parts_of(sheets, chooser)
        if not parts:
            raise chooser.refuse(path)
        taken = {str(part.where) for part in parts}
        unread = [*left, *(str(one.where) for one in sheets if str(one.where) not in taken)]
        if unread:
            listed = Listed([name_without_numbers(name) for name in unread])
            parts[0].remarks += (Remark(_SHEETS_LEFT, {"sheets": listed, "n": len(unread)}),)
    if wanted.today is None:
        today = max(today, *(_today_in(part.layout.type.timezone) for part in parts))
    return _orders(parts, with_identity(wanted, parts), today, workshop, name_without_numbers(str(path)))


def _today_in(zone: str | None) -> date:
    """The day that it is where a platform's clocks stand; here where that is not known."""
    known = zone is not None and zone != AS_WRITTEN
    return datetime.now(ZoneInfo(str(zone))).date() if known else _today()


def _parquet(path: Path, chooser: Chooser, connection: "DuckDBPyConnection") -> Part:
    """A Parquet file, which stays where it is and is read as often as it is asked for."""
    import duckdb

    try:
        relation = connection.read_parquet(_literal(path), file_row_number=True)
    except duckdb.Error:
        raise BadInput("{path}: the Parquet file is damaged or cut off; write it again.", path=path) from None
    names = [name for name in relation.columns if name != "file_row_number"]
    layout = chooser(names, str(path))
    if layout is None:
        raise chooser.refuse(path)
    _wall_clock(path, relation, layout.columns, chooser.asked, connection)
    return Part(
        str(path),
        str(path),
        0,
        layout,
        relation,
        named=False,
        typed=True,
        row="file_row_number + 2",
        headers=tuple(names),
    )


def _literal(path: Path) -> str:
    """The path as DuckDB takes it: its wildcards are meant as letters."""
    return "".join(f"[{ch}]" if ch in "*?[" else ch for ch in str(path))


def _wall_clock(
    path: Path,
    relation: "DuckDBPyRelation",
    columns: Mapping[str, tuple[int, str]],
    wanted: Asked,
    connection: "DuckDBPyConnection",
) -> None:
    """Set the connection's zone to that of the Parquet file's dates, so that they read as local time where they were
    written, whatever this machine's zone."""
    when = next(columns[name][1] for name in ("date", "created", "paid") if name in columns)
    if wanted.timezone is not None or "WITH TIME ZONE" not in str(relation.types[relation.columns.index(when)]):
        return
    import duckdb
    import pyarrow.parquet as pq

    zone = str(pq.read_schema(path).field(when).type.tz)
    try:
        connection.execute(f"SET TimeZone = '{'GMT' if zone[0] in '+-' else ''}{zone}'")
    except duckdb.Error:
        raise BadInput(
            "{path}: column {when!r} is in a time zone {zone!r} that is not known; write it without.",
            path=path,
            when=when,
            zone=zone,
        ) from None


# --- frames ------------------------------------------------------------------------------------------------------------


def _from_frame(source: Any, wanted: Asked, today: date) -> Orders:
    import duckdb
    import narwhals as nw

    chooser = Chooser(replace(wanted, sheet=None))
    if isinstance(source, duckdb.DuckDBPyRelation):
        workshop = Workshop()
        part = _relation(source, chooser, workshop.connection)
        return _orders([part], with_identity(wanted, [part]), today, workshop, "relation")
    try:
        frame = nw.from_native(source)
    except nw.exceptions.DuplicateError:  # pandas allows it
        listed = [str(name) for name in getattr(source, "columns", ())]
        raise BadInput(
            "{source}: there are two columns called {name!r}; rename one of them.",
            source="frame",
            name=next((name for name in listed if listed.count(name) > 1), ""),
        ) from None
    except TypeError:
        raise BadInput(
            "orders: a {kind} is neither a file name nor a dataframe; give one of them.",
            kind=type(source).__name__,
        ) from None
    if isinstance(frame, nw.LazyFrame):
        from models.data.orders.lazy import from_lazy

        return from_lazy(frame, wanted, today)
    names = [str(c) for c in frame.collect_schema().names()]
    layout = chooser.of_frame(names, "frame")
    picked = list(dict.fromkeys(names[at] for at, _ in layout.columns.values()))
    table = frame.select(*(nw.col(name) for name in picked))
    for name in picked:
        if isinstance(kind := table.schema[name], nw.Datetime) and kind.time_zone is not None:
            there = nw.col(name).dt
            moved = there if wanted.timezone is None else there.convert_time_zone(wanted.timezone).dt
            table = table.with_columns(moved.replace_time_zone(None))
    arrow = _numbered(_to_arrow(table))
    part = Part("frame", "frame", 0, layout, arrow, named=False, typed=True, row=_ROW, headers=tuple(names))
    return _orders([without_sums(part, "siyu row")], with_identity(wanted, [part]), today, Workshop(), "frame")


_ROW = '"siyu row"'


def _numbered(table: Any) -> Any:
    """The arrow table with the numbers of its rows."""
    import numpy as np
    import pyarrow as pa

    return table.append_column("siyu row", pa.array(np.arange(1, table.num_rows + 1)))


def _relation(source: "DuckDBPyRelation", chooser: Chooser, connection: "DuckDBPyConnection") -> Part:
    """The needed columns of a DuckDB relation, copied into the connection; times of a zone as on the wall of its session."""
    layout = chooser.of_frame(list(source.columns), "relation")
    kinds = dict(zip(source.columns, map(str, source.types), strict=True))
    columns = []
    for header in dict.fromkeys(header for _, header in layout.columns.values()):
        name = '"' + header.replace('"', '""') + '"'
        moved = "WITH TIME ZONE" in kinds[header] and chooser.asked.timezone is None
        columns.append(f"CAST({name} AS TIMESTAMP) AS {name}" if moved else name)
    # a table and not a stream: a stream leaves a result open on the caller's connection, which then refuses other work
    connection.register("incoming", source.project(", ".join(columns)).to_arrow_table())
    connection.execute('CREATE TABLE copied AS SELECT *, row_number() OVER () AS "siyu row" FROM incoming')
    connection.unregister("incoming")
    table, headers = connection.table("copied"), tuple(map(str, source.columns))
    return Part("relation", "relation", 0, layout, table, named=False, typed=True, row=_ROW, headers=headers)


def _to_arrow(table: Any) -> Any:
    """The frame as an arrow table; columns of mixed Python objects become text."""
    import narwhals as nw
    import pyarrow as pa

    try:
        return table.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = {
            c: [None if v is None or v != v else str(v) for v in table[c].to_list()]
            if table.schema[c] == nw.Object
            else table[c].to_arrow()
            for c in table.columns
        }
        return pa.table(texts)


# --- lines to orders ---------------------------------------------------------------------------------------------------


def _orders(parts: Sequence[Part], wanted: Asked, today: date, workshop: Workshop, source: str) -> Orders:
    """The orders of all parts, counted; the connection lives as long as they do."""
    import duckdb
    import narwhals as nw

    connection = workshop.connection
    has_money = wanted.money is not False and any(part.has("amount") for part in parts)
    try:
        read = read_lines(connection, parts, wanted, today, has_money)
        kind = attribute(read)
        counted = read.account()
        if not counted.rows_used:
            raise nothing_left(source, counted.dropped)
        if parts[0].rows is None:
            parts[0].rows = counted.rows_in
        if not read.simple:
            make_orders(connection)
        bought = connection.sql(_bought_sql(read))
        totals = _totals(bought)
        figures = _figures(read)
    except duckdb.Error as error:
        reason = Quoted(str(error).splitlines()[0].rstrip("."))
        raise BadInput("{source}: the orders cannot be read ({reason}).", source=source, reason=reason) from None
    back = totals["orders"] - (counted.rows_used if read.simple else figures["orders_made"])
    figures["returned"] = back
    orders = Orders(
        frame=nw.from_native(bought).lazy(),
        source=source,
        rows_read=counted.rows_in + back,
        rows_used=counted.rows_used + back,
        customers=totals["customers"],
        first_day=totals["first"],
        last_day=totals["last"],
        dropped=counted.dropped,
        dropped_customers=_customers_lost(connection) if counted.dropped else {},
        has_amounts=has_money,
        orders=totals["orders"],
        currency=read.currency if has_money else None,
        platform=next((part.layout.type.platform for part in parts if not part.plain), None),
        report=Report(
            sheets_told(parts), [], None, orders=counted, identity=read.identity, currency=read.currency, **figures
        ),
        keeps=(workshop, read, kind),
    )
    return remarked(orders, parts[0].headers, wanted.money, read.remarks)


def _bought_sql(read: Lines) -> str:
    """One row an order: customer, time, amount; and one more for what came back of it."""
    if read.simple:
        rows, money, back = "judged WHERE reason IS NULL", "money", "CASE WHEN back AND money > 0 THEN money ELSE 0 END"
    else:
        rows, money, back = "order_totals WHERE TRUE", "money", "back"
    sql = f"SELECT key AS customer, time, CAST({money} AS DOUBLE) AS amount FROM {rows}"
    if read.returned:
        sql += f" UNION ALL SELECT key, time, -CAST({back} AS DOUBLE) FROM {rows} AND {back} > 0"
    return sql


def _totals(bought: "DuckDBPyRelation") -> dict[str, Any]:
    # Customers one by one in the inner query: DuckDB would keep all rows to count the distinct ones.
    counted = bought.query(
        "bought",
        """SELECT sum(n), count(*), min(first)::DATE, max(last)::DATE FROM (
            SELECT customer, count(*) AS n, min(time) AS first, max(time) AS last FROM bought GROUP BY customer)""",
    )
    assert counted is not None  # a query gives rows
    orders, customers, first, last = counted.fetchall()[0]
    return {"orders": int(orders), "customers": int(customers), "first": first, "last": last}


def _figures(read: Lines) -> dict[str, Any]:
    """The report's figures where lines had to be put together; where each row is an order the log itself has them."""
    return {} if read.simple else order_figures(read.connection)


def _customers_lost(connection: "DuckDBPyConnection") -> dict[str, int]:
    """Customers none of whose rows can be used, by the reason."""
    lost = connection.execute("""
        SELECT reason, count(*) FROM (
            SELECT min(reason) AS reason FROM judged WHERE key IS NOT NULL
            GROUP BY key HAVING count(*) = count(reason)
        ) GROUP BY reason ORDER BY reason
    """).fetchall()
    return {str(reason): int(n) for reason, n in lost}
