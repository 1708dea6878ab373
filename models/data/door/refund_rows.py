"""Refunds as rows of their own, where a column says of each row whether it is a sale or a refund: refunds are taken off.

Such exports write refunds as amounts above 0; read as purchases they would count twice over.
"""

from typing import TYPE_CHECKING

from models.data.cells import quoted
from models.data.door.states import bare, bare_sql
from models.words import Remark

if TYPE_CHECKING:
    from models.data.door.values import Values

COLUMNS = (
    *("type", "transaction_type", "order_type", "record_type", "entry_type"),
    *("类型", "交易类型", "订单类型", "业务类型", "单据类型"),
)
_SALES = (
    *("sale", "sales", "order", "purchase", "charge", "payment"),
    *("销售", "销售单", "订单", "购买", "消费", "支付", "付款", "收款", "交易"),
)
_REFUNDS = (
    *("refund", "refunds", "return", "returns", "returned", "refunded", "sales return"),
    *("退款", "退款单", "退货", "退货单", "销售退货", "销售退款", "退单"),
)
_TAKEN_OFF = "Column {column} says that {n:,} {n:row is a refund, which is|rows are refunds, which are} taken off."
_COUNTED = (
    "{n:,} {n:row with an amount above 0 is a refund|rows with amounts above 0 are refunds} by column {column}, which is "
    "not read, as it holds other words, too: {n:it counts as a purchase|they count as purchases}. Write refunds as amounts "
    "below 0."
)


def is_refund_sql(text: str) -> str:
    """SQL of whether a text says that its row is a refund."""
    return f"coalesce({bare_sql(text)} IN ({', '.join(quoted(bare(word)) for word in _REFUNDS)}), FALSE)"


def read_refund_rows(values: "Values") -> tuple[bool, tuple[Remark, ...]]:
    """Whether amounts of rows that the column `row_type` calls refunds are taken off, and what is to be said of it.

    They are where each of its words is known, and there are sales, too.
    """
    text = values.text("row_type")
    sales = ", ".join(quoted(bare(word)) for word in _SALES)
    known, refund = f"{bare_sql(text)} IN ({sales})", is_refund_sql(text)
    sold, back, others = values.connection.execute(f"""
        SELECT count(*) FILTER ({known}), count(*) FILTER ({refund} AND {values.money("amount")} > 0),
            count(*) FILTER (NOT {refund} AND NOT coalesce({known}, FALSE)) FROM {values.view}
    """).fetchall()[0]
    if not back:
        return False, ()
    told = {"column": values.part.header("row_type"), "n": int(back)}
    if sold and not others:
        return True, (Remark(_TAKEN_OFF, told),)
    return False, (Remark(_COUNTED, told),)
