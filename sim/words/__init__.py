"""What the simulator says, in English and Chinese (`zh.toml`), and how numbers are written in tables and sentences."""

from pathlib import Path
from typing import TYPE_CHECKING

from models.words import WORDS as WORDS_OF_MODELS
from models.words import Catalogue, Language, Remark
from models.words.numbers import minus, significant, told_apart, whole, with_sign

if TYPE_CHECKING:
    from sim.scenario.measures import Kind

__all__ = [
    "WORDS", "Language", "Remark", "counted", "minus", "number", "say", "significant", "told_apart", "whole", "with_sign",
    "with_unit",
]  # fmt: skip

WORDS = Catalogue(Path(__file__).parent, WORDS_OF_MODELS)
say = WORDS.say


def number(
    value: float | None, kind: "Kind | None" = None, lang: Language = "en", finer: int = 0, signed: bool = False
) -> str:
    """A number as people read it: shares in per cent, three significant digits, thousands apart, a real minus sign; a dash
    for None.

    finer: decimals beyond those. signed: with a plus where it is above 0 and not rounded to it.
    """
    if value is None:
        return "–"
    return (with_sign if signed else minus)(_written(value, kind, lang, finer))


def _written(value: float, kind: "Kind | None", lang: Language, finer: int) -> str:
    if kind == "share":
        percent = 100 * value
        digits = 0 if abs(percent) >= 10 else 1 if abs(percent) >= 1 else 2 if abs(percent) >= 0.01 else 4
        text = f"{percent:.{digits + finer}f}"
        return say("{percent} %", lang, percent=text if any(digit in text for digit in "123456789") else "0")
    if abs(value) >= 1000:
        return f"{value:,.{finer}f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits + finer}f}"


def counted(n: int, one: str) -> str:
    """`1 replicate`, `2,000 replicates`, for what Python shows of an object; sentences have `{n:one|several}`."""
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def with_unit(label: str, kind: "Kind | None", currency: str, lang: Language = "en") -> str:
    """A measure's label with the unit of its numbers."""
    unit = {"money": currency, "days": say("days", lang)}.get(kind or "")
    return say("{label}, {unit}", lang, label=label, unit=unit) if unit else label
