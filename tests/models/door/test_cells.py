"""Cells to values: what a column says of its days, amounts and keys, and what each cell of it is then worth."""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.data.cells import (
    AS_WRITTEN,
    DateReading,
    KeyReading,
    MoneyReading,
    amount_sql,
    currency_of,
    date_reading,
    key_reading,
    key_sql,
    money_reading,
    order,
    time_sql,
)
from models.data.cells.currencies import code_of, written_as
from models.data.cells.forms import form_of
from models.errors import BadInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FAST = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Years to come, which tell two-digit years apart, are those after this one."""
    monkeypatch.setattr(order, "_this_year", lambda: 2026)


@pytest.fixture(scope="module")
def db() -> "Iterator[DuckDBPyConnection]":
    """A connection that may fetch no extension: zones must work without a network."""
    config = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1"}
    with duckdb.connect(config=config) as connection:
        yield connection


def fill(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR") -> None:
    db.execute(f'CREATE OR REPLACE TABLE cells ("row" INTEGER, "the ""cell" {kind})')
    if values:
        marks = ", ".join(f"({i + 2}, CAST(? AS {kind}))" for i in range(len(values)))
        db.execute(f"INSERT INTO cells VALUES {marks}", list(values))


CELL = 'the "cell'


def times(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR", **said: Any) -> list[datetime | None]:
    fill(db, values, kind)
    reading = date_reading(db, "cells", CELL, "o.csv", **said)
    return [v for (v,) in db.execute(f"SELECT {time_sql(CELL, reading, kind)} FROM cells ORDER BY row").fetchall()]


def amounts(db: "DuckDBPyConnection", values: Sequence[Any], kind: str = "VARCHAR") -> list[Decimal | None]:
    fill(db, values, kind)
    reading = money_reading(db, "cells", CELL, "o.csv")
    return [v for (v,) in db.execute(f"SELECT {amount_sql(CELL, reading, kind)} FROM cells ORDER BY row").fetchall()]


def keys(db: "DuckDBPyConnection", values: Sequence[Any], kind: str, sql: str = "VARCHAR") -> list[str | None]:
    fill(db, values, sql)
    reading = key_reading(db, "cells", CELL, kind)
    return [v for (v,) in db.execute(f"SELECT {key_sql(CELL, reading, sql)} FROM cells ORDER BY row").fetchall()]


def refused(problem: BadInput) -> str:
    """The English sentence of a refusal, whose Chinese is another one."""
    assert HAN.search(problem.say("zh"))
    assert "{" not in problem.say("zh") + str(problem)
    return str(problem)


T = datetime
ONE_TIME = [
    ("2024-01-25", T(2024, 1, 25)), ("2024/1/5", T(2024, 1, 5)), ("2024/1/5 3:04", T(2024, 1, 5, 3, 4)),
    ("2024-01-25 10:05:30", T(2024, 1, 25, 10, 5, 30)), ("2024-01-25T10:05:30.25", T(2024, 1, 25, 10, 5, 30, 250000)),
    ("2024-01-25T23:30:00+08:00", T(2024, 1, 25, 23, 30)), ("2024-01-25T23:30:00.123Z", T(2024, 1, 25, 23, 30, 0, 123000)),
    ("2024-01-25 10:05:00 -0400", T(2024, 1, 25, 10, 5)), ("2024-01-25 10:05 UTC", T(2024, 1, 25, 10, 5)),
    ("20240125", T(2024, 1, 25)), ("20240125.0", T(2024, 1, 25)), ("202401251005", T(2024, 1, 25, 10, 5)),
    ("20240125100530", T(2024, 1, 25, 10, 5, 30)), ("20240125 10:05:30", T(2024, 1, 25, 10, 5, 30)),
    ("20240125T100530Z", T(2024, 1, 25, 10, 5, 30)), ("2024.1.25", T(2024, 1, 25)),
    ("2024.01.25 10:05", T(2024, 1, 25, 10, 5)), ("2024年1月26日", T(2024, 1, 26)),
    ("2024年1月26日10时5分", T(2024, 1, 26, 10, 5)), ("2024年1月26日10时5分30秒", T(2024, 1, 26, 10, 5, 30)),
    ("2024年1月26日 10点5分", T(2024, 1, 26, 10, 5)), ("2024年01月26日10:05:30", T(2024, 1, 26, 10, 5, 30)),
    ("24年1月26日", T(2024, 1, 26)), ("２０２４年１月２６日　１０：０５", T(2024, 1, 26, 10, 5)),
    ("2024/1/26 上午10:05", T(2024, 1, 26, 10, 5)), ("2024/1/26 下午10:05:30", T(2024, 1, 26, 22, 5, 30)),
    ("2024-01-26 下午3点5分", T(2024, 1, 26, 15, 5)), ("2024-01-26 上午12:05", T(2024, 1, 26, 0, 5)),
    ("2024-01-26 下午12:05", T(2024, 1, 26, 12, 5)), ("2024-01-26 下午15:05", T(2024, 1, 26, 15, 5)),
    ("1/26/2024 10:05 AM", T(2024, 1, 26, 10, 5)), ("1/26/2024 12:05:06 pm", T(2024, 1, 26, 12, 5, 6)),
    ("26/1/2024 AM 12:05", T(2024, 1, 26, 0, 5)), ("1/26/2024 3PM", T(2024, 1, 26, 15)),
    ("26.01.2024 15:04", T(2024, 1, 26, 15, 4)), ("1/26/24", T(2024, 1, 26)), ("12-31-97", T(1997, 12, 31)),
    ("97-12-31", T(1997, 12, 31)), ("Jan 25, 2024", T(2024, 1, 25)), ("January 25, 2024", T(2024, 1, 25)),
    ("25 Jan 2024", T(2024, 1, 25)), ("25-Jan-24", T(2024, 1, 25)), ("5 september 2024", T(2024, 9, 5)),
    ("Sept 5, 2024", T(2024, 9, 5)), ("May 5th, 2024 3:04 PM", T(2024, 5, 5, 15, 4)), ("2024-Jan-25", T(2024, 1, 25)),
    ("Thu, 25 Jan 2024 10:05:00 +0800", T(2024, 1, 25, 10, 5)), ("2024-1-5 星期五 10:05", T(2024, 1, 5, 10, 5)),
    ("2024/1/5(周五) 10:05", T(2024, 1, 5, 10, 5)), ("2024-01-25 10:05:06,123", T(2024, 1, 25, 10, 5, 6)),
    ("2024-01-25 24:00:00", T(2024, 1, 26)), ("45316", T(2024, 1, 25)), ("45316.5", T(2024, 1, 25, 12)),
    ("45316.41993055", T(2024, 1, 25, 10, 4, 42)), ("1700000000", T(2023, 11, 14, 22, 13, 20)),
    ("1700000000000", T(2023, 11, 14, 22, 13, 20)), (" 2024-01-25\t", T(2024, 1, 25)),
]  # fmt: skip
NO_TIMES = [
    *("", "yesterday", "2024", "2024-13-01", "2024-02-30", "0000-00-00", "infinity", "now", "1e5", "epoch", "2024-01"),
    *("10:05", "2024-01-25 7", "2024-01-25 10:65", "2024-01-26 上午13:05", "13/13/2024", "Jan 32, 2024", "1969-12-31"),
    *("9999-12-31", "45", "99999", "202401", "2024012", "20241340", "1/26/4", "Foo 5, 2024", "2024-01-2510:05", None),
    *("25 Jan+ 2024", "25 Jan% 2024", "2024-01-25 10:05 +080"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "time"), ONE_TIME)
def test_a_time(db: "DuckDBPyConnection", text: str, time: datetime) -> None:
    assert times(db, [text]) == [time]


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_time(db: "DuckDBPyConnection", text: str | None) -> None:
    assert times(db, [text]) == [None]


def test_forms_of_one_column_do_not_disturb_each_other(db: "DuckDBPyConnection") -> None:
    # no offsets, which would be several, and no order but dmy
    alone = re.compile(r"(Z|UTC|00)$|^[0-9.]+$|^\d{1,2}[-/]\d|^97")
    mixed = [(text, time) for text, time in ONE_TIME if not alone.search(text) or text == "2024.1.25"]
    assert len(mixed) > 30
    assert times(db, [*(text for text, _ in mixed), "26/1/4", "nonsense"]) == [*(time for _, time in mixed), None, None]


@pytest.mark.parametrize(
    ("values", "said", "wanted"),
    [
        (["05/06/2024", "13/07/2024"], {}, ["2024-06-05", "2024-07-13"]),
        (["05/06/2024", "07/13/2024"], {}, ["2024-05-06", "2024-07-13"]),
        (["05/06/2024", "07/13/2024", "08/14/2024", "13/07/2024"], {}, ["2024-05-06", "2024-07-13", "2024-08-14", None]),
        (["05/06/2024"], {"date_format": "dmy"}, ["2024-06-05"]),
        (["05/06/2024", "13/07/2024"], {"date_format": "mdy"}, ["2024-05-06", None]),
        (["05/06/24"], {"date_format": "YMD"}, ["2005-06-24"]),
        (["05/05/2024", "7.7.2024"], {}, ["2024-05-05", "2024-07-07"]),
        (["24/01/25", "24/01/31"], {}, ["2024-01-25", "2024-01-31"]),  # no shop has years yet to come
        (["01/25/24", "01/02/24"], {}, ["2024-01-25", "2024-01-02"]),
        (["2024-01-05", "05/01/2024", "31/01/2024"], {}, ["2024-01-05", "2024-01-05", "2024-01-31"]),
        (["25.01.2024"], {"date_format": "%d.%m.%Y"}, ["2024-01-25"]),
        (["25.01.2024", "2024-01-25"], {"date_format": "%d.%m.%Y"}, ["2024-01-25", None]),
        (["2024/025"], {"date_format": "%Y/%j"}, ["2024-01-25"]),
    ],
)  # fmt: skip
def test_order_of_day_and_month(
    db: "DuckDBPyConnection", values: list[str], said: dict[str, str], wanted: list[str | None]
) -> None:
    assert [None if t is None else t.date().isoformat() for t in times(db, values, **said)] == wanted


@pytest.mark.parametrize(
    ("values", "said", "sentence"),
    [
        (["05/06/2024", "07/08/2024"], {},
         "o.csv: the days in column 'the \"cell' allow several orders of day, month and year: '05/06/2024' is 2024-06-05 or "
         "2024-05-06; say which with date_format (--date-format): dmy or mdy."),
        (["05.06.24"], {},
         "o.csv: the days in column 'the \"cell' allow several orders of day, month and year: '05.06.24' is 2024-06-05, "
         "2024-05-06 or 2005-06-24; say which with date_format (--date-format): dmy, mdy or ymd."),
        (["13/05/2024", "05/14/2024"], {},
         "o.csv: column 'the \"cell' mixes orders of day, month and year: as many days are dmy and mdy; say which are right "
         "with date_format (--date-format), the others are then unreadable."),
        (["2024-01-25 10:05 -0500", "2024-07-25 10:05 -0400"], {},
         "o.csv: the times in column 'the \"cell' have different offsets from UTC (-05:00 and -04:00); name the shop's time "
         "zone with timezone (--timezone), such as Asia/Shanghai."),
        (["2024-01-25"], {"timezone": "Mars/Base"},
         "o.csv: 'Mars/Base' is no time zone (timezone, --timezone); give a name of the time zone database, such as "
         "Asia/Shanghai or America/New_York."),
        (["25.01.2024"], {"date_format": "%m.%Y"},
         "o.csv: the date format '%m.%Y' (date_format, --date-format) is neither dmy, mdy or ymd nor a pattern with a year, "
         "a month and a day, such as %d.%m.%Y or %m/%d/%y %H:%M (an offset, %z, may stand last)."),
        (["25.01.2024"], {"date_format": "%d.%m"},
         "o.csv: the date format '%d.%m' (date_format, --date-format) is neither dmy, mdy or ymd nor a pattern with a year, "
         "a month and a day, such as %d.%m.%Y or %m/%d/%y %H:%M (an offset, %z, may stand last)."),
        (["25.01.2024"], {"date_format": "%d.%m.%Y %Q"},
         "o.csv: the date format '%d.%m.%Y %Q' (date_format, --date-format) has a part that is not known; those of strptime "
         "are %Y, %m, %d, %H, %M, %S, %y, %b, %B, %I, %p and %z."),
        (["25.01.2024"], {"date_format": "%d/%m/%Y"},
         "o.csv: no date in column 'the \"cell' has the form '%d/%m/%Y' (date_format, --date-format); correct the pattern."),
    ],
)  # fmt: skip
def test_columns_of_times_that_are_refused(
    db: "DuckDBPyConnection", values: list[str], said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadInput) as problem:
        times(db, values, **said)
    assert refused(problem.value) == sentence


@pytest.mark.parametrize(
    ("values", "said", "wanted"),
    [
        (["2024-01-25 10:05 -0500", "2024-07-25 10:05 -0400", "2024-01-01 10:00"], {"timezone": "America/New_York"},
         [T(2024, 1, 25, 10, 5), T(2024, 7, 25, 10, 5), T(2024, 1, 1, 10)]),
        (["2024-07-25T10:05:00Z"], {"timezone": "america/new_york"}, [T(2024, 7, 25, 6, 5)]),
        (["1700000000"], {"timezone": "Asia/Shanghai"}, [T(2023, 11, 15, 6, 13, 20)]),
        (["25 Jan 2024 10:05 PM +0530"], {"timezone": "UTC"}, [T(2024, 1, 25, 16, 35)]),
        (["2024-01-25 10:05"], {"platform_zone": "Asia/Shanghai"}, [T(2024, 1, 25, 10, 5)]),
        (["2024-01-25 02:05Z"], {"platform_zone": "Asia/Shanghai"}, [T(2024, 1, 25, 10, 5)]),
        (["2024-01-25 20:05", "26/01/2024", "2024-01-25 20:05+09:00"], {"platform_zone": "UTC", "timezone": "Asia/Shanghai"},
         [T(2024, 1, 26, 4, 5), T(2024, 1, 26, 8), T(2024, 1, 25, 19, 5)]),
        (["2024-01-25 10:05-0500", "2024-07-25 10:05-0400"], {"platform_zone": AS_WRITTEN},
         [T(2024, 1, 25, 10, 5), T(2024, 7, 25, 10, 5)]),
        (["25.01.2024 10:05 +0200"], {"date_format": "%d.%m.%Y %H:%M %z", "timezone": "UTC"}, [T(2024, 1, 25, 8, 5)]),
        (["25.01.2024 10:05 +0200"], {"date_format": "%d.%m.%Y %H:%M %z"}, [T(2024, 1, 25, 10, 5)]),
    ],
)  # fmt: skip
def test_zones(db: "DuckDBPyConnection", values: list[str], said: dict[str, str], wanted: list[datetime]) -> None:
    assert times(db, values, **said) == wanted


def test_numbers_are_days_only_where_most_are(db: "DuckDBPyConnection") -> None:
    assert times(db, ["45316", "a", "b"]) == [None, None, None]
    assert times(db, ["45316", "45317", "b"]) == [T(2024, 1, 25), T(2024, 1, 26), None]


def test_seconds_without_a_zone_are_said_to_be_in_utc(db: "DuckDBPyConnection") -> None:
    fill(db, ["1700000000"])
    (remark,) = date_reading(db, "cells", CELL, "o.csv").remarks
    assert "read as times in UTC" in str(remark)
    assert not date_reading(db, "cells", CELL, "o.csv", timezone="Asia/Shanghai").remarks


def test_typed_columns_of_times(db: "DuckDBPyConnection") -> None:
    day = T(2024, 1, 25, 10, 5)
    assert times(db, [day, None], "TIMESTAMP") == [day, None]
    assert times(db, [date(2024, 1, 25)], "DATE") == [T(2024, 1, 25)]
    assert times(db, [20240125, 20240126], "BIGINT") == [T(2024, 1, 25), T(2024, 1, 26)]
    assert times(db, [20240125.0, None], "DOUBLE") == [T(2024, 1, 25), None]
    assert times(db, ["2024-01-25 10:05:00+00"], "TIMESTAMP WITH TIME ZONE", timezone="Asia/Shanghai") == [
        T(2024, 1, 25, 18, 5)
    ]
    assert times(db, [day], "TIMESTAMP", platform_zone="UTC", timezone="Asia/Shanghai") == [T(2024, 1, 25, 18, 5)]
    assert times(db, []) == []


def test_a_reading_without_a_look_reads_iso_and_chinese(db: "DuckDBPyConnection") -> None:
    fill(db, ["2024-01-25 10:05:00+08:00", "2024年1月25日", "20240125", "05/13/2024"])
    read = db.execute(f"SELECT {time_sql(CELL, DateReading())} FROM cells ORDER BY row").fetchall()
    assert read == [(T(2024, 1, 25, 10, 5),), (T(2024, 1, 25),), (T(2024, 1, 25),), (None,)]


moments = st.datetimes(datetime(1970, 1, 1), datetime(2025, 12, 31)).map(lambda t: t.replace(microsecond=0))
# strftime's zeros and those that people leave out; %- is not known everywhere
WRITTEN = [
    "{0:%Y-%m-%d %H:%M:%S}", "{0:%Y/%m/%d %H:%M}", "{0.year}/{0.month}/{0.day} {0.hour}:{0:%M}", "{0:%Y.%m.%d %H:%M:%S}",
    "{0:%Y%m%d%H%M%S}", "{0.year}年{0.month}月{0.day}日{0.hour}时{0.minute}分", "{0:%Y-%m-%dT%H:%M:%S}+08:00",
    "{0:%d/%m/%Y %H:%M}", "{0:%m/%d/%Y %I:%M %p}", "{0.day}.{0.month}.{0.year} {0:%H:%M:%S}", "{0:%b %d, %Y %H:%M}",
    "{0.day} {0:%B} {0.year}, {0:%I:%M:%S%p}", "{0:%a, %d %b %Y %H:%M:%S} GMT", "{0:%m/%d/%y}", "{0:%d-%b-%y %H:%M}",
]  # fmt: skip


@FAST
@given(st.lists(moments, min_size=1, max_size=8), st.sampled_from(WRITTEN), st.randoms(use_true_random=False))
def test_times_come_back(written: list[datetime], form: str, chance: random.Random) -> None:
    texts = [form.format(time) for time in written]
    order = "dmy" if "%d/%m" in form or "{0.day}.{0.month}" in form else "mdy"
    parts = {"day": timedelta(days=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
    exact = parts["second" if "%S" in form else "minute" if "%M" in form or "minute" in form else "day"]
    with duckdb.connect(config={"threads": "1"}) as db:
        fill(db, texts)
        asked = {} if "Y" in form and "/%Y" not in form and "{0.day}." not in form else {"date_format": order}
        reading = date_reading(db, "cells", CELL, "o.csv", **asked)  # type: ignore[arg-type]
        read = [t for (t,) in db.execute(f"SELECT {time_sql(CELL, reading)} FROM cells ORDER BY row").fetchall()]
        chance.shuffle(texts)
        fill(db, texts)
        assert date_reading(db, "cells", CELL, "o.csv", **asked) == reading  # type: ignore[arg-type]
    wanted = [datetime.min + (time - datetime.min) // exact * exact for time in written]
    assert read == wanted


ZONES = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London"]


@FAST
@given(
    st.lists(st.tuples(moments, st.integers(-47, 56)), min_size=1, max_size=8), st.sampled_from(ZONES), st.booleans()
)
def test_stamps_move_as_python_moves_them(stamps: list[tuple[datetime, int]], zone: str, epoch: bool) -> None:
    aware = [time.replace(tzinfo=timezone(timedelta(minutes=15 * quarters))) for time, quarters in stamps]
    if epoch:
        aware = [time.replace(year=max(time.year, 2002)) if (time.month, time.day) != (2, 29) else time.replace(year=2004)
                 for time in aware]  # fmt: skip
    texts = [str(int(time.timestamp())) if epoch else f"{time:%Y-%m-%d %H:%M:%S %z}" for time in aware]
    with duckdb.connect(config={"threads": "1"}) as db:
        read = times(db, texts, timezone=zone)
    there = [time.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for time in aware]
    assert read == [time if time.year >= 1970 else None for time in there]


D = Decimal
ONE_AMOUNT = [
    ("1", "1"), ("-5", "-5"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("1,234.50", "1234.5"), ("1,234,567", "1234567"),
    ("¥12.30", "12.3"), ("￥ 12.30", "12.3"), ("12.30元", "12.3"), ("$1,234.50", "1234.5"), ("€ 20", "20"), ("20 €", "20"),
    ("USD 5", "5"), ("5.00usd", "5"), ("$5.00 USD", "5"), ("US$5", "5"), ("HK$ 6.5", "6.5"), ("人民币 8", "8"),
    ("5 美元", "5"), ("(12.00)", "-12"), ("($1,234.50)", "-1234.5"), ("（12.00）", "-12"), ("12.00-", "-12"),
    ("-$5.00", "-5"), ("$-5.00", "-5"), ("\u221212.5", "-12.5"), ("-¥1,280", "-1280"), ("1.234,50", "1234.5"),
    ("1.234,50 €", "1234.5"), ("12,5", "12.5"), ("1.234.567", "1234567"), ("1 234,50", "1234.5"),
    ("1\u2009234.50", "1234.5"),    ("1\u00a0000", "1000"), ("1'234.50", "1234.5"), ("1\u2019234.50", "1234.5"),
    ("１２．５", "12.5"), ("￥１，２３４．５", "1234.5"),    ("12,34,567.00", "1234567"),
    ("0,125", "0.125"), ("0.125", "0.125"), ("1e3", "1000"), ("1.5E-2", "0.015"),
    ("1.25e+2", "125"), ("99999999999999.9999", "99999999999999.9999"), ("1.00005", "1.0001"), ("-1.00005", "-1.0001"),
    ("1.000049999", "1"), ("¥1,234", "1234"), ("USD 1.234", "1.234"), ("$1,234", "1234"), ("£1,234", "1234"),
    ("$1.234,50", "1234.5"), ("  7 ", "7"), ("1234,5-", "-1234.5"),
]  # fmt: skip
NO_AMOUNTS = [
    *("", "free", "nan", "inf", "-", "--5", "5-5", "(-5)", "(5", "5)", "1e999", "1.23E+05", "12 34", "1,2,3", "1..2"),
    *("XYZ 5", "5 5", "$", "0x10", "1_000", "100000000000000", "12.50%", "1,23.4", "¥", "五", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ONE_AMOUNT)
def test_an_amount(db: "DuckDBPyConnection", text: str, value: str) -> None:
    assert amounts(db, [text]) == [D(value)]


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_no_amount(db: "DuckDBPyConnection", text: str | None) -> None:
    assert amounts(db, [text]) == [None]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["1,234", "12.50"], ["1234", "12.5"]),
        (["1,234", "12,50"], ["1.234", "12.5"]),
        (["1.234", "12,50"], ["1234", "12.5"]),
        (["1.234", "0.5"], ["1.234", "0.5"]),
        (["1.000,00", "2.000,00", "3.50"], ["1000", "2000", None]),
        (["12,50", "13.50", "14.50"], [None, "13.5", "14.5"]),
        (["¥1,234", "¥50", "1,234"], ["1234", "50", "1234"]),
        (["1 234", "12,5"], ["1234", "12.5"]),
        (["1,234"] * 3 + ["1,234,567"], ["1234"] * 3 + ["1234567"]),
    ],
)
def test_the_decimal_sign_is_the_columns(db: "DuckDBPyConnection", values: list[str], wanted: list[str | None]) -> None:
    assert amounts(db, values) == [None if value is None else D(value) for value in wanted]


THREE = "1234 or 1.234; export them with two decimals (1234.50), or without a sign between thousands."


@pytest.mark.parametrize(
    ("values", "end"),
    [
        (["1,234", "50"], f"1,234 is {THREE}"),
        (["€1.234"], f"1.234 is {THREE}"),
        (["$1.234", "$990"], f"1.234 is {THREE}"),  # dollars and cents, or Chilean pesos
        (["1,234"] * 40 + ["12,5"], f"1,234 is {THREE}"),
        (["12,5", "12.5"], "as a decimal point (12.50); export them in one way of writing."),
    ],
)  # fmt: skip
def test_columns_of_amounts_that_are_refused(db: "DuckDBPyConnection", values: list[str], end: str) -> None:
    with pytest.raises(BadInput) as problem:
        amounts(db, values)
    sentence = refused(problem.value)
    assert sentence.startswith("o.csv: ")
    assert "column 'the \"cell'" in sentence
    assert sentence.endswith(end)


def test_a_known_currency_settles_the_comma(db: "DuckDBPyConnection") -> None:
    fill(db, ["1,234", "50"])
    assert money_reading(db, "cells", CELL, "o.csv", "CNY").decimal == "."
    with pytest.raises(BadInput):
        money_reading(db, "cells", CELL, "o.csv", "EUR")


def test_several_columns_are_read_alike(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE two AS SELECT '1.234' AS paid, '12,5 €' AS back")
    reading = money_reading(db, "two", ["paid", "back"], "o.csv")
    read = db.execute(f"SELECT {amount_sql('paid', reading)}, {amount_sql('back', reading)} FROM two").fetchone()
    assert read == (D(1234), D("12.5"))


def test_typed_columns_of_amounts(db: "DuckDBPyConnection") -> None:
    assert amounts(db, [1.5, float("nan"), float("inf"), 1e15, None], "DOUBLE") == [D("1.5"), None, None, None, None]
    assert amounts(db, [3, None], "BIGINT") == [D(3), None]
    assert amounts(db, ["¥1,234.5", "7"], "ENUM('¥1,234.5', '7')") == [D("1234.5"), D(7)]


money = st.decimals(D("-99999999"), D("99999999"), places=2)
STYLES = {
    "plain": lambda v: f"{v}",
    "thousands": lambda v: f"{v:,}",
    "dollars": lambda v: f"{'-' if v < 0 else ''}${abs(v):,}",
    "euros": lambda v: f"{v:,}".translate(str.maketrans(",.", ".,")) + " €",
    "french": lambda v: f"{v:,}".translate(str.maketrans(",.", "\u202f,")),
    "swiss": lambda v: f"CHF {v:,}".replace(",", "\u2019"),
    "brackets": lambda v: f"({abs(v):,})" if v < 0 else f"{v:,}",
    "behind": lambda v: f"{abs(v)}{'-' if v < 0 else ''}元",
    "wide": lambda v: "￥" + f"{v}".translate({ord(c): 0xFEE0 + ord(c) for c in "0123456789."}),
}


@FAST
@given(st.lists(money, min_size=1, max_size=8), st.sampled_from(sorted(STYLES)))
def test_amounts_come_back(values: list[Decimal], style: str) -> None:
    with duckdb.connect(config={"threads": "1"}) as db:
        texts = [STYLES[style](value) for value in values]
        if style == "behind":
            texts = [re.sub("-元$", "元", f"-{text}") if text.endswith("-元") else text for text in texts]
        assert amounts(db, texts) == values


@FAST
@given(st.lists(st.decimals(D("-999999"), D("999999"), places=9), min_size=1, max_size=8))
def test_more_than_four_decimals_are_rounded_half_away_from_zero(values: list[Decimal]) -> None:
    with duckdb.connect(config={"threads": "1"}) as db:
        assert amounts(db, [f"{value:f}" for value in values]) == [
            value.quantize(D("0.0001"), ROUND_HALF_UP) for value in values
        ]


CURRENCIES = [
    (["1", "2"], None), (["¥1", "2"], "CNY"), (["￥1", "2元", "RMB 3", "3 人民币"], "CNY"), (["$1", "US$2", "3 USD"], "USD"),
    (["$5.00 CAD", "CAD 6"], "CAD"), (["5 zł"], "PLN"), (["NT$5"], "TWD"),
    (["free", ""], None), (["3 円"], "JPY"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "code"), CURRENCIES)
def test_the_currency_that_signs_say(db: "DuckDBPyConnection", values: list[str], code: str | None) -> None:
    fill(db, values)
    assert currency_of(db, "cells", CELL, None, "o.csv") == code


def test_the_currency_that_a_column_says(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE sold (row INTEGER, amount VARCHAR, currency VARCHAR)")
    db.execute(
        "INSERT INTO sold VALUES (2, '$5', 'cad'), (3, '6', 'Canadian Dollar'), (4, '7', NULL), (5, '8', '加元')"
    )
    assert currency_of(db, "sold", "amount", "currency", "o.csv") == "CAD"
    db.execute("INSERT INTO sold VALUES (9, '5', 'EUR'), (7, '5', '欧元'), (8, '€5', ''), (10, '3', 'CNY')")
    with pytest.raises(BadInput) as problem:
        currency_of(db, "sold", "amount", "currency", "o.csv")
    assert refused(problem.value) == (
        "o.csv: the amounts are in several currencies by column 'currency': CAD (rows: 3, the first is 2), EUR (rows: 3, "
        "the first is 7) and CNY (rows: 1, the first is 10); convert them to one, or export one currency at a time."
    )
    db.execute("DELETE FROM sold")
    db.execute("INSERT INTO sold VALUES (2, '5', 'CNY'), (3, '6', '积分')")
    with pytest.raises(BadInput) as problem:
        currency_of(db, "sold", "amount", "currency", "o.csv")
    assert refused(problem.value) == (
        "o.csv: row 3: '积分' in column 'currency' is no currency that is known; write it as a code, such as "
        "CNY, USD or EUR."
    )


def test_a_sign_that_never_stands_for_what_the_column_says(db: "DuckDBPyConnection") -> None:
    db.execute("CREATE OR REPLACE TABLE sold AS SELECT '$5' AS amount, 'EUR' AS currency")
    for _ in range(2):  # in every row, and in one of two
        with pytest.raises(BadInput, match="row 1: the amount is in USD by what stands beside it and in EUR by column"):
            currency_of(db, "sold", "amount", "currency", "o.csv")
        db.execute("INSERT INTO sold VALUES ('5', 'EUR')")
    for sign, code in (("$", "MXN"), ("¥", "JPY"), ("£", "EGP"), ("元", "HKD")):
        db.execute(f"CREATE OR REPLACE TABLE sold AS SELECT '{sign}5' AS amount, '{code}' AS currency")
        assert currency_of(db, "sold", "amount", "currency", "o.csv") == code


@pytest.mark.parametrize("values", [["12元", "8 USD", "7"], ["$5", "$5 CAD"], ["¥5", "5 JPY"], ["£5", "5€"]])
def test_bare_signs_take_no_currency_from_other_rows(db: "DuckDBPyConnection", values: list[str]) -> None:
    fill(db, values)
    with pytest.raises(BadInput, match="are in several currencies by their signs"):
        currency_of(db, "cells", CELL, None, "o.csv")


def test_several_signs_in_one_column(db: "DuckDBPyConnection") -> None:
    fill(db, ["€1", "$2", "€3"])
    with pytest.raises(BadInput) as problem:
        currency_of(db, "cells", CELL, None, "o.csv")
    assert refused(problem.value) == (
        "o.csv: the amounts in column 'the \"cell' are in several currencies by their signs: EUR (rows: 2, the first is 2) "
        "and USD (rows: 1, the first is 3); convert them to one, or export one currency at a time."
    )


def test_names_of_currencies() -> None:
    assert len(set(written_as().values())) > 150
    assert all(word == word.lower().strip() for word in written_as())
    named = {
        "RMB": "CNY",
        "人民币": "CNY",
        "美元": "USD",
        " US  dollars ": "USD",
        "港币": "HKD",
        "XYZ": "XYZ",
        "points": None,
    }
    assert {text: code_of(text) for text in named} == named


KEYS: list[tuple[str, list[str | None], list[str | None]]] = [
    ("phone", ["13800000001", "+86 138 0000 0001", "0086-13800000001", "86 13800000001", "13800000001.0",
      "１３８００００００１１"],
     ["13800000001"] * 5 + ["13800000011"]),
    ("receiver_phone", ["138****0001", "138xxxx0001", "1.38E+10", "0", "11111111111", "13800138000", "123", "", None],
     [None] * 9),
    ("phone", ["021-12345678", "+1 (415) 555-0100", "13800000001转1234", "13800000001-1234"],
     ["02112345678", "14155550100", None, None]),
    ("billing_email", ["Ann@X.com", " ann@x.COM ", "mailto:ann@x.com", "a***@x.com", "guest", "N/A", None],
     ["ann@x.com"] * 3 + [None] * 4),
    ("nickname", ["张  三", "匿名", "微信用户", "游客", "##abc", "$$x$$", "~AgAA~", "0", "-"], ["张 三"] + [None] * 8),
    ("customer", ["00012", "12", "1001.0", "1.0a", "1.23E+18", "1234567890123456789"],
     ["00012", "12", "1001", "1.0a", None, "1234567890123456789"]),
    ("customer", ["+86 13800000001", "13800000001", "13800000002.0", "A-1"], ["13800000001"] * 2 + ["13800000002", "A-1"]),
    ("customer", ["A@x.com", "a@X.com", "C1"], ["a@x.com", "a@x.com", "C1"]),
    ("customer", ["a@x.com", "A1", "a1"], ["a@x.com", "A1", "a1"]),  # ids keep their case
    ("customer", ["0", "1", "2"], ["0", "1", "2"]),  # customers numbered from 0
    ("customer", ["0", "0", "1", "2"], [None, None, "1", "2"]),  # guests
    ("customer", ["123456789012345000", "223456789012345000", "323456789012345000", "7"], [None, None, None, "7"]),
    ("customer", ["123456789012345000", "123456789012345678", "223456789012345000"],
     ["123456789012345000", "123456789012345678", "223456789012345000"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "wanted"), KEYS)
def test_keys(db: "DuckDBPyConnection", kind: str, values: list[str | None], wanted: list[str | None]) -> None:
    assert keys(db, values, kind) == wanted


def test_typed_columns_of_keys(db: "DuckDBPyConnection") -> None:
    assert keys(db, [1001.0, None, 2.5, 7e15], "customer", "DOUBLE") == ["1001", None, None, "7000000000000000"]
    assert keys(db, [13800000001, 7], "customer", "BIGINT") == ["13800000001", "7"]


def test_a_key_without_a_look(db: "DuckDBPyConnection") -> None:
    fill(db, ["１３８ ００００ ０００１"])
    assert db.execute(f"SELECT {key_sql(CELL, 'phone')}, {key_sql(CELL, KeyReading('id'))} FROM cells").fetchone() == (
        "13800000001",
        "138 0000 0001",
    )
    fill(db, ["￥1,234.5"])
    assert db.execute(f"SELECT {amount_sql(CELL, MoneyReading())} FROM cells").fetchone() == (D("1234.5"),)


def test_shapes() -> None:
    assert form_of("9999-99-99 99:99:99") is not None
    forms = {shape: form_of(shape) for shape in ("9/9/9999", "99.99.99 99:99", "jan 9, 9999", "9999年9月9日99时9分")}
    read = {shape: form and form.ordered("dmy") for shape, form in forms.items()}
    assert read == {
        "9/9/9999": "%d/%m/%Y",
        "99.99.99 99:99": "%d.%m.%y %H:%M",
        "jan 9, 9999": "%b %d, %Y",
        "9999年9月9日99时9分": "%Y年%m月%d日%H时%M分",
    }
    assert form_of("9 9 9999") is None
    assert form_of("9999") is None
