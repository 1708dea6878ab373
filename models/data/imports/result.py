"""What an import gives, and how it is written: all of it or nothing."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.imports.report import Report

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Imported:
    """What an import gives: Arrow tables, None where the files have no such sheets, and the report.

    orders: customer (hash), time (Asia/Shanghai, as on the wall), amount (yuan, after refunds, exact to the fen),
    refunded (yuan, as far as the export tells), order (hash), platform; one row an order, sorted by time.
    `read_orders` takes it as it is. contacts: customer, time, delivered. customers: customer, since, member_since,
    member, wecom_friend, orders, spent, refunded, last_order, as the platform tells them (null where it does not).
    touches, responses, ties, daily: what the shop did to its members and what became of it, as docs/touches.md defines.
    """

    orders: "pa.Table | None"
    contacts: "pa.Table | None"
    customers: "pa.Table | None"
    report: Report
    touches: "pa.Table | None" = None
    responses: "pa.Table | None" = None
    ties: "pa.Table | None" = None
    daily: "pa.Table | None" = None

    @property
    def tables(self) -> "dict[str, pa.Table | None]":
        """The tables by name, in the order in which they are written."""
        names = ("orders", "contacts", "customers", "touches", "responses", "ties", "daily")
        return {name: getattr(self, name) for name in names}

    def write(
        self,
        orders: str | os.PathLike[str],
        contacts: str | os.PathLike[str] | None = None,
        customers: str | os.PathLike[str] | None = None,
        also: Callable[[], object] | None = None,
    ) -> list[Path]:
        """Write the tables as Parquet; all appear, whole, or none. Default beside `orders`: NAME.contacts.parquet,
        NAME.customers.parquet; always there: NAME.touches.parquet and so on. `also` writes what must be there too before
        they appear. Returns what was written."""
        from models.data.files import Content, write_all

        tables = self.tables

        def content(table: "pa.Table | None") -> Content:
            return lambda path: _write_parquet(table, path)

        places = self.places(orders, contacts, customers)
        return write_all({place: content(tables[name]) for name, place in places.items()}, then=also)

    def places(
        self,
        orders: str | os.PathLike[str],
        contacts: str | os.PathLike[str] | None = None,
        customers: str | os.PathLike[str] | None = None,
    ) -> dict[str, Path]:
        """Where `write` puts the tables that there are."""
        main = Path(orders)
        places = {name: main.with_name(f"{main.stem}.{name}.parquet") for name in self.tables}
        given = {"orders": main, "contacts": contacts, "customers": customers}
        places |= {name: Path(place) for name, place in given.items() if place is not None}
        return {name: place for name, place in places.items() if self.tables[name] is not None}


def _write_parquet(table: Any, path: Path) -> None:
    from pyarrow.parquet import write_table

    write_table(table, path)
