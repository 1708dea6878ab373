"""Workbooks of every kind through the door: hidden and full sheets, far cells, passwords, damage."""

from datetime import datetime
from pathlib import Path

import pytest

from models.data.opening import read_sheets
from models.errors import BadInput
from tests.models.door.opened import (
    HEADER,
    OLD_WORKBOOK,
    ROWS,
    binary_workbook,
    cells,
    choose,
    in_little_memory,
    numbers,
    opened,
    with_cells,
    workbook,
)


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
    path.write_bytes(OLD_WORKBOOK)
    sheets, _ = read_sheets(path, choose, False)
    assert sheets[0].name == "订单"
    assert [list(row.values()) for row in sheets[0].table.to_pylist()] == [
        [2, "甲", "2025-01-02 10:30:00", "12.5"],
        [3, "1.234568E+18", "2025-01-03 00:00:00", "7"],
    ]


def test_a_binary_workbook(path: Path) -> None:
    there = [(i, j, value) for i, row in enumerate([HEADER, *ROWS]) for j, value in enumerate(row)]
    assert cells(opened(path, binary_workbook(there))) == ROWS
    with pytest.raises(BadInput, match="reach to row 1,048,576 and column 16,384, too far apart or too many"):
        opened(path, binary_workbook([*there, (1048575, 16383, "x")]))


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
