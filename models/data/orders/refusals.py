"""What is said of rows that cannot be used."""

from collections.abc import Mapping

from models.data.orders import clean
from models.data.orders.columns import Role
from models.errors import BadInput
from models.words import Listed, Remark


def counted(dropped: Mapping[str, int]) -> Listed | None:
    """How many rows were left out for which reason, as a sentence lists them; None where none was."""
    each = [Remark("{n:,} {reason}", {"n": n, "reason": Remark(reason)}) for reason, n in dropped.items()]
    return Listed(each, ",") if each else None


def once_left_out(dropped: Mapping[str, int]) -> str | Remark:
    """The end of a half sentence on what remains; nothing where no row was left out."""
    rows = counted(dropped)
    return Remark(" once bad rows are left out ({rows})", {"rows": rows}) if rows else ""


def rows_like_it(count: int) -> Remark:
    """The rows that could be left out: the one named, or all that are wrong in the same way."""
    return Remark("this row") if count == 1 else Remark("all {n:,} rows like it", {"n": count})


def refusal(
    source: str,
    problem: str,
    count: int,
    row: int,
    date_text: str | None,
    amount_text: str | None,
    columns: Mapping[Role, str | None],
) -> BadInput:
    """What is wrong with the first bad row, and what can be done."""
    values = {"date": date_text, "amount": amount_text}
    what = Remark(_WRONG[problem], values | {"column": columns[_COLUMN[problem]]})
    return BadInput(
        "{source}: row {row}: {what}; correct it, or leave {rows} out (bad_rows drop).",
        source=source,
        row=row,
        what=what,
        rows=rows_like_it(count),
    )


_WRONG = {
    clean.NO_CUSTOMER: "column {column!r} has no customer",
    clean.NO_DATE: "{date!r} in column {column!r} is no date (write it as 2024-01-31)",
    clean.NO_AMOUNT: "{amount!r} in column {column!r} is no amount (write it as 129.90)",
    clean.FUTURE: "the date {date!r} lies in the future",
}
_COLUMN: Mapping[str, Role] = {
    clean.NO_CUSTOMER: "customer",
    clean.NO_DATE: "date",
    clean.NO_AMOUNT: "amount",
    clean.FUTURE: "date",
}
