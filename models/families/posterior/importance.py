"""Importance sampling in few dimensions: a mixture of multivariate t as proposal, refitted where it must be, and the
Pareto k that tells whether the weights can be trusted.

Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72); refits: Cappe, Douc,
Guillin, Marin & Robert (2008), "Adaptive importance sampling in general mixture classes", Statistics and Computing 18.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from models.numerics.arrays import Floats

Density = Callable[[Floats], Floats]  # points (m, k) to the logarithm of an unnormalised density, (m,)

BAD_K = 0.7  # beyond it importance sampling fails (Vehtari et al. 2024, section 3.2)

_DF = 7.0  # tails of the proposal: heavier than a posterior's, light enough to waste little
_SAFE = 0.1  # share of a refitted proposal that stays as wide as twice the first
_WIDER = 1.25  # a refitted part is so much wider than its points: tails are where weights go wrong
_PARTS = 4  # parts of a refitted proposal
_ROUND = 2_000  # points a round of refitting
ROUNDS = 4
_SURE = 0.6  # k of a round's few points up to which it is taken as good
_GOOD = 0.35  # share of effective draws beyond which the first proposal needs no refit
_FEW = 25  # tail weights below which no k can be told


@dataclass(frozen=True)
class Weighted:
    """Points (m, k), the logarithms of their normalised, smoothed weights (m,), and the Pareto k of the raw ones."""

    points: Floats
    log_weights: Floats
    pareto_k: float

    @property
    def ess(self) -> float:
        """Effective number of draws: one over the sum of the squared weights."""
        return float(np.exp(-logsumexp(2.0 * self.log_weights)))

    def resample(self, n: int, rng: np.random.Generator) -> Floats:
        """`n` points with chances like their weights, (n, k), in random order: systematic, so that little is added."""
        steps = np.cumsum(np.exp(self.log_weights))
        at = np.searchsorted(steps / steps[-1], (np.arange(n) + rng.random()) / n, side="right")
        return np.asarray(self.points[rng.permutation(np.minimum(at, steps.size - 1))])


@dataclass(frozen=True)
class Proposal:
    """A mixture of multivariate t: shares (c,), centres (c, k), lower roots of the scale matrices (c, k, k)."""

    shares: Floats
    centres: Floats
    roots: Floats

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """`n` points, (n, k)."""
        part = rng.choice(self.shares.size, n, p=self.shares)
        k = self.centres.shape[1]
        steps = rng.standard_normal((n, k)) * np.sqrt(_DF / rng.chisquare(_DF, n))[:, None]
        return np.asarray(self.centres[part] + np.einsum("nij,nj->ni", self.roots[part], steps))

    def parts(self, points: Floats) -> tuple[Floats, Floats]:
        """Logarithm of each part's share times density, (m, c), and the squared distances from its centre, (m, c)."""
        k = self.centres.shape[1]
        constant = gammaln(0.5 * (_DF + k)) - gammaln(0.5 * _DF) - 0.5 * k * np.log(_DF * np.pi)
        density, distance = np.empty((points.shape[0], self.shares.size)), np.empty((points.shape[0], self.shares.size))
        for i, (share, centre, root) in enumerate(zip(self.shares, self.centres, self.roots, strict=True)):
            z = np.linalg.solve(root, (points - centre).T)
            distance[:, i] = (z * z).sum(axis=0)
            scale = np.log(np.abs(np.diag(root))).sum()
            density[:, i] = np.log(share) + constant - scale - 0.5 * (_DF + k) * np.log1p(distance[:, i] / _DF)
        return density, distance

    def log_density(self, points: Floats) -> Floats:
        """Logarithm of the density, (m,)."""
        return np.asarray(logsumexp(self.parts(points)[0], axis=1))


def around(mode: Floats, covariance: Floats) -> Proposal:
    """One t with the mode and covariance of a normal approximation."""
    return Proposal(np.ones(1), mode[None, :], np.asarray(np.linalg.cholesky(covariance)[None, :, :], dtype=np.float64))


def weigh(target: Density, proposal: Proposal, m: int, rng: np.random.Generator) -> Weighted:
    """`m` points of the proposal with their smoothed weights."""
    points = proposal.draw(m, rng)
    ratio = target(points) - proposal.log_density(points)
    smoothed, k = smooth_weights(ratio)
    return Weighted(points, smoothed, k)


def adapt(
    target: Density, first: Proposal, rng: np.random.Generator, points: int = _ROUND, rounds: int = ROUNDS
) -> tuple[Proposal, bool, Weighted]:
    """The first proposal if its weights are even enough, or the best of a few rounds of refitting; whether refitted; and
    the points of that round."""
    proposal, refitted = first, False
    weighted = weigh(target, proposal, points, rng)
    best, kept = proposal, weighted
    for _ in range(rounds):
        if kept.pareto_k <= _SURE and kept.ess >= _GOOD * points:
            break
        proposal = _refit(weighted, first)
        weighted = weigh(target, proposal, points, rng)
        # Where k is bad the effective number is not to be believed: a proposal that misses the mass looks even.
        if weighted.pareto_k <= max(kept.pareto_k, BAD_K) and (weighted.ess > kept.ess or kept.pareto_k > BAD_K):
            best, kept, refitted = proposal, weighted, True
    return best, refitted, kept


def sample(
    target: Density, first: Proposal, m: int, rng: np.random.Generator, rounds: int = ROUNDS, patient: bool = True
) -> tuple[Weighted, bool]:
    """`m` weighted points of the first proposal or of a refitted one, and whether it was refitted.

    Where k is bad for so many points although it was good for few, the many serve for two more refits, unless there is no
    patience with a target that may have no end. As few points as a round has are those of the round.
    """
    proposal, refitted, weighted = adapt(target, first, rng, min(m, _ROUND), rounds)
    if weighted.pareto_k > BAD_K and not patient:
        return weighted, refitted
    if m > _ROUND:
        weighted = weigh(target, proposal, m, rng)
    for _ in range(2 * patient):
        if weighted.pareto_k <= BAD_K:
            break
        weighted, refitted = weigh(target, _refit(weighted, first), m, rng), True
    return weighted, refitted


def _refit(weighted: Weighted, first: Proposal, iterations: int = 10) -> Proposal:
    """A mixture fitted to weighted points by the EM algorithm of t (Peel & McLachlan 2000), plus a wide part."""
    weights, points = np.exp(weighted.log_weights), weighted.points
    k = points.shape[1]
    centre = weights @ points
    spread = (weights[:, None] * (points - centre)).T @ (points - centre)
    ridge = 1e-6 * np.diag(np.diag(spread)) + 1e-300 * np.eye(k)
    # Begin with slices of equal weight along the direction of the greatest relative spread.
    unit = np.sqrt(np.diag(spread + ridge))
    direction = np.linalg.eigh(spread / np.outer(unit, unit))[1][:, -1] / unit
    order = np.argsort(points @ direction)
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.minimum((np.cumsum(weights[order]) * _PARTS).astype(np.int64), _PARTS - 1)
    belongs = (place[:, None] == np.arange(_PARTS)[None, :]).astype(np.float64)
    pull = np.ones_like(belongs)
    mixture = first
    for _ in range(iterations):
        shares, centres, roots = np.empty(_PARTS), np.empty((_PARTS, k)), np.empty((_PARTS, k, k))
        for i in range(_PARTS):
            mass = weights * belongs[:, i]
            shares[i] = mass.sum() + 1e-3
            tight = mass * pull[:, i] + 1e-12 * weights
            centres[i] = tight @ points / tight.sum()
            away = points - centres[i]
            # Some of the whole's spread keeps a part that has few points from collapsing.
            scatter = (tight[:, None] * away).T @ away + 0.02 * spread
            roots[i] = np.linalg.cholesky(scatter / (mass.sum() + 0.02) + ridge)
        mixture = Proposal(shares / shares.sum(), centres, roots)
        density, distance = mixture.parts(points)
        belongs = np.exp(density - logsumexp(density, axis=1, keepdims=True))
        pull = (_DF + k) / (_DF + distance)
    return Proposal(
        np.append((1.0 - _SAFE) * mixture.shares, _SAFE),
        np.concatenate([mixture.centres, first.centres[:1]]),
        np.concatenate([_WIDER * mixture.roots, 2.0 * first.roots[:1]]),
    )


def smooth_weights(log_ratio: Floats) -> tuple[Floats, float]:
    """Normalised logarithms of the weights with a smoothed upper tail, (m,), and the tail's Pareto k.

    The largest min(m/5, 3 sqrt(m)) weights are replaced by the expected order statistics of the generalised Pareto
    distribution fitted to them (Vehtari et al. 2024, section 2). k is infinite where no point has any weight.
    """
    log_ratio = np.where(np.isnan(log_ratio), -np.inf, log_ratio)
    top = float(log_ratio.max(initial=-np.inf))
    if not np.isfinite(top):
        return np.full(log_ratio.size, -np.log(max(log_ratio.size, 1))), np.inf
    ratio = log_ratio - top
    tail = int(min(0.2 * ratio.size, np.ceil(3.0 * np.sqrt(ratio.size))))
    k = np.inf
    if tail >= _FEW:
        order = np.argsort(ratio, kind="stable")
        cut, largest = ratio[order[-tail - 1]], order[-tail:]
        beyond = np.exp(ratio[largest]) - np.exp(cut)
        if np.isfinite(cut) and beyond[0] > 0.0:
            k, scale = pareto_fit(beyond)
            chance = (np.arange(tail) + 0.5) / tail
            ratio[largest] = np.minimum(np.log(pareto_quantile(chance, k, scale) + np.exp(cut)), 0.0)
        elif not beyond[-1] > 0.0:
            k = -np.inf  # all weights are alike
    return np.asarray(ratio - logsumexp(ratio)), float(k)


def pareto_quantile(chance: Floats, k: float, scale: float) -> Floats:
    """Quantiles of the generalised Pareto distribution."""
    if abs(k) < 1e-12:
        return np.asarray(-scale * np.log1p(-chance))
    return np.asarray(scale * np.expm1(-k * np.log1p(-chance)) / k)


def pareto_fit(beyond: Floats) -> tuple[float, float]:
    """Shape k and scale of a generalised Pareto distribution from sorted excesses (n,) > 0.

    Zhang & Stephens (2009), Technometrics 51(3), with the weak prior k = .5 worth 10 excesses (Vehtari et al. 2024,
    appendix G).
    """
    n = beyond.size
    grid = 30 + int(np.sqrt(n))
    quarter = beyond[max(int(n / 4 + 0.5) - 1, 0)]
    theta = 1.0 / beyond[-1] + (1.0 - np.sqrt(grid / (np.arange(grid) + 0.5))) / (3.0 * quarter)
    shape = np.log1p(-theta[:, None] * beyond[None, :]).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        profile = n * (np.log(-theta / shape) - shape - 1.0)
    profile = np.where(np.isfinite(profile), profile, -np.inf)
    mean = float(np.exp(profile - logsumexp(profile)) @ theta)
    k = float(np.log1p(-mean * beyond).mean())
    scale = -k / mean if mean != 0.0 else float(beyond.mean())
    return (k * n + 5.0) / (n + 10.0), scale
