"""What models with covariates share: coefficients and their errors, criteria, and the test against the plain model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from models.data.frames import Covariates
from models.data.summary import Summary
from models.errors import BadInput, NotFitted
from models.families.covariates.climb import PRIOR_SD, Effect, Rows, fit, objective
from models.families.covariates.design import Design, columns_of, ordered
from models.families.covariates.table import Table, for_new, for_summary
from models.families.estimator import Estimator
from models.families.identified import check_proper, warn_weakly
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.numerics.newton import Objective
from models.numerics.normal import normal_steps
from models.words import Listed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice what the covariates add to the log-likelihood; chi-squared with `df` where they have no effect."""

    statistic: float
    df: int
    p_value: float


class Effects(Estimator):
    """A model's base parameters and the coefficients of its processes; see WithCovariates and GammaGammaWithCovariates."""

    processes: ClassVar[tuple[str, ...]]
    name: str
    parameters: tuple[str, ...]

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        for process, names in columns.items():
            if isinstance(names, str) or len(set(names)) != len(list(names)):
                raise BadInput(
                    "covariates: give the columns of {process} as a list of names, each once.",
                    process=process,
                )
        self.columns = {process: tuple(names) for process, names in columns.items()}
        if not any(self.columns.values()):
            raise BadInput(
                "covariates: name at least one column for {processes}.",
                processes=Listed(self.processes, "or"),
            )
        self.params_: dict[str, float]
        self.coefficients_: dict[str, dict[str, float]]
        self.covariance_: Floats
        self.log_likelihood_: float | None = None
        self.likelihood_ratio_: LikelihoodRatio | None = None
        self.converged_ = False
        self.prior_used_ = False
        self.message_ = "not fitted"
        self.summary_: Summary | None = None
        self.designs_: dict[str, Design]
        self._table: Table | None = None

    def __repr__(self) -> str:
        base = "".join(f"{k}={v:.4g}, " for k, v in getattr(self, "params_", {}).items())
        columns = ", ".join(f"{process}: {' and '.join(names)}" for process, names in self.columns.items() if names)
        fitted = "" if self.summary_ is None else f"; {len(self.summary_):,} customers"
        return f"{type(self).__name__}({self.name.removesuffix(' with covariates')}, {base}{columns}{fitted})"

    # -- what the model says about itself -----------------------------------------------------------------------------

    @property
    def names_(self) -> tuple[str, ...]:
        """What the rows of covariance_ are: base parameters (their logarithms), then `process: coefficient`."""
        return (*self.parameters, *(f"{p}: {name}" for p in self.columns for name in self.designs_[p].names))

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors by `names_`; of the base parameters by the delta method."""
        spread = np.sqrt(np.diag(self.covariance_))
        return {n: float(s * self.params_.get(n, 1.0)) for n, s in zip(self.names_, spread, strict=True)}

    @property
    def reference_(self) -> str:
        """Of which customer the base parameters speak, like `channel = shop, age = 34.2`."""
        seen = {c.name: c.reference for design in self.designs_.values() for c in design.covariates}
        return ", ".join(seen.values())

    @property
    def aic_(self) -> float:
        """Akaike's criterion, 2 k - 2 ln L: less is better."""
        return 2.0 * len(self.names_) - 2.0 * self._fitted_value()

    @property
    def bic_(self) -> float:
        """Schwarz's criterion, k ln n - 2 ln L, n the customers fitted: less is better."""
        value = self._fitted_value()
        return len(self.names_) * float(np.log(self._n_fitted())) - 2.0 * value

    def effects(self) -> "pd.DataFrame":
        """One row a coefficient: process, covariate, coefficient, standard_error, times = exp(coefficient), p_value.

        p_value is that of Wald's test of no effect (two-sided, normal).
        """
        import pandas as pd
        from scipy.special import ndtr

        k, errors = len(self.parameters), self.standard_errors_
        values = np.array(list(self._flat().values())[k:])
        spread = np.array([errors[name] for name in self.names_[k:]])
        with np.errstate(divide="ignore", invalid="ignore"):
            p = np.where(spread > 0, 2.0 * ndtr(-np.abs(values) / spread), 1.0)
        where = [name.split(": ", 1) for name in self.names_[k:]]
        return pd.DataFrame(
            {
                "process": [process for process, _ in where],
                "covariate": [name for _, name in where],
                "coefficient": values,
                "standard_error": spread,
                "times": np.exp(values),
                "p_value": p,
            }
        )

    def sample_posterior(self, n: int, rng: np.random.Generator) -> dict[str, Floats]:
        """`n` draws of everything in `names_` from the normal approximation: {name: (n,)}, base parameters themselves."""
        mean = np.array([np.log(v) if i < len(self.parameters) else v for i, v in enumerate(self._flat().values())])
        draws = mean + normal_steps(self.covariance_, n, rng, len(self.parameters))
        draws[:, : len(self.parameters)] = np.exp(draws[:, : len(self.parameters)])
        return dict(zip(self.names_, draws.T, strict=True))

    def _flat(self) -> dict[str, float]:
        """Every value by `names_`."""
        values = [*self.params_.values(), *(v for p in self.columns for v in self.coefficients_[p].values())]
        return dict(zip(self.names_, values, strict=True))

    def _fitted_value(self) -> float:
        if self.log_likelihood_ is None:
            raise NotFitted("{name}: fit it first.", name=self.name)
        return self.log_likelihood_

    def _n_fitted(self) -> int:
        assert self.summary_ is not None
        return len(self.summary_)

    # -- covariates of customers --------------------------------------------------------------------------------------

    def _all_columns(self) -> list[str]:
        return list(dict.fromkeys(name for names in self.columns.values() for name in names))

    def _learn(self, table: Table) -> None:
        self.designs_ = {process: Design.learn(process, names, table) for process, names in self.columns.items()}

    def _profiles(self, table: Table) -> dict[str, tuple[Floats, Whole]]:
        """Each process's distinct z and which of them each customer has."""
        return {process: design.profiles(table) for process, design in self.designs_.items()}

    def _shifts(self, profiles: Mapping[str, tuple[Floats, Whole]]) -> dict[str, Floats]:
        """Each process's z' gamma of each profile, (profiles,)."""
        return {p: z @ np.array(list(self.coefficients_[p].values())) for p, (z, _) in profiles.items()}

    def _customers(
        self, summary: Summary | None, covariates: Covariates | None, customer: str
    ) -> tuple[Summary, Table]:
        """The customers asked about with their covariates: those fitted where nothing is given."""
        if summary is None or (summary is self.summary_ and covariates is None):
            if self.summary_ is None or self._table is None:
                raise BadInput("{name}: give a history and its covariates, or fit first.", name=self.name)
            if covariates is None:
                return self.summary_, self._table
            summary = self.summary_
        if covariates is None:
            raise BadInput(
                "{name}: give the covariates of these customers besides their history.",
                name=self.name,
            )
        return summary, for_summary(covariates, self._all_columns(), summary, customer)

    def _new(self, covariates: Covariates | None) -> Table | None:
        """Covariates of new customers; None for the customer of whom the base parameters speak."""
        return None if covariates is None else for_new(covariates, self._all_columns())

    # -- fitting and known values -------------------------------------------------------------------------------------

    def _climb(
        self, rows: Rows, effects: Sequence[Effect], start: Floats, prior: Callable[[Objective], Objective]
    ) -> float:
        """Fit and keep everything but log_likelihood_, which is returned without the prior."""
        k = len(self.parameters)
        ended = fit(objective(rows, effects, k), start, k, prior)
        maximum = ended.maximum
        check_proper(self.name, maximum)
        scales = np.concatenate([np.ones(k), *(self.designs_[p].scales for p in self.columns)])
        self.covariance_ = maximum.covariance() / np.outer(scales, scales)
        self._set(maximum.position / scales)
        self.converged_, self.prior_used_ = maximum.converged, ended.prior_used
        steps = f"{'converged' if maximum.converged else 'not converged'} in {maximum.iterations} steps"
        self.message_ = f"{steps}; base parameters are those of a customer with {self.reference_}"
        if ended.prior_used:
            what = [self.names_[i] for i in ended.open_] + (["the base parameters"] if ended.base_open else [])
            self.message_ = (
                f"the data do not identify {', '.join(what)}; a weak prior was added "
                f"(coefficients: normal, mean 0, sd {PRIOR_SD} a level or a standard deviation); {self.message_}"
            )
            warn_weakly(self.name, self.message_)
        return ended.log_likelihood

    def _compare(self, plain: float) -> None:
        """The likelihood-ratio test against the model without covariates."""
        from scipy.special import chdtrc

        df = len(self.names_) - len(self.parameters)
        statistic = max(2.0 * float(self._fitted_value() - plain), 0.0)
        self.likelihood_ratio_ = LikelihoodRatio(statistic, df, float(chdtrc(df, statistic)))

    def _set(self, values: Floats) -> None:
        """From logarithms of the base parameters and coefficients, in the order of `names_`."""
        k = len(self.parameters)
        self.params_ = dict(zip(self.parameters, map(float, np.exp(values[:k])), strict=True))
        self.coefficients_, at = {}, k
        for process in self.columns:
            names = self.designs_[process].names
            self.coefficients_[process] = dict(zip(names, map(float, values[at : at + len(names)]), strict=True))
            at += len(names)

    def _know(
        self, params: Mapping[str, float], coefficients: Mapping[str, Mapping[str, float]], covariates: Covariates
    ) -> Self:
        """Take these values; levels and means are learnt from `covariates`."""
        self._learn(for_new(covariates, self._all_columns()))
        values = [ordered(p, coefficients[p], self.designs_[p].names) for p in self.columns]
        self._set(np.concatenate([np.log(list(params.values())), *values]))
        self.params_ = dict(params)  # to the last digit
        self.covariance_ = np.zeros((len(self.names_),) * 2)
        self.converged_ = True
        self.message_ = f"values given, not fitted; base parameters are those of a customer with {self.reference_}"
        return self


def columns_by_process(covariates: Covariates, coefficients: Mapping[str, Mapping[str, float]]) -> dict[str, list[str]]:
    """Which columns each process has, told from its coefficients' names."""
    known = list(covariates) if isinstance(covariates, Mapping) else list(getattr(covariates, "columns", ()))
    return {process: columns_of(given, map(str, known)) for process, given in coefficients.items()}
