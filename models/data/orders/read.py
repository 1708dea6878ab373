"""Orders read once, checked row by row, and held as a frame with the columns customer, time and amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.datasets import cdnow_table
from models.data.frames import Frame
from models.data.orders import clean
from models.data.orders.columns import Role, find_column, known_column, list_of, number_twins
from models.data.orders.currency import check_one_currency
from models.data.orders.options import BadRows, Money, ReadOptions
from models.data.orders.refusals import counted, once_left_out, refusal
from models.data.orders.returned import not_read, read_returned, returned_column, said_of
from models.data.orders.workshop import Workshop
from models.errors import BadInput
from models.numerics.arrays import TypeAliasType
from models.words import Quoted, Remark

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    from duckdb import DuckDBPyRelation

_NO_AMOUNTS = (
    "Value is not forecast: no column is known as the amount (there are {columns}). Name the column with what was paid "
    "(amount) to forecast value too."
)


@dataclass(frozen=True, repr=False)
class Orders:
    """A log of orders.

    frame: a lazy frame with customer (text, as in the export: leading zeros and 19 digits survive), time
    (timestamp, as it stands on the wall) and amount (float, in the export's unit of money; negative is a
    refund, 0 a gift). rows_read counts the export's rows, dropped those left out, by reason; rows_read =
    rows_used + sum of dropped. An order that came back, by a column `returned`, is two rows: itself and its refund, and a
    remark says how many did. dropped_customers: customers left with no row at all, by the same reasons. has_amounts:
    whether there is a column of amounts; without one every amount is 0, and remarks say what was looked for.
    """

    frame: "nw.LazyFrame[Any]"
    source: str
    rows_read: int
    rows_used: int
    customers: int
    first_day: date
    last_day: date
    dropped: Mapping[str, int] = field(default_factory=dict)
    dropped_customers: Mapping[str, int] = field(default_factory=dict)
    has_amounts: bool = True
    remarks: tuple[Remark, ...] = ()
    keeps: tuple[Any, ...] = ()  # what must live as long as the frame is used

    def __repr__(self) -> str:  # from what was counted: the frame may be a query that takes long
        amounts = "" if self.has_amounts else ", no amounts"
        left_out = f", {sum(self.dropped.values()):,} rows left out" if self.dropped else ""
        return (
            f"Orders({self.source}: {self.rows_used:,} orders of {self.customers:,} customers, {self.first_day} to "
            f"{self.last_day}{amounts}{left_out})"
        )

    def to_frame(self) -> "pd.DataFrame":
        """All orders as a pandas frame: customer, time, amount."""
        frame: pd.DataFrame = self.frame.collect(backend="pyarrow").to_pandas()
        return frame


OrdersLike = TypeAliasType("OrdersLike", Orders | str | Path | Frame)  # whatever `read_orders` takes


def read_orders(
    source: OrdersLike,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    bad_rows: BadRows = "refuse",
    today: "date | None" = None,
    money: Money = True,
) -> Orders:
    """Read orders from a CSV or Parquet file, a dataframe (anything Narwhals takes), or the word `cdnow`.

    `customer`, `date`, `amount`: names of the columns; found by well-known names where not given. With
    `money=False` no amount is looked for and every order is worth 0; with money="auto" so it is where no column
    is named and none known as the amount. A row without customer, date or amount, or dated after `today`
    (default: the clock's), is refused with its row number, or with bad_rows="drop" left out and counted. Amounts
    in several currencies, by their signs ($, €, ¥, 元, USD ...), are refused in any case. Rows are counted as in a
    sheet: the header is row 1 of a file; a frame's first row is row 1.

    Raises BadInput, one sentence, where the source cannot be used.
    """
    if bad_rows not in ("refuse", "drop"):
        raise BadInput("bad_rows is {bad_rows!r}; it must be refuse or drop.", bad_rows=bad_rows)
    if isinstance(source, Orders):
        return source
    if isinstance(source, str) and source == "cdnow":
        return cdnow()
    wanted: dict[Role, str | None] = {"customer": customer, "date": date, "amount": amount}
    day = today if today is not None else _today()
    if isinstance(source, str | Path):
        return _from_file(Path(source), wanted, bad_rows, day, money)
    return _from_frame(source, wanted, bad_rows, day, money)


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
    return replace(read_orders(cdnow_table(sample)), source="cdnow sample" if sample else "cdnow")


def _today() -> date:
    return date.today()


def _columns(
    name: str, wanted: Mapping[Role, str | None], available: list[str], money: Money
) -> dict[Role, str | None]:
    if money == "auto" and wanted["amount"] is None:
        money = known_column(name, "amount", available) is not None
    roles: tuple[Role, ...] = ("customer", "date", "amount")
    columns: dict[Role, str | None] = {
        role: None if role == "amount" and not money else find_column(name, role, wanted[role], available)
        for role in roles
    }
    named = [column for column in columns.values() if column is not None]
    twice = next((column for column in named if named.count(column) > 1), None)
    if twice is not None:
        raise BadInput(
            "{name}: column {twice!r} cannot be two things at once; name customer, date and amount apart.",
            name=name,
            twice=twice,
        )
    return columns


def _from_file(path: Path, wanted: Mapping[Role, str | None], bad_rows: BadRows, today: date, money: Money) -> Orders:
    from models.data.orders.files import open_file, wall_clock

    workshop, columns = Workshop(), {}
    there: list[str] = []
    said: list[Remark] = []

    def cleaned(relation: "DuckDBPyRelation") -> "DuckDBPyRelation":
        there[:] = relation.columns
        columns.update(_columns(str(path), wanted, relation.columns, money))
        wall_clock(path, relation, columns, workshop.connection)
        rows, said[:] = _net(relation, columns, today)
        return rows

    rows, malformed = open_file(path, workshop, bad_rows == "drop", cleaned)
    read = _checked(rows, str(path), bad_rows, 1, columns, (workshop,), malformed)
    return _remarked(read, there, money, said)


def _net(
    relation: "DuckDBPyRelation", columns: Mapping[Role, str | None], today: date
) -> tuple["DuckDBPyRelation", tuple[Remark, ...]]:
    """The clean rows of an export, net of orders that came back, and what is to be said of these."""
    returned = returned_column(relation.columns) if columns["amount"] is not None else None
    if returned is None or returned in columns.values():
        return clean.clean_sql(relation, columns, today), ()
    readable, said = read_returned(relation, returned)
    return clean.clean_sql(relation, columns, today, returned if readable else None), said


def _remarked(read: Orders, there: list[str], money: Money, said: Sequence[Remark] = ()) -> Orders:
    """The orders with what is to be said of them: `said`, and where amounts were looked for among the columns `there` in
    vain, that."""
    missed = [] if read.has_amounts or money is False else [Remark(_NO_AMOUNTS, {"columns": list_of(there)})]
    return replace(read, remarks=(*said, *missed)) if said or missed else read


def _from_frame(source: Any, wanted: Mapping[Role, str | None], bad_rows: BadRows, today: date, money: Money) -> Orders:
    import duckdb
    import narwhals as nw

    if isinstance(source, duckdb.DuckDBPyRelation):
        columns = _columns("relation", wanted, source.columns, money)
        rows, said = _net(source, columns, today)
        return _remarked(_checked(rows, "relation", bad_rows, 0, columns, (source,)), source.columns, money, said)
    try:
        frame = nw.from_native(source)
    except TypeError:
        raise BadInput(
            "orders: a {kind} is neither a file name nor a dataframe; give one of them.",
            kind=type(source).__name__,
        ) from None
    if isinstance(frame, nw.LazyFrame):
        return _from_lazy(frame, wanted, bad_rows, today, money)
    names = [str(c) for c in frame.collect_schema().names()]
    columns = _columns("frame", wanted, names, money)
    picked = [c for c in columns.values() if c is not None]
    returned = returned_column(names)
    table = frame.select(*(nw.col(c) for c in dict.fromkeys([*picked, *([returned] if returned else [])])))
    when = columns["date"]
    if isinstance(kind := table.schema[str(when)], nw.Datetime) and kind.time_zone is not None:
        table = table.with_columns(nw.col(str(when)).dt.replace_time_zone(None))
    workshop = Workshop()
    arrow = _to_arrow(table)
    rows, said = _net(workshop.connection.from_arrow(arrow), columns, today)
    return _remarked(_checked(rows, "frame", bad_rows, 0, columns, (workshop, arrow)), names, money, said)


def _from_lazy(
    frame: "nw.LazyFrame[Any]", wanted: Mapping[Role, str | None], bad_rows: BadRows, today: date, money: Money
) -> Orders:
    """A frame that stays where it is (Polars, PySpark)."""
    import narwhals as nw

    spark = frame.implementation.is_spark_like()
    native = frame.to_native()
    # Spark allows a name twice, and takes a dot in a name for a field of a structure: columns go by their places.
    names = number_twins(native.columns) if spark else frame.collect_schema().names()
    columns = _columns("frame", wanted, names, money)
    places = [f"column_{i}" for i in range(len(names))] if spark else names
    placed = nw.from_native(native.toDF(*places)) if spark else frame
    picked: dict[str, Any] = {role: nw.col(places[names.index(c)]) for role, c in columns.items() if c is not None}
    returned = returned_column(names) if columns["amount"] is not None else None
    said: tuple[Remark, ...] = ()
    if returned is not None and returned not in columns.values():
        back = nw.col(places[names.index(returned)])
        readable = placed.collect_schema()[places[names.index(returned)]] == nw.Boolean
        n = placed.filter(back).select(n=nw.len()).collect(backend="pyarrow")["n"][0] if readable else 0
        picked |= {"returned": back} if readable else {}
        said = said_of(returned, int(n)) if readable else not_read(returned)
    read = _lazy(clean.clean_lazy(placed.select(**picked), columns, today, "frame"), bad_rows, columns)
    return _remarked(read, list(names), money, said)


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


def _checked(
    rows: "DuckDBPyRelation",
    source: str,
    bad_rows: BadRows,
    header: int,
    columns: Mapping[Role, str | None],
    keeps: tuple[Any, ...],
    malformed: int = 0,
) -> Orders:
    """Count the problems, refuse or drop them, and wrap what is left."""
    import duckdb
    import narwhals as nw

    try:
        # Customers one by one in the inner query: DuckDB would keep all rows to count the distinct ones.
        counted = rows.query(
            "rows",
            """SELECT problem, sum(n), count(customer), min(first)::DATE, max(last)::DATE FROM (
                SELECT problem, customer, count(*) AS n, min(time) AS first, max(time) AS last
                FROM rows GROUP BY problem, customer
            ) GROUP BY problem""",
        )
        problems = counted.fetchall() if counted is not None else []
        bad = sorted((p for p in problems if p[0] is not None), key=lambda p: str(p[0]))
        if bad and bad_rows == "refuse":
            problem, row, date_text, amount_text = _first_bad(rows)
            count = next(int(p[1]) for p in bad if p[0] == problem)
            raise refusal(source, problem, count, row + header, date_text, amount_text, columns)
        check_one_currency(rows, source, columns["amount"], header)
        lost = _customers_lost(rows) if bad else {}
    except duckdb.Error as error:
        reason = Quoted(str(error).splitlines()[0].rstrip("."))
        raise BadInput("{source}: the orders cannot be read ({reason}).", source=source, reason=reason) from None
    dropped = {str(p[0]): int(p[1]) for p in bad}
    if malformed:
        dropped["malformed line"] = malformed
    used = next((p for p in problems if p[0] is None), None)
    read = sum(int(p[1]) for p in problems) + malformed
    if used is None:
        raise BadInput(
            "{source}: there are no orders in it{dropped}; export the orders again.",
            source=source,
            dropped=once_left_out(dropped),
        )
    good = rows.query("rows", "SELECT customer, time, amount FROM rows WHERE problem IS NULL")
    assert good is not None  # a query gives rows
    return Orders(
        frame=nw.from_native(good).lazy(),
        source=source,
        rows_read=read,
        rows_used=int(used[1]),
        customers=int(used[2]),
        first_day=used[3],
        last_day=used[4],
        dropped=dropped,
        dropped_customers=lost,
        has_amounts=columns["amount"] is not None,
        keeps=(*keeps, rows),
    )


def _customers_lost(rows: "DuckDBPyRelation") -> dict[str, int]:
    """Customers none of whose rows can be used, by the problem."""
    lost = rows.query(
        "rows",
        """SELECT problem, count(*) FROM (
            SELECT min(problem) AS problem FROM rows WHERE customer IS NOT NULL
            GROUP BY customer HAVING count(*) = count(problem)
        ) GROUP BY problem ORDER BY problem""",
    )
    assert lost is not None  # a query gives rows
    return {str(problem): int(n) for problem, n in lost.fetchall()}


def _first_bad(rows: "DuckDBPyRelation") -> tuple[str, int, str | None, str | None]:
    """The first row that cannot be used: problem, row number (from 1), texts of its date and amount."""
    first = rows.query(
        "rows",
        """SELECT problem, row, date_text, amount_text FROM (SELECT *, row_number() OVER () AS row FROM rows)
        WHERE problem IS NOT NULL ORDER BY row LIMIT 1""",
    )
    assert first is not None  # a query gives rows, and this one was counted
    problem, row, date_text, amount_text = first.fetchall()[0]
    return str(problem), int(row), date_text, amount_text


def _lazy(rows: "nw.LazyFrame[Any]", bad_rows: BadRows, columns: Mapping[Role, str | None]) -> Orders:
    """The same checks for a frame that stays where it is; its rows have no order, so none is named."""
    import narwhals as nw

    counts = (
        rows.group_by("problem")
        .agg(
            n=nw.len(),
            first=nw.col("time").min(),
            last=nw.col("time").max(),
            customers=nw.col("customer").n_unique(),
        )
        .collect(backend="pyarrow")
        .rows(named=True)
    )
    dropped = {str(c["problem"]): int(c["n"]) for c in counts if c["problem"] is not None}
    if dropped and bad_rows == "refuse":
        raise BadInput(
            "frame: there are bad rows ({rows}); correct them, or leave them out (bad_rows drop).",
            rows=counted(dropped),
        )
    used = next((c for c in counts if c["problem"] is None), None)
    if used is None:
        raise BadInput("frame: there are no orders in it{dropped}.", dropped=once_left_out(dropped))
    lost = _lazy_customers_lost(rows) if dropped else {}
    return Orders(
        frame=rows.filter(nw.col("problem").is_null()).select("customer", "time", "amount"),
        source="frame",
        rows_read=sum(int(c["n"]) for c in counts),
        rows_used=int(used["n"]),
        customers=int(used["customers"]),
        first_day=used["first"].date(),
        last_day=used["last"].date(),
        dropped=dropped,
        dropped_customers=lost,
        has_amounts=columns["amount"] is not None,
    )


def _lazy_customers_lost(rows: "nw.LazyFrame[Any]") -> dict[str, int]:
    """Customers none of whose rows can be used, by the problem."""
    import narwhals as nw

    bad = nw.when(nw.col("problem").is_null()).then(nw.lit(0)).otherwise(nw.lit(1))
    lost = (
        rows.filter(~nw.col("customer").is_null(), nw.col("customer") != "")
        .select("customer", "problem", bad=bad)
        .group_by("customer")
        .agg(nw.col("bad").min(), nw.col("problem").min())
        .filter(nw.col("bad") == 1)
        .group_by("problem")
        .agg(n=nw.len())
        .collect(backend="pyarrow")
    )
    return {str(row["problem"]): int(row["n"]) for row in lost.rows(named=True)}
