"""Orders week by week, as they came and as the model expects them of customers when they join."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from models.checks.holdout import Holdout
from models.data.orders import Orders
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole

if TYPE_CHECKING:
    from models.season import Season, SeasonFit

_LIVES = 20_000  # simulated customers from whom the variance of one customer's weeks is taken
_KINDS = 200  # kinds of customers that are told apart; of more some stand for all
_NODES, _BEND = 200, 200.0  # ages at which a new customer's expectation is worked out, and how they crowd at the start
_NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True)
class Tracking:
    """Repeat orders a week of the customers seen by the last calibration day, and what the model expects; (weeks,).

    week: the number of the week's end, 1, 2, ... since the first order's day; split: the week in which calibration ended;
    band and cumulative_band (low, high), each (weeks,): 90 % intervals of what comes in a week and since the first, from the
    chance in customers' lives and the errors of parameters and season together; None where none was asked for.
    """

    week: Floats
    actual: Floats
    expected: Floats
    split: float
    band: tuple[Floats, Floats] | None = None
    cumulative_band: tuple[Floats, Floats] | None = None


def weekly_tracking(
    orders: Orders,
    scored: Holdout,
    rng: np.random.Generator | int | None = None,
    draws: int = 100,
    season: "SeasonFit | Season | None" = None,
) -> Tracking:
    """Whole weeks from the first order on; expectations are unconditional, from each customer's first day.

    `season`: the clock that the model was fitted on. With `rng` (a generator, or a seed) intervals too: the parameters' and
    the season's part from `draws` of their normal approximation, the customers' part from simulated lives.
    """
    weeks = max(((scored.end - orders.first_day).days + 1) // 7, 1)
    crowd, clock = _Crowd.of(orders, scored), _clock(orders, weeks, season)
    expected = crowd.weekly(scored.model, clock, weeks)
    split = ((scored.last_calibration_day - orders.first_day).days + 1) / 7.0
    bands: tuple[Any, Any] = (None, None)
    if rng is not None:
        generator = np.random.default_rng(rng)
        curves = _curves(crowd, scored.model, orders, weeks, season, draws, generator)
        lives = crowd.lives(scored.model, clock, weeks, generator)
        factor = getattr(season, "dispersion", 1.0)
        bands = (
            _band(curves, lives, expected, factor),
            _band(curves.cumsum(axis=1), lives.cumsum(axis=1), expected.cumsum(), factor),
        )
    return Tracking(np.arange(1.0, weeks + 1.0), _actual(orders, scored, weeks), expected, split, *bands)


def _actual(orders: Orders, scored: Holdout, weeks: int) -> Floats:
    """Days with a repeat order in each week, of the customers seen by the last calibration day."""
    import narwhals as nw

    morrow = datetime.combine(scored.end + timedelta(days=1), datetime.min.time())
    bought = orders.frame.filter((nw.col("amount") >= 0) & (nw.col("time") < nw.lit(morrow)))
    days = bought.select(customer=nw.col("customer"), day=nw.col("time").dt.truncate("1d")).unique()
    first = days.with_columns(first=nw.col("day").min().over("customer"))
    limit = datetime.combine(scored.last_calibration_day, datetime.min.time())
    repeat = first.filter((nw.col("day") > nw.col("first")) & (nw.col("first") <= nw.lit(limit)))
    counts = repeat.group_by("day").agg(n=nw.len()).collect(backend="pyarrow").to_arrow()
    at = (counts["day"].to_numpy().astype("datetime64[D]") - np.datetime64(orders.first_day, "D")).astype(int)
    return np.bincount(at // 7, weights=counts["n"].to_numpy(), minlength=weeks)[:weeks].astype(np.float64)


def _clock(
    orders: Orders, weeks: int, season: "SeasonFit | Season | None", coefficients: Floats | None = None
) -> Floats:
    """Operational time at the end of each day from the first order's day on, 0 before it, (7 weeks + 2,)."""
    days = 7 * weeks + 1
    if season is None:
        rates = np.ones(days)
    else:
        whose: Any = season
        fitted = hasattr(season, "coefficients")
        rates = whose.rates(orders.first_day, days, coefficients) if fitted else whose.daily(orders.first_day, days)
    return np.concatenate([[0.0], np.cumsum(rates)])


@dataclass(frozen=True)
class _Crowd:
    """The customers followed, and the day on which each began, counted from the first order's."""

    scored: Holdout
    begin: Whole

    @classmethod
    def of(cls, orders: Orders, scored: Holdout) -> "_Crowd":
        first = scored.calibration.first_day
        assert first is not None
        return cls(scored, (first - np.datetime64(orders.first_day, "D")).astype(np.int64))

    def kinds(self, model: Model) -> list[tuple[Model, Whole, float]]:
        """Plain models, the days on which their customers begin, and how many of all each of these stands for."""
        kinds = model.kinds(self.scored.calibration)
        large = [(kind, self.begin[rows], 1.0) for kind, rows in kinds if rows.size * _KINDS >= self.begin.size]
        small = [(kind, self.begin[rows]) for kind, rows in kinds if rows.size * _KINDS < self.begin.size]
        some = small[:: -(-len(small) // _KINDS)] if small else []
        each = sum(begin.size for _, begin in small) / max(sum(begin.size for _, begin in some), 1)
        return large + [(kind, begin, each) for kind, begin in some]

    def weekly(self, model: Model, clock: Floats, weeks: int) -> Floats:
        """Expected repeat orders a week, (weeks,). Purchases are at the middle of their days: a week ends half a day on."""
        total = np.zeros(weeks + 1)
        ends = np.interp(7.0 * np.arange(weeks + 1) + 0.5, np.arange(clock.size), clock)
        for kind, begin, each in self.kinds(model):
            day, many = np.unique(begin, return_counts=True)
            curve = _new(kind, np.maximum(ends - _starts(clock, day)[:, None], 0.0))
            total += each * (curve * many[:, None]).sum(axis=0)
        return np.diff(total)

    def lives(self, model: Model, clock: Floats, weeks: int, rng: np.random.Generator) -> Floats:
        """Covariance root of one customer's weeks, (lives, weeks): simulated orders less their kind's mean, times the root
        of how many customers there are over how many lives."""
        kinds = self.kinds(model)
        tables, n = [], self.begin.size
        share = _LIVES / max(sum(begin.size for _, begin, _ in kinds), 1)
        for kind, begin, _ in kinds:
            size = max(int(share * begin.size), 2)
            tables.append(_lived(kind, rng.choice(begin, size), clock, weeks, rng))
        lives = sum(table.shape[0] for table in tables)
        return np.concatenate(tables) * np.float32(np.sqrt(n / lives))


def _new(kind: Model, ages: Floats) -> Floats:
    """Expected repeat purchases of a new customer at many ages, any shape: a smooth curve through a few of them."""
    from scipy.interpolate import CubicSpline

    oldest = float(ages.max(initial=0.0))
    if ages.size <= 2 * _NODES or not oldest > 0:
        return kind.expected_purchases_new(ages)
    at = np.linspace(0.0, np.log1p(_BEND), _NODES)  # nodes lie closer where she is young and the curve bends
    curve = CubicSpline(at, kind.expected_purchases_new(oldest * np.expm1(at) / _BEND))
    return np.asarray(curve(np.log1p(_BEND * ages / oldest)))


def _starts(clock: Floats, begin: Whole) -> Floats:
    """The clock at the end of the days on which customers begin; at its own end for who comes after the last whole week."""
    return np.asarray(clock[np.minimum(begin + 1, clock.size - 1)])


def _lived(kind: Model, begin: Whole, clock: Floats, weeks: int, rng: np.random.Generator) -> Floats:
    """Repeat orders by week of customers who begin on these days, less their mean, (n, weeks)."""
    start = _starts(clock, begin)
    end = float(np.interp(7.0 * weeks + 0.5, np.arange(clock.size), clock))
    lived = kind.simulate(begin.size, np.maximum(end - start, 0.0), rng)
    day = np.interp(start[lived.customer] + lived.time, clock, np.arange(clock.size)) - 0.5
    week = (day // 7).astype(np.int64)
    inside = week < weeks
    table = np.zeros((begin.size, weeks), dtype=np.float32)
    np.add.at(table, (lived.customer[inside], week[inside]), 1.0)
    return np.asarray(table - table.mean(axis=0))


def _curves(
    crowd: _Crowd, model: Model, orders: Orders, weeks: int, season: Any, draws: int, rng: np.random.Generator
) -> Floats:
    """The weeks' expectation at draws of the parameters and of the season, (draws, weeks)."""
    values = model.normal_draws(draws, rng)
    clocks = [_clock(orders, weeks, season)] * draws
    if hasattr(season, "coefficients"):
        positions, coefficients = season.sample(draws, rng)
        clocks = [_clock(orders, weeks, season, c) for c in coefficients]
        if model is season.model:  # parameters and season drawn together
            values = dict(zip(model.parameters, np.exp(positions).T, strict=True))
    at = [model.at({name: column[i] for name, column in values.items()}) for i in range(draws)]
    return np.array([crowd.weekly(m, clock, weeks) for m, clock in zip(at, clocks, strict=True)])


def _band(curves: Floats, lives: Floats, expected: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """90 % interval of what comes in each week: normal, cut at 0."""
    chance = (lives.astype(np.float64) ** 2).sum(axis=0) * dispersion
    low, high = np.quantile(curves, [0.25, 0.75], axis=0)  # a draw of what the log leaves open may lie anywhere
    width = _NORMAL_90 * np.sqrt(chance + ((high - low) / 1.3489795) ** 2)
    return np.maximum(expected - width, 0.0), expected + width
