"""`siyu new` and `siyu check`: write a scenario to start from, show a scenario as understood."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sim.scenario import Scenario


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the strategy: letters, digits, - and _.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("scenarios"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a scenario that is there.")] = False,
) -> None:
    """Write a commented scenario to start from.

    \b
    Example:
      siyu new summer
      siyu check scenarios/summer.yaml
    """
    from sim.scenario.starting import start

    for path in start(name, out, force):
        typer.echo(f"wrote {path}")
    typer.echo(f"Change a number in it, then: siyu check {out / f'{name}.yaml'}")


def check(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files.", metavar="SCENARIO")],
    everything: Annotated[
        bool, typer.Option("--all", help="Show every response parameter, not only those that were changed.")
    ] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was understood as JSON.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a file that siyu did not write with --json.")
    ] = False,
) -> None:
    """Check scenarios and show them as understood.

    Defaults are filled in and marked. Exit code 2 if one cannot be used.

    \b
    Example:
      siyu check scenarios/balanced.yaml
      siyu check scenarios/*.yaml --json checked.json
    """
    from models.errors import BadInput
    from sim.cli.guards import refuse_outputs
    from sim.scenario import load
    from sim.scenario.notes import notes
    from sim.scenario.reading import files_noted

    understood: list[tuple[Path, Scenario]] = []
    problems: list[str] = []
    with files_noted() as read:
        for path in scenarios:
            try:
                understood.append((path, load(path)))
            except BadInput as problem:
                problems.append(str(problem))
    if json is not None:
        orders = [Path(scenario.orders) for _, scenario in understood if scenario.orders]
        refuse_outputs([json], [*scenarios, *read, *orders], force=force)
    for path, scenario in understood:
        _show(path, scenario, everything)
        for note in notes(scenario):
            typer.echo(f"note: {path}: {note}", err=True)
    for sentence in problems:
        typer.echo(sentence, err=True)
    if problems:
        raise typer.Exit(2)
    if json is not None:
        _write_json(json, understood)


def _show(path: Path, scenario: "Scenario", everything: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from sim.scenario.showing import understood

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"# {path}: fine, as understood ({scenario.digest})", style="bold green"))
    for line, by_default in understood(scenario, everything):
        text = f"{line:<50}  # default" if by_default else line
        console.print(Text(text, style="dim" if by_default else "bold"))
    if not everything:
        console.print(Text("# members respond by default where nothing is said; --all shows how", style="dim"))


def _write_json(file: Path, understood: "list[tuple[Path, Scenario]]") -> None:
    from importlib.metadata import version

    from sim.cli.output import write_json
    from sim.scenario.showing import changed_values

    result: dict[str, Any] = {
        "version": version("siyu"),
        "scenarios": [
            {
                "file": str(path),
                "name": scenario.name,
                "digest": scenario.digest,
                "scenario": scenario.model_dump(mode="json", by_alias=True),
                "changed": changed_values(scenario),
            }
            for path, scenario in understood
        ],
    }
    write_json(file, "check", result)
