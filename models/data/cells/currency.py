"""The one currency that a table's amounts are in, by a column of currencies and by the signs beside the amounts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.data.cells.currencies import code_of, may_be, written_as
from models.data.cells.money import MoneyReading, signs_in
from models.data.cells.text import named, quoted, text_sql
from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_LONGEST = 20  # letters


@dataclass(frozen=True)
class _Said:
    """Rows alike in what they say: the text of the column of currencies, the sign beside the amount; the first of them."""

    text: str | None
    sign: str | None
    rows: int
    first: int


def currency_of(
    connection: "DuckDBPyConnection",
    table: str,
    column_of_amount: str | None,
    column_of_currency: str | None,
    where: str | Remark,
    reading: MoneyReading | None = None,
) -> str | None:
    """The ISO code of the currency that a table (or view) is in; None where nothing says it.

    A column of currencies counts before signs beside the amounts; rows that name none are in the currency of the others, as
    far as their signs may stand for it. Without a column a sign stands for one currency alone, $ for the US dollar, unless a
    code stands beside the same number. Rows are numbered by the column `row` where the table has one; `reading`: that of the
    amounts, where there is one already. Raises BadInput where there are several currencies, with their counts, where a sign
    never stands for what the column says ($5, EUR), or where the column names what is no currency.
    """
    said = _said(connection, table, column_of_amount, column_of_currency, reading)
    unknown = next((one for one in said if one.text is not None and code_of(one.text) is None), None)
    if unknown is not None:
        raise BadInput(
            "{where}: row {row}: {text!r} in column {column!r} is no currency that is known; write it as a code, such "
            "as CNY, USD or EUR.",
            where=where,
            row=unknown.first,
            text=_shown(unknown.text),
            column=column_of_currency,
        )
    _check_signs(said, column_of_currency, where)
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for one, code in zip(said, _codes(said), strict=True):
        counts[code] += one.rows
        first[code] = min(one.first, first.get(code, one.first))
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


def _shown(text: str | None) -> str:
    """A text that is no currency, as far as it may be shown: one that is long or has digits may be a person's."""
    words = text or ""
    return words if len(words) <= _LONGEST and not re.search(r"[\d@]", words) else "..."


def _codes(said: Sequence[_Said]) -> list[str]:
    """The code of the currency of each kind of rows."""
    by_column = {_code(one, frozenset()) for one in said if one.text is not None}
    return [_code(one, by_column) for one in said]


def _check_signs(said: Sequence[_Said], column: str | None, where: str | Remark) -> None:
    """Raises BadInput where the sign beside an amount never stands for what the column says, even if this is so in every
    row: nothing tells which of the two is right."""
    against = [one for one in said if one.text and one.sign and code_of(one.text) not in may_be(one.sign)]
    if against:
        raise BadInput(
            "{where}: row {row}: the amount is in {other} by what stands beside it and in {code} by column {column!r} "
            "({n:,} {n:row is|rows are} so); correct the one that is wrong, or export one currency at a time.",
            where=where,
            row=against[0].first,
            other=written_as()[str(against[0].sign)],
            code=code_of(str(against[0].text)),
            column=column,
            n=sum(one.rows for one in against),
        )


def _code(said: _Said, others: Set[str]) -> str:
    """The code that rows say: that of the column; else the only one of `others` that their sign may stand for, or the one
    that it stands for alone."""
    if said.text is not None or said.sign is None:
        return str(code_of(str(said.text)))
    shared = may_be(said.sign) & others
    return next(iter(shared)) if len(shared) == 1 else written_as()[said.sign]


def _said(
    connection: "DuckDBPyConnection",
    table: str,
    amount: str | None,
    currency: str | None,
    reading: MoneyReading | None,
) -> list[_Said]:
    """What the rows say about their currency."""
    signs: Iterable[str] = ()
    if reading is not None:
        signs = reading.signs
    elif amount is not None:
        signs = signs_in(connection, table, amount)
    by_sign = sign_sql(str(amount), signs)
    by_column = f"CAST({named(currency)} AS VARCHAR)" if currency is not None else "CAST(NULL AS VARCHAR)"
    names = {str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    row = "row" if "row" in names else "row_number() OVER ()"
    alike = connection.execute(f"""
        SELECT text, sign, count(*), min(place)
        FROM (SELECT {by_column} AS text, {by_sign} AS sign, {row} AS place FROM {table})
        WHERE text IS NOT NULL OR sign IS NOT NULL GROUP BY ALL ORDER BY 4
    """).fetchall()
    said = [_Said(unicodedata.normalize("NFKC", text or "").strip() or None, *others) for text, *others in alike]
    return [one for one in said if one.text is not None or one.sign is not None]


def sign_sql(column: str, signs: Iterable[str]) -> str:
    """SQL of the sign (of `signs`, in small letters) that stands in a column of amounts; NULL where there is none.

    A code of three letters counts before another sign beside the same number ("$5.00 CAD").
    """
    ordered = sorted(signs, key=lambda sign: (re.fullmatch("[a-z]{3}", sign) is None, -len(sign), sign))
    text = f"lower({text_sql(column)})"
    cases = " ".join(f"WHEN contains({text}, {quoted(sign)}) THEN {quoted(sign)}" for sign in ordered)
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"
