"""The command line. What is heavy is imported by the command that needs it, so `siyu --help` is quick."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup

from sim.cli import calibrate, cases, demo, forecast, importing, run, scenario, story

if TYPE_CHECKING:
    from models.words import Sayable

INTERRUPTED = 130  # the exit code of what Ctrl-C stops: 128 and the signal's number
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]  # Typer names it nowhere in public


class _Commands(TyperGroup):
    """The group of commands; Ctrl-C is answered with what was written, where Typer itself would end without a word."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the options before the command; what is wrong with them is said in the user's language."""
        with _usage_in_chinese():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Ctrl-C is one sentence and exit code 130."""
        try:
            with _usage_in_chinese():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            from sim.outputs.stopping import stopped
            from sim.words.asked import language

            typer.echo(stopped(language()), err=True)
            raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _usage_in_chinese() -> Iterator[None]:
    """Where Chinese is asked for, say what is wrong with the arguments in Chinese; in English the parser does."""
    try:
        yield
    except _USAGE_ERROR as problem:
        from sim.cli.usage import speaks_for_itself, usage_said
        from sim.words.asked import language

        if language() == "en" or speaks_for_itself(problem):
            raise
        typer.echo(usage_said(problem), err=True)
        raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    name="siyu",
    help="A wind tunnel for private-domain strategies: simulate, forecast and compare before launch.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich alone would double the time of --help
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import version

    typer.echo(f"siyu {version('siyu')}")
    for package in ("sim", "models"):
        spec = find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec else []
        typer.echo(f"{package} from {places[0] if places else 'nowhere'}")
    raise typer.Exit


@app.callback(epilog="Start with: siyu demo, or siyu new summer, then siyu check scenarios/summer.yaml")
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Show the version and where it runs from.",
    ),
) -> None:
    pass


for _command in (
    demo.demo,
    scenario.new,
    scenario.check,
    run.simulate,
    run.compare,
    run.sweep,
    cases.cases,
    story.story,
    forecast.forecast,
    calibrate.calibrate,
):
    app.command(_command.__name__)(_command)
app.command("import")(importing.import_)  # the word is Python's


def _leave_at_once_if_compiling() -> None:
    """Exit at once if compiling was interrupted: shutting the compiler down then ended in a segmentation fault at times."""
    warming = sys.modules.get("sim.warming")
    if warming is not None and warming.stopped_midway:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(INTERRUPTED)


def main() -> None:
    """Run the command line; bad input is one sentence on standard error and exit code 2."""
    from models.errors import BadInput
    from models.words import Quoted, Remark

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SystemExit:
        _leave_at_once_if_compiling()
        raise
    except BadInput as problem:
        _refuse(problem)
    except MemoryError:
        _refuse(Remark("there is not enough memory for this; try fewer --members or --jobs, or a smaller file."))
    except OSError as problem:  # a name of 300 letters, a folder that cannot be read: whatever no command foresaw
        from models.data.files import reason

        why = {"where": str(problem.filename)[:200], "reason": Quoted(reason(problem))}
        if problem.filename:
            _refuse(Remark("{where}: cannot be used ({reason}); choose another place or name.", why))
        _refuse(Remark("cannot be used ({reason}); choose another place or name.", why))
    except KeyboardInterrupt:
        _stop()
    except RuntimeError as problem:
        if "interrupted" not in str(problem).lower():  # DuckDB's way to say Ctrl-C
            raise
        _stop()


def _refuse(problem: "Sayable") -> NoReturn:
    from sim.words import say
    from sim.words.asked import language

    typer.echo(say(problem, language()), err=True)
    sys.exit(2)


def _stop() -> NoReturn:
    from sim.outputs.stopping import stopped
    from sim.words.asked import language

    typer.echo(stopped(language()), err=True)
    sys.exit(INTERRUPTED)
