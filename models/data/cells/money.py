"""Amounts of money: what a whole column says about its decimal sign, and the SQL that reads a cell exactly."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from models.data.cells.currencies import may_be, settles, written_as
from models.data.cells.text import MOST_SHAPES, is_text, kind_of, let, named, odd_in, quoted, shape_sql, text_sql
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Decimal: TypeAlias = Literal[".", ","]

MONEY = "DECIMAL(18, 4)"
_PLAIN = r"[-+]?\d+(?:\.\d*)?|[-+]?\.\d+"
_EXPONENT = r"([-+]?\d*)\.?(\d*)[eE]([-+]?\d{1,2})"
_MIXED = 10  # amounts that a decimal sign would make a thousandth, for each one that proves the sign


@dataclass(frozen=True)
class MoneyReading:
    """How the amounts of a column are read.

    decimal: the sign before the decimals. signs: what stands for a currency before or behind the number in this column, in
    small letters. odd: what to mend in its texts (text.odd_in).
    """

    decimal: Decimal = "."
    signs: tuple[str, ...] = ("¥", "元", "cny", "rmb", "人民币", "$", "us$", "usd", "€", "eur", "£", "gbp")
    odd: str | None = None


@dataclass(frozen=True)
class _Written:
    """A shape of amounts: its number (digits as 9), the signs beside it, and how many rows have it."""

    number: str
    signs: tuple[str, ...]
    rows: int


def money_reading(
    connection: "DuckDBPyConnection",
    table: str,
    column: str | Sequence[str],
    where: str | Remark,
    currency: str | None = None,
) -> MoneyReading:
    """How to read the amounts of a column of a table (or view), or of several columns that are written alike.

    The decimal sign is that which most rows prove (12,5 a comma, 12.50 and 1,234,567 a point); 1,234 proves none, unless the
    `currency` (its ISO code, where that is known) or one beside the number is among those whose comma is never decimal.
    Raises BadInput where rows prove both alike, or where all allow both: 1,234 may be 1234 or 1.234.
    """
    columns = [column] if isinstance(column, str) else list(column)
    odd = [odd_in(connection, table, each) for each in columns]
    written = [
        one
        for each, its in zip(columns, odd, strict=True)
        if its is not None or is_text(kind_of(connection, table, each))
        for one in _written(connection, table, text_sql(each, its))
    ]
    signs = tuple(sorted({sign for one in written for sign in one.signs}, key=lambda sign: (-len(sign), sign)))
    proofs: Counter[str] = Counter()
    for one in written:
        proofs[_proof(one, currency)] += one.rows
    mended = None if None in odd else "".join(its for its in odd if its is not None)
    return MoneyReading(_decimal(proofs, columns[0], where), signs, mended)


def signs_in(connection: "DuckDBPyConnection", table: str, column: str) -> tuple[str, ...]:
    """The signs of currencies beside the amounts in a column of a table (or view), in small letters."""
    if not is_text(kind_of(connection, table, column)):
        return ()
    return tuple(sorted({sign for one in _written(connection, table, text_sql(column)) for sign in one.signs}))


def amount_sql(column: str, reading: MoneyReading, kind: str = "VARCHAR") -> str:
    """SQL of the amount in a column of this SQL type, as DECIMAL(18, 4): in the export's own unit, exact to four decimals,
    halves of the fourth away from zero; NULL where it is no number, or 10^14 or more.

    A number with an exponent is read where its digits reach the unit: 1e3 and 1.5e-2, not 1.23E+05, whose end a spreadsheet
    has cut.
    """
    if not is_text(kind):
        return f"TRY_CAST({named(column)} AS {MONEY})"
    if reading.odd == "":
        return _read_sql(named(column), reading)
    return let("written__", text_sql(column, reading.odd), _read_sql("written__", reading))


def _read_sql(text: str, reading: MoneyReading) -> str:
    """SQL of the amount in a text (SQL that is cheap to repeat)."""
    plain = _PLAIN if reading.decimal == "." else r"[-+]?\d+"
    quick = f"CASE WHEN regexp_full_match({text}, {quoted(plain)}) THEN TRY_CAST({text} AS {MONEY}) END"
    return f"coalesce({quick}, {_full_sql(text, reading)}, {_exponent_sql(text)})"


def _full_sql(text: str, reading: MoneyReading) -> str:
    """SQL of an amount with signs, brackets or separators between thousands; below zero by a minus before or behind the
    number, or by brackets."""
    number = _number(reading.decimal)
    sign = f"(?:{'|'.join(map(re.escape, reading.signs))})?" if reading.signs else ""
    core = rf"{sign}\s*(?:{number})\s*{sign}"
    whole = rf"(?i)\(\s*{core}\s*\)|[-+]?\s*{core}|{sign}\s*[-+]\s*(?:{number})\s*{sign}|{core}\s*-"
    digits = f"regexp_extract({text}, {quoted(number)})"
    others = " '" + ("," if reading.decimal == "." else ".")
    bare = f"TRY_CAST(translate({digits}, {quoted(reading.decimal + others)}, '.') AS {MONEY})"
    negative = f"contains({text}, '-') OR contains({text}, '(')"
    value = let("amount__", bare, f"CASE WHEN {negative} THEN -amount__ ELSE amount__ END")
    return f"CASE WHEN regexp_full_match({text}, {quoted(whole)}) THEN {value} END"


def _exponent_sql(text: str) -> str:
    decimals, exponent = (f"regexp_extract({text}, {quoted(_EXPONENT)}, {i})" for i in (2, 3))
    sane = f"({decimals} = '' OR TRY_CAST({exponent} AS INTEGER) <= length({decimals}))"
    return f"""CASE WHEN (contains({text}, 'e') OR contains({text}, 'E')) AND regexp_full_match({text}, {quoted(_EXPONENT)})
        AND {sane} THEN TRY_CAST({text} AS {MONEY}) END"""


def _number(decimal: Decimal) -> str:
    """The pattern of a number by its decimal sign; thousands are apart by the other sign, a space or an apostrophe."""
    point, comma = (r"\.", ",") if decimal == "." else (",", r"\.")
    groups = rf"\d{{1,3}}(?:{comma}\d{{2,3}})*{comma}\d{{3}}|\d{{1,3}}(?: \d{{3}})+|\d{{1,3}}(?:'\d{{3}})+|\d+"
    return rf"(?:{groups})(?:{point}\d*)?|{point}\d+"


@cache
def _shape() -> re.Pattern[str]:
    """A shape of an amount; its signs of currency are those known."""
    signs = "|".join(re.escape(word) for word in sorted(written_as(), key=len, reverse=True))
    return re.compile(
        rf"\(?\s*[-+]?\s*(?P<before>{signs})?\s*[-+]?\s*(?P<number>[\d.,' ]*\d[.,]?)\s*(?P<behind>{signs})?\s*-?\s*\)?"
    )


def _written(connection: "DuckDBPyConnection", table: str, text: str) -> list[_Written]:
    """The shapes of the amounts in the texts (SQL) of a table; one with a zero before its only separator keeps the zero."""
    shape = f"""CASE WHEN regexp_full_match(text, '-?\\d+\\.\\d\\d') THEN '9.99'
        WHEN regexp_full_match(text, '-?\\d+') THEN '9' ELSE {shape_sql("text")} END"""
    zero = "regexp_matches(text, '^\\D*0[.,]\\d{3}\\D*$')"
    shapes = connection.execute(f"""
        SELECT {shape} AS shape, shape NOT IN ('9', '9.99') AND {zero} AS zero, count(*)
        FROM (SELECT {text} AS text FROM {table}) GROUP BY ALL ORDER BY 3 DESC, 1 LIMIT {MOST_SHAPES}
    """).fetchall()
    written = []
    for seen, zero, rows in shapes:
        match = _shape().fullmatch(seen) if seen is not None and len(seen) <= 80 else None
        if match is not None:
            signs = tuple(dict.fromkeys(sign for sign in (match["before"], match["behind"]) if sign))
            number = match["number"].strip()
            written.append(_Written("0" + number[1:] if zero else number, signs, int(rows)))
    return written


def _proof(written: _Written, currency: str | None) -> str:
    """What a shape says about the decimal sign: "." or ",", "" for nothing, "open ," for 1,234 and "open ." for 1.234."""
    number = written.number
    if "," not in number and "." not in number:
        return ""
    point, comma = (re.fullmatch(_number(decimal), number) is not None for decimal in (".", ","))
    if not point or not comma:
        return "." if point else "," if comma else ""
    if number.startswith("0"):  # 0,125: no thousands begin with a zero
        return "," if "," in number else "."
    mark = "," if "," in number else "."
    told = [may_be(sign) for sign in written.signs] + ([frozenset({currency})] if currency is not None else [])
    return "." if any(settles(possible, mark) for possible in told) else f"open {mark}"


def _decimal(proofs: Counter[str], column: str, where: str | Remark) -> Decimal:
    point, comma = proofs["."], proofs[","]
    if point == comma and (point or proofs["open ,"] or proofs["open ."]):
        raise _both(column, where, "," if proofs["open ,"] else "." if proofs["open ."] else None)
    decimal: Decimal = "," if comma > point else "."
    # Where nearly all could be thousands, a few odd ones are no proof that the others are thousandths.
    if proofs[f"open {decimal}"] > _MIXED * max(point, comma):
        raise _both(column, where, decimal)
    return decimal


def _both(column: str, where: str | Remark, sign: str | None) -> BadInput:
    if sign is None:
        return BadInput(
            "{where}: as many amounts in column {column!r} have a decimal comma (12,50) as a decimal point (12.50); export "
            "them in one way of writing.",
            where=where,
            column=column,
        )
    return BadInput(
        "{where}: the amounts in column {column!r} may be whole or have three decimals: 1{sign}234 is 1234 or 1.234; export "
        "them with two decimals (1234.50), or without a sign between thousands.",
        where=where,
        column=column,
        sign=sign,
    )
