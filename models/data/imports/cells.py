"""Cells of the sheets beside the orders, as SQL: times in Shanghai, money in fen, states and keys (models/data/cells)."""

from collections.abc import Iterable

from models.data.cells import (
    DateReading,
    MoneyReading,
    amount_sql,
    column,
    is_cut,
    is_hidden,
    key_sql,
    quoted,
    time_sql,
)
from models.data.door.states import mapped

__all__ = ["column", "fen", "is_cut", "is_hidden", "key", "mapped", "quoted", "when"]

_SHANGHAI = DateReading(zone="Asia/Shanghai", epochs=True)


def fen(name: str, there: Iterable[str]) -> str:
    """Money of a column in fen, a whole number (rounded where more decimals are given); NULL where it is none."""
    if name not in there:
        return "CAST(NULL AS BIGINT)"
    return f"CAST(round({amount_sql(name, MoneyReading())} * 100) AS BIGINT)"


def when(name: str, there: Iterable[str]) -> str:
    """Local time in Shanghai: as written, or converted where it has an offset from UTC or counts seconds."""
    return time_sql(name, _SHANGHAI) if name in there else "CAST(NULL AS TIMESTAMP)"


def key(name: str, kind: str) -> str:
    """The key of a customer as compared, NULL where it tells nobody apart: masked, encrypted, shortened, a stand-in."""
    return key_sql(name, kind)
