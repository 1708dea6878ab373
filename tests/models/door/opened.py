"""Files that the door is to open, and what it makes of them."""

import base64
import io
import os
import re
import subprocess
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import models
from models.data.opening import Sheet, read_sheets
from models.words import Remark

HEADER = ["order", "customer", "date", "amount"]
ROWS = [["1", "甲", "2025-01-01", "10.5"], ["2", "乙", "2025-01-02", "7"]]
TABLE = "\n".join(",".join(row) for row in [HEADER, *ROWS]) + "\n"


@dataclass(frozen=True)
class Plain:
    """A kind of sheet without explanations in its first row."""

    formula_row: bool = False


@dataclass(frozen=True)
class Named:
    """A layout of columns that are called as in HEADER."""

    columns: Mapping[str, tuple[int, str]]
    width: int
    type: Plain = Plain()


def choose(header: Sequence[str], where: str | Remark) -> Named | None:
    """The layout of a header with customer, date and amount, and the order where it is there."""
    meant = {"customer": "key_customer", "date": "created", "amount": "amount", "order": "order"}
    names = [name.strip().strip("\ufeff") for name in header]
    columns = {key: (names.index(name), name) for name, key in meant.items() if name in names}
    return Named(columns, len(header)) if len(columns) >= 3 else None


def opened(path: Path, content: bytes | str, drop: bool = False, sheet: str | None = None) -> Sheet:
    """The only sheet of a file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    sheets, unknown = read_sheets(path, choose, drop, sheet=sheet)
    assert len(sheets) == 1, unknown
    return sheets[0]


def cells(sheet: Sheet) -> list[list[Any]]:
    """The rows of a sheet in the order of HEADER."""
    names = ["order", "key_customer", "created", "amount"]
    return [[row[name] for name in names] for row in sheet.table.to_pylist()]


def numbers(sheet: Sheet) -> list[int]:
    return sheet.table["row"].to_pylist()  # type: ignore[no-any-return]


def workbook(path: Path, sheets: dict[str, list[list[Any]]], hidden: Sequence[str] = ()) -> Path:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                sheet.write(i, j, value, *([day] if isinstance(value, datetime) else []))
    book.close()
    return path


def binary_workbook(cells: Sequence[tuple[int, int, str]]) -> bytes:
    """A workbook in xlsb, the records as [MS-XLSB] has them."""

    def record(kind: int, content: bytes = b"") -> bytes:
        id_ = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, low = b"", len(content)
        while low > 0x7F:
            size, low = size + bytes([low & 0x7F | 0x80]), low >> 7
        return id_ + size + bytes([low]) + content

    def text(value: str) -> bytes:
        return len(value).to_bytes(4, "little") + value.encode("utf-16-le")

    sheet = record(129) + record(148, bytes(16)) + record(145)
    for row in sorted({row for row, _, _ in cells}):
        sheet += record(0, row.to_bytes(4, "little") + bytes(21))
        for _, column, value in sorted(cell for cell in cells if cell[0] == row):
            sheet += record(6, column.to_bytes(4, "little") + bytes(4) + text(value))
    sheet += record(146) + record(130)
    book = record(131) + record(143) + record(156, bytes(4) + (1).to_bytes(4, "little") + text("rId1") + text("S"))
    book += record(144) + record(157, bytes(26)) + record(132)
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    )
    office = 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr(
            "_rels/.rels", relation + office + 'officeDocument" Target="xl/workbook.bin"/></Relationships>'
        )
        archive.writestr("xl/workbook.bin", book)
        target = 'worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
        archive.writestr("xl/_rels/workbook.bin.rels", relation + office + target)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def with_cells(path: Path, cells: dict[str, str]) -> Path:
    """A workbook whose sheet has these texts, by their places, in order."""
    content = io.BytesIO(workbook(path, {"S": []}).read_bytes())
    rows: dict[int, str] = {}
    for place, text in cells.items():
        row = int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        rows[row] = rows.get(row, "") + f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    data = "".join(f'<row r="{row}">{cells}</row>' for row, cells in rows.items())
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            xml = old.read(name).decode()
            new.writestr(name, xml.replace("<sheetData/>", f"<sheetData>{data}</sheetData>"))
    return path


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(re.sub(r"_(?=[a-z])", ".", name), content)
    return out.getvalue()


def in_little_memory(path: Path, code: str) -> str:
    """What a process with 1.5 GB of address space prints."""
    script = f"""
import resource
from pathlib import Path
from models.data.opening import read_sheets
from tests.models.door.opened import choose
resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
def read(drop):
    return read_sheets(Path({str(path)!r}), choose, drop)
{textwrap.dedent(code)}
"""
    root = Path(str(models.__file__)).parents[1]
    # each thread would reserve addresses of its own, which the limit counts, whether anything is in them or not
    env = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=root, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


# What another program (xlwt) wrote: a sheet 订单 with a text, a number of 19 digits, times and amounts.
OLD_WORKBOOK = zlib.decompress(base64.b85decode(
    r"c-rk)O=uHQ5dPjKX?{r4q(9PD2q9ptwLPd8DYU6tZ9!71Mf^d~w8=qg6N$+|L2a!$6+!T%c&XHbmufHmpn~2Mgi1XKf{-c*;"
    r"z_9Bq3t>|+0-;DG@ym*e#@ITZ|2Rs+4sNuYTB0_pQ@il5!zwFqV7alflN_y<_lhsUe}q;=MGA`i8TeMg9ft9hDYTu?L3A&-m"
    r"}nf*ZPbo@Sf69oI+0`9t*4@c1jEp#WA!IRk%SC59%bUN}&TntAyT>nvaEch~%=+HmaLdM=%}gY1(eg;zL?cbRMwZ`(pD}BwJ"
    r"8}=RAuqTv55YHta~Ah@4zw3cuBj3DAIc#p1Cfmuqp0dJ2aLE#YuWXJ??hyEPnc?d!{;nnryBU-bYmmtWpb1Ezd+<q9PKwp?!"
    r"ijod+_SuDS*S%G2b$7Qu-;6|;LHJZ9PcA#$_jo_j+w@(kGPp1+?u_P6vkyMOUePk$+j;9pV*0hWFdD$1d%l3tGSubv)QB(-;"
    r"lU3s-kMp;`%!K=UL&roiEN4OP#Mr=bLB|MNkg-QJmL=LG7Mq1$6tC-ruNPWPQ=0OI-Wr41Gb(j1iMD~-*(P`$+E~Ch5}*0J?"
    r"}0z_A+(A3$*$S6)st^R;|S6T7A1RrM$xRA)%9zPhoO9~jNRp((7K;?8i(dJV%Lphu>uQl3F{M@D{=3rrIKd!6<e!cSSzvS{;"
    r"*IFadefUj_>{0ab9CRdl;+AdC-bHu#F}jMn0XJ^9HAOJ(0IyFUc2d>6aMVwMyLMinK@mfD0x}m@r|&gb5QS{ud~@7v^r_d{4"
    r"I-cYV9@UuS{RqWPQTpT&M8=t<GH<Zi?%PvT5T^Jg7wD(_3J&?f)Cka3V&Pht@L631Z4^OwGIRN?!q*wFjumQbnfFP0MLUvB?"
    r"9b2;5P"
))  # fmt: skip
