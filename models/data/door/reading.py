"""Parts to lines to orders, the one way for every file and frame: what is read, refused, left out, and told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from models.data.door import problems
from models.data.door.columns import is_called, list_of
from models.data.door.lines import make_lines, simple_lines_sql
from models.data.door.options import Asked
from models.data.door.parts import Part, put, release
from models.data.door.problems import Bad
from models.data.door.refund_rows import read_refund_rows
from models.data.door.returned import read_returned
from models.data.door.rows import Reading, rows_sql
from models.data.door.rules import check_totals, settle
from models.data.door.states import FEW, few_unknown, states_of, states_of_platform, too_many_unknown
from models.data.door.totals import Account, account, choose, judge, shares
from models.data.door.values import Values
from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_KEY = "the identity {identity!r} {why} in every usable order, so repeat purchases cannot be seen; {instead}."
_REFUND_COLUMN = (
    "Column {column} looks like refunds and is not read: name it with refund to take them off what was paid, or leave it "
    "where amounts are after refunds already."
)


_NO_NUMBER = (
    "{n:,} {n:row has|rows have} no order number in column {column}; each counts as an order of its own. If a number stands "
    "on the first row of each order only, fill it in on the others."
)
_REFUND_UNTOLD = (
    "{n:,} {n:order was|orders were} refunded in part by an amount that is not told; nothing is taken off. Name the column "
    "of refunds with refund if there is one."
)

_LARGE = 1_000_000  # rows


@dataclass(frozen=True)
class Identity:
    """The key that tells customers apart, whether it was asked for or found, and the share of orders it attributes."""

    key: str
    automatic: bool
    share: float
    shares: dict[str, float]


@dataclass
class Lines:
    """What was read of parts, in a connection: the table (or view) `lines`, and `judged` once `attribute` has been called.

    simple: whether every line is an order of its own, so that nothing had to be put together. kinds: keys of customers.
    came_back: rows that a column says came back, by the part's column. currency: ISO code of all money, None where nothing
    says it. unknown: texts in a platform's column of states that are not known, by the part's number. remarks: what is to be
    told of the reading.
    """

    connection: "DuckDBPyConnection"
    parts: list[Part]
    asked: Asked
    values: list[Values] = field(default_factory=list)
    simple: bool = True
    kinds: tuple[str, ...] = ()
    currency: str | None = None
    returned: bool = False
    unknown: dict[int, Listed] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    identity: Identity | None = None

    @property
    def where(self) -> str | Remark:
        """All parts as a message names them."""
        places = dict.fromkeys(part.file for part in self.parts)
        return ", ".join(places)

    def account(self) -> Account:
        """The account of the rows of all parts."""
        return account(self.connection, self.parts)


def read_lines(
    connection: "DuckDBPyConnection", parts: Sequence[Part], asked: Asked, today: date, has_money: bool
) -> Lines:
    """The lines of all parts as one. has_money: whether there are amounts; without, every order is worth 0.

    Raises BadInput where a column allows several readings, where states or lines are not known, and (unless bad rows are
    dropped) where a row cannot be read.
    """
    kinds = tuple(sorted({kind for part in parts for kind in part.layout.kinds}))
    read = Lines(connection, list(parts), asked, kinds=kinds)
    readings = [_reading(read, number, part, has_money) for number, part in enumerate(parts)]
    read.currency = _one_currency(read)
    queries = [rows_sql(reading, today) for reading in readings]
    read.simple = len({part.source for part in parts}) == 1 and not any(part.has("order") for part in parts)
    union = " UNION ALL ".join(queries)
    if read.simple:
        kept = "VIEW" if all(part.typed for part in parts) and _large(read) else "TABLE"
        connection.execute(f"CREATE {kept} lines AS {simple_lines_sql(union)}")
        if kept == "TABLE":
            release(connection, parts)
    else:
        connection.execute(f"CREATE TABLE rows AS {union}")
        if any(reading.rule == "ask" for reading in readings):
            read.remarks += settle(connection, read.values)
        check_totals(connection, read.values)
        release(connection, parts)
        make_lines(connection, kinds)
    check_digits(read)
    _check_rows(read)
    read.remarks += _told_of_lines(read)
    return read


def refunds_not_read(column: str) -> Remark:
    """That a column by the name of refunds is not read."""
    return Remark(_REFUND_COLUMN, {"column": column})


def check_ids(values: Values) -> None:
    """Raises BadInput where the customer would be a column called `id` in which no value stands twice: the row's own."""
    asked, part = values.asked, values.part
    named = asked.customer is not None or asked.identity is not None
    if named or not part.has("key_customer") or not is_called(part.header("key_customer"), "id"):
        return
    text = values.text("key_customer")
    rows = values.connection.execute(f"SELECT count({text}), count(DISTINCT {text}) FROM {values.view}").fetchall()[0]
    if rows[0] > 1 and rows[0] == rows[1]:
        raise BadInput(
            "{where}: no value of column {column!r} stands twice, so it is rather the number of the row than the customer; "
            "name the customer's column with customer (there are {columns}).",
            where=part.where,
            column=part.header("key_customer"),
            columns=list_of(part.headers or [header for _, header in part.layout.columns.values()]),
        )


def _told_of_lines(read: Lines) -> list[Remark]:
    """What is to be said of rows without an order number, and of refunds by an amount that is not told."""
    remarks = []
    if not read.simple:
        bare = read.connection.execute("""
            SELECT file, count(*) FROM lines
            WHERE platform = 'plain' AND order_id IS NULL AND problem IS NULL AND state = 'used'
            GROUP BY file ORDER BY file
        """).fetchall()
        remarks += [
            Remark(_NO_NUMBER, {"n": int(n), "column": read.parts[file].header("order")})
            for file, n in bare
            if read.parts[file].has("order")
        ]
    if any(part.has("status") or part.has("aftersale") for part in read.parts):
        n = read.connection.execute("""
            SELECT count(DISTINCT platform || order_key) FROM lines
            WHERE problem IS NULL AND NOT duplicate AND state = 'used' AND aftersale = 'partial' AND refund = 0
        """).fetchall()[0][0]
        remarks += [Remark(_REFUND_UNTOLD, {"n": int(n)})] if n else []
    return remarks


def _large(read: Lines) -> bool:
    """Whether the parts, of typed columns, are so large that they are read as often as they are asked for, not kept.

    Texts are slow to take apart, and kept once read.
    """
    if any(part.kinds[name] == "VARCHAR" for part in read.parts for name in ("created", "amount") if part.has(name)):
        return False
    counts = " UNION ALL ".join(f"SELECT count(*) FROM {values.view}" for values in read.values)
    rows: int = sum(n for (n,) in read.connection.execute(counts).fetchall())
    return rows > _LARGE


def _reading(read: Lines, number: int, part: Part, has_money: bool) -> Reading:
    """How a part is read, its view made; adds its values and remarks to what was read."""
    asked = read.asked
    part.kinds = put(read.connection, number, part)
    values = Values(read.connection, number, part, asked)
    read.values.append(values)
    if part.plain:
        check_ids(values)
    by_words = part.plain or bool(asked.keep)
    states = states_of(values, asked.status is not None) if by_words else states_of_platform(values)
    if states.unknown is not None:
        read.unknown[number] = states.unknown
    read.remarks += [*part.remarks, *states.remarks]
    returned = False
    if part.plain and part.has("returned") and has_money:
        returned, said = read_returned(read.connection, values.view, part.header("returned"))
        read.remarks += said
    read.returned |= returned
    refund_rows = False
    if part.plain and part.has("row_type") and has_money:
        refund_rows, said = read_refund_rows(values)
        read.remarks += said
    if part.plain and has_money and (unread := part.refunds_unread) is not None:
        read.remarks.append(refunds_not_read(unread))
    rule, unique = _rule(part, asked)
    return Reading(values, states, rule, unique, returned, refund_rows, read.kinds, has_money)


def _rule(part: Part, asked: Asked) -> tuple[str, bool]:
    """What several rows of one order number are, and whether the number is no other order's."""
    kind = part.layout.type
    if part.plain:
        return asked.lines or "ask", False
    if asked.lines is not None:
        return asked.lines, kind.numbers == "unique"
    if kind.lines == "repeat" and kind.refund_is == "order" and kind.numbers == "unique":
        return "state", True
    return kind.lines, kind.numbers == "unique"


def _one_currency(read: Lines) -> str | None:
    """The currency of all parts. Raises BadInput where they are in several."""
    said: dict[str, str | Remark] = {}
    for values in read.values:
        if (code := values.currency()) is not None:
            said.setdefault(code, values.part.where)
    if len(said) > 1:
        told = [Remark("{code} ({where})", {"code": code, "where": where}) for code, where in said.items()]
        raise BadInput(
            "the files are in several currencies: {currencies}; convert them to one, or read one currency at a time.",
            currencies=Listed(told),
        )
    return next(iter(said), None)


def check_digits(read: Lines) -> None:
    """Raises BadInput where a spreadsheet has cut the order numbers to 15 digits, filling up with zeros."""
    if read.simple:
        return
    cut = read.connection.execute("""
        SELECT file FROM lines WHERE length(order_id) >= 17 AND regexp_full_match(order_id, '\\d{17,}') GROUP BY file
        HAVING count(*) > 2 AND count(*) = count(*) FILTER (WHERE regexp_full_match(substr(order_id, 16), '0+')) LIMIT 1
    """).fetchone()
    if cut is not None:
        part = read.parts[cut[0]]
        raise BadInput(
            "{where}: column {column!r} holds numbers that end in zeros after 15 digits, as a spreadsheet cuts them; "
            "export again and do not save the file from Excel.",
            where=part.where,
            column=part.header("order"),
        )


def _check_rows(read: Lines) -> None:
    """Raises BadInput for the first row that cannot be read unless such rows are dropped. Rows with an unknown state may be
    a hundredth of rows and of money: they are left out and counted."""
    few = _few_unknown(read)
    bad = None if read.asked.drop else _first_bad(read, few)
    if bad is not None:
        part = read.parts[bad.file]
        if bad.reason == problems.NO_STATUS and bad.file in read.unknown:
            rows = read.connection.execute(f"SELECT count(*) FROM lines WHERE file = {bad.file}").fetchall()[0][0]
            raise too_many_unknown(part, bad.count, int(rows), read.unknown[bad.file])
        raise problems.refusal(part, bad)
    if read.unknown:
        left = read.connection.execute(
            f"SELECT file, count(*) FROM lines WHERE problem = '{problems.NO_STATUS}' GROUP BY file ORDER BY file"
        ).fetchall()
        read.remarks += [
            few_unknown(read.parts[file], int(n), read.unknown[file]) for file, n in left if file in read.unknown
        ]


def _few_unknown(read: Lines) -> bool:
    if not any(part.has("status") for part in read.parts):
        return False
    rows, unknown, money, of_unknown = read.connection.execute(f"""
        SELECT count(*), count(*) FILTER (problem = '{problems.NO_STATUS}'), coalesce(sum(abs(gross)), 0),
            coalesce(sum(abs(gross)) FILTER (problem = '{problems.NO_STATUS}'), 0) FROM lines
    """).fetchall()[0]
    return bool(unknown) and unknown <= FEW * rows and float(of_unknown) <= FEW * float(money)


def _first_bad(read: Lines, few_unknown: bool) -> Bad | None:
    wanted = f"problem IS NOT NULL {f'''AND problem <> '{problems.NO_STATUS}' ''' if few_unknown else ''}"
    row = read.connection.execute(f"""
        SELECT file, row, problem, count(*) OVER (PARTITION BY file, problem), date_text, amount_text,
            coalesce(customer_there, FALSE), coalesce(customer_cut, FALSE)
        FROM lines WHERE {wanted} ORDER BY file, row LIMIT 1
    """).fetchone()
    return None if row is None else Bad(*row)


# --- who bought --------------------------------------------------------------------------------------------------------


def attribute(read: Lines) -> str:
    """Choose the key by which customers are told apart, make the view `judged`, and return the key's kind.

    Raises BadInput where no key attributes nearly all orders, or the one asked for none.
    """
    kinds, named = list(read.kinds), read.asked.identity
    _check_usable(read)
    wanted = named if named is None or named in kinds else "column"
    instead = next((p.layout.type.instead for p in read.parts if p.layout.type.instead), "name the customer's column")
    if all(part.plain for part in read.parts):
        kind = "customer"  # rows without one are refused, or left out and counted
        read.identity = Identity(kind, read.asked.customer is None, 1.0, {kind: 1.0})
    else:
        attributed, hidden = shares(read.connection, kinds)
        if wanted is None:
            automatic = list(dict.fromkeys(kind for part in read.parts for kind in part.layout.type.automatic))
            try:
                kind = choose(attributed, automatic, hidden, instead)
            except BadInput as problem:
                raise BadInput("{where}: {problem}", where=read.where, problem=problem) from None
        elif attributed.get(wanted, 0.0) == 0.0:
            raise BadInput(
                "{where}: {problem}", where=read.where, problem=_no_key(named, wanted, kinds, hidden, instead)
            )
        else:
            kind = wanted
        called = named if kind == "column" and named else kind
        shown = {named if key == "column" and named else key: share for key, share in attributed.items()}
        read.identity = Identity(called, wanted is None, attributed.get(kind, 0.0), shown)
    judge(read.connection, kind, _excluded(read, kind))
    return kind


def _check_usable(read: Lines) -> None:
    """Raises BadInput where no order counts, which leaves nobody to be told apart."""
    usable = "problem IS NULL AND NOT duplicate AND state = 'used' AND NOT continued"
    if not read.kinds or read.connection.execute(f"SELECT 1 FROM lines WHERE {usable} LIMIT 1").fetchall():
        return
    judge(read.connection, read.kinds[0], None)
    raise problems.nothing_left(read.where, read.account().dropped)


def _no_key(named: str | None, wanted: str, kinds: Sequence[str], hidden: Mapping[str, float], instead: str) -> Remark:
    if wanted not in kinds:
        there = [kind for kind in kinds if kind != "column"]
        keys = {"keys": ", ".join(there)}
        offered = Remark("there is {keys}", keys) if there else Remark("there is no key at all")
        values = {"identity": named, "offered": offered, "instead": Remark(instead)}
        return Remark("no column holds the identity {identity!r} ({offered}); {instead}.", values)
    why = Remark("is masked or encrypted" if hidden.get(wanted, 0.0) > 0 else "is empty or a stand-in")
    return Remark(_NO_KEY, {"identity": named, "why": why, "instead": Remark(instead)})


def _excluded(read: Lines, kind: str) -> str | None:
    """The query of the keys to exclude. Raises BadInput where one of them is nobody's."""
    if not read.asked.exclude:
        return None
    import pyarrow as pa

    from models.data.cells import KeyReading, key_sql

    reading = next((v.key_reading(kind) for v in read.values if v.part.has(f"key_{kind}")), KeyReading(kind))
    read.connection.register("excluded", pa.table({"given": pa.array(read.asked.exclude, pa.string())}))
    query = f"SELECT coalesce({key_sql('given', reading)}, given) FROM excluded"
    strange = read.connection.execute(f"""
        SELECT count(*) FROM ({query}) AS wanted(key)
        WHERE key NOT IN (SELECT key_{kind} FROM lines WHERE key_{kind} IS NOT NULL)
    """).fetchall()[0][0]
    if strange:
        raise BadInput(
            "{where}: exclude names {n:,} {n:customer who is|customers who are} not in it; write them as the file does.",
            where=read.where,
            n=int(strange),
        )
    return query
