"""The needed columns of the rows below a header, and what of those rows is no row of the table."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data.opening.clean import clean
from models.data.opening.sheet import Chosen, Sheet, misfit, where_of
from models.data.opening.sums import LIKE_SUM, MAYBE_SUM, added_up, bare, is_name, is_sum, is_word
from models.words import Remark

if TYPE_CHECKING:
    import pyarrow as pa

# What names an order, its customer and its time: a row of sums has none of them. Columns of keys are called `key_KIND`.
_NAMING = ("order", "line", "message", "created", "paid", "time", "date", "customer", "since", "member_since", "last")
# What a row may end without, where empty cells at its end are not written.
_OPTIONAL = ("refund", "aftersale", "closing", "total", "settled", "currency", "test")
_DAYS = ("created", "paid", "time", "date")
_NEARLY = 0.99  # of a full sheet has to be filled: a stray cell in its last row fills none
_SHOWN = 5  # row numbers in a remark


def _blank(cell: object) -> bool:
    return cell == "" or (isinstance(cell, str) and not cell.strip())


def title_of(cell: object) -> str:
    """A cell of a header as compared with the header."""
    return str(cell).strip().strip("\ufeff").strip('"').strip()


@dataclass
class Picker:
    """Takes the rows below a header one by one, or columns of many rows at once, and gives their sheet in the end.

    header: the cells of the header. drop: rows that do not fit are counted, else refused. text: from a cell to its text.
    delimited: the cells are parted by a delimiter.
    """

    path: Path
    name: str | None
    layout: Chosen
    header: Sequence[str]
    drop: bool
    text: Callable[[Any], str] = str
    delimited: bool = False
    count: int = 0
    malformed: int = 0
    formulas: int = 0
    headers: int = 0
    usual: int = 0  # fields of the first row
    last: int = 0  # number of the last row with anything in it
    sums: list[int] = field(default_factory=list)
    unproven: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = self.layout.columns
        self.positions = [position for position, _ in columns.values()]
        self.needed = max((at for name, (at, _) in columns.items() if name not in _OPTIONAL), default=0)
        self.naming = [at for name, (at, _) in columns.items() if name in _NAMING or name.startswith("key_")]
        self.titles = [(at, title_of(self.header[at])) for at in self.positions]
        self.numbers: list[int] = []
        self.picked: list[list[str]] = [[] for _ in self.positions]
        self.columns = list(zip(self.picked, self.positions, strict=True))
        self.parts: list[pa.Table] = []

    def take(self, number: int, cells: Sequence[Any], unfinished: bool = False) -> None:
        """A row below the header, by its number in the sheet. unfinished: the file ends within its line.

        Raises BadInput where it does not fit the header, unless such rows are dropped.
        """
        first = (
            0 if cells and not _blank(cells[0]) else next((at for at, cell in enumerate(cells) if not _blank(cell)), -1)
        )
        if first < 0:
            return
        self.last = number
        if self._is_header(cells):
            self.headers += 1
            return
        self.count += 1
        self.usual = self.usual or len(cells)
        if self._is_sum(cells, first):
            self.sums.append(number)
        elif not self._fits(cells, unfinished):
            self.refuse(number, max(at + 1 for at, cell in enumerate(cells) if self.delimited or not _blank(cell)))
        elif self.count == 1 and self.layout.type.formula_row and self._is_formula(cells):
            self.formulas += 1
        else:
            self.numbers.append(number)
            for values, position in self.columns:
                values.append(self.text(cells[position]) if position < len(cells) else "")

    def refuse(self, number: int, fields: int) -> None:
        """Count a row that does not fit its header; raises BadInput unless such rows are dropped."""
        if not self.drop:
            raise misfit(where_of(self.path, self.name), number, fields, self.layout.width, self.delimited)
        self.malformed += 1

    def add(self, numbers: "pa.Array", columns: Sequence["pa.Array"]) -> None:
        """Rows that fit the header, by column in the order of the layout's, as text."""
        import pyarrow as pa

        if not len(numbers):
            return
        self.count += len(numbers)
        self.last = max(self.last, numbers[-1].as_py())
        cleaned = dict(zip(self.layout.columns, map(clean, columns), strict=True))
        self.parts.append(pa.table({"row": numbers, **cleaned}))

    def sheet(self, encoding: str | None = None, full: int | None = None) -> Sheet:
        """The sheet of all rows taken. full: how many rows fit into a sheet of this kind of file."""
        import pyarrow as pa

        arrays = {
            name: pa.array(values, pa.string()) for name, values in zip(self.layout.columns, self.picked, strict=True)
        }
        single = pa.table(
            {"row": pa.array(self.numbers, pa.int64()), **{n: clean(texts) for n, texts in arrays.items()}}
        )
        self.numbers, self.picked = [], []
        table = pa.concat_tables([single, *self.parts])
        if self.parts and single.num_rows and single["row"][-1].as_py() > self.parts[0]["row"][0].as_py():
            table = table.sort_by("row")
        table = self._without_sums(table)
        return Sheet(
            self.path, self.name, self.layout, table, self.count, self.malformed, self.formulas, len(self.sums),
            encoding, tuple(self._remarks(full)),
        )  # fmt: skip

    def _fits(self, cells: Sequence[Any], unfinished: bool) -> bool:
        if len(cells) <= self.needed or (unfinished and len(cells) < self.usual):
            return False
        return len(cells) <= self.layout.width or all(map(_blank, cells[self.layout.width :]))

    def _is_header(self, cells: Sequence[Any]) -> bool:
        """True for the header once more, as where exports were put one below the other."""
        for at, title in self.titles:
            if at >= len(cells) or not isinstance(cells[at], str) or title not in cells[at]:
                return False  # nearly every row, by its first cell
        return bool(self.titles) and all(title_of(cells[at]) == title for at, title in self.titles)

    def _is_formula(self, cells: Sequence[Any]) -> bool:
        """True if the first row's order number is none: a text without a long run of digits."""
        order = self.layout.columns.get("order")
        return order is not None and re.search(r"\d{6}", bare(self.text(cells[order[0]]))) is None

    def _is_sum(self, cells: Sequence[Any], first: int) -> bool:
        word = cells[first]
        if not isinstance(word, str) or not MAYBE_SUM.match(word):
            return False
        return is_sum(word, sum(at < len(cells) and at != first and not _blank(cells[at]) for at in self.naming))

    def _without_sums(self, table: "pa.Table") -> "pa.Table":
        """The table without rows in which a word for a sum stands where the order, customer or time should."""
        import pyarrow as pa
        import pyarrow.compute as pc

        names = [name for name, (at, _) in self.layout.columns.items() if at in self.naming]
        suspects = pa.array([False] * 0, pa.bool_())
        for name in names:
            here = pc.match_substring_regex(table[name], LIKE_SUM)
            suspects = here if not len(suspects) else pc.or_kleene(suspects, here)
        if not len(suspects) or not pc.any(suspects).as_py():
            return table
        sums: list[int] = []
        doubtful: dict[int, str] = {}
        for row in table.filter(suspects).select(["row", *names]).to_pylist():
            named = [row[name] for name in names if row[name] is not None]
            if any(is_sum(text, len(named) - 1) for text in named):
                sums.append(row["row"])
            elif (number := row.get("order")) is None or is_word(number):  # sums have no number of their own
                doubtful[row["row"]] = next(filter(is_word, named))
        self.sums = sorted({*self.sums, *sums})
        table = table.filter(pc.invert(pc.is_in(table["row"], value_set=pa.array(sums, pa.int64()))))
        return self._without_dated_sums(table, doubtful) if doubtful else table

    def _without_dated_sums(self, table: "pa.Table", doubtful: dict[int, str]) -> "pa.Table":
        """The table without those of the `doubtful` rows (number -> word for a sum) that are sums by their amounts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        nothing = [None] * table.num_rows
        day = next((name for name in _DAYS if name in table.column_names), None)
        proven = added_up(
            table["row"].to_pylist(),
            table["amount"].to_pylist() if "amount" in table.column_names else nothing,
            table[day].to_pylist() if day is not None else nothing,
            doubtful,
            self.sums,
        )
        self.sums = sorted({*self.sums, *proven})
        self.unproven = [row for row, word in doubtful.items() if row not in proven and not is_name(word)]
        return table.filter(pc.invert(pc.is_in(table["row"], value_set=pa.array(proven, pa.int64()))))

    def _remarks(self, full: int | None) -> list[Remark]:
        values: dict[str, object] = {"where": where_of(self.path, self.name)}
        told = []
        if self.sums:
            told.append(Remark(_TOLD_SUMS, {**values, **_counted(self.sums)}))
        if self.unproven:
            told.append(Remark(_TOLD_UNPROVEN, {**values, **_counted(self.unproven)}))
        if self.headers:
            told.append(Remark(_TOLD_HEADERS, {**values, "n": self.headers}))
        if full is not None and self.last >= full and self.count > _NEARLY * full:
            told.append(Remark(_TOLD_FULL, {**values, "full": full}))
        return told


def sums_left_out(where: object, rows: Sequence[int]) -> Remark:
    """That the rows of these numbers are sums of others."""
    shown = ", ".join(map(str, rows[:_SHOWN])) + (", ..." if len(rows) > _SHOWN else "")
    return Remark(_TOLD_SUMS, {"where": where, "n": len(rows), "rows": shown})


def _counted(rows: Sequence[int]) -> dict[str, object]:
    """How many rows there are, and the numbers of the first."""
    return {"n": len(rows), "rows": ", ".join(map(str, rows[:_SHOWN])) + (", ..." if len(rows) > _SHOWN else "")}


_TOLD_SUMS = (
    "{where}: {n:,} {n:row is a sum|rows are sums} of other rows and {n:was|were} left out ({n:row|rows} {rows})."
)
_TOLD_UNPROVEN = (
    "{where}: {n:,} {n:row is|rows are} called a sum and {n:was|were} kept, as no other rows add up to {n:it|them} "
    "({n:row|rows} {rows}); remove {n:it|them} where {n:it is no order|they are no orders}."
)
_TOLD_HEADERS = (
    "{where}: the header stands {n:,} more {n:time|times} among the rows, as where exports are put one below the other; "
    "{n:that row was|those rows were} left out."
)
_TOLD_FULL = (
    "{where}: the sheet is full ({full:,} rows), so the export was probably cut; export shorter times, or as CSV."
)
