"""The currency signs that the number formats of an xlsx workbook show beside its amounts; the cells themselves hold none.

Formats by number alone (5 to 8, 41 to 44) show whatever currency the reader's Excel is set to, and say nothing. calamine
does not tell formats, and those of xls and xlsb are not looked at.
"""

import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree
from zipfile import ZipFile

from models.data.cells.currencies import code_of, written_as
from models.data.opening.bounds import column_letters, parts_of, whole_tags

_PLACED = re.compile(r"\[\$([^\]-]+)(?:-([^\]]+))?\]")  # a sign and where it is at home: [$€-407]
_TEXT = re.compile(r'"([^"]*)"|\\(.)|([$€£¥￥])')
# Where a sign that several currencies have is at home, and which it is there: the last four digits of [MS-LCID], or the
# region of a language tag (en-CA).
_AT_HOME = {
    "$": {
        "0409": "USD", "1009": "CAD", "0c0c": "CAD", "0c09": "AUD", "1409": "NZD", "1004": "SGD", "4809": "SGD",
        "0c04": "HKD", "3c09": "HKD", "0404": "TWD", "080a": "MXN", "2c0a": "ARS", "340a": "CLP", "240a": "COP",
        "us": "USD", "ca": "CAD", "au": "AUD", "nz": "NZD", "sg": "SGD", "hk": "HKD", "tw": "TWD", "mx": "MXN",
        "ar": "ARS", "cl": "CLP", "co": "COP",
    },
    "¥": {"0804": "CNY", "0411": "JPY", "cn": "CNY", "jp": "JPY"},
}  # fmt: skip


@dataclass
class Signs:
    """The signs beside the numbers of a column: from each row in `rows` on, to the next, that at its place in `signs`."""

    rows: list[int] = field(default_factory=list)
    signs: list[str | None] = field(default_factory=list)

    def take(self, row: int, sign: str | None) -> None:
        """The sign of a row below all that were taken."""
        if self.signs[-1:] != [sign]:
            self.rows.append(row)
            self.signs.append(sign)

    def beside(self, row: int) -> str | None:
        """The sign beside the number in a row."""
        at = bisect_right(self.rows, row)
        return self.signs[at - 1] if at else None


@dataclass(frozen=True)
class Formats:
    """The bytes of a workbook, and what `signs_of_styles` says of them."""

    content: bytes
    styles: Mapping[int, str]


def signs_of_styles(content: bytes) -> dict[int, str]:
    """The styles of cells of a workbook (the bytes of an xlsx) that show a currency, by number, and its sign or code."""
    with ZipFile(io.BytesIO(content)) as archive:
        member = next((name for name in archive.namelist() if name.casefold() == "xl/styles.xml"), None)
        if member is None:
            return {}
        styles = ElementTree.fromstring(archive.read(member))
    formats = {
        element.get("numFmtId"): sign
        for element in styles.iter()
        if element.tag.endswith("}numFmt") and (sign := sign_of(element.get("formatCode", ""))) is not None
    }
    cells: Iterable[ElementTree.Element] = next(
        (element for element in styles.iter() if element.tag.endswith("}cellXfs")), []
    )
    used = ((i, formats.get(style.get("numFmtId"))) for i, style in enumerate(cells))
    return {i: sign for i, sign in used if sign is not None}


def sign_of(format: str) -> str | None:
    """The sign, or the code, of the currency that a number format shows beside numbers above zero; None where it shows none.

    https://support.microsoft.com/office/number-format-codes: texts stand in quotation marks or behind a backslash, $ and
    other signs may stand alone, and [$€-407] is a sign with the place where it is at home.
    """
    section = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', format)[0]
    if (placed := _PLACED.search(section)) is not None:
        sign = placed[1].strip().replace("￥", "¥")
        place = (placed[2] or "").lower()
        home = place[-4:].zfill(4) if re.fullmatch("[0-9a-f]+", place) else place.rpartition("-")[2]
        return _AT_HOME.get(sign, {}).get(home) or _known(sign)
    texts = "".join("".join(parts) for parts in _TEXT.findall(re.sub(r"_.|\*.|\[[^\]]*\]", "", section)))
    return _known(texts)


def _known(sign: str) -> str | None:
    """A sign, name or code of a currency as it is written; None where it is none that is known."""
    word = sign.strip().replace("￥", "¥")
    return word if word.lower() in written_as() and code_of(word) is not None else None


def signs_beside(content: bytes, sheet: str, column: int, styles: Mapping[int, str]) -> Signs:
    """The signs beside the numbers in a column (the first is 0) of a sheet.

    content: the bytes of the xlsx workbook; styles: what `signs_of_styles` says of it.
    """
    signs = Signs()
    letters = column_letters(column + 1)
    cell = re.compile(rb'<(?:\w+:)?c\s(?=[^>]*?\br="%b([0-9]{1,7})")(?=(?:[^>]*?\bs="([0-9]{1,5})")?)' % letters)
    with ZipFile(io.BytesIO(content)) as archive:
        part = parts_of(archive).get(sheet)
        if part is not None:
            with archive.open(part) as file:
                for xml in whole_tags(file):
                    for row, style in cell.findall(xml):
                        signs.take(int(row), styles.get(int(style or 0)))
    return signs
