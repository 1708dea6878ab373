"""The season estimated from the log, together with the model of purchases."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from models.data.orders import OrdersLike, ReadOptions
from models.data.purchase_days import Visits, visits
from models.data.rfm import DayLike
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.identified import WeaklyIdentified, check_repeats
from models.families.model import Model
from models.families.priors import log_prior, widened
from models.numerics.arrays import Floats
from models.season.calendar import Season
from models.season.clock import on_clock
from models.season.derivatives import Customers, Hessian, hessian, merged, position_of
from models.season.festivals import STANDARD, Peak, days_from
from models.season.fitted import SeasonFit
from models.season.shape import Moments, Shape, day_rates, level_columns, level_sd, moments
from models.words import Remark, times

_CUSTOMERS = 40_000  # so many tell the season: their error is small beside the drift of a level nobody knows
_HESSIANS = 3
_STEPS = 40
_GAIN = 1e-5  # a further step would gain less log-likelihood than this

Maker = Callable[[], Model]


def estimate_season(
    orders: OrdersLike | Visits,
    model: Maker = BGNBD,
    end: DayLike | None = None,
    *,
    harmonics: int = 12,
    peaks: Sequence[Peak] = STANDARD,
    weekly: bool = True,
    **columns: Unpack[ReadOptions],
) -> SeasonFit:
    """Season and model, jointly, from `orders` (anything `summarise` takes, or Visits) up to and with `end`.

    Maximises the likelihood of the histories on the season's clock (docs/model.md section 8: the clock's rates at the
    purchases times the model's likelihood of tau_x, tau_T) plus the priors of Shape: a smooth yearly shape of `harmonics`
    waves, the named `peaks`, and weekdays if `weekly`. `model` makes an unfitted model, a class as a rule. Growth in
    acquisition and loss of customers do not pass for a season: only the rate of those at risk counts; and beside the
    season the level of demand may drift (a random walk, bent each half-year, 0 at the end), in the log but not after it.
    In a log of one cohort and less than two years, drift, loss and season can hardly be told apart: the priors decide, and
    the errors say so.

    Of many customers some 40,000 tell the season, evenly taken by frequency and days; the model is fitted to all on its
    clock. A model of regular rhythms (`Model.uses_gaps`) is fitted on the clock that BG/NBD finds: what the season
    does to the regularity is second to what it does to the rates; message_ says so. Raises what `summarise` and `fit`
    raise, and CannotIdentify where nobody has bought again.
    `columns`: customer, date, amount, order, status, keep, refund, currency, lines, timezone, date_format, sheet, identity,
    exclude, bad_rows, today and money, as `read_orders` takes them.
    """
    if any(not isinstance(peak, Peak) for peak in peaks):
        raise BadInput("season: peaks must be Peak objects; see models.season.Peak.")
    log = orders if isinstance(orders, Visits) else visits(orders, end, **columns)
    check_repeats("season", log.summary, "leave the season out")
    shape = Shape(harmonics, tuple(peaks), weekly)
    columns_of_days = shape.columns(days_from(log.first_day, log.end + 1))
    two_steps = model().uses_gaps
    climb = _Climb(log, shape, columns_of_days, BGNBD if two_steps else model)
    return climb.result(model if two_steps else None)


@dataclass
class _Point:
    """Where the climb stands: coefficients, season, model fitted there, posterior and its slope."""

    coefficients: Floats
    season: Moments
    model: Model
    value: float
    slope: Floats
    exposure: Floats
    customers: Customers


class _Climb:
    """Newton's method on the season's coefficients, the model fitted anew at each of them."""

    def __init__(self, log: Visits, shape: Shape, columns: Floats, model: Maker) -> None:
        self.log, self.shape, self._columns, self._model = log, shape, columns, model
        self._level = level_columns(log.end + 1)
        self._precision = 1.0 / np.concatenate([shape.prior_sd, level_sd(self._level.shape[1])]) ** 2
        self._few = _thinned(log)
        self._scale = len(log.summary) / len(self._few.summary)
        self.steps, self.converged = 0, False
        self._hessian: Hessian
        self.point = self._climb(self._few)

    def _rates(self, coefficients: Floats) -> Floats:
        return day_rates(self.shape, self._columns, coefficients, self._level)

    def _at(self, log: Visits, coefficients: Floats, near: Model | None = None) -> _Point:
        """The point with these coefficients; `near`: the model of one close by, from which its own is climbed."""
        season = moments(self.shape, self._columns, coefficients, self._level)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WeaklyIdentified)
            summary, model = on_clock(log, season.rates), self._model()
            fitted = model.fit(summary) if near is None else model.refit(summary, near)
        customers = Customers(merged(log), season.rates, 1.0)
        exposure = customers.exposure(fitted)
        slope = (log.counts() - season.rates * exposure) @ season.slopes - self._precision * coefficients
        assert fitted.log_likelihood_ is not None
        value = fitted.log_likelihood_ + log_prior(fitted) - 0.5 * float(self._precision @ coefficients**2)
        return _Point(coefficients, season, fitted, value, slope, exposure, customers)

    def _climb(self, log: Visits) -> _Point:
        """To the top."""
        here = self._at(log, np.zeros(self._precision.size))
        for step_number in range(_STEPS):
            if step_number < _HESSIANS:
                self._hessian = hessian(here.customers, here.model, here.season, here.exposure, log.counts())
            step = _newton(here.slope, self._information(here.model, self._hessian) + np.diag(self._precision))
            self.steps += 1
            if 0.5 * float(here.slope @ step) < _GAIN:
                self.converged = True
                break
            here, moved = self._forward(log, here, step)
            if not moved:
                self.converged = 0.5 * float(here.slope @ step) < 1e-3
                break
        return here

    def _forward(self, log: Visits, here: _Point, step: Floats) -> tuple[_Point, bool]:
        """The next point, on a step shortened until the posterior rises."""
        longest = float(np.abs(step).max())
        step = step / max(longest, 1.0)
        for _ in range(8):
            there = self._at(log, here.coefficients + step, here.model)
            if there.value >= here.value - 1e-10 * abs(here.value):
                return there, True
            step = 0.3 * step
        return here, False

    @staticmethod
    def _information(model: Model, hessian: Hessian) -> Floats:
        """Of the season's coefficients once the model's parameters are free, without the prior, (K, K)."""
        return np.asarray(-(hessian.season + hessian.across.T @ model.covariance_ @ hessian.across))

    def result(self, other: Maker | None) -> SeasonFit:
        """The season, its errors and the model on its clock; `other` is fitted on it in BG/NBD's place."""
        point, scale = self.point, self._scale
        information = self._information(point.model, self._hessian)
        few = _dispersion(self._few.counts(), point, information, self._precision)
        precision = information / few + np.diag(self._precision)
        # What moves weeks beyond chance moves all customers together, and chance is less among more of them.
        dispersion = 1.0 + (few - 1.0) * scale
        covariance = np.asarray(np.linalg.inv(_positive(precision)), dtype=np.float64)
        season = self.shape.season(point.coefficients)
        summary = on_clock(self.log, point.season.rates)
        model = (other or self._model)().fit(summary)
        k, K = len(model.parameters), covariance.shape[0]
        joint = np.zeros((k + K, k + K))
        joint[k:, k:] = covariance
        conditional = widened(model, dispersion)
        if other is None:
            follow = model.covariance_ @ self._hessian.across * scale  # how the parameters follow the season
        else:
            follow = _followed(self.log, self._rates, point.coefficients, covariance, model, other)
        joint[:k, k:] = follow @ covariance
        joint[k:, :k] = joint[:k, k:].T
        joint[:k, :k] = conditional + follow @ covariance @ follow.T
        joint = 0.5 * (joint + joint.T)  # to the last digit
        model.covariance_ = joint[:k, :k]
        return SeasonFit(
            season, model, summary, self.shape, point.coefficients, joint, dispersion, self.converged,
            self._remarks(dispersion, other), self.log,
        )  # fmt: skip

    def _remarks(self, dispersion: float, other: Maker | None) -> tuple[Remark, ...]:
        years = (self.log.end + 1) / 365.25
        went = "season and model converged in {steps} steps"
        if not self.converged:
            went = "season and model did not converge in {steps} steps"
        parts = [Remark(went, {"steps": self.steps})]
        if years < 1:
            parts.append(
                Remark("the log spans {years:.1f} years, so the rest of the year is the prior's", {"years": years})
            )
        elif years < 2:
            parts.append(
                Remark(
                    "the log spans {years:.1f} years, so no part of the season has been seen to return",
                    {"years": years},
                )
            )
        if dispersion > 1.5:
            parts.append(
                Remark(
                    "weeks vary {times} as much as chance, and the errors are widened for it",
                    {"times": times(dispersion)},
                )
            )
        if other is not None:
            parts.append(Remark("the season is BG/NBD's, and the model was fitted on its clock"))
        return tuple(parts)


def _thinned(log: Visits) -> Visits:
    """An evenly spaced sample of the customers sorted by frequency and days, to represent all."""
    n = len(log.summary)
    if n <= 1.5 * _CUSTOMERS:
        return log
    order = np.lexsort((log.last, log.first, log.summary.frequency))
    rows = np.zeros(n, dtype=bool)
    rows[order[:: -(-n // _CUSTOMERS)]] = True
    return log.pick(rows)


def _positive(matrix: Floats) -> Floats:
    """The matrix with its curvatures made positive: far from the top some may not be."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.maximum(np.abs(values), 1e-9 * np.abs(values).max())) @ vectors.T)


def _newton(slope: Floats, information: Floats) -> Floats:
    return np.asarray(np.linalg.solve(_positive(information), slope))


def _dispersion(counts: Floats, point: _Point, information: Floats, precision: Floats) -> float:
    """Overdispersion of weekly orders (Pearson's statistic over its degrees of freedom), at least 1."""
    expected = point.season.rates * point.exposure
    size = max(10.0, float(expected.sum()) / (expected.size / 7.0))
    weeks = max(int(expected.sum() / size), 1)  # what is left over belongs to the last: of itself it would be no week
    week = np.minimum(np.cumsum(expected) / size, weeks - 1.0).astype(int)
    by_week, seen = np.bincount(week, expected), np.bincount(week, counts)
    some = by_week > 1e-9
    used = float(np.trace(np.linalg.solve(_positive(information + np.diag(precision)), information)))
    free = max(float(some.sum()) - used, 0.25 * float(some.sum()), 1.0)
    return max(1.0, float((((seen - by_week) ** 2)[some] / by_week[some]).sum()) / free)


def _followed(
    log: Visits, rates: Callable[[Floats], Floats], at: Floats, covariance: Floats, model: Model, other: Maker
) -> Floats:
    """How the parameters of a model fitted on a given clock follow its season, (k, K), along the widest directions."""
    values, vectors = np.linalg.eigh(covariance)
    few = _thinned(log)
    out = np.zeros((len(model.parameters), at.size))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeaklyIdentified)
        for j in np.argsort(values)[-6:]:
            step = np.sqrt(values[j])
            ends = []
            for sign in (1.0, -1.0):
                ends.append(position_of(other().fit(on_clock(few, rates(at + sign * step * vectors[:, j])))))
            out += np.outer((ends[0] - ends[1]) / (2.0 * step), vectors[:, j])
    return out


__all__ = ["Season", "SeasonFit", "estimate_season"]
