r"""The forms in which a day and a time are written, told from the shape of a text (small letters, every digit a 9).

What may stand beside the figures (a weekday, 上午, an offset from UTC) is taken off by regular expressions that mean the
same to Python, which applies them to shapes, and to DuckDB, which applies them to texts. What is left is ISO, which DuckDB
casts, or has a format of strptime.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["dmy", "mdy", "ymd"]
ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")

ISO = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[Tt ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
EPOCH = r"1\d{9}(?:\d{3})?(?:\.0+)?"  # seconds or milliseconds since 1970, from 2001 to 2033
SERIAL = r"\d{5}(?:\.\d+)?"  # days since 1899-12-30, as Excel counts them
BEFORE_NOON, AFTER_NOON = r"上午|凌晨|早上|(?:\b|\d)a\.?m\b", r"下午|(?:\b|\d)p\.?m\b"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"

# In the order in which they are taken off: pattern and what stands in its place.
CLEANINGS: dict[str, tuple[str, str]] = {
    "offset": (
        r"((?::\d\d|T\d{4,6}|[时点分秒]|[ap]m)(?:[.,]\d+)?)\s*(z|(?:utc|gmt)?\s*[+-](?:\d{4}|\d{1,2}(?::\d\d)?)|utc|gmt)$",
        r"\1",
    ),
    "meridiem": (r"(?:上午|下午|凌晨|早上|[ap]\.m\.|\b[ap]m\b)|(?:(\d)\s*[ap]\.?m\b\.?)", r"\1 "),
    "weekday": (rf"[(]?(?:\b{_DAY}\b|(?:星期|周|礼拜)[一二三四五六日天])[)]?[,.]?", " "),
    "ordinal": (r"(\d)(?:st|nd|rd|th)\b", r"\1"),
    "september": (r"\bsept\b", "sep"),
    "whole": (r"^(\d{8}|\d{12}|\d{14})\.0+$", r"\1"),
    "compact day": (r"^(\d{4})(\d\d)(\d\d)(\s*T?\s*\d{1,2}:.*)?$", r"\1-\2-\3\4"),
    "compact minutes": (r"^(\d{4})(\d\d)(\d\d)[ T]*(\d\d)(\d\d)$", r"\1-\2-\3 \4:\5"),
    "compact seconds": (r"^(\d{4})(\d\d)(\d\d)[ T]*(\d\d)(\d\d)(\d\d)$", r"\1-\2-\3 \4:\5:\6"),
    "fraction": (r"(:\d\d)[.,]\d+", r"\1"),
    "letter": (r"(\d)T(\d)", r"\1 \2"),
}

_TIME = r"9{1,2}(?::9{1,2}(?::9{1,2})?| ?[时点](?: ?9{1,2} ?分(?: ?9{1,2} ?秒)?)?)"
_PLAIN = r" ?[-/.] ?"
_FIGURES = rf"9{{1,2}}(?P<between>{_PLAIN})9{{1,2}}(?P=between)"
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"9999(?P<between>{_PLAIN})9{{1,2}}(?P=between)9{{1,2}}", ("%Y", "%m", "%d")),
    (r"9999 ?年 ?9{1,2} ?月 ?9{1,2} ?[日号]?", ("%Y", "%m", "%d")),
    (r"99 ?年 ?9{1,2} ?月 ?9{1,2} ?[日号]?", ("%y", "%m", "%d")),
    (rf"{_FIGURES}9999", ("%1", "%2", "%3Y")),
    (rf"{_FIGURES}99", ("%1", "%2", "%3y")),
    (rf"9{{1,2}}[ .-]+(?:{_MONTH})[ .,-]+9999", ("%d", "%b", "%Y")),
    (rf"9{{1,2}}[ .-]+(?:{_MONTH})[ .,-]+99", ("%d", "%b", "%y")),
    (rf"(?:{_MONTH})[ .-]+9{{1,2}}[ .,-]+9999", ("%b", "%d", "%Y")),
    (rf"(?:{_MONTH})[ .-]+9{{1,2}}[ .,-]+99", ("%b", "%d", "%y")),
    (rf"9999[ .-]+(?:{_MONTH})[ .-]+9{{1,2}}", ("%Y", "%b", "%d")),
)
_WHOLE = tuple(
    (re.compile(rf"(?P<date>{form})(?:(?P<gap> ?,? ?-? ?)(?P<time>{_TIME}|9{{1,2}}))?"), directives)
    for form, directives in _FORMS
)


@dataclass(frozen=True)
class Form:
    """How texts of one shape are read.

    kind: by DuckDB's cast ("iso"), by `format`, or as a number of seconds ("epoch") or days ("serial"). cleanings: names in
    CLEANINGS that apply. format: of strptime; %1, %2, %3Y and %3y in it stand for figures whose order the column tells.
    """

    kind: Literal["iso", "format", "epoch", "serial"]
    cleanings: tuple[str, ...] = ()
    format: str | None = None

    @property
    def open(self) -> bool:
        """Whether the order of its figures is left open."""
        return self.format is not None and "%1" in self.format

    def ordered(self, order: Order | None) -> str | None:
        """The format with the figures in this order; None where they cannot be in it."""
        if self.format is None or not self.open:
            return self.format
        if order is None or (order == "ymd" and "%3Y" in self.format):
            return None
        year = "%Y" if "%3Y" in self.format else "%y"
        directives = {"d": "%d", "m": "%m", "y": year}
        text = self.format.replace("%3Y", "%3").replace("%3y", "%3")
        for place, part in enumerate(order, 1):
            text = text.replace(f"%{place}", directives[part])
        return text


def form_of(shape: str) -> Form | None:
    """How texts of this shape are read; None where they are no time."""
    if re.fullmatch(SERIAL, shape):
        return Form("serial")
    if re.fullmatch(r"9{10}(9{3})?(\.9+)?", shape):
        return Form("epoch")
    # A shape does not tell .0 from .5; the pattern for texts does.
    whole = re.fullmatch(r"(9{8}|9{12}|9{14})\.9+", shape)
    text, used = (shape, []) if whole is None else (whole[1], ["whole"])
    for name, (pattern, instead) in CLEANINGS.items():
        if re.fullmatch(ISO, text) and name in ("fraction", "letter"):
            break
        cleaned = re.sub(pattern, instead, text, flags=re.IGNORECASE | re.ASCII)
        if cleaned != text:
            used.append(name)
            text = " ".join(cleaned.split())
    if re.fullmatch(ISO, text):
        return Form("iso", tuple(used))
    format = _format(text, "meridiem" in used)
    return None if format is None else Form("format", tuple(used), format)


def _format(text: str, with_hour_alone: bool) -> str | None:
    """The format of strptime for a shape; an hour alone is one only beside 上午, 下午, AM or PM."""
    for whole, directives in _WHOLE:
        match = whole.fullmatch(text)
        if match is None:
            continue
        date, gap, time = match["date"], match["gap"] or "", match["time"]
        if time is None:
            return _filled(date, iter(directives))
        apart = gap != "" or date[-1] in "日号"
        if not apart or (time.strip("9") == "" and not with_hour_alone):
            continue
        return _filled(date, iter(directives)) + gap + _filled(time, iter(("%H", "%M", "%S")))
    return None


def _filled(text: str, directives: Iterator[str]) -> str:
    """The text with its numbers and names of months replaced by directives, one after the other."""
    return re.sub(rf"9+|\b(?:{_MONTH})\b", lambda match: _directive(match[0], next(directives)), text)


def _directive(found: str, directive: str) -> str:
    return "%B" if directive == "%b" and len(found) > 3 else directive
