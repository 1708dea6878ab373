"""A season estimated from a log: its errors, and forecasts whose intervals know them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from models.data.purchase_days import Visits
from models.data.rfm import DayLike, day_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.ahead import Ahead
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.normal import REACH, normal_steps
from models.season.calendar import Season
from models.season.clock import clock_after, forecast_orders, on_clock, operational
from models.season.derivatives import at_parameters, position_of
from models.season.festivals import days_from
from models.season.shape import LEVEL, Shape, day_rates, level_columns, moments
from models.words import Remark

_DRAWS = 100  # joint draws of parameters and season for the spread of a total
_SAMPLE = 1_000  # customers in whom the spread of a total is looked at
_MOST = 400  # purchases up to which a customer's count is spelled out


@dataclass(frozen=True)
class Forecast:
    """Orders of all customers in a window: what is expected, and where they lie with the chance `level`.

    each (n,): expected orders of each customer. sd_log: standard deviation of the total's logarithm from season and
    parameters together; chance_sd: standard deviation of the total from chance alone.
    """

    expected: float
    low: float
    high: float
    level: float
    each: Floats
    sd_log: float
    chance_sd: float


@dataclass(frozen=True, repr=False)
class SeasonFit:
    """What `estimate_season` found.

    season; model, fitted on its clock, its covariance_ widened by what is not known of the season; summary, the customers
    on that clock, drift included; coefficients of `shape` (K,) and of the level's moves, newest first; covariance of
    (parameters' logarithms, coefficients);
    dispersion: how much more orders vary by the week than chance says; remarks: how it went, message in one sentence.
    """

    season: Season
    model: Model
    summary: Summary
    shape: Shape
    coefficients: Floats
    covariance: Floats
    dispersion: float
    converged: bool
    remarks: tuple[Remark, ...]
    log: Visits = field(repr=False)

    def __repr__(self) -> str:
        return f"SeasonFit({len(self.shape.peaks)} peaks looked for; {self.model!r})"

    @property
    def message(self) -> str:
        """The remarks in one sentence."""
        return "; ".join(remark.say() for remark in self.remarks)

    def errors(self, first_day: DayLike, days: int) -> Floats:
        """Standard error of the logarithm of the season's multiplier on each of the `days` days from `first_day`."""
        columns = self.shape.columns(days_from(first_day, days))
        slopes = moments(self.shape, columns, self.coefficients[: columns.shape[1]]).slopes
        return np.asarray(np.sqrt(np.einsum("dk,kl,dl->d", slopes, self._of_season(), slopes)))

    def _of_season(self) -> Floats:
        k, K = len(self.model.parameters), self.shape.prior_sd.size
        return np.asarray(self.covariance[k : k + K, k : k + K])

    def _rates(self, coefficients: Floats) -> Floats:
        """Season times level on the log's days."""
        return day_rates(self.shape, self._columns, coefficients, self._level)

    @cached_property
    def _columns(self) -> Floats:
        """The log's days in the season's terms, (days, K)."""
        return self.shape.columns(days_from(self.log.first_day, self.log.end + 1))

    @cached_property
    def _level(self) -> Floats:
        """The log's days in the level's terms, (days, moves)."""
        return level_columns(self.log.end + 1)

    def rates(self, first_day: DayLike, days: int, coefficients: Floats | None = None) -> Floats:
        """Multipliers of the `days` days from `first_day`, (days,): season and level in the log, the season alone outside.

        `coefficients`: others than those found, as `sample` draws them.
        """
        coefficients = self.coefficients if coefficients is None else coefficients
        out = self.shape.season(coefficients).daily(first_day, days)
        begin = int((self.log.first_day - np.datetime64(day_of(first_day, "first_day"), "D")).astype(int))
        start, stop = max(begin, 0), min(begin + self.log.end + 1, days)
        if start < stop:
            out[start:stop] = self._rates(coefficients)[start - begin : stop - begin]
        return out

    def ahead(self, rng: np.random.Generator, days: float) -> Ahead:
        """The clock of the days after the log's end, with what is not known of parameters, season and level for totals
        over `days`."""
        last = day_of(str(self.summary.end), "end")
        whole = max(int(np.ceil(days)), 1)
        sd_log = float(np.hypot(self._spread(rng, None, whole, _DRAWS), self._drift(None, whole)))
        return Ahead(clock_after(self.season, last), sd_log, self.dispersion, self.model)

    def lifts(self) -> dict[str, tuple[float, float]]:
        """Each named peak's lift and the standard error of its logarithm."""
        first = 2 * self.shape.harmonics
        sd = np.sqrt(np.diag(self._of_season()))[first:]
        value = np.exp(self.coefficients[first:])
        return {p.name: (float(v), float(s)) for p, v, s in zip(self.shape.peaks, value, sd, strict=False)}

    def clear_lifts(self, level: float = 0.9) -> dict[str, tuple[float, float, float]]:
        """Lift and the ends of its interval, of the peaks whose interval does not hold 1: those that the log shows.

        The intervals hold `level` together (Sidak): of nine peaks looked for at once in a shop that knows none of them, one
        would stand out by chance with 90 % each.
        """
        from scipy.special import ndtri

        z = float(ndtri(0.5 + 0.5 * level ** (1.0 / max(len(self.shape.peaks), 1))))
        ends = {
            name: (lift, lift * np.exp(-z * sd), lift * np.exp(z * sd)) for name, (lift, sd) in self.lifts().items()
        }
        return {name: told for name, told in ends.items() if not told[1] <= 1.0 <= told[2]}

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draws of the parameters' logarithms (n, k) and of the season's coefficients (n, K), normal within reach."""
        k = len(self.model.parameters)
        draws = normal_steps(self.covariance, n, rng, k)
        return position_of(self.model) + draws[:, :k], self.coefficients + draws[:, k:]

    def forecast(
        self,
        rng: np.random.Generator,
        from_day: DayLike | None = None,
        days: int = 365,
        level: float = 0.9,
        draws: int = 100,
    ) -> Forecast:
        """Orders of the customers seen, in the `days` days from `from_day` (default: the day after the log's end).

        The interval holds three things: the season and the parameters (`draws` joint draws, in a sample of customers if
        they are many) with the level's drift going on, and chance, widened by `dispersion`. It knows nothing of a next year
        whose season is another.
        Raises BadInput for a level outside (0, 1) and as `forecast_orders` does.
        """
        from scipy.special import ndtri

        if not 0 < level < 1:
            raise BadInput("season: the level is {level}; it must lie between 0 and 1, like 0.9.", level=level)
        if days < 1:
            raise BadInput("season: the window has {days} days; an interval needs at least 1.", days=days)
        each = forecast_orders(self.model, self.summary, self.season, from_day, days)
        expected = float(each.sum())
        sd_log = float(np.hypot(self._spread(rng, from_day, days, draws), self._drift(from_day, days)))
        chance = float(np.sqrt(self.dispersion * self._chance(rng, from_day, days, expected)))
        z = float(ndtri(0.5 + 0.5 * level))
        # Season and parameters multiply the total, chance adds to it: their spreads are put together on the log scale.
        whole = float(np.hypot(sd_log, chance / max(expected, 1e-300))) if expected > 0 else 0.0
        return Forecast(
            expected,
            float(expected * np.exp(-z * whole)),
            float(expected * np.exp(z * whole)),
            level,
            each,
            sd_log,
            chance,
        )

    def _drift(self, from_day: DayLike | None, days: int) -> float:
        """Standard deviation of the level's mean over the window: a random walk goes on, LEVEL after a year."""
        first = self._morrow() if from_day is None else day_of(from_day, "from_day")
        years = np.array([(first - self._morrow()).days, days]) / 365.25
        return LEVEL * float(np.sqrt(max(years[0], 0.0) + years[1] / 3.0))

    def _morrow(self) -> date:
        return day_of(str(self.summary.end), "end") + timedelta(days=1)

    def _some(self, rng: np.random.Generator) -> Visits:
        n = len(self.summary)
        if n <= _SAMPLE:
            return self.log
        rows = np.zeros(n, dtype=bool)
        rows[rng.choice(n, _SAMPLE, replace=False)] = True
        return self.log.pick(rows)

    def _spread(self, rng: np.random.Generator, from_day: DayLike | None, days: int, draws: int) -> float:
        """Standard deviation of the total's logarithm over joint draws of parameters and season."""
        some = self._some(rng)
        totals = []
        for position, coefficients in zip(*self.sample(draws, rng), strict=True):
            model, season = at_parameters(self.model, position), self.shape.season(coefficients)
            total = forecast_orders(model, on_clock(some, self._rates(coefficients)), season, from_day, days).sum()
            totals.append(float(total))
        # From the quartiles: a draw of a parameter that the log leaves open may lie anywhere within reach.
        logs = np.log(np.maximum([total for total in totals if np.isfinite(total)], 1e-300))
        low, high = np.quantile(logs, [0.25, 0.75]) if logs.size else (-2.0 * REACH, 2.0 * REACH)
        return float(min(high - low, 4.0 * REACH) / 1.3489795)

    def _chance(self, rng: np.random.Generator, from_day: DayLike | None, days: int, expected: float) -> float:
        """Variance of the total given season and parameters: each customer's own, added up."""
        some = on_clock(self._some(rng), self._rates(self.coefficients))
        morrow = self._morrow()
        first = morrow if from_day is None else day_of(from_day, "from_day")
        t = operational(self.season, morrow, first + timedelta(days=days - 1), some.time_unit)
        most = int(min(_MOST, 20 + 4 * self.model.expected_purchases(t, some).max(initial=0.0)))
        n = np.arange(most + 1.0)
        mean = variance = 0.0
        for start in range(0, len(some), 500):
            chances = self.model.purchase_distribution(t, most, some[start : start + 500])
            first_moment = chances @ n
            mean += float(first_moment.sum())
            variance += float((chances @ n**2 - first_moment**2).sum())
        return expected * max(1.0, variance / mean) if mean > 0 else expected
