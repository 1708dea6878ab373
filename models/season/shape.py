"""What a season to be estimated is made of, and how large its parts may be before the log has spoken."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.errors import BadInput
from models.numerics.arrays import Floats
from models.season.calendar import Season, reference_days, waves, weekday
from models.season.festivals import STANDARD, Days, Peak

# Standard deviations of the multiplier's logarithm before anything is seen. The h-th wave of the year has 0.2 / h, which
# is the smoothness of a random walk tied together at New Year; a peak's lift is within a factor of four, as a rule;
# weekdays differ by a third.
SMOOTH, PEAK, WEEKDAY = 0.2, 0.7, 0.3

# Besides its season demand drifts: the level's logarithm is a random walk with this standard deviation after a year.
# Without it a decline within a single year passes for a season, and comes back in next year's forecast.
LEVEL = 0.1
_BEND = 182.5  # days between the level's bends


@dataclass(frozen=True)
class Shape:
    """ln s(day) = waves of the year + peaks + weekdays - constant: K coefficients with independent normal priors."""

    harmonics: int = 12
    peaks: tuple[Peak, ...] = STANDARD
    weekly: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.harmonics <= 180:
            raise BadInput(
                "season: {harmonics} harmonics; give 0 (no smooth shape) to 180.",
                harmonics=self.harmonics,
            )
        names = [peak.name for peak in self.peaks]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInput("season: two peaks are called {twice!r}; give each its own name.", twice=twice)

    @cached_property
    def prior_sd(self) -> Floats:
        """Standard deviation of each coefficient before anything is seen, (K,)."""
        smooth = np.repeat(SMOOTH / np.arange(1, self.harmonics + 1), 2)
        return np.concatenate([smooth, np.full(len(self.peaks), PEAK), np.full(7 if self.weekly else 0, WEEKDAY)])

    def columns(self, days: Days) -> Floats:
        """What each coefficient multiplies on each day, (days, K)."""
        parts = [waves(days, self.harmonics)]
        parts += [peak.on(days)[:, None].astype(np.float64) for peak in self.peaks]
        if self.weekly:
            parts.append(np.eye(7)[weekday(days)])
        return np.concatenate(parts, axis=1)

    @cached_property
    def reference(self) -> Floats:
        """`columns` of the days over which the season has mean 1."""
        return self.columns(reference_days())

    def season(self, coefficients: Floats) -> Season:
        """The season with these coefficients, of which the first K are its own."""
        coefficients = coefficients[: self.prior_sd.size]
        smooth = coefficients[: 2 * self.harmonics].reshape(-1, 2)
        lifts = np.exp(coefficients[2 * self.harmonics :])
        peaks = tuple(replace(p, lift=float(lift)) for p, lift in zip(self.peaks, lifts, strict=False))
        weekdays = tuple(map(float, lifts[len(peaks) :])) if self.weekly else (1.0,) * 7
        return Season(peaks=peaks, harmonics=tuple((float(c), float(s)) for c, s in smooth), weekdays=weekdays)


@dataclass(frozen=True)
class Moments:
    """A season on the log's days and how it moves with the coefficients.

    rates (days,): s; slopes (days, K): derivative of ln s; bend (K, K): minus its second derivative, the same every day.
    """

    rates: Floats
    slopes: Floats
    bend: Floats


def level_columns(days: int) -> Floats:
    """What each half-year's move of the level does to a log's days, (days, moves): the level is 0 on the last day."""
    back = np.arange(days - 1, -1, -1)[:, None] / _BEND
    moves = int(np.ceil(back[0, 0])) if days > 1 else 0
    return np.asarray(-np.clip(back - np.arange(moves), 0.0, 1.0))


def level_sd(moves: int) -> Floats:
    """Standard deviation of each move before anything is seen, (moves,)."""
    return np.full(moves, LEVEL * np.sqrt(_BEND / 365.25))


def moments(shape: Shape, columns: Floats, coefficients: Floats, level: Floats | None = None) -> Moments:
    """The season of the days that have these `columns` (days, K), of mean 1 over the reference days.

    With `level` (days, moves) its moves are further coefficients, (K + moves,) in all.
    """
    rates, reference = day_rates(shape, columns, coefficients, level), shape.reference
    logarithm = reference @ coefficients[: columns.shape[1]]
    weight = np.exp(logarithm - logarithm.max())
    weight /= weight.sum()
    mean = weight @ reference
    bend = (reference * weight[:, None]).T @ reference - np.outer(mean, mean)
    if level is None:
        return Moments(rates, columns - mean, bend)
    return Moments(rates, np.concatenate([columns - mean, level], axis=1), np.pad(bend, (0, level.shape[1])))


def day_rates(shape: Shape, columns: Floats, coefficients: Floats, level: Floats | None = None) -> Floats:
    """The rates of `moments` alone, (days,): draws of a season need no slopes."""
    own, moves = np.split(coefficients, [columns.shape[1]])
    logarithm = shape.reference @ own
    log_mean = float(logarithm.max() + np.log(np.exp(logarithm - logarithm.max()).mean()))
    rates = np.exp(columns @ own - log_mean)
    return np.asarray(rates if level is None else rates * np.exp(level @ moves))
