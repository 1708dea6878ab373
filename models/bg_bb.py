"""BG/BB: in each period a customer who is not yet lost buys or does not, like donors from year to year.

Fader, Hardie & Shang (2010), "Customer-base analysis in a discrete-time noncontractual setting", Marketing Science 29(6).
At the start of every period a customer is lost with her own chance theta ~ Beta(gamma, delta); until then she buys in a
period with her own chance p ~ Beta(alpha, beta). With x purchases in n periods, the last in period t_x (eq. 5),

    L = B(alpha+x, beta+n-x)/B(alpha, beta) B(gamma, delta+n)/B(gamma, delta)
        + sum over i = 0..n-t_x-1 of B(alpha+x, beta+t_x-x+i)/B(alpha, beta) B(gamma+1, delta+t_x+i)/B(gamma, delta).

Here it is base(x, t_x) w(x, t_x): base is the chance to have lived and bought like this up to t_x, w the chance of the
silence since. From the last period backwards w_n = 1, w_j = q_j + s_j w_(j+1), with q_j = gamma/(gamma+delta+j) the chance
to be lost now and s_j = (delta+j)/(gamma+delta+j) (beta+j-x)/(alpha+beta+j) that to live on without a purchase: sums of
positive terms only, of no size that could overflow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from models.errors import BadInput
from models.merge import Whole, distinct_rows, merge_counts
from models.model import Model, from_gradient, with_normal_prior
from models.newton import Objective
from models.points import ManyPoints, in_blocks, log_alive_or_lost, more_than, pieces
from models.simulated import SimulatedOrders
from models.special import Floats, log_beta_ratio
from models.summary import Summary

_NEAR_ONE = 1e-4  # gamma nearer to 1 than this is interpolated
_CELLS = 2_000_000  # numbers held at once where a table grows with customers and periods

# The weak prior of last resort on the parameters' logarithms: chances spread like those of published data, give or take
# a factor of about four.
_PRIOR = ((0.0, 1.5), (0.0, 1.5), (0.0, 1.5), (float(np.log(3.0)), 1.5))


class BGBB(Model):
    """The BG/BB model. `fit` it to a Summary in periods, or start from known parameters with `known`.

    A summary in periods (models/periods.py makes one from orders): frequency = periods with a purchase after the first,
    recency = number of the last of them, 0 where there is none, T = periods observed after the first; all whole numbers.
    Times given to the methods are whole periods. What every model has: see models/model.py. BadInput is raised for a
    summary that is not in periods, or carries a clock or loyalty exponents, of which this model knows nothing.
    """

    name: ClassVar[str] = "BG/BB"
    key: ClassVar[str] = "bg-bb"
    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    times: ClassVar[tuple[str, ...]] = ()

    @property
    def _theta(self) -> Floats:
        return np.array([self.params_[k] for k in self.parameters])

    # -- fitting ------------------------------------------------------------------------------------------------------

    def _objective(self, summary: Summary) -> Objective:
        (x, last, n), count = merge_counts(_histories(summary))
        silences = _silences(x, last, n)

        def value_and_gradient(u: Floats) -> tuple[float, Floats]:
            value, gradient = _log_likelihood(silences, np.exp(u), True)
            return float(count @ value), gradient @ count

        return from_gradient(value_and_gradient)

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        columns, count = merge_counts(_histories(summary))
        rows = _Rows.of(columns[0], columns[1], columns[2], count)
        wide = max(rows.x.size * rows.periods, count.size)
        return ManyPoints(lambda u: in_blocks(u, wide, partial(_block, rows)), float(2 * wide))

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        share = float(np.clip(summary.frequency.sum() / max(summary.recency.sum(), 1.0), 0.05, 0.95))
        fair = np.log([2.0 * share, 2.0 * (1.0 - share), 0.7, 3.0])
        return [fair, fair - np.array([0.7, 0.7, 1.0, 1.0]), fair + np.array([0.7, 0.7, 0.0, 2.0])]

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        unit = np.eye(4)
        return with_normal_prior(likelihood, [(list(unit[i]), mean, sd) for i, (mean, sd) in enumerate(_PRIOR)])

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,): eq. 5."""
        (x, last, n), place = distinct_rows(_histories(self.customers(summary)))
        value = _log_likelihood(_silences(x, last, n), self._theta, False)[0]
        # Without a purchase L is 1 less the chance of one; where that is small, so is ln L, and only this keeps its digits.
        none = np.flatnonzero(x == 0)
        some = _chance_of_any(n[none], self._theta)
        value[none] = np.where(some < 0.5, np.log1p(-np.minimum(some, 0.5)), value[none])
        return value if place is None else value[place]

    # -- predictions --------------------------------------------------------------------------------------------------

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost in or before period n | history), (n,): the first term of eq. 5 over the whole (eq. 11, m = 0).

        The R package BTYD's P(alive) is of the period after, n + 1: times (delta + n)/(gamma + delta + n).
        """
        alpha, beta, gamma, delta = self._theta
        (x, last, n), place = distinct_rows(_histories(self.customers(summary)))
        silences = _silences(x, last, n)
        silent = log_beta_ratio(alpha + x, beta + last - x, n - last) + log_beta_ratio(gamma, delta + last, n - last)
        alive = np.minimum(np.exp(silent - _log_silence(silences, self._theta, False)[0]), 1.0)
        return np.asarray(alive if place is None else alive[place])

    def expected_purchases(self, t: npt.ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` periods (a whole number or (n,)) given the history, (n,): eq. 13."""
        customers = self.customers(summary)
        t, (x, _, n) = _whole(t, "the horizon t"), _histories(customers)
        alpha, beta, gamma, delta = self._theta
        lived = _periods_to_come(np.broadcast_to(t, n.shape), gamma, delta + n)
        return np.asarray(self.probability_alive(customers) * (alpha + x) / (alpha + beta + n) * lived)

    def expected_purchases_new(self, t: npt.ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer in her first `t` periods (any shape) after the first: eq. 8."""
        t = _whole(t, "the horizon t")
        alpha, beta, gamma, delta = self._theta
        return np.asarray(alpha / (alpha + beta) * _periods_to_come(t, gamma, np.full(t.shape, delta)))

    def discounted_purchases(self, discount: float, summary: Summary | None = None) -> Floats:
        """Discounted expected residual transactions (DERT): all purchases to come, the next period's worth
        1/(1 + discount), the one after 1/(1 + discount)^2, ...; (n,): eq. 14.

        Without discount the sum is finite for gamma > 1 only; BadInput otherwise and for a discount below 0.
        """
        from models.bg_nbd.expectation import mean_orders

        alpha, beta, gamma, delta = self._theta
        if not (np.isfinite(discount) and discount >= 0) or (discount == 0 and gamma <= 1):
            raise BadInput(
                "BG/BB: the discount a period is {discount}; it must be a number above 0, like 0.1.",
                discount=discount,
            )
        customers = self.customers(summary)
        x, _, n = _histories(customers)
        D = delta + n
        # The hypergeometric function of eq. 14 is E over theta ~ Beta(gamma, D + 1) of y/(1 + y theta), y = 1/discount:
        # BG/NBD's expectation of orders with R = 1, exact also where the function's series crawls.
        if discount == 0:
            lived = D / (gamma - 1.0)
        else:
            one = np.ones(n.size)
            lived = D / (gamma + D) * mean_orders(one / discount, one, one, gamma, D + 1.0)
        return np.asarray(self.probability_alive(customers) * (alpha + x) / (alpha + beta + n) * lived)

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` periods | history), (n, n_most + 1): eq. 10 given alive."""
        periods, customers = int(_whole(float(t), "the horizon t")), self.customers(summary)
        x, _, n = _histories(customers)
        (bought, seen), place = distinct_rows([x, n])
        wide = min(n_most, periods) + 1  # no more purchases than periods
        chances = np.zeros((bought.size, n_most + 1))
        for rows in np.array_split(np.arange(bought.size), bought.size * wide // _CELLS + 1):
            chances[rows, :wide] = _count_chances(periods, wide, self._theta, bought[rows], seen[rows])
        alive = self.probability_alive(customers)
        lost = self._probability_lost(customers) if periods else 1.0 - alive
        out = chances if place is None else chances[place]
        out *= alive[:, None]
        out[:, 0] += lost
        return out

    def _probability_lost(self, customers: Summary) -> Floats:
        """1 less P(alive), (n,), of the chances to be lost in each period, so that it keeps its digits where it is small."""
        (x, last, n), place = distinct_rows(_histories(customers))
        silences = _silences(x, last, n)
        lost, any_way = (_log_silence(silences, self._theta, False, at_end)[0] for at_end in (0.0, 1.0))
        value = np.exp(lost - any_way)
        return np.asarray(value if place is None else value[place])

    def simulate(self, n: int, T: npt.ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` periods (a whole number or (n,)) after their first purchase.

        Times are the numbers of the periods with a purchase; rate is p, loss is theta.
        """
        T = np.broadcast_to(_whole(T, "T"), (n,)).copy()
        alpha, beta, gamma, delta = self._theta
        p, theta = rng.beta(alpha, beta, n), rng.beta(gamma, delta, n)
        with np.errstate(divide="ignore"):  # theta may round to 0 (she stays) or to 1 (she goes at once)
            survived = rng.standard_exponential(n) / -np.log1p(-theta)
        lived = np.floor(np.minimum(survived, T)).astype(np.int64)
        customers, times = [], []
        edges = np.searchsorted(np.cumsum(lived), np.arange(_CELLS, lived.sum() + _CELLS, _CELLS))
        for rows in np.split(np.arange(n), np.unique(np.minimum(edges + 1, n))):
            who = np.repeat(rows, lived[rows])
            period = np.arange(who.size) - np.repeat(np.cumsum(lived[rows]) - lived[rows], lived[rows]) + 1
            buys = rng.random(who.size) < p[who]
            customers.append(who[buys])
            times.append(period[buys].astype(np.float64))
        empty = np.empty(0, dtype=np.int64)
        return SimulatedOrders(
            np.concatenate([*customers, empty]), np.concatenate([*times, np.empty(0)]), T, p, theta, survived >= T
        )


def _whole(t: npt.ArrayLike, what: str) -> Floats:
    t = np.asarray(t, dtype=np.float64)
    if not (np.isfinite(t) & (t >= 0) & (t == np.rint(t))).all():
        raise BadInput("BG/BB: {what} counts periods; it must be a whole number of at least 0.", what=what)
    return t


def _histories(summary: Summary) -> list[Floats]:
    """x, t_x and n of each customer, (n,) each. Raises BadInput where they are no counts of periods."""
    if summary.tau_x is not None or summary.G_x is not None:
        raise BadInput("BG/BB: the summary has a clock or loyalty exponents, which a model of periods does not know.")
    x, last, n = summary.frequency, summary.recency, summary.T
    whole = (last == np.rint(last)) & (n == np.rint(n)) & (x <= last) & ((x > 0) | (last == 0))
    if not whole.all():
        row = int(np.flatnonzero(~whole)[0])
        raise BadInput(
            "BG/BB: row {row} has frequency {frequency:g}, recency {recency:g}, T {T:g}, no counts of periods with "
            "at most one purchase each; make the summary with models.periods.periods.",
            row=row,
            frequency=x[row],
            recency=last[row],
            T=n[row],
        )
    return [x, last, n]


@dataclass(frozen=True)
class _Silences:
    """Distinct histories, and the (x, n) they share: each has one backward sum, read off at the t_x that occur."""

    x: Floats  # (rows,)
    last: Floats  # (rows,) t_x
    group: Whole  # (rows,) which (x, n)
    group_x: Floats  # (groups,), sorted by n, greatest first
    active: Whole  # (most + 1,) groups with n > j, which come first
    start: Whole  # (most + 2,) rows of t_x = j are order[start[j] : start[j + 1]]
    order: Whole  # (rows,)


def _silences(x: Floats, last: Floats, n: Floats) -> _Silences:
    (group_x, group_n), group = distinct_rows([x, n])
    assert group is not None  # whole numbers lie on the grid
    ranked = np.argsort(-group_n, kind="stable")
    rank = np.empty_like(ranked)
    rank[ranked] = np.arange(ranked.size)
    most = int(n.max(initial=0.0))
    order = np.argsort(last, kind="stable")
    start = np.searchsorted(last[order], np.arange(most + 2))
    active = np.searchsorted(-group_n[ranked], -np.arange(most + 1), side="left")  # n > j
    return _Silences(x, last, rank[group], group_x[ranked], active, start, order)


def _log_silence(s: _Silences, theta: Floats, gradient: bool, at_end: float = 1.0) -> tuple[Floats, Floats]:
    """ln w of each history, (rows,), and its gradient in ln(theta), (4, rows), or zeros where none is asked for.

    w_n is `at_end`: with 0, w is the chance to have been lost in the silence.
    """
    alpha, beta, gamma, delta = theta
    w, by = np.full(s.group_x.size, at_end), np.zeros((4, s.group_x.size))
    value, slope = np.empty(s.x.size), np.zeros((4, s.x.size))
    for j in range(s.active.size - 1, -1, -1):
        k = int(s.active[j])
        if k:
            # Before her x-th purchase could be over nothing is read off: there the factor may be anything positive.
            miss, ever, risk = np.maximum(beta + j - s.group_x[:k], beta), alpha + beta + j, gamma + delta + j
            lost, stay = gamma / risk, (delta + j) / risk * miss / ever
            if gradient:
                ahead = stay * w[:k]
                by[:, :k] *= stay
                by[0, :k] -= ahead * (alpha / ever)
                by[1, :k] += ahead * (beta * (alpha + s.group_x[:k]) / (miss * ever))
                by[2, :k] += lost * (delta + j) / risk - ahead * lost
                by[3, :k] += ahead * (delta * lost / (delta + j)) - lost * (delta / risk)
            w[:k] = lost + stay * w[:k]
        rows = s.order[s.start[j] : s.start[j + 1]]
        if rows.size:
            group = s.group[rows]
            with np.errstate(divide="ignore"):  # nobody is lost in no silence
                value[rows] = np.log(w[group])
            if gradient:
                slope[:, rows] = by[:, group] / w[group]
    return value, slope


def _log_likelihood(s: _Silences, theta: Floats, gradient: bool) -> tuple[Floats, Floats]:
    """ln L of each history, (rows,), and its gradient in ln(theta), (4, rows), or zeros where none is asked for."""
    alpha, beta, gamma, delta = theta
    value, slope = _log_silence(s, theta, gradient)
    x, missed = s.x, s.last - s.x
    base = (
        log_beta_ratio(beta, alpha, x) + log_beta_ratio(alpha + x, beta, missed) + log_beta_ratio(gamma, delta, s.last)
    )
    if gradient:
        ever = _harmonic(alpha + beta, s.last)
        slope[0] += alpha * (_harmonic(alpha, x) - ever)
        slope[1] += beta * (_harmonic(beta, missed) - ever)
        risk = _harmonic(gamma + delta, s.last)
        slope[2] -= gamma * risk
        slope[3] += delta * (_harmonic(delta, s.last) - risk)
    return base + value, slope


@dataclass(frozen=True)
class _Rows:
    """Distinct histories as indices into a table of (period, number of purchases)."""

    x: Floats  # (kinds,)
    periods: int  # the greatest n
    last: Whole  # (rows,) (t_x, x)
    end: Whole  # (rows,) (n, x)
    count: Floats  # (rows,) customers
    bought: Floats  # customers with x > i, with t_x - x > i, with t_x > i
    missed: Floats
    seen: Floats

    @classmethod
    def of(cls, x: Floats, last: Floats, n: Floats, count: Floats) -> "_Rows":
        kinds, kind = np.unique(x, return_inverse=True)
        at_last, at_end = (j.astype(np.int64) * kinds.size + kind for j in (last, n))
        more = more_than(x, count), more_than(last - x, count), more_than(last, count)
        return cls(kinds, int(n.max(initial=0.0)), at_last, at_end, count, *more)


def _block(rows: _Rows, theta: Floats) -> Floats:
    """Log-likelihood at theta (4, m), (m,).

    The silence of many n at once: with P_j the chance to live and miss from the x-th purchase through period j and P_j g_j
    that to be lost later without another, the chance of a silence from t_x to n is P_n - P_n g_n + P_tx g_tx over P_tx.
    """
    alpha, beta, gamma, delta = theta
    points = alpha.size
    bought, missed, seen = (np.arange(float(more.size))[:, None] for more in (rows.bought, rows.missed, rows.seen))
    value = rows.bought @ np.log(alpha + bought) + rows.missed @ np.log(beta + missed)
    value -= rows.seen @ (np.log(alpha + beta + seen) + np.log1p(gamma / (delta + seen)))

    x = rows.x[:, None]
    silent = np.zeros((rows.periods + 1, x.size, points))  # -ln P
    later = np.zeros_like(silent)  # g
    for j in range(rows.periods):
        miss = np.maximum(beta + (j - x), beta)  # before her x-th purchase could be over nothing is read off
        silent[j + 1] = silent[j] + np.log1p((alpha + x) / miss) + np.log1p(gamma / (delta + j))
    for j in range(rows.periods - 1, -1, -1):
        risk, miss = gamma + delta + j, np.maximum(beta + (j - x), beta)
        later[j] = gamma / risk + (delta + j) / risk * (miss / (alpha + x + miss)) * later[j + 1]
    silent, later = silent.reshape(-1, points), later.reshape(-1, points)
    for some in pieces(rows.count.size, points):
        last, end = rows.last[some], rows.end[some]
        with np.errstate(divide="ignore"):
            odds = np.log(later[last])
        odds += silent[end]
        odds -= silent[last]
        value += rows.count[some] @ (log_alive_or_lost(odds, later[end]) - (silent[end] - silent[last]))
    return np.asarray(value)


def _chance_of_any(n: Floats, theta: Floats) -> Floats:
    """The chance that a new customer buys in one of her first `n` periods, (rows,): of the first time in each, added up."""
    alpha, beta, gamma, delta = theta
    j = np.arange(n.max(initial=0.0))
    lived, silent = np.cumprod((delta + j) / (gamma + delta + j)), np.cumprod((beta + j) / (alpha + beta + j))
    first = lived * np.concatenate([[1.0], silent])[: j.size] * (alpha / (alpha + beta + j))
    return np.asarray(np.concatenate([[0.0], np.cumsum(first)])[n.astype(np.int64)])


def _harmonic(z: float, k: Floats) -> Floats:
    """Sum of 1/(z + i) over i < k for whole k, (n,): what psi(z + k) - psi(z) loses digits on."""
    sums = np.concatenate([[0.0], np.cumsum(1.0 / (z + np.arange(k.max(initial=0.0))))])
    return np.asarray(sums[k.astype(np.int64)])


def _periods_to_come(t: Floats, gamma: float, D: Floats) -> Floats:
    """Periods out of the next `t` that a customer alive now will live: sum of B(gamma, D+k)/B(gamma, D), k = 1..t.

    In closed form D/(gamma-1) [1 - Gamma(D+1+t) Gamma(gamma+D)/(Gamma(D+1) Gamma(gamma+D+t))]. Next to the removable
    singularity at gamma = 1, where the bracket has few digits, the cubic through four values beside it is exact to 1e-11.
    """
    over = gamma - 1.0
    if abs(over) >= _NEAR_ONE:
        return _closed_form(t, over, D)
    nodes = _NEAR_ONE * np.array([-3.0, -1.0, 1.0, 3.0])
    total = np.zeros(np.broadcast_shapes(t.shape, D.shape))
    for i, node in enumerate(nodes):
        others = np.delete(nodes, i)
        total += float(np.prod((over - others) / (node - others))) * _closed_form(t, float(node), D)
    return total


def _closed_form(t: Floats, over: float, D: Floats) -> Floats:
    if over > 0:
        return np.asarray(D / over * -np.expm1(log_beta_ratio(over, D + 1.0, t)))
    return np.asarray(D / -over * np.expm1(-log_beta_ratio(-over, D + 1.0 + over, t)))


def _count_chances(t: int, wide: int, theta: Floats, x: Floats, n: Floats) -> Floats:
    """P(0..wide-1 purchases in the next `t` periods) of customers alive now; x and n (rows,), result (rows, wide).

    Lived through i periods with k purchases: C(i, k) B(a+k, b+i-k)/B(a, b) B(gamma, D+i)/B(gamma, D), a = alpha + x,
    b = beta + n - x, D = delta + n; kept as a logarithm, period by period, and added where a customer is lost next.
    """
    alpha, beta, gamma, delta = theta
    k = np.arange(float(wide))
    a, b, D = (v[:, None] for v in (alpha + x, beta + n - x, delta + n))
    lived = log_beta_ratio(b, a, k[None, :])  # k purchases in k periods
    out = np.zeros((x.size, wide))
    for i in range(t + 1):
        here = min(i + 1, wide)
        survived = log_beta_ratio(gamma, D, float(i))
        chance = np.exp(lived[:, :here] + survived)
        out[:, :here] += chance if i == t else chance * (gamma / (gamma + D + i))
        # One period more without a purchase.
        lived[:, :here] += np.log((b + i - k[:here]) * (i + 1.0) / ((a + b + i) * (i + 1.0 - k[:here])))
    return out
