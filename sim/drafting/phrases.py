"""Parts of sentences, put together in either language."""

from collections.abc import Iterable

from models.words import Listed
from sim.words import Language, number, say, whole


def joined(parts: list[str], lang: Language) -> str:
    """Parts of a sentence, one after the other."""
    return ("，" if lang == "zh" else ", ").join(parts)


def short(value: float, finer: int = 0) -> str:
    """A number of messages or people, to two places at most; `finer`: so many more."""
    return whole(value, 2 + finer)


def written_share(value: float, lang: Language, finer: int = 0) -> str:
    """A share that a planner wrote, in per cent and with no digit more than she did: 0.05 is `5 %`, where a result has
    `5.0 %`. One of more than two decimals is written as a result is, with `finer` digits more."""
    if abs(100.0 * value - round(100.0 * value, 2)) < 1e-9:
        return say("{percent} %", lang, percent=whole(100.0 * value, 2))
    return number(value, "share", lang, finer)


def listed(names: Iterable[object], lang: Language) -> str:
    """Names or numbers, one after the other."""
    return Listed(tuple(names), ",").say(lang)
