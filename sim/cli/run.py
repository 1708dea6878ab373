"""`siyu simulate`, `siyu compare`, `siyu sweep`: what members would do under a strategy."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from sim.comparison import Comparison
    from sim.simulation import Simulation

Members = Annotated[int | None, typer.Option(help="Founding members, in place of the scenario's.")]
Days = Annotated[int | None, typer.Option(help="Days, in place of the scenario's.")]
Replicates = Annotated[int | None, typer.Option(help="Replicates, in place of the scenario's.")]
Seed = Annotated[int | None, typer.Option(min=0, help="The seed of all draws, in place of the scenario's.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the results to this file, too.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results; results/NAME if left out.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the results of an earlier run.")]
Lang = Annotated[Literal["en", "zh"], typer.Option(help="Language of tables, plots and report: en or zh.")]
Fixed = Annotated[bool, typer.Option("--fixed-response", help="Leave out what is not known of response and market.")]
Jobs = Annotated[int | None, typer.Option(help="How many replicates to run at a time; all cores if left out.")]


def simulate(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    members: Members = None,
    days: Days = None,
    seed: Seed = None,
    engine: Annotated[Literal["compiled", "agents"], typer.Option(help="Same results; agents can be looked at.")] = (
        "compiled"
    ),
    json: Json = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "en",
) -> None:
    """Run one scenario once: daily series, orders, members, measures.

    \b
    Example:
      siyu simulate scenarios/balanced.yaml --members 5000 --days 180
    """
    from sim.cli.output import progress_bar, results_folder, write_json
    from sim.order_log import OrdersToParquet
    from sim.scenario import load
    from sim.simulation import simulate as run_once
    from sim.world import MINOR_UNITS

    chosen = _sized(load(scenario), members, days, None, seed)
    folder = results_folder(out, chosen.name, force)
    with (
        progress_bar("simulating") as progress,
        OrdersToParquet(folder / "orders.parquet", chosen.start, MINOR_UNITS) as orders,
    ):
        done = run_once(chosen, engine=engine, orders=orders, progress=progress, keep_members=True)
    results = _simulated(done)
    write_simulation(folder, done, results)
    if json is not None:
        write_json(json, results)
    _show_measures(done.measures, lang, chosen.market.currency)
    typer.echo(f"{folder}: orders.parquet, daily.parquet, members.parquet, measures.json, scenario.yaml")


def compare(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files.")],
    members: Members = None,
    days: Days = None,
    replicates: Replicates = None,
    against: Annotated[str | None, typer.Option(help="Name of the scenario to compare with; else the first.")] = None,
    fixed_response: Fixed = False,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "en",
) -> None:
    """Compare scenarios on the same lives: measures, differences with intervals, a verdict, an HTML report.

    \b
    Example:
      siyu compare scenarios/blast.yaml scenarios/nurture.yaml --replicates 20 --lang zh
    """
    from sim.cli.output import progress_bar, results_folder, write_json
    from sim.comparison import compare as run_all
    from sim.scenario import load

    chosen = [_sized(load(path), members, days, replicates, seed) for path in scenarios]
    folder = results_folder(out, "compare-" + "-".join(s.name for s in chosen)[:100], force)
    for each in chosen:
        _note(each)
    with progress_bar("comparing") as progress:
        result = run_all(chosen, against=against, fixed_response=fixed_response, jobs=jobs, progress=progress)
    results = compared(result)
    write_comparison(folder, result, results, lang)
    if json is not None:
        write_json(json, results)
    show_comparison(result, lang)
    typer.echo(f"{folder / 'report.html'}")


def sweep(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    over: Annotated[list[str], typer.Argument(metavar="KEY=VALUES...", help="KEY=1..14, KEY=0..1:0.25, KEY=a,b,c.")],
    members: Members = None,
    days: Days = None,
    replicates: Replicates = None,
    objective: Annotated[str, typer.Option(help="The measure whose highest mean is best.")] = "profit_per_member",
    fixed_response: Fixed = False,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "en",
) -> None:
    """Sweep one key or two: response curves of profit, churn and LTV/CAC, the best value, how flat the top is.

    \b
    Example:
      siyu sweep scenarios/balanced.yaml policy.push.per_week=1..14
    """
    from models.files import write_whole
    from models.words import say
    from sim import sweep as run_sweep
    from sim.cli.output import progress_bar, results_folder, write_json
    from sim.report import write_sweep
    from sim.scenario import load
    from sim.sweeping import parse_values

    chosen = _sized(load(scenario), members, days, replicates, seed)
    keys = dict(parse_values(text) for text in over)
    folder = results_folder(out, f"sweep-{chosen.name}-{'-'.join(k.rsplit('.', 1)[-1] for k in keys)}", force)
    with progress_bar("sweeping") as progress:
        made = run_sweep(chosen, keys, objective=objective, fixed_response=fixed_response, jobs=jobs, progress=progress)
    _note(made.comparison.scenarios[-1])
    results = _swept(made)
    write_json(folder / "sweep.json", results)
    write_whole(folder / "scenario.yaml", chosen.to_yaml())
    made.plot(lang).savefig(folder / "sweep.png", dpi=150)
    write_sweep(made, folder / "report.html", lang, command_line())
    if json is not None:
        write_json(json, results)
    _show_sweep(made, lang)
    typer.echo(f"{say('written to', lang)} {folder}")


def _sized(scenario: Any, members: int | None, days: int | None, replicates: int | None, seed: int | None) -> Any:
    given = {"members": members, "days": days, "replicates": replicates, "seed": seed}
    changes = {key: value for key, value in given.items() if value is not None}
    return scenario.with_changes(changes) if changes else scenario


def _note(scenario: Any) -> None:
    from sim.scenario.notes import notes

    for note in notes(scenario):
        typer.echo(f"note: {scenario.name}: {note}", err=True)


def command_line() -> str:
    """The command as it was given: what repeats a run."""
    import shlex

    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


# --- what is written -------------------------------------------------------------------------------------------------


def _simulated(done: "Simulation") -> dict[str, Any]:
    run = done.run
    return {
        "version": run.version,
        "scenario": run.scenario.name,
        "digest": run.scenario.digest,
        "seed": run.seed,
        "members": int(run.closing["founders"]),
        "days": run.scenario.days,
        "seconds": run.seconds,
        "member_days_per_second": run.member_days_per_second,
        "measures": done.measures,
    }


def write_simulation(folder: Path, done: "Simulation", results: dict[str, Any]) -> None:
    """Daily series, members, measures and the scenario as it was run."""
    from models.files import write_whole
    from sim.cli.output import write_json
    from sim.run import members_frame

    write_whole(folder / "daily.parquet", lambda path: done.run.daily.to_parquet(path))
    write_whole(folder / "members.parquet", lambda path: members_frame(done.run).to_parquet(path))
    write_whole(folder / "scenario.yaml", done.run.scenario.to_yaml())
    write_json(folder / "measures.json", results)


def compared(result: "Comparison") -> dict[str, Any]:
    """What `--json` of compare holds (docs/json.md)."""
    from sim.metrics import REGISTRY

    runs = [r for row in result.replicates[result.kind] for r in row]
    others = [name for name in result.names if name != result.against]
    return {
        "version": result.version,
        "seed": result.seed,
        "members": int(_founders(result)),
        "days": result.scenarios[0].days,
        "replicates": result.scenarios[0].replicates,
        "uncertainty": result.kind,
        "seconds": result.seconds,
        "member_days_per_second": sum(r.member_days for r in runs) / max(sum(r.seconds for r in runs), 1e-9),
        "against": result.against,
        "verdict": result.verdict(),
        "scenarios": [_one(result, name) for name in result.names],
        "differences": [
            {
                "scenario": name,
                "against": result.against,
                "measures": {
                    m: _interval(d.interval) | {"probability_better": d.probability_better}
                    for m in REGISTRY
                    for d in [result.difference(name, m)]
                },
            }
            for name in others
        ],
    }


def _founders(result: "Comparison") -> float:
    """Founding members of the first scenario: those of the export where it said 0."""
    ever, joined = (result.interval(result.names[0], name).mean for name in ("members", "joiners"))
    return (ever or 0.0) - (joined or 0.0)


def _one(result: "Comparison", name: str) -> dict[str, Any]:
    from sim.metrics import REGISTRY

    scenario = result.scenarios[result.names.index(name)]
    return {
        "name": name,
        "digest": scenario.digest,
        "measures": {m: _interval(result.interval(name, m)) for m in REGISTRY},
        "simulation_only": {m: _interval(result.interval(name, m, "simulation")) for m in REGISTRY},
        "targets": {
            m: {"target": text, "reached": reached, "met": met}
            for m, (text, reached, met) in result.targets(name).items()
        },
    }


def _interval(interval: Any) -> dict[str, float | None]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _swept(made: Any) -> dict[str, Any]:
    from sim.metrics import REGISTRY

    result = made.comparison
    return {
        "version": result.version,
        "seed": result.seed,
        "keys": list(made.keys),
        "objective": made.objective,
        "best": dict(zip(made.keys, made.best, strict=True)),
        "within_5_percent": [dict(zip(made.keys, p, strict=True)) for p in made.flat],
        "verdict": made.verdict(),
        "points": [
            {
                "values": dict(zip(made.keys, point, strict=True)),
                "chance_of_being_best": chance,
                "measures": {m: _interval(result.interval(name, m)) for m in REGISTRY},
            }
            for point, name, chance in zip(made.points, result.names, made.chance_of_being_best, strict=True)
        ],
    }


def write_comparison(folder: Path, result: "Comparison", results: dict[str, Any], lang: Any) -> None:
    """Table, scenarios as they were run, plots and the report."""
    from models.files import write_whole
    from sim import plots
    from sim.cli.output import write_json
    from sim.report import write

    write_json(folder / "comparison.json", results)
    write_whole(folder / "measures.csv", result.frame().to_csv(index=False))
    for scenario in result.scenarios:
        write_whole(folder / f"{scenario.name}.yaml", scenario.to_yaml())
    for name, figure in plots.all_figures(result, lang).items():
        write_whole(folder / f"{name}.png", lambda path, figure=figure: figure.savefig(path, dpi=150))  # type: ignore[misc]
    write(result, folder / "report.html", lang, command_line())


_SHOWN = (
    "ltv_member", "ltv", "ltv_cac", "cac", "payback_days", "roi", "profit_per_member", "churn", "left_share",
    "d7_retention", "d30_retention", "active_30_days", "orders_per_year", "repurchase_rate", "read_rate", "click_rate",
    "coupon_redemption", "bought_anyway",
)  # fmt: skip


# --- what is shown ---------------------------------------------------------------------------------------------------


def _show_measures(measures: dict[str, float | None], lang: Any, currency: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from models.words import say
    from sim.metrics import REGISTRY
    from sim.words import number, with_unit

    table = Table("", "", box=None, show_header=False)
    for name, value in measures.items():
        measure = REGISTRY[name]
        table.add_row(with_unit(say(measure.label, lang), measure.kind, currency, lang), number(value, measure.kind))
    Console().print(table)


def show_comparison(result: "Comparison", lang: Any) -> None:
    """The main measures with their intervals, the targets, the verdicts; the report has every measure."""
    from rich.console import Console
    from rich.table import Table

    from models.words import say
    from sim.metrics import REGISTRY
    from sim.words import number, span, with_unit

    table = Table(say("measure", lang), *result.names)
    currency = result.scenarios[0].market.currency
    for name in _SHOWN:
        measure, cells = REGISTRY[name], []
        for scenario in result.names:
            interval = result.interval(scenario, name)
            around = span(interval.low, interval.high, measure.kind)
            cells.append(f"{number(interval.mean, measure.kind)} [dim]{around}[/dim]")
        table.add_row(with_unit(say(measure.label, lang), measure.kind, currency, lang), *cells)
    console = Console()
    console.print(table)
    for scenario in result.names:
        for name, (text, reached, met) in result.targets(scenario).items():
            words = {True: "met", False: "missed", None: "undefined"}[met]
            value = number(reached, REGISTRY[name].kind)
            told = f"{scenario}: {say(REGISTRY[name].label, lang)} {value}, {text}: {say(words, lang)}"
            console.print(told, markup=False)
    for sentence in result.verdict(lang):
        console.print(sentence, style="bold", markup=False)


def _show_sweep(made: Any, lang: Any) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.words import say
    from sim.metrics import REGISTRY
    from sim.words import number

    shown = list(dict.fromkeys([made.objective, "churn", "ltv_cac", "ltv_member", "orders_per_year"]))
    table = Table(*made.keys, *(say(REGISTRY[m].label, lang) for m in shown), say("chance of being best", lang))
    chances = made.chance_of_being_best
    for point, name, chance in zip(made.points, made.comparison.names, chances, strict=True):
        cells = [number(made.comparison.interval(name, m).mean, REGISTRY[m].kind) for m in shown]
        style = "bold" if point == made.best else ""
        table.add_row(*(escape(str(value)) for value in point), *cells, f"{100 * chance:.0f} %", style=style)
    console = Console()
    console.print(table)
    console.print(made.verdict(lang), style="bold", markup=False)
