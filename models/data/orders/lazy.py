"""Lazy frames that stay where they are (Polars, PySpark): the checks of the door as one query of Narwhals expressions.

Their columns must have their types already, and each row is an order: what needs all rows of an order, or texts taken apart,
is refused by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from models.data.cells.keys import CUT, ENCRYPTED, MASK, STAND_INS
from models.data.door.columns import WELL_KNOWN, column_called, is_called, number_twins
from models.data.door.options import Asked, BadRows
from models.data.door.problems import EXCLUDED, FUTURE, NO_AMOUNT, NO_CUSTOMER, NO_DATE, counted, once_left_out
from models.data.door.reading import refunds_not_read
from models.data.door.returned import not_read, said_of, with_refunds_lazy
from models.data.door.states import KNOWN, KNOWN_SHARE, bare, unread
from models.data.door.values import code_named
from models.data.imports.layouts import plain_layout
from models.data.orders.log import Orders, remarked
from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    import narwhals as nw

_BLANK = " \t\r\n\u3000\u00a0\ufeff"
_ROLES = {"customer": "key_customer", "date": "created", "amount": "amount"}
_EACH_ROW = (
    "Order numbers in column {column} are not read in a lazy frame: each row is an order. Collect the frame first if "
    "several rows are one order."
)
_UNREAD = (
    "Column {column} is not read in a lazy frame: what it says of states or refunds does not count. Collect the frame first "
    "if it should."
)
_NOT_TAKEN = ("order", "status", "keep", "refund", "lines", "timezone", "date_format", "sheet", "identity")


def from_lazy(frame: "nw.LazyFrame[Any]", wanted: Asked, today: date) -> Orders:
    """The orders of a lazy frame. Raises BadInput where an option is given that such a frame does not take, where a column
    is not typed, and (unless bad rows are dropped) where there are bad rows."""
    import narwhals as nw

    _check_options(wanted)
    spark = frame.implementation.is_spark_like()
    native = frame.to_native()
    # Spark allows a name twice, and takes a dot in a name for a field of a structure: columns go by their places.
    names = number_twins(native.columns) if spark else frame.collect_schema().names()
    layout = plain_layout(names, "frame", wanted)
    columns = {role: layout.columns[name][1] for role, name in _ROLES.items() if name in layout.columns}
    places = [f"column_{i}" for i in range(len(names))] if spark else names
    placed = nw.from_native(native.toDF(*places)) if spark else frame
    picked: dict[str, Any] = {role: nw.col(places[names.index(c)]) for role, c in columns.items()}
    said: list[Remark] = []
    if "returned" in layout.columns:
        returned = layout.columns["returned"][1]
        back = nw.col(places[names.index(returned)])
        readable = placed.collect_schema()[places[names.index(returned)]] == nw.Boolean
        n = placed.filter(back).select(n=nw.len()).collect(backend="pyarrow")["n"][0] if readable else 0
        picked |= {"returned": back} if readable else {}
        said += said_of(returned, int(n)) if readable else not_read(returned)
    if "order" in layout.columns:
        said.append(Remark(_EACH_ROW, {"column": layout.columns["order"][1]}))
    if "status" in layout.columns:
        said += _states(placed, places[layout.columns["status"][0]], layout.columns["status"][1])
    if "row_type" in layout.columns:
        said.append(Remark(_UNREAD, {"column": layout.columns["row_type"][1]}))
    refunds = column_called(WELL_KNOWN["refund"], list(names))
    if refunds is not None and "amount" in columns and refunds not in columns.values():
        said.append(refunds_not_read(refunds))
    code = _currency(placed, places[layout.columns["currency"][0]]) if "currency" in layout.columns else None
    code = _agreed(code, wanted.currency, layout.columns["currency"][1] if "currency" in layout.columns else None)
    rows = clean_lazy(placed.select(**picked), columns, today, "frame")
    if wanted.exclude:
        rows = _without(rows, wanted.exclude)
    read = replace(_lazy(rows, wanted.bad_rows), has_amounts="amount" in columns, currency=code)
    return remarked(read, list(names), wanted.money, said)


def _check_options(wanted: Asked) -> None:
    """Raises BadInput for an option that a lazy frame does not take."""
    option = next((name for name in _NOT_TAKEN if getattr(wanted, name)), None)
    if option is not None:
        raise BadInput(
            "frame: a lazy frame does not take {option}; collect it first, or give a file or a frame in memory.",
            option=option,
        )


def _currency(frame: "nw.LazyFrame[Any]", column: str) -> str | None:
    """The currency that a column of a lazy frame says. Raises BadInput where there are several, or it says none."""
    import narwhals as nw

    from models.data.cells.currencies import code_of

    texts = frame.select(said=nw.col(column).cast(nw.String)).unique().collect(backend="pyarrow")["said"].to_list()
    told = {text.strip() for text in texts if text is not None and text.strip()}
    codes = sorted(code for code in {code_of(text) for text in told} if code is not None)
    if any(code_of(text) is None for text in told):
        raise BadInput(
            "frame: column {column!r} holds what is no currency that is known; write it as a code, such as CNY, USD or EUR.",
            column=column,
        )
    if len(codes) > 1:
        raise BadInput(
            "frame: the amounts are in several currencies by column {column!r}: {currencies}; convert them to one, or read "
            "one currency at a time.",
            column=column,
            currencies=Listed(codes),
        )
    return next(iter(codes), None)


def _states(frame: "nw.LazyFrame[Any]", column: str, header: str) -> list[Remark]:
    """What is to be said of a column of states by its name, which is not read: nothing where every state counts.

    Raises BadInput where it tells which orders count, as it would be read in a frame in memory.
    """
    import narwhals as nw

    texts = (
        frame.select(said=nw.col(column).cast(nw.String)).group_by("said").agg(n=nw.len()).collect(backend="pyarrow")
    )
    seen = {(row["said"] or "").strip(): int(row["n"]) for row in texts.rows(named=True)}
    states = {text: KNOWN.get(bare(text)) for text in seen}
    rows = sum(seen.values())
    unknown = [text for text, state in states.items() if state is None]
    n = sum(seen[text] for text in unknown)
    if n > (1 - KNOWN_SHARE) * rows:
        return [unread(header, unknown, n / max(rows, 1))]
    if set(states.values()) <= {"used"}:
        return []
    raise BadInput(
        "frame: column {column!r} tells which orders count, and is not read in a lazy frame; collect the frame first.",
        column=header,
    )


def _agreed(said: str | None, named: str | None, column: str | None) -> str | None:
    """The currency that a column says, or the user. Raises BadInput where they say two."""
    if named is None or (column is not None and is_called(column, named)):
        return said
    code = code_named(named, "frame")
    if said is not None and said != code:
        raise BadInput(
            "{where}: the amounts are said to be in {named} and are in {said} by the file; leave currency out.",
            where="frame",
            named=code,
            said=said,
        )
    return code


def _without(rows: "nw.LazyFrame[Any]", customers: Sequence[str]) -> "nw.LazyFrame[Any]":
    """The rows, those of some customers with the problem that they are excluded."""
    import narwhals as nw

    out = nw.col("problem").is_null() & nw.col("customer").is_in(list(customers))
    return rows.with_columns(problem=nw.when(out).then(nw.lit(EXCLUDED)).otherwise(nw.col("problem")))


def _lazy(rows: "nw.LazyFrame[Any]", bad_rows: BadRows) -> Orders:
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
    bad = {reason: n for reason, n in dropped.items() if reason != EXCLUDED}
    if bad and bad_rows == "refuse":
        raise BadInput(
            "frame: there are bad rows ({rows}); correct them, or leave them out (bad_rows drop).",
            rows=counted(bad),
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
        orders=int(used["n"]),
    )


def _compared(customer: "nw.Expr") -> "nw.Expr":
    """Customers as files and frames in memory compare them: e-mail addresses in small letters, mobile numbers of China
    without what parts and precedes their digits."""
    import narwhals as nw

    called = customer.str.contains(r"^(\+?86|0086)?[ -]?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}$")
    digits = customer.str.replace_all(r"[^0-9]", "").str.slice(-11)
    written = nw.when(customer.str.contains("@", literal=True)).then(customer.str.to_lowercase()).otherwise(customer)
    return nw.when(called).then(digits).otherwise(written)


def _is_nobody(customer: "nw.Expr") -> "nw.Expr":
    """Whether a customer tells nobody apart: empty, masked, encrypted, shortened, a stand-in."""
    return customer.str.contains(f"{MASK}|{ENCRYPTED}|^{CUT}$") | customer.str.to_lowercase().is_in(["", *STAND_INS])


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


def clean_lazy(frame: "nw.LazyFrame[Any]", columns: Mapping[str, str], today: date, source: str) -> "nw.LazyFrame[Any]":
    """The same for a lazy frame of typed columns named by their roles, and `returned` where it has one of truth values;
    `columns` are the names they had.

    Raises BadInput where the date or amount is not typed.
    """
    import narwhals as nw

    schema = frame.collect_schema()
    if schema["date"] not in (nw.Date, nw.Datetime):
        raise BadInput(
            "{source}: column {column!r} of this lazy frame is no date; cast it to a date first.",
            source=source,
            column=columns["date"],
        )
    if "amount" in schema and not schema["amount"].is_numeric():
        raise BadInput(
            "{source}: column {column!r} of this lazy frame is no number; cast it to a number first.",
            source=source,
            column=columns["amount"],
        )
    if schema["customer"].is_float():
        raise BadInput(
            "{source}: column {column!r} holds ids as decimals; cast it to text or whole numbers first.",
            source=source,
            column=columns["customer"],
        )
    time = nw.col("date")
    if getattr(schema["date"], "time_zone", None) is not None:
        time = time.dt.replace_time_zone(None)  # as it stands on the wall
    rows = frame.select(
        customer=_compared(nw.col("customer").cast(nw.String).str.strip_chars(_BLANK)),
        time=time.cast(nw.Datetime("us")),
        amount=nw.col("amount").cast(nw.Float64) if "amount" in schema else nw.lit(0.0),
        **({"back": nw.col("returned")} if "returned" in schema else {}),
    )
    morrow = today + timedelta(days=1)  # a day: Spark would read a moment in the zone of the machine
    infinite = nw.col("amount").is_null() | ~nw.col("amount").is_finite()
    problem = (
        nw.when(nw.col("customer").is_null() | _is_nobody(nw.col("customer")))
        .then(nw.lit(NO_CUSTOMER))
        .otherwise(
            nw.when(nw.col("time").is_null())
            .then(nw.lit(NO_DATE))
            .otherwise(
                nw.when(infinite)
                .then(nw.lit(NO_AMOUNT))
                .otherwise(nw.when(nw.col("time") >= nw.lit(morrow)).then(nw.lit(FUTURE)))
            )
        )
    )
    judged = rows.with_columns(problem=problem)
    return with_refunds_lazy(judged) if "returned" in schema else judged
