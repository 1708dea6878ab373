"""What the tests of cells share: a column in a table, and what it is read as."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings

from models.data.cells import (
    amount_sql,
    date_reading,
    key_reading,
    key_sql,
    money_reading,
    time_sql,
)
from models.errors import BadInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAST = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
HAN = re.compile("[\u4e00-\u9fff]")


def fill(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR") -> None:
    db.execute(f'CREATE OR REPLACE TABLE cells ("row" INTEGER, "the ""cell" {kind})')
    if values:
        marks = ", ".join(f"({i + 2}, CAST(? AS {kind}))" for i in range(len(values)))
        db.execute(f"INSERT INTO cells VALUES {marks}", list(values))


CELL = 'the "cell'


def times(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR", **said: Any) -> list[datetime | None]:
    fill(db, values, kind)
    reading = date_reading(db, "cells", CELL, "o.csv", **said)
    return [v for (v,) in db.execute(f"SELECT {time_sql(CELL, reading, kind)} FROM cells ORDER BY row").fetchall()]


def amounts(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR") -> list[Decimal | None]:
    fill(db, values, kind)
    reading = money_reading(db, "cells", CELL, "o.csv")
    return [v for (v,) in db.execute(f"SELECT {amount_sql(CELL, reading, kind)} FROM cells ORDER BY row").fetchall()]


def keys(db: "DuckDBPyConnection", values: Sequence[Any], kind: str, sql: str = "VARCHAR") -> list[str | None]:
    fill(db, values, sql)
    reading = key_reading(db, "cells", CELL, kind)
    return [v for (v,) in db.execute(f"SELECT {key_sql(CELL, reading, sql)} FROM cells ORDER BY row").fetchall()]


def refused(problem: BadInput) -> str:
    """The English sentence of a refusal, whose Chinese is another one."""
    assert HAN.search(problem.say("zh"))
    assert "{" not in problem.say("zh") + str(problem)
    return str(problem)
