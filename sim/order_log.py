"""Where simulated orders go: kept in memory, or streamed to Parquet with the columns that an export has."""

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from models.data.files import TEMPORARY, umask
from sim.policies.benefits import named
from sim.records import ORDER

_MICROSECONDS = 86_400_000_000


class OrderLog(Protocol):
    """Takes the orders of one week, sorted by time."""

    def add(self, orders: np.ndarray) -> None:
        """Take ORDER[n]."""
        ...


class OrdersInMemory:
    """Keeps all orders, or those that `which` (ORDER[n] to bool[n]) chooses; `array()` gives ORDER[n], sorted by time."""

    def __init__(self, which: Callable[[np.ndarray], np.ndarray] | None = None) -> None:
        self._weeks: list[np.ndarray] = []
        self._which = which

    def add(self, orders: np.ndarray) -> None:
        """Take the orders of a week."""
        self._weeks.append(orders if self._which is None else orders[self._which(orders)])

    def array(self) -> np.ndarray:
        """All orders so far, ORDER[n]."""
        return np.concatenate(self._weeks) if self._weeks else np.empty(0, ORDER)


class OrdersToAll:
    """Hands orders on to several logs."""

    def __init__(self, *logs: OrderLog) -> None:
        self._logs = logs

    def add(self, orders: np.ndarray) -> None:
        """Give the orders of a week to each."""
        for log in self._logs:
            log.add(orders)


class OrdersToParquet:
    """Streams orders to one Parquet file: customer, time, amount, discount, in_pool, used, returned; money in the market's
    currency.

    `used` names the coupon or benefit that the order used (by `names`), missing where there is none; what was paid for
    orders that were `returned` went back. The file appears under its own name only when it is whole. Use as a context
    manager.
    """

    def __init__(self, path: Path, start: date, minor_units: int, names: Mapping[int, str] | None = None) -> None:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        self.path = path
        self._origin = np.datetime64(datetime.combine(start, time()), "us")
        self._minor_units = minor_units
        self._names = names or {}
        self._schema = pa.schema(
            [
                ("customer", pa.string()),
                ("time", pa.timestamp("us")),
                ("amount", pa.float64()),
                ("discount", pa.float64()),
                ("in_pool", pa.bool_()),
                ("used", pa.string()),
                ("returned", pa.bool_()),
            ]
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        self._partial = Path(partial)
        # a dictionary of keys that hardly repeat, and a pool that keeps what it once had, would only take memory
        self._writer = ParquetWriter(
            self._partial, self._schema, use_dictionary=False, memory_pool=pa.system_memory_pool()
        )

    def add(self, orders: np.ndarray) -> None:
        """Write the orders of a week as one row group."""
        self._writer.write_table(order_table(orders, self._origin, self._minor_units, self._schema, self._names))

    def __enter__(self) -> "OrdersToParquet":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
            if kind is None:
                self._partial.chmod(0o666 & ~umask())
                self._partial.replace(self.path)
        finally:
            self._partial.unlink(missing_ok=True)


def order_table(
    orders: np.ndarray, origin: np.datetime64, minor_units: int, schema: Any, names: Mapping[int, str]
) -> Any:
    """`orders` (ORDER[n]) as an Arrow table with the columns of an export; `names`: of coupons and benefits, by code."""
    import pyarrow as pa

    when = origin + np.round(orders["time"] * _MICROSECONDS).astype("timedelta64[us]")
    return pa.table(
        {
            "customer": pa.array(orders["key"].astype(np.uint64)).cast(pa.string()),
            "time": pa.array(when),
            "amount": orders["amount"] / minor_units,
            "discount": orders["discount"] / minor_units,
            "in_pool": orders["in_pool"] != 0,
            "used": pa.array(named(orders["used"], names), pa.string()),
            "returned": orders["returned"] != 0,
        },
        schema=schema,
    )
