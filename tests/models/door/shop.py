"""The orders of one shop, written as the exports of several: whatever the file, they are the same orders."""

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from tests.models.imports import conftest as exports

from .headers import SHOPIFY

FORMATS = ("plain", "shopify", "youzan", "workbook", "parquet")


def write(log: pd.DataFrame, kind: str, path: Path) -> Path:
    """A log (customer, date, amount) as an export of this kind; customers are phone numbers or e-mail addresses by kind."""
    if kind == "parquet":
        log.to_parquet(path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")
    orders = [
        {"number": str(100_000 + i), "who": str(who), "time": str(time), "amount": f"{amount:.2f}"}
        for i, (who, time, amount) in enumerate(zip(log["customer"], log["date"], log["amount"], strict=True))
    ]
    if kind == "workbook":
        rows = [["customer", "date", "amount"], *([one["who"], one["time"], one["amount"]] for one in orders)]
        return exports.write_xlsx(path.with_suffix(".xlsx"), {"Orders": rows})
    header, rows_of = {"plain": (["order_id", "customer", "date", "amount"], _plain), "shopify": (SHOPIFY, _shopify),
                       "youzan": (exports.YOUZAN_ORDERS, _youzan)}[kind]  # fmt: skip
    with path.with_suffix(".csv").open("w", encoding="gb18030" if kind == "youzan" else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([row.get(name.strip(), "") for name in header] for one in orders for row in rows_of(one))
    return path.with_suffix(".csv")


def _plain(one: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"order_id": one["number"], "customer": one["who"], "date": one["time"], "amount": one["amount"]}]


def _shopify(one: Mapping[str, str]) -> list[dict[str, str]]:
    """Two items an order, the figures on the first row alone; and beside each a cart that was never paid."""
    item = {"Name": f"#{one['number']}", "Email": f"{one['who']}@example.com", "Created at": f"{one['time']} +0800"}
    item |= {"Lineitem quantity": "1", "Lineitem name": "soap", "Lineitem price": "3.00"}
    figures = {"Currency": "EUR", "Financial Status": "paid", "Paid at": item["Created at"], "Total": one["amount"],
               "Subtotal": one["amount"], "Refunded Amount": "0.00", "Id": one["number"]}  # fmt: skip
    cart = item | figures | {"Name": f"#9{one['number']}", "Id": f"9{one['number']}", "Financial Status": "voided"}
    return [item | figures, item, cart]


def _youzan(one: Mapping[str, str]) -> list[dict[str, str]]:
    """Three yuan above what was paid in the end, which were given back; and what was closed beside it."""
    paid = f"{float(one['amount']) + 3:.2f}"
    order = exports.youzan(f"E{one['number']}", 0, one["time"], one["time"], paid, "3.00")
    order["买家手机号"] = f"139{int(one['who'].removeprefix('c')):08d}"
    return [order, order | {"订单号": f"F{one['number']}", "订单状态": "交易关闭"}]
