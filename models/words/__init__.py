"""What tables, pages and errors say, in English and Chinese: the English text is the key to its Chinese in `zh.toml`.

A text may have `{name}`s to fill in, with formats as in `str.format`, and words that agree with a count: `{n} {n:day|days}`
is `1 day` and `2 days`. `sim` has a catalogue of its own, which falls back on the one here (sim/words). Nothing is read
before Chinese is asked for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

Language: TypeAlias = Literal["en", "zh"]


@runtime_checkable
class Sayable(Protocol):
    """What can be said in either language: a remark, or an error (models.errors.BadInput)."""

    def say(self, lang: Language = "en", words: "Catalogue | None" = None) -> str:
        """The sentence in the language asked for, its Chinese taken from `words`."""


class Catalogue:
    """The Chinese of a package: `zh.toml` in `folder`, and for what is not in it the catalogue that it builds on.

    The file has two parts. `texts` are what the package itself says. `recognised` are sentences that arrive finished, from
    other libraries or as the message of a fit: their places are found again in the sentence (`recognise`).
    """

    def __init__(self, folder: Path, base: "Catalogue | None" = None) -> None:
        self.file = folder / "zh.toml"
        self.base = base

    @cached_property
    def _parts(self) -> Mapping[str, Mapping[str, str]]:
        import tomllib

        return tomllib.loads(self.file.read_text(encoding="utf-8"))

    @property
    def texts(self) -> Mapping[str, str]:
        """The package's own texts: English to Chinese."""
        return self._parts["texts"]

    @property
    def recognised(self) -> Mapping[str, str]:
        """Sentences that arrive finished: English template to Chinese."""
        return self._parts["recognised"]

    def chinese(self, text: str) -> str | None:
        """The Chinese of a text of this package or of one that it builds on; None where there is none."""
        return self.texts.get(text) or (self.base.chinese(text) if self.base else None)

    def say(self, text: "str | Sayable", lang: Language = "en", /, **values: object) -> str:
        """`text` in the language asked for, with `{name}` replaced by `values`; English where there is no Chinese."""
        if isinstance(text, Sayable):
            return text.say(lang, self)
        chosen = (self.chinese(text) or text) if lang == "zh" else text
        said = {name: value.say(lang, self) if isinstance(value, Sayable) else value for name, value in values.items()}
        return _filled(chosen, said, lang) if said else chosen

    def recognise(self, sentence: str, lang: Language = "en") -> str:
        """A finished English sentence in the language asked for; as it stands where it is not known.

        What stands in the places of the template is recognised in turn, so a sentence may be made of others.
        """
        if lang == "en":
            return sentence
        for pattern, chinese in self._patterns:
            if (match := pattern.fullmatch(sentence)) is not None:
                return chinese.format(**{name: self.recognise(part, lang) for name, part in match.groupdict().items()})
        return self.base.recognise(sentence, lang) if self.base else sentence

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The templates as regular expressions, those with the most text of their own first."""
        ordered = sorted(self.recognised.items(), key=lambda item: -len(re.sub(r"{\w+}", "", item[0])))
        return [(_pattern(english), chinese) for english, chinese in ordered]


class _Agreeing(Formatter):
    """`str.format` in which a count can choose the word beside it, by what is shown of it: `{n:one|several}`."""

    seam = ""  # what stands on both sides of each value

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value as its format says; of two words the first where exactly 1 is shown."""
        if "|" in format_spec:
            one, several = format_spec.split("|", 1)
            return one if str(value) == "1" else several
        return f"{self.seam}{super().format_field(value, format_spec)}{self.seam}"


class _Joining(_Agreeing):
    """The same for Chinese, whose templates write a space beside each value, as Latin letters and digits need it."""

    seam = "\0"


_HAN, _WIDE = "\u3400-\u9fff", "\u3000-\u303f\uff00-\uffef"
# a space at a seam, or at two, between two Chinese characters, or beside a full-width mark, which has its own room
_NEEDLESS = re.compile(
    rf"(?<=[{_HAN}])(?:\0 \0?| \0)(?=[{_HAN}])|(?<=[{_WIDE}])(?:\0 \0?| \0)|(?:\0 \0?| \0)(?=[{_WIDE}])"
)
_FILLING: Mapping[Language, Formatter] = {"en": _Agreeing(), "zh": _Joining()}


def _filled(text: str, values: Mapping[str, object], lang: Language) -> str:
    """A text with its places filled in; in Chinese without the spaces beside a value that turns out to be Chinese, too."""
    said = _FILLING[lang].vformat(text, (), values)
    return said if lang == "en" else _NEEDLESS.sub("", said).replace("\0", "")


def _pattern(template: str) -> re.Pattern[str]:
    pieces = (re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, _, _ in Formatter().parse(template))
    return re.compile("".join(pieces), re.DOTALL)


WORDS = Catalogue(Path(__file__).parent)
say = WORDS.say


@dataclass(frozen=True)
class Remark:
    """A sentence in either language: the English template and what its `{name}`s stand for, themselves remarks or not."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Language = "en", words: Catalogue | None = None) -> str:
        """The sentence in the language asked for; `words`: where its Chinese is found."""
        return (words or WORDS).say(self.text, lang, **self.values)

    def __str__(self) -> str:
        return self.say()


@dataclass(frozen=True)
class Quoted:
    """A finished sentence of another library or of the system: `recognised` in the catalogue has its Chinese."""

    sentence: str

    def say(self, lang: Language = "en", words: Catalogue | None = None) -> str:
        """The sentence in the language asked for; as it stands where it is not known."""
        return (words or WORDS).recognise(self.sentence, lang)

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Listed:
    """`a, b and c` in either language; `last` joins the last two: "and", "or", or a comma as the others."""

    items: Sequence[object]
    last: Literal["and", "or", ","] = "and"

    def say(self, lang: Language = "en", words: Catalogue | None = None) -> str:
        """The list in the language asked for."""
        said = [item.say(lang, words) if isinstance(item, Sayable) else str(item) for item in self.items]
        if len(said) < 2:
            return "".join(said)
        between, last = _BETWEEN[lang, self.last]
        if lang == "zh" and last in "和或":  # Chinese sets Latin letters and digits apart
            last = (" " if said[-2][-1:].isascii() else "") + last + (" " if said[-1][:1].isascii() else "")
        return between.join(said[:-1]) + last + said[-1]

    def __str__(self) -> str:
        return self.say()


_BETWEEN = {
    ("en", "and"): (", ", " and "),
    ("en", "or"): (", ", " or "),
    ("en", ","): (", ", ", "),
    ("zh", "and"): ("、", "和"),
    ("zh", "or"): ("、", "或"),
    ("zh", ","): ("、", "、"),
}
MOST_TIMES = 20.0  # beyond, "more than this many times" says as much, and the exact ratio is one of rounding errors


def times(ratio: float) -> Remark:
    """How many times as much, in a sentence: "2.3 times", or "more than 20 times"."""
    return Remark("more than {n:.0f} times" if ratio > MOST_TIMES else "{n:.1f} times", {"n": min(ratio, MOST_TIMES)})
