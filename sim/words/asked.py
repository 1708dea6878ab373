"""In which language the command line speaks where no command has said so yet: errors, usage, what Ctrl-C stops."""

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise

from models.words import Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as for every program (POSIX)


def language(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> Language:
    """The language of `--lang` among the arguments (the command's own), else Chinese where the environment is.

    Read before the arguments are parsed, since what is wrong with them has to be said, too.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    values = [value for option, value in pairwise([*given, ""]) if option == "--lang"]
    values += [argument.removeprefix("--lang=") for argument in given if argument.startswith("--lang=")]
    if values:
        return "zh" if values[-1] == "zh" else "en"
    around = os.environ if environment is None else environment
    chosen = next((around[name] for name in _VARIABLES if around.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
