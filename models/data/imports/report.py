"""How good an import is: what came in, what was used and why not the rest, and what looks wrong in the calendar."""

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.data.day_counts import BusyDay, Gap


@dataclass(frozen=True)
class SheetRead:
    """A sheet as it was read; where encoding is None it is a workbook's."""

    file: str
    sheet: str | None
    platform: str
    name: str
    kind: str
    encoding: str | None
    rows: int


@dataclass(frozen=True)
class Account:
    """Rows of one kind of sheet: rows_in = rows_used + the sum of dropped, by reason."""

    rows_in: int
    rows_used: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class Identity:
    """The key that tells customers apart, whether it was asked for or found, and the share of orders it attributes."""

    key: str
    automatic: bool
    share: float
    shares: dict[str, float]


@dataclass(frozen=True)
class Report:
    """The data quality of an import. Money is exact, as text with two decimals in `to_json`.

    orders, contacts, customers, settlements, items: the account of rows of each kind. refunds: orders with a refund and
    its money, as far as the export tells; refunds_unknown: orders refunded in part by an amount that it does not tell.
    """

    sheets: list[SheetRead]
    not_recognised: list[str]
    salt: str
    orders: Account | None = None
    contacts: Account | None = None
    customers: Account | None = None
    settlements: Account | None = None
    items: Account | None = None
    identity: Identity | None = None
    orders_made: int = 0
    customers_seen: int = 0
    repeat_buyers: int = 0
    most_orders: int = 0
    amount: Decimal = Decimal(0)
    first_day: date | None = None
    last_day: date | None = None
    duplicates: int = 0
    duplicates_that_differ: int = 0
    refunds: int = 0
    refunded: Decimal = Decimal(0)
    refunds_unknown: int = 0
    refunds_above: int = 0
    aftersale_unknown: int = 0
    paid_time_missing: int = 0
    settled: Decimal | None = None
    settled_orders: int = 0
    delivered: int = 0
    contacts_among_customers: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    busy_days: list[BusyDay] = field(default_factory=list)

    @property
    def rows_in(self) -> int:
        """Rows of all kinds of sheets."""
        return sum(a.rows_in for a in self._accounts())

    @property
    def rows_used(self) -> int:
        """Rows of all kinds that went into an output."""
        return sum(a.rows_used for a in self._accounts())

    @property
    def dropped(self) -> dict[str, int]:
        """Rows of all kinds left out, by reason."""
        total: dict[str, int] = {}
        for account in self._accounts():
            for reason, n in account.dropped.items():
                total[reason] = total.get(reason, 0) + n
        return total

    def _accounts(self) -> list[Account]:
        parts = (self.orders, self.contacts, self.customers, self.settlements, self.items)
        return [account for account in parts if account is not None]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON takes it: days and money as text."""
        values: dict[str, Any] = _plain(asdict(self))
        return {"rows_in": self.rows_in, "rows_used": self.rows_used, "dropped": self.dropped, **values}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value
