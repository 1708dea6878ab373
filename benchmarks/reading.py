"""What it costs to read exports: a million rows of a Shopify-like CSV, a full sheet, a sheet with one far cell.

Each file is read in a fresh process, so that peaks are its own; peers read the columns that are needed, as text, and do
nothing with them. Last come 5,000 files mutated from good ones, through both doors (tests/models/door/fuzzing.py).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.common import MILLION, Row, fresh
from benchmarks.memory import peak_memory

FULL_SHEET = 1_048_575  # rows below the header
FUZZED = 5_000
GIGABYTE = 1e9
EMPTY = "''"  # in SQL
NEEDED = ["Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Refunded Amount"]

_STAMP = "strftime(TIMESTAMP '2024-01-01' + to_seconds((i - CAST(further AS INT)) * 61), '%Y-%m-%d %H:%M:%S +0800')"
# By the columns of a Shopify export; four rows of ten are further items of the order above them.
_CELLS = {
    "Name": "'#' || (100000 + i - CAST(further AS INT))",
    "Email": "'buyer' || ((i - CAST(further AS INT)) * 7919 % 200000) || '@example.com'",
    "Financial Status": "CASE WHEN further THEN '' WHEN i % 50 = 0 THEN 'voided' ELSE 'paid' END",
    "Paid at": f"CASE WHEN further THEN '' ELSE {_STAMP} END",
    "Currency": "CASE WHEN further THEN '' ELSE 'EUR' END",
    "Total": "CASE WHEN further THEN '' ELSE printf('%.2f', 5 + i * 31 % 9000 / 100.0) END",
    "Created at": _STAMP,
    "Lineitem quantity": "'1'",
    "Lineitem name": "'soap, 100 g, no. ' || i % 97",
    "Lineitem price": "'5.00'",
    "Refunded Amount": "CASE WHEN further THEN '' WHEN i % 40 = 1 THEN '1.50' ELSE '0.00' END",
    "Shipping Name": "'Ann ' || i % 1000",
    "Notes": "CASE WHEN i % 9 = 0 THEN 'leave it at the door, please' ELSE '' END",
    "Id": "CASE WHEN further THEN '' ELSE CAST(5300000000000 + i AS VARCHAR) END",
}


def _write_csv(path: Path) -> float:
    """A million rows; returns the money that is in them, after refunds."""
    import duckdb

    from tests.models.door.headers import SHOPIFY

    columns = ", ".join(f'nullif({_CELLS.get(name, EMPTY)}, {EMPTY}) AS "{name}"' for name in SHOPIFY)
    connection = duckdb.connect()
    connection.execute(
        f"CREATE VIEW rows AS SELECT range AS i, range % 10 IN (3, 5, 7, 9) AS further FROM range({MILLION})"
    )
    connection.execute(f"COPY (SELECT {columns} FROM rows) TO '{path}' (FORMAT csv, HEADER true)")
    total, back = _CELLS["Total"], _CELLS["Refunded Amount"]
    counts = "NOT further AND i % 50 <> 0"
    money = connection.execute(
        f"SELECT sum(CAST({total} AS DECIMAL(18, 2)) - CAST({back} AS DECIMAL(18, 2))) FROM rows WHERE {counts}"
    )
    return float(money.fetchall()[0][0])


def _write_sheet(path: Path) -> float:
    """A sheet with as many rows as it can hold; returns the money that is in them."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, ["order_id", "customer", "date", "amount", "province"])
        for i in range(FULL_SHEET):
            day = f"2025-{i // 90_000 + 1:02}-{i % 28 + 1:02}"
            sheet.write_row(i + 1, 0, [f"N{i}", f"c{i * 7919 % 200_000}", day, (i % 900) / 4, "浙江省"])
    return float(sum((i % 900) / 4 for i in range(FULL_SHEET)))


def _write_far(path: Path) -> float:
    """Two orders, and a cell at the far end of the sheet."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        for i, row in enumerate([["customer", "date", "amount"], ["a", "2025-01-05", 5], ["b", "2025-01-06", 7]]):
            sheet.write_row(i, 0, row)
        sheet.write(1_048_575, 16_383, " ")
    return 12.0


def _ours(path: Path) -> float:
    from models.data.orders import read_orders

    read = read_orders(path)
    if path.suffix == ".xlsx" and read.rows_read >= FULL_SHEET:
        assert any("cut" in str(remark) for remark in read.remarks), read.remarks  # a full sheet is seldom the whole
    return float(read.to_frame()["amount"].sum())


def _imported(path: Path) -> float:
    from models.data.imports import import_exports

    orders = import_exports(path).orders
    assert orders is not None
    return float(orders["amount"].to_pandas().sum())


def _pandas(path: Path) -> float:
    import pandas as pd

    return float(len(pd.read_csv(path, dtype=str, usecols=NEEDED)))


def _polars(path: Path) -> float:
    import polars as pl

    return float(len(pl.read_csv(path, columns=NEEDED, infer_schema=False)))


READERS: dict[str, Callable[[Path], float]] = {
    "read": _ours, "import": _imported, "pandas": _pandas, "polars": _polars,
}  # fmt: skip
WRITERS: dict[str, Callable[[Path], float]] = {"csv": _write_csv, "sheet": _write_sheet, "far": _write_far}


def measure(what: str, path: Path) -> dict[str, float]:
    """Write or read one file in this process: what came of it, seconds, and the peak of memory (bytes)."""
    started = time.perf_counter()
    value = (READERS | WRITERS)[what](path)
    return {"value": value, "seconds": time.perf_counter() - started, "peak": peak_memory()}


def _read(kind: str, suffix: str, readers: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """One kind of file through the readers, each in a process of its own. Ours must have the money that was written."""
    with TemporaryDirectory(prefix="siyu-bench-") as folder:
        path = Path(folder) / f"orders{suffix}"
        written = fresh("benchmarks.reading", kind, path)
        measured = {reader: fresh("benchmarks.reading", reader, path) for reader in readers}
    for reader in {"read", "import"} & set(readers):
        assert abs(measured[reader]["value"] - written["value"]) < 0.005, (kind, reader, measured[reader], written)
    return measured


def rows() -> list[Row]:
    """Time and peak of each file, against what is required, and what fuzzing showed."""
    table = _read("csv", ".csv", ("read", "import", "pandas", "polars"))
    sheet = _read("sheet", ".xlsx", ("read", "import"))
    far = _read("far", ".xlsx", ("read", "import"))
    peers = ", ".join(
        f"{name} {table[name]['seconds']:.1f} s, {table[name]['peak'] / GIGABYTE:.2f} GB"
        for name in ("pandas", "polars")
    )
    return [
        *_both("1 M rows of a Shopify-like CSV", table, 10.0, 1.0, peers),
        Row("the same, read_orders against pandas reading the columns needed", f"{table['read']['seconds']:.1f} s",
            f"{table['pandas']['seconds']:.1f} s", table["read"]["seconds"] / table["pandas"]["seconds"]),
        Row("the same, read_orders against polars reading the columns needed", f"{table['read']['seconds']:.1f} s",
            f"{table['polars']['seconds']:.1f} s", table["read"]["seconds"] / table["polars"]["seconds"]),
        *_both(f"a full sheet, {FULL_SHEET:,} rows", sheet, 60.0, None, ""),
        *_both("a sheet of two orders with one far cell", far, 2.0, 0.5, ""),
        _fuzzed(),
    ]  # fmt: skip


def _both(
    what: str, measured: dict[str, dict[str, float]], seconds: float, memory: float | None, peers: str
) -> list[Row]:
    """Time and peak memory of both doors."""
    lines = []
    for door in ("read", "import"):
        took, peak = measured[door]["seconds"], measured[door]["peak"] / GIGABYTE
        name = "read_orders" if door == "read" else "import"
        lines.append(Row(f"{what}, {name}: time", f"{took:.1f} s", "", took, seconds, "at most", " s", peers))
        lines.append(Row(f"{what}, {name}: peak memory", f"{peak:.2f} GB", "", peak, memory, "at most", " GB"))
    return lines


def _fuzzed() -> Row:
    from tests.models.door.fuzzing import fuzz

    outcome = fuzz(range(1_000_000, 1_000_000 + FUZZED))
    ends = ", ".join(f"{end} {n:,}" for end, n in outcome.ends.most_common())
    for line in outcome.wrong:
        sys.stderr.write(f"{line}\n")
    n = len(outcome.wrong)
    return Row(
        f"{FUZZED:,} mutated files through both doors: wrong ends", f"{n}", "", float(n), 0.0, "at most", "", ends
    )


def main(what: str, path: str) -> dict[str, Any]:
    """One step, in this process."""
    return measure(what, Path(path))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
