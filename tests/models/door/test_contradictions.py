"""Rows, columns and options that contradict each other: no total is wrong in silence, and no person is quoted."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from models.data.orders import read_orders
from models.errors import BadInput

from .case import book, text
from .cases import BOTH
from .doors import TODAY, of_orders, through

_SHOP = "Name,Email,Financial Status,Paid at,Currency,Total,Subtotal,Refunded Amount,Created at,Lineitem quantity,Id"
_ITEM = "#1,,,,,,,,,1,"


def shop(name: str, state: str, total: str = "100", refund: str = "0", number: str = "1") -> str:
    """A row of a Shopify-like export; its subtotal is 10 below the total."""
    when = "2026-01-05 10:00:00 +0800"
    return f"{name},a@x.com,{state},{when},CNY,{total},{int(total) - 10},{refund},{when},1,{number}"


SHOP = (shop("#1", "paid"), _ITEM, shop("#2", "partially_refunded", refund="30"), shop("#3", "voided"))


def refused(folder: Path, header: str, *rows: str, **options: Any) -> str:
    """Both doors' one sentence, in English; it has its Chinese."""
    path = text(header, *rows)(folder)
    said = set()
    for door in BOTH:
        with pytest.raises(BadInput) as caught:
            through(door, path, **options)
        said.add(str(caught.value).replace(f"{folder}/", ""))
        assert caught.value.say("zh") != str(caught.value)
    assert len(said) == 1, said
    return said.pop()


def totals(folder: Path, header: str, *rows: str, **options: Any) -> tuple[int, int, str, str]:
    """Orders, customers, money and remarks, the same through both doors."""
    path = text(header, *rows)(folder)
    read = {door: through(door, path, **options) for door in BOTH}
    told = {(one.orders, one.customers, f"{one.money:.2f}", " ".join(one.remarks)) for one in read.values()}
    assert len(told) == 1, told
    return told.pop()


# --- rows of one order --------------------------------------------------------------------------------------------------

ORDERS = "order_id,customer,date,amount"


@pytest.mark.parametrize("rule", ["first", "repeat"])
def test_totals_of_one_order_that_differ_are_none(rule: str, tmp_path: Path) -> None:
    rows = ("1,a,2026-01-05,25", "1,a,2026-01-05,30", "2,b,2026-01-06,5")
    assert "1 order has rows whose amounts differ, the first from row 2" in refused(tmp_path, ORDERS, *rows, lines=rule)
    assert totals(tmp_path, ORDERS, *rows, lines="sum")[:3] == (2, 2, "60.00")
    zero = ("1,a,2026-01-05,0", "1,a,2026-01-05,30")  # a total where there is one
    assert totals(tmp_path, ORDERS, *zero, lines=rule)[:3] == (1, 1, "30.00")


def test_two_shops_with_one_number_customer_and_day(tmp_path: Path) -> None:
    rows = (shop("#1", "paid"), _ITEM, shop("#1", "paid", "80", number="9"))
    assert "column 'Total': 1 order has rows whose amounts differ" in refused(tmp_path, _SHOP, *rows)
    assert totals(tmp_path, _SHOP, *rows, order="Id")[:3] == (2, 1, "180.00")


def test_a_refund_below_the_row_with_the_amount(tmp_path: Path) -> None:
    head = f"{ORDERS},refund"
    rows = ("1,a,2026-01-05,100,10", "1,a,2026-01-05,,30")
    assert "row 3: column 'refund' holds a refund, and the order's amount" in refused(
        tmp_path, head, *rows, refund="refund"
    )
    assert totals(tmp_path, head, rows[0], "1,a,2026-01-05,,", refund="refund")[2] == "90.00"


def test_an_orders_history_is_asked_for(tmp_path: Path) -> None:
    head = f"{ORDERS},status"
    for end in ("cancelled", "refunded"):
        rows = ("1,a,2026-01-05,100,paid", f"1,a,2026-01-05,100,{end}", "2,b,2026-01-06,7,paid")
        assert "1 order has rows of one amount and several states" in refused(tmp_path, head, *rows)
        assert totals(tmp_path, head, *rows, lines="repeat")[2] == "7.00"
        assert totals(tmp_path, head, *rows, lines="sum")[2] == "107.00"
    pending = ("1,a,2026-01-05,100,pending", "1,a,2026-01-05,100,paid")
    assert totals(tmp_path, head, *pending)[2] == "100.00"  # either way


@pytest.mark.parametrize(
    ("header", "rows", "money", "said"),
    [
        (ORDERS, ("1,a,2026-01-05,25", "1,a,2026-01-05,5"), "30.00", "1 order has several rows, read as items"),
        (
            ORDERS,
            ("1,a,2026-01-05,25", "1,a,2026-01-05,"),
            "25.00",
            "total on the first, as those below have no amount",
        ),
        (f"{ORDERS},price,qty", ("1,a,2026-01-05,50,25,1",) * 2, "50.00", "total on each, as price times quantity"),
        (ORDERS, ("1,a,2026-01-05,25", ",b,2026-01-05,5"), "30.00", "1 row has no order number in column order_id"),
    ],
)
def test_what_is_recognised_is_said(header: str, rows: tuple[str, ...], money: str, said: str, tmp_path: Path) -> None:
    *_, read, remarks = totals(tmp_path, header, *rows)
    assert read == money and said in remarks


# --- refunds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["type", "类型"])
def test_refunds_as_rows_of_a_type(head: str, tmp_path: Path) -> None:
    words = ("sale", "refund") if head == "type" else ("销售", "退款")
    rows = (f"a,2026-01-05,100,{words[0]}", f"a,2026-01-06,30,{words[1]}", f"b,2026-01-06,-5,{words[1]}")
    *_, money, said = totals(tmp_path, f"customer,date,amount,{head}", *rows)
    assert money == "65.00" and "says that 1 row is a refund" in said
    *_, money, said = totals(tmp_path, f"customer,date,amount,{head}", *rows[:2], "b,2026-01-06,5,gold")
    assert money == "135.00" and "1 row with an amount above 0 is a refund by column" in said
    assert totals(tmp_path, f"customer,date,amount,{head}", "a,2026-01-05,100,online") == (1, 1, "100.00", "")


def test_an_import_counts_what_came_back_as_refunds(tmp_path: Path) -> None:
    from models.data.imports import import_exports

    path = text("customer,date,amount,returned", "a,2026-01-05,100,yes", "b,2026-01-05,50,no")(tmp_path)
    found = import_exports(path, salt="a salt only for tests, 32 bytes!", today=TODAY)
    report = found.report
    assert (str(report.amount), report.refunds, str(report.refunded)) == ("50.00", 1, "100.00")
    assert found.orders is not None and sum(found.orders["amount"].to_pylist()) == 50


def test_refunds_of_an_amount_that_is_not_told(tmp_path: Path) -> None:
    rows = ("a,2026-01-05,100,partially refunded", "b,2026-01-05,50,paid")
    assert "1 order was refunded in part by an amount" in totals(tmp_path, "customer,date,amount,status", *rows)[3]


# --- options beside columns ---------------------------------------------------------------------------------------------


def test_a_code_of_a_currency_beside_a_column_that_says_another(tmp_path: Path) -> None:
    head = "customer,date,amount,currency"
    two = ("a,2026-01-05,12,USD", "b,2026-01-05,5,EUR")
    assert "EUR (rows: 1" in refused(tmp_path, head, *two, currency="USD")
    assert "said to be in EUR and are in USD" in refused(tmp_path, head, two[0], currency="EUR")
    assert totals(tmp_path, head, two[0], currency="usd")[2] == "12.00"
    for frame in (pd.DataFrame, pl.DataFrame, pl.LazyFrame):
        data = {"customer": ["a"], "date": [date(2026, 1, 5)], "amount": [1.0], "currency": ["USD"]}
        with pytest.raises(BadInput, match="said to be in EUR and are in USD"):
            read_orders(frame(data), currency="EUR", today=TODAY)


def test_a_platform_keeps_its_rules_where_a_column_is_named(tmp_path: Path) -> None:
    assert totals(tmp_path, _SHOP, *SHOP)[:3] == (2, 1, "170.00")
    assert totals(tmp_path, _SHOP, *SHOP, amount="Subtotal")[:3] == (2, 1, "150.00")
    assert totals(tmp_path, _SHOP, *SHOP, date="Created at")[:3] == (2, 1, "170.00")
    for role in ("amount", "date", "order", "refund", "status"):
        assert "no column 'bill'" in refused(tmp_path, _SHOP, *SHOP, **{role: "bill"})


def test_a_platforms_file_of_which_nothing_is_left(tmp_path: Path) -> None:
    assert "there are no orders in it; export" in refused(tmp_path, _SHOP)
    assert "once bad rows are left out (1 cancelled or closed)" in refused(tmp_path, _SHOP, shop("#3", "voided"))
    everybody = refused(tmp_path, _SHOP, *SHOP, exclude="a@x.com")
    assert "customer excluded" in everybody and "exclude fewer customers" in everybody
    other = shop("#4", "paid").replace("a@x.com", "b@x.com")
    assert totals(tmp_path, _SHOP, *SHOP, other, exclude="A@x.com")[:3] == (1, 1, "100.00")


# --- who and what is unknown --------------------------------------------------------------------------------------------


def test_an_id_that_never_repeats_is_no_customer(tmp_path: Path) -> None:
    rows = ("1,bob,2026-01-05,5", "2,bob,2026-01-06,6")
    head = "id,user_name,date,amount"
    assert "column 'id' stands twice" in (said := refused(tmp_path, head, *rows)) and "user_name" in said
    assert totals(tmp_path, head, *rows, customer="user_name")[:2] == (2, 1)
    assert totals(tmp_path, head, *rows, customer="id")[:2] == (2, 2)
    assert totals(tmp_path, head, *rows, "1,bob,2026-01-07,5")[:2] == (3, 2)


def test_states_that_a_platform_has_invented(tmp_path: Path) -> None:
    named = [shop(f"#{i}", "frozen").replace("a@", f"c{i}@") for i in range(10, 12)]
    assert "not known in 2 of 6 rows (frozen); say which states count with keep" in refused(
        tmp_path, _SHOP, *SHOP, *named
    )
    many = [shop(f"#{i}", "paid") for i in range(1000, 1300)]
    orders, _, _, said = totals(tmp_path, _SHOP, *many, *named)
    assert orders == 300 and "2 rows are left out" in said and "frozen" in said
    slipped = refused(tmp_path, _SHOP, *SHOP, shop("#5", "Zhang San"))  # a name that slipped into the column
    assert "row 6: column 'Financial Status' holds a status that is not known" in slipped and "Zhang" not in slipped


def test_texts_that_may_name_persons_are_counted(tmp_path: Path) -> None:
    head = "customer,date,amount,status"
    free = [f"c{i},2026-01-05,100,paid by Zhang San 1381234{i:04d}" for i in range(3)]
    assert "(3 different texts)" in (said := totals(tmp_path, head, *free)[3]) and "Zhang" not in said
    kinds = [f"c{i},2026-01-05,100,name {i}" for i in range(30)]
    assert "(30 different texts)" in totals(tmp_path, head, *kinds)[3]
    phones = [f"c{i},2026-01-05,100,1381234{i:04d}" for i in range(3)]
    for role in ("status", "currency"):
        assert "1381234" not in refused(tmp_path, "customer,date,amount,phone", *phones, **{role: "phone"})


# --- sheets and frames --------------------------------------------------------------------------------------------------


def test_a_sheet_with_another_header_is_named(tmp_path: Path) -> None:
    sheets: Mapping[str, list[list[Any]]] = {
        "Jan": [["客户", "日期", "金额"], ["甲", "2026-01-05", 100]],
        "Mar": [["客户名", "日期", "金额"], ["乙", "2026-03-05", 50]],
    }
    read = of_orders(read_orders(book(sheets)(tmp_path), today=TODAY))
    assert read.orders == 1 and "1 sheet is not read" in read.remarks[0] and "Mar" in read.remarks[0]


def test_lazy_frames_compare_customers_as_files_do() -> None:
    days = [date(2026, 1, 5)] * 4
    same = {"customer": ["A@x.com", "a@X.com", "+86 139 1234 5678", "13912345678"], "date": days, "amount": [1.0] * 4}
    assert read_orders(pl.LazyFrame(same), today=TODAY).customers == 2
    nobody = same | {"customer": ["138****0001", "匿名", "1.23E+18", "b"]}
    with pytest.raises(BadInput, match="3 no customer"):
        read_orders(pl.LazyFrame(nobody), today=TODAY)
    stated = same | {"status": ["paid"] * 4, "refund": [0.0] * 4}
    remarks = [str(one) for one in read_orders(pl.LazyFrame(stated), today=TODAY).remarks]
    assert ["refund" in remarks[0], len(remarks)] == [True, 1], "each state counts, so nothing is said of them"


def test_a_frame_with_a_name_twice() -> None:
    frame = pd.DataFrame([["a", "2026-01-05", 1, 2]], columns=["customer", "date", "amount", "amount"])
    with pytest.raises(BadInput, match="there are two columns called 'amount'; rename one of them"):
        read_orders(frame, today=TODAY)


def test_one_is_said_in_the_singular(tmp_path: Path) -> None:
    path = text("customer,date,amount,status", "a,2026-01-05,5,paid", "b,2026-01-05,5,void")(tmp_path)
    said = repr(read_orders(path, today=TODAY))
    assert "1 order of 1 customer," in said and "1 row left out" in said
