"""Which encoding a text file is in: found by what decodes, and where two do, by which text is the likelier."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from models.data.opening.source import Source
from models.errors import BadInput

_CHUNK = 1 << 20
_SAMPLE = 1 << 18  # characters that tell GB18030 from Big5
_CODECS: Final = {"big5": "cp950"}  # as Windows writes it, with the euro sign
_RARELY = 8  # one character in so many of a table is at least a digit or delimiter, in UTF-16 with a zero beside it
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def codec_of(encoding: str) -> str:
    """Python's name for an encoding as `sniff_encoding` names it."""
    return _CODECS.get(encoding, encoding)


def sniff_encoding(source: Source, head: bytes) -> str:
    """utf-8-sig and utf-16 (by their mark), utf-16-le and utf-16-be (by their zeros), utf-8, gb18030, big5: the one in
    which the whole text decodes.

    Bytes that are both GB18030 and Big5 are the one whose common characters they hold. Raises BadInput where it is no text,
    or in none of these.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            if _decodes(source, name) != "whole":
                raise damaged(source.path)
            return name
    if b"\0" in head:
        for zeros, name in ((head[1::2], "utf-16-le"), (head[::2], "utf-16-be")):
            if (
                len(zeros) >= 2
                and zeros.count(0) == head.count(0) > len(zeros) // _RARELY
                and _decodes(source, name) == "whole"
            ):
                return name
        raise BadInput("{path}: this is not a text file; give the orders as CSV, xlsx or Parquet.", path=source.path)
    read = _decodes(source, "utf-8")
    if read == "whole":
        return "utf-8"
    if read == "cut":
        raise damaged(source.path)
    able = [name for name in ("gb18030", "big5") if _decodes(source, name) == "whole"]
    if not able:
        raise BadInput(
            "{path}: the text is neither UTF-8 nor GB18030; save the file as CSV in UTF-8.", path=source.path
        )
    return able[0] if len(able) == 1 else _likelier(source)


def damaged(path: Path) -> BadInput:
    """The refusal of a text that ends within a character, or holds what is none."""
    return BadInput("{path}: the text is cut off or damaged; save the file as CSV in UTF-8.", path=path)


def _chunks(source: Source) -> Iterator[bytes]:
    with source.open() as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _decodes(source: Source, encoding: str) -> Literal["whole", "cut", "no"]:
    """Whether the text is in this encoding; cut: all of it, with more than ASCII, but for a character that the end cuts."""
    decoder = codecs.getincrementaldecoder(codec_of(encoding))()
    foreign = False
    try:
        for chunk in _chunks(source):
            foreign |= not decoder.decode(chunk).isascii()
    except UnicodeDecodeError:
        return "no"
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cut" if foreign else "no"
    return "whole"


def _likelier(source: Source) -> str:
    """GB18030 or Big5. Nearly all characters of a text are common ones of its own character set, and read as the other
    they are scattered over its rare ones."""
    with source.open() as file:
        raw = file.read(_SAMPLE)
    shares = {}
    for name, ranges in _COMMON.items():
        texts = raw.decode(codec_of(name), errors="ignore")
        codes = [ch.encode(codec_of(name)) for ch in texts if ch > "\x7f"]
        shares[name] = sum(_within(code, ranges) for code in codes) / max(len(codes), 1)
    return "big5" if shares["big5"] > shares["gb18030"] else "gb18030"


# Lead and trail bytes of punctuation and of the common characters: level 1 of GB 2312, and of Big5.
_COMMON: Final = {
    "gb18030": (((0xA1, 0xA3), (0xA1, 0xFE)), ((0xB0, 0xD7), (0xA1, 0xFE))),
    "big5": (((0xA1, 0xA3), (0x40, 0xFE)), ((0xA4, 0xC6), (0x40, 0xFE))),
}


def _within(code: bytes, ranges: tuple[tuple[tuple[int, int], tuple[int, int]], ...]) -> bool:
    if len(code) != 2:
        return False
    return any(low <= code[0] <= high and first <= code[1] <= last for (low, high), (first, last) in ranges)
