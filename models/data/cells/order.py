"""The order of day, month and year in a column, where three numbers leave it open."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from models.data.cells.forms import ORDERS, Order
from models.data.cells.text import quoted
from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Figures: TypeAlias = tuple[str, str, str, int, str]  # three numbers of a day, how many rows have them, and one of these

_FIGURES = r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?:\D|$)"
_YEAR_FIRST = r"^\d{4}[-/.]\d{1,2}[-/.](\d{1,2})"
_MONTHS = 12
_EARLY = _MONTHS / 30.4  # share of days up to the 12th
_CHANCE = 0.01  # that days fall apart so by themselves, above which nothing is said


def order_named(text: str) -> Order | None:
    """The order that a user names: dmy, mdy or ymd; None where the text is another."""
    return next((order for order in ORDERS if order == text.strip().lower()), None)


def figures_of(connection: "DuckDBPyConnection", table: str, text: str) -> list[Figures]:
    """The different days in the texts (SQL) of a table whose year stands last or has two digits."""
    return connection.execute(f"""
        SELECT figures.a, figures.b, figures.c, count(*), trim(min(text)) FROM (
            SELECT regexp_extract(text, {quoted(_FIGURES)}, ['a', 'b', 'c']) AS figures, text
            FROM (SELECT {text} AS text FROM {table})
        ) WHERE figures.a <> '' GROUP BY ALL ORDER BY ALL
    """).fetchall()


def order_of(figures: Sequence[Figures], column: str, where: str | Remark) -> Order | None:
    """The order that most rows allow; None where no row allows any. Raises BadInput where two orders are equally good."""
    read = {order: [_day(order, *row[:3]) for row in figures] for order in ORDERS}
    fitting = {
        order: sum(row[3] for row, day in zip(figures, days, strict=True) if day is not None)
        for order, days in read.items()
    }
    most = max(fitting.values())
    if most == 0:
        return None
    best = [order for order in ORDERS if fitting[order] == most]
    meanings = [{order: day for order in best if (day := read[order][i]) is not None} for i in range(len(figures))]
    for row, meant in zip(figures, meanings, strict=True):
        if len(set(meant.values())) > 1:
            raise BadInput(
                "{where}: the days in column {column!r} allow several orders of day, month and year: {text!r} is {days}; "
                "say which with date_format (--date-format): {orders}.",
                where=where,
                column=column,
                text=row[4],
                days=Listed([day.isoformat() for day in meant.values()], "or"),
                orders=Listed(list(meant), "or"),
            )
    if any(len(meant) < len(best) for meant in meanings if meant):
        raise BadInput(
            "{where}: column {column!r} mixes orders of day, month and year: as many days are {orders}; say which are right "
            "with date_format (--date-format), the others are then unreadable.",
            where=where,
            column=column,
            orders=Listed(best),
        )
    return best[0]


def check_exchanged(
    connection: "DuckDBPyConnection", table: str, text: str, order: Order | None, column: str, where: str | Remark
) -> None:
    """Raises BadInput where a spreadsheet has probably exchanged day and month of the days up to the 12th.

    An American Excel takes 05/01/2025 for the 1st of May and leaves 13/01/2025 a text. Then of the texts (SQL) in the table
    all that have the year first are of the first twelve days, and all others, whose order is `order`, of later ones.
    """
    if order not in ("dmy", "mdy"):
        return
    others = figures_of(connection, table, text)
    place = order.index("d")
    if not all(int(row[place]) > _MONTHS for row in others):
        return
    latest, days, rows = connection.execute(f"""
        SELECT max(TRY_CAST(day AS INTEGER)), count(DISTINCT date), count(*) FROM (
            SELECT regexp_extract(text, {quoted(_YEAR_FIRST)}) AS date, regexp_extract(text, {quoted(_YEAR_FIRST)}, 1) AS day
            FROM (SELECT {text} AS text FROM {table}) WHERE regexp_matches(text, {quoted(_YEAR_FIRST)})
        )
    """).fetchall()[0]
    if not days or latest > _MONTHS or _EARLY**days * (1 - _EARLY) ** len(others) > _CHANCE:
        return
    raise BadInput(
        "{where}: in column {column!r} all {n:,} dates with the year first are of days 1 to 12 and all {others:,} others of "
        "later days, so a spreadsheet has probably exchanged day and month of the former; export again and do not open the "
        "file in Excel, or say that all are right with date_format (--date-format {order}).",
        where=where,
        column=column,
        n=rows,
        others=sum(row[3] for row in others),
        order=order,
    )


def _day(order: Order, a: str, b: str, c: str) -> date | None:
    """The day that three numbers are in this order; None where they are none, or one in a year to come."""
    if order == "ymd" and len(c) == 4:
        return None
    part = dict(zip(order, (a, b, c), strict=True))
    if len(part["y"]) not in (2, 4):
        return None
    year = int(part["y"])
    if len(part["y"]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        day = date(year, int(part["m"]), int(part["d"]))
    except ValueError:
        return None
    return day if day.year <= _this_year() else None


def _this_year() -> int:
    return date.today().year
