"""What tells customers apart: phone numbers, e-mail addresses and ids as they are compared, and what tells nobody apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from models.data.cells.text import NOTHING, kind_of, let, named, odd_in, quoted, text_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAND_INS = (
    *("匿名", "匿名用户", "匿名买家", "匿名客户", "游客", "访客", "无", "未知", "空", "散客", "非会员"),
    *("微信用户", "有赞用户", "抖音用户", "淘宝用户", "快手用户"),
    *("n/a", "na", "unknown", "anonymous", "guest", "guest user", "guest customer", "undefined", "(none)", "(null)"),
)
CUT = r"\d{1,17}(\.\d{1,17})?[eE]\+?\d{1,3}"  # an id that a spreadsheet has shortened; a hash is longer
ENCRYPTED = r"^(##|\$\$|~.+~$)"
MASK = r"[*•●]|\d[xX]{3,}\d|\d\.{3,}\d"
_MOBILE = r"1\d{10}"
_CALLED = r"(\+?86|0086)?1[3-9]\d{9}(\.0)?"  # a mobile number of China, without spaces and hyphens
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_EXTENDED = r"^(\+?86[- ]?)?1\d{10}\s*([-,;转#]|\[)\s*\d{2,6}\]?$"
_DECIMALS = ("DOUBLE", "FLOAT")
_NO_PHONES = ("13800138000", "12345678901", "12345678910")


@dataclass(frozen=True)
class KeyReading:
    """How the keys of a column are read.

    kind: what they are compared as (a kind with "phone" or "email" in its name; else as ids). alike: what most ids look
    like; those that do are compared as such, and the others as ids. zero_is_nobody: whether 0 stands for guests. cut:
    whether long numbers that end in zeros after 15 digits were cut by a spreadsheet. odd: what to mend in its texts
    (text.odd_in).
    """

    kind: str
    alike: Literal["phone", "email"] | None = None
    zero_is_nobody: bool = True
    cut: bool = False
    odd: str | None = None


def key_reading(connection: "DuckDBPyConnection", table: str, column: str, kind: str) -> KeyReading:
    """How to read the keys of a column of a table (or view).

    Ids most of which look like mobile numbers of China, or like e-mail addresses, are compared as such. Of numbered
    customers 0 is one where there is one of 1 to 9 and 0 does not stand on more rows than any other. Numbers of 16 and
    more digits, three or more, that all end in zeros after the 15th have been cut.
    """
    odd = odd_in(connection, table, column)
    text = _whole_sql(column) if kind_of(connection, table, column) in _DECIMALS else text_sql(column, odd)
    counts = connection.execute(f"""
        SELECT count(*), count(*) FILTER (WHERE {_is_called("text")}),
            count(*) FILTER (WHERE contains(text, '@') AND regexp_full_match(text, {quoted(_EMAIL)})),
            count(*) FILTER (WHERE length(text) >= 16 AND regexp_full_match(text, '\\d{{16,}}')),
            count(*) FILTER (WHERE length(text) >= 16 AND regexp_full_match(text, '\\d{{15}}0+')),
            count(*) FILTER (WHERE text = '0'),
            count(*) FILTER (WHERE length(text) <= 3 AND regexp_full_match(text, '[1-9](\\.0)?'))
        FROM (SELECT {text} AS text FROM {table}) WHERE text <> '' AND NOT {is_hidden("text")}
    """).fetchone()
    assert counts is not None  # an aggregate has a row
    rows, phones, emails, long, zeros, nobody, small = (int(n) for n in counts)
    alike: Literal["phone", "email"] | None = None
    if "phone" not in kind and "email" not in kind:
        alike = "phone" if 2 * phones > rows else "email" if 2 * emails > rows else None
    most = 0
    if nobody and small:
        busiest = connection.execute(f"""
            SELECT count(*) FROM (SELECT {text} AS text FROM {table}) WHERE text NOT IN ('', '0') GROUP BY text
            ORDER BY 1 DESC LIMIT 1
        """).fetchone()
        most = int(busiest[0]) if busiest is not None else 0
    return KeyReading(kind, alike, not (small and nobody <= most), long > 2 and long == zeros, odd)


def key_sql(column: str, kind: "str | KeyReading", column_kind: str = "VARCHAR") -> str:
    """SQL of the key of a customer as compared; NULL where it tells nobody apart: empty, masked, encrypted, shortened, a
    stand-in.

    Phone numbers are digits without +86 or 0086 (7 to 15, not all the same); e-mail addresses are in small letters; ids are
    texts with single spaces; whole numbers held as decimals lose their ".0". `column_kind` is the column's SQL type.
    """
    reading = kind if isinstance(kind, KeyReading) else KeyReading(kind)
    if reading.odd == "":
        return _judged(named(column), reading)
    text = _whole_sql(column) if column_kind in _DECIMALS else text_sql(column, reading.odd)
    return let("written__", text, _judged("written__", reading))


def _judged(text: str, reading: KeyReading) -> str:
    """SQL of the key in a text (SQL that is cheap to repeat)."""
    zero = "" if reading.zero_is_nobody else f" OR {text} IN ('0', '0.0')"
    somebody = f"(NOT {is_stand_in(text)}{zero})"
    if "phone" in reading.kind:
        key = _phone(text)
    elif "email" in reading.kind:
        key = f"CASE WHEN {somebody} THEN {_email(text)} END"
    else:
        key = f"CASE WHEN {somebody} THEN {_id(text)} END"
    if reading.alike == "phone":
        key = f"CASE WHEN {_is_called(text)} THEN {_phone(text)} ELSE {key} END"
    elif reading.alike == "email":
        key = f"CASE WHEN contains({text}, '@') THEN {_email(text)} ELSE {key} END"
    cut = f" AND NOT regexp_full_match({text}, '\\d{{15}}0+')" if reading.cut else ""
    return f"CASE WHEN NOT {is_hidden(text)} AND NOT {is_cut(text)}{cut} THEN {key} END"


def _id(text: str) -> str:
    """SQL of an id with single spaces; a whole number loses its ".0"."""
    spaced = f"CASE WHEN contains({text}, ' ') THEN regexp_replace({text}, '\\s+', ' ', 'g') ELSE {text} END"
    return f"CASE WHEN regexp_full_match({text}, '\\d+\\.0') THEN regexp_extract({text}, '^\\d+') ELSE {spaced} END"


def _email(text: str) -> str:
    return f"lower(regexp_replace({text}, '^mailto:|\\s', '', 'gi'))"


def _is_called(text: str) -> str:
    """SQL of whether a text is a mobile number of China as people write it."""
    return f"regexp_full_match(replace(replace({text}, ' ', ''), '-', ''), {quoted(_CALLED)})"


def _phone(text: str) -> str:
    """SQL of a phone number's digits; NULL where they are none."""
    digits = f"regexp_replace(regexp_replace({text}, '\\.0$', ''), '[^0-9]', '', 'g')"
    bare = f"CASE WHEN regexp_full_match({text}, '{_MOBILE}') THEN {text} ELSE {digits} END"
    abroad = "regexp_replace(digits__, '^(0086|86)(1\\d{10})$', '\\2')"
    national = f"CASE WHEN length(digits__) > 11 THEN {abroad} ELSE digits__ END"
    dummies = ", ".join(map(quoted, _NO_PHONES))
    usable = (
        "length(number__) BETWEEN 7 AND 15 "
        f"AND replace(number__, substr(number__, 1, 1), '') <> '' AND number__ NOT IN ({dummies})"
    )
    return let("digits__", bare, let("number__", national, f"CASE WHEN {usable} THEN number__ END"))


def _whole_sql(column: str) -> str:
    """SQL of an id that a frame holds as a decimal (a gap made it so), as a whole number; NULL where it is none."""
    name = named(column)
    return f"CASE WHEN {name} = floor({name}) AND abs({name}) < 9e15 THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) END"


def is_cut(text: str) -> str:
    """SQL of whether an id (SQL) has been shortened by a spreadsheet: 1.23E+18."""
    return f"coalesce(regexp_full_match({text}, '{CUT}'), FALSE)"


def is_hidden(text: str) -> str:
    """SQL of whether a key (SQL) is masked (138****0000), encrypted (##..., $$...) or a number lent for one order, which its
    extension tells (a mobile number with 转1234 or -1234)."""
    return f"""coalesce(regexp_matches({text}, {quoted(f"{MASK}|{ENCRYPTED}")})
        OR (length({text}) > 12 AND regexp_matches({text}, {quoted(_EXTENDED)})), FALSE)"""


def is_stand_in(text: str) -> str:
    """SQL of whether a key (SQL) stands for anybody: 匿名, guest, n/a, 0, nothing."""
    words = ", ".join(map(quoted, (*NOTHING, *STAND_INS, "0", "0.0")))
    return f"coalesce(lower({text}) IN ({words}), TRUE)"
