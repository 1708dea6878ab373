"""Rows to lines: which rows are one order, which say again what another says, and which rows' money counts.

Rows of one order are found by its number; in exports of a platform without a rule for lines each further row is a state of
it, and the one furthest in its life counts, in whatever order the files are given. Where rows are lines of an order, rows of
one number, customer and day are one order: their amounts add up (sum), the order's total is said on each (repeat) or on the
first only (first). Amounts below 0 are taken off in any case. In plain tables where each row says the total, an order is
cancelled or refunded where one of its rows says so. Without order numbers each row is an order; the k-th of equal
rows of each source is one, so that only what several files say twice counts once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Of the rows of one order (and item) the one furthest in its life counts.
_FURTHEST = "problem IS NOT NULL, life DESC, refund DESC, time DESC, file DESC, row DESC"


# What only helps to put rows together.
_HELPERS = "day, blank, who, is_unique"


def simple_lines_sql(rows: str) -> str:
    """The lines of `rows` (SQL) where each row is an order of its own."""
    return f"""
        SELECT * EXCLUDE ({_HELPERS}, life, refund_by_row), 'r' || file || '|' || row AS order_key, FALSE AS duplicate,
            FALSE AS differs, TRUE AS counts, FALSE AS continued
        FROM ({rows})"""


def make_lines(connection: "DuckDBPyConnection", kinds: Sequence[str]) -> None:
    """Make the table `lines` of the table `rows` (door/rows.py), which may have orders of several rows; `rows` is gone then.

    Besides the columns of `rows`: order_key, duplicate (another row says the same), differs (and had another state), counts
    (its money counts), continued (it says nothing itself and belongs to the order above it). Keys of persons are those of
    the whole order.
    """
    keys = [f"key_{kind}" for kind in kinds]
    below = _set_below_apart(connection)
    connection.execute(f"""
        CREATE TABLE lines AS
        SELECT * EXCLUDE ({_HELPERS}), {_key_sql(connection)} AS order_key, FALSE AS duplicate, FALSE AS differs,
            TRUE AS counts, FALSE AS continued
        FROM ({_placed_sql(connection)})
    """)
    connection.execute("DROP TABLE rows")
    _sort_out(connection, keys)
    if below:
        taken = ", ".join(f"head.{name}" for name in ("order_key", "duplicate", "time", "state", *keys))
        gone = ", ".join(("head_file", "head_row", "time", "state", "problem", "money", "refund", *keys))
        connection.execute(f"""
            INSERT INTO lines BY NAME
            SELECT below.* EXCLUDE ({_HELPERS}, {gone}), {taken}, head.problem, 0 AS money, 0 AS refund, FALSE AS differs,
                FALSE AS counts, TRUE AS continued
            FROM below JOIN lines AS head ON head.file = head_file AND head.row = head_row
        """)
        connection.execute("DROP TABLE below")


def _set_below_apart(connection: "DuckDBPyConnection") -> bool:
    """Move the rows below an order's first that have no amount of their own from `rows` to `below`, with the place of the
    row above them that has one (of the same number, by files and rows; else the first). Whether there are any."""
    here = "rule IN ('first', 'repeat') AND order_id IS NOT NULL"
    place = "file * 1099511627776 + row"
    connection.execute(f"""
        CREATE TABLE tails AS
        WITH heads AS (SELECT platform, order_id, {place} AS place FROM rows WHERE {here} AND NOT blank),
        numbers AS (SELECT platform, order_id, count(*) AS n, min(place) AS top FROM heads GROUP BY platform, order_id),
        blanks AS (
            SELECT file, row, platform, order_id, {place} AS place, n, top FROM rows JOIN numbers USING (platform, order_id)
            WHERE {here} AND blank
        )
        SELECT file, row, top AS head FROM blanks WHERE n = 1
        UNION ALL
        SELECT file, row, coalesce(heads.place, top) FROM (FROM blanks WHERE n > 1) AS blanks ASOF LEFT JOIN heads
            ON blanks.platform = heads.platform AND blanks.order_id = heads.order_id AND blanks.place >= heads.place
    """)
    n = connection.execute("SELECT count(*) FROM tails").fetchall()[0][0]
    if n:
        connection.execute("""
            CREATE TABLE below AS
            SELECT rows.*, CAST(head // 1099511627776 AS INTEGER) AS head_file, head % 1099511627776 AS head_row
            FROM rows JOIN tails USING (file, row)
        """)
        connection.execute("DELETE FROM rows USING tails WHERE rows.file = tails.file AND rows.row = tails.row")
    connection.execute("DROP TABLE tails")
    return bool(n)


def _placed_sql(connection: "DuckDBPyConnection") -> str:
    """The rows, a refund of a later day on the day of the last order of its number and customer before it."""
    refunds = "order_id IS NOT NULL AND NOT is_unique AND gross < 0"
    if connection.execute(f"SELECT 1 FROM rows WHERE {refunds} LIMIT 1").fetchone() is None:
        return "FROM rows"
    return f"""
        WITH several AS (SELECT DISTINCT platform, order_id FROM rows WHERE {refunds})
        SELECT * REPLACE (CASE WHEN gross < 0 THEN coalesce(max(CASE WHEN gross >= 0 AND problem IS NULL THEN day END) OVER (
            PARTITION BY platform, order_id, who ORDER BY time), day) ELSE day END AS day)
        FROM rows SEMI JOIN several USING (platform, order_id)
        UNION ALL BY NAME FROM rows ANTI JOIN several USING (platform, order_id)
    """


def _key_sql(connection: "DuckDBPyConnection") -> str:
    """What an order is known by: its number, with customer and day where the number may be another order's, too."""
    sources = connection.execute("SELECT count(DISTINCT source) FROM rows").fetchall()[0][0]
    alike = """WHEN problem IS NULL AND platform = 'plain' THEN 'p' || concat_ws('|', time, gross, refund, state,
        row_number() OVER (PARTITION BY source, platform, who, time, gross, refund, state, order_id IS NULL
            ORDER BY file, row), who)"""
    return f"""CASE
        WHEN order_id IS NOT NULL AND is_unique THEN 'o' || order_id
        WHEN order_id IS NOT NULL THEN 'o' || concat_ws('|', order_id, day, who)
        {alike if sources > 1 else ""}
        ELSE 'r' || file || '|' || row END"""


def _sort_out(connection: "DuckDBPyConnection", keys: Sequence[str]) -> None:
    """Of the orders of several rows in `lines`: which rows say the same again, and whose money counts."""
    connection.execute("""
        CREATE TABLE many AS SELECT platform, order_key FROM lines GROUP BY platform, order_key HAVING count(*) > 1
    """)
    best_keys = "".join(f", max({key}) OVER one AS {key}" for key in keys)
    set_anew = ("duplicate", "differs", "counts", *keys)
    connection.execute(f"""
        CREATE TABLE sorted AS
        WITH numbered AS (
            SELECT *, CASE WHEN rule <> 'state' AND line IS NULL THEN row_number() OVER (
                PARTITION BY platform, order_key, source, line, gross ORDER BY file, row) END AS nth
            FROM lines SEMI JOIN many USING (platform, order_key)
        ),
        ranked AS (
            SELECT * EXCLUDE ({", ".join(set_anew)}),
                row_number() OVER (same ORDER BY {_FURTHEST}) AS place,
                first_value({{s: state, f: money, r: refund}}) OVER (same ORDER BY {_FURTHEST}) AS best,
                count(line) OVER one AS items{best_keys}
            FROM numbered
            WINDOW one AS (PARTITION BY platform, order_key),
                same AS (PARTITION BY platform, order_key, line, nth,
                    CASE WHEN rule <> 'state' AND line IS NULL THEN {{g: gross}} END)
        ),
        once AS (
            SELECT *, problem IS NULL AND (place > 1 OR (rule = 'state' AND line IS NULL AND items > 0)) AS duplicate,
                problem IS NULL AND place > 1 AND {{s: state, f: money, r: refund}} IS DISTINCT FROM best AS differs
            FROM ranked
        ),
        chosen AS (
            SELECT *, problem IS NULL AND NOT duplicate AND state = 'used' AS usable,
                rule IN ('state', 'sum') OR money < 0 OR row_number() OVER (
                    PARTITION BY platform, order_key, money < 0, problem IS NULL AND NOT duplicate AND state = 'used'
                    ORDER BY CASE WHEN rule = 'first' THEN 0 ELSE -refund END, gross = 0, file, row) = 1 AS counts
            FROM once
        ),
        reckoned AS (
            SELECT * REPLACE (CASE WHEN refund_by_row AND usable AND NOT counts THEN -refund ELSE money END AS money,
                counts OR (refund_by_row AND usable) AS counts)
            FROM chosen
        ),
        netted AS (
            SELECT *, sum(money) FILTER (usable AND counts) OVER one AS net,
                rule <> 'state' AND bool_or(money < 0 AND usable) OVER one
                    AND bool_or(money > 0 AND usable AND counts) OVER one AS has_both,
                max(state) FILTER (rule = 'repeat' AND platform = 'plain' AND problem IS NULL AND NOT duplicate
                    AND gross >= 0 AND state IN ('closed', 'refunded')) OVER one AS ended
            FROM reckoned WINDOW one AS (PARTITION BY platform, order_key)
        )
        SELECT * EXCLUDE (place, best, items, nth, usable, net, has_both, ended) REPLACE (
            CASE WHEN has_both AND net <= 0 AND state = 'used' THEN 'refunded'
                WHEN state = 'used' AND gross >= 0 THEN coalesce(ended, state) ELSE state END AS state,
            above OR (has_both AND net < 0 AND state = 'used' AND money < 0) AS above)
        FROM netted
    """)
    connection.execute("""
        DELETE FROM lines USING many WHERE lines.platform = many.platform AND lines.order_key = many.order_key
    """)
    connection.execute("INSERT INTO lines BY NAME FROM sorted")
    connection.execute("DROP TABLE sorted")
    connection.execute("DROP TABLE many")
