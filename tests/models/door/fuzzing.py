"""Files mutated from good ones, by a seed each, and what is wrong with what a door makes of them."""

import csv
import io
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import BadInput

from .case import BOTH, Door, Totals, book
from .cases import CASES
from .doors import TODAY, Reading, through
from .reference import HEADER, Answer, Lines, answer

_AMOUNTS = (
    "1,234.50",
    "１２",
    "(5.00)",
    "$5",
    "€5",
    "¥5",
    "5元",
    "abc",
    "",
    "-",
    "-7.25",
    "0",
    " 9.90 ",
    "+3",
    "5",
    "25",
)
_CELLS = {
    "amount": _AMOUNTS,
    "refund": ("5", "abc", "", "1.10", "25"),
    "date": ("", "yesterday", "2026-13-01", "2026-02-30", "2030-01-01", "2026/1/5", "2026年1月5日", "2026.01.05"),
    "customer": ("", "匿名", "138****0001", "1.23E+18", "c1", " c1 ", "ｃ２", "n/a"),
    "status": ("paid", "Cancelled", "已完成", "交易关闭", "PENDING", "refunded", "on a ship", " paid "),
    "order_id": ("", "7", "8", " 7"),
}


@dataclass(frozen=True)
class Seed:
    """Where a file comes from, and the doors that it goes through."""

    number: int
    doors: Sequence[Door]


@dataclass
class Outcome:
    """How many files came to which end, and each that came to a wrong one: the seed, and what."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def fuzz(seeds: Iterable[int], both: bool = True) -> Outcome:
    """Two of three files are plain tables that the reference reads too; one is a case of the table with spoilt bytes.

    both: each goes through both doors, else through either in turn.
    """
    outcome = Outcome()
    for seed in seeds:
        rng = random.Random(seed)
        doors = BOTH if both else (BOTH[seed // 3 % 2],)
        with tempfile.TemporaryDirectory() as folder:
            check = _spoilt_case if seed % 3 == 2 else _table
            check(rng, Path(folder), Seed(seed, doors), outcome)
    return outcome


def _table(rng: random.Random, folder: Path, seed: Seed, outcome: Outcome) -> None:
    rows = _rows(rng)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        _mutate(rng, rows)
    drop = rng.random() < 0.3
    lines: Lines | None = rng.choice((None, None, "sum", "repeat", "first")) if "order_id" in rows[0] else None
    path, rows = _written(rng, rows, folder)
    options: dict[str, Any] = {"bad_rows": "drop" if drop else "refuse", "lines": lines}
    options |= {name: name for name in ("status", "refund") if name in rows[0]}
    known = answer(rows, lines, drop, TODAY)
    for door in seed.doors:
        try:
            found = through(door, path, **options)
        except BadInput as problem:
            outcome.ends[f"refused, {_word(known)}"] += 1
            if "\n" in str(problem) or not str(problem).endswith("."):
                outcome.wrong.append(f"seed {seed.number}, {door}: no sentence: {problem}")
        except Exception as problem:
            outcome.wrong.append(f"seed {seed.number}, {door}: {type(problem).__name__}: {problem}")
        else:
            outcome.ends[f"read, {_word(known)}"] += 1
            if wrong := _differs(found, known):
                shown = "; ".join(",".join(row) for row in rows)
                outcome.wrong.append(f"seed {seed.number}, {door}, {options}: {wrong} ({known.why}) in {shown}")


def _word(known: Answer) -> str:
    return "to refuse" if known.refuse else "known" if known.known else "unknown"


def _differs(found: Reading, known: Answer) -> str | None:
    """What of a reading is not the reference's."""
    if not known.known:
        return None
    if known.refuse:
        return f"read ({found.orders} orders, {found.money}), should be refused"
    if found.money != known.money.quantize(Decimal("0.01")):
        return f"money {found.money}, not {known.money}"
    if known.orders is not None and (found.orders, found.customers) != (known.orders, known.customers):
        return f"orders and customers {found.orders}, {found.customers}, not {known.orders}, {known.customers}"
    return None


def _rows(rng: random.Random) -> list[list[str]]:
    """A good plain table: with or without order numbers, lines, states and refunds."""
    numbered = rng.random() < 0.8
    more = [name for name in ("status", "refund") if rng.random() < 0.5]
    names = [*(["order_id"] if numbered else []), "customer", "date", "amount", *more]
    style = rng.choice(("once", "once", "sum", "repeat", "first")) if numbered else "once"
    rows = [names]
    for number in range(1, rng.randint(3, 12)):
        day = date(2026, 1, 1) + timedelta(rng.randrange(40))
        one = {"order_id": str(number), "customer": f"c{rng.randint(1, 5)}", "date": str(day), "status": "paid"}
        total = Decimal(rng.randint(100, 9999)) / 100
        refund = rng.choice(("", "", "1.00"))
        for item in range(1 if style == "once" else rng.randint(1, 3)):
            amount = {"once": total, "sum": total + item, "repeat": total, "first": "" if item else total}[style]
            back = refund if item == 0 or style == "repeat" else ""
            cells = one | {"amount": str(amount), "refund": back}
            rows.append([cells[name] for name in names])
    return rows


def _mutate(rng: random.Random, rows: list[list[str]]) -> None:
    """One change: a cell, a row out, in again or moved, two columns changed over, a summary row, a second header."""
    kind = rng.choice(("cell", "cell", "cell", "out", "again", "moved", "columns", "summary", "header", "blank"))
    row = rng.randrange(1, len(rows)) if len(rows) > 1 else 0
    if kind == "cell" and row:
        column = rng.randrange(len(rows[0]))
        rows[row][column] = rng.choice(_CELLS[rows[0][column]])
    elif kind == "out" and row:
        del rows[row]
    elif kind == "again" and row:
        rows.insert(rng.randint(1, len(rows)), list(rows[row]))
    elif kind == "moved" and row:
        rows.insert(rng.randint(1, len(rows) - 1), rows.pop(row))
    elif kind == "columns":
        a, b = rng.randrange(len(rows[0])), rng.randrange(len(rows[0]))
        for cells in rows:
            cells[a], cells[b] = cells[b], cells[a]
    elif kind == "summary":
        rows.append([rng.choice(("合计", "Total", "小计")), *[""] * (len(rows[0]) - 2), "99"])
    elif kind == "header":
        rows.insert(rng.randint(1, len(rows)), list(rows[0]))
    elif kind == "blank":
        rows.insert(rng.randint(1, len(rows)), [""] * len(rows[0]))


def _written(rng: random.Random, rows: list[list[str]], folder: Path) -> tuple[Path, list[list[str]]]:
    """The file, and its rows as another reader has them (a spoilt file has other ones)."""
    if rng.random() < 0.1:
        return book({"Orders": rows})(folder), rows
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rng.choice(",,,\t;|"), quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
                        lineterminator=rng.choice(("\n", "\r\n")))  # fmt: skip
    writer.writerows(rows)
    content = out.getvalue().encode(encoding)
    path = folder / "orders.csv"
    if rng.random() < 0.2:
        content = _spoil(rng, content)
        rows = _again(content, encoding, writer.dialect.delimiter)
    path.write_bytes(content)
    return path, rows


def _again(content: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    """The rows of spoilt bytes as pandas has them; none where it refuses them, or finds a row of another width."""
    try:
        table = pd.read_csv(io.BytesIO(content), encoding=encoding, sep=delimiter, header=None, dtype=str,
                            keep_default_na=False, skip_blank_lines=True, on_bad_lines="error")  # fmt: skip
    except (ValueError, pd.errors.ParserError, UnicodeError):
        return [["?"]]
    rows = [[str(cell) for cell in row] for row in table.itertuples(index=False)]
    short = any(
        line.count(delimiter) != len(rows[0]) - 1 for line in content.decode(encoding).splitlines() if line.strip()
    )
    return [["?"]] if short or not set(rows[0]) <= set(HEADER) else rows


def _spoil(rng: random.Random, content: bytes) -> bytes:
    """Bytes cut off, lost, doubled, changed."""
    if not content:
        return content
    at, kind = rng.randrange(len(content)), rng.choice(("cut", "lost", "doubled", "changed", "marks"))
    if kind == "cut":
        return content[:at]
    if kind == "lost":
        return content[:at] + content[at + rng.randint(1, 5) :]
    if kind == "doubled":
        return content[:at] + content[at : at + 20] + content[at:]
    if kind == "marks":
        return content[:at] + rng.choice((b'"', b",", b"\n", b"\t", b"\xff", b"\0", b"=", b"'")) + content[at:]
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _spoilt_case(rng: random.Random, folder: Path, seed: Seed, outcome: Outcome) -> None:
    """A file of the table with spoilt bytes: read or refused, without a traceback."""
    case = rng.choice([one for one in CASES if isinstance(one.wanted, Totals)])
    path = case.write(folder)
    content = path.read_bytes()
    for _ in range(rng.choice((1, 1, 2, 4))):
        content = _spoil(rng, content)
    path.write_bytes(content)
    for door in set(seed.doors) & set(case.doors):
        try:
            found = through(door, path, **dict(case.options) | {"bad_rows": rng.choice(("refuse", "drop"))})
        except BadInput as problem:
            outcome.ends["refused, spoilt"] += 1
            if "\n" in str(problem):
                outcome.wrong.append(f"seed {seed.number}, {door}, {case.name}: no sentence: {problem}")
        except Exception as problem:
            outcome.wrong.append(f"seed {seed.number}, {door}, {case.name}: {type(problem).__name__}: {problem}")
        else:
            outcome.ends["read, spoilt"] += 1
            if not (found.orders and found.money.is_finite()):
                outcome.wrong.append(f"seed {seed.number}, {door}, {case.name}: {found.orders} orders, {found.money}")
