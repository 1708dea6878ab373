"""Gamma-Gamma with static covariates on spend: a customer's mean spend is exp(gamma' z) times that of another with z = 0.

v_i = v exp(gamma' z): a change of the unit of money from customer to customer, as alpha_i is one of the unit of time in
Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models".
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, psi

from models.data.frames import Covariates
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.covariates.climb import Effect, Piece
from models.families.covariates.effects import Effects, columns_by_process
from models.families.covariates.table import for_summary
from models.families.gamma_gamma import NAMES, GammaGamma
from models.families.gamma_gamma.likelihood import with_prior
from models.families.identified import WeaklyIdentified
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import distinct_rows
from models.numerics.special import trigamma
from models.words import Quoted

_PIECE = 8_192


class GammaGammaWithCovariates(Effects):
    """The Gamma-Gamma model of order values with covariates, which have one process, `spend`.

    GammaGammaWithCovariates(["channel"]).fit(summary, frame). Covariates, reference customer and fitted attributes as in
    WithCovariates: a coefficient c means exp(c) times the spend an order. mean_spend_ is the observed mean value of an
    order, with every order brought to z = 0; it answers where the population's mean is infinite (q <= 1).
    """

    processes: ClassVar[tuple[str, ...]] = ("spend",)

    def __init__(self, spend: Sequence[str]) -> None:
        super().__init__({"spend": spend})
        self.spend = spend
        self.name, self.parameters = "Gamma-Gamma with covariates", NAMES
        self.mean_spend_: float
        self.without_: GammaGamma | None = None

    @classmethod
    def known(cls, base: GammaGamma, covariates: Covariates, spend: Mapping[str, float]) -> Self:
        """A model with the parameters of `base` (`GammaGamma.known(...)`) and these coefficients, called as a fit does.

        `covariates` (a table as for `fit`) tells levels and means. Raises BadInput where a coefficient is missing.
        """
        if not hasattr(base, "params_"):
            raise BadInput("covariates: give a base model with parameters, like GammaGamma.known(...).")
        given = {"spend": dict(spend)}
        model = cls(**columns_by_process(covariates, given))._know(base.params_, given, covariates)
        model.mean_spend_ = base.mean_spend_
        return model

    @property
    def mean_exists_(self) -> bool:
        """True if the population's mean spend is finite (q > 1)."""
        return self.params_["q"] > 1.0

    def fit(self, summary: Summary, covariates: Covariates, *, customer: str = "customer") -> Self:
        """Maximum likelihood from the customers with a repeat purchase of positive value; returns self.

        Weak priors and errors as in WithCovariates; CannotIdentify as in GammaGamma.fit, and where everybody spends the
        same, since nothing is left to be explained then.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WeaklyIdentified)
            plain = GammaGamma().fit(summary)
        if plain.constant_:
            raise CannotIdentify(
                "{name}: {message}, which no covariate can explain.",
                name=self.name,
                message=Quoted(plain.message_),
            )
        assert summary.spend_count is not None and summary.monetary_value is not None
        table = for_summary(covariates, self._all_columns(), summary, customer)
        self._learn(table)
        z, index = self._profiles(table)["spend"]
        spent = (summary.spend_count > 0) & (summary.monetary_value > 0)
        x, value = summary.spend_count[spent], summary.monetary_value[spent]
        rows = _Rows(x, value / plain.mean_spend_, index[spent])
        effect = Effect("spend", 2, 1.0, z / self.designs_["spend"].scales, rows.profile)
        p, q, v = plain.params_.values()
        start = np.concatenate([np.log([p, q, v / plain.mean_spend_]), np.zeros(z.shape[1])])
        self.summary_, self._table, self.without_, self._n = summary, table, plain, x.size
        likelihood = self._climb(rows, [effect], start, with_prior)
        self.params_["v"] *= plain.mean_spend_
        # The density of a value in money is that of value/mean over the mean.
        self.log_likelihood_ = likelihood - x.size * float(np.log(plain.mean_spend_))
        own = value / np.exp(self._shifts({"spend": (z, index)})["spend"])[index[spent]]
        self.mean_spend_ = float((x * own).sum() / x.sum())
        self.likelihood_ratio_ = None
        if not plain.prior_used_ and plain.log_likelihood_ is not None:
            self._compare(plain.log_likelihood_)
        if not self.mean_exists_:
            self.message_ += (
                f"; q = {self.params_['q']:.3g} <= 1: the mean spend of the population is infinite, so the observed mean "
                f"{self.mean_spend_:.6g} stands in where a customer's own orders do not give one"
            )
        return self

    def _n_fitted(self) -> int:
        return self._n

    # -- predictions --------------------------------------------------------------------------------------------------

    def expected_average_spend(
        self, summary: Summary | None = None, covariates: Covariates | None = None, *, customer: str = "customer"
    ) -> Floats:
        """Expected value of a customer's future orders given hers so far, (n,); of those fitted without arguments."""
        summary, table = self._customers(summary, covariates, customer)
        if summary.monetary_value is None or summary.spend_count is None:
            raise BadInput("{name}: the summary has no monetary_value.", name=self.name)
        profiles = self._profiles(table)
        unit = np.exp(self._shifts(profiles)["spend"])[profiles["spend"][1]]
        spend = self._plain().expected_average_spend(summary.spend_count, summary.monetary_value / unit)
        return np.asarray(unit * spend)

    def expected_spend_new(self, covariates: Covariates | None = None) -> Floats:
        """Expected order value of new customers, one a row of `covariates`; of z = 0 without them."""
        return np.asarray(self._plain().expected_spend_new_ * self._units(covariates))

    def simulate(self, counts: ArrayLike, rng: np.random.Generator, covariates: Covariates | None = None) -> Floats:
        """Mean value (n,) of `counts` (n,) orders of new customers with these covariates (one row, or one each)."""
        counts, units = np.asarray(counts, dtype=np.float64), self._units(covariates)
        if units.size not in (1, counts.size):
            raise BadInput(
                "covariates: {rows:,} rows for {customers:,} new customers; give one row, or one each.",
                rows=units.size,
                customers=counts.size,
            )
        return np.asarray(self._plain().simulate(counts, rng) * units)

    def _plain(self) -> GammaGamma:
        """The base parameters as a model of money counted in each customer's own unit."""
        return GammaGamma.known(**self.params_, mean_spend=self.mean_spend_)

    def _units(self, covariates: Covariates | None) -> Floats:
        table = self._new(covariates)
        if table is None:
            return np.ones(1)
        profiles = self._profiles(table)
        return np.asarray(np.exp(self._shifts(profiles)["spend"])[profiles["spend"][1]])


class _Rows:
    """Fader & Hardie (2013), eq. 1a, of mean spends `z` of `x` orders, with derivatives in own ln(p, q, v)."""

    def __init__(self, x: Floats, z: Floats, profile: npt.NDArray[np.int64]) -> None:
        self.x, self.s, self.log_z, self.profile = x, x * z, np.log(z), profile
        self.count = np.ones(x.size)
        (self.kinds,), kind = distinct_rows([x])
        self.kind = np.arange(x.size) if kind is None else kind

    def pieces(self, u: Floats, shifts: Mapping[str, Floats]) -> Iterator[Piece]:
        p, q = np.exp(u[:2])
        px = p * self.kinds
        rise, own = psi(px + q), psi(px)
        joint = trigamma(px + q)
        value_k = gammaln(px + q) - gammaln(px) - gammaln(q)
        by_p, by_q = px * (rise - own), q * (rise - psi(q))
        pp, pq, qq = px * px * (joint - trigamma(px)) + by_p, px * q * joint, q * q * (joint - trigamma(q)) + by_q
        v_all = np.exp(u[2] + shifts["spend"])
        for start in range(0, self.x.size, _PIECE):
            rows = slice(start, start + _PIECE)
            s, kind, v = self.s[rows], self.kind[rows], v_all[self.profile[rows]]
            x_p = p * self.x[rows]
            share, rest = v / (v + s), s / (v + s)
            short, long = np.log1p(v / s), np.log1p(s / v)
            value = value_k[kind] - x_p * short - q * long - self.log_z[rows]
            first = np.stack([by_p[kind] - x_p * short, by_q[kind] - q * long, q * rest - x_p * share])
            second = np.empty((3, 3, s.size))
            second[0, 0], second[1, 1] = pp[kind] - x_p * short, qq[kind] - q * long
            second[0, 1] = second[1, 0] = pq[kind]
            second[0, 2] = second[2, 0] = -x_p * share
            second[1, 2] = second[2, 1] = q * rest
            second[2, 2] = -(x_p + q) * share * rest
            yield rows, value, first, second
