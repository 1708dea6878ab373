"""How verdicts speak: numbers, chances and lists in sentences of both languages."""

import math
import re

from sim.results.metrics import REGISTRY
from sim.results.statistics.chances import highest
from sim.scenario.measures import Kind
from sim.words import Language, number, say

_FINEST = 5  # decimals more for a difference; one that is still smaller is written as 0


def signed_number(value: float | None, kind: Kind, lang: Language) -> str:
    """A difference with its sign, never written as 0 where it is more; of shares in percentage points."""
    texts = [number(value, kind, finer=finer, signed=True) for finer in range(_FINEST)]
    text = next((text for text in texts if any(digit in text for digit in "123456789")), texts[0])
    return in_points(text, kind, lang)


def in_points(text: str, kind: Kind, lang: Language) -> str:
    """A number's English text, of shares with percentage points for its per cent: how large a difference is."""
    return text.replace(" %", say(" points", lang)) if kind == "share" else text


def percent(chance: float | None, lang: Language, n: int = 0, short: bool = False) -> str:
    """A chance in whole per cent, `more than 95 %` (short, for tables: `> 95 %`) at the highest that n replicates support,
    a dash if it is None."""
    if chance is None:
        return "–"
    whole, top = round(100 * chance), math.floor(100 * highest(n)) if n else 100
    if n and chance >= highest(n) - 1e-12:
        return say("> {percent} %" if short else "more than {percent} %", lang, percent=top)
    if n and chance <= 1 - highest(n) + 1e-12:
        return say("< {percent} %" if short else "less than {percent} %", lang, percent=100 - top)
    return say("{percent} %", lang, percent=min(max(whole, 100 - top), top))


def labelled(measure: str, lang: Language) -> str:
    """A measure's label before a number: Chinese needs a space where the label ends in Latin letters."""
    label = say(REGISTRY[measure].label, lang)
    return f"{label} " if lang == "zh" and label[-1].isascii() else label


_LISTS = {
    ("en", False): (", ", " and "),
    ("en", True): (", ", " and "),
    ("zh", False): ("、", "和"),
    ("zh", True): ("，", "，且"),
}


def joined(parts: list[str], lang: Language, clauses: bool = False) -> str:
    """`a`, `a and b`, `a, b and c`; Chinese lists clauses otherwise than names."""
    if len(parts) < 2:
        return "".join(parts)
    between, last = _LISTS[lang, clauses]
    return between.join(parts[:-1]) + last + parts[-1]


def apart(one: str, other: str, lang: Language) -> str:
    """Two sentences after one another; Chinese has no space between them."""
    return (one + other) if lang == "zh" or not other else f"{one} {other}"


def unbroken(text: str) -> str:
    """For pages: a number stays on one line with its per cent and with the ± before it."""
    return re.sub(r"(?<=\d) (?=%)|(?<=±) (?=\d)", "\N{NO-BREAK SPACE}", text)
