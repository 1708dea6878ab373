"""The chain rule from each customer's own parameters to the base parameters and the coefficients, and the climb.

A customer's own parameters are the base model's, but for one a process, whose logarithm is shifted by her covariates:
ln theta_i = ln theta + sign z_i' gamma. So the gradient in gamma is the sum over customers of z_i times the derivative in
her own ln theta_i, and so on; no model needs to know about covariates.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.numerics.newton import ANYWHERE, WIDEST, Maximum, Objective, is_known, maximise

# The weak prior of last resort on a coefficient the data leave open (a level nobody of which has bought again, say):
# normal around 0, and a level, or one standard deviation of a number, is rarely worth more than a factor of 20.
PRIOR_SD = 1.5

# Some rows (slice or indices), their log-likelihoods (m,), gradients (k, m) and Hessians (k, k, m) in their own logarithms.
Piece: TypeAlias = tuple[Any, Floats, Floats, Floats]


class Rows(Protocol):
    """Distinct histories and covariates, and the likelihood of each in its own parameters."""

    @property
    def count(self) -> Floats:
        """Customers a row, (rows,)."""
        ...

    def pieces(self, u: Floats, shifts: Mapping[str, Floats]) -> Iterator[Piece]:
        """Value and derivatives at base logarithms `u` (k,) and each process's shift of each profile, (profiles,)."""
        ...


@dataclass(frozen=True)
class Effect:
    """A process: which parameter its covariates shift, with which sign, the profiles' z and each row's profile."""

    process: str
    parameter: int
    sign: float
    z: Floats  # (profiles, coefficients)
    profile: Whole  # (rows,)

    def shift(self, gamma: Floats) -> Floats:
        """What is added to the logarithm of each profile's parameter, (profiles,)."""
        return np.asarray(self.sign * (self.z @ gamma))


def objective(rows: Rows, effects: Sequence[Effect], k: int) -> Objective:
    """Log-likelihood in (logarithms of the k base parameters, coefficients of each effect in turn)."""
    ends = np.cumsum([k, *(effect.z.shape[1] for effect in effects)])
    places = [slice(ends[i], ends[i + 1]) for i in range(len(effects))]

    def at(w: Floats) -> tuple[float, Floats, Floats]:
        shifts = {e.process: e.shift(w[place]) for e, place in zip(effects, places, strict=True)}
        value, gradient, hessian = 0.0, np.zeros(w.size), np.zeros((w.size, w.size))
        for picked, values, first, second in rows.pieces(w[:k], shifts):
            count = rows.count[picked]
            value += float(count @ values)
            gradient[:k] += first @ count
            hessian[:k, :k] += second @ count
            z = [e.sign * e.z[e.profile[picked]] for e in effects]
            for i, effect in enumerate(effects):
                j, here = effect.parameter, places[i]
                gradient[here] += (first[j] * count) @ z[i]
                hessian[:k, here] += (second[j] * count) @ z[i]
                for other in range(i, len(effects)):
                    weights = second[j, effects[other].parameter] * count
                    hessian[here, places[other]] += z[i].T @ (weights[:, None] * z[other])
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        return value, gradient, hessian

    return at


@dataclass(frozen=True)
class Fit:
    """A climb's end; coefficients `open_` (indices) and, where `base_open`, base parameters were helped by a weak prior."""

    maximum: Maximum
    log_likelihood: float
    open_: tuple[int, ...]
    base_open: bool

    @property
    def prior_used(self) -> bool:
        """True if any weak prior was added."""
        return self.base_open or bool(self.open_)


def warm(likelihood: Objective, start: Floats) -> Floats:
    """A better start from some of the customers; `start` where they do not tell enough."""
    maximum = maximise(likelihood, [start])
    return maximum.position if maximum.converged and is_known(maximum) else start


def fit(likelihood: Objective, start: Floats, k: int, base_prior: Callable[[Objective], Objective]) -> Fit:
    """Maximum likelihood; where it leaves something open, with the weak prior on that alone, else on everything."""
    maximum = maximise(likelihood, [start])
    if maximum.converged and is_known(maximum):
        return Fit(maximum, maximum.value, (), False)
    unknown = _open(maximum)
    open_, base_open = tuple(int(i) for i in unknown if i >= k), bool((unknown < k).any())
    for tried, base in (
        (open_, base_open),
        (tuple(range(k, start.size)), base_open),
        (tuple(range(k, start.size)), True),
    ):
        maximum = maximise(with_priors(likelihood, k, tried, base_prior if base else None), [start], ANYWHERE)
        if maximum.converged and is_known(maximum):
            break
    return Fit(maximum, likelihood(maximum.position)[0], tried, base)


def _open(maximum: Maximum) -> np.ndarray:
    """Parameters whose error, were nearly nothing (a normal with standard deviation 10) known before, exceeds WIDEST."""
    values, vectors = np.linalg.eigh(-0.5 * (maximum.hessian + maximum.hessian.T))
    spread = np.sqrt((vectors**2 / (np.maximum(values, 0.0) + 0.01)).sum(axis=1))
    return np.flatnonzero(spread >= WIDEST)


def with_priors(
    likelihood: Objective, k: int, coefficients: Sequence[int], base: Callable[[Objective], Objective] | None
) -> Objective:
    """The likelihood plus the prior on some coefficients and, where given, the base model's on its k parameters."""
    at_base = None if base is None else base(lambda u: (0.0, np.zeros(k), np.zeros((k, k))))
    some = np.array(coefficients, dtype=np.int64)

    def posterior(w: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = likelihood(w)
        gradient, hessian = gradient.copy(), hessian.copy()
        value -= 0.5 * float((w[some] ** 2).sum()) / PRIOR_SD**2
        gradient[some] -= w[some] / PRIOR_SD**2
        hessian[some, some] -= 1.0 / PRIOR_SD**2
        if at_base is not None:
            more, slope, bend = at_base(w[:k])
            value += more
            gradient[:k] += slope
            hessian[:k, :k] += bend
        return value, gradient, hessian

    return posterior
