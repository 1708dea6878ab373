"""Currencies: their ISO 4217 codes, names in English and Chinese, and signs (currencies.toml)."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# Where these are used the comma in amounts separates thousands.
_POINT = (
    "CNY CNH HKD MOP TWD USD GBP JPY KRW KPW SGD MYR THB PHP AUD NZD MXN ILS INR PKR LKR NPR MUR SCR EGP FKP GIP LBP SDG "
    "SHP SSP SYP"
)
DECIMAL_POINT = frozenset(_POINT.split())
# Signs that other currencies have, too, besides the one that they stand for alone.
_DOLLARS = (
    "AUD CAD NZD HKD SGD TWD MXN ARS CLP COP UYU DOP BBD BSD BZD BMD BND FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD CUP"
)
_SHARED = {
    ("$", "dollar", "dollars"): _DOLLARS,
    ("¥",): "JPY CNH",
    ("元", "圆", "yuan", "rmb"): "CNH HKD TWD MOP",
    ("£", "pound", "pounds"): "EGP FKP GIP LBP SDG SHP SSP SYP",
    ("rs",): "PKR LKR NPR MUR SCR",
    ("₩",): "KPW",
}


@cache
def may_be(sign: str) -> frozenset[str]:
    """The codes of the currencies that a sign (in small letters) may stand for."""
    others = next((codes.split() for signs, codes in _SHARED.items() if sign in signs), [])
    return frozenset({written_as()[sign], *others})


def settles(possible: frozenset[str], mark: str) -> bool:
    """Whether amounts in one of these currencies read 1,234 (or, by `mark`, 1.234) in one way alone.

    Dollars and pesos that have a decimal comma have no thousandths, so that their comma, too, tells: $1,234 is 1234. Their
    point does not: $1.234 is 1234 in Chile.
    """
    return possible <= (DECIMAL_POINT | may_be("$") if mark == "," else DECIMAL_POINT)


@cache
def written_as() -> Mapping[str, str]:
    """What a currency may be written as, in small letters, and its code."""
    import tomllib

    listed = tomllib.loads((Path(__file__).parent / "currencies.toml").read_text(encoding="utf-8"))
    return {word: code for code, words in listed.items() for word in (code.lower(), *words)}


def code_of(text: str) -> str | None:
    """The code of a currency named in any of these ways; three Latin letters are a code in any case; None: not known."""
    word = " ".join(text.lower().split())
    return written_as().get(word) or (word.upper() if re.fullmatch("[a-z]{3}", word) else None)
