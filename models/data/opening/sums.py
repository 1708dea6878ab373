"""Rows that are sums of others: by the word with which they begin, and where that is not enough by their amounts."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation

# Words that a row of sums begins with. Nobody is called by the first ones.
CHINESE = (
    "合计",
    "总计",
    "小计",
    "总合计",
    "共计",
    "累计",
    "汇总",
    "本页合计",
    "本页小计",
    "合計",
    "總計",
    "小計",
    "總合計",
)
ENGLISH = ("total", "totals", "grand total", "subtotal", "sub total", "sub-total", "sum")
_NAMES = ("total", "totals", "sum")  # of these, what a customer may be called
_HALF_A_CENT = Decimal("0.005")  # a spreadsheet's sums have the errors of binary numbers


def bare(text: str) -> str:
    """A cell as compared with a word: NFKC, without spaces, marks and a colon at its end, in lower case."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\ufeff\u200b-\u200d\u2060-]", "", text).strip("'\"=").rstrip(":").casefold()


SUM_WORDS = (*CHINESE, *ENGLISH)
_SUMS = {**{bare(word): 1 for word in CHINESE}, **{bare(word): 0 for word in ENGLISH}}
MAYBE_SUM = re.compile(rf"[\s'\"=]*[{''.join(sorted({word[0] for word in _SUMS}))}Ｔｔ]", re.IGNORECASE)
LIKE_SUM = (
    "(?i)^(" + "|".join([*CHINESE, *("{} {}".format(*word) for word in CHINESE if len(word) == 2), *ENGLISH]) + "):?$"
)


def is_word(text: str) -> bool:
    """True for a word that a row of sums may begin with."""
    return bare(text) in _SUMS


def is_sum(word: str, others: int) -> bool:
    """True if a row is a sum of others: it begins with a word for one, and `others` cells besides name an order,
    its customer or its time. Subtotals may have their day."""
    return others <= _SUMS.get(bare(word), -1)


def is_name(word: str) -> bool:
    """True if a customer may be called by a word for a sum."""
    return bare(word) in _NAMES


def added_up(
    rows: Sequence[int],
    amounts: Sequence[str | None],
    days: Sequence[str | None],
    words: Mapping[int, str],
    sums: Collection[int],
) -> list[int]:
    """Which of the rows in `words` (row number -> its word for a sum) are sums of others by their amounts.

    rows, amounts, days: of all rows in order, but for those already known as `sums`, by their numbers. A sum is that of the
    rows since the last sum, since the last one with its word, since the first row, or (unless a customer may be called
    by the word) of its day. All rows of one word are sums, or none: where at least half of them are what they say.
    """
    proven: set[int] = set()
    for decimal in (".", ","):
        values = [_value(text, decimal) for text in amounts]
        proven |= _proven(rows, values, [str(day or "").split("T")[0].split(" ")[0] for day in days], words, sums)
    named = Counter(bare(word) for word in words.values())
    right = Counter(bare(words[row]) for row in proven)
    return [row for row, word in words.items() if 2 * right[bare(word)] >= named[bare(word)]]


def _proven(
    rows: Sequence[int],
    values: Sequence[Decimal | None],
    days: Sequence[str],
    words: Mapping[int, str],
    sums: Collection[int],
) -> set[int]:
    """The rows among `words` whose amount is a sum of other rows."""
    by_day: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row, value, day in zip(rows, values, days, strict=True):
        if row not in words:
            by_day[day] += value or 0
    known, next_known = sorted(sums), 0
    whole = last = Decimal(0)
    since: defaultdict[str, Decimal] = defaultdict(Decimal)
    proven = set()
    for row, value, day in zip(rows, values, days, strict=True):
        while next_known < len(known) and known[next_known] < row:
            last, next_known = whole, next_known + 1
        if row not in words:
            whole += value or 0
            continue
        word = bare(words[row])
        candidates = [whole - last, whole - since[word], whole]
        if not is_name(word):
            candidates.append(by_day[day])
        if value and any(total and abs(total - value) < _HALF_A_CENT for total in candidates):
            proven.add(row)
            last = since[word] = whole
        else:
            whole += value or 0
    return proven


def _value(text: str | None, decimal: str) -> Decimal | None:
    """The amount in a text, with this decimal sign; None where there is none."""
    digits = re.sub(rf"[^\d{decimal}-]", "", text or "").replace(",", ".")
    try:
        value = Decimal(digits.strip("-"))
    except InvalidOperation:
        return None
    return -value if "-" in digits or "(" in str(text) else value
