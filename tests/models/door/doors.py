"""The doors by which orders come in, and what they say of a file in the same terms."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.imports import Imported, import_exports
from models.data.orders import Orders, read_orders

from .case import Door

if TYPE_CHECKING:
    import pandas as pd

TODAY = date(2026, 11, 1)
SALT = b"a salt only for tests, 32 bytes!"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Reading:
    """What came of a file: one row an order with customer, time, amount."""

    table: "pd.DataFrame"
    currency: str | None
    dropped: Mapping[str, int]
    remarks: tuple[str, ...]
    refunded: Decimal | None = None

    @property
    def orders(self) -> int:
        return len(self.table)

    @property
    def customers(self) -> int:
        return int(self.table["customer"].nunique())

    @property
    def money(self) -> Decimal:
        return money_of(self.table["amount"])

    @property
    def days(self) -> tuple[str, str]:
        return str(self.table["time"].min().date()), str(self.table["time"].max().date())

    @property
    def by_customer(self) -> Counter[tuple[tuple[str, Decimal], ...]]:
        """The orders (time, amount) of each customer, whatever the customers are called."""
        return Counter(
            tuple(
                sorted((str(time), money_of([amount])) for time, amount in zip(own["time"], own["amount"], strict=True))
            )
            for _, own in self.table.groupby("customer")
        )


def money_of(amounts: Any) -> Decimal:
    """The sum of amounts, each a whole number of cents."""
    return sum((Decimal(repr(float(amount))).quantize(CENT) for amount in amounts), Decimal("0.00"))


def through(door: Door, path: Path | Sequence[Path], **options: Any) -> Reading:
    """A file through one door; only `import` takes several."""
    if door == "import":
        return of_import(import_exports(path, **{"salt": SALT, "today": TODAY, **options}))
    assert isinstance(path, Path)
    return of_orders(read_orders(path, **{"today": TODAY, **options}))


def of_orders(read: Orders) -> Reading:
    """What `read_orders` gives."""
    table = read.to_frame()[["customer", "time", "amount"]]
    return Reading(table, read.currency, read.dropped, tuple(map(str, read.remarks)))


def of_import(imported: Imported) -> Reading:
    """What `import_exports` gives."""
    assert imported.orders is not None
    report = imported.report
    assert report.orders is not None
    table = imported.orders.to_pandas()[["customer", "time", "amount"]]
    remarks = tuple(map(str, report.remarks))
    return Reading(table, report.currency, report.orders.dropped, remarks, report.refunded)
