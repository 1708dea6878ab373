"""Log-likelihoods of many parameter vectors at once: value only, equal histories merged."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.data.summary import Summary
from models.families.posterior.importance import Density
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import merge_counts
from models.numerics.newton import Objective
from models.numerics.points import ManyPoints

_LEFT_OUT = ("customer", "first_day", "monetary_value", "spend_count", "log_rates", "end", "dropped", "time_unit")


@dataclass(frozen=True)
class Target:
    """What a model's parameters are judged by, in the logarithms u of the parameters in the model's order; what comes after
    the first `logs` of them (coefficients of covariates) is itself in u, times its scale.

    likelihood and weak: value, gradient and Hessian, without and with the weak prior of last resort; many: the
    log-likelihood of points (m, k); weak_prior: the logarithm of the weak prior at points (m, k); cost: how much work one
    point is, in steps of some 20 ns; shift (logs,): what to add to ln(parameters) to reach u.
    """

    names: tuple[str, ...]
    likelihood: Objective
    weak: Objective
    many: Density
    weak_prior: Density
    cost: float
    shift: Floats
    logs: int
    scales: Floats

    def at(self, values: ArrayLike) -> Floats:
        """The place u (k,) of parameters and coefficients (k,)."""
        values = np.asarray(values, dtype=np.float64)
        return np.concatenate([np.log(values[: self.logs]) + self.shift, values[self.logs :] * self.scales])

    def plain(self, u: Floats) -> Floats:
        """Logarithms of the parameters, and the coefficients, at places u (m, k), (m, k)."""
        return np.concatenate([u[:, : self.logs] - self.shift, u[:, self.logs :] / self.scales], axis=1)

    def values(self, u: Floats) -> Floats:
        """Parameters and coefficients at places u (m, k), (m, k)."""
        plain = self.plain(u)
        plain[:, : self.logs] = np.exp(plain[:, : self.logs])
        return plain


class WithLikelihood(Protocol):
    """What the posterior needs of a model of purchases (families/model.py)."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Their names, in order."""
        ...

    def _objective(self, summary: Summary) -> Objective: ...

    def _with_weak_prior(self, likelihood: Objective) -> Objective: ...

    def _with_priors(self, likelihood: Objective, summary: Summary) -> Objective: ...


def target_of(model: WithLikelihood, summary: Summary) -> Target:
    """The target of a model given a summary.

    A model may offer `_log_likelihoods(summary)`, a function from points (m, k) to its objective's value (m,), which is then
    used in place of one call of the objective a point (see models/numerics/points.py).
    """
    likelihood = model._objective(summary)
    k = len(model.parameters)
    many: Density = by_objective(likelihood)
    if hasattr(model, "_log_likelihoods"):
        many = model._log_likelihoods(summary)
        cost = many.cost if isinstance(many, ManyPoints) else float(_histories(summary))
    else:
        cost = 10.0 * _histories(summary) + 5_000.0
    prior = _weak_prior(model, summary, k)
    weak = model._with_priors(likelihood, summary)
    return Target(model.parameters, likelihood, weak, many, prior, cost, np.zeros(k), k, np.empty(0))


def _weak_prior(model: WithLikelihood, summary: Summary, k: int) -> Density:
    """The model's priors of last resort without any likelihood, at points (m, k).

    A model may offer `_log_weak_prior`, a function of points, for the one that it always has.
    """
    weak = model._with_weak_prior(_nothing)

    def others(u: Floats) -> tuple[float, Floats, Floats]:  # whatever the summary needs besides
        (a, b, c), (x, y, z) = model._with_priors(_nothing, summary)(u), weak(u)
        return a - x, b - y, c - z

    parts = [model._log_weak_prior if hasattr(model, "_log_weak_prior") else _of_points(weak, k), _of_points(others, k)]
    return lambda u: np.asarray(sum(part(u) for part in parts))


def _nothing(u: Floats) -> tuple[float, Floats, Floats]:
    return 0.0, np.zeros(u.size), np.zeros((u.size, u.size))


def _of_points(prior: Objective, k: int) -> Density:
    """A prior at points (m, k). One normal in the logarithms is told by its value and derivatives at any place."""
    value, gradient, hessian = prior(np.zeros(k))

    def parabola(u: Floats) -> Floats:
        return np.asarray(value + u @ gradient + 0.5 * ((u @ hessian) * u).sum(axis=1))

    probe = np.stack([np.linspace(-3.0, 4.0, k), np.linspace(2.0, -1.0, k), np.cos(3.0 * np.arange(k))])
    exact = by_objective(prior)
    return parabola if np.allclose(parabola(probe), exact(probe), rtol=1e-9, atol=1e-12) else exact


def by_objective(likelihood: Objective) -> Density:
    """Any model's log-likelihood at points (m, k), from its objective, derivatives and all."""
    return lambda u: np.array([likelihood(point)[0] for point in u])


def _histories(summary: Summary) -> int:
    """How many distinct histories of frequency, recency and T there are."""
    return int(merge_counts([summary.frequency, *summary.clock])[1].size)
