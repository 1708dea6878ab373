"""SQL expressions over the text columns of a sheet (see models/data/imports/cells.py) for what is kept of touches."""

from collections.abc import Collection
from datetime import date, timedelta

from models.data.imports import cells
from models.data.opening import Sheet
from models.errors import BadInput
from models.words import Remark

WECOM = "external_userid"  # the key by which tools of WeCom tell customers apart
_NO_TIME = ("0", "0.0", "0000-00-00", "0000-00-00 00:00:00")


def told(name: str, there: Collection[str]) -> str:
    """Whether a time is written; 0, a database's empty time and the first day of 1970 are none."""
    text = cells.column(name, there)
    none = ", ".join(map(cells.quoted, _NO_TIME))
    return f"({text} IS NOT NULL AND {text} NOT IN ({none}) AND NOT starts_with({text}, '1970-01-01'))"


def moment(name: str, there: Collection[str]) -> str:
    """A time on Shanghai's clock, NULL where none is written or it cannot be read."""
    return f"CASE WHEN {told(name, there)} THEN {cells.when(name, there)} END"


def flag(name: str, there: Collection[str]) -> str:
    """Whether a column says yes; what is neither yes nor no is no."""
    return f"coalesce(lower({cells.column(name, there)}) IN ('t', 'true', 'y', 'yes', '1', '是'), FALSE)"


def known(name: str, there: Collection[str], words: Collection[str]) -> str:
    """A word in small letters if it is one of those known, else 'other', so that no free text is kept."""
    text = f"lower({cells.column(name, there)})"
    listed = ", ".join(map(cells.quoted, words))
    return f"CASE WHEN {text} IS NULL THEN NULL WHEN {text} IN ({listed}) THEN {text} ELSE 'other' END"


def late(time: str, today: date) -> str:
    """Whether a time lies after the day of the import."""
    return f"{time} >= TIMESTAMP '{(today + timedelta(days=1)).isoformat()}'"


def source(number: int, sheet: Sheet) -> str:
    """Where a row comes from: file, row, platform and source (the kind of sheet)."""
    kind = sheet.layout.type
    return (
        f"{number} AS file, row, {cells.quoted(kind.platform)} AS platform, {cells.quoted(kind.name)} AS source,"
        f" {cells.quoted(kind.kind)} AS sheet_kind"
    )


def key_kind(sheet: Sheet) -> str:
    """The key by which the sheet's customers are told apart: the first of its own that it has.

    Raises BadInput where it has none.
    """
    kinds = sheet.layout.kinds
    chosen = next((one for one in sheet.layout.type.automatic if one in kinds), None)
    if chosen is None:
        instead = sheet.layout.type.instead
        raise BadInput("{where}: no column names the customers; {instead}.", where=sheet.where, instead=Remark(instead))
    return str(chosen)


def key(sheet: Sheet, kind: str | None) -> str:
    """A key of the sheet as compared, NULL where it tells nobody apart or the sheet does not have it."""
    if kind is None or kind not in sheet.layout.kinds:
        return "CAST(NULL AS VARCHAR)"
    return cells.key(f"key_{kind}", kind)


def keys(sheet: Sheet) -> str:
    """`key_kind` and `key` of each row: the first key that the sheet has, or the next ones where that is empty."""
    first = key_kind(sheet)
    there = [kind for kind in sheet.layout.type.automatic if kind in sheet.layout.kinds]
    cases = " ".join(f"WHEN {key(sheet, kind)} IS NOT NULL THEN {cells.quoted(kind)}" for kind in there)
    values = ", ".join(key(sheet, kind) for kind in there)
    return f"CASE {cases} ELSE {cells.quoted(first)} END AS key_kind, coalesce({values}, NULL) AS key"


def pairs(sheet: Sheet, number: int) -> list[str]:
    """Queries for the sheet's other keys beside WeCom's, as kind, value and external_userid."""
    if WECOM not in sheet.layout.kinds:
        return []
    others = [kind for kind in sheet.layout.kinds if kind not in (WECOM, "column")]
    return [
        f"SELECT {cells.quoted(kind)} AS kind, {key(sheet, kind)} AS value, {key(sheet, WECOM)} AS wecom "
        f"FROM sheet_{number}"
        for kind in others
    ]
