"""What a dataframe is here: anything that Narwhals takes."""

from collections.abc import Mapping
from typing import Any, Protocol

from models.numerics.arrays import ArrayLike, TypeAliasType


class Frame(Protocol):
    """A dataframe of pandas, Polars, PyArrow, DuckDB, PySpark or any other library that Narwhals knows."""

    @property
    def columns(self) -> Any:
        """Names of the columns."""
        ...


Covariates = TypeAliasType("Covariates", Frame | Mapping[str, ArrayLike])  # one row a customer, or arrays by name
