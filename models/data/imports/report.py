"""How good an import is: what came in, what was used and why not the rest, and what looks wrong in the calendar."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from models.data.door.parts import Part, name_without_numbers
from models.data.door.reading import Identity
from models.data.door.totals import Account
from models.words import Remark

if TYPE_CHECKING:
    from models.data.imports.platforms import SheetType

_LIKELY = 10.0  # orders expected in a gap before it is called one: a chance of e^-10 that it is none
_ABOVE, _AT_LEAST = 5.0, 20  # a day is suspicious from five times the median day, and twenty orders


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
class Gap:
    """Days without a single order although the usual rate expects many."""

    first: date
    last: date
    days: int


@dataclass(frozen=True)
class BusyDay:
    """A day far above the usual: a festival, or a batch of orders entered at once."""

    day: date
    orders: int
    usual: float


@dataclass(frozen=True)
class Report:
    """The account of a reading of orders, and of what else was imported. Money is exact, as text in `to_json`.

    salt: where the secret of the hashes came from, None where nothing is hashed. currency: ISO code of all money, None where
    nothing says it.
    orders, contacts, customers, settlements, items: the account of rows of each kind. refunds: orders with a refund and
    its money, as far as the export tells; refunds_without_purchase: those of customers without an order; refunds_unknown: orders refunded in part by an amount that it does not tell.
    """

    sheets: list[SheetRead]
    not_recognised: list[str]
    salt: str | None
    orders: Account | None = None
    contacts: Account | None = None
    customers: Account | None = None
    settlements: Account | None = None
    items: Account | None = None
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
    refunds_unknown: int = 0
    refunds_above: int = 0
    refunds_without_purchase: int = 0
    aftersale_unknown: int = 0
    paid_time_missing: int = 0
    settled: Decimal | None = None
    settled_orders: int = 0
    delivered: int = 0
    contacts_among_customers: int | None = None
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
        parts = (self.orders, self.contacts, self.customers, self.settlements, self.items)
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


def calendar(days: list[date], orders: list[int]) -> tuple[list[Gap], list[BusyDay]]:
    """Gaps and suspicious days. `days`: those with orders, in order; `orders`: how many each has."""
    if not days:
        return [], []
    usual = float(np.median(orders))
    gaps = []
    for before, after in pairwise(days):
        empty = (after - before).days - 1
        if empty and empty * usual >= _LIKELY and empty * sum(orders) / ((days[-1] - days[0]).days + 1) >= _LIKELY:
            gaps.append(Gap(before + timedelta(days=1), after - timedelta(days=1), empty))
    limit = max(_ABOVE * usual, usual + 10 * usual**0.5, _AT_LEAST)
    busy = [BusyDay(day, n, usual) for day, n in zip(days, orders, strict=True) if n > limit]
    return gaps, busy


def sheets_told(parts: Sequence[Part]) -> list[SheetRead]:
    """What was read, sheet by sheet. Names of files are shown without numbers that may be a phone's."""
    return [told(part.file, part.sheet, part.layout.type, part.encoding, part.rows or 0) for part in parts]


def told(file: str, sheet: str | None, kind: "SheetType", encoding: str | None, rows: int) -> SheetRead:
    """One sheet as the report names it."""
    return SheetRead(name_without_numbers(file), sheet, kind.platform, kind.name, kind.kind, encoding, rows)
