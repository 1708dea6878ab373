"""When the named peaks of a shopping year fall: fixed days, days counted from the Chinese New Year, or given dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from models.data.rfm import DayLike, day_of
from models.errors import BadInput

Days: TypeAlias = npt.NDArray[np.datetime64]
Marks: TypeAlias = npt.NDArray[np.bool_]

_FIRST_YEAR = 1970
# Days from 1 January to the Chinese New Year's Day of 1970, 1971, ..., 2099 (ten years a line). Two independent
# lunisolar tables agree on every one of them.
_NEW_YEAR = np.array(
    (
        *(36, 26, 45, 33, 22, 41, 30, 48, 37, 27),
        *(46, 35, 24, 43, 32, 50, 39, 28, 47, 36),
        *(26, 45, 34, 22, 40, 30, 49, 37, 27, 46),
        *(35, 23, 42, 31, 21, 39, 28, 48, 37, 25),
        *(44, 33, 22, 40, 30, 49, 38, 27, 46, 35),
        *(24, 42, 31, 21, 40, 28, 47, 36, 25, 43),
        *(33, 22, 41, 30, 49, 38, 27, 45, 34, 23),
        *(42, 31, 21, 40, 29, 47, 36, 25, 44, 32),
        *(22, 41, 31, 49, 38, 27, 45, 34, 23, 42),
        *(32, 20, 39, 28, 47, 35, 25, 44, 33, 22),
        *(41, 30, 49, 37, 26, 45, 35, 23, 42, 32),
        *(21, 39, 28, 47, 36, 25, 44, 33, 23, 40),
        *(29, 48, 37, 26, 45, 35, 24, 42, 31, 20),
    ),
    dtype=np.int64,
)
_LAST_YEAR = _FIRST_YEAR + _NEW_YEAR.size - 1
_FURTHEST = 60  # days from the Chinese New Year that a window may reach
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_from(first_day: DayLike, days: int) -> Days:
    """The `days` days from `first_day`, datetime64[D]."""
    return np.datetime64(day_of(first_day, "first_day"), "D") + np.arange(days)


def month_and_day(days: Days) -> npt.NDArray[np.int64]:
    """100 * month + day of each day, (n,)."""
    month = days.astype("datetime64[M]")
    code = (month.astype(np.int64) % 12 + 1) * 100 + (days - month.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(code, dtype=np.int64)


def chinese_new_year(year: int) -> np.datetime64:
    """The Chinese New Year's Day of `year`, 1970 to 2099. Raises BadInput outside."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadInput(
            "season: the Chinese New Year is tabled for {first} to {last}, not for {year}; give the peak's dates "
            "yourself.",
            first=_FIRST_YEAR,
            last=_LAST_YEAR,
            year=year,
        )
    return np.datetime64(f"{year:04d}-01-01", "D") + np.timedelta64(int(_NEW_YEAR[year - _FIRST_YEAR]), "D")


def _since_new_year(days: Days) -> npt.NDArray[np.int64]:
    """Days since the nearest Chinese New Year's Day, negative before it, (n,)."""
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    low, high = int(year.min()), int(year.max())
    if low < _FIRST_YEAR or high > _LAST_YEAR:
        chinese_new_year(low if low < _FIRST_YEAR else high)  # says so
    # The year after the table's last is far enough away not to be the nearest, except in that last December.
    starts = np.array([chinese_new_year(y) for y in range(low, min(high + 1, _LAST_YEAR) + 1)])
    distance = (days[:, None] - starts[None, :]).astype(np.int64)
    nearest = np.abs(distance).argmin(axis=1)
    return np.asarray(distance[np.arange(days.size), nearest])


def _code(text: str, peak: str) -> int:
    """100 * month + day from text like '06-18'."""
    try:
        month, day = (int(part) for part in text.split("-"))
        if len(text) == 5 and 1 <= day <= _LENGTHS[month - 1] and month >= 1:
            return month * 100 + day
    except (ValueError, IndexError):
        pass
    raise BadInput(
        "season: {text!r} of the peak {peak!r} is no month and day; write it like '06-18'.",
        text=text,
        peak=peak,
    )


@dataclass(frozen=True)
class Peak:
    """A festival or campaign: demand is `lift` times the usual on its days.

    from_, to (both included): month and day like '06-16' and '06-20' (may reach into the next year), or whole numbers:
    days from the Chinese New Year's Day, -21 to 6 say (within 60). Or `dates`: ((first, last), ...), ISO days, for what
    moves in another way or happens once, a brand's own campaign. Raises BadInput for anything else and for lift <= 0.
    """

    name: str
    from_: str | int = ""
    to: str | int = ""
    lift: float = 1.0
    dates: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.lift) and self.lift > 0):
            raise BadInput(
                "season: the lift of the peak {name!r} is {lift}; it must be a positive number.",
                name=self.name,
                lift=self.lift,
            )
        if self.dates:
            self._check_dates()
        elif isinstance(self.from_, str) and isinstance(self.to, str):
            _code(self.from_, self.name), _code(self.to, self.name)
        elif (
            isinstance(self.from_, str)
            or isinstance(self.to, str)
            or not -_FURTHEST <= self.from_ <= self.to <= _FURTHEST
        ):
            raise BadInput(
                "season: the peak {name!r} runs from {first!r} to {last!r}; give two days like '06-16', or two whole "
                "numbers from -{furthest} to {furthest} counted from the Chinese New Year's Day.",
                name=self.name,
                first=self.from_,
                last=self.to,
                furthest=_FURTHEST,
            )

    def _check_dates(self) -> None:
        try:
            spans = [(np.datetime64(first, "D"), np.datetime64(last, "D")) for first, last in self.dates]
        except (ValueError, TypeError):
            spans = []
        if not spans or not all(first <= last for first, last in spans):
            raise BadInput(
                "season: the dates of the peak {name!r} must be pairs of first and last day, like ('2024-05-20', "
                "'2024-05-21').",
                name=self.name,
            )

    def on(self, days: Days) -> Marks:
        """Whether each day (n,) is one of the peak's, (n,)."""
        if self.dates:
            marks = np.zeros(days.size, dtype=bool)
            for first, last in self.dates:
                marks |= (days >= np.datetime64(first, "D")) & (days <= np.datetime64(last, "D"))
            return marks
        if isinstance(self.from_, str) and isinstance(self.to, str):
            at, begin, stop = month_and_day(days), _code(self.from_, self.name), _code(self.to, self.name)
            inside = (at >= begin) & (at <= stop) if begin <= stop else (at >= begin) | (at <= stop)
            return np.asarray(inside)
        assert isinstance(self.from_, int) and isinstance(self.to, int)
        since = _since_new_year(days) if days.size else np.empty(0, dtype=np.int64)
        return np.asarray((since >= self.from_) & (since <= self.to))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and text, in the words of a market file: name, from, to (or dates), lift."""
        if self.dates:
            return {"name": self.name, "dates": [list(span) for span in self.dates], "lift": self.lift}
        return {"name": self.name, "from": self.from_, "to": self.to, "lift": self.lift}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Peak":
        """From what `to_dict` gives, or from a peak of a market file. Raises BadInput where a word is not known."""
        words: list[Any] = list(plain) if isinstance(plain, Mapping) else [plain]
        if (
            not isinstance(plain, Mapping)
            or set(words) - {"name", "from", "to", "lift", "dates"}
            or "name" not in plain
        ):
            raise BadInput(
                "season: a peak has name, from and to (or dates), and lift; this one has {keys}.",
                keys=", ".join(str(word)[:40] for word in words),
            )
        name = str(plain["name"])
        try:
            lift = float(plain.get("lift", 1.0))
            spans: Sequence[Sequence[str]] = plain.get("dates", ())
            dates = tuple((str(first), str(last)) for first, last in spans)
            return cls(name, plain.get("from", ""), plain.get("to", ""), lift, dates)
        except (TypeError, OverflowError, ValueError) as problem:
            if isinstance(problem, BadInput):
                raise
            raise BadInput(
                "season: the peak {name!r} needs a number as lift, and from and to as days like '06-16'.",
                name=name[:40],
            ) from None


# The peaks looked for where none are named. Lead days have a lift of their own: pre-sales draw orders forward.
STANDARD: tuple[Peak, ...] = (
    Peak("Chinese New Year shopping", -21, -4),
    Peak("Chinese New Year holiday", -3, 6),
    Peak("618 lead", "06-01", "06-15"),
    Peak("618", "06-16", "06-20"),
    Peak("Double 11 lead", "10-24", "11-09"),
    Peak("Double 11", "11-10", "11-12"),
    Peak("Double 12", "12-10", "12-12"),
    Peak("Christmas", "12-01", "12-24"),
    Peak("after Christmas", "12-25", "01-01"),
)
