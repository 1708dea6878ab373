"""From the columns of an export to customer, time and amount, with every row that cannot be used told apart.

One SQL query for files, DuckDB relations and frames in memory (DuckDB), one of Narwhals expressions for lazy
frames that stay where they are (Polars, PySpark), whose columns must have their types already.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from models.data.orders.columns import Role
from models.data.orders.currency import currency_sql, without_sign
from models.data.orders.returned import came_back_sql, with_refunds_lazy
from models.errors import BadInput

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyRelation

NO_CUSTOMER, NO_DATE, NO_AMOUNT, FUTURE = (
    "no customer",
    "unreadable date",
    "unreadable amount",
    "date in the future",
)

_DATE_FORMATS = (
    *("%Y-%m-%d %H:%M", "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y.%m.%d", "%Y.%m.%d %H:%M:%S"),
    *("%Y年%m月%d日", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H:%M:%S"),
)
_NUMBER = r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?([eE][-+]?\d{1,3})?|[-+]?\.\d+"
_BLANK = " \t\r\n\u3000\u00a0\ufeff"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(column: str) -> str:
    return f"trim(CAST({_name(column)} AS VARCHAR), '{_BLANK}')"


def _customer_sql(column: str, kind: str) -> str:
    """Ids are text; whole numbers that a frame holds as decimals (a gap made them so) lose their '.0'."""
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"CAST(CAST({_name(column)} AS BIGINT) AS VARCHAR)"
        fits = f"{_name(column)} = floor({_name(column)}) AND abs({_name(column)}) < 9e15"
        return f"CASE WHEN {fits} THEN {whole} END"
    return f"nullif({_text(column)}, '')"


def time_sql(column: str, kind: str) -> str:
    """A date or timestamp in local time as written: an offset from UTC is not applied."""
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"TRY_CAST({_name(column)} AS TIMESTAMP)"
    text = f"regexp_replace({_text(column)}, '(:\\d\\d(\\.\\d+)?)\\s*(Z|[+-]\\d\\d:?\\d\\d)$', '\\1')"
    iso = f"replace({text}, '/', '-')"
    is_iso = f"regexp_full_match({iso}, '\\d{{4}}-\\d{{1,2}}-\\d{{1,2}}([ T].*)?')"
    formats = ", ".join(f"'{f}'" for f in _DATE_FORMATS)
    standard = f"CASE WHEN {is_iso} THEN TRY_CAST({iso} AS TIMESTAMP) END"
    parsed = f"coalesce({standard}, try_strptime({iso}, [{formats}]))"
    return f"CASE WHEN year({parsed}) BETWEEN 1970 AND 9998 THEN {parsed} END"


def _amount_sql(column: str | None, kind: str) -> str:
    """A finite number; currency signs and thousands' commas are taken off text."""
    if column is None:
        return "CAST(0 AS DOUBLE)"
    if kind == "VARCHAR":
        bare = without_sign(_text(column))
        value = f"TRY_CAST(replace({bare}, ',', '') AS DOUBLE)"
        number = f"CASE WHEN regexp_full_match({bare}, '{_NUMBER}') THEN {value} END"
    else:
        number = f"TRY_CAST({_name(column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def clean_sql(
    relation: "DuckDBPyRelation", columns: Mapping[Role, str | None], today: date, returned: str | None = None
) -> "DuckDBPyRelation":
    """Rows of the export, in its order, as customer, time, amount, currency (where amounts are text with signs; else
    NULL), problem (NULL where usable; else with the texts that date and amount came from); after them a refund for each
    usable order that came back, by the column `returned`."""
    kinds = {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}
    customer, when, amount = columns["customer"], columns["date"], columns["amount"]
    assert customer is not None and when is not None
    morrow = today + timedelta(days=1)
    shown = "''" if amount is None else f"CAST({_name(amount)} AS VARCHAR)"
    written = kinds.get(amount or "") == "VARCHAR"
    currency = currency_sql(_text(str(amount))) if written else "CAST(NULL AS VARCHAR)"
    back = "false" if returned is None else came_back_sql(_name(returned))
    refunds = "UNION ALL SELECT * REPLACE (-amount AS amount) FROM judged WHERE problem IS NULL AND back AND amount > 0"
    cleaned = relation.query(
        "export",
        f"""
        WITH parsed AS (
            SELECT {_customer_sql(customer, kinds[customer])} AS customer,
                {time_sql(when, kinds[when])} AS time,
                {_amount_sql(amount, kinds.get(amount or "", ""))} AS amount,
                {currency} AS currency,
                {back} AS back,
                CAST({_name(when)} AS VARCHAR) AS date_text,
                {shown} AS amount_text
            FROM export
        )
        , judged AS (
            SELECT *, CASE
                WHEN customer IS NULL THEN '{NO_CUSTOMER}'
                WHEN time IS NULL THEN '{NO_DATE}'
                WHEN amount IS NULL THEN '{NO_AMOUNT}'
                WHEN time >= TIMESTAMP '{morrow.isoformat()}' THEN '{FUTURE}'
            END AS problem FROM parsed
        )
        SELECT customer, time, amount, currency, problem,
            CASE WHEN problem IS NOT NULL THEN date_text END AS date_text,
            CASE WHEN problem IS NOT NULL THEN amount_text END AS amount_text
        FROM (FROM judged {refunds if returned is not None else ""})
        """,
    )
    assert cleaned is not None  # a query gives rows
    return cleaned


def clean_lazy(
    frame: "nw.LazyFrame[Any]", columns: Mapping[Role, str | None], today: date, source: str
) -> "nw.LazyFrame[Any]":
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
        customer=nw.col("customer").cast(nw.String).str.strip_chars(_BLANK),
        time=time.cast(nw.Datetime("us")),
        amount=nw.col("amount").cast(nw.Float64) if "amount" in schema else nw.lit(0.0),
        **({"back": nw.col("returned")} if "returned" in schema else {}),
    )
    morrow = today + timedelta(days=1)  # a day: Spark would read a moment in the zone of the machine
    infinite = nw.col("amount").is_null() | ~nw.col("amount").is_finite()
    problem = (
        nw.when(nw.col("customer").is_null() | (nw.col("customer") == ""))
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
