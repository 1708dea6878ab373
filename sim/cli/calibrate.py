"""`siyu calibrate`: a market for scenarios, from a log of orders."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.orders import (
    AMOUNT,
    BAD_ROWS,
    CURRENCY,
    CUSTOMER,
    DATE,
    DATE_FORMAT,
    EXCLUDE,
    IDENTITY,
    JSON,
    KEEP,
    LANG,
    LINES,
    ORDER,
    ORDERS,
    REFUND,
    SHEET,
    STATUS,
    TIMEZONE,
    BadRowsOption,
    LangOption,
    LinesOption,
    inputs_of,
    parameters,
    read,
    reading,
    run_in_of,
    season_of,
    table,
)
from sim.cli.orders import status as spinner

if TYPE_CHECKING:
    from models.data.files import Content
    from models.forecasting.fitting import RunInOption
    from models.forecasting.market import Calibration


def calibrate(
    orders: str = ORDERS,
    output: Path = typer.Option(
        ..., "--output", "-o", help="Market file to write, like scenarios/markets/mine.yaml.", show_default=False
    ),
    customer: str | None = CUSTOMER,
    date: str | None = DATE,
    amount: str | None = AMOUNT,
    order: str | None = ORDER,
    lines: LinesOption | None = LINES,
    status: str | None = STATUS,
    keep: str | None = KEEP,
    refund: str | None = REFUND,
    currency: str | None = CURRENCY,
    timezone: str | None = TIMEZONE,
    date_format: str | None = DATE_FORMAT,
    sheet: str | None = SHEET,
    identity: str | None = IDENTITY,
    exclude: list[str] | None = EXCLUDE,
    end: str | None = typer.Option(None, help="Last day of observation (like 1998-06-30); default the last order."),
    margin: float = typer.Option(0.3, help="Share of a price that is left after the product itself."),
    season: str = typer.Option(
        "none",
        metavar="auto|estimate|none|FILE",
        help="Estimate a season and campaigns and write them into the market (auto: where the log spans a year), leave the "
        "calendar as it is, or take the season of a YAML file.",
    ),
    run_in: str = typer.Option(
        "none",
        metavar="auto|none|DAYS",
        help="Days at the log's start whose customers may be old ones and are left out; auto: where the log shows that.",
    ),
    repeat_parcel: float | None = typer.Option(
        None,
        metavar="DAYS",
        help="The orders are of members whom a card in repeat parcels met, each from the order with the card on, in a shop "
        "that has sold for so many days: the rhythm is then that of the shop's newcomers.",
    ),
    name: str | None = typer.Option(None, help="Name of the market; default that of the output file."),
    bad_rows: BadRowsOption = BAD_ROWS,
    json_file: Path | None = JSON,
    force: bool = typer.Option(False, "--force", help="Overwrite the market file if it is there."),
    lang: LangOption = LANG,
) -> None:
    """Fit a market (rhythm, loss, baskets) to an export of orders and write it for scenarios to live on.

    \b
    Example:
      siyu calibrate orders.csv -o scenarios/markets/mine.yaml --margin 0.35 --currency CNY
    """
    options = reading(locals())
    import warnings

    from models import BadInput, Met
    from models.data.files import json_text, write_all
    from models.families.identified import WeaklyIdentified
    from models.forecasting.market import calibrate_market, market_text
    from models.report.account import account_json
    from sim.outputs.guards import refuse_outputs

    refuse_outputs([output, *([json_file] if json_file else [])], inputs_of(orders, season), force=force)
    called = _named(name, output)
    calendar, run_in_days = season_of(season), run_in_of(run_in)
    start: RunInOption | Met = run_in_days
    if repeat_parcel is not None:
        if start is not None:
            raise BadInput("--run-in and --repeat-parcel both say how the orders begin; leave one of them out.")
        start = Met(1, repeat_parcel)
    with spinner("reading orders", lang):
        log = read(orders, options)
    with warnings.catch_warnings(), spinner("fitting", lang):
        warnings.simplefilter("ignore", WeaklyIdentified)
        calibration = calibrate_market(log, name=called, margin=margin, end=end, season=calendar, run_in=start)
    market = calibration.market
    left_out = account_json(calibration.account)
    files: dict[Path, Content] = {output: market_text(market)}
    if json_file is not None:
        source = {k: _plain(v) for k, v in market["source"].items()}
        notes = {"notes": [note.say() for note in calibration.notes]}
        files[json_file] = json_text("calibrate", {**market, "source": source, **left_out, **notes})
    write_all(files)
    _show_market(calibration, left_out, output, lang)


def _named(name: str | None, output: Path) -> str:
    """The market's name: as given, else that of the file with - for what no name may hold. Raises BadInput."""
    from models import BadInput
    from sim.reading.part import as_name

    wanted = name if name is not None else re.sub(r"[^\w-]+", "-", output.stem).strip("-_")[:60] or "market"
    try:
        return as_name(wanted)
    except ValueError as problem:
        raise BadInput("--name: {problem}", problem=problem) from None


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _show_market(calibration: "Calibration", left_out: dict[str, Any], output: Path, lang: LangOption) -> None:
    from models.report.account import account_rows
    from models.season import SeasonFit
    from models.words import say

    market, season = calibration.market, calibration.fitted.season
    peaks = market.get("season", {}).get("peaks", [])
    if isinstance(season, SeasonFit):
        peaks = [peak for peak in peaks if peak["name"] in season.clear_lifts()]
    rhythm, baskets, source = market["rhythm"], market["baskets"], market["source"]
    whose = say("of the shop's newcomers", lang) if "met" in source else ""
    spend = baskets["p"] * baskets["v"] / (baskets["q"] - 1)
    rows = [
        (say("orders read", lang), f"{source['orders']:,}", ""),
        *account_rows(left_out, lang),
        (say("customers", lang), f"{source['customers']:,}", ""),
        (say("first and last day", lang), f"{source['first_day']} – {source['last_day']}", ""),
        ("BG/NBD", parameters({k: rhythm[k] for k in ("r", "alpha", "a", "b")}), whose),
        ("Gamma-Gamma", parameters({k: baskets[k] for k in ("p", "q", "v")}), ""),
        (
            say("orders a customer a year while active", lang),
            f"{365 * rhythm['r'] / rhythm['alpha']:.2f}",
            whose,
        ),
        (
            say("chance to be lost after an order", lang),
            f"{rhythm['a'] / (rhythm['a'] + rhythm['b']):.1%}",
            whose,
        ),
        (say("mean basket", lang), f"{spend:,.2f} {market['currency']}", ""),
        *((say(peak["name"], lang), f"x {peak['lift']:.2f}", "") for peak in peaks),
    ]
    table(say("Market {name}", lang, name=market["name"]), rows, lang)
    for note in calibration.notes:
        typer.echo(note.say(lang))
    typer.echo(say("Written to {path}", lang, path=output))
