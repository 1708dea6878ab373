"""Write sentences.toml anew: what is said of each file that is refused, in English and Chinese, through each door."""

import sys
import tempfile
from pathlib import Path

from models.errors import BadInput

from .case import Refused
from .cases import CASES
from .doors import through

KEPT = Path(__file__).with_name("sentences.toml")


def spoken(problem: BadInput, folder: Path) -> tuple[str, str]:
    """The sentence in English and in Chinese, without the folder of the file."""
    places = (f"{folder}/", str(folder))
    english, chinese = str(problem), problem.say("zh")
    for place in places:
        english, chinese = english.replace(place, ""), chinese.replace(place, "")
    return english, chinese


def written() -> str:
    """The content of sentences.toml; a file that is not refused is told on the terminal and left out."""
    parts = ["# What is said of each file of the table that is refused; see sentences.py.\n"]
    for case in CASES:
        if not isinstance(case.wanted, Refused):
            continue
        said: list[tuple[str, str]] = []
        for door in case.doors:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    through(door, case.write(Path(folder)), **case.options)
                except BadInput as problem:
                    said.append(spoken(problem, Path(folder)))
                except Exception as problem:
                    sys.stderr.write(f"{case.name}, {door}: {type(problem).__name__}: {problem}\n")
                else:
                    sys.stderr.write(f"{case.name}, {door}: not refused\n")
        parts.append(f"\n[{_quoted(case.name)}]\n")
        for name, place in (("en", 0), ("zh", 1)):
            each = "".join(f"  {_quoted(text)},\n" for text in dict.fromkeys(one[place] for one in said))
            parts.append(f"{name} = [\n{each}]\n")
    return "".join(parts)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    KEPT.write_text(written(), encoding="utf-8")
