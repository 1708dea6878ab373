"""Days and times of day: what a whole column says about how they are written, and the SQL that reads a cell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.data.cells.forms import (
    AFTER_NOON,
    BEFORE_NOON,
    CLEANINGS,
    EPOCH,
    ISO,
    SERIAL,
    Form,
    Order,
    form_of,
)
from models.data.cells.order import check_exchanged, figures_of, order_named, order_of
from models.data.cells.text import MOST_SHAPES, kind_of, let, named, odd_in, quoted, shape_sql, text_sql
from models.errors import BadInput
from models.words import Listed, Remark

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AS_WRITTEN = "as written"  # the zone of a platform whose stamps stay on the wall although their offsets differ

_SERIALS = (25569, 73050)  # Excel's days of 1970-01-01 and 2099-12-31
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}"  # most stamps are so, and quickly read
_EAST = r"([+-])(\d{1,2}):?(\d\d)?$"
_DIRECTIVE = re.compile(r"%-?[A-Za-z%]")
_WITH_OFFSET = re.compile(r"\s*%z$")
_PLAIN_FORMATS = (
    *("%Y.%m.%d", "%Y.%m.%d %H:%M", "%Y.%m.%d %H:%M:%S"),
    *("%Y年%m月%d日", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日%H:%M:%S"),
)
_PLAIN_CLEANINGS = ("offset", "compact day", "compact minutes", "compact seconds")


@dataclass(frozen=True)
class DateReading:
    """How the days and times of a column are read; as it stands, what every column allows: ISO, compact and 年月日.

    order: of day, month and year where the year stands last or has two digits. pattern: of strptime, in place of all else.
    zone: where stamps with an offset from UTC, and counts of seconds, are moved to; None keeps them as they stand (seconds:
    in UTC). walls: the zone of wall clocks, where they are moved to `zone`, too; None keeps them. formats, cleanings
    (forms.CLEANINGS), epochs and serials: what is there to read. odd: what to mend in its texts (text.odd_in). remarks: what
    the user should hear.
    """

    order: Order | None = None
    pattern: str | None = None
    zone: str | None = None
    walls: str | None = None
    formats: tuple[str, ...] = _PLAIN_FORMATS
    cleanings: tuple[str, ...] = _PLAIN_CLEANINGS
    epochs: bool = False
    serials: bool = False
    odd: str | None = None
    remarks: tuple[Remark, ...] = ()


def date_reading(
    connection: "DuckDBPyConnection",
    table: str,
    column: str,
    where: str | Remark,
    *,
    date_format: str | None = None,
    timezone: str | None = None,
    platform_zone: str | None = None,
) -> DateReading:
    """How to read the column of a table (or view): by `date_format` (dmy, mdy, ymd or a pattern of strptime), else by what
    all its rows say; stamps with an offset are moved to `timezone`, else to `platform_zone`, else kept as they stand.

    `platform_zone` is that of a platform's wall clocks, which are moved only where `timezone` is another one; AS_WRITTEN
    keeps stamps on the wall although their offsets differ (a shop with summer time).
    The order that fits most rows is the column's; rows that contradict it are unreadable. Two-digit years are 1970 to 2068.
    Raises BadInput where the format or zone is none, where every row allows two orders of day and month, where a spreadsheet
    has probably exchanged the two, and where offsets differ and no zone is given.
    """
    of_walls = None if platform_zone == AS_WRITTEN else platform_zone
    zone = _known_zone(connection, timezone or of_walls, where)
    walls = of_walls if timezone is not None and of_walls != zone else None
    kind = kind_of(connection, table, column)
    if kind.startswith(("TIMESTAMP", "DATE")):
        return DateReading(zone=zone, walls=walls)
    given = None if date_format is None else order_named(date_format)
    if date_format is not None and given is None:
        if zone is None and platform_zone != AS_WRITTEN and date_format.endswith("%z"):
            _check_offsets(connection, table, text_sql(column), column, where)
        return _by_pattern(connection, table, column, where, DateReading(None, date_format, zone, walls, (), ()))
    odd = odd_in(connection, table, column)
    text = text_sql(column, odd)
    forms = _forms(connection, table, text)
    cleanings = tuple(name for name in CLEANINGS if any(name in form.cleanings for form in forms))
    order = given
    if given is None and any(form.open for form in forms):
        before = tuple(name for name in cleanings if name == "weekday")
        plain = _cleaned(text, before)
        order = order_of(figures_of(connection, table, plain), column, where)
        check_exchanged(connection, table, plain, order, column, where)
    known = dict.fromkeys(f for form in forms if (f := form.ordered(order)) is not None)
    # %Y would take 24 for the year 24; %y does not take 2024.
    formats = tuple(sorted(known, key=lambda format: "%Y" in format))
    epochs = any(form.kind == "epoch" for form in forms)
    said: tuple[Remark, ...] = ()
    if zone is None and platform_zone != AS_WRITTEN and (epochs or "offset" in cleanings):
        _check_offsets(connection, table, text, column, where, epochs)
    if zone is None and epochs:
        said = (Remark(_SECONDS, {"where": where, "column": column}),)
    serials = any(form.kind == "serial" for form in forms) and _mostly_serials(connection, table, text)
    return DateReading(order, None, zone, walls, formats, cleanings, epochs, serials, odd, said)


_SECONDS = (
    "{where}: column {column!r} counts seconds since 1970, which are read as times in UTC; name the shop's time zone with "
    "timezone (--timezone), such as Asia/Shanghai, to have its days."
)


def time_sql(column: str, reading: DateReading, kind: str = "VARCHAR") -> str:
    """SQL of the TIMESTAMP in a column of this SQL type; NULL where it is unreadable or not from 1970 to 9998."""
    if kind == "TIMESTAMP WITH TIME ZONE" and reading.zone is not None:
        return _sane(f"timezone({quoted(reading.zone)}, {named(column)})")
    if kind.startswith(("TIMESTAMP", "DATE")):
        return _walled(f"TRY_CAST({named(column)} AS TIMESTAMP)", reading)
    if reading.odd == "":
        return _sane(_read_sql(named(column), reading))
    return let("written__", text_sql(column, reading.odd), _sane(_read_sql("written__", reading)))


def _read_sql(text: str, reading: DateReading) -> str:
    """SQL of the time in a text (SQL that is cheap to repeat)."""
    if reading.pattern is not None:
        return _pattern_sql(text, reading)
    ways = [f"CASE WHEN regexp_full_match({text}, {quoted(ISO)}) THEN {_walled(_cast(text), reading)} END"]
    if "offset" in reading.cleanings:
        ways.append(_stamp_sql(text, reading.zone))
    if reading.epochs:
        ways.append(_epoch_sql(text, reading.zone))
    if reading.serials:
        ways.append(_walled(_serial_sql(text), reading))
    if reading.formats or reading.cleanings:
        ways.append(_written_sql(text, reading))
    return ways[0] if len(ways) == 1 else f"coalesce({', '.join(ways)})"


def _sane(time: str) -> str:
    return let("moment__", time, "CASE WHEN year(moment__) BETWEEN 1970 AND 9998 THEN moment__ END")


def _cast(text: str) -> str:
    return f"TRY_CAST(replace({text}, '/', '-') AS TIMESTAMP)"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, {quoted('(?i)' + pattern)})"


def _cleaned(text: str, cleanings: Sequence[str]) -> str:
    """SQL of a text without what stands beside its figures."""
    for name in cleanings:
        pattern, instead = CLEANINGS[name]
        text = f"regexp_replace({text}, {quoted('(?i)' + pattern)}, {quoted(instead)}, 'g')"
    spaced = {"meridiem", "weekday"} & set(cleanings)
    return f"trim(regexp_replace({text}, '\\s+', ' ', 'g'))" if spaced else text


def _written_sql(text: str, reading: DateReading) -> str:
    """SQL of the time in a text that is not plainly ISO."""
    ways = []
    if reading.cleanings:
        ways.append(f"CASE WHEN regexp_full_match(bare__, {quoted(ISO)}) THEN {_cast('bare__')} END")
    if reading.formats:
        ways.append(_strptime("bare__", reading))
    time = let("bare__", _cleaned(text, reading.cleanings), f"coalesce({', '.join(ways)})")
    if "meridiem" in reading.cleanings:
        time = let("half__", time, _half_of_day(text, "half__"))
    if "offset" in reading.cleanings and reading.zone is not None:
        return let("wall__", time, _moved(text, "wall__", reading))
    return _walled(time, reading)


def _strptime(text: str, reading: DateReading) -> str:
    """SQL of the time by the column's formats; strptime would take a year of one digit for one of two."""
    time = f"try_strptime({text}, [{', '.join(map(quoted, reading.formats))}])"
    if reading.order is None or not any("%y" in format for format in reading.formats):
        return time
    short = r"^\d\D" if reading.order == "ymd" else r"^\d{1,2}\D+\d{1,2}\D+\d(?:\D|$)"
    return f"CASE WHEN NOT regexp_matches({text}, {quoted(short)}) THEN {time} END"


def _half_of_day(text: str, time: str) -> str:
    """12 hours later for the afternoon; 12 o'clock before noon is midnight, and 13 o'clock before noon is no time."""
    return f"""CASE WHEN {_matches(text, AFTER_NOON)}
        THEN CASE WHEN hour({time}) < 12 THEN {time} + INTERVAL 12 HOUR ELSE {time} END
        WHEN {_matches(text, BEFORE_NOON)}
        THEN CASE WHEN hour({time}) = 12 THEN {time} - INTERVAL 12 HOUR WHEN hour({time}) < 12 THEN {time} END
        ELSE {time} END"""


def _moved(text: str, time: str, reading: DateReading) -> str:
    """A time with an offset from UTC on the wall of the reading's zone; a wall clock where there is no offset."""
    there = _in_zone(f"{time} - to_minutes({_offset(text)})", str(reading.zone))
    return f"CASE WHEN {_matches(text, CLEANINGS['offset'][0])} THEN {there} ELSE {_walled(time, reading)} END"


def _walled(time: str, reading: DateReading) -> str:
    """A wall clock, moved where the reading says from which zone."""
    return time if reading.walls is None or reading.zone is None else _in_zone(time, reading.zone, reading.walls)


def _in_zone(time: str, zone: str, walls: str = "UTC") -> str:
    """A time on the wall of one zone on that of another, by the rules of the time zone database."""
    return f"timezone({quoted(zone)}, timezone({quoted(walls)}, {time}))"


def _offset(text: str) -> str:
    """SQL of minutes east of UTC at the end of a text; 0 where there are none (Z)."""
    parts = f"regexp_extract({text}, '{_EAST}', ['sign', 'hours', 'minutes'])"
    hours, minutes = (f"coalesce(TRY_CAST(east__.{part} AS INTEGER), 0)" for part in ("hours", "minutes"))
    return let("east__", parts, f"CASE WHEN east__.sign = '-' THEN -1 ELSE 1 END * (60 * {hours} + {minutes})")


def _stamp_sql(text: str, zone: str | None) -> str:
    """SQL of the time in a text of the form of _STAMP."""
    time = _cast(f"left({text}, 19)")
    if zone is not None:
        hours, minutes = (f"TRY_CAST(substr({text}, {place}, 2) AS INTEGER)" for place in (22, 24))
        east = f"CASE WHEN substr({text}, 21, 1) = '-' THEN -1 ELSE 1 END * (60 * {hours} + {minutes})"
        time = _in_zone(f"{time} - to_minutes({east})", zone)
    return f"CASE WHEN regexp_full_match({text}, {quoted(_STAMP)}) THEN {time} END"


def _epoch_sql(text: str, zone: str | None) -> str:
    digits = f"regexp_extract({text}, '^\\d+')"
    microseconds = f"CAST(rpad({digits}, 16, '0') AS BIGINT)"
    utc = f"make_timestamp({microseconds})"
    there = utc if zone is None else _in_zone(utc, zone)
    return f"CASE WHEN regexp_full_match({text}, {quoted(EPOCH)}) THEN {there} END"


def _serial_sql(text: str) -> str:
    """Days as Excel counts them, to the second."""
    days = f"TRY_CAST({text} AS DOUBLE)"
    time = f"make_timestamp(CAST(round(({days} - {_SERIALS[0]}) * 86400) AS BIGINT) * 1000000)"
    return f"CASE WHEN {_is_serial(text)} THEN {time} END"


def _is_serial(text: str) -> str:
    return (
        f"(CASE WHEN regexp_full_match({text}, {quoted(SERIAL)}) "
        f"THEN TRY_CAST({text} AS DOUBLE) BETWEEN {_SERIALS[0]} AND {_SERIALS[1]} ELSE FALSE END)"
    )


def _mostly_serials(connection: "DuckDBPyConnection", table: str, text: str) -> bool:
    row = connection.execute(f"""
        SELECT count(*) FILTER (WHERE {_is_serial("text")}), count(nullif(text, ''))
        FROM (SELECT {text} AS text FROM {table})
    """).fetchone()
    return row is not None and 2 * int(row[0]) > int(row[1])


def _forms(connection: "DuckDBPyConnection", table: str, text: str) -> list[Form]:
    """The forms of the texts (SQL) that are not plainly ISO, those of most rows first."""
    shapes = connection.execute(f"""
        SELECT CASE WHEN regexp_full_match(text, {quoted(ISO)}) OR length(text) NOT BETWEEN 5 AND 60 THEN NULL
            WHEN regexp_full_match(text, {quoted(_STAMP)}) THEN '9999-99-99 99:99:99 +9999'
            ELSE {shape_sql("text")} END AS shape, count(*)
        FROM (SELECT {text} AS text FROM {table}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_SHAPES}
    """).fetchall()
    return [form for shape, _ in shapes if shape is not None and (form := form_of(shape)) is not None]


def _check_offsets(
    connection: "DuckDBPyConnection", table: str, text: str, column: str, where: str | Remark, epochs: bool = False
) -> None:
    """Raises BadInput where the stamps of a column, whose texts `text` (SQL) are, stand on walls of different zones.

    epochs: whether there are counts of seconds, too, which are in UTC.
    """
    pattern = quoted("(?i)" + CLEANINGS["offset"][0])
    seen = connection.execute(f"SELECT DISTINCT regexp_extract({text}, {pattern}, 2) FROM {table}").fetchall()
    offsets = {_minutes(offset) for (offset,) in seen if offset} | ({0} if epochs else set())
    if len(offsets) > 1:
        told = [f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in sorted(offsets)]
        raise BadInput(
            "{where}: the times in column {column!r} have different offsets from UTC ({offsets}); name the shop's time zone "
            "with timezone (--timezone), such as Asia/Shanghai.",
            where=where,
            column=column,
            offsets=Listed(told),
        )


def _minutes(offset: str) -> int:
    """Minutes east of UTC of an offset as written: Z, +0800, GMT-5."""
    match = re.search(_EAST, offset)
    if match is None:
        return 0
    return (-1 if match[1] == "-" else 1) * (60 * int(match[2]) + int(match[3] or 0))


def _known_zone(connection: "DuckDBPyConnection", zone: str | None, where: str | Remark) -> str | None:
    """The zone, as the time zone database spells it. Raises BadInput where it has none of this name."""
    if zone is None:
        return None
    row = connection.execute(
        "SELECT name FROM pg_timezone_names() WHERE lower(name) = lower($1)", [zone.strip()]
    ).fetchone()
    if row is None:
        raise BadInput(
            "{where}: {zone!r} is no time zone (timezone, --timezone); give a name of the time zone database, such as "
            "Asia/Shanghai or America/New_York.",
            where=where,
            zone=zone,
        )
    return str(row[0])


def _pattern_sql(text: str, reading: DateReading) -> str:
    pattern = str(reading.pattern)
    plain = _WITH_OFFSET.sub("", pattern)
    if plain == pattern:
        return _walled(f"try_strptime({text}, {quoted(pattern)})", reading)
    bare = f"regexp_replace({text}, '\\s*(?:[Zz]|[+-](?:\\d{{4}}|\\d{{1,2}}(?::\\d\\d)?))$', '')"
    time = f"try_strptime({bare}, {quoted(plain)})"
    if reading.zone is None:
        return time
    return _in_zone(f"{time} - to_minutes({_offset(text)})", reading.zone)


def _by_pattern(
    connection: "DuckDBPyConnection", table: str, column: str, where: str | Remark, reading: DateReading
) -> DateReading:
    """The reading by a pattern of strptime. Raises BadInput where it is none, or where no row of the column has its form."""
    import duckdb

    pattern = str(reading.pattern)
    directives = set(_DIRECTIVE.findall(pattern.replace("%%", "").replace("%-", "%")))
    has_day = "%j" in directives or ("%d" in directives and directives & {"%m", "%b", "%B"})
    if not directives & {"%Y", "%y"} or not has_day or "%z" in _DIRECTIVE.findall(_WITH_OFFSET.sub("", pattern)):
        raise BadInput(
            "{where}: the date format {pattern!r} (date_format, --date-format) is neither dmy, mdy or ymd nor a pattern "
            "with a year, a month and a day, such as %d.%m.%Y or %m/%d/%y %H:%M (an offset, %z, may stand last).",
            where=where,
            pattern=pattern,
        )
    text = text_sql(column)
    try:
        row = connection.execute(f"""
            SELECT count({_sane(_pattern_sql("text", reading))}), count(nullif(text, ''))
            FROM (SELECT {text} AS text FROM {table})
        """).fetchone()
    except duckdb.Error:
        raise BadInput(
            "{where}: the date format {pattern!r} (date_format, --date-format) has a part that is not known; those "
            "of strptime are %Y, %m, %d, %H, %M, %S, %y, %b, %B, %I, %p and %z.",
            where=where,
            pattern=pattern,
        ) from None
    if row is not None and row[1] and not row[0]:
        raise BadInput(
            "{where}: no date in column {column!r} has the form {pattern!r} (date_format, --date-format); correct the "
            "pattern.",
            where=where,
            column=column,
            pattern=pattern,
        )
    return reading
