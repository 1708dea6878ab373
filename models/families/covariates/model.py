"""BG/NBD and Pareto/NBD with static covariates on rhythm and on loss.

Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models" (note 019). A
covariate on rhythm is a customer's own clock: she buys exp(gamma' z) times as often. One on loss is the same of her risk to
be lost: her hazard (Pareto/NBD), or her odds to be lost at an order (BG/NBD, see families/covariates/bg_nbd.py), times
exp(delta' z).
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Protocol, Self, TypeAlias

import numpy as np

from models.data.frames import Covariates
from models.data.given import check_summary, horizon_of, one_horizon_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.covariates.bg_nbd import BGNBDRows
from models.families.covariates.climb import Effect, Piece, objective, warm
from models.families.covariates.effects import Effects, columns_by_process
from models.families.covariates.histories import Histories, of_summary
from models.families.covariates.pareto_nbd import ParetoNBDRows
from models.families.covariates.table import Table, for_summary
from models.families.identified import WeaklyIdentified, check_customers
from models.families.model import Kind, Model
from models.families.pareto_nbd import ParetoNBD
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import Whole, distinct_rows
from models.words import Listed

_START_CUSTOMERS = 20_000  # the climb begins on so many where there are many more

_At: TypeAlias = tuple[Floats, Mapping[str, Floats]]  # u and shifts, as Own takes them


class Own(Protocol):
    """A base model for customers with parameters of their own; `u`: logarithms of the base parameters, `shifts`: what each
    process adds to the logarithm of its parameter, by profile."""

    shifted: ClassVar[Mapping[str, tuple[int, float]]]  # by process: which parameter, with which sign

    h: Histories

    def __init__(self, h: Histories) -> None: ...
    @property
    def count(self) -> Floats: ...  # noqa: D102
    def pieces(self, u: Floats, shifts: Mapping[str, Floats]) -> Iterator[Piece]: ...  # noqa: D102
    def alive(self, u: Floats, shifts: Mapping[str, Floats]) -> Floats: ...  # noqa: D102
    def expected(self, t: Floats, u: Floats, shifts: Mapping[str, Floats]) -> Floats: ...  # noqa: D102
    def chances(self, t: float, n_most: int, u: Floats, shifts: Mapping[str, Floats]) -> Floats: ...  # noqa: D102
    @staticmethod
    def own(  # noqa: D102
        u: Floats, shifts: Mapping[str, Floats], profile: Mapping[str, Whole]
    ) -> dict[str, Any]: ...
    @classmethod
    def simulate(  # noqa: D102
        cls, n: int, T: ArrayLike, rng: np.random.Generator, own: Mapping[str, Any]
    ) -> SimulatedOrders: ...


_OWN: Mapping[type[Model], type[Own]] = {BGNBD: BGNBDRows, ParetoNBD: ParetoNBDRows}


class WithCovariates(Effects):
    """A model of purchases whose rhythm and loss depend on what is known of a customer.

    WithCovariates(BGNBD(), rhythm=["channel"], loss=["channel", "age"]).fit(summary, frame)

    `frame`: any dataframe with one row a customer and a column `customer`, or a mapping of names to arrays in the order of
    the summary. Words become one indicator a level, compared with the most frequent level; numbers are centred: the base
    parameters are those of a customer with the most frequent levels and average numbers (`reference_`). A coefficient c
    means exp(c) times the purchases, or the risk of loss, for a level or for one more of a number.

    Fitted: params_ (base), coefficients_ {"rhythm": {name: value}, "loss": {...}}, names_, covariance_ in their order (of
    the base parameters' logarithms and the coefficients), standard_errors_, log_likelihood_, aic_, bic_, converged_,
    prior_used_, message_, without_ (the plain model, fitted), likelihood_ratio_ (the test against it; None where it needed
    a prior; with prior_used_ its p-value is rather too large), effects() (all of it as a table).
    """

    processes: ClassVar[tuple[str, ...]] = ("rhythm", "loss")

    def __init__(self, base: Model, *, rhythm: Sequence[str] = (), loss: Sequence[str] = ()) -> None:
        own = _OWN.get(type(base))
        if own is None:
            raise BadInput(
                "covariates: there are none for {model}; take {known}.",
                model=str(getattr(base, "name", base)),
                known=Listed([m.name for m in _OWN], "or"),
            )
        super().__init__({"rhythm": rhythm, "loss": loss})
        self.base, self.rhythm, self.loss = base, rhythm, loss
        self._own, self._base = own, type(base)
        self.name, self.parameters = f"{base.name} with covariates", base.parameters
        self.times = base.times
        self.without_: Model | None = None

    @classmethod
    def known(
        cls,
        base: Model,
        covariates: Covariates,
        *,
        rhythm: Mapping[str, float] | None = None,
        loss: Mapping[str, float] | None = None,
    ) -> Self:
        """A model with the parameters of `base` (`BGNBD.known(...)`) and these coefficients, called as a fit calls them.

        `covariates` (a table as for `fit`) tells levels and means. Raises BadInput where a coefficient is missing.
        """
        given = {"rhythm": dict(rhythm or {}), "loss": dict(loss or {})}
        if not hasattr(base, "params_"):
            raise BadInput("covariates: give a base model with parameters, like BGNBD.known(...).")
        return cls(base, **columns_by_process(covariates, given))._know(base.params_, given, covariates)

    # -- fitting ------------------------------------------------------------------------------------------------------

    def fit(self, summary: Summary, covariates: Covariates, *, customer: str = "customer") -> Self:
        """Maximum likelihood; returns self. `customer` is the column (or pandas index) that tells whose row it is.

        A coefficient that the data leave open (nobody of a level has bought again, say) gets a weak prior, normal around 0
        with standard deviation 1.5 for a level or one standard deviation of a number; the base model's weak prior joins
        where its parameters are open, and that on the mean rate where nobody has bought again (see `Model.fit`).
        prior_used_ is True then, message_ says which, and WeaklyIdentified is warned.
        Raises CannotIdentify as `Model.fit` does, BadInput for covariates that are missing, constant or collinear.
        """
        check_customers(self.name, check_summary(self.name, summary))
        table = for_summary(covariates, self._all_columns(), summary, customer)
        self._learn(table)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WeaklyIdentified)  # what matters is whether the whole model is known
            plain = self._base().fit(summary)
        profiles = self._profiles(table)
        own = self._own(of_summary(summary, {p: index for p, (_, index) in profiles.items()}))
        self.summary_, self._table, self.without_ = summary, table, plain
        start = self._start(summary, profiles, plain, own.h.x.size)
        prior = partial(plain._with_priors, summary=summary)
        self.log_likelihood_ = self._climb(own, self._effects(own, profiles), start, prior)
        if summary.log_rates is not None:
            self.log_likelihood_ += float(summary.log_rates.sum())
        if not (summary.frequency > 0).any():
            self.message_ = f"{plain.message_}; with covariates {self.message_}"
        self.likelihood_ratio_ = None
        if not plain.prior_used_ and plain.log_likelihood_ is not None:
            self._compare(plain.log_likelihood_)
        return self

    def _effects(self, own: Own, profiles: Mapping[str, tuple[Floats, Whole]]) -> list[Effect]:
        """What the climb needs, in units of a level or of one standard deviation."""
        return [
            Effect(p, *self._own.shifted[p], z / self.designs_[p].scales, own.h.profile[p])
            for p, (z, _) in profiles.items()
        ]

    def _start(self, summary: Summary, profiles: Mapping[str, tuple[Floats, Whole]], plain: Model, rows: int) -> Floats:
        """The plain model's maximum and no effect; from there, where `rows` are many, the maximum of some customers."""
        coefficients = sum(z.shape[1] for z, _ in profiles.values())
        start = np.concatenate([np.log(list(plain.params_.values())), np.zeros(coefficients)])
        if rows < 2 * _START_CUSTOMERS:
            return start
        some = slice(None, None, len(summary) // _START_CUSTOMERS)
        own = self._own(of_summary(summary[some], {p: index[some] for p, (_, index) in profiles.items()}))
        return warm(objective(own, self._effects(own, profiles), len(self.parameters)), start)

    # -- predictions --------------------------------------------------------------------------------------------------

    def log_likelihood(
        self, summary: Summary | None = None, covariates: Covariates | None = None, *, customer: str = "customer"
    ) -> Floats:
        """Log-likelihood of each customer's history, (n,)."""
        own, at, summary = self._of(summary, covariates, customer)
        values = np.empty(own.h.x.size)
        for rows, value, _, _ in own.pieces(*at):
            values[rows] = value
        total = own.h.each(values)
        return np.asarray(total if summary.log_rates is None else total + summary.log_rates)

    def probability_alive(
        self, summary: Summary | None = None, covariates: Covariates | None = None, *, customer: str = "customer"
    ) -> Floats:
        """P(not lost by T | history), (n,), of the customers fitted, or of others with their covariates."""
        own, at, _ = self._of(summary, covariates, customer)
        return np.asarray(own.h.each(own.alive(*at)))

    def expected_purchases(
        self,
        t: ArrayLike,
        summary: Summary | None = None,
        covariates: Covariates | None = None,
        *,
        customer: str = "customer",
    ) -> Floats:
        """Expected purchases in the next `t` (a number or (n,)) given the history, (n,)."""
        horizon = horizon_of(self.name, t)
        own, at, summary = self._of(summary, covariates, customer, merge=horizon.size == 1)
        if horizon.size not in (1, len(summary)):
            raise BadInput(
                "{name}: t has {values} values for {customers} customers; give one or one each.",
                name=self.name,
                values=horizon.size,
                customers=len(summary),
            )
        horizon = np.broadcast_to(horizon.reshape(-1), own.h.x.shape)
        return np.asarray(own.h.each(own.expected(horizon, *at)))

    def expected_purchases_new(self, t: ArrayLike, covariates: Covariates | None = None) -> Floats:
        """Expected repeat purchases of a new customer by `t` after the first.

        `covariates`: a mapping like {"channel": "app"} or a table with one row a new customer; without it she has the most
        frequent levels and average numbers. One customer: the shape of `t`; more: `t` is a number or one each, result (n,).
        """
        horizon, table = horizon_of(self.name, t), self._new(covariates)
        n = 1 if table is None else next(iter(table.values())).size
        if n != 1 and horizon.size not in (1, n):
            raise BadInput(
                "{name}: t has {values} values for {n} new customers; give one or one each.",
                name=self.name,
                values=horizon.size,
                n=n,
            )
        size = max(n, horizon.size)
        index, at = self._of_new(table, size)
        none = np.zeros(size)
        own = self._own(of_summary(Summary(none, none, none), index, merge=False))
        expected = own.expected(np.broadcast_to(horizon.reshape(-1), (size,)), *at)
        return np.asarray(expected.reshape(horizon.shape) if n == 1 else expected)

    def purchase_distribution(
        self,
        t: float,
        n_most: int,
        summary: Summary | None = None,
        covariates: Covariates | None = None,
        *,
        customer: str = "customer",
    ) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1)."""
        horizon = one_horizon_of(self.name, t)
        own, at, _ = self._of(summary, covariates, customer)
        return np.asarray(own.h.each(own.chances(horizon, n_most, *at)))

    def simulate(
        self, n: int, T: ArrayLike, rng: np.random.Generator, covariates: Covariates | None = None
    ) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first purchase; exact times.

        `covariates`: one row for all, or a table of n rows; without it all have z = 0.
        """
        index, at = self._of_new(self._new(covariates), n)
        return self._own.simulate(n, T, rng, self._own.own(*at, index))

    def kinds(self, base: Model, summary: Summary, covariates: Covariates) -> list[Kind]:
        """The plain `base` model of each distinct row of covariates, and the rows of `summary` that have it."""
        profiles = self._profiles(for_summary(covariates, self._all_columns(), summary, "customer"))
        u, shifts = self._values(profiles)
        columns = [index.astype(np.float64) for _, index in profiles.values()]
        rows, place = distinct_rows(columns)
        which = np.arange(len(summary)) if place is None else place
        order = np.argsort(which, kind="stable")
        whose = np.split(order, np.cumsum(np.bincount(which, minlength=rows[0].size))[:-1])
        kinds: list[Kind] = []
        for i, own in enumerate(whose):
            at = u.copy()
            for process, column in zip(profiles, rows, strict=True):
                at[self._own.shifted[process][0]] += shifts[process][int(column[i])]
            kinds.append((base.at(dict(zip(self.parameters, map(float, np.exp(at)), strict=True))), own))
        return kinds

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _of(
        self, summary: Summary | None, covariates: Covariates | None, customer: str, merge: bool = True
    ) -> tuple[Own, _At, Summary]:
        """The customers asked about, and the values at which to ask."""
        summary, table = self._customers(summary, covariates, customer)
        profiles = self._profiles(table)
        own = self._own(of_summary(summary, {p: index for p, (_, index) in profiles.items()}, merge))
        return own, self._values(profiles), summary

    def _of_new(self, table: Table | None, n: int) -> tuple[dict[str, Whole], _At]:
        """Profiles of `n` new customers who have the rows of `table`, or all its one row, and the values for them."""
        if table is None:
            profiles = {p: (np.zeros((1, len(d.names))), np.zeros(n, np.int64)) for p, d in self.designs_.items()}
        else:
            profiles = self._profiles(table)
        for process, (z, index) in profiles.items():
            if index.size not in (1, n):
                raise BadInput(
                    "covariates: {rows:,} rows for {n:,} new customers; give one row, or one each.",
                    rows=index.size,
                    n=n,
                )
            profiles[process] = z, np.broadcast_to(index, (n,))
        return {p: index for p, (_, index) in profiles.items()}, self._values(profiles)

    def _values(self, profiles: Mapping[str, tuple[Floats, Whole]]) -> _At:
        """Logarithms of the base parameters, and what each process adds to its own, by profile."""
        u = np.log([self.params_[name] for name in self.parameters])
        return u, {p: self._own.shifted[p][1] * shift for p, shift in self._shifts(profiles).items()}
