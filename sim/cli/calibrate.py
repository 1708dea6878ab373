"""`siyu calibrate`: a market for scenarios, from a log of orders."""

import re
from pathlib import Path
from typing import Any

import typer

from sim.cli.reading import (
    AMOUNT,
    BAD_ROWS,
    CUSTOMER,
    DATE,
    JSON,
    LANG,
    ORDERS,
    BadRowsOption,
    LangOption,
    parameters,
    read,
    run_in_of,
    season_of,
    status,
    table,
)


def calibrate(
    orders: str = ORDERS,
    output: Path = typer.Option(
        ..., "--output", "-o", help="Market file to write, like scenarios/markets/mine.yaml.", show_default=False
    ),
    customer: str | None = CUSTOMER,
    date: str | None = DATE,
    amount: str | None = AMOUNT,
    end: str | None = typer.Option(None, help="Last day of observation (like 1998-06-30); default the last order."),
    margin: float = typer.Option(0.3, help="Share of a price that is left after the product itself."),
    currency: str = typer.Option("CNY", help="Currency of the amounts."),
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
    import warnings

    from models import BadInput, market_from_orders, write_market
    from models.model import WeaklyIdentified
    from sim.cli.output import write_json

    if output.exists() and not force:
        raise BadInput(f"{output}: this file is there already; choose another name, or add --force.")
    called = _named(name, output)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise BadInput(f"--currency {currency[:20]}: must be an ISO code of three capital letters such as CNY.")
    calendar, start = season_of(season), run_in_of(run_in)
    with status("reading orders"):
        log = read(orders, customer, date, amount, bad_rows)
    with warnings.catch_warnings(), status("fitting"):
        warnings.simplefilter("ignore", WeaklyIdentified)
        market = market_from_orders(
            log, name=called, currency=currency, margin=margin, end=end, season=calendar, run_in=start
        )
    write_market(output, market)
    if json_file is not None:
        write_json(json_file, {**market, "source": {k: _plain(v) for k, v in market["source"].items()}})
    _show_market(market, output, lang)


def _named(name: str | None, output: Path) -> str:
    """The market's name: as given, else that of the file with - for what no name may hold. Raises BadInput."""
    from models import BadInput
    from sim.scenario.base import as_name

    wanted = name if name is not None else re.sub(r"[^\w-]+", "-", output.stem).strip("-_")[:60] or "market"
    try:
        return as_name(wanted)
    except ValueError as problem:
        raise BadInput(f"--name: {problem}") from None


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value)


def _show_market(market: dict[str, Any], output: Path, lang: LangOption) -> None:
    from models.words import say

    rhythm, baskets, source = market["rhythm"], market["baskets"], market["source"]
    spend = baskets["p"] * baskets["v"] / (baskets["q"] - 1)
    rows = [
        (say("orders read", lang), f"{source['orders']:,}", ""),
        (say("customers", lang), f"{source['customers']:,}", ""),
        (say("first and last day", lang), f"{source['first_day']} – {source['last_day']}", ""),
        ("BG/NBD", parameters({k: rhythm[k] for k in ("r", "alpha", "a", "b")}), ""),
        ("Gamma-Gamma", parameters({k: baskets[k] for k in ("p", "q", "v")}), ""),
        (
            say("orders a customer a year while active", lang),
            f"{365 * rhythm['r'] / rhythm['alpha']:.2f}",
            "",
        ),
        (
            say("chance to be lost after an order", lang),
            f"{rhythm['a'] / (rhythm['a'] + rhythm['b']):.1%}",
            "",
        ),
        (say("mean basket", lang), f"{spend:,.2f} {market['currency']}", ""),
        *((peak["name"], f"x {peak['lift']:.2f}", "") for peak in market.get("season", {}).get("peaks", [])),
    ]
    table(say("Market {name}", lang, name=market["name"]), rows, lang)
    typer.echo(say("Written to {path}", lang, path=output))
