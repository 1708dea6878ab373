"""`siyu simulate`, `siyu compare`, `siyu sweep`: what members would do under a strategy."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from sim.comparison import Comparison
    from sim.scenario import Scenario
    from sim.simulation import Simulation
    from sim.sweeping import Sweep

Members = Annotated[
    int | None,
    typer.Option(help="Founding members, in place of the scenario's; joiners, tools and budgets go with them."),
]
AsWritten = Annotated[
    bool,
    typer.Option("--as-written", help="With --members: leave joiners, tools and budgets as the scenario has them."),
]
Days = Annotated[int | None, typer.Option(help="Days, in place of the scenario's.")]
Replicates = Annotated[int | None, typer.Option(help="Replicates, in place of the scenario's.")]
Seed = Annotated[int | None, typer.Option(min=0, help="The seed of all draws, in place of the scenario's.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the results to this file, too.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results; results/NAME if left out.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the results of an earlier run.")]
Lang = Annotated[Literal["en", "zh"], typer.Option(help="Language of tables, plots and report: en or zh.")]
Fixed = Annotated[bool, typer.Option("--fixed-response", help="Leave out what is not known of response and market.")]
Jobs = Annotated[int | None, typer.Option(help="How many replicates to run at a time; all cores if left out.")]
NoResume = Annotated[
    bool,
    typer.Option(
        "--no-resume", help="Run every replicate, and keep none for a run that goes on where this one stopped."
    ),
]


def simulate(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    members: Members = None,
    as_written: AsWritten = False,
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
    from sim.cli.output import progress_bar
    from sim.cli.results import result_folder
    from sim.order_log import OrdersToParquet
    from sim.simulation import resized
    from sim.simulation import simulate as run_once
    from sim.warming import warm_up
    from sim.world import MINOR_UNITS

    (read,), inputs = loaded([scenario])
    chosen = _sized(read, days, None, seed)
    resized(chosen, members, as_written=as_written)  # what is refused is refused before a file is opened
    with result_folder(out, chosen.name, force=force, inputs=inputs, json=json) as place:
        warm_up(chosen, lang)
        with (
            progress_bar("simulating", lang) as progress,
            OrdersToParquet(place.path / "orders.parquet", chosen.start, MINOR_UNITS) as orders,
        ):
            done = run_once(
                chosen,
                members=members,
                as_written=as_written,
                engine=engine,
                orders=orders,
                progress=progress,
                keep_members=True,
            )
        results = _simulated(done)
        write_simulation(place.path, done, results)
        place.tell("simulate", results)
    _show_sizes([done.quick_look.sentence(lang)] if done.quick_look else [])
    _show_measures(done, lang)
    typer.echo(f"{place.folder}: orders.parquet, daily.parquet, members.parquet, measures.json, scenario.yaml")


def compare(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files.")],
    members: Members = None,
    as_written: AsWritten = False,
    days: Days = None,
    replicates: Replicates = None,
    against: Annotated[str | None, typer.Option(help="Name of the scenario to compare with; else the first.")] = None,
    fixed_response: Fixed = False,
    seed: Seed = None,
    jobs: Jobs = None,
    no_resume: NoResume = False,
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
    from sim.cli.output import progress_bar
    from sim.cli.results import result_folder
    from sim.comparison import compare as run_all
    from sim.warming import warm_up

    read, inputs = loaded(scenarios)
    chosen = [_sized(each, days, replicates, seed) for each in read]
    name = "compare-" + "-".join(s.name for s in chosen)[:100]
    with result_folder(out, name, force=force, inputs=inputs, json=json) as place:
        for each in chosen:
            _note(each, lang)
        warm_up(chosen[0], lang)
        with progress_bar("comparing", lang) as progress:
            result = run_all(
                chosen,
                members=members,
                as_written=as_written,
                against=against,
                fixed_response=fixed_response,
                jobs=jobs,
                progress=progress,
                resume=not no_resume,
            )
        results = compared(result)
        write_comparison(place.path, result, results, lang)
        place.tell("compare", results)
    typer.echo(f"{place.folder / 'report.html'}")
    _say_resumed(result, lang)
    show_comparison(result, lang)


def sweep(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    over: Annotated[list[str], typer.Argument(metavar="KEY=VALUES...", help="KEY=1..14, KEY=0..1:0.25, KEY=a,b,c.")],
    members: Members = None,
    as_written: AsWritten = False,
    days: Days = None,
    replicates: Replicates = None,
    objective: Annotated[str, typer.Option(help="The measure whose highest mean is best.")] = "profit_per_member",
    fixed_response: Fixed = False,
    seed: Seed = None,
    jobs: Jobs = None,
    no_resume: NoResume = False,
    json: Json = None,
    out: Out = None,
    force: Force = False,
    lang: Lang = "en",
) -> None:
    """Sweep one key or two: response curves of profit, churn and LTV/CAC, how flat the top is, the best value.

    \b
    Example:
      siyu sweep scenarios/balanced.yaml policy.push.per_week=1..14
    """
    from models.words import say
    from sim import sweep as run_sweep
    from sim.cli.output import progress_bar
    from sim.cli.results import result_folder
    from sim.sweeping import parse_values
    from sim.warming import warm_up

    (read,), inputs = loaded([scenario])
    chosen = _sized(read, days, replicates, seed)
    keys = dict(parse_values(text) for text in over)
    name = f"sweep-{chosen.name}-{'-'.join(k.rsplit('.', 1)[-1] for k in keys)}"
    with result_folder(out, name, force=force, inputs=inputs, json=json) as place:
        warm_up(chosen, lang)
        with progress_bar("sweeping", lang) as progress:
            made = run_sweep(
                chosen,
                keys,
                members=members,
                as_written=as_written,
                objective=objective,
                fixed_response=fixed_response,
                jobs=jobs,
                progress=progress,
                resume=not no_resume,
            )
        _note(made.comparison.scenarios[-1], lang)
        results = _swept(made)
        _write_sweep(place.path, made, chosen, results, lang)
        place.tell("sweep", results)
    typer.echo(f"{say('written to', lang)} {place.folder}")
    _say_resumed(made.comparison, lang)
    _show_sweep(made, lang)


def loaded(files: "list[Path]") -> "tuple[list[Scenario], list[Path]]":
    """The scenarios in `files`, and every file that they are read from: bases, markets, exports of orders."""
    from sim.scenario import load
    from sim.scenario.reading import DATASETS, files_noted

    with files_noted() as read:
        scenarios = [load(file) for file in files]
    return scenarios, [*read, *(Path(s.orders) for s in scenarios if s.orders and s.orders not in DATASETS)]


def _say_resumed(result: "Comparison", lang: Any) -> None:
    from models.words import say

    if result.resumed:
        text = "{n} replicates are those of an earlier run; --no-resume runs them again."
        typer.echo(say(text, lang, n=result.resumed), err=True)


def _sized(scenario: Any, days: int | None, replicates: int | None, seed: int | None) -> Any:
    given = {"days": days, "replicates": replicates, "seed": seed}
    changes = {key: value for key, value in given.items() if value is not None}
    return scenario.with_changes(changes) if changes else scenario


def _note(scenario: Any, lang: Any) -> None:
    from models.words import say
    from sim.scenario.notes import notes

    for note in notes(scenario, lang):
        typer.echo(say("note: {where}: {note}", lang, where=scenario.name, note=note), err=True)


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
        "quick_look": done.quick_look.plain() if done.quick_look else None,
        "days": run.scenario.days,
        "market": run.scenario.market.name,
        "currency": run.scenario.market.currency,
        "seconds": run.seconds,
        "member_days_per_second": run.member_days_per_second,
        "measures": _values(done),
    }


def _values(done: "Simulation") -> dict[str, Any]:
    """The measures of one run; of one that can be censored whether it is, and beyond what it then lies."""
    from sim.metrics import REGISTRY
    from sim.showing import value_as_json

    found: dict[str, Any] = dict(done.measures)
    for name, measure in REGISTRY.items():
        if measure.followed:
            found[name] = value_as_json(found[name], measure.followed(done.run.scenario))
    return found


def write_simulation(folder: Path, done: "Simulation", results: dict[str, Any]) -> None:
    """Daily series, members, measures and the scenario as it was run."""
    from models.files import write_whole
    from sim.cli.output import write_json
    from sim.run import members_frame

    write_whole(folder / "daily.parquet", lambda path: done.run.daily.to_parquet(path))
    write_whole(folder / "members.parquet", lambda path: members_frame(done.run).to_parquet(path))
    write_whole(folder / "scenario.yaml", done.run.scenario.to_yaml())
    write_json(folder / "measures.json", "simulate", results)


def compared(result: "Comparison") -> dict[str, Any]:
    """What `--json` of compare holds (docs/json.md)."""
    from sim.metrics import REGISTRY
    from sim.showing import as_json

    runs = [r for row in result.replicates[result.kind] for r in row]
    others = [name for name in result.names if name != result.against]
    ranking = result.ranking()
    return {
        "version": result.version,
        "seed": result.seed,
        "members": int(_founders(result)),
        "days": result.scenarios[0].days,
        "replicates": result.scenarios[0].replicates,
        "currency": result.scenarios[0].market.currency,
        "uncertainty": result.kind,
        "seconds": result.seconds,
        "resumed": result.resumed,
        "member_days_per_second": sum(r.member_days for r in runs) / max(sum(r.seconds for r in runs), 1e-9),
        "against": result.against,
        "verdict": result.verdict(),
        "cautions": result.cautions(),
        "scenarios": [
            _one(result, name) | {"chance_of_being_best": chance, "expected_regret": regret}
            for name, chance, regret in zip(result.names, ranking.chances, ranking.regrets, strict=True)
        ],
        "differences": [
            {
                "scenario": name,
                "against": result.against,
                "measures": {
                    m: as_json(d.interval)
                    | {
                        "probability_better": d.probability_better,
                        "probability_mean_better": d.probability_mean_better,
                    }
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
    from sim.showing import as_json

    scenario = result.scenarios[result.names.index(name)]
    return {
        "name": name,
        "digest": scenario.digest,
        "quick_look": _quick_look(result, name),
        "market": scenario.market.name,
        "measures": {m: as_json(result.interval(name, m), bool(known.followed)) for m, known in REGISTRY.items()},
        "simulation_only": {m: as_json(result.by_chance(name, m)) for m in REGISTRY},
        "targets": {
            m: {"target": text, "reached": reached, "met": met, "chance": result.target_chance(name, m)}
            for m, (text, reached, met) in result.targets(name).items()
        },
    }


def _quick_look(result: "Comparison", name: str) -> dict[str, Any] | None:
    look = dict(zip(result.names, result.quick_looks, strict=False)).get(name)
    return look.plain() if look else None


def _swept(made: Any) -> dict[str, Any]:
    from sim.metrics import REGISTRY
    from sim.showing import as_json

    result = made.comparison
    return {
        "version": result.version,
        "seed": result.seed,
        "market": result.scenarios[0].market.name,
        "currency": result.scenarios[0].market.currency,
        "keys": list(made.keys),
        "objective": made.objective,
        "resumed": result.resumed,
        "best": dict(zip(made.keys, made.best, strict=True)),
        "most_often_best": dict(zip(made.keys, made.most_often_best, strict=True)),
        "within_5_percent": [dict(zip(made.keys, p, strict=True)) for p in made.flat],
        "verdict": made.verdict(),
        "points": [
            {
                "values": dict(zip(made.keys, point, strict=True)),
                "quick_look": _quick_look(result, name),
                "chance_of_being_best": chance,
                "expected_regret": regret,
                "measures": {m: as_json(result.interval(name, m), bool(k.followed)) for m, k in REGISTRY.items()},
            }
            for point, name, chance, regret in zip(
                made.points, result.names, made.ranking.chances, made.ranking.regrets, strict=True
            )
        ],
    }


def _write_sweep(folder: Path, made: "Sweep", scenario: "Scenario", results: dict[str, Any], lang: Any) -> None:
    from models.files import write_whole
    from sim.cli.output import write_json
    from sim.report import write_sweep

    write_json(folder / "sweep.json", "sweep", results)
    write_whole(folder / "scenario.yaml", scenario.to_yaml())
    write_whole(folder / "sweep.png", lambda path: made.plot(lang).savefig(path, dpi=150))
    write_sweep(made, folder / "report.html", lang, command_line())


def write_comparison(folder: Path, result: "Comparison", results: dict[str, Any], lang: Any) -> None:
    """Table, scenarios as they were run, plots and the report."""
    from models.files import write_whole
    from sim import plots
    from sim.cli.output import write_json
    from sim.report import write

    write_json(folder / "comparison.json", "compare", results)
    write_whole(folder / "measures.csv", result.frame().to_csv(index=False))
    for scenario in result.scenarios:
        write_whole(folder / f"{scenario.name}.yaml", scenario.to_yaml())
    for name, figure in plots.all_figures(result, lang).items():
        write_whole(folder / f"{name}.png", lambda path, figure=figure: figure.savefig(path, dpi=150))  # type: ignore[misc]
    write(result, folder / "report.html", lang, command_line())


_SHOWN = (
    "ltv_member", "ltv", "ltv_cac", "cac", "payback_days", "roi", "profit_per_member", "churn", "left_share",
    "d7_retention", "d30_retention", "active_30_days", "orders_per_year", "repurchase_rate", "read_rate", "click_rate",
    "coupon_redemption", "bought_anyway", "orders_gained",
)  # fmt: skip


# --- what is shown ---------------------------------------------------------------------------------------------------


def _show_sizes(sentences: list[str]) -> None:
    """Above the results: that pools were not as large as written."""
    for sentence in sentences:
        typer.echo(sentence)


def _show_measures(done: "Simulation", lang: Any) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from models.words import say
    from sim.intervals import interval
    from sim.market_head import head
    from sim.metrics import REGISTRY
    from sim.showing import mean_of
    from sim.words import with_unit

    scenario = done.run.scenario
    table = Table(Column(overflow="fold"), Column(overflow="fold"), box=None, show_header=False)
    for name, value in done.measures.items():
        measure = REGISTRY[name]
        alone = interval(measure, [value], [1.0], measure.followed(scenario) if measure.followed else None)
        label = with_unit(say(measure.label, lang), measure.kind, scenario.market.currency, lang)
        table.add_row(label, mean_of(alone, measure.kind))
    console = Console()
    console.print(head([scenario], lang), soft_wrap=True, highlight=False)
    console.print(table)


def show_comparison(result: "Comparison", lang: Any) -> None:
    """The main measures with their intervals, the targets, the verdicts; the report has every measure."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from models.words import say
    from sim.cli.sentences import show_sentence
    from sim.market_head import head
    from sim.metrics import REGISTRY
    from sim.showing import mean_of, target_words
    from sim.words import with_unit

    _show_sizes(result.sizes(lang))

    # on standard output of a terminal the caption says what stands in brackets and after the sign: not of one replicate
    caption = say("mean (where one pool's outcome lies with 90 %) ± by chance alone", lang)
    spread = result.kind == "all" and len(result.replicates[result.kind]) > 1
    table = Table(caption=caption if spread else None)
    for label in (say("measure", lang), *result.names):
        table.add_column(escape(label), overflow="fold")  # Chinese has no spaces: an ellipsis would eat half of it
    currency = result.scenarios[0].market.currency
    for name in _SHOWN:
        measure = REGISTRY[name]
        cells = [_cell(result, scenario, name) for scenario in result.names]
        table.add_row(with_unit(say(measure.label, lang), measure.kind, currency, lang), *cells)
    _add_choice(table, result, lang)
    console = Console()
    console.print(head(result.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    for scenario in result.names:
        for name, (text, _, met) in result.targets(scenario).items():
            words = target_words(lang, met, result.target_chance(scenario, name))
            value = mean_of(result.interval(scenario, name), REGISTRY[name].kind)
            console.print(f"{scenario}: {say(REGISTRY[name].label, lang)} {value}, {text}: {words}", markup=False)
    for sentence in (*result.cautions(lang), *result.verdict(lang)):
        show_sentence(console, sentence)


def _add_choice(table: Any, result: "Comparison", lang: Any) -> None:
    """Two rows: each scenario's chance of being best by LTV a member, and its expected regret."""
    from models.words import say
    from sim.words import number, with_unit
    from sim.words_verdict import percent

    if len(result.names) < 2:
        return
    ranking = result.ranking()
    if ranking.n < 2:  # one replicate gives no chance
        return
    table.add_section()
    table.add_row(
        say("chance of being best", lang), *(percent(c, lang, ranking.n, short=True) for c in ranking.chances)
    )
    regret = with_unit(say("expected regret", lang), "money", result.scenarios[0].market.currency, lang)
    table.add_row(regret, *(number(r, "money") for r in ranking.regrets))


def _cell(result: "Comparison", scenario: str, name: str) -> str:
    """`47 % (33 … 61) ± 0.4`: mean, interval, by chance alone."""
    from sim.metrics import REGISTRY
    from sim.showing import chance_of, ends_of, mean_of

    interval, kind = result.interval(scenario, name), REGISTRY[name].kind
    ends = ends_of(interval, kind)
    around = f"({' … '.join(end.removesuffix(' %') for end in ends)})" if ends else ""
    chance = chance_of(result.by_chance(scenario, name), kind)
    beside = " ".join(part for part in (around, f"± {chance}" if chance else "") if part)
    return f"{mean_of(interval, kind)} [dim]{beside}[/dim]" if beside else mean_of(interval, kind)


def _show_sweep(made: Any, lang: Any) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from models.words import say
    from sim.cli.sentences import show_sentence
    from sim.market_head import head
    from sim.metrics import REGISTRY
    from sim.report import sweep_columns
    from sim.words import number
    from sim.words_verdict import percent

    _show_sizes(made.comparison.sizes(lang))
    shown = sweep_columns(made)[:5]  # as many as 80 columns hold beside two keys; the page has them all
    table = Table(*(Column(head, no_wrap=True) for head in made.heads))
    for label in (*(REGISTRY[m].label for m in shown), "chance of being best"):
        table.add_column(say(label, lang), overflow="fold")
    ranking, flat = made.ranking, set(made.flat)
    for point, name, chance in zip(made.points, made.comparison.names, ranking.chances, strict=True):
        cells = [number(made.comparison.interval(name, m).mean, REGISTRY[m].kind) for m in shown]
        style = "bold" if point == made.best else "" if point in flat else "dim"
        cells.append(percent(chance, lang, ranking.n, short=True))
        table.add_row(*(escape(str(value)) for value in point), *cells, style=style)
    console = Console()
    console.print(head(made.comparison.scenarios, lang), soft_wrap=True, highlight=False)
    console.print(table)
    show_sentence(console, made.verdict(lang))
