"""Amounts of money: what a whole column says about decimal signs and currencies, and the SQL that reads a cell exactly."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from models.data.cells.currencies import DECIMAL_POINT, code_of, written_as
from models.data.cells.text import kind_of, let, named, odd_in, quoted, shape_sql, text_sql
from models.errors import BadInput
from models.words import Listed, Remark

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
    written: list[_Written] = []
    for each in columns:
        if kind_of(connection, table, each) == "VARCHAR":
            written += _written(connection, table, each)
    signs = tuple(sorted({sign for one in written for sign in one.signs}, key=lambda sign: (-len(sign), sign)))
    proofs: Counter[str] = Counter()
    for one in written:
        proofs[_proof(one, currency)] += one.rows
    odd = [odd_in(connection, table, each) for each in columns]
    return MoneyReading(_decimal(proofs, columns[0], where), signs, None if None in odd else "".join(map(str, odd)))


def amount_sql(column: str, reading: MoneyReading, kind: str = "VARCHAR") -> str:
    """SQL of the amount in a column of this SQL type, as DECIMAL(18, 4): in the export's own unit, exact to four decimals,
    halves of the fourth away from zero; NULL where it is no number, or 10^14 or more.

    A number with an exponent is read where its digits reach the unit: 1e3 and 1.5e-2, not 1.23E+05, whose end a spreadsheet
    has cut.
    """
    if kind != "VARCHAR":
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


def _written(connection: "DuckDBPyConnection", table: str, column: str) -> list[_Written]:
    """The shapes of the amounts in a column; one with a zero before its only separator keeps the zero."""
    shape = f"""CASE WHEN regexp_full_match(text, '-?\\d+\\.\\d\\d') THEN '9.99'
        WHEN regexp_full_match(text, '-?\\d+') THEN '9' ELSE {shape_sql("text")} END"""
    zero = "regexp_matches(text, '^\\D*0[.,]\\d{3}\\D*$')"
    shapes = connection.execute(f"""
        SELECT {shape} AS shape, shape NOT IN ('9', '9.99') AND {zero} AS zero, count(*)
        FROM (SELECT {text_sql(column, odd_in(connection, table, column))} AS text FROM {table}) GROUP BY ALL
    """).fetchall()
    written = []
    for text, zero, rows in shapes:
        match = _shape().fullmatch(text) if text is not None and len(text) <= 80 else None
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
    if currency in DECIMAL_POINT or any(written_as()[sign] in DECIMAL_POINT for sign in written.signs):
        return "."
    return "open ," if "," in number else "open ."


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


def currency_sql(column: str, signs: Iterable[str]) -> str:
    """SQL of the code of the currency whose sign (of `signs`, in small letters) stands in a column of amounts; NULL: none.

    A code of three letters counts before another sign beside the same number ("$5.00 CAD").
    """
    text = f"lower({text_sql(column)})"
    ordered = sorted(signs, key=lambda sign: (re.fullmatch("[a-z]{3}", sign) is None, -len(sign), sign))
    cases = " ".join(f"WHEN contains({text}, {quoted(sign)}) THEN {quoted(written_as()[sign])}" for sign in ordered)
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"


def currency_of(
    connection: "DuckDBPyConnection",
    table: str,
    column_of_amount: str | None,
    column_of_currency: str | None,
    where: str | Remark,
) -> str | None:
    """The ISO code of the currency that a table (or view) is in; None where nothing says it.

    A column of currencies counts before signs beside the amounts; rows that name none are in the currency of the others.
    Rows are numbered by the column `row` where the table has one. Raises BadInput where there are several, with their
    counts, or where the column names what is no currency.
    """
    said = _said(connection, table, column_of_amount, column_of_currency)
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for text, rows, row in said:
        code = code_of(text)
        if code is None:
            raise BadInput(
                "{where}: row {row}: {text!r} in column {column!r} is no currency that is known; write it as a code, such "
                "as CNY, USD or EUR.",
                where=where,
                row=row,
                text=text,
                column=column_of_currency,
            )
        counts[code] += rows
        first[code] = min(row, first.get(code, row))
    if len(counts) < 2:
        return next(iter(counts), None)
    told = [
        Remark("{code} (rows: {rows:,}, the first is {row})", {"code": code, "rows": rows, "row": first[code]})
        for code, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    if column_of_currency is None:
        raise BadInput(
            "{source}: the amounts in column {column!r} are in several currencies by their signs: {currencies}; "
            "convert them to one, or export one currency at a time.",
            source=where,
            column=column_of_amount,
            currencies=Listed(told),
        )
    raise BadInput(
        "{where}: the amounts are in several currencies by column {column!r}: {currencies}; convert them to one, or export "
        "one currency at a time.",
        where=where,
        column=column_of_currency,
        currencies=Listed(told),
    )


def _said(
    connection: "DuckDBPyConnection", table: str, amount: str | None, currency: str | None
) -> list[tuple[str, int, int]]:
    """What the rows say their currency is: the text, how many rows say it, and the first of them."""
    names = {str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    row = "row" if "row" in names else "row_number() OVER ()"
    sign = "CAST(NULL AS VARCHAR)"
    if amount is not None and kind_of(connection, table, amount) == "VARCHAR":
        sign = currency_sql(amount, {sign for one in _written(connection, table, amount) for sign in one.signs})
    named_so = f"nullif({text_sql(currency)}, '')" if currency is not None else "CAST(NULL AS VARCHAR)"
    if currency is None and sign.startswith("CAST"):
        return []
    return connection.execute(f"""
        SELECT said, count(*), min(row) FROM (SELECT coalesce({named_so}, {sign}) AS said, {row} AS row FROM {table})
        WHERE said IS NOT NULL GROUP BY said ORDER BY 2 DESC, 1
    """).fetchall()
