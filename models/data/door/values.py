"""From the columns of a part to times, money and keys, as SQL (models/data/cells says how each is read)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.data.door.options import Asked
from models.data.door.parts import Part, name_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NO_TEXT = "CAST(NULL AS VARCHAR)"


@dataclass
class Values:
    """The values of one part, in a connection where its view `part_NUMBER` is."""

    connection: "DuckDBPyConnection"
    number: int
    part: Part
    asked: Asked
    _readings: dict[str, object] = field(default_factory=dict)

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
        """Local time as a timestamp without a zone."""
        from models.data.imports import cells
        from models.data.orders.clean import time_sql

        if not self.part.has(name):
            return "CAST(NULL AS TIMESTAMP)"
        if self.part.plain:
            return time_sql(name, self.kind(name))
        return cells.when(name, self.part.layout.columns)

    def money(self, name: str) -> str:
        """Money in the export's own unit: a decimal number, or what a frame holds."""
        from models.data.orders.clean import _amount_sql

        if not self.part.has(name):
            return "CAST(NULL AS DECIMAL(18, 4))"
        value = _amount_sql(name, self.kind(name))
        if self.kind(name) in ("DOUBLE", "FLOAT"):
            return value
        places = 4 if self.part.plain else 2
        return f"TRY_CAST({value} AS DECIMAL(18, {places}))"

    def key(self, kind: str) -> str:
        """What tells customers apart, as compared; NULL where it tells nobody apart."""
        from models.data.imports import cells
        from models.data.orders.clean import _customer_sql

        name = f"key_{kind}"
        if not self.part.has(name):
            return NO_TEXT
        if self.kind(name) != "VARCHAR":
            return _customer_sql(name, self.kind(name))
        return cells.key(name, kind)

    def hidden(self, kind: str) -> str:
        """Whether a key is masked or encrypted."""
        from models.data.imports import cells

        name = f"key_{kind}"
        return cells.is_hidden(f'"{name}"') if self.part.has(name) and self.kind(name) == "VARCHAR" else "FALSE"

    def is_cut(self, text: str) -> str:
        """Whether an id has been shortened by a spreadsheet."""
        from models.data.imports import cells

        return cells.is_cut(text)
