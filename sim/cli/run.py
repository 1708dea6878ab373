"""`siyu simulate`, `siyu compare`, `siyu sweep`: what members would do under a strategy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.outputs.tables import show_comparison, show_measures, show_parts, show_sizes, show_sweep
from sim.outputs.written import (
    compared,
    simulated,
    swept,
    write_comparison,
    write_simulation,
    write_sweep_results,
)

if TYPE_CHECKING:
    from sim.results.comparison import Comparison
    from sim.results.parts import Parts
    from sim.scenario import Scenario

Members = Annotated[
    int | None,
    typer.Option(help="Founding members, in place of the scenario's; joiners, tools and budgets are scaled with them."),
]
AsWritten = Annotated[
    bool,
    typer.Option("--as-written", help="With --members: leave joiners, tools and budgets as the scenario has them."),
]
Lives = Annotated[
    int | None,
    typer.Option(help="Founding members that are simulated for all of them; joiners, tools and budgets go with them."),
]
Days = Annotated[int | None, typer.Option(help="Days, in place of the scenario's.")]
Replicates = Annotated[int | None, typer.Option(help="Replicates, in place of the scenario's.")]
Seed = Annotated[int | None, typer.Option(min=0, help="The seed of all draws, in place of the scenario's.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the results to this file, too.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results; results/NAME if left out.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the results of an earlier run.")]
Lang = Annotated[Literal["en", "zh"], typer.Option(help="Language of tables, plots and report: en or zh.")]
Fixed = Annotated[
    bool,
    typer.Option("--fixed-response", help="Take response and market as known: chance alone, no other uncertainty."),
]
Jobs = Annotated[int | None, typer.Option(help="How many replicates to run at a time; all cores if left out.")]
Naive = Annotated[
    bool,
    typer.Option(
        "--naive",
        help="Also show what an operator would publish, beside the effect on the same lives: a few more runs.",
    ),
]
Responding = Annotated[
    Path | None,
    typer.Option(
        "--response",
        metavar="FILE",
        help="A response file, or the name of one that comes with siyu, in place of each scenario's own response.",
    ),
]
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
    lives: Lives = None,
    days: Days = None,
    seed: Seed = None,
    response: Responding = None,
    engine: Annotated[
        Literal["compiled", "agents"],
        typer.Option(help="Same results; agents can be inspected and replaced one by one."),
    ] = ("compiled"),
    naive: Naive = False,
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
    from sim.catalogue import MINOR_UNITS
    from sim.order_log import OrdersToParquet
    from sim.outputs.folder import result_folder
    from sim.outputs.output import progress_bar
    from sim.policies.benefits import names_in
    from sim.pool import compile_first
    from sim.results.simulation import resized
    from sim.results.simulation import simulate as run_once

    (read,), inputs = loaded([scenario], response)
    chosen = sized(read, days=days, seed=seed)
    # what is refused is refused before a file is opened
    resized(chosen, members, as_written=as_written, lives=lives)
    names = names_in(chosen)
    with result_folder(out, chosen.name, force=force, inputs=inputs, json=json) as place:
        compile_first(chosen, lang)
        with (
            progress_bar("simulating", lang) as progress,
            OrdersToParquet(place.path / "orders.parquet", chosen.start, MINOR_UNITS, names) as orders,
        ):
            done = run_once(
                chosen,
                members=members,
                as_written=as_written,
                lives=lives,
                engine=engine,
                orders=orders,
                progress=progress,
                keep_members=True,
                naive_differences=naive,
            )
        results = simulated(done)
        write_simulation(place.path, done, results, lang)
        place.tell("simulate", results)
    show_sizes(done.sizes(lang))
    show_measures(done, lang)
    written = "orders.parquet, daily.parquet, members.parquet, measures.json, scenario.yaml, by_*.csv, *.png"
    typer.echo(f"{place.folder}: {written}")


def compare(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files.")],
    members: Members = None,
    as_written: AsWritten = False,
    lives: Lives = None,
    days: Days = None,
    replicates: Replicates = None,
    against: Annotated[str | None, typer.Option(help="Name of the scenario to compare with; else the first.")] = None,
    response: Responding = None,
    fixed_response: Fixed = False,
    seed: Seed = None,
    jobs: Jobs = None,
    parts: Annotated[
        bool,
        typer.Option(
            "--parts", help="Tell what each policy is worth, too: each is switched off in turn, 5 replicates."
        ),
    ] = False,
    no_resume: NoResume = False,
    naive: Naive = False,
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
    from sim.outputs.folder import result_folder
    from sim.outputs.output import progress_bar
    from sim.pool import compile_first
    from sim.results.comparison import compare as run_all
    from sim.results.simulation import resized

    read, inputs = loaded(scenarios, response)
    chosen = [sized(each, days=days, replicates=replicates, seed=seed) for each in read]
    as_run = [resized(each, members, as_written=as_written, lives=lives) for each in chosen]
    name = "compare-" + "-".join(s.name for s in chosen)[:100]
    with result_folder(out, name, force=force, inputs=inputs, json=json) as place:
        for each in as_run:
            _note(each, lang)
        compile_first(as_run[0], lang)
        with progress_bar("comparing", lang) as progress:
            result = run_all(
                chosen,
                members=members,
                as_written=as_written,
                lives=lives,
                against=against,
                fixed_response=fixed_response,
                jobs=jobs,
                progress=progress,
                resume=not no_resume,
                naive_differences=naive,
            )
        how = {
            "members": members,
            "lives": lives,
            "as_written": as_written,
            "fixed_response": fixed_response,
            "jobs": jobs,
        }
        worths = _parts(chosen, result, how | {"resume": not no_resume}, lang) if parts else []
        results = compared(result, worths)
        write_comparison(place.path, result, results, lang, worths)
        place.tell("compare", results)
    typer.echo(f"{place.folder / 'report.html'}")
    _say_resumed(result, lang)
    show_comparison(result, lang)
    for worth in worths:
        show_parts(worth, lang)


def _parts(chosen: "list[Scenario]", result: "Comparison", how: dict[str, Any], lang: Any) -> "list[Parts]":
    """What the policies of each scenario are worth; how long that takes is told beforehand."""
    from sim.outputs.output import progress_bar
    from sim.results.parts import can_be_switched_off, parts, runs_of, time_of
    from sim.words import say

    told = []
    for each in chosen:
        if not can_be_switched_off(each):
            note = say("there is no policy that could be switched off", lang)
            typer.echo(say("note: {where}: {note}", lang, where=each.name, note=note), err=True)
            continue
        text = "{scenario}: what each policy is worth takes {runs} more runs, about {time}"
        time = time_of(result, each, how["jobs"], lang)
        typer.echo(say(text, lang, scenario=each.name, runs=runs_of(each), time=time), err=True)
        with progress_bar("switching off", lang) as progress:
            told.append(parts(each, progress=progress, **how))
    return told


def sweep(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    over: Annotated[list[str], typer.Argument(metavar="KEY=VALUES...", help="KEY=1..14, KEY=0..1:0.25, KEY=a,b,c.")],
    members: Members = None,
    as_written: AsWritten = False,
    lives: Lives = None,
    days: Days = None,
    replicates: Replicates = None,
    objective: Annotated[str, typer.Option(help="The measure whose highest mean is best.")] = "profit_per_member",
    response: Responding = None,
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
    from sim import sweep as run_sweep
    from sim.outputs.folder import result_folder
    from sim.outputs.output import progress_bar
    from sim.pool import compile_first
    from sim.results.simulation import resized
    from sim.results.sweeping import parse_values, short_name
    from sim.words import say

    (read,), inputs = loaded([scenario], response)
    chosen = sized(read, days=days, replicates=replicates, seed=seed)
    keys = dict(parse_values(text) for text in over)
    as_run = chosen
    if "members" not in keys:  # what is refused is refused before a file is opened
        as_run = resized(chosen, members, as_written=as_written, lives=lives)
    name = f"sweep-{chosen.name}-{'-'.join(map(short_name, keys))}"
    with result_folder(out, name, force=force, inputs=inputs, json=json) as place:
        compile_first(chosen, lang)
        with progress_bar("sweeping", lang) as progress:
            result = run_sweep(
                chosen,
                keys,
                members=members,
                as_written=as_written,
                lives=lives,
                objective=objective,
                fixed_response=fixed_response,
                jobs=jobs,
                progress=progress,
                resume=not no_resume,
            )
        _note(result.comparison.scenarios[-1], lang)
        results = swept(result)
        write_sweep_results(place.path, result, chosen if members else as_run, results, lang)
        place.tell("sweep", results)
    typer.echo(f"{say('written to', lang)} {place.folder}")
    _say_resumed(result.comparison, lang)
    show_sweep(result, lang)


def loaded(files: "list[Path]", response: Path | None = None) -> "tuple[list[Scenario], list[Path]]":
    """The scenarios in `files`, all under the response in a file if one is given, and every file that they are read from:
    bases, markets, responses, exports of orders."""
    from sim.drafting.responses import chosen_response
    from sim.reading.files import DATASETS, files_noted
    from sim.scenario.loading import responded
    from sim.scenario.response_file import load_response

    with files_noted() as read:
        file = chosen_response(response)
        given = None if file is None else load_response(file)
        scenarios = [responded(path, given) for path in files]
    return scenarios, [*read, *(Path(s.orders) for s in scenarios if s.orders and s.orders not in DATASETS)]


def _say_resumed(result: "Comparison", lang: Any) -> None:
    from sim.words import say

    if result.resumed:
        text = "{n} {n:replicate is that|replicates are those} of an earlier run; --no-resume runs them again."
        typer.echo(say(text, lang, n=result.resumed), err=True)


def sized(scenario: Any, **given: int | None) -> Any:
    """The scenario with what options give in place of its own; what is None stays."""
    changes = {key: value for key, value in given.items() if value is not None}
    return scenario.with_changes(changes) if changes else scenario


def _note(scenario: Any, lang: Any) -> None:
    from sim.drafting.notes import notes
    from sim.words import say

    for note in notes(scenario, lang):
        typer.echo(say("note: {where}: {note}", lang, where=scenario.name, note=note), err=True)
