"""Cells to times: what a column says of its days, and what each cell of it is then worth."""

import random
import re
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.data.cells import (
    AS_WRITTEN,
    DateReading,
    date_reading,
    time_sql,
)
from models.errors import BadInput
from tests.models.door.column import CELL, FAST, fill, refused, times

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

pytestmark = pytest.mark.usefixtures("in_2026")

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
