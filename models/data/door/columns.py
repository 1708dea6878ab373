"""Which column is the customer, the date, the amount, the order number and so on: given by name or by well-known names."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from models.data.cells.currencies import written_as
from models.errors import BadInput
from models.words import Remark

Role: TypeAlias = Literal["customer", "date", "amount", "order", "status", "refund", "currency"]

ROLES: Mapping[Role, str] = {
    "customer": "the customer",
    "date": "the date",
    "amount": "the amount",
    "order": "the order number",
    "status": "the status",
    "refund": "the refund",
    "currency": "the currency",
}
# In order of preference; compared without case, spaces, underscores and hyphens.
WELL_KNOWN: Mapping[Role, tuple[str, ...]] = {
    "customer": (
        *("customer_id", "customer", "cust_id", "client_id", "user_id", "user", "buyer_id", "buyer"),
        *("member_id", "member", "account_id", "cust", "id"),
        *(
            "客户ID",
            "客户编号",
            "客户",
            "买家ID",
            "买家会员名",
            "买家昵称",
            "买家",
            "会员ID",
            "会员编号",
            "会员",
        ),
        *("会员卡号", "用户ID", "用户编号", "用户"),
    ),
    "date": (
        *(
            "order_date",
            "date",
            "time",
            "order_time",
            "datetime",
            "timestamp",
            "purchase_date",
            "transaction_date",
        ),
        *("invoice_date", "created_at", "order_created_at", "paid_at", "day"),
        *(
            "订单创建时间",
            "下单时间",
            "订单付款时间",
            "付款时间",
            "支付时间",
            "订单日期",
            "成交时间",
            "日期",
            "时间",
        ),
    ),
    "amount": (
        *(
            "amount",
            "order_amount",
            "order_value",
            "value",
            "dollar_value",
            "sales_value",
            "paid_amount",
            "total",
        ),
        *("total_amount", "revenue", "sales", "spend", "net_amount", "monetary_value"),
        *("实付金额", "订单实付金额", "买家实际支付金额", "买家实付金额", "实收金额", "支付金额", "成交金额"),
        *("订单金额", "总金额", "金额"),
    ),
    "order": (
        *("order_id", "order_number", "order_no", "order", "invoice_no", "invoice_number", "invoice", "receipt_no"),
        *("transaction_id", "订单号", "订单编号", "订单ID", "主订单编号", "单号", "小票号", "流水号"),
    ),
    "status": (
        *("status", "order_status", "financial_status", "payment_status", "order_state", "state"),
        *("订单状态", "交易状态", "支付状态", "状态"),
    ),
    "refund": (
        *("refund", "refund_amount", "refunded_amount", "amount_refunded", "退款金额", "已退款金额", "订单已退款金额"),
    ),
    "currency": ("currency", "currency_code", "order_currency", "币种", "货币"),
}
_IN_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]\s*$")
# Columns that tell by their arithmetic whether amounts are those of items or of the order.
PRICES = ("price", "unit_price", "item_price", "lineitem_price", "单价", "商品单价", "商品价格")
QUANTITIES = ("quantity", "qty", "item_quantity", "lineitem_quantity", "数量", "商品数量", "购买数量")


def _plain(name: str) -> str:
    """A column name as compared: without case, spaces, underscores, hyphens, and a currency in brackets at its end."""
    if currency_in(name) is not None:
        name = _IN_BRACKETS.sub("", name)
    return "".join(ch for ch in name.strip().lower() if ch not in " _-\t\u3000")


def currency_in(name: str) -> str | None:
    """The code of the currency in brackets at the end of a column's name, such as 实付金额(元); None where there is none."""
    at_end = _IN_BRACKETS.search(name)
    return None if at_end is None else written_as().get(at_end[1].strip().lower())


def is_called(column: str, name: str) -> bool:
    """Whether a column is the one that a user names."""
    return _plain(column) == _plain(name)


def find_column(source: str, role: Role, wanted: str | None, available: Sequence[str]) -> str:
    """The column of `available` that holds `role`. Raises BadInput where there is none or it is there
    twice."""
    if wanted is not None:
        if wanted in available:
            return _once(source, wanted, available)
        same = [name for name in available if _plain(name) == _plain(wanted)]
        if len(same) == 1:
            return same[0]
        close = difflib.get_close_matches(_plain(wanted), [_plain(name) for name in available], n=1, cutoff=0.7)
        meant = next((name for name in available if close and _plain(name) == close[0]), None)
        raise BadInput(
            "{source}: no column {wanted!r} for {role}; there are {columns}{hint}",
            source=source,
            wanted=wanted,
            role=Remark(ROLES[role]),
            columns=list_of(available),
            hint=Remark("; did you mean {name}?", {"name": meant}) if meant else Remark("."),
        )
    known = known_column(source, role, available)
    if known is not None:
        return known
    raise BadInput(
        "{source}: no column is known as {role} (there are {columns}); name it with {option}=...",
        source=source,
        role=Remark(ROLES[role]),
        option=role,
        columns=list_of(available),
    )


def known_column(source: str, role: Role, available: Sequence[str]) -> str | None:
    """The first column of `available` with a well-known name for `role`, or None. Raises BadInput where it is there
    twice."""
    plain = {_plain(name): name for name in reversed(available)}
    known = next((name for name in map(_plain, WELL_KNOWN[role]) if name in plain), None)
    return None if known is None else _once(source, plain[known], available)


def column_called(names: Sequence[str], available: Sequence[str]) -> str | None:
    """The first column of `available` that is called by one of `names`, None where none is, or several are."""
    plain = [_plain(name) for name in available]
    known = next((name for name in map(_plain, names) if name in plain), None)
    return available[plain.index(known)] if known is not None and plain.count(known) == 1 else None


def is_known(names: Sequence[str], available: Sequence[str]) -> bool:
    """Whether a column of `available`, or several, are called by one of `names`."""
    return not {*map(_plain, names)}.isdisjoint(map(_plain, available))


def number_twins(names: Sequence[str]) -> list[str]:
    """The names of a header, the later ones of a name that is there twice numbered."""
    return [f"{name} #{i + 1}" if name in names[:i] else name for i, name in enumerate(names)]


def _once(source: str, name: str, available: Sequence[str]) -> str:
    # A header that says a name twice is read with the later ones numbered.
    if any(other.startswith(f"{name} #") and other[len(name) + 2 :].isdigit() for other in available):
        raise BadInput(
            "{source}: there are two columns called {name!r}; rename one of them.",
            source=source,
            name=name,
        )
    return name


def list_of(names: Sequence[str]) -> Remark:
    """Column names as a sentence lists them, the first dozen."""
    shown = {"names": ", ".join(name.strip() or "(unnamed)" for name in names[:12]), "more": len(names) - 12}
    return Remark("{names} and {more} more" if len(names) > 12 else "{names}", shown)
