"""Rows to orders: what several rows of one are, states, refunds, currencies, who is left out, and what is told of it."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from models.data.door.parts import name_without_numbers
from models.data.imports import Imported, import_exports
from models.data.orders import Orders, cdnow, read_orders
from models.errors import BadInput

SALT = "a salt only for tests, 32 bytes!"
TODAY = date(2026, 11, 1)
HEAD = "order_id,customer,date,amount\n"


def log(folder: Path, text: str, **options: Any) -> Orders:
    path = folder / "o.csv"
    path.write_text(text, encoding="utf-8")
    return read_orders(path, today=TODAY, **options)


def bought(orders: Orders) -> list[tuple[str, str, float]]:
    """Customer, day and amount of each order, sorted."""
    return sorted((row.customer, str(row.time.date()), row.amount) for row in orders.to_frame().itertuples())


def imported(folder: Path, *texts: str, **options: Any) -> Imported:
    paths = []
    for i, text in enumerate(texts):
        paths.append(folder / f"{i}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return import_exports(paths, salt=SALT, today=TODAY, **options)


def amounts(found: Imported) -> list[float]:
    assert found.orders is not None
    return sorted(found.orders["amount"].to_pylist())


# --- what rows of one order are ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "totals"),
    [
        ("1,a,2025-01-01,10\n1,a,2025-01-01,20\n2,b,2025-01-02,5\n", [5.0, 30.0]),  # amounts differ: items
        ("1,a,2025-01-01,10\n1,a,2025-01-01,\n1,,,\n2,b,2025-01-02,5\n", [5.0, 10.0]),  # the first row has the total
        ("#1,a,2025-01-01,25\n#1,b,2025-01-01,25\n", [25.0, 25.0]),  # two shops
        ("1,a,2025-01-01,25\n1,a,2025-01-02,25\n", [25.0, 25.0]),  # a till that starts again every day
        ("1,a,2025-01-01,100\n1,a,2025-01-01,-30\n", [70.0]),
        ("1,a,2025-01-01,100\n1,a,2025-02-01,-30\n", [70.0]),  # taken back later
        ("1,a,2025-01-01,0.1\n1,a,2025-01-01,0.2\n", [0.3]),  # exact
        (",a,2025-01-01,25\n,a,2025-01-01,25\n", [25.0, 25.0]),  # no number: each row is an order
    ],
)
def test_rows_that_say_what_they_are(rows: str, totals: list[float], tmp_path: Path) -> None:
    read = log(tmp_path, HEAD + rows)
    assert sorted(amount for *_, amount in bought(read)) == totals
    assert read.orders == len(totals) and read.rows_read == read.rows_used == rows.count("\n")
    assert amounts(imported(tmp_path, HEAD + rows)) == totals


@pytest.mark.parametrize(("rule", "total"), [("sum", 50.0), ("repeat", 25.0), ("first", 25.0)])
def test_equal_rows_say_nothing_and_are_asked_for(rule: str, total: float, tmp_path: Path) -> None:
    text = HEAD + "1,a,2025-01-01,25\n1,a,2025-01-01,25\n"
    with pytest.raises(BadInput, match="1 order has several rows, the first from row 2, and the rows do not say"):
        log(tmp_path, text)
    assert bought(log(tmp_path, text, lines=rule)) == [("a", "2025-01-01", total)]
    with pytest.raises(BadInput, match="lines is 'add'; it must be sum"):
        log(tmp_path, text, lines="add")


@pytest.mark.parametrize(("amount", "total"), [(25, 50.0), (50, 50.0)])
def test_price_times_quantity_tells_items_from_totals(amount: int, total: float, tmp_path: Path) -> None:
    row = f"1,a,2025-01-01,{amount},25,1\n"
    read = log(tmp_path, "order_id,customer,date,amount,price,qty\n" + row + row)
    assert bought(read) == [("a", "2025-01-01", total)]


def test_what_two_files_say_counts_once(tmp_path: Path) -> None:
    """An order cut by the end of a file keeps its items; one that both files have is one, in its later state."""
    first = "order_id,customer,date,amount,status,refund\n1,a,2025-01-01,10,paid,\n1,a,2025-01-01,20,paid,\n"
    second = "order_id,customer,date,amount,status,refund\n1,a,2025-01-01,20,paid,5\n1,a,2025-01-01,40,paid,\n"
    both = imported(tmp_path, first, second, refund="refund")
    assert amounts(both) == [65.0] == amounts(imported(tmp_path, second, first, refund="refund"))
    assert (both.report.duplicates, both.report.duplicates_that_differ) == (1, 1)


def test_what_came_back_whole_is_left_out_and_a_refund_alone_is_counted(tmp_path: Path) -> None:
    text = HEAD + "1,a,2025-01-01,10\n1,a,2025-01-03,-10\n2,b,2025-01-01,5\n3,c,2025-01-01,-7\n"
    read = log(tmp_path, text)
    assert read.dropped == {"refunded in full": 2}
    assert bought(read) == [("b", "2025-01-01", 5.0), ("c", "2025-01-01", -7.0)]
    assert read.report is not None and read.report.refunds_without_purchase == 1


# --- states, refunds, currencies --------------------------------------------------------------------------------------

STATES = "customer,date,amount,status\na,2025-01-01,10,paid\nb,2025-01-02,11,{}\n"


@pytest.mark.parametrize(
    ("word", "reason"),
    [("Cancelled", "cancelled or closed"), ("on-hold", "not paid"), ("已退款", "refunded in full"), ("test", "test order"),
     ("voided", "cancelled or closed"), ("待付款", "not paid")],
)  # fmt: skip
def test_known_states_are_counted_apart(word: str, reason: str, tmp_path: Path) -> None:
    read = log(tmp_path, STATES.format(word))
    assert (bought(read), read.dropped) == ([("a", "2025-01-01", 10.0)], {reason: 1})


def test_unknown_states(tmp_path: Path) -> None:
    unasked = log(tmp_path, STATES.format("gold"))
    assert unasked.orders == 2 and "is not read as the orders' status: 50% of its rows" in str(unasked.remarks[0])
    assert "gold" in str(unasked.remarks[0])
    with pytest.raises(BadInput, match=r"states that are not known in 1 of 2 rows \(gold\); say which"):
        log(tmp_path, STATES.format("gold"), status="status")
    kept = log(tmp_path, STATES.format("gold"), keep="Gold")
    assert (bought(kept), kept.dropped) == ([("b", "2025-01-02", 11.0)], {"state not among those kept": 1})
    with pytest.raises(BadInput, match=r"no row has the state 'payed' in column 'status'; there are gold, paid"):
        log(tmp_path, STATES.format("gold"), keep=["payed"])
    few = "customer,date,amount,status\n" + "a,2025-01-01,10,paid\n" * 200 + "b,2025-01-02,11,gold\n"
    read = log(tmp_path, few)
    assert read.dropped == {"unknown status": 1} and "1 row is left out" in str(read.remarks[0])
    with pytest.raises(BadInput, match="not known in 1 of 201 rows"):  # few rows with much of the money
        log(tmp_path, few.replace("11,gold", "500,gold"))


def test_a_column_of_refunds_is_read_when_it_is_named(tmp_path: Path) -> None:
    text = "customer,date,amount,refund\na,2025-01-01,10,\nb,2025-01-02,11,11\nc,2025-01-02,20,5\n"
    assert "looks like refunds and is not read" in str(log(tmp_path, text).remarks[0])
    named = log(tmp_path, text, refund="refund")
    assert bought(named) == [("a", "2025-01-01", 10.0), ("c", "2025-01-02", 15.0)]
    assert named.dropped == {"refunded in full": 1} and not named.remarks
    report = imported(tmp_path, text, refund="refund").report
    assert (report.refunds, str(report.refunded)) == (2, "16.00")


def test_currencies(tmp_path: Path) -> None:
    plain = "customer,date,amount\na,2025-01-01,10\n"
    assert log(tmp_path, plain).currency is None
    assert log(tmp_path, plain, currency="usd").currency == "USD"
    assert log(tmp_path, plain.replace("10", "€10")).currency == "EUR"
    with pytest.raises(BadInput, match="currency 'xyq' is neither a column nor the code of a currency"):
        log(tmp_path, plain, currency="xyq")
    with pytest.raises(BadInput, match="are said to be in USD and are in EUR by the file; leave currency out"):
        log(tmp_path, plain.replace("10", "€10"), currency="USD")
    with pytest.raises(BadInput, match=r"the files are in several currencies: EUR .* and USD"):
        imported(tmp_path, plain.replace("10", "€10"), plain.replace("10", "$10"))
    found = imported(tmp_path, plain.replace("10", "$10"))
    assert found.orders is not None and found.orders["currency"].to_pylist() == ["USD"]
    assert read_orders(found.orders, today=TODAY).currency == "USD" == cdnow(sample=True).currency


# --- who is left out, and what is told ---------------------------------------------------------------------------------


def test_customers_to_exclude(tmp_path: Path) -> None:
    text = "customer,date,amount\n+86 139 0001 0001,2025-01-01,10\n13900010002,2025-01-02,11\n"
    read = log(tmp_path, text, exclude="13900010001", customer="customer")
    assert len(bought(read)) == 1 and read.dropped == {"customer excluded": 1}
    with pytest.raises(BadInput, match="exclude names 1 customer who is not in it"):
        log(tmp_path, text, exclude=["somebody"])
    whole = cdnow(sample=False)
    one = str(whole.to_frame()["customer"][0])
    assert read_orders("cdnow", exclude=[one]).customers == whole.customers - 1


def test_masked_customers_are_no_customers(tmp_path: Path) -> None:
    text = "customer,date,amount\n138****0001,2025-01-01,10\nb,2025-01-02,11\n匿名,2025-01-02,11\n"
    with pytest.raises(BadInput, match="row 2: column 'customer' has a customer that is masked, encrypted") as refused:
        log(tmp_path, text)
    assert "0001" not in str(refused.value).replace(str(tmp_path), "")
    assert log(tmp_path, text, bad_rows="drop").dropped == {"no customer": 2}


def test_a_file_without_a_header_shows_no_cell(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its first rows hold no names of columns") as refused:
        log(tmp_path, "欧阳测试甲,2025-01-01,10\n司马测试乙,2025-01-02,11\n")
    assert "欧阳" not in str(refused.value)


def test_lazy_frames_say_what_they_do_not_take() -> None:
    frame = pl.LazyFrame({"order_id": ["1"], "customer": ["a"], "date": [date(2025, 1, 1)], "amount": [1.0]})
    assert "Order numbers in column order_id are not read" in str(read_orders(frame, today=TODAY).remarks[0])
    for option in ({"lines": "sum"}, {"status": "customer"}, {"timezone": "UTC"}):
        with pytest.raises(BadInput, match=f"a lazy frame does not take {next(iter(option))}; collect it first"):
            read_orders(frame, today=TODAY, **option)  # type: ignore[arg-type]
    two = pl.concat([frame, frame.with_columns(customer=pl.lit("b"))])
    assert read_orders(two, today=TODAY, exclude="b").dropped == {"customer excluded": 1}
    money = frame.with_columns(currency=pl.lit("usd"))
    assert read_orders(money, today=TODAY).currency == "USD"


def test_frames_and_files_are_put_together_alike(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"order_id": [1, 1, 2], "customer": ["a", "a", "b"], "date": ["2025-01-01"] * 3, "amount": [1.0, 2.0, 5.0]}
    )
    csv = log(tmp_path, frame.to_csv(index=False))
    parquet = tmp_path / "o.parquet"
    frame.to_parquet(parquet)
    for source in (frame, pl.from_pandas(frame), parquet):
        assert (
            bought(read_orders(source, today=TODAY))
            == bought(csv)
            == [("a", "2025-01-01", 3.0), ("b", "2025-01-01", 5.0)]
        )


def test_reports_cross_out_numbers_in_names_of_files(tmp_path: Path) -> None:
    path = tmp_path / "订单 13900010001 20260131.csv"
    path.write_text("customer,date,amount\na,2025-01-01,10\n", encoding="utf-8")
    report = import_exports(path, salt=SALT, today=TODAY).report
    assert report.sheets[0].file.endswith("订单 139xxxxxxxx 20260131.csv")
    assert "13900010001" not in str(report.to_json()) + read_orders(path, today=TODAY).source
    assert name_without_numbers("1234567-20261301") == "123xxxx-202xxxxx"
