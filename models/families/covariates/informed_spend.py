"""Gamma-Gamma with covariates, asked like Gamma-Gamma: it looks up each customer's covariates itself."""

from collections.abc import Mapping
from copy import copy
from typing import ClassVar, Self

import numpy as np

from models.data.frames import Covariates
from models.data.summary import Summary
from models.families.covariates.gamma_gamma import GammaGammaWithCovariates
from models.families.covariates.table import for_summary
from models.families.gamma_gamma import GammaGamma
from models.families.posterior import Prior
from models.numerics.arrays import Floats


class InformedSpend(GammaGamma):
    """A fitted `GammaGammaWithCovariates` and the table of customers it knows; those without a name count as the reference.

    A covariate is a change of the unit of money (`units`). params_ are p, q, v and the coefficients, as
    "spend: covariate"; covariance_ is of the logarithms of p, q, v and of the coefficients themselves, and `nudged` moves
    them so.
    """

    comes_fitted: ClassVar[bool] = True

    def __init__(self, fitted: GammaGammaWithCovariates, table: Covariates) -> None:
        super().__init__()
        assert fitted.without_ is not None
        vars(self).update(vars(fitted.without_))  # correlation and whatever else is said of the log
        self.fitted, self.table = fitted, table
        self.params_, self.covariance_ = fitted._flat(), fitted.covariance_
        self.mean_spend_, self.log_likelihood_ = fitted.mean_spend_, fitted.log_likelihood_
        self.converged_, self.prior_used_, self.message_ = fitted.converged_, fitted.prior_used_, fitted.message_
        self.summary_ = fitted.summary_

    def __repr__(self) -> str:
        return f"InformedSpend({self.fitted!r})"

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Of p, q, v and of the coefficients."""
        return self.fitted.standard_errors_

    def units(self, summary: Summary) -> Floats | None:
        """exp(gamma' z) of each customer, (n,)."""
        if summary.customer is None:
            return None
        profiles = self.fitted._profiles(for_summary(self.table, self.fitted._all_columns(), summary, "customer"))
        return np.asarray(np.exp(self.fitted._shifts(profiles)["spend"])[profiles["spend"][1]])

    def at(self, values: Mapping[str, float]) -> Self:
        """The same model at other parameters and coefficients."""
        other, fitted = copy(self), copy(self.fitted)
        numbers = [values[name] for name in fitted.names_]
        k = len(fitted.parameters)
        fitted._set(np.concatenate([np.log(numbers[:k]), numbers[k:]]))
        other.fitted, other.params_ = fitted, fitted._flat()
        return other

    def nudged(self, name: str, step: float) -> Self:
        """One parameter's logarithm, or one coefficient, moved by `step`."""
        value = self.params_[name]
        moved = value * float(np.exp(step)) if name in self.fitted.parameters else value + step
        return self.at({**self.params_, name: moved})

    def sample_posterior(self, n: int, rng: np.random.Generator, prior: Prior = "flat") -> dict[str, Floats]:
        """`n` draws of everything in params_ from the normal approximation, which is flat in the coefficients."""
        return self.fitted.sample_posterior(n, rng)
