"""`make demo`: the main job on real orders, from a log of CDNOW to a comparison of three strategies with its report."""

import sys
import time
from pathlib import Path
from typing import Literal

import typer

MARKET = Path("scenarios/markets/cdnow.yaml")
STRATEGIES = ("blast", "balanced", "nurture")
MARGIN = 0.5  # an assumption, as the market file says: the log holds prices, not costs


def demo(
    out: Path = typer.Option(Path("results/demo"), help="Folder for the results; an earlier demo's are replaced."),
    lang: Literal["en", "zh"] = typer.Option("en", help="Language of tables, plots and report: en or zh."),
) -> None:
    """Fit CDNOW, write the market, compare three strategies for a year, write the report."""
    from sim.cli.output import progress_bar
    from sim.cli.results import result_folder
    from sim.cli.run import compared, loaded, show_comparison, write_comparison
    from sim.comparison import compare
    from sim.warming import warm_up

    started = time.perf_counter()
    _calibrate()
    scenarios, inputs = loaded([Path(f"scenarios/{name}.yaml") for name in STRATEGIES])
    with result_folder(out, "demo", force=True, inputs=inputs) as place:
        warm_up(scenarios[0], lang)
        with progress_bar("comparing three strategies, a year, 20 replicates of 20,000 members", lang) as progress:
            result = compare(scenarios, progress=progress, resume=True)
        write_comparison(place.path, result, compared(result), lang)
    show_comparison(result, lang)
    typer.echo(f"Report: {out / 'report.html'} ({time.perf_counter() - started:.0f} s)")
    typer.echo("Next: siyu new mine, change a number in scenarios/mine.yaml, siyu compare scenarios/*.yaml")


def _calibrate() -> None:
    """The full CDNOW log -> BG/NBD and Gamma-Gamma -> the market that the scenarios live on."""
    from rich.console import Console

    from models import market_from_orders, read_orders, write_market

    console = Console()
    with console.status("reading the CDNOW log"):
        orders = read_orders("cdnow")
    with console.status("fitting BG/NBD and Gamma-Gamma"):
        market = market_from_orders(orders, name="cdnow", currency="USD", margin=MARGIN)
    write_market(MARKET, market)
    source = market["source"]
    console.print(f"CDNOW: {source['orders']:,} orders of {source['customers']:,} customers -> {MARKET}")
    for part, model in (("rhythm", "BG/NBD, days"), ("baskets", "Gamma-Gamma")):
        console.print(f"  {model}: " + ", ".join(f"{k} {v:.5g}" for k, v in market[part].items() if k != "covariance"))


def main() -> None:
    """Run the demo; bad input is one sentence and exit code 2."""
    from models.errors import BadInput

    try:
        typer.run(demo)
    except BadInput as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
