"""Currencies: their ISO 4217 codes, names in English and Chinese, and signs (currencies.toml)."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# Of these the comma in amounts separates thousands wherever they are used.
DECIMAL_POINT = frozenset({"CNY", "USD", "GBP", "HKD", "JPY", "TWD", "MOP", "SGD", "KRW", "THB", "AUD", "NZD", "MYR"})


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
