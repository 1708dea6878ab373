"""`siyu forecast`: what customers will do and be worth, from a log of their orders."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
    SEED,
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
    from models.forecasting.pipeline import Forecast

ModelOption = Literal["auto", "bg-nbd", "mbg-nbd", "pareto-nbd", "bg-cnbd-k", "mbg-cnbd-k", "nbd"]


def forecast(
    orders: str = ORDERS,
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
    model: ModelOption = typer.Option(
        "auto", help="Model of purchases; auto takes the one that forecasts days held back best."
    ),
    season: str = typer.Option(
        "auto",
        metavar="auto|estimate|none|FILE",
        help="Season and campaigns: auto estimates them where the log spans a year, estimate in any case, none leaves the "
        "calendar as it is, and a YAML file (a season, or a market) gives them.",
    ),
    run_in: str = typer.Option(
        "auto",
        metavar="auto|none|DAYS",
        help="Days at the log's start whose customers may be old ones: auto leaves them out of the estimation where the log "
        "begins in the middle of customers' lives. Everybody is scored.",
    ),
    covariates: str | None = typer.Option(
        None, metavar="COLUMNS", help="Columns of --customers on which rhythm and loss depend, like channel,city_tier."
    ),
    spend_covariates: str | None = typer.Option(
        None, metavar="COLUMNS", help="Columns of --customers on which the value of an order depends."
    ),
    customers: Path | None = typer.Option(
        None, help="CSV or Parquet with one row a customer: its column customer, covariates, segments."
    ),
    by: str | None = typer.Option(
        None, metavar="SEGMENT", help="Column of --customers by which totals are shown; RFM segments if left out."
    ),
    holdout: str | None = typer.Option(
        None,
        metavar="LAST_CALIBRATION_DAY",
        help="Forecast as of this day (like 1997-09-30) and score it against the orders that came after.",
    ),
    horizon: str = typer.Option("365d", help="How far to look ahead: days (365d), weeks (52w) or years (3y)."),
    discount: float = typer.Option(0.10, help="Yearly discount: 0.1 is 10 % a year."),
    bad_rows: BadRowsOption = BAD_ROWS,
    json_file: Path | None = JSON,
    out: Path | None = typer.Option(None, help="Folder for table, plots and page; default results/NAME."),
    force: bool = typer.Option(False, "--force", help="Overwrite what an earlier run left in the folder."),
    show_ids: bool = typer.Option(
        False, "--show-ids", help="Write ids that look like phone numbers or e-mail addresses as they are, not masked."
    ),
    seed: int = SEED,
    lang: LangOption = LANG,
) -> None:
    """Forecast each customer's orders and lifetime value (LTV), with intervals.

    \b
    Example:
      siyu forecast cdnow --holdout 1997-09-30 --horizon 365d
      siyu forecast orders.csv --model bg-nbd --season none --json forecast.json
      siyu forecast orders.parquet --customers members.csv --covariates channel,city_tier --by channel
    """
    options = reading(locals())
    import warnings

    from models.data.door.parts import name_without_numbers
    from models.errors import BadInput, in_percent
    from models.families.identified import WeaklyIdentified
    from models.forecasting.pipeline import forecast as make
    from models.report import page
    from models.words import say
    from sim.outputs.folder import result_folder

    days = _days(horizon)
    if not -1 < discount < 1:
        raise BadInput(
            "--discount {discount:g}: write the yearly discount as a share below 1{hint}.",
            discount=discount,
            hint=in_percent(discount),
        )
    inputs = [*inputs_of(orders, season), *([customers] if customers is not None else [])]
    known = _customers(customers, {"--covariates": covariates, "--spend-covariates": spend_covariates, "--by": by})
    calendar, start = season_of(season), run_in_of(run_in)
    with (
        result_folder(
            out, name_without_numbers(Path(orders).stem), force=force, inputs=inputs, json=json_file
        ) as place,
        warnings.catch_warnings(),
        spinner("reading orders", lang) as wheel,
    ):
        warnings.simplefilter("ignore", WeaklyIdentified)  # said in the table
        result = make(
            read(orders, options),
            model=model,
            season=calendar,
            run_in=start,
            covariates=known,
            columns=_names(covariates),
            spend_columns=_names(spend_covariates),
            holdout=holdout,
            horizon=days,
            yearly_discount=discount,
            seed=seed,
            show_ids=show_ids,
            tell=lambda what: wheel.update(say(what, lang)),
        )
        wheel.update("writing")
        groups = result.by(_labels(known, by))
        results = page.results(result, groups, seed)
        page.write(place.path, result, groups, results, lang, _command(orders, show_ids))
        place.tell("forecast", results)
    _show(result, groups, results, place.folder, lang)


def _command(orders: str, show_ids: bool) -> str:
    """The line that repeats the run, as it was typed, unless `show_ids` without those who are named in it."""
    import shlex
    import sys

    from models.data.masking import without_persons

    typed = sys.argv[1:] if len(sys.argv) > 1 and sys.argv[1] == "forecast" else ["forecast", orders]
    if show_ids:
        return shlex.join(["siyu", *typed])
    before = ["", *typed]
    unnamed = ["…" if option == "--exclude" else word for option, word in zip(before, typed, strict=False)]
    unnamed = ["--exclude=…" if word.startswith("--exclude=") else word for word in unnamed]
    return without_persons(shlex.join(["siyu", *unnamed]))


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
        raise BadInput(
            "--horizon {text}: write it like 365d, 52w or 3y, above 0 and at most a century.",
            text=text,
        )
    return days


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _customers(path: Path | None, asked: dict[str, str | None]) -> Any:
    """The table of customers (pandas), None where none was given; `asked`: option and the columns it names.

    Raises BadInput where the table does not fit what is asked.
    """
    from models import BadInput

    if path is None:
        option = next((option for option, columns in asked.items() if columns), None)
        if option is not None:
            raise BadInput("{option}: give --customers FILE besides, with one row a customer.", option=option)
        return None
    from models.data.customers import read_customers

    frame = read_customers(path)
    by = asked["--by"]
    wanted = [name for option, text in asked.items() if option != "--by" for name in _names(text)]
    for name in ["customer", *wanted, *([by] if by else [])]:
        if name not in frame.columns:
            raise BadInput(
                "{path}: no column {name!r}; there are {columns}.",
                path=path,
                name=name,
                columns=", ".join(map(str, frame.columns)),
            )
    return frame


def _labels(frame: Any, by: str | None) -> dict[Any, str] | None:
    if by is None:
        return None
    return dict(zip(frame["customer"].astype(str), frame[by].astype(str), strict=True))


def _show(forecast: "Forecast", groups: Any, results: dict[str, Any], folder: Path, lang: LangOption) -> None:
    from models.report.account import account_rows
    from models.words import say
    from models.words.numbers import minus, with_sign

    days, orders = results["horizon_days"], results["intervals"]["expected_orders"]
    summary = forecast.summary
    rows = [
        *_source_told(forecast, lang),
        (say("orders read", lang), f"{forecast.orders.orders:,}", ""),
        *account_rows(results, lang),
        (say("first and last day", lang), f"{forecast.orders.first_day} – {summary.end}", ""),
        (say("customers", lang), f"{results['customers']:,}", ""),
        (say("repeat buyers", lang), f"{int((summary.frequency > 0).sum()):,}", ""),
        (
            f"{_model_named(forecast, lang)} {say('fit', lang)}",
            parameters(results["parameters"]),
            _fit_told(forecast, lang),
        ),
        *((say(name, lang), text, remark) for name, text, remark in _effects(results)),
        *_spend_told(results, lang),
        (say("log-likelihood", lang), minus(f"{results['log_likelihood']:,.2f}"), ""),
        (
            say("expected orders in {days:g} days", lang, days=days),
            f"{results['expected_orders']:,.1f}",
            _range(orders["low"], orders["high"], ",.0f"),
        ),
        *_value_told(results, lang),
    ]
    if "holdout" in results:
        held = results["holdout"]
        error = held["total_error"]
        rows += [
            (say("holdout: actual orders", lang), f"{held['actual_orders']:,}", ""),
            (
                say("holdout: expected orders", lang),
                f"{held['expected_orders']:,.0f}",
                "" if error is None else with_sign(f"{error:.1%}"),
            ),
            (say("holdout: mean absolute error", lang), f"{held['mae']:.4f}", ""),
            (say("holdout: root mean squared error", lang), f"{held['rmse']:.4f}", ""),
        ]
    table(say("Forecast of {source}", lang, source=forecast.orders.source), rows, lang)
    for note in forecast.notes:
        typer.echo(note.say(lang))
    _show_groups(groups, lang)
    typer.echo(say("Written to {path}", lang, path=folder))


def _source_told(forecast: "Forecast", lang: LangOption) -> list[tuple[str, str, str]]:
    """Which platform wrote the export, by which key its customers are told apart, and the currency."""
    from sim.words import say

    orders, rows = forecast.orders, []
    key = orders.report.identity if orders.report is not None else None
    if orders.platform is not None and key is not None:
        rows.append((say("export of", lang), orders.platform, ""))
        rows.append((say("customers told apart by", lang), key.key, f"{key.share:.1%}"))
    if orders.has_amounts:
        rows.append((say("currency", lang), say(orders.currency or "no currency", lang), ""))
    return rows


def _fit_told(forecast: "Forecast", lang: LangOption) -> str:
    """How the fit went; after a run-in that of the newcomers, as the rest stands below the table."""
    from models.families.run_in import AfterRunIn
    from models.words.fit import fit_said

    model = forecast.model.model if isinstance(forecast.model, AfterRunIn) else forecast.model
    return fit_said(model.message_, lang)


def _model_named(forecast: "Forecast", lang: LangOption) -> str:
    from models.families.run_in import AfterRunIn
    from models.words import say

    if isinstance(forecast.model, AfterRunIn):
        return say("{model} after a run-in", lang, model=forecast.model.model.name)
    return forecast.model.name


def _spend_told(results: dict[str, Any], lang: LangOption) -> list[tuple[str, str, str]]:
    """The fit of spend; nothing where there are no amounts."""
    from models.words import say
    from models.words.fit import fit_said

    if results["ltv"]["total"] is None:
        return []
    message = fit_said(results["fit"]["spend"], lang)
    return [(f"Gamma-Gamma {say('fit', lang)}", parameters(results["spend_parameters"]), message)]


def _value_told(results: dict[str, Any], lang: LangOption) -> list[tuple[str, str, str]]:
    """Lifetime value of a customer and of all; nothing where there are no amounts."""
    from models.words import say

    ltv = results["ltv"]
    if ltv["total"] is None:
        return []
    name = say("LTV a customer, {days:g} days", lang, days=results["horizon_days"])
    return [
        (name, f"{ltv['mean']:,.2f}", _range(ltv["low"], ltv["high"], ",.2f")),
        (say("LTV in total", lang), f"{ltv['total']:,.0f}", _range(ltv["total_low"], ltv["total_high"], ",.0f")),
    ]


def _range(low: float | None, high: float | None, form: str) -> str:
    return "" if low is None or high is None else f"{low:{form}} – {high:{form}}"


def _effects(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Covariates' effects and the season's peaks, one row each; peaks that may be chance are not shown."""
    rows = [
        (f"{row['process']}: {row['name']}", f"x {row['factor']:.3f}", f"{row['low']:.3f} – {row['high']:.3f}")
        for row in results["diagnostics"].get("covariates", [])
    ]
    peaks = results["diagnostics"].get("season", {}).get("peaks", {})
    clear = {name: p for name, p in peaks.items() if p["shown"]}
    rows += [(name, f"x {p['lift']:.2f}", f"{p['low']:.2f} – {p['high']:.2f}") for name, p in clear.items()]
    return rows


def _show_groups(groups: Any, lang: LangOption) -> None:
    import textwrap

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.report.tables import group_table
    from models.words import say

    table = Table(title=say("By segment", lang), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    head, rows = group_table(groups, lang, short=True)
    table.add_column(head[0], overflow="fold")
    for name in head[1:]:  # headings may break, numbers must not
        table.add_column("\n".join(textwrap.wrap(name, 9)), justify="right", no_wrap=True)
    for row in rows[:20]:
        table.add_row(*map(escape, row))
    Console().print(table)
