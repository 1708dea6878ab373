"""The calendar's season: how much faster customers' clocks run on each day of the year."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data.rfm import DayLike
from models.errors import BadInput
from models.numerics.arrays import Floats
from models.season.festivals import Days, Peak, days_from, month_and_day

_FIRST_OF_MONTH = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])


def reference_days() -> Days:
    """The days over which a season has mean 1: 2001 to 2028 without 29 February.

    28 years hold every weekday on every date equally often and the Chinese New Year all over its range, so that a
    season without moving peaks has mean 1 in every 365-day year, as in a market file.
    """
    days = np.arange("2001-01-01", "2029-01-01", dtype="datetime64[D]")
    return np.asarray(days[month_and_day(days) != 229])


def day_of_year(days: Days) -> npt.NDArray[np.int64]:
    """0 to 364; 29 February counts as 28 February."""
    code = month_and_day(days)
    code = np.where(code == 229, 228, code)
    return np.asarray(_FIRST_OF_MONTH[code // 100 - 1] + code % 100 - 1)


def weekday(days: Days) -> npt.NDArray[np.int64]:
    """0 for Monday to 6 for Sunday."""
    return np.asarray((days.astype(np.int64) + 3) % 7)  # 1970-01-01 was a Thursday


def waves(days: Days, harmonics: int) -> Floats:
    """cos and sin of 1, 2, .. `harmonics` turns a year, (n, 2 harmonics)."""
    turn = 2.0 * np.pi * np.outer((day_of_year(days) + 0.5) / 365.0, np.arange(1, harmonics + 1))
    return np.stack([np.cos(turn), np.sin(turn)], axis=2).reshape(days.size, 2 * harmonics)


@dataclass(frozen=True)
class Season:
    """Demand by day as a multiple of the year's mean: months times a smooth yearly shape, weekdays and peaks.

    months: twelve multipliers, January to December. harmonics: ((cos, sin), ...) of 1, 2, ... turns a year, added to the
    multiplier's logarithm. weekdays: seven multipliers, Monday to Sunday. peaks: see Peak; where two overlap they
    multiply. Only ratios matter: the mean over `reference_days` is made 1. `Season()` is flat. Raises BadInput for
    multipliers that are not positive numbers.
    """

    months: tuple[float, ...] = (1.0,) * 12
    peaks: tuple[Peak, ...] = ()
    harmonics: tuple[tuple[float, float], ...] = ()
    weekdays: tuple[float, ...] = (1.0,) * 7

    def __post_init__(self) -> None:
        for name, size in (("months", 12), ("weekdays", 7)):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != (size,) or not (np.isfinite(values) & (values > 0)).all():
                raise BadInput("season: {name} must be {size} positive multipliers.", name=name, size=size)
        if not np.isfinite(np.asarray(self.harmonics, dtype=np.float64)).all():
            raise BadInput("season: harmonics must be pairs of numbers, (cos, sin) of 1, 2, ... turns a year.")

    def _logarithm(self, days: Days) -> Floats:
        """ln s but for a constant, (n,)."""
        out = np.log(self.months)[month_and_day(days) // 100 - 1] + np.log(self.weekdays)[weekday(days)]
        if self.harmonics:
            out = out + waves(days, len(self.harmonics)) @ np.asarray(self.harmonics, dtype=np.float64).reshape(-1)
        for peak in self.peaks:
            if peak.lift != 1.0:
                out = out + np.log(peak.lift) * peak.on(days)
        return np.asarray(out, dtype=np.float64)

    @cached_property
    def _log_mean(self) -> float:
        logarithm = self._logarithm(reference_days())
        top = float(logarithm.max())
        return top + float(np.log(np.exp(logarithm - top).mean()))

    def at(self, days: Days) -> Floats:
        """Multipliers of any days, datetime64[D] (n,)."""
        if not days.size:
            return np.empty(0)
        return np.asarray(np.exp(self._logarithm(days) - self._log_mean))

    def daily(self, first_day: DayLike, days: int) -> Floats:
        """Multipliers of the `days` days from `first_day`, (days,); mean 1 over a year."""
        return self.at(days_from(first_day, days))

    def cumulative(self, first_day: DayLike, days: int) -> Floats:
        """The clock, in days: 0, s(first_day), s(first_day) + s(the next day), ..., (days + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.daily(first_day, days))])

    def with_peaks(self, *peaks: Peak) -> "Season":
        """The same season with further peaks, a campaign planned for next year say."""
        return replace(self, peaks=(*self.peaks, *peaks))

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and text; `Season.from_dict` reads it, and a market file's season too."""
        plain: dict[str, Any] = {"months": list(self.months), "peaks": [peak.to_dict() for peak in self.peaks]}
        if self.harmonics:
            plain["harmonics"] = [list(pair) for pair in self.harmonics]
        if set(self.weekdays) != {1.0}:
            plain["weekdays"] = list(self.weekdays)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Season":
        """From plain lists and numbers. Raises BadInput where a word is not known or a value is none of its kind."""
        unknown = set(plain) - {"months", "peaks", "harmonics", "weekdays"}
        if unknown:
            raise BadInput(
                "season: {key!r} is not known; there are months, peaks, harmonics, weekdays.",
                key=min(map(str, unknown)),
            )
        try:
            pairs = tuple((float(c), float(s)) for c, s in plain.get("harmonics", ()))
            months, weekdays = (
                tuple(map(float, plain.get(k, (1.0,) * n))) for k, n in (("months", 12), ("weekdays", 7))
            )
        except (TypeError, ValueError, OverflowError):
            raise BadInput("season: months, weekdays and harmonics must be lists of numbers.") from None
        peaks = plain.get("peaks", ())
        if not isinstance(peaks, list | tuple):
            raise BadInput("season: peaks must be a list, each with name, from, to and lift.")
        return cls(months, tuple(Peak.from_dict(peak) for peak in peaks), pairs, weekdays)

    def market(self, year: int) -> dict[str, Any]:
        """This season in the words of a market file, which knows months and peaks of fixed days.

        Months are the means of the smooth shape; peaks that move take their days in `year`; weekdays are left out.
        """
        days = np.arange(f"{year:04d}-01-01", f"{year + 1:04d}-01-01", dtype="datetime64[D]")
        smooth = replace(self, peaks=(), weekdays=(1.0,) * 7).at(days)
        month = month_and_day(days) // 100 - 1
        months = np.bincount(month, smooth) / np.bincount(month)
        return {"months": [float(f"{m:.6g}") for m in months], "peaks": self._fixed_peaks(days)}

    def _fixed_peaks(self, days: Days) -> list[dict[str, Any]]:
        peaks: list[dict[str, Any]] = []
        for peak in self.peaks:
            if isinstance(peak.from_, str) and not peak.dates:
                peaks.append({**peak.to_dict(), "lift": float(f"{peak.lift:.6g}")})
                continue
            marks = np.concatenate([[False], peak.on(days), [False]]).astype(np.int8)
            starts, ends = np.flatnonzero(np.diff(marks) == 1), np.flatnonzero(np.diff(marks) == -1) - 1
            for first, last in zip(starts, ends, strict=True):
                span = {"from": str(days[first])[5:], "to": str(days[last])[5:]}
                peaks.append({"name": peak.name, **span, "lift": float(f"{peak.lift:.6g}")})
        return peaks
