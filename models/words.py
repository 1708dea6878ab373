"""The words of tables, plots and reports in English and Chinese: the English text is the key.

`sim` adds its own words to `CHINESE` (see sim/words.py); a test holds that every text passed to `say` has an entry.
"""

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]

CHINESE: dict[str, str] = {
    "customers": "客户数",
    "orders": "订单数",
}


def say(text: str, lang: Language = "en", **values: object) -> str:
    """`text` in the language asked for, with `{name}` replaced by `values`; English where no translation is known."""
    chosen = CHINESE.get(text, text) if lang == "zh" else text
    return chosen.format(**values) if values else chosen
