"""What may be done to a file without a change of its orders: rows shuffled, files split, another kind of file, columns
added."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .case import BOTH, book
from .doors import through

FEW = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("order_id", "customer", "date", "amount")
Row: TypeAlias = tuple[str, str, datetime, Decimal]

_cents = st.integers(1, 99_999).map(lambda n: Decimal(n) / 100)
_moments = st.integers(0, 40 * 86_400).map(lambda s: datetime(2026, 1, 1) + timedelta(seconds=s))
# Items of an order have amounts that differ, which says that they add up, and moments of one day.
_orders = st.lists(
    st.tuples(st.sampled_from("abcdef"), _moments, st.lists(_cents, min_size=1, max_size=3, unique=True)),
    min_size=1,
    max_size=8,
)


def rows_of(orders: Sequence[tuple[str, datetime, list[Decimal]]]) -> list[Row]:
    """A row an item; the last order has two for certain."""
    who, when, items = orders[-1]
    every = [*orders[:-1], (who, when, [Decimal("1.10"), Decimal("2.20"), *items[:1]])]
    return [
        (f"N{number}", who, when.replace(second=item), amount)
        for number, (who, when, items) in enumerate(every)
        for item, amount in enumerate(items)
    ]


logs = _orders.map(rows_of)


def as_csv(rows: Sequence[Row], path: Path, delimiter: str = ",", encoding: str = "utf-8", empty: int = 0) -> Path:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([*NAMES, *(f"extra {i}" for i in range(empty))])
    writer.writerows([*map(str, row), *[""] * empty] for row in rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


@FEW
@given(logs, st.randoms(use_true_random=False))
def test_shuffled_rows(rows: list[Row], rng: random.Random) -> None:
    moved = list(rows)
    rng.shuffle(moved)
    with TemporaryDirectory() as folder:
        paths = [as_csv(rows, Path(folder) / "a.csv"), as_csv(moved, Path(folder) / "b.csv")]
        for door in BOTH:
            first, second = (through(door, path).by_customer for path in paths)
            assert first == second


@FEW
@given(logs, st.integers(0, 8))
def test_two_files_are_one(rows: list[Row], at: int) -> None:
    """Split between orders; and what both files hold counts once."""
    numbers = list(dict.fromkeys(row[0] for row in rows))
    first, both = set(numbers[:at]), set(numbers[max(at - 1, 0) : at + 1])
    parts = [[r for r in rows if r[0] in first | both], [r for r in rows if r[0] not in first or r[0] in both]]
    with TemporaryDirectory() as folder:
        whole = as_csv(rows, Path(folder) / "whole.csv")
        paths = [as_csv(part, Path(folder) / f"{i}.csv") for i, part in enumerate(parts) if part]
        wanted = through("import", whole, lines="sum").by_customer
        assert through("import", paths, lines="sum").by_customer == wanted
        assert through("import", [whole, whole], lines="sum").by_customer == wanted


@settings(FEW, max_examples=3)  # sixteen readings each
@given(logs, st.integers(1, 3))
def test_kinds_of_files_and_empty_columns(rows: list[Row], empty: int) -> None:
    columns: dict[str, Any] = {name: [row[i] for row in rows] for i, name in enumerate(NAMES)}
    typed = columns | {"amount": [float(amount) for amount in columns["amount"]]}
    with TemporaryDirectory() as name:
        folder = Path(name)
        truth = as_csv(rows, folder / "a.csv")
        pq.write_table(pa.table(typed), folder / "typed.parquet")
        pq.write_table(
            pa.table({k: [str(v) for v in values] for k, values in columns.items()}), folder / "texts.parquet"
        )
        body = [[number, who, when, float(amount)] for number, who, when, amount in rows]
        others = [
            as_csv(rows, folder / "empty.csv", empty=empty),
            as_csv(rows, folder / "tabs.txt", "\t", "utf-16"),
            as_csv(rows, folder / "semicolons.csv", ";", "gb18030"),
            folder / "typed.parquet",
            folder / "texts.parquet",
            book({"Orders": [list(NAMES), *body]})(folder),
            book({"Texts": [list(NAMES), *([str(v) for v in row] for row in rows)]}, name="texts.xlsx")(folder),
        ]
        for door in BOTH:
            wanted = through(door, truth).by_customer
            for path in others:
                assert through(door, path).by_customer == wanted, (door, path.name)
