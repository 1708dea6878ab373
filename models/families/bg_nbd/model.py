"""BG/NBD: Poisson orders at a gamma-distributed rate until lost after an order with a beta-distributed
chance.

Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2); here in
operational time with loyalty exponents (docs/model.md sections 2 and 8), of which theirs is the case of the
calendar's clock and exponents 1.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from models.data.given import check_summary, horizon_of, one_horizon_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import likelihood as lik
from models.families.bg_nbd import points
from models.families.bg_nbd.expectation import count_chances
from models.families.bg_nbd.posterior import PosteriorDraws, PosteriorParameters, draw_posterior, posterior_parameters
from models.families.bg_nbd.simulation import simulate
from models.families.bg_nbd.smooth import alive_orders
from models.families.bridge import LifetimesFitter, give_lifetimes
from models.families.model import Model
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.newton import Objective, is_known, maximise
from models.numerics.points import ManyPoints

if TYPE_CHECKING:
    from lifetimes import BetaGeoFitter

NAMES = ("r", "alpha", "a", "b")

_START_CUSTOMERS = 20_000


class BGNBD(Model):
    """The BG/NBD model. `fit` it, or start from known parameters with `BGNBD.known(r, alpha, a, b)`.

    What every model has: see families/model.py. Histories may be given as arrays too: x, tau_x and tau_T in operational
    time, and G_x, G_before where exponents are not 1.
    """

    name: ClassVar[str] = "BG/NBD"
    key: ClassVar[str] = "bg-nbd"
    may_be_lost = "after a repeat"
    parameters: ClassVar[tuple[str, ...]] = NAMES
    times: ClassVar[tuple[str, ...]] = ("alpha",)

    @classmethod
    def from_lifetimes(cls, fitter: LifetimesFitter) -> "BGNBD":
        """From a fitted `lifetimes.BetaGeoFitter`, whose variance matrix is not used: it is not symmetric."""
        return cls.known(**{name: float(fitter.params_[name]) for name in NAMES})

    def to_lifetimes(self) -> "BetaGeoFitter":
        """A `lifetimes.BetaGeoFitter` with these parameters, for notebooks that go on with it."""
        import pandas as pd
        from lifetimes import BetaGeoFitter

        return give_lifetimes(BetaGeoFitter(), pd.Series(self.params_), self.summary_)

    # -- fitting
    # ---------------------------------------------------------------------------------------------------

    def _fit(self, summary: Summary) -> Self:
        """Maximum likelihood; many customers are climbed from a thinned copy's maximum."""
        if self._fit_without_repeats(summary):
            return self
        merged = self._merged(summary)
        likelihood, start = lik.objective(merged), first_guess(summary.frequency, summary.clock[1])
        starts = _starts(merged, start)
        # From a warm start the errors of many customers are small already: a last look would only cost time.
        maximum = maximise(likelihood, starts, tolerance=1e-13 if len(starts) > 1 else 1e-8)
        if maximum.converged and is_known(maximum):
            self.prior_used_, self.message_ = False, f"converged in {maximum.iterations} steps"
        else:
            maximum = self._fall_back(likelihood, [start])
        self._store(maximum, summary)
        rates = 0.0 if summary.log_rates is None else float(summary.log_rates.sum())
        value = lik.log_likelihood(merged, np.exp(maximum.position))[0] if self.prior_used_ else maximum.value
        self.log_likelihood_ = value + rates
        return self

    @staticmethod
    def _merged(summary: Summary) -> lik.Histories:
        tau_x, tau_T = summary.clock
        return lik.histories(summary.frequency, tau_x, tau_T, summary.G_x, summary.G_before)

    def _objective(self, summary: Summary) -> Objective:
        return lik.objective(self._merged(summary))

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        return _starts(self._merged(summary), first_guess(summary.frequency, summary.clock[1]))

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        return points.log_likelihoods(self._merged(summary))

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return lik.with_prior(likelihood)

    def _log_weak_prior(self, u: Floats) -> Floats:
        return points.log_weak_prior(u)

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,)."""
        return lik.each(self.customers(summary), np.array([self.params_[k] for k in NAMES]))

    # -- predictions
    # -----------------------------------------------------------------------------------------------

    def probability_alive(
        self,
        x: ArrayLike | Summary | None = None,
        tau_x: ArrayLike | None = None,
        tau_T: ArrayLike | None = None,
        *,
        G_x: ArrayLike | None = None,
        G_before: ArrayLike | None = None,
    ) -> Floats:
        """P(not lost by tau_T | history), (n,); 1 without a repeat order. Without arguments: the customers
        fitted.

        The odds of lost to alive are the second brace of docs/model.md section 8 over the first; with g = 1 it is
        eq. 3 of Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model".
        """
        return self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before).probability_alive

    def expected_purchases(
        self,
        t: ArrayLike,
        x: ArrayLike | Summary | None = None,
        tau_x: ArrayLike | None = None,
        tau_T: ArrayLike | None = None,
        *,
        G_x: ArrayLike | None = None,
        G_before: ArrayLike | None = None,
        g: float = 1.0,
    ) -> Floats:
        """Expected orders in the next operational time `t` given the history, (n,). Without a history: those
        fitted.

        E = P(alive) sum over n >= 1 of I_z(n, r+x) B(a, b+G_x+g(n-1))/B(a, b+G_x), z = t/(alpha+tau_T+t):
        docs/model.md section 7; with g = 1 eq. 10 of Fader, Hardie & Lee (2005). `g` is the exponent of each order
        to come.
        """
        state = self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before)
        return np.asarray(state.probability_alive * self.orders_if_alive(t, state, g))

    def orders_if_alive(self, t: ArrayLike, state: PosteriorParameters, g: float = 1.0) -> Floats:
        """Expected orders in the next `t` (a number or (n,)) of customers known to be alive, (n,)."""
        return alive_orders(horizon_of(self.name, t), state, g)

    def expected_purchases_new(self, t: ArrayLike, *, g: float = 1.0) -> Floats:
        """Expected repeat orders of a new customer by operational time `t` (any shape) after the first order.

        Eq. 9 of Fader, Hardie & Lee (2005) for g = 1.
        """
        t = horizon_of(self.name, t)
        none = np.zeros(t.size)
        return alive_orders(t.reshape(-1), self.posterior_parameters(none, none, none), g).reshape(t.shape)

    def purchase_distribution(
        self,
        t: float,
        n_most: int,
        x: ArrayLike | Summary | None = None,
        tau_x: ArrayLike | None = None,
        tau_T: ArrayLike | None = None,
        *,
        G_x: ArrayLike | None = None,
        G_before: ArrayLike | None = None,
        g: float = 1.0,
    ) -> Floats:
        """P(0..n_most orders in the next `t` | history), (n, n_most + 1). A new customer has x = tau_x =
        tau_T = 0."""
        t = one_horizon_of(self.name, t)
        state = self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before)
        chances = count_chances(
            n_most, np.full(1, t), state.shape, state.rate_alive, state.loss_a, state.loss_b_alive, g
        )
        chances *= state.probability_alive[:, None]
        chances[:, 0] += state.probability_lost if t > 0.0 else 1.0 - state.probability_alive
        return chances

    # -- what is known of one customer
    # -----------------------------------------------------------------------------

    def posterior_parameters(
        self,
        x: ArrayLike | Summary | None = None,
        tau_x: ArrayLike | None = None,
        tau_T: ArrayLike | None = None,
        *,
        G_x: ArrayLike | None = None,
        G_before: ArrayLike | None = None,
    ) -> PosteriorParameters:
        """P(alive) and the gamma and beta parameters of lambda and p given each history; see
        PosteriorParameters."""
        if x is None:
            x = self.customers(None)
        if isinstance(x, Summary):
            summary = x
            tau_x, tau_T = summary.clock
            x, G_x, G_before = summary.frequency, summary.G_x, summary.G_before
        if tau_x is None or tau_T is None:
            if hasattr(x, "columns"):
                check_summary("BG/NBD", x)
            raise BadInput("BG/NBD: a history is x, tau_x and tau_T.")
        return posterior_parameters(self.params_, x, tau_x, tau_T, G_x, G_before)

    def posterior(
        self,
        x: ArrayLike | Summary,
        tau_x: ArrayLike | None = None,
        tau_T: ArrayLike | None = None,
        *,
        n: int = 1,
        rng: np.random.Generator,
        G_x: ArrayLike | None = None,
        G_before: ArrayLike | None = None,
    ) -> PosteriorDraws:
        """`n` joint draws of (alive, lambda, p) for each history: arrays (n, customers). docs/model.md section
        5."""
        return draw_posterior(self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before), n, rng)

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first order; exact order times."""
        return simulate(self.params_, n, T, rng)


def first_guess(x: Floats, tau_T: Floats) -> Floats:
    """A starting point from the mean rate: ln(r, alpha, a, b)."""
    rate = x.sum() / max(tau_T.sum(), 1e-300)
    spread = max(float(x.var() / max(x.mean() ** 2, 1e-300) - 1.0 / max(x.mean(), 1e-300)), 0.2)
    r = float(np.clip(1.0 / spread, 0.1, 5.0))
    return np.asarray(np.log([r, r / (2.0 * rate), 1.0, 3.0]))


def _starts(merged: lik.Histories, start: Floats) -> list[Floats]:
    """Where to begin: for many customers, where a climb on a thinned copy ended; so Newton needs few full
    passes."""
    starts = [start, start + np.array([0.0, 0.0, -1.5, -1.5]), start + np.array([1.5, 1.5, 0.0, 1.5])]
    step = merged.count.size // _START_CUSTOMERS
    if step < 2:
        return starts
    maximum = maximise(lik.objective(merged.every(step)), starts)
    return [maximum.position] if maximum.converged else starts
