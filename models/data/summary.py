"""One row a customer: what every model here is fitted to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from models.data.frames import Frame
from models.errors import BadInput
from models.numerics.arrays import ArrayLike, Floats, holds_text, numbers_or_none
from models.words import Remark

if TYPE_CHECKING:
    import pandas as pd

TimeUnit: TypeAlias = Literal["day", "week"]
DAYS_IN: Mapping[TimeUnit, float] = {"day": 1.0, "week": 7.0}

_OPTIONAL = ("spend_count", "tau_x", "tau_T", "G_x", "G_before", "log_rates", "log_gaps")

_TIMES = ("recency", "T", "tau_x", "tau_T")
_ROUNDED = 1e-6  # of T
_MOST = 1e7  # repeat purchases of a customer: more are a mistake, and likelihoods count up to the largest one by one
_TOO_EARLY = "too early for {x:.0f} repeat purchases, which come after the first (not counted; one day is one purchase)"


@dataclass(frozen=True, repr=False)
class Summary:
    """Each customer's history in a few numbers; every array is (n,), times in `time_unit`.

    frequency: repeat purchase days (the first is not counted). recency: age at the last purchase, so the time from the
    first to the last, 0 without a repeat; it is not RFM's recency, the days since the last, which is T less this one. T:
    age at the end of observation. monetary_value: mean value of the repeat purchases of positive
    value, net of refunds, in the export's unit (0 without one); spend_count: how many those are.

    In operational time besides (docs/model.md sections 2 and 8): tau_x and tau_T the clock at the last purchase
    and at the end, G_x and G_before the loyalty exponents of the first x and the first x-1 repeat purchases
    added up, log_rates the sum of ln(m s) at the purchases. None means the calendar: tau_x = recency, tau_T =
    T, exponents 1, rates 1.

    log_gaps: sum of the logarithms of the times between successive purchases (of the clock, where there is one), for models
    of regular rhythms.

    Raises BadInput where lengths differ or a value is text, NaN, negative, or later than it can be, and where recency and
    frequency contradict each other, as they do where recency counts the days since the last purchase.
    """

    frequency: Floats
    recency: Floats
    T: Floats
    monetary_value: Floats | None = None
    spend_count: Floats | None = None
    customer: npt.NDArray[Any] | None = None
    first_day: npt.NDArray[np.datetime64] | None = None
    tau_x: Floats | None = None
    tau_T: Floats | None = None  # noqa: N815
    G_x: Floats | None = None
    G_before: Floats | None = None
    log_rates: Floats | None = None
    log_gaps: Floats | None = None
    time_unit: TimeUnit = "day"
    end: np.datetime64 | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("frequency", "recency", "T", "monetary_value", *_OPTIONAL):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, numbers_of(name, value))
        if self.monetary_value is not None and self.spend_count is None:
            object.__setattr__(self, "spend_count", np.where(self.monetary_value > 0, self.frequency, 0.0))
        self._check()

    def _check(self) -> None:
        n = self.frequency.size
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray) and value.shape != (n,):
                raise BadInput(
                    "summary: {column} has {rows} rows where frequency has {n}.",
                    column=column.name,
                    rows=value.shape[0],
                    n=n,
                )
        for name in (
            "frequency",
            "recency",
            "T",
            "monetary_value",
            "spend_count",
            "tau_x",
            "tau_T",
            "G_x",
            "G_before",
        ):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) & (value >= 0)).all():
                row = int(np.flatnonzero(~(np.isfinite(value) & (value >= 0)))[0])
                raise BadInput(
                    "summary: {name} is {value} in row {row}; it must be a number of at least 0.",
                    name=name,
                    value=value[row],
                    row=row,
                )
        if self.log_gaps is not None and not np.isfinite(self.log_gaps).all():
            row = int(np.flatnonzero(~np.isfinite(self.log_gaps))[0])
            raise BadInput(
                "summary: log_gaps is {log_gaps} in row {row}; it must be a number.",
                log_gaps=self.log_gaps[row],
                row=row,
            )
        if (self.frequency != np.rint(self.frequency)).any():
            row = int(np.flatnonzero(self.frequency != np.rint(self.frequency))[0])
            raise BadInput(
                "summary: frequency is {frequency} in row {row}; it counts whole purchases.",
                frequency=self.frequency[row],
                row=row,
            )
        if (self.frequency >= _MOST).any():
            row = int(np.flatnonzero(self.frequency >= _MOST)[0])
            raise BadInput(
                "summary: frequency is {frequency:g} in row {row}; it counts repeat purchases and must be below "
                "{most:,.0f}.",
                frequency=self.frequency[row],
                row=row,
                most=_MOST,
            )
        self._check_recency()
        if (self.G_x is None) != (self.G_before is None) or (self.tau_x is None) != (self.tau_T is None):
            raise BadInput("summary: tau_x and tau_T, and G_x and G_before, come in pairs.")

    def _check_recency(self) -> None:
        bought = self.frequency > 0
        # Both were rounded apart, perhaps to single precision: what is within it is meant to be equal.
        noise = _ROUNDED * self.T
        for wrong, why in (
            (self.recency > self.T + noise, "later than T {T:.6g}"),
            (~bought & (self.recency > noise), "above 0 without a repeat purchase"),
            (bought & (self.recency == 0), _TOO_EARLY),
        ):
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                told = Remark(why, {"T": self.T[row], "x": self.frequency[row]})
                raise BadInput(
                    "summary: recency {recency:.6g} is {told}, in row {row}. Here recency is the age at the last "
                    "purchase, the time from the first to the last, 0 without a repeat; if yours is RFM's, the time "
                    "since the last purchase, give T less it.",
                    recency=self.recency[row],
                    told=told,
                    row=row,
                )
        meant = np.where(bought, np.minimum(self.recency, self.T), 0.0)
        if (meant != self.recency).any():
            object.__setattr__(self, "recency", meant)

    def __len__(self) -> int:
        return int(self.frequency.size)

    def __repr__(self) -> str:
        time = f"up to {self.T.max(initial=0.0):g} {self.time_unit}s"
        if self.first_day is not None and self.end is not None and len(self):
            time = f"{self.first_day.min().astype('datetime64[D]')} to {self.end.astype('datetime64[D]')}"
        return f"Summary({len(self):,} customers, {self.frequency.sum():,.0f} repeat purchases, {time})"

    @property
    def clock(self) -> tuple[Floats, Floats]:
        """Operational time at the last purchase and at the end: (tau_x, tau_T), the calendar's where none is
        given."""
        if self.tau_x is None or self.tau_T is None:
            return self.recency, self.T
        return self.tau_x, self.tau_T

    def with_gaps(self, log_gaps: ArrayLike) -> Self:
        """The same customers with these sums of logarithms of the times between purchases, (n,)."""
        return replace(self, log_gaps=numbers_of("log_gaps", log_gaps))

    def in_weeks(self) -> "Summary":
        """The same customers with time counted in weeks."""
        return self._in_unit("week")

    def in_days(self) -> "Summary":
        """The same customers with time counted in days."""
        return self._in_unit("day")

    def _in_unit(self, unit: TimeUnit) -> "Summary":
        if unit == self.time_unit:
            return self
        factor = DAYS_IN[self.time_unit] / DAYS_IN[unit]
        times = {n: getattr(self, n) for n in _TIMES}
        scaled = {n: v * factor if factor > 1 else v / (1 / factor) for n, v in times.items() if v is not None}
        if self.log_gaps is not None:
            scaled["log_gaps"] = self.log_gaps + self.frequency * np.log(factor)
        return replace(self, time_unit=unit, **scaled)

    def __getitem__(self, rows: slice | ArrayLike) -> Self:
        """The customers that `rows` (mask, slice or indices) picks."""
        picked = {
            f.name: getattr(self, f.name)[rows] for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray)
        }
        return replace(self, **picked)

    def to_frame(self) -> "pd.DataFrame":
        """A pandas frame with one row a customer and the columns that are there."""
        import pandas as pd

        columns = ["customer", "first_day", "frequency", "recency", "T", "monetary_value", *_OPTIONAL]
        return pd.DataFrame({c: getattr(self, c) for c in columns if getattr(self, c) is not None})

    @classmethod
    def from_frame(cls, frame: Frame, time_unit: TimeUnit = "day") -> Self:
        """From any dataframe with columns frequency, recency, T and, where known, the others of this
        class."""
        import narwhals as nw

        table: nw.DataFrame[Any] = nw.from_native(cast(Any, frame), eager_only=True)
        missing = [c for c in ("frequency", "recency", "T") if c not in table.columns]
        if missing:
            raise BadInput(
                "summary: no column {column!r}; there are {columns}.",
                column=missing[0],
                columns=", ".join(table.columns),
            )
        names = ("customer", "frequency", "recency", "T", "monetary_value", *_OPTIONAL)
        columns: dict[str, Any] = {n: table[n].to_numpy() for n in names if n in table.columns}
        return cls(time_unit=time_unit, **columns)

    @classmethod
    def of_spend(cls, frequency: ArrayLike, monetary_value: ArrayLike) -> Self:
        """Customers of whom only the spend is known: `frequency` repeat purchases worth `monetary_value` on average, (n,).

        Their times are not known; recency and T stand in by counting purchases, and no model of spend looks at them.
        """
        repeats = numbers_of("frequency", frequency)
        return cls(repeats, repeats, repeats, numbers_of("monetary_value", monetary_value))


def numbers_of(name: str, value: ArrayLike) -> Floats:
    """A column as numbers, (n,). Raises BadInput where something in it is none: text and dates are none."""
    numbers = numbers_or_none(value)
    if numbers is not None:
        return np.ascontiguousarray(numbers).reshape(-1)
    if name in _TIMES and _holds_dates(value):
        raise BadInput("summary: {name} holds dates; give days since the first purchase, not dates.", name=name)
    if holds_text(np.asarray(value, dtype=object)):
        raise BadInput("summary: {name} holds text; turn it into numbers first.", name=name)
    raise BadInput("summary: {name} holds something that is no number; give one number a customer.", name=name)


def _holds_dates(value: ArrayLike) -> bool:
    given = np.asarray(value)
    return given.dtype.kind == "M" or (given.dtype.kind == "O" and any(isinstance(v, date) for v in given.reshape(-1)))
