"""What the commands on orders share: their options, reading, the table on the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

if TYPE_CHECKING:
    from models.data.orders import Orders
    from models.season import Season

ORDERS = typer.Argument(
    ...,
    metavar="ORDERS",
    help="File with orders (an export of a platform, CSV, a workbook, Parquet), or the word cdnow.",
    show_default=False,
)
CUSTOMER = typer.Option(None, help="Column that tells customers apart; found by its name if left out.")
DATE = typer.Option(None, help="Column with the date of the order; found by its name if left out.")
AMOUNT = typer.Option(
    None, help="Column with what was paid; found by its name if left out. Without one there are orders and no value."
)
ORDER = typer.Option(
    None, help="Column with the order's number; rows of one number, customer and day are one order. Found by its name."
)
LINES = typer.Option(
    None,
    help="What several rows of one order are, where they do not say it: items that add up (sum), the order's total on each "
    "row (repeat), or on the first row only (first).",
)
STATUS = typer.Option(None, help="Column with the order's state; found by its name where its words are known.")
KEEP = typer.Option(None, metavar="STATES", help="States that count, like paid,completed; the others are left out.")
REFUND = typer.Option(None, help="Column with what was paid back; it is taken off.")
CURRENCY = typer.Option(
    None, help="Currency of the amounts: its code, like CNY, or the column that says it. Found by signs and names."
)
TIMEZONE = typer.Option(
    None, metavar="ZONE", help="Time zone that stamps with an offset are moved to, like Asia/Shanghai; clocks are kept."
)
DATE_FORMAT = typer.Option(
    None, metavar="FORMAT", help="How dates are written: dmy, mdy, ymd, or a pattern like %d.%m.%Y; told by the column."
)
SHEET = typer.Option(None, metavar="NAME", help="Sheet of a workbook; all with the same header if left out.")
IDENTITY = typer.Option(
    None,
    metavar="KEY",
    help="What tells customers of a platform's export apart: phone, email, member, nickname, alipay, open_id, "
    "recipient_phone, or a column's name; chosen only if one key attributes nearly all orders.",
)
EXCLUDE = typer.Option(
    None, metavar="CUSTOMER", help="Customer to leave out, such as a reseller; may be given several times."
)
BAD_ROWS = typer.Option("refuse", help="Rows that cannot be read: refuse the file, or drop and count them.")
JSON = typer.Option(None, "--json", help="Write the results to this JSON file too.")
LANG = typer.Option("en", help="Language of table and plots: en or zh.")
SEED = typer.Option(
    0, min=0, help="Seed of everything that is drawn (posterior, bands of plots); recorded with the results."
)

BadRowsOption = Literal["refuse", "drop"]
LinesOption = Literal["sum", "repeat", "first"]
LangOption = Literal["en", "zh"]


_READING = (
    *(
        "customer",
        "date",
        "amount",
        "order",
        "lines",
        "status",
        "keep",
        "refund",
        "currency",
        "timezone",
        "date_format",
    ),
    *("sheet", "identity", "exclude", "bad_rows"),
)


def reading(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of reading among a command's: those that were given."""
    return {name: value for name in _READING if (value := given.get(name)) is not None and value != []}


def read(orders: str, options: Mapping[str, Any]) -> "Orders":
    """The orders of a file, or of the word cdnow; without amounts where no column is named and none known as such."""
    from models.data.orders import read_orders

    return read_orders(orders, **{"money": "auto", **options})


def inputs_of(orders: str, season: str) -> list[Path]:
    """The files that a command on orders reads: none of them may be written to."""
    files = [Path(orders)] if orders != "cdnow" else []
    return [*files, *([Path(season)] if season not in ("auto", "estimate", "none") else [])]


def status(text: str, lang: LangOption = "en") -> Any:
    """A spinner on the terminal while something takes its time."""
    from rich.console import Console

    from sim.words import say

    return Console(stderr=True).status(say(text, lang))


def parameters(values: dict[str, float]) -> str:
    """Parameters on one line."""
    return "  ".join(f"{name} {value:.5g}" for name, value in values.items())


def table(title: str, rows: list[tuple[str, str, str]], lang: LangOption) -> None:
    """A table of measure, value, and interval or remark."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sim.words import say

    grid = Table(title=escape(title), title_justify="left")
    grid.add_column(say("measure", lang), overflow="fold")
    grid.add_column(say("value", lang), justify="right", overflow="fold")
    grid.add_column(say("90 % interval", lang), overflow="fold")
    for row in rows:
        grid.add_row(*map(escape, row))
    Console().print(grid)


def season_of(text: str) -> "str | Season | None":
    """What --season asks for: none, a word, or a file. Raises BadInput for a file that gives no season."""
    if text in ("auto", "estimate"):
        return text
    if text == "none":
        return None
    from models.season.files import read_season

    return read_season(text)


def run_in_of(text: str) -> int | str | None:
    """What --run-in asks for. Raises BadInput where it is neither a word nor a number of days."""
    from models import BadInput

    if text == "auto":
        return text
    if text == "none":
        return None
    days = text.removesuffix("d")
    if not days.isdecimal():
        raise BadInput("--run-in {text}: write auto, none, or a number of days like 90 or 90d.", text=text)
    return int(days)
