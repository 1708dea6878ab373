"""BG/NBD with a customer's own alpha (rhythm) and b (loss): likelihood with derivatives, predictions, simulation.

alpha_i = alpha exp(-gamma' z), b_i = b exp(-delta' z). Fader & Hardie (2007), "Incorporating time-invariant covariates into
the Pareto/NBD and BG/NBD models", let covariates scale a and b by coefficients of their own; here b alone has them, for two
reasons. One coefficient a covariate is what data on losses can bear, and b is the one that keeps its meaning: the odds of a
loss at an order, a/b_i, are multiplied by exp(delta' z), and the chance to survive n orders, about (1 + n/b_i)^-a, runs
through its orders exp(delta' z) times as fast, just as Pareto/NBD's (1 + t/beta_i)^-s runs through time.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

import numpy as np
from scipy.special import psi

from models.families.bg_nbd import likelihood as lik
from models.families.bg_nbd.expectation import count_chances, mean_orders
from models.families.bg_nbd.posterior import posterior_parameters
from models.families.bg_nbd.simulation import simulate
from models.families.covariates.climb import Piece
from models.families.covariates.histories import Histories
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import Whole, distinct_rows
from models.numerics.special import log_beta_ratio, log_one_minus_exp, log_rising, trigamma

_PIECE = 8_192

_Table: TypeAlias = tuple[Floats, Floats, Floats]


class BGNBDRows:
    """See models/families/covariates/model.py: Own."""

    shifted: ClassVar[Mapping[str, tuple[int, float]]] = {"rhythm": (1, -1.0), "loss": (3, -1.0)}

    def __init__(self, h: Histories) -> None:
        self.h = h
        self.plain = h.G_x is None or h.G_before is None
        G_x = h.x if h.G_x is None else h.G_x
        G_before = np.maximum(h.x - 1.0, 0.0) if h.G_before is None else h.G_before
        # What depends on the number of orders, their exponents and b is worked out once for all who share it.
        columns = [h.x, h.profile["loss"].astype(np.float64), *([] if self.plain else [G_x, G_before])]
        kinds, kind = distinct_rows(columns)
        self.kind: Whole = np.arange(h.x.size) if kind is None else kind
        self.x, self.loss = kinds[0], kinds[1].astype(np.int64)
        self.G_x = self.x if self.plain else kinds[2]
        self.G_before: Floats = np.maximum(self.x - 1.0, 0.0) if self.plain else kinds[3]

    @property
    def count(self) -> Floats:
        """Customers a row."""
        return self.h.count

    def pieces(self, u: Floats, shifts: Mapping[str, Floats]) -> Iterator[Piece]:
        """Log-likelihood of some rows with gradient and Hessian in their own ln(r, alpha, a, b)."""
        r, a = float(np.exp(u[0])), float(np.exp(u[2]))
        alpha = np.exp(u[1] + shifts["rhythm"])
        tables = self._kinds(r, a, np.exp(u[3] + shifts["loss"])[self.loss])
        for start in range(0, self.kind.size, _PIECE):
            rows = slice(start, start + _PIECE)
            yield (rows, *self._piece(rows, r, alpha[self.h.profile["rhythm"][rows]], *tables))

    def _kinds(self, r: float, a: float, b: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """ln of each brace's Beta functions, its gradient (2, kinds) and Hessian (3, kinds) in ln(a, b), for alive [0] and
        lost [1]; and ln Gamma(r+x)/Gamma(r) with two derivatives in ln r, (3, kinds)."""
        x, G_x, G_before = self.x, self.G_x, self.G_before
        bought = x > 0
        if self.plain:
            before, last = _of_counts(a, b, G_before), _terms(a, b + G_before)
            step, step1, step2 = (part * bought for part in _in_logarithms(a, b, last))
        else:
            alive, before = (_in_logarithms(a, b, _ratio(a, b, G)) for G in (G_x, G_before))
            step = log_beta_ratio(a, b + G_before, np.where(bought, G_x - G_before, 0.0))
            step1, step2 = alive[1] - before[1], alive[2] - before[2]
        alive = before[0] + step, before[1] + step1, before[2] + step2
        step = np.where(bought, step, -1.0)
        slope = 1.0 / np.expm1(-step)  # minus the derivative of ln(1 - e^step)
        outer = np.stack([step1[0] ** 2, step1[0] * step1[1], step1[1] ** 2])
        lost = np.where(bought, before[0] + log_one_minus_exp(step), -np.inf)
        lost1 = np.where(bought, before[1] - slope * step1, 0.0)
        lost2 = np.where(bought, before[2] - slope * step2 - slope * (1.0 + slope) * outer, 0.0)
        orders = self._rises(r)
        return np.stack([alive[0], lost]), np.stack([alive[1], lost1]), np.stack([alive[2], lost2]), orders

    def _rises(self, r: float) -> Floats:
        """ln Gamma(r+x)/Gamma(r) with two derivatives in ln r, (3, kinds), worked out once for each x there is."""
        x, place = np.unique(self.x, return_inverse=True)
        rises = r * (psi(r + x) - psi(r))
        bends = rises + r * r * (trigamma(r + x) - trigamma(r))
        return np.asarray(np.stack([log_rising(r, x), rises, bends])[:, place])

    def _piece(
        self, rows: slice, r: float, alpha: Floats, value_k: Floats, first_k: Floats, second_k: Floats, orders_k: Floats
    ) -> tuple[Floats, Floats, Floats]:
        kind = self.kind[rows]
        x, ends = self.x[kind], np.stack([self.h.tau_T[rows], self.h.tau_x[rows]])  # alive, lost
        k, passed = r + x, ends / (alpha + ends)
        on = np.log1p(ends / alpha)
        braces = value_k[:, kind] - k * on
        value = np.logaddexp(braces[0], braces[1])
        weight = np.exp(braces - value)  # P(alive), P(lost)
        orders = orders_k[:, kind]
        value += orders[0] - x * np.log(alpha)

        own = np.empty((4, 2, kind.size))  # each brace's gradient
        own[0], own[1] = -r * on, k * passed
        own[2:] = first_k[:, :, kind].transpose(1, 0, 2)
        first = (own * weight).sum(axis=1)
        difference = own[:, 0] - own[:, 1]
        second = (weight[0] * weight[1]) * difference[:, None] * difference[None, :]
        mean_passed = (weight * passed).sum(axis=0)
        second[0, 0] += first[0] + orders[2]
        second[[0, 1], [1, 0]] += r * mean_passed
        second[1, 1] -= k * (weight * passed * (1.0 - passed)).sum(axis=0)
        aa, ab, bb = (weight[:, None] * second_k[:, :, kind]).sum(axis=0)
        second[2, 2] += aa
        second[[2, 3], [3, 2]] += ab
        second[3, 3] += bb
        first[0] += orders[1]
        first[1] -= x
        return value, first, second

    # -- predictions --------------------------------------------------------------------------------------------------

    def _state(self, u: Floats, shifts: Mapping[str, Floats]) -> Any:
        h, params = self.h, self.own(u, shifts, self.h.profile)
        return posterior_parameters(params, h.x, h.tau_x, h.tau_T, h.G_x, h.G_before)

    @staticmethod
    def own(u: Floats, shifts: Mapping[str, Floats], profile: Mapping[str, Whole]) -> dict[str, Any]:
        """Each row's own parameters: alpha and b are arrays."""
        r, alpha, a, b = np.exp(u)
        own_alpha = alpha * np.exp(shifts["rhythm"])[profile["rhythm"]]
        return {"r": float(r), "alpha": own_alpha, "a": float(a), "b": b * np.exp(shifts["loss"])[profile["loss"]]}

    def alive(self, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """P(alive), (rows,)."""
        return np.asarray(self._state(u, shifts).probability_alive)

    def expected(self, t: Floats, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """Expected orders in the next `t`, (rows,)."""
        state, h = self._state(u, shifts), self.h
        # A customer who is alive does not remember when she last bought: fewer rows still.
        index = [h.profile[p].astype(np.float64) for p in ("rhythm", "loss")]
        exponents = [] if h.G_x is None else [h.G_x]
        rows, place = distinct_rows([h.x, h.tau_T, t, *index, *exponents])
        if place is None:
            some: Any = slice(None)
        else:
            some = np.zeros(rows[0].size, dtype=np.int64)
            some[place] = np.arange(place.size)
        orders = mean_orders(t[some], state.shape[some], state.rate_alive[some], state.loss_a, state.loss_b_alive[some])
        return np.asarray(state.probability_alive * (orders if place is None else orders[place]))

    def chances(self, t: float, n_most: int, u: Floats, shifts: Mapping[str, Floats]) -> Floats:
        """P(0..n_most orders in the next `t`), (rows, n_most + 1)."""
        state = self._state(u, shifts)
        out = count_chances(n_most, np.full(1, t), state.shape, state.rate_alive, state.loss_a, state.loss_b_alive)
        out *= state.probability_alive[:, None]
        out[:, 0] += 1.0 - state.probability_alive
        return out

    @classmethod
    def simulate(cls, n: int, T: ArrayLike, rng: np.random.Generator, own: Mapping[str, Any]) -> SimulatedOrders:
        """New customers with their own parameters."""
        return simulate(own, n, T, rng)


_SUMMED = 24  # so many orders are summed one by one


def _ratio(a: float, b: Floats, G: Floats) -> _Table:
    """ln B(a,b+G)/B(a,b), its gradient (2, kinds) and Hessian (aa, ab, bb), (3, kinds), in (a, b)."""
    untyped: Any = lik._ratio  # written for one b, and right for many
    value, first, second = untyped(a, b, G)
    return value, first, second


def _terms(a: float, b: Floats) -> _Table:
    """The same of one order, ln b/(a+b), in which nothing cancels."""
    alone, both = 1.0 / b, 1.0 / (a + b)
    return -np.log1p(a * alone), np.stack([-both, a * alone * both]), np.stack([both**2, both**2, both**2 - alone**2])


def _of_counts(a: float, b: Floats, G: Floats) -> _Table:
    """`_ratio` for whole G, in ln(a, b): the first orders are summed, which most customers have few of."""
    value, first, second = np.zeros(b.size), np.zeros((2, b.size)), np.zeros((3, b.size))
    rows = np.arange(b.size)
    for j in range(_SUMMED + 1):
        rows = rows[G[rows] > j]
        if not rows.size:
            break
        more = _terms(a, b[rows] + j) if j < _SUMMED else _ratio(a, b[rows] + j, G[rows] - j)
        value[rows] += more[0]
        first[:, rows] += more[1]
        second[:, rows] += more[2]
    return _in_logarithms(a, b, (value, first, second))


def _in_logarithms(a: float, b: Floats, table: _Table) -> _Table:
    """Derivatives in ln(a, b) from those in (a, b)."""
    value, (by_a, by_b), (aa, ab, bb) = table
    return value, np.stack([a * by_a, b * by_b]), np.stack([a * a * aa + a * by_a, a * b * ab, b * b * bb + b * by_b])
