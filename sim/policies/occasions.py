"""When an event takes place: between two days or dates, or about a day that has a name.

The Chinese New Year follows the moon: its first days are a table, those of the Hong Kong Observatory's conversion tables
(https://www.hko.gov.hk/en/gts/time/conversion.htm).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from sim.catalogue import WEEK

FIXED = {"618": (6, 18), "double_11": (11, 11)}  # month and day
_NEW_YEARS = (
    "2000-02-05", "2001-01-24", "2002-02-12", "2003-02-01", "2004-01-22", "2005-02-09", "2006-01-29", "2007-02-18",
    "2008-02-07", "2009-01-26", "2010-02-14", "2011-02-03", "2012-01-23", "2013-02-10", "2014-01-31", "2015-02-19",
    "2016-02-08", "2017-01-28", "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22",
    "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23",
    "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24",
    "2040-02-12", "2041-02-01", "2042-01-22", "2043-02-10", "2044-01-30", "2045-02-17", "2046-02-06", "2047-01-26",
    "2048-02-14", "2049-02-02", "2050-01-23",
)  # fmt: skip
NEW_YEARS = {day.year: day for day in map(date.fromisoformat, _NEW_YEARS)}


class Occasion(NamedTuple):
    """When something takes place; which of the fields are given is for sim/policies/events.py to check."""

    on: str | None = None  # a day that has a name
    day_of_month: int | None = None  # of a members' day
    before: int = 0  # days with it
    after: int = 0
    from_day: int | None = None  # of the run
    until_day: int | None = None  # the last one
    from_date: date | None = None
    until_date: date | None = None
    leads: int | None = None  # in place of all this: so many days just before it
    brought_on: int | None = None  # the day of the run on which the phase that brings it begins: none of it is before

    def spells(self, start: date, days: int) -> list[tuple[int, int]]:
        """First and last day of each time that it takes place within `days` days from `start`; days of the run, which a
        spell that has begun before the run or ends after it goes beyond. A spell that would be under way when a phase
        brings it begins then."""
        earliest = 0 if self.brought_on is None else self.brought_on
        spells = [self._led(first, last) for first, last in self._whole(start, days)]
        there = [(first, last) for first, last in spells if first < days and last >= earliest]
        return there if self.brought_on is None else [(max(first, earliest), last) for first, last in there]

    def due(self, per_week: float, start: date, days: int) -> np.ndarray:
        """int64[days]: messages on each day, so many a week while it lasts, the first on its first day."""
        due = np.zeros(days, np.int64)
        for first, last in self.spells(start, days):
            passed = np.arange(last - first + 2) * per_week / WEEK
            own: np.ndarray = np.diff(np.ceil(passed - 1e-9).astype(np.int64))
            skipped, until = max(-first, 0), min(last + 1, days)
            due[first + skipped : until] += own[skipped : until - first]
        return due

    def _led(self, first: int, last: int) -> tuple[int, int]:
        return (first, last) if self.leads is None else (first - self.leads, first - 1)

    def _whole(self, start: date, days: int) -> Iterator[tuple[int, int]]:
        if self.on is not None:
            for named in self._named(start, days):
                day = (named - start).days
                yield day - self.before, day + self.after
        elif self.from_date is not None and self.until_date is not None:
            yield (self.from_date - start).days, (self.until_date - start).days
        elif self.from_day is not None and self.until_day is not None:
            yield self.from_day, self.until_day

    def _named(self, start: date, days: int) -> Iterator[date]:
        """The named days of the years of a run, and of the years just before and after it."""
        last_year = (start + timedelta(days=days)).year + 1
        for year in range(max(start.year - 1, 1), min(last_year, 9999) + 1):
            if self.on in FIXED:
                yield date(year, *FIXED[self.on])
            elif self.on == "chinese_new_year":
                if year in NEW_YEARS:
                    yield NEW_YEARS[year]
            else:
                yield from (date(year, month, self.day_of_month or 1) for month in range(1, 13))
