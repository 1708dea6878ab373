"""Draws from the posterior of a fitted model's parameters, and what they are worth.

The normal approximation of the parameters' logarithms proposes (as a multivariate t), the exact posterior weighs, and
the Pareto k of the weights judges. Where it judges badly the proposal is refitted, and at last a Markov chain walks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol, TypeAlias

import numpy as np

from models.data.summary import Summary
from models.errors import BadInput
from models.families.posterior.ensemble import WALKERS, effective_draws, walk
from models.families.posterior.importance import BAD_K, ROUNDS, Density, around, sample, smooth_weights
from models.families.posterior.targets import Target
from models.numerics.arrays import Floats
from models.numerics.newton import Maximum, Objective, is_known, maximise
from models.numerics.normal import REACH, normal_steps

Prior: TypeAlias = Literal["flat", "weak"] | Callable[[Floats], Floats]

_WORK = 6e7  # steps (see Target.cost) that one sample may take: a second or two
_LEAST = 500  # points that an importance sample takes all the same
_CHECK = 200  # points by which a posterior is taken to be normal
_FEWEST = 40  # the same where each of them takes long
_UNLIKE = 0.01  # share of them that may be lost to uneven weights, and less where they are fewer and may miss the tails
_HOPELESS = 0.9  # the same of the first few of them, below which the others are spared
_ENOUGH = 100.0  # effective draws of a chain below which it is said not to have settled
_STEPS = 2_000


class ParameterDraws(dict[str, Floats]):
    """Draws {name: (n,)}; parameters in the unit of the summary's time and money.

    method: "importance", "refitted importance", "ensemble", "normal" or "given". ess: how many independent draws these
    are worth. pareto_k: of the importance weights, good below 0.7, NaN where there are none. message: all that in one
    sentence. prior: the prior used, which is "weak" where a flat one would not do.
    """

    def __init__(self, draws: dict[str, Floats], method: str, prior: str, ess: float, pareto_k: float, message: str):
        super().__init__(draws)
        self.method, self.prior, self.ess, self.pareto_k, self.message = method, prior, ess, pareto_k, message


class Fitted(Protocol):
    """What a fit says: parameters by name, and whether they needed a weak prior."""

    params_: dict[str, float]
    prior_used_: bool


class Drawable(Fitted, Protocol):
    """A model whose parameters can be drawn: any Model, or GammaGamma."""

    covariance_: Floats
    summary_: Summary | None

    @property
    def name(self) -> str:
        """As sentences name it."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        ...

    def _posterior_target(self, summary: Summary) -> Target | None: ...


@dataclass(frozen=True)
class _Drawn:
    points: Floats
    method: str
    ess: float
    pareto_k: float
    message: str


def sample_posterior(
    model: Drawable,
    n: int,
    rng: np.random.Generator,
    prior: Prior = "flat",
    summary: Summary | None = None,
) -> ParameterDraws:
    """`n` draws of a fitted model's parameters from their posterior given the customers fitted (or `summary`).

    prior: "flat" on the parameters themselves; "weak", the model's prior of last resort, a density of their logarithms;
    or a function from ln(parameters) (m, k) to the logarithm of the prior density of those logarithms (m,), -inf where
    impossible. Where the model itself needed its weak prior, or the posterior under a flat one has no peak or runs off,
    "weak" stands in and `message` says so. Where customers are so many that a few thousand points take long, the posterior
    is as a rule normal. That is not assumed: 40 to 200 draws of the normal approximation are weighed by the exact posterior
    of all customers, and it is drawn from only if uneven weights lose 1 % of them at most (0.5 % of 40); else some 500
    points are weighed, and .ess says what they are worth. A model of known parameters has no customers: its given
    covariance is drawn from.

    Raises BadInput for n < 1, an unknown prior, a model neither fitted nor known, or one without a likelihood of its own.
    """
    check(n, prior)
    if not hasattr(model, "params_"):
        raise BadInput(f"{model.name}: fit it first.")
    summary = model.summary_ if summary is None else summary
    try:
        target = None if summary is None else model._posterior_target(summary)
    except NotImplementedError as never:
        raise BadInput(
            f"posterior: {model.name} comes fitted and has no likelihood to weigh draws by; use its own sample_posterior."
        ) from never
    return _given(model, n, rng) if target is None else draws_of(target, model, n, rng, prior)


def check(n: int, prior: Prior) -> None:
    """Raise BadInput for a number of draws or a prior that makes no sense."""
    if n < 1:
        raise BadInput(f"posterior: {n} draws were asked for; ask for at least 1.")
    if not (callable(prior) or prior in ("flat", "weak")):
        raise BadInput(f"posterior: the prior is {prior!r}; it must be 'flat', 'weak' or a function.")


def draws_of(target: Target, fitted: Fitted, n: int, rng: np.random.Generator, prior: Prior) -> ParameterDraws:
    """`n` draws of what `target` judges, beginning at the fitted parameters; see `sample_posterior`."""
    start = target.at([fitted.params_[name] for name in target.names])
    note, used = "", prior
    if used == "flat" and fitted.prior_used_:
        used, note = "weak", "the data need the weak prior, so it is used in place of a flat one; "
    peak = _peak(start, target, used)
    if used == "flat" and not (peak.converged and is_known(peak)):
        used, note = "weak", "under a flat prior the posterior has no peak, so the weak prior is used; "
        peak = _peak(start, target, used)
    drawn = _sample(target, used, peak, n, rng)
    if drawn is None:
        used, note = "weak", "under a flat prior the posterior runs off, so the weak prior is used; "
        peak = _peak(start, target, used)
        drawn = _sample(target, used, peak, n, rng)
    assert drawn is not None
    values = target.values(drawn.points)
    named = {name: np.ascontiguousarray(column) for name, column in zip(target.names, values.T, strict=True)}
    label = used if isinstance(used, str) else "own"
    return ParameterDraws(named, drawn.method, label, drawn.ess, drawn.pareto_k, note + drawn.message)


def _given(model: Drawable, n: int, rng: np.random.Generator) -> ParameterDraws:
    """From the normal approximation of the logarithms with the covariance the model has."""
    names = model.parameters
    if not np.isfinite(model.covariance_).all():
        raise BadInput(f"{model.name}: the covariance of the parameters is not finite, so they cannot be drawn.")
    steps = normal_steps(model.covariance_, n, rng, len(names))
    draws = np.array([model.params_[k] for k in names]) * np.exp(steps)
    message = "parameters given with their covariance: draws are normal in their logarithms"
    if not np.any(model.covariance_):
        message = "parameters given without covariance: every draw is the same"
    return ParameterDraws(dict(zip(names, draws.T, strict=True)), "given", "given", float(n), float("nan"), message)


def _peak(start: Floats, target: Target, prior: Prior) -> Maximum:
    """The posterior's maximum, from the fitted parameters."""
    if prior == "weak":
        return maximise(target.weak, [start])
    if prior == "flat":
        return maximise(_plus(target.likelihood, partial(_flat, target.logs)), [start])
    assert callable(prior)
    return maximise(_plus(target.likelihood, _by_differences(prior, target)), [start])


def _plus(one: Objective, other: Objective) -> Objective:
    def total(u: Floats) -> tuple[float, Floats, Floats]:
        (a, b, c), (x, y, z) = one(u), other(u)
        return a + x, b + y, c + z

    return total


def _flat(logs: int, u: Floats) -> tuple[float, Floats, Floats]:
    """A prior flat in the parameters is their product in terms of their logarithms."""
    return float(u[:logs].sum()), (np.arange(u.size) < logs).astype(np.float64), np.zeros((u.size, u.size))


def _by_differences(prior: Callable[[Floats], Floats], target: Target, h: float = 1e-3) -> Objective:
    """A prior given as a function, with central differences: only the proposal depends on how exact they are."""

    def objective(u: Floats) -> tuple[float, Floats, Floats]:
        k, step = u.size, h * np.eye(u.size)
        i, j = (m.reshape(-1) for m in np.meshgrid(np.arange(k), np.arange(k), indexing="ij"))
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        points = [u[None, :], u + step, u - step, *(u + s * step[i] + t * step[j] for s, t in signs)]
        value = np.asarray(prior(target.plain(np.concatenate(points))), dtype=np.float64)
        up, down, corners = value[1 : k + 1], value[k + 1 : 2 * k + 1], value[2 * k + 1 :].reshape(4, k, k)
        bend = (corners[0] - corners[1] - corners[2] + corners[3]) / (4.0 * h * h)
        if not np.isfinite(value).all():
            return -np.inf, np.zeros(k), -np.eye(k)
        return float(value[0]), (up - down) / (2.0 * h), bend

    return objective


def _density(target: Target, prior: Prior, peak: Maximum) -> Density:
    """The posterior's logarithm at points (m, k), less its value at the peak; -inf out of reach."""

    def density(u: Floats) -> Floats:
        out = np.full(u.shape[0], -np.inf)
        near = (np.abs(u - peak.position) <= REACH).all(axis=1)
        points = u[near]
        if not points.size:
            return out
        with np.errstate(all="ignore"):
            if prior == "weak":
                before = target.weak_prior(points)
            else:
                flat = points[:, : target.logs].sum(axis=1)
                before = flat if prior == "flat" else prior(target.plain(points))  # type: ignore[operator]
            value = target.many(points) + before - peak.value
        out[near] = np.where(np.isnan(value), -np.inf, value)
        return out

    return density


def _curvature(peak: Maximum) -> Floats:
    """A covariance for the proposal, positive definite whatever the peak is like; no logarithm beyond a spread of 2."""
    values, vectors = np.linalg.eigh(-0.5 * (peak.hessian + peak.hessian.T))
    values = np.maximum(np.abs(values), 0.25)
    return np.asarray((vectors / values) @ vectors.T)


def _sample(target: Target, prior: Prior, peak: Maximum, n: int, rng: np.random.Generator) -> _Drawn | None:
    """Draws by the first way that serves; None where a flat prior's weights stay bad, as its mass then lies far off."""
    density, covariance = _density(target, prior, peak), _curvature(peak)
    wanted, most = max(2 * n, 4_000), int(_WORK / target.cost)
    if most < wanted:
        check = int(np.clip(2 * most, _FEWEST, _CHECK))
        normal = _normal(density, peak.position, covariance, n, check, rng)
        if normal is not None:
            return normal
    m = min(wanted, max(most, _LEAST))
    first, rounds = around(peak.position, covariance), ROUNDS if most >= wanted else 1
    drawn, refitted = sample(density, first, m, rng, rounds, patient=prior != "flat")
    bad = min(BAD_K, 1.0 - 1.0 / np.log10(m))  # fewer points tell less (Vehtari et al. 2024, section 3.2)
    if drawn.pareto_k > bad:
        return None if prior == "flat" else _walk(density, drawn.resample(WALKERS, rng), n, drawn.pareto_k, most, rng)
    ess = 1.0 / (1.0 / drawn.ess + 1.0 / n)
    message = (
        f"{n:,} draws by importance sampling from {m:,} points of a {'refitted ' if refitted else ''}t distribution, worth "
        f"{ess:,.0f} independent ones, Pareto k {drawn.pareto_k:.2f} (good below {bad:.2g})"
    )
    method = "refitted importance" if refitted else "importance"
    return _Drawn(drawn.resample(n, rng), method, ess, drawn.pareto_k, message)


def _normal(
    density: Density, mean: Floats, covariance: Floats, n: int, check: int, rng: np.random.Generator
) -> _Drawn | None:
    """Draws of the normal approximation, if the exact posterior at `check` of them agrees."""
    root = np.linalg.cholesky(covariance)
    z = rng.standard_normal((check, mean.size))
    ratio, share, normal = np.empty(0), 0.0, 1.0 - _UNLIKE * np.sqrt(check / _CHECK)
    for some, enough in ((z[:_FEWEST], _HOPELESS), (z[_FEWEST:], normal)):  # a few tell where it is far from normal
        ratio = np.append(ratio, density(mean + some @ root.T) + 0.5 * (some * some).sum(axis=1))
        share = float(np.exp(-np.logaddexp.reduce(2.0 * smooth_weights(ratio)[0]))) / ratio.size
        if not share >= enough:
            return None
    points = mean + rng.standard_normal((n, mean.size)) @ root.T
    message = (
        f"{n:,} draws from the normal approximation, which so many customers justify: {check} draws weighed by the exact "
        f"posterior are worth {share:.1%} of as many"
    )
    return _Drawn(points, "normal", n * share, smooth_weights(ratio)[1], message)


def _walk(density: Density, starts: Floats, n: int, k: float, most: int, rng: np.random.Generator) -> _Drawn:
    """The Markov chain: a quarter is left out as its way to the posterior."""
    steps = int(np.clip(most // WALKERS, 200, _STEPS))
    # Resampled points may coincide, and walkers in one place never part.
    starts = starts + 1e-3 * rng.standard_normal(starts.shape)
    chain = walk(density, starts, steps, rng)[steps // 4 :]
    settled = effective_draws(chain)
    pool = chain.reshape(-1, chain.shape[2])
    points = pool[rng.choice(pool.shape[0], n, replace=n > pool.shape[0])]
    ess = 1.0 / (1.0 / max(settled, 1.0) + 1.0 / n)
    message = (
        f"{n:,} draws by a Markov chain of {WALKERS} walkers and {steps:,} steps, as importance sampling fails here (Pareto "
        f"k {k:.2f}), worth {ess:,.0f} independent ones"
    )
    if settled < _ENOUGH:
        message += ": too few, so the chain has not settled and its spread is not to be trusted"
    return _Drawn(points, "ensemble", ess, k, message)
