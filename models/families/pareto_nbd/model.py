"""Pareto/NBD: Poisson purchases at a gamma-distributed rate until lost, at any time, at a gamma-distributed hazard.

Schmittlein, Morrison & Colombo (1987), "Counting your customers: who are they and what will they do next?", Management
Science 33(1); formulas as in Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions";
here in operational time, of which theirs is the case of the calendar's clock.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy.special import expit

from models.data.given import horizon_of, one_horizon_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.model import Model
from models.families.pareto_nbd import likelihood as lik
from models.families.pareto_nbd.counts import count_chances, discounted_time_alive, time_alive
from models.families.pareto_nbd.points import log_likelihoods
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import Whole, distinct_rows
from models.numerics.newton import Objective, maximise
from models.numerics.points import ManyPoints

NAMES = ("r", "alpha", "s", "beta")

_START_ROWS = 10_000  # from so many distinct histories on, the climb begins on a thinned copy


class ParetoNBD(Model):
    """The Pareto/NBD model. `fit` it, or start from known parameters with `ParetoNBD.known(r, alpha, s, beta)`.

    Rate of purchases lambda ~ Gamma(r, alpha), hazard of loss mu ~ Gamma(s, beta), independent; alpha and beta are times.
    What every model has: see families/model.py. Where the data leave a parameter open (nobody seems lost, or all alike),
    `fit` adds a weak prior that does not depend on the unit of time: normal on ln r around ln 0.7 (standard deviation
    1.5), on ln s around ln 0.6 (1) and on the logarithm of losses a purchase, (s/beta)/(r/alpha), around ln 0.5 (3).
    """

    name: ClassVar[str] = "Pareto/NBD"
    key: ClassVar[str] = "pareto-nbd"
    parameters: ClassVar[tuple[str, ...]] = NAMES
    times: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    # -- fitting ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _merged(summary: Summary) -> lik.Histories:
        return lik.histories(summary.frequency, *lik.clock(summary))

    def _objective(self, summary: Summary) -> Objective:
        return lik.objective(self._merged(summary))

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        return log_likelihoods(self._merged(summary))

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        merged, starts = self._merged(summary), _guesses(summary.frequency, summary.clock[1])
        step = merged.count.size // _START_ROWS
        if step < 2:
            return starts
        maximum = maximise(lik.objective(merged.every(step)), starts)
        return [maximum.position] if maximum.converged else starts

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return lik.with_prior(likelihood)

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,)."""
        return lik.each(self.customers(summary), self._theta())

    # -- predictions --------------------------------------------------------------------------------------------------

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost by T | history), (n,). Fader & Hardie (2005), the integral by positive terms."""
        rows, place = _distinct(self.customers(summary))
        alive = self._alive(*rows)
        return np.asarray(alive if place is None else alive[place])

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` (a number or (n,)) given the history, (n,).

        Fader & Hardie (2005): P(alive) (r+x)/(alpha+T) times the expected time alive, here without its singular
        case s = 1. Raises BadInput where `t` is no number of at least 0.
        """
        customers, t = self.customers(summary), horizon_of(self.name, t)
        if t.size not in (1, len(customers)):
            raise BadInput(
                "Pareto/NBD: t has {values} values for {customers} customers; give one number or one each.",
                values=t.size,
                customers=len(customers),
            )
        s, beta = self.params_["s"], self.params_["beta"]
        x, (_, tau_T) = customers.frequency, customers.clock
        rate = (self.params_["r"] + x) / (self.params_["alpha"] + tau_T)
        return np.asarray(self.probability_alive(customers) * rate * time_alive(t.reshape(-1), s, beta + tau_T))

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by `t` (any shape) after the first: Schmittlein et al. (1987).

        Raises BadInput where `t` is no number of at least 0.
        """
        r, alpha, s, beta = self._theta()
        return np.asarray(r / alpha * time_alive(horizon_of(self.name, t), s, beta))

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1).

        Fader & Hardie (2014), "Deriving the conditional PMF of the Pareto/NBD model": P(alive) times the distribution of a
        new customer with r + x, alpha + T, s, beta + T. Raises BadInput where `t` is no number of at least 0.
        """
        (x, tau_x, tau_T), place = _distinct(self.customers(summary))
        r, alpha, s, beta = self._theta()
        log_odds = lik.log_odds_lost(self._theta(), x, tau_x, tau_T)
        (x_of, T_of), same = distinct_rows([x, tau_T])  # what is to come depends on these only
        chances = count_chances(n_most, one_horizon_of(self.name, t), r + x_of, alpha + T_of, s, beta + T_of)
        alive = expit(-log_odds)
        chances = alive[:, None] * (chances if same is None else chances[same])
        chances[:, 0] += expit(log_odds) if t > 0.0 else 1.0 - alive
        return np.asarray(chances if place is None else chances[place])

    def purchase_distribution_new(self, t: float, n_most: int) -> Floats:
        """P(0..n_most repeat purchases of a new customer by `t` after the first), (n_most + 1,)."""
        r, alpha, s, beta = self._theta()
        R, A, B = (np.full(1, v) for v in (r, alpha, beta))
        return np.asarray(count_chances(n_most, one_horizon_of(self.name, t), R, A, s, B)[0])

    def discounted_expected_residual_transactions(self, delta: float, summary: Summary | None = None) -> Floats:
        """DERT: purchases still to come, each discounted by e^(-delta time), given the history, (n,).

        `delta` > 0 is the continuous rate per unit of time (15 % a year in weeks: ln(1.15)/52). Fader, Hardie & Lee (2005),
        "RFM and CLV", Journal of Marketing Research 42(4): P(alive) (r+x) (beta+T)/(alpha+T) Psi(1, 2-s;
        delta (beta+T)), Psi by positive quadrature. Raises BadInput for any other delta.
        """
        if not (np.isfinite(delta) and delta > 0):
            raise BadInput(
                "Pareto/NBD: delta is {delta}; the discount rate must be a positive number per unit of time.",
                delta=delta,
            )
        (x, tau_x, tau_T), place = _distinct(self.customers(summary))
        r, alpha, s, beta = self._theta()
        (ends,), same = distinct_rows([tau_T])
        time = discounted_time_alive(float(delta), s, beta + ends)
        time = time if same is None else time[same]
        value = self._alive(x, tau_x, tau_T) * (r + x) / (alpha + tau_T) * time
        return np.asarray(value if place is None else value[place])

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first purchase; exact times. `loss` is mu."""
        r, alpha, s, beta = self._theta()
        T = np.broadcast_to(horizon_of(self.name, T), (n,)).copy()
        rate, loss = rng.gamma(r, 1.0 / alpha, n), rng.gamma(s, 1.0 / beta, n)
        with np.errstate(divide="ignore", over="ignore"):  # a hazard may underflow to 0: she is never lost
            life = rng.standard_exponential(n) / loss
        until = np.minimum(life, T)
        count = rng.poisson(rate * until)
        customer = np.repeat(np.arange(n), count)
        time = rng.random(customer.size) * until[customer]
        order = np.lexsort((time, customer))
        return SimulatedOrders(customer, time[order], T, rate, loss, life > T)

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _theta(self) -> Floats:
        return np.array([self.params_[name] for name in NAMES])

    def _alive(self, x: Floats, tau_x: Floats, tau_T: Floats) -> Floats:
        return np.asarray(expit(-lik.log_odds_lost(self._theta(), x, tau_x, tau_T)))


def _distinct(summary: Summary) -> tuple[list[Floats], Whole | None]:
    """Distinct (x, tau_x, tau_T) and where each customer finds hers."""
    return distinct_rows([summary.frequency, *lik.clock(summary)])


def _guesses(x: Floats, tau_T: Floats) -> list[Floats]:
    """Where to begin, from the mean rate and its spread: ln(r, alpha, s, beta)."""
    rate = x.sum() / max(tau_T.sum(), 1e-300)
    spread = max(float(x.var() / max(x.mean() ** 2, 1e-300) - 1.0 / max(x.mean(), 1e-300)), 0.2)
    r = float(np.clip(1.0 / spread, 0.1, 5.0))
    time = float(tau_T.mean())
    first = np.log([r, r / (2.0 * rate), 0.6, 0.5 * time])
    return [first, first + np.array([0.5, 0.5, -1.0, -2.0]), first + np.array([0.0, 0.0, 1.5, 2.5])]
