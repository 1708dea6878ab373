"""`siyu forecast` and `siyu calibrate`: what customers will do, from a log of their orders."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from models.holdout import Holdout
    from models.ltv import LifetimeValue
    from models.orders import Orders
    from models.summary import Summary

_ORDERS = typer.Argument(
    ..., metavar="ORDERS", help="CSV or Parquet file with orders, or the word cdnow.", show_default=False
)
_CUSTOMER = typer.Option(None, help="Column that tells customers apart; found by its name if left out.")
_DATE = typer.Option(None, help="Column with the date of the order; found by its name if left out.")
_AMOUNT = typer.Option(None, help="Column with what was paid; found by its name if left out.")
_BAD_ROWS = typer.Option("refuse", help="Rows that cannot be read: refuse the file, or drop and count them.")
_JSON = typer.Option(None, "--json", help="Write the results to this JSON file too.")
_LANG = typer.Option("en", help="Language of table and plots: en or zh.")
_SEED = typer.Option(0, help="Recorded with the results; nothing here is drawn at random.")

BadRowsOption = Literal["refuse", "drop"]
LangOption = Literal["en", "zh"]


def forecast(
    orders: str = _ORDERS,
    customer: str | None = _CUSTOMER,
    date: str | None = _DATE,
    amount: str | None = _AMOUNT,
    holdout: str | None = typer.Option(
        None,
        metavar="LAST_CALIBRATION_DAY",
        help="Forecast as of this day (like 1997-09-30) and score it against the orders that came after.",
    ),
    horizon: str = typer.Option("365d", help="How far to look ahead: days (365d), weeks (52w) or years (3y)."),
    discount: float = typer.Option(0.10, help="Yearly discount: 0.1 is 10 % a year."),
    bad_rows: BadRowsOption = _BAD_ROWS,
    json_file: Path | None = _JSON,
    out: Path | None = typer.Option(None, help="Folder for table and plots; default results/NAME."),
    force: bool = typer.Option(False, "--force", help="Overwrite what an earlier run left in the folder."),
    seed: int = _SEED,
    lang: LangOption = _LANG,
) -> None:
    """Forecast each customer's orders and lifetime value (LTV), with intervals.

    \b
    Example:
      siyu forecast cdnow --holdout 1997-09-30 --horizon 365d
      siyu forecast orders.csv --customer buyer --date paid_at --amount paid --json forecast.json
    """
    import warnings

    from models import BGNBD, GammaGamma, lifetime_value, score_holdout, summarise
    from models.model import WeaklyIdentified
    from sim.cli.output import results_folder, write_json

    days = _days(horizon)
    folder = results_folder(out, Path(orders).stem, force)
    with _status("reading orders"):
        read = _read(orders, customer, date, amount, bad_rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)  # said in the table
        with _status("fitting"):
            scored = score_holdout(read, holdout) if holdout else None
            summary = scored.calibration if scored else summarise(read)
            rhythm = scored.model if scored else BGNBD().fit(summary)
            baskets = GammaGamma().fit(summary)
        with _status("forecasting"):
            worth = lifetime_value(rhythm, baskets, summary, days, yearly_discount=discount)
    results = _results(rhythm, baskets, worth, scored, read, seed)
    with _status("writing"):
        _write(folder, results, worth, rhythm, scored, read, summary, lang)
        if json_file is not None:
            write_json(json_file, results)
    _show(results, read, summary, folder, lang)


def _days(text: str) -> float:
    """Days of 365d, 52w, 3y or a plain number of days."""
    from models import BadInput

    units = {"d": 1.0, "w": 7.0, "y": 365.0}
    number, unit = (text[:-1], text[-1]) if text[-1:].lower() in units else (text, "d")
    try:
        days = float(number) * units[unit.lower()]
    except ValueError:
        days = 0.0
    if not 0 < days < 36_525:
        raise BadInput(f"--horizon {text}: write it like 365d, 52w or 3y, above 0 and at most a century.")
    return days


def _read(orders: str, customer: str | None, date: str | None, amount: str | None, bad_rows: BadRowsOption) -> "Orders":
    from models.orders import read_orders

    return read_orders(orders, customer=customer, date=date, amount=amount, bad_rows=bad_rows)


def _status(text: str) -> Any:
    """A turning wheel on the terminal while something takes its time."""
    from rich.console import Console

    return Console(stderr=True).status(text)


def _results(
    rhythm: Any, baskets: Any, worth: "LifetimeValue", scored: "Holdout | None", read: "Orders", seed: int
) -> dict[str, Any]:
    """What `--json` holds; undefined is null."""
    from importlib.metadata import version

    results: dict[str, Any] = {
        "version": version("siyu"),
        "seed": seed,
        "source": read.source,
        "time_unit": "day",
        "model": rhythm.name,
        "parameters": rhythm.params_,
        "standard_errors": rhythm.standard_errors_,
        "spend_parameters": baskets.params_,
        "spend_standard_errors": baskets.standard_errors_,
        "log_likelihood": rhythm.log_likelihood_,
        "fit": {"rhythm": rhythm.message_, "spend": baskets.message_},
        "prior_used": {"rhythm": rhythm.prior_used_, "spend": baskets.prior_used_},
        "customers": int(worth.value.size),
        "rows_read": read.rows_read,
        "dropped": dict(read.dropped),
        "horizon_days": worth.horizon,
        "yearly_discount": worth.yearly_discount,
        "expected_orders": float(worth.expected_orders.sum()),
        "ltv": {
            "mean": worth.mean,
            "low": worth.mean_low,
            "high": worth.mean_high,
            "total": worth.total,
            "total_low": worth.total_low,
            "total_high": worth.total_high,
            "level": worth.level,
        },
    }
    if scored is not None:
        results["holdout"] = {
            "last_calibration_day": str(scored.last_calibration_day),
            "end": str(scored.end),
            "actual_orders": scored.actual_orders,
            "expected_orders": scored.expected_orders,
            "mae": scored.mae,
            "rmse": scored.rmse,
            "total_error": scored.total_error,
        }
    clean: dict[str, Any] = _without_nan(results)
    return clean


def _without_nan(value: Any) -> Any:
    """NaN and infinities become null, at any depth."""
    import math

    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write(
    folder: Path,
    results: dict[str, Any],
    worth: "LifetimeValue",
    rhythm: Any,
    scored: "Holdout | None",
    read: "Orders",
    summary: "Summary",
    lang: LangOption,
) -> None:
    """The table of customers, the plots, and last the JSON, so that its presence says that all is there."""
    from models import plots
    from models.files import write_whole
    from sim.cli.output import write_json

    for stale in ("forecast.json", "calibration.png", "weekly_orders.png"):  # of the run that --force overwrites
        (folder / stale).unlink(missing_ok=True)
    frame = worth.to_frame().round({"probability_alive": 6, "expected_orders": 6})
    frame = frame.round(dict.fromkeys(("expected_spend_an_order", "ltv", "ltv_low", "ltv_high"), 4))
    # A mark of byte order, so that Excel shows ids and headers in Chinese rightly.
    write_whole(folder / "customers.csv", lambda path: frame.to_csv(path, index=False, encoding="utf-8-sig"))
    oldest = max(float(summary.T.max()), 1.0)
    figures = {"frequency_recency": plots.frequency_recency_matrix(rhythm, worth.horizon, oldest, lang=lang)}
    if scored is not None:
        from models.holdout import weekly_tracking

        figures["weekly_orders"] = plots.weekly_orders(weekly_tracking(read, scored), lang)
        figures["calibration"] = plots.calibration_by_frequency(scored, lang=lang)
    for name, figure in figures.items():
        write_whole(folder / f"{name}.png", _png(figure))
    write_json(folder / "forecast.json", results)


def _png(figure: "Figure") -> bytes:
    """The figure as a PNG file's content."""
    from io import BytesIO

    buffer = BytesIO()
    figure.savefig(buffer, dpi=150)
    return buffer.getvalue()


def _show(results: dict[str, Any], read: "Orders", summary: "Summary", folder: Path, lang: LangOption) -> None:
    from models.words import say

    days, ltv = results["horizon_days"], results["ltv"]
    rows = [
        (say("orders read", lang), f"{read.rows_used:,}", ""),
        *((say("orders left out: {reason}", lang, reason=why), f"{n:,}", "") for why, n in read.dropped.items()),
        (say("first and last day", lang), f"{read.first_day} – {summary.end}", ""),
        (say("customers", lang), f"{results['customers']:,}", ""),
        (say("repeat buyers", lang), f"{int((summary.frequency > 0).sum()):,}", ""),
        (f"{results['model']} {say('fit', lang)}", _parameters(results["parameters"]), results["fit"]["rhythm"]),
        (f"Gamma-Gamma {say('fit', lang)}", _parameters(results["spend_parameters"]), results["fit"]["spend"]),
        (say("log-likelihood", lang), f"{results['log_likelihood']:,.2f}", ""),
        (say("expected orders in {days:g} days", lang, days=days), f"{results['expected_orders']:,.1f}", ""),
        (
            say("LTV a customer, {days:g} days", lang, days=days),
            f"{ltv['mean']:,.2f}",
            f"{ltv['low']:,.2f} – {ltv['high']:,.2f}",
        ),
        (
            say("LTV in total", lang),
            f"{ltv['total']:,.0f}",
            f"{ltv['total_low']:,.0f} – {ltv['total_high']:,.0f}",
        ),
    ]
    if "holdout" in results:
        held = results["holdout"]
        rows += [
            (say("holdout: actual orders", lang), f"{held['actual_orders']:,}", ""),
            (say("holdout: expected orders", lang), f"{held['expected_orders']:,.0f}", _percent(held["total_error"])),
            (say("holdout: mean absolute error", lang), f"{held['mae']:.4f}", ""),
            (say("holdout: root mean squared error", lang), f"{held['rmse']:.4f}", ""),
        ]
    _table(say("Forecast of {source}", lang, source=read.source), rows, lang)
    typer.echo(say("Written to {path}", lang, path=folder))


def _parameters(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.5g}" for name, value in values.items())


def _percent(error: float | None) -> str:
    return "" if error is None else f"{error:+.1%}"


def _table(title: str, rows: list[tuple[str, str, str]], lang: LangOption) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.words import say

    table = Table(title=escape(title), title_justify="left")
    table.add_column(say("measure", lang))
    table.add_column(say("value", lang), justify="right")
    table.add_column(say("90 % interval", lang))
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)


def calibrate(
    orders: str = _ORDERS,
    output: Path = typer.Option(
        ..., "--output", "-o", help="Market file to write, like scenarios/markets/mine.yaml.", show_default=False
    ),
    customer: str | None = _CUSTOMER,
    date: str | None = _DATE,
    amount: str | None = _AMOUNT,
    end: str | None = typer.Option(None, help="Last day of observation (like 1998-06-30); default the last order."),
    margin: float = typer.Option(0.3, help="Share of a price that is left after the product itself."),
    currency: str = typer.Option("CNY", help="Currency of the amounts."),
    name: str | None = typer.Option(None, help="Name of the market; default that of the output file."),
    bad_rows: BadRowsOption = _BAD_ROWS,
    json_file: Path | None = _JSON,
    force: bool = typer.Option(False, "--force", help="Overwrite the market file if it is there."),
    lang: LangOption = _LANG,
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
    with _status("reading orders"):
        read = _read(orders, customer, date, amount, bad_rows)
    with warnings.catch_warnings(), _status("fitting"):
        warnings.simplefilter("ignore", WeaklyIdentified)
        market = market_from_orders(read, name=name or output.stem, currency=currency, margin=margin, end=end)
    write_market(output, market)
    if json_file is not None:
        write_json(json_file, {**market, "source": {k: _plain(v) for k, v in market["source"].items()}})
    _show_market(market, output, lang)


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
        ("BG/NBD", _parameters({k: rhythm[k] for k in ("r", "alpha", "a", "b")}), ""),
        ("Gamma-Gamma", _parameters({k: baskets[k] for k in ("p", "q", "v")}), ""),
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
    ]
    _table(say("Market {name}", lang, name=market["name"]), rows, lang)
    typer.echo(say("Written to {path}", lang, path=output))
