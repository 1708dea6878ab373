"""From the columns of a part to times, money and keys, as SQL (models/data/cells says how each is read)."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.data.cells import (
    DateReading,
    KeyReading,
    MoneyReading,
    amount_sql,
    currency_of,
    date_reading,
    is_cut,
    is_hidden,
    key_reading,
    key_sql,
    money_reading,
    time_sql,
)
from models.data.cells.currencies import code_of, written_as
from models.data.door.columns import currency_in, is_called
from models.data.door.options import Asked
from models.data.door.parts import Part, name_of
from models.errors import BadInput
from models.words import Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_TEXT = "CAST(NULL AS VARCHAR)"
_MONEY = ("amount", "refund", "total", "settled", "adjusted", "price", "balance", "owed")
_APPROXIMATE = ("DOUBLE", "FLOAT")


@dataclass
class Values:
    """The values of one part, in a connection where its view `part_NUMBER` is. Columns are looked at once, when first asked
    for; what their readings say of them is in `remarks`."""

    connection: "DuckDBPyConnection"
    number: int
    part: Part
    asked: Asked
    remarks: list[Remark] = field(default_factory=list)
    _dates: dict[str, DateReading] = field(default_factory=dict)
    _keys: dict[str, KeyReading] = field(default_factory=dict)
    _money: MoneyReading | None = None

    @property
    def view(self) -> str:
        """What the part's view is called."""
        return name_of(self.number)

    def kind(self, name: str) -> str:
        """The SQL type of a column."""
        return self.part.kinds[name]

    def text(self, name: str) -> str:
        """The column as text, NULL where the part does not have it."""
        if not self.part.has(name):
            return NO_TEXT
        return f'"{name}"' if self.kind(name) == "VARCHAR" else f'CAST("{name}" AS VARCHAR)'

    def time(self, name: str) -> str:
        """Local time as a timestamp without a zone.

        In the zone asked for; else in that of the platform, whose wall clocks are kept; else as it stands. Raises BadInput
        where the column allows several readings.
        """
        if not self.part.has(name):
            return "CAST(NULL AS TIMESTAMP)"
        if name not in self._dates:
            self._dates[name] = self._date_reading(name)
        return time_sql(name, self._dates[name], self.kind(name))

    def _date_reading(self, name: str) -> DateReading:
        try:
            reading = date_reading(
                self.connection,
                self.view,
                name,
                self.part.where,
                date_format=self.asked.date_format or self.part.layout.type.date_format,
                timezone=self.asked.timezone,
                platform_zone=self.part.layout.type.timezone,
            )
        except BadInput as problem:
            raise self._by_header(problem, name) from None
        self.remarks += [_named_by_header(remark, {name: self.part.header(name)}) for remark in reading.remarks]
        return reading

    def money(self, name: str) -> str:
        """Money in the export's own unit: exact to four decimals (of a platform: two), or as a frame holds it."""
        if not self.part.has(name):
            return "CAST(NULL AS DECIMAL(18, 4))"
        if self.kind(name) in _APPROXIMATE:
            return f'CASE WHEN isfinite("{name}") THEN CAST("{name}" AS DOUBLE) END'
        value = amount_sql(name, self._money_reading(), self.kind(name))
        return value if self.part.plain else f"CAST({value} AS DECIMAL(18, 2))"

    def paid(self) -> str:
        """What was paid of an order or row: its amount with what a balance paid beside it, without what is still owed of it.

        Both belong to the column that the platform has for the amount, so to another one that is named they do not.
        """
        money, kind = self.money("amount"), self.part.layout.type
        if kind.fields.get("amount", ())[:1] != (self.part.header("amount"),):
            return money
        if self.part.has("balance"):
            money = f"{money} + coalesce({self.money('balance')}, 0)"
        if self.part.has("owed"):
            owed = self.money("owed")  # an order that is owed whole is said to be unpaid by its state
            money = f"{money} - CASE WHEN {owed} > 0 AND {owed} < {money} THEN {owed} ELSE 0 END"
        return money

    def _money_reading(self) -> MoneyReading:
        if self._money is None:
            there = [name for name in _MONEY if self.part.has(name)]
            try:
                self._money = money_reading(self.connection, self.view, there, self.part.where, self._told_currency())
            except BadInput as problem:
                raise self._by_header(problem, *there) from None
        return self._money

    def key(self, kind: str) -> str:
        """What tells customers apart, as compared; NULL where it tells nobody apart."""
        name = f"key_{kind}"
        if not self.part.has(name):
            return NO_TEXT
        return key_sql(name, self.key_reading(kind), self.kind(name))

    def key_reading(self, kind: str) -> KeyReading:
        """How the keys of a kind are read."""
        if kind not in self._keys:
            self._keys[kind] = key_reading(self.connection, self.view, f"key_{kind}", kind)
        return self._keys[kind]

    def cut(self, kind: str) -> str:
        """Whether a key has been shortened by a spreadsheet, or ends in zeros where all of its length do."""
        if not self.part.has(f"key_{kind}"):
            return "FALSE"
        text = self.text(f"key_{kind}")
        zeros = f"coalesce(regexp_full_match({text}, '\\d{{15}}0+'), FALSE)"
        return f"({is_cut(text)} OR {zeros})" if self.key_reading(kind).cut else is_cut(text)

    def hidden(self, kind: str) -> str:
        """Whether a key of a platform is masked or encrypted; in plain tables a row's own message says so."""
        there = self.part.has(f"key_{kind}") and not self.part.plain
        return is_hidden(self.text(f"key_{kind}")) if there else "FALSE"

    def currency(self) -> str | None:
        """The ISO code that the part says, or its platform, or the user: `currency` may be a code where it is no column.

        Raises BadInput where the rows say several, or another than the user.
        """
        named = self._named_currency()
        amount, column = (name if self.part.has(name) else None for name in ("amount", "currency"))
        try:
            said = currency_of(
                self.connection,
                self.view,
                amount,
                column,
                self.part.where,
                reading=self._money_reading() if amount else None,
            )
        except BadInput as problem:
            raise self._by_header(problem, "amount", "currency") from None
        said = said or self._currency_in_header() or self.part.layout.type.currency
        if named is not None and said is not None and named != said:
            raise BadInput(
                "{where}: the amounts are said to be in {named} and are in {said} by the file; leave currency out.",
                where=self.part.where,
                named=named,
                said=said,
            )
        return named or said

    def _currency_in_header(self) -> str | None:
        """The currency that the header of the amounts has in brackets."""
        return currency_in(self.part.header("amount")) if self.part.has("amount") else None

    def _named_currency(self) -> str | None:
        """The code that the user names, where it is no column. Raises BadInput where it is neither."""
        given = self.asked.currency
        if given is None or (self.part.has("currency") and is_called(self.part.header("currency"), given)):
            return None
        return code_named(given, self.part.where)

    def _told_currency(self) -> str | None:
        """The currency that is known before the amounts are looked at."""
        return self._named_currency() or self._currency_in_header() or self.part.layout.type.currency

    def _by_header(self, problem: BadInput, *names: str) -> BadInput:
        """An error of a column under its name in the file."""
        headers = {name: self.part.header(name) for name in names if self.part.has(name)}
        text = _named_by_header(problem.remark, headers)
        return BadInput(text)


def code_named(given: str, where: str | Remark) -> str:
    """The currency that a user names. Raises BadInput where it is none, and no column either."""
    code = code_of(given)
    if code not in written_as().values():  # three letters that no currency has are rather a column misspelt
        raise BadInput(
            "{where}: currency {given!r} is neither a column nor the code of a currency, such as CNY.",
            where=where,
            given=given[:20],
        )
    return str(code)


def _named_by_header(remark: Remark, headers: dict[str, str]) -> Remark:
    column = str(remark.values.get("column"))
    return replace(remark, values={**remark.values, "column": headers[column]}) if column in headers else remark
