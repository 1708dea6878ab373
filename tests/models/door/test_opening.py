"""What the door opens: text in every encoding, workbooks of every kind, web pages called .xls, archives, Parquet."""

import base64
import io
import random
import re
import subprocess
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.data.door.options import asked
from models.data.imports.layouts import Chooser
from models.data.imports.platforms import Layout
from models.data.opening import Sheet, csv_columns, read_sheets
from models.errors import BadInput
from models.words import Remark

HEADER = ["order", "customer", "date", "amount"]
ROWS = [["1", "甲", "2025-01-01", "10.5"], ["2", "乙", "2025-01-02", "7"]]
TABLE = "\n".join(",".join(row) for row in [HEADER, *ROWS]) + "\n"


def choose(header: Sequence[str], where: str | Remark) -> Layout | None:
    return Chooser(asked({"order": "order"}))(header, where)


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


# --- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("gb18030", "gb18030"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(path: Path, codec: str, named: str, delimiter: str) -> None:
    text = TABLE.replace(",", delimiter)
    mark = b"\xfe\xff" if codec == "utf-16-be" else b""
    sheet = opened(path, mark + text.encode(codec))
    assert (cells(sheet), numbers(sheet), sheet.encoding, sheet.rows) == (ROWS, [2, 3], named, 2)


def test_big5_is_told_from_gb18030(path: Path) -> None:
    traditional = [["1", "臺灣陳先生", "2025-01-01", "10.5"], ["2", "訂單備註歡迎光臨", "2025-01-02", "7"]]
    text = TABLE.replace("甲", traditional[0][1]).replace("乙", traditional[1][1])
    assert text.encode("big5").decode("gb18030", errors="strict")  # both would do
    sheet = opened(path, text.encode("big5"))
    assert (cells(sheet), sheet.encoding) == (traditional, "big5")
    simplified = TABLE.replace("甲", "台湾陈先生").replace("乙", "订单备注欢迎光临")
    assert opened(path, simplified.encode("gb18030")).encoding == "gb18030"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("utf-16")[:-1],  # within a character
        TABLE.replace("7", "戊").encode()[:-2],  # within a character of three bytes
        b"\xef\xbb\xbf" + TABLE.encode("gb18030"),
    ],
)
def test_a_text_that_is_cut(path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"orders.csv: the text is cut off or damaged; save the file as CSV in UTF-8.$"):
        opened(path, content)


def test_a_row_that_the_end_of_the_file_cuts(path: Path) -> None:
    """The amount is cut, too, as far as anybody can know."""
    text = TABLE.replace("amount", "amount,note").replace("10.5", "10.5,x") + "3,丙,2025-01-03,4"
    with pytest.raises(BadInput, match="row 4: there are 4 fields where the header has 5"):
        opened(path, text.replace("7\n", "7,y\n"))
    assert opened(path, text.replace("7\n", "7,y\n") + ",z").rows == 3


def test_what_stands_above_and_between(path: Path) -> None:
    text = 'sep=;\nOrders of our shop, 2025\n\n"order";customer;date;amount;;\n'
    text += '1;"a;\nb";2025-01-01;5\n;;;\n \n2;c;2025-01-02;6;\n'
    sheet = opened(path, text)
    assert cells(sheet) == [["1", "a;\nb", "2025-01-01", "5"], ["2", "c", "2025-01-02", "6"]]
    assert (numbers(sheet), sheet.rows) == ([5, 8], 2)


def test_a_delimiter_in_a_title(path: Path) -> None:
    text = "shop, 2025 | all\n" + TABLE.replace(",", ";").replace("order;", '"a, b|c";order;').replace(
        "1;甲", "x, y;1;甲"
    )
    assert [row[1] for row in cells(opened(path, text.replace("2;乙", ";2;乙")))] == ["甲", "乙"]


def test_tails_of_rows_may_be_missing(path: Path) -> None:
    sheet = opened(path, TABLE.replace("amount", "amount,note,more,").replace("7", "7,n,m,,,"))
    assert (cells(sheet), sheet.malformed) == (ROWS, 0)
    with pytest.raises(BadInput, match="row 3: there are 5 fields where the header has 4; quote values"):
        opened(path, TABLE.replace("7", "1,000"))
    dropped = opened(path, TABLE.replace("7", "1,000"), drop=True)
    assert (cells(dropped), dropped.rows, dropped.malformed) == (ROWS[:1], 2, 1)


def test_exports_one_below_the_other(path: Path) -> None:
    again = "\ufeff" + TABLE.replace("1,甲", "3,丙").replace("2,乙", "4,丁")
    sheet = opened(path, "\ufeff" + TABLE + TABLE.splitlines()[0] + "\n" + again)
    assert ([row[0] for row in cells(sheet)], sheet.rows) == (["1", "2", "3", "4"], 4)
    assert str(sheet.remarks[0]).endswith(
        "orders.csv: the header stands 2 more times among the rows, as where exports are put one below the other; "
        "those rows were left out."
    )


@pytest.mark.parametrize(
    "row",
    ["合计,,,17.5", "总计：,,,17.5", "小 计,,2025-01-01,10.5", ",Total,,17.5", '"Grand Total",,,17.5', ",,合计,17.5",
     "Ｔｏｔａｌ,,,17.5", "Sum:,,,17.5"],
)  # fmt: skip
@pytest.mark.parametrize("note", [False, True])
def test_rows_of_sums_are_left_out_and_named(path: Path, row: str, note: bool) -> None:
    """`note`: in a column before the needed ones."""
    text = TABLE + row + "\n"
    if note:
        text = "\n".join(("no" if i == 0 else "") + "," + line for i, line in enumerate(text.splitlines())) + "\n"
    sheet = opened(path, text)
    assert (cells(sheet), sheet.rows, sheet.summary_rows) == (ROWS, 3, 1)
    assert str(sheet.remarks[0]).endswith("orders.csv: 1 row is a sum of other rows and was left out (row 4).")


def test_a_sum_named_in_a_column_that_is_not_needed(path: Path) -> None:
    text = "shop,order,customer,date,amount\nA,1,甲,2025-01-01,10.5\nA,2,乙,2025-01-02,7\n合计,,,,17.5\n"
    sheet = opened(path, text)
    assert (cells(sheet), sheet.summary_rows) == (ROWS, 1)


def test_customers_with_such_names_stay(path: Path) -> None:
    rows = [["1", "Total", "2025-01-01", "5"], ["2", "Sum", "2025-01-02", "6"], ["3", "小计划", "2025-01-02", "6"]]
    sheet = opened(path, "\n".join(map(",".join, [HEADER, *rows])))
    assert (cells(sheet), sheet.summary_rows, sheet.remarks) == (rows, 0, ())


def test_quotation_marks_out_of_place(path: Path) -> None:
    with pytest.raises(BadInput, match="row 3: a quotation mark is opened and not closed, or out of place"):
        opened(path, TABLE.replace("乙", '"乙"x'))
    dropped = opened(path, TABLE.replace("乙", '"乙"x'), drop=True)
    assert (cells(dropped), dropped.malformed) == (ROWS[:1], 1)
    with pytest.raises(BadInput, match="row 3: a quotation mark"):  # how many rows it has swallowed nobody knows
        opened(path, TABLE.replace("乙", '"乙') + "3,丙,2025-01-03,1\n", drop=True)


def random_text(rng: random.Random) -> str:
    """A table with much that is odd."""
    plain = ["1", "a", '"x,y"', '"a\nb"', "2025-01-01", "10.5", "汉", "", '""', "合计"]
    odd = [*plain, '"q""q"', '5" pipe', '"bad"x', "Total", "total:", '="0012"', "'7", " ", "é", "customer", "\ufeff", "小计",
           ' "x"', '"', "\u3000"]  # fmt: skip
    pool = plain if rng.random() < 0.7 else odd
    header = ["no"] * (rng.random() < 0.3) + ["order", "customer", "note", "date", "amount"]
    header += [""] * (rng.random() < 0.3)
    lines = ["title"] * (rng.random() < 0.2) + [",".join(header)]
    for _ in range(rng.randrange(9)):
        fields = max(len(header) + rng.choice([0] * 8 + [-1, 1, -3, 2]), 1)
        special = ["", "," * rng.randrange(7), ",".join(header), "合计,,,,5"]
        lines.append(rng.choice(special) if rng.random() < 0.2 else ",".join(rng.choice(pool) for _ in range(fields)))
    end = rng.choice(["\n", "\r\n", "\n", "\r\n", "\r"])
    return end.join(lines) + end * (rng.random() < 0.7)


def test_blocks_and_rows_are_read_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Arrow, in blocks so small that every row is cut by one, and by Python's reader, which is the measure."""
    by_blocks, ways = csv_columns.read_columns, []
    monkeypatch.setattr(csv_columns, "_BLOCK", 29)

    def noted(*arguments: Any) -> bool:
        ways.append(by_blocks(*arguments))
        return ways[-1]

    def outcome(content: bytes, drop: bool) -> object:
        path.write_bytes(content)
        try:
            sheets, unknown = read_sheets(path, choose, drop)
        except BadInput as problem:
            return str(problem)
        told = [(s.table.to_pylist(), s.rows, s.malformed, s.summary_rows, s.encoding, s.remarks) for s in sheets]
        return told, unknown

    rng = random.Random(14)
    for _ in range(300):
        content, drop = (
            random_text(rng).encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])),
            rng.random() < 0.7,
        )
        monkeypatch.setattr(csv_columns, "read_columns", noted)
        blocks = outcome(content, drop)
        monkeypatch.setattr(csv_columns, "read_columns", lambda *arguments: False)
        assert blocks == outcome(content, drop), content
    assert min(ways.count(True), ways.count(False)) > 50


# --- workbooks ---------------------------------------------------------------------------------------------------------


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


def test_a_workbook_with_hidden_and_several_sheets(tmp_path: Path) -> None:
    first = [["Orders, 2025"], [], HEADER, [1, "a", datetime(2025, 1, 1, 9, 30), 10.5], [], ["合计", None, None, 10.5]]
    second = [HEADER, [1234567890123456789, "b", datetime(2025, 1, 2), 0.1 + 0.2]]
    sheets = {"一月": first, "说明": [["see the other sheets"]], "二月": second, "旧": second}
    path = workbook(tmp_path / "o.xlsx", sheets, hidden=["旧"])
    read, unknown = read_sheets(path, choose, False)
    assert [sheet.name for sheet in read] == ["一月", "二月"]
    assert cells(read[0]) == [["1", "a", "2025-01-01 09:30:00", "10.5"]]
    assert (numbers(read[0]), read[0].rows, read[0].summary_rows) == ([4], 2, 1)
    assert cells(read[1]) == [["1.234568E+18", "b", "2025-01-02 00:00:00", "0.3"]]
    assert unknown == [f"{path}, sheet '说明'"]
    assert str(read[0].remarks[0]) == f"{path}: the hidden sheet 旧 was not read; name one with --sheet."
    assert [sheet.name for sheet in read_sheets(path, choose, False, sheet="旧")[0]] == ["旧"]
    with pytest.raises(BadInput, match=r"o.xlsx: there is no sheet '三月'; there are 一月, 说明, 二月, 旧"):
        read_sheets(path, choose, False, sheet="三月")


def test_an_old_workbook(path: Path) -> None:
    sheets, _ = read_sheets(
        _written(path, OLD_WORKBOOK), lambda header, where: Chooser(asked({}))(header, where), False
    )
    assert sheets[0].name == "订单"
    assert [list(row.values()) for row in sheets[0].table.to_pylist()] == [
        [2, "甲", "2025-01-02 10:30:00", "12.5"],
        [3, "1.234568E+18", "2025-01-03 00:00:00", "7"],
    ]


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


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


def test_a_binary_workbook(path: Path) -> None:
    there = [(i, j, value) for i, row in enumerate([HEADER, *ROWS]) for j, value in enumerate(row)]
    assert cells(opened(path, binary_workbook(there))) == ROWS
    with pytest.raises(BadInput, match="reach to row 1,048,576 and column 16,384, too far apart or too many"):
        opened(path, binary_workbook([*there, (1048575, 16383, "x")]))


def in_little_memory(path: Path, code: str) -> str:
    """What a process with 1.5 GB of address space prints."""
    script = f"""
import resource
from pathlib import Path
from models.data.door.options import asked
from models.data.imports.layouts import Chooser
from models.data.opening import read_sheets
resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
def read(drop):
    return read_sheets(Path({str(path)!r}), lambda h, w: Chooser(asked({{"order": "order"}}))(h, w), drop)
{textwrap.dedent(code)}
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_one_far_cell_takes_no_memory(tmp_path: Path) -> None:
    there = {f"{'ABCD'[j]}{2 * i + 1}": cell for i, row in enumerate([HEADER, *ROWS]) for j, cell in enumerate(row)}
    path = with_cells(tmp_path / "far.xlsx", {**there, "XFD1048576": "x"})
    told = in_little_memory(
        path, "print([(s.table['row'].to_pylist(), s.malformed, s.remarks) for s in read(True)[0]])"
    )
    assert told == "[([3, 5], 1, ())]\n"
    assert cells(read_sheets(path, choose, True)[0][0]) == ROWS
    with pytest.raises(
        BadInput, match="row 1048576: there are 16384 cells where the header has 4; clear what lies beside"
    ):
        read_sheets(path, choose, False)
    # a needed column beyond an empty stretch
    there = {place.replace("D", "AZZ"): text for place, text in there.items()}
    path = with_cells(path, {**there, "A900000": "3", "B900000": "c", "C900000": "2025-01-03", "AZZ900000": "1"})
    sheet = read_sheets(path, choose, False)[0][0]
    assert (cells(sheet), numbers(sheet)) == ([*ROWS, ["3", "c", "2025-01-03", "1"]], [3, 5, 900000])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    diagonal = {
        f"{letters[i // 26 // 26]}{letters[i // 26 % 26]}{letters[i % 26]}{300 * (i + 1)}": "x" for i in range(3000)
    }
    with pytest.raises(BadInput, match="its 3,000 filled cells reach to row 900,000 and column 3,702, too far apart"):
        read_sheets(with_cells(path, diagonal), choose, False)


def test_a_full_sheet_was_probably_cut(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With smaller sheets than there are, since full ones take half a minute."""
    monkeypatch.setattr("models.data.opening.plain_text.EXCEL_ROWS", 201)
    monkeypatch.setattr("models.data.opening.workbooks._FULL", {False: 201})
    rows = [[str(i), "a", "2025-01-01", "1"] for i in range(200)]
    text = "".join(",".join(row) + "\n" for row in [HEADER, *rows])
    told = "the sheet is full (201 rows), so the export was probably cut; export shorter times, or as CSV."
    assert [str(remark).partition(": ")[2] for remark in opened(path, text).remarks] == [told]
    assert opened(path, text + "3,丙,2025-01-01,1\n").remarks == ()
    sheets, _ = read_sheets(workbook(path, {"S": [HEADER, *rows]}), choose, False)
    assert [str(remark).partition(": ")[2] for remark in sheets[0].remarks] == [told]
    assert read_sheets(workbook(path, {"S": [HEADER, *rows[1:]]}), choose, False)[0][0].remarks == ()


def test_a_workbook_with_a_password(path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    with pytest.raises(BadInput, match=r"orders.csv: the workbook is locked with a password; save it without one.$"):
        opened(path, locked)


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 no workbook"])
def test_damaged_workbooks(path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"orders.csv: the workbook is damaged or none \(\w+\); export it again.$"):
        opened(path, content)


# --- pages, archives, Parquet ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_a_web_page_called_xls(path: Path, codec: str) -> None:
    page = """<html><head><style>td{mso-number-format:"\\@"}</style></head><body>
      <table><tr><td colspan=4>订单 &amp; more</td></tr></table>
      <table border="1"><thead><tr><th>order</th><th>customer<th>date</th><th>amount</th></tr></thead>
      <tr><td rowspan=2>1</td><td>甲<br>x</td><td>2025-01-01</td><td>10.5</td></tr>
      <tr><td>乙</td><td>2025-01-02</td><td>&nbsp;7 </td></tr>
      <tr><td>合计<td><td><td>17.5</table></body></html>"""
    sheet = opened(path.with_suffix(".xls"), page.encode(codec))
    assert cells(sheet) == [["1", "甲\nx", "2025-01-01", "10.5"], [None, "乙", "2025-01-02", "7"]]
    assert (numbers(sheet), sheet.summary_rows, sheet.rows) == ([3, 4], 1, 3)
    with pytest.raises(BadInput, match="row 4: there are 3 cells where the header has 4"):
        opened(path, page[: page.index("&nbsp;")].encode(codec))


def test_the_xml_of_excel_2003(path: Path) -> None:
    def row(values: Sequence[str], kinds: Sequence[str] = ("String",) * 4) -> str:
        data = (
            f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>' for kind, value in zip(kinds, values, strict=True)
        )
        return f"<Row>{''.join(data)}</Row>"

    body = row(HEADER) + row(["1", "甲", "2025-01-01T09:30:00.000", "10.5"], ["String", "String", "DateTime", "Number"])
    data = '<Data ss:Type="String">x</Data></Cell>'
    body += f'<Row ss:Index="5"><Cell>{data}<Cell ss:Index="3">{data}</Row>'
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    xml = '<?xml version="1.0" encoding="gb2312"?><?mso-application progid="Excel.Sheet"?>'
    xml += f'<Workbook xmlns="{space}" xmlns:ss="{space}">'
    xml += f'<Worksheet ss:Name="订单"><Table>{body}</Table></Worksheet>'
    xml += '<Worksheet ss:Name="空"><Table/></Worksheet></Workbook>'
    sheet = opened(path, xml.encode("gb18030"), drop=True)
    assert (sheet.name, numbers(sheet), sheet.malformed) == ("订单", [2], 1)
    assert cells(sheet) == [["1", "甲", "2025-01-01 09:30:00", "10.5"]]
    with pytest.raises(BadInput, match="the text is cut off or damaged"):
        opened(path, xml.encode("gb18030")[:-40], drop=True)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(re.sub(r"_(?=[a-z])", ".", name), content)
    return out.getvalue()


def test_a_zip_file_with_one_table(tmp_path: Path, path: Path) -> None:
    table = TABLE.encode("gb18030")
    sheet = opened(path, zipped(a_csv=table, readme_txt=b"hello", **{"__MACOSX/a_csv": table}))
    assert (cells(sheet), sheet.encoding, sheet.path) == (ROWS, "gb18030", path)
    book = workbook(tmp_path / "o.xlsx", {"S": [HEADER, *ROWS]}).read_bytes()
    assert cells(opened(path, zipped(o_xlsx=book))) == ROWS
    pq.write_table(pa.Table.from_pylist([dict(zip(HEADER, row, strict=True)) for row in ROWS]), path)
    assert cells(opened(path, zipped(o_parquet=path.read_bytes()))) == ROWS


def test_zip_files_that_are_refused(path: Path) -> None:
    table = TABLE.encode()
    cases = {
        r"this zip file holds 2 tables \(a.csv, b.csv\); unpack it and give": zipped(a_csv=table, b_csv=table),
        r"this zip file holds no table \(a.jpg, b.jpg\); give one that holds": zipped(a_jpg=b"x", b_jpg=b"y"),
        r"this zip file holds no table; give one": zipped(),
        r"this zip file holds another one; unpack it": zipped(a_csv=zipped(a_csv=table)),
        r"unpacked it would be 200 MB, more than can be read": zipped(a_csv=bytes(200_000_000)),
    }
    locked = bytearray(zipped(a_csv=table))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    cases["the zip file is locked with a password"] = bytes(locked)
    damaged = bytearray(zipped(a_csv=table * 50))
    damaged[60] ^= 0xFF
    cases["the zip file is damaged or cut off"] = bytes(damaged)
    for sentence, content in cases.items():
        with pytest.raises(BadInput, match=r"orders.csv: " + sentence):
            opened(path, content)


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"7z\xbc\xaf\x27\x1c", "a 7z archive"), (b"Rar!", "a RAR archive"), (b"\x1f\x8b", "a gzip archive"),
     (b"%PDF-1.7", "a PDF file"), (b"\x89PNG", "a picture")],
)  # fmt: skip
def test_files_of_other_kinds(path: Path, start: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=f"orders.csv: this is {what}"):
        opened(path, start + b"\0\1")


def test_parquet_keeps_its_types(path: Path) -> None:
    days = [datetime(2025, 1, 1, 9), datetime(2025, 1, 2)]
    columns = {
        "note": ["x", "y"],
        "order": [1, 2],
        "customer": pa.array([" ａ ", "-"]).dictionary_encode(),
        "date": days,
        "amount": [1.5, 2.0],
    }
    pq.write_table(pa.table(columns), path)
    sheets, _ = read_sheets(path, choose, False)
    assert [list(row.values()) for row in sheets[0].table.to_pylist()] == [
        [1, "a", days[0], 1.5, 1],
        [2, None, days[1], 2.0, 2],
    ]
    assert sheets[0].table.schema.field("created").type == pa.timestamp("us")
    assert sheets[0].rows == 2
    with pytest.raises(BadInput, match="the Parquet file is damaged or cut off; write it again"):
        opened(path, path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="this is not a Parquet file although it is called one"):
        opened(path.with_suffix(".parquet"), TABLE)


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    opened(tmp_path / "a.csv", zipped(a_csv=TABLE.encode("gb18030")))
    opened(tmp_path / "b.csv", TABLE.encode("utf-16"))
    assert {p.name for p in tmp_path.iterdir()} == {"tmp", "a.csv", "b.csv"}
    assert list(folder.iterdir()) == []


def test_only_the_needed_columns_are_kept(path: Path) -> None:
    """Forty wide columns beside the needed ones: the memory is that of the four."""
    row = ",".join(["x" * 60] * 40)
    with path.open("w") as file:
        file.write(",".join([*HEADER, *(f"c{i}" for i in range(40))]) + "\n")
        for i in range(60_000):
            file.write(f"{i},buyer{i % 999},2025-01-01,1.5,{row}\n")
    code = """
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sheet = read(False)[0][0]
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(sheet.rows, sheet.table.nbytes < 5_000_000, more < 250_000)
    """
    told = in_little_memory(path, code)
    assert told == "60000 True True\n"
