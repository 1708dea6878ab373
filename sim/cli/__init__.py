"""The command line. What is heavy is imported by the command that needs it, so `siyu --help` is quick."""

import sys
from importlib.util import find_spec
from typing import NoReturn

import typer

from sim import demo
from sim.cli import calibrate, forecast, importing, run, scenario

_STOPPED = 130  # the exit code of what Ctrl-C ended

app = typer.Typer(
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
        found = find_spec(package)
        places = list(found.submodule_search_locations or ()) if found else []
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
    forecast.forecast,
    calibrate.calibrate,
):
    app.command(_command.__name__)(_command)
app.command("import")(importing.import_)  # the word is Python's


def main() -> None:
    """Run the command line; bad input is one sentence on standard error and exit code 2."""
    from models.errors import BadInput

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except BadInput as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)
    except OSError as problem:  # a name of 300 letters, a folder that cannot be read: whatever no command foresaw
        about = f"{str(problem.filename)[:200]}: " if problem.filename else ""
        typer.echo(f"{about}cannot be used ({problem.strerror or problem}); choose another place or name.", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        _stopped()
    except RuntimeError as problem:
        if "interrupted" not in str(problem).lower():  # DuckDB's way to say Ctrl-C
            raise
        _stopped()
    except SystemExit as end:
        if end.code == _STOPPED:  # typer's way, without a word
            _stopped()
        raise


def _stopped() -> NoReturn:
    typer.echo("stopped", err=True)
    sys.exit(_STOPPED)
