"""What several rows of one order are: items that add up, a total said on each row, or a total on the first row only."""

from typing import TYPE_CHECKING

from models.data.door.values import Values
from models.errors import BadInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ITEMS_DIFFER = 0.2  # share of the orders of several rows whose amounts differ, from which rows are items
_ADDS_UP = 0.99  # share of rows, or orders, whose price times quantity is the amount
_ORDER = "platform, order_id, who, day"
_FILLED = "rule = 'ask' AND order_id IS NOT NULL AND NOT blank AND gross >= 0 AND problem IS NULL AND state = 'used'"


def settle(connection: "DuckDBPyConnection", values: list[Values]) -> None:
    """Say in the table `rows`, column rule, what the lines are of which nobody has said it (ask).

    By the rows themselves: price times quantity is the row's amount (sum), or adds up to it over the order (repeat); only
    the first row of orders has an amount (first); amounts differ within orders (sum). No order of several rows: either.
    Raises BadInput, with the three choices, where all rows of such orders are equal, so that they say neither.
    """
    several, differ, file, row = _several(connection)
    if not several:
        rule = "first" if _blank_below(connection) else "sum"
    else:
        rule = _by_price(connection, values) or ("sum" if differ >= _ITEMS_DIFFER * several else "")
    if not rule:
        part = values[file].part
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


def _several(connection: "DuckDBPyConnection") -> tuple[int, int, int, int]:
    """Orders with several rows that have an amount, those whose amounts differ, and where the first of them begins. What
    several sources say is looked at once."""
    seen = connection.execute(f"""
        WITH one AS (
            SELECT {_ORDER}, source, gross, file, row, row_number() OVER (
                PARTITION BY {_ORDER}, source, gross ORDER BY file, row) AS nth
            FROM rows WHERE {_FILLED}
        ),
        orders AS (
            SELECT min({{f: file, r: row}}) AS place, count(DISTINCT gross) AS kinds
            FROM (SELECT {_ORDER}, gross, nth, min(file) AS file, min(row) AS row FROM one GROUP BY {_ORDER}, gross, nth)
            GROUP BY {_ORDER} HAVING count(*) > 1
        )
        SELECT count(*), count(*) FILTER (kinds > 1), min(place).f, min(place).r FROM orders
    """).fetchall()[0]
    several, differ, file, row = (int(value or 0) for value in seen)
    return several, differ, file, row


def _blank_below(connection: "DuckDBPyConnection") -> bool:
    """Whether rows without an amount stand below one of the same order that has one."""
    n = connection.execute("""
        SELECT count(*) FROM (
            SELECT blank, bool_or(NOT blank) OVER (PARTITION BY file, order_id ORDER BY row) AS below
            FROM rows WHERE rule = 'ask' AND order_id IS NOT NULL
        ) WHERE blank AND below
    """).fetchall()[0][0]
    return bool(n)


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
