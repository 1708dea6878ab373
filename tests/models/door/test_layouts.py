"""Files of platforms: each is well formed, its sheets are told apart, and what its columns and texts mean."""

import re
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from models.data.door.states import mapped
from models.data.imports.platforms import (
    AS_WRITTEN,
    Layout,
    SheetType,
    _has,
    _sheet_type,
    identity_kind,
    plain,
    recognise,
    refuse_hidden,
    sheet_types,
)
from models.errors import BadInput
from tests.models.imports import conftest as older

from .exports import EXPORTS, MEMBER, header_of, write

OLDER = {
    "youzan_orders": older.YOUZAN_ORDERS,
    "youzan_customers": older.YOUZAN_CUSTOMERS,
    "taobao_orders_classic": older.TAOBAO_CLASSIC,
    "taobao_orders_2026": older.TAOBAO_2026,
    "taobao_order_sheet_2026": older.TAOBAO_SHEET,
    "taobao_items_2026": older.TAOBAO_ITEMS,
    "tmall_order_report": older.TMALL_REPORT,
    "douyin_orders": older.DOUYIN,
    "douyin_settlements": older.SETTLEMENT,
    "taobao_items_classic": older.columns(
        "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
    ),
    "linkwechat_sends": older.LINKWECHAT,
}


def layout_of(platform: str) -> Layout:
    layout = recognise(header_of(platform), "orders.csv")
    assert layout is not None
    return layout


def of_orders() -> list[SheetType]:
    return [kind for kind in sheet_types() if kind.kind == "orders"]


# --- the files --------------------------------------------------------------------------------------------------------


def test_names_of_sheets_are_told_apart_and_every_order_sheet_has_a_fixture() -> None:
    names = [kind.name for kind in sheet_types()]
    assert len(names) == len(set(names))
    assert {kind.name for kind in of_orders()} <= {export.kind for export in EXPORTS.values()} | set(OLDER)


def test_what_orders_need_is_there() -> None:
    """The marks of a sheet make sure of an amount and a time."""
    for kind in of_orders():
        assert {"order", "created", "amount"} <= set(kind.fields), kind.name
        assert kind.identity and (kind.automatic or kind.hidden), kind.name
        for needed in ((*kind.fields["created"], *kind.fields.get("paid", ())), kind.fields["amount"]):
            assert any(_has([plain(alias)], mark) for alias in needed for mark in kind.marks), (kind.name, needed)


def test_a_header_stands_for_one_thing() -> None:
    """No alias twice within a field, no header of a sheet for two fields, and one kind of key a header everywhere."""
    keys: dict[str, set[str]] = {}
    for kind in sheet_types():
        for name, aliases in {**kind.fields, **{f"key_{key}": said for key, said in kind.identity.items()}}.items():
            counts = Counter(plain(alias) for alias in aliases)
            assert set(counts.values()) == {1}, (kind.name, name)
        first = Counter(plain(aliases[0]) for aliases in [*kind.fields.values(), *kind.identity.values()])
        assert set(first.values()) <= {1}, kind.name
        for key, aliases in kind.identity.items() if kind.kind in ("orders", "customers") else ():
            for alias in aliases:
                keys.setdefault(plain(alias), set()).add(key)
    assert {header: names for header, names in keys.items() if len(names) > 1} == {}


def test_zones_currencies_and_dates_are_real() -> None:
    for kind in sheet_types():
        assert kind.currency is None or re.fullmatch(r"[A-Z]{3}", kind.currency), kind.name
        assert kind.currency is None or "currency" not in kind.fields, kind.name
        assert kind.date_format in (None, "mdy", "dmy", "ymd") or "%" in str(kind.date_format), kind.name
        if kind.timezone is not None and kind.timezone != AS_WRITTEN:
            assert ZoneInfo(kind.timezone)
    for kind in of_orders():
        assert kind.currency is not None or "currency" in kind.fields, kind.name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "unknown keys colour"),
        ({"status": {"bought": ["paid"]}}, "status has unknown states bought"),
        ({"status": {"used": ["paid", "Paid "]}}, "status names a text twice"),
        ({"status": {"used": ["paid"], "closed": ["PAID"]}}, "status names a text twice"),
        ({"aftersale": {"gone": ["x"]}}, "aftersale has unknown states gone"),
        ({"aftersale": {"none": ["x"]}}, "aftersale has texts but no column"),
        ({"test": ["x"]}, "test has texts but no column"),
        ({"lines": "add"}, "lines is 'add', not one of sum, repeat, first, ask"),
        ({"refund_is": "item"}, "refund_is is 'item'"),
        ({"amount_is": "both"}, "amount_is is 'both'"),
        ({"kind": "order"}, "kind is 'order'"),
        ({"automatic": ["phone"]}, "automatic keys phone are not under identity"),
        ({"hidden": True, "instead": ""}, "instead must say what to export"),
    ],
)
def test_a_file_that_is_wrong_says_where(change: dict[str, object], said: str) -> None:
    good = {"name": "shop", "kind": "orders", "title": "Shop", "marks": ["a"], "fields": {"order": ["a"]},
            "identity": {"member": ["b"]}, "automatic": ["member"], "instead": "export more"}  # fmt: skip
    assert _sheet_type("mine", good).lines == "repeat"
    with pytest.raises(ValueError, match="platform mine, sheet shop: ") as caught:
        _sheet_type("mine", {**good, **change})
    assert said in str(caught.value)


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", EXPORTS)
def test_a_header_is_that_of_one_sheet_only(platform: str) -> None:
    names = [plain(name) for name in header_of(platform)]
    matches = {kind.name for kind in sheet_types() if all(_has(names, mark) for mark in kind.marks)}
    # The classic list with a column of refunds holds the columns of Tmall's report, too; its own marks are more.
    assert matches - ({"tmall_order_report"} if platform == "taobao_refunds" else set()) == {EXPORTS[platform].kind}
    assert layout_of(platform).type.name == EXPORTS[platform].kind


@pytest.mark.parametrize("name", OLDER)
def test_headers_known_before_are_still_those_of_one_sheet(name: str) -> None:
    names = [plain(header) for header in OLDER[name]]
    assert [kind.name for kind in sheet_types() if all(_has(names, mark) for mark in kind.marks)] == [name]


@pytest.mark.parametrize("platform", EXPORTS)
def test_headers_are_compared_without_case_width_and_spaces(platform: str) -> None:
    wide = {ord("("): "（", ord(")"): "）"}
    header = [f" {name.upper().translate(wide)}\u3000" for name in header_of(platform)]
    layout = recognise(header, "x")
    assert layout is not None
    assert {name: place for name, (place, _) in layout.columns.items()} == {
        name: place for name, (place, _) in layout_of(platform).columns.items()
    }


@pytest.mark.parametrize("platform", EXPORTS)
def test_a_platform_without_its_marks_is_not_recognised(platform: str) -> None:
    kind = layout_of(platform).type
    for mark in kind.marks:
        names = [name for name in header_of(platform) if not _has([plain(name)], mark)]
        layout = recognise(names, "x")
        assert layout is None or layout.type.name != kind.name, mark


def test_a_table_of_a_till_is_no_platform() -> None:
    for header in (
        ["order_id", "customer_id", "order_date", "status", "amount"],
        ["Name", "Email", "Total", "Created at"],
        ["id", "Amount", "Currency", "Status"],
        ["订单号", "订单状态", "订单创建时间", "实付金额"],
        ["订单号", "会员编号", "支付时间", "金额"],
    ):
        assert recognise(header, "x") is None, header


@pytest.mark.parametrize(
    ("platform", "columns"),
    [
        ("shopify", {"order": "Name", "amount": "Total", "refund": "Refunded Amount", "cancelled": "Cancelled at",
                     "test": "Payment Method", "currency": "Currency", "key_email": "Email", "key_phone": "Phone"}),
        ("woocommerce", {"order": "order_number", "amount": "order_total", "key_email": "billing_email"}),
        ("etsy", {"amount": "Order Total", "adjusted": "Adjusted Order Total", "key_etsy_user": "Buyer User ID"}),
        ("stripe", {"created": "Created date (UTC)", "amount": "Amount", "refund": "Amount Refunded", "test": "Mode"}),
        ("amazon", {"amount": "item-price", "status": "order-status", "created": "purchase-date"}),
        ("xiaohongshu", {"amount": "商家应收金额(元)（支付金额）", "key_xiaohongshu_user": "用户编号"}),
        ("jd", {"amount": "应付金额", "key_jd_account": "下单帐号", "paid": "付款确认时间"}),
        ("kuaishou", {"amount": "实付款", "paid": "订单支付时间"}),
        ("weixin", {"amount": "订单实际支付金额", "refund": "商品已退款金额", "created": "订单下单时间"}),
        ("pinduoduo", {"amount": "商家实收金额(元)", "key_phone": "用户购买手机号"}),
        ("qianniu", {"amount": "买家实付金额", "refund": "退款金额", "settled": "确认收货打款金额"}),
        ("douyin_full", {"amount": "订单应付金额", "line": "子订单编号", "aftersale": "售后状态"}),
        ("linkwechat", {"amount": "付款金额(元)", "refund": "退款金额", "aftersale": "退款状态", "key_phone": "联系电话"}),
        ("taobao_refunds", {"amount": "买家实际支付金额", "refund": "退款金额", "total": "总金额"}),
    ],
)  # fmt: skip
def test_columns_are_those_that_the_export_means(platform: str, columns: dict[str, str]) -> None:
    layout, header = layout_of(platform), header_of(platform)
    for name, column in columns.items():
        assert header[layout.columns[name][0]] == column, name


def test_older_headers_of_the_wechat_shop_and_of_jd() -> None:
    older_shop = ["下单时间" if name == "订单下单时间" else name for name in header_of("weixin")]
    layout = recognise(older_shop, "x")
    assert layout is not None and older_shop[layout.columns["created"][0]] == "下单时间"
    spelt = ["下单账号" if name == "下单帐号" else name for name in header_of("jd")]
    layout = recognise(spelt, "x")
    assert layout is not None and "jd_account" in layout.kinds


# --- texts ------------------------------------------------------------------------------------------------------------


def state(text: str | None, states: dict[str, str]) -> str:
    known = {plain(one): state for one, state in states.items()}
    row = duckdb.execute(f"SELECT {mapped('text', known, repr('unknown'))} FROM (SELECT ? AS text)", [text]).fetchall()[
        0
    ]
    assert row is not None
    return str(row[0])


def test_a_state_by_the_whole_text_or_by_a_part() -> None:
    states = {
        "*退款成功*": "refunded",
        "部分退款成功": "partial",
        "(删除)*": "closed",
        "*完成": "used",
        "it's": "unpaid",
    }
    expected = {"已发货，退款成功": "refunded", "退款成功": "refunded", "部分退款成功": "partial", "(删除) 锁定": "closed",
                "已 完成": "used", "IT'S": "unpaid", "完成了": "unknown", "退款": "unknown", None: "unknown"}  # fmt: skip
    assert {text: state(text, states) for text in expected} == expected
    assert state("x", {}) == "unknown"
    assert state("ab", {"a*": "used"}) == "used"


@pytest.mark.parametrize("platform", EXPORTS)
def test_every_state_of_a_fixture_is_known(platform: str) -> None:
    """Texts of the fixture, through the file's map: none is unknown, and all states but `unknown` are of the schema."""
    kind, export = layout_of(platform).type, EXPORTS[platform]
    for part, states in (("status", kind.status), ("aftersale", kind.aftersale)):
        column = layout_of(platform).columns.get(part)
        if column is not None:
            texts = {row.get(header_of(platform)[column[0]].strip(), "") for row in export.rows} - {"", "-"}
            unknown = {text for text in texts if state(plain(text), dict(states)) == "unknown"}
            assert unknown == set(), part
            assert texts or part == "aftersale"


def test_after_sales_of_douyin() -> None:
    states = dict(layout_of("douyin_full").type.aftersale)
    expected = {"已发货仅退款成功": "refunded", "退货退款成功": "refunded", "部分退款成功": "partial", "补寄成功": "none",
                "换货成功": "none", "换货待收货": "none", "售后待处理": "none"}  # fmt: skip
    assert {text: state(text, states) for text in expected} == expected


def test_test_orders_are_marked() -> None:
    assert plain("(for testing) Bogus Gateway") in layout_of("shopify").type.test
    assert plain("Test") in layout_of("stripe").type.test
    assert plain("Live") not in layout_of("stripe").type.test


# --- hidden buyers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "instead"),
    [
        ("pinduoduo", "no export of Pinduoduo names the buyer"),
        ("weixin", "its interface, which have openid and unionid"),
        ("amazon", 'export the report "Amazon Fulfilled Shipments"'),
        ("kuaishou", "open platform, which have buyerOpenId"),
        ("qianniu", "export the classic list with 买家会员名"),
        ("douyin_full", "buyers are encrypted in this export"),
    ],
)
def test_hidden_buyers_are_refused_with_what_to_export(platform: str, instead: str) -> None:
    layout = layout_of(platform)
    with pytest.raises(BadInput, match="no column names the buyer") as caught:
        refuse_hidden([(layout, "orders.csv")], None)
    assert str(caught.value).startswith("orders.csv: ") and instead in str(caught.value)
    chinese = caught.value.say("zh")
    assert "看不出复购" in chinese and "--identity" in chinese and "names" not in chinese
    refuse_hidden([(layout, "orders.csv")], MEMBER)  # the user has named a column
    header = [*header_of(platform), MEMBER]
    joined = recognise(header, "x", MEMBER)
    assert joined is not None and joined.columns["key_column"][0] == len(header) - 1
    refuse_hidden([(joined, "x")], MEMBER)


def test_a_key_that_was_joined_or_another_file_names_the_buyer() -> None:
    joined = recognise([*header_of("weixin"), "UnionID"], "x")
    assert joined is not None and joined.kinds == ["unionid", "recipient_phone"]
    refuse_hidden([(joined, "x")], None)
    classic = recognise(older.TAOBAO_CLASSIC, "old.csv")
    assert classic is not None
    refuse_hidden([(layout_of("qianniu"), "new.csv"), (classic, "old.csv")], None)
    refuse_hidden([], None)
    settlement = recognise(older.SETTLEMENT, "s.csv")
    assert settlement is not None
    refuse_hidden([(settlement, "s.csv")], None)


def test_every_hidden_platform_has_a_fixture_that_hides_the_buyer() -> None:
    hidden = {kind.name for kind in of_orders() if kind.hidden}
    shown = {export.kind for export in EXPORTS.values() if export.hidden}
    assert shown | {"taobao_orders_2026", "taobao_order_sheet_2026", "tmall_order_report"} == hidden


def test_identity_by_name_or_by_header() -> None:
    assert identity_kind("email") == identity_kind("Email") == identity_kind("billing_email") == "email"
    assert identity_kind("用户编号") == "xiaohongshu_user"
    assert identity_kind(MEMBER) is None


# --- the fixtures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", EXPORTS)
def test_fixtures_are_written_as_platforms_write_them(platform: str, tmp_path: Path) -> None:
    export = EXPORTS[platform]
    text = write(platform, tmp_path).read_bytes().decode(export.encoding)
    lines = text.splitlines()
    assert len(lines) == len(export.rows) + 1
    bare = write(platform, tmp_path, joined=False).read_bytes().decode(export.encoding)
    assert (MEMBER in text) is export.hidden and MEMBER not in bare
