"""Covariates as users have them, one row a customer in any dataframe, brought into the order of a summary."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from models.data.frames import Covariates
from models.data.summary import Summary
from models.errors import BadInput

Column: TypeAlias = npt.NDArray[Any]  # float64 of numbers, or str of words
Table: TypeAlias = dict[str, Column]


def for_summary(covariates: Covariates, names: Sequence[str], summary: Summary, key: str) -> Table:
    """The columns `names` with one value for each customer of `summary`, in its order.

    `covariates`: any dataframe, or a mapping of names to arrays. With a column (or pandas index) `key` its rows are found by
    customer, compared as text; without one its rows must be those of the summary. Raises BadInput where customers are
    missing or stand in two rows, where lengths differ, and where a value is missing or is neither number nor word.
    """
    frame = _frame(covariates, key)
    if key not in frame.columns:
        table = _columns(frame, names)
        rows = next(iter(table.values())).size if table else len(summary)
        if rows != len(summary):
            raise BadInput(
                "covariates: {rows:,} rows for {customers:,} customers and no column {key!r}; give one row a "
                "customer, or name the column that tells whose row it is (customer=...).",
                rows=rows,
                customers=len(summary),
                key=key,
            )
        return table
    if summary.customer is None:
        raise BadInput(
            "covariates: column {key!r} names customers and the summary does not; leave it out and give the rows in "
            "the order of the summary.",
            key=key,
        )
    return _columns(frame[_places(_as_text(frame[key]), summary.customer.astype(str)).tolist()], names)


def for_new(covariates: Covariates, names: Sequence[str]) -> Table:
    """The columns `names` of customers nobody has seen: a mapping of values or of arrays, or any dataframe.

    Raises BadInput as `for_summary` does.
    """
    return _columns(_frame(covariates, None), names)


def _frame(covariates: Covariates, key: str | None) -> Any:
    """An eager Narwhals frame."""
    import narwhals as nw
    import pandas as pd

    if isinstance(covariates, Mapping):
        sizes = {name: np.size(value) for name, value in covariates.items()}
        if len(set(sizes.values())) > 1:
            raise BadInput(
                "covariates: columns of different length ({lengths}).",
                lengths=", ".join((f"{k}: {v}" for k, v in sizes.items())),
            )
        covariates = pd.DataFrame({name: np.atleast_1d(np.asarray(value)) for name, value in covariates.items()})
    elif isinstance(covariates, pd.DataFrame) and key is not None and covariates.index.name == key:
        covariates = covariates.reset_index()
    try:
        frame: Any = nw.from_native(cast(Any, covariates))
    except TypeError:
        raise BadInput(
            "covariates: a {kind} is no table; give a dataframe with one row a customer.",
            kind=type(covariates).__name__,
        ) from None
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _as_text(column: Any) -> Column:
    """Customers' names as the summary has them."""
    if column.is_null().any():
        raise BadInput(
            "covariates: column {column!r} is empty in {rows:,} rows.",
            column=column.name,
            rows=int(column.is_null().sum()),
        )
    if column.dtype.is_float():
        values = column.to_numpy()
        if not (values == np.rint(values)).all():
            raise BadInput(
                "covariates: column {column!r} holds customers as decimals; give text or whole numbers.",
                column=column.name,
            )
        return np.asarray(values.astype(np.int64).astype(str))
    return np.asarray([str(value).strip() for value in column.to_list()])


def _places(given: Column, wanted: Column) -> npt.NDArray[np.int64]:
    """The row in `given` of each of `wanted`."""
    order = np.argsort(given, kind="stable")
    ranked = given[order]
    twice = np.flatnonzero(ranked[1:] == ranked[:-1])
    if twice.size:
        raise BadInput(
            "covariates: rows {first:,} and {second:,} are of the same customer; give one row a customer.",
            first=int(order[twice[0]]) + 1,
            second=int(order[twice[0] + 1]) + 1,
        )
    at = np.minimum(np.searchsorted(ranked, wanted), max(ranked.size - 1, 0))
    there = ranked[at] == wanted if ranked.size else np.zeros(wanted.size, dtype=bool)
    if not there.all():
        raise BadInput(
            "covariates: {missing:,} of the {customers:,} customers have no row (the first is number {first:,} of the "
            "summary); give every customer a row or leave her out of the summary.",
            missing=int((~there).sum()),
            customers=wanted.size,
            first=int(np.flatnonzero(~there)[0]) + 1,
        )
    return np.asarray(order[at])


def _columns(frame: Any, names: Sequence[str]) -> Table:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise BadInput(
            "covariates: no column {column!r}; there are {columns}.",
            column=missing[0],
            columns=", ".join(map(str, frame.columns)),
        )
    return {name: _values(frame[name]) for name in names}


def _values(column: Any) -> Column:
    """Numbers as floats, words (and yes/no) as text."""
    empty = int(column.is_null().sum())
    kind = column.dtype
    if not empty and kind.is_numeric():
        values = np.asarray(column.to_numpy(), dtype=np.float64)
        empty = int(np.isnan(values).sum())
        if np.isinf(values).any():
            raise BadInput(
                "covariates: {column!r} is infinite for {customers:,} customers.",
                column=column.name,
                customers=int(np.isinf(values).sum()),
            )
    if empty:
        raise BadInput(
            "covariates: {column!r} is empty for {empty:,} customers; fill it in, or write a word of its own for them.",
            column=column.name,
            empty=empty,
        )
    if kind.is_numeric():
        return values
    if kind.is_temporal() or kind.is_nested():
        raise BadInput(
            "covariates: {column!r} holds {kind}; give numbers or words.",
            column=column.name,
            kind=kind,
        )
    return np.asarray([str(value) for value in column.to_list()])
