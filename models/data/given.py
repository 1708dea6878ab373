"""What a fit was called with: a Summary, or columns as in lifetimes; and what to do where it was something else."""

from typing import TypeGuard

from models.data.summary import Summary, numbers_of
from models.errors import BadInput
from models.numerics.arrays import ArrayLike


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
    elif recency is not None and T is not None and summary is None and _is_column(frequency):
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
    elif summary is None and _is_column(frequency):
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


def _is_column(given: object) -> TypeGuard[ArrayLike]:
    """Whether it is a list, an array or a column of a frame."""
    return isinstance(given, list | tuple) or (hasattr(given, "__array__") and not hasattr(given, "columns"))
