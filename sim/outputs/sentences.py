"""Sentences on a terminal: broken between words, in Chinese between characters, never inside `53 %` or `1,200 USD`."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_HELD = re.compile(r"(?<=\d) (?=%|[A-Z]{3}\b)| (?==)|(?<==) ")  # a number and its unit, a setting and its value
_GAP = "\N{NO-BREAK SPACE}"
# a space, or a Chinese character or a run of anything else, with opening marks before it and closing ones behind it
_PIECE = re.compile(r" |[（《]*(?:[\u2e80-\uffef]|[^ \u2e80-\uffef]+)[，。；：！？、）》]*")


def show_sentence(console: "Console", text: str, style: str = "bold") -> None:
    """Print a sentence, as wide as the console."""
    from rich.text import Text

    for line in lines(text, console.width):
        console.print(Text(line, style=style), soft_wrap=True)


def lines(text: str, width: int) -> list[str]:
    """The sentence in lines of at most `width` cells (a Chinese character takes two), if its pieces are no wider."""
    from rich.cells import cell_len

    broken, line = [], ""
    for piece in _PIECE.findall(_HELD.sub(_GAP, text)):
        if line and piece != " " and cell_len(line + piece) > width:
            broken.append(line.rstrip(" "))
            line = ""
        if line or piece != " ":
            line += piece
    return [done.replace(_GAP, " ") for done in (*broken, line.rstrip(" "))]
