"""The totals of plain files, worked out another way: pandas and Decimal, row by row, without SQL.

It knows one format: a header of `order_id, customer, date, amount, status, refund` (all but customer, date and amount may be
missing) and the texts that fuzzing.py writes into cells. Of anything else it says that it does not know.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

HEADER = ("order_id", "customer", "date", "amount", "status", "refund")
STATES = {
    **dict.fromkeys(("paid", "completed", "已完成", "交易成功"), "used"),
    **dict.fromkeys(("pending", "待付款"), "unpaid"),
    **dict.fromkeys(("cancelled", "已取消", "交易关闭", "voided"), "closed"),
    "refunded": "refunded",
}
SUMMARIES = ("合计", "总计", "小计", "total")
NOBODY = ("匿名", "游客", "n/a", "unknown")
SIGNS = {"¥": "CNY", "￥": "CNY", "元": "CNY", "$": "USD", "€": "EUR"}
NOTHING = ("", "-", "--", "null", "none")
Lines = Literal["sum", "repeat", "first"]


@dataclass(frozen=True)
class Answer:
    """What a file holds. known: whether the reference can tell. refuse: it must not be read. orders, customers: None where
    only the money is sure."""

    known: bool
    refuse: bool = False
    orders: int | None = None
    customers: int | None = None
    money: Decimal = Decimal(0)
    why: str = ""


class _NotJudgedError(Exception):
    """The file has something that this reference does not judge."""


class _MustRefuseError(Exception):
    """Whoever reads this file gives a wrong total, or loses a row in silence."""


def answer(rows: list[list[str]], lines: Lines | None, drop: bool, today: date) -> Answer:
    """The totals of a table whose first row is its header. drop: rows that cannot be read are left out."""
    try:
        return _totals(_usable(_table(rows), lines, today), lines, drop)
    except _NotJudgedError as reason:
        return Answer(False, why=str(reason))
    except _MustRefuseError as reason:
        return Answer(True, refuse=True, why=str(reason))


def _table(rows: list[list[str]]) -> pd.DataFrame:
    """The rows as texts under their names, without blank rows, repeated headers and summary rows."""
    header = rows[0] if rows else []
    if len(set(header)) != len(header) or not {"customer", "date", "amount"} <= set(header) <= set(HEADER):
        raise _NotJudgedError("header")
    body = [row for row in rows[1:] if any(cell.strip() for cell in row) and row != header]
    if any(len(row) != len(header) for row in body):
        raise _NotJudgedError("width")
    table = pd.DataFrame(body, columns=header, dtype=object).map(_bare)
    told = table.map(lambda cell: cell.rstrip(":").lower() in SUMMARIES).any(axis=1)
    keyless = (table["date"] == "") & ((table["customer"] == "") | table["customer"].str.lower().isin(SUMMARIES))
    return table[~(told & keyless)].reset_index(drop=True)


def _bare(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).strip()
    return "" if text.lower() in NOTHING else text


def _usable(table: pd.DataFrame, lines: Lines | None, today: date) -> pd.DataFrame:
    """The rows that count, with values (None where a cell has none); `bad` are those that cannot be read."""
    if "status" in table:
        state = table["status"].str.lower().map(STATES)
        if state.isna().any():
            if (table["status"][state.isna()] == "").any():
                raise _NotJudgedError("empty status")
            raise _MustRefuseError("unknown state")
        table = table[state == "used"]
    table = _without_further_items(table.copy(), lines)
    _one_order_of_dots_and_commas(table["amount"])
    table["day"] = [_day(text) for text in table["date"]]
    table["value"] = [_number(text) for text in table["amount"]]
    table["back"] = [_number(text) if text else Decimal(0) for text in table.get("refund", [""] * len(table))]
    table["who"] = [_who(text) for text in table["customer"]]
    numbers = table["order_id"] if "order_id" in table else [""] * len(table)
    table["number"] = [number or f"row {i}" for i, number in zip(table.index, numbers, strict=True)]
    if len({sign for text in table["amount"] if (sign := _sign(text))}) > 1:
        raise _MustRefuseError("several currencies")
    late = table["day"].map(lambda day: day is not None and day > today)
    table["bad"] = table["day"].isna() | late | table["who"].isna() | table["back"].isna() | table["value"].isna()
    return table


def _totals(table: pd.DataFrame, lines: Lines | None, drop: bool) -> Answer:
    group = [list(part.index) for _, part in table.groupby(["number", "who", "day"], dropna=False, sort=False)]
    rule = lines or "sum"
    if table["bad"].any() and not drop:
        raise _MustRefuseError("a row that cannot be read")
    if any(table["bad"][own].any() and len(own) > 1 for own in group):
        raise _NotJudgedError("an order some of whose rows cannot be read")
    group = [own for own in group if not table["bad"][own[0]]]
    if lines is None:
        _must_differ(table, group)
    nets = {own[0]: _net(table, own, rule) for own in group}
    if not nets:
        raise _MustRefuseError("no orders")
    if any(nets[own[0]] < 0 and any(table["back"][own]) for own in group):
        raise _NotJudgedError("a refund above what was paid")
    kept = {row: net for row, net in nets.items() if net != 0 or not _paid_back(table, row, group)}
    if not kept:
        raise _MustRefuseError("no orders")
    money = sum(kept.values(), Decimal(0))
    if any(net < 0 for net in nets.values()):
        return Answer(True, money=money)
    customers = len({table["who"][row] for row in kept})
    return Answer(True, orders=len(kept), customers=customers, money=money)


def _without_further_items(table: pd.DataFrame, lines: Lines | None) -> pd.DataFrame:
    """Without the rows of orders whose amount stands on another of their rows, unless the rows are to add up."""
    if "order_id" not in table or lines == "sum" or table.empty:
        return table
    paid = table["amount"] != ""
    further = ~paid & table["order_id"].isin(table["order_id"][paid & (table["order_id"] != "")])
    if not further.any():
        return table
    if "refund" in table and (table["refund"][further] != "").any():
        raise _NotJudgedError("a refund without an amount")
    if lines is None and table["order_id"][paid].duplicated().any():
        raise _NotJudgedError("some orders have their amount on one row only")
    return table[~further]


def _must_differ(table: pd.DataFrame, group: list[list[int]]) -> None:
    """Nothing says what rows of one order are unless somewhere their amounts differ; what came back is no such row."""
    paid = [[table["value"][row] for row in own if table["value"][row] >= 0] for own in group]
    if any(len(values) > 1 for values in paid) and all(len(set(values)) <= 1 for values in paid):
        raise _MustRefuseError("equal rows of one order")


def _net(table: pd.DataFrame, own: list[int], rule: Lines) -> Decimal:
    values, back = [table["value"][row] for row in own], [table["back"][row] for row in own]
    if rule == "sum":
        return sum(values, Decimal(0)) - sum(back, Decimal(0))
    if rule == "first":
        if (len(values) > 1 and any(value < 0 for value in values)) or any(back[1:]):
            raise _NotJudgedError("money beside the first row")
        return Decimal(values[0] - back[0])
    paid = {value for value in values if value >= 0}
    if len(paid) > 1:
        raise _NotJudgedError("totals of one order that differ")
    if len(set(back)) > 1:
        raise _NotJudgedError("refunds of one order that differ")
    return sum(paid, Decimal(0)) + sum((value for value in values if value < 0), Decimal(0)) - back[0]


def _paid_back(table: pd.DataFrame, row: int, group: list[list[int]]) -> bool:
    own = next(own for own in group if own[0] == row)
    return bool(any(table["back"][own]) or any(value < 0 for value in table["value"][own]))


def _one_order_of_dots_and_commas(amounts: "pd.Series[Any]") -> None:
    """Commas are thousands' here: a column that could be read with decimal commas is left to others."""
    commas = [text for text in amounts if "," in text]
    if any(not re.search(r"\d,\d{3}(\D|$)", text) for text in commas):
        raise _NotJudgedError("commas")
    pointed = [text for text in amounts if re.search(r"\.\d", text) or re.search(r",\d{3},\d{3}", text)]
    if commas and not pointed:
        raise _NotJudgedError("commas of either kind")


def _sign(text: str) -> str | None:
    return next((code for sign, code in SIGNS.items() if sign in text), None)


def _number(text: str) -> Decimal | None:
    """The number of a cell, None where it is none."""
    bare = text.strip().strip("".join(SIGNS)).strip()
    below = re.fullmatch(r"\((.+)\)", bare)
    bare = (below.group(1) if below else bare).strip("".join(SIGNS))
    if not re.fullmatch(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", bare):
        if bare == "" or re.fullmatch(r"[a-z]+", bare):
            return None
        raise _NotJudgedError(f"amount {text!r}")
    value = Decimal(bare.replace(",", ""))
    return -value if below else value


def _day(text: str) -> date | None:
    """The day of a cell, None where there is none."""
    if text in ("", "yesterday", "2026-13-01", "2026-02-30"):
        return None
    for pattern in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise _NotJudgedError(f"date {text!r}")


def _who(text: str) -> str | None:
    """The customer of a cell, None where it tells nobody apart."""
    if re.fullmatch(r"c\d+", text):
        return text
    if text == "" or text.lower() in NOBODY or "*" in text or re.fullmatch(r"\d(\.\d+)?E\+\d+", text):
        return None
    raise _NotJudgedError(f"customer {text!r}")
