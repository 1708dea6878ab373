"""What all models of purchases share: how they are fitted, what they say about themselves, what they can be asked.

A new model is one file with a class of `Model`: its likelihood in the logarithms of its parameters, where to start, and
its predictions. Fitting, verdict, errors, weak prior, posterior draws and criteria are here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from typing import ClassVar, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from models.data.given import check_summary, histories_of
from models.data.summary import DAYS_IN, Summary, TimeUnit
from models.errors import BadInput, NotFitted
from models.families.estimator import Estimator, shown
from models.families.identified import check_customers, check_proper, check_repeats, warn_weakly
from models.families.posterior import Prior, sample_posterior
from models.families.posterior.targets import Target, target_of
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.newton import ANYWHERE, Maximum, Objective, is_known, is_proper, maximise
from models.numerics.normal import normal_steps, with_normal_prior

# The prior of last resort on the mean rate of purchases while a customer, used only where nobody has bought again: 3 a
# year, and with 90 % chance within a factor of ten of it. Published: clothes 1.6, CDs 2.9, groceries 7 a year.
PRIOR_YEARLY_RATE, PRIOR_RATE_FACTOR = 3.0, 10.0
PRIOR_LOG_RATE_SD = float(np.log(PRIOR_RATE_FACTOR)) / 1.6448536269514722
_DAYS_IN_YEAR = 365.0


class Model(Estimator, ABC):
    """A model of repeat purchases. `fit` it to a Summary, or start from known parameters with `known`.

    Fitted attributes: params_ {name: value}, all positive; covariance_ (k, k) of their logarithms; log_likelihood_;
    converged_; prior_used_; message_ (how the fit went, in one sentence); summary_. Parameters that are times, and every
    time given to the methods, are in the summary's unit. Predictions are of the customers fitted where no summary is given.
    """

    name: ClassVar[str]  # as the literature writes it
    key: ClassVar[str]  # as a command line writes it
    parameters: ClassVar[tuple[str, ...]]
    times: ClassVar[tuple[str, ...]]  # those of them that are times
    may_be_lost: ClassVar[Literal["at once", "after a repeat", "never"]] = "at once"  # P(alive) is 1 before

    def __init__(self) -> None:
        self.params_: dict[str, float]
        self.covariance_: Floats
        self.log_likelihood_: float | None = None
        self.converged_ = False
        self.prior_used_ = False
        self.message_ = "not fitted"
        self.summary_: Summary | None = None

    def __repr__(self) -> str:
        return shown(self, getattr(self, "params_", {}), self.summary_)

    @property
    def uses_gaps(self) -> bool:
        """True if the likelihood knows the times between purchases (a summary's log_gaps), as regular rhythms do."""
        return False

    # -- what a model is made of --------------------------------------------------------------------------------------

    @abstractmethod
    def _objective(self, summary: Summary) -> Objective:
        """The log-likelihood as a function of the parameters' logarithms: value, gradient (k,), Hessian (k, k)."""

    @abstractmethod
    def _starts(self, summary: Summary) -> Sequence[Floats]:
        """Where the climbs begin: logarithms of the parameters."""

    @abstractmethod
    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        """The likelihood plus the weak prior of last resort, which must not depend on the unit of time."""

    @abstractmethod
    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,)."""

    @abstractmethod
    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost by T | history), (n,)."""

    @abstractmethod
    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` (a number or (n,)) given the history, (n,)."""

    @abstractmethod
    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by `t` (any shape) after the first."""

    @abstractmethod
    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1)."""

    @abstractmethod
    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first purchase; exact times."""

    # -- fitting ------------------------------------------------------------------------------------------------------

    def fit(
        self,
        frequency: Summary | ArrayLike | None = None,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        *,
        summary: Summary | None = None,
    ) -> Self:
        """Maximum likelihood; returns self. `fit(summary)`, or as in lifetimes `fit(frequency, recency, T)`, (n,) each.

        frequency, recency and T are those of Summary, in days: repeat purchases, age at the last one, age at the end.
        Where the likelihood has no maximum inside, or leaves a parameter open, the weak prior is added: prior_used_ is
        True, message_ says so and WeaklyIdentified is warned. Where nobody has bought again a prior on the mean rate
        joins it: 3 purchases a year while a customer, with 90 % chance 0.3 to 30. Raises CannotIdentify with fewer than
        two customers, or where even so no parameters are likeliest (repeat purchases at recency 0); BadInput for a
        customer with repeat purchases and T = 0, and where histories are given that no Summary takes.
        """
        return self._fit(histories_of(self.name, frequency, recency, T, summary))

    def _fit(self, summary: Summary) -> Self:
        """`fit` to a Summary, as a model may do it in a way of its own."""
        if self._fit_without_repeats(summary):
            return self
        objective, starts = self._objective(summary), list(self._starts(summary))
        maximum = maximise(objective, starts)
        if not (maximum.converged and is_known(maximum)):
            maximum = self._fall_back(objective, starts)
        else:
            self.prior_used_, self.message_ = False, f"converged in {maximum.iterations} steps"
        self._store(maximum, summary)
        self.log_likelihood_ = objective(maximum.position)[0] if self.prior_used_ else maximum.value
        if summary.log_rates is not None:
            self.log_likelihood_ += float(summary.log_rates.sum())
        return self

    def refit(self, summary: Summary, like: Self) -> Self:
        """`fit`, started from the estimate of `like`, fitted to the same customers on another clock; returns self.

        With the weak prior if that needed it, so that a path of fits has one objective. Where it ends at no maximum it is
        `fit`.
        """
        objective, start = self._objective(summary), np.log([like.params_[name] for name in self.parameters])
        if like.prior_used_:
            maximum = maximise(self._with_priors(objective, summary), [start], ANYWHERE)
            ended = maximum.converged and is_proper(maximum)
        else:
            maximum = maximise(objective, [start])
            ended = maximum.converged and is_known(maximum)
        if not ended:
            return self._fit(summary)
        self.prior_used_, self.message_ = like.prior_used_, like.message_
        self._store(maximum, summary)
        self.log_likelihood_ = objective(maximum.position)[0]
        if summary.log_rates is not None:
            self.log_likelihood_ += float(summary.log_rates.sum())
        return self

    def _fall_back(self, objective: Objective, starts: Sequence[Floats]) -> Maximum:
        maximum = maximise(self._with_weak_prior(objective), starts, ANYWHERE)
        check_proper(self.name, maximum)
        self.prior_used_ = True
        self.message_ = (
            f"the data do not identify all of {', '.join(self.parameters)}; a weak prior on their spread was added "
            f"({'converged' if maximum.converged else 'not converged'} in {maximum.iterations} steps)"
        )
        warn_weakly(self.name, self.message_)
        return maximum

    def _fit_without_repeats(self, summary: Summary) -> bool:
        """If nobody has bought again: fit to the priors and to the silence so far, say so in message_, and return True.

        Raises what every fit raises: CannotIdentify for too few customers, BadInput for impossible ones.
        """
        check_customers(self.name, summary)
        if (summary.frequency > 0).any():
            return False
        objective, k = self._objective(summary), len(self.parameters)
        nothing = 0.0, np.zeros(k), np.zeros((k, k))
        start = maximise(self._with_priors(lambda _: nothing, summary), [np.zeros(k)], ANYWHERE).position
        maximum = maximise(self._with_priors(objective, summary), [start], ANYWHERE)
        if not is_proper(maximum):
            check_repeats(self.name, summary)
        low, high = PRIOR_YEARLY_RATE / PRIOR_RATE_FACTOR, PRIOR_YEARLY_RATE * PRIOR_RATE_FACTOR
        rate = f" ({PRIOR_YEARLY_RATE:g} purchases a year, {low:g} to {high:g} with 90 % chance)"
        self.prior_used_ = True
        self.message_ = (
            f"none of the {len(summary):,} customers has bought on a second day, so the data identify neither rhythm nor "
            f"loss: both are those of weak priors{rate if self._log_rate() else ''}, corrected by how long nobody has come "
            f"back ({'converged' if maximum.converged else 'not converged'} in {maximum.iterations} steps)"
        )
        warn_weakly(self.name, self.message_)
        self._store(maximum, summary)
        self.log_likelihood_ = objective(maximum.position)[0]
        return True

    def _with_priors(self, likelihood: Objective, summary: Summary) -> Objective:
        """The likelihood plus the weak prior and, where nobody in `summary` has bought again, that on the mean rate."""
        posterior = self._with_weak_prior(likelihood)
        return posterior if (summary.frequency > 0).any() else self._with_rate_prior(posterior, summary.time_unit)

    def _with_rate_prior(self, likelihood: Objective, unit: TimeUnit) -> Objective:
        """The likelihood plus the prior of last resort on the mean rate, where there is one."""
        rate = self._log_rate()
        if rate is None:
            return likelihood
        weights, constant = rate
        mean = float(np.log(PRIOR_YEARLY_RATE * DAYS_IN[unit] / _DAYS_IN_YEAR)) - constant
        return with_normal_prior(likelihood, [(weights, mean, PRIOR_LOG_RATE_SD)])

    def _last_resort(self) -> Objective:
        """All priors of last resort, without any likelihood."""
        k = len(self.parameters)
        nothing = 0.0, np.zeros(k), np.zeros((k, k))
        return self._with_rate_prior(self._with_weak_prior(lambda _: nothing), "day")

    def _log_rate(self) -> tuple[Sequence[float], float] | None:
        """Logarithm of the mean rate of purchases while a customer: weights of the parameters' logarithms, and a constant.

        Here that of a gamma-distributed rate, r / alpha; None where the weak prior says all there is to say.
        """
        if not {"r", "alpha"} <= set(self.parameters):
            return None
        return [{"r": 1.0, "alpha": -1.0}.get(name, 0.0) for name in self.parameters], 0.0

    def _store(self, maximum: Maximum, summary: Summary) -> None:
        self.params_ = dict(zip(self.parameters, map(float, np.exp(maximum.position)), strict=True))
        self.covariance_ = maximum.covariance()
        self.converged_, self.summary_ = maximum.converged, summary

    @classmethod
    def known(cls, *values: float, covariance: ArrayLike | None = None, **named: float) -> Self:
        """A model with these parameters, in order or by name, all > 0, and the covariance (k, k) of their logarithms.

        Raises BadInput where a parameter is missing or not a positive number.
        """
        given = dict(zip(cls.parameters, values, strict=False)) | named
        if set(given) != set(cls.parameters) or len(values) + len(named) != len(cls.parameters):
            raise BadInput(
                "{name}: give each of {parameters} once.",
                name=cls.name,
                parameters=", ".join(cls.parameters),
            )
        for name, value in given.items():
            if not (isinstance(value, int | float | np.number) and np.isfinite(value) and value > 0):
                raise BadInput(
                    "{name}: {parameter} is {value}; it must be a positive number.",
                    name=cls.name,
                    parameter=name,
                    value=value,
                )
        model = cls()
        k = len(cls.parameters)
        model.params_ = {name: float(given[name]) for name in cls.parameters}
        model.covariance_ = np.zeros((k, k)) if covariance is None else np.asarray(covariance, dtype=np.float64)
        model.converged_, model.message_ = True, "parameters given, not fitted"
        return model

    def at(self, values: Mapping[str, float]) -> Self:
        """The same model, whatever else it holds, at other parameters; not fitted to anybody."""
        other = copy(self)
        other.params_ = {name: float(values[name]) for name in self.parameters}
        other.covariance_ = np.zeros_like(self.covariance_)
        other.log_likelihood_, other.summary_ = None, None
        return other

    def nudged(self, name: str, step: float) -> Self:
        """The same model with one parameter's logarithm moved by `step`."""
        return self.at({**self.params_, name: self.params_[name] * float(np.exp(step))})

    # -- what a fitted model says about itself ------------------------------------------------------------------------

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors of the parameters, from the covariance of their logarithms by the delta method."""
        spread = np.sqrt(np.diag(self.covariance_))
        return {name: float(self.params_[name] * s) for name, s in zip(self.parameters, spread, strict=True)}

    @property
    def aic_(self) -> float:
        """Akaike's criterion, 2 k - 2 ln L: less is better."""
        return 2.0 * len(self.parameters) - 2.0 * self._fitted_value()

    @property
    def bic_(self) -> float:
        """Schwarz's criterion, k ln n - 2 ln L: less is better."""
        value = self._fitted_value()
        assert self.summary_ is not None  # it has a likelihood, so it was fitted
        return len(self.parameters) * float(np.log(len(self.summary_))) - 2.0 * value

    def _fitted_value(self) -> float:
        if self.log_likelihood_ is None:
            raise NotFitted("{name}: fit it first.", name=self.name)
        return self.log_likelihood_

    def kinds(self, summary: Summary | None = None) -> "list[Kind]":
        """Groups of customers with one prior distribution: the plain model of each, and the rows of its customers."""
        return [(self, np.arange(len(self.customers(summary))))]

    def customers(self, summary: Summary | None) -> Summary:
        """`summary`, or those the model was fitted to. Raises BadInput without either."""
        if summary is None:
            summary = self.summary_
        if summary is None:
            raise BadInput("{name}: give a history, or fit first.", name=self.name)
        return check_summary(self.name, summary)

    def sample_posterior(self, n: int, rng: np.random.Generator, prior: Prior = "flat") -> dict[str, Floats]:
        """`n` draws of the parameters from their posterior: {name: (n,)}, with .ess, .pareto_k and .message.

        prior: "flat", "weak" or a function; see models/families/posterior. Raises BadInput as it does there.
        """
        return sample_posterior(self, n, rng, prior)

    def _posterior_target(self, summary: Summary) -> Target | None:
        """The target density that weighs posterior draws; None if the parameters were given and not fitted."""
        return target_of(self, summary)

    def normal_draws(self, n: int, rng: np.random.Generator) -> dict[str, Floats]:
        """`n` draws of the parameters from the normal approximation of their logarithms, at no cost: {name: (n,)}."""
        mean = np.log([self.params_[k] for k in self.parameters])
        draws = np.exp(mean + normal_steps(self.covariance_, n, rng, mean.size))
        return dict(zip(self.parameters, draws.T, strict=True))


def at_parameters(model: Model, values: Floats) -> Model:
    """The same model with other parameters, in their order."""
    return model.at(dict(zip(model.parameters, map(float, values), strict=True)))


# A plain model and the rows of the customers for whom it holds.
Kind: TypeAlias = tuple[Model, npt.NDArray[np.int64]]
