"""Every format as exported, with its quirks, against tables worked out by hand."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models.data.imports import Imported, import_exports
from models.data.imports.identity import Salt
from models.data.imports.platforms import plain, recognise, sheet_types
from models.data.orders import read_orders
from models.data.rfm import summarise
from models.errors import BadInput


@pytest.fixture
def take(make: SimpleNamespace) -> Any:
    def take(*paths: Path, **options: Any) -> Imported:
        return import_exports(list(paths), **{"salt": make.SALT, "today": make.TODAY, **options})

    return take


def table(found: Imported) -> list[tuple[Any, ...]]:
    """Orders as customer, time, amount, refunded."""
    assert found.orders is not None
    return [(r["customer"], str(r["time"]), r["amount"], r["refunded"]) for r in found.orders.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("quote", [False, True])
def test_youzan_orders(tmp_path: Path, make: SimpleNamespace, take: Any, encoding: str, quote: bool) -> None:
    path = make.write_csv(tmp_path / "有赞.csv", make.YOUZAN_ORDERS, make.youzan_orders(), encoding, quote)
    found = take(path)
    first, second, third = (Salt(make.SALT, "given").hash("phone", phone) for phone in make.PHONES)
    assert table(found) == [
        (first, "2026-06-01 12:01:30", 129.9, 0.0),
        (second, "2026-06-02 12:00:20", 999.9, 59.2),
        (third, "2026-06-03 12:00:00", 0.1, 0.0),
        (first, "2026-06-07 23:59:59", 0.2, 0.0),
        (second, "2026-06-08 00:00:01", 300.0, 0.0),
    ]
    report = found.report
    assert report.orders is not None
    assert (report.orders.rows_in, report.orders.rows_used) == (9, 5)
    assert report.orders.dropped == {"cancelled or closed": 1, "duplicate": 1, "not paid": 1, "refunded in full": 1}
    assert report.identity is not None
    assert (report.identity.key, report.identity.automatic, report.identity.share) == ("phone", True, 1.0)
    assert (report.refunds, report.refunded) == (3, Decimal("179.20"))
    assert report.amount == Decimal("1430.10")
    assert (report.paid_time_missing, report.duplicates, report.duplicates_that_differ) == (1, 1, 0)
    assert (report.customers_seen, report.repeat_buyers, report.most_orders) == (3, 2, 2)
    assert report.sheets[0].encoding == encoding
    read = read_orders(found.orders, today=make.TODAY)
    assert (read.rows_used, read.customers) == (5, 3)
    assert len(summarise(read)) == 3


def test_variants_of_the_youzan_header(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    header = ["订单号", "订单商品总件数", *make.YOUZAN_ORDERS[1:], "会员等级", "买家姓名", ""]
    header[6] = " 订单来源\u3000"
    header = [name.replace("/", "／") for name in header]  # full width
    values = [{**row, "买家姓名": make.NAMES[0]} for row in make.youzan_orders()]
    body = make.rows([plain_name(name) for name in header], values)
    path = tmp_path / "o.csv"
    path.write_text(make.as_csv(header, body), encoding="utf-8")
    assert len(table(take(path))) == 5


def plain_name(name: str) -> str:
    return name.strip().replace("／", "/")


def test_rows_may_end_with_a_comma_that_the_header_lacks(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    body = [[*row, ""] for row in make.rows(make.YOUZAN_ORDERS, make.youzan_orders())]
    path = tmp_path / "o.csv"
    path.write_text(make.as_csv(make.YOUZAN_ORDERS, body), encoding="utf-8")
    assert len(table(take(path))) == 5


def classic(number: str, member: str, amount: str, created: str, paid: str, status: str, **more: str) -> dict[str, str]:
    return {"订单编号": number, "买家会员名": member, "总金额": amount, "买家实际支付金额": amount, "订单状态": status,
            "订单创建时间": created, "订单付款时间": paid, **more}  # fmt: skip


def test_taobao_classic(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    people = {"收货人姓名": make.NAMES[0], "联系手机": "'" + make.PHONES[0], "买家支付宝账号": make.PHONES[0]}
    values = [
        classic('="1234567890123456781"', "会员甲", "10.10", "2026-01-01 09:00:00", "2026-01-01 09:05:00", "交易成功",
                **people),
        classic("'1234567890123456782", "会员乙", "20.20", "2026-01-02 09:00:00", "2026-01-02 09:05:00",
                "卖家已发货，等待买家确认"),
        classic('="1234567890123456783"', "会员甲", "30.30", "2026/1/3 9:00", "2026/1/3 9:05", "买家已付款，等待卖家发货"),
        classic('="1234567890123456784"', "会员甲", "0.00", "2026-01-04 09:00:00", "", "交易关闭",
                订单关闭原因="买家未付款"),
        classic('="1234567890123456785"', "会员乙", "0.00", "2026-01-05 09:00:00", "2026-01-05 09:05:00", "交易关闭",
                订单关闭原因="退款"),
        classic('="1234567890123456786"', "会员乙", "5", "2026-01-06 09:00:00", "", "等待买家付款"),
    ]  # fmt: skip
    path = make.write_csv(tmp_path / "ExportOrderList.csv", make.TAOBAO_CLASSIC, values, "gbk")
    found = take(path)
    one, two = (Salt(make.SALT, "given").hash("member", member) for member in ("会员甲", "会员乙"))
    assert table(found) == [
        (one, "2026-01-01 09:05:00", 10.1, 0.0),
        (two, "2026-01-02 09:05:00", 20.2, 0.0),
        (one, "2026-01-03 09:05:00", 30.3, 0.0),
    ]
    assert found.report.dropped == {"cancelled or closed": 2, "not paid": 1}
    assert (found.report.refunds, found.report.refunds_unknown, found.report.refunded) == (1, 1, 0)
    assert found.report.identity is not None
    assert found.report.identity.key == "member"
    older = [name for name in make.TAOBAO_CLASSIC if name != "支付交易号"]
    assert len(table(take(make.write_csv(tmp_path / "older.csv", older, values, "gb18030")))) == 3


def test_taobao_2026_names_no_buyer(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    values = [{"订单编号": "2234567890123456781", "支付单号": "1", "买家实付金额": "12.50", "总金额": "12.50",
               "订单状态": "交易成功", "订单创建时间": "2026-03-01 10:00:00", "收货地址": make.ADDRESSES[0]}]  # fmt: skip
    path = make.write_csv(tmp_path / "t.csv", make.TAOBAO_2026, values)
    with pytest.raises(
        BadInput, match="no column names the buyer, so repeat purchases cannot be seen; add a column"
    ) as caught:
        take(path)
    assert str(path) in str(caught.value)
    joined = make.write_csv(tmp_path / "j.csv", [*make.TAOBAO_2026, "会员 编号"], [{**values[0], "会员 编号": "00017"}])
    found = take(joined, identity="会员编号")
    assert table(found) == [
        (Salt(make.SALT, "given").hash("column 会员编号", "00017"), "2026-03-01 10:00:00", 12.5, 0.0)
    ]
    assert found.report.paid_time_missing == 1
    assert found.report.identity is not None
    assert (found.report.identity.key, found.report.identity.automatic) == ("会员编号", False)


def test_an_older_list_names_the_buyers_of_a_newer_sheet(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    new = [{"订单编号": f"223456789012345678{i}", "支付单号": "1", "买家实付金额": "12.50", "订单状态": "交易成功",
            "订单创建时间": f"2026-03-0{i} 10:00:00"} for i in (1, 2)]  # fmt: skip
    old = [classic(f'="223456789012345678{i}"', "甲", "12.50", f"2026-03-0{i} 10:00:00", f"2026-03-0{i} 10:01:00",
                   "卖家已发货，等待买家确认") for i in (1, 2)]  # fmt: skip
    paths = (make.write_csv(tmp_path / "new.csv", make.TAOBAO_2026, new),
             make.write_csv(tmp_path / "old.csv", make.TAOBAO_CLASSIC, old, "gbk"))  # fmt: skip
    found = take(*paths)
    assert [row[1:] for row in table(found)] == [("2026-03-01 10:01:00", 12.5, 0.0), ("2026-03-02 10:01:00", 12.5, 0.0)]
    assert found.report.dropped == {"duplicate": 2}
    assert found.report.paid_time_missing == 0


@pytest.mark.parametrize(
    ("paid", "settled", "refund", "net"),
    [
        ("100.00", "70.00", "30.00", 70.0),  # paid is before refunds: what was paid out says so
        ("70.00", "70.00", "30.00", 70.0),  # off already
        ("100.00", "0.00", "30.00", 70.0),  # not received yet: the platform's rule
        ("100.00", "100.00", "无退款申请", 100.0),
        ("100.00", "", "", 100.0),
        ("0.30", "0.20", "0.10", 0.2),
    ],
)
def test_taobao_sheets_in_a_workbook(
    paid: str, settled: str, refund: str, net: float, tmp_path: Path, make: SimpleNamespace, take: Any
) -> None:
    orders = make.rows([*make.TAOBAO_SHEET, "会员编号"], [
        {"订单编号": "3234567890123456781", "订单状态": "交易成功", "买家实付金额": paid, "确认收货打款金额": settled,
         "退款金额": refund, "订单创建时间": "2026-04-01 10:00:00", "订单付款时间": "2026-04-01 10:00:30",
         "收货地址": make.ADDRESSES[0],
         "会员编号": "7"}])  # fmt: skip
    items = make.rows(
        make.TAOBAO_ITEMS, [{"子订单编号": "1", "主订单编号": "3234567890123456781"}, {"子订单编号": "2"}]
    )
    path = make.write_xlsx(
        tmp_path / "t.xlsx",
        {
            "说明": [["导出说明"]],
            "订单": [["店铺订单"], [], [*make.TAOBAO_SHEET, "会员编号"], *orders],
            "商品": [make.TAOBAO_ITEMS, *items],
            "空": [],
        },
    )
    found = take(path, identity="会员编号")
    assert [row[1:3] for row in table(found)] == [("2026-04-01 10:00:30", net)]
    assert found.report.items is not None
    assert (found.report.items.rows_in, found.report.items.dropped) == (2, {"item, not an order": 2})
    assert found.report.not_recognised == [f"{path}, sheet '说明'"]
    assert (found.report.rows_in, found.report.rows_used) == (3, 1)


def test_workbooks_keep_texts_and_take_numbers_and_dates(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    header = ["订单编号", "总金额", "买家实际支付金额", "订单创建时间", "订单付款时间 ", "退款金额", "买家会员名"]
    body = [["4234567890123456789", 178.8, 178.8, datetime(2026, 2, 1), datetime(2026, 2, 1, 8, 30, 5), 0, 12345]]
    found = take(make.write_xlsx(tmp_path / "t.xlsx", {"a": [header, *body]}))
    member = Salt(make.SALT, "given").hash("member", "12345")
    assert table(found) == [(member, "2026-02-01 08:30:05", 178.8, 0.0)]
    body[0][0] = 4234567890123456789  # a number cell holds 15 digits
    with pytest.raises(BadInput, match="row 2: column '订单编号' holds a number that a spreadsheet has shortened"):
        take(make.write_xlsx(tmp_path / "u.xlsx", {"a": [header, *body]}))


def test_tmall_report_has_refunds_off_already(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    header = [*make.TMALL_REPORT, "买家会员名"]

    def row(number: str, total: str, paid: str, refund: str, when: str = "2020-02-21 00:01:00") -> dict[str, str]:
        return {"订单编号": number, "总金额": total, "买家实际支付金额": paid, "退款金额": refund, "买家会员名": "甲",
                "订单创建时间": "2020-02-21 00:00:00", "订单付款时间": when, "收货地址": "上海"}  # fmt: skip

    values = [
        row("1", "178.8", "178.8", "0"),
        row("2", "178.8", "0", "178.8"),  # refunded in full, not paid minus refund below zero
        row("3", "100", "60", "40"),  # net: not 20
        row("4", "100", "100", "40"),  # before refunds: its own total says so
        row("5", "120", "50", "30"),  # a coupon beside: the report's rule, net
        row("6", "21", "0", "0", ""),
    ]
    found = take(make.write_csv(tmp_path / "t.csv", header, values))
    assert [row[2:] for row in table(found)] == [(178.8, 0.0), (60.0, 40.0), (60.0, 40.0), (50.0, 30.0)]
    assert found.report.dropped == {"not paid": 1, "refunded in full": 1}
    assert (found.report.refunds, found.report.refunded) == (4, Decimal("288.80"))
    assert found.report.refunds_above == 0
    with pytest.raises(BadInput, match="no column names the buyer"):
        take(
            make.write_csv(
                tmp_path / "u.csv", make.TMALL_REPORT, [{k: v for k, v in values[0].items() if k != "买家会员名"}]
            )
        )


def douyin(
    order: str, line: str, amount: str, status: str = "已完成", aftersale: str = "-", **more: str
) -> dict[str, str]:
    return {"主订单编号": f"\t{order}", "子订单编号": f"\t{line}", "订单应付金额": amount, "订单状态": status,
            "售后状态": aftersale, "收件人": "##abc", "收件人手机号": "$$xyz", "订单提交时间": "\t2026-05-01 20:00:00",
            "支付完成时间": "2026-05-01 20:00:09", **more}  # fmt: skip


def test_douyin_orders_and_settlements(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    header = ["\t" + name for name in [*make.DOUYIN, "会员编号"]]
    values = [
        douyin("6912345678901234561", "6912345678901234561", "30.10", 会员编号="甲"),
        douyin("6912345678901234561", "6912345678901234562", "0.20", 会员编号="甲"),
        douyin("6912345678901234563", "6912345678901234563", "9.90", 会员编号="乙", 支付完成时间="-"),
        douyin("6912345678901234563", "6912345678901234564", "5.00", aftersale="退款成功", 会员编号="乙"),
        douyin("6912345678901234565", "6912345678901234565", "5.00", status="已关闭", 会员编号="乙"),
        douyin("6912345678901234566", "6912345678901234566", "5.00", status="待支付", 会员编号="乙"),
        douyin(
            "6912345678901234567", "6912345678901234567;6912345678901234568", "1,000.00", status="已发货", 会员编号="甲"
        ),
    ]
    path = make.write_csv(tmp_path / "d.csv", header, values, "utf-8-sig", quote=True)
    with pytest.raises(BadInput, match="buyers are encrypted in this export: add a column"):
        take(path)
    with pytest.raises(BadInput, match="'recipient_phone' is masked or encrypted in every usable order"):
        take(path, identity="recipient_phone")
    paid = [
        {"结算时间": "①", "订单号": "②", "子订单号": "③", "结算金额": "④=⑤-⑥", "下单时间": "下单"},
        {"结算时间": "2026-05-09 01:00:00", "订单号": "'6912345678901234561", "子订单号": "'6912345678901234561",
         "结算金额": "28.40", "有结算前退款": "否"},
        {"结算时间": "2026-05-09 01:00:00", "订单号": "'6912345678901234567", "结算金额": "901.60", "有结算前退款": "是"},
        {"结算时间": "2026-05-09 01:00:00", "订单号": "'6900000000000000000", "结算金额": "1.00"},
    ]  # fmt: skip
    money = make.write_csv(tmp_path / "s.csv", make.SETTLEMENT, paid, "utf-8-sig")
    found = take(path, money, identity="会员编号")
    one, two = (Salt(make.SALT, "given").hash("column 会员编号", member) for member in "甲乙")
    assert sorted(table(found)) == sorted(
        [
            (one, "2026-05-01 20:00:09", 30.3, 0.0),
            (two, "2026-05-01 20:00:00", 9.9, 0.0),
            (one, "2026-05-01 20:00:09", 1000.0, 0.0),
        ]
    )
    report = found.report
    assert report.orders is not None and report.settlements is not None
    assert (report.orders.rows_in, report.orders.rows_used, report.orders_made) == (7, 4, 3)
    assert report.orders.dropped == {"cancelled or closed": 1, "not paid": 1, "refunded in full": 1}
    assert (report.settlements.rows_in, report.settlements.rows_used) == (4, 2)
    assert report.settlements.dropped == {"order not among the orders": 1, "formula row": 1}
    assert (report.settled, report.settled_orders, report.refunds_unknown) == (Decimal("930.00"), 2, 1)
    assert (report.refunds, report.refunded) == (1, Decimal("5.00"))
    with pytest.raises(BadInput, match="settlements name no buyer; import them together with the orders"):
        take(money)


def test_mass_sends(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    header = make.LINKWECHAT
    body = [
        ["1", "msg1", "staff1", "wmAAAA01", "", "1", "2026-06-01 10:00:05"],
        ["1", "msg1", "staff1", "wmAAAA02", "", "2", ""],
        ["1", "msg1", "staff1", "wmAAAA03", "", "0", ""],
        ["1", "msg1", "staff1", "wmAAAA04", "", "3", ""],
        ["1", "msg1", "staff1", "", "wrGROUP", "1", "2026-06-01 10:00:05"],
        ["1", "msg1", "staff1", "wmAAAA01", "", "1", "2026-06-01 10:00:05"],
        ["1", "msg2", "staff1", "wmAAAA01", "", "1", "1780365600"],
    ]
    path = tmp_path / "sends.csv"
    path.write_text(make.as_csv(header, body), encoding="utf-8")
    found = take(path)
    assert found.orders is None and found.contacts is not None
    one, two, four = (Salt(make.SALT, "given").hash("external_userid", f"wmAAAA0{i}") for i in (1, 2, 4))
    assert [(r["customer"], str(r["time"]), r["delivered"]) for r in found.contacts.to_pylist()] == [
        (one, "2026-06-01 10:00:05", True),
        (two, "2026-06-01 10:00:05", False),
        (four, "2026-06-01 10:00:05", False),
        (one, "2026-06-02 10:00:00", True),
    ]
    assert found.report.dropped == {"duplicate": 1}  # the unsent and the group's are among the touches
    assert found.report.delivered == 2


def test_youzan_customers_meet_their_orders(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    values = [
        {"客户姓名": make.NAMES[0], "客户昵称": make.NICKNAMES[0], "客户手机号": "+86 " + make.PHONES[0], "是否会员": "是",
         "消费次数": "3", "消费金额": "130.10", "累计退款金额": "50", "企微好友": "是",
         "成为客户时间": "2026-01-01 00:00:00", "成为会员时间": "2026-02-01", "上次消费时间": "2026-06-07 23:59:59"},
        {"客户昵称": make.NICKNAMES[1], "客户手机号": make.PHONES[1], "是否会员": "否", "消费次数": "0",
         "成为客户时间": "2026-01-02"},
        {"客户手机号": "139****0003", "成为客户时间": "2026-01-02"},
    ]  # fmt: skip
    people = make.write_csv(tmp_path / "c.csv", make.YOUZAN_CUSTOMERS, values)
    orders = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, make.youzan_orders())
    found = take(people, orders)
    assert found.customers is not None
    first, second = found.customers.to_pylist()
    phones = [Salt(make.SALT, "given").hash("phone", phone) for phone in make.PHONES]
    assert [first["customer"], second["customer"]] == phones[:2]
    assert first == {
        "customer": phones[0], "since": datetime(2026, 1, 1), "member_since": datetime(2026, 2, 1), "member": True,
        "wecom_friend": True, "orders": 3, "spent": 130.1, "refunded": 50.0, "last_order": datetime(2026, 6, 7, 23, 59, 59),
    }  # fmt: skip
    assert second["member"] is False and second["spent"] is None
    assert found.report.customers is not None
    assert found.report.customers.dropped == {"no customer": 1}
    assert {row[0] for row in table(found)} == set(phones)


def test_plain_columns(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    path = tmp_path / "till.csv"
    path.write_text("card;day;paid\n007;2026-01-02;10,5\n", encoding="utf-8")
    names = {"customer": "card", "date": "day", "amount": "paid"}
    assert [row[2] for row in table(take(path, **names))] == [10.5]  # a decimal comma
    path.write_text("card;day;paid\n007;2026-01-02;ten\n", encoding="utf-8")
    with pytest.raises(BadInput, match="row 2: 'ten' in column 'paid' is no amount"):
        take(path, **names)
    path.write_text("card;day;paid\n007;2026-01-02;10.5\n007;2026-01-02;10.5\n8;2026-01-03;-3\n", encoding="utf-8")
    found = take(path, **names)
    card = Salt(make.SALT, "given").hash("customer", "007")
    assert table(found)[:2] == [(card, "2026-01-02 00:00:00", 10.5, 0.0)] * 2  # equal rows of one file are two orders
    assert table(found)[2][2] == -3.0
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())
    twice = take(path, copy, **names)
    assert table(twice) == table(found)
    assert (twice.report.rows_in, twice.report.rows_used, twice.report.duplicates) == (6, 3, 3)
    numbered = tmp_path / "numbered.csv"
    numbered.write_text("no,card,day,paid\n1,a,2026-01-02,1\n1,a,2026-01-02,1\n2,a,2026-01-02,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="1 order has several rows, the first from row 2, and the rows do not say"):
        take(numbered, order="no", **names)
    for rule, amounts in {"repeat": [1.0, 1.0], "first": [1.0, 1.0], "sum": [2.0, 1.0]}.items():
        assert [row[2] for row in table(take(numbered, order="no", lines=rule, **names))] == amounts


@pytest.mark.parametrize("swap", [False, True])
def test_the_later_state_counts_whatever_the_order_of_files(
    swap: bool, tmp_path: Path, make: SimpleNamespace, take: Any
) -> None:
    when = ("2026-06-01 12:00:00", "2026-06-01 12:01:30")
    early = [make.youzan("E1", 0, *when, "10.00", status="待发货"), make.youzan("E2", 0, *when, "20.00"),
             make.youzan("E3", 0, when[0], "", "30.00", status="待付款")]  # fmt: skip
    late = [make.youzan("E1", 0, *when, "10.00", "4.00"), make.youzan("E2", 0, *when, "20.00", "20.00", "交易关闭"),
            make.youzan("E3", 0, *when, "30.00", status="待发货")]  # fmt: skip
    paths = [make.write_csv(tmp_path / f"{i}.csv", make.YOUZAN_ORDERS, v) for i, v in enumerate((early, late))]
    found = take(*(reversed(paths) if swap else paths))
    assert sorted(row[2:] for row in table(found)) == [(6.0, 4.0), (30.0, 0.0)]
    assert found.report.dropped == {"duplicate": 3, "cancelled or closed": 1}
    assert found.report.duplicates_that_differ == 3


def test_times_with_an_offset_move_to_shanghai(tmp_path: Path, make: SimpleNamespace, take: Any) -> None:
    times = {"2026-06-01T23:30:00Z": "2026-06-02 07:30:00", "2026-06-01 23:30:00+08:00": "2026-06-01 23:30:00",
             "2026-06-01 23:30:00-0530": "2026-06-02 13:00:00", "2026-06-01 23:30+09": "2026-06-01 22:30:00",
             "2026/6/1 9:05": "2026-06-01 09:05:00", "2026年6月1日 09:05:00": "2026-06-01 09:05:00",
             "1780276800": "2026-06-01 09:20:00", "1780276800000": "2026-06-01 09:20:00"}  # fmt: skip
    for text, expected in times.items():
        path = make.write_csv(tmp_path / "o.csv", make.YOUZAN_ORDERS, [make.youzan("E1", 0, text, text, "1")])
        assert table(take(path))[0][1] == expected, text


def test_every_mark_is_a_header_that_its_platform_writes(make: SimpleNamespace) -> None:
    expected = {
        "youzan_orders": make.YOUZAN_ORDERS,
        "youzan_customers": make.YOUZAN_CUSTOMERS,
        "taobao_orders_classic": make.TAOBAO_CLASSIC,
        "taobao_orders_2026": make.TAOBAO_2026,
        "taobao_order_sheet_2026": make.TAOBAO_SHEET,
        "taobao_items_2026": make.TAOBAO_ITEMS,
        "taobao_items_classic": make.columns(
            "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
        ),
        "tmall_order_report": make.TMALL_REPORT,
        "douyin_orders": make.DOUYIN,
        "douyin_settlements": make.SETTLEMENT,
        "linkwechat_sends": make.LINKWECHAT,
        "linkwechat_customers": make.LINKWECHAT_CUSTOMERS,
        "linkwechat_daily_customers": make.LINKWECHAT_DAILY,
        "linkwechat_daily_groups": make.LINKWECHAT_DAILY_GROUPS,
        "weiban_sends": ["external_user_id", "external_user_name", "send_time", "staff_name", "status"],
        "mochat_sends": make.MOCHAT_SENDS,
        "mochat_rooms": make.MOCHAT_ROOMS,
        "mochat_employees": make.MOCHAT_EMPLOYEES,
        "weimob_lost": make.WEIMOB_LOST,
        "rees46_messages": make.REES46,
        "wecom_daily": make.WECOM_DAILY,
    }
    # those of orders have fixtures of their own: tests/models/door/test_layouts.py
    assert {kind.name for kind in sheet_types() if kind.kind not in ("orders", "items")} <= set(expected)
    for name, header in expected.items():
        layout = recognise(header, "x")
        assert layout is not None and layout.type.name == name
        others = {mark for kind in sheet_types() for mark in kind.marks if kind.name == name}
        assert all(any(plain(h).startswith(plain(m).rstrip("*")) for h in header) for m in others)
