"""A model with covariates, asked like any other model: it looks up each customer's covariates itself."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import ClassVar, Self

import numpy as np

from models.data.frames import Covariates
from models.data.summary import Summary
from models.errors import BadInput
from models.families.covariates.model import WithCovariates
from models.families.covariates.target import target_of_informed
from models.families.model import Kind, Model
from models.families.posterior.draws import Prior, check, draws_of
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.newton import Objective


class Informed(Model):
    """A fitted `WithCovariates` and the table of customers it knows; customers without a name count as the reference.

    params_ are the base model's parameters and the coefficients, as "process: covariate"; covariance_ is of the base
    parameters' logarithms and the coefficients themselves, and `nudged` moves them so.
    """

    name: ClassVar[str] = "with covariates"
    key: ClassVar[str] = "with-covariates"
    parameters: ClassVar[tuple[str, ...]] = ()
    comes_fitted: ClassVar[bool] = True

    def __init__(self, fitted: WithCovariates, base: Model, table: Covariates) -> None:
        super().__init__()
        self.fitted, self.table = fitted, table
        self.base = base.at(fitted.params_)
        self.name, self.times = fitted.name, fitted.times  # type: ignore[misc]
        self.params_ = fitted._flat()
        self.parameters = tuple(self.params_)  # type: ignore[misc]
        self.covariance_, self.log_likelihood_ = fitted.covariance_, fitted.log_likelihood_
        self.converged_, self.prior_used_, self.message_ = fitted.converged_, fitted.prior_used_, fitted.message_
        self.summary_ = fitted.summary_

    def __repr__(self) -> str:
        return f"Informed({self.fitted!r})"

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Of the base parameters and of the coefficients."""
        return self.fitted.standard_errors_

    def at(self, values: Mapping[str, float]) -> Self:
        """The same model at other base parameters and coefficients."""
        other, fitted = copy(self), copy(self.fitted)
        numbers, k = np.array([values[name] for name in fitted.names_]), len(fitted.parameters)
        fitted._set(np.concatenate([np.log(numbers[:k]), numbers[k:]]))
        other.fitted, other.params_ = fitted, fitted._flat()
        other.base = self.base.at(fitted.params_)
        return other

    def nudged(self, name: str, step: float) -> Self:
        """One base parameter's logarithm, or one coefficient, moved by `step`."""
        value = self.params_[name]
        moved = value * float(np.exp(step)) if name in self.fitted.parameters else value + step
        return self.at({**self.params_, name: moved})

    def kinds(self, summary: Summary | None = None) -> list[Kind]:
        """The base model at each set of covariates: they move one of its parameters a process."""
        summary = self.customers(summary)
        if summary.customer is None:
            return self.base.kinds(summary)
        return self.fitted.kinds(self.base, summary, self.table)

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost by T | history and covariates), (n,)."""
        summary = self.customers(summary)
        if summary.customer is None:
            return self.base.probability_alive(summary)
        return self.fitted.probability_alive(summary, self.table)

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` given history and covariates, (n,)."""
        summary = self.customers(summary)
        if summary.customer is None:
            return self.base.expected_purchases(t, summary)
        return self.fitted.expected_purchases(t, summary, self.table)

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Of a new reference customer."""
        return self.base.expected_purchases_new(t)

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history and covariates), (n, n_most + 1)."""
        summary = self.customers(summary)
        if summary.customer is None:
            return self.base.purchase_distribution(t, n_most, summary)
        return self.fitted.purchase_distribution(t, n_most, summary, self.table)

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,)."""
        return self.fitted.log_likelihood(self.customers(summary), self.table)

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new reference customers."""
        return self.base.simulate(n, T, rng)

    def sample_posterior(self, n: int, rng: np.random.Generator, prior: Prior = "flat") -> dict[str, Floats]:
        """`n` draws of everything in params_ from its posterior: {name: (n,)}, with .ess, .pareto_k and .message.

        prior: "flat" on base parameters and coefficients; "weak", with coefficients normal around 0, of standard deviation
        1.5 a level or a standard deviation of a number; or a function as for any model, whose points are the logarithms of
        the base parameters and the coefficients themselves. Of values given, not fitted, every draw is the same.
        """
        if self.summary_ is None:
            return self.normal_draws(n, rng)
        check(n, prior)
        return draws_of(target_of_informed(self.fitted, self.base), self, n, rng, prior)

    def normal_draws(self, n: int, rng: np.random.Generator) -> dict[str, Floats]:
        """`n` draws of everything in params_ from the normal approximation."""
        return self.fitted.sample_posterior(n, rng)

    def _objective(self, summary: Summary) -> Objective:
        raise BadInput(
            "{name}: it comes fitted; fit a WithCovariates with the summary and its table instead.",
            name=self.name,
        )

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        return [np.log(list(self.base.params_.values()))]

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return self.base._with_weak_prior(likelihood)
