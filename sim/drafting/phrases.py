"""Parts of sentences, put together in either language."""

from collections.abc import Iterable

from models.words import Listed
from sim.words import Language


def joined(parts: list[str], lang: Language) -> str:
    """Parts of a sentence, one after the other."""
    return ("，" if lang == "zh" else ", ").join(parts)


def short(value: float) -> str:
    """A number of messages or people, to two places at most."""
    return f"{round(value, 2):g}"


def listed(names: Iterable[object], lang: Language) -> str:
    """Names or numbers, one after the other."""
    return Listed(tuple(names), ",").say(lang)
