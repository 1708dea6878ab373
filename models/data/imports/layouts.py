"""Which columns of a table are read: by the platform that wrote it, else by their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.data.door.columns import (
    PRICES,
    QUANTITIES,
    WELL_KNOWN,
    Role,
    column_called,
    find_column,
    is_known,
    known_column,
    number_twins,
)
from models.data.door.options import Asked
from models.data.door.parts import Part
from models.data.door.refund_rows import COLUMNS as ROW_TYPES
from models.data.door.returned import returned_column
from models.data.imports.platforms import Layout, SheetType, identity_kind, recognise, refuse_hidden
from models.data.opening import Sheet
from models.errors import BadInput
from models.words import Remark

PLAIN = SheetType("plain", "plain", "orders", "plain columns", (), automatic=("customer",))
_NEEDED: tuple[tuple[Role, str], ...] = (("customer", "key_customer"), ("date", "created"), ("amount", "amount"))
_SEVERAL = 2
_FURTHER: tuple[Role, ...] = ("order", "status", "refund", "currency")
_ALL = ("customer", "date", "amount")  # who names all of these says all that matters: the table is read as a plain one


@dataclass
class Chooser:
    """Chooses a layout for a row that may be a header (see opening.Choose).

    seen: the rows looked at that no platform writes, and where. headers: the names of all columns of plain tables, by where
    they are.
    """

    asked: Asked
    seen: list[tuple[str | Remark, list[str]]] = field(default_factory=list)
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, header: Sequence[str], where: str | Remark) -> Layout | None:
        """The layout of a sheet with this header, None where it is none. Raises BadInput where it is unclear."""
        if (layout := self._of_platform(header, where)) is not None:
            return layout
        names = [str(name).strip() for name in header]
        if sum(map(bool, names)) < 2:
            return None
        self.seen.append((where, names))
        try:
            layout = plain_layout(names, where, self.asked)
        except BadInput:
            return None  # said of the file as a whole, once no row of it is a header
        self.headers[str(where)] = tuple(names)
        return layout

    def of_frame(self, names: Sequence[str], where: str) -> Layout:
        """The layout of a frame with these columns. Raises BadInput where it has not those that are needed."""
        layout = self._of_platform(names, where)
        return layout if layout is not None and layout.type.kind == "orders" else plain_layout(names, where, self.asked)

    def _of_platform(self, header: Sequence[str], where: str | Remark) -> Layout | None:
        """The layout of the platform that writes this header; None where none does, or the user names the columns."""
        if all(getattr(self.asked, role) is not None for role in _ALL):
            return None
        return recognised(header, where, self.asked)

    @property
    def looks_like_orders(self) -> bool:
        """Whether a row that is no header all the same has well-known names of several columns of orders."""
        return any(_known(row) >= _SEVERAL for _, row in self.seen)

    def refuse(self, path: Path) -> BadInput:
        """Why no row at the top of a file is a header, said of the row that looks most like one.

        The row is shown only where no cell of it looks like data, which may be a person's.
        """
        rows = [(where, row) for where, row in self.seen if not any(map(_is_data, row))]
        if not rows:
            return BadInput(
                "{path}: its first rows hold no names of columns; write them above the rows (customer, date, amount), or "
                "export the file again.",
                path=path,
            )
        where, row = max(rows, key=lambda one: (_known(one[1]), len(one[1]) > 1))
        try:
            plain_layout(row, where, self.asked)
        except BadInput as problem:
            return problem
        raise AssertionError("a row that is a header was not taken for one")


def recognised(header: Sequence[str], where: str | Remark, asked: Asked) -> Layout | None:
    """The layout of a known platform's sheet, with the columns that are named in place of its own. Raises BadInput where
    one of these is not in a sheet of orders."""
    wanted = asked.identity or asked.customer
    layout = recognise(header, where, None if wanted is None or identity_kind(wanted) else wanted)
    if layout is None:
        return None
    if layout.type.kind != "orders":
        return layout
    columns = dict(layout.columns)
    names = number_twins([str(name).strip() for name in header])
    place = str(where)
    for role in ("date", "amount", *_FURTHER):
        named = getattr(asked, role)
        if named is not None and not (role == "currency" and _is_code(named) and named not in names):
            column = find_column(place, role, named, names)
            columns[role] = (names.index(column), column)
    return replace(layout, columns=columns)


def plain_layout(header: Sequence[str], where: str | Remark, asked: Asked) -> Layout:
    """The layout of a table of no known platform: columns as named, the others by well-known names.

    Raises BadInput where one that is needed or named is not there, is there twice, or is two things at once.
    """
    names = number_twins(header)
    columns: dict[str, tuple[int, str]] = {}

    def take(name: str, column: str) -> None:
        columns[name] = (names.index(column), column)

    place = str(where)
    for role, name in _NEEDED:
        if role != "amount" or _has_money(asked, place, names):
            named = getattr(asked, role) or (asked.identity if role == "customer" else None)
            take(name, find_column(place, role, named, names))
    for role in _FURTHER:
        named = getattr(asked, role)
        if role == "currency" and named is not None and _is_code(named) and named not in names:
            named = None  # a code; a column of currencies must not say another
        if role == "refund" and named is None:
            continue
        column = find_column(place, role, named, names) if named is not None else _free(place, role, names, columns)
        if column is not None:
            take(role, column)
    for name, known in (("price", PRICES), ("quantity", QUANTITIES)):
        column = column_called(known, names)
        if column is not None and column not in _taken(columns):
            take(name, column)
    returned = returned_column(names) if "amount" in columns else None
    if returned is not None and returned not in _taken(columns):
        take("returned", returned)
    row_type = column_called(ROW_TYPES, names) if "amount" in columns else None
    if row_type is not None and row_type not in _taken(columns):
        take("row_type", row_type)
    _check_apart(place, columns)
    return Layout(PLAIN, columns, len(header))


def _taken(columns: Mapping[str, tuple[int, str]]) -> set[str]:
    return {header for _, header in columns.values()}


def _free(place: str, role: Role, names: Sequence[str], columns: Mapping[str, tuple[int, str]]) -> str | None:
    """The column with a well-known name for a role that need not be there, unless it is another one's."""
    try:
        column = known_column(place, role, names)
    except BadInput:
        return None  # there twice: it is left alone
    return column if column is not None and column not in _taken(columns) else None


def _has_money(asked: Asked, place: str, names: Sequence[str]) -> bool:
    """Whether a column of amounts is looked for."""
    if asked.money == "auto" and asked.amount is None:
        return known_column(place, "amount", names) is not None
    return bool(asked.money)


def _check_apart(place: str, columns: Mapping[str, tuple[int, str]]) -> None:
    """Raises BadInput where one column is two things at once."""
    headers = [header for _, header in columns.values()]
    twice = next((header for header in headers if headers.count(header) > 1), None)
    if twice is not None:
        raise BadInput(
            "{name}: column {twice!r} cannot be two things at once; name customer, date and amount apart.",
            name=place,
            twice=twice,
        )


def _is_code(text: str) -> bool:
    """Whether a text may be the code of a currency, not a column."""
    return len(text.strip()) == 3 and text.strip().isalpha() and text.strip().isascii()


def _is_data(cell: str) -> bool:
    """Whether a cell looks like a value: a date, a number, a phone number, an address of mail, a mask."""
    digits = sum(ch.isdigit() for ch in cell)
    return digits > 3 or "@" in cell or "*" in cell or (digits > 0 and digits == len(cell.strip().lstrip("-")))


def _known(names: Sequence[str]) -> int:
    """How many roles have a column of a well-known name."""
    return sum(is_known(known, names) for known in WELL_KNOWN.values())


def parts_of(sheets: Sequence[Sheet], chooser: Chooser, source: int = 0) -> list[Part]:
    """The sheets of orders of one file as the door takes them. Beside sheets of a platform, other tables are none of it.

    Raises BadInput where the file has sheets of a platform, and none of orders.
    """
    orders = [sheet for sheet in sheets if sheet.layout.type.kind == "orders"]
    if sheets and not orders:
        kind = sheets[0].layout.type
        raise BadInput(
            "{where}: this sheet is known as {name}, which holds no orders; give the export of the orders.",
            where=sheets[0].where,
            name=kind.name,
        )
    return [_part(sheet, source, chooser) for sheet in without_plain(orders)]


def without_plain(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets of a platform; all where there are none of one."""
    known = [sheet for sheet in sheets if sheet.layout.type is not PLAIN]
    return known or list(sheets)


def _part(sheet: Sheet, source: int, chooser: Chooser) -> Part:
    return Part(
        sheet.where,
        str(sheet.path),
        source,
        sheet.layout,
        sheet.table,
        sheet.name,
        sheet.encoding,
        typed=any(str(kind) != "string" for name, kind in _types(sheet) if name != "row"),
        rows=sheet.rows,
        malformed=sheet.malformed,
        formula_rows=sheet.formula_rows,
        summary_rows=sheet.summary_rows,
        remarks=tuple(sheet.remarks),
        headers=chooser.headers.get(str(sheet.where), ()),
    )


def _types(sheet: Sheet) -> list[tuple[str, object]]:
    return list(zip(sheet.table.schema.names, sheet.table.schema.types, strict=True))


def with_identity(wanted: Asked, parts: Sequence[Part]) -> Asked:
    """The options with the key of a platform's customers by the name of its kind; a customer's column named for an export of
    a platform is such a key.

    Raises BadInput where the platform hides the buyer and no key is named.
    """
    refuse_hidden([(part.layout, part.where) for part in parts], wanted.identity or wanted.customer)
    if any(part.plain for part in parts):
        return wanted
    named = wanted.identity or wanted.customer
    return wanted if named is None else replace(wanted, identity=identity_kind(named) or named, customer=None)
