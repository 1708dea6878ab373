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
from functools import partial
from typing import ClassVar, Self

import numpy as np

from models.data.given import histories_of, one_horizon_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_bb.expectation import count_chances, periods_to_come
from models.families.bg_bb.likelihood import chance_of_any, log_likelihood, log_silence, silences_of
from models.families.bg_bb.points import Rows, block
from models.families.bg_nbd.expectation import mean_orders
from models.families.model import Model
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats, numbers_or_none
from models.numerics.merge import distinct_rows, merge_counts
from models.numerics.newton import Objective, from_gradient
from models.numerics.normal import with_normal_prior
from models.numerics.points import ManyPoints, in_blocks
from models.numerics.special import log_beta_ratio

_CELLS = 2_000_000  # numbers held at once where a table grows with customers and periods

# The weak prior of last resort on the parameters' logarithms: chances spread like those of published data, give or take
# a factor of about four.
_PRIOR = ((0.0, 1.5), (0.0, 1.5), (0.0, 1.5), (float(np.log(3.0)), 1.5))


class BGBB(Model):
    """The BG/BB model. `fit` it to a Summary in periods, or start from known parameters with `known`.

    A summary in periods (data/by_period.py makes one from orders): frequency = periods with a purchase after the first,
    recency = number of the last of them, 0 where there is none, T = periods observed after the first; all whole numbers.
    Times given to the methods are whole periods. What every model has: see families/model.py. BadInput is raised for a
    summary that is not in periods, or carries a clock or loyalty exponents, of which this model knows nothing.
    """

    name: ClassVar[str] = "BG/BB"
    key: ClassVar[str] = "bg-bb"
    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    times: ClassVar[tuple[str, ...]] = ()

    @property
    def _theta(self) -> Floats:
        return np.array([self.params_[k] for k in self.parameters])

    def fit(
        self,
        frequency: Summary | ArrayLike | None = None,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        *,
        n_periods: ArrayLike | None = None,
        summary: Summary | None = None,
    ) -> Self:
        """Maximum likelihood; returns self: see `Model.fit`. All three count periods; n_periods is lifetimes' name of T."""
        return super()._fit(histories_of(self.name, frequency, recency, n_periods if T is None else T, summary))

    # -- fitting ------------------------------------------------------------------------------------------------------

    def _objective(self, summary: Summary) -> Objective:
        (x, last, n), count = merge_counts(_histories(summary))
        silences = silences_of(x, last, n)

        def value_and_gradient(u: Floats) -> tuple[float, Floats]:
            value, gradient = log_likelihood(silences, np.exp(u), True)
            return float(count @ value), gradient @ count

        return from_gradient(value_and_gradient)

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        columns, count = merge_counts(_histories(summary))
        rows = Rows.of(columns[0], columns[1], columns[2], count)
        wide = max(rows.x.size * rows.periods, count.size)
        return ManyPoints(lambda u: in_blocks(u, wide, partial(block, rows)), float(2 * wide))

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
        value = log_likelihood(silences_of(x, last, n), self._theta, False)[0]
        # Without a purchase L is 1 less the chance of one; where that is small, so is ln L, and only this keeps its digits.
        none = np.flatnonzero(x == 0)
        some = chance_of_any(n[none], self._theta)
        value[none] = np.where(some < 0.5, np.log1p(-np.minimum(some, 0.5)), value[none])
        return value if place is None else value[place]

    # -- predictions --------------------------------------------------------------------------------------------------

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost in or before period n | history), (n,): the first term of eq. 5 over the whole (eq. 11, m = 0).

        The R package BTYD's P(alive) is of the period after, n + 1: times (delta + n)/(gamma + delta + n).
        """
        alpha, beta, gamma, delta = self._theta
        (x, last, n), place = distinct_rows(_histories(self.customers(summary)))
        silences = silences_of(x, last, n)
        silent = log_beta_ratio(alpha + x, beta + last - x, n - last) + log_beta_ratio(gamma, delta + last, n - last)
        alive = np.minimum(np.exp(silent - log_silence(silences, self._theta, False)[0]), 1.0)
        return np.asarray(alive if place is None else alive[place])

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` periods (a whole number or (n,)) given the history, (n,): eq. 13."""
        customers = self.customers(summary)
        t, (x, _, n) = _whole(t, "the horizon t"), _histories(customers)
        alpha, beta, gamma, delta = self._theta
        lived = periods_to_come(np.broadcast_to(t, n.shape), gamma, delta + n)
        return np.asarray(self.probability_alive(customers) * (alpha + x) / (alpha + beta + n) * lived)

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer in her first `t` periods (any shape) after the first: eq. 8."""
        t = _whole(t, "the horizon t")
        alpha, beta, gamma, delta = self._theta
        return np.asarray(alpha / (alpha + beta) * periods_to_come(t, gamma, np.full(t.shape, delta)))

    def discounted_purchases(self, discount: float, summary: Summary | None = None) -> Floats:
        """Discounted expected residual transactions (DERT): all purchases to come, the next period's worth
        1/(1 + discount), the one after 1/(1 + discount)^2, ...; (n,): eq. 14.

        Without discount the sum is finite for gamma > 1 only; BadInput otherwise and for a discount below 0.
        """
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
        periods, customers = int(one_horizon_of(self.name, _whole(t, "the horizon t"))), self.customers(summary)
        x, _, n = _histories(customers)
        (bought, seen), place = distinct_rows([x, n])
        wide = min(n_most, periods) + 1  # no more purchases than periods
        chances = np.zeros((bought.size, n_most + 1))
        for rows in np.array_split(np.arange(bought.size), bought.size * wide // _CELLS + 1):
            chances[rows, :wide] = count_chances(periods, wide, self._theta, bought[rows], seen[rows])
        alive = self.probability_alive(customers)
        lost = self._probability_lost(customers) if periods else 1.0 - alive
        out = chances if place is None else chances[place]
        out *= alive[:, None]
        out[:, 0] += lost
        return out

    def _probability_lost(self, customers: Summary) -> Floats:
        """1 less P(alive), (n,), of the chances to be lost in each period, so that it keeps its digits where it is small."""
        (x, last, n), place = distinct_rows(_histories(customers))
        silences = silences_of(x, last, n)
        lost, any_way = (log_silence(silences, self._theta, False, at_end)[0] for at_end in (0.0, 1.0))
        value = np.exp(lost - any_way)
        return np.asarray(value if place is None else value[place])

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
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


def _whole(t: ArrayLike, what: str) -> Floats:
    numbers = numbers_or_none(t)
    if numbers is None or not (np.isfinite(numbers) & (numbers >= 0) & (numbers == np.rint(numbers))).all():
        raise BadInput("BG/BB: {what} counts periods; it must be a whole number of at least 0.", what=what)
    return numbers


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
            "at most one purchase each; make the summary with models.data.periods.",
            row=row,
            frequency=x[row],
            recency=last[row],
            T=n[row],
        )
    return [x, last, n]
