"""Gamma-Gamma: what a customer spends an order, learnt from her own orders and from everybody else's.

Each order's value is Gamma(p, rate nu) with the customer's own nu ~ Gamma(q, rate v), independent of how
often she buys. Fader, Hardie & Lee (2005), "RFM and CLV: Using iso-value curves"; Fader & Hardie (2013), "The
Gamma-Gamma model of monetary value", which also give the formulas below.
"""

from collections.abc import Mapping
from copy import copy
from typing import ClassVar, Self

import numpy as np

from models.data.given import check_summary, spends_of
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bridge import LifetimesFitter
from models.families.estimator import Estimator, shown
from models.families.gamma_gamma.likelihood import NAMES, objective, target_of_spend, with_prior
from models.families.identified import check_proper, warn_weakly
from models.families.posterior import Prior, sample_posterior
from models.families.posterior.targets import Target
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.newton import ANYWHERE, is_known, maximise

_SAME = 1e-6  # relative spread of average spends below which they are one constant price
_CONSTANT_P = 1e6  # the p and q that stand for a constant price: values vary by a thousandth


class GammaGamma(Estimator):
    """The Gamma-Gamma model of order values.

    Fitted attributes: params_ {p, q, v}; covariance_ (3, 3) of their logarithms; standard_errors_ (delta
    method); log_likelihood_; converged_; prior_used_; constant_ (every customer spends the same); mean_spend_
    (observed mean value of an order); mean_exists_ (q > 1: the population's mean spend is finite);
    correlation_ (of orders and mean spend, which the model takes to be 0); message_; summary_. v is in the
    export's unit of money.
    """

    name: ClassVar[str] = "Gamma-Gamma"
    parameters: ClassVar[tuple[str, ...]] = NAMES

    def __init__(self) -> None:
        self.params_: dict[str, float]
        self.covariance_: Floats
        self.log_likelihood_: float | None = None
        self.converged_ = False
        self.prior_used_ = False
        self.constant_ = False
        self.mean_spend_: float
        self.correlation_: float | None = None
        self.message_ = "not fitted"
        self.summary_: Summary | None = None

    def __repr__(self) -> str:
        return shown(self, getattr(self, "params_", {}), self.summary_)

    @classmethod
    def known(
        cls,
        p: float,
        q: float,
        v: float,
        covariance: ArrayLike | None = None,
        mean_spend: float | None = None,
    ) -> "GammaGamma":
        """A model with these parameters, all > 0. `mean_spend` answers where the model's own mean is infinite
        (q <= 1).

        Raises BadInput where a parameter is not a positive number, or q <= 1 without `mean_spend`.
        """
        for name, value in zip(NAMES, (p, q, v), strict=True):
            if not (np.isfinite(value) and value > 0):
                raise BadInput(f"Gamma-Gamma: {name} is {value}; it must be a positive number.")
        if q <= 1 and mean_spend is None:
            raise BadInput(f"Gamma-Gamma: with q = {q} <= 1 the mean spend is infinite; give mean_spend besides.")
        model = cls()
        model.params_ = {"p": float(p), "q": float(q), "v": float(v)}
        model.covariance_ = np.zeros((3, 3)) if covariance is None else np.asarray(covariance, dtype=np.float64)
        model.mean_spend_ = float(mean_spend) if mean_spend is not None else p * v / (q - 1.0)
        model.converged_, model.message_ = True, "parameters given, not fitted"
        return model

    @classmethod
    def from_lifetimes(cls, fitter: LifetimesFitter, mean_spend: float | None = None) -> "GammaGamma":
        """From a fitted `lifetimes.GammaGammaFitter`."""
        p, q, v = (float(fitter.params_[name]) for name in NAMES)
        return cls.known(p, q, v, mean_spend=mean_spend)

    @property
    def mean_exists_(self) -> bool:
        """Whether the population's mean spend is finite (q > 1)."""
        return self.params_["q"] > 1.0

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors of p, q and v, from the covariance of their logarithms by the delta method."""
        spread = np.sqrt(np.diag(self.covariance_))
        return {name: float(self.params_[name] * s) for name, s in zip(NAMES, spread, strict=True)}

    # -- fitting
    # ---------------------------------------------------------------------------------------------------

    def fit(
        self,
        frequency: Summary | ArrayLike | None = None,
        monetary_value: ArrayLike | None = None,
        *,
        summary: Summary | None = None,
    ) -> Self:
        """Maximum likelihood from the customers with a repeat purchase of positive value; returns self.

        `fit(summary)`, or as in lifetimes `fit(frequency, monetary_value)`: repeat purchases and their mean value, (n,).
        Gifts and refunds are dealt with in the summary (models/data/rfm.py). One constant price is said in
        message_ and constant_; where p and q have no maximum inside, the weak prior on ln p and ln q is added
        and said likewise. Raises CannotIdentify with fewer than two such customers, BadInput where the
        summary has no spend.
        """
        summary = spends_of(self.name, frequency, monetary_value, summary)
        if summary.monetary_value is None or summary.spend_count is None:
            raise BadInput("Gamma-Gamma: the summary has no monetary_value; name the amount column of the orders.")
        x, z = _spends(summary)
        if x.size < 2:
            many = "only one customer has" if x.size else "no customer has"
            raise CannotIdentify(
                f"Gamma-Gamma: {many} a repeat purchase of positive value, so spend cannot be learnt from these "
                "orders; wait for repeat purchases or check the amount column."
            )
        self.mean_spend_ = float((x * z).sum() / x.sum())
        self.summary_ = summary
        # Not a test: Gamma-Gamma takes spend as independent of frequency, and users should see how far it is.
        varied = np.ptp(x) > 0 and np.ptp(z) > _SAME * self.mean_spend_
        self.correlation_ = float(np.corrcoef(x, z)[0, 1]) if varied else None
        if np.ptp(z) <= _SAME * self.mean_spend_:
            self._constant()
        else:
            self._climb(x, z / self.mean_spend_)
        return self

    def _constant(self) -> None:
        """Everybody spends the same on average: the likelihood rises for ever, so its limit is taken."""
        self.constant_, self.converged_, self.prior_used_ = True, True, False
        v = self.mean_spend_ * (_CONSTANT_P - 1.0) / _CONSTANT_P
        self.params_ = {"p": _CONSTANT_P, "q": _CONSTANT_P, "v": v}
        self.covariance_ = np.zeros((3, 3))
        self.log_likelihood_ = None
        self.message_ = f"every customer spends {self.mean_spend_:.6g} an order: one constant price"

    def _climb(self, x: Floats, z: Floats) -> None:
        """`z` in units of the mean spend, so that currencies do not matter."""
        likelihood = objective(x, z)
        starts = [np.log([1.0, 2.0, 1.0]), np.log([6.0, 4.0, 0.5]), np.log([30.0, 30.0, 1.0])]
        maximum = maximise(likelihood, starts)
        self.constant_, self.prior_used_ = False, not (maximum.converged and is_known(maximum))
        self.message_ = f"converged in {maximum.iterations} steps"
        if self.prior_used_:
            maximum = maximise(with_prior(likelihood), starts, ANYWHERE)
            check_proper("Gamma-Gamma", maximum)
            self.message_ = (
                "the data do not identify both p and q; a weak prior on them was added "
                f"({'converged' if maximum.converged else 'not converged'} in {maximum.iterations} steps)"
            )
            warn_weakly(self.name, self.message_)
        p, q, v = np.exp(maximum.position)
        self.params_ = {"p": float(p), "q": float(q), "v": float(v) * self.mean_spend_}
        self.covariance_, self.converged_ = maximum.covariance(), maximum.converged
        # The density of z in money is that of z/mean over the mean.
        self.log_likelihood_ = likelihood(maximum.position)[0] - x.size * float(np.log(self.mean_spend_))
        if not self.mean_exists_:
            self.message_ += (
                f"; q = {q:.3g} <= 1: the mean spend of the population is infinite, so the observed mean "
                f"{self.mean_spend_:.6g} stands in where a customer's own orders do not give one"
            )

    # -- predictions
    # -----------------------------------------------------------------------------------------------

    def posterior_parameters(self, x: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
        """Shape q + p x and rate v + x mean_value of nu given x repeat orders worth `mean_value` on average,
        (n,) each."""
        x, mean_value = (np.atleast_1d(np.asarray(a, np.float64)) for a in np.broadcast_arrays(x, mean_value))
        if not (np.isfinite(x) & (x >= 0) & np.isfinite(mean_value) & (mean_value >= 0)).all():
            raise BadInput("Gamma-Gamma: counts and mean values must be numbers of at least 0.")
        p, q, v = (self.params_[name] for name in NAMES)
        x = np.where(mean_value > 0, x, 0.0)  # without spend there is nothing to learn from
        return q + p * x, v + x * mean_value

    def units(self, summary: Summary) -> Floats | None:
        """The unit of money in which each customer's spend is that of the model, (n,); None where money is."""
        return None

    def spend_parameters(self, summary: Summary) -> tuple[Floats, Floats]:
        """`posterior_parameters` of the summary's customers, (n,) each, in money.

        Raises BadInput where the summary has no spend.
        """
        if summary.monetary_value is None or summary.spend_count is None:
            raise BadInput("Gamma-Gamma: the summary has no monetary_value; name the amount column of the orders.")
        units = self.units(summary)
        if units is None:
            return self.posterior_parameters(summary.spend_count, summary.monetary_value)
        shape, rate = self.posterior_parameters(summary.spend_count, summary.monetary_value / units)
        return shape, rate * units

    def at(self, values: Mapping[str, float]) -> Self:
        """The same model, whatever else it holds, at other parameters; not fitted to anybody."""
        other = copy(self)
        other.params_ = {name: float(values[name]) for name in self.params_}
        other.covariance_, other.log_likelihood_, other.summary_ = np.zeros_like(self.covariance_), None, None
        return other

    def nudged(self, name: str, step: float) -> Self:
        """The same model with one parameter's logarithm moved by `step`."""
        return self.at({**self.params_, name: self.params_[name] * float(np.exp(step))})

    def expected_average_spend(
        self, x: ArrayLike | Summary | None = None, mean_value: ArrayLike | None = None
    ) -> Floats:
        """Expected value of a customer's future orders, (n,), given x repeat orders of mean value
        `mean_value`.

        p (v + x mean)/(p x + q - 1): Fader, Hardie & Lee (2005), eq. 5. Where p x + q <= 1 this mean does not
        exist and the observed mean_spend_ is given. Without arguments: the customers fitted.
        """
        if x is None:
            if self.summary_ is None:
                raise BadInput("Gamma-Gamma: give orders and their mean value, or fit first.")
            x = self.summary_
        if isinstance(x, Summary):
            shape, rate = self.spend_parameters(x)
            units = self.units(x)
            return self.mean_of(shape, rate) if units is None else units * self.mean_of(shape, rate / units)
        if mean_value is None:
            if hasattr(x, "columns"):
                check_summary(self.name, x)
            raise BadInput("Gamma-Gamma: give the mean value with the number of orders.")
        shape, rate = self.posterior_parameters(x, mean_value)
        return self.mean_of(shape, rate)

    def mean_of(self, shape: Floats, rate: Floats) -> Floats:
        """Mean order value of a customer whose nu is Gamma(shape, rate); mean_spend_ where that is
        infinite."""
        finite = shape > 1.0
        mean = self.params_["p"] * rate / np.where(finite, shape - 1.0, 1.0)
        return np.where(finite, mean, self.mean_spend_)

    @property
    def expected_spend_new_(self) -> float:
        """Expected order value of a customer of whom nothing is known: p v/(q - 1), or mean_spend_ where q <=
        1."""
        return float(self.expected_average_spend(0.0, 0.0)[0])

    def sample_posterior(self, n: int, rng: np.random.Generator, prior: Prior = "flat") -> dict[str, Floats]:
        """`n` draws of the parameters from their posterior: {name: (n,)}, with .ess, .pareto_k and .message.

        prior: "flat", "weak" or a function; see models/families/posterior. Raises BadInput as it does there.
        """
        return sample_posterior(self, n, rng, prior)

    def _posterior_target(self, summary: Summary) -> Target | None:
        """What draws of p, q and v are weighed by; None where all spend the same."""
        return None if self.constant_ else target_of_spend(*_spends(summary), self.mean_spend_)

    def simulate(self, counts: ArrayLike, rng: np.random.Generator) -> Floats:
        """Mean value (n,) of `counts` (n,) orders of new customers, 0 where there is none."""
        counts = np.asarray(counts, dtype=np.float64)
        nu = rng.gamma(self.params_["q"], 1.0 / self.params_["v"], counts.shape)
        total = rng.gamma(np.maximum(self.params_["p"] * counts, 1e-300), 1.0 / nu)
        return np.asarray(np.where(counts > 0, total / np.maximum(counts, 1.0), 0.0))


def _spends(summary: Summary) -> tuple[Floats, Floats]:
    """Repeat orders of positive value and their mean value, of the customers who have any."""
    assert summary.monetary_value is not None and summary.spend_count is not None
    spent = (summary.spend_count > 0) & (summary.monetary_value > 0)
    return summary.spend_count[spent], summary.monetary_value[spent]
