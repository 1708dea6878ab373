"""What the report of an import says of touches, responses, ties and daily figures."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Observed:
    """The window in which a source (a kind of sheet) tells what is in a table; None where it holds no time."""

    table: str
    source: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Kept:
    """Counts of rows in the tables.

    touches: by status; to_groups: those of them that went to a group; responses: by kind; responses_without_time: those of
    them that the export gives no time; ties: by kind; ended: ties that have ended; bracketed: those of them whose end lies
    between two times instead of at one; days: rows of daily figures.
    """

    touches: dict[str, int] = field(default_factory=dict)
    to_groups: int = 0
    responses: dict[str, int] = field(default_factory=dict)
    responses_without_time: int = 0
    ties: dict[str, int] = field(default_factory=dict)
    ended: int = 0
    bracketed: int = 0
    days: int = 0
    observed: list[Observed] = field(default_factory=list)
