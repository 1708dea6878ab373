"""How the likelihood of a log moves with its season, for any model that lives on a clock.

A model knows the season only through tau_x, tau_T and the rates at the purchases. By Fisher's identity, minus the slope of
a customer's log-likelihood in tau_T is the expected order rate of one still alive at the end times the chance to be so,
and in tau_x the same of one lost after the last purchase. Added up over customers by day they are the exposure e(d): the
orders expected on day d at multiplier 1, given all histories. The score is that of a Poisson regression,
sum over days of (N(d) - s(d) e(d)) d ln s(d).
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from models.data.purchase_days import Visits
from models.data.summary import Summary
from models.families.model import Model
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.season.shape import Moments

_FIRST_STEP, _SECOND_STEP = 1e-5, 1e-3  # relative steps of the differences, first and second
_PIECE = 20_000


@dataclass(frozen=True)
class Rows:
    """Customers with equal (frequency, first day, last day), (rows,), and how many of them; days end on `end`."""

    x: Floats
    first: Whole
    last: Whole
    count: Floats
    end: int


def merged(log: Visits) -> Rows:
    """The customers who bought before the last day, merged: the others have not been at risk."""
    seen = log.first < log.end
    x, days = np.rint(log.summary.frequency).astype(np.int64)[seen], log.end + 1
    keys, count = np.unique((x * days + log.first[seen]) * days + log.last[seen], return_counts=True)
    rest, last = np.divmod(keys, days)
    x, first = np.divmod(rest, days)
    return Rows(x.astype(np.float64), first, last, count.astype(np.float64), log.end)


def at_parameters(model: Model, position: Floats) -> Model:
    """A copy of the model whose parameters' logarithms are `position`."""
    other = copy(model)
    other.params_ = dict(zip(model.parameters, map(float, np.exp(position)), strict=True))
    return other


def position_of(model: Model) -> Floats:
    """Logarithms of the model's parameters, in order."""
    return np.log([model.params_[name] for name in model.parameters])


def _floats(values: Whole) -> Floats:
    return values.astype(np.float64)


class Customers:
    """The merged customers of a log on one clock: slopes and curvatures of their likelihood along it."""

    def __init__(self, rows: Rows, rates: Floats, time: float) -> None:
        """`time`: one day in the unit of the model's parameters."""
        clock = np.cumsum(rates) * time
        self.rows, self._time = rows, time
        self._x, self._end = clock[rows.last] - clock[rows.first], clock[-1] - clock[rows.first]
        self._blank = Summary(rows.x, _floats(rows.last - rows.first), _floats(rows.end - rows.first))

    def _value(self, model: Model, i: int, j: int, step: float) -> Floats:
        """Log-likelihoods with tau_x moved by `i` and tau_T by `j` relative steps."""
        room = np.maximum(self._end, self._x * (1.0 + 4.0 * step))  # tau_x stays below tau_T
        x, end = self._x * (1.0 + i * step), room * (1.0 + j * step)
        return model.log_likelihood(replace(self._blank, tau_x=x, tau_T=end))

    def exposure(self, model: Model) -> Floats:
        """Expected orders on each day at multiplier 1, given all histories: (end + 1,)."""
        h, rows = _FIRST_STEP, self.rows
        lost = (self._value(model, -1, 0, h) - self._value(model, 1, 0, h)) / (
            2 * h * np.where(rows.x > 0, self._x, np.inf)
        )
        alive = (self._value(model, 0, -1, h) - self._value(model, 0, 1, h)) / (2 * h * self._end)
        starts, size = np.zeros(rows.end + 2), rows.end + 2
        alive, lost = alive * rows.count * self._time, np.where(rows.x > 0, lost, 0.0) * rows.count * self._time
        starts += np.bincount(rows.first + 1, alive + lost, minlength=size)
        starts -= np.bincount(rows.last + 1, lost, minlength=size)
        return np.asarray(np.cumsum(starts)[:-1])

    def curvature(self, model: Model, season: Moments) -> Floats:
        """The part of the Hessian that comes from what is not known of each customer, (K, K)."""
        h, rows = _SECOND_STEP, self.rows
        value = {(i, j): self._value(model, i, j, h) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        on_x = np.where(rows.x > 0, self._x, np.inf) * h / self._time
        on_end = self._end * h / self._time
        xx = (value[1, 0] - 2 * value[0, 0] + value[-1, 0]) / on_x**2
        ee = (value[0, 1] - 2 * value[0, 0] + value[0, -1]) / on_end**2
        xe = (value[1, 1] - value[1, -1] - value[-1, 1] + value[-1, -1]) / (4 * on_x * on_end)
        moved = np.cumsum(season.rates[:, None] * season.slopes, axis=0)
        total = np.zeros((moved.shape[1], moved.shape[1]))
        for start in range(0, rows.x.size, _PIECE):
            piece = slice(start, start + _PIECE)
            first, count = moved[rows.first[piece]], rows.count[piece, None]
            by_x, by_end = moved[rows.last[piece]] - first, moved[-1] - first
            total += by_x.T @ (count * xx[piece, None] * by_x) + by_end.T @ (count * ee[piece, None] * by_end)
            cross = by_x.T @ (count * xe[piece, None] * by_end)
            total += cross + cross.T
        return total


@dataclass(frozen=True)
class Hessian:
    """Of the log-likelihood: in the season's coefficients (K, K), and across the parameters' logarithms (k, K)."""

    season: Floats
    across: Floats


def hessian(customers: Customers, model: Model, season: Moments, exposure: Floats, counts: Floats) -> Hessian:
    """Exact but for the differences: Poisson part, the normalisation's bend, and what is not known of customers."""
    expected = season.rates * exposure
    own = -(season.slopes * expected[:, None]).T @ season.slopes
    own += season.bend * (expected.sum() - counts.sum()) + customers.curvature(model, season)
    centre, step = position_of(model), 1e-4
    across = np.empty((centre.size, own.shape[0]))
    for k in range(centre.size):
        move = np.zeros(centre.size)
        move[k] = step
        up, down = (customers.exposure(at_parameters(model, centre + sign * move)) for sign in (1, -1))
        across[k] = -((season.rates * (up - down) / (2 * step)) @ season.slopes)
    return Hessian(0.5 * (own + own.T), across)
