"""`siyu demo`: the main job on real orders, from a log of CDNOW to a comparison of three strategies with its report."""

import time
from pathlib import Path
from typing import Any, Literal

import typer

FOLDER = Path("scenarios")
MARGIN = 0.5  # an assumption, as the market file says: the log holds prices, not costs
_AS_FITTED = 1e-4  # relative: another processor's last digits are no other market


def demo(
    out: Path = typer.Option(Path("results/demo"), help="Folder for the results; an earlier demo's are replaced."),
    lang: Literal["en", "zh"] = typer.Option("en", help="Language of tables, plots and report: en or zh."),
) -> None:
    """Fit CDNOW, a real log of orders, and compare three strategies for a year; takes about a minute.

    The strategies are written to the folder scenarios, for you to change; what is there already is kept.

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

    started = time.perf_counter()
    calibrate(FOLDER)
    written = copy_missing(FOLDER)
    if written:
        typer.echo(f"Strategies to change and to compare: {', '.join(str(path) for path in written)}")
    scenarios, inputs = loaded([FOLDER / f"{name}.yaml" for name in STRATEGIES])
    with result_folder(out, "demo", force=True, inputs=inputs) as place:
        compile_first(scenarios[0], lang)
        with progress_bar("comparing three strategies, a year, 20 replicates of 20,000 members", lang) as progress:
            result = compare(scenarios, progress=progress, resume=True)
        write_comparison(place.path, result, compared(result), lang)
    show_comparison(result, lang)
    typer.echo(f"Report: {out / 'report.html'} ({time.perf_counter() - started:.0f} s)")
    typer.echo("Next: siyu new mine, change a number in scenarios/mine.yaml, siyu compare scenarios/*.yaml")


def calibrate(folder: Path) -> None:
    """The full CDNOW log -> BG/NBD and Gamma-Gamma -> the market that the scenarios live on, unless one is there."""
    from rich.console import Console

    from models import market_from_orders, read_orders, write_market
    from sim.drafting.shipped import MARKET

    console = Console()
    with console.status("reading the CDNOW log"):
        orders = read_orders("cdnow")
    with console.status("fitting BG/NBD and Gamma-Gamma"):
        market = market_from_orders(orders, name="cdnow", currency="USD", margin=MARGIN)
    path = folder / MARKET
    if not path.exists():
        write_market(path, market)
    source = market["source"]
    console.print(f"CDNOW: {source['orders']:,} orders of {source['customers']:,} customers -> {path}")
    for part, model in (("rhythm", "BG/NBD, days"), ("baskets", "Gamma-Gamma")):
        console.print(f"  {model}: " + ", ".join(f"{k} {v:.5g}" for k, v in market[part].items() if k != "covariance"))
    if not _holds(path, market):
        typer.echo(f"{path} was there with other numbers: it is kept, and the strategies are compared on it.", err=True)


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
