"""SQL expressions that turn text columns of an export into money, times and keys (see sheets._clean)."""

from collections.abc import Iterable

from models.data.imports.states import mapped as mapped
from models.data.orders.clean import time_sql

_NUMBER = r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[-+]?\.\d+"
_OFFSET = r"\s*(Z|[+-]\d\d(:?\d\d)?)$"
_CUT = r"\d+(\.\d+)?[eE]\+?\d+"  # an id that a spreadsheet has shortened
_NOBODY = (
    *("匿名", "匿名用户", "匿名买家", "游客", "无", "未知", "空", "微信用户", "有赞用户", "抖音用户", "散客"),
    *("n/a", "na", "unknown", "anonymous", "0", "undefined"),
)
_EMPTY = "CAST(NULL AS VARCHAR)"


def quoted(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def column(name: str, there: Iterable[str]) -> str:
    """The column, or nothing where the sheet does not have it."""
    return f'"{name}"' if name in there else _EMPTY


def fen(text: str) -> str:
    """Money in fen, a whole number (rounded where more decimals are given); NULL where the text is none."""
    bare = f"regexp_replace({text}, '^(CNY|RMB|[¥￥])\\s*|\\s*(元|CNY|RMB)$', '', 'g')"
    decimal = f"TRY_CAST(replace({bare}, ',', '') AS DECIMAL(15, 2))"
    whole = f"CAST(replace(CAST({decimal} AS VARCHAR), '.', '') AS BIGINT)"
    return f"CASE WHEN regexp_full_match({bare}, '{_NUMBER}') THEN {whole} END"


def when(name: str, there: Iterable[str]) -> str:
    """Local time in Shanghai: as written, or converted where it has an offset from UTC or counts seconds."""
    if name not in there:
        return "CAST(NULL AS TIMESTAMP)"
    text = f'"{name}"'
    seconds = f"make_timestamp(CAST(substr({text}, 1, 10) AS BIGINT) * 1000000) + INTERVAL 8 HOUR"
    wall = time_sql(name, "VARCHAR")
    # Few times have an offset: a cheap look at what follows the date comes before the pattern.
    after = f"substr({text}, 11)"
    may = f"(contains({after}, '+') OR contains({after}, '-') OR contains({after}, 'Z'))"
    offset = f"CASE WHEN {may} THEN regexp_matches({text}, '\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?{_OFFSET}') ELSE FALSE END"
    epoch = f"regexp_full_match({text}, '1\\d{{9}}(\\d{{3}})?')"
    # Not as the CASE's ELSE, where DuckDB would not see that the wall's parts are the same: five times as slow.
    return f"coalesce(CASE WHEN {epoch} THEN {seconds} WHEN {offset} THEN {_moved(text)} END, {wall})"


def _moved(text: str) -> str:
    """A time with an offset from UTC, converted to Shanghai's; a plain cast would drop the offset."""
    time = f"TRY_CAST(replace(regexp_replace({text}, '{_OFFSET}', ''), '/', '-') AS TIMESTAMP)"
    part = f"regexp_extract({text}, '([+-])(\\d\\d):?(\\d\\d)?$', {{}})"
    hours, minutes = (f"coalesce(TRY_CAST({part.format(i)} AS INTEGER), 0)" for i in (2, 3))
    offset = f"CASE WHEN {part.format(1)} = '-' THEN -1 ELSE 1 END * (60 * {hours} + {minutes})"
    return f"CASE WHEN year({time}) BETWEEN 1970 AND 9998 THEN {time} + to_minutes(480 - ({offset})) END"


def is_cut(text: str) -> str:
    """Whether an id has been shortened by a spreadsheet."""
    return f"coalesce(regexp_full_match({text}, '{_CUT}'), FALSE)"


def is_hidden(text: str) -> str:
    """Whether a key is masked (138****0000) or encrypted (##..., $$...)."""
    return f"coalesce(contains({text}, '*') OR regexp_matches({text}, '^(##|\\$\\$|~.+~$)'), FALSE)"


def key(name: str, kind: str) -> str:
    """The key of a customer as compared, NULL where it tells nobody apart: masked, encrypted, shortened, a stand-in."""
    text = f'"{name}"'
    if "phone" in kind:
        digits = f"regexp_replace(regexp_replace({text}, '\\.0$', ''), '[^0-9]', '', 'g')"
        national = f"regexp_replace({digits}, '^(0086|86)(1\\d{{10}})$', '\\2')"
        number = f"CASE WHEN regexp_full_match({text}, '1\\d{{10}}') THEN {text} ELSE {national} END"
        usable = f"length({number}) BETWEEN 7 AND 15 AND replace({number}, substr({number}, 1, 1), '') <> ''"
    else:
        number = f"regexp_replace({text}, '\\s+', ' ', 'g')"
        usable = f"lower({text}) NOT IN ({', '.join(map(quoted, _NOBODY))})"
    return f"CASE WHEN NOT {is_hidden(text)} AND NOT {is_cut(text)} AND {usable} THEN {number} END"
