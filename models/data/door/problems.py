"""Why rows are left out, and what is said of those that cannot be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from models.data.door.parts import Part

NO_CUSTOMER, NO_DATE, NO_AMOUNT, FUTURE = (
    "no customer",
    "unreadable date",
    "unreadable amount",
    "date in the future",
)
NO_ORDER, CUT_ORDER, NO_STATUS, NO_REFUND, NEGATIVE = (
    "no order number",
    "order number cut by a spreadsheet",
    "unknown status",
    "unreadable refund",
    "amount below zero",
)
MALFORMED, FORMULA, SUMMARY, DUPLICATE = "malformed row", "formula row", "summary row", "duplicate"
CLOSED, UNPAID, REFUNDED, TEST, OTHER_STATE, EXCLUDED = (
    "cancelled or closed",
    "not paid",
    "refunded in full",
    "test order",
    "state not among those kept",
    "customer excluded",
)

# What a bad row lacks: the field that its message names, and what is wrong with it.
WRONG: Mapping[str, tuple[str, str]] = {
    NO_ORDER: ("order", "has no order number"),
    NO_STATUS: ("status", "holds a status that is not known"),
    NO_DATE: ("paid", "holds no date"),
    NO_AMOUNT: ("amount", "holds no amount"),
    NO_REFUND: ("refund", "holds no amount"),
    NEGATIVE: ("amount", "holds an amount below zero"),
    FUTURE: ("paid", "holds a date in the future"),
}
# The same of a table without a platform, whose dates and amounts are no persons and may be shown.
WRONG_PLAIN: Mapping[str, tuple[str, str]] = {
    NO_CUSTOMER: ("key_customer", "column {column!r} has no customer"),
    NO_DATE: ("created", "{date!r} in column {column!r} is no date (write it as 2024-01-31)"),
    NO_AMOUNT: ("amount", "{amount!r} in column {column!r} is no amount (write it as 129.90)"),
    FUTURE: ("created", "the date {date!r} lies in the future"),
}
_HELP: Mapping[str, str] = {
    NO_DATE: "say how dates are written with date_format (dmy, mdy, ymd or a pattern), or export the orders again",
    NO_AMOUNT: "name the column with what was paid with amount, or export the orders again",
    NO_CUSTOMER: "name a column that tells customers apart with customer, or export the orders with one",
    FUTURE: "say how dates are written with date_format (dmy, mdy, ymd or a pattern), or export the orders again",
    NO_STATUS: "say which states count with keep, such as keep=paid,completed",
    OTHER_STATE: "say which states count with keep, such as keep=paid,completed",
    UNPAID: "say which states count with keep, or export paid orders",
    CLOSED: "say which states count with keep, or export paid orders",
    REFUNDED: "export a longer time, or name another column with what was paid with amount",
    EXCLUDED: "exclude fewer customers",
    MALFORMED: "quote values that contain the delimiter, or export the orders again",
}
_MOBILE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_HIDDEN = "column {column!r} has a customer that is masked, encrypted, shortened or a stand-in"


@dataclass(frozen=True)
class Bad:
    """The first row that cannot be read, and how many are like it."""

    file: int
    row: int
    reason: str
    count: int
    date_text: str | None = None
    amount_text: str | None = None
    hidden: bool = False  # there is a customer, but none that tells people apart
    cut: bool = False  # and it has been shortened


def counted(dropped: Mapping[str, int]) -> Listed | None:
    """How many rows were left out for which reason, as a sentence lists them; None where none was."""
    each = [Remark("{n:,} {reason}", {"n": n, "reason": Remark(reason)}) for reason, n in dropped.items()]
    return Listed(each, ",") if each else None


def once_left_out(dropped: Mapping[str, int]) -> str | Remark:
    """The end of a half sentence on what remains; nothing where no row was left out."""
    rows = counted(dropped)
    return Remark(" once bad rows are left out ({rows})", {"rows": rows}) if rows else ""


def nothing_left(source: str | Remark, dropped: Mapping[str, int]) -> BadInput:
    """That no row can be used, with what would help against the commonest reason."""
    most = max(dropped, key=lambda reason: dropped[reason], default="")
    advice = _HELP.get(most, "export the orders again")
    return BadInput(
        "{source}: there are no orders in it{dropped}; {advice}.",
        source=source,
        dropped=once_left_out(dropped),
        advice=Remark(advice),
    )


def rows_like_it(count: int) -> Remark:
    """The rows that could be left out: the one named, or all that are wrong in the same way."""
    return Remark("this row") if count == 1 else Remark("all {n:,} rows like it", {"n": count})


def refusal(part: "Part", bad: Bad) -> BadInput:
    """What is wrong with the first bad row and what can be done. Of a platform's export no cell is shown, as the cell may be
    a person's; of a plain table dates and amounts are."""
    if bad.reason == CUT_ORDER or (bad.reason == NO_CUSTOMER and bad.cut):
        field = "order" if bad.reason == CUT_ORDER else "key_customer"
        return BadInput(
            "{where}: row {row}: column {column!r} holds a number that a spreadsheet has shortened, or cut to 15 digits "
            "with zeros behind; export the orders again and do not open the file in Excel, or leave {like} out "
            "(bad_rows drop).",
            where=part.where,
            row=bad.row,
            column=part.layout.columns[field][1],
            like=rows_like_it(bad.count),
        )
    if part.plain and bad.reason in WRONG_PLAIN:
        return _refusal_plain(part, bad)
    return refuse(part.where, part.layout.columns, bad, WRONG)


def refuse(
    where: str | Remark, columns: Mapping[str, tuple[int, str]], bad: Bad, names: Mapping[str, tuple[str, str]]
) -> BadInput:
    """What is wrong with the first bad row by the table `names`, no cell shown. `columns`: of its sheet's layout."""
    field, what = names[bad.reason]
    if field == "paid":
        field = next(name for name in ("date", "paid", "created") if name in columns)
    return BadInput(
        "{where}: row {row}: column {column!r} {what}; correct it, or leave {like} out (bad_rows drop).",
        where=where,
        row=bad.row,
        column=columns[field][1],
        what=Remark(what),
        like=rows_like_it(bad.count),
    )


def _refusal_plain(part: "Part", bad: Bad) -> BadInput:
    field, text = WRONG_PLAIN[bad.reason]
    if bad.hidden and bad.reason == NO_CUSTOMER:
        text = _HIDDEN
    values = {
        "date": without_numbers_of_persons(bad.date_text or ""),
        "amount": without_numbers_of_persons(bad.amount_text or ""),
        "column": part.layout.columns[field][1],
    }
    return BadInput(
        "{source}: row {row}: {what}; correct it, or leave {rows} out (bad_rows drop).",
        source=part.where,
        row=bad.row,
        what=Remark(text, values),
        rows=rows_like_it(bad.count),
    )


def without_numbers_of_persons(text: str) -> str:
    """A text in which mobile numbers of China are masked, so that it may be shown."""
    return _MOBILE.sub(r"\1****\2", text)
