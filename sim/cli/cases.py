"""`siyu cases`: how much of what operators published was the policy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.run import Force, Jobs, Json, Lang, Members, NoResume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.cases import Case, CaseResult


def cases(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Cases; all if left out.")] = None,
    response: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A response file, or the name of one that comes with siyu, in place of the default."
        ),
    ] = None,
    members: Members = None,
    replicates: Annotated[
        int | None, typer.Option(min=1, help="Replicates; left out: as many as the rules of the cases ask for.")
    ] = None,
    spelling: Annotated[int | None, typer.Option(min=1, help="Only this spelling of each case.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of all draws.")] = 1,
    jobs: Jobs = None,
    no_resume: NoResume = False,
    folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Cases of your own, with their rules.yaml.")
    ] = None,
    json: Json = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the results; results/cases if left out.")
    ] = None,
    force: Force = False,
    lang: Lang = "en",
) -> None:
    """Run published cases: the claim, what its operator would have measured, and the effect on the same lives.

    \b
    Example:
      siyu cases wake-up --members 2000 --replicates 3
      siyu cases --lang zh --json cases.json
    """
    from models.data.files import write_json, write_whole
    from sim.cases import Asked, read_cases, run_cases
    from sim.cases.telling import as_csv, as_markdown
    from sim.drafting.responses import chosen_response
    from sim.outputs.folder import result_folder
    from sim.outputs.output import progress_bar
    from sim.pool import compile_first
    from sim.reading.files import files_noted
    from sim.words import say

    with files_noted() as read:
        chosen = read_cases(ids or (), folder)
    response = chosen_response(response)
    asked = Asked(response, members, replicates, seed, spelling, jobs=jobs, resume=not no_resume)
    _refuse_what_is_not_there(chosen, spelling)
    inputs = [*read, *([response] if response else [])]
    with result_folder(out, "cases", force=force, inputs=inputs, json=json) as place:
        _note_changes(folder, lang)
        compile_first(chosen[0].spellings[0].first, lang)
        with progress_bar("running cases", lang) as progress:
            results = run_cases(chosen, asked, progress)
        values = told(results, seed)
        write_json(place.path / "cases.json", "cases", values)
        write_whole(place.path / "cases.csv", as_csv(results))
        write_whole(place.path / "cases.md", as_markdown(results, lang))
        place.tell("cases", values)
    resumed = sum(result.resumed for result in results)
    if resumed:
        text = "{n} {n:replicate is that|replicates are those} of an earlier run; --no-resume runs them again."
        typer.echo(say(text, lang, n=resumed), err=True)
    _show(results, lang)
    typer.echo(f"{place.folder}: cases.json, cases.csv, cases.md")


def told(results: "Sequence[CaseResult]", seed: int) -> dict[str, Any]:
    """What `siyu cases --json` holds (docs/json.md)."""
    from sim.cases.results import counted
    from sim.run import version

    met, judged = counted(results)
    return {
        "version": version(),
        "seed": seed,
        "met": met,
        "counted": judged,
        "cases": [record for result in results for record in result.records()],
    }


def _refuse_what_is_not_there(chosen: "Sequence[Case]", spelling: int | None) -> None:
    from models.errors import BadInput

    for case in chosen:
        if spelling is not None and spelling not in [s.number for s in case.spellings]:
            raise BadInput(
                "{case}: there is no spelling {number}; it has {n}",
                case=case.id,
                number=spelling,
                n=len(case.spellings),
            )


def _note_changes(folder: Path | None, lang: Any) -> None:
    """Say on standard error which files are not as they were frozen."""
    from models.words import Listed
    from sim.cases.case import FROZEN_FILE, cases_folder, changed_since_frozen
    from sim.words import say

    place = folder or cases_folder()
    if not (place / FROZEN_FILE).is_file():
        return
    changed = changed_since_frozen(place)
    if changed:
        text = "note: not as they were frozen before the first run: {files}; what was searched with them is void"
        typer.echo(say(text, lang, files=Listed(changed, ",")), err=True)


def _show(results: "Sequence[CaseResult]", lang: Any) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from sim.cases.telling import heads, lines, sentences
    from sim.outputs.sentences import show_sentence

    table = Table(box=None)
    for head in heads(lang):
        table.add_column(escape(head), overflow="fold")
    for line in lines(results, lang):
        table.add_row(*map(escape, line))
    console = Console()
    console.print(table)
    for sentence in sentences(results, lang):
        show_sentence(console, sentence, style="")
