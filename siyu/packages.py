"""Whether `sim` and `models` are siyu's own: both are common names, and Python imports what comes first on its path."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_OWN = ("models", "sim")


class ForeignPackageError(ImportError):
    """Something else stands where siyu's own `sim` or `models` should be imported from."""


def refuse_others() -> None:
    """Check that siyu's own packages are the ones that Python finds. Raises ForeignPackageError, one sentence.

    Where the command `siyu` is what runs, nobody can catch it: the sentence then goes to standard error, with exit code 2.
    """
    for name in _OWN:
        sentence = _in_place_of(name)
        if sentence and _is_the_command():
            sys.stderr.write(f"{sentence}\n")
            sys.exit(2)
        if sentence:
            raise ForeignPackageError(sentence, name=name)


def _in_place_of(name: str) -> str:
    """What stands in place of siyu's package `name` and what to do, in one sentence; "" where it is the right one."""
    own = _ROOT / name / "__init__.py"
    found = _found(name)
    if found is None:
        return f"siyu: its package {name} is missing in {_ROOT}; install siyu again."
    if found.resolve() == own.resolve():
        return ""
    shown = found.parent if found.name == "__init__.py" else found
    kind = "file" if shown.suffix else "folder"
    loaded = " has been imported" if name in sys.modules else " comes first on Python's path"
    return (
        f"siyu: {shown}{loaded} in place of siyu's own package {name} ({own.parent}); rename that {kind}, or run from "
        "another folder."
    )


def _found(name: str) -> Path | None:
    """The file that `import name` would take, or has taken; None where there is none."""
    if name in sys.modules:
        loaded = sys.modules[name]
        places = [getattr(loaded, "__file__", None), *getattr(loaded, "__path__", ())]
        return next((Path(place) for place in places if place), None)
    spec = find_spec(name)
    places = (
        [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
    )  # a folder without __init__.py: no origin
    return next((Path(place) for place in places if place), None)


def _is_the_command() -> bool:
    """Whether this is the command `siyu` or `python -m siyu`, and no program that imports siyu."""
    script = sys.argv[0] if sys.argv else ""
    if script == "-m":  # the module is still being looked for; `-m` may end a group of options, as in -Bm
        after = (
            sys.orig_argv[place + 1 :]
            for place, given in enumerate(sys.orig_argv)
            if re.fullmatch("-[A-Za-z]*m", given)
        )
        return next(after, [])[:1] == ["siyu"]
    return Path(script).stem == "siyu"
