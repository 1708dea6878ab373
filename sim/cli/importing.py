"""`siyu import`: exports of platforms, tables of orders and mass sends to tables without persons."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from sim.cli.orders import (
    CURRENCY,
    DATE_FORMAT,
    EXCLUDE,
    IDENTITY,
    KEEP,
    LINES,
    ORDER,
    REFUND,
    SHEET,
    STATUS,
    TIMEZONE,
    BadRowsOption,
    LinesOption,
    reading,
)
from sim.cli.orders import status as spinner

if TYPE_CHECKING:
    from models.data.imports import Imported, Report

LangOption = Literal["en", "zh"]
_SHOWN = 5  # gaps and suspicious days in the table; the JSON has all


def import_(
    files: list[Path] = typer.Argument(..., metavar="FILE...", help="Exports, CSV or xlsx; all are read as one."),
    output: Path = typer.Option(
        ..., "--output", "-o", help="Parquet file for the orders, like orders.parquet.", show_default=False
    ),
    customer: str | None = typer.Option(
        None, help="Column of the customer, in a table of no known platform; found by its name if left out."
    ),
    date: str | None = typer.Option(None, help="Column of the date, likewise."),
    amount: str | None = typer.Option(None, help="Column of what was paid, likewise."),
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
    contacts: Path | None = typer.Option(None, help="Parquet file for mass sends; default OUTPUT.contacts.parquet."),
    customers: Path | None = typer.Option(None, help="Parquet file for customers; default OUTPUT.customers.parquet."),
    salt_file: Path | None = typer.Option(
        None, help="File with the secret of the hashed ids, 16 bytes or more; default SIYU_SALT, else fresh and random."
    ),
    bad_rows: BadRowsOption = typer.Option(
        "refuse", help="Rows that cannot be read: refuse the files, or drop and count them."
    ),
    json_file: Path | None = typer.Option(None, "--json", help="Write the report to this JSON file too."),
    force: bool = typer.Option(False, "--force", help="Overwrite files that are there."),
    lang: LangOption = typer.Option("en", help="Language of the report: en or zh."),
) -> None:
    """Read exports of shops and mass sends, hash who bought, and write orders for siyu forecast.

    Names, phone numbers and addresses are not read or not kept; ids leave as keyed hashes. Sends, friends, groups and daily
    figures give OUTPUT.touches.parquet, .responses.parquet, .ties.parquet and .daily.parquet (docs/touches.md).

    \b
    Example:
      siyu import youzan-*.csv -o orders.parquet --salt-file salt.txt
      siyu import orders.xlsx -o orders.parquet --identity member --bad-rows drop --json report.json
      siyu import till.csv -o orders.parquet --customer card --date day --amount paid
    """
    options = reading(locals())
    from models import BadInput
    from models.data.files import write_json
    from models.data.health.imported import health_of
    from models.data.imports import import_exports
    from sim.outputs.guards import refuse_outputs

    inputs = [*files, *([salt_file] if salt_file is not None else [])]
    asked = [path for path in (output, contacts, customers, json_file) if path is not None]
    refuse_outputs(asked, inputs, force=force)
    with spinner("reading exports", lang):
        imported = import_exports(files, salt_file=salt_file, **options)
    places = imported.places(output, contacts, customers)
    if not places:
        raise BadInput("{file}: there is nothing to write in these files; export the orders.", file=files[0])
    told = [json_file] if json_file is not None else []
    refuse_outputs([*places.values(), *told], inputs, force=force)

    findings = health_of(imported)

    def report() -> None:
        if json_file is not None:
            names = [str(path) for path in places.values()]
            health = {"health": [finding.to_json() for finding in findings]}
            write_json(json_file, "import", {**_version(), "written": names, **imported.report.to_json(), **health})

    written = imported.write(output, contacts, customers, also=report)
    _show(imported, files, written, lang)
    for remark in imported.report.remarks:
        typer.echo(remark.say(lang))
    for finding in findings:
        typer.echo(finding.say(lang))


def _version() -> dict[str, str]:
    from importlib.metadata import version

    return {"version": version("siyu")}


def _show(imported: "Imported", files: list[Path], written: list[Path], lang: LangOption) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.data.door.parts import name_without_numbers
    from sim.words import say

    named = name_without_numbers(str(files[0])) if len(files) == 1 else say("{n} files", lang, n=len(files))
    table = Table(title=escape(say("Import of {files}", lang, files=named)), title_justify="left")
    table.add_column(say("measure", lang), overflow="fold")
    table.add_column(say("value", lang), justify="right", overflow="fold")
    table.add_column(say("note", lang), overflow="fold")
    for row in report_rows(imported.report, lang):
        table.add_row(*map(escape, row))
    Console().print(table)
    for path in written:
        typer.echo(say("Written to {path}", lang, path=path))


def report_rows(report: "Report", lang: LangOption) -> list[tuple[str, str, str]]:
    """The report as rows of measure, value and note."""
    from sim.cli.touches import kept_rows
    from sim.words import say

    rows = []
    for sheet in report.sheets:
        place = f"{sheet.file}, {sheet.sheet}" if sheet.sheet else sheet.file
        rows.append((say("sheet", lang), sheet.name, place))
    rows += [(say("sheet", lang), say("not recognised, left out", lang), name) for name in report.not_recognised]
    rows += _accounts(report, lang)
    if report.orders is not None:
        rows += _order_rows(report, lang)
    if report.settled is not None:
        rows.append((say("orders settled", lang), f"{report.settled_orders:,}", ""))
        rows.append((say("settled", lang), f"{report.settled:,.2f}", say(report.currency or "no currency", lang)))
    if report.contacts is not None:
        rows.append((say("delivered to customers", lang), f"{report.delivered:,}", ""))
    rows += kept_rows(report.kept, lang)
    if report.contacts_among_customers is not None:
        rows.append((say("reached customers who have bought", lang), f"{report.contacts_among_customers:,}", ""))
    salts = {
        "given": say("as given", lang),
        "file": say("from the file", lang),
        "environment": say("from SIYU_SALT", lang),
        "random": say("fresh and random, kept nowhere: another import gives other ids", lang),
    }
    return [*rows, (say("salt", lang), "", salts[str(report.salt)])]


def _accounts(report: "Report", lang: LangOption) -> list[tuple[str, str, str]]:
    """Rows read, used and left out, of each kind of sheet."""
    from sim.words import say

    rows: list[tuple[str, str, str]] = []
    names: list[tuple[str, Any]] = [
        (say("order sheets", lang), report.orders),
        (say("sheets of sends", lang), report.contacts),
        (say("customer sheets", lang), report.customers),
        (say("settlement sheets", lang), report.settlements),
        (say("item sheets", lang), report.items),
        (say("sheets of ties", lang), report.ties),
        (say("sheets of daily figures", lang), report.daily),
    ]
    there = [(kind, account) for kind, account in names if account is not None]
    for kind, account in there:
        lead = {"kind": kind}
        rows.append((say("{kind}: rows read", lang, **lead), f"{account.rows_in:,}", ""))
        for reason, n in account.dropped.items():
            rows.append((say("{kind}: rows left out: {reason}", lang, reason=say(reason, lang), **lead), f"{n:,}", ""))
        rows.append((say("{kind}: rows used", lang, **lead), f"{account.rows_used:,}", ""))
    return rows


def _order_rows(report: "Report", lang: LangOption) -> list[tuple[str, str, str]]:
    from sim.words import say

    rows: list[tuple[str, str, str]] = []
    if (key := report.identity) is not None:
        why = say("chosen: it attributes nearly all orders", lang) if key.automatic else say("as asked for", lang)
        others = "  ".join(f"{name} {share:.1%}" for name, share in key.shares.items() if name != key.key)
        rows.append((say("customers told apart by", lang), key.key, why))
        rows.append((say("orders attributed", lang), f"{key.share:.1%}", others))
    money = say(report.currency or "no currency", lang)
    rows += [
        (say("orders", lang), f"{report.orders_made:,}", ""),
        (say("first and last day", lang), f"{report.first_day} – {report.last_day}", ""),
        (say("customers", lang), f"{report.customers_seen:,}", ""),
        (say("repeat buyers", lang), f"{report.repeat_buyers:,}", ""),
        (say("most orders of one customer", lang), f"{report.most_orders:,}", ""),
        (say("amount after refunds", lang), f"{report.amount:,.2f}", money),
        (say("refunded orders", lang), f"{report.refunds:,}", ""),
        (say("refunded", lang), f"{report.refunded:,.2f}", money),
        (say("duplicates", lang), f"{report.duplicates:,}", ""),
        (say("payment time missing, creation time taken", lang), f"{report.paid_time_missing:,}", ""),
    ]
    flags = [
        (say("duplicates that differ, the later state counts", lang), report.duplicates_that_differ),
        (say("refunded by an amount that is not told", lang), report.refunds_unknown),
        (say("refund above what was paid", lang), report.refunds_above),
        (say("refunds without a purchase", lang), report.refunds_without_purchase),
        (say("after-sale status not known, taken as no refund", lang), report.aftersale_unknown),
    ]
    rows += [(text, f"{n:,}", "") for text, n in flags if n]
    for gap in report.gaps[:_SHOWN]:
        span = f"{gap.first} – {gap.last}"
        rows.append((say("gap in the calendar", lang), span, say("{days} days without an order", lang, days=gap.days)))
    for busy in report.busy_days[:_SHOWN]:
        rows.append(
            (
                say("suspicious day", lang),
                f"{busy.day}: {busy.orders:,}",
                say("usual: {usual:g}", lang, usual=busy.usual),
            )
        )
    for text, n in (
        (say("gap in the calendar", lang), len(report.gaps)),
        (say("suspicious day", lang), len(report.busy_days)),
    ):
        if n > _SHOWN:
            rows.append((text, say("and {n} more", lang, n=n - _SHOWN), ""))
    return rows
