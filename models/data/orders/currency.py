"""Signs of money in a column of amounts: taken off the numbers, and of one currency, or the column is refused."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

# What a currency is written as, before or behind the number; compared without case.
SIGNS: Mapping[str, tuple[str, ...]] = {
    "CNY": ("¥", "￥", "元", "CNY", "RMB", "人民币"),
    "USD": ("$", "US$", "USD"),
    "EUR": ("€", "EUR"),
    "GBP": ("£", "GBP"),
    "HKD": ("HK$", "HKD"),
    "JPY": ("円", "JPY"),
}
_ANY = "|".join(sorted((sign.replace("$", r"\$") for signs in SIGNS.values() for sign in signs), key=len, reverse=True))


def without_sign(text: str) -> str:
    """SQL of the text `text` (SQL) without a sign of money before or behind it."""
    return f"regexp_replace({text}, '^({_ANY})\\s*|\\s*({_ANY})$', '', 'gi')"


def currency_sql(text: str) -> str:
    """SQL of the currency that the sign in `text` (SQL) says; NULL where there is none."""
    before, behind = (f"regexp_extract({text}, '{place}', 1, 'i')" for place in (f"^({_ANY})", f"({_ANY})$"))
    kinds = " ".join(f"WHEN '{sign}' THEN '{code}'" for code, signs in SIGNS.items() for sign in signs)
    return f"CASE upper(coalesce(nullif({before}, ''), {behind})) {kinds} END"


def check_one_currency(rows: "DuckDBPyRelation", source: str, column: str | None, header: int) -> None:
    """Raises BadInput where the usable `rows` (with columns currency and problem) are in several currencies.

    `column` is the amount's, `header` the number of rows before the first, as a sheet counts them.
    """
    there = rows.query("rows", "SELECT DISTINCT currency FROM rows WHERE problem IS NULL AND currency IS NOT NULL")
    if there is None or len(there.fetchall()) < 2:
        return
    seen = rows.query(
        "rows",
        """SELECT currency, count(*), min(row) FROM (SELECT currency, problem, row_number() OVER () AS row FROM rows)
        WHERE problem IS NULL AND currency IS NOT NULL GROUP BY currency ORDER BY 2 DESC, 1""",
    )
    assert seen is not None  # a query gives rows
    told = [
        Remark("{code} (rows: {rows:,}, the first is {row})", {"code": code, "rows": int(n), "row": int(row) + header})
        for code, n, row in seen.fetchall()
    ]
    raise BadInput(
        "{source}: the amounts in column {column!r} are in several currencies by their signs: {currencies}; "
        "convert them to one, or export one currency at a time.",
        source=source,
        column=column,
        currencies=Listed(told),
    )
