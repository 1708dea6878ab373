"""`siyu story`: the life of one member of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.run import AsWritten, Days, Json, Lang, Lives, Members, Responding, Seed, loaded, sized

if TYPE_CHECKING:
    from sim.results.story import Story


def story(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file.")],
    member: Annotated[
        str,
        typer.Option(metavar="K", help="Her place in the order of joining (0, 1, ...), or her customer key."),
    ],
    members: Members = None,
    as_written: AsWritten = False,
    lives: Lives = None,
    days: Days = None,
    seed: Seed = None,
    response: Responding = None,
    every_message: Annotated[
        bool, typer.Option("--every-message", help="Show each message, and what was kept back from her.")
    ] = False,
    json: Json = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a file that siyu did not write with --json.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Tell one member's life, as it is in a run: what she got, what she did, and what the brand cannot see.

    \b
    Example:
      siyu story scenarios/balanced.yaml --member 7 --members 2000
      siyu story scenarios/everything.yaml --member 7 --members 2000 --lang zh --json seven.json
    """
    from models.data.files import write_json
    from sim.outputs.guards import refuse_outputs
    from sim.outputs.output import progress_bar
    from sim.outputs.tables import show_sizes
    from sim.results.simulation import resized
    from sim.results.story import asked, compile_stories
    from sim.results.story import story as tell

    (read,), inputs = loaded([scenario], response)
    chosen = sized(read, lives=lives, days=days, seed=seed)
    resized(chosen, members, as_written=as_written)  # what is refused is refused before the work
    asked(member)
    if json is not None:
        refuse_outputs([json], [scenario, *inputs], force=force)
    compile_stories(chosen, lang)
    with progress_bar("simulating", lang) as progress:
        told = tell(chosen, member, members=members, as_written=as_written, progress=progress)
    show_sizes(told.sizes(lang))
    _show(told, every_message, lang)
    if json is not None:
        write_json(json, "story", told.plain(lang))


def _show(told: "Story", every: bool, lang: Any) -> None:
    from sim.results.market_head import response
    from sim.words import say

    typer.echo(told.head(lang))
    typer.echo(response([told.scenario], lang))
    for line in told.sentences(lang, every):
        typer.echo(line)
    typer.echo(say("What the brand cannot see", lang))
    for line in told.unseen(lang):
        typer.echo(line)
