"""`siyu new` and `siyu check`: write a scenario to start from, show a scenario as understood."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from sim.scenario import Scenario

Lang = Annotated[Literal["en", "zh"], typer.Option(help="Language of what is written and shown: en or zh.")]


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the strategy: letters, digits, - and _.")],
    market: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help="A trade by its name, like beauty, or a market file of your own; left out, cdnow (US dollars, 1997).",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("scenarios"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a scenario that is there.")] = False,
    lang: Lang = "en",
) -> None:
    """Write a commented scenario to start from, its costs and coupons to the scale of the market's usual order.

    A trade's market is copied to markets/ beside the scenario, unless one is there. Where its numbers come from:
    docs/markets.md.

    \b
    Markets (a usual order, the margin):
      beauty                美妆      120 CNY, 65 %
      mother_and_baby       母婴      220 CNY, 30 %
      apparel               服装      240 CNY, 48 %
      fresh_food            生鲜       76 CNY, 28 %
      home                  家居      380 CNY, 45 %
      consumer_electronics  数码      350 CNY, 42 %
      health_food           保健品    300 CNY, 63 %
      catering              餐饮      120 CNY, 60 %
      cdnow                 唱片       36 USD, 50 %

    \b
    Example:
      siyu new summer --market beauty
      siyu check scenarios/summer.yaml
      siyu new summer --market scenarios/markets/mine.yaml --lang zh
    """
    from sim.drafting.starting import start
    from sim.words import say

    for path in start(name, out, force, market, lang):
        typer.echo(say("wrote {path}", lang, path=path))
    typer.echo(say("Change a number in it, then: siyu check {path}", lang, path=out / f"{name}.yaml"))


def check(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files.", metavar="SCENARIO")],
    everything: Annotated[
        bool, typer.Option("--all", help="Show every response parameter and covariances, too.")
    ] = False,
    response: Annotated[
        Path | None,
        typer.Option(
            "--response",
            metavar="FILE",
            help="A response file, or the name of one that comes with siyu, in place of each scenario's own response.",
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was understood as JSON.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a file that siyu did not write with --json.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Check scenarios and show them as understood, the policy first; say which costs and coupons are out of scale.

    Defaults are filled in and marked; what each message and benefit does is said in words, and what falls away.
    Exit code 2 if one cannot be used.

    \b
    Example:
      siyu check scenarios/balanced.yaml
      siyu check scenarios/*.yaml --json checked.json
    """
    from models.errors import BadInput
    from sim.drafting.notes import notes
    from sim.drafting.responses import chosen_response
    from sim.outputs.guards import refuse_outputs
    from sim.reading.files import files_noted
    from sim.scenario.loading import load_said
    from sim.scenario.response_file import load_response
    from sim.words import say
    from sim.words.asked import language

    understood: list[tuple[Path, Scenario, dict[str, Any]]] = []
    problems: list[BadInput] = []
    with files_noted() as read:
        file = chosen_response(response)
        given = None if file is None else load_response(file)
        for path in scenarios:
            try:
                scenario, said = load_said(path, given)
            except BadInput as problem:
                problems.append(problem)
                continue
            understood.append((path, scenario, said))
    if json is not None:
        orders = [Path(scenario.orders) for _, scenario, _ in understood if scenario.orders]
        refuse_outputs([json], [*scenarios, *read, *orders], force=force)
    for path, scenario, said in understood:
        _show(path, scenario, said, everything, lang)
        for note in notes(scenario, lang):
            typer.echo(say("note: {where}: {note}", lang, where=path, note=note), err=True)
    for refusal in problems:
        typer.echo(say(refusal, language()), err=True)
    if problems:
        raise typer.Exit(2)
    if json is not None:
        _write_json(json, [(path, scenario) for path, scenario, _ in understood])


def _show(path: Path, scenario: "Scenario", said: dict[str, Any], everything: bool, lang: Literal["en", "zh"]) -> None:
    from rich.console import Console
    from rich.text import Text

    from sim.drafting.explained import explained
    from sim.drafting.understood import understood
    from sim.results.market_head import response
    from sim.words import say

    console = Console(highlight=False, soft_wrap=True)
    head = say("# {path}: fine, as understood ({digest})", lang, path=path, digest=scenario.digest)
    console.print(Text(head, style="bold green"))
    for line, by_default in understood(scenario, everything, said, lang):
        text = f"{line:<50}  # {say('default', lang)}" if by_default else line
        console.print(Text(text, style="dim" if by_default else "bold"))
    for sentence in explained(scenario, lang):
        console.print(Text(f"# {sentence}", style="green"))
    if not everything:
        left_out = (
            "# {response}; where nothing is said of it members respond by default; --all shows how, and covariances"
        )
        console.print(Text(say(left_out, lang, response=response([scenario], lang)), style="dim"))


def _write_json(file: Path, understood: "list[tuple[Path, Scenario]]") -> None:
    from importlib.metadata import version

    from models.data.files import write_json

    result: dict[str, Any] = {
        "version": version("siyu"),
        "scenarios": [
            {
                "file": str(path),
                "name": scenario.name,
                "digest": scenario.digest,
                "response": scenario.response_name,
                "scenario": scenario.model_dump(mode="json", by_alias=True),
                "changed": scenario.changed_values(),
            }
            for path, scenario in understood
        ],
    }
    write_json(file, "check", result)
