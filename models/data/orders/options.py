"""How orders are read: the options of `read_orders`, which every function that takes orders passes on."""

import datetime
from typing import Literal, TypeAlias, TypedDict

BadRows: TypeAlias = Literal["refuse", "drop"]
Money: TypeAlias = bool | Literal["auto"]


class ReadOptions(TypedDict, total=False):
    """Names of the columns, and what is done with rows that cannot be used; see `read_orders`."""

    customer: str | None
    date: str | None
    amount: str | None
    bad_rows: BadRows
    today: datetime.date | None
    money: Money
