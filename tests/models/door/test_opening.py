"""What the door opens: text in every encoding, web pages called .xls, archives, Parquet (workbooks: a file of their own)."""

import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.data.opening import csv_columns, read_sheets
from models.errors import BadInput
from tests.models.door.opened import (
    HEADER,
    ROWS,
    TABLE,
    cells,
    choose,
    in_little_memory,
    numbers,
    opened,
    workbook,
    zipped,
)

# --- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("gb18030", "gb18030"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(path: Path, codec: str, named: str, delimiter: str) -> None:
    text = TABLE.replace(",", delimiter)
    sheet = opened(path, text.encode(codec))
    assert (cells(sheet), numbers(sheet), sheet.encoding, sheet.rows) == (ROWS, [2, 3], named, 2)


def test_the_mark_of_utf_16_says_its_order(path: Path) -> None:
    assert opened(path, b"\xfe\xff" + TABLE.encode("utf-16-be")).encoding == "utf-16"


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
