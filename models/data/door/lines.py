"""Rows to lines: which rows are one order, which say again what another says, and which rows' money counts.

Rows of one order are found by its number; in exports of a platform without a rule for lines each further row is a state of
it, and the one furthest in its life counts, in whatever order the files are given. Where rows are lines of an order, rows of
one number, customer and day are one order: their amounts add up (sum), the order's total is said on each (repeat) or on the
first only (first). Amounts below 0 are taken off in any case. Without order numbers each row is an order; the k-th of equal
rows of each source is one, so that only what several files say twice counts once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Of the rows of one order (and item) the one furthest in its life counts.
_FURTHEST = "problem IS NOT NULL, life DESC, refund DESC, time DESC, file DESC, row DESC"


def simple_lines_sql(rows: str) -> str:
    """The lines of `rows` (SQL) where each row is an order of its own."""
    return f"""
        SELECT * EXCLUDE (life, day, blank, who, is_unique, refund_by_row), 'r' || file || '|' || row AS order_key,
            FALSE AS duplicate, FALSE AS differs, TRUE AS counts
        FROM ({rows})"""


def make_lines(connection: "DuckDBPyConnection", kinds: Sequence[str]) -> None:
    """Make the table `lines` of the table `rows` (door/rows.py), which may have orders of several rows.

    Besides the columns of `rows`: order_key, duplicate (another row says the same), differs (and had another state), counts
    (its money counts). Keys of persons are those of the whole order.
    """
    keys = [f"key_{kind}" for kind in kinds]
    best_keys = "".join(f", max({key}) OVER one AS {key}" for key in keys)
    connection.execute(f"CREATE TABLE headed AS {_headed_sql(keys)}")
    # Only the orders of several rows need to be sorted out.
    connection.execute(f"""
        CREATE TABLE lines AS
        WITH many AS (SELECT platform, order_key FROM headed GROUP BY platform, order_key HAVING count(*) > 1),
        numbered AS (
            SELECT *, CASE WHEN rule <> 'state' AND line IS NULL THEN row_number() OVER (
                PARTITION BY platform, order_key, source, line, gross, continued ORDER BY file, row) END AS nth
            FROM headed SEMI JOIN many USING (platform, order_key)
        ),
        ranked AS (
            SELECT * {f"EXCLUDE ({', '.join(keys)})" if keys else ""},
                row_number() OVER (same ORDER BY {_FURTHEST}) AS place,
                first_value({{s: state, f: money, r: refund}}) OVER (same ORDER BY {_FURTHEST}) AS best,
                count(line) OVER one AS items{best_keys}
            FROM numbered
            WINDOW one AS (PARTITION BY platform, order_key),
                same AS (PARTITION BY platform, order_key, line, nth,
                    CASE WHEN rule <> 'state' AND line IS NULL THEN {{g: gross, c: continued}} END)
        ),
        once AS (
            SELECT *, problem IS NULL AND (place > 1 OR (rule = 'state' AND line IS NULL AND items > 0)) AS duplicate,
                problem IS NULL AND place > 1 AND {{s: state, f: money, r: refund}} IS DISTINCT FROM best AS differs
            FROM ranked
        ),
        chosen AS (
            SELECT *, problem IS NULL AND NOT duplicate AND state = 'used' AND NOT continued AS usable,
                rule IN ('state', 'sum', 'ask') OR money < 0 OR row_number() OVER (
                    PARTITION BY platform, order_key, money < 0, problem IS NULL AND NOT duplicate AND NOT continued
                        AND state = 'used'
                    ORDER BY CASE WHEN rule = 'first' THEN 0 ELSE -refund END, file, row) = 1 AS counts
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
                    AND bool_or(money > 0 AND usable AND counts) OVER one AS has_both
            FROM reckoned WINDOW one AS (PARTITION BY platform, order_key)
        )
        SELECT * EXCLUDE (place, best, items, life, nth, continued, usable, net, has_both, day, blank, who, head,
            is_unique, refund_by_row) REPLACE (
            CASE WHEN has_both AND net <= 0 AND state = 'used' THEN 'refunded' ELSE state END AS state,
            above OR (has_both AND net < 0 AND state = 'used' AND money < 0) AS above,
            CASE WHEN continued THEN 0 ELSE money END AS money, CASE WHEN continued THEN 0 ELSE refund END AS refund)
        FROM netted
        UNION ALL BY NAME
        SELECT * EXCLUDE (life, day, blank, who, head, continued, is_unique, refund_by_row),
            FALSE AS duplicate, FALSE AS differs, TRUE AS counts
        FROM headed ANTI JOIN many USING (platform, order_key)
        ORDER BY file, row
    """)
    connection.execute("DROP TABLE headed")
    connection.execute("DROP TABLE rows")


def _headed_sql(keys: Sequence[str]) -> str:
    """Rows with order_key. Those below an order's first that have no amount of their own take the rest from it."""
    taken = ", ".join(
        f"CASE WHEN continued THEN max({name}) FILTER (NOT continued) OVER block ELSE {name} END AS {name}"
        for name in ("who", "day", "time", "state", *keys)
    )
    numbered = "order_id IS NOT NULL AND rule <> 'state'"
    # A refund of a later day belongs to the last order of that number and customer before it.
    placed = """CASE WHEN money < 0 THEN coalesce(max(CASE WHEN money >= 0 AND problem IS NULL THEN day END) OVER (
        PARTITION BY platform, order_id, who ORDER BY time), day) ELSE day END"""
    return f"""
        WITH several AS (
            SELECT platform, rule, order_id FROM rows WHERE {numbered} GROUP BY platform, rule, order_id HAVING count(*) > 1
        ),
        marked AS (
            SELECT *, rule IN ('first', 'repeat') AND blank
                    AND count(*) FILTER (NOT blank) OVER (PARTITION BY platform, order_id) > 0 AS continued,
                coalesce(
                    last_value(CASE WHEN NOT blank THEN {{f: file, r: row}} END IGNORE NULLS) OVER (
                        PARTITION BY platform, order_id ORDER BY file, row),
                    min(CASE WHEN NOT blank THEN {{f: file, r: row}} END) OVER (PARTITION BY platform, order_id)) AS head
            FROM rows SEMI JOIN several USING (platform, rule, order_id)
        ),
        filled AS (
            SELECT * EXCLUDE (problem, who, day, time, state{"".join(f", {key}" for key in keys)}),
                CASE WHEN continued THEN NULL ELSE problem END AS problem, {taken}
            FROM marked WINDOW block AS (PARTITION BY platform, order_id, head)
        ),
        placed AS (SELECT * REPLACE ({placed} AS day) FROM filled)
        SELECT *, {_KEY} AS order_key FROM (
            SELECT * FROM placed
            UNION ALL BY NAME
            SELECT *, FALSE AS continued, NULL AS head FROM rows ANTI JOIN several USING (platform, rule, order_id)
        )
    """


_KEY = """CASE
    WHEN order_id IS NOT NULL AND is_unique THEN 'o' || order_id
    WHEN order_id IS NOT NULL THEN 'o' || concat_ws('|', order_id, day, who)
    WHEN problem IS NULL AND platform = 'plain' THEN 'p' || concat_ws('|', time, gross, refund, state, row_number() OVER (
        PARTITION BY source, platform, who, time, gross, refund, state, order_id IS NULL ORDER BY file, row), who)
    ELSE 'r' || file || '|' || row END"""
