"""Files and frames that were read wrongly: what columns and options say is kept, or they are refused plainly."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from models.data.health.imported import health_of
from models.data.imports import import_exports
from models.data.orders import read_orders
from models.errors import BadInput

from .case import Door, book
from .doors import SALT, TODAY, through

DOORS: tuple[Door, ...] = ("orders", "import")
SHOPIFY = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Lineitem quantity,Payment Method,Created at"
REST = ",Refunded Amount,Outstanding Balance,Id"
PHONE = "13812340001"


def written(folder: Path, text: str | Sequence[str], name: str = "o.csv") -> Path:
    path = folder / name
    path.write_text(text if isinstance(text, str) else "\n".join(text) + "\n", encoding="utf-8")
    return path


def shopify(folder: Path, *rows: str) -> Path:
    """A Shopify export; a row is Name, Email, status, Total, refunded, owed, and the payment method."""
    lines = [SHOPIFY + REST]
    for i, row in enumerate(rows):
        name, mail, status, total, refunded, owed, method = row.split(",")
        stamp = f"2025-01-0{i + 1} 10:00:00 +0000"
        lines.append(f"{name},{mail},{status},{stamp},USD,{total},{total},1,{method},{stamp},{refunded},{owed},9{i}")
    return written(folder, lines)


SHOP = (
    "#1,a@x.com,paid,100,0,0,card",
    "#2,a@x.com,partially_refunded,100,30,0,card",
    "#3,b@x.com,voided,100,0,0,card",
    "#4,c@x.com,paid,60,0,0,bogus",
)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("named", [{}, {"amount": "Subtotal"}, {"date": "Paid at"}, {"date": "Created at"}])
def test_a_column_named_on_a_platforms_export_is_put_in_the_place_of_its_own(
    door: Door, named: dict[str, str], tmp_path: Path
) -> None:
    read = through(door, shopify(tmp_path, *SHOP), **named)
    assert (str(read.money), read.orders, read.customers, read.currency) == ("170.00", 2, 1, "USD")


@pytest.mark.parametrize("door", DOORS)
def test_a_column_that_a_platforms_export_has_not_is_refused(door: Door, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no column 'Net' for the amount"):
        through(door, shopify(tmp_path, *SHOP), amount="Net")


@pytest.mark.parametrize("door", DOORS)
def test_customers_of_a_platform_can_be_excluded(door: Door, tmp_path: Path) -> None:
    path = shopify(tmp_path, *SHOP[:2], "#5,d@x.com,paid,40,0,0,card")
    read = through(door, path, exclude="A@x.com")
    assert (str(read.money), read.orders, dict(read.dropped)) == ("40.00", 1, {"customer excluded": 2})


@pytest.mark.parametrize("door", DOORS)
def test_what_is_still_owed_is_not_paid(door: Door, tmp_path: Path) -> None:
    read = through(door, shopify(tmp_path, "#1,a@x.com,partially_paid,100,0,70,card", "#2,b@x.com,paid,20,0,0,card"))
    assert (str(read.money), read.orders) == ("50.00", 2)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (SHOP[2:3], r"there are no orders in it once bad rows are left out \(1 cancelled or closed\)"),
        ((), "no orders in it;"),
    ],
)
def test_an_export_without_orders_says_so(door: Door, rows: tuple[str, ...], told: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=told):
        through(door, shopify(tmp_path, *rows))


JD = "订单号,订购数量,下单时间,京东价,结算金额,余额支付,应付金额,订单状态,下单帐号,付款确认时间"


@pytest.mark.parametrize("door", DOORS)
def test_what_a_balance_paid_is_paid(door: Door, tmp_path: Path) -> None:
    rows = [
        JD,
        "301234567890,1,2025-01-05 10:00:00,100,100,100,0,完成,jd_a,2025-01-05 10:01:00",
        "301234567891,1,2025-01-06 10:00:00,50,50,20,30,完成,jd_b,2025-01-06 10:01:00",
    ]
    assert str(through(door, written(tmp_path, rows)).money) == "150.00"


@pytest.mark.parametrize("door", DOORS)
def test_an_etsy_order_without_a_status_is_paid(door: Door, tmp_path: Path) -> None:
    rows = [
        "Sale Date,Order ID,Buyer User ID,Currency,Order Value,Order Total,Status",
        "01/13/25,1,ann,USD,50,55.00,",
        "01/14/25,2,bob,USD,50,45.00,Canceled",
    ]
    read = through(door, written(tmp_path, rows))
    assert (str(read.money), dict(read.dropped)) == ("55.00", {"cancelled or closed": 1})


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("header", ["实付金额(元)", "实付金额（元）", "金额 [RMB]"])
def test_the_unit_in_a_header_is_the_currency(door: Door, header: str, tmp_path: Path) -> None:
    read = through(door, written(tmp_path, [f"客户,日期,{header}", "a,2025-01-05,12.5", "b,2025-01-06,30"]))
    assert (str(read.money), read.currency) == ("42.50", "CNY")


def test_what_came_back_is_refunded_in_the_report_of_an_import(tmp_path: Path) -> None:
    rows = ["customer,date,amount,returned", "a,2025-01-05,100,yes", "b,2025-01-06,50,no"]
    imported = import_exports(written(tmp_path, rows), salt=SALT, today=TODAY)
    report = imported.report
    assert imported.orders is not None
    assert float(sum(imported.orders["amount"].to_pylist())) == float(report.amount) == 50.0
    assert (report.refunds, float(report.refunded), report.returned) == (1, 100.0, 1)
    assert "amounts_below_0" not in [finding.kind for finding in health_of(imported)]


# --- frames ------------------------------------------------------------------------------------------------------------

_DAYS = [date(2025, 1, 5), date(2025, 1, 6), date(2025, 1, 7)]


def lazy(**columns: Any) -> pl.LazyFrame:
    return pl.LazyFrame({"customer": ["a", "b", "c"], "date": _DAYS, "amount": [20.0, 20.0, 20.0], **columns})


def test_a_frame_with_a_column_twice_is_refused() -> None:
    frame = pd.DataFrame([["a", "2025-01-05", 1, 2]], columns=["customer", "date", "amount", "amount"])
    with pytest.raises(BadInput, match="two columns called 'amount'"):
        read_orders(frame)


def test_a_row_of_sums_in_a_frame_is_left_out() -> None:
    frame = pd.DataFrame(
        {"客户": ["a", "b", "合计"], "日期": ["2025-01-05", "2025-01-06", "2025-01-07"], "金额": [10, 20, 30]}
    )
    read = read_orders(frame)
    assert (read.orders, read.customers, dict(read.dropped), read.rows_read) == (2, 2, {"summary row": 1}, 3)
    assert "row 3" in str(read.remarks[0])


def test_states_of_a_lazy_frame_are_not_passed_over() -> None:
    with pytest.raises(BadInput, match=r"'status' tells which orders count.*collect the frame first"):
        read_orders(lazy(status=["paid", "cancelled", "paid"]))
    assert read_orders(lazy(status=["paid", "completed", "paid"])).remarks == ()
    assert "not read as the orders' status" in str(read_orders(lazy(status=["x", "y", "z"])).remarks[0])


def test_refunds_of_a_lazy_frame_are_told_as_unread() -> None:
    assert "looks like refunds" in str(read_orders(lazy(refund=[1.0, 0.0, 0.0])).remarks[0])


@pytest.mark.parametrize(
    "customers", [["+86 139 1234 5678", "13912345678", "13912345679"], ["a@X.com", "A@x.com", "b@x.com"]]
)
def test_customers_of_a_lazy_frame_are_those_of_a_frame_in_memory(customers: list[str]) -> None:
    frame = lazy(customer=customers)
    assert read_orders(frame).customers == read_orders(frame.collect()).customers == 2


def test_masked_customers_of_a_lazy_frame_are_nobody() -> None:
    with pytest.raises(BadInput, match="2 no customer") as refused:
        read_orders(lazy(customer=["138****0001", "匿名", "a"]))
    assert PHONE[:5] not in str(refused.value)


# --- persons -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["paid by Zhang San {}", "付 {}", "=cmd|{}", "138-{}"])
def test_free_text_in_a_column_of_states_is_counted_not_quoted(text: str, tmp_path: Path) -> None:
    rows = [f"c{i},2025-01-0{i + 1},10,{text.format(13812340000 + i)}" for i in range(8)]
    path = written(tmp_path, ["customer,date,amount,status", *rows])
    said = [str(remark) for remark in read_orders(path).remarks]
    with pytest.raises(BadInput) as named:
        read_orders(path, status="status")
    with pytest.raises(BadInput) as kept:
        read_orders(path, status="status", keep="paid")
    said += [str(named.value), str(kept.value)]
    assert all("8 different texts" in one for one in said)
    assert not any("1381234" in one or "Zhang" in one for one in said)


def test_a_phone_number_that_is_named_as_a_currency_is_not_quoted(tmp_path: Path) -> None:
    path = written(tmp_path, ["customer,date,amount,phone", f"a,2025-01-05,10,{PHONE}"])
    with pytest.raises(BadInput) as refused:
        read_orders(path, currency="phone")
    assert PHONE not in str(refused.value)


def test_the_names_of_files_and_sheets_are_told_without_persons(tmp_path: Path) -> None:
    rows = [["客户", "日期", "金额"], ["a", "2025-01-05", 10], ["b", "2025-01-06", 20], ["合计", "", 30]]
    path = tmp_path / book({PHONE: rows}, name=f"订单{PHONE}.xlsx")(tmp_path).name
    read = read_orders(path)
    imported = import_exports(path, salt=SALT, today=TODAY)
    assert read.remarks
    assert read.report is not None
    said = [*map(str, read.remarks), *map(str, imported.report.remarks), str(read.report.to_json())]
    said += [str(imported.report.to_json())]
    assert not any(PHONE in one for one in said)


# --- where nobody can answer: scenarios --------------------------------------------------------------------------------


def scenario(folder: Path) -> Path:
    """A scenario that is founded from the export o.csv beside it."""
    base = Path(__file__).resolve().parents[3] / "scenarios" / "everything.yaml"
    lines = [f"extends: {base}", "name: mine", "founding: from_export", "orders: o.csv", "members: 0", "phases: []"]
    return written(folder, lines, "s.yaml")


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "orders: Column refund_amount looks like refunds"), ("zh", "orders：列 refund_amount")]
)
def test_check_says_what_is_not_read_of_the_export(lang: Any, told: str, tmp_path: Path) -> None:
    from sim.drafting.notes import notes
    from sim.scenario.loading import load

    rows = [f"c{i % 9},2025-01-{i + 1:02d},10,1" for i in range(28)]
    written(tmp_path, ["customer,date,amount,refund_amount", *rows])
    assert any(note.startswith(told) for note in notes(load(scenario(tmp_path)), lang))


def test_an_export_that_needs_options_is_to_be_imported_first(tmp_path: Path) -> None:
    from sim.scenario.export import exported

    path = written(tmp_path, ["order_id,customer,date,amount", *["1,a,2025-01-05,20"] * 2, *["2,b,2025-01-06,30"] * 2])
    with pytest.raises(BadInput, match=r"say it to siyu import o\.csv -o orders\.parquet first"):
        exported(str(path), None)
    with pytest.raises(BadInput, match="no such file") as lost:
        exported(str(tmp_path / "none.csv"), None)
    assert "siyu import" not in str(lost.value)
