"""Numbers as people read them: a real minus sign, and digits enough for numbers that one sentence compares."""

import re
from collections.abc import Callable

_FINEST = 12  # decimals more: what is nearer than that reads alike


def minus(text: str) -> str:
    """A number with a real minus sign, as wide as its plus; what is rounded to 0 has none.

    For tables, sentences and pages; what programs read (JSON, CSV, YAML) keeps the hyphen.
    """
    zero = not any(digit in text for digit in "123456789")
    return text.replace("-", "" if zero else "\N{MINUS SIGN}")


def with_sign(text: str) -> str:
    """A difference: `minus`, and a plus before what is above 0 as it is written."""
    told = minus(text)
    return f"+{told}" if any(digit in told for digit in "123456789") and told[0] != "\N{MINUS SIGN}" else told


def whole(value: float, finer: int = 0) -> str:
    """A number without decimals, thousands apart; with `finer`, that many decimals at most."""
    return minus(f"{float(f'{value:.{finer}f}'):,.15g}")


def significant(value: float, digits: int = 2, finer: int = 0) -> str:
    """A number of so many significant digits, thousands apart, and of `finer` more."""
    return minus(f"{float(f'{value:.{digits + finer}g}'):,.15g}")


def told_apart(*numbers: tuple[float, Callable[[int], str]]) -> list[str]:
    """The texts of numbers that one sentence compares: which is larger is seen in what is written, too.

    numbers: each its value, and what writes it with so many decimals more than usual (0, 1, ...). All get as many as it
    takes; where rounding cannot tell them apart they are written as usual.
    """
    values = [value for value, _ in numbers]
    for finer in range(_FINEST + 1):
        texts = [written(finer) for _, written in numbers]
        if _order(list(map(value_of, texts))) == _order(values):
            return texts
    return [written(0) for _, written in numbers]


def value_of(text: str) -> float:
    """The number that a text of these functions shows; a share in per cent as the share."""
    plain = re.sub(r"[^\d.e+\-]", "", text.replace("\N{MINUS SIGN}", "-"))
    return float(plain) / 100 if text.rstrip().endswith("%") else float(plain)


def _order(values: list[float]) -> list[int]:
    """The rank of each, equal ones alike."""
    ranked = sorted(set(values))
    return [ranked.index(value) for value in values]
