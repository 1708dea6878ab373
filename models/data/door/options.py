"""How orders are read: the options of `read_orders` and `import_exports`, which every function that takes orders passes
on."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, TypedDict

from models.errors import BadInput

BadRows: TypeAlias = Literal["refuse", "drop"]
Money: TypeAlias = bool | Literal["auto"]
LinesRule: TypeAlias = Literal["sum", "repeat", "first"]
Texts: TypeAlias = str | Sequence[str]

LINES: tuple[LinesRule, ...] = ("sum", "repeat", "first")


class ReadOptions(TypedDict, total=False):
    """Names of the columns, and what is done with rows that cannot be used; see `read_orders`."""

    customer: str | None
    date: str | None
    amount: str | None
    order: str | None
    status: str | None
    keep: Texts | None
    refund: str | None
    currency: str | None
    lines: LinesRule | None
    timezone: str | None
    date_format: str | None
    sheet: str | None
    identity: str | None
    exclude: Texts | None
    bad_rows: BadRows
    today: datetime.date | None
    money: Money


@dataclass(frozen=True)
class Asked:
    """The options of one reading, checked: `keep` and `exclude` as tuples, the rest as `read_orders` explains them."""

    customer: str | None = None
    date: str | None = None
    amount: str | None = None
    order: str | None = None
    status: str | None = None
    keep: tuple[str, ...] = ()
    refund: str | None = None
    currency: str | None = None
    lines: LinesRule | None = None
    timezone: str | None = None
    date_format: str | None = None
    sheet: str | None = None
    identity: str | None = None
    exclude: tuple[str, ...] = ()
    bad_rows: BadRows = "refuse"
    today: datetime.date | None = None
    money: Money = True

    @property
    def drop(self) -> bool:
        """Whether rows that cannot be read are left out, instead of the file refused."""
        return self.bad_rows == "drop"

    def named(self) -> dict[str, str]:
        """The columns that are given by name."""
        roles = ("customer", "date", "amount", "order", "status", "refund", "currency")
        return {role: name for role in roles if (name := getattr(self, role)) is not None}


def asked(options: dict[str, Any]) -> Asked:
    """The options checked. Raises BadInput for one that has no such value, TypeError for one that is none."""
    given = {name: value for name, value in options.items() if value is not None}
    unknown = sorted(set(given) - {field.name for field in fields(Asked)})
    if unknown:
        raise TypeError(f"read_orders takes no option {unknown[0]!r}")
    for name in ("keep", "exclude"):
        if name in given:
            given[name] = _texts(given[name])
    wanted = Asked(**given)
    if wanted.bad_rows not in ("refuse", "drop"):
        raise BadInput("bad_rows is {bad_rows!r}; it must be refuse or drop.", bad_rows=wanted.bad_rows)
    if wanted.lines is not None and wanted.lines not in LINES:
        raise BadInput(
            "lines is {lines!r}; it must be sum (rows of one order are items, which add up), repeat (each row says the "
            "order's total) or first (the total stands on the order's first row only).",
            lines=wanted.lines,
        )
    if wanted.timezone is not None:
        _check_zone(wanted.timezone)
    if wanted.customer is not None and wanted.identity is not None:
        raise BadInput(
            "--identity: with columns given by name the customer's column is the identity; leave one of them out."
        )
    return wanted


def _texts(value: Texts) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else [str(one) for one in value]
    return tuple(part.strip() for part in parts if part.strip())


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name of a zone, or the name of a folder
        raise BadInput("timezone is {name!r}; write an IANA name like Asia/Shanghai or UTC.", name=name) from None
