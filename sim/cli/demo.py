"""`siyu demo`: the main job on real orders, a log of CDNOW; then on a trade of today, which of five strategies to choose."""

import time
from pathlib import Path
from typing import Any, Literal

import typer

from models.words import Language

FOLDER = Path("scenarios")
MARGIN = 0.5  # an assumption, as the market file says: the log holds prices, not costs
LIVES = 1_000  # of the 20,000 founding members: wider intervals, and an answer within a minute and a half on two cores
_AS_FITTED = 1e-4  # relative: another processor's last digits are no other market


def demo(
    out: Path = typer.Option(Path("results/demo"), help="Folder for the results; an earlier demo's are replaced."),
    lang: Literal["en", "zh"] = typer.Option(
        "en", help="Language of what is said, tables, plots and report: en or zh."
    ),
) -> None:
    """Fit CDNOW, a real log of orders; then compare five strategies of a beauty brand for a year. Takes about a minute.

    The strategies and markets are written to the folder scenarios, for you to change; what is there already is kept.

    \b
    Example:
      siyu demo --lang zh
    """
    from sim.cli.run import loaded
    from sim.drafting.shipped import STRATEGIES, copy_missing
    from sim.outputs.folder import result_folder
    from sim.outputs.output import progress_bar
    from sim.outputs.tables import show_comparison
    from sim.outputs.written import compared, write_comparison
    from sim.pool import compile_first
    from sim.results.comparison import compare
    from sim.words import say

    started = time.perf_counter()
    calibrate(FOLDER, lang)
    written = copy_missing(FOLDER)
    if written:
        text = "{n} strategies, markets and other files to copy from are in {folder}."
        typer.echo(say(text, lang, n=len(written), folder=FOLDER))
    scenarios, inputs = loaded([FOLDER / f"{name}.yaml" for name in STRATEGIES])
    with result_folder(out, "demo", force=True, inputs=inputs) as place:
        compile_first(scenarios[0], lang)
        with progress_bar("comparing five strategies of a beauty brand, a year, 20 replicates", lang) as progress:
            result = compare(scenarios, lives=LIVES, progress=progress, resume=True)
        write_comparison(place.path, result, compared(result), lang)
    show_comparison(result, lang)
    report, seconds = out / "report.html", f"{time.perf_counter() - started:.0f}"
    typer.echo(say("Report: {report} ({seconds} s)", lang, report=report, seconds=seconds))
    typer.echo(
        say(
            "Next: change a number in scenarios/nurture.yaml, siyu compare scenarios/balanced.yaml scenarios/nurture.yaml",
            lang,
        )
    )


def calibrate(folder: Path, lang: Language = "en") -> None:
    """The full CDNOW log -> BG/NBD and Gamma-Gamma -> the market of real orders, unless one is there."""
    from rich.console import Console

    from models import market_from_orders, read_orders, write_market
    from sim.drafting.shipped import MARKET
    from sim.words import say

    console = Console()
    with console.status(say("reading the CDNOW log", lang)):
        orders = read_orders("cdnow")
    with console.status(say("fitting BG/NBD and Gamma-Gamma", lang)):
        market = market_from_orders(orders, name="cdnow", currency="USD", margin=MARGIN)
    path = folder / MARKET
    if not path.exists():
        write_market(path, market)
    source = market["source"]
    told = {"orders": f"{source['orders']:,}", "customers": f"{source['customers']:,}", "path": path}
    console.print(say("CDNOW: {orders} orders of {customers} customers -> {path}", lang, **told))
    for part, model in (("rhythm", say("BG/NBD, days", lang)), ("baskets", "Gamma-Gamma")):
        console.print(f"  {model}: " + ", ".join(f"{k} {v:.5g}" for k, v in market[part].items() if k != "covariance"))
    if not _holds(path, market):
        typer.echo(say("{path} was there with other numbers: it is kept.", lang, path=path), err=True)


def _holds(path: Path, market: dict[str, Any]) -> bool:
    """True if the market file has the fitted parameters and the margin."""
    from math import isclose

    from sim.scenario import load_market

    there = load_market(path).plain()
    pairs = [(there["margin"], market["margin"])]
    pairs += [
        (there[part][name], value)
        for part in ("rhythm", "baskets")
        for name, value in market[part].items()
        if name != "covariance"
    ]
    return all(isclose(ours, theirs, rel_tol=_AS_FITTED) for ours, theirs in pairs)
