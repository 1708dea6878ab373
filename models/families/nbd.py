"""NBD: Poisson purchases at gamma-distributed rates; nobody is ever lost. The floor that other models must beat.

Ehrenberg (1959), "The pattern of consumer purchases", Applied Statistics 8; Morrison & Schmittlein (1988), "Generalizing
the NBD model for customer purchases", JBES 6.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from models.data.given import horizon_of, one_horizon_of
from models.data.summary import Summary
from models.families.bg_nbd.model import first_guess
from models.families.model import Model
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import merge_counts
from models.numerics.newton import Objective
from models.numerics.normal import with_normal_prior
from models.numerics.points import ManyPoints, in_blocks, more_than

# The weak prior of last resort: rates spread as published data sets show, give or take a factor of about four.
PRIOR_LOG_R = (float(np.log(0.7)), 1.5)


class NBD(Model):
    """The NBD model. `fit` it, or start from known parameters with `NBD.known(r, alpha)`.

    What every model has: see models/families/model.py. With R = r + x and A = alpha + tau_T a customer's likelihood is
    Gamma(R)/Gamma(r) alpha^r A^-R, her rate Gamma(R, A).
    """

    name: ClassVar[str] = "NBD"
    key: ClassVar[str] = "nbd"
    may_be_lost = "never"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha")
    times: ClassVar[tuple[str, ...]] = ("alpha",)

    # -- fitting ------------------------------------------------------------------------------------------------------

    def _objective(self, summary: Summary) -> Objective:
        (x, T), count = merge_counts([summary.frequency, summary.clock[1]])
        # ln Gamma(r+x)/Gamma(r) in all is the sum over i of more[i] ln(r+i), exact where r is huge or tiny.
        more = more_than(x, count)
        i, total = np.arange(float(more.size)), float(x @ count)

        def objective(u: Floats) -> tuple[float, Floats, Floats]:
            r, alpha = np.exp(u)
            log_end, part = np.log1p(T / alpha), T / (alpha + T)  # part = 1 - alpha/(alpha + T)
            value = float(more @ np.log(r + i) - count @ ((r + x) * log_end)) - total * u[1]
            by_r = float(more @ (1.0 / (r + i)) - count @ log_end)
            by_alpha = float(count @ ((r + x) * part)) - total  # in ln alpha, as all below
            rr = float(-(more @ (1.0 / (r + i) ** 2)))
            cross, bend = float(count @ part), float(count @ ((r + x) * part * (1.0 - part)))
            gradient = np.array([r * by_r, by_alpha])
            hessian = np.array([[r * by_r + r * r * rr, r * cross], [r * cross, -bend]])
            return value, gradient, hessian

        return objective

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        (x, T), count = merge_counts([summary.frequency, summary.clock[1]])
        more, total = more_than(x, count), float(x @ count)
        ends, end = np.unique(T, return_inverse=True)
        customers, bought = (np.bincount(end, weights, ends.size) for weights in (count, count * x))

        def block(theta: Floats) -> Floats:
            r, alpha = theta
            log_end = np.log1p(ends[:, None] / alpha)
            rising = more @ np.log(r + np.arange(float(more.size))[:, None])
            return np.asarray(rising - r * (customers @ log_end) - bought @ log_end - total * np.log(alpha))

        rows = max(ends.size, more.size)
        return ManyPoints(lambda u: in_blocks(u, rows, block), float(rows))

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        start = first_guess(summary.frequency, summary.clock[1])[:2]
        return [start, start + np.array([1.5, 1.5])]

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return with_normal_prior(likelihood, [((1.0, 0.0), *PRIOR_LOG_R)])

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,): a density of her purchase times in the summary's unit."""
        summary = self.customers(summary)
        r, alpha = self.params_["r"], self.params_["alpha"]
        x, T = summary.frequency, summary.clock[1]
        rising = np.concatenate([[0.0], np.cumsum(np.log(r + np.arange(float(x.max(initial=0.0)))))])
        total = rising[x.astype(np.int64)] - x * np.log(alpha) - (r + x) * np.log1p(T / alpha)
        return np.asarray(total if summary.log_rates is None else total + summary.log_rates)

    # -- predictions --------------------------------------------------------------------------------------------------

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """1 for everybody, (n,)."""
        return np.ones(len(self.customers(summary)))

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` (a number or (n,)) given the history, (n,): t (r + x)/(alpha + tau_T)."""
        summary, t = self.customers(summary), horizon_of(self.name, t)
        return np.asarray(t * ((self.params_["r"] + summary.frequency) / (self.params_["alpha"] + summary.clock[1])))

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by `t` (any shape) after the first: t r/alpha."""
        return np.asarray(horizon_of(self.name, t) * (self.params_["r"] / self.params_["alpha"]))

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1): negative binomial."""
        summary, t = self.customers(summary), one_horizon_of(self.name, t)
        R = self.params_["r"] + summary.frequency
        y = t / (self.params_["alpha"] + summary.clock[1])
        n = np.arange(float(n_most))
        logs = np.empty((R.size, n_most + 1))
        logs[:, 0] = -R * np.log1p(y)
        with np.errstate(divide="ignore"):  # t = 0: nothing comes
            logs[:, 1:] = (np.log(y) - np.log1p(y))[:, None] + np.log((R[:, None] + n) / (n + 1.0))
        return np.asarray(np.exp(np.cumsum(logs, axis=1)))

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first purchase; exact times. loss is 0."""
        T = np.broadcast_to(np.asarray(T, dtype=np.float64), (n,)).copy()
        rate = rng.gamma(self.params_["r"], 1.0 / self.params_["alpha"], n)
        count = rng.poisson(rate * T)
        customer = np.repeat(np.arange(n), count)
        time = rng.random(customer.size) * T[customer]  # given their number, Poisson purchases lie evenly
        order = np.lexsort((time, customer))
        return SimulatedOrders(customer, time[order], T, rate, np.zeros(n), np.ones(n, dtype=bool))
