"""How good an import is: what came in, what was used and why not the rest, and what looks wrong in the calendar."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.data.day_counts import BusyDay, Gap
from models.data.door.parts import Part, name_without_numbers
from models.data.door.reading import Identity
from models.data.door.totals import Account
from models.data.imports.kept import Kept
from models.words import Remark

if TYPE_CHECKING:
    from models.data.imports.platforms import SheetType


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
class Report:
    """The account of a reading of orders, and of what else was imported. Money is exact, as text in `to_json`.

    salt: where the secret of the hashes came from, None where nothing is hashed. currency: ISO code of all money, None where
    nothing says it. orders, contacts, customers, settlements, items, ties, daily: the account of rows of each kind. refunds:
    orders with a refund and its money, as far as the export tells; refunds_without_purchase: those of customers without an
    order; returned: orders that a column says came back, each a row of its own below 0; refunds_unknown: orders refunded in
    part by an amount that it does not tell. kept: counts of touches, responses, ties and daily figures (docs/touches.md).
    """

    sheets: list[SheetRead]
    not_recognised: list[str]
    salt: str | None
    orders: Account | None = None
    contacts: Account | None = None
    customers: Account | None = None
    settlements: Account | None = None
    items: Account | None = None
    ties: Account | None = None
    daily: Account | None = None
    identity: Identity | None = None
    currency: str | None = None
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
    returned: int = 0
    refunds_unknown: int = 0
    refunds_above: int = 0
    refunds_without_purchase: int = 0
    aftersale_unknown: int = 0
    paid_time_missing: int = 0
    settled: Decimal | None = None
    settled_orders: int = 0
    delivered: int = 0
    contacts_among_customers: int | None = None
    kept: Kept | None = None
    gaps: list[Gap] = field(default_factory=list)
    busy_days: list[BusyDay] = field(default_factory=list)
    remarks: tuple[Remark, ...] = ()

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
        parts = (self.orders, self.contacts, self.customers, self.settlements, self.items, self.ties, self.daily)
        return [account for account in parts if account is not None]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON takes it: days and money as text."""
        values: dict[str, Any] = _plain(asdict(replace(self, remarks=())))
        values["remarks"] = [str(remark) for remark in self.remarks]
        return {"rows_in": self.rows_in, "rows_used": self.rows_used, "dropped": self.dropped, **values}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def sheets_told(parts: Sequence[Part]) -> list[SheetRead]:
    """What was read, sheet by sheet. Names of files are shown without numbers that may be a phone's."""
    return [told(part.file, part.sheet, part.layout.type, part.encoding, part.rows or 0) for part in parts]


def told(file: str, sheet: str | None, kind: "SheetType", encoding: str | None, rows: int) -> SheetRead:
    """One sheet as the report names it."""
    sheet = None if sheet is None else name_without_numbers(sheet)
    return SheetRead(name_without_numbers(file), sheet, kind.platform, kind.name, kind.kind, encoding, rows)
