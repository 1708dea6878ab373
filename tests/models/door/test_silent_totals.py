"""Totals that were once wrong in silence: sums among the orders, exchanged days, sheets that stand twice, currencies."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models import read_orders
from models.data.opening import read_sheets
from models.data.opening.number_formats import sign_of
from models.errors import BadInput
from tests.models.door.opened import choose, opened, workbook

TILL = """date,customer,amount
2025-01-05,a,"1,100.50"
2025-01-05,{word},"1,100.50"
2025-01-06,b,50
2025-01-06,c,70.25
2025-01-06,{word},120.25
,Grand Total,"1,220.75"
"""


def orders_of(path: Path, text: str, **options: Any) -> tuple[int, float, list[str]]:
    """How many orders there are in a file, their money, and the remarks on them."""
    path.write_text(text, encoding="utf-8")
    read = read_orders(path, **options)
    return read.orders, float(read.frame.collect()["amount"].sum()), [remark.say() for remark in read.remarks]


# --- sums --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Subtotal", "Total", "小计", "Sub-Total:"])
def test_dated_sums_are_left_out(path: Path, word: str) -> None:
    orders, money, remarks = orders_of(path, TILL.format(word=word))
    assert (orders, money) == (3, 1220.75)
    assert any("3 rows are sums of other rows and were left out (rows 3, 6, 7)." in remark for remark in remarks)


def test_sums_below_all_days_and_of_all_rows(path: Path) -> None:
    text = "date,customer,amount\n2025-01-05 09:30,a,7\n2025-01-06 10:00,b,9\n2025-01-05 11:00,a,1.5\n"
    text += "2025-01-05,Subtotal,8.5\n2025-01-06,Subtotal,9\n2025-01-06,Total,17.5\n"
    assert orders_of(path, text)[:2] == (3, 17.5)


def test_sums_with_a_decimal_comma_and_one_that_is_wrong(path: Path) -> None:
    text = (
        "date;customer;amount\n2025-01-05;a;7,25\n2025-01-05;Subtotal;7,25\n2025-01-06;b;9,5\n2025-01-06;Subtotal;8\n"
    )
    assert orders_of(path, text)[:2] == (2, 16.75)


def test_who_is_called_total_stays(path: Path) -> None:
    rows = "".join(f"2025-01-{day:02d},Total,25\n2025-01-{day:02d},a{day},25\n" for day in range(1, 11))
    orders, money, remarks = orders_of(path, "date,customer,amount\n" + rows)
    assert (orders, money) == (20, 500) and not any("sum" in remark for remark in remarks)


def test_what_is_called_a_sum_and_is_none_is_told(path: Path) -> None:
    sheet = opened(path, "customer,date,amount\na,2025-01-05,7\nSubtotal,2025-01-06,11\nb,2025-01-06,8\n")
    assert (sheet.table.num_rows, sheet.summary_rows) == (3, 0)
    assert [remark.say() for remark in sheet.remarks] == [
        f"{path}: 1 row is called a sum and was kept, as no other rows add up to it (row 3); remove it where it is no order."
    ]
    assert sheet.remarks[0].say("zh") == (
        f"{path}：有 1 行写作合计，但没有其他行加起来等于它，因此保留为订单（第 3 行）；如果不是订单，请删去。"
    )


# --- days --------------------------------------------------------------------------------------------------------------


def exchanged(path: Path, day: int) -> Path:
    """A workbook in which an American Excel took the days of January up to the 12th for months."""
    rows: list[list[Any]] = [["customer", "date", "amount"]]
    rows += [["a", datetime(2025, month, 1), 5] for month in range(1, 13)]
    rows += [["b", f"{later}/01/2025", 7] for later in range(day, 20)]
    return workbook(path, {"Orders": rows})


def test_days_that_excel_has_exchanged_are_refused(tmp_path: Path) -> None:
    path = exchanged(tmp_path / "o.xlsx", 13)
    with pytest.raises(BadInput) as problem:
        read_orders(path)
    assert str(problem.value) == (
        f"{path}, sheet 'Orders': in column 'date' all 12 dates with the year first are of days 1 to 12 and all 7 others of "
        "later days, so a spreadsheet has probably exchanged day and month of the former; export again and do not open the "
        "file in Excel, or say that all are right with date_format (--date-format dmy)."
    )
    assert "很可能被电子表格软件对调了" in problem.value.say("zh")
    assert read_orders(path, date_format="dmy").orders == 19
    assert read_orders(exchanged(path, 12)).orders == 20  # the 12th as a text: nothing was exchanged


def test_a_few_days_may_fall_so_by_themselves(path: Path) -> None:
    assert orders_of(path, "customer,date,amount\na,2025-01-05,7\nb,2025-02-06,9\nc,13/02/2025,1\n")[0] == 3


# --- currencies --------------------------------------------------------------------------------------------------------


def test_signs_against_the_column_in_every_row(path: Path) -> None:
    with pytest.raises(BadInput) as problem:
        orders_of(path, "customer,date,amount,currency\na,2025-01-05,$7,EUR\nb,2025-01-06,$9,EUR\n")
    assert str(problem.value) == (
        f"{path}: row 2: the amount is in USD by what stands beside it and in EUR by column 'currency' (2 rows are so); "
        "correct the one that is wrong, or export one currency at a time."
    )
    assert problem.value.say("zh") == (
        f"{path}：第 2 行：从金额旁的货币符号看是 USD，按列 'currency' 却是 EUR（共 2 行）；"
        "请改正错的一处，或每次只导出一种货币。"
    )


def formatted(path: Path, *formats: str) -> Path:
    """A workbook with an amount of 12.5 in each of these number formats, its columns apart from each other."""
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Orders")
    sheet.write_row(0, 0, ["customer", "date", "note", "amount"])
    for row, format in enumerate(formats, 1):
        sheet.write_row(row, 0, [f"c{row}", f"2025-01-{row:02d}"])
        sheet.write(row, 3, 12.5, book.add_format({"num_format": format}))
    book.close()
    return path


def test_currencies_by_the_formats_of_cells(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    euro, dollar, plain = "#,##0.00 [$€-407]", '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\)', "0.00"
    with pytest.raises(BadInput) as problem:
        read_orders(formatted(path, euro, plain, dollar, euro))
    assert str(problem.value).startswith(
        f"{path}, sheet 'Orders': the amounts in column 'amount' are in several currencies by their signs: "
        "EUR (rows: 2, the first is 2) and USD (rows: 1, the first is 4);"
    )
    read = read_orders(formatted(path, euro, plain, euro))
    assert (read.currency, float(read.frame.collect()["amount"].sum())) == ("EUR", 37.5)
    assert read_orders(formatted(path, plain, "[Red]0.0", '0.00" kg"')).currency is None


@pytest.mark.parametrize(
    ("format", "sign"),
    [
        ("#,##0.00 [$€-407]", "€"), ("_-[$£-809]* #,##0.00_-", "£"), ("[$¥-411]#,##0", "JPY"), ("[$￥-804]#,##0", "CNY"),
        ("_ [$¥-zh-CN]* #,##0", "CNY"), ("[$$-en-CA]#,##0", "CAD"), ("[$$-409]0", "USD"), ("[$CHF-807] 0", "CHF"),
        ("[$USD] 0.00", "USD"), ('0.00"元"', "元"), ("\\¥#,##0", "¥"), ('"￥"#,##0.00', "¥"), ("$#,##0;($#,##0)", "$"),
        ('"a;b"0;"$"0', None), ("[$-409]mmm d", None), ("[$kr-41D] 0", None), ("0.00_);[Red](0.00)", None), ("", None),
    ],
)  # fmt: skip
def test_the_sign_in_a_number_format(format: str, sign: str | None) -> None:
    assert sign_of(format) == sign


def test_signs_of_a_sheet_with_a_far_cell_and_a_title(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "far.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, euro = book.add_worksheet("Orders"), book.add_format({"num_format": "[$€-407] 0.00"})
    sheet.write(0, 0, "Orders of 2025")
    sheet.write_row(3, 1, ["customer", "date", "amount"])
    sheet.write_row(4, 1, ["a", "2025-01-05", 5])
    sheet.write_row(900_000, 1, ["b", "2025-01-06"])
    sheet.write(900_000, 3, -1.25, euro)
    sheet.write_row(900_001, 1, ["c", "2025-01-07", 6])
    book.close()
    found = read_sheets(path, choose, False)[0][0].table.to_pylist()
    assert [(row["row"], row["amount"]) for row in found] == [(5, "5"), (900_001, "-1.25 €"), (900_002, "6")]


# --- sheets ------------------------------------------------------------------------------------------------------------


def test_a_sheet_of_all_months_beside_the_months(tmp_path: Path) -> None:
    header = ["客户", "日期", "金额"]
    months = {"Jan": [["甲", "2025-01-05", 100]], "Feb": [["乙", "2025-02-05", 50], ["丙", "2025-02-06", None]]}
    every = [row for rows in months.values() for row in rows]
    path = workbook(tmp_path / "o.xlsx", {name: [header, *rows] for name, rows in (*months.items(), ("All", every))})
    with pytest.raises(BadInput) as problem:
        read_orders(path, bad_rows="drop")
    assert str(problem.value) == (
        f"{path}: each row of sheet 'All' stands on another sheet, too (Jan and Feb), and would count twice; name the sheet "
        "that holds all orders with sheet (--sheet), or remove what stands there twice."
    )
    assert "会被重复计算" in problem.value.say("zh")
    assert read_orders(path, bad_rows="drop", sheet="All").orders == 2
    path = workbook(path, {"Jan": [header, *months["Jan"]], "All": [header, *months["Jan"], ["丁", "2025-03-01", 9]]})
    with pytest.raises(BadInput, match=r"each row of sheet 'Jan' stands on another sheet, too \(All\)"):
        read_orders(path)
    again = [["甲", "2025-01-05", 100], ["丁", "2025-03-01", 9]]
    path = workbook(path, {"Jan": [header, *months["Jan"], *every], "Mar": [header, *again]})
    assert read_orders(path, bad_rows="drop").orders == 5
