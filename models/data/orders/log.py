"""A log of orders, read and checked: a frame with the columns customer, time and amount, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from models.data.door.columns import list_of
from models.data.door.options import Money
from models.data.imports.report import Report
from models.data.unnamed import remark_without_persons
from models.words import Remark

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

_NO_AMOUNTS = (
    "Value is not forecast: no column is known as the amount (there are {columns}). Name the column with what was paid "
    "(amount) to forecast value too."
)


@dataclass(frozen=True, repr=False)
class Orders:
    """A log of orders.

    frame: a lazy frame with customer (text, as in the export: leading zeros and 19 digits survive), time
    (timestamp, as it stands on the wall) and amount (float, in the export's unit of money, after refunds; negative is a
    refund that no order of its number could take, 0 a gift); `orders` rows, one an order. An order that came back, by a
    column `returned`, is two rows: itself and its refund, and a remark says how many did.

    rows_read counts the export's rows, dropped those left out, by reason; rows_read = rows_used + sum of dropped. Several
    rows may be one order. dropped_customers: customers left with no row at all, by the same reasons. has_amounts: whether
    there is a column of amounts; without one every amount is 0, and remarks say what was looked for. currency: ISO code of
    the amounts, None where nothing says it. platform: which wrote the export, None for other tables. report: the account of
    the reading, as `import_exports` gives it (None for a lazy frame).
    """

    frame: "nw.LazyFrame[Any]"
    source: str
    rows_read: int
    rows_used: int
    customers: int
    first_day: date
    last_day: date
    dropped: Mapping[str, int] = field(default_factory=dict)
    dropped_customers: Mapping[str, int] = field(default_factory=dict)
    has_amounts: bool = True
    remarks: tuple[Remark, ...] = ()
    orders: int = 0
    currency: str | None = None
    platform: str | None = None
    report: Report | None = None
    keeps: tuple[Any, ...] = ()  # what must live as long as the frame is used

    def __repr__(self) -> str:  # from what was counted: the frame may be a query that takes long
        amounts = "" if self.has_amounts else ", no amounts"
        left_out = f", {_counted(sum(self.dropped.values()), 'row')} left out" if self.dropped else ""
        return (
            f"Orders({self.source}: {_counted(self.orders, 'order')} of {_counted(self.customers, 'customer')}, "
            f"{self.first_day} to {self.last_day}{amounts}{left_out})"
        )

    def to_frame(self) -> "pd.DataFrame":
        """All orders as a pandas frame: customer, time, amount."""
        frame: pd.DataFrame = self.frame.collect(backend="pyarrow").to_pandas()
        return frame


def _counted(n: int, name: str) -> str:
    return f"{n:,} {name}" if n == 1 else f"{n:,} {name}s"


def remarked(read: Orders, there: Sequence[str], money: Money, said: Sequence[Remark] = ()) -> Orders:
    """The orders with what is to be said of them: `said`, and where amounts were looked for among the columns `there` in
    vain, that."""
    missed = [] if read.has_amounts or money is False else [Remark(_NO_AMOUNTS, {"columns": list_of(there)})]
    return replace(read, remarks=tuple(map(remark_without_persons, (*said, *missed)))) if said or missed else read
