"""Order sheets to one table of orders: states, money after refunds, duplicates, reasons for what is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from models.data.imports import cells
from models.data.imports.sheets import Sheet
from models.data.orders.clean import FUTURE, NO_AMOUNT, NO_DATE
from models.data.orders.refusals import rows_like_it
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_ORDER, CUT_ORDER, NO_STATUS, NO_REFUND, NEGATIVE = (
    "no order number",
    "order number cut by a spreadsheet",
    "unknown status",
    "unreadable refund",
    "amount below zero",
)
MALFORMED, FORMULA, DUPLICATE = "malformed row", "formula row", "duplicate"
CLOSED, UNPAID, REFUNDED, NOBODY = "cancelled or closed", "not paid", "refunded in full", "no customer"

# What a bad row lacks: the field that its message names, and what is wrong with it.
WRONG: Mapping[str, tuple[str, str]] = {
    NO_ORDER: ("order", "has no order number"),
    CUT_ORDER: ("order", "holds a number shortened by a spreadsheet; export again and do not open the file in Excel"),
    NO_STATUS: ("status", "holds a status that is not known"),
    NO_DATE: ("paid", "holds no date"),
    NO_AMOUNT: ("amount", "holds no amount"),
    NO_REFUND: ("refund", "holds no amount"),
    NEGATIVE: ("amount", "holds an amount below zero"),
    FUTURE: ("paid", "holds a date in the future"),
}


# Of the rows of one order (and item) the one furthest in its life counts, in whatever order the files are given.
_FURTHEST = "problem IS NOT NULL, life DESC, refund DESC, time DESC, file DESC, row DESC"
_FIELDS = ("order", "line", "status", "created", "paid", "amount", "refund", "aftersale", "total", "settled", "closing")


def lines(connection: "DuckDBPyConnection", sheets: list[Sheet], today: date) -> None:
    """Make the table `lines`: every row of all order sheets with file, row, state, time, fen, refund, keys, problem.

    Rows of one order are found by its number; any of them may name the buyer. In plain columns without order numbers
    the k-th of equal rows of each file is one order, so that only what several files say twice counts once.
    """
    kinds = sorted({kind for sheet in sheets for kind in sheet.layout.kinds})
    parts = []
    for number, sheet in enumerate(sheets):
        connection.register(f"sheet_{number}", sheet.table)
        parts.append(_sheet_sql(number, sheet, kinds, today))
    keys = ["key_customer", *(f"key_{kind}" for kind in kinds if kind != "customer")]
    best_keys = "".join(f", max({key}) OVER one AS {key}" for key in keys)
    connection.execute(f"""
        CREATE TABLE named AS
        SELECT *, CASE
            WHEN order_id IS NOT NULL THEN 'o' || order_id
            WHEN problem IS NULL AND platform = 'plain' THEN 'p' || concat_ws('|', time, fen, row_number() OVER (
                PARTITION BY file, platform, key_customer, time, fen, order_id IS NULL ORDER BY row), key_customer)
            ELSE 'r' || file || '|' || row END AS order_key
        FROM (SELECT *{"" if "customer" in kinds else ", NULL AS key_customer"} FROM ({" UNION ALL ".join(parts)}))
    """)
    # Only the orders of several rows need to be sorted out.
    connection.execute(f"""
        CREATE TABLE lines AS
        WITH many AS (SELECT platform, order_key FROM named GROUP BY platform, order_key HAVING count(*) > 1),
        ranked AS (
            SELECT * EXCLUDE ({", ".join(keys)}),
                row_number() OVER (same ORDER BY {_FURTHEST}) AS place,
                first_value({{s: state, f: fen, r: refund}}) OVER (same ORDER BY {_FURTHEST}) AS best,
                count(line) OVER one AS items{best_keys}
            FROM named SEMI JOIN many USING (platform, order_key)
            WINDOW one AS (PARTITION BY platform, order_key), same AS (PARTITION BY platform, order_key, line)
        )
        SELECT * EXCLUDE (place, best, items, life),
            problem IS NULL AND (place > 1 OR (line IS NULL AND items > 0)) AS duplicate,
            problem IS NULL AND place > 1 AND {{s: state, f: fen, r: refund}} IS DISTINCT FROM best AS differs
        FROM ranked
        UNION ALL BY NAME
        SELECT * EXCLUDE (life), FALSE AS duplicate, FALSE AS differs
        FROM named ANTI JOIN many USING (platform, order_key)
        ORDER BY file, row
    """)
    connection.execute("DROP TABLE named")
    for number in range(len(sheets)):
        connection.unregister(f"sheet_{number}")


def _sheet_sql(number: int, sheet: Sheet, kinds: list[str], today: date) -> str:
    """One sheet's rows: texts to values, values to state and money, and what is wrong with them."""
    kind, there = sheet.layout.type, sheet.layout.columns
    text = {name: cells.column(name, there) for name in _FIELDS}
    refund = f"CASE WHEN {text['refund']} NOT IN ('无退款申请', '无退款', '未退款', '无') THEN {text['refund']} END"
    if "status" in there:
        state = cells.mapped(text["status"], kind.status, "'unknown'")
    elif "paid" in there:  # a report without statuses: what was not paid has no time of payment
        state = f"CASE WHEN {text['paid']} IS NULL THEN 'unpaid' ELSE 'used' END"
    else:
        state = "'used'"
    plain = kind.platform == "plain"
    morrow = (today + timedelta(days=1)).isoformat()
    return f"""
        SELECT * EXCLUDE (gross, paid_text, order_missing), CASE
            WHEN order_missing THEN '{NO_ORDER}'
            WHEN {cells.is_cut("order_id")} THEN '{CUT_ORDER}'
            WHEN state = 'unknown' THEN '{NO_STATUS}'
            WHEN state <> 'used' THEN NULL
            WHEN time IS NULL OR (fell_back AND paid_text IS NOT NULL) THEN '{NO_DATE}'
            WHEN gross IS NULL THEN '{NO_AMOUNT}'
            WHEN refund IS NULL THEN '{NO_REFUND}'
            WHEN gross < 0 AND NOT {plain} THEN '{NEGATIVE}'
            WHEN time >= TIMESTAMP '{morrow}' THEN '{FUTURE}'
        END AS problem
        FROM (
            WITH texts AS (
                SELECT {number} AS file, row, {cells.quoted(kind.platform)} AS platform,
                    {text["order"]} AS order_id, {text["line"]} AS line,
                    {text["order"]} IS NULL AND {"order" in there} AS order_missing,
                    {text["paid"]} AS paid_text, {state} AS said,
                    CASE WHEN {text["aftersale"]} IS NULL THEN 'none'
                        ELSE {cells.mapped(text["aftersale"], kind.aftersale, "'unknown'")} END AS aftersale,
                    coalesce(contains({text["closing"]}, '退款'), FALSE) AS closed_by_refund,
                    {cells.when("paid", there)} AS paid_time, {cells.when("created", there)} AS created_time,
                    {cells.fen(text["amount"])} AS gross,
                    CASE WHEN {refund} IS NULL THEN 0 ELSE abs({cells.fen(refund)}) END AS off,
                    {cells.fen(text["total"])} AS total, {cells.fen(text["settled"])} AS settled
                    {_keys_sql(sheet, kinds)}
                FROM sheet_{number}
            ),
            priced AS (
                SELECT * EXCLUDE (total, settled, off), coalesce({_is_net(kind.amount_is)}, FALSE) AS is_net,
                    CASE WHEN aftersale = 'refunded' THEN greatest(gross, off) ELSE off END AS refund
                FROM texts
            ),
            netted AS (
                SELECT *, CASE WHEN is_net AND aftersale <> 'refunded' THEN gross ELSE gross - refund END AS left_over
                FROM priced
            )
            SELECT * EXCLUDE (said, left_over, paid_time, created_time),
                greatest(left_over, {"left_over" if plain else 0}) AS fen,
                left_over < 0 AND refund > 0 AS above, coalesce(paid_time, created_time) AS time,
                paid_time IS NULL AND NOT {plain} AS fell_back,
                CASE WHEN said = 'used' AND gross >= 0 AND refund > 0 AND left_over <= 0 THEN 'refunded'
                    ELSE said END AS state,
                CASE WHEN said = 'unpaid' THEN 0 WHEN said = 'used' THEN 1 ELSE 2 END AS life
            FROM netted
        )
    """


def _is_net(amount_is: str) -> str:
    """Whether refunds are off the amount already: by the row's own arithmetic where it tells, else the platform's rule."""
    return f"""CASE
        WHEN off = 0 THEN TRUE
        WHEN total = gross + off THEN TRUE WHEN total = gross THEN FALSE
        WHEN settled > 0 AND settled = gross - off THEN FALSE WHEN settled > 0 AND settled = gross THEN TRUE
        ELSE {amount_is == "net"} END"""


def _keys_sql(sheet: Sheet, kinds: list[str]) -> str:
    """Every key of every sheet, NULL where this sheet does not have it, and whether it is masked or encrypted."""
    texts = []
    for kind in kinds:
        there = kind in sheet.layout.kinds
        texts.append(f", {cells.key(f'key_{kind}', kind) if there else 'CAST(NULL AS VARCHAR)'} AS key_{kind}")
        texts.append(f", {cells.is_hidden(f'key_{kind}') if there else 'FALSE'} AS hidden_{kind}")
    return "".join(texts)


@dataclass(frozen=True)
class Bad:
    """The first row that cannot be read, and how many are like it."""

    file: int
    row: int
    reason: str
    count: int


def first_bad(connection: "DuckDBPyConnection", table: str = "lines") -> Bad | None:
    """The first bad row of a table with file, row and problem."""
    row = connection.execute(f"""
        SELECT file, row, problem, count(*) OVER (PARTITION BY file, problem) FROM {table} WHERE problem IS NOT NULL
        ORDER BY file, row LIMIT 1
    """).fetchone()
    return None if row is None else Bad(*row)


def refuse(sheet: Sheet, bad: Bad, names: Mapping[str, tuple[str, str]] = WRONG) -> BadInput:
    """What is wrong with the first bad row and what can be done; the cell itself, which may be a person's, is not shown."""
    field, what = names[bad.reason]
    columns = sheet.layout.columns
    if field == "paid" and "paid" not in columns:
        field = "created"
    return BadInput(
        "{where}: row {row}: column {column!r} {what}; correct it, or leave {like} out (bad_rows drop).",
        where=sheet.where,
        row=bad.row,
        column=columns[field][1],
        what=Remark(what),
        like=rows_like_it(bad.count),
    )


def check_digits(connection: "DuckDBPyConnection", sheets: list[Sheet]) -> None:
    """Raises BadInput where a spreadsheet has cut the order numbers to 15 digits, filling up with zeros."""
    cut = connection.execute("""
        SELECT file FROM lines WHERE regexp_full_match(order_id, '\\d{17,}') GROUP BY file
        HAVING count(*) > 2 AND count(*) = count(*) FILTER (WHERE regexp_full_match(substr(order_id, 16), '0+')) LIMIT 1
    """).fetchone()
    if cut is not None:
        sheet = sheets[cut[0]]
        raise BadInput(
            "{where}: column {column!r} holds numbers that end in zeros after 15 digits, as a spreadsheet cuts them; "
            "export again and do not save the file from Excel.",
            where=sheet.where,
            column=sheet.layout.columns["order"][1],
        )


def shares(connection: "DuckDBPyConnection", kinds: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Of the usable orders: the share that each key attributes, and the share where it is masked or encrypted."""
    if not kinds:
        return {}, {}
    counted = ", ".join(
        f"count(DISTINCT okey) FILTER (WHERE key_{k} IS NOT NULL), count(DISTINCT okey) FILTER (WHERE hidden_{k})"
        for k in kinds
    )
    counts: Any = connection.execute(f"""
        SELECT count(DISTINCT okey), {counted} FROM (SELECT *, platform || order_key AS okey FROM lines
        WHERE problem IS NULL AND NOT duplicate AND state = 'used')
    """).fetchone()
    orders = max(counts[0], 1)
    return (
        {k: counts[1 + 2 * i] / orders for i, k in enumerate(kinds)},
        {k: counts[2 + 2 * i] / orders for i, k in enumerate(kinds)},
    )


def reasons_sql(kind: str) -> str:
    """Why a line is left out (NULL: it is used)."""
    return f"""CASE
        WHEN problem IS NOT NULL THEN problem
        WHEN duplicate THEN '{DUPLICATE}'
        WHEN state = 'closed' THEN '{CLOSED}' WHEN state = 'unpaid' THEN '{UNPAID}' WHEN state = 'refunded' THEN '{REFUNDED}'
        WHEN key_{kind} IS NULL THEN '{NOBODY}' END"""
