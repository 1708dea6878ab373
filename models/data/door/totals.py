"""Lines to orders: who bought, why lines are left out, and the account of all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.data.door import problems
from models.data.door.parts import Part
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEARLY_ALL = 0.95  # share of orders that a key must attribute to be chosen without being asked for
_STATES = {
    "closed": problems.CLOSED,
    "unpaid": problems.UNPAID,
    "refunded": problems.REFUNDED,
    "test": problems.TEST,
    "other": problems.OTHER_STATE,
}


@dataclass(frozen=True)
class Account:
    """Rows of one kind of sheet: rows_in = rows_used + the sum of dropped, by reason."""

    rows_in: int
    rows_used: int
    dropped: dict[str, int]


def shares(connection: "DuckDBPyConnection", kinds: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Of the usable orders: the share that each key attributes, and the share where it is masked or encrypted."""
    if not kinds:
        return {}, {}
    counted = ", ".join(
        f"count(DISTINCT okey) FILTER (WHERE key_{k} IS NOT NULL), count(DISTINCT okey) FILTER (WHERE hidden_{k})"
        for k in kinds
    )
    counts: Any = connection.execute(f"""
        SELECT count(DISTINCT okey), {counted} FROM (SELECT *, platform || order_key AS okey FROM lines
        WHERE problem IS NULL AND NOT duplicate AND state = 'used' AND NOT continued)
    """).fetchall()[0]
    orders = max(counts[0], 1)
    return (
        {k: counts[1 + 2 * i] / orders for i, k in enumerate(kinds)},
        {k: counts[2 + 2 * i] / orders for i, k in enumerate(kinds)},
    )


def choose(shares: Mapping[str, float], automatic: Sequence[str], hidden: Mapping[str, float], instead: str) -> str:
    """The first automatic key that attributes nearly all orders. `shares`: of the usable orders, a key.

    Raises BadInput, with the shares and what to export instead, where none does.
    """
    for kind in automatic:
        if shares.get(kind, 0.0) >= NEARLY_ALL:
            return kind
    told = {kind: share for kind, share in shares.items() if share > 0}
    if not told:
        why = Remark("no column names the buyer")
        if covered := [kind for kind, share in hidden.items() if share > 0]:
            why = Remark("the buyers are masked or encrypted ({keys})", {"keys": ", ".join(sorted(covered))})
        raise BadInput("{why}, so repeat purchases cannot be seen; {instead}.", why=why, instead=Remark(instead))
    listed = ", ".join(f"{kind} {share:.1%}" for kind, share in sorted(told.items(), key=lambda item: -item[1]))
    raise BadInput(
        "no key that is surely one person's attributes nearly all orders (share attributed: {listed}), so repeat "
        "purchases would be seen wrongly; choose one with --identity, or {instead}.",
        listed=listed,
        instead=Remark(instead),
    )


def judge(connection: "DuckDBPyConnection", kind: str, excluded: str | None) -> None:
    """Make the view `judged`: the lines with `key`, of the chosen kind, and `reason`, why a line is left out (NULL: it is
    used). `excluded`: a query of keys whose lines are."""
    states = " ".join(f"WHEN state = '{state}' THEN '{reason}'" for state, reason in _STATES.items())
    out = f"WHEN key_{kind} IN ({excluded}) THEN '{problems.EXCLUDED}'" if excluded else ""
    connection.execute(f"""
        CREATE OR REPLACE VIEW judged AS SELECT *, key_{kind} AS key, CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN duplicate THEN '{problems.DUPLICATE}'
            {states}
            WHEN key_{kind} IS NULL THEN '{problems.NO_CUSTOMER}'
            {out} END AS reason
        FROM lines""")


def account(connection: "DuckDBPyConnection", parts: Sequence[Part], table: str = "judged") -> Account:
    """The account of the rows of `parts`, of which `table` has the reasons."""
    counts = connection.execute(f"SELECT reason, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    dropped = {reason: int(n) for reason, n in counts if reason is not None}
    extra = {
        problems.MALFORMED: sum(part.malformed for part in parts),
        problems.FORMULA: sum(part.formula_rows for part in parts),
        problems.SUMMARY: sum(part.summary_rows for part in parts),
    }
    dropped |= {reason: n for reason, n in extra.items() if n}
    used = sum(int(n) for reason, n in counts if reason is None)
    return Account(used + sum(dropped.values()), used, dropped)


def make_orders(connection: "DuckDBPyConnection") -> None:
    """Make the table `order_totals`: one row an order, with platform, order_key, key, time, money after refunds, refund,
    back (what was paid for rows that came back), numbered, place."""
    connection.execute("""
        CREATE OR REPLACE TABLE order_totals AS
        SELECT platform, order_key, max(key) AS key, coalesce(min(time) FILTER (money >= 0), min(time)) AS time,
            coalesce(sum(money) FILTER (counts), 0) AS money, coalesce(sum(refund) FILTER (counts), 0) AS refund,
            coalesce(sum(money) FILTER (counts AND back AND money > 0), 0) AS back,
            bool_or(order_id IS NOT NULL) AS numbered, min((file, row)) AS place
        FROM judged WHERE reason IS NULL AND NOT continued GROUP BY platform, order_key
    """)


def order_figures(connection: "DuckDBPyConnection") -> dict[str, Any]:
    """The report's figures on orders, of the tables `order_totals` and `lines`."""
    total = connection.execute(
        "SELECT count(*), sum(money - back), min(time)::DATE, max(time)::DATE FROM order_totals"
    ).fetchall()[0]
    counts = connection.execute("SELECT count(*) FROM order_totals GROUP BY key").fetchall()
    refunds = connection.execute("""
        SELECT count(*) FILTER (WHERE refund > 0 OR by_closing), sum(refund), count(*) FILTER (WHERE told_not),
            count(*) FILTER (WHERE above)
        FROM (
            SELECT coalesce(sum(refund) FILTER (counts), 0) - coalesce(sum(money) FILTER (counts AND gross < 0
                    AND state IN ('used', 'refunded')), 0) AS refund,
                bool_or(closed_by_refund) AS by_closing, bool_or(above) AS above,
                bool_or(aftersale = 'partial' AND refund = 0 OR (closed_by_refund AND refund = 0)) AS told_not
            FROM lines WHERE problem IS NULL AND NOT duplicate AND NOT continued
            GROUP BY platform, order_key
        )
    """).fetchall()[0]
    used = "problem IS NULL AND NOT duplicate AND state = 'used' AND NOT continued"
    rows = connection.execute(f"""
        SELECT count(*) FILTER (WHERE duplicate), count(*) FILTER (WHERE differs),
            count(*) FILTER (WHERE {used} AND fell_back), count(*) FILTER (WHERE {used} AND aftersale = 'unknown')
        FROM lines
    """).fetchall()[0]
    back, came_back = connection.execute("SELECT count(*) FILTER (back > 0), sum(back) FROM order_totals").fetchall()[0]
    alone = connection.execute("""
        SELECT count(*) FROM order_totals WHERE money < 0 AND key NOT IN (SELECT key FROM order_totals WHERE money >= 0)
    """).fetchall()[0][0]
    return {
        "orders_made": int(total[0]),
        "customers_seen": len(counts),
        "repeat_buyers": sum(n > 1 for (n,) in counts),
        "most_orders": max((n for (n,) in counts), default=0),
        "amount": exact(total[1]),
        "first_day": total[2],
        "last_day": total[3],
        "duplicates": rows[0],
        "duplicates_that_differ": rows[1],
        "paid_time_missing": rows[2],
        "aftersale_unknown": rows[3],
        "refunds": refunds[0] + int(back),
        "refunded": exact(refunds[1]) + exact(came_back),
        "refunds_unknown": refunds[2],
        "refunds_above": refunds[3],
        "refunds_without_purchase": int(alone),
    }


def exact(money: object) -> Decimal:
    """A sum of money without the zeros behind its second decimal."""
    value = Decimal(0) if money is None else Decimal(str(money)) if isinstance(money, float) else Decimal(money)  # type: ignore[arg-type]
    short = value.quantize(Decimal("0.01"))
    return short if short == value else value.normalize()
