"""What a dataframe is here: anything that Narwhals takes."""

from typing import Any, Protocol


class Frame(Protocol):
    """A dataframe of pandas, Polars, PyArrow, DuckDB, PySpark or any other library that Narwhals knows."""

    @property
    def columns(self) -> Any:
        """Names of the columns."""
        ...
