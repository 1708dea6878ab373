"""What several rows of one order are: items that add up, a total said on each row, or a total on the first row only."""

from typing import TYPE_CHECKING

from models.data.door.values import Values
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ITEMS_DIFFER = 0.2  # share of the orders of several rows whose amounts differ, from which rows are items
_ADDS_UP = 0.99  # share of rows, or orders, whose price times quantity is the amount
_ORDER = "platform, order_id, who, day"
_HAS_AMOUNT = "order_id IS NOT NULL AND NOT blank AND problem IS NULL"
# Rows that were cancelled or came back are looked at, too: an order's items, or its history.
_FILLED = f"rule = 'ask' AND {_HAS_AMOUNT} AND gross >= 0 AND state IN ('used', 'closed', 'refunded')"
_RECOGNISED = {
    "sum": "{n:,} {n:order has|orders have} several rows, read as items, whose amounts add up (lines sum). If each row says "
    "the order's total, say so with lines repeat.",
    "repeat": "{n:,} {n:order has|orders have} several rows, read as the order's total on each, as price times quantity "
    "adds up to it (lines repeat). If the rows are items, say so with lines sum.",
    "first": "{n:,} {n:order has|orders have} several rows, read as the order's total on the first, as those below have no "
    "amount (lines first).",
}


def settle(connection: "DuckDBPyConnection", values: list[Values]) -> tuple[Remark, ...]:
    """Say in the table `rows`, column rule, what the lines are of which nobody has said it (ask); what is to be told of it.

    By the rows themselves: price times quantity is the row's amount (sum), or adds up to it over the order (repeat); only
    the first row of orders has an amount (first); amounts differ within orders (sum). No order of several rows: either.
    Raises BadInput, with the choices, where all rows of such orders are equal, or differ in their states only, so that they
    say neither.
    """
    several, differ, ended, file, row = _several(connection)
    n = several
    if not several:
        n = _blank_below(connection)
        rule = "first" if n else "sum"
    else:
        rule = _by_price(connection, values) or ("sum" if differ >= _ITEMS_DIFFER * several else "")
    if not rule:
        part = values[file].part
        if ended == several:
            raise BadInput(
                "{where}: column {column!r}: {n:,} {n:order has|orders have} rows of one amount and several states, the "
                "first from row {row}, and the rows do not say what they are; say it with lines: sum (items, of which those "
                "that count add up) or repeat (an order's history: cancelled or refunded where one of its rows is).",
                where=part.where,
                column=part.header("order"),
                n=several,
                row=row,
            )
        raise BadInput(
            "{where}: column {column!r}: {n:,} {n:order has|orders have} several rows, the first from row {row}, and the "
            "rows do not say what they are; say it with lines: sum (items, whose amounts add up), repeat (each row says the "
            "order's total) or first (the total stands on the first row only).",
            where=part.where,
            column=part.header("order"),
            n=several,
            row=row,
        )
    connection.execute(f"UPDATE rows SET rule = '{rule}' WHERE rule = 'ask'")
    return (Remark(_RECOGNISED[rule], {"n": n}),) if n else ()


def check_totals(connection: "DuckDBPyConnection", values: list[Values]) -> None:
    """Raises BadInput where an order's total is said on each row or on the first (repeat, first), and the rows of one order
    say different totals, or a row that says none has a refund of its own."""
    orders, file, row = (
        int(value or 0)
        for value in connection.execute(f"""
            WITH filled AS (
                SELECT platform, order_id, source, CASE WHEN NOT is_unique THEN {{w: who, d: day}} END AS other, gross,
                    file, row
                FROM rows WHERE rule IN ('repeat', 'first') AND {_HAS_AMOUNT} AND gross > 0 AND state = 'used'
            ),
            several AS (
                SELECT platform, order_id, source FROM filled GROUP BY ALL HAVING min(gross) <> max(gross)
            ),
            orders AS (
                SELECT min({{f: file, r: row}}) AS place FROM filled SEMI JOIN several USING (platform, order_id, source)
                GROUP BY platform, order_id, source, other HAVING min(gross) <> max(gross)
            )
            SELECT count(*), min(place).f, min(place).r FROM orders
        """).fetchall()[0]
    )
    if orders:
        part = values[file].part
        raise BadInput(
            "{where}: column {column!r}: {n:,} {n:order has|orders have} rows whose amounts differ, the first from row "
            "{row}, so they are not the order's total; say lines sum if they are items, or name with order a column that "
            "tells the orders apart.",
            where=part.where,
            column=part.header("amount"),
            n=orders,
            row=row,
        )
    below = connection.execute("""
        SELECT file, row FROM rows
        WHERE rule IN ('repeat', 'first') AND order_id IS NOT NULL AND blank AND refund > 0 AND state = 'used'
        ORDER BY file, row LIMIT 1
    """).fetchall()
    if below:
        part = values[below[0][0]].part
        raise BadInput(
            "{where}: row {row}: column {column!r} holds a refund, and the order's amount stands on another row; write what "
            "was paid back for an order on the row with its amount.",
            where=part.where,
            row=int(below[0][1]),
            column=part.header("refund"),
        )


def _several(connection: "DuckDBPyConnection") -> tuple[int, int, int, int, int]:
    """Orders with several rows that have an amount, those whose amounts differ, those some of whose rows do not count, and
    where the first of them begins. What several sources say is looked at once."""
    seen = connection.execute(f"""
        WITH one AS (
            SELECT {_ORDER}, source, gross, state, file, row, row_number() OVER (
                PARTITION BY {_ORDER}, source, gross ORDER BY file, row) AS nth
            FROM rows WHERE {_FILLED}
        ),
        orders AS (
            SELECT min({{f: file, r: row}}) AS place, count(DISTINCT gross) AS kinds, bool_or(ended) AS ended
            FROM (
                SELECT {_ORDER}, gross, nth, min(file) AS file, min(row) AS row, bool_or(state <> 'used') AS ended
                FROM one GROUP BY {_ORDER}, gross, nth
            )
            GROUP BY {_ORDER} HAVING count(*) > 1 AND NOT bool_and(ended)
        )
        SELECT count(*), count(*) FILTER (kinds > 1), count(*) FILTER (ended), min(place).f, min(place).r FROM orders
    """).fetchall()[0]
    several, differ, ended, file, row = (int(value or 0) for value in seen)
    return several, differ, ended, file, row


def _blank_below(connection: "DuckDBPyConnection") -> int:
    """Orders in which rows without an amount stand below one that has one."""
    n = connection.execute("""
        SELECT count(DISTINCT (file, order_id)) FROM (
            SELECT file, order_id, blank, bool_or(NOT blank) OVER (PARTITION BY file, order_id ORDER BY row) AS below
            FROM rows WHERE rule = 'ask' AND order_id IS NOT NULL
        ) WHERE blank AND below
    """).fetchall()[0][0]
    return int(n)


def _by_price(connection: "DuckDBPyConnection", values: list[Values]) -> str | None:
    """What price times quantity says, None where there are no such columns, or they say neither, or both."""
    parts = [one for one in values if one.part.has("price") and one.part.has("quantity") and one.part.plain]
    if not parts:
        return None
    items = " UNION ALL ".join(
        f"SELECT {one.number} AS file, row, {one.money('price')} * TRY_CAST({one.text('quantity')} AS DOUBLE) AS worth "
        f"FROM {one.view}"
        for one in parts
    )
    rows, items_fit, orders, totals_fit = connection.execute(f"""
        WITH told AS (
            SELECT {_ORDER}, gross, worth FROM rows JOIN ({items}) USING (file, row)
            WHERE {_FILLED} AND worth IS NOT NULL QUALIFY count(*) OVER (PARTITION BY {_ORDER}) > 1
        ),
        by_order AS (
            SELECT count(*) AS n, count(*) FILTER (abs(gross - worth) < 0.006) AS fit, max(gross) AS most,
                min(gross) AS least, sum(worth) AS worth
            FROM told GROUP BY {_ORDER}
        )
        SELECT sum(n), sum(fit), count(*), count(*) FILTER (most = least AND abs(most - worth) < 0.006) FROM by_order
    """).fetchall()[0]
    are_items = bool(rows) and items_fit >= _ADDS_UP * rows
    are_totals = bool(orders) and totals_fit >= _ADDS_UP * orders
    return None if are_items == are_totals else "sum" if are_items else "repeat"
