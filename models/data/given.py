"""What a fit was called with: a Summary, or columns as in lifetimes; and what to do where it was something else."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

import numpy as np

from models.data.summary import Summary, numbers_of
from models.errors import BadInput
from models.numerics.arrays import ArrayLike, Floats, numbers_or_none


def check_summary(who: str, given: object) -> Summary:
    """`given`, if it is a Summary. Raises BadInput, in the name of `who` was asked, for an order log or a dataframe."""
    if isinstance(given, Summary):
        return given
    kind = type(given).__name__
    if hasattr(given, "columns"):
        raise BadInput(
            "{who}: this takes a Summary of customers, not {kind}; pass summarise(orders, end), or "
            "Summary.from_frame(frame) if it has the columns frequency, recency and T.",
            who=who,
            kind=kind,
        )
    raise BadInput(
        "{who}: this takes a Summary of customers, not {kind}; pass summarise(orders, end).", who=who, kind=kind
    )


def histories_of(
    who: str,
    frequency: Summary | ArrayLike | None,
    recency: ArrayLike | None,
    T: ArrayLike | None,
    summary: Summary | None,
) -> Summary:
    """The customers that a `fit` was called with: a Summary, by place or by name, or three columns as in lifetimes.

    Raises BadInput where it is neither, or both.
    """
    if recency is None and T is None:
        alone = _alone(frequency, summary)
        if alone is not None:
            return check_summary(who, alone)
    elif recency is not None and T is not None and summary is None and _stands_first(frequency):
        _check_columns(who, {"frequency": frequency, "recency": recency, "T": T})
        return Summary(numbers_of("frequency", frequency), numbers_of("recency", recency), numbers_of("T", T))
    raise BadInput(
        "{who}: give either frequency, recency and T of each customer, or pass summarise(orders, end) alone.",
        who=who,
    )


def spends_of(
    who: str, frequency: Summary | ArrayLike | None, monetary_value: ArrayLike | None, summary: Summary | None
) -> Summary:
    """The same for a model of spend: a Summary, by place or by name, or repeat purchases and their mean value."""
    if monetary_value is None:
        alone = _alone(frequency, summary)
        if alone is not None:
            return check_summary(who, alone)
    elif summary is None and _stands_first(frequency):
        _check_columns(who, {"frequency": frequency, "monetary_value": monetary_value})
        return Summary.of_spend(frequency, monetary_value)
    raise BadInput(
        "{who}: give either frequency and monetary_value of each customer, or summarise(orders, end) alone.",
        who=who,
    )


def _alone(first: object, summary: object) -> object:
    """What was given instead of columns, by place or by name; None where it is a column, both or nothing."""
    if first is None or summary is None:
        given = summary if first is None else first
        return None if _is_column(given) else given
    return None


def _stands_first(given: Summary | ArrayLike | None) -> TypeGuard[ArrayLike]:
    """Whether something was given that is meant as the first of several columns."""
    return given is not None and not isinstance(given, Summary)


def _is_column(given: object) -> TypeGuard[ArrayLike]:
    """Whether it is a list, an array or a column of a frame, not a single number and not a frame."""
    if isinstance(given, Sequence):
        return not isinstance(given, str | bytes)
    return hasattr(given, "__array__") and not hasattr(given, "columns") and getattr(given, "ndim", 1) > 0


def _check_columns(who: str, given: Mapping[str, object]) -> None:
    """Raise BadInput for the first that is no column."""
    for name, value in given.items():
        if not _is_column(value):
            raise BadInput(
                "{who}: {name} is of type {kind}; it must be a column (a list, an array or a series) with one value a "
                "customer.",
                who=who,
                name=name,
                kind=type(value).__name__,
            )


def horizon_of(who: str, t: ArrayLike) -> Floats:
    """The horizon that a model was asked for, any shape. Raises BadInput where it is no number of at least 0."""
    numbers = numbers_or_none(t)
    if numbers is None or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise BadInput("{name}: the horizon t must be a number of at least 0.", name=who)
    return numbers


def one_horizon_of(who: str, t: ArrayLike) -> float:
    """The same where only one makes sense. Raises BadInput where there are several, too."""
    numbers = horizon_of(who, t)
    if numbers.size != 1:
        raise BadInput("{name}: the horizon t of a distribution is one number.", name=who)
    return float(numbers.reshape(-1)[0])


def check_number(who: str, name: str, value: object) -> None:
    """Raise BadInput where an option is no single number, as "90d" is none."""
    numbers = None if value is None else numbers_or_none(value)
    if numbers is None or numbers.size != 1:
        raise BadInput("{who}: {name} is {value!r}; it must be a number.", who=who, name=name, value=value)
