"""The needed columns of a CSV file by whole blocks (Arrow), as far as its rows are plain.

Python's reader is the measure: what it would read otherwise than Arrow (quotation marks within a text, lone carriage
returns) makes this way give up, and rows that may be no rows of the table (blank, sums, the header once more, too few
or too many fields) are read by it.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from models.data.opening.encodings import damaged
from models.data.opening.picking import Picker, title_of
from models.data.opening.source import Source
from models.data.opening.sums import SUM_WORDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Positions: TypeAlias = npt.NDArray[np.intp]

_BLOCK = 1 << 24  # characters read at a time
_LONGEST = 1 << 26  # bytes: a row that is longer has a quotation mark that is not closed
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


class _NotPlain(Exception):  # noqa: N818 - no error: the other way is taken
    """The file holds what this way reads otherwise than Python's reader."""


def read_columns(source: Source, codec: str, delimiter: str, above: int, picker: Picker) -> bool:
    """Give the rows below row `above` to the picker. False where the file has to be read row by row, from the start.

    Raises BadInput where a row does not fit the header (unless such rows are dropped) or the text is damaged.
    """
    try:
        with source.text(codec) as text:
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            number = 0
            while not picker.count:  # up to the first row of the table, which tells how many fields there are
                number += 1
                if (cells := next(reader, None)) is None:
                    return True
                if number > above:
                    picker.take(number, cells)
            blocks = _Blocks(delimiter, picker, number)
            rest = b""
            while chunk := text.read(_BLOCK):
                rest = blocks.take(rest + chunk.encode())
            if rest:
                blocks.take_unfinished(rest)
    except (_NotPlain, csv.Error):
        return False
    except UnicodeError:
        raise damaged(source.path) from None
    return True


class _Blocks:
    """Rows by blocks of bytes in UTF-8. number: of the last row that was taken."""

    def __init__(self, delimiter: str, picker: Picker, number: int) -> None:
        import numpy as np

        self.delimiter, self.picker, self.number = delimiter, picker, number
        self.fields, width = picker.usual, picker.layout.width
        if self.fields <= picker.needed:
            raise _NotPlain
        self.beyond = list(range(width, self.fields))  # columns that have to be empty
        self.odd, begins = _odd_rows(delimiter, picker.header)
        self.begins = np.zeros(256, bool)
        self.begins[list(begins)] = True

    def take(self, block: bytes) -> bytes:
        """Take the whole rows of a block; returns what is left of it."""
        import numpy as np

        codes = np.frombuffer(block, np.uint8)
        ends, within = self._row_ends(codes)
        if not len(ends):
            if len(block) > _LONGEST:
                raise _NotPlain
            return block
        starts = np.concatenate([[0], ends[:-1] + 1])
        numbers = self.number + 1 + np.arange(len(ends))
        odd = [i for i in np.flatnonzero(self.begins[codes[starts]]) if self.odd.match(block, starts[i])]
        size = int(ends[-1]) + 1
        singles = {int(numbers[i]): block[starts[i] : ends[i] + 1].decode() for i in odd}
        rows = block[:size]
        if odd:
            edges = [0, *(int(at) for i in odd for at in (starts[i], ends[i] + 1)), size]
            rows = b"".join(block[begin:end] for begin, end in zip(edges[::2], edges[1::2], strict=True))
        self._take_rows(rows, np.delete(numbers, odd), within, singles)
        self.number += len(ends)
        return block[size:]

    def take_unfinished(self, text: bytes) -> None:
        """Take the last row of a file whose last line has no end."""
        self.number += 1
        self._take_single(self.number, text.decode(), unfinished=not text.endswith(b"\r"))

    def _take_single(self, number: int, text: str, unfinished: bool = False) -> None:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True):
            self.picker.take(number, cells, unfinished)

    def _row_ends(self, codes: "npt.NDArray[np.uint8]") -> "tuple[Positions, bool]":
        """Where rows end, and whether any line ends within one; _NotPlain where Python's reader would see other rows."""
        import numpy as np

        lines = np.flatnonzero(codes == _NEWLINE)
        quotes = np.flatnonzero(codes == _QUOTE)
        returns = np.flatnonzero(codes == _RETURN)
        lone = returns[codes[np.minimum(returns + 1, len(codes) - 1)] != _NEWLINE]
        lone = lone[lone < len(codes) - 1]
        if len(lone) and not (np.searchsorted(quotes, lone) % 2).all():
            raise _NotPlain
        if not len(quotes):
            return lines, False
        allowed = np.zeros(256, bool)
        allowed[[_NEWLINE, _RETURN, _QUOTE, ord(self.delimiter)]] = True
        opening, closing = quotes[::2], quotes[1::2]
        opening, closing = opening[opening > 0], closing[closing < len(codes) - 1]
        if not (allowed[codes[opening - 1]].all() and allowed[codes[closing + 1]].all()):
            raise _NotPlain
        within = np.searchsorted(quotes, lines) % 2 == 1
        return lines[~within], bool(within.any())

    def _take_rows(
        self, rows: bytes, numbers: "npt.NDArray[np.intp]", line_ends_within: bool, singles: dict[int, str]
    ) -> None:
        """Give rows to the picker; those in `singles` and those with another number of fields one by one."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        table, misfits = self._parse(rows, line_ends_within)
        singles |= {int(numbers[i]): text for i, text in misfits.items()}
        numbers = np.delete(numbers, list(misfits))
        wide = np.zeros(len(numbers), bool)
        for position in self.beyond:
            filled = pc.not_equal(pc.utf8_trim_whitespace(table[str(position)]), "")
            wide |= filled.to_numpy(zero_copy_only=False)
        too_wide = {int(number) for number in numbers[wide]}
        for number in sorted({*singles, *too_wide}):
            if number in too_wide:
                self.picker.count += 1
                self.picker.refuse(number, self.fields)
            else:
                self._take_single(number, singles[number])
        if too_wide:
            numbers, table = numbers[~wide], table.filter(pa.array(~wide))
        nothing = pa.nulls(len(numbers), pa.string())
        columns = [table[str(at)] if at < self.fields else nothing for at in self.picker.positions]
        self.picker.add(pa.array(numbers, pa.int64()), columns)

    def _parse(self, rows: bytes, line_ends_within: bool) -> "tuple[pa.Table, dict[int, str]]":
        """The columns of the rows that have the usual number of fields, and the others' text by their index."""
        import pyarrow as pa
        from pyarrow import csv as arrow

        misfits: dict[int, str] = {}

        def set_aside(row: arrow.InvalidRow) -> str:
            misfits[row.number - 1] = row.text
            return "skip"

        names = [str(position) for position in range(self.fields)]
        wanted = sorted({at for at in (*self.picker.positions, *self.beyond) if at < self.fields})
        types = {str(at): pa.string() for at in wanted}
        if not rows:
            return pa.table({name: pa.array([], pa.string()) for name in types}), {}
        table = arrow.read_csv(
            pa.py_buffer(rows),
            # one thread, since only then rows are numbered
            arrow.ReadOptions(use_threads=False, block_size=len(rows) + 1, column_names=names),
            arrow.ParseOptions(
                delimiter=self.delimiter, newlines_in_values=line_ends_within, invalid_row_handler=set_aside
            ),
            arrow.ConvertOptions(column_types=types, include_columns=list(types), check_utf8=False),
        )
        return table, misfits


def _odd_rows(delimiter: str, header: Sequence[str]) -> tuple[re.Pattern[bytes], set[int]]:
    """How rows begin that may be blank, a sum of others or the header once more: a pattern, and the bytes it begins with.

    It may take in too much (the picker decides), and nothing too little.
    """
    title = next((title for cell in header if (title := title_of(cell))), "")
    words = [r"\s*".join(map(re.escape, word.replace(" ", ""))) for word in (*SUM_WORDS, title) if word]
    around = rf"[ \t\r\"'={re.escape(delimiter)}]|\xc2\xa0|\xe3\x80\x80|\xef\xbb\xbf"
    starts = b"|".join(word.encode() for word in words)
    # full-width letters of English words
    wide = rb"\xef\xbc[\xa7\xb3\xb4]|\xef\xbd[\x87\x93\x94]"
    pattern = rb"(?:%b)*(?:\n|(?i:%b)|%b)" % (around.encode(), starts, wide)
    letters = {
        letter.encode()[0] for word in (*SUM_WORDS, title) if word for letter in (word[0].lower(), word[0].upper())
    }
    return re.compile(pattern), {*b" \t\r\n\"'=", ord(delimiter), 0xC2, 0xE3, 0xEF, *letters}
