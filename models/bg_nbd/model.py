"""BG/NBD: Poisson orders at a gamma-distributed rate until lost after an order with a beta-distributed
chance.

Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2); here in
operational time with loyalty exponents (docs/model.md sections 2 and 8), of which theirs is the case of the
calendar's clock and exponents 1.
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from models.bg_nbd import likelihood as lik
from models.bg_nbd.expectation import count_chances
from models.bg_nbd.posterior import PosteriorDraws, PosteriorParameters, draw_posterior, posterior_parameters
from models.bg_nbd.simulation import SimulatedOrders, simulate
from models.bg_nbd.smooth import alive_orders
from models.errors import BadInput, CannotIdentify
from models.newton import Maximum, maximise
from models.special import Floats
from models.summary import Summary

NAMES = ("r", "alpha", "a", "b")

# A parameter is taken as known by the data when the standard error of its logarithm is below this (a factor
# of 20).
_WIDEST = 3.0
_START_CUSTOMERS = 20_000


class WeaklyIdentified(UserWarning):
    """The data leave a parameter open; the documented weak prior was added, and `message_` says so."""


class BGNBD:
    """The BG/NBD model. `fit` it, or start from known parameters with `BGNBD.known`.

    Fitted attributes: params_ {r, alpha, a, b}; covariance_ (4, 4) of their logarithms; standard_errors_ of
    the parameters themselves (delta method); log_likelihood_; converged_; prior_used_; message_ (how the fit
    went, in one sentence); summary_. alpha is in the summary's unit of time, so is every time given to the
    methods.
    """

    name = "BG/NBD"

    def __init__(self) -> None:
        self.params_: dict[str, float]
        self.covariance_: Floats
        self.log_likelihood_: float | None = None
        self.converged_ = False
        self.prior_used_ = False
        self.message_ = "not fitted"
        self.summary_: Summary | None = None

    def __repr__(self) -> str:
        if not hasattr(self, "params_"):
            return "BGNBD()"
        return "BGNBD(" + ", ".join(f"{k}={v:.6g}" for k, v in self.params_.items()) + ")"

    @classmethod
    def known(cls, r: float, alpha: float, a: float, b: float, covariance: npt.ArrayLike | None = None) -> "BGNBD":
        """A model with these parameters, all > 0, and the covariance (4, 4) of their logarithms (0 if not
        given).

        Raises BadInput where a parameter is not a positive number.
        """
        for name, value in zip(NAMES, (r, alpha, a, b), strict=True):
            if not (np.isfinite(value) and value > 0):
                raise BadInput(f"BG/NBD: {name} is {value}; it must be a positive number.")
        model = cls()
        model.params_ = {"r": float(r), "alpha": float(alpha), "a": float(a), "b": float(b)}
        model.covariance_ = np.zeros((4, 4)) if covariance is None else np.asarray(covariance, dtype=np.float64)
        model.converged_, model.message_ = True, "parameters given, not fitted"
        return model

    @classmethod
    def from_lifetimes(cls, fitter: Any) -> "BGNBD":
        """From a fitted `lifetimes.BetaGeoFitter`, whose variance matrix is not used: it is not symmetric."""
        return cls.known(**{name: float(fitter.params_[name]) for name in NAMES})

    def to_lifetimes(self) -> Any:
        """A `lifetimes.BetaGeoFitter` with these parameters, for notebooks that go on with it."""
        import pandas as pd
        from lifetimes import BetaGeoFitter

        from models.bg_nbd.bridge import give_lifetimes

        return give_lifetimes(BetaGeoFitter(), pd.Series(self.params_), self.summary_)

    # -- fitting
    # ---------------------------------------------------------------------------------------------------

    def fit(self, summary: Summary) -> "BGNBD":
        """Maximum likelihood; returns self.

        Where the likelihood has no maximum inside (everybody equally loyal, few customers) the weak prior of
        `likelihood.with_prior` is added: prior_used_ is True, message_ says so and WeaklyIdentified is
        warned. Raises CannotIdentify without repeat purchases or with fewer than two customers.
        """
        n = len(summary)
        if n < 2:
            who = "one customer" if n else "no customer"
            raise CannotIdentify(f"BG/NBD: {who} cannot show how customers differ; give the orders of many.")
        if not (summary.frequency > 0).any():
            raise CannotIdentify(
                f"BG/NBD: none of the {n:,} customers has bought on a second day, so neither rhythm nor loss "
                "can be told from the data; wait for repeat purchases or take a similar market's parameters."
            )
        tau_x, tau_T = summary.clock
        if not (tau_T[summary.frequency > 0] > 0).all():
            raise BadInput("summary: a customer has repeat purchases but T = 0; T must reach the end of observation.")
        merged = lik.histories(summary.frequency, tau_x, tau_T, summary.G_x, summary.G_before)
        self._keep(merged, _start(summary.frequency, tau_T), summary)
        return self

    def _keep(self, merged: lik.Histories, start: Floats, summary: Summary) -> None:
        """Climb, judge, and store what was found."""
        likelihood = lik.objective(merged)
        starts = _starts(merged, start)
        # From a warm start the errors of many customers are small already: a last look would only cost time.
        found = maximise(likelihood, starts, tolerance=1e-13 if len(starts) > 1 else 1e-8)
        if found.converged and _known(found):
            self.prior_used_, self.message_ = False, f"converged in {found.iterations} steps"
        else:
            found = maximise(lik.with_prior(likelihood), [start])
            self.prior_used_ = True
            self.message_ = (
                "the data do not identify all of r, alpha, a and b; a weak prior on their spread was added "
                f"({'converged' if found.converged else 'not converged'} in {found.iterations} steps)"
            )
            warnings.warn(f"BG/NBD: {self.message_}", WeaklyIdentified, stacklevel=4)
        theta = np.exp(found.position)
        self.params_ = dict(zip(NAMES, map(float, theta), strict=True))
        self.covariance_ = found.covariance()
        rates = 0.0 if summary.log_rates is None else float(summary.log_rates.sum())
        value = lik.log_likelihood(merged, theta)[0] if self.prior_used_ else found.value
        self.log_likelihood_ = value + rates
        self.converged_, self.summary_ = found.converged, summary

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors of r, alpha, a and b, from the covariance of their logarithms by the delta
        method."""
        spread = np.sqrt(np.diag(self.covariance_))
        return {name: float(self.params_[name] * s) for name, s in zip(NAMES, spread, strict=True)}

    # -- predictions
    # -----------------------------------------------------------------------------------------------

    def probability_alive(
        self,
        x: npt.ArrayLike | Summary | None = None,
        tau_x: npt.ArrayLike | None = None,
        tau_T: npt.ArrayLike | None = None,
        *,
        G_x: npt.ArrayLike | None = None,
        G_before: npt.ArrayLike | None = None,
    ) -> Floats:
        """P(not lost by tau_T | history), (n,); 1 without a repeat order. Without arguments: the customers
        fitted.

        The odds of lost to alive are the second brace of docs/model.md section 8 over the first; with g = 1 it is
        eq. 3 of Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model".
        """
        return self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before).probability_alive

    def expected_purchases(
        self,
        t: npt.ArrayLike,
        x: npt.ArrayLike | Summary | None = None,
        tau_x: npt.ArrayLike | None = None,
        tau_T: npt.ArrayLike | None = None,
        *,
        G_x: npt.ArrayLike | None = None,
        G_before: npt.ArrayLike | None = None,
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

    def orders_if_alive(self, t: npt.ArrayLike, state: PosteriorParameters, g: float = 1.0) -> Floats:
        """Expected orders in the next `t` (a number or (n,)) of customers known to be alive, (n,)."""
        return alive_orders(np.asarray(t, dtype=np.float64), state, g)

    def expected_purchases_new(self, t: npt.ArrayLike, *, g: float = 1.0) -> Floats:
        """Expected repeat orders of a new customer by operational time `t` (any shape) after the first order.

        Eq. 9 of Fader, Hardie & Lee (2005) for g = 1.
        """
        t = np.asarray(t, dtype=np.float64)
        none = np.zeros(t.size)
        return alive_orders(t.reshape(-1), self.posterior_parameters(none, none, none), g).reshape(t.shape)

    def purchase_distribution(
        self,
        t: float,
        n_most: int,
        x: npt.ArrayLike | Summary | None = None,
        tau_x: npt.ArrayLike | None = None,
        tau_T: npt.ArrayLike | None = None,
        *,
        G_x: npt.ArrayLike | None = None,
        G_before: npt.ArrayLike | None = None,
        g: float = 1.0,
    ) -> Floats:
        """P(0..n_most orders in the next `t` | history), (n, n_most + 1). A new customer has x = tau_x =
        tau_T = 0."""
        state = self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before)
        chances = count_chances(
            n_most, np.full(1, t), state.shape, state.rate_alive, state.loss_a, state.loss_b_alive, g
        )
        chances *= state.probability_alive[:, None]
        chances[:, 0] += 1.0 - state.probability_alive
        return chances

    # -- what is known of one customer
    # -----------------------------------------------------------------------------

    def posterior_parameters(
        self,
        x: npt.ArrayLike | Summary | None = None,
        tau_x: npt.ArrayLike | None = None,
        tau_T: npt.ArrayLike | None = None,
        *,
        G_x: npt.ArrayLike | None = None,
        G_before: npt.ArrayLike | None = None,
    ) -> PosteriorParameters:
        """P(alive) and the gamma and beta parameters of lambda and p given each history; see
        PosteriorParameters."""
        if x is None:
            if self.summary_ is None:
                raise BadInput("BG/NBD: give a history, or fit first.")
            x = self.summary_
        if isinstance(x, Summary):
            summary = x
            tau_x, tau_T = summary.clock
            x, G_x, G_before = summary.frequency, summary.G_x, summary.G_before
        if tau_x is None or tau_T is None:
            raise BadInput("BG/NBD: a history is x, tau_x and tau_T.")
        return posterior_parameters(self.params_, x, tau_x, tau_T, G_x, G_before)

    def posterior(
        self,
        x: npt.ArrayLike | Summary,
        tau_x: npt.ArrayLike | None = None,
        tau_T: npt.ArrayLike | None = None,
        *,
        n: int = 1,
        rng: np.random.Generator,
        G_x: npt.ArrayLike | None = None,
        G_before: npt.ArrayLike | None = None,
    ) -> PosteriorDraws:
        """`n` joint draws of (alive, lambda, p) for each history: arrays (n, customers). docs/model.md section
        5."""
        return draw_posterior(self.posterior_parameters(x, tau_x, tau_T, G_x=G_x, G_before=G_before), n, rng)

    def sample_posterior(self, n: int, rng: np.random.Generator) -> dict[str, Floats]:
        """`n` draws of the parameters from the normal approximation of their logarithms: {name: (n,)}."""
        mean = np.log([self.params_[k] for k in NAMES])
        values, vectors = np.linalg.eigh(self.covariance_)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        draws = np.exp(mean + rng.standard_normal((n, 4)) @ root.T)
        return dict(zip(NAMES, draws.T, strict=True))

    def simulate(self, n: int, T: npt.ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first order; exact order times."""
        return simulate(self.params_, n, T, rng)


def _start(x: Floats, tau_T: Floats) -> Floats:
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
    found = maximise(lik.objective(merged.every(step)), starts)
    return [found.position] if found.converged else starts


def _known(found: Maximum) -> bool:
    """Whether the data pin every parameter down: a proper maximum, no logarithm with an error beyond
    _WIDEST."""
    covariance = found.covariance()
    if not np.isfinite(covariance).all() or (np.linalg.eigvalsh(-found.hessian) <= 0).any():
        return False
    return bool(np.sqrt(np.diag(covariance)).max() < _WIDEST)
