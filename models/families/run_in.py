"""A log that begins in the middle of customers' lives, fitted after a run-in: everybody is scored (data/beginning.py)."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from models.data.given import check_summary
from models.data.summary import Summary
from models.errors import BadInput, CannotIdentify
from models.families.bg_nbd import BGNBD
from models.families.model import Kind, Model
from models.families.posterior import ParameterDraws, Prior
from models.families.simulated import SimulatedOrders
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.newton import Objective
from models.words import Remark

_OWN = (
    "estimated on the {new:,} customers first seen from {settled} on, since before it many who look new had bought already; "
    "the {seen:,} seen before are scored with parameters of their own"
)
_SAME = (
    "estimated on the {new:,} customers first seen from {settled} on, since before it many who look new had bought already; "
    "the {seen:,} seen before are scored with the same parameters, too few to have their own"
)
_PRESENT = "present: "  # before the names of the parameters of those present before


class AfterRunIn(Model):
    """A model of newcomers and one of those present before, asked as one.

    model: of customers first seen from `settled` on, the one to describe customers with and to forecast new ones by.
    present_model: of those first seen before, to score them by. present (n,): who of the customers fitted these are. params_
    are the newcomers', and as "present: name" those of the present where they have their own. remark and message_: what was
    done and why, in one sentence. Customers without a first_day count as newcomers.
    """

    key: ClassVar[str] = "after-run-in"
    parameters: ClassVar[tuple[str, ...]] = ()
    comes_fitted: ClassVar[bool] = True

    def __init__(
        self, model: Model, present_model: Model, settled: np.datetime64, summary: Summary, remark: Remark
    ) -> None:
        super().__init__()
        self.settled, self.summary_, self.remark, self.message_ = settled, summary, remark, remark.say()
        self.name = f"{model.name} after a run-in"  # type: ignore[misc]
        self.times = model.times  # type: ignore[misc]
        self._hold(model, present_model)
        self.present = self._present(summary)
        models = self._models()
        self.converged_ = all(m.converged_ for m in models)
        self.prior_used_ = any(m.prior_used_ for m in models)
        values = [m.log_likelihood_ for m in models]
        self.log_likelihood_ = sum(v for v in values if v is not None)
        self.message_ += "".join(
            f"; {who}: {m.message_}" for who, m in zip(("newcomers", "present"), models, strict=False)
        )

    def __repr__(self) -> str:
        present = "" if self.present_model is self.model else f", present: {self.present_model!r}"
        return f"AfterRunIn({self.model!r}{present})"

    def _hold(self, model: Model, present_model: Model) -> None:
        self.model, self.present_model = model, present_model
        models = self._models()
        self.params_ = dict(model.params_)
        if len(models) == 2:
            self.params_ |= {_PRESENT + name: value for name, value in present_model.params_.items()}
        self.parameters = tuple(self.params_)  # type: ignore[misc]
        k = len(model.params_)
        self.covariance_ = np.zeros((len(self.params_),) * 2)
        self.covariance_[:k, :k] = model.covariance_
        if len(models) == 2:
            self.covariance_[k:, k:] = present_model.covariance_

    def _models(self) -> list[Model]:
        """The newcomers' model, and the one of those present where it is another."""
        return [self.model] if self.present_model is self.model else [self.model, self.present_model]

    def _present(self, summary: Summary) -> npt.NDArray[np.bool_]:
        if summary.first_day is None:
            return np.zeros(len(summary), dtype=np.bool_)
        return np.asarray(summary.first_day < self.settled)

    def _each(self, summary: Summary | None, ask: Callable[[Model, Summary, Any], Floats]) -> Floats:
        """What `ask`(model, customers, rows) says of everybody: (n,) or (n, m)."""
        summary = self.customers(summary)
        present = self._present(summary)
        some = [(m, np.flatnonzero(r)) for m, r in ((self.model, ~present), (self.present_model, present)) if r.any()]
        parts = [ask(model, summary[rows], rows) for model, rows in some]
        if not parts:
            return np.zeros(0)
        out = np.empty((len(summary), *parts[0].shape[1:]))
        for (_, rows), part in zip(some, parts, strict=True):
            out[rows] = part
        return out

    def at(self, values: Mapping[str, float]) -> Self:
        """The same, at other parameters of both models."""
        other = copy(self)
        new = self.model.at({name: values[name] for name in self.model.params_})
        own = new
        if self.present_model is not self.model:
            own = self.present_model.at({name: values[_PRESENT + name] for name in self.present_model.params_})
        other._hold(new, own)
        return other

    def nudged(self, name: str, step: float) -> Self:
        """One parameter of one of the models moved as that model moves it."""
        other = copy(self)
        if name.startswith(_PRESENT):
            other._hold(self.model, self.present_model.nudged(name.removeprefix(_PRESENT), step))
        else:
            moved = self.model.nudged(name, step)
            other._hold(moved, moved if self.present_model is self.model else self.present_model)
        return other

    def kinds(self, summary: Summary | None = None) -> list[Kind]:
        """Those of both models."""
        summary = self.customers(summary)
        present = self._present(summary)
        kinds: list[Kind] = []
        for model, among in ((self.model, ~present), (self.present_model, present)):
            rows = np.flatnonzero(among)
            kinds += [(kind, rows[own]) for kind, own in (model.kinds(summary[rows]) if rows.size else [])]
        return kinds

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Of both models' parameters."""
        errors = dict(self.model.standard_errors_)
        if self.present_model is not self.model:
            errors |= {_PRESENT + name: error for name, error in self.present_model.standard_errors_.items()}
        return errors

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history from her first purchase seen on, (n,)."""
        return self._each(summary, lambda model, some, _: model.log_likelihood(some))

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost by T | history) of everybody, (n,)."""
        return self._each(summary, lambda model, some, _: model.probability_alive(some))

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases of everybody in the next `t` (a number or (n,)), (n,)."""
        horizon = np.asarray(t, dtype=np.float64)
        return self._each(
            summary,
            lambda model, some, rows: model.expected_purchases(horizon[rows] if horizon.ndim else horizon, some),
        )

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Of a newcomer."""
        return self.model.expected_purchases_new(t)

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1)."""
        return self._each(summary, lambda model, some, _: model.purchase_distribution(t, n_most, some))

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` newcomers."""
        return self.model.simulate(n, T, rng)

    def normal_draws(self, n: int, rng: np.random.Generator) -> dict[str, Floats]:
        """`n` draws of both models' parameters from their normal approximations."""
        return self._draws([model.normal_draws(n, rng) for model in self._models()])

    def sample_posterior(self, n: int, rng: np.random.Generator, prior: Prior = "flat") -> dict[str, Floats]:
        """`n` draws of both models' parameters from their posteriors, which know nothing of each other."""
        drawn = [model.sample_posterior(n, rng, prior) for model in self._models()]
        named = self._draws(drawn)
        exact = [draws for draws in drawn if isinstance(draws, ParameterDraws)]
        if len(exact) < len(drawn):
            return named
        worst = max(exact, key=lambda draws: (draws.pareto_k if np.isfinite(draws.pareto_k) else -np.inf, -draws.ess))
        ess, message = min(draws.ess for draws in exact), "; present: ".join(draws.message for draws in exact)
        return ParameterDraws(named, worst.method, worst.prior, ess, worst.pareto_k, message)

    def _draws(self, drawn: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
        marks = ("", _PRESENT)
        return {mark + name: values for mark, one in zip(marks, drawn, strict=False) for name, values in one.items()}

    def _objective(self, summary: Summary) -> Objective:
        raise BadInput(f"{self.name}: it comes fitted; use fit_after_run_in, and its own sample_posterior.")

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        return [np.log(list(self.params_.values()))]

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return self.model._with_weak_prior(likelihood)


def fit_after_run_in(summary: Summary, run_in: int, model: Callable[[], Model] = BGNBD) -> AfterRunIn:
    """Fit `model` to the customers first seen `run_in` days or more after the log's first, and score everybody.

    `summary` has first_day, as `summarise` and `with_clock` make it; `run_in` is `truncation(orders).run_in` or one's own.
    Where those present before are too few to be fitted, the newcomers' model scores them too, and message_ says so. Raises
    BadInput where first_day is missing, CannotIdentify where too few come after the run-in.
    """
    summary = check_summary("truncation", summary)
    if summary.first_day is None:
        raise BadInput("truncation: the summary has no first_day; make it from the orders with `summarise`.")
    if not run_in >= 0:
        raise BadInput(f"truncation: the run-in is {run_in} days; it must be at least 0.")
    if not len(summary):
        raise CannotIdentify("truncation: there are no customers.")
    settled = summary.first_day.min().astype("datetime64[D]") + int(run_in)
    present = np.asarray(summary.first_day < settled)
    new, seen = int((~present).sum()), int(present.sum())
    if not (summary.frequency[~present] > 0).any():
        raise CannotIdentify(
            f"truncation: none of the {new:,} customers first seen from {settled} on has bought again; export a longer log, "
            "or shorten the run-in."
        )
    fitted = model().fit(summary[~present])
    if not seen:
        return AfterRunIn(fitted, fitted, settled, summary, Remark("estimated on all customers: there is no run-in"))
    own, told = fitted, _SAME
    if seen > 1 and (summary.frequency[present] > 0).any():
        own, told = model().fit(summary[present]), _OWN
    return AfterRunIn(fitted, own, settled, summary, Remark(told, {"new": new, "settled": settled, "seen": seen}))


__all__ = ["AfterRunIn", "fit_after_run_in"]
